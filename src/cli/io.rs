//! Files: read on demand, written whole or not at all.
//!
//! A product goes to a new file without a name, which takes the target's place only after every check
//! has passed; until then the target is as it was. A FIFO, a device or a descriptor (`/dev/stdout`,
//! `/dev/fd/3`) is opened and written at the end.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sip_smime::error::{Condition, Error};
use zeroize::Zeroizing;

use crate::cli::unnamed_file::UnnamedFile;

/// The largest key, certificate or content file.
const MAX_FILE: u64 = 128 << 20;
/// The largest file that is taken for a certificate where it was not named as one.
const MAX_CERTIFICATE: u64 = 1 << 20;
/// The longest chain of links that is followed, as the kernel has it.
const MAX_LINKS: usize = 40;

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
    file.take(MAX_FILE.saturating_add(1)).read_to_end(&mut octets).map_err(unreadable)?;
    // Part of a file is not the file.
    if u64::try_from(octets.len()).unwrap_or(u64::MAX) > MAX_FILE {
        return Err(unreadable(io::Error::other(format!("it has more than {MAX_FILE} octets"))));
    }
    Ok(octets)
}

/// Reads a whole file of certificates that was found in a folder, and not named: it must be a file, and a small one.
///
/// # Errors
/// `file.unreadable`.
pub fn read_small_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    match () {
        _ if !metadata.is_file() => Err(unreadable(path, &io::Error::other("it is not a file"))),
        _ if metadata.len() > MAX_CERTIFICATE => {
            Err(unreadable(path, &io::Error::other(format!("it has more than {MAX_CERTIFICATE} octets"))))
        }
        _ => read_file(path),
    }
}

/// Reads a whole file of content; `-` is standard input.
///
/// # Errors
/// `file.unreadable`.
pub fn read_content(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    read_file(if path.as_os_str() == "-" { Path::new("/dev/stdin") } else { path })
}

/// Whether a path names standard input.
pub fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-" || descriptor(path) == Some(0)
}

/// Whether what is written to standard output is lost, as far as can be known: it is `/dev/null`, open for
/// reading and writing.
///
/// The runtime of Rust opens a closed standard output so. So do Python (`subprocess.DEVNULL`) and Node
/// (`stdio: 'ignore'`) for a caller that wants the exit code alone; a shell's `>/dev/null` is open for writing only.
pub fn standard_output_is_lost() -> bool {
    let stdout = io::stdout();
    let is_null = rustix::fs::fstat(&stdout).is_ok_and(|status| {
        let is_device = rustix::fs::FileType::from_raw_mode(status.st_mode) == rustix::fs::FileType::CharacterDevice;
        is_device && (rustix::fs::major(status.st_rdev), rustix::fs::minor(status.st_rdev)) == (1, 3)
    });
    let mode = rustix::fs::fcntl_getfl(&stdout).map(|flags| flags & rustix::fs::OFlags::RWMODE);
    is_null && mode == Ok(rustix::fs::OFlags::RDWR)
}

/// Whether a file holds a certificate in PEM and begins with it, or is one in DER: whoever names it as a message meant
/// something else.
pub fn is_certificate(path: &Path) -> bool {
    let Ok(metadata) = fs::metadata(path) else { return false };
    let is_small = metadata.is_file() && metadata.len() <= MAX_CERTIFICATE;
    is_small && read_file(path).is_ok_and(|octets| sip_smime::store::certificates(&octets).is_ok())
}

/// Whether two paths lead to one regular file, through whatever links. Devices and pipes may be shared: nothing in them
/// is overwritten.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let number = |path: &Path| {
        let metadata = fs::metadata(path).ok()?;
        metadata.is_file().then(|| (metadata.dev(), metadata.ino()))
    };
    number(one).is_some_and(|found| Some(found) == number(other))
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
    /// A regular or new file: the octets stand in a file without a name until they are put in place.
    Beside { target: PathBuf, file: UnnamedFile },
    /// A FIFO, a device or a descriptor: written at the end.
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
        // What the path leads to, before any link is read: that of a pipe in /proc is no path.
        let metadata = fs::metadata(path);
        if let (Err(error), Some(_)) = (&metadata, descriptor(path)) {
            return Err(unwritable(path, error));
        }
        let is_special = metadata.is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir());
        if is_special || descriptor(path).is_some() {
            return Ok(Output::Late { target: path.to_owned(), octets: Vec::new() });
        }
        let target = follow_links(path)?;
        if target.is_dir() {
            return Err(unwritable(path, &io::Error::other("it is a directory")));
        }
        let folder = folder_of(&target);
        if !folder.is_dir() {
            let folder = folder.display();
            return Err(unwritable(path, &io::Error::other(format!("the folder {folder} does not exist"))));
        }
        // The kind alone: the whole error names the file beside the target, which is ours.
        let file = UnnamedFile::new(&target).map_err(|error| unwritable(path, &io::Error::from(error.kind())))?;
        Ok(Output::Beside { target, file })
    }

    /// Whether this is standard output, by whatever name.
    pub fn is_standard(&self) -> bool {
        match self {
            Output::Standard => true,
            Output::Beside { .. } => false,
            Output::Late { target, .. } => descriptor(target) == Some(1),
        }
    }

    /// Whether both would write to one place. Devices may be shared.
    pub fn is_same(&self, other: &Output) -> bool {
        match (self, other) {
            (Output::Beside { target, .. }, Output::Beside { target: other, .. }) => {
                let place = |target: &Path| {
                    let folder = fs::canonicalize(folder_of(target)).ok();
                    folder.map(|folder| folder.join(target.file_name().unwrap_or_default()))
                };
                target == other || place(target) == place(other)
            }
            (Output::Late { target, .. }, Output::Late { target: other, .. }) => {
                let number = |target: &Path| {
                    use std::os::unix::fs::{FileTypeExt, MetadataExt};
                    let metadata = fs::metadata(target).ok()?;
                    let is_device = metadata.file_type().is_char_device() || metadata.file_type().is_block_device();
                    (!is_device).then(|| (metadata.dev(), metadata.ino()))
                };
                target == other || number(target).is_some_and(|found| Some(found) == number(other))
            }
            _ => self.is_standard() && other.is_standard(),
        }
    }

    /// Adds octets.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn write(&mut self, octets: &[u8]) -> Result<(), WriteError> {
        let written = match self {
            Output::Standard => write_standard(octets),
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
                file.complete(Some(permissions)).map_err(|error| failed(&error))?;
                file.replace(&target).map_err(|error| failed(&error))
            }
            Output::Late { ref target, ref octets } => {
                let written = match descriptor(target) {
                    Some(1) => write_standard(octets),
                    // What a descriptor holds already is not ours: nothing is cut off.
                    _ => fs::OpenOptions::new().append(true).open(target).and_then(|mut file| file.write_all(octets)),
                };
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

fn write_standard(octets: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(octets).and_then(|()| stdout.flush())
}

/// The number of the descriptor of this process that a path leads to: `/dev/stdout`, `/dev/fd/3`.
pub fn descriptor(path: &Path) -> Option<u32> {
    let own = format!("/proc/{}/fd", std::process::id());
    let mut target = path.to_owned();
    for _ in 0..MAX_LINKS {
        let folder = target.parent()?;
        if [Path::new("/dev/fd"), Path::new("/proc/self/fd"), Path::new(&own)].contains(&folder) {
            return target.file_name()?.to_str()?.parse().ok();
        }
        target = folder.join(fs::read_link(&target).ok()?);
    }
    None
}

/// The folder that a path is in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The file a chain of links leads to, whether it exists or not: the links stay.
fn follow_links(path: &Path) -> Result<PathBuf, Error> {
    let mut target = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(next) = fs::read_link(&target) else { return Ok(target) };
        target = target.parent().unwrap_or(Path::new("")).join(next);
    }
    Err(unwritable(path, &io::Error::other("too many links")))
}

/// The mode of the file that is replaced, or what the umask leaves of a new one.
fn permissions_for(target: &Path) -> io::Result<fs::Permissions> {
    if let Ok(metadata) = fs::metadata(target) {
        return Ok(metadata.permissions());
    }
    Ok(new_file_permissions())
}

/// What the umask leaves of a new file.
pub fn new_file_permissions() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    // The umask can only be read by setting it; no other thread creates files at this point.
    let mask = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    rustix::process::umask(mask);
    fs::Permissions::from_mode(0o666 & !mask.as_raw_mode())
}
