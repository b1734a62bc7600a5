//! The domains that a certificate names (RFC 5922 sections 7.1 and 7.2).
//!
//! A `sip:` URI without a user part names its host. Only if there is none do the DNS names count, and only if there is
//! no subjectAltName at all, and who asks lets it, the common name. Names are compared whole: no suffix and no wildcard matches.

use crate::error::Error;
use crate::pki::Certificate;
use crate::pki::extension::{self, GeneralName, NameKind};
use crate::pki::identity::{self, Comparison, NameVerdict, Refusal, SanMatch, UNCLEAN};
use crate::pki::name::common_names;
use crate::report::Finding;
use crate::spec;
use crate::uri::{Host, SipUri};

/// Compares the names of a certificate with a domain or an address. `common_name_counts` lets a common name be one.
///
/// # Errors
/// `trust.extension` if the list of names cannot be read.
pub(super) fn compare(
    certificate: &Certificate,
    claimed: &Host,
    common_name_counts: bool,
) -> Result<Comparison, Error> {
    let names = certificate.subject_alternative_names()?;
    let has_uri = names.iter().any(is_domain_uri);
    let mut judged: Vec<NameVerdict> =
        names.iter().map(|name| verdict(name.to_string(), judge(name, claimed, has_uri))).collect();
    let mut findings = Vec::new();
    let address = names.iter().find(|name| name.kind == NameKind::Ip && is_address(name, claimed));
    if let Some(address) = address {
        let text = format!("{address} names an address; RFC 5922 knows domains alone");
        findings.push(Finding::info("SAN-IP", spec::SIP_DOMAIN_NAMES, text));
    }
    if let Some(name) = common_name(certificate)? {
        let mut refusal = common_name_refusal(&name, claimed);
        if refusal.is_none() && !common_name_counts {
            refusal = Some(Refusal { why: COMMON_NAME, rule: spec::SIP_DOMAIN_NAMES });
        } else if refusal.is_none() {
            let text = "the common name is the domain; there is no subjectAltName";
            findings.push(Finding::warning("CN-FALLBACK", spec::SIP_DOMAIN_NAMES, text));
        }
        judged.push(verdict(format!("CN:{}", name.escape_ascii()), refusal));
    }
    let matched = judged.iter().find(|name| name.refusal.is_none());
    let matched = matched.map(|name| SanMatch { name: name.name.clone(), findings, ..SanMatch::default() });
    Ok(Comparison { names: judged, matched })
}

/// The domain that a common name stands for, in lower case; `None` if there is a subjectAltName.
///
/// # Errors
/// `trust.extension` if there are two.
pub(super) fn common_name_domain(certificate: &Certificate) -> Result<Option<String>, Error> {
    let name = common_name(certificate)?.and_then(|name| String::from_utf8(name).ok());
    Ok(name.as_deref().and_then(dns_name).map(|host| host.to_string()))
}

/// The last one is the most specific one.
fn common_name(certificate: &Certificate) -> Result<Option<Vec<u8>>, Error> {
    let has_names = certificate.extension(&extension::SUBJECT_ALTERNATIVE_NAME)?.is_some();
    Ok(common_names(certificate.subject()).pop().filter(|_| !has_names))
}

/// That none of the names is the domain, with the reason of the first.
pub(super) fn mismatch(certificate: &Certificate, claimed: &SipUri, names: &[NameVerdict]) -> Error {
    let shown: Vec<&str> = names.iter().map(|name| name.name.as_str()).collect();
    let reason = names.iter().find_map(|name| name.refusal).map(|refusal| refusal.why);
    identity::refused(certificate, claimed, &shown, reason)
}

fn verdict(name: String, refusal: Option<Refusal>) -> NameVerdict {
    NameVerdict { name, refusal }
}

/// A `sip:` URI without userinfo, whatever its host is.
fn is_domain_uri(name: &GeneralName<'_>) -> bool {
    let scheme = name.octets.get(..4).unwrap_or_default();
    name.kind == NameKind::Uri && scheme.eq_ignore_ascii_case(b"sip:") && !name.octets.contains(&b'@')
}

/// Why a name is not the domain.
fn judge(name: &GeneralName<'_>, claimed: &Host, has_uri: bool) -> Option<Refusal> {
    let finding = |why| Some(Refusal { why, rule: spec::SIP_DOMAIN_NAMES });
    let text = match (name.kind, name.clean_text()) {
        (NameKind::Uri | NameKind::Dns, Some(text)) => text,
        (NameKind::Uri | NameKind::Dns, None) => return finding(UNCLEAN),
        (NameKind::Ip, _) if is_address(name, claimed) => return None,
        (NameKind::Ip, _) => return finding("it is another address, or none"),
        _ => return finding("a name of this kind names no domain"),
    };
    if name.kind == NameKind::Dns {
        return match has_uri {
            true => finding("a DNS name counts only if no sip: URI names a domain"),
            false => host_refusal(dns_name(text), text, claimed),
        };
    }
    match SipUri::parse(text) {
        _ if !text.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("sip:")) => {
            finding("only a sip: URI names a domain")
        }
        _ if text.contains('@') => finding("a URI with a user part names a user and not a domain"),
        Ok(uri) => host_refusal(uri.host().cloned(), text, claimed),
        Err(_) => host_refusal(None, text, claimed),
    }
}

/// Section 7.2: whole names, case-insensitive.
fn host_refusal(presented: Option<Host>, text: &str, claimed: &Host) -> Option<Refusal> {
    let refusal = |why| Some(Refusal { why, rule: spec::SIP_DOMAIN_COMPARISON });
    match (presented, claimed) {
        (Some(presented), claimed) if presented == *claimed => None,
        _ if text.contains('*') => refusal("no wildcard matches"),
        (None, _) => refusal("it holds no DNS name"),
        (Some(presented), claimed) if are_in_one_domain(&presented, claimed) => refusal(SUFFIX),
        _ => refusal("it is another domain"),
    }
}

/// Why a common name is not the domain, though it is the same.
const COMMON_NAME: &str = "a common name is no identity of a signer";
/// Why a name is not the domain, if it nearly is.
pub const SUFFIX: &str = "names are compared whole: no suffix matches";

/// An address is named by an iPAddress, or in a URI.
fn dns_name(text: &str) -> Option<Host> {
    Host::read(text).filter(|host| matches!(host, Host::Name(_)))
}

/// Whether one host is below the other in the DNS, or differs from it only by a dot at the end.
pub(super) fn are_in_one_domain(one: &Host, other: &Host) -> bool {
    let (Host::Name(one), Host::Name(other)) = (one, other) else { return false };
    let (one, other) = (one.trim_end_matches('.'), other.trim_end_matches('.'));
    let is_below = |long: &str, short: &str| long.strip_suffix(short).is_some_and(|rest| rest.ends_with('.'));
    one == other || is_below(one, other) || is_below(other, one)
}

fn is_address(name: &GeneralName<'_>, claimed: &Host) -> bool {
    match claimed {
        Host::V4(address) => name.octets == address.octets(),
        Host::V6(address) => name.octets == address.octets(),
        Host::Name(_) => false,
    }
}

fn common_name_refusal(name: &[u8], claimed: &Host) -> Option<Refusal> {
    let text = std::str::from_utf8(name).ok().filter(|text| text.bytes().all(|octet| octet.is_ascii_graphic()));
    match text {
        Some(text) => host_refusal(dns_name(text), text, claimed),
        None => Some(Refusal { why: UNCLEAN, rule: spec::SIP_DOMAIN_NAMES }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::{encode, tag};
    use crate::pki::identity::check_domain_purpose;
    use crate::pki::testing::{Odd, common_name, named};

    const EMAIL: u8 = 0x81;
    const DNS: u8 = 0x82;
    const URI: u8 = 0x86;

    fn compared(certificate: &Certificate, domain: &str) -> Comparison {
        compare(certificate, SipUri::parse_typed(domain).unwrap().host().unwrap(), true).unwrap()
    }

    // SAN-09: the common name only if there is no subjectAltName.
    #[test]
    fn san_09_common_names() {
        let bare = |name: &str| Odd { subject: common_name(name), ..Odd::default() }.certificate();
        let rows = [
            ("example.com", "sip:example.com", true),
            ("EXAMPLE.com", "sip:example.com", true),
            ("*.example.com", "sip:foo.example.com", false),
            ("Example Inc.", "sip:example.com", false),
            ("192.0.2.4", "sip:192.0.2.4", false),
            ("sip:example.com", "sip:example.com", false),
        ];
        for (name, reference, is_match) in rows {
            let found = compared(&bare(name), reference);
            assert_eq!(found.matched.is_some(), is_match, "{name}");
            let findings = found.matched.map(|found| found.findings).unwrap_or_default();
            assert_eq!(findings.iter().any(|finding| finding.code == "CN-FALLBACK"), is_match, "{name}");
        }
        assert!(compared(&named(&[(EMAIL, b"a@example.org")]), "sip:example.com").names.len() == 1);
    }

    // SAN-11: extKeyUsage, if it is there, has to say that the certificate is one of a SIP domain.
    #[test]
    fn san_11_purposes() {
        let purpose = |oid: &[u8]| encode::element(tag::SEQUENCE, &[&encode::element(tag::OBJECT_IDENTIFIER, &[oid])]);
        let rows: [(Option<&[u8]>, &str); 4] = [
            (None, "ok"),
            (Some(b"\x2b\x06\x01\x05\x05\x07\x03\x14"), "ok"),
            (Some(b"\x55\x1d\x25\x00"), "ok"),
            (Some(b"\x2b\x06\x01\x05\x05\x07\x03\x01"), "identity.extended-key-usage"),
        ];
        for (oid, expected) in rows {
            let extensions = oid.map(|oid| (extension::EXTENDED_KEY_USAGE, false, purpose(oid)));
            let certificate = Odd { extensions: extensions.into_iter().collect(), ..Odd::default() }.certificate();
            let found = check_domain_purpose(&certificate);
            assert_eq!(found.map_or_else(|error| error.code(), |()| "ok"), expected, "{oid:?}");
        }
    }

    // Why a name is not the one.
    #[test]
    fn refusals_name_the_rule() {
        let rows: [(u8, &[u8], &str, &str); 7] = [
            (URI, b"sips:example.com", "only a sip: URI", "7.1"),
            (URI, b"sip:alice@example.com", "names a user", "7.1"),
            (DNS, b"*.example.com", "wildcard", "7.2"),
            (DNS, b"foo.example.com", "suffix", "7.2"),
            (DNS, b"example.org", "another domain", "7.2"),
            (DNS, b"exa mple.com", "blank", "7.1"),
            (EMAIL, b"a@example.com", "no domain", "7.1"),
        ];
        for (kind, name, why, section) in rows {
            let found = compared(&named(&[(kind, name)]), "sip:example.com");
            let refusal = found.names[0].refusal.unwrap();
            assert!(refusal.why.contains(why) && refusal.rule.section == section, "{refusal:?}");
        }
    }
}
