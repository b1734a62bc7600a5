//! AES in Galois/counter mode (RFC 5084 section 1.5 and 3.2, NIST SP 800-38D).
//!
//! Nonces have 12 octets, as RFC 5084 recommends; others are refused, because each length of nonce is another
//! construction. Tags of 12 to 16 octets are read, and 16 are written.

use ::aes::{Aes128, Aes192, Aes256};
use ::aes_gcm::aead::array::ArraySize;
use ::aes_gcm::aead::consts::{U12, U13, U14, U15, U16};
use ::aes_gcm::{AeadInOut, AesGcm, KeyInit, KeySizeUser, TagSize};
use const_oid::db::rfc5911;
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Encode, Sequence};
use rand_core::CryptoRng;
use spki::AlgorithmIdentifier;

use crate::alg::cipher::{
    ContentCipher, Parameters, cannot_decrypt, cannot_encrypt, check_nonce, fresh_nonce, malformed,
};
use crate::error::Error;

/// AES-128 in GCM, which RFC 8591 section 4.2 requires.
pub const AES_128_GCM: &dyn ContentCipher =
    &Gcm { name: "aes-128-gcm", oid: rfc5911::ID_AES_128_GCM, key_length: KeyLength::Aes128 };

/// AES-192 in GCM.
pub const AES_192_GCM: &dyn ContentCipher =
    &Gcm { name: "aes-192-gcm", oid: rfc5911::ID_AES_192_GCM, key_length: KeyLength::Aes192 };

/// AES-256 in GCM.
pub const AES_256_GCM: &dyn ContentCipher =
    &Gcm { name: "aes-256-gcm", oid: rfc5911::ID_AES_256_GCM, key_length: KeyLength::Aes256 };

#[derive(Debug)]
struct Gcm {
    name: &'static str,
    oid: ObjectIdentifier,
    key_length: KeyLength,
}

#[derive(Clone, Copy, Debug)]
enum KeyLength {
    Aes128,
    Aes192,
    Aes256,
}

/// ```text
/// GCMParameters ::= SEQUENCE {
///     aes-nonce        OCTET STRING, -- recommended size is 12 octets
///     aes-ICVlen       AES-GCM-ICVlen DEFAULT 12 }
/// ```
#[derive(Sequence)]
struct GcmParameters<'a> {
    nonce: &'a OctetStringRef,
    #[asn1(default = "default_tag_length")]
    tag_length: u32,
}

fn default_tag_length() -> u32 {
    DEFAULT_TAG_LENGTH
}

impl ContentCipher for Gcm {
    fn name(&self) -> &'static str {
        self.name
    }

    fn oid(&self) -> ObjectIdentifier {
        self.oid
    }

    fn key_length(&self) -> usize {
        match self.key_length {
            KeyLength::Aes128 => Aes128::key_size(),
            KeyLength::Aes192 => Aes192::key_size(),
            KeyLength::Aes256 => Aes256::key_size(),
        }
    }

    fn is_authenticated(&self) -> bool {
        true
    }

    fn sealed_length(&self, content: usize) -> usize {
        content
    }

    fn fresh_parameters(&self, rng: &mut dyn CryptoRng) -> Parameters {
        Parameters { nonce: fresh_nonce(NONCE_LENGTH, rng), tag_length: TAG_LENGTH }
    }

    fn identifier(&self, parameters: &Parameters) -> Vec<u8> {
        OctetStringRef::new(&parameters.nonce)
            .and_then(|nonce| {
                let tag_length = parameters.tag_length.try_into().unwrap_or(DEFAULT_TAG_LENGTH);
                let parameters = Some(GcmParameters { nonce, tag_length });
                AlgorithmIdentifier { oid: self.oid, parameters }.to_der()
            })
            .expect("a short sequence can be encoded")
    }

    fn read_parameters(&self, parameters: Option<AnyRef<'_>>) -> Result<Parameters, Error> {
        let parameters = parameters.ok_or_else(|| malformed(self.name, "the parameters are absent"))?;
        // A DEFAULT that is written is not DER, but says nothing else either.
        let read: GcmParameters<'_> =
            parameters.decode_as().map_err(|_| malformed(self.name, "the parameters are not GCMParameters in DER"))?;
        let nonce = read.nonce.as_bytes();
        check_nonce(self.name, NONCE_LENGTH, nonce)?;
        let tag_length = usize::try_from(read.tag_length).unwrap_or(usize::MAX);
        if !TAG_LENGTHS.contains(&tag_length) {
            return Err(malformed(self.name, format_args!("a tag of {tag_length} octets, it has 12 to 16")));
        }
        Ok(Parameters { nonce: nonce.to_vec(), tag_length })
    }

    fn encrypt(
        &self,
        key: &[u8],
        parameters: &Parameters,
        additional: &[u8],
        buffer: &mut [u8],
        content_length: usize,
    ) -> Result<Vec<u8>, Error> {
        if parameters.tag_length != TAG_LENGTH || buffer.len() != content_length {
            return Err(cannot_encrypt(self.name, "a wrong length of the tag or the buffer"));
        }
        let nonce = &parameters.nonce;
        match self.key_length {
            KeyLength::Aes128 => seal::<AesGcm<Aes128, U12>>(key, nonce, additional, buffer),
            KeyLength::Aes192 => seal::<AesGcm<Aes192, U12>>(key, nonce, additional, buffer),
            KeyLength::Aes256 => seal::<AesGcm<Aes256, U12>>(key, nonce, additional, buffer),
        }
        .ok_or_else(|| cannot_encrypt(self.name, "a wrong length of the key, the nonce or the content"))
    }

    fn decrypt(
        &self,
        key: &[u8],
        parameters: &Parameters,
        additional: &[u8],
        buffer: &mut [u8],
        tag: &[u8],
    ) -> Result<usize, Error> {
        if tag.len() != parameters.tag_length {
            return Err(cannot_decrypt());
        }
        match tag.len() {
            12 => self.open::<U12>(key, &parameters.nonce, additional, buffer, tag),
            13 => self.open::<U13>(key, &parameters.nonce, additional, buffer, tag),
            14 => self.open::<U14>(key, &parameters.nonce, additional, buffer, tag),
            15 => self.open::<U15>(key, &parameters.nonce, additional, buffer, tag),
            16 => self.open::<U16>(key, &parameters.nonce, additional, buffer, tag),
            _ => None,
        }
        .ok_or_else(cannot_decrypt)
    }
}

impl Gcm {
    fn open<T: TagSize + ArraySize>(
        &self,
        key: &[u8],
        nonce: &[u8],
        additional: &[u8],
        buffer: &mut [u8],
        tag: &[u8],
    ) -> Option<usize> {
        match self.key_length {
            KeyLength::Aes128 => open::<AesGcm<Aes128, U12, T>>(key, nonce, additional, buffer, tag),
            KeyLength::Aes192 => open::<AesGcm<Aes192, U12, T>>(key, nonce, additional, buffer, tag),
            KeyLength::Aes256 => open::<AesGcm<Aes256, U12, T>>(key, nonce, additional, buffer, tag),
        }
    }
}

/// Encrypts in place and returns the tag.
pub(super) fn seal<A: KeyInit + AeadInOut>(
    key: &[u8],
    nonce: &[u8],
    additional: &[u8],
    buffer: &mut [u8],
) -> Option<Vec<u8>> {
    let cipher = A::new_from_slice(key).ok()?;
    let tag = cipher.encrypt_inout_detached(nonce.try_into().ok()?, additional, buffer.into()).ok()?;
    Some(tag.to_vec())
}

/// Decrypts in place, if the tag is right, and returns the length of the content.
pub(super) fn open<A: KeyInit + AeadInOut>(
    key: &[u8],
    nonce: &[u8],
    additional: &[u8],
    buffer: &mut [u8],
    tag: &[u8],
) -> Option<usize> {
    let cipher = A::new_from_slice(key).ok()?;
    let length = buffer.len();
    cipher.decrypt_inout_detached(nonce.try_into().ok()?, additional, buffer.into(), tag.try_into().ok()?).ok()?;
    Some(length)
}

const NONCE_LENGTH: usize = 12;
const TAG_LENGTH: usize = 16;
const TAG_LENGTHS: std::ops::RangeInclusive<usize> = 12..=TAG_LENGTH;
const DEFAULT_TAG_LENGTH: u32 = 12;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alg::cipher::tests::{check_known_answer, read};

    // Test cases 4, 10 and 16 of McGrew and Viega, The Galois/Counter Mode of Operation, which SP 800-38D cites.
    #[test]
    fn known_answers() {
        let key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
        let nonce = "cafebabefacedbaddecaf888";
        let additional = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
        let content = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
            1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
        let rows = [
            (
                AES_128_GCM,
                "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e\
                 21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
                "5bc94fbc3221a5db94fae95ae7121a47",
            ),
            (
                AES_192_GCM,
                "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c\
                 7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710",
                "2519498e80f1478f37ba55bd6d27618c",
            ),
            (
                AES_256_GCM,
                "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
                 8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
                "76fc6ece0f4e1768cddf8853bb2d551b",
            ),
        ];
        for (cipher, expected, tag) in rows {
            let key = &key[..2 * cipher.key_length()];
            check_known_answer(cipher, [key, nonce, additional, content, expected, tag]);
            // A shorter tag is the front of the whole one; it is read, not written.
            let [key, nonce, additional, content, expected, tag] =
                [key, nonce, additional, content, expected, tag].map(|text| hex::decode(text).unwrap());
            for tag_length in 0..=20 {
                let parameters = Parameters { nonce: nonce.clone(), tag_length };
                let mut buffer = expected.clone();
                let short = tag.get(..tag_length).unwrap_or(&tag);
                let found = cipher.decrypt(&key, &parameters, &additional, &mut buffer, short);
                assert_eq!(found.is_ok(), (12..=16).contains(&tag_length), "{tag_length}");
                let stated = Parameters { tag_length: 16, ..parameters.clone() };
                let found = cipher.decrypt(&key, &stated, &additional, &mut expected.clone(), short);
                assert_eq!(found.is_ok(), tag_length >= 16);
                let found = cipher.encrypt(&key, &parameters, &additional, &mut content.clone(), content.len());
                assert_eq!(found.is_ok(), tag_length == 16);
            }
        }
    }

    #[test]
    fn parameters() {
        let nonce = "040c000102030405060708090a0b";
        let good = |tag_length| Ok(("000102030405060708090a0b".to_owned(), tag_length));
        let bad = |what: &str| Err(what.to_owned());
        let rows = [
            (format!("3011{nonce}020110"), good(16)),
            (format!("3011{nonce}02010d"), good(13)),
            (format!("300e{nonce}"), good(12)),
            // The default, written.
            (format!("3011{nonce}02010c"), good(12)),
            (format!("3011{nonce}02010b"), bad("a tag of 11 octets, it has 12 to 16")),
            (format!("3011{nonce}020111"), bad("a tag of 17 octets, it has 12 to 16")),
            (format!("3011{nonce}020100"), bad("a tag of 0 octets, it has 12 to 16")),
            (format!("3012{nonce}02020110"), bad("a tag of 272 octets, it has 12 to 16")),
            (format!("3011{nonce}0201ff"), bad("the parameters are not GCMParameters in DER")),
            (String::new(), bad("the parameters are absent")),
            ("0500".to_owned(), bad("the parameters are not GCMParameters in DER")),
            (nonce.to_owned(), bad("the parameters are not GCMParameters in DER")),
            ("3000".to_owned(), bad("the parameters are not GCMParameters in DER")),
            (format!("3013{nonce}0201100500"), bad("the parameters are not GCMParameters in DER")),
            ("30050400020110".to_owned(), bad("a nonce of 0 octets instead of 12")),
            ("300d0408000102030405060702010c".to_owned(), bad("a nonce of 8 octets instead of 12")),
        ];
        for (parameters, expected) in rows {
            assert_eq!(read(AES_128_GCM, &parameters), expected, "{parameters}");
        }
        let parameters = |tag_length| Parameters { nonce: (0..12).collect(), tag_length };
        let oid = "0609608648016503040106";
        assert_eq!(hex::encode(AES_128_GCM.identifier(&parameters(16))), format!("301e{oid}3011{nonce}020110"));
        assert_eq!(hex::encode(AES_128_GCM.identifier(&parameters(12))), format!("301b{oid}300e{nonce}"));
    }
}
