//! The values of the extensions that decide what a certificate is good for (RFC 5280 section 4.2.1).
//!
//! Each reader takes the contents of extnValue. Names are walked, not decoded: one that is malformed does
//! not hide the others.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use der::asn1::ObjectIdentifier;

use crate::asn1::encode::element;
use crate::asn1::tag;
use crate::asn1::tlv::Tlv;
use crate::error::{Condition, Error};
use crate::octets::Slice;
use crate::pki::{crl, name};

/// keyUsage.
pub const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
/// extKeyUsage.
pub const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
/// basicConstraints.
pub const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
/// nameConstraints.
pub const NAME_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.30");
/// subjectAltName.
pub const SUBJECT_ALTERNATIVE_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
/// subjectKeyIdentifier.
pub const SUBJECT_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
/// authorityKeyIdentifier.
pub const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
/// certificatePolicies.
pub const CERTIFICATE_POLICIES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32");
/// policyMappings.
pub const POLICY_MAPPINGS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.33");
/// policyConstraints.
pub const POLICY_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.36");
/// inhibitAnyPolicy.
pub const INHIBIT_ANY_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.54");
/// cRLDistributionPoints.
pub const CRL_DISTRIBUTION_POINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.31");

/// anyExtendedKeyUsage.
pub const ANY_PURPOSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");
/// id-kp-serverAuth.
pub const SERVER_AUTHENTICATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
/// id-kp-clientAuth.
pub const CLIENT_AUTHENTICATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
/// id-kp-emailProtection.
pub const EMAIL_PROTECTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4");
/// id-kp-sipDomain (RFC 5924).
pub const SIP_DOMAIN: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.20");

/// The name of an extension as the standards write it; the dotted number of one that is unknown here.
pub fn title(identifier: &ObjectIdentifier) -> String {
    let known = TITLES.iter().find(|(known, _)| known == identifier);
    known.map_or_else(|| identifier.to_string(), |(_, title)| (*title).to_owned())
}

const TITLES: &[(ObjectIdentifier, &str)] = &[
    (KEY_USAGE, "keyUsage"),
    (EXTENDED_KEY_USAGE, "extKeyUsage"),
    (BASIC_CONSTRAINTS, "basicConstraints"),
    (NAME_CONSTRAINTS, "nameConstraints"),
    (SUBJECT_ALTERNATIVE_NAME, "subjectAltName"),
    (SUBJECT_KEY_IDENTIFIER, "subjectKeyIdentifier"),
    (AUTHORITY_KEY_IDENTIFIER, "authorityKeyIdentifier"),
    (CERTIFICATE_POLICIES, "certificatePolicies"),
    (POLICY_MAPPINGS, "policyMappings"),
    (POLICY_CONSTRAINTS, "policyConstraints"),
    (INHIBIT_ANY_POLICY, "inhibitAnyPolicy"),
    (CRL_DISTRIBUTION_POINTS, "cRLDistributionPoints"),
    (crl::CRL_NUMBER, "cRLNumber"),
    (crl::DELTA_CRL_INDICATOR, "deltaCRLIndicator"),
    (crl::ISSUING_DISTRIBUTION_POINT, "issuingDistributionPoint"),
];

/// What a key may be used for: the bits of keyUsage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage(u16);

impl KeyUsage {
    pub(super) const DIGITAL_SIGNATURE: u16 = 0x8000;
    pub(super) const NON_REPUDIATION: u16 = 0x4000;
    pub(super) const KEY_ENCIPHERMENT: u16 = 0x2000;
    pub(super) const KEY_AGREEMENT: u16 = 0x0800;
    pub(super) const KEY_CERT_SIGN: u16 = 0x0400;
    pub(super) const CRL_SIGN: u16 = 0x0200;

    /// These uses, and no others.
    pub(super) fn new(bits: u16) -> Self {
        KeyUsage(bits)
    }

    /// The BIT STRING in DER: named bits, so without zeros at the end (X.690 section 11.2.2).
    pub(super) fn to_der(self) -> Vec<u8> {
        let [first, second] = self.0.to_be_bytes();
        let octets: &[u8] = if second == 0 { &[first] } else { &[first, second] };
        let unused = octets.last().map_or(0, |last| last.trailing_zeros().min(7));
        element(tag::BIT_STRING, &[&[u8::try_from(unused).unwrap_or_default()], octets])
    }

    /// Whether the key may sign messages: digitalSignature or nonRepudiation.
    pub fn signs(self) -> bool {
        self.0 & (Self::DIGITAL_SIGNATURE | Self::NON_REPUDIATION) != 0
    }

    /// Whether keys may be encrypted to it: keyEncipherment.
    pub fn enciphers_keys(self) -> bool {
        self.0 & Self::KEY_ENCIPHERMENT != 0
    }

    /// Whether it may agree on keys: keyAgreement.
    pub fn agrees_on_keys(self) -> bool {
        self.0 & Self::KEY_AGREEMENT != 0
    }

    /// Whether it may sign certificates: keyCertSign.
    pub fn signs_certificates(self) -> bool {
        self.0 & Self::KEY_CERT_SIGN != 0
    }

    /// Whether it may sign revocation lists: cRLSign.
    pub fn signs_revocations(self) -> bool {
        self.0 & Self::CRL_SIGN != 0
    }
}

impl fmt::Display for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            "digitalSignature",
            "nonRepudiation",
            "keyEncipherment",
            "dataEncipherment",
            "keyAgreement",
            "keyCertSign",
            "cRLSign",
            "encipherOnly",
            "decipherOnly",
        ];
        let mut rest = self.0;
        let mut separator = "";
        for name in names {
            if rest & 0x8000 != 0 {
                write!(f, "{separator}{name}")?;
                separator = ", ";
            }
            rest = rest.wrapping_shl(1);
        }
        Ok(())
    }
}

/// Whether a certificate is an authority, and how many authorities may follow below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether it is an authority.
    pub authority: bool,
    /// How many authorities may stand between it and the last certificate, not counting self-issued ones.
    pub path_length: Option<u32>,
}

/// A name of the subject, as received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GeneralName<'a> {
    /// What kind of name.
    pub kind: NameKind,
    /// The contents.
    pub octets: &'a [u8],
}

/// The kinds of [`GeneralName`] that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameKind {
    /// rfc822Name.
    Email,
    /// dNSName.
    Dns,
    /// uniformResourceIdentifier.
    Uri,
    /// iPAddress.
    Ip,
    /// directoryName.
    Directory,
    /// Any other: its identifier octet.
    Other(u8),
}

impl<'a> GeneralName<'a> {
    /// The text of a name that is text, if it is what an IA5String name may be: printable ASCII without
    /// blanks, and not empty. Anything else never equals a name (RFC 5280 section 7).
    pub fn clean_text(&self) -> Option<&'a str> {
        let is_text = matches!(self.kind, NameKind::Email | NameKind::Dns | NameKind::Uri);
        let is_clean = !self.octets.is_empty() && self.octets.iter().all(u8::is_ascii_graphic);
        (is_text && is_clean).then(|| std::str::from_utf8(self.octets).ok()).flatten()
    }
}

/// As openssl writes it, safe to be shown, and not too long.
impl fmt::Display for GeneralName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.octets.get(..SHOWN_NAME).unwrap_or(self.octets);
        let rest = if shown.len() < self.octets.len() { "..." } else { "" };
        match self.kind {
            NameKind::Email => write!(f, "email:{}{rest}", shown.escape_ascii()),
            NameKind::Dns => write!(f, "DNS:{}{rest}", shown.escape_ascii()),
            NameKind::Uri => write!(f, "URI:{}{rest}", shown.escape_ascii()),
            NameKind::Directory => write!(f, "DirName:{}", name::text(self.octets)),
            NameKind::Ip => match (<[u8; 4]>::try_from(self.octets), <[u8; 16]>::try_from(self.octets)) {
                (Ok(v4), _) => write!(f, "IP:{}", Ipv4Addr::from(v4)),
                (_, Ok(v6)) => write!(f, "IP:{}", Ipv6Addr::from(v6)),
                _ => write!(f, "IP:#{}{rest}", hex::encode(shown)),
            },
            NameKind::Other(tag) => write!(f, "[{}]:#{}{rest}", tag & 0x1F, hex::encode(shown)),
        }
    }
}

/// `KeyUsage ::= BIT STRING`
pub(super) fn key_usage(value: Slice<'_>) -> Result<KeyUsage, Error> {
    match Tlv::parse(value)?.expect(tag::BIT_STRING)?.contents.octets() {
        [0..=7, bits @ ..] if bits.len() <= 2 => {
            let mut bits = bits.iter().copied();
            let (first, second) = (bits.next().unwrap_or_default(), bits.next().unwrap_or_default());
            Ok(KeyUsage(u16::from_be_bytes([first, second])))
        }
        _ => Err(Error::new(Condition::Asn1Value)),
    }
}

/// `ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF OBJECT IDENTIFIER`. An empty one is read: it allows nothing.
pub(super) fn extended_key_usage(value: Slice<'_>) -> Result<Vec<ObjectIdentifier>, Error> {
    let mut elements = Tlv::parse(value)?.expect(tag::SEQUENCE)?.elements()?;
    let mut purposes = Vec::new();
    while !elements.is_done() {
        let purpose = elements.expect(tag::OBJECT_IDENTIFIER)?.contents.octets();
        purposes.push(ObjectIdentifier::from_bytes(purpose).map_err(|_| Error::new(Condition::Asn1Value))?);
    }
    Ok(purposes)
}

/// `BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL }`
pub(super) fn basic_constraints(value: Slice<'_>) -> Result<BasicConstraints, Error> {
    let mut elements = Tlv::parse(value)?.expect(tag::SEQUENCE)?.elements()?;
    let authority = elements.optional(tag::BOOLEAN)?.is_some_and(|flag| flag.contents.octets() != [0]);
    let path_length =
        elements.optional(tag::INTEGER)?.map(|number| path_length(number.contents.octets())).transpose()?;
    elements.finish()?;
    Ok(BasicConstraints { authority, path_length })
}

/// The value; the largest one stands for all that are larger: no path is so long.
fn path_length(octets: &[u8]) -> Result<u32, Error> {
    if octets.first().is_none_or(|first| first & 0x80 != 0) {
        return Err(Error::new(Condition::Asn1Value).detail("the path length is negative"));
    }
    Ok(octets.iter().fold(0, |value: u32, octet| value.saturating_mul(256).saturating_add(u32::from(*octet))))
}

/// `SubjectKeyIdentifier ::= OCTET STRING`
pub(super) fn octet_string(value: Slice<'_>) -> Result<&[u8], Error> {
    Ok(Tlv::parse(value)?.expect(tag::OCTET_STRING)?.contents.octets())
}

/// `AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] OPTIONAL, ... }`
pub(super) fn key_identifier(value: Slice<'_>) -> Result<Option<&[u8]>, Error> {
    let mut elements = Tlv::parse(value)?.expect(tag::SEQUENCE)?.elements()?;
    Ok(elements.optional(tag::context(0))?.map(|identifier| identifier.contents.octets()))
}

/// `GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName`
pub(super) fn general_names(value: Slice<'_>) -> Result<Vec<GeneralName<'_>>, Error> {
    let mut elements = Tlv::parse(value)?.expect(tag::SEQUENCE)?.elements()?;
    let mut names = Vec::new();
    while !elements.is_done() {
        names.push(general_name(&elements.next_element()?));
    }
    Ok(names)
}

/// A GeneralName. All but directoryName are tagged implicitly.
pub(super) fn general_name<'a>(element: &Tlv<'a>) -> GeneralName<'a> {
    const EMAIL: u8 = tag::context(1);
    const DNS: u8 = tag::context(2);
    const DIRECTORY: u8 = tag::context_constructed(4);
    const URI: u8 = tag::context(6);
    const IP: u8 = tag::context(7);
    let kind = match element.tag {
        EMAIL => NameKind::Email,
        DNS => NameKind::Dns,
        DIRECTORY => NameKind::Directory,
        URI => NameKind::Uri,
        IP => NameKind::Ip,
        other => NameKind::Other(other),
    };
    GeneralName { kind, octets: element.contents.octets() }
}

/// How many octets of a name are shown.
const SHOWN_NAME: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_usages() {
        // (value, bits or code)
        let rows: &[(&[u8], Result<&str, &str>)] = &[
            (&[3, 2, 7, 0x80], Ok("digitalSignature")),
            (&[3, 2, 6, 0x40], Ok("nonRepudiation")),
            (&[3, 2, 1, 0x06], Ok("keyCertSign, cRLSign")),
            (&[3, 3, 7, 0x08, 0x80], Ok("keyAgreement, decipherOnly")),
            (&[3, 1, 0], Ok("")),
            // Unused bits that are set, a length that is not minimal: odd, but plain.
            (
                &[3, 2, 7, 0xFF],
                Ok(
                    "digitalSignature, nonRepudiation, keyEncipherment, dataEncipherment, keyAgreement, keyCertSign, cRLSign, encipherOnly",
                ),
            ),
            (&[3, 4, 0, 0, 0, 0], Err("asn1.value")),
            (&[3, 0], Err("asn1.value")),
            (&[3, 2, 8, 0x80], Err("asn1.value")),
            (&[4, 2, 7, 0x80], Err("asn1.tag")),
            (&[3, 2, 7, 0x80, 0], Err("asn1.trailing")),
        ];
        for (value, expected) in rows {
            let found = key_usage(Slice::new(value)).map(|usage| usage.to_string());
            assert_eq!(found.as_deref().map_err(|error| error.code()), *expected, "{value:02x?}");
        }
        let usage = |bits| KeyUsage(bits);
        assert!(usage(0x8000).signs() && usage(0x4000).signs() && !usage(0x3FFF).signs());
        assert!(usage(0x0400).signs_certificates() && !usage(0xFBFF).signs_certificates());
        assert!(usage(0x2000).enciphers_keys() && usage(0x0800).agrees_on_keys() && usage(0x0200).signs_revocations());
    }

    #[test]
    fn authorities() {
        // (value, (authority, path length) or code)
        type Row<'a> = (&'a [u8], Result<(bool, Option<u32>), &'a str>);
        let rows: &[Row<'_>] = &[
            (&[0x30, 0], Ok((false, None))),
            (&[0x30, 3, 1, 1, 0xFF], Ok((true, None))),
            (&[0x30, 3, 1, 1, 1], Ok((true, None))),
            (&[0x30, 3, 1, 1, 0], Ok((false, None))),
            (&[0x30, 6, 1, 1, 0xFF, 2, 1, 0], Ok((true, Some(0)))),
            (&[0x30, 7, 1, 1, 0xFF, 2, 2, 1, 0], Ok((true, Some(256)))),
            (&[0x30, 10, 1, 1, 0xFF, 2, 5, 0, 0xFF, 0xFF, 0xFF, 0xFF], Ok((true, Some(u32::MAX)))),
            (&[0x30, 11, 1, 1, 0xFF, 2, 6, 1, 0, 0, 0, 0, 0], Ok((true, Some(u32::MAX)))),
            (&[0x30, 6, 1, 1, 0xFF, 2, 1, 0xFF], Err("asn1.value")),
            (&[0x30, 5, 1, 1, 0xFF, 2, 0], Err("asn1.value")),
            (&[0x30, 2, 5, 0], Err("asn1.trailing")),
        ];
        for (value, expected) in rows {
            let found = basic_constraints(Slice::new(value));
            let found = found.map(|found| (found.authority, found.path_length)).map_err(|error| error.code());
            assert_eq!(found, *expected, "{value:02x?}");
        }
    }

    // P9, O1: names are shown escaped, and only clean ones have a text.
    #[test]
    fn p9_names() {
        // (kind, octets, shown, clean)
        let rows: &[(NameKind, &[u8], &str, bool)] = &[
            (NameKind::Uri, b"sip:a@b.c", "URI:sip:a@b.c", true),
            (NameKind::Uri, b"", "URI:", false),
            (NameKind::Uri, b"sip:a@b.c\0", "URI:sip:a@b.c\\x00", false),
            (NameKind::Uri, b" sip:a@b.c", "URI: sip:a@b.c", false),
            (NameKind::Uri, "sip:a\u{a0}".as_bytes(), "URI:sip:a\\xc2\\xa0", false),
            (NameKind::Email, b"a@b\x1b[2J", "email:a@b\\x1b[2J", false),
            (NameKind::Dns, b"b.c", "DNS:b.c", true),
            (NameKind::Ip, &[192, 0, 2, 4], "IP:192.0.2.4", false),
            (NameKind::Ip, &[0; 16], "IP:::", false),
            (NameKind::Ip, &[1, 2], "IP:#0102", false),
            (NameKind::Other(0xA0), &[1], "[0]:#01", false),
        ];
        for (kind, octets, shown, clean) in rows {
            let name = GeneralName { kind: *kind, octets };
            assert_eq!((name.to_string().as_str(), name.clean_text().is_some()), (*shown, *clean));
        }
        let long = GeneralName { kind: NameKind::Uri, octets: &[b'a'; 100_000] };
        assert!(long.to_string().len() < 300);
    }

    // An odd name does not hide the others.
    #[test]
    fn names_are_walked() {
        let value = [0x30, 12, 0x86, 1, 0xFF, 0xA0, 1, 0x30, 0x86, 1, b'a', 0x82, 1, b'b'];
        let names = general_names(Slice::new(&value)).unwrap();
        let kinds: Vec<_> = names.iter().map(|name| name.kind).collect();
        assert_eq!(kinds, [NameKind::Uri, NameKind::Other(0xA0), NameKind::Uri, NameKind::Dns]);
        assert_eq!(names[2].clean_text(), Some("a"));
    }
}
