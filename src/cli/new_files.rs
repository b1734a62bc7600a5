//! New files of certificates and keys: all of a command or none, and nothing that exists is overwritten.
//!
//! A key is written to a file that is its owner's alone from its creation (mode 0600, whatever the umask), beside its
//! target, and linked into place without replacing anything. `--force` renames over what is there; a link is replaced,
//! not followed. Standard output, FIFOs and devices are written to as they are.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sip_smime::error::{Condition, Error};
use tempfile::NamedTempFile;

use crate::cli::io::{Output, WriteError, descriptor, new_file_permissions};

/// Files that are ready to be put in place.
#[derive(Debug, Default)]
pub struct NewFiles {
    force: bool,
    files: Vec<(PathBuf, NamedTempFile)>,
    outputs: Vec<(Output, Vec<u8>)>,
}

/// Who may read a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Its owner alone: there is a key in it.
    Owner,
    /// Whom the umask lets.
    Umask,
}

impl NewFiles {
    pub fn new(force: bool) -> Self {
        NewFiles { force, ..NewFiles::default() }
    }

    /// Prepares a file; nothing visible is created or changed. `-` is standard output.
    ///
    /// # Errors
    /// `file.unwritable` if it cannot be written, or exists and `--force` was not given.
    pub fn add(&mut self, path: &Path, octets: &[u8], access: Access) -> Result<(), Error> {
        let is_special = fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir());
        if is_special || path.as_os_str() == "-" || descriptor(path).is_some() {
            self.outputs.push((Output::new(Some(path))?, octets.to_vec()));
            return Ok(());
        }
        if path.is_dir() {
            return Err(unwritable(path, "it is a directory"));
        }
        if !self.force && fs::symlink_metadata(path).is_ok() {
            return Err(exists(path));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // The kind alone: the whole error names the file beside the target, which is ours.
        let failed = |error: io::Error| unwritable(path, &io::Error::from(error.kind()).to_string());
        let mut file = tempfile::Builder::new().prefix(".sip-smime-").tempfile_in(folder).map_err(failed)?;
        file.write_all(octets).map_err(failed)?;
        if access == Access::Umask {
            file.as_file().set_permissions(new_file_permissions()).map_err(failed)?;
        }
        file.as_file().sync_all().map_err(failed)?;
        self.files.push((path.to_owned(), file));
        Ok(())
    }

    /// Puts everything in place. If one file cannot be, those before it are taken away again.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn place(self) -> Result<(), WriteError> {
        for (mut output, octets) in self.outputs {
            output.write(&octets)?;
            output.finish()?;
        }
        let mut placed: Vec<PathBuf> = Vec::new();
        for (path, file) in self.files {
            // A name that was placed a moment ago is no leftover to write over.
            let is_free = !placed.contains(&path);
            let result = match self.force && is_free {
                true => file.persist(&path),
                false => file.persist_noclobber(&path),
            };
            if let Err(error) = result {
                for earlier in &placed {
                    let _ = fs::remove_file(earlier);
                }
                return Err(WriteError::Failed(match error.error.kind() {
                    io::ErrorKind::AlreadyExists => exists(&path),
                    kind => unwritable(&path, &io::Error::from(kind).to_string()),
                }));
            }
            placed.push(path);
        }
        Ok(())
    }
}

/// Makes a folder, unless it is there.
///
/// # Errors
/// `file.unwritable`.
pub fn make_folder(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error.to_string()))
}

fn exists(path: &Path) -> Error {
    unwritable(path, "it exists").hinting("name another file; --force replaces it, and a key that is gone is gone")
}

fn unwritable(path: &Path, why: &str) -> Error {
    Error::new(Condition::FileUnwritable).detail(why).in_file(path.display().to_string())
}
