//! MIME entities as they stand (RFC 2045, RFC 2046, RFC 1847), with no opinion on security.
//!
//! Header fields and parts are spans of the input, never rebuilt: what was signed is what stands there.
//! What is malformed or has two readings is refused, because two programs that read one message
//! differently are how a signature comes to cover something else.

pub mod canonical;
pub mod content_type;
pub mod entity;
pub mod field;
mod lexer;
pub mod multipart;
pub mod transfer;
