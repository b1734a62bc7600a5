//! The program as its users meet it: exit codes, messages, files, keys, options.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[cfg(feature = "capture")]
mod capture;
#[cfg(feature = "capture")]
mod capture_tshark;
mod check_san;
mod check_san_trust;
mod decryption;
mod diagnose;
mod diagnose_messages;
mod domains;
mod encryption;
mod files;
mod fixtures;
mod gen_cert;
mod gen_cert_combinations;
mod gen_cert_forms;
mod gen_cert_keys;
mod inspect;
mod keyring;
mod keyring_files;
mod keyring_recipients;
mod lint;
mod messages;
mod operands;
mod options;
mod policies;
mod revocation_lists;
mod scene;
#[path = "../support/mod.rs"]
mod support;
