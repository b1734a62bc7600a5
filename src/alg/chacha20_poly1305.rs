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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alg::cipher::tests::{check_known_answer, read};

    // RFC 8439 section 2.8.2.
    #[test]
    fn known_answer() {
        let content = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, \
            sunscreen would be it.";
        let row = [
            "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
            "070000004041424344454647",
            "50515253c0c1c2c3c4c5c6c7",
            &hex::encode(content),
            "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6\
             3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36\
             92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc\
             3ff4def08e4b7a9de576d26586cec64b6116",
            "1ae10b594f09e26a7e902ecbd0600691",
        ];
        check_known_answer(CHACHA20_POLY1305, row);
    }

    #[test]
    fn parameters() {
        let bad = |what: &str| Err(what.to_owned());
        let rows = [
            ("040c070000004041424344454647", Ok(("070000004041424344454647".to_owned(), 16))),
            ("040b0700000040414243444546", bad("a nonce of 11 octets instead of 12")),
            ("", bad("the parameters are absent")),
            ("0500", bad("the parameters are not an OCTET STRING")),
            ("300e040c070000004041424344454647", bad("the parameters are not an OCTET STRING")),
        ];
        for (parameters, expected) in rows {
            assert_eq!(read(CHACHA20_POLY1305, parameters), expected);
        }
        let parameters = Parameters { nonce: vec![7; 12], tag_length: 16 };
        let expected = "301b060b2a864886f70d0109100312040c070707070707070707070707";
        assert_eq!(hex::encode(CHACHA20_POLY1305.identifier(&parameters)), expected);
    }
}
