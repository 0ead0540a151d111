//! The folder in which rows wait on disk that memory has no room for.
//!
//! It is made anew for each engine, under a name that nobody knows before, and removed with it. A run that is killed
//! leaves it behind; the next one removes it, for nobody holds its lock any more.

#![expect(clippy::disallowed_methods, reason = "the system's folder for temporary files is theirs")]

use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};

use tempfile::{Builder, TempDir};

/// What the names of such folders begin with.
const PREFIX: &str = "milepost-spill-";
/// How many random letters and digits follow.
const RANDOM: usize = 16;
/// So often another folder is tried where a run beside this one took it for one that was left.
const TRIES: usize = 8;

/// A folder for temporary files.
#[derive(Debug)]
pub(crate) struct Spill {
    folder: TempDir,
    /// Held as long as the folder is in use.
    _lock: File,
}

impl Spill {
    /// A new folder where the system keeps temporary files. What killed runs left there is removed. Nothing where there can
    /// be none.
    pub(crate) fn new() -> Option<Self> {
        Self::below(&std::env::temp_dir())
    }

    fn below(parent: &Path) -> Option<Self> {
        for _ in 0..TRIES {
            let folder =
                Builder::new().prefix(PREFIX).rand_bytes(RANDOM).tempdir_in(parent).ok()?;
            let lock = File::open(folder.path()).ok()?;
            // Whoever has the lock is about to remove the folder.
            if lock.try_lock().is_ok() && folder.path().is_dir() {
                clear(parent, &lock.metadata().ok()?);
                return Some(Self { folder, _lock: lock });
            }
        }
        None
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }
}

/// Removes the folders of this user that no run uses. What can't be removed stays for the next run.
fn clear(parent: &Path, own: &Metadata) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        // The name first: there may be very many other files.
        if !entry.file_name().to_str().is_some_and(is_name) {
            continue;
        }
        let found = entry.path().symlink_metadata();
        if !found.is_ok_and(|found| found.is_dir() && is_of_same_user(&found, own)) {
            continue;
        }
        if let Ok(folder) = File::open(entry.path())
            && folder.try_lock().is_ok()
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_name(name: &str) -> bool {
    name.strip_prefix(PREFIX).is_some_and(|random| {
        random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

#[cfg(unix)]
fn is_of_same_user(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    one.uid() == other.uid()
}

#[cfg(not(unix))]
fn is_of_same_user(_: &Metadata, _: &Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_is_removed_and_what_another_uses_is_not() {
        let parent = tempfile::tempdir().unwrap();
        let at = |name: &str| parent.path().join(name);
        let left = at(&format!("{PREFIX}aaaaaaaaaaaaaaaa"));
        fs::create_dir(&left).unwrap();
        fs::write(left.join("rows"), "1,000 rows").unwrap();
        // Not of our making, whatever they look like.
        fs::create_dir(at("milepost-spill-mine")).unwrap();
        fs::write(at(&format!("{PREFIX}bbbbbbbbbbbbbbbb")), "a file").unwrap();

        let used = Spill::below(parent.path()).unwrap();
        fs::write(used.path().join("rows"), "rows").unwrap();
        assert!(!left.exists());
        let other = Spill::below(parent.path()).unwrap();
        assert!(used.path().join("rows").is_file(), "what is in use stays");
        assert!(at("milepost-spill-mine").is_dir());
        assert!(at(&format!("{PREFIX}bbbbbbbbbbbbbbbb")).is_file());
        let gone = [used.path(), other.path()];
        drop((used, other));
        assert!(gone.iter().all(|folder| !folder.exists()), "they are removed at the end");
    }
}
