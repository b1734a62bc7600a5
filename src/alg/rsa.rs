//! RSA: RSASSA-PKCS1-v1_5 and RSASSA-PSS (RFC 8017 section 8, RFC 4055, RFC 4056).
//!
//! The size of a key is judged before anything is computed with it: a modulus above 8192 bits or an
//! exponent above 32 bits costs a reader seconds, and the sender nothing. Keys that are marked for PSS
//! (`id-RSASSA-PSS`) sign and verify nothing else.

use std::fmt;

use ::rsa::pkcs1::{EncodeRsaPrivateKey, RsaPrivateKeyRef, RsaPublicKeyRef, UintRef};
use ::rsa::pkcs1v15::Pkcs1v15Sign;
use ::rsa::pss::Pss as PssPadding;
use ::rsa::{BoxedUint, RsaPrivateKey, RsaPublicKey};
use const_oid::db::rfc5912;
use der::asn1::AnyRef;
use der::{Decode, Encode};
use pkcs8::PrivateKeyInfoRef;
use rand_core::CryptoRng;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use zeroize::Zeroizing;

use crate::alg::digest::{SHA256, check_absent_or_null, with_hash_type};
use crate::alg::generation::{failed, private_key_info};
use crate::alg::{
    Digest, KeyAlgorithm, Pss, Scheme, SecretKey, SignatureValid, SigningKey, TransportKey, boxed, cannot_sign,
    invalid_signature, malformed_private_key, malformed_public_key, misfit, oid_name, public_key_octets, public_key_of,
};
use crate::error::{Condition, Error};

/// RSA keys.
#[derive(Debug)]
pub struct Rsa;

impl KeyAlgorithm for Rsa {
    fn name(&self) -> &'static str {
        NAME
    }

    fn matches(&self, algorithm: &AlgorithmIdentifierRef<'_>) -> bool {
        matches!(algorithm.oid, rfc5912::RSA_ENCRYPTION | rfc5912::ID_RSASSA_PSS)
    }

    fn bits(&self, key: &SubjectPublicKeyInfoRef<'_>) -> Result<usize, Error> {
        Ok(bit_length(read_public(key)?.modulus))
    }

    fn verify(
        &self,
        key: &SubjectPublicKeyInfoRef<'_>,
        scheme: &Scheme,
        message: &[u8],
        signature: &[u8],
    ) -> Result<SignatureValid, Error> {
        let purpose = Purpose::of(&key.algorithm)?;
        let key = read_public(key)?;
        check_bounds(&key).map_err(malformed_public_key)?;
        if !purpose.allows(scheme) {
            return Err(misfit(scheme, purpose.name()));
        }
        let key = to_public(&key)?;
        let hash = scheme.digest().digest(&[message]);
        let verified = match scheme {
            Scheme::RsaPkcs1(digest) | Scheme::RsaEncryption(digest) => {
                with_hash_type!(digest, Hash => key.verify(Pkcs1v15Sign::new::<Hash>(), &hash, signature))
            }
            Scheme::RsaPss(pss) => {
                let salt = check_one_digest(pss)?.into();
                with_hash_type!(pss.digest, Hash => {
                    key.verify(PssPadding::<Hash>::new_with_salt(salt), &hash, signature)
                })
            }
            Scheme::Ecdsa(_) | Scheme::Ed25519 => return Err(misfit(scheme, NAME)),
        };
        verified.map(|()| SignatureValid(())).map_err(|_| invalid_signature())
    }

    fn private_key(&self, key: &PrivateKeyInfoRef<'_>) -> Option<Result<Box<dyn SecretKey>, Error>> {
        self.matches(&key.algorithm).then(|| read_private(key).map(boxed))
    }

    #[inline(never)]
    fn generate(&self, bits: usize, rng: &mut dyn CryptoRng) -> Result<Zeroizing<Vec<u8>>, Error> {
        let key = RsaPrivateKey::new(rng, bits).map_err(failed)?;
        let key = key.to_pkcs1_der().map_err(failed)?;
        let parameters = Some(AnyRef::NULL);
        private_key_info(AlgorithmIdentifierRef { oid: rfc5912::RSA_ENCRYPTION, parameters }, key.as_bytes())
    }
}

/// A private key.
pub(super) struct Key {
    /// The numbers.
    pub private: RsaPrivateKey,
    purpose: Purpose,
    public_key: Vec<u8>,
    bits: usize,
}

impl SecretKey for Key {
    fn name(&self) -> &'static str {
        NAME
    }

    fn bits(&self) -> usize {
        self.bits
    }

    fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    fn signing(&self) -> Option<&dyn SigningKey> {
        Some(self)
    }

    fn transport(&self) -> Option<&dyn TransportKey> {
        matches!(self.purpose, Purpose::Any).then_some(self)
    }
}

impl SigningKey for Key {
    fn scheme(&self, digest: Option<&'static dyn Digest>, pss: bool) -> Result<Scheme, Error> {
        let scheme = match self.purpose {
            Purpose::Any if !pss => Scheme::RsaPkcs1(digest.unwrap_or(SHA256)),
            Purpose::Any | Purpose::Pss => Scheme::RsaPss(Pss::new(digest.unwrap_or(SHA256))),
            Purpose::PssWith(fixed) => {
                let pss = Pss::new(digest.unwrap_or(fixed.digest));
                Scheme::RsaPss(Pss { salt_length: pss.salt_length.max(fixed.salt_length), ..pss })
            }
        };
        if self.purpose.allows(&scheme) {
            return Ok(scheme);
        }
        Err(Error::new(Condition::SignDigest)
            .detail(format!("the key is for other digests than {}", scheme.digest().name()))
            .hinting("leave -md out: the key itself names its digest"))
    }

    fn sign_unwiped(&self, scheme: &Scheme, message: &[u8], rng: &mut dyn CryptoRng) -> Result<Vec<u8>, Error> {
        if !self.purpose.allows(scheme) {
            return Err(cannot_sign(self.purpose.name(), scheme));
        }
        let hash = scheme.digest().digest(&[message]);
        // A PKCS #1 v1.5 signature is made without blinding: the exponentiation takes constant time, what it
        // is applied to is the hash of a message, and one inversion less is an eighth of the whole process.
        // The result is checked with the public key before it is given out.
        let signature = match scheme {
            Scheme::RsaPkcs1(digest) | Scheme::RsaEncryption(digest) => with_hash_type!(digest, Hash => {
                self.private.sign(Pkcs1v15Sign::new::<Hash>(), &hash)
            }),
            Scheme::RsaPss(pss) => {
                let salt = check_one_digest(pss)?.into();
                with_hash_type!(pss.digest, Hash => {
                    self.private.sign_with_rng(rng, PssPadding::<Hash>::new_with_salt(salt), &hash)
                })
            }
            Scheme::Ecdsa(_) | Scheme::Ed25519 => return Err(cannot_sign(NAME, scheme)),
        };
        signature.map_err(|error| Error::new(Condition::SignFailed).detail(error.to_string()))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(NAME).field("bits", &self.bits).finish_non_exhaustive()
    }
}

/// What a key says about its use (RFC 4055 section 1.2).
#[derive(Clone, Copy)]
enum Purpose {
    /// `rsaEncryption`: everything.
    Any,
    /// `id-RSASSA-PSS` without parameters.
    Pss,
    /// `id-RSASSA-PSS` with parameters: these digests, and at least this much salt (RFC 4055 section 3.3).
    PssWith(Pss),
}

impl Purpose {
    fn of(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<Purpose, Error> {
        match algorithm.parameters {
            Some(parameters) if algorithm.oid == rfc5912::ID_RSASSA_PSS => {
                Pss::from_parameters(parameters).map(Purpose::PssWith)
            }
            None if algorithm.oid == rfc5912::ID_RSASSA_PSS => Ok(Purpose::Pss),
            _ => check_absent_or_null(algorithm).map(|()| Purpose::Any),
        }
    }

    fn allows(&self, scheme: &Scheme) -> bool {
        match (self, scheme) {
            (Purpose::Any, Scheme::RsaPkcs1(_) | Scheme::RsaEncryption(_)) => true,
            (Purpose::Any | Purpose::Pss, Scheme::RsaPss(_)) => true,
            (Purpose::PssWith(fixed), Scheme::RsaPss(pss)) => {
                pss.digest == fixed.digest
                    && pss.mask_digest == fixed.mask_digest
                    && pss.salt_length >= fixed.salt_length
            }
            _ => false,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Purpose::Any => NAME,
            Purpose::Pss | Purpose::PssWith(_) => "RSASSA-PSS",
        }
    }
}

/// The octets of salt, if MGF1 uses the digest of the message. RFC 4055 section 3.1 recommends that, and the
/// crate beneath does nothing else.
fn check_one_digest(pss: &Pss) -> Result<u8, Error> {
    if pss.digest == pss.mask_digest {
        return Ok(pss.salt_length);
    }
    Err(Error::new(Condition::AlgorithmUnsupported)
        .detail(Scheme::RsaPss(*pss).name())
        .hinting("supported is RSASSA-PSS with one digest for the message and for MGF1"))
}

fn read_public<'a>(key: &SubjectPublicKeyInfoRef<'a>) -> Result<RsaPublicKeyRef<'a>, Error> {
    RsaPublicKeyRef::from_der(public_key_octets(key)?)
        .map_err(|_| malformed_public_key("it is not an RSAPublicKey in DER"))
}

/// Reads a public key to encrypt with.
///
/// # Errors
/// `encrypt.key-kind` if it is no RSA key, or one that only signs; `certificate.public-key`.
pub(super) fn read_encryption_key(key: &SubjectPublicKeyInfoRef<'_>) -> Result<RsaPublicKey, Error> {
    if key.algorithm.oid != rfc5912::RSA_ENCRYPTION {
        return Err(Error::new(Condition::RecipientKeyKind).detail(oid_name(&key.algorithm.oid)));
    }
    let key = read_public(key)?;
    check_bounds(&key).map_err(malformed_public_key)?;
    to_public(&key)
}

fn to_public(key: &RsaPublicKeyRef<'_>) -> Result<RsaPublicKey, Error> {
    RsaPublicKey::new(integer(key.modulus), integer(key.public_exponent))
        .map_err(|error| malformed_public_key(error.to_string()))
}

fn read_private(key: &PrivateKeyInfoRef<'_>) -> Result<Key, Error> {
    let purpose = Purpose::of(&key.algorithm).map_err(|error| malformed_private_key(error.to_string()))?;
    let read = RsaPrivateKeyRef::from_der(key.private_key.as_bytes())
        .map_err(|_| malformed_private_key("it is not an RSAPrivateKey in DER"))?;
    let public = RsaPublicKeyRef { modulus: read.modulus, public_exponent: read.public_exponent };
    let bits = bit_length(public.modulus);
    check_bounds(&public).map_err(malformed_private_key)?;
    let public_der = public.to_der().map_err(|error| malformed_private_key(error.to_string()))?;
    let public_key = public_key_of(key, &public_der)?;
    // Checks once that the numbers belong together, and precomputes for the Chinese remainder theorem.
    let private =
        RsaPrivateKey::try_from(read).map_err(|_| malformed_private_key("its numbers do not belong together"))?;
    Ok(Key { private, purpose, public_key, bits })
}

/// What is wrong with the size or form of a key, before any arithmetic (P13).
fn check_bounds(key: &RsaPublicKeyRef<'_>) -> Result<(), String> {
    let bits = bit_length(key.modulus);
    if !(MIN_BITS..=MAX_BITS).contains(&bits) {
        return Err(format!("an RSA modulus of {bits} bits"));
    }
    let is_odd = |number: UintRef<'_>| number.as_bytes().last().is_some_and(|octet| octet & 1 == 1);
    if !is_odd(key.modulus) {
        return Err("an even RSA modulus".to_owned());
    }
    let exponent = key.public_exponent;
    if bit_length(exponent) > MAX_EXPONENT_BITS || bit_length(exponent) < 2 || !is_odd(exponent) {
        return Err("an RSA exponent that is even, below 3 or above 32 bits".to_owned());
    }
    Ok(())
}

fn bit_length(number: UintRef<'_>) -> usize {
    let octets = number.as_bytes();
    let leading = octets.iter().take_while(|octet| **octet == 0).count();
    let significant = octets.get(leading..).unwrap_or_default();
    let top_zeros = significant.first().map_or(0, |octet| octet.leading_zeros());
    let top_zeros = usize::try_from(top_zeros).unwrap_or(0);
    significant.len().saturating_mul(8).saturating_sub(top_zeros)
}

fn integer(number: UintRef<'_>) -> BoxedUint {
    BoxedUint::from_be_slice_vartime(number.as_bytes())
}

/// The name users read.
pub const NAME: &str = "RSA";

/// RFC 8551 section 4.3 asks for 2048 and lets a reader take 1024 from old messages; `policy` decides.
const MIN_BITS: usize = 1024;
const MAX_BITS: usize = 8192;
const MAX_EXPONENT_BITS: usize = 32;

#[cfg(test)]
pub(super) mod tests {
    use der::asn1::{BitStringRef, ObjectIdentifier, OctetStringRef};
    use getrandom::SysRng;
    use rand_core::UnwrapErr;

    use super::*;
    use crate::alg;
    use crate::alg::digest::{DIGESTS, SHA1, SHA384, SHA512};

    const KEY: &[u8] = include_bytes!("../../testdata/keys/alice-rsa2048.pkcs1.der");
    pub(in crate::alg) const PLAIN: AlgorithmIdentifierRef<'_> =
        AlgorithmIdentifierRef { oid: rfc5912::RSA_ENCRYPTION, parameters: Some(AnyRef::NULL) };

    fn private_key(algorithm: AlgorithmIdentifierRef<'_>, der: &[u8]) -> Result<Box<dyn SecretKey>, Error> {
        alg::private_key(&PrivateKeyInfoRef::new(algorithm, OctetStringRef::new(der).unwrap()))
    }

    fn code<T>(result: Result<T, Error>) -> Result<(), &'static str> {
        result.map(|_| ()).map_err(|error| error.code())
    }

    /// A SubjectPublicKeyInfo with a modulus of so many bits, all ones.
    pub(in crate::alg) fn spki(bits: usize, exponent: &[u8]) -> Vec<u8> {
        let mut modulus = vec![0xFF; bits.div_ceil(8)];
        modulus[0] >>= modulus.len() * 8 - bits;
        spki_of(&modulus, exponent)
    }

    fn spki_of(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
        let modulus = UintRef::new(modulus).unwrap();
        let public_exponent = UintRef::new(exponent).unwrap();
        let key = RsaPublicKeyRef { modulus, public_exponent }.to_der().unwrap();
        let subject_public_key = BitStringRef::new(0, &key).unwrap();
        SubjectPublicKeyInfoRef { algorithm: PLAIN, subject_public_key }.to_der().unwrap()
    }

    #[test]
    fn every_scheme_signs_and_verifies() {
        let key = private_key(PLAIN, KEY).unwrap();
        let key = key.signing().unwrap();
        let rng = &mut UnwrapErr(SysRng);
        let schemes = DIGESTS.iter().flat_map(|digest| {
            [Scheme::RsaPkcs1(*digest), Scheme::RsaEncryption(*digest), Scheme::RsaPss(Pss::new(*digest))]
        });
        for scheme in schemes {
            let signature = key.sign(&scheme, b"message", rng).unwrap();
            alg::verify(key.public_key(), &scheme, b"message", &signature).unwrap();
            let found = alg::verify(key.public_key(), &scheme, b"Message", &signature);
            assert_eq!(code(found), Err("verify.signature-invalid"), "{}", scheme.name());
        }
        // PKCS #1 v1.5 is deterministic whatever the blinding.
        let mut sign = || key.sign(&Scheme::RsaPkcs1(SHA256), b"message", rng).unwrap();
        assert_eq!(sign(), sign());
    }

    #[test]
    fn schemes_of_a_key() {
        let pss_parameters = Scheme::RsaPss(Pss { salt_length: 40, ..Pss::new(SHA256) }).identifier();
        let restricted = AlgorithmIdentifierRef::from_der(&pss_parameters).unwrap();
        let pss_only = AlgorithmIdentifierRef { oid: rfc5912::ID_RSASSA_PSS, parameters: None };
        let mixed = Pss { mask_digest: SHA1, ..Pss::new(SHA256) };
        let fits = |salt_length| Scheme::RsaPss(Pss { salt_length, ..Pss::new(SHA256) });
        // Key, digest and PSS asked for, scheme.
        type Row<'a> = (AlgorithmIdentifierRef<'a>, Option<&'static dyn Digest>, bool, Result<Scheme, &'static str>);
        let rows: [Row<'_>; 7] = [
            (PLAIN, None, false, Ok(Scheme::RsaPkcs1(SHA256))),
            (PLAIN, Some(SHA512), false, Ok(Scheme::RsaPkcs1(SHA512))),
            (PLAIN, Some(SHA384), true, Ok(Scheme::RsaPss(Pss::new(SHA384)))),
            (pss_only, None, false, Ok(Scheme::RsaPss(Pss::new(SHA256)))),
            (restricted, None, false, Ok(fits(40))),
            (restricted, Some(SHA256), true, Ok(fits(40))),
            (restricted, Some(SHA384), true, Err("sign.digest")),
        ];
        for (algorithm, digest, pss, expected) in rows {
            let key = private_key(algorithm, KEY).unwrap();
            let found = key.signing().unwrap().scheme(digest, pss);
            assert_eq!(found.as_ref().map_err(Error::code), expected.as_ref().map_err(|code| *code));
        }

        let rng = &mut UnwrapErr(SysRng);
        let plain = private_key(PLAIN, KEY).unwrap();
        let marked = private_key(restricted, KEY).unwrap();
        let rows = [
            (&marked, fits(40), Ok(())),
            (&marked, fits(41), Ok(())),
            // Less salt, another digest, PKCS #1 v1.5, with a key marked against it.
            (&marked, fits(39), Err("verify.signature-invalid")),
            (&marked, Scheme::RsaPss(Pss::new(SHA384)), Err("verify.signature-invalid")),
            (&marked, Scheme::RsaPkcs1(SHA256), Err("verify.signature-invalid")),
            (&plain, fits(0), Ok(())),
            (&plain, Scheme::Ed25519, Err("verify.signature-invalid")),
            (&plain, Scheme::RsaPss(mixed), Err("algorithm.unsupported")),
        ];
        for (key, scheme, expected) in rows {
            let signature = plain.signing().unwrap().sign(&scheme, b"message", rng).unwrap_or_default();
            let found = alg::verify(key.public_key(), &scheme, b"message", &signature);
            assert_eq!(code(found), expected, "{scheme:?}");
            assert_eq!(key.signing().unwrap().sign(&scheme, b"message", rng).is_ok(), expected.is_ok(), "{scheme:?}");
        }
    }

    // P13: refused before any arithmetic, so that a large key costs nothing.
    #[test]
    fn p13_bounds_of_public_keys() {
        let even = [vec![0xFF; 255], vec![0xFE]].concat();
        let malformed = Err("certificate.public-key");
        let rows = [
            (spki(2048, &[1, 0, 1]), Err("verify.signature-invalid")),
            (spki(2048, &[3]), Err("verify.signature-invalid")),
            (spki(1024, &[3]), Err("verify.signature-invalid")),
            (spki(8192, &[0xFF, 0xFF, 0xFF, 0xFF]), Err("verify.signature-invalid")),
            (spki(1023, &[3]), malformed),
            (spki(8193, &[3]), malformed),
            (spki(16384, &[1, 0, 1]), malformed),
            (spki(1 << 20, &[1, 0, 1]), malformed),
            (spki(2048, &[0]), malformed),
            (spki(2048, &[1]), malformed),
            (spki(2048, &[2]), malformed),
            (spki(2048, &[1, 0, 0, 0, 1]), malformed),
            (spki(2048, &[1, 0, 0, 0, 0, 0, 0, 0, 1]), malformed),
            (spki_of(&even, &[3]), malformed),
        ];
        for (key, expected) in rows {
            let found = alg::verify(&key, &Scheme::RsaPkcs1(SHA256), b"", &[0; 256]);
            assert_eq!(code(found), expected, "{} octets", key.len());
        }
    }

    // K4: hostile or damaged private keys.
    #[test]
    fn k4_private_keys() {
        static LARGE: [u8; 2048] = [0xFF; 2048];
        let with = |change: &dyn Fn(&mut RsaPrivateKeyRef<'static>)| {
            let mut key = RsaPrivateKeyRef::from_der(KEY).unwrap();
            change(&mut key);
            key.to_der().unwrap()
        };
        let rows = [
            (with(&|_| ()), Ok(())),
            (with(&|key| key.prime2 = key.prime1), Err("key.unreadable")),
            (with(&|key| key.private_exponent = UintRef::new(&[5]).unwrap()), Err("key.unreadable")),
            (with(&|key| key.modulus = UintRef::new(&LARGE).unwrap()), Err("key.unreadable")),
            (with(&|key| key.public_exponent = UintRef::new(&[1]).unwrap()), Err("key.unreadable")),
            (with(&|key| key.prime1 = UintRef::new(&[0]).unwrap()), Err("key.unreadable")),
            (KEY[..KEY.len() - 1].to_vec(), Err("key.unreadable")),
            ([KEY, &[0]].concat(), Err("key.unreadable")),
            (vec![], Err("key.unreadable")),
        ];
        for (der, expected) in rows {
            assert_eq!(code(private_key(PLAIN, &der)), expected);
        }
        let dsa = AlgorithmIdentifierRef {
            oid: ObjectIdentifier::new_unwrap("1.2.840.10040.4.1"),
            parameters: Some(AnyRef::NULL),
        };
        assert_eq!(code(private_key(dsa, KEY)), Err("key.unsupported"));
    }

    // K3: the key does not show in Debug.
    #[test]
    fn k3_debug_is_redacted() {
        let key = private_key(PLAIN, KEY).unwrap();
        assert_eq!(format!("{key:?}"), "RSA { bits: 2048, .. }");
    }
}
