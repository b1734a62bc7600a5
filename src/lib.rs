//! S/MIME for SIP: the library beneath the `sip-smime` program.
//!
//! The rooms, from the ground up; a room imports only from lower floors (`tests/layering.rs`):
//! octets and errors, then ASN.1, MIME and algorithms, then SIP messages and certificates, then CMS,
//! then what MIME and CMS mean together (smime). Nothing here reads files, clocks, the environment
//! or randomness: slices come in, vectors go out, and time and randomness are arguments.
//!
//! The signed MESSAGE of RFC 8591 section 10.1, verified at a time when its certificate was valid:
//!
//! ```
//! use sip_smime::alg::policy::Strength;
//! use sip_smime::pki::chain::Trust;
//! use sip_smime::pki::identity::IdentityOptions;
//! use sip_smime::smime::body::{Output, Request, verify_message};
//! use sip_smime::smime::claim::IdentitySource;
//! use sip_smime::smime::verify::VerifyOptions;
//!
//! # let octets = include_bytes!("../testdata/rfc/rfc8591/10.1.sip");
//! # let file = include_bytes!("../testdata/rfc/rfc8591/alice_sign_cert.pem");
//! let alice = sip_smime::store::certificates(file)?;
//! let request = Request { octets, start: 0, form: None, part: None, output: Output::Same };
//! let message = verify_message(&request, None, &IdentitySource::Default, |claim| VerifyOptions {
//!     certificates: &[],
//!     use_message_certificates: true,
//!     trust: Some(Trust { pinned: &alice, time: 1_527_984_000, ..Trust::default() }),
//!     known: None,
//!     claim,
//!     identity: IdentityOptions::default(),
//!     strength: Strength::Current,
//!     any_signer: false,
//!     require_date: false,
//!     strict: false,
//!     diagnose: false,
//! })
//! .map_err(|refused| refused.error)?;
//! assert!(message.report().signers.iter().all(|signer| signer.trust.is_good()));
//! assert!(message.into_octets().ends_with(b"\r\n\r\nWatson, come here - I want to see you.\r\n"));
//! # Ok::<(), sip_smime::error::Error>(())
//! ```
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
pub mod inspect;
pub mod lint;
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
