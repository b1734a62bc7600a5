//! Files of certificates and keys named on the command line, and what to do about one that is something else.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use sip_smime::cms::recipient::private_key::PrivateKeyIdentity;
use sip_smime::error::{Condition, Error};
use sip_smime::pki::key::PrivateKey;
use sip_smime::pki::known::KnownCertificates;
use sip_smime::pki::{Certificate, Crl};
use sip_smime::store;
use sip_smime::store::pkcs12::Contents;
use zeroize::Zeroizing;

use crate::cli::args::Secret;
use crate::cli::diagnostic::Voice;
use crate::cli::io;

/// The password of `-passin`, for all files that need one. It is read when the first of them does, and once: it may
/// come from a pipe.
pub struct Passin<'a> {
    source: Option<&'a Secret>,
    password: OnceCell<Zeroizing<Vec<u8>>>,
}

impl<'a> Passin<'a> {
    pub fn new(source: Option<&'a Secret>) -> Self {
        Passin { source, password: OnceCell::new() }
    }

    /// The password, which is asked for as that of the file at `path`.
    pub fn read(&self, path: &Path) -> Result<Option<&[u8]>, Error> {
        if let (Some(source), None) = (self.source, self.password.get()) {
            let password = source.read(&named(path))?;
            return Ok(Some(self.password.get_or_init(|| password)));
        }
        Ok(self.password.get().map(|password| password.as_slice()))
    }
}

/// The certificates of a file.
pub fn certificates(path: &Path, passin: &Passin<'_>) -> Result<Vec<Certificate>, Error> {
    certificates_of(path, &io::read_file(path)?, passin, None)
}

/// The certificates of several files, one after another, and the revocation lists beside them. Each file is read once:
/// it may be a pipe.
pub fn certificates_and_crls(paths: &[PathBuf], passin: &Passin<'_>) -> Result<(Vec<Certificate>, Vec<Crl>), Error> {
    let (mut certificates, mut crls) = (Vec::new(), Vec::new());
    for path in paths {
        let file = io::read_file(path)?;
        certificates.extend(certificates_of(path, &file, passin, None)?);
        crls.extend(store::crls_beside(&file).map_err(|error| error.in_file(named(path)))?);
    }
    Ok((certificates, crls))
}

/// The certificate revocation lists of several files.
pub fn all_crls(paths: &[PathBuf]) -> Result<Vec<Crl>, Error> {
    let crls = |path: &PathBuf| store::crls(&io::read_file(path)?).map_err(|error| error.in_file(named(path)));
    paths.iter().map(crls).collect::<Result<Vec<_>, _>>().map(|found| found.concat())
}

/// The certificates of a recipient's file.
pub fn recipient_certificates(path: &Path, passin: &Passin<'_>) -> Result<Vec<Certificate>, Error> {
    let hint = "this is a key: nothing can be encrypted without the certificate";
    certificates_of(path, &io::read_file(path)?, passin, Some(hint))
}

/// The certificates of a file that was read. What to do if it holds a key instead is in `key_hint`.
fn certificates_of(
    path: &Path,
    file: &[u8],
    passin: &Passin<'_>,
    key_hint: Option<&str>,
) -> Result<Vec<Certificate>, Error> {
    if store::pkcs12::is_pkcs12(file) {
        let found = store::pkcs12::certificates(file, passin.read(path)?);
        return found.map_err(|error| error.in_file(named(path)));
    }
    store::certificates(file).map_err(|error| match key_hint {
        Some(hint) => not_a_certificate(path, file, error, hint),
        None => error.in_file(named(path)),
    })
}

/// Certificates in PEM.
pub fn in_pem(certificates: &[Certificate]) -> Result<Vec<String>, Error> {
    certificates.iter().map(|certificate| store::pem_block("CERTIFICATE", certificate.der())).collect()
}

/// The certificates and the private keys of a signer, from one file or from two. Each is read once: it may be
/// a pipe. There is one key, but a PKCS #12 file may hold several.
pub fn signer(
    certificate: &Path,
    key: Option<&Path>,
    passin: &Passin<'_>,
) -> Result<(Vec<Certificate>, Vec<PrivateKey>), Error> {
    let file = io::read_file(certificate)?;
    let hint = "this is a key: give the certificate with -signer, the key with -inkey";
    let Some(key) = key else {
        let found = contents(certificate, &file, passin, Some(hint))?;
        return Ok((found.certificates, found.keys));
    };
    let certificates = certificates_of(certificate, &file, passin, Some(hint))?;
    Ok((certificates, private_keys(key, &io::read_file(key)?, passin)?.keys))
}

/// The private key of a file.
pub fn private_key(path: &Path, passin: &Passin<'_>) -> Result<PrivateKey, Error> {
    let found = private_keys(path, &io::read_file(path)?, passin)?;
    let [key] = <[PrivateKey; 1]>::try_from(found.keys).map_err(|keys| {
        Error::new(Condition::KeyFileUnreadable).detail(format!("there are {} keys", keys.len())).in_file(named(path))
    })?;
    Ok(key)
}

/// The private keys of a file, and the certificates in it, if any.
fn private_keys(path: &Path, file: &[u8], passin: &Passin<'_>) -> Result<Contents, Error> {
    let password = passin.read(path)?;
    let found = match store::pkcs12::is_pkcs12(file) {
        true => store::pkcs12::read(file, password),
        false => store::private_key(file, password)
            .map(|key| Contents { certificates: store::certificates(file).unwrap_or_default(), keys: vec![key] }),
    };
    match found {
        Ok(found) if found.keys.is_empty() => {
            Err(Error::new(Condition::KeyFileUnreadable).detail("a PKCS #12 file without private keys"))
        }
        Err(error) if error.condition() == Condition::KeyFileUnreadable && store::certificates(file).is_ok() => {
            Err(error.hinting("this is a certificate: give its private key with -inkey"))
        }
        other => other,
    }
    .map_err(|error| error.in_file(named(path)))
}

/// The certificates and the keys of one file, which must hold both.
fn contents(path: &Path, file: &[u8], passin: &Passin<'_>, key_hint: Option<&str>) -> Result<Contents, Error> {
    if !store::pkcs12::is_pkcs12(file) {
        certificates_of(path, file, passin, key_hint)?;
    }
    let found = private_keys(path, file, passin).map_err(|error| match error.condition() {
        Condition::KeyFileUnreadable => error.hinting("give the key with -inkey"),
        _ => error,
    })?;
    match found.certificates.is_empty() {
        true => Err(Error::new(Condition::CertificateFileUnreadable)
            .detail("a PKCS #12 file without certificates")
            .in_file(named(path))),
        false => Ok(found),
    }
}

/// The keys that messages are decrypted with, each with its certificates: those of `-recip` and those of the key
/// files. `-recip` alone may hold the key, too. A key without a certificate has that of the keyring.
pub fn recipient_keys(
    recipients: &[PathBuf],
    keys: &[PathBuf],
    known: &KnownCertificates,
    passin: &Passin<'_>,
    voice: Voice,
) -> Result<Vec<PrivateKeyIdentity>, Error> {
    let hint = "this is a key: give the certificate with -recip, the key with -inkey";
    let mut named_certificates = Vec::new();
    let mut files = Vec::new();
    for path in recipients {
        let file = io::read_file(path)?;
        let found = match keys.is_empty() {
            true => contents(path, &file, passin, Some(hint))?,
            false => {
                let certificates = certificates_of(path, &file, passin, Some(hint))?;
                Contents { certificates, keys: Vec::new() }
            }
        };
        named_certificates.push((path, found.certificates));
        files.push((path.as_path(), found.keys));
    }
    let mut certificates: Vec<Certificate> = named_certificates.iter().flat_map(|(_, found)| found.clone()).collect();
    for path in keys {
        let found = private_keys(path, &io::read_file(path)?, passin)?;
        certificates.extend(found.certificates);
        files.push((path.as_path(), found.keys));
    }
    let mut private_keys = Vec::new();
    for (path, mut found) in files.into_iter().filter(|(_, found)| !found.is_empty()) {
        check_mode(path, false, voice)?;
        // A PKCS #12 file often has a key to sign with, too. Alone it is an error.
        let decrypts = |key: &PrivateKey| key.key().transport().is_some() || key.key().agreement().is_some();
        if found.iter().any(decrypts) {
            found.retain(decrypts);
        }
        private_keys.extend(found.into_iter().map(|key| (path, key)));
    }
    let belongs = |one: &Certificate| private_keys.iter().any(|(_, key)| key.public_key() == one.public_key());
    if let Some((path, found)) = named_certificates.iter().find(|(_, found)| !found.iter().any(belongs)) {
        let subject = found.first().map(Certificate::subject_text).unwrap_or_default();
        return Err(Error::new(Condition::RecipientKeyMismatch).detail(subject).in_file(named(path)));
    }
    let known: Vec<Certificate> = known.entries().iter().map(|entry| entry.certificate().clone()).collect();
    let identity = |(path, key): (&Path, PrivateKey)| {
        let is_named = certificates.iter().any(|one| one.public_key() == key.public_key());
        let among = if is_named { &certificates } else { &known };
        PrivateKeyIdentity::new(key, among).map_err(|error| error.in_file(named(path)))
    };
    private_keys.into_iter().map(identity).collect()
}

/// Says that others can read a key; under `--strict` that is an error.
pub fn check_mode(path: &Path, strict: bool, voice: Voice) -> Result<(), Error> {
    if !io::is_readable_by_others(path) {
        return Ok(());
    }
    let exposed = Error::new(Condition::KeyFileExposed).in_file(named(path));
    if strict {
        return Err(exposed);
    }
    voice.say(&[format!("warning: {exposed}: {} [KEY-READABLE]", named(path))]);
    Ok(())
}

pub fn named(path: &Path) -> String {
    path.display().to_string()
}

/// What to do about a file that holds no certificate; `key_hint`, if it holds a key instead.
fn not_a_certificate(path: &Path, file: &[u8], error: Error, key_hint: &str) -> Error {
    let error = error.in_file(named(path));
    let is_key = match store::private_key(file, None) {
        Ok(_) => true,
        Err(error) => matches!(error.condition(), Condition::KeyNeedsPassword | Condition::KeyEncryptionUnsupported),
    };
    match is_key {
        true => error.hinting(key_hint),
        false => error,
    }
}
