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
use zeroize::Zeroizing;

use crate::alg::digest::SHA512;
use crate::alg::generation::private_key_info;
use crate::alg::{
    Digest, KeyAlgorithm, Scheme, SecretKey, SignatureValid, SigningKey, boxed, cannot_sign, invalid_signature,
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

    fn private_key(&self, key: &PrivateKeyInfoRef<'_>) -> Option<Result<Box<dyn SecretKey>, Error>> {
        self.matches(&key.algorithm).then(|| Key::read(key).map(boxed))
    }

    #[inline(never)]
    fn generate(&self, _bits: usize, rng: &mut dyn CryptoRng) -> Result<Zeroizing<Vec<u8>>, Error> {
        // CurvePrivateKey ::= OCTET STRING (RFC 8410 section 7).
        let mut octets = Zeroizing::new([0; 34]);
        let (header, seed) = octets.split_at_mut(WRAPPING.len());
        header.copy_from_slice(WRAPPING);
        rng.fill_bytes(seed);
        private_key_info(AlgorithmIdentifierRef { oid: rfc8410::ID_ED_25519, parameters: None }, octets.as_slice())
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

    fn signing(&self) -> Option<&dyn SigningKey> {
        Some(self)
    }
}

impl SigningKey for Key {
    fn scheme(&self, digest: Option<&'static dyn Digest>, pss: bool) -> Result<Scheme, Error> {
        if let Some(digest) = digest.filter(|digest| *digest != SHA512) {
            return Err(Error::new(Condition::SignDigest).detail(format!("{} with an Ed25519 key", digest.name())));
        }
        if pss {
            return Err(pss_misfit(NAME));
        }
        Ok(Scheme::Ed25519)
    }

    fn sign_unwiped(&self, scheme: &Scheme, message: &[u8], _rng: &mut dyn CryptoRng) -> Result<Vec<u8>, Error> {
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
/// The header of an OCTET STRING of 32 octets.
const WRAPPING: &[u8] = &[4, 32];

#[cfg(test)]
mod tests {
    use der::Encode;
    use der::asn1::{AnyRef, BitStringRef, OctetStringRef};
    use getrandom::SysRng;
    use rand_core::UnwrapErr;

    use super::*;
    use crate::alg::digest::SHA256;
    use crate::alg::{self};

    fn algorithm(parameters: Option<AnyRef<'_>>) -> AlgorithmIdentifierRef<'_> {
        AlgorithmIdentifierRef { oid: rfc8410::ID_ED_25519, parameters }
    }

    fn private_key(secret: &str, public: Option<&[u8]>) -> Result<Box<dyn SecretKey>, Error> {
        let octets = hex::decode(format!("0420{secret}")).unwrap();
        let mut key = PrivateKeyInfoRef::new(algorithm(None), OctetStringRef::new(&octets).unwrap());
        key.public_key = public.map(|octets| BitStringRef::new(0, octets).unwrap());
        alg::private_key(&key)
    }

    fn spki(point: &[u8], parameters: Option<AnyRef<'_>>) -> Vec<u8> {
        let subject_public_key = BitStringRef::new(0, point).unwrap();
        SubjectPublicKeyInfoRef { algorithm: algorithm(parameters), subject_public_key }.to_der().unwrap()
    }

    // RFC 8032 section 7.1, tests 1 to 3.
    const ROWS: [(&str, &str, &str, &str); 3] = [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
             5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
             18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ];

    #[test]
    fn signatures() {
        for (secret, public, message, expected) in ROWS {
            let public = hex::decode(public).unwrap();
            let message = hex::decode(message).unwrap();
            let key = private_key(secret, Some(&public)).unwrap();
            let key = key.signing().unwrap();
            assert_eq!(key.public_key(), spki(&public, None));
            let scheme = key.scheme(None, false).unwrap();
            let signature = key.sign(&scheme, &message, &mut UnwrapErr(SysRng)).unwrap();
            assert_eq!(hex::encode(&signature), expected);
            alg::verify(key.public_key(), &scheme, &message, &signature).unwrap();
        }
    }

    #[test]
    fn deviations() {
        let (secret, public, _, signature) = ROWS[0];
        let (public, signature) = (hex::decode(public).unwrap(), hex::decode(signature).unwrap());
        let other = hex::decode(ROWS[1].1).unwrap();
        assert_eq!(private_key(secret, Some(&other)).unwrap_err().code(), "key.unreadable");
        assert_eq!(private_key(&secret[2..], None).unwrap_err().code(), "key.unreadable");

        let identity = [&[1][..], &[0; 31]].concat();
        let zero_scalar = [&identity[..], &[0; 32]].concat();
        let rows = [
            (spki(&public, None), Scheme::Ed25519, &signature[..], Ok(())),
            (spki(&public, None), Scheme::Ed25519, &signature[..63], Err("verify.signature-invalid")),
            (spki(&public, None), Scheme::Ecdsa(SHA256), &signature, Err("verify.signature-invalid")),
            (spki(&public, Some(AnyRef::NULL)), Scheme::Ed25519, &signature, Err("certificate.public-key")),
            (spki(&public[..31], None), Scheme::Ed25519, &signature, Err("certificate.public-key")),
            // A point of small order, with which this signature is right for every message.
            (spki(&identity, None), Scheme::Ed25519, &zero_scalar, Err("verify.signature-invalid")),
        ];
        for (key, scheme, signature, expected) in rows {
            let found = alg::verify(&key, &scheme, b"", signature);
            assert_eq!(found.map(|_| ()).map_err(|error| error.code()), expected);
        }
    }

    #[test]
    fn digests_and_padding() {
        let key = private_key(ROWS[0].0, None).unwrap();
        let key = key.signing().unwrap();
        assert_eq!(key.scheme(Some(SHA512), false), Ok(Scheme::Ed25519));
        assert_eq!(key.scheme(Some(SHA256), false).unwrap_err().code(), "sign.digest");
        assert_eq!(key.scheme(None, true).unwrap_err().code(), "sign.digest");
    }

    // K3: the key does not show in Debug.
    #[test]
    fn k3_debug_is_redacted() {
        assert_eq!(format!("{:?}", private_key(ROWS[0].0, None).unwrap()), "Ed25519 { .. }");
    }
}
