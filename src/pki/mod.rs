//! Certificates and keys: what certificates say, whom they name, whether a path leads from them to a trust
//! anchor; private keys as files hold them.

pub mod cert;
pub mod chain;
pub mod crl;
pub mod distribution;
pub mod domain;
pub mod extension;
pub mod fixture;
pub mod identity;
pub mod issue;
pub mod key;
pub mod keyring;
pub mod known;
pub mod lineage;
pub mod name;
pub mod profile;
pub mod request;
pub mod revoke;
pub mod time;

pub use cert::Certificate;
pub use crl::Crl;
pub use key::PrivateKey;
pub use keyring::Keyring;

#[cfg(test)]
mod san_table;
#[cfg(test)]
pub(crate) mod testing;
