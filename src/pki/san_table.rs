//! The table of names: whom a certificate names, sentence by sentence of RFC 5922 sections 7.1 and 7.2 and of RFC 3261
//! section 19.1.4, and the names of attacks. Domains are here, users in `users`.
//!
//! A row has the names in the certificate, the reference, the name that matches, and the rule. Each row is asked of
//! check-san ([`identity::compare`]) and of verify ([`identity::match_identity`]), which have to agree.

use super::*;
use crate::error::Condition;
use crate::pki::extension::SUBJECT_ALTERNATIVE_NAME;
use crate::pki::identity::{Comparison, IdentityOptions, Refusal, is_domain};
use crate::pki::testing::{Odd, common_name, named};
use crate::uri::SipUri;

mod users;

/// Not a name of subjectAltName, but the common name of the subject.
const CN: u8 = 0;
const OTHER: u8 = 0xA0;
const EMAIL: u8 = 0x81;
const DNS: u8 = 0x82;
const DIRECTORY: u8 = 0xA4;
const URI: u8 = 0x86;
const IP: u8 = 0x87;
const REGISTERED: u8 = 0x88;

const DEFAULT: IdentityOptions = IdentityOptions { allow_email_san: false, strict: false, common_name: true };
const EMAILS: IdentityOptions = IdentityOptions { allow_email_san: true, strict: false, common_name: true };
const STRICT: IdentityOptions = IdentityOptions { allow_email_san: false, strict: true, common_name: true };

type Names<'a> = &'a [(u8, &'a [u8])];

fn certificate(names: Names<'_>) -> Certificate {
    match names {
        [] => Odd { subject: vec![0x30, 0], ..Odd::default() }.certificate(),
        [(CN, name)] => {
            Odd { subject: common_name(std::str::from_utf8(name).unwrap()), ..Odd::default() }.certificate()
        }
        [(CN, name), names @ ..] => {
            let extensions = named(names);
            let value = extensions.extension(&SUBJECT_ALTERNATIVE_NAME).unwrap().unwrap().value.to_vec();
            let extensions = vec![(SUBJECT_ALTERNATIVE_NAME, false, value)];
            Odd { subject: common_name(std::str::from_utf8(name).unwrap()), extensions, ..Odd::default() }.certificate()
        }
        names => named(names),
    }
}

/// Compares, and makes sure that verify answers as check-san does, that the names are marked accordingly, and that they
/// are shown in printable ASCII.
fn compared(certificate: &Certificate, reference: &str, options: IdentityOptions) -> (Option<String>, Comparison) {
    let reference = SipUri::parse_typed(reference).unwrap();
    let found = identity::compare(certificate, &reference, options).unwrap();
    match identity::match_identity(certificate, &reference, options) {
        Ok(matched) => assert_eq!(Some(&matched), found.matched.as_ref()),
        Err(error) => assert_eq!((error.condition(), &found.matched), (Condition::IdentityMismatch, &None)),
    }
    let matched = found.matched.as_ref().map(|matched| matched.name.clone());
    let is_marked = |name: &String| found.names.iter().any(|one| one.name == *name && one.refusal.is_none());
    assert!(matched.as_ref().is_none_or(is_marked), "{reference}: {found:?}");
    assert!(matched.is_some() || found.names.iter().all(|name| name.refusal.is_some()), "{reference}: {found:?}");
    let is_printable = |octet: u8| octet.is_ascii_graphic() || octet == b' ';
    assert!(found.names.iter().all(|name| name.name.bytes().all(is_printable)), "{found:?}");
    (matched, found)
}

// P11, SAN-07 to SAN-13. Options are of no account for a domain. Where nothing matches, the first name is refused for
// the section of the rule. Of section 7.1 the first two sentences are about the path and the purpose: `pkits_targets`,
// `san_11_purposes`, `verify_and_check_san_agree_on_domains`.
#[test]
fn p11_domains() {
    type Row<'a> = (Names<'a>, &'a str, Option<&'a str>, &'a str);
    // (names in the certificate, reference, the name that matches, rule)
    let rows: &[Row<'_>] = &[
        // 7.1: "A single certificate can serve more than one purpose", and have several identities.
        (
            &[
                (URI, b"sip:alice@example.org"),
                (EMAIL, b"a@example.org"),
                (URI, b"im:a@example.org"),
                (URI, b"sip:example.com"),
            ],
            "sip:example.com",
            Some("URI:sip:example.com"),
            "7.1 more than one purpose",
        ),
        (
            &[(URI, b"sip:example.com"), (URI, b"sip:example.net")],
            "sip:example.com",
            Some("URI:sip:example.com"),
            "7.1 one or more identities",
        ),
        (
            &[(URI, b"sip:example.com"), (URI, b"sip:example.net")],
            "sip:example.net",
            Some("URI:sip:example.net"),
            "7.1 one or more identities",
        ),
        (
            &[(DNS, b"example.com"), (DNS, b"example.net")],
            "sip:example.net",
            Some("DNS:example.net"),
            "7.1 one or more identities",
        ),
        // 7.1, step 1: "Examine each value"; "absent or can contain one or more values". An odd one hides no other.
        (
            &[(OTHER, b"\xff"), (DNS, b"\xff"), (DNS, b"example.com")],
            "sip:example.com",
            Some("DNS:example.com"),
            "7.1 each value",
        ),
        (
            &[(URI, b"\xff"), (URI, b"sip:example.com")],
            "sip:example.com",
            Some("URI:sip:example.com"),
            "7.1 each value",
        ),
        (&[], "sip:example.com", None, "7.1 absent"),
        // "the only types acceptable": URI and DNS.
        (&[(OTHER, b"example.com")], "sip:example.com", None, "7.1 only these types"),
        (&[(EMAIL, b"example.com")], "sip:example.com", None, "7.1 only these types"),
        (&[(EMAIL, b"alice@example.com")], "sip:example.com", None, "7.1 only these types"),
        (&[(EMAIL, b"sip:example.com")], "sip:example.com", None, "7.1 only these types"),
        (&[(DIRECTORY, b"\x30\x00")], "sip:example.com", None, "7.1 only these types"),
        (&[(REGISTERED, b"example.com")], "sip:example.com", None, "7.1 only these types"),
        (&[(DNS, b"sip:example.com")], "sip:example.com", None, "7.2 compare as DNS names"),
        // "If the scheme of the URI is not sip".
        (&[(URI, b"sips:example.com")], "sip:example.com", None, "7.1 URI: another scheme"),
        (&[(URI, b"sips:example.com")], "sips:example.com", None, "7.1 URI: another scheme"),
        (&[(URI, b"https://example.com")], "sip:example.com", None, "7.1 URI: another scheme"),
        (&[(URI, b"im:example.com")], "sip:example.com", None, "7.1 URI: another scheme"),
        (&[(URI, b"xmpp:example.com")], "sip:example.com", None, "7.1 URI: another scheme"),
        (&[(URI, b"example.com")], "sip:example.com", None, "7.1 URI: another scheme"),
        // "contains a userpart (there is an '@')".
        (&[(URI, b"sip:alice@example.com")], "sip:example.com", None, "7.1 URI: a userpart"),
        (&[(URI, b"sip:@example.com")], "sip:example.com", None, "7.1 URI: a userpart"),
        (&[(URI, b"sip:alice:pw@example.com")], "sip:example.com", None, "7.1 URI: a userpart"),
        (&[(URI, b"sip:example.com;x=alice@example.org")], "sip:example.com", None, "7.1 URI: a userpart"),
        // "there is no userinfo component": the hostpart MUST be accepted.
        (&[(URI, b"sip:example.com")], "sip:example.com", Some("URI:sip:example.com"), "7.1 URI: no userinfo"),
        (
            &[(URI, b"sip:sip1.example.com")],
            "sip:sip1.example.com",
            Some("URI:sip:sip1.example.com"),
            "7.1 URI: no userinfo",
        ),
        // "URI scheme tokens are always case insensitive".
        (&[(URI, b"SIP:example.com")], "sip:example.com", Some("URI:SIP:example.com"), "7.1 URI: case of the scheme"),
        (&[(URI, b"sIp:example.com")], "SiP:example.com", Some("URI:sIp:example.com"), "7.1 URI: case of the scheme"),
        (&[(URI, b"SIPS:example.com")], "sip:example.com", None, "7.1 URI: another scheme"),
        (&[(DNS, b"example.com"), (URI, b"SIP:example.org")], "sip:example.com", None, "7.1 DNS: if and only if"),
        // DNS "if and only if no other identity is found that matches the sip URI type".
        (&[(DNS, b"example.com")], "sip:example.com", Some("DNS:example.com"), "7.1 DNS: if and only if"),
        (&[(DNS, b"example.com"), (URI, b"sip:example.org")], "sip:example.com", None, "7.1 DNS: if and only if"),
        (&[(DNS, b"example.com"), (URI, b"sip:*.example.org")], "sip:example.com", None, "7.1 DNS: if and only if"),
        (
            &[(DNS, b"example.com"), (URI, b"sip:example.com")],
            "sip:example.com",
            Some("URI:sip:example.com"),
            "7.1 DNS: if and only if",
        ),
        (
            &[(URI, b"sip:example.org"), (DNS, b"example.com")],
            "sip:example.org",
            Some("URI:sip:example.org"),
            "7.1 DNS: if and only if",
        ),
        (
            &[(URI, b"sip:alice@example.org"), (DNS, b"example.com")],
            "sip:example.com",
            Some("DNS:example.com"),
            "7.1 DNS: if and only if",
        ),
        (
            &[(URI, b"sips:example.org"), (DNS, b"example.com")],
            "sip:example.com",
            Some("DNS:example.com"),
            "7.1 DNS: if and only if",
        ),
        (
            &[(EMAIL, b"a@example.org"), (DNS, b"example.com")],
            "sip:example.com",
            Some("DNS:example.com"),
            "7.1 DNS: if and only if",
        ),
        // 7.1, step 2: the CN "if and only if the subjectAltName does not appear".
        (&[(CN, b"example.com")], "sip:example.com", Some("CN:example.com"), "7.1 CN: if and only if"),
        (&[(CN, b"example.com"), (EMAIL, b"a@example.org")], "sip:example.com", None, "7.1 CN: if and only if"),
        (&[(CN, b"example.com"), (DNS, b"example.org")], "sip:example.com", None, "7.2 CN: if and only if"),
        (&[(CN, b"example.com"), (URI, b"sip:alice@example.com")], "sip:example.com", None, "7.1 CN: if and only if"),
        (&[(CN, b"example.com"), (OTHER, b"\xff")], "sip:example.com", None, "7.1 CN: if and only if"),
        // "If a valid DNS name is found there".
        (&[(CN, b"Example.COM")], "sip:example.com", Some("CN:Example.COM"), "7.1 CN: a valid DNS name"),
        (&[(CN, b"Example Inc.")], "sip:example.com", None, "7.1 CN: a valid DNS name"),
        (&[(CN, b"sip:example.com")], "sip:example.com", None, "7.2 CN: a valid DNS name"),
        (&[(CN, b"192.0.2.4")], "sip:192.0.2.4", None, "7.2 CN: a valid DNS name"),
        (&[(CN, b"*.example.com")], "sip:foo.example.com", None, "7.2 CN: a valid DNS name"),
        (&[(CN, b"example.com.evil.example")], "sip:example.com", None, "7.2 CN: a valid DNS name"),
        (&[(CN, "b\u{fc}cher.example".as_bytes())], "sip:b\u{fc}cher.example", None, "7.1 CN: a valid DNS name"),
        (
            &[(CN, b"xn--bcher-kva.example")],
            "sip:b\u{fc}cher.example",
            Some("CN:xn--bcher-kva.example"),
            "7.1 CN: a valid DNS name",
        ),
        // 7.2: "only the DNS name component"; no "scheme or parameters", and no port.
        (&[(URI, b"sip:example.com")], "sips:example.com", Some("URI:sip:example.com"), "7.2 no scheme"),
        (&[(DNS, b"example.com")], "sips:example.com", Some("DNS:example.com"), "7.2 no scheme"),
        (
            &[(URI, b"sip:example.com:5061")],
            "sip:example.com",
            Some("URI:sip:example.com:5061"),
            "7.2 the DNS name alone",
        ),
        (&[(URI, b"sip:example.com")], "sip:example.com:5060", Some("URI:sip:example.com"), "7.2 the DNS name alone"),
        (&[(DNS, b"example.com:5061")], "sip:example.com:5061", None, "7.2 the DNS name alone"),
        (
            &[(URI, b"sip:example.com;transport=tls")],
            "sip:example.com",
            Some("URI:sip:example.com;transport=tls"),
            "7.2 no parameters",
        ),
        (&[(URI, b"sip:example.com;maddr=192.0.2.4")], "sip:192.0.2.4", None, "7.2 no parameters"),
        (&[(URI, b"sip:example.com?a=b")], "sip:example.com;lr", Some("URI:sip:example.com?a=b"), "7.2 no parameters"),
        // "the comparison is case insensitive".
        (&[(DNS, b"EXAMPLE.Com")], "sip:example.com", Some("DNS:EXAMPLE.Com"), "7.2 case"),
        (&[(URI, b"sip:example.com")], "sip:EXAMPLE.Com", Some("URI:sip:example.com"), "7.2 case"),
        // IDNs "in accordance with Section 7.2 of RFC 5280": as A-labels.
        (&[(DNS, b"xn--bcher-kva.example")], "sip:XN--bcher-kva.example", Some("DNS:xn--bcher-kva.example"), "7.2 IDN"),
        (&[(DNS, b"xn--bcher-kva.example")], "sip:b\u{fc}cher.example", Some("DNS:xn--bcher-kva.example"), "7.2 IDN"),
        (
            &[(URI, b"sip:xn--bcher-kva.example")],
            "sip:B\u{dc}CHER.example",
            Some("URI:sip:xn--bcher-kva.example"),
            "7.2 IDN",
        ),
        (&[(DNS, b"bucher.example")], "sip:b\u{fc}cher.example", None, "7.2 IDN"),
        (&[(DNS, "b\u{fc}cher.example".as_bytes())], "sip:xn--bcher-kva.example", None, "7.1 IDN: ASCII alone"),
        (&[(DNS, "b\u{fc}cher.example".as_bytes())], "sip:b\u{fc}cher.example", None, "7.1 IDN: ASCII alone"),
        (&[(URI, "sip:b\u{fc}cher.example".as_bytes())], "sip:b\u{fc}cher.example", None, "7.1 IDN: ASCII alone"),
        (&[(URI, b"sip:b%C3%BCcher.example")], "sip:b\u{fc}cher.example", None, "7.2 IDN"),
        (&[(DNS, b"b\xfccher.example")], "sip:b\u{fc}cher.example", None, "7.1 IDN: ASCII alone"),
        // "in their entirety".
        (&[(DNS, b"example.com.evil.example")], "sip:example.com", None, "7.2 entirety"),
        (&[(DNS, b"example.co")], "sip:example.com", None, "7.2 entirety"),
        (&[(DNS, b"notexample.com")], "sip:example.com", None, "7.2 entirety"),
        (&[(DNS, b"com")], "sip:example.com", None, "7.2 entirety"),
        // "foo.example.com does not match example.com".
        (&[(DNS, b"foo.example.com")], "sip:example.com", None, "7.2 no suffix"),
        (&[(DNS, b"example.com")], "sip:foo.example.com", None, "7.2 no suffix"),
        (&[(URI, b"sip:foo.example.com")], "sip:example.com", None, "7.2 no suffix"),
        (&[(URI, b"sip:example.com")], "sip:foo.example.com", None, "7.2 no suffix"),
        (&[(CN, b"example.com")], "sip:foo.example.com", None, "7.2 no suffix"),
        // "*.example.com matches only *.example.com but not foo.example.com", ".example.com matches only .example.com".
        (&[(DNS, b"*.example.com")], "sip:foo.example.com", None, "7.2 no wildcard"),
        (&[(DNS, b"*.example.com")], "sip:foo.bar.example.com", None, "7.2 no wildcard"),
        (&[(DNS, b"*.example.com")], "sip:example.com", None, "7.2 no wildcard"),
        (&[(URI, b"sip:*.example.com")], "sip:foo.example.com", None, "7.2 no wildcard"),
        (&[(DNS, b".example.com")], "sip:foo.example.com", None, "7.2 no wildcard"),
        (&[(DNS, b".example.com")], "sip:example.com", None, "7.2 no wildcard"),
        (&[(URI, b"sip:.example.com")], "sip:foo.example.com", None, "7.2 no wildcard"),
        (&[(DNS, b"f*.example.com")], "sip:foo.example.com", None, "7.2 any form of wildcard"),
        (&[(DNS, b"foo.*.com")], "sip:foo.example.com", None, "7.2 any form of wildcard"),
        (&[(DNS, b"?oo.example.com")], "sip:foo.example.com", None, "7.2 any form of wildcard"),
        (&[(DNS, b"*")], "sip:example.com", None, "7.2 any form of wildcard"),
        // RFC 6216 section 6, SAN-13: an address is named by an iPAddress or in a URI, not by a dNSName.
        (&[(IP, &[192, 0, 2, 4])], "sip:192.0.2.4", Some("IP:192.0.2.4"), "7.1 IP"),
        (&[(IP, &[192, 0, 2, 5])], "sip:192.0.2.4", None, "7.1 IP"),
        (&[(IP, &[192, 0, 2, 4, 255, 255, 255, 0])], "sip:192.0.2.4", None, "7.1 IP"),
        (&[(IP, &[0; 16])], "sip:[::]", Some("IP:::"), "7.1 IP"),
        (&[(IP, b"\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\x02\x04")], "sip:192.0.2.4", None, "7.1 IP"),
        (&[(IP, &[192, 0, 2, 4])], "sip:example.com", None, "7.1 IP"),
        (&[(IP, b"example.com")], "sip:example.com", None, "7.1 IP"),
        (&[(URI, b"sip:192.0.2.4")], "sip:192.0.2.4", Some("URI:sip:192.0.2.4"), "7.1 URI: no userinfo"),
        (&[(DNS, b"192.0.2.4")], "sip:192.0.2.4", None, "7.2 compare as DNS names"),
        (&[(DNS, b"[2001:db8::9]")], "sip:[2001:db8::9]", None, "7.2 compare as DNS names"),
    ];
    for (names, reference, expected, rule) in rows {
        let certificate = certificate(names);
        for options in [DEFAULT, EMAILS, STRICT] {
            let (matched, found) = compared(&certificate, reference, options);
            assert!(is_domain(&SipUri::parse_typed(reference).unwrap()));
            assert_eq!(matched.as_deref(), *expected, "{rule}: {reference}: {found:?}");
            let first = found.names.first().and_then(|name| name.refusal);
            let is_of = |refusal: Refusal| rule.split(' ').next() == Some(refusal.rule.section);
            assert!(expected.is_some() || first.is_none_or(is_of), "{rule}: {first:?}");
        }
    }
}

// RFC 5922 section 7.2: "*.example.com matches only *.example.com". Nobody can ask for it: it is no URI.
#[test]
fn trap_29_wildcards_are_no_reference() {
    for text in ["sip:*.example.com", "sip:.example.com", "sip:*", "sips:f*.example.com", "sip:alice@*.example.com"] {
        assert_eq!(SipUri::parse_typed(text).unwrap_err().code(), "sip.uri", "{text}");
        assert!(SipUri::parse(text).is_err(), "{text}");
    }
}

// RFC 5922 section 7.1, step 2: a subjectAltName without names appears all the same.
#[test]
fn san_09_an_empty_list_of_names_is_one() {
    let extensions = vec![(SUBJECT_ALTERNATIVE_NAME, false, vec![0x30, 0])];
    let certificate = Odd { subject: common_name("example.com"), extensions, ..Odd::default() }.certificate();
    assert_eq!(compared(&certificate, "sip:example.com", DEFAULT).0, None);
}
