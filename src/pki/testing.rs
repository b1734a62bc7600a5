//! Certificates and revocation lists for tests: those of the test PKI, and odd ones put together by hand.

use der::asn1::ObjectIdentifier;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};

use crate::asn1::encode::element;
use crate::pki::extension::SUBJECT_ALTERNATIVE_NAME;
use crate::pki::{Certificate, Crl, crl};

/// The certificate of a PEM file below `testdata/`.
pub fn file(path: &str) -> Certificate {
    let path = format!("{}/testdata/{path}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let (_, der) = pem_rfc7468::decode_vec(&text).unwrap();
    Certificate::from_der(&der).unwrap()
}

/// The fields of a certificate that differ between tests. Its signature is no signature.
pub struct Odd {
    pub version: Vec<u8>,
    pub serial: Vec<u8>,
    pub subject: Vec<u8>,
    pub not_before: (u8, Vec<u8>),
    pub extensions: Vec<(ObjectIdentifier, bool, Vec<u8>)>,
    pub after_extensions: Vec<u8>,
}

impl Default for Odd {
    fn default() -> Self {
        Odd {
            version: vec![0xA0, 3, 2, 1, 2],
            serial: vec![5],
            subject: common_name("Odd"),
            not_before: (0x17, b"250101000000Z".to_vec()),
            extensions: Vec::new(),
            after_extensions: Vec::new(),
        }
    }
}

impl Odd {
    /// The certificate, in DER.
    pub fn der(&self) -> Vec<u8> {
        let algorithm = element(0x30, &[&[6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2]]);
        let not_after = element(0x17, &[b"450101000000Z"]);
        let validity = element(0x30, &[&element(self.not_before.0, &[&self.not_before.1]), &not_after]);
        let key = element(0x30, &[&algorithm, &[3, 2, 0, 4]]);
        let extensions: Vec<u8> = self.extensions.iter().flat_map(extension).collect();
        let extensions = element(0xA3, &[&element(0x30, &[&extensions])]);
        let tbs = element(
            0x30,
            &[
                &self.version,
                &element(2, &[&self.serial]),
                &algorithm,
                &common_name("Issuer"),
                &validity,
                &self.subject,
                &key,
                if self.extensions.is_empty() { &[] } else { &extensions },
                &self.after_extensions,
            ],
        );
        element(0x30, &[&tbs, &algorithm, &[3, 2, 0, 7]])
    }

    pub fn certificate(&self) -> Certificate {
        Certificate::from_der(&self.der()).unwrap()
    }
}

/// A certificate with these subjectAltNames: (identifier octet, contents).
pub fn named(names: &[(u8, &[u8])]) -> Certificate {
    let names: Vec<u8> = names.iter().flat_map(|(tag, octets)| element(*tag, &[octets])).collect();
    let extensions = vec![(SUBJECT_ALTERNATIVE_NAME, false, element(0x30, &[&names]))];
    Odd { extensions, ..Odd::default() }.certificate()
}

/// A distinguished name of one common name, in DER.
pub fn common_name(name: &str) -> Vec<u8> {
    let attribute = element(0x30, &[&[6, 3, 0x55, 4, 3], &element(0x0C, &[name.as_bytes()])]);
    element(0x30, &[&element(0x31, &[&attribute])])
}

/// An extension: identifier, whether it is critical, value.
pub type Extension = (ObjectIdentifier, bool, Vec<u8>);

/// An extension, in DER.
pub fn extension((identifier, critical, value): &Extension) -> Vec<u8> {
    let critical: &[u8] = if *critical { &[1, 1, 0xFF] } else { &[] };
    element(0x30, &[&element(6, &[identifier.as_bytes()]), critical, &element(4, &[value])])
}

/// A key with a number.
pub fn key(number: u8) -> SigningKey {
    SigningKey::from_slice(&[number; 32]).unwrap()
}

/// A revocation list to be made, signed with a key that has a number.
#[derive(Clone)]
pub struct CrlPlan {
    pub issuer: Vec<u8>,
    pub key: u8,
    pub version: &'static [u8],
    pub this_update: &'static [u8],
    pub next_update: Option<&'static [u8]>,
    pub entries: Vec<u8>,
    pub extensions: Vec<Extension>,
    pub outer_algorithm: Option<Vec<u8>>,
}

/// A complete list of `issuer` that holds in December 2025 and January 2026, its number 10.
pub fn crl(issuer: &str, key: u8) -> CrlPlan {
    CrlPlan {
        issuer: common_name(issuer),
        key,
        version: &[2, 1, 1],
        this_update: b"251201000000Z",
        next_update: Some(b"260201000000Z"),
        entries: Vec::new(),
        extensions: Vec::new(),
        outer_algorithm: None,
    }
    .number(10)
}

impl CrlPlan {
    pub fn with(mut self, extension: Extension) -> Self {
        self.extensions.retain(|(kind, ..)| *kind != extension.0);
        self.extensions.push(extension);
        self
    }

    pub fn number(self, number: u8) -> Self {
        self.with((crl::CRL_NUMBER, false, vec![2, 1, number]))
    }

    /// As a list of what changed since the one with the number `base`.
    pub fn delta(self, base: u8) -> Self {
        self.with((crl::DELTA_CRL_INDICATOR, true, vec![2, 1, base]))
    }

    /// With the fields of an issuingDistributionPoint.
    pub fn issuing(self, fields: &[&[u8]]) -> Self {
        self.with((crl::ISSUING_DISTRIBUTION_POINT, true, element(0x30, fields)))
    }

    pub fn revoke(self, serial: u8, reason: Option<u8>) -> Self {
        let reason = reason.map(|reason| (crl::REASON_CODE, false, vec![0x0A, 1, reason]));
        self.entry(&[serial], b"251115000000Z", &Vec::from_iter(reason))
    }

    pub fn entry(mut self, serial: &[u8], date: &[u8], extensions: &[Extension]) -> Self {
        let extensions: Vec<u8> = extensions.iter().flat_map(extension).collect();
        let extensions = if extensions.is_empty() { extensions } else { element(0x30, &[&extensions]) };
        self.entries.extend(element(0x30, &[&element(2, &[serial]), &element(0x17, &[date]), &extensions]));
        self
    }

    pub fn der(&self) -> Vec<u8> {
        let algorithm = element(0x30, &[&[6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2]]);
        let next_update = self.next_update.map(|time| element(0x17, &[time])).unwrap_or_default();
        let entries = if self.entries.is_empty() { Vec::new() } else { element(0x30, &[&self.entries]) };
        let extensions: Vec<u8> = self.extensions.iter().flat_map(extension).collect();
        let extensions = element(0xA0, &[&element(0x30, &[&extensions])]);
        let tbs = element(
            0x30,
            &[
                self.version,
                &algorithm,
                &self.issuer,
                &element(0x17, &[self.this_update]),
                &next_update,
                &entries,
                if self.extensions.is_empty() { &[] } else { &extensions },
            ],
        );
        let signature: DerSignature = key(self.key).sign(&tbs);
        let signature = element(3, &[&[0], signature.as_bytes()]);
        element(0x30, &[&tbs, self.outer_algorithm.as_ref().unwrap_or(&algorithm), &signature])
    }

    pub fn make(&self) -> Crl {
        Crl::from_der(&self.der()).unwrap()
    }
}
