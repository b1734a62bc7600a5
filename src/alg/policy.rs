//! Which algorithms are accepted (RFC 8551 sections 2.1, 2.2, 4 and appendix B).
//!
//! SHA-1 and RSA below 2048 bits are refused, or, where old equipment is to be read, accepted and named.
//! RSA below 1024 bits is refused always: everybody can factor it.

use std::fmt;

use crate::alg::{self, Digest, Scheme, SigningKey, rsa};
use crate::error::{Condition, Error};

/// A reason to trust a signature less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// A digest for which collisions can be made, by its name.
    Digest(&'static str),
    /// An RSA key of this many bits.
    RsaKey(usize),
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

fn weak_digest(digest: &dyn Digest) -> Option<Weakness> {
    digest.is_weak().then(|| Weakness::Digest(digest.name()))
}

fn refusal(weakness: Weakness) -> Error {
    Error::new(Condition::WeakAlgorithm).detail(weakness.to_string())
}

const RSA_BITS: usize = 2048;
const RSA_LEGACY_BITS: usize = 1024;
