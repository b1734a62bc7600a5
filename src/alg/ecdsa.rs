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
use der::Decode;
use der::asn1::ObjectIdentifier;
use p256::elliptic_curve::array::ArraySize;
use p256::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use p256::elliptic_curve::{CurveArithmetic, SecretKey};
use pkcs8::PrivateKeyInfoRef;
use rand_core::CryptoRng;
use sec1::{EcParameters, EcPrivateKey};
use signature::hazmat::PrehashVerifier;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use crate::alg::digest::{SHA256, with_hash_type};
use crate::alg::{
    Digest, KeyAlgorithm, Scheme, SignatureValid, SigningKey, boxed, cannot_sign, invalid_signature,
    malformed_private_key, malformed_public_key, misfit, pss_misfit, public_key_octets, public_key_of,
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
        let curve = algorithm.parameters.and_then(|parameters| parameters.decode_as::<ObjectIdentifier>().ok());
        algorithm.oid == KEY_OID && curve == Some(C::OID)
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

    fn private_key(&self, key: &PrivateKeyInfoRef<'_>) -> Option<Result<Box<dyn SigningKey>, Error>> {
        self.matches(&key.algorithm).then(|| Key::<C>::read(key).map(boxed))
    }
}

struct Key<C: NamedCurve> {
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
            SecretKey::<C>::from_slice(read.private_key).map_err(|_| malformed("its number is out of range"))?;
        let private = ::ecdsa::SigningKey::<C>::from(secret);
        let stated = [read.public_key, key.public_key.and_then(|key| key.as_bytes())];
        if stated.into_iter().flatten().any(|stated| !is_point(private.verifying_key(), stated)) {
            return Err(malformed("its public key belongs to another private key"));
        }
        let public_key = public_key_of(key, private.verifying_key().to_sec1_point(false).as_bytes())?;
        Ok(Key { private, public_key })
    }
}

impl<C: NamedCurve> SigningKey for Key<C> {
    fn name(&self) -> &'static str {
        C::NAME
    }

    fn bits(&self) -> usize {
        C::BITS
    }

    fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    fn scheme(&self, digest: Option<&'static dyn Digest>, pss: bool) -> Result<Scheme, Error> {
        if pss {
            return Err(pss_misfit(C::NAME));
        }
        Ok(Scheme::Ecdsa(digest.unwrap_or(SHA256)))
    }

    fn sign(&self, scheme: &Scheme, message: &[u8], _rng: &mut dyn CryptoRng) -> Result<Vec<u8>, Error> {
        let Scheme::Ecdsa(digest) = scheme else {
            return Err(cannot_sign(C::NAME, scheme));
        };
        let hash = digest.digest(&[message]);
        let scalar = self.private.as_nonzero_scalar();
        let (signature, _) = with_hash_type!(digest, Hash => sign_prehashed_rfc6979::<C, Hash>(scalar, &hash, &[]));
        Ok(signature.to_der().as_bytes().to_vec())
    }
}

impl<C: NamedCurve> fmt::Debug for Key<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(C::NAME).finish_non_exhaustive()
    }
}

fn read_public<C: NamedCurve>(key: &SubjectPublicKeyInfoRef<'_>) -> Result<VerifyingKey<C>, Error> {
    let octets = public_key_octets(key)?;
    read_point(octets).ok_or_else(|| malformed_public_key(format!("it is not a point of {}", C::NAME)))
}

/// A point, uncompressed or compressed (RFC 5480 section 2.2); the hybrid form is deprecated, and the other
/// forms that the crate reads are none of that RFC.
fn read_point<C: NamedCurve>(octets: &[u8]) -> Option<VerifyingKey<C>> {
    match octets.first() {
        Some(2..=4) => VerifyingKey::from_sec1_bytes(octets).ok(),
        _ => None,
    }
}

fn is_point<C: NamedCurve>(key: &VerifyingKey<C>, octets: &[u8]) -> bool {
    [false, true].into_iter().any(|compress| key.to_sec1_point(compress).as_bytes() == octets)
}
