//! Key agreement with an ephemeral key of the sender (RFC 5753 section 3.1, RFC 8418 section 2).
//!
//! What is agreed on is a shared secret, from which `kdf` makes a key. Refused is everything that an attacker
//! could send in the place of a public key to learn something about the private one.

use std::fmt;

use der::Encode;
use der::asn1::BitStringRef;
use rand_core::CryptoRng;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use zeroize::Zeroizing;

use crate::alg::{SecretKey, ecdh, x25519};
use crate::error::{Condition, Error};

/// What two keys agree on. `Debug` does not show it, and it is wiped when dropped.
pub struct SharedSecret(Zeroizing<Vec<u8>>);

impl SharedSecret {
    /// The octets: the x-coordinate, as long as the field.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn new(octets: &[u8]) -> Self {
        SharedSecret(Zeroizing::new(octets.to_vec()))
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret { .. }")
    }
}

/// What the sender has after agreeing with a recipient.
#[derive(Debug)]
pub struct Ephemeral {
    /// The sender's public key in DER: OriginatorPublicKey with the tag of a SEQUENCE, of an AlgorithmIdentifier
    /// without parameters and a BIT STRING (RFC 5753 section 7.1.2, RFC 8418 section 3.2).
    pub originator: Vec<u8>,
    /// The secret.
    pub secret: SharedSecret,
}

/// What one kind of key agrees on. Every one is a line of [`KEY_AGREEMENTS`].
pub trait KeyAgreement: Sync + fmt::Debug {
    /// The name users read: `P-256`.
    fn name(&self) -> &'static str;

    /// Whether a key with this algorithm identifier is of this kind.
    fn matches(&self, algorithm: &AlgorithmIdentifierRef<'_>) -> bool;

    /// Whether a sender's key, its algorithm and the octets of its BIT STRING, may be of this kind: it may still be none.
    fn may_be(&self, originator_algorithm: &AlgorithmIdentifierRef<'_>, originator_public_key: &[u8]) -> bool;

    /// Makes a key that is used once, and agrees with the recipient.
    ///
    /// # Errors
    /// `certificate.public-key` if the recipient's key is malformed; `encrypt.failed` if it is of small order.
    fn ephemeral(&self, recipient: &SubjectPublicKeyInfoRef<'_>, rng: &mut dyn CryptoRng) -> Result<Ephemeral, Error>;

    /// Whether it is a Montgomery curve, whose keys are derived with HKDF (RFC 8418 section 2).
    fn is_montgomery(&self) -> bool;
}

/// A private key that can agree.
pub trait AgreementKey: SecretKey {
    /// Agrees with the public key of a sender: its algorithm, and the octets of its BIT STRING.
    ///
    /// # Errors
    /// `decrypt.failed`, with what is wrong: the sender's key is no secret.
    fn agree(
        &self,
        originator_algorithm: &AlgorithmIdentifierRef<'_>,
        originator_public_key: &[u8],
    ) -> Result<SharedSecret, Error>;
}

/// How to agree with the owner of a key; `None` if its kind does not agree.
pub fn key_agreement(key: &SubjectPublicKeyInfoRef<'_>) -> Option<&'static dyn KeyAgreement> {
    KEY_AGREEMENTS.iter().copied().find(|kind| kind.matches(&key.algorithm))
}

/// OriginatorPublicKey, without parameters: the curve is that of the recipient.
pub(super) fn originator(algorithm: AlgorithmIdentifierRef<'_>, octets: &[u8]) -> Vec<u8> {
    BitStringRef::new(0, octets)
        .and_then(|subject_public_key| SubjectPublicKeyInfoRef { algorithm, subject_public_key }.to_der())
        .expect("a short sequence can be encoded")
}

/// A sender's key that is no key.
pub(super) fn malformed_originator(what: impl fmt::Display) -> Error {
    Error::new(Condition::DecryptFailed).detail(format!("the sender's ephemeral key: {what}"))
}

/// Every key agreement.
pub static KEY_AGREEMENTS: &[&dyn KeyAgreement] = &[&ecdh::P256, &ecdh::P384, &x25519::X25519];
