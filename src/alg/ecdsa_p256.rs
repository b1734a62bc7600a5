//! ECDSA over P-256 (secp256r1), the signature that RFC 8591 section 4.1 requires.

use p256::NistP256;

use crate::alg::ecdsa::{Ecdsa, NamedCurve};

/// P-256 keys.
pub static P256: Ecdsa<NistP256> = Ecdsa::new();

impl NamedCurve for NistP256 {
    const NAME: &'static str = "P-256";
    const BITS: usize = 256;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alg::ecdsa::tests::check_signatures;

    // RFC 6979 appendix A.2.5: private key, public key, then digest, message, r, s.
    #[test]
    fn deterministic_signatures() {
        let private = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
        let public = concat!(
            "04",
            "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
            "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
        );
        let rows = [
            (
                "sha1",
                "sample",
                "61340c88c3aaebeb4f6d667f672ca9759a6ccaa9fa8811313039ee4a35471d32",
                "6d7f147dac089441bb2e2fe8f7a3fa264b9c475098fdcf6e00d7c996e1b8b7eb",
            ),
            (
                "sha224",
                "sample",
                "53b2fff5d1752b2c689df257c04c40a587fababb3f6fc2702f1343af7ca9aa3f",
                "b9afb64fdc03dc1a131c7d2386d11e349f070aa432a4acc918bea988bf75c74c",
            ),
            (
                "sha256",
                "sample",
                "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
                "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
            ),
            (
                "sha384",
                "sample",
                "0eafea039b20e9b42309fb1d89e213057cbf973dc0cfc8f129edddc800ef7719",
                "4861f0491e6998b9455193e34e7b0d284ddd7149a74b95b9261f13abde940954",
            ),
            (
                "sha512",
                "sample",
                "8496a60b5e9b47c825488827e0495b0e3fa109ec4568fd3f8d1097678eb97f00",
                "2362ab1adbe2b8adf9cb9edab740ea6049c028114f2460f96554f61fae3302fe",
            ),
            (
                "sha1",
                "test",
                "0cbcc86fd6abd1d99e703e1ec50069ee5c0b4ba4b9ac60e409e8ec5910d81a89",
                "01b9d7b73dfaa60d5651ec4591a0136f87653e0fd780c3b1bc872ffdeae479b1",
            ),
            (
                "sha224",
                "test",
                "c37edb6f0ae79d47c3c27e962fa269bb4f441770357e114ee511f662ec34a692",
                "c820053a05791e521fcaad6042d40aea1d6b1a540138558f47d0719800e18f2d",
            ),
            (
                "sha256",
                "test",
                "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367",
                "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
            ),
            (
                "sha384",
                "test",
                "83910e8b48bb0c74244ebdf7f07a1c5413d61472bd941ef3920e623fbccebeb6",
                "8ddbec54cf8cd5874883841d712142a56a8d0f218f5003cb0296b6b509619f2c",
            ),
            (
                "sha512",
                "test",
                "461d93f31b6540894788fd206c07cfa0cc35f46fa3c91816fff1040ad1581a04",
                "39af9f15de0db8d97e72719c74820d304ce5226e32dedae67519e840d1194e55",
            ),
        ];
        check_signatures(&P256, private, public, &rows);
    }
}
