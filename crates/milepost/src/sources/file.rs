//! Opening what must be a file.

#![expect(clippy::disallowed_methods, reason = "they are for this place")]

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use milepost_engine::other_than_a_file;

/// Opens a regular file for reading. Whatever is at the path, nobody is waited for, and a link is not followed.
///
/// # Errors
/// There is none, it may not be read, or it is no file.
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    // Before: to open a device may do something. After: something else may be there by now.
    refuse(other_than_a_file(&path.symlink_metadata()?))?;
    let file = without_links(OpenOptions::new().read(true)).open(path)?;
    refuse(other_than_a_file(&file.metadata()?))?;
    Ok(file)
}

fn refuse(kind: Option<&str>) -> io::Result<()> {
    match kind {
        Some(kind) => Err(io::Error::other(format!("it is {kind}, not a file"))),
        None => Ok(()),
    }
}

/// A link as the last part of the path is an error, and a pipe that nobody writes to is no reason to wait.
#[cfg(unix)]
pub(crate) fn without_links(options: &mut OpenOptions) -> &mut OpenOptions {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    options.custom_flags(i32::try_from(flags.bits()).unwrap_or_default())
}

#[cfg(not(unix))]
pub(crate) fn without_links(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}
