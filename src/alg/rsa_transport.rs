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

#[cfg(test)]
mod tests {
    use der::Decode;
    use getrandom::SysRng;
    use pkcs8::PrivateKeyInfoRef;
    use rand_core::UnwrapErr;

    use super::*;
    use crate::alg::digest::{DIGESTS, SHA1, SHA256};
    use crate::alg::rsa::tests::PLAIN;

    const KEY: &[u8] = include_bytes!("../../testdata/keys/alice-rsa2048.pkcs1.der");

    fn private_key(algorithm: AlgorithmIdentifierRef<'_>) -> Box<dyn SecretKey> {
        crate::alg::private_key(&PrivateKeyInfoRef::new(algorithm, OctetStringRef::new(KEY).unwrap())).unwrap()
    }

    fn oaep(digest: &'static dyn Digest, mask_digest: &'static dyn Digest) -> TransportScheme {
        TransportScheme::Oaep { digest, mask_digest }
    }

    #[test]
    fn every_scheme_there_and_back() {
        let rng = &mut UnwrapErr(SysRng);
        let key = private_key(PLAIN);
        let spki = SubjectPublicKeyInfoRef::from_der(key.public_key()).unwrap();
        let key = key.transport().unwrap();
        let schemes = DIGESTS.iter().flat_map(|digest| [oaep(*digest, *digest), oaep(*digest, SHA1)]);
        for scheme in schemes.chain([TransportScheme::Pkcs1]) {
            let identifier = scheme.identifier();
            let identifier = AlgorithmIdentifierRef::from_der(&identifier).unwrap();
            assert_eq!(TransportScheme::from_identifier(&identifier), Ok(scheme));
            for length in [16, 24, 32] {
                let content = vec![7; length];
                let mut encrypted = encrypt_key(&spki, &scheme, &content, rng).unwrap();
                assert_eq!(*key.decrypt(&scheme, &encrypted, length, rng).unwrap(), content, "{}", scheme.name());
                encrypted[9] ^= 1;
                let damaged = key.decrypt(&scheme, &encrypted, length, rng);
                match scheme {
                    TransportScheme::Pkcs1 => assert_ne!(*damaged.unwrap(), content),
                    TransportScheme::Oaep { .. } => assert_eq!(damaged, Err(cannot_decrypt())),
                }
            }
        }
        let error = encrypt_key(&spki, &TransportScheme::Pkcs1, &[7; 246], rng).unwrap_err();
        assert_eq!(error.code(), "encrypt.failed");
    }

    // Whatever is wrong with PKCS #1 v1.5, there comes out a key of the length asked for, always the same one.
    #[test]
    fn pkcs1_never_fails() {
        let rng = &mut UnwrapErr(SysRng);
        let key = private_key(PLAIN);
        let spki = SubjectPublicKeyInfoRef::from_der(key.public_key()).unwrap();
        let key = key.transport().unwrap();
        let right = encrypt_key(&spki, &TransportScheme::Pkcs1, &[7; 16], rng).unwrap();
        // An OAEP ciphertext, lengths that are not that of the modulus, a number not below it, zero and one.
        let oaep = encrypt_key(&spki, &oaep(SHA256, SHA256), &[7; 16], rng).unwrap();
        let one = [&[0; 255][..], &[1]].concat();
        let rows: [&[u8]; 9] =
            [&right, &oaep, b"", &right[1..], &[&right[..], &[0]].concat(), &[0xFF; 256], &[0; 256], &one, &[7; 5000]];
        for (number, encrypted) in rows.into_iter().enumerate() {
            for length in [0, 8, 15, 16, 17, 24, 32] {
                let mut decrypt = || key.decrypt(&TransportScheme::Pkcs1, encrypted, length, rng).unwrap();
                let found = decrypt();
                assert_eq!((found.len(), &found), (length, &decrypt()));
                assert_eq!(*found == [7; 16], number == 0 && length == 16, "row {number}, {length} octets");
                assert!(length == 0 || found.iter().any(|octet| *octet != 0));
            }
            let failed = key.decrypt(&super::tests::oaep(SHA1, SHA1), encrypted, 16, rng);
            assert_eq!(failed, Err(cannot_decrypt()));
        }
        // OAEP of another length than the one asked for.
        let failed = key.decrypt(&super::tests::oaep(SHA256, SHA256), &oaep, 32, rng);
        assert_eq!(failed, Err(cannot_decrypt()));
    }

    #[test]
    fn choices() {
        let other = [9; 16];
        for length in 0..40 {
            let expected = if length == 16 { [1; 16] } else { other };
            assert_eq!(*choose(&vec![1; length], &other), expected, "{length}");
        }
        assert!(choose(&[1], &[]).is_empty());
    }

    #[test]
    fn kinds_of_key() {
        let rng = &mut UnwrapErr(SysRng);
        let pss = AlgorithmIdentifierRef { oid: rfc5912::ID_RSASSA_PSS, parameters: None };
        let pss = private_key(pss);
        assert!(pss.transport().is_none() && pss.signing().is_some() && pss.agreement().is_none());
        let spki = SubjectPublicKeyInfoRef::from_der(pss.public_key()).unwrap();
        let error = encrypt_key(&spki, &TransportScheme::Pkcs1, &[7; 16], rng).unwrap_err();
        assert_eq!(error.code(), "encrypt.key-kind");
        let large = crate::alg::rsa::tests::spki(16384, &[1, 0, 1]);
        let large = SubjectPublicKeyInfoRef::from_der(&large).unwrap();
        let error = encrypt_key(&large, &TransportScheme::Pkcs1, &[7; 16], rng).unwrap_err();
        assert_eq!(error.code(), "certificate.public-key");
    }

    // RFC 4055 sections 4.1 and 5; RFC 3560 section 3.
    #[test]
    fn identifiers() {
        let rows = [
            (TransportScheme::Pkcs1, "300d06092a864886f70d0101010500"),
            (oaep(SHA1, SHA1), "300d06092a864886f70d0101073000"),
            (
                oaep(SHA256, SHA256),
                "303c06092a864886f70d010107302fa00f300d06096086480165030402010500\
                 a11c301a06092a864886f70d010108300d06096086480165030402010500",
            ),
            (oaep(SHA256, SHA1), "301e06092a864886f70d0101073011a00f300d06096086480165030402010500"),
        ];
        for (scheme, expected) in rows {
            assert_eq!(hex::encode(scheme.identifier()), expected, "{}", scheme.name());
        }
        let identifier =
            |oid: &str, parameters: &str| format!("30{:02x}{oid}{parameters}", (oid.len() + parameters.len()) / 2);
        let oaep = |parameters: &str| identifier("06092a864886f70d010107", parameters);
        let pkcs1 = |parameters: &str| identifier("06092a864886f70d010101", parameters);
        let failed = Err("decrypt.failed");
        let unsupported = Err("decrypt.recipient-unsupported");
        let rows = [
            (pkcs1(""), Ok("RSAES-PKCS1-v1_5")),
            (pkcs1("3000"), failed),
            (oaep("3000"), Ok("RSAES-OAEP with sha1")),
            (oaep("3011a00f300d06096086480165030402010500"), Ok("RSAES-OAEP with sha256 and MGF1 with sha1")),
            // The digest without NULL.
            (oaep("300fa00d300b0609608648016503040201"), Ok("RSAES-OAEP with sha256 and MGF1 with sha1")),
            // The empty label, written.
            (oaep("3011a20f300d06092a864886f70d0101090400"), Ok("RSAES-OAEP with sha1")),
            (oaep(""), failed),
            (oaep("0500"), failed),
            (oaep("30020500"), failed),
            // MGF1 without a digest; a digest with parameters; a label that is no OCTET STRING.
            (oaep("300fa10d300b06092a864886f70d010108"), failed),
            (oaep("3011a00f300d06096086480165030402013000"), failed),
            (oaep("3011a20f300d06092a864886f70d0101090500"), failed),
            // A label; a label from elsewhere; MD5; not MGF1.
            (oaep("3014a212301006092a864886f70d0101090403616263"), unsupported),
            (oaep("3011a20f300d06092a864886f70d01010a0400"), unsupported),
            (oaep("3010a00e300c06082a864886f70d02050500"), unsupported),
            (oaep("3018a116301406092a864886f70d010109300706052b0e03021a"), unsupported),
            // RSA-KEM.
            (identifier("060b2a864886f70d010910030e", ""), unsupported),
        ];
        for (der, expected) in rows {
            let der = hex::decode(der).unwrap();
            let found = TransportScheme::from_identifier(&AlgorithmIdentifierRef::from_der(&der).unwrap());
            let found = found.map(|scheme| scheme.name());
            assert_eq!(found.as_deref().map_err(Error::code), expected, "{}", hex::encode(&der));
        }
    }
}
