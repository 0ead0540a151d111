//! One run at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::fresh::is_same;
use crate::sources::{open_file, without_links};

/// So often the file is opened again where another run removed it in between.
const TRIES: usize = 8;

/// Held by one run at a time, until it ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// Takes the lock; nothing when another run has it.
    ///
    /// # Errors
    /// The file can't be created or opened, or is no file.
    pub(crate) fn take(path: &Path) -> io::Result<Option<Self>> {
        for _ in 0..TRIES {
            let file = match open(path) {
                // Created, or removed, by another run a moment ago.
                Err(e)
                    if matches!(
                        e.kind(),
                        io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound
                    ) =>
                {
                    continue;
                }
                opened => opened?,
            };
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => return Ok(None),
                // A file system without locks: runs are then not kept apart.
                Ok(()) | Err(TryLockError::Error(_)) => {}
            }
            // One that was removed after it was opened keeps nobody out.
            if is_same(&file, path) {
                return Ok(Some(Self { path: path.to_owned(), _file: file }));
            }
        }
        Ok(None)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// The file, which is never changed. A link is an error.
fn open(path: &Path) -> io::Result<File> {
    match path.symlink_metadata() {
        Ok(_) => open_file(path),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            without_links(OpenOptions::new().write(true).create_new(true)).open(path)
        }
        Err(e) => Err(e),
    }
}
