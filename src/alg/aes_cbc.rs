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
