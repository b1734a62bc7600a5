//! Whether a certificate names a party of SIP (RFC 8591 section 4.4.1, RFC 3261 section 23).
//!
//! A URI in subjectAltName that equals the address of record is the one way. E-mail names count only where
//! they were asked for, common names never. A name that holds anything but printable ASCII equals no name:
//! readers who stop at a NUL, trim blanks or fold look-alikes would see another one.

use std::fmt::Write as _;

use crate::error::{Condition, Error};
use crate::pki::extension::{self, GeneralName, NameKind};
use crate::pki::name::common_names;
use crate::pki::{Certificate, domain};
use crate::report::Finding;
use crate::spec::{self, Rule};
use crate::uri::{Host, Scheme, SipUri};

/// What counts as a match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IdentityOptions {
    /// Lets an rfc822Name of the same user and host stand for a `sip:` or `sips:` URI (RFC 3261 section 23.1).
    pub allow_email_san: bool,
    /// Asks for the full comparison of RFC 3261 section 19.1.4 besides; `sips:` never matches `sip:`.
    pub strict: bool,
    /// Lets the common name stand for a domain if there is no subjectAltName (RFC 5922 section 7.1).
    pub common_name: bool,
}

/// The name that matched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SanMatch {
    /// The name, as openssl writes it.
    pub name: String,
    /// Whether it is an rfc822Name that stands for a SIP URI.
    pub by_email: bool,
    /// Whether a `sips:` identity was matched by a `sip:` name.
    pub sips_by_sip: bool,
    /// What is worth saying about a name of a domain.
    pub findings: Vec<Finding>,
}

/// Compares the names of a certificate with an identity that is claimed, and of a domain the purpose of the certificate,
/// too.
///
/// # Errors
/// `identity.mismatch` if none is the one, with the names found; `identity.extended-key-usage` if the certificate of a
/// domain is for another purpose; `trust.extension` if the list of names cannot be read.
pub fn match_identity(
    certificate: &Certificate,
    claimed: &SipUri,
    options: IdentityOptions,
) -> Result<SanMatch, Error> {
    let comparison = compare(certificate, claimed, options)?;
    let Some(matched) = comparison.matched else {
        return Err(match is_domain(claimed) {
            true => domain::mismatch(certificate, claimed, &comparison.names),
            false => mismatch(certificate, claimed)?,
        });
    };
    if is_domain(claimed) {
        check_domain_purpose(certificate)?;
    }
    Ok(matched)
}

/// A name of a certificate, and why it is not the identity that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameVerdict {
    /// The name, as openssl writes it.
    pub name: String,
    /// `None` if it is the identity.
    pub refusal: Option<Refusal>,
}

/// Why a name is not the identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// In words.
    pub why: &'static str,
    /// The rule.
    pub rule: Rule,
}

/// Every name of a certificate, compared with an identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Each name, in the order of the certificate.
    pub names: Vec<NameVerdict>,
    /// The name that matched best.
    pub matched: Option<SanMatch>,
}

/// Whether an identity is that of a domain and not of a user: a `sip:` or `sips:` URI without a user part (RFC 5922
/// section 7.1).
pub fn is_domain(claimed: &SipUri) -> bool {
    domain_of(claimed).is_some()
}

fn domain_of(claimed: &SipUri) -> Option<&Host> {
    let is_domain = matches!(claimed.scheme(), Scheme::Sip | Scheme::Sips) && claimed.user().is_none();
    claimed.host().filter(|_| is_domain)
}

/// Compares every name of a certificate with an identity: a domain by RFC 5922, a user by RFC 8591.
///
/// # Errors
/// `trust.extension` if the list of names cannot be read.
pub fn compare(certificate: &Certificate, claimed: &SipUri, options: IdentityOptions) -> Result<Comparison, Error> {
    if let Some(host) = domain_of(claimed) {
        return domain::compare(certificate, host, options.common_name);
    }
    let names = certificate.subject_alternative_names()?;
    let ways: Vec<Option<Way>> = names.iter().map(|name| way(name, claimed, options)).collect();
    let best = names.iter().zip(&ways).filter_map(|(name, way)| Some((name, (*way)?))).min_by_key(|(_, way)| *way);
    let matched = best.map(|(name, way)| SanMatch {
        name: name.to_string(),
        by_email: way == Way::Email && claimed.scheme() != Scheme::Mailto,
        sips_by_sip: way == Way::SipForSips,
        findings: Vec::new(),
    });
    let refusal = |name| {
        let why = near_miss(name, claimed).unwrap_or(match name.kind {
            NameKind::Uri => "it is another identity",
            _ => "a name of this kind is no identity of SIP",
        });
        Refusal { why, rule: spec::CERT_ALT_NAME }
    };
    // Each is judged by what it is and not by what is shown of it, which may be cut short.
    let names = names
        .iter()
        .zip(&ways)
        .map(|(name, way)| NameVerdict { name: name.to_string(), refusal: way.is_none().then(|| refusal(name)) });
    Ok(Comparison { names: names.collect(), matched })
}

/// How a name is the identity of a user, the best way first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    SameUri,
    SipForSips,
    Email,
}

fn way(name: &GeneralName<'_>, claimed: &SipUri, options: IdentityOptions) -> Option<Way> {
    if let Some(uri) = name_as_uri(name) {
        if uri.same_address(claimed) {
            return (!options.strict || uri.equal(claimed)).then_some(Way::SameUri);
        }
        let is_sip_for_sips = claimed.scheme() == Scheme::Sips && uri.scheme() == Scheme::Sip && !options.strict;
        return (is_sip_for_sips && uri.same_user_and_host(claimed)).then_some(Way::SipForSips);
    }
    let email_counts = match claimed.scheme() {
        Scheme::Mailto => true,
        Scheme::Sip | Scheme::Sips => options.allow_email_san,
        Scheme::Im | Scheme::Pres | Scheme::Tel => false,
    };
    (email_counts && is_email_of(name, claimed)).then_some(Way::Email)
}

/// Whether a certificate may stand for a domain: extKeyUsage is not there, or has id-kp-sipDomain or
/// anyExtendedKeyUsage (RFC 5924, RFC 5922 section 7.1).
///
/// # Errors
/// `identity.extended-key-usage`, `trust.extension`.
pub fn check_domain_purpose(certificate: &Certificate) -> Result<(), Error> {
    let Some(purposes) = certificate.extended_key_usage()? else { return Ok(()) };
    match purposes.iter().any(|purpose| [extension::SIP_DOMAIN, extension::ANY_PURPOSE].contains(purpose)) {
        true => Ok(()),
        false => Err(Error::new(Condition::IdentityPurpose)),
    }
}

/// Every name of a certificate, compared with nothing.
///
/// # Errors
/// `trust.extension` if the list of names cannot be read.
pub fn names(certificate: &Certificate) -> Result<Vec<String>, Error> {
    Ok(certificate.subject_alternative_names()?.iter().map(ToString::to_string).collect())
}

/// The names of the subject, safe to be shown; as many as are worth showing.
///
/// # Errors
/// `trust.extension` if the list cannot be read.
pub fn identities(certificate: &Certificate) -> Result<Vec<String>, Error> {
    let names = certificate.subject_alternative_names()?;
    Ok(names.iter().take(SHOWN).map(ToString::to_string).collect())
}

/// A mailbox stands in an rfc822Name: that of a mailto: URI would escape the name constraints on e-mail.
fn name_as_uri(name: &GeneralName<'_>) -> Option<SipUri> {
    let text = (name.kind == NameKind::Uri).then(|| name.clean_text()).flatten()?;
    SipUri::parse(text).ok().filter(|uri| uri.scheme() != Scheme::Mailto)
}

fn is_email_of(name: &GeneralName<'_>, claimed: &SipUri) -> bool {
    name.kind == NameKind::Email && name.clean_text().is_some_and(|text| claimed.is_mailbox(text.as_bytes()))
}

fn mismatch(certificate: &Certificate, claimed: &SipUri) -> Result<Error, Error> {
    let names = certificate.subject_alternative_names()?;
    let is_common_name = || common_names(certificate.subject()).iter().any(|name| is_address_of(name, claimed));
    let reason = match names.iter().find_map(|name| near_miss(name, claimed)) {
        None if is_common_name() => Some("its common name is the address, but a common name is no identity"),
        reason => reason,
    };
    let error = refused(certificate, claimed, &names, reason);
    Ok(match names.iter().any(|name| is_email_of(name, claimed)) {
        true => error.hinting("an e-mail name has the same address: --allow-email-san accepts it"),
        false => error,
    })
}

/// Says what was found instead.
pub(super) fn refused<T: ToString>(
    certificate: &Certificate,
    claimed: &SipUri,
    names: &[T],
    reason: Option<&str>,
) -> Error {
    let mut detail = format!("{claimed} is claimed, ");
    // Writing to a String does not fail.
    let _ = match names {
        [] => write!(detail, "the certificate has no subjectAltName"),
        names => {
            let shown: Vec<String> = names.iter().take(SHOWN).map(ToString::to_string).collect();
            let more = names.len().saturating_sub(shown.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            write!(detail, "the certificate names {}{more}", shown.join(", "))
        }
    };
    if let Some(reason) = reason {
        let _ = write!(detail, " ({reason})");
    }
    let _ = write!(detail, "; it is that of {}", certificate.described());
    Error::new(Condition::IdentityMismatch).detail(detail)
}

/// What keeps a name that looks like the claimed one from being it.
fn near_miss(name: &GeneralName<'_>, claimed: &SipUri) -> Option<&'static str> {
    if name.kind == NameKind::Email {
        return is_email_of(name, claimed).then_some("an e-mail name is no SIP identity");
    }
    if name.kind != NameKind::Uri {
        return None;
    }
    if name.clean_text().is_none() {
        return Some(UNCLEAN);
    }
    let Some(presented) = name_as_uri(name) else {
        return Some("a name is not a URI of SIP");
    };
    let lower = |uri: &SipUri| uri.user().map(|user| user.to_ascii_lowercase());
    let same_user = presented.user() == claimed.user();
    let same_host = presented.host() == claimed.host();
    let same_scheme = presented.scheme() == claimed.scheme();
    if same_user && same_host && (presented.port().is_some() || claimed.port().is_some()) {
        return Some("a port keeps a URI from being an address");
    }
    if same_user && same_host && !same_scheme {
        return Some("the schemes differ");
    }
    if same_user && same_host {
        return Some("the parameters or escapes differ");
    }
    if same_scheme && same_host && lower(&presented) == lower(claimed) {
        return Some("upper and lower case differ in the user part");
    }
    if same_scheme && same_host && presented.user().is_none() {
        return Some("the name of a domain is not the name of its users");
    }
    let hosts = presented.host().zip(claimed.host());
    if same_scheme && same_user && hosts.is_some_and(|(one, other)| domain::are_in_one_domain(one, other)) {
        return Some(ONE_DOMAIN);
    }
    None
}

/// Whether a common name is the claimed URI, or its user and host.
fn is_address_of(name: &[u8], claimed: &SipUri) -> bool {
    let as_uri = std::str::from_utf8(name).ok().and_then(|text| SipUri::parse(text).ok());
    claimed.is_mailbox(name) || as_uri.is_some_and(|uri| uri.same_address(claimed))
}

/// Why a name is not the identity, if it nearly is (RFC 3893 section 7).
pub const ONE_DOMAIN: &str = "the hosts are in one domain, but not the same";
pub(super) const UNCLEAN: &str =
    "a name that holds a blank, a control character or a character outside ASCII matches nothing";

/// How many names are shown.
const SHOWN: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::testing::{Odd, common_name, named};

    const EMAIL: u8 = 0x81;
    const DNS: u8 = 0x82;
    const URI: u8 = 0x86;
    const IP: u8 = 0x87;

    const DEFAULT: IdentityOptions = IdentityOptions { allow_email_san: false, strict: false, common_name: true };
    const EMAILS: IdentityOptions = IdentityOptions { allow_email_san: true, strict: false, common_name: true };
    const STRICT: IdentityOptions = IdentityOptions { allow_email_san: false, strict: true, common_name: true };

    fn found(names: &[(u8, &[u8])], claimed: &str, options: IdentityOptions) -> Option<SanMatch> {
        match match_identity(&named(names), &SipUri::parse(claimed).unwrap(), options) {
            Ok(found) => Some(found),
            Err(error) => {
                assert_eq!(error.code(), "identity.mismatch");
                None
            }
        }
    }

    #[test]
    fn san_01_to_05_names_that_match() {
        type Row<'a> = (&'a [(u8, &'a [u8])], &'a str, IdentityOptions, Option<&'a str>);
        // (presented, claimed, options, the name that matched)
        let rows: &[Row<'_>] = &[
            // SAN-01, SAN-02: a URI that is the address of record.
            (&[(URI, b"sip:alice@example.com")], "sip:alice@example.com", DEFAULT, Some("URI:sip:alice@example.com")),
            (
                &[(URI, b"SIP:%61lice@EXAMPLE.com")],
                "sip:alice@example.com;lr",
                DEFAULT,
                Some("URI:SIP:%61lice@EXAMPLE.com"),
            ),
            (&[(URI, b"sip:Alice@example.com")], "sip:alice@example.com", DEFAULT, None),
            (&[(URI, b"sip:alice@example.com:5060")], "sip:alice@example.com", DEFAULT, None),
            (&[(URI, b"sip:alice@example.com")], "sip:alice@example.com:5060", DEFAULT, None),
            (&[(URI, b"sip:alice@sip.example.com")], "sip:alice@example.com", DEFAULT, None),
            (&[(URI, b"sip:alice@192.0.2.4")], "sip:alice@192.0.2.4", DEFAULT, Some("URI:sip:alice@192.0.2.4")),
            (&[(URI, b"sip:alice@*.example.com")], "sip:alice@a.example.com", DEFAULT, None),
            // A domain does not name its users.
            (&[(URI, b"sip:example.com")], "sip:alice@example.com", DEFAULT, None),
            (&[(URI, b"sip:alice@example.com")], "sip:example.com", DEFAULT, None),
            (&[(DNS, b"example.com")], "sip:alice@example.com", DEFAULT, None),
            (&[(IP, &[192, 0, 2, 4])], "sip:alice@192.0.2.4", DEFAULT, None),
            // I3: several names, any order.
            (
                &[(EMAIL, b"alice@example.com"), (URI, b"sip:bob@example.com"), (URI, b"sip:alice@example.com")],
                "sip:alice@example.com",
                EMAILS,
                Some("URI:sip:alice@example.com"),
            ),
            // SAN-03: strict.
            (
                &[(URI, b"sip:alice@example.com")],
                "sip:alice@example.com;user=phone",
                DEFAULT,
                Some("URI:sip:alice@example.com"),
            ),
            (&[(URI, b"sip:alice@example.com")], "sip:alice@example.com;user=phone", STRICT, None),
            (&[(URI, b"sip:alice@example.com")], "sip:alice@EXAMPLE.com", STRICT, Some("URI:sip:alice@example.com")),
            (&[(URI, b"sip:alice@example.com:5060")], "sip:alice@example.com:5060", STRICT, None),
            (&[(URI, b"sip:alice@example.com")], "sips:alice@example.com", STRICT, None),
            // SAN-04: a sips: claim and a sip: name, not the other way round.
            (&[(URI, b"sip:alice@example.com")], "sips:alice@example.com", DEFAULT, Some("URI:sip:alice@example.com")),
            (
                &[(URI, b"sips:alice@example.com")],
                "sips:alice@example.com",
                DEFAULT,
                Some("URI:sips:alice@example.com"),
            ),
            (&[(URI, b"sips:alice@example.com")], "sip:alice@example.com", DEFAULT, None),
            // SAN-05: other schemes name their own kind only.
            (&[(URI, b"im:alice@example.com")], "im:alice@example.com", DEFAULT, Some("URI:im:alice@example.com")),
            (&[(URI, b"im:alice@example.com")], "sip:alice@example.com", DEFAULT, None),
            (
                &[(URI, b"pres:alice@example.com")],
                "pres:alice@example.com",
                DEFAULT,
                Some("URI:pres:alice@example.com"),
            ),
            (&[(URI, b"pres:alice@example.com")], "im:alice@example.com", DEFAULT, None),
            (&[(URI, b"tel:+1-201-555-0123")], "tel:+12015550123", DEFAULT, Some("URI:tel:+1-201-555-0123")),
            (&[(URI, b"tel:+12015550123")], "sip:+12015550123@example.com;user=phone", DEFAULT, None),
            (&[(EMAIL, b"alice@EXAMPLE.com")], "mailto:alice@example.com", DEFAULT, Some("email:alice@EXAMPLE.com")),
            (&[(EMAIL, b"Alice@example.com")], "mailto:alice@example.com", DEFAULT, None),
            (&[(URI, b"mailto:alice@example.com")], "mailto:alice@example.com", EMAILS, None),
            (&[(EMAIL, b"alice@example.com")], "sip:alice@example.com", DEFAULT, None),
            (&[(EMAIL, b"alice@example.com")], "sip:alice@example.com", EMAILS, Some("email:alice@example.com")),
            (&[(EMAIL, b"alice@example.com")], "sips:alice@example.com", EMAILS, Some("email:alice@example.com")),
            (&[(EMAIL, b"alice@example.com")], "im:alice@example.com", EMAILS, None),
            (&[(EMAIL, b"example.com")], "sip:example.com", EMAILS, None),
            (&[(EMAIL, b"sip:alice@example.com")], "sip:alice@example.com", EMAILS, None),
            (&[(URI, b"alice@example.com")], "sip:alice@example.com", EMAILS, None),
        ];
        for (presented, claimed, options, expected) in rows {
            let found = found(presented, claimed, *options);
            assert_eq!(found.map(|found| found.name).as_deref(), *expected, "{claimed}");
        }
    }

    // P9, I4: nothing unclean equals a clean name, whatever may stand beside it.
    #[test]
    fn i4_unclean_names_match_nothing() {
        let rows: &[&[u8]] = &[
            b"",
            b"sip:alice@example.com\0",
            b"sip:alice@example.com\0.evil.example",
            b"sip:alice@example.com%00",
            b"sip:alice%00@example.com",
            b" sip:alice@example.com",
            b"sip:alice@example.com ",
            b"sip:alice@example.com\t",
            b"sip:alice@example.com\r\n",
            b"sip:alice@example.com.",
            b"sip:alice@example.com\x7f",
            "sip:alice@example.com\u{a0}".as_bytes(),
            "sip:alice@\u{200e}example.com".as_bytes(),
            "sip:\u{430}lice@example.com".as_bytes(),
            "sip:alice@ex\u{e4}mple.com".as_bytes(),
            b"sip:alice@example.com\xa0",
            b"<sip:alice@example.com>",
            b"\"sip:alice@example.com\"",
            b"sip:alice@example.com@evil.example",
            b"sip://alice@example.com",
        ];
        for presented in rows {
            assert_eq!(found(&[(URI, presented)], "sip:alice@example.com", EMAILS), None);
            // Nor do they hide a clean one.
            let names = [(URI, *presented), (0xA0, &b"\xff"[..]), (URI, b"sip:alice@example.com")];
            assert!(found(&names, "sip:alice@example.com", DEFAULT).is_some());
        }
        assert_eq!(found(&[(EMAIL, b"alice@example.com\0")], "mailto:alice@example.com", DEFAULT), None);
    }

    #[test]
    fn how_it_matched_is_said() {
        let by = |names: &[(u8, &[u8])], claimed, options| {
            found(names, claimed, options).map(|found| (found.by_email, found.sips_by_sip))
        };
        let sip: &[(u8, &[u8])] = &[(URI, b"sip:alice@example.com")];
        let both: &[(u8, &[u8])] = &[sip[0], (URI, b"sips:alice@example.com")];
        let email: &[(u8, &[u8])] = &[(EMAIL, b"alice@example.com")];
        assert_eq!(by(sip, "sip:alice@example.com", DEFAULT), Some((false, false)));
        assert_eq!(by(sip, "sips:alice@example.com", DEFAULT), Some((false, true)));
        assert_eq!(by(both, "sips:alice@example.com", DEFAULT), Some((false, false)));
        assert_eq!(by(email, "sip:alice@example.com", EMAILS), Some((true, false)));
        assert_eq!(by(email, "mailto:alice@example.com", DEFAULT), Some((false, false)));
    }

    #[test]
    fn a_mismatch_lists_what_was_found_and_why() {
        let alice = SipUri::parse("sip:alice@example.com").unwrap();
        let refused = |certificate: &Certificate| match_identity(certificate, &alice, DEFAULT).unwrap_err();
        type Row<'a> = (&'a [(u8, &'a [u8])], &'a str);
        let rows: &[Row<'_>] = &[
            (&[(URI, b"sip:bob@example.org")], "names URI:sip:bob@example.org"),
            (&[(URI, b"sip:Alice@example.com")], "upper and lower case differ"),
            (&[(URI, b"sips:alice@example.com")], "the schemes differ"),
            (&[(URI, b"sip:alice@example.com:5060")], "a port"),
            (&[(URI, b"sip:alice:pw@example.com")], "the parameters or escapes differ"),
            (&[(URI, b"sip:alice@sip.example.com")], "in one domain"),
            (&[(URI, b"sip:alice@example.com.")], "in one domain"),
            (&[(URI, b"sip:example.com")], "the name of a domain"),
            (&[(URI, b"sip:alice@example.com\x1b[2J")], r"sip:alice@example.com\x1b[2J (a name that holds"),
            (&[(URI, b"sip:alice@example.com%00")], "not a URI of SIP"),
            (&[(EMAIL, b"alice@example.com")], "an e-mail name is no SIP identity"),
            (&[(DNS, b"example.com"), (IP, &[192, 0, 2, 4])], "names DNS:example.com, IP:192.0.2.4"),
        ];
        for (presented, expected) in rows {
            let error = refused(&named(presented));
            assert!(error.to_string().contains(expected), "{error}");
        }
        let error = refused(&named(&[(EMAIL, b"alice@example.com")]));
        assert!(error.hint().unwrap().contains("--allow-email-san"));
        let error = refused(&Odd { subject: common_name("sip:alice@example.com"), ..Odd::default() }.certificate());
        assert!(error.to_string().contains("has no subjectAltName (its common name is the address"), "{error}");

        // R4: many long names make no long message.
        let long = [b'a'; 10_000];
        let error = refused(&named(&vec![(URI, &long[..]); 100]));
        assert!(error.to_string().contains(" and 84 more") && error.to_string().len() < 5000);
    }

    // Names that are shown alike, cut short, are not marked alike. Equal ones are.
    #[test]
    fn matching_names_are_marked() {
        let user = "a".repeat(300);
        let [alice, other] = ["", "x"].map(|more| format!("sip:{user}{more}@example.com"));
        let names =
            [(URI, other.as_bytes()), (URI, alice.as_bytes()), (EMAIL, alice.as_bytes()), (URI, alice.as_bytes())];
        let found = compare(&named(&names), &SipUri::parse(&alice).unwrap(), DEFAULT).unwrap();
        let marks: Vec<bool> = found.names.iter().map(|name| name.refusal.is_none()).collect();
        assert_eq!(marks, [false, true, false, true]);
        assert_eq!(found.names[0].name, found.names[1].name);
    }

    // P4: two lists of names are none.
    #[test]
    fn p4_two_lists_of_names() {
        let list = |uri: &[u8]| {
            let names = crate::asn1::encode::element(0x30, &[&crate::asn1::encode::element(URI, &[uri])]);
            (crate::pki::extension::SUBJECT_ALTERNATIVE_NAME, false, names)
        };
        let extensions = vec![list(b"sip:mallory@example.com"), list(b"sip:alice@example.com")];
        let certificate = Odd { extensions, ..Odd::default() }.certificate();
        let claimed = SipUri::parse("sip:alice@example.com").unwrap();
        assert_eq!(match_identity(&certificate, &claimed, DEFAULT).unwrap_err().code(), "trust.extension");
        assert_eq!(identities(&certificate).unwrap_err().code(), "trust.extension");
    }
}
