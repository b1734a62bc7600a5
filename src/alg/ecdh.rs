//! ECDH over P-256 and P-384 (RFC 5753 section 3.1, SEC 1 section 3.3).
//!
//! The cofactor of these curves is 1, so that the standard and the cofactor method are the same computation.
//! The sender's key names no curve or that of the recipient, and must be a point on it: a point elsewhere
//! gives away the private key piece by piece.

use std::marker::PhantomData;

use const_oid::AssociatedOid;
use der::asn1::ObjectIdentifier;
use p256::NistP256;
use p256::elliptic_curve::ecdh::diffie_hellman;
use p256::elliptic_curve::{Generate, NonZeroScalar, PublicKey};
use p384::NistP384;
use rand_core::CryptoRng;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use crate::alg::agreement::{AgreementKey, Ephemeral, KeyAgreement, SharedSecret, malformed_originator, originator};
use crate::alg::ecdsa::{KEY_OID, Key, NamedCurve, is_named, read_point, read_public};
use crate::alg::wipe;
use crate::error::Error;

/// Agreement on one curve.
pub struct Ecdh<C>(PhantomData<fn() -> C>);

/// ECDH over P-256.
pub static P256: Ecdh<NistP256> = Ecdh(PhantomData);

/// ECDH over P-384.
pub static P384: Ecdh<NistP384> = Ecdh(PhantomData);

impl<C: NamedCurve> KeyAgreement for Ecdh<C> {
    fn name(&self) -> &'static str {
        C::NAME
    }

    fn matches(&self, algorithm: &AlgorithmIdentifierRef<'_>) -> bool {
        is_named::<C>(algorithm)
    }

    fn ephemeral(&self, recipient: &SubjectPublicKeyInfoRef<'_>, rng: &mut dyn CryptoRng) -> Result<Ephemeral, Error> {
        let recipient = read_public::<C>(recipient)?;
        let ephemeral = ephemeral::<C>(recipient.as_affine(), rng);
        wipe::stack();
        Ok(ephemeral)
    }

    fn is_montgomery(&self) -> bool {
        false
    }
}

#[inline(never)]
fn ephemeral<C: NamedCurve>(recipient: &C::AffinePoint, rng: &mut dyn CryptoRng) -> Ephemeral {
    let private = zeroize::Zeroizing::new(NonZeroScalar::<C>::generate_from_rng(rng));
    let secret = diffie_hellman::<C>(*private, recipient);
    let point = ::ecdsa::VerifyingKey::<C>::from(PublicKey::from_secret_scalar(&private)).to_sec1_point(false);
    let algorithm = AlgorithmIdentifierRef { oid: KEY_OID, parameters: None };
    Ephemeral {
        originator: originator(algorithm, point.as_bytes()),
        secret: SharedSecret::new(secret.raw_secret_bytes()),
    }
}

impl<C: NamedCurve> AgreementKey for Key<C> {
    fn agree(
        &self,
        originator_algorithm: &AlgorithmIdentifierRef<'_>,
        originator_public_key: &[u8],
    ) -> Result<SharedSecret, Error> {
        check_algorithm::<C>(originator_algorithm)?;
        let point = read_point::<C>(originator_public_key)
            .ok_or_else(|| malformed_originator(format_args!("it is not a point of {}", C::NAME)))?;
        let secret = agree::<C>(self.scalar(), point.as_affine());
        wipe::stack();
        Ok(secret)
    }
}

#[inline(never)]
fn agree<C: NamedCurve>(private: &NonZeroScalar<C>, point: &C::AffinePoint) -> SharedSecret {
    SharedSecret::new(diffie_hellman::<C>(private, point).raw_secret_bytes())
}

/// Parameters are absent, or NULL, or the curve of the recipient (RFC 5753 section 7.1.2).
fn check_algorithm<C: NamedCurve>(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<(), Error> {
    if algorithm.oid != KEY_OID {
        return Err(malformed_originator("it is not an EC key"));
    }
    match algorithm.parameters {
        None => Ok(()),
        Some(parameters) if parameters.is_null() => Ok(()),
        Some(parameters) => match parameters.decode_as::<ObjectIdentifier>() {
            Ok(curve) if curve == <C as AssociatedOid>::OID => Ok(()),
            Ok(_) => Err(malformed_originator(format_args!("it is on another curve than {}", C::NAME))),
            Err(_) => Err(malformed_originator("it writes its curve out instead of naming it")),
        },
    }
}
