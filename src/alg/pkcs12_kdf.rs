//! Keys from passwords as PKCS #12 makes them (RFC 7292 appendix B), and the HMAC over its contents.
//!
//! The derivation is old and its standard itself advises against it (RFC 7292 appendix B): it makes the keys of
//! 3DES in old files, and of the MAC in all of them. What it costs is in the hands of whoever made the file: the
//! caller judges the rounds before it pays.

use hkdf::hmac::digest::common::BlockSizeUser;
use hkdf::hmac::{KeyInit, Mac, SimpleHmac};
use zeroize::{Zeroize, Zeroizing};

use crate::alg::digest::{Digest, with_hash_type};

/// What the octets are for (RFC 7292 appendix B.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A key to encrypt with.
    Key,
    /// An initialisation vector.
    Iv,
    /// The key of the MAC.
    Mac,
}

impl Purpose {
    fn identifier(self) -> u8 {
        match self {
            Purpose::Key => 1,
            Purpose::Iv => 2,
            Purpose::Mac => 3,
        }
    }
}

/// The password as the derivation takes it: UTF-16 with the high octet first, and two octets 0 at its end (RFC 7292
/// appendix B.1). What is not UTF-8 is read as ISO 8859-1, as OpenSSL does.
pub fn password(octets: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(octets.len().saturating_mul(2).saturating_add(2)));
    match str::from_utf8(octets) {
        Ok(utf8) => text.extend(utf8.encode_utf16().flat_map(u16::to_be_bytes)),
        Err(_) => text.extend(octets.iter().flat_map(|octet| [0, *octet])),
    }
    text.extend([0, 0]);
    text
}

/// Octets from a [`password`], a salt and at least one round.
pub fn derive(
    digest: &dyn Digest,
    purpose: Purpose,
    password: &[u8],
    salt: &[u8],
    rounds: u32,
    length: usize,
) -> Zeroizing<Vec<u8>> {
    let mut derived = with_hash_type!(digest, Hash => derive_with::<Hash>(purpose, password, salt, rounds, length));
    derived.truncate(length);
    derived
}

/// Appendix B.2, by its letters: `D`, `I` of salt and password, `A` and `B`.
fn derive_with<H: sha2::digest::Digest + BlockSizeUser>(
    purpose: Purpose,
    password: &[u8],
    salt: &[u8],
    rounds: u32,
    length: usize,
) -> Zeroizing<Vec<u8>> {
    let block = H::block_size();
    let diversifier = vec![purpose.identifier(); block];
    let mut input = repeated(salt, block);
    input.extend_from_slice(&repeated(password, block));
    let whole = length.checked_next_multiple_of(<H as sha2::digest::Digest>::output_size()).unwrap_or(length);
    let mut derived = Zeroizing::new(Vec::with_capacity(whole));
    while derived.len() < length {
        let mut part = H::new().chain_update(&diversifier).chain_update(input.as_slice()).finalize();
        for _ in 1..rounds {
            part = H::digest(&part);
        }
        derived.extend_from_slice(&part);
        // B: the part as often as fits into a block. Each block of I grows by B and 1.
        let addend = Zeroizing::new(part.iter().copied().cycle().take(block).collect::<Vec<u8>>());
        for chunk in input.chunks_mut(block) {
            add_one_and(chunk, &addend);
        }
        part.as_mut_slice().zeroize();
    }
    derived
}

/// As many copies as fill whole blocks, the last cut short; nothing of nothing.
fn repeated(octets: &[u8], block: usize) -> Zeroizing<Vec<u8>> {
    let length = octets.len().checked_next_multiple_of(block).unwrap_or_default();
    Zeroizing::new(octets.iter().copied().cycle().take(length).collect())
}

/// `number = number + addend + 1`, as numbers with the high octet first, without the carry out of them.
fn add_one_and(number: &mut [u8], addend: &[u8]) {
    let mut carry: u16 = 1;
    for (digit, added) in number.iter_mut().zip(addend).rev() {
        let sum = u16::from(*digit).wrapping_add(u16::from(*added)).wrapping_add(carry);
        let [high, low] = sum.to_be_bytes();
        *digit = low;
        carry = high.into();
    }
}

/// HMAC with a digest.
pub fn hmac(digest: &dyn Digest, key: &[u8], content: &[u8]) -> Vec<u8> {
    with_hash_type!(digest, Hash => {
        match SimpleHmac::<Hash>::new_from_slice(key) {
            Ok(hmac) => hmac.chain_update(content).finalize().into_bytes().to_vec(),
            // HMAC takes keys of any length.
            Err(_) => Vec::new(),
        }
    })
}

/// Whether an HMAC is the right one, compared in constant time. A part of one is not.
pub fn is_hmac(digest: &dyn Digest, key: &[u8], content: &[u8], expected: &[u8]) -> bool {
    with_hash_type!(digest, Hash => {
        SimpleHmac::<Hash>::new_from_slice(key)
            .is_ok_and(|hmac| hmac.chain_update(content).verify_slice(expected).is_ok())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alg::digest::{SHA1, SHA256, SHA384, SHA512};

    // No standard prints answers. These are of `openssl kdf -kdfopt ... PKCS12KDF` (OpenSSL 3.0): each length takes another
    // number of parts, and SHA-384 and SHA-512 have blocks of 128 octets.
    #[test]
    fn known_answers_of_openssl() {
        let rows: [(&'static dyn Digest, Purpose, u32, usize, &str); 6] = KNOWN;
        for (digest, purpose, rounds, length, expected) in rows {
            let found = derive(digest, purpose, &password("smeg".as_bytes()), &SALT, rounds, length);
            assert_eq!(hex::encode(found.as_slice()), expected, "{} {purpose:?}", digest.name());
        }
    }

    #[test]
    fn passwords_are_utf_16_with_an_end() {
        let rows: [(&[u8], &str); 5] = [
            (b"", "0000"),
            (b"ab", "006100620000"),
            ("\u{e9}\u{20ac}".as_bytes(), "00e920ac0000"),
            // Beyond the 16 bits: two of them.
            ("\u{1f511}".as_bytes(), "d83ddd110000"),
            // Not UTF-8.
            (b"\xe9", "00e90000"),
        ];
        for (octets, expected) in rows {
            assert_eq!(hex::encode(password(octets).as_slice()), expected);
        }
    }

    // RFC 4231 section 4.3 (test case 2).
    #[test]
    fn hmac_of_rfc4231() {
        let expected = hex::decode("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843").unwrap();
        let content = b"what do ya want for nothing?";
        assert_eq!(hmac(SHA256, b"Jefe", content), expected);
        assert!(is_hmac(SHA256, b"Jefe", content, &expected));
        for wrong in [&expected[..31], &[&expected[..], &[0]].concat(), &[0; 32], b""] {
            assert!(!is_hmac(SHA256, b"Jefe", content, wrong));
        }
    }

    const SALT: [u8; 8] = [10, 88, 207, 100, 83, 13, 130, 63];

    const KNOWN: [(&dyn Digest, Purpose, u32, usize, &str); 6] = [
        (SHA1, Purpose::Key, 1, 24, "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3"),
        (SHA1, Purpose::Iv, 1, 8, "79993dfe048d3b76"),
        (SHA1, Purpose::Mac, 1000, 20, "eeda645443827451e9753694f90ee9b9cf9248ff"),
        (
            SHA256,
            Purpose::Key,
            100,
            80,
            "1ea60ea359c635297405bab7c04983ecf4c10baa36463f7d60bd37d9721381f2d4ce5de5bced29cbc0a34cbf53e3d74c6d3e4795545a031afa407f323e3be4ee4b383e55fbfaff838f557a7e8d6a9b20",
        ),
        (
            SHA384,
            Purpose::Mac,
            10,
            48,
            "2a2b2b0187d1b9b92313fc4b38b0c4dd15775e35c9dd896d1128347207aab3d6f34718ab3ad3a37bb076cebfe789831d",
        ),
        (
            SHA512,
            Purpose::Mac,
            10,
            130,
            "d6453e21da10a0cd9b6bcc3dfe8284e1b5963c24d7382b2f51680feafaf77fc9ec0380bd654ef44df685748f7ff86b4979577cf01195b39457dc646a80d663a8b367310fc8073c13f322218ee73e8b5fdc79cd8c5819f2b82222ad4b5538044715e564decbb088d506f71558acc951b1f961331241d381ce744ffab99e2d76546e61",
        ),
    ];
}
