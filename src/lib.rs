//! S/MIME for SIP: the library beneath the `sip-smime` program.
//!
//! The rooms, from the ground up; a room imports only from lower floors (`tests/layering.rs`):
//! octets and errors, then ASN.1, MIME and algorithms, then SIP messages and certificates, then CMS,
//! then what MIME and CMS mean together (smime). Nothing here reads files, clocks, the environment
//! or randomness: slices come in, vectors go out, and time and randomness are arguments.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::as_conversions
    )
)]

pub mod alg;
pub mod asn1;
pub mod cms;
pub mod error;
pub mod message;
pub mod mime;
pub mod octets;
pub mod pki;
pub mod report;
pub mod smime;
pub mod source;
pub mod spec;
pub mod store;
pub mod uri;
