//! PKCS #12 files: certificates and private keys under one password (RFC 7292).
//!
//! Read are files of version 3 that a password protects: the MAC is checked before anything in them is used.
//! Contents are plain or encrypted with PBES2 (PBKDF2 and AES in CBC) or with pbeWithSHAAnd3-KeyTripleDES-CBC;
//! BER is accepted, as older tools write it. Written is PBES2 with AES-256, DER.
//!
//! Refused are files without a MAC: nothing would show that the password is the right one, or that nobody put
//! in another certificate or trust anchor. Refused by name are RC2 and RC4, and the modes of RFC 7292 section 3.1
//! that take public keys instead of passwords. Bags of other kinds (CRLs, secrets) are passed over.

use crate::asn1::tag;
use crate::asn1::tlv::Tlv;
use crate::error::{Condition, Error};
use crate::octets::Slice;
use crate::pki::{Certificate, PrivateKey};

mod protection;
mod read;
mod write;

pub use read::{certificates, read};
pub use write::{NewContents, write};

/// What a PKCS #12 file holds.
#[derive(Debug, Default)]
pub struct Contents {
    /// The certificates: first those whose keys are in the file, in its order, then the others.
    pub certificates: Vec<Certificate>,
    /// The private keys. Their Debug shows their kind and no more.
    pub keys: Vec<PrivateKey>,
}

/// Whether this is a PFX, as far as its first octets tell: a SEQUENCE that begins with the version 3 and another
/// SEQUENCE (RFC 7292 section 4).
pub fn is_pkcs12(octets: &[u8]) -> bool {
    let begins = |header: usize| octets.get(header..).is_some_and(|rest| rest.starts_with(&[2, 1, 3, tag::SEQUENCE]));
    octets.first() == Some(&tag::SEQUENCE) && (2..=6).any(begins)
}

/// Object identifiers (RFC 7292 section 4.2 and appendix C, RFC 2985 section 5.5).
mod oid {
    use der::asn1::ObjectIdentifier;

    const fn oid(text: &str) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(text)
    }

    pub const KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.1");
    pub const SHROUDED_KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.2");
    pub const CERTIFICATE_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.3");
    pub const SAFE_CONTENTS_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.6");
    pub const X509_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.22.1");
    pub const FRIENDLY_NAME: ObjectIdentifier = oid("1.2.840.113549.1.9.20");
    pub const LOCAL_KEY_ID: ObjectIdentifier = oid("1.2.840.113549.1.9.21");
    pub const PBES2: ObjectIdentifier = oid("1.2.840.113549.1.5.13");
    pub const SHA1_3DES: ObjectIdentifier = oid("1.2.840.113549.1.12.1.3");
}

/// Encryptions that are known and not done, with their names in RFC 7292 appendix C and RFC 8018 appendix A.
const REFUSED: [(&str, &str); 9] = [
    ("1.2.840.113549.1.12.1.1", "pbeWithSHAAnd128BitRC4"),
    ("1.2.840.113549.1.12.1.2", "pbeWithSHAAnd40BitRC4"),
    ("1.2.840.113549.1.12.1.4", "pbeWithSHAAnd2-KeyTripleDES-CBC"),
    ("1.2.840.113549.1.12.1.5", "pbeWithSHAAnd128BitRC2-CBC"),
    ("1.2.840.113549.1.12.1.6", "pbeWithSHAAnd40BitRC2-CBC"),
    ("1.2.840.113549.1.5.3", "pbeWithMD5AndDES-CBC"),
    ("1.2.840.113549.1.5.10", "pbeWithSHA1AndDES-CBC"),
    ("1.2.840.113549.1.5.14", "PBMAC1"),
    ("1.2.840.113549.3.2", "RC2-CBC"),
];

/// The element that fills `octets`.
fn element(octets: &[u8]) -> Result<Tlv<'_>, Error> {
    Tlv::parse(Slice::new(octets)).map_err(malformed)
}

/// What is wrong with the structure, in a file whose octets stand elsewhere when this is found.
fn malformed(error: Error) -> Error {
    unreadable(error.to_string())
}

fn unreadable(what: impl Into<String>) -> Error {
    Error::new(Condition::Pkcs12Unreadable).detail(what)
}

fn unsupported(what: impl Into<String>) -> Error {
    Error::new(Condition::Pkcs12Unsupported).detail(what)
}

#[cfg(test)]
mod tests;
