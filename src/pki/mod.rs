//! Certificates: what they say, whom they name, and whether a path leads from them to a trust anchor.

pub mod cert;
pub mod extension;
pub mod identity;
pub mod keyring;
pub mod name;
pub mod time;

pub use cert::Certificate;
pub use keyring::Keyring;

#[cfg(test)]
mod testing;
