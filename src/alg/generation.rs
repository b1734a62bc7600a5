//! New private keys: which kinds can be made, under the names that users give them.
//!
//! What is made is a PrivateKeyInfo (RFC 5958 section 2) in DER, as a file holds it; it is read back as any other key
//! is. RSA keys that are too weak to sign with are not on the list.

use der::Encode;
use der::asn1::OctetStringRef;
use pkcs8::PrivateKeyInfoRef;
use rand_core::CryptoRng;
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use crate::alg::{KeyAlgorithm, ecdsa_p256, ecdsa_p384, ed25519, rsa, wipe, x25519};
use crate::error::{Condition, Error};

/// A kind of key that can be made. Every one is a line of [`NEW_KEYS`].
pub struct NewKey {
    /// The name users give: `p256`, `rsa2048`.
    pub name: &'static str,
    algorithm: &'static dyn KeyAlgorithm,
    bits: usize,
}

impl NewKey {
    /// The kind with a name.
    pub fn by_name(name: &str) -> Option<&'static NewKey> {
        NEW_KEYS.iter().find(|kind| kind.name == name)
    }

    /// The name of the algorithm: `P-256`, `RSA`.
    pub fn algorithm(&self) -> &'static str {
        self.algorithm.name()
    }

    /// Whether such keys sign. The others only agree, and so cannot make a certificate or a request of their own.
    pub fn signs(&self) -> bool {
        self.algorithm() != x25519::NAME
    }

    /// Whether it is an RSA key.
    pub fn is_rsa(&self) -> bool {
        self.algorithm() == rsa::NAME
    }

    /// Makes a key: PrivateKeyInfo in DER.
    ///
    /// # Errors
    /// `issue.failed`.
    pub fn generate(&self, rng: &mut dyn CryptoRng) -> Result<Zeroizing<Vec<u8>>, Error> {
        let key = self.algorithm.generate(self.bits, rng);
        wipe::stack();
        key
    }
}

impl std::fmt::Debug for NewKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// The PrivateKeyInfo of what is inside.
pub(super) fn private_key_info(
    algorithm: AlgorithmIdentifierRef<'_>,
    octets: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    OctetStringRef::new(octets)
        .and_then(|octets| PrivateKeyInfoRef::new(algorithm, octets).to_der())
        .map(Zeroizing::new)
        .map_err(failed)
}

pub(super) fn failed(error: impl std::fmt::Display) -> Error {
    Error::new(Condition::IssueFailed).detail(format!("a new key: {error}"))
}

/// Every kind of key that can be made. The first is what is made unless another is asked for (RFC 8591 section 4.1).
pub static NEW_KEYS: &[NewKey] = &[
    NewKey { name: "p256", algorithm: &ecdsa_p256::P256, bits: 256 },
    NewKey { name: "p384", algorithm: &ecdsa_p384::P384, bits: 384 },
    NewKey { name: "ed25519", algorithm: &ed25519::Ed25519, bits: 256 },
    NewKey { name: "x25519", algorithm: &x25519::X25519, bits: 255 },
    NewKey { name: "rsa2048", algorithm: &rsa::Rsa, bits: 2048 },
    NewKey { name: "rsa3072", algorithm: &rsa::Rsa, bits: 3072 },
    NewKey { name: "rsa4096", algorithm: &rsa::Rsa, bits: 4096 },
];

/// RSA with 1024 bits, for certificates that are to be refused. Nobody can ask for it by name.
pub static RSA_1024: NewKey = NewKey { name: "rsa1024", algorithm: &rsa::Rsa, bits: 1024 };

#[cfg(test)]
mod tests {
    use der::Decode;
    use getrandom::SysRng;
    use rand_core::UnwrapErr;

    use super::*;
    use crate::alg;

    // GEN-08: a key of each kind is read back as what it is, signs if it can, and is never the same twice.
    #[test]
    fn gen_08_new_keys_are_read_back() {
        let rng = &mut UnwrapErr(SysRng);
        for kind in NEW_KEYS.iter().filter(|kind| kind.bits <= 2048) {
            let made = kind.generate(rng).unwrap();
            assert_ne!(*made, *kind.generate(rng).unwrap(), "{}", kind.name);
            let key = alg::private_key(&PrivateKeyInfoRef::from_der(&made).unwrap()).unwrap();
            assert_eq!((key.name(), key.bits()), (kind.algorithm(), kind.bits), "{}", kind.name);
            assert_eq!(key.signing().is_some(), kind.signs(), "{}", kind.name);
            assert_eq!(key.transport().is_some(), kind.is_rsa(), "{}", kind.name);
            if let Some(signing) = key.signing() {
                let scheme = signing.scheme(None, false).unwrap();
                let signature = signing.sign(&scheme, b"message", rng).unwrap();
                assert!(alg::verify(key.public_key(), &scheme, b"message", &signature).is_ok(), "{}", kind.name);
            }
        }
    }

    // GEN-09: nothing below 2048 bits.
    #[test]
    fn gen_09_no_weak_rsa_key_can_be_named() {
        assert!(NEW_KEYS.iter().all(|kind| !kind.is_rsa() || kind.bits >= 2048));
        assert!(NewKey::by_name("rsa1024").is_none() && NewKey::by_name("rsa3072").is_some());
    }
}
