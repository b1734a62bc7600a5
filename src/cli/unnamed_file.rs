//! A file that has no name until it is put in place: whatever ends the program, nothing of what it wrote remains
//! (threats O5).
//!
//! Where the file system has no such files, it has a name beside its target, and goes with its value.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use tempfile::{Builder, NamedTempFile, TempPath};

use crate::cli::io::folder_of;

/// A file that is being written. Its owner alone can read it (mode 0600, whatever the umask).
#[derive(Debug)]
pub enum UnnamedFile {
    /// O_TMPFILE.
    Unnamed(File),
    Named(NamedTempFile),
}

impl UnnamedFile {
    /// A file that will stand at `target`, or on the same file system.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn new(target: &Path) -> io::Result<Self> {
        let folder = folder_of(target);
        // Its name is given by way of /proc.
        if Path::new("/proc/self/fd").is_dir() {
            let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
            if let Ok(file) = rustix::fs::open(folder, flags, Mode::RUSR | Mode::WUSR) {
                return Ok(UnnamedFile::Unnamed(File::from(file)));
            }
        }
        builder().tempfile_in(folder).map(UnnamedFile::Named)
    }

    /// Sets who may read it, and makes sure that it is on the disk.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn complete(&self, permissions: Option<fs::Permissions>) -> io::Result<()> {
        let file = match self {
            UnnamedFile::Unnamed(file) => file,
            UnnamedFile::Named(file) => file.as_file(),
        };
        if let Some(permissions) = permissions {
            file.set_permissions(permissions)?;
        }
        file.sync_all()
    }

    /// Gives it a name that nothing has.
    ///
    /// # Errors
    /// Those of the file system; `AlreadyExists` if something has that name.
    pub fn place_new(self, target: &Path) -> io::Result<()> {
        match self {
            UnnamedFile::Unnamed(file) => link(&file, target),
            UnnamedFile::Named(file) => file.persist_noclobber(target).map(drop).map_err(|error| error.error),
        }
    }

    /// Puts it in the place of what is at `target`, if anything is. There is always one or the other.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn replace(self, target: &Path) -> io::Result<()> {
        let path: TempPath = match self {
            UnnamedFile::Unnamed(file) => {
                builder().make_in(folder_of(target), |name| link(&file, name))?.into_temp_path()
            }
            UnnamedFile::Named(file) => file.into_temp_path(),
        };
        path.persist(target).map_err(|error| error.error)
    }
}

impl Write for UnnamedFile {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self {
            UnnamedFile::Unnamed(file) => file.write(octets),
            UnnamedFile::Named(file) => file.write(octets),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            UnnamedFile::Unnamed(file) => file.flush(),
            UnnamedFile::Named(file) => file.flush(),
        }
    }
}

/// A name beside `target` that nothing has.
///
/// # Errors
/// Those of the file system.
pub fn free_name(target: &Path) -> io::Result<TempPath> {
    let name = builder().tempfile_in(folder_of(target))?.into_temp_path();
    fs::remove_file(&name)?;
    Ok(name)
}

fn link(file: &File, name: &Path) -> io::Result<()> {
    let own: PathBuf = format!("/proc/self/fd/{}", file.as_raw_fd()).into();
    rustix::fs::linkat(CWD, &own, CWD, name, AtFlags::SYMLINK_FOLLOW).map_err(io::Error::from)
}

fn builder() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(".sip-smime-");
    builder
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    // O4, O5: with and without files that have no name: nothing else is seen, before and after.
    #[test]
    fn o5_files_until_they_are_in_place() {
        let make: [fn(&Path) -> UnnamedFile; 2] = [
            |target| UnnamedFile::new(target).unwrap(),
            |target| UnnamedFile::Named(builder().tempfile_in(folder_of(target)).unwrap()),
        ];
        for make in make {
            let folder = tempfile::tempdir().unwrap();
            let target = folder.path().join("file");
            let count = || fs::read_dir(folder.path()).unwrap().count();
            let mut first = make(&target);
            first.write_all(b"first").unwrap();
            first.complete(None).unwrap();
            first.place_new(&target).unwrap();
            assert_eq!((fs::read(&target).unwrap(), count()), (b"first".to_vec(), 1));
            assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
            let mut second = make(&target);
            second.write_all(b"second").unwrap();
            drop(second);
            assert_eq!(make(&target).place_new(&target).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            assert_eq!((fs::read(&target).unwrap(), count()), (b"first".to_vec(), 1));
            let mut third = make(&target);
            third.write_all(b"third").unwrap();
            third.complete(Some(fs::Permissions::from_mode(0o640))).unwrap();
            third.replace(&target).unwrap();
            assert_eq!((fs::read(&target).unwrap(), count()), (b"third".to_vec(), 1));
            assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
            make(&target).replace(&folder.path().join("new")).unwrap();
            assert_eq!(count(), 2);
        }
    }

    // Where the folder of the test has such files, the program uses them.
    #[test]
    fn o5_what_is_written_has_no_name() {
        let folder = tempfile::tempdir().unwrap();
        let flags = OFlags::TMPFILE | OFlags::RDWR;
        if rustix::fs::open(folder.path(), flags, Mode::RUSR).is_err() {
            return;
        }
        let _file = UnnamedFile::new(&folder.path().join("file")).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
