//! 3DES in CBC (RFC 3370 section 5.1), which old equipment writes and we only read.

use ::des::TdesEde3;
use const_oid::ObjectIdentifier;

use crate::alg::cbc_mode::Cbc;
use crate::alg::cipher::ContentCipher;

/// 3DES with three keys in CBC.
pub const DES_EDE3_CBC: &dyn ContentCipher = &DES_EDE3;

pub(super) static DES_EDE3: Cbc<TdesEde3> =
    Cbc { is_legacy: true, ..Cbc::new("des-ede3-cbc", ObjectIdentifier::new_unwrap("1.2.840.113549.3.7")) };

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alg::cbc_mode::{block_length, cbc_decrypt_blocks, cbc_encrypt_blocks, key_length};

    // The test of des_ede3_cbc in OpenSSL (test/recipes/30-test_evp_data/evpciph_des3_common.txt).
    #[test]
    fn known_answer() {
        let row = [
            "0123456789abcdeff1e0d3c2b5a49786fedcba9876543210",
            "fedcba9876543210",
            "37363534333231204e6f77206973207468652074696d6520666f722000000000",
            "3fe301c962ac01d02213763c1cbd4cdc799657c064ecf5d41c673812cfde9675",
        ];
        let [key, iv, content, expected] = row.map(|text| hex::decode(text).unwrap());
        let mut buffer = content.clone();
        cbc_encrypt_blocks(DES_EDE3.oid, &key, &iv, &mut buffer).unwrap();
        assert_eq!(buffer, expected);
        cbc_decrypt_blocks(DES_EDE3.oid, &key, &iv, &mut buffer).unwrap();
        assert_eq!(buffer, content);
        assert_eq!((block_length(DES_EDE3.oid), key_length(DES_EDE3.oid)), (Some(8), Some(24)));
    }
}
