//! Which algorithms are accepted (RFC 8551 sections 2.1, 2.2, 4 and appendix B).
//!
//! SHA-1 and RSA below 2048 bits are refused, or, where old equipment is to be read, accepted and named.
//! RSA below 1024 bits is refused always: everybody can factor it.

use std::fmt;

use crate::alg::{self, Digest, Scheme, SecretKey, SigningKey, rsa};
use crate::error::{Condition, Error};

/// A reason to trust a signature less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// A digest for which collisions can be made, by its name.
    Digest(&'static str),
    /// An RSA key of this many bits.
    RsaKey(usize),
}

impl Weakness {
    /// The name of the finding.
    pub fn finding(self) -> &'static str {
        match self {
            Weakness::Digest(_) => "WEAK-ALG",
            Weakness::RsaKey(_) => "WEAK-KEY",
        }
    }
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Weakness::Digest(name) => write!(f, "the digest {name}"),
            Weakness::RsaKey(bits) => write!(f, "an RSA key of {bits} bits"),
        }
    }
}

/// How strong signatures must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// SHA-2, and RSA from 2048 bits on.
    Current,
    /// SHA-1 and RSA from 1024 bits on, too.
    Legacy,
}

impl Strength {
    /// Judges the key and the scheme of a signature before it is verified. Returns what is weak but accepted.
    ///
    /// # Errors
    /// `verify.weak-algorithm`; `certificate.public-key` or `algorithm.unsupported` about the key.
    pub fn check(self, spki: &[u8], scheme: &Scheme) -> Result<Vec<Weakness>, Error> {
        let key = alg::public_key(spki)?;
        let kind = alg::key_algorithm(&key)?;
        let mut weaknesses = Vec::new();
        if kind.name() == rsa::NAME {
            let bits = kind.bits(&key)?;
            if bits < RSA_LEGACY_BITS {
                return Err(refusal(Weakness::RsaKey(bits)).hinting("nothing makes such a key acceptable"));
            }
            if bits < RSA_BITS {
                weaknesses.push(Weakness::RsaKey(bits));
            }
        }
        weaknesses.extend(weak_digest(scheme.digest()));
        self.accept(weaknesses)
    }

    /// Judges a digest alone: that of the content of a CMS object.
    ///
    /// # Errors
    /// `verify.weak-algorithm`.
    pub fn check_digest(self, digest: &dyn Digest) -> Result<Vec<Weakness>, Error> {
        self.accept(weak_digest(digest).into_iter().collect())
    }

    fn accept(self, weaknesses: Vec<Weakness>) -> Result<Vec<Weakness>, Error> {
        match (self, weaknesses.first()) {
            (Strength::Current, Some(weakness)) => Err(refusal(*weakness)),
            _ => Ok(weaknesses),
        }
    }
}

/// Makes sure that a key is strong enough to sign with (SGN-14).
///
/// # Errors
/// `sign.weak-key`.
pub fn check_signing(key: &dyn SigningKey) -> Result<(), Error> {
    if key.name() == rsa::NAME && key.bits() < RSA_BITS {
        return Err(Error::new(Condition::SignWeakKey).detail(Weakness::RsaKey(key.bits()).to_string()));
    }
    Ok(())
}

/// Makes sure that a key is strong enough to encrypt to.
///
/// # Errors
/// `encrypt.weak-key`; `certificate.public-key` or `algorithm.unsupported` about the key.
pub fn check_recipient_key(spki: &[u8]) -> Result<(), Error> {
    let key = alg::public_key(spki)?;
    let kind = alg::key_algorithm(&key)?;
    let bits = kind.bits(&key)?;
    if kind.name() == rsa::NAME && bits < RSA_BITS {
        return Err(Error::new(Condition::RecipientWeakKey).detail(Weakness::RsaKey(bits).to_string()));
    }
    Ok(())
}

/// What is weak about a private key that opens messages, if anything is.
pub fn weak_key(key: &dyn SecretKey) -> Option<Weakness> {
    (key.name() == rsa::NAME && key.bits() < RSA_BITS).then(|| Weakness::RsaKey(key.bits()))
}

fn weak_digest(digest: &dyn Digest) -> Option<Weakness> {
    digest.is_weak().then(|| Weakness::Digest(digest.name()))
}

fn refusal(weakness: Weakness) -> Error {
    Error::new(Condition::WeakAlgorithm).named(weakness.finding()).detail(weakness.to_string())
}

const RSA_BITS: usize = 2048;
const RSA_LEGACY_BITS: usize = 1024;

#[cfg(test)]
mod tests {
    use der::asn1::OctetStringRef;
    use pkcs8::PrivateKeyInfoRef;

    use super::*;
    use crate::alg::digest::{SHA1, SHA224, SHA256};
    use crate::alg::rsa::tests::spki;

    // C10, VFY-08: weak algorithms are refused, or accepted and named; RSA below 1024 is refused always.
    #[test]
    fn c10_weak_algorithms() {
        let (weak, digest) = (Err("verify.weak-algorithm"), Weakness::Digest("sha1"));
        // Bits of the key, digest, verdict as of now, verdict for legacy.
        type Verdict = Result<Vec<Weakness>, &'static str>;
        let rows: [(usize, &'static dyn Digest, Verdict, Verdict); 8] = [
            (2048, SHA256, Ok(vec![]), Ok(vec![])),
            (2048, SHA224, Ok(vec![]), Ok(vec![])),
            (2048, SHA1, weak.clone(), Ok(vec![digest])),
            (2047, SHA256, weak.clone(), Ok(vec![Weakness::RsaKey(2047)])),
            (1024, SHA256, weak.clone(), Ok(vec![Weakness::RsaKey(1024)])),
            (1024, SHA1, weak.clone(), Ok(vec![Weakness::RsaKey(1024), digest])),
            (1023, SHA256, weak.clone(), weak.clone()),
            (512, SHA1, weak.clone(), weak.clone()),
        ];
        for (bits, digest, current, legacy) in rows {
            let scheme = Scheme::RsaPkcs1(digest);
            for (strength, expected) in [(Strength::Current, current), (Strength::Legacy, legacy)] {
                let found = strength.check(&spki(bits, &[1, 0, 1]), &scheme);
                assert_eq!(found.map_err(|error| error.code()), expected, "{bits} {}", digest.name());
            }
        }
        assert_eq!(Strength::Current.check_digest(SHA256), Ok(vec![]));
        assert_eq!(Strength::Current.check_digest(SHA1).unwrap_err().code(), "verify.weak-algorithm");
        assert_eq!(Strength::Legacy.check_digest(SHA1), Ok(vec![digest]));
    }

    #[test]
    fn weak_recipients() {
        for (bits, expected) in [(1024, Err("encrypt.weak-key")), (2047, Err("encrypt.weak-key")), (2048, Ok(()))] {
            let found = check_recipient_key(&spki(bits, &[1, 0, 1])).map_err(|error| error.code());
            assert_eq!(found, expected, "{bits}");
        }
        let error = check_recipient_key(&spki(2047, &[1, 0, 1])).unwrap_err();
        assert!(error.to_string().ends_with(": an RSA key of 2047 bits"), "{error}");
        assert_eq!(check_recipient_key(b"").unwrap_err().code(), "certificate.public-key");
    }

    // SGN-14.
    #[test]
    fn weak_keys_do_not_sign() {
        let strong = include_bytes!("../../testdata/keys/alice-rsa2048.pkcs1.der");
        let weak = include_bytes!("../../testdata/keys/bad/rsa1024.key");
        let (_, weak) = pem_rfc7468::decode_vec(weak).unwrap();
        let weak = alg::private_key(&PrivateKeyInfoRef::try_from(&weak[..]).unwrap()).unwrap();
        assert_eq!(check_signing(weak.signing().unwrap()).unwrap_err().code(), "sign.weak-key");
        let strong = OctetStringRef::new(strong).unwrap();
        let strong = alg::private_key(&PrivateKeyInfoRef::new(rsa::tests::PLAIN, strong)).unwrap();
        assert_eq!(check_signing(strong.signing().unwrap()), Ok(()));
    }
}
