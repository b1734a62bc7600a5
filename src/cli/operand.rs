//! Files of certificates and keys named on the command line, and what to do about one that is something else.

use std::path::Path;

use sip_smime::error::{Condition, Error};
use sip_smime::pki::Certificate;
use sip_smime::pki::key::PrivateKey;
use sip_smime::store;

use crate::cli::args::Secret;
use crate::cli::diagnostic::Voice;
use crate::cli::io;

/// The certificates of a file.
pub fn certificates(path: &Path) -> Result<Vec<Certificate>, Error> {
    store::certificates(&io::read_file(path)?).map_err(|error| error.in_file(named(path)))
}

/// The certificates and the private key of a signer, from one file or from two. Each is read once: it may be
/// a pipe.
pub fn signer(
    certificate: &Path,
    key: Option<&Path>,
    password: Option<&Secret>,
) -> Result<(Vec<Certificate>, PrivateKey), Error> {
    let file = io::read_file(certificate)?;
    let certificates = store::certificates(&file).map_err(|error| not_a_certificate(certificate, &file, error))?;
    let (path, file) = match key {
        Some(path) => (path, io::read_file(path)?),
        None => (certificate, file),
    };
    let password = password.map(|source| source.read(path)).transpose()?;
    let password = password.as_ref().map(|password| password.as_slice());
    let private_key = store::private_key(&file, password).map_err(|error| {
        let error = match error.condition() {
            _ if key.is_some() && is_pkcs12(&file) => error.hinting(pkcs12_hint(path)),
            Condition::KeyFileUnreadable if key.is_none() => error.hinting("give the key with -inkey"),
            _ => error,
        };
        error.in_file(named(path))
    })?;
    Ok((certificates, private_key))
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

/// What to do about a file of a signer that holds no certificate.
fn not_a_certificate(path: &Path, file: &[u8], error: Error) -> Error {
    let error = error.in_file(named(path));
    if is_pkcs12(file) {
        return error.detail("a PKCS #12 file").hinting(pkcs12_hint(path));
    }
    let is_key = match store::private_key(file, None) {
        Ok(_) => true,
        Err(error) => matches!(error.condition(), Condition::KeyNeedsPassword | Condition::KeyEncryptionUnsupported),
    };
    match is_key {
        true => error.hinting("this is a key: give the certificate with -signer, the key with -inkey"),
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
