//! Ed25519 (RFC 8032, RFC 8410, RFC 8419).
//!
//! Verification is strict: the scalar is reduced, and points of small order are neither keys nor
//! commitments, so that one signature is valid for one message and one key only.

use std::fmt;

use const_oid::db::rfc8410;
use ed25519_dalek::{Signature, Signer, SigningKey as DalekKey, VerifyingKey};
use pkcs8::PrivateKeyInfoRef;
use rand_core::CryptoRng;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use crate::alg::digest::SHA512;
use crate::alg::{
    Digest, KeyAlgorithm, Scheme, SignatureValid, SigningKey, boxed, cannot_sign, invalid_signature,
    malformed_private_key, malformed_public_key, misfit, pss_misfit, public_key_octets, public_key_of,
};
use crate::error::{Condition, Error};

/// Ed25519 keys.
#[derive(Debug)]
pub struct Ed25519;

impl KeyAlgorithm for Ed25519 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn matches(&self, algorithm: &AlgorithmIdentifierRef<'_>) -> bool {
        algorithm.oid == rfc8410::ID_ED_25519
    }

    fn bits(&self, key: &SubjectPublicKeyInfoRef<'_>) -> Result<usize, Error> {
        read_public(key).map(|_| BITS)
    }

    fn verify(
        &self,
        key: &SubjectPublicKeyInfoRef<'_>,
        scheme: &Scheme,
        message: &[u8],
        signature: &[u8],
    ) -> Result<SignatureValid, Error> {
        if *scheme != Scheme::Ed25519 {
            return Err(misfit(scheme, NAME));
        }
        let key = read_public(key)?;
        let signature = Signature::from_slice(signature)
            .map_err(|_| invalid_signature().detail("an Ed25519 signature has 64 octets"))?;
        key.verify_strict(message, &signature).map(|()| SignatureValid(())).map_err(|_| invalid_signature())
    }

    fn private_key(&self, key: &PrivateKeyInfoRef<'_>) -> Option<Result<Box<dyn SigningKey>, Error>> {
        self.matches(&key.algorithm).then(|| Key::read(key).map(boxed))
    }
}

struct Key {
    private: DalekKey,
    public_key: Vec<u8>,
}

impl Key {
    /// Reads a CurvePrivateKey; a public key beside it must be the right one (RFC 8410 section 7).
    fn read(key: &PrivateKeyInfoRef<'_>) -> Result<Self, Error> {
        let private = DalekKey::try_from(key.clone()).map_err(|_| {
            malformed_private_key("it is not an Ed25519 key of 32 octets, or its public key is another one")
        })?;
        let public_key = public_key_of(key, private.verifying_key().as_bytes())?;
        Ok(Key { private, public_key })
    }
}

impl SigningKey for Key {
    fn name(&self) -> &'static str {
        NAME
    }

    fn bits(&self) -> usize {
        BITS
    }

    fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    fn scheme(&self, digest: Option<&'static dyn Digest>, pss: bool) -> Result<Scheme, Error> {
        if let Some(digest) = digest.filter(|digest| *digest != SHA512) {
            return Err(Error::new(Condition::SignDigest).detail(format!("{} with an Ed25519 key", digest.name())));
        }
        if pss {
            return Err(pss_misfit(NAME));
        }
        Ok(Scheme::Ed25519)
    }

    fn sign(&self, scheme: &Scheme, message: &[u8], _rng: &mut dyn CryptoRng) -> Result<Vec<u8>, Error> {
        if *scheme != Scheme::Ed25519 {
            return Err(cannot_sign(NAME, scheme));
        }
        Ok(self.private.sign(message).to_bytes().to_vec())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(NAME).finish_non_exhaustive()
    }
}

fn read_public(key: &SubjectPublicKeyInfoRef<'_>) -> Result<VerifyingKey, Error> {
    if key.algorithm.parameters.is_some() {
        return Err(malformed_public_key("an Ed25519 key with parameters"));
    }
    let octets = public_key_octets(key)?.try_into().ok();
    octets
        .and_then(|octets| VerifyingKey::from_bytes(octets).ok())
        .ok_or_else(|| malformed_public_key("it is not an Ed25519 point of 32 octets"))
}

const NAME: &str = "Ed25519";
const BITS: usize = 256;
