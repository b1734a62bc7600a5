//! X25519 (RFC 7748 section 5, RFC 8410, RFC 8418).
//!
//! Keys agree and never sign. A secret of zeros, which is what points of small order lead to, is refused
//! (RFC 8418 section 4). The sender's key has 32 octets; the same inside an OCTET STRING, as RFC 8418 section
//! 3.2 can be understood, is read too.

use std::fmt;

use const_oid::db::rfc8410;
use pkcs8::PrivateKeyInfoRef;
use rand_core::CryptoRng;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use x25519_dalek::{EphemeralSecret, PublicKey, StaticSecret};
use zeroize::Zeroizing;

use crate::alg::agreement::{AgreementKey, Ephemeral, KeyAgreement, SharedSecret, malformed_originator, originator};
use crate::alg::{
    KeyAlgorithm, Scheme, SecretKey, SignatureValid, boxed, malformed_private_key, malformed_public_key, misfit,
    public_key_octets, public_key_of, wipe,
};
use crate::error::{Condition, Error};

/// X25519 keys.
#[derive(Debug)]
pub struct X25519;

impl KeyAlgorithm for X25519 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn matches(&self, algorithm: &AlgorithmIdentifierRef<'_>) -> bool {
        algorithm.oid == rfc8410::ID_X_25519
    }

    fn bits(&self, key: &SubjectPublicKeyInfoRef<'_>) -> Result<usize, Error> {
        read_public(key).map(|_| BITS)
    }

    fn verify(
        &self,
        _key: &SubjectPublicKeyInfoRef<'_>,
        scheme: &Scheme,
        _message: &[u8],
        _signature: &[u8],
    ) -> Result<SignatureValid, Error> {
        Err(misfit(scheme, NAME))
    }

    fn private_key(&self, key: &PrivateKeyInfoRef<'_>) -> Option<Result<Box<dyn SecretKey>, Error>> {
        KeyAlgorithm::matches(self, &key.algorithm).then(|| Key::read(key).map(boxed))
    }
}

impl KeyAgreement for X25519 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn matches(&self, algorithm: &AlgorithmIdentifierRef<'_>) -> bool {
        KeyAlgorithm::matches(self, algorithm)
    }

    fn ephemeral(&self, recipient: &SubjectPublicKeyInfoRef<'_>, rng: &mut dyn CryptoRng) -> Result<Ephemeral, Error> {
        let recipient = read_public(recipient)?;
        let ephemeral = ephemeral(&recipient, rng);
        wipe::stack();
        ephemeral.ok_or_else(|| Error::new(Condition::EncryptFailed).detail("the recipient's key is of small order"))
    }

    fn is_montgomery(&self) -> bool {
        true
    }
}

#[inline(never)]
fn ephemeral(recipient: &PublicKey, rng: &mut dyn CryptoRng) -> Option<Ephemeral> {
    let private = EphemeralSecret::random_from_rng(rng);
    let public = PublicKey::from(&private);
    let secret = private.diffie_hellman(recipient);
    let algorithm = AlgorithmIdentifierRef { oid: rfc8410::ID_X_25519, parameters: None };
    secret.was_contributory().then(|| Ephemeral {
        originator: originator(algorithm, public.as_bytes()),
        secret: SharedSecret::new(secret.as_bytes()),
    })
}

/// Whether the 32 octets of a sender's key stand in an OCTET STRING.
pub fn is_wrapped(octets: &[u8]) -> bool {
    octets.len() == 34 && octets.starts_with(WRAPPING)
}

struct Key {
    private: StaticSecret,
    public_key: Vec<u8>,
}

impl Key {
    /// Reads a CurvePrivateKey; a public key beside it must be the right one (RFC 8410 section 7).
    fn read(key: &PrivateKeyInfoRef<'_>) -> Result<Self, Error> {
        if key.algorithm.parameters.is_some() {
            return Err(malformed_private_key("an X25519 key with parameters"));
        }
        let octets = key.private_key.as_bytes().strip_prefix(WRAPPING).and_then(|octets| octets.try_into().ok());
        let octets: Zeroizing<[u8; 32]> =
            octets.map(Zeroizing::new).ok_or_else(|| malformed_private_key("it is not an X25519 key of 32 octets"))?;
        let private = StaticSecret::from(*octets);
        let public = PublicKey::from(&private);
        if key.public_key.is_some_and(|stated| stated.as_bytes() != Some(public.as_bytes())) {
            return Err(malformed_private_key("its public key belongs to another private key"));
        }
        let public_key = public_key_of(key, public.as_bytes())?;
        Ok(Key { private, public_key })
    }
}

impl SecretKey for Key {
    fn name(&self) -> &'static str {
        NAME
    }

    fn bits(&self) -> usize {
        BITS
    }

    fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    fn agreement(&self) -> Option<&dyn AgreementKey> {
        Some(self)
    }
}

impl AgreementKey for Key {
    fn agree(
        &self,
        originator_algorithm: &AlgorithmIdentifierRef<'_>,
        originator_public_key: &[u8],
    ) -> Result<SharedSecret, Error> {
        if originator_algorithm.oid != rfc8410::ID_X_25519 {
            return Err(malformed_originator("it is not an X25519 key"));
        }
        // RFC 8410 section 3 has no parameters; NULL says no more.
        if originator_algorithm.parameters.is_some_and(|parameters| !parameters.is_null()) {
            return Err(malformed_originator("an X25519 key with parameters"));
        }
        let octets = match is_wrapped(originator_public_key) {
            true => originator_public_key.strip_prefix(WRAPPING).unwrap_or_default(),
            false => originator_public_key,
        };
        let octets: [u8; 32] =
            octets.try_into().map_err(|_| malformed_originator("an X25519 key that has not 32 octets"))?;
        let secret = agree(&self.private, &PublicKey::from(octets));
        wipe::stack();
        secret.ok_or_else(|| malformed_originator("it is of small order, and would leave nothing secret"))
    }
}

#[inline(never)]
fn agree(private: &StaticSecret, public: &PublicKey) -> Option<SharedSecret> {
    let secret = private.diffie_hellman(public);
    secret.was_contributory().then(|| SharedSecret::new(secret.as_bytes()))
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(NAME).finish_non_exhaustive()
    }
}

fn read_public(key: &SubjectPublicKeyInfoRef<'_>) -> Result<PublicKey, Error> {
    if key.algorithm.parameters.is_some() {
        return Err(malformed_public_key("an X25519 key with parameters"));
    }
    let octets: Option<[u8; 32]> = public_key_octets(key)?.try_into().ok();
    octets.map(PublicKey::from).ok_or_else(|| malformed_public_key("an X25519 key that has not 32 octets"))
}

const NAME: &str = "X25519";
const BITS: usize = 255;
/// The tag and the length of an OCTET STRING of 32 octets.
const WRAPPING: &[u8] = &[0x04, 0x20];
