//! New files of certificates and keys: all of a command or none, and nothing that exists is overwritten.
//!
//! A key is written to a file that is its owner's alone from its creation (mode 0600, whatever the umask) and has no name
//! until it is linked into place, without replacing anything. `--force` renames over what is there; a link is replaced,
//! not followed (threats O4). What is replaced is kept until everything is in place: a failure puts it back. Standard
//! output, FIFOs and devices are written to as they are, and last: what is in them cannot be taken back.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sip_smime::error::{Condition, Error};
use tempfile::TempPath;

use crate::cli::io::{Output, WriteError, descriptor, folder_of, new_file_permissions, standard_output_is_lost};
use crate::cli::unnamed_file::{UnnamedFile, free_name};

/// Files that are ready to be put in place.
#[derive(Debug, Default)]
pub struct NewFiles {
    force: bool,
    files: Vec<(PathBuf, UnnamedFile)>,
    outputs: Vec<(Output, Vec<u8>)>,
    /// The last to be dropped: what stands in them goes first.
    folders: NewFolders,
}

/// Folders that were made, each after the one that it is in. Those in which nothing is left go with this value.
#[derive(Debug, Default)]
struct NewFolders(Vec<PathBuf>);

impl Drop for NewFolders {
    fn drop(&mut self) {
        for folder in self.0.iter().rev() {
            // One that is in use stays.
            let _ = fs::remove_dir(folder);
        }
    }
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

    /// Makes a folder and those it is in, unless they are there. They go again if nothing is put in them.
    ///
    /// # Errors
    /// `file.unwritable`.
    pub fn make_folder(&mut self, folder: &Path) -> Result<(), Error> {
        let missing = folder.ancestors().take_while(|one| !one.as_os_str().is_empty() && !one.exists());
        let mut missing: Vec<PathBuf> = missing.map(Path::to_owned).collect();
        missing.reverse();
        self.folders.0.extend(missing);
        fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error.to_string()))
    }

    /// Prepares a file; nothing visible is created or changed. `-` is standard output.
    ///
    /// # Errors
    /// `file.unwritable` if it cannot be written, or exists and `--force` was not given.
    pub fn add(&mut self, path: &Path, octets: &[u8], access: Access) -> Result<(), Error> {
        if path.as_os_str() == "-" && standard_output_is_lost() {
            let error = Error::new(Condition::FileUnwritable).detail("standard output is closed");
            return Err(error.hinting("-out FILE names another place, -out /dev/null throws the product away"));
        }
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
        if self.files.iter().any(|(known, _)| is_same_name(known, path)) {
            return Err(unwritable(path, "two files of this run have that name")
                .hinting("give each a name of its own, or make them one by one"));
        }
        // The kind alone: the whole error names the file beside the target, which is ours.
        let failed = |error: io::Error| unwritable(path, &io::Error::from(error.kind()).to_string());
        let mut file = UnnamedFile::new(path).map_err(failed)?;
        file.write_all(octets).map_err(failed)?;
        file.complete((access == Access::Umask).then(new_file_permissions)).map_err(failed)?;
        self.files.push((path.to_owned(), file));
        Ok(())
    }

    /// Puts everything in place. If something cannot be, all files are as they were.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn place(self) -> Result<(), WriteError> {
        let mut placed: Vec<Placed> = Vec::new();
        let done = put_all(self.files, self.force, &mut placed).map_err(WriteError::Failed);
        let done = done.and_then(|()| {
            self.outputs.into_iter().try_for_each(|(mut output, octets)| {
                output.write(&octets)?;
                output.finish()
            })
        });
        if done.is_err() {
            placed.into_iter().rev().for_each(Placed::take_back);
        }
        done
    }
}

/// A file that is in place, and the other name of the one that it replaced, which goes with this value.
struct Placed {
    path: PathBuf,
    old: Option<TempPath>,
}

impl Placed {
    /// Nothing more can be done if this fails, and something else is said already.
    fn take_back(self) {
        let _ = match self.old {
            Some(old) => old.persist(&self.path).map_err(|error| error.error),
            None => fs::remove_file(&self.path),
        };
    }
}

fn put_all(files: Vec<(PathBuf, UnnamedFile)>, force: bool, placed: &mut Vec<Placed>) -> Result<(), Error> {
    for (path, file) in files {
        let failed = |error: &io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => exists(&path),
            kind => unwritable(&path, &io::Error::from(kind).to_string()),
        };
        let old = if force { aside(&path).map_err(|error| failed(&error))? } else { None };
        // What was there is moved over by the rename, not before it: there is always one or the other.
        let put = match old {
            Some(_) => file.replace(&path),
            None => file.place_new(&path),
        };
        match put {
            Ok(()) => placed.push(Placed { path, old }),
            Err(error) => {
                let refused = failed(&error);
                // It is still there, unless it had to be moved.
                if fs::symlink_metadata(&path).is_err() {
                    Placed { path, old }.take_back();
                }
                return Err(refused);
            }
        }
    }
    Ok(())
}

/// Another name for the file at `path`, beside it; `None` if there is none. A link is kept as a link.
fn aside(path: &Path) -> io::Result<Option<TempPath>> {
    match fs::symlink_metadata(path) {
        Err(_) => return Ok(None),
        Ok(metadata) if metadata.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Ok(_) => {}
    }
    let name = free_name(path)?;
    // Where a file can have one name only, it is moved.
    fs::hard_link(path, &name).or_else(|_| fs::rename(path, &name))?;
    Ok(Some(name))
}

/// Whether two names are one, by whatever way to its folder.
fn is_same_name(one: &Path, other: &Path) -> bool {
    let folder = |path: &Path| fs::canonicalize(folder_of(path)).ok();
    one == other
        || (one.file_name() == other.file_name() && folder(one).is_some_and(|found| Some(found) == folder(other)))
}

/// Why a file is not written.
pub const EXISTS: &str = "it exists";

fn exists(path: &Path) -> Error {
    unwritable(path, EXISTS).hinting("name another file; --force replaces it, and a key that is gone is gone")
}

fn unwritable(path: &Path, why: &str) -> Error {
    Error::new(Condition::FileUnwritable).detail(why).in_file(path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    // O3, O4: the file that cannot be put in place is the last of four. What was replaced is there again, and a link is
    // still one.
    #[test]
    fn o4_a_failure_puts_back_what_was_replaced() {
        for force in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            let path = |name: &str| folder.path().join(name);
            let mut files = NewFiles::new(force);
            if force {
                fs::write(path("old"), "old").unwrap();
                fs::write(path("target"), "target").unwrap();
                std::os::unix::fs::symlink("target", path("link")).unwrap();
            }
            for name in ["old", "link", "new", "in the way"] {
                files.add(&path(name), b"new", Access::Owner).unwrap();
            }
            fs::create_dir(path("in the way")).unwrap();
            let Err(WriteError::Failed(error)) = files.place() else { panic!("it was placed") };
            assert_eq!((error.code(), error.exit().code()), ("file.unwritable", 2));
            if force {
                assert_eq!(names(folder.path()), ["in the way", "link", "old", "target"]);
                assert_eq!(fs::read(path("old")).unwrap(), b"old");
                assert_eq!(fs::read(path("target")).unwrap(), b"target");
                assert_eq!(fs::read_link(path("link")).unwrap(), Path::new("target"));
            } else {
                assert_eq!(names(folder.path()), ["in the way"]);
            }
        }
    }

    // C6, O4: a link is replaced, and what it leads to stays.
    #[test]
    fn o4_a_link_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("target"), "target").unwrap();
        for (link, leads_to) in [("link", "target"), ("dangling", "nowhere")] {
            std::os::unix::fs::symlink(leads_to, path(link)).unwrap();
            let refused = NewFiles::new(false).add(&path(link), b"new", Access::Owner).unwrap_err();
            assert_eq!(refused.code(), "file.unwritable");
            let mut files = NewFiles::new(true);
            files.add(&path(link), b"new", Access::Owner).unwrap();
            assert!(files.place().is_ok() && !path(link).is_symlink());
            assert_eq!(fs::read(path(link)).unwrap(), b"new");
        }
        assert_eq!(fs::read(path("target")).unwrap(), b"target");
        assert_eq!(names(folder.path()), ["dangling", "link", "target"]);
    }

    // Two files of one name: neither is written.
    #[test]
    fn o4_one_name_for_two_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("inner")).unwrap();
        std::os::unix::fs::symlink(".", path("same")).unwrap();
        for name in ["one", "./one", "inner/../one", "same/one"] {
            let mut files = NewFiles::new(true);
            files.add(&path("one"), b"one", Access::Owner).unwrap();
            let refused = files.add(&path(name), b"two", Access::Owner).unwrap_err();
            assert!(refused.to_string().contains("two files of this run"), "{name}: {refused}");
        }
        assert_eq!(names(folder.path()), ["inner", "same"]);
    }

    // What is written to a pipe cannot be taken back: files come first, and go if the pipe fails.
    #[test]
    fn o4_a_failing_device_leaves_no_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let mut files = NewFiles::new(true);
        fs::write(&path, "old").unwrap();
        files.add(Path::new("/dev/full"), b"certificate", Access::Umask).unwrap();
        files.add(&path, b"new", Access::Owner).unwrap();
        assert!(files.place().is_err());
        assert_eq!((fs::read(&path).unwrap(), names(folder.path())), (b"old".to_vec(), vec!["key".to_owned()]));
    }
}
