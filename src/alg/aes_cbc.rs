//! AES in CBC (RFC 3565). It does not show whether the content was changed.

use ::aes::{Aes128, Aes192, Aes256};
use const_oid::db::rfc5911;

use crate::alg::cbc_mode::Cbc;
use crate::alg::cipher::ContentCipher;

pub use crate::alg::cbc_mode::{block_length, cbc_decrypt_blocks, cbc_encrypt_blocks, key_length};

/// AES-128 in CBC, which RFC 3853 section 2 requires.
pub const AES_128_CBC: &dyn ContentCipher = &AES_128;

/// AES-192 in CBC.
pub const AES_192_CBC: &dyn ContentCipher = &AES_192;

/// AES-256 in CBC.
pub const AES_256_CBC: &dyn ContentCipher = &AES_256;

pub(super) static AES_128: Cbc<Aes128> = Cbc::new("aes-128-cbc", rfc5911::ID_AES_128_CBC);
pub(super) static AES_192: Cbc<Aes192> = Cbc::new("aes-192-cbc", rfc5911::ID_AES_192_CBC);
pub(super) static AES_256: Cbc<Aes256> = Cbc::new("aes-256-cbc", rfc5911::ID_AES_256_CBC);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alg::cipher::Parameters;
    use crate::alg::cipher::tests::read;

    // NIST SP 800-38A sections F.2.1 to F.2.6.
    #[test]
    fn known_answers() {
        let iv = hex::decode("000102030405060708090a0b0c0d0e0f").unwrap();
        let content = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
            30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
        let rows = [
            (
                AES_128_CBC,
                "2b7e151628aed2a6abf7158809cf4f3c",
                "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2\
                 73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7",
            ),
            (
                AES_192_CBC,
                "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
                "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a\
                 571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd",
            ),
            (
                AES_256_CBC,
                "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
                "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d\
                 39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b",
            ),
        ];
        for (cipher, key, expected) in rows {
            let [key, content] = [key, content].map(|text| hex::decode(text).unwrap());
            let mut buffer = content.clone();
            cbc_encrypt_blocks(cipher.oid(), &key, &iv, &mut buffer).unwrap();
            assert_eq!(hex::encode(&buffer), expected);
            cbc_decrypt_blocks(cipher.oid(), &key, &iv, &mut buffer).unwrap();
            assert_eq!(buffer, content);
            // Content has a block of padding more.
            buffer.resize(80, 0);
            let parameters = Parameters { nonce: iv.clone(), tag_length: 0 };
            assert_eq!(cipher.encrypt(&key, &parameters, b"", &mut buffer, 64), Ok(vec![]));
            assert_eq!(hex::encode(&buffer[..64]), expected);
        }
    }

    #[test]
    fn whole_blocks() {
        let oid = AES_128.oid;
        assert_eq!((block_length(oid), key_length(oid)), (Some(16), Some(16)));
        assert_eq!(block_length(crate::alg::aes_gcm::AES_128_GCM.oid()), None);
        let (key, iv) = ([0; 16], [0; 16]);
        for length in [0, 16, 32, 4096] {
            assert!(cbc_encrypt_blocks(oid, &key, &iv, &mut vec![0; length]).is_ok());
        }
        for length in [1, 15, 17] {
            let code = cbc_encrypt_blocks(oid, &key, &iv, &mut vec![0; length]).unwrap_err().code();
            assert_eq!(code, "encrypt.failed");
            let code = cbc_decrypt_blocks(oid, &key, &iv, &mut vec![0; length]).unwrap_err().code();
            assert_eq!(code, "decrypt.failed");
        }
        assert!(cbc_decrypt_blocks(oid, &key[1..], &iv, &mut [0; 16]).is_err());
        assert!(cbc_decrypt_blocks(oid, &key, &iv[1..], &mut [0; 16]).is_err());
    }

    #[test]
    fn parameters() {
        let iv = "0410000102030405060708090a0b0c0d0e0f";
        let rows = [
            (iv, Ok((iv[4..].to_owned(), 0))),
            ("040f000102030405060708090a0b0c0d0e", Err("a nonce of 15 octets instead of 16".to_owned())),
            ("", Err("the parameters are absent".to_owned())),
            ("0500", Err("the parameters are not an OCTET STRING".to_owned())),
        ];
        for (parameters, expected) in rows {
            assert_eq!(read(AES_256_CBC, parameters), expected);
        }
        let parameters = Parameters { nonce: (0..16).collect(), tag_length: 0 };
        let expected = format!("301d060960864801650304012a{iv}");
        assert_eq!(hex::encode(AES_256_CBC.identifier(&parameters)), expected);
    }
}
