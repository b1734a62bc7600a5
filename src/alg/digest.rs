//! Digests: SHA-2 and SHA-1 (RFC 5754 section 2, RFC 3370 section 2.1).
//!
//! SHA-1 is here because equipment of RFC 6216 uses it; `policy` says when it is accepted. MD5 is not
//! here at all: it is an unsupported algorithm.

use std::fmt;

use const_oid::db::rfc5912;
use der::Encode;
use der::asn1::{AnyRef, ObjectIdentifier};
use sha2::digest::Digest as _;
use spki::AlgorithmIdentifierRef;

use crate::alg::oid_name;
use crate::error::{Condition, Error};

/// A digest algorithm. Every one is a line of [`DIGESTS`].
pub trait Digest: Sync + fmt::Debug {
    /// Which function it is, for the schemes that need it as a type.
    fn function(&self) -> Function;

    /// The name on the command line and in reports: `sha256`.
    fn name(&self) -> &'static str;

    /// The value of the micalg parameter (RFC 8551 section 3.5.3.2): `sha-256`.
    fn micalg(&self) -> &'static str;

    /// The object identifier.
    fn oid(&self) -> ObjectIdentifier;

    /// The number of octets of a digest.
    fn length(&self) -> usize;

    /// The digest of the parts, one after another.
    fn digest(&self, parts: &[&[u8]]) -> Vec<u8>;

    /// Whether collisions can be made, so that it is accepted from old equipment only.
    fn is_weak(&self) -> bool;
}

impl PartialEq for dyn Digest {
    fn eq(&self, other: &Self) -> bool {
        self.oid() == other.oid()
    }
}

impl Eq for dyn Digest {}

/// The hash functions we have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// SHA-1.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// Evaluates an expression with the hash function of a digest as a type of the `digest` crate.
macro_rules! with_hash_type {
    ($digest:expr, $hash:ident => $body:expr) => {{
        use $crate::alg::digest::Function;
        macro_rules! with {
            ($type:ty) => {{
                type $hash = $type;
                $body
            }};
        }
        match $digest.function() {
            Function::Sha1 => with!(::sha1::Sha1),
            Function::Sha224 => with!(::sha2::Sha224),
            Function::Sha256 => with!(::sha2::Sha256),
            Function::Sha384 => with!(::sha2::Sha384),
            Function::Sha512 => with!(::sha2::Sha512),
        }
    }};
}
pub(super) use with_hash_type;

/// The digest with this object identifier.
pub fn by_oid(oid: ObjectIdentifier) -> Option<&'static dyn Digest> {
    DIGESTS.iter().copied().find(|digest| digest.oid() == oid)
}

/// The digest with this name, in any case: `sha256`, `SHA-256`.
pub fn by_name(name: &str) -> Option<&'static dyn Digest> {
    let plain = name.replace('-', "").to_ascii_lowercase();
    DIGESTS.iter().copied().find(|digest| digest.name() == plain)
}

/// The digest that a micalg parameter names. The spellings without a hyphen, which older specifications
/// had, are read too (RFC 8551 section 3.5.3.2).
pub fn by_micalg(micalg: &str) -> Option<&'static dyn Digest> {
    by_name(micalg)
}

/// The digest that an AlgorithmIdentifier names. Its parameters are absent or NULL (RFC 5754 section 2).
///
/// # Errors
/// `algorithm.unsupported`, `algorithm.parameters`.
pub fn from_identifier(identifier: &AlgorithmIdentifierRef<'_>) -> Result<&'static dyn Digest, Error> {
    let digest = by_oid(identifier.oid).ok_or_else(|| {
        let names: Vec<&str> = DIGESTS.iter().map(|digest| digest.name()).collect();
        Error::new(Condition::AlgorithmUnsupported)
            .detail(format!("the digest {}", oid_name(&identifier.oid)))
            .hinting(format!("supported digests: {}", names.join(", ")))
    })?;
    check_absent_or_null(identifier)?;
    Ok(digest)
}

/// The AlgorithmIdentifier of a digest in DER: without parameters, as RFC 5754 section 2 asks for SHA-2, or
/// with NULL, as old equipment writes for SHA-1.
pub fn digest_identifier(digest: &dyn Digest, null: bool) -> Vec<u8> {
    AlgorithmIdentifierRef { oid: digest.oid(), parameters: null.then_some(AnyRef::NULL) }
        .to_der()
        .expect("a short sequence can be encoded")
}

/// Makes sure that an AlgorithmIdentifier has no parameters, or NULL.
///
/// # Errors
/// `algorithm.parameters`.
pub fn check_absent_or_null(identifier: &AlgorithmIdentifierRef<'_>) -> Result<(), Error> {
    match identifier.parameters {
        None => Ok(()),
        Some(parameters) if parameters.is_null() => Ok(()),
        Some(_) => Err(Error::new(Condition::AlgorithmParameters)
            .detail(format!("{} has parameters other than NULL", oid_name(&identifier.oid)))),
    }
}

#[derive(Debug)]
struct Row {
    function: Function,
    name: &'static str,
    micalg: &'static str,
    oid: ObjectIdentifier,
    length: usize,
}

impl Digest for Row {
    fn function(&self) -> Function {
        self.function
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn micalg(&self) -> &'static str {
        self.micalg
    }

    fn oid(&self) -> ObjectIdentifier {
        self.oid
    }

    fn length(&self) -> usize {
        self.length
    }

    fn digest(&self, parts: &[&[u8]]) -> Vec<u8> {
        with_hash_type!(self, Hash => {
            let mut hash = Hash::new();
            for part in parts {
                hash.update(part);
            }
            hash.finalize().to_vec()
        })
    }

    fn is_weak(&self) -> bool {
        self.function == Function::Sha1
    }
}

/// SHA-256.
pub const SHA256: &dyn Digest =
    &Row { function: Function::Sha256, name: "sha256", micalg: "sha-256", oid: rfc5912::ID_SHA_256, length: 32 };

/// SHA-384.
pub const SHA384: &dyn Digest =
    &Row { function: Function::Sha384, name: "sha384", micalg: "sha-384", oid: rfc5912::ID_SHA_384, length: 48 };

/// SHA-512.
pub const SHA512: &dyn Digest =
    &Row { function: Function::Sha512, name: "sha512", micalg: "sha-512", oid: rfc5912::ID_SHA_512, length: 64 };

/// SHA-224.
pub const SHA224: &dyn Digest =
    &Row { function: Function::Sha224, name: "sha224", micalg: "sha-224", oid: rfc5912::ID_SHA_224, length: 28 };

/// SHA-1. RFC 8551 spells its micalg `sha-1`; the equipment of RFC 6216, for which alone we write it, has
/// `sha1`.
pub const SHA1: &dyn Digest =
    &Row { function: Function::Sha1, name: "sha1", micalg: "sha1", oid: rfc5912::ID_SHA_1, length: 20 };

/// Every digest.
pub static DIGESTS: &[&dyn Digest] = &[SHA256, SHA384, SHA512, SHA224, SHA1];

#[cfg(test)]
mod tests {
    use der::Decode;

    use super::*;

    #[test]
    fn digests_of_abc() {
        // FIPS 180-4 examples, https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines
        let rows = [
            ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("sha224", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
            ("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "sha384",
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed\
                 8086072ba1e7cc2358baeca134c825a7",
            ),
            (
                "sha512",
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                 2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
        ];
        assert_eq!(rows.len(), DIGESTS.len());
        for (name, expected) in rows {
            let digest = by_name(name).unwrap();
            let found = digest.digest(&[b"a", b"", b"bc"]);
            assert_eq!(hex::encode(&found), expected, "{name}");
            assert_eq!(found.len(), digest.length(), "{name}");
        }
    }

    #[test]
    fn names_and_micalg() {
        let rows: [(&str, Option<&dyn Digest>); 8] = [
            ("sha-256", Some(SHA256)),
            ("SHA256", Some(SHA256)),
            ("sha1", Some(SHA1)),
            ("sha-1", Some(SHA1)),
            ("Sha-512", Some(SHA512)),
            ("md5", None),
            ("unknown", None),
            ("", None),
        ];
        for (micalg, expected) in rows {
            assert_eq!(by_micalg(micalg), expected, "{micalg}");
        }
        assert!(DIGESTS.iter().all(|digest| digest.is_weak() == (digest.name() == "sha1")));
    }

    // SGN-21: written without parameters. VFY-06: read without and with NULL; MD5 is refused.
    #[test]
    fn identifiers() {
        let absent = "300b0609608648016503040201";
        let null = "300d06096086480165030402010500";
        assert_eq!(hex::encode(digest_identifier(SHA256, false)), absent);
        assert_eq!(hex::encode(digest_identifier(SHA256, true)), null);
        let rows = [
            (absent, Ok("sha256")),
            (null, Ok("sha256")),
            ("300906052b0e03021a0500", Ok("sha1")),
            ("300706052b0e03021a", Ok("sha1")),
            // An INTEGER, and an empty SEQUENCE, as parameters.
            ("300e0609608648016503040201020101", Err("algorithm.parameters")),
            ("300d06096086480165030402013000", Err("algorithm.parameters")),
            // MD5, SHA3-256.
            ("300c06082a864886f70d02050500", Err("algorithm.unsupported")),
            ("300b0609608648016503040208", Err("algorithm.unsupported")),
        ];
        for (der, expected) in rows {
            let der = hex::decode(der).unwrap();
            let identifier = AlgorithmIdentifierRef::from_der(&der).unwrap();
            let found = from_identifier(&identifier);
            assert_eq!(found.as_ref().map(|d| d.name()).map_err(Error::code), expected, "{der:02x?}");
        }
    }
}
