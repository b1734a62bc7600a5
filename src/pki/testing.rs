//! Certificates for tests: those of the test PKI, and odd ones put together by hand.

use der::asn1::ObjectIdentifier;

use crate::asn1::encode::element;
use crate::pki::Certificate;
use crate::pki::extension::SUBJECT_ALTERNATIVE_NAME;

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

fn extension((identifier, critical, value): &(ObjectIdentifier, bool, Vec<u8>)) -> Vec<u8> {
    let critical: &[u8] = if *critical { &[1, 1, 0xFF] } else { &[] };
    element(0x30, &[&element(6, &[identifier.as_bytes()]), critical, &element(4, &[value])])
}
