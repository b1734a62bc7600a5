//! ECDSA over P-384 (secp384r1), which RFC 5753 section 7 recommends beside P-256.

use p384::NistP384;

use crate::alg::ecdsa::{Ecdsa, NamedCurve};

/// P-384 keys.
pub static P384: Ecdsa<NistP384> = Ecdsa::new();

impl NamedCurve for NistP384 {
    const NAME: &'static str = "P-384";
    const BITS: usize = 384;
}
