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
use crate::alg::generation::private_key_info;
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

    #[inline(never)]
    fn generate(&self, _bits: usize, rng: &mut dyn CryptoRng) -> Result<Zeroizing<Vec<u8>>, Error> {
        // CurvePrivateKey ::= OCTET STRING (RFC 8410 section 7).
        let mut octets = Zeroizing::new([0; 34]);
        let (header, scalar) = octets.split_at_mut(WRAPPING.len());
        header.copy_from_slice(WRAPPING);
        rng.fill_bytes(scalar);
        private_key_info(AlgorithmIdentifierRef { oid: rfc8410::ID_X_25519, parameters: None }, octets.as_slice())
    }
}

impl KeyAgreement for X25519 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn matches(&self, algorithm: &AlgorithmIdentifierRef<'_>) -> bool {
        KeyAlgorithm::matches(self, algorithm)
    }

    fn may_be(&self, originator_algorithm: &AlgorithmIdentifierRef<'_>, _originator_public_key: &[u8]) -> bool {
        originator_algorithm.oid == rfc8410::ID_X_25519
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

/// The name users read.
pub const NAME: &str = "X25519";
const BITS: usize = 255;
/// The tag and the length of an OCTET STRING of 32 octets.
const WRAPPING: &[u8] = &[0x04, 0x20];

#[cfg(test)]
mod tests {
    use der::Decode;
    use der::asn1::{AnyRef, BitStringRef, OctetStringRef};
    use getrandom::SysRng;
    use rand_core::UnwrapErr;

    use super::*;
    use crate::alg::{self, key_agreement};

    const ALGORITHM: AlgorithmIdentifierRef<'_> = AlgorithmIdentifierRef { oid: rfc8410::ID_X_25519, parameters: None };

    fn private_key(secret: &[u8], public: Option<&[u8]>) -> Result<Box<dyn SecretKey>, Error> {
        let mut key = PrivateKeyInfoRef::new(ALGORITHM, OctetStringRef::new(secret).unwrap());
        key.public_key = public.map(|octets| BitStringRef::new(0, octets).unwrap());
        alg::private_key(&key)
    }

    fn spki(octets: &[u8]) -> Vec<u8> {
        originator(ALGORITHM, octets)
    }

    fn wrapped(octets: &[u8]) -> Vec<u8> {
        [WRAPPING, octets].concat()
    }

    // RFC 7748 section 6.1.
    const ALICE: &str = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
    const ALICE_PUBLIC: &str = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
    const BOB: &str = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
    const BOB_PUBLIC: &str = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
    const SECRET: &str = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";

    #[test]
    fn known_answers() {
        for (private, public, peer) in [(ALICE, ALICE_PUBLIC, BOB_PUBLIC), (BOB, BOB_PUBLIC, ALICE_PUBLIC)] {
            let [private, public, peer] = [private, public, peer].map(|text| hex::decode(text).unwrap());
            let key = private_key(&wrapped(&private), Some(&public)).unwrap();
            assert_eq!(key.public_key(), spki(&public));
            for octets in [peer.clone(), wrapped(&peer)] {
                let found = key.agreement().unwrap().agree(&ALGORITHM, &octets).unwrap();
                assert_eq!(hex::encode(found.as_bytes()), SECRET);
                assert_eq!(is_wrapped(&octets), octets.len() == 34);
            }
        }
    }

    #[test]
    fn sender_and_recipient_agree() {
        let rng = &mut UnwrapErr(SysRng);
        let key = private_key(&wrapped(&hex::decode(ALICE).unwrap()), None).unwrap();
        let recipient = SubjectPublicKeyInfoRef::from_der(key.public_key()).unwrap();
        let kind = key_agreement(&recipient).unwrap();
        assert_eq!((kind.name(), kind.is_montgomery()), ("X25519", true));
        let sent = kind.ephemeral(&recipient, rng).unwrap();
        assert!(hex::encode(&sent.originator).starts_with("302a300506032b656e032100"));
        let sender = SubjectPublicKeyInfoRef::from_der(&sent.originator).unwrap();
        let octets = sender.subject_public_key.raw_bytes();
        let found = key.agreement().unwrap().agree(&sender.algorithm, octets).unwrap();
        assert_eq!(found.as_bytes(), sent.secret.as_bytes());

        // A recipient of small order, and keys that are none.
        let zero = spki(&[0; 32]);
        let zero = SubjectPublicKeyInfoRef::from_der(&zero).unwrap();
        assert_eq!(kind.ephemeral(&zero, rng).unwrap_err().code(), "encrypt.failed");
        let short = spki(&[9; 31]);
        let short = SubjectPublicKeyInfoRef::from_der(&short).unwrap();
        assert_eq!(kind.ephemeral(&short, rng).unwrap_err().code(), "certificate.public-key");
        let algorithm = AlgorithmIdentifierRef { parameters: Some(AnyRef::NULL), ..ALGORITHM };
        let with_null = SubjectPublicKeyInfoRef { algorithm, ..recipient };
        assert_eq!(kind.ephemeral(&with_null, rng).unwrap_err().code(), "certificate.public-key");
    }

    #[test]
    fn originators() {
        let key = private_key(&wrapped(&[7; 32]), None).unwrap();
        let good = hex::decode(BOB_PUBLIC).unwrap();
        let one = [&[1][..], &[0; 31]].concat();
        // p - 1, of order 4 on the twist.
        let minus_one = [&[0xEC][..], &[0xFF; 30], &[0x7F]].concat();
        let small = Err("it is of small order, and would leave nothing secret");
        let length = Err("an X25519 key that has not 32 octets");
        let null = AlgorithmIdentifierRef { parameters: Some(AnyRef::NULL), ..ALGORITHM };
        let curve = AnyRef::new(der::Tag::Sequence, &[]).unwrap();
        let curve = AlgorithmIdentifierRef { parameters: Some(curve), ..ALGORITHM };
        let ec = AlgorithmIdentifierRef { oid: alg::ecdsa::KEY_OID, parameters: None };
        let rows: [(AlgorithmIdentifierRef<'_>, &[u8], Result<(), &str>); 12] = [
            (ALGORITHM, &good, Ok(())),
            (null, &good, Ok(())),
            (ALGORITHM, &wrapped(&good), Ok(())),
            (ALGORITHM, &[0; 32], small),
            (ALGORITHM, &one, small),
            (ALGORITHM, &minus_one, small),
            (ALGORITHM, &wrapped(&[0; 32]), small),
            (ALGORITHM, &good[1..], length),
            (ALGORITHM, &wrapped(&good[1..]), length),
            (ALGORITHM, b"", length),
            (curve, &good, Err("an X25519 key with parameters")),
            (ec, &good, Err("it is not an X25519 key")),
        ];
        for (algorithm, octets, expected) in rows {
            let found = key.agreement().unwrap().agree(&algorithm, octets).map(|_| ());
            assert_eq!(found, expected.map_err(malformed_originator), "{}", hex::encode(octets));
        }
    }

    #[test]
    fn private_keys() {
        let [secret, public, other] = [ALICE, ALICE_PUBLIC, BOB_PUBLIC].map(|text| hex::decode(text).unwrap());
        type Row<'a> = (&'a [u8], Option<&'a [u8]>, Result<(), &'a str>);
        let rows: [Row<'_>; 7] = [
            (&wrapped(&secret), None, Ok(())),
            (&wrapped(&secret), Some(&public), Ok(())),
            (&wrapped(&secret), Some(&other), Err("key.unreadable")),
            (&wrapped(&secret), Some(&public[1..]), Err("key.unreadable")),
            (&secret, None, Err("key.unreadable")),
            (&wrapped(&secret[1..]), None, Err("key.unreadable")),
            (b"", None, Err("key.unreadable")),
        ];
        for (secret, public, expected) in rows {
            let found = private_key(secret, public).map(|_| ()).map_err(|error| error.code());
            assert_eq!(found, expected, "{}", hex::encode(secret));
        }
        let key = private_key(&wrapped(&secret), None).unwrap();
        assert!(key.signing().is_none() && key.transport().is_none());
        let kind = alg::public_key(key.public_key()).and_then(|key| alg::key_algorithm(&key)?.bits(&key));
        assert_eq!((key.bits(), kind), (255, Ok(255)));
        let error = alg::verify(key.public_key(), &Scheme::Ed25519, b"", &[0; 64]).unwrap_err();
        assert_eq!(error.code(), "verify.signature-invalid");
        // K3: the key does not show in Debug.
        assert_eq!(format!("{key:?}"), "X25519 { .. }");
    }
}
