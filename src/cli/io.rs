//! Files: read on demand, written whole or not at all.
//!
//! A product goes to a new file beside its target, which takes the target's place only after every check
//! has passed; until then the target is as it was. A FIFO or a device is opened and written at the end.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sip_smime::error::{Condition, Error};
use zeroize::Zeroizing;

/// The largest key, certificate or content file.
const MAX_FILE: u64 = 128 << 20;

/// Reads a whole file of keys, certificates or content.
///
/// # Errors
/// `file.unreadable`.
pub fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let unreadable = |error: io::Error| unreadable(path, &error);
    let mut octets = Zeroizing::new(Vec::new());
    let file = File::open(path).map_err(unreadable)?;
    // One allocation: a secret that a growing buffer leaves behind would not be wiped.
    let expected = file.metadata().map_err(unreadable)?.len().min(MAX_FILE);
    octets.reserve_exact(usize::try_from(expected).unwrap_or_default());
    file.take(MAX_FILE).read_to_end(&mut octets).map_err(unreadable)?;
    Ok(octets)
}

/// Whether others than the owner may read a file: a key should not be in it.
pub fn is_readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o044 != 0)
}

/// Opens an input; `None` is standard input.
///
/// # Errors
/// `file.unreadable`.
pub fn open(path: Option<&PathBuf>) -> Result<Box<dyn Read>, Error> {
    match path {
        None => Ok(Box::new(io::stdin().lock())),
        Some(path) => {
            let file = File::open(path).map_err(|error| unreadable(path, &error))?;
            if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
                return Err(unreadable(path, &io::Error::other("it is a directory")));
            }
            Ok(Box::new(file))
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::new(Condition::FileUnreadable).detail(error.to_string()).in_file(path.display().to_string())
}

/// Where products go.
#[derive(Debug)]
pub enum Output {
    /// Standard output, at once.
    Standard,
    /// A regular or new file: the octets stand beside it until they are put in place.
    Beside { target: PathBuf, file: tempfile::NamedTempFile },
    /// A FIFO or a device: written at the end.
    Late { target: PathBuf, octets: Vec<u8> },
}

/// Why nothing more can be written.
#[derive(Debug)]
pub enum WriteError {
    /// The reader went away. That is its right: nothing is said.
    Closed,
    /// Anything else.
    Failed(Error),
}

impl Output {
    /// Prepares an output; nothing visible is created or changed.
    ///
    /// # Errors
    /// `file.unwritable`.
    pub fn new(path: Option<&Path>) -> Result<Self, Error> {
        let Some(path) = path.filter(|path| path.as_os_str() != "-") else { return Ok(Output::Standard) };
        let target = follow_links(path)?;
        match fs::metadata(&target) {
            Ok(metadata) if metadata.is_dir() => Err(unwritable(path, &io::Error::other("it is a directory"))),
            Ok(metadata) if !metadata.is_file() => Ok(Output::Late { target, octets: Vec::new() }),
            _ => {
                let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
                let file = tempfile::Builder::new()
                    .prefix(".sip-smime-")
                    .tempfile_in(folder.unwrap_or(Path::new(".")))
                    .map_err(|error| unwritable(path, &error))?;
                Ok(Output::Beside { target, file })
            }
        }
    }

    /// Adds octets.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn write(&mut self, octets: &[u8]) -> Result<(), WriteError> {
        let written = match self {
            Output::Standard => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(octets).and_then(|()| stdout.flush())
            }
            Output::Beside { file, .. } => file.write_all(octets),
            Output::Late { octets: pending, .. } => {
                pending.extend_from_slice(octets);
                Ok(())
            }
        };
        written.map_err(|error| self.failed(&error))
    }

    /// Puts the product in place. Without this call nothing is left behind.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn finish(self) -> Result<(), WriteError> {
        match self {
            Output::Standard => Ok(()),
            Output::Beside { target, file } => {
                let failed = |error: &io::Error| WriteError::Failed(unwritable(&target, error));
                let permissions = permissions_for(&target).map_err(|error| failed(&error))?;
                file.as_file().set_permissions(permissions).map_err(|error| failed(&error))?;
                file.as_file().sync_all().map_err(|error| failed(&error))?;
                file.persist(&target).map_err(|error| failed(&error.error))?;
                Ok(())
            }
            Output::Late { ref target, ref octets } => {
                let written =
                    fs::OpenOptions::new().write(true).open(target).and_then(|mut file| file.write_all(octets));
                written.map_err(|error| self.failed(&error))
            }
        }
    }

    fn failed(&self, error: &io::Error) -> WriteError {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return WriteError::Closed;
        }
        WriteError::Failed(match self {
            Output::Standard => Error::new(Condition::FileUnwritable).detail(format!("standard output: {error}")),
            Output::Beside { target, .. } | Output::Late { target, .. } => unwritable(target, error),
        })
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    Error::new(Condition::FileUnwritable).detail(error.to_string()).in_file(path.display().to_string())
}

/// The file a chain of links leads to, whether it exists or not: the links stay.
fn follow_links(path: &Path) -> Result<PathBuf, Error> {
    const MAX_LINKS: usize = 40;
    let mut target = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(next) = fs::read_link(&target) else { return Ok(target) };
        target = target.parent().unwrap_or(Path::new("")).join(next);
    }
    Err(unwritable(path, &io::Error::other("too many links")))
}

/// The mode of the file that is replaced, or what the umask leaves of a new one.
fn permissions_for(target: &Path) -> io::Result<fs::Permissions> {
    use std::os::unix::fs::PermissionsExt;
    if let Ok(metadata) = fs::metadata(target) {
        return Ok(metadata.permissions());
    }
    // The umask can only be read by setting it; no other thread creates files at this point.
    let mask = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    rustix::process::umask(mask);
    Ok(fs::Permissions::from_mode(0o666 & !mask.as_raw_mode()))
}
