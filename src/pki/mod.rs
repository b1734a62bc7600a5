//! Certificates and keys: exact octets beside the parsed view.

pub mod key;
