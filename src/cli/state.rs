//! The keyring on disk: a folder with one file for each certificate (RFC 3261 section 23.2).
//!
//! What the user puts into the folder are pins. What the program learns goes into `learnt/` below it and nowhere
//! else, and nothing that exists is written over. Whatever looks like an entry and cannot be read is an error: an
//! entry that is passed over would make a changed certificate look like a new one.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use sip_smime::error::{Condition, Error};
use sip_smime::pki::Certificate;
use sip_smime::pki::identity::IdentityOptions;
use sip_smime::pki::known::{Acquaintance, KnownCertificate, KnownCertificates, Standing};
use sip_smime::report::text;
use sip_smime::store::{self, known};
use sip_smime::uri::SipUri;

use crate::cli::io::{WriteError, read_small_file};
use crate::cli::new_files::{Access, NewFiles};
use crate::cli::operand::named;

/// A keyring, as it is during a run.
#[derive(Debug)]
pub struct KeyringFolder {
    folder: PathBuf,
    learns: bool,
    known: RwLock<Arc<KnownCertificates>>,
}

impl KeyringFolder {
    /// Reads a keyring. `permitted` are the certificates that the user permits besides; `learns` says whether what
    /// good messages teach is kept.
    ///
    /// # Errors
    /// `keyring.unreadable`.
    pub fn open(folder: &Path, permitted: &[Certificate], learns: bool) -> Result<Self, Error> {
        let mut known = read(folder)?;
        known.permit(permitted);
        Ok(KeyringFolder { folder: folder.to_owned(), learns, known: RwLock::new(Arc::new(known)) })
    }

    /// Whether it learns.
    pub fn learns(&self) -> bool {
        self.learns
    }

    /// What is known now.
    pub fn known(&self) -> Arc<KnownCertificates> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets the messages that follow in this run be compared with what this one taught.
    pub fn remember(&self, lessons: &[KnownCertificate]) {
        if lessons.is_empty() {
            return;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for lesson in lessons {
            Arc::make_mut(&mut known).add(lesson.clone().from_source("learnt in this run"));
        }
    }

    /// Keeps what was learnt, all of it or nothing, and says so. The messages of this run were judged with what those
    /// before them taught; another run may have learnt something meanwhile: the folder is locked, read and judged
    /// again.
    ///
    /// # Errors
    /// `keyring.unreadable`, `file.unwritable`; `trust.keyring-changed` if another run has learnt another
    /// certificate.
    pub fn store(&self, lessons: &[KnownCertificate]) -> Result<Vec<String>, Error> {
        if lessons.is_empty() {
            return Ok(Vec::new());
        }
        let folder = self.folder.join(LEARNT);
        let failed =
            |error: io::Error| Error::new(Condition::FileUnwritable).detail(error.to_string()).in_file(named(&folder));
        match fs::create_dir(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(error)),
            _ => {}
        }
        // Held until it is dropped.
        let _lock = lock(&folder)?;
        let known = read(&self.folder)?;
        let mut files = NewFiles::new(false);
        let mut lines = Vec::new();
        for (number, lesson) in lessons.iter().enumerate() {
            // Two layers or signers of a message may teach the same.
            let is_repeated = lessons.iter().take(number).any(|earlier| earlier == lesson);
            if is_repeated || !is_news(lesson, &known)? {
                continue;
            }
            let (name, text) = known::to_file(lesson)?;
            let path = folder.join(name);
            files.add(&path, text.as_bytes(), Access::Umask)?;
            lines.push(learnt_line(lesson, &path));
        }
        match files.place() {
            Err(WriteError::Failed(error)) => Err(error),
            // Nobody reads files that are put in place.
            Err(WriteError::Closed) | Ok(()) => Ok(lines),
        }
    }
}

/// Locks a folder until the value is dropped: what another run of the program writes there, it writes before or after.
///
/// # Errors
/// `file.unwritable`.
pub fn lock(folder: &Path) -> Result<File, Error> {
    let failed =
        |error: io::Error| Error::new(Condition::FileUnwritable).detail(error.to_string()).in_file(named(folder));
    let file = File::open(folder).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}

/// Whether something is not known yet, or is worth more now.
///
/// # Errors
/// `trust.keyring-changed` if another certificate is known, and the user did not permit this one.
fn is_news(lesson: &KnownCertificate, known: &KnownCertificates) -> Result<bool, Error> {
    for address in lesson.addresses() {
        match known.find(lesson.certificate(), address, IdentityOptions::default()) {
            Acquaintance::Known(entry) if entry.standing() >= lesson.standing() => return Ok(false),
            Acquaintance::Changed(others) if lesson.standing() == Standing::Path => {
                let sources: Vec<&str> = others.iter().map(|entry| entry.source()).collect();
                let detail = format!("another certificate for {address} was learnt meanwhile: {}", sources.join(", "));
                return Err(Error::new(Condition::TrustKeyringChanged).detail(detail));
            }
            Acquaintance::Known(_) | Acquaintance::Changed(_) | Acquaintance::Stranger => {}
        }
    }
    Ok(true)
}

fn learnt_line(lesson: &KnownCertificate, path: &Path) -> String {
    let addresses: Vec<&str> = lesson.addresses().iter().map(SipUri::as_str).collect();
    let kind = match lesson.standing() {
        Standing::Path => "a path to an anchor is needed again",
        Standing::Pin => "a pin",
    };
    let certificate = lesson.certificate();
    let (subject, fingerprint) = (certificate.subject_text(), text::hex(&certificate.fingerprint_sha256()));
    let (addresses, path) = (addresses.join(", "), path.display());
    format!("learnt: {addresses}: {subject}, SHA-256 fingerprint {fingerprint}, {kind}, in {path}")
}

/// The files of a keyring that hold entries.
///
/// # Errors
/// `keyring.unreadable`.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut paths = entries(folder)?;
    paths.extend(learnt_entries(folder)?);
    Ok(paths)
}

fn read(folder: &Path) -> Result<KnownCertificates, Error> {
    let mut known = KnownCertificates::default();
    for path in entries(folder)? {
        let found = read_small_file(&path).and_then(|octets| known::placed(&octets));
        for entry in found.map_err(|error| unreadable(error, &path))? {
            known.add(entry.from_source(named(&path)));
        }
    }
    for path in learnt_entries(folder)? {
        let found = read_small_file(&path).and_then(|octets| known::learnt(&octets));
        known.add(found.map_err(|error| unreadable(error, &path))?.from_source(named(&path)));
    }
    Ok(known)
}

/// The files that the user put into the folder.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |error: io::Error| {
        let error = Error::new(Condition::KeyringUnreadable).detail(error.to_string()).in_file(named(folder));
        error.hinting("mkdir makes an empty one")
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if is_entry(&entry.file_name(), &entry.path())? {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

/// The files that were learnt. That there are none yet is not that they cannot be found.
fn learnt_entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let folder = folder.join(LEARNT);
    match fs::symlink_metadata(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        _ => entries(&folder),
    }
}

/// Whether a file that is not hidden is an entry: its name ends as those of certificates do, or it holds some.
///
/// # Errors
/// `keyring.unreadable` about a folder: what is in it would be passed over.
fn is_entry(name: &OsStr, path: &Path) -> Result<bool, Error> {
    let name = name.to_string_lossy().to_ascii_lowercase();
    if name.starts_with('.') || name == LEARNT {
        return Ok(false);
    }
    if ENDINGS.iter().any(|ending| name.ends_with(ending)) {
        return Ok(true);
    }
    if path.is_dir() {
        return Err(Error::new(Condition::KeyringUnreadable)
            .detail("it is a folder, and what is in it would not be seen")
            .in_file(named(path))
            .hinting("put the certificates into the folder of the keyring itself"));
    }
    let holds_some = |octets: &[u8]| store::pkcs12::is_pkcs12(octets) || store::certificates(octets).is_ok();
    Ok(read_small_file(path).is_ok_and(|octets| holds_some(&octets)))
}

fn unreadable(error: Error, path: &Path) -> Error {
    error.with_condition(Condition::KeyringUnreadable).in_file(named(path))
}

/// The folder for what was learnt, in that of the keyring.
const LEARNT: &str = "learnt";
/// How the names of entries end, in any case.
const ENDINGS: [&str; 6] = [".pem", ".crt", ".cer", ".der", ".p7c", ".p7b"];
