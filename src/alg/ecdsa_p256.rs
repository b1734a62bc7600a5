//! ECDSA over P-256 (secp256r1), the signature that RFC 8591 section 4.1 requires.

use p256::NistP256;

use crate::alg::ecdsa::{Ecdsa, NamedCurve};

/// P-256 keys.
pub static P256: Ecdsa<NistP256> = Ecdsa::new();

impl NamedCurve for NistP256 {
    const NAME: &'static str = "P-256";
    const BITS: usize = 256;
}
