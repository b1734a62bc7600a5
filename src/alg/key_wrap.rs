//! Key wrap: AES (RFC 3394, RFC 3565 section 2.3.2) and, to read old messages, 3DES (RFC 3217 section 3).
//!
//! A wrapped key is opened whole or not at all, and a failure does not say why. Only keys come in here, so
//! that everything above a kibibyte is refused before it is looked at.

use std::fmt;
use std::hint::black_box;
use std::marker::PhantomData;

use ::aes::{Aes128, Aes192, Aes256};
use ::aes_kw::AesKw;
use ::aes_kw::cipher::consts::U16;
use ::aes_kw::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use const_oid::db::rfc5911;
use der::Encode;
use der::asn1::{AnyRef, ObjectIdentifier};
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use crate::alg::cbc_mode::WholeBlocks;
use crate::alg::cipher::{cannot_decrypt, cannot_encrypt};
use crate::alg::des_ede3_cbc::DES_EDE3;
use crate::alg::digest::SHA1;
use crate::error::Error;

/// A way to encrypt a key with another key. Every one is a line of [`KEY_WRAPS`].
pub trait KeyWrap: Sync + fmt::Debug {
    /// The name users read: `aes128-wrap`.
    fn name(&self) -> &'static str;

    /// The object identifier.
    fn oid(&self) -> ObjectIdentifier;

    /// The octets of the key-encryption key.
    fn key_length(&self) -> usize;

    /// Whether it is read with permission only, and never written.
    fn is_legacy(&self) -> bool {
        false
    }

    /// The AlgorithmIdentifier in DER: without parameters (RFC 3565 section 2.3.2), or with NULL for 3DES
    /// (RFC 3370 section 4.3.1).
    fn identifier(&self) -> Vec<u8>;

    /// Encrypts a key.
    ///
    /// # Errors
    /// `encrypt.failed` if a length is not the right one, or the algorithm is for reading only.
    fn wrap(&self, kek: &[u8], key: &[u8]) -> Result<Vec<u8>, Error>;

    /// Decrypts a key.
    ///
    /// # Errors
    /// `decrypt.failed`, always the same, whatever is wrong.
    fn unwrap(&self, kek: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error>;
}

impl PartialEq for dyn KeyWrap {
    fn eq(&self, other: &Self) -> bool {
        self.oid() == other.oid()
    }
}

impl Eq for dyn KeyWrap {}

/// The key wrap with this object identifier.
pub fn by_oid(oid: ObjectIdentifier) -> Option<&'static dyn KeyWrap> {
    KEY_WRAPS.iter().copied().find(|wrap| wrap.oid() == oid)
}

/// The AES key wrap for a key-encryption key of so many octets.
pub fn by_key_length(length: usize) -> Option<&'static dyn KeyWrap> {
    KEY_WRAPS.iter().copied().find(|wrap| wrap.key_length() == length && !wrap.is_legacy())
}

struct Aes<C> {
    name: &'static str,
    oid: ObjectIdentifier,
    cipher: PhantomData<fn() -> C>,
}

impl<C> Aes<C> {
    const fn new(name: &'static str, oid: ObjectIdentifier) -> Self {
        Aes { name, oid, cipher: PhantomData }
    }
}

impl<C> KeyWrap for Aes<C>
where
    C: BlockCipherEncrypt<BlockSize = U16> + BlockCipherDecrypt<BlockSize = U16> + KeyInit,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn oid(&self) -> ObjectIdentifier {
        self.oid
    }

    fn key_length(&self) -> usize {
        C::key_size()
    }

    fn identifier(&self) -> Vec<u8> {
        identifier(self.oid, None)
    }

    fn wrap(&self, kek: &[u8], key: &[u8]) -> Result<Vec<u8>, Error> {
        let failed = || cannot_encrypt(self.name, "a wrong length of a key");
        let length = wrapped_length(key.len()).ok_or_else(failed)?;
        let wrap = AesKw::<C>::new_from_slice(kek).map_err(|_| failed())?;
        let mut wrapped = vec![0; length];
        wrap.wrap_key(key, &mut wrapped).map_err(|_| failed())?;
        Ok(wrapped)
    }

    fn unwrap(&self, kek: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let length = wrapped.len().checked_sub(CHECK_LENGTH).ok_or_else(cannot_decrypt)?;
        if wrapped_length(length).is_none() {
            return Err(cannot_decrypt());
        }
        let wrap = AesKw::<C>::new_from_slice(kek).map_err(|_| cannot_decrypt())?;
        let mut key = Zeroizing::new(vec![0; length]);
        wrap.unwrap_key(wrapped, &mut key).map_err(|_| cannot_decrypt())?;
        Ok(key)
    }
}

impl<C> fmt::Debug for Aes<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The octets that a key of so many has when wrapped: two halves of a block or more (RFC 3394 section 2).
fn wrapped_length(length: usize) -> Option<usize> {
    let is_whole = length.is_multiple_of(CHECK_LENGTH) && length >= 16;
    length.checked_add(CHECK_LENGTH).filter(|wrapped| is_whole && *wrapped <= MAX_LENGTH)
}

#[derive(Debug)]
struct TripleDes;

impl KeyWrap for TripleDes {
    fn name(&self) -> &'static str {
        "des-ede3-wrap"
    }

    fn oid(&self) -> ObjectIdentifier {
        // id-alg-CMS3DESwrap (RFC 3370 section 4.3.1).
        const { ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.3.6") }
    }

    fn key_length(&self) -> usize {
        24
    }

    fn is_legacy(&self) -> bool {
        true
    }

    fn identifier(&self) -> Vec<u8> {
        identifier(self.oid(), Some(AnyRef::NULL))
    }

    fn wrap(&self, _kek: &[u8], _key: &[u8]) -> Result<Vec<u8>, Error> {
        Err(cannot_encrypt(self.name(), "it is too weak to write"))
    }

    // RFC 3217 section 3.2. The parity bits of the key are not looked at: 3DES ignores them, some peers do not
    // set them, and the checksum covers them.
    fn unwrap(&self, kek: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        if wrapped.len() != 40 {
            return Err(cannot_decrypt());
        }
        let mut octets = Zeroizing::new(wrapped.to_vec());
        DES_EDE3.decrypt_blocks(kek, &FIXED_IV, &mut octets).ok_or_else(cannot_decrypt)?;
        octets.reverse();
        let (iv, rest) = octets.split_first_chunk_mut::<8>().ok_or_else(cannot_decrypt)?;
        DES_EDE3.decrypt_blocks(kek, iv, rest).ok_or_else(cannot_decrypt)?;
        let (key, checksum) = rest.split_last_chunk::<8>().ok_or_else(cannot_decrypt)?;
        let difference = SHA1.digest(&[key]).iter().zip(checksum).fold(0, |all, (a, b)| all | (a ^ b));
        if black_box(difference) != 0 {
            return Err(cannot_decrypt());
        }
        Ok(Zeroizing::new(key.to_vec()))
    }
}

fn identifier(oid: ObjectIdentifier, parameters: Option<AnyRef<'_>>) -> Vec<u8> {
    AlgorithmIdentifierRef { oid, parameters }.to_der().expect("a short sequence can be encoded")
}

static AES_128: Aes<Aes128> = Aes::new("aes128-wrap", rfc5911::ID_AES_128_WRAP);
static AES_192: Aes<Aes192> = Aes::new("aes192-wrap", rfc5911::ID_AES_192_WRAP);
static AES_256: Aes<Aes256> = Aes::new("aes256-wrap", rfc5911::ID_AES_256_WRAP);

/// Every key wrap.
pub static KEY_WRAPS: &[&dyn KeyWrap] = &[&AES_128, &AES_192, &AES_256, &TripleDes];

/// The check octets in front of a wrapped key, half a block.
const CHECK_LENGTH: usize = 8;
const MAX_LENGTH: usize = 1024;
/// The initialisation vector of the outer encryption (RFC 3217 section 3.1).
const FIXED_IV: [u8; 8] = [0x4a, 0xdd, 0xa2, 0x2c, 0x79, 0xe8, 0x21, 0x05];

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 3394 sections 4.1 to 4.6, and the example of RFC 3217 section 3.4.
    #[test]
    fn wrapped_keys() {
        let key = "00112233445566778899aabbccddeeff0001020304050607";
        let long = "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f";
        let kek = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
        let rows = [
            ("aes128-wrap", &kek[..32], &key[..32], "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"),
            ("aes192-wrap", &kek[..48], &key[..32], "96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d"),
            ("aes256-wrap", kek, &key[..32], "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7"),
            ("aes192-wrap", &kek[..48], key, "031d33264e15d33268f24ec260743edce1c6c7ddee725a936ba814915c6762d2"),
            ("aes256-wrap", kek, key, "a8f9bc1612c68b3ff6e6f4fbe30e71e4769c8b80a32cb8958cd5d17d6b254da1"),
            (
                "aes256-wrap",
                kek,
                long,
                "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21",
            ),
            (
                "des-ede3-wrap",
                "255e0d1c07b646dfb3134cc843ba8aa71f025b7c0838251f",
                "2923bf85e06dd6ae529149f1f1bae9eab3a7da3d860d3e98",
                "690107618ef092b3b48ca1796b234ae9fa33ebb4159604037db5d6a84eb3aac2768c632775a467d4",
            ),
        ];
        for (name, kek, key, expected) in rows {
            let wrap = KEY_WRAPS.iter().find(|wrap| wrap.name() == name).unwrap();
            let [kek, key, mut wrapped] = [kek, key, expected].map(|text| hex::decode(text).unwrap());
            if wrap.is_legacy() {
                assert_eq!(wrap.wrap(&kek, &key).unwrap_err().code(), "encrypt.failed");
            } else {
                assert_eq!(hex::encode(wrap.wrap(&kek, &key).unwrap()), expected);
            }
            assert_eq!(*wrap.unwrap(&kek, &wrapped).unwrap(), key, "{name}");
            // One changed bit, anywhere, and another key: the same error, which says nothing.
            for place in 0..wrapped.len() {
                wrapped[place] ^= 1;
                assert_eq!(wrap.unwrap(&kek, &wrapped), Err(cannot_decrypt()), "{name} {place}");
                wrapped[place] ^= 1;
            }
            let mut other = kek.clone();
            other[0] ^= 2;
            assert_eq!(wrap.unwrap(&other, &wrapped), Err(cannot_decrypt()));
            assert_eq!(wrap.unwrap(&kek[1..], &wrapped), Err(cannot_decrypt()));
        }
    }

    #[test]
    fn lengths() {
        for wrap in KEY_WRAPS {
            let kek = vec![7; wrap.key_length()];
            for length in (0..100).chain([1015, 1016, 1024, 1025, 1032, 1 << 20]) {
                assert_eq!(wrap.unwrap(&kek, &vec![0; length]), Err(cannot_decrypt()), "{length}");
                let fits = length % 8 == 0 && (16..=1016).contains(&length);
                let wrapped = wrap.wrap(&kek, &vec![0; length]);
                assert_eq!(wrapped.is_ok(), fits && !wrap.is_legacy(), "{length}");
            }
        }
    }

    #[test]
    fn rows_and_identifiers() {
        let rows = [
            ("aes128-wrap", 16, "300b0609608648016503040105"),
            ("aes192-wrap", 24, "300b0609608648016503040119"),
            ("aes256-wrap", 32, "300b060960864801650304012d"),
            ("des-ede3-wrap", 24, "300f060b2a864886f70d01091003060500"),
        ];
        for ((name, length, identifier), wrap) in rows.into_iter().zip(KEY_WRAPS) {
            assert_eq!((wrap.name(), wrap.key_length()), (name, length));
            assert_eq!(hex::encode(wrap.identifier()), identifier);
            assert_eq!(by_oid(wrap.oid()), Some(*wrap));
        }
        let by_length = [16, 24, 32, 20].map(|length| by_key_length(length).map(|wrap| wrap.name()));
        assert_eq!(by_length, [Some("aes128-wrap"), Some("aes192-wrap"), Some("aes256-wrap"), None]);
        assert_eq!(format!("{:?}", KEY_WRAPS[0]), "aes128-wrap");
    }
}
