//! URIs as people type them: names of the DNS in any script become A-labels (RFC 5922 section 7.2, RFC 5280 section
//! 7.2).
//!
//! Certificates and messages hold A-labels alone. The mapping is that of UTS #46, not transitional, as IDNA 2008 has
//! it: letters that look alike, or are spelled alike in older standards (ß and ss), stay different.

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use crate::error::{Condition, Error};
use crate::uri::{Host, SipUri};

impl SipUri {
    /// Reads a URI that somebody typed, never one of a message or of a certificate: there a character outside ASCII
    /// is malformed. Labels of the host outside ASCII become A-labels. In the user part such characters are escaped.
    ///
    /// # Errors
    /// `sip.uri`, as [`SipUri::parse`].
    pub fn parse_typed(text: &str) -> Result<Self, Error> {
        let Some((before, host, after)) = split(text).filter(|(_, host, _)| !host.is_ascii()) else {
            return Self::parse(text).map_err(|error| match text.is_ascii() {
                true => error,
                false => error.hinting(
                    "outside of the host, a character that is not ASCII is escaped in UTF-8, for instance %C3%BC",
                ),
            });
        };
        let host = a_labels(host).ok_or_else(|| {
            let detail = format!("this is no name of the DNS: {}", host.escape_default());
            Error::new(Condition::SipUri).detail(detail).hinting("A-labels are taken as they are: xn--...")
        })?;
        Self::parse_typed(&format!("{before}{host}{after}"))
    }
}

/// What stands before the host, the host, and what follows it.
fn split(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.find('@').or_else(|| text.find(':'))?.checked_add(1)?;
    let (before, rest) = text.split_at_checked(start)?;
    let (host, after) = rest.split_at_checked(rest.find([':', ';', '?', '[']).unwrap_or(rest.len()))?;
    Some((before, host, after))
}

fn a_labels(host: &str) -> Option<String> {
    let length = DnsLength::VerifyAllowRootDot;
    let ascii = Uts46::new().to_ascii(host.as_bytes(), AsciiDenyList::STD3, Hyphens::Check, length).ok()?;
    // Digits of other scripts do not make an address.
    matches!(Host::read(&ascii), Some(Host::Name(_))).then(|| ascii.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    // SAN-12: the expected labels are those of RFC 3492 section 7.1 (B, D, E, I, L), and of Python's idna 3.13 (UTS #46,
    // std3, not transitional) for all.
    #[test]
    fn san_12_labels() {
        let rows = [
            ("b\u{fc}cher.example", "xn--bcher-kva.example"),
            ("B\u{dc}CHER.Example", "xn--bcher-kva.example"),
            ("bu\u{308}cher.example", "xn--bcher-kva.example"),
            ("xn--bcher-kva.b\u{fc}cher.example", "xn--bcher-kva.xn--bcher-kva.example"),
            ("m\u{fc}nchen.example.", "xn--mnchen-3ya.example."),
            ("他们为什么不说中文.example", "xn--ihqwcrb4cv8a8dqg056pqjye.example"),
            ("Pročprostěnemluvíčesky.example", "xn--proprostnemluvesky-uyb24dma41a.example"),
            ("למההםפשוטלאמדבריםעברית.example", "xn--4dbcagdahymbxekheh6e0a7fei0b.example"),
            ("почемужеонинеговорятпорусски.example", "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l.example"),
            ("3年b組金八先生.example", "xn--3b-ww4c5e180e575a65lsy2b.example"),
            // Other dots are dots; letters of full width are letters.
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
            ("\u{ff45}xample.com", "example.com"),
            // Not transitional: these are letters of their own.
            ("stra\u{df}e.example", "xn--strae-oqa.example"),
            ("βόλος.com", "xn--nxasmm1c.com"),
            ("क्\u{200d}ष.example", "xn--11b2ezcw70k.example"),
            // I4: look-alikes stay what they are.
            ("ex\u{430}mple.com", "xn--exmple-4nf.com"),
        ];
        for (typed, expected) in rows {
            for (before, after) in [("sip:", ""), ("sips:alice;x@", ":5061;transport=tls?a=b"), ("SIP:%C3%BC@", ";lr")]
            {
                let uri = SipUri::parse_typed(&format!("{before}{typed}{after}")).unwrap();
                assert_eq!(uri.as_str(), format!("{before}{expected}{after}"));
                assert_eq!(uri.host().unwrap().to_string(), expected);
            }
            for scheme in ["im", "pres", "mailto"] {
                let uri = SipUri::parse_typed(&format!("{scheme}:alice@{typed}")).unwrap();
                assert_eq!(uri.as_str(), format!("{scheme}:alice@{expected}"));
            }
        }
    }

    #[test]
    fn san_12_what_is_refused() {
        let long = "\u{fc}".repeat(63);
        let rows = [
            "sip:j\u{f6}rg@example.com",
            "sip:j\u{f6}rg@b\u{fc}cher.example",
            "sip:alice@b\u{fc}cher.example;x=\u{fc}",
            "sip:b\u{fc}cher.example?a=\u{fc}",
            "s\u{ec}p:example.com",
            "b\u{fc}cher.example",
            // Symbols that are made up of ASCII, and digits: none of them cuts a host, or is an address.
            "sip:alice@example.com\u{ff0f}.b\u{fc}cher.example",
            "sip:alice\u{ff20}example.com",
            "sip:evil.example\u{ff1f}.example.com",
            "sip:example\u{2100}.com",
            "sip:\u{ff11}\u{ff19}\u{ff12}.0.2.4",
            "sip:*.b\u{fc}cher.example",
            "sip:b\u{fc}_cher.example",
            // No labels: a hyphen first, two in the third place, a mark first, empty, too long, not assigned, a joiner
            // or a direction mark, both directions in one, a broken A-label.
            "sip:-b\u{fc}cher.example",
            "sip:b\u{fc}--cher.example",
            "sip:\u{308}b.example",
            "sip:b\u{fc}cher..example",
            &format!("sip:{long}.example"),
            "sip:\u{378}.example",
            "sip:b\u{200d}\u{fc}.example",
            "sip:\u{202e}b\u{fc}.example",
            "sip:\u{5d0}b.example",
            "sip:xn--0.b\u{fc}cher.example",
            "sip:\u{fffd}.example",
        ];
        for typed in rows {
            let error = SipUri::parse_typed(typed).unwrap_err();
            assert!(error.code() == "sip.uri" && error.hint().is_some() && error.to_string().is_ascii(), "{error}");
        }
        // What is ASCII is taken as it is, also what no registry would give away.
        for typed in ["sip:xn--0.example", "sip:a--b.example", "sip:192.0.2.4", "sip:[2001:db8::9]", "tel:+1"] {
            assert_eq!(SipUri::parse_typed(typed).unwrap().as_str(), typed);
        }
        // Nothing of a message or of a certificate is converted.
        assert_eq!(SipUri::parse("sip:b\u{fc}cher.example").unwrap_err().code(), "sip.uri");
    }
}
