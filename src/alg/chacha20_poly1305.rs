//! ChaCha20-Poly1305 (RFC 8103, RFC 8439).
//!
//! Nonces have 12 octets and tags 16: there are no others.

use ::chacha20poly1305::ChaCha20Poly1305;
use der::asn1::{AnyRef, ObjectIdentifier};
use rand_core::CryptoRng;

use crate::alg::aes_gcm::{open, seal};
use crate::alg::cipher::{
    ContentCipher, Parameters, cannot_decrypt, cannot_encrypt, fresh_nonce, nonce_identifier, read_nonce,
};
use crate::error::Error;

/// ChaCha20-Poly1305.
pub const CHACHA20_POLY1305: &dyn ContentCipher = &ChaCha;

#[derive(Debug)]
struct ChaCha;

impl ContentCipher for ChaCha {
    fn name(&self) -> &'static str {
        NAME
    }

    fn oid(&self) -> ObjectIdentifier {
        OID
    }

    fn key_length(&self) -> usize {
        32
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

    // AEADChaCha20Poly1305Nonce ::= OCTET STRING (SIZE(12))
    fn identifier(&self, parameters: &Parameters) -> Vec<u8> {
        nonce_identifier(OID, &parameters.nonce)
    }

    fn read_parameters(&self, parameters: Option<AnyRef<'_>>) -> Result<Parameters, Error> {
        let nonce = read_nonce(NAME, NONCE_LENGTH, parameters)?;
        Ok(Parameters { nonce, tag_length: TAG_LENGTH })
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
            return Err(cannot_encrypt(NAME, "a wrong length of the tag or the buffer"));
        }
        seal::<ChaCha20Poly1305>(key, &parameters.nonce, additional, buffer)
            .ok_or_else(|| cannot_encrypt(NAME, "a wrong length of the key, the nonce or the content"))
    }

    fn decrypt(
        &self,
        key: &[u8],
        parameters: &Parameters,
        additional: &[u8],
        buffer: &mut [u8],
        tag: &[u8],
    ) -> Result<usize, Error> {
        open::<ChaCha20Poly1305>(key, &parameters.nonce, additional, buffer, tag).ok_or_else(cannot_decrypt)
    }
}

const NAME: &str = "chacha20-poly1305";
/// id-alg-AEADChaCha20Poly1305 (RFC 8103 section 1.1).
const OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.3.18");
const NONCE_LENGTH: usize = 12;
const TAG_LENGTH: usize = 16;
