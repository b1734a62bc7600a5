//! RSA key transport: RSAES-PKCS1-v1_5 (RFC 3370 section 4.2.1) and RSAES-OAEP (RFC 3560, RFC 8017 section 7).
//!
//! Whoever learns of one message after another whether its PKCS #1 v1.5 padding is right can decrypt them all
//! (Bleichenbacher, ROBOT). So it is never said: where the padding is wrong there comes out another key
//! (RFC 3218 section 2.3.2), with which the content does not open. It is made from the private key and the
//! ciphertext, so that it is the same each time: a fresh one would open CBC once in 256 times, and show by that
//! what it is. Labels of OAEP and the mixtures nobody writes are refused.

use std::hint::black_box;
use std::iter;

use ::rsa::pkcs1::{RsaOaepParamsOwned, RsaOaepParamsRef};
use ::rsa::pkcs1v15::Pkcs1v15Encrypt;
use ::rsa::traits::PrivateKeyParts;
use ::rsa::{Oaep, RsaPrivateKey};
use const_oid::db::rfc5912;
use der::Encode;
use der::asn1::{AnyRef, OctetStringRef};
use der::referenced::OwnedToRef;
use hkdf::Hkdf;
use rand_core::CryptoRng;
use sha2::Sha256;
use spki::{AlgorithmIdentifier, AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use zeroize::Zeroizing;

use crate::alg::cipher::{cannot_decrypt, malformed};
use crate::alg::digest::{self, Digest, with_hash_type};
use crate::alg::rsa::{Key, read_encryption_key};
use crate::alg::{SecretKey, oid_name, wipe};
use crate::error::{Condition, Error};

/// How a key is encrypted with an RSA key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportScheme {
    /// RSAES-PKCS1-v1_5.
    Pkcs1,
    /// RSAES-OAEP with MGF1 and an empty label.
    Oaep {
        /// The digest of the label.
        digest: &'static dyn Digest,
        /// The digest inside MGF1.
        mask_digest: &'static dyn Digest,
    },
}

impl TransportScheme {
    /// Reads the keyEncryptionAlgorithm of a recipient.
    ///
    /// # Errors
    /// `decrypt.recipient-unsupported`; `decrypt.failed`, with what is wrong, about malformed parameters.
    pub fn from_identifier(identifier: &AlgorithmIdentifierRef<'_>) -> Result<Self, Error> {
        match identifier.oid {
            rfc5912::RSA_ENCRYPTION => digest::check_absent_or_null(identifier)
                .map(|()| TransportScheme::Pkcs1)
                .map_err(|_| malformed("RSAES-PKCS1-v1_5", "parameters other than NULL")),
            rfc5912::ID_RSAES_OAEP => match identifier.parameters {
                Some(parameters) => read_oaep(parameters),
                // They are required, even if all are the defaults (RFC 4055 section 4.1).
                None => Err(malformed(OAEP, "the parameters are absent")),
            },
            _ => Err(unsupported(oid_name(&identifier.oid))),
        }
    }

    /// The AlgorithmIdentifier in DER: with NULL, or with all parameters that are not their defaults.
    pub fn identifier(&self) -> Vec<u8> {
        let encoded = match self {
            TransportScheme::Pkcs1 => {
                AlgorithmIdentifierRef { oid: rfc5912::RSA_ENCRYPTION, parameters: Some(AnyRef::NULL) }.to_der()
            }
            TransportScheme::Oaep { digest, mask_digest } => {
                // RFC 4055 section 2.1 gives the digests inside these parameters a NULL.
                let identifier =
                    |digest: &dyn Digest| AlgorithmIdentifier { oid: digest.oid(), parameters: Some(AnyRef::NULL) };
                let mask_gen =
                    AlgorithmIdentifier { oid: rfc5912::ID_MGF_1, parameters: Some(identifier(*mask_digest)) };
                let parameters =
                    RsaOaepParamsRef { hash: identifier(*digest), mask_gen, ..RsaOaepParamsRef::default() };
                AlgorithmIdentifier { oid: rfc5912::ID_RSAES_OAEP, parameters: Some(parameters) }.to_der()
            }
        };
        encoded.expect("a short sequence can be encoded")
    }

    /// The name users read.
    pub fn name(&self) -> String {
        match self {
            TransportScheme::Pkcs1 => "RSAES-PKCS1-v1_5".to_owned(),
            TransportScheme::Oaep { digest, mask_digest } if digest == mask_digest => {
                format!("{OAEP} with {}", digest.name())
            }
            TransportScheme::Oaep { digest, mask_digest } => {
                format!("{OAEP} with {} and MGF1 with {}", digest.name(), mask_digest.name())
            }
        }
    }
}

fn read_oaep(parameters: AnyRef<'_>) -> Result<TransportScheme, Error> {
    let read: RsaOaepParamsOwned =
        parameters.decode_as().map_err(|_| malformed(OAEP, "the parameters are not RSAES-OAEP-params in DER"))?;
    if read.mask_gen.oid != rfc5912::ID_MGF_1 {
        return Err(unsupported(format!("{OAEP} with the mask generation function {}", oid_name(&read.mask_gen.oid))));
    }
    if read.p_source.oid != rfc5912::ID_P_SPECIFIED {
        return Err(unsupported(format!("{OAEP} with a label from {}", oid_name(&read.p_source.oid))));
    }
    let label = read.p_source.parameters.as_ref().and_then(|label| label.decode_as::<&OctetStringRef>().ok());
    match label {
        Some(label) if label.as_bytes().is_empty() => {}
        Some(_) => return Err(unsupported(format!("{OAEP} with a label"))),
        None => return Err(malformed(OAEP, "the label is not an OCTET STRING")),
    }
    let digest = |identifier: &AlgorithmIdentifierRef<'_>| {
        digest::from_identifier(identifier).map_err(|error| match error.condition() {
            Condition::AlgorithmUnsupported => error.with_condition(Condition::RecipientUnsupported),
            _ => error.with_condition(Condition::DecryptFailed),
        })
    };
    let mask_digest = read.mask_gen.parameters.ok_or_else(|| malformed(OAEP, "MGF1 names no digest"))?;
    Ok(TransportScheme::Oaep {
        digest: digest(&read.hash.owned_to_ref())?,
        mask_digest: digest(&mask_digest.owned_to_ref())?,
    })
}

/// A private key that opens encrypted keys.
pub trait TransportKey: SecretKey {
    /// The key, of exactly `length` octets. RSAES-PKCS1-v1_5 never fails: for a wrong padding, length or
    /// ciphertext it gives another key.
    ///
    /// # Errors
    /// `decrypt.failed`, without a reason, for RSAES-OAEP.
    fn decrypt(
        &self,
        scheme: &TransportScheme,
        encrypted: &[u8],
        length: usize,
        rng: &mut dyn CryptoRng,
    ) -> Result<Zeroizing<Vec<u8>>, Error>;
}

impl TransportKey for Key {
    fn decrypt(
        &self,
        scheme: &TransportScheme,
        encrypted: &[u8],
        length: usize,
        rng: &mut dyn CryptoRng,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let key = decrypt(&self.private, scheme, encrypted, length, rng);
        wipe::stack();
        key
    }
}

#[inline(never)]
fn decrypt(
    private: &RsaPrivateKey,
    scheme: &TransportScheme,
    encrypted: &[u8],
    length: usize,
    rng: &mut dyn CryptoRng,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    match scheme {
        TransportScheme::Pkcs1 => {
            let other = other_key(private, encrypted, length)?;
            // An error is about the ciphertext, which everybody can read; a wrong padding is none.
            let found = private.decrypt_blinded(rng, Pkcs1v15Encrypt, encrypted).unwrap_or_default();
            Ok(choose(&Zeroizing::new(found), &other))
        }
        TransportScheme::Oaep { digest, mask_digest } => {
            let key = with_hash_type!(digest, Label => with_hash_type!(mask_digest, Mask => {
                private.decrypt_blinded(rng, Oaep::<Label, Mask>::new_with_mgf_hash(), encrypted)
            }));
            let key = key.map(Zeroizing::new).map_err(|_| cannot_decrypt())?;
            if key.len() == length { Ok(key) } else { Err(cannot_decrypt()) }
        }
    }
}

/// `found`, if it is as long as `other`, or else `other`, without a branch on which.
fn choose(found: &[u8], other: &[u8]) -> Zeroizing<Vec<u8>> {
    let difference = found.len() ^ other.len();
    // The top bit of a number or of its negative is set unless it is 0.
    let differs = (difference | difference.wrapping_neg()).unbounded_shr(usize::BITS.wrapping_sub(1));
    let mask = 0_u8.wrapping_sub(black_box(u8::from(black_box(differs) != 0)));
    let found = found.iter().chain(iter::repeat(&0));
    let chosen = other.iter().zip(found).map(|(other, found)| (other & mask) | (found & !mask));
    let mut key = Zeroizing::new(vec![0; other.len()]);
    key.iter_mut().zip(chosen).for_each(|(place, octet)| *place = octet);
    key
}

/// The key for what is no encrypted key: HKDF of the private exponent and the ciphertext.
fn other_key(private: &RsaPrivateKey, encrypted: &[u8], length: usize) -> Result<Zeroizing<Vec<u8>>, Error> {
    let secret = Zeroizing::new(private.d().to_be_bytes());
    let mut key = Zeroizing::new(vec![0; length]);
    Hkdf::<Sha256>::new(Some(OTHER_KEY), &secret).expand(encrypted, &mut key).map_err(|_| cannot_decrypt())?;
    Ok(key)
}

/// Encrypts a key with a public key.
///
/// # Errors
/// `encrypt.key-kind` if it is no RSA key, or one that only signs; `certificate.public-key`; `encrypt.failed` if
/// the modulus is too short for the key and the scheme.
pub fn encrypt_key(
    spki: &SubjectPublicKeyInfoRef<'_>,
    scheme: &TransportScheme,
    key: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, Error> {
    let public = read_encryption_key(spki)?;
    let encrypted = match scheme {
        TransportScheme::Pkcs1 => public.encrypt(rng, Pkcs1v15Encrypt, key),
        TransportScheme::Oaep { digest, mask_digest } => {
            with_hash_type!(digest, Label => with_hash_type!(mask_digest, Mask => {
                public.encrypt(rng, Oaep::<Label, Mask>::new_with_mgf_hash(), key)
            }))
        }
    };
    encrypted.map_err(|error| Error::new(Condition::EncryptFailed).detail(error.to_string()))
}

fn unsupported(what: impl Into<String>) -> Error {
    Error::new(Condition::RecipientUnsupported)
        .detail(what)
        .hinting("supported are RSAES-PKCS1-v1_5 and RSAES-OAEP with SHA-1 or SHA-2, MGF1 and an empty label")
}

const OAEP: &str = "RSAES-OAEP";
const OTHER_KEY: &[u8] = b"sip-smime: the key for what is no encrypted key";
