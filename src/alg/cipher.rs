//! Ciphers for the content of a message: AES-GCM (RFC 5084), AES-CBC (RFC 3565), ChaCha20-Poly1305 (RFC 8103)
//! and, to read old messages, 3DES-CBC (RFC 3370 section 5.1).
//!
//! They work in place. Why a ciphertext cannot be decrypted is never said: whoever learns that, message by
//! message, decrypts without the key. RC2, DES and AES-CCM are not here at all.

use std::fmt;

use der::Encode;
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use rand_core::CryptoRng;
use spki::AlgorithmIdentifier;

use crate::alg::aes_cbc::{AES_128_CBC, AES_192_CBC, AES_256_CBC};
use crate::alg::aes_gcm::{AES_128_GCM, AES_192_GCM, AES_256_GCM};
use crate::alg::chacha20_poly1305::CHACHA20_POLY1305;
use crate::alg::des_ede3_cbc::DES_EDE3_CBC;
use crate::error::{Condition, Error};

/// What stands in the parameters of a content-encryption algorithm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// The nonce, or the initialisation vector of CBC.
    pub nonce: Vec<u8>,
    /// The octets of the tag; 0 for a cipher without one.
    pub tag_length: usize,
}

/// A cipher for content. Every one is a line of [`CIPHERS`].
pub trait ContentCipher: Sync + fmt::Debug {
    /// The name on the command line and in reports: `aes-128-gcm`.
    fn name(&self) -> &'static str;

    /// The object identifier.
    fn oid(&self) -> ObjectIdentifier;

    /// The octets of a key.
    fn key_length(&self) -> usize;

    /// Whether a change of the content is noticed.
    fn is_authenticated(&self) -> bool;

    /// Whether it is read with permission only, and never written.
    fn is_legacy(&self) -> bool {
        false
    }

    /// The octets of ciphertext, without the tag, for so many octets of content.
    fn sealed_length(&self, content: usize) -> usize;

    /// A nonce that was never used, and the length of the tag that we write.
    fn fresh_parameters(&self, rng: &mut dyn CryptoRng) -> Parameters;

    /// The AlgorithmIdentifier in DER.
    fn identifier(&self, parameters: &Parameters) -> Vec<u8>;

    /// Reads the parameters of an AlgorithmIdentifier.
    ///
    /// # Errors
    /// `decrypt.failed`, with what is wrong: the parameters are no secret.
    fn read_parameters(&self, parameters: Option<AnyRef<'_>>) -> Result<Parameters, Error>;

    /// Encrypts in place. `buffer` has [`sealed_length`](Self::sealed_length) octets, the content in front.
    /// Returns the tag, which is empty for a cipher without one.
    ///
    /// # Errors
    /// `encrypt.failed` if a length is not the right one, or the cipher is for reading only.
    fn encrypt(
        &self,
        key: &[u8],
        parameters: &Parameters,
        additional: &[u8],
        buffer: &mut [u8],
        content_length: usize,
    ) -> Result<Vec<u8>, Error>;

    /// Decrypts in place and returns the length of the content. An authenticated cipher leaves `buffer` as it
    /// is unless the tag is right.
    ///
    /// # Errors
    /// `decrypt.failed`, always the same, whether the key, the tag, the padding or a length is wrong.
    fn decrypt(
        &self,
        key: &[u8],
        parameters: &Parameters,
        additional: &[u8],
        buffer: &mut [u8],
        tag: &[u8],
    ) -> Result<usize, Error>;
}

impl PartialEq for dyn ContentCipher {
    fn eq(&self, other: &Self) -> bool {
        self.oid() == other.oid()
    }
}

impl Eq for dyn ContentCipher {}

/// The cipher with this object identifier.
pub fn by_oid(oid: ObjectIdentifier) -> Option<&'static dyn ContentCipher> {
    CIPHERS.iter().copied().find(|cipher| cipher.oid() == oid)
}

/// The cipher with this name, in any case.
pub fn by_name(name: &str) -> Option<&'static dyn ContentCipher> {
    CIPHERS.iter().copied().find(|cipher| cipher.name().eq_ignore_ascii_case(name))
}

/// A failure that says nothing more.
pub(super) fn cannot_decrypt() -> Error {
    Error::new(Condition::DecryptFailed)
}

/// A failure to do with what everybody can read: parameters, lengths, public keys.
pub(super) fn malformed(name: &str, what: impl fmt::Display) -> Error {
    cannot_decrypt().detail(format!("{name}: {what}"))
}

/// A use that the caller was not allowed to make.
pub(super) fn cannot_encrypt(name: &str, what: impl fmt::Display) -> Error {
    Error::new(Condition::EncryptFailed).detail(format!("{name}: {what}"))
}

/// A nonce of so many octets. Random ones do not repeat: each is for a key of its own (RFC 5084 section 1.5).
pub(super) fn fresh_nonce(length: usize, rng: &mut dyn CryptoRng) -> Vec<u8> {
    let mut nonce = vec![0; length];
    rng.fill_bytes(&mut nonce);
    nonce
}

/// Parameters that are one OCTET STRING of so many octets: a nonce or an initialisation vector.
pub(super) fn read_nonce(name: &str, length: usize, parameters: Option<AnyRef<'_>>) -> Result<Vec<u8>, Error> {
    let parameters = parameters.ok_or_else(|| malformed(name, "the parameters are absent"))?;
    let nonce = parameters
        .decode_as::<&OctetStringRef>()
        .map_err(|_| malformed(name, "the parameters are not an OCTET STRING"))?
        .as_bytes();
    check_nonce(name, length, nonce)?;
    Ok(nonce.to_vec())
}

/// Makes sure that a nonce has so many octets.
pub(super) fn check_nonce(name: &str, length: usize, nonce: &[u8]) -> Result<(), Error> {
    if nonce.len() == length {
        return Ok(());
    }
    Err(malformed(name, format_args!("a nonce of {} octets instead of {length}", nonce.len())))
}

/// An AlgorithmIdentifier whose parameters are one OCTET STRING.
pub(super) fn nonce_identifier(oid: ObjectIdentifier, nonce: &[u8]) -> Vec<u8> {
    OctetStringRef::new(nonce)
        .and_then(|nonce| AlgorithmIdentifier { oid, parameters: Some(nonce) }.to_der())
        .expect("a short sequence can be encoded")
}

/// Every cipher.
pub static CIPHERS: &[&dyn ContentCipher] =
    &[AES_128_GCM, AES_192_GCM, AES_256_GCM, CHACHA20_POLY1305, AES_128_CBC, AES_192_CBC, AES_256_CBC, DES_EDE3_CBC];

#[cfg(test)]
pub(super) mod tests {
    use std::collections::HashSet;

    use der::Decode;
    use getrandom::SysRng;
    use rand_core::UnwrapErr;
    use spki::AlgorithmIdentifierRef;

    use super::*;
    use crate::alg::cbc_mode::{block_length, cbc_encrypt_blocks};

    /// Encrypts and decrypts as a standard says: key, nonce, additional data, content, ciphertext, tag.
    pub(in crate::alg) fn check_known_answer(cipher: &dyn ContentCipher, row: [&str; 6]) {
        let [key, nonce, additional, content, expected, tag] = row.map(|text| hex::decode(text).unwrap());
        let parameters = Parameters { nonce, tag_length: tag.len() };
        let mut buffer = content.clone();
        let found = cipher.encrypt(&key, &parameters, &additional, &mut buffer, content.len()).unwrap();
        assert_eq!((hex::encode(&buffer), hex::encode(&found)), (hex::encode(&expected), hex::encode(&tag)));
        assert_eq!(cipher.decrypt(&key, &parameters, &additional, &mut buffer, &tag), Ok(content.len()));
        assert_eq!(buffer, content);
    }

    /// Reads parameters in DER: the nonce in hexadecimal with the length of the tag, or the error.
    pub(in crate::alg) fn read(cipher: &dyn ContentCipher, parameters: &str) -> Result<(String, usize), String> {
        let der = hex::decode(parameters).unwrap();
        let parameters = (!der.is_empty()).then(|| AnyRef::from_der(&der).unwrap());
        match cipher.read_parameters(parameters) {
            Ok(read) => Ok((hex::encode(read.nonce), read.tag_length)),
            Err(error) => {
                assert_eq!(error.code(), "decrypt.failed");
                Err(error.to_string().rsplit(": ").next().unwrap().to_owned())
            }
        }
    }

    fn key(cipher: &dyn ContentCipher) -> Vec<u8> {
        (0..cipher.key_length()).map(|place| u8::try_from(place * 7 % 251).unwrap()).collect()
    }

    /// Encrypts, also with what is for reading only.
    fn seal(
        cipher: &dyn ContentCipher,
        parameters: &Parameters,
        additional: &[u8],
        content: &[u8],
    ) -> (Vec<u8>, Vec<u8>) {
        let mut buffer = content.to_vec();
        buffer.resize(cipher.sealed_length(content.len()), 0);
        if cipher.is_legacy() {
            let padding = buffer.len() - content.len();
            buffer[content.len()..].fill(u8::try_from(padding).unwrap());
            cbc_encrypt_blocks(cipher.oid(), &key(cipher), &parameters.nonce, &mut buffer).unwrap();
            return (buffer, Vec::new());
        }
        let tag = cipher.encrypt(&key(cipher), parameters, additional, &mut buffer, content.len()).unwrap();
        (buffer, tag)
    }

    const LENGTHS: [usize; 6] = [0, 1, 15, 16, 17, 255];

    #[test]
    fn every_cipher_there_and_back() {
        let rng = &mut UnwrapErr(SysRng);
        for (cipher, length) in CIPHERS.iter().flat_map(|cipher| LENGTHS.map(|length| (*cipher, length))) {
            let content = vec![b'x'; length];
            let additional: &[u8] = if cipher.is_authenticated() { b"additional" } else { b"" };
            let parameters = cipher.fresh_parameters(rng);
            let identifier = cipher.identifier(&parameters);
            let identifier = AlgorithmIdentifierRef::from_der(&identifier).unwrap();
            assert_eq!(by_oid(identifier.oid), Some(cipher));
            assert_eq!(cipher.read_parameters(identifier.parameters), Ok(parameters.clone()));

            let (mut buffer, tag) = seal(cipher, &parameters, additional, &content);
            assert_eq!(tag.len(), parameters.tag_length);
            let found = cipher.decrypt(&key(cipher), &parameters, additional, &mut buffer, &tag).unwrap();
            assert_eq!(&buffer[..found], content, "{} {length}", cipher.name());
        }
    }

    // What was changed is not opened, and what was not opened is not touched.
    #[test]
    fn every_octet_is_authenticated() {
        let rng = &mut UnwrapErr(SysRng);
        let ciphers = CIPHERS.iter().filter(|cipher| cipher.is_authenticated());
        for (cipher, length) in ciphers.flat_map(|cipher| LENGTHS.map(|length| (*cipher, length))) {
            let parameters = cipher.fresh_parameters(rng);
            let (sealed, tag) = seal(cipher, &parameters, b"additional", &vec![7; length]);
            let parts = [&sealed, &tag, &parameters.nonce, &b"additional".to_vec(), &key(cipher)].map(Clone::clone);
            for (part, place) in
                parts.iter().enumerate().flat_map(|(part, octets)| (0..octets.len()).map(move |at| (part, at)))
            {
                let mut changed = parts.clone();
                changed[part][place] ^= 0x10;
                let [sealed, tag, nonce, additional, key] = changed;
                let parameters = Parameters { nonce, ..parameters };
                let mut buffer = sealed.clone();
                let found = cipher.decrypt(&key, &parameters, &additional, &mut buffer, &tag);
                assert_eq!(found, Err(cannot_decrypt()), "{} part {part} octet {place}", cipher.name());
                assert_eq!(buffer, sealed);
            }
        }
    }

    // What goes wrong looks the same, whatever it is.
    #[test]
    fn wrong_lengths() {
        let rng = &mut UnwrapErr(SysRng);
        for cipher in CIPHERS.iter().copied() {
            let right = cipher.fresh_parameters(rng);
            let (sealed, tag) = seal(cipher, &right, b"", b"content");
            let short = Parameters { nonce: right.nonce[1..].to_vec(), ..right };
            let long_tag = [&tag[..], &[0]].concat();
            let key = key(cipher);
            let long_key = [&key[..], &[0]].concat();
            type Row<'a> = (&'a [u8], &'a Parameters, &'a [u8], &'a [u8]);
            let rows: [Row<'_>; 7] = [
                (&key[1..], &right, &sealed, &tag),
                (&long_key, &right, &sealed, &tag),
                (b"", &right, &sealed, &tag),
                (&key, &short, &sealed, &tag),
                (&key, &right, &sealed[1..], &tag),
                (&key, &right, b"", &tag),
                (&key, &right, &sealed, &long_tag),
            ];
            for (key, parameters, sealed, tag) in rows {
                let found = cipher.decrypt(key, parameters, b"", &mut sealed.to_vec(), tag);
                assert_eq!(found, Err(cannot_decrypt()), "{}", cipher.name());
            }
            let mut buffer = vec![0; cipher.sealed_length(7)];
            let code = |found: Result<_, Error>| found.map_err(|error| error.code());
            assert_eq!(code(cipher.encrypt(&key[1..], &right, b"", &mut buffer, 7)), Err("encrypt.failed"));
            assert_eq!(code(cipher.encrypt(&key, &short, b"", &mut buffer, 7)), Err("encrypt.failed"));
            assert_eq!(code(cipher.encrypt(&key, &right, b"", &mut buffer[1..], 7)), Err("encrypt.failed"));
            assert_eq!(cipher.encrypt(&key, &right, b"", &mut buffer, 7).is_ok(), !cipher.is_legacy());
        }
    }

    // The last octet of the block before the last makes the last octet of padding whatever an attacker wants.
    #[test]
    fn paddings() {
        let rng = &mut UnwrapErr(SysRng);
        for cipher in CIPHERS.iter().copied().filter(|cipher| !cipher.is_authenticated()) {
            let block = block_length(cipher.oid()).unwrap();
            let parameters = cipher.fresh_parameters(rng);
            // Octets of content; the paddings that are right.
            let rows = [(2 * block - 1, vec![1]), (block, vec![1, block]), (2 * block - 2, vec![1, 2])];
            for (length, expected) in rows {
                let (sealed, _) = seal(cipher, &parameters, b"", &vec![b'x'; length]);
                assert_eq!(sealed.len(), 2 * block);
                let found = (0..=255).filter_map(|octet| {
                    let mut buffer = sealed.clone();
                    buffer[block - 1] = octet;
                    match cipher.decrypt(&key(cipher), &parameters, b"", &mut buffer, b"") {
                        Ok(length) => Some(2 * block - length),
                        Err(error) => {
                            assert_eq!(error, cannot_decrypt());
                            None
                        }
                    }
                });
                let found: HashSet<usize> = found.collect();
                assert_eq!(found, expected.into_iter().collect(), "{} {length}", cipher.name());
            }
        }
    }

    // K5: no nonce is used twice.
    #[test]
    fn k5_nonces() {
        let rng = &mut UnwrapErr(SysRng);
        for cipher in CIPHERS.iter().filter(|cipher| cipher.is_authenticated()) {
            let nonces: HashSet<Vec<u8>> = (0..100_000).map(|_| cipher.fresh_parameters(rng).nonce).collect();
            assert_eq!(nonces.len(), 100_000);
            assert!(nonces.iter().all(|nonce| nonce.len() == 12));
        }
    }

    #[test]
    fn rows() {
        // Name, object identifier, octets of the key, octets for 16 of content; authenticated, legacy.
        let rows = [
            ("aes-128-gcm", "2.16.840.1.101.3.4.1.6", 16, 16, true, false),
            ("aes-192-gcm", "2.16.840.1.101.3.4.1.26", 24, 16, true, false),
            ("aes-256-gcm", "2.16.840.1.101.3.4.1.46", 32, 16, true, false),
            ("chacha20-poly1305", "1.2.840.113549.1.9.16.3.18", 32, 16, true, false),
            ("aes-128-cbc", "2.16.840.1.101.3.4.1.2", 16, 32, false, false),
            ("aes-192-cbc", "2.16.840.1.101.3.4.1.22", 24, 32, false, false),
            ("aes-256-cbc", "2.16.840.1.101.3.4.1.42", 32, 32, false, false),
            ("des-ede3-cbc", "1.2.840.113549.3.7", 24, 24, false, true),
        ];
        assert_eq!(rows.len(), CIPHERS.len());
        for (name, oid, key_length, sealed, authenticated, legacy) in rows {
            let cipher = by_name(&name.to_uppercase()).unwrap();
            assert_eq!(cipher.oid().to_string(), oid);
            assert_eq!((cipher.key_length(), cipher.sealed_length(16)), (key_length, sealed), "{name}");
            assert_eq!((cipher.is_authenticated(), cipher.is_legacy()), (authenticated, legacy), "{name}");
        }
        assert_eq!(by_name("rc2-cbc"), None);
        // RC2 and AES-CCM.
        for oid in ["1.2.840.113549.3.2", "2.16.840.1.101.3.4.1.7"] {
            assert_eq!(by_oid(ObjectIdentifier::new_unwrap(oid)), None);
        }
    }
}
