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
