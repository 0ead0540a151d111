//! What runs that were killed left behind.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use super::fresh::{PREFIX, RANDOM, is_of_same_user, is_same};
use crate::sources::open_file;

/// Removes the unfinished files of a folder that no run is writing: whoever writes one holds its lock. `own` is a file
/// of the one who runs this. What can't be removed stays for the next run.
pub(super) fn clear(folder: &Path, own: &Metadata) {
    for path in named(folder, PREFIX) {
        // A link is not followed, and anything but a file is left alone.
        let Ok(file) = open_file(&path) else { continue };
        let is_ours = file.metadata().is_ok_and(|found| is_of_same_user(&found, own));
        if is_ours && file.try_lock().is_ok() && is_same(&file, &path) {
            let _ = fs::remove_file(&path);
        }
    }
}

/// Whether these are random letters and digits, as many as are given.
pub(super) fn is_random(text: &str) -> bool {
    text.len() == RANDOM && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// What is in a folder whose name is `prefix` and as many random letters and digits as are given.
pub(super) fn named(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_unfinished = |name: &str| name.strip_prefix(prefix).is_some_and(is_random);
    entries
        .flatten()
        .filter(|entry| entry.file_name().to_str().is_some_and(is_unfinished))
        .map(|entry| entry.path())
        .collect()
}
