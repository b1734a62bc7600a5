//! Files of certificates and keys named on the command line, and what to do about one that is something else.

use std::path::{Path, PathBuf};

use sip_smime::cms::recipient::private_key::PrivateKeyIdentity;
use sip_smime::error::{Condition, Error};
use sip_smime::pki::key::PrivateKey;
use sip_smime::pki::{Certificate, Crl};
use sip_smime::store;
use zeroize::Zeroizing;

use crate::cli::args::Secret;
use crate::cli::diagnostic::Voice;
use crate::cli::io;

/// The certificates of a file.
pub fn certificates(path: &Path) -> Result<Vec<Certificate>, Error> {
    store::certificates(&io::read_file(path)?).map_err(|error| error.in_file(named(path)))
}

/// The certificates of several files, one after another.
pub fn all_certificates(paths: &[PathBuf]) -> Result<Vec<Certificate>, Error> {
    paths.iter().map(|path| certificates(path)).collect::<Result<Vec<_>, _>>().map(|found| found.concat())
}

/// The certificate revocation lists of several files.
pub fn all_crls(paths: &[PathBuf]) -> Result<Vec<Crl>, Error> {
    let crls = |path: &PathBuf| store::crls(&io::read_file(path)?).map_err(|error| error.in_file(named(path)));
    paths.iter().map(crls).collect::<Result<Vec<_>, _>>().map(|found| found.concat())
}

/// The certificates of a recipient's file.
pub fn recipient_certificates(path: &Path) -> Result<Vec<Certificate>, Error> {
    let file = io::read_file(path)?;
    let hint = "this is a key: nothing can be encrypted without the certificate";
    store::certificates(&file).map_err(|error| not_a_certificate(path, &file, error, hint))
}

/// Certificates in PEM.
pub fn in_pem(certificates: &[Certificate]) -> Result<Vec<String>, Error> {
    certificates.iter().map(|certificate| store::pem_block("CERTIFICATE", certificate.der())).collect()
}

/// The certificates and the private key of a signer, from one file or from two. Each is read once: it may be
/// a pipe.
pub fn signer(
    certificate: &Path,
    key: Option<&Path>,
    password: Option<&Secret>,
) -> Result<(Vec<Certificate>, PrivateKey), Error> {
    let file = io::read_file(certificate)?;
    let hint = "this is a key: give the certificate with -signer, the key with -inkey";
    let certificates =
        store::certificates(&file).map_err(|error| not_a_certificate(certificate, &file, error, hint))?;
    let (path, file) = match key {
        Some(path) => (path, io::read_file(path)?),
        None => (certificate, file),
    };
    let password = password.map(|source| source.read(&named(path))).transpose()?;
    let private_key = private_key(path, &file, password.as_ref()).map_err(|error| match error.condition() {
        Condition::KeyFileUnreadable if key.is_none() => error.hinting("give the key with -inkey"),
        _ => error,
    })?;
    Ok((certificates, private_key))
}

fn private_key(path: &Path, file: &[u8], password: Option<&Zeroizing<Vec<u8>>>) -> Result<PrivateKey, Error> {
    store::private_key(file, password.map(|password| password.as_slice())).map_err(|error| {
        let error = match error.condition() {
            _ if is_pkcs12(file) => error.hinting(pkcs12_hint(path)),
            Condition::KeyFileUnreadable if store::certificates(file).is_ok() => {
                error.hinting("this is a certificate: give its private key with -inkey")
            }
            _ => error,
        };
        error.in_file(named(path))
    })
}

/// The keys that messages are decrypted with, each with its certificates: those of `-recip` and those of the key
/// files. `-recip` alone may hold the key, too.
pub fn recipient_keys(
    recipients: &[PathBuf],
    keys: &[PathBuf],
    password: Option<&Secret>,
    voice: Voice,
) -> Result<Vec<PrivateKeyIdentity>, Error> {
    let hint = "this is a key: give the certificate with -recip, the key with -inkey";
    let mut named_certificates = Vec::new();
    let mut files = Vec::new();
    for path in recipients {
        let file = io::read_file(path)?;
        let found = store::certificates(&file).map_err(|error| not_a_certificate(path, &file, error, hint))?;
        named_certificates.push((path, found));
        if keys.is_empty() {
            files.push((path.as_path(), file));
        }
    }
    for path in keys {
        files.push((path.as_path(), io::read_file(path)?));
    }
    let mut certificates: Vec<Certificate> = named_certificates.iter().flat_map(|(_, found)| found.clone()).collect();
    // One password for all of them: it may come from a pipe, which is read once.
    let password = match (password, files.first()) {
        (Some(source), Some((path, _))) => Some(source.read(&named(path))?),
        _ => None,
    };
    let mut private_keys = Vec::new();
    for (path, file) in &files {
        let key = private_key(path, file, password.as_ref()).map_err(|error| match error.condition() {
            Condition::KeyFileUnreadable if keys.is_empty() => error.hinting("give the key with -inkey"),
            _ => error,
        })?;
        check_mode(path, false, voice)?;
        certificates.extend(store::certificates(file).unwrap_or_default());
        private_keys.push((path, key));
    }
    let belongs = |one: &Certificate| private_keys.iter().any(|(_, key)| key.public_key() == one.public_key());
    if let Some((path, found)) = named_certificates.iter().find(|(_, found)| !found.iter().any(belongs)) {
        let subject = found.first().map(Certificate::subject_text).unwrap_or_default();
        return Err(Error::new(Condition::RecipientKeyMismatch).detail(subject).in_file(named(path)));
    }
    let identity = |(path, key): (&&Path, PrivateKey)| {
        PrivateKeyIdentity::new(key, &certificates).map_err(|error| error.in_file(named(path)))
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
    if is_pkcs12(file) {
        return error.detail("a PKCS #12 file").hinting(pkcs12_hint(path));
    }
    let is_key = match store::private_key(file, None) {
        Ok(_) => true,
        Err(error) => matches!(error.condition(), Condition::KeyNeedsPassword | Condition::KeyEncryptionUnsupported),
    };
    match is_key {
        true => error.hinting(key_hint),
        false => error,
    }
}

/// Whether this is a PFX: a SEQUENCE that begins with the version 3 (RFC 7292 section 4).
fn is_pkcs12(file: &[u8]) -> bool {
    let begins = |header: usize| file.get(header..).is_some_and(|content| content.starts_with(&[2, 1, 3]));
    file.first() == Some(&0x30) && (2..=6).any(begins)
}

fn pkcs12_hint(path: &Path) -> String {
    format!("convert it: openssl pkcs12 -in {} -nodes -out FILE", named(path))
}
