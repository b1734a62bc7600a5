//! Key derivation after key agreement: ANS X9.63 (RFC 5753 section 7.1.4, SEC 1 section 3.6.1) and HKDF
//! (RFC 8418 section 2.2, RFC 5869).
//!
//! The object identifier names the way of agreeing together with the digest. The standard and the cofactor
//! method are one computation on our curves. MQV is not here.

use std::fmt;

use const_oid::db::rfc5753;
use der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

use crate::alg::agreement::SharedSecret;
use crate::alg::digest::{Digest, SHA1, SHA224, SHA256, SHA384, SHA512, with_hash_type};
use crate::error::{Condition, Error};

/// A way to derive a key from a shared secret. Every one is a line of [`KEY_DERIVATIONS`].
pub trait KeyDerivation: Sync + fmt::Debug {
    /// The name users read: `dhSinglePass-stdDH-sha256kdf-scheme`.
    fn name(&self) -> &'static str;

    /// The object identifier of the key agreement scheme.
    fn oid(&self) -> ObjectIdentifier;

    /// The digest inside.
    fn digest(&self) -> &'static dyn Digest;

    /// Whether it is HKDF, which RFC 8418 section 2.2 has for X25519; RFC 5753 has X9.63 for EC keys.
    fn is_hkdf(&self) -> bool;

    /// A key of `length` octets. `shared_info` is ECC-CMS-SharedInfo in DER, which holds the ukm once more.
    ///
    /// # Errors
    /// `decrypt.failed` if so many octets cannot be derived: that is far above the length of a key.
    fn derive(
        &self,
        secret: &SharedSecret,
        ukm: Option<&[u8]>,
        shared_info: &[u8],
        length: usize,
    ) -> Result<Zeroizing<Vec<u8>>, Error>;
}

impl PartialEq for dyn KeyDerivation {
    fn eq(&self, other: &Self) -> bool {
        self.oid() == other.oid()
    }
}

impl Eq for dyn KeyDerivation {}

/// The key derivation with this object identifier.
pub fn by_oid(oid: ObjectIdentifier) -> Option<&'static dyn KeyDerivation> {
    KEY_DERIVATIONS.iter().copied().find(|derivation| derivation.oid() == oid)
}

#[derive(Debug)]
struct Row {
    name: &'static str,
    oid: ObjectIdentifier,
    digest: &'static dyn Digest,
    function: Function,
}

#[derive(Clone, Copy, Debug)]
enum Function {
    X963,
    Hkdf,
}

impl Row {
    const fn new(name: &'static str, oid: ObjectIdentifier, digest: &'static dyn Digest) -> Self {
        Row { name, oid, digest, function: Function::X963 }
    }

    const fn hkdf(name: &'static str, oid: &'static str, digest: &'static dyn Digest) -> Self {
        Row { name, oid: ObjectIdentifier::new_unwrap(oid), digest, function: Function::Hkdf }
    }
}

impl KeyDerivation for Row {
    fn name(&self) -> &'static str {
        self.name
    }

    fn oid(&self) -> ObjectIdentifier {
        self.oid
    }

    fn digest(&self) -> &'static dyn Digest {
        self.digest
    }

    fn is_hkdf(&self) -> bool {
        matches!(self.function, Function::Hkdf)
    }

    fn derive(
        &self,
        secret: &SharedSecret,
        ukm: Option<&[u8]>,
        shared_info: &[u8],
        length: usize,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let key = match self.function {
            Function::X963 => x963(self.digest, secret.as_bytes(), shared_info, length),
            Function::Hkdf => hkdf(self.digest, secret.as_bytes(), ukm, shared_info, length),
        };
        key.ok_or_else(|| Error::new(Condition::DecryptFailed).detail(format!("a key of {length} octets")))
    }
}

/// Hash(Z || counter || SharedInfo) for the counters from 1, as many as are needed.
fn x963(digest: &dyn Digest, secret: &[u8], shared_info: &[u8], length: usize) -> Option<Zeroizing<Vec<u8>>> {
    // All at once, so that no copy is left behind where a vector grew.
    let mut key = Zeroizing::new(vec![0; length]);
    for (part, counter) in key.chunks_mut(digest.length()).zip(1_u64..) {
        let counter = u32::try_from(counter).ok()?;
        let hash = Zeroizing::new(digest.digest(&[secret, &counter.to_be_bytes(), shared_info]));
        part.copy_from_slice(hash.get(..part.len())?);
    }
    Some(key)
}

/// Without a ukm the salt is as many zeros as the digest has octets (RFC 5869 section 2.2).
fn hkdf(
    digest: &dyn Digest,
    secret: &[u8],
    salt: Option<&[u8]>,
    info: &[u8],
    length: usize,
) -> Option<Zeroizing<Vec<u8>>> {
    let most = digest.length().checked_mul(255)?;
    if length > most {
        return None;
    }
    let mut key = Zeroizing::new(vec![0; length]);
    with_hash_type!(digest, Hash => ::hkdf::Hkdf::<Hash>::new(salt, secret).expand(info, &mut key)).ok()?;
    Some(key)
}

/// ECDH with SHA-256, which RFC 8591 section 4.2 requires for EC keys.
pub static ECDH_SHA256: &dyn KeyDerivation =
    &Row::new("dhSinglePass-stdDH-sha256kdf-scheme", rfc5753::DH_SINGLE_PASS_STD_DH_SHA_256_KDF_SCHEME, SHA256);

/// HKDF with SHA-256, for X25519 keys.
pub static HKDF_SHA256: &dyn KeyDerivation =
    &Row::hkdf("dhSinglePass-stdDH-hkdf-sha256-scheme", "1.2.840.113549.1.9.16.3.19", SHA256);

/// Every key derivation.
pub static KEY_DERIVATIONS: &[&dyn KeyDerivation] = &[
    ECDH_SHA256,
    &Row::new("dhSinglePass-stdDH-sha384kdf-scheme", rfc5753::DH_SINGLE_PASS_STD_DH_SHA_384_KDF_SCHEME, SHA384),
    &Row::new("dhSinglePass-stdDH-sha512kdf-scheme", rfc5753::DH_SINGLE_PASS_STD_DH_SHA_512_KDF_SCHEME, SHA512),
    &Row::new("dhSinglePass-stdDH-sha224kdf-scheme", rfc5753::DH_SINGLE_PASS_STD_DH_SHA_224_KDF_SCHEME, SHA224),
    &Row::new("dhSinglePass-stdDH-sha1kdf-scheme", rfc5753::DH_SINGLE_PASS_STD_DH_SHA_1_KDF_SCHEME, SHA1),
    &Row::new(
        "dhSinglePass-cofactorDH-sha256kdf-scheme",
        rfc5753::DH_SINGLE_PASS_COFACTOR_DH_SHA_256_KDF_SCHEME,
        SHA256,
    ),
    &Row::new(
        "dhSinglePass-cofactorDH-sha384kdf-scheme",
        rfc5753::DH_SINGLE_PASS_COFACTOR_DH_SHA_384_KDF_SCHEME,
        SHA384,
    ),
    &Row::new(
        "dhSinglePass-cofactorDH-sha512kdf-scheme",
        rfc5753::DH_SINGLE_PASS_COFACTOR_DH_SHA_512_KDF_SCHEME,
        SHA512,
    ),
    &Row::new(
        "dhSinglePass-cofactorDH-sha224kdf-scheme",
        rfc5753::DH_SINGLE_PASS_COFACTOR_DH_SHA_224_KDF_SCHEME,
        SHA224,
    ),
    &Row::new("dhSinglePass-cofactorDH-sha1kdf-scheme", rfc5753::DH_SINGLE_PASS_COFACTOR_DH_SHA_1_KDF_SCHEME, SHA1),
    HKDF_SHA256,
    &Row::hkdf("dhSinglePass-stdDH-hkdf-sha384-scheme", "1.2.840.113549.1.9.16.3.20", SHA384),
    &Row::hkdf("dhSinglePass-stdDH-hkdf-sha512-scheme", "1.2.840.113549.1.9.16.3.21", SHA512),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn derive(derivation: &dyn KeyDerivation, row: [&str; 3], length: usize) -> String {
        let [secret, ukm, info] = row.map(|text| hex::decode(text).unwrap());
        let ukm = (!ukm.is_empty()).then_some(&ukm[..]);
        hex::encode(derivation.derive(&SharedSecret::new(&secret), ukm, &info, length).unwrap().as_slice())
    }

    fn by_name(name: &str) -> &'static dyn KeyDerivation {
        KEY_DERIVATIONS.iter().copied().find(|row| row.name() == name).unwrap()
    }

    // NIST CAVS 12.0, ANS X9.63-2001, SHA-256; no SharedInfo, and four parts of a key.
    #[test]
    fn x963_of_nist() {
        let row = ["96c05619d56c328ab95fe84b18264b08725b85e33fd34f08", "", ""];
        assert_eq!(derive(ECDH_SHA256, row, 16), "443024c3dae66b95e6f5670601558f71");
        let row = ["22518b10e70f2a3f243810ae3254139efbee04aa57c7af7d", "", "75eef81aa3041e33b80971203d2c0c52"];
        let expected = "c498af77161cc59f2962b9a713e2b215152d139766ce34a776df11866a69bf2e\
            52a13d9c7c6fc878c50c5ea0bc7b00e0da2447cfd874f6cf92f30d0097111485\
            500c90c3af8b487872d04685d14c8d1dc8d7fa08beb0ce0ababc11f0bd496269\
            142d43525a78e5bc79a17f59676a5706dc54d54d4d1f0bd7e386128ec26afc21";
        assert_eq!(derive(ECDH_SHA256, row, 128), expected);
        assert_eq!(derive(by_name("dhSinglePass-cofactorDH-sha256kdf-scheme"), row, 128), expected);
    }

    // ENC-09: for AES-128 key wrap without ukm. Computed with X963KDF of the Python package cryptography: 16 octets,
    // and the last 32 of 100.
    #[test]
    fn x963_of_cms() {
        let secret = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
        let info = "3015300b0609608648016503040105a206040400000080";
        let rows = [
            (
                "sha1",
                "1c64d3d7a660c2e36427fcca264d69ba",
                "ce0000186a54cdf937ccab4fbf34487c32c1c6b468605c14406b907282c6a1fc",
            ),
            (
                "sha224",
                "abc869947660a6427b8334cf94b4c5ce",
                "ac06481b59e83c2c5fa21a97ffb799e6721866e9a983f53ea32e2a78b225517b",
            ),
            (
                "sha256",
                "1983cc4d05d34db303458415c914b607",
                "9eda7f96139770ec8bfccf9df1667f58f7fca5b48e3baa354682ccb94af41dd9",
            ),
            (
                "sha384",
                "9157b8aa0958bafcbc97510271b311eb",
                "12328b709f01811ec855251dcfa15e2fba6ef28c6777fd85407d59d367a33e86",
            ),
            (
                "sha512",
                "11377077bac742b1a982fb01940d071a",
                "67d06468d5cfbe94f02578139fa1614daa29823cc580ae2761f932ca7da409ac",
            ),
        ];
        for (digest, short, end) in rows {
            for method in ["std", "cofactor"] {
                let derivation = by_name(&format!("dhSinglePass-{method}DH-{digest}kdf-scheme"));
                assert_eq!(derivation.digest().name(), digest);
                assert_eq!(derive(derivation, [secret, "", info], 16), short);
                assert_eq!(derive(derivation, [secret, "", info], 100)[136..], *end);
                // The ukm is in SharedInfo and nowhere else.
                assert_eq!(derive(derivation, [secret, "0102", info], 16), short);
            }
        }
    }

    // RFC 5869 appendices A.1 and A.3.
    #[test]
    fn hkdf_of_rfc5869() {
        let secret = "0b".repeat(22);
        let rows = [
            (
                "000102030405060708090a0b0c",
                "f0f1f2f3f4f5f6f7f8f9",
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
            ),
            ("", "", "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"),
        ];
        for (salt, info, expected) in rows {
            assert_eq!(derive(HKDF_SHA256, [&secret, salt, info], 42), expected);
        }
        let secret = SharedSecret::new(&[0; 32]);
        for (length, expected) in [(0, true), (32 * 255, true), (32 * 255 + 1, false)] {
            assert_eq!(HKDF_SHA256.derive(&secret, None, b"", length).is_ok(), expected, "{length}");
        }
        // The other digests give other keys.
        let names = ["dhSinglePass-stdDH-hkdf-sha384-scheme", "dhSinglePass-stdDH-hkdf-sha512-scheme"];
        let [sha384, sha512] = names.map(|name| derive(by_name(name), ["00", "", ""], 32));
        assert_ne!(sha384, sha512);
    }

    // RFC 5753 section 7.1.4 and RFC 8418 section 2.
    #[test]
    fn object_identifiers() {
        let rows = [
            ("1.3.132.1.11.1", "dhSinglePass-stdDH-sha256kdf-scheme"),
            ("1.3.132.1.11.2", "dhSinglePass-stdDH-sha384kdf-scheme"),
            ("1.3.132.1.11.3", "dhSinglePass-stdDH-sha512kdf-scheme"),
            ("1.3.132.1.11.0", "dhSinglePass-stdDH-sha224kdf-scheme"),
            ("1.3.133.16.840.63.0.2", "dhSinglePass-stdDH-sha1kdf-scheme"),
            ("1.3.132.1.14.1", "dhSinglePass-cofactorDH-sha256kdf-scheme"),
            ("1.3.132.1.14.2", "dhSinglePass-cofactorDH-sha384kdf-scheme"),
            ("1.3.132.1.14.3", "dhSinglePass-cofactorDH-sha512kdf-scheme"),
            ("1.3.132.1.14.0", "dhSinglePass-cofactorDH-sha224kdf-scheme"),
            ("1.3.133.16.840.63.0.3", "dhSinglePass-cofactorDH-sha1kdf-scheme"),
            ("1.2.840.113549.1.9.16.3.19", "dhSinglePass-stdDH-hkdf-sha256-scheme"),
            ("1.2.840.113549.1.9.16.3.20", "dhSinglePass-stdDH-hkdf-sha384-scheme"),
            ("1.2.840.113549.1.9.16.3.21", "dhSinglePass-stdDH-hkdf-sha512-scheme"),
        ];
        assert_eq!(rows.len(), KEY_DERIVATIONS.len());
        for (oid, name) in rows {
            let found = by_oid(ObjectIdentifier::new_unwrap(oid)).map(|row| row.name());
            assert_eq!(found, Some(name));
        }
        // mqvSinglePass-sha256kdf-scheme.
        assert_eq!(by_oid(ObjectIdentifier::new_unwrap("1.3.132.1.15.1")), None);
    }
}
