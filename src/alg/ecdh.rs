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
use zeroize::Zeroizing;

use crate::alg::agreement::{AgreementKey, Ephemeral, KeyAgreement, SharedSecret, malformed_originator, originator};
use crate::alg::ecdsa::{KEY_OID, Key, NamedCurve, is_named, read_point, read_public};
use crate::alg::wipe;
use crate::error::Error;

/// Agreement on one curve.
#[derive(Debug)]
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

    /// Without the name of a curve the length of the point tells, in either form.
    fn may_be(&self, originator_algorithm: &AlgorithmIdentifierRef<'_>, originator_public_key: &[u8]) -> bool {
        let coordinate = C::BITS.div_ceil(8);
        let curve = originator_algorithm.parameters.and_then(|found| found.decode_as::<ObjectIdentifier>().ok());
        originator_algorithm.oid == KEY_OID
            && match curve {
                Some(curve) => curve == <C as AssociatedOid>::OID,
                None => [1, 2].into_iter().any(|coordinates: usize| {
                    originator_public_key.len().checked_sub(1) == coordinate.checked_mul(coordinates)
                }),
            }
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
    let private = Zeroizing::new(NonZeroScalar::<C>::generate_from_rng(rng));
    let secret = diffie_hellman::<C>(&*private, recipient);
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
        // Every writer can write the uncompressed form (RFC 5753 section 7.2); with one form there is no choice.
        let point = read_point::<C>(originator_public_key)
            .filter(|_| originator_public_key.first() == Some(&4))
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

#[cfg(test)]
mod tests {
    use der::asn1::{AnyRef, BitStringRef, OctetStringRef};
    use der::{Decode, Encode};
    use getrandom::SysRng;
    use pkcs8::PrivateKeyInfoRef;
    use rand_core::UnwrapErr;
    use sec1::EcPrivateKey;

    use super::*;
    use crate::alg::{self, SecretKey, key_agreement};

    fn algorithm<C: NamedCurve>() -> AlgorithmIdentifierRef<'static> {
        AlgorithmIdentifierRef { oid: KEY_OID, parameters: Some(AnyRef::from(&<C as AssociatedOid>::OID)) }
    }

    fn private_key<C: NamedCurve>(scalar: &[u8]) -> Box<dyn SecretKey> {
        let der = EcPrivateKey { private_key: scalar, parameters: None, public_key: None }.to_der().unwrap();
        let key = PrivateKeyInfoRef::new(algorithm::<C>(), OctetStringRef::new(&der).unwrap());
        alg::private_key(&key).unwrap()
    }

    const ABSENT: AlgorithmIdentifierRef<'_> = AlgorithmIdentifierRef { oid: KEY_OID, parameters: None };

    // NIST CAVP, ECC CDH Primitive (SP 800-56A section 5.7.1.2), COUNT = 0: the peer's point, the key, the secret.
    #[test]
    fn known_answers() {
        fn check<C: NamedCurve>(point: &str, scalar: &str, expected: &str) {
            let [point, scalar] = [point, scalar].map(|text| hex::decode(text).unwrap());
            let key = private_key::<C>(&scalar);
            let found = key.agreement().unwrap().agree(&ABSENT, &point).unwrap();
            assert_eq!(hex::encode(found.as_bytes()), expected);
            let compressed = [&[2 | point.last().unwrap() & 1], &point[1..point.len() / 2 + 1]].concat();
            let error = key.agreement().unwrap().agree(&ABSENT, &compressed).unwrap_err();
            assert_eq!(error.code(), "decrypt.failed");
        }
        check::<NistP256>(
            "04700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287\
             db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac",
            "7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534",
            "46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b",
        );
        check::<NistP384>(
            "04a7c76b970c3b5fe8b05d2838ae04ab47697b9eaf52e764592efda27fe7513272734466b400091adbf2d68c58e0c50066\
             ac68f19f2e1cb879aed43a9969b91a0839c4c38a49749b661efedf243451915ed0905a32b060992b468c64766fc8437a",
            "3cc3122a68f0d95027ad38c067916ba0eb8c38894d22e1b15618b6818a661774ad463b205da88cf699ab4d43c9cf98a1",
            "5f9d29dc5e31a163060356213669c8ce132e22f57c9a04f40ba7fcead493b457e5621e766c40a2e3d4d6a04b25e533f1",
        );
    }

    #[test]
    fn sender_and_recipient_agree() {
        let rng = &mut UnwrapErr(SysRng);
        // The originator: a SEQUENCE, id-ecPublicKey without parameters, a BIT STRING, an uncompressed point.
        let rows = [
            (private_key::<NistP256>(&[7; 32]), "304f300906072a8648ce3d020103420004", "P-256"),
            (private_key::<NistP384>(&[7; 48]), "306f300906072a8648ce3d020103620004", "P-384"),
        ];
        for (key, front, name) in rows {
            let recipient = SubjectPublicKeyInfoRef::from_der(key.public_key()).unwrap();
            let kind = key_agreement(&recipient).unwrap();
            assert_eq!((kind.name(), kind.is_montgomery()), (name, false));
            let sent = kind.ephemeral(&recipient, rng).unwrap();
            assert!(hex::encode(&sent.originator).starts_with(front));
            let originator = SubjectPublicKeyInfoRef::from_der(&sent.originator).unwrap();
            let point = originator.subject_public_key.raw_bytes();
            let found = key.agreement().unwrap().agree(&originator.algorithm, point).unwrap();
            assert_eq!(found.as_bytes(), sent.secret.as_bytes());
            assert_ne!(kind.ephemeral(&recipient, rng).unwrap().originator, sent.originator);
            assert_eq!(format!("{:?}", sent.secret), "SharedSecret { .. }");
        }
    }

    // P13: what is no key on the curve of the recipient.
    #[test]
    fn p13_originators() {
        let key = private_key::<NistP256>(&[7; 32]);
        let other = private_key::<NistP256>(&[8; 32]);
        let point = SubjectPublicKeyInfoRef::from_der(other.public_key()).unwrap().subject_public_key.raw_bytes();
        let p384 = private_key::<NistP384>(&[8; 48]);
        let p384_point = SubjectPublicKeyInfoRef::from_der(p384.public_key()).unwrap().subject_public_key.raw_bytes();
        let with_form = |form: u8, octets: &[u8]| [&[form], &octets[1..]].concat();
        let off_curve = [&point[..64], &[point[64] ^ 1]].concat();
        let compressed = with_form(2 | point[64] & 1, &point[..33]);
        // An x-coordinate with no point: the square of the other coordinate is none.
        let no_point = hex::decode("020000000000000000000000000000000000000000000000000000000000000001").unwrap();
        let null = AlgorithmIdentifierRef { parameters: Some(AnyRef::NULL), ..ABSENT };
        let explicit =
            AlgorithmIdentifierRef { parameters: Some(AnyRef::new(der::Tag::Sequence, &[2, 1, 1]).unwrap()), ..ABSENT };
        let ed25519 = AlgorithmIdentifierRef { oid: const_oid::db::rfc8410::ID_ED_25519, parameters: None };
        let rows: [(AlgorithmIdentifierRef<'_>, &[u8], Result<(), &str>); 18] = [
            (ABSENT, point, Ok(())),
            (null, point, Ok(())),
            (algorithm::<NistP256>(), point, Ok(())),
            (ABSENT, &compressed, Err("it is not a point of P-256")),
            (algorithm::<NistP384>(), point, Err("it is on another curve than P-256")),
            (algorithm::<NistP384>(), p384_point, Err("it is on another curve than P-256")),
            (explicit, point, Err("it writes its curve out instead of naming it")),
            (ed25519, point, Err("it is not an EC key")),
            (ABSENT, p384_point, Err("it is not a point of P-256")),
            (ABSENT, &off_curve, Err("it is not a point of P-256")),
            // The hybrid forms, the compact form, infinity, nothing.
            (ABSENT, &with_form(6, point), Err("it is not a point of P-256")),
            (ABSENT, &with_form(7, point), Err("it is not a point of P-256")),
            (ABSENT, &with_form(5, &compressed), Err("it is not a point of P-256")),
            (ABSENT, &[0], Err("it is not a point of P-256")),
            (ABSENT, &[], Err("it is not a point of P-256")),
            // Too short, too long, no point with this x-coordinate.
            (ABSENT, &point[..64], Err("it is not a point of P-256")),
            (ABSENT, &[point, &[0]].concat(), Err("it is not a point of P-256")),
            (ABSENT, &no_point, Err("it is not a point of P-256")),
        ];
        for (algorithm, octets, expected) in rows {
            let found = key.agreement().unwrap().agree(&algorithm, octets).map(|_| ());
            let expected = expected.map_err(malformed_originator);
            assert_eq!(found, expected, "{}", hex::encode(octets));
        }
    }

    // A key alone is for what may be of its kind: which curve is named, or else how long the point is.
    #[test]
    fn originators_of_each_kind() {
        let null = AlgorithmIdentifierRef { parameters: Some(AnyRef::NULL), ..ABSENT };
        let x25519 = AlgorithmIdentifierRef { oid: const_oid::db::rfc8410::ID_X_25519, parameters: None };
        let rows = [
            (algorithm::<NistP256>(), 65, "P-256"),
            (algorithm::<NistP256>(), 97, "P-256"),
            (algorithm::<NistP384>(), 65, "P-384"),
            (ABSENT, 65, "P-256"),
            (ABSENT, 33, "P-256"),
            (ABSENT, 97, "P-384"),
            (null, 49, "P-384"),
            (null, 65, "P-256"),
            (ABSENT, 133, ""),
            (ABSENT, 0, ""),
            (x25519, 65, "X25519"),
        ];
        for (algorithm, length, expected) in rows {
            let kinds = alg::agreement::KEY_AGREEMENTS.iter().filter(|kind| kind.may_be(&algorithm, &vec![4; length]));
            assert_eq!(kinds.map(|kind| kind.name()).collect::<String>(), expected, "{algorithm:?}, {length} octets");
        }
    }

    #[test]
    fn recipients() {
        let rng = &mut UnwrapErr(SysRng);
        let subject_public_key = BitStringRef::new(0, &[4; 65]).unwrap();
        let key = SubjectPublicKeyInfoRef { algorithm: algorithm::<NistP256>(), subject_public_key };
        assert_eq!(P256.ephemeral(&key, rng).unwrap_err().code(), "certificate.public-key");
        let rsa = SubjectPublicKeyInfoRef { algorithm: alg::rsa::tests::PLAIN, subject_public_key };
        assert!(key_agreement(&rsa).is_none());
    }
}
