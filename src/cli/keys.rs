//! The keys that open messages: options that decrypt and inspect share.

use std::path::{Path, PathBuf};

use clap::Args;
use sip_smime::cms::recipient::Identity;
use sip_smime::cms::recipient::kek::KeyEncryptionKey;
use sip_smime::cms::recipient::password::SharedPassword;
use sip_smime::cms::recipient::private_key::PrivateKeyIdentity;
use sip_smime::error::Error;
use sip_smime::pki::known::KnownCertificates;

use crate::cli::args::{Common, Secret};
use crate::cli::operand::{self, Passin};
use crate::cli::secrets::{self, KekSource};

/// What opens a message.
#[derive(Args, Debug)]
pub struct Keys {
    /// The certificate of a private key; the file may hold the key too; may be repeated
    #[arg(long, value_name = "CERT")]
    pub recip: Vec<PathBuf>,
    /// The recipient's private key; the file may hold the certificate too; may be repeated
    #[arg(long, value_name = "KEY")]
    pub inkey: Vec<PathBuf>,
    /// Where the password of the keys, and of PKCS #12 files, comes from: env:NAME, file:PATH, fd:N or prompt
    #[arg(long, value_name = "SOURCE")]
    pub passin: Option<Secret>,
    /// A key agreed on beforehand: ID:FILE, or ID:hex:FILE; may be repeated
    #[arg(long, value_name = "ID:FILE")]
    pub kek: Vec<KekSource>,
    /// Where the password of the message comes from: env:NAME, file:PATH, fd:N or prompt
    #[arg(long, value_name = "SOURCE")]
    pub password: Option<Secret>,
}

/// Keys that were loaded once, for all messages.
pub struct LoadedKeys {
    keys: Vec<PrivateKeyIdentity>,
    keks: Vec<KeyEncryptionKey>,
    password: Option<SharedPassword>,
}

impl Keys {
    /// Whether there is any.
    pub fn is_given(&self) -> bool {
        !(self.inkey.is_empty() && self.recip.is_empty() && self.kek.is_empty() && self.password.is_none())
    }

    /// Makes sure that standard input is asked for one thing alone.
    ///
    /// # Errors
    /// `usage`.
    pub fn check_standard_input(&self, common: &Common) -> Result<(), Error> {
        let mut secrets: Vec<bool> = self.kek.iter().map(KekSource::is_standard_input).collect();
        secrets.extend(self.password.iter().chain(&self.passin).map(Secret::is_standard_input));
        secrets::check_standard_input(&secrets, common.reads_standard_input())
    }

    /// The files that the options name.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let operands = self.recip.iter().chain(&self.inkey).map(PathBuf::as_path);
        let secrets = self.password.iter().chain(&self.passin).filter_map(Secret::file);
        operands.chain(self.kek.iter().map(KekSource::file)).chain(secrets)
    }

    /// Loads them. A key without a certificate has that of `known`.
    ///
    /// # Errors
    /// As those of the files and the passwords.
    pub fn load(&self, known: &KnownCertificates, passin: &Passin<'_>, common: &Common) -> Result<LoadedKeys, Error> {
        Ok(LoadedKeys {
            keys: operand::recipient_keys(&self.recip, &self.inkey, known, passin, common.voice())?,
            keks: secrets::keks(&self.kek, common.voice())?,
            password: self.password.as_ref().map(secrets::password).transpose()?,
        })
    }
}

impl LoadedKeys {
    /// As whom messages are opened, in the order in which it is tried.
    pub fn identities(&self) -> Vec<&dyn Identity> {
        let mut identities: Vec<&dyn Identity> = self.keys.iter().map(|key| -> &dyn Identity { key }).collect();
        identities.extend(self.keks.iter().map(|kek| -> &dyn Identity { kek }));
        identities.extend(self.password.iter().map(|password| -> &dyn Identity { password }));
        identities
    }
}
