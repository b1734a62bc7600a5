//! Algorithms: nothing but octets and keys.
//!
//! Each algorithm is one file and one line in a table here. The tables are the joint at which another
//! provider can be put in: callers name digests and schemes by object identifier and hold keys as trait
//! objects. Implements the identifiers of RFC 5754, RFC 5753, RFC 4056, RFC 8418, RFC 8419 and
//! RFC 3370.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use std::fmt;

use const_oid::db::DB;
use der::asn1::{BitStringRef, ObjectIdentifier};
use der::{Decode, Encode};
use pkcs8::PrivateKeyInfoRef;
use rand_core::CryptoRng;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use zeroize::Zeroizing;

use crate::error::{Condition, Error};

pub mod aes_cbc;
pub mod aes_gcm;
pub mod agreement;
pub mod cbc_mode;
pub mod chacha20_poly1305;
pub mod cipher;
pub mod des_ede3_cbc;
pub mod digest;
pub mod ecdh;
pub mod ecdsa;
pub mod ecdsa_p256;
pub mod ecdsa_p384;
pub mod ed25519;
pub mod generation;
pub mod kdf;
pub mod key_wrap;
pub mod password;
pub mod pkcs12_kdf;
pub mod policy;
pub mod rsa;
pub mod rsa_transport;
pub mod scheme;
pub mod wipe;
pub mod x25519;

pub use agreement::{AgreementKey, Ephemeral, KeyAgreement, SharedSecret, key_agreement};
pub use cipher::ContentCipher;
pub use digest::Digest;
pub use generation::NewKey;
pub use kdf::KeyDerivation;
pub use key_wrap::KeyWrap;
pub use rsa_transport::{TransportKey, TransportScheme, encrypt_key};
pub use scheme::{Pss, Scheme};

/// Proof that a signature was checked and is right. Only the algorithms of this room can make one.
#[derive(Clone, Copy, Debug)]
pub struct SignatureValid(());

/// What one kind of key can do. One implementation per file, one line in [`KEY_ALGORITHMS`].
pub trait KeyAlgorithm: Sync {
    /// The name users read: `P-256`, `RSA`.
    fn name(&self) -> &'static str;

    /// Whether a key with this algorithm identifier is of this kind.
    fn matches(&self, algorithm: &AlgorithmIdentifierRef<'_>) -> bool;

    /// The strength of the key: bits of the modulus or of the group.
    ///
    /// # Errors
    /// `certificate.public-key` if the key is malformed.
    fn bits(&self, key: &SubjectPublicKeyInfoRef<'_>) -> Result<usize, Error>;

    /// Checks `signature` over `message` (which is hashed here).
    ///
    /// # Errors
    /// `verify.signature-invalid` if it is not right or of another kind than the key; `certificate.public-key`
    /// if the key is malformed; `algorithm.unsupported` if the key is fine but the scheme is not ours.
    fn verify(
        &self,
        key: &SubjectPublicKeyInfoRef<'_>,
        scheme: &Scheme,
        message: &[u8],
        signature: &[u8],
    ) -> Result<SignatureValid, Error>;

    /// Reads a private key; `None` if it is of another kind.
    fn private_key(&self, key: &PrivateKeyInfoRef<'_>) -> Option<Result<Box<dyn SecretKey>, Error>>;

    /// Makes a private key: PrivateKeyInfo in DER. May leave secrets on the stack. `bits` is for kinds of key that have
    /// a size.
    ///
    /// # Errors
    /// `issue.failed`.
    fn generate(&self, bits: usize, rng: &mut dyn CryptoRng) -> Result<Zeroizing<Vec<u8>>, Error>;
}

/// A private key. Implementations hide the key from `Debug` and wipe it when dropped.
pub trait SecretKey: fmt::Debug + Send + Sync {
    /// The name users read.
    fn name(&self) -> &'static str;

    /// The strength of the key in bits.
    fn bits(&self) -> usize;

    /// The public key: SubjectPublicKeyInfo in DER.
    fn public_key(&self) -> &[u8];

    /// The key to sign with, if it signs.
    fn signing(&self) -> Option<&dyn SigningKey> {
        None
    }

    /// The key to open encrypted keys with, if it does that.
    fn transport(&self) -> Option<&dyn TransportKey> {
        None
    }

    /// The key to agree with, if it agrees.
    fn agreement(&self) -> Option<&dyn AgreementKey> {
        None
    }
}

/// A private key that can sign.
pub trait SigningKey: SecretKey {
    /// The scheme this key signs with: for a digest (SHA-256 if none is named, and always SHA-512 for
    /// Ed25519), and for PSS or not.
    ///
    /// # Errors
    /// `sign.digest` if the key cannot be used so.
    fn scheme(&self, digest: Option<&'static dyn Digest>, pss: bool) -> Result<Scheme, Error>;

    /// Makes a signature, as [`SigningKey::sign`] does, and may leave secrets on the stack.
    ///
    /// # Errors
    /// `sign.failed`.
    fn sign_unwiped(&self, scheme: &Scheme, message: &[u8], rng: &mut dyn CryptoRng) -> Result<Vec<u8>, Error>;

    /// Signs `message` (which is hashed here). ECDSA is deterministic (RFC 6979).
    ///
    /// # Errors
    /// `sign.failed`.
    fn sign(&self, scheme: &Scheme, message: &[u8], rng: &mut dyn CryptoRng) -> Result<Vec<u8>, Error> {
        let signature = self.sign_unwiped(scheme, message, rng);
        wipe::stack();
        signature
    }
}

/// The kind of a public key.
///
/// # Errors
/// `algorithm.unsupported`, with what is supported in the hint.
pub fn key_algorithm(key: &SubjectPublicKeyInfoRef<'_>) -> Result<&'static dyn KeyAlgorithm, Error> {
    KEY_ALGORITHMS.iter().copied().find(|kind| kind.matches(&key.algorithm)).ok_or_else(|| {
        Error::new(Condition::AlgorithmUnsupported)
            .detail(format!("a key of the kind {}", key_name(&key.algorithm)))
            .hinting(format!("supported keys: {}", supported_keys()))
    })
}

/// Reads a SubjectPublicKeyInfo.
///
/// # Errors
/// `certificate.public-key`.
pub fn public_key(spki: &[u8]) -> Result<SubjectPublicKeyInfoRef<'_>, Error> {
    SubjectPublicKeyInfoRef::from_der(spki).map_err(|_| malformed_public_key("it is not a SubjectPublicKeyInfo in DER"))
}

/// Checks `signature` over `message` (which is hashed here) with a public key: SubjectPublicKeyInfo in DER.
///
/// # Errors
/// As [`KeyAlgorithm::verify`], and `algorithm.unsupported` for keys that are not ours.
pub fn verify(spki: &[u8], scheme: &Scheme, message: &[u8], signature: &[u8]) -> Result<SignatureValid, Error> {
    let key = public_key(spki)?;
    key_algorithm(&key)?.verify(&key, scheme, message, signature)
}

/// Reads a private key.
///
/// # Errors
/// `key.unsupported` if no algorithm here has such keys, `key.unreadable` if it is malformed.
pub fn private_key(key: &PrivateKeyInfoRef<'_>) -> Result<Box<dyn SecretKey>, Error> {
    KEY_ALGORITHMS
        .iter()
        .find_map(|kind| kind.private_key(key))
        .unwrap_or_else(|| Err(Error::new(Condition::KeyUnsupported).detail(key_name(&key.algorithm))))
}

/// An object identifier as users read it: name and number, or the number alone.
pub fn oid_name(oid: &ObjectIdentifier) -> String {
    match name_of(oid) {
        Some(name) => format!("{name} ({oid})"),
        None => oid.to_string(),
    }
}

/// The table of the crate is long and is searched from its beginning: what was found is kept, up to a number.
fn name_of(oid: &ObjectIdentifier) -> Option<&'static str> {
    static KNOWN: RwLock<BTreeMap<ObjectIdentifier, Option<&'static str>>> = RwLock::new(BTreeMap::new());
    if let Some(name) = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(oid) {
        return *name;
    }
    let other = || OTHER_NAMES.iter().find(|(known, _)| known == oid).map(|(_, name)| *name);
    let name = DB.by_oid(oid).or_else(other);
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    if known.len() < MAX_KNOWN_NAMES {
        known.insert(*oid, name);
    }
    name
}

/// How many names are kept.
const MAX_KNOWN_NAMES: usize = 512;

/// Names that the table of the crate lacks: the ciphers of RFC 6476, which are not supported.
const OTHER_NAMES: [(ObjectIdentifier, &str); 2] = [
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.3.15"), "authEnc128"),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.3.16"), "authEnc256"),
];

/// The kind of a key we do not have: EC keys differ by their curve.
fn key_name(algorithm: &AlgorithmIdentifierRef<'_>) -> String {
    let name = oid_name(&algorithm.oid);
    match algorithm.parameters {
        Some(parameters) if algorithm.oid == ecdsa::KEY_OID => match parameters.decode_as::<ObjectIdentifier>() {
            Ok(curve) => format!("{name}, curve {}", oid_name(&curve)),
            Err(_) => format!("{name}, with the curve written out instead of named"),
        },
        _ => name,
    }
}

fn supported_keys() -> String {
    let names: Vec<&str> = KEY_ALGORITHMS.iter().map(|kind| kind.name()).collect();
    names.join(", ")
}

fn malformed_public_key(what: impl Into<String>) -> Error {
    Error::new(Condition::PublicKey).detail(what)
}

fn malformed_private_key(what: impl Into<String>) -> Error {
    Error::new(Condition::KeyFileUnreadable).detail(what)
}

/// A signature that says nothing more about why it is not right: nothing more is known.
fn invalid_signature() -> Error {
    Error::new(Condition::SignatureInvalid)
}

/// A signature of one kind and a key of another.
fn misfit(scheme: &Scheme, key: &str) -> Error {
    invalid_signature().detail(format!("a signature with {} cannot belong to a key of the kind {key}", scheme.name()))
}

fn cannot_sign(key: &str, scheme: &Scheme) -> Error {
    Error::new(Condition::SignFailed).detail(format!("{} with a key of the kind {key}", scheme.name()))
}

/// RSASSA-PSS asked of a key that cannot do it.
fn pss_misfit(key: &str) -> Error {
    Error::new(Condition::SignDigest)
        .detail(format!("RSASSA-PSS with a key of the kind {key}"))
        .hinting("leave --pss out: it is for RSA keys")
}

fn boxed(key: impl SecretKey + 'static) -> Box<dyn SecretKey> {
    Box::new(key)
}

/// The SubjectPublicKeyInfo of a private key, with the same algorithm identifier.
fn public_key_of(key: &PrivateKeyInfoRef<'_>, octets: &[u8]) -> Result<Vec<u8>, Error> {
    BitStringRef::new(0, octets)
        .and_then(|subject_public_key| {
            SubjectPublicKeyInfoRef { algorithm: key.algorithm, subject_public_key }.to_der()
        })
        .map_err(|error| malformed_private_key(error.to_string()))
}

/// The octets of a public key: whole octets, as every algorithm here has them.
fn public_key_octets<'a>(key: &SubjectPublicKeyInfoRef<'a>) -> Result<&'a [u8], Error> {
    key.subject_public_key.as_bytes().ok_or_else(|| malformed_public_key("it does not end with an octet"))
}

/// Every kind of key.
pub static KEY_ALGORITHMS: &[&dyn KeyAlgorithm] =
    &[&ecdsa_p256::P256, &ecdsa_p384::P384, &rsa::Rsa, &ed25519::Ed25519, &x25519::X25519];
