//! Key derivation after key agreement: ANS X9.63 (RFC 5753 section 7.1.4, SEC 1 section 3.6.1) and HKDF
//! (RFC 8418 section 2.2, RFC 5869).
//!
//! The object identifier names the way of agreeing together with the digest. The standard and the cofactor
//! method are one computation on our curves. MQV is not here.

use std::fmt;

use const_oid::db::rfc5753;
use der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

use crate::alg::agreement::SharedSecret;
use crate::alg::digest::{Digest, SHA1, SHA224, SHA256, SHA384, SHA512, with_hash_type};
use crate::error::{Condition, Error};

/// A way to derive a key from a shared secret. Every one is a line of [`KEY_DERIVATIONS`].
pub trait KeyDerivation: Sync + fmt::Debug {
    /// The name users read: `dhSinglePass-stdDH-sha256kdf-scheme`.
    fn name(&self) -> &'static str;

    /// The object identifier of the key agreement scheme.
    fn oid(&self) -> ObjectIdentifier;

    /// The digest inside.
    fn digest(&self) -> &'static dyn Digest;

    /// A key of `length` octets. `shared_info` is ECC-CMS-SharedInfo in DER, which holds the ukm once more.
    ///
    /// # Errors
    /// `decrypt.failed` if so many octets cannot be derived: that is far above the length of a key.
    fn derive(
        &self,
        secret: &SharedSecret,
        ukm: Option<&[u8]>,
        shared_info: &[u8],
        length: usize,
    ) -> Result<Zeroizing<Vec<u8>>, Error>;
}

impl PartialEq for dyn KeyDerivation {
    fn eq(&self, other: &Self) -> bool {
        self.oid() == other.oid()
    }
}

impl Eq for dyn KeyDerivation {}

/// The key derivation with this object identifier.
pub fn by_oid(oid: ObjectIdentifier) -> Option<&'static dyn KeyDerivation> {
    KEY_DERIVATIONS.iter().copied().find(|derivation| derivation.oid() == oid)
}

#[derive(Debug)]
struct Row {
    name: &'static str,
    oid: ObjectIdentifier,
    digest: &'static dyn Digest,
    function: Function,
}

#[derive(Clone, Copy, Debug)]
enum Function {
    X963,
    Hkdf,
}

impl Row {
    const fn new(name: &'static str, oid: ObjectIdentifier, digest: &'static dyn Digest) -> Self {
        Row { name, oid, digest, function: Function::X963 }
    }

    const fn hkdf(name: &'static str, oid: &'static str, digest: &'static dyn Digest) -> Self {
        Row { name, oid: ObjectIdentifier::new_unwrap(oid), digest, function: Function::Hkdf }
    }
}

impl KeyDerivation for Row {
    fn name(&self) -> &'static str {
        self.name
    }

    fn oid(&self) -> ObjectIdentifier {
        self.oid
    }

    fn digest(&self) -> &'static dyn Digest {
        self.digest
    }

    fn derive(
        &self,
        secret: &SharedSecret,
        ukm: Option<&[u8]>,
        shared_info: &[u8],
        length: usize,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let key = match self.function {
            Function::X963 => x963(self.digest, secret.as_bytes(), shared_info, length),
            Function::Hkdf => hkdf(self.digest, secret.as_bytes(), ukm, shared_info, length),
        };
        key.ok_or_else(|| Error::new(Condition::DecryptFailed).detail(format!("a key of {length} octets")))
    }
}

/// Hash(Z || counter || SharedInfo) for the counters from 1, as many as are needed.
fn x963(digest: &dyn Digest, secret: &[u8], shared_info: &[u8], length: usize) -> Option<Zeroizing<Vec<u8>>> {
    // All at once, so that no copy is left behind where a vector grew.
    let mut key = Zeroizing::new(vec![0; length]);
    for (part, counter) in key.chunks_mut(digest.length()).zip(1_u64..) {
        let counter = u32::try_from(counter).ok()?;
        let hash = Zeroizing::new(digest.digest(&[secret, &counter.to_be_bytes(), shared_info]));
        part.copy_from_slice(hash.get(..part.len())?);
    }
    Some(key)
}

/// Without a ukm the salt is as many zeros as the digest has octets (RFC 5869 section 2.2).
fn hkdf(
    digest: &dyn Digest,
    secret: &[u8],
    salt: Option<&[u8]>,
    info: &[u8],
    length: usize,
) -> Option<Zeroizing<Vec<u8>>> {
    let most = digest.length().checked_mul(255)?;
    if length > most {
        return None;
    }
    let mut key = Zeroizing::new(vec![0; length]);
    with_hash_type!(digest, Hash => ::hkdf::Hkdf::<Hash>::new(salt, secret).expand(info, &mut key)).ok()?;
    Some(key)
}

/// ECDH with SHA-256, which RFC 8591 section 4.2 requires for EC keys.
pub static ECDH_SHA256: &dyn KeyDerivation =
    &Row::new("dhSinglePass-stdDH-sha256kdf-scheme", rfc5753::DH_SINGLE_PASS_STD_DH_SHA_256_KDF_SCHEME, SHA256);

/// HKDF with SHA-256, for X25519 keys.
pub static HKDF_SHA256: &dyn KeyDerivation =
    &Row::hkdf("dhSinglePass-stdDH-hkdf-sha256-scheme", "1.2.840.113549.1.9.16.3.19", SHA256);

/// Every key derivation.
pub static KEY_DERIVATIONS: &[&dyn KeyDerivation] = &[
    ECDH_SHA256,
    &Row::new("dhSinglePass-stdDH-sha384kdf-scheme", rfc5753::DH_SINGLE_PASS_STD_DH_SHA_384_KDF_SCHEME, SHA384),
    &Row::new("dhSinglePass-stdDH-sha512kdf-scheme", rfc5753::DH_SINGLE_PASS_STD_DH_SHA_512_KDF_SCHEME, SHA512),
    &Row::new("dhSinglePass-stdDH-sha224kdf-scheme", rfc5753::DH_SINGLE_PASS_STD_DH_SHA_224_KDF_SCHEME, SHA224),
    &Row::new("dhSinglePass-stdDH-sha1kdf-scheme", rfc5753::DH_SINGLE_PASS_STD_DH_SHA_1_KDF_SCHEME, SHA1),
    &Row::new(
        "dhSinglePass-cofactorDH-sha256kdf-scheme",
        rfc5753::DH_SINGLE_PASS_COFACTOR_DH_SHA_256_KDF_SCHEME,
        SHA256,
    ),
    &Row::new(
        "dhSinglePass-cofactorDH-sha384kdf-scheme",
        rfc5753::DH_SINGLE_PASS_COFACTOR_DH_SHA_384_KDF_SCHEME,
        SHA384,
    ),
    &Row::new(
        "dhSinglePass-cofactorDH-sha512kdf-scheme",
        rfc5753::DH_SINGLE_PASS_COFACTOR_DH_SHA_512_KDF_SCHEME,
        SHA512,
    ),
    &Row::new(
        "dhSinglePass-cofactorDH-sha224kdf-scheme",
        rfc5753::DH_SINGLE_PASS_COFACTOR_DH_SHA_224_KDF_SCHEME,
        SHA224,
    ),
    &Row::new("dhSinglePass-cofactorDH-sha1kdf-scheme", rfc5753::DH_SINGLE_PASS_COFACTOR_DH_SHA_1_KDF_SCHEME, SHA1),
    HKDF_SHA256,
    &Row::hkdf("dhSinglePass-stdDH-hkdf-sha384-scheme", "1.2.840.113549.1.9.16.3.20", SHA384),
    &Row::hkdf("dhSinglePass-stdDH-hkdf-sha512-scheme", "1.2.840.113549.1.9.16.3.21", SHA512),
];
