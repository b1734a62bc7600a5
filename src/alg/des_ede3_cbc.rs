//! 3DES in CBC (RFC 3370 section 5.1), which old equipment writes and we only read.

use ::des::TdesEde3;
use const_oid::ObjectIdentifier;

use crate::alg::cbc_mode::Cbc;
use crate::alg::cipher::ContentCipher;

/// 3DES with three keys in CBC.
pub const DES_EDE3_CBC: &dyn ContentCipher = &DES_EDE3;

pub(super) static DES_EDE3: Cbc<TdesEde3> =
    Cbc { is_legacy: true, ..Cbc::new("des-ede3-cbc", ObjectIdentifier::new_unwrap("1.2.840.113549.3.7")) };
