//! ECDSA over a named curve (RFC 5753 section 2.1, RFC 5480, RFC 6979).
//!
//! What all curves share; a curve is a file with a line. Curves are named: explicit parameters, with which
//! an attacker brings a curve of his own (CVE-2020-0601), are no key of ours. Signatures are strict DER
//! with r and s in range.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Add;

use ::ecdsa::der::MaxOverhead;
use ::ecdsa::hazmat::sign_prehashed_rfc6979;
use ::ecdsa::{EcdsaCurve, Signature, VerifyingKey};
use const_oid::AssociatedOid;
use const_oid::db::rfc5912;
use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Encode};
use p256::elliptic_curve::array::ArraySize;
use p256::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use p256::elliptic_curve::{CurveArithmetic, NonZeroScalar, SecretKey as CurveKey};
use pkcs8::PrivateKeyInfoRef;
use rand_core::CryptoRng;
use sec1::{EcParameters, EcPrivateKey};
use signature::hazmat::PrehashVerifier;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use zeroize::Zeroizing;

use crate::alg::digest::{SHA256, with_hash_type};
use crate::alg::generation::{failed, private_key_info};
use crate::alg::{
    AgreementKey, Digest, KeyAlgorithm, Scheme, SecretKey, SignatureValid, SigningKey, boxed, cannot_sign,
    invalid_signature, malformed_private_key, malformed_public_key, misfit, pss_misfit, public_key_octets,
    public_key_of,
};
use crate::error::Error;

/// The OID of EC keys; the parameters beside it name the curve.
pub const KEY_OID: ObjectIdentifier = rfc5912::ID_EC_PUBLIC_KEY;

/// A curve: what its file says.
pub trait NamedCurve:
    EcdsaCurve<FieldBytesSize: ModulusSize + Add<Output: ArraySize + Add<MaxOverhead, Output: ArraySize>>>
    + CurveArithmetic<AffinePoint: FromSec1Point<Self> + ToSec1Point<Self>>
    + AssociatedOid
{
    /// The name users read.
    const NAME: &'static str;
    /// The size of the field.
    const BITS: usize;
}

/// The keys of one curve.
pub struct Ecdsa<C>(PhantomData<fn() -> C>);

impl<C> Ecdsa<C> {
    /// The keys of the curve `C`.
    pub const fn new() -> Self {
        Ecdsa(PhantomData)
    }
}

impl<C> Default for Ecdsa<C> {
    fn default() -> Self {
        Ecdsa::new()
    }
}

impl<C: NamedCurve> KeyAlgorithm for Ecdsa<C> {
    fn name(&self) -> &'static str {
        C::NAME
    }

    fn matches(&self, algorithm: &AlgorithmIdentifierRef<'_>) -> bool {
        is_named::<C>(algorithm)
    }

    fn bits(&self, key: &SubjectPublicKeyInfoRef<'_>) -> Result<usize, Error> {
        read_public::<C>(key).map(|_| C::BITS)
    }

    fn verify(
        &self,
        key: &SubjectPublicKeyInfoRef<'_>,
        scheme: &Scheme,
        message: &[u8],
        signature: &[u8],
    ) -> Result<SignatureValid, Error> {
        let Scheme::Ecdsa(digest) = scheme else {
            return Err(misfit(scheme, C::NAME));
        };
        let key = read_public::<C>(key)?;
        let signature = Signature::<C>::from_der(signature).map_err(|_| {
            invalid_signature().detail("it is not an ECDSA-Sig-Value in DER with two integers in range")
        })?;
        key.verify_prehash(&digest.digest(&[message]), &signature)
            .map(|()| SignatureValid(()))
            .map_err(|_| invalid_signature())
    }

    fn private_key(&self, key: &PrivateKeyInfoRef<'_>) -> Option<Result<Box<dyn SecretKey>, Error>> {
        self.matches(&key.algorithm).then(|| Key::<C>::read(key).map(boxed))
    }

    #[inline(never)]
    fn generate(&self, _bits: usize, rng: &mut dyn CryptoRng) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut number = Zeroizing::new(vec![0; C::BITS.div_ceil(8)]);
        // A number that is 0 or not below the order is drawn again, which never happens: one in 2^32 at most.
        let secret = loop {
            rng.fill_bytes(&mut number);
            if let Ok(secret) = CurveKey::<C>::from_slice(&number) {
                break secret;
            }
        };
        let public = ::ecdsa::SigningKey::<C>::from(secret).verifying_key().to_sec1_point(false);
        let key = EcPrivateKey { private_key: &number, parameters: None, public_key: Some(public.as_bytes()) };
        let key = Zeroizing::new(key.to_der().map_err(failed)?);
        let parameters = Some(AnyRef::from(&<C as AssociatedOid>::OID));
        private_key_info(AlgorithmIdentifierRef { oid: KEY_OID, parameters }, &key)
    }
}

/// Whether an algorithm identifier is that of a key on this curve.
pub(super) fn is_named<C: NamedCurve>(algorithm: &AlgorithmIdentifierRef<'_>) -> bool {
    let curve = algorithm.parameters.and_then(|parameters| parameters.decode_as::<ObjectIdentifier>().ok());
    algorithm.oid == KEY_OID && curve == Some(<C as AssociatedOid>::OID)
}

/// A private key.
pub(super) struct Key<C: NamedCurve> {
    private: ::ecdsa::SigningKey<C>,
    public_key: Vec<u8>,
}

impl<C: NamedCurve> Key<C> {
    /// Reads an ECPrivateKey (RFC 5915 section 3). A curve or a public key in it must be the right one.
    fn read(key: &PrivateKeyInfoRef<'_>) -> Result<Self, Error> {
        let malformed = malformed_private_key;
        let read = EcPrivateKey::from_der(key.private_key.as_bytes())
            .map_err(|_| malformed("it is not an ECPrivateKey in DER"))?;
        if read.parameters.is_some_and(|EcParameters::NamedCurve(curve)| curve != <C as AssociatedOid>::OID) {
            return Err(malformed("it names two curves"));
        }
        let secret =
            CurveKey::<C>::from_slice(read.private_key).map_err(|_| malformed("its number is out of range"))?;
        let private = ::ecdsa::SigningKey::<C>::from(secret);
        let stated = [read.public_key, key.public_key.and_then(|key| key.as_bytes())];
        if stated.into_iter().flatten().any(|stated| !is_point(private.verifying_key(), stated)) {
            return Err(malformed("its public key belongs to another private key"));
        }
        let public_key = public_key_of(key, private.verifying_key().to_sec1_point(false).as_bytes())?;
        Ok(Key { private, public_key })
    }

    /// The number.
    pub fn scalar(&self) -> &NonZeroScalar<C> {
        self.private.as_nonzero_scalar()
    }
}

impl<C: NamedCurve> SecretKey for Key<C> {
    fn name(&self) -> &'static str {
        C::NAME
    }

    fn bits(&self) -> usize {
        C::BITS
    }

    fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    fn signing(&self) -> Option<&dyn SigningKey> {
        Some(self)
    }

    fn agreement(&self) -> Option<&dyn AgreementKey> {
        Some(self)
    }
}

impl<C: NamedCurve> SigningKey for Key<C> {
    fn scheme(&self, digest: Option<&'static dyn Digest>, pss: bool) -> Result<Scheme, Error> {
        if pss {
            return Err(pss_misfit(C::NAME));
        }
        Ok(Scheme::Ecdsa(digest.unwrap_or(SHA256)))
    }

    fn sign_unwiped(&self, scheme: &Scheme, message: &[u8], _rng: &mut dyn CryptoRng) -> Result<Vec<u8>, Error> {
        let Scheme::Ecdsa(digest) = scheme else {
            return Err(cannot_sign(C::NAME, scheme));
        };
        let hash = digest.digest(&[message]);
        let scalar = self.scalar();
        let (signature, _) = with_hash_type!(digest, Hash => sign_prehashed_rfc6979::<C, Hash>(scalar, &hash, &[]));
        Ok(signature.to_der().as_bytes().to_vec())
    }
}

impl<C: NamedCurve> fmt::Debug for Key<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(C::NAME).finish_non_exhaustive()
    }
}

/// Reads a public key: a point of the curve.
pub(super) fn read_public<C: NamedCurve>(key: &SubjectPublicKeyInfoRef<'_>) -> Result<VerifyingKey<C>, Error> {
    let octets = public_key_octets(key)?;
    read_point(octets).ok_or_else(|| malformed_public_key(format!("it is not a point of {}", C::NAME)))
}

/// A point, uncompressed or compressed (RFC 5480 section 2.2); the hybrid form is deprecated, and the other
/// forms that the crate reads are none of that RFC.
pub(super) fn read_point<C: NamedCurve>(octets: &[u8]) -> Option<VerifyingKey<C>> {
    match octets.first() {
        Some(2..=4) => VerifyingKey::from_sec1_bytes(octets).ok(),
        _ => None,
    }
}

fn is_point<C: NamedCurve>(key: &VerifyingKey<C>, octets: &[u8]) -> bool {
    [false, true].into_iter().any(|compress| key.to_sec1_point(compress).as_bytes() == octets)
}

#[cfg(test)]
pub(super) mod tests {
    use der::asn1::{BitStringRef, OctetStringRef, UintRef};
    use getrandom::SysRng;
    use p256::NistP256;
    use rand_core::UnwrapErr;

    use super::*;
    use crate::alg::digest::{self, SHA1, SHA384, SHA512};
    use crate::alg::ecdsa_p256::P256;
    use crate::alg::ecdsa_p384::P384;
    use crate::alg::{self, Pss};

    fn algorithm<C: NamedCurve>() -> AlgorithmIdentifierRef<'static> {
        AlgorithmIdentifierRef { oid: KEY_OID, parameters: Some(AnyRef::from(&<C as AssociatedOid>::OID)) }
    }

    fn private_der(scalar: &[u8], parameters: Option<EcParameters>, public_key: Option<&[u8]>) -> Vec<u8> {
        EcPrivateKey { private_key: scalar, parameters, public_key }.to_der().unwrap()
    }

    fn private_key<C: NamedCurve>(kind: &Ecdsa<C>, der: &[u8]) -> Result<Box<dyn SecretKey>, Error> {
        let key = PrivateKeyInfoRef::new(algorithm::<C>(), OctetStringRef::new(der).unwrap());
        kind.private_key(&key).expect("it is a key of this curve")
    }

    fn spki<C: NamedCurve>(point: &[u8]) -> Vec<u8> {
        let subject_public_key = BitStringRef::new(0, point).unwrap();
        SubjectPublicKeyInfoRef { algorithm: algorithm::<C>(), subject_public_key }.to_der().unwrap()
    }

    fn signature(r: &[u8], s: &[u8]) -> Vec<u8> {
        let inner = [UintRef::new(r).unwrap().to_der().unwrap(), UintRef::new(s).unwrap().to_der().unwrap()].concat();
        AnyRef::new(der::Tag::Sequence, &inner).unwrap().to_der().unwrap()
    }

    /// Signs as the rows (digest, message, r, s) say, and verifies what was signed.
    pub(in crate::alg) fn check_signatures<C: NamedCurve>(
        kind: &Ecdsa<C>,
        private: &str,
        public: &str,
        rows: &[(&str, &str, &str, &str)],
    ) {
        let point = hex::decode(public).unwrap();
        let scalar = hex::decode(private).unwrap();
        let key = private_key(kind, &private_der(&scalar, None, Some(&point))).unwrap();
        let key = key.signing().unwrap();
        assert_eq!(key.public_key(), spki::<C>(&point));
        for (digest, message, r, s) in rows {
            let scheme = key.scheme(digest::by_name(digest), false).unwrap();
            let expected = signature(&hex::decode(r).unwrap(), &hex::decode(s).unwrap());
            let found = key.sign(&scheme, message.as_bytes(), &mut UnwrapErr(SysRng)).unwrap();
            assert_eq!(hex::encode(&found), hex::encode(&expected), "{digest} {message}");
            alg::verify(key.public_key(), &scheme, message.as_bytes(), &found).unwrap();
            let changed = alg::verify(key.public_key(), &scheme, b"Sample", &found).unwrap_err();
            assert_eq!(changed.code(), "verify.signature-invalid");
        }
    }

    const SCALAR: [u8; 32] = [7; 32];

    fn key() -> Box<dyn SecretKey> {
        private_key(&P256, &private_der(&SCALAR, None, None)).unwrap()
    }

    fn point() -> VerifyingKey<NistP256> {
        *::ecdsa::SigningKey::<NistP256>::from_slice(&SCALAR).unwrap().verifying_key()
    }

    #[test]
    fn private_keys() {
        let point = point();
        let uncompressed = point.to_sec1_point(false);
        let compressed = point.to_sec1_point(true);
        let other = ::ecdsa::SigningKey::<NistP256>::from_slice(&[8; 32]).unwrap();
        let other = other.verifying_key().to_sec1_point(false);
        let order = hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").unwrap();
        let p256 = EcParameters::NamedCurve(<NistP256 as AssociatedOid>::OID);
        let p384 = EcParameters::NamedCurve(<p384::NistP384 as AssociatedOid>::OID);
        type Row<'a> = (&'a [u8], Option<EcParameters>, Option<&'a [u8]>, Result<(), &'static str>);
        let rows: [Row<'_>; 9] = [
            (&SCALAR, None, None, Ok(())),
            (&SCALAR, Some(p256), Some(uncompressed.as_bytes()), Ok(())),
            (&SCALAR, None, Some(compressed.as_bytes()), Ok(())),
            (&SCALAR, Some(p384), None, Err("key.unreadable")),
            (&SCALAR, None, Some(other.as_bytes()), Err("key.unreadable")),
            (&[0; 32], None, None, Err("key.unreadable")),
            (&order, None, None, Err("key.unreadable")),
            (&[7; 33], None, None, Err("key.unreadable")),
            (&[], None, None, Err("key.unreadable")),
        ];
        for (scalar, parameters, public_key, expected) in rows {
            let found = private_key(&P256, &private_der(scalar, parameters, public_key));
            assert_eq!(found.map(|_| ()).map_err(|error| error.code()), expected, "{scalar:02x?}");
        }
    }

    #[test]
    fn points() {
        let message = b"points";
        let signature = key().signing().unwrap().sign(&Scheme::Ecdsa(SHA256), message, &mut UnwrapErr(SysRng)).unwrap();
        let good = point().to_sec1_point(false).as_bytes().to_vec();
        let compressed = point().to_sec1_point(true).as_bytes().to_vec();
        let with_form = |form: u8, octets: &[u8]| [&[form], &octets[1..]].concat();
        let rows = [
            (good.clone(), Ok(())),
            (compressed.clone(), Ok(())),
            // The hybrid form, the compact form, the point at infinity, nothing.
            (with_form(6, &good), Err("certificate.public-key")),
            (with_form(7, &good), Err("certificate.public-key")),
            (with_form(5, &compressed), Err("certificate.public-key")),
            (vec![0], Err("certificate.public-key")),
            (vec![], Err("certificate.public-key")),
            // Not on the curve; cut short.
            (with_form(4, &[&good[..64], &[good[64] ^ 1]].concat()), Err("certificate.public-key")),
            (good[..64].to_vec(), Err("certificate.public-key")),
            // The other point with this x.
            (with_form(compressed[0] ^ 1, &compressed), Err("verify.signature-invalid")),
        ];
        for (point, expected) in rows {
            let found = alg::verify(&spki::<NistP256>(&point), &Scheme::Ecdsa(SHA256), message, &signature);
            assert_eq!(found.map(|_| ()).map_err(|error| error.code()), expected, "{point:02x?}");
        }
    }

    // P13: curves that are written out, or that are not ours, are no keys.
    #[test]
    fn p13_other_curves() {
        let curves = [
            // A SEQUENCE with an INTEGER, absent, P-521, P-192.
            (Some(AnyRef::new(der::Tag::Sequence, &[2, 1, 1]).unwrap()), "written out"),
            (None, "1.2.840.10045.2.1"),
            (Some(AnyRef::new(der::Tag::ObjectIdentifier, &[0x2b, 0x81, 0x04, 0x00, 0x23]).unwrap()), "1.3.132.0.35"),
            (
                Some(
                    AnyRef::new(der::Tag::ObjectIdentifier, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01]).unwrap(),
                ),
                "1.2.840.10045.3.1.1",
            ),
        ];
        let point = point().to_sec1_point(false);
        let subject_public_key = BitStringRef::new(0, point.as_bytes()).unwrap();
        for (parameters, detail) in curves {
            let algorithm = AlgorithmIdentifierRef { oid: KEY_OID, parameters };
            let key = SubjectPublicKeyInfoRef { algorithm, subject_public_key };
            let error = alg::key_algorithm(&key).map(|kind| kind.name()).unwrap_err();
            assert_eq!(error.code(), "algorithm.unsupported");
            assert!(error.to_string().contains(detail), "{error}");
        }
    }

    #[test]
    fn schemes_that_do_not_fit() {
        let key = key();
        let key = key.signing().unwrap();
        assert_eq!(key.scheme(None, false), Ok(Scheme::Ecdsa(SHA256)));
        assert_eq!(key.scheme(Some(SHA512), false), Ok(Scheme::Ecdsa(SHA512)));
        assert_eq!(key.scheme(None, true).unwrap_err().code(), "sign.digest");
        let rng = &mut UnwrapErr(SysRng);
        for scheme in [Scheme::RsaPkcs1(SHA256), Scheme::RsaPss(Pss::new(SHA384)), Scheme::Ed25519] {
            assert_eq!(key.sign(&scheme, b"", rng).unwrap_err().code(), "sign.failed");
            let error = alg::verify(key.public_key(), &scheme, b"", &[]).unwrap_err();
            assert_eq!(error.code(), "verify.signature-invalid");
        }
    }

    // A digest shorter than half the field is not a reason to fail: bits2int pads it (RFC 6979 section 2.3.2).
    #[test]
    fn short_digest_with_a_large_curve() {
        let key = private_key(&P384, &private_der(&[7; 48], None, None)).unwrap();
        let key = key.signing().unwrap();
        let scheme = Scheme::Ecdsa(SHA1);
        let signature = key.sign(&scheme, b"short", &mut UnwrapErr(SysRng)).unwrap();
        alg::verify(key.public_key(), &scheme, b"short", &signature).unwrap();
    }

    // K3: the key does not show in Debug.
    #[test]
    fn k3_debug_is_redacted() {
        assert_eq!(format!("{:?}", key()), "P-256 { .. }");
    }
}
