//! The only place that writes files, for every command that does.
//!
//! A project may come from anybody, and its folder may hold anything under any name: a link to a file that only the one
//! who runs milepost may write, for example. So nothing is ever opened for writing that was there before:
//!
//! - A file begins as a fresh one: created by a call that fails where anything has the name, in the folder
//!   where it is to be, under a name that nobody knows before (`.milepost-` and random letters). It is filled through the
//!   handle that created it and then renamed, so it appears whole or not at all. A [site](crate::publish) does the same
//!   as a folder.
//! - Nothing below a project's folder is written to a place outside of it (`place`).
//! - What a killed run left is removed by a later one, if it is a regular file of such a name, of the same user, and no
//!   run that is still alive holds its lock (`leftovers`).
//! - A lock is opened without following a link, for reading: whatever has its name stays as it is.

#![expect(clippy::disallowed_methods, reason = "they are for this place")]

mod fresh;
mod inputs;
mod leftovers;
mod lock;
mod place;
mod table;

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use milepost_engine::{other_than_a_file, write as engine};

pub(crate) use fresh::{Staged, set_aside};
pub(crate) use lock::Lock;
pub use place::leads_out;
pub(crate) use place::{is_mount_point, stays_inside, without_ups};
pub use table::Table;

use self::fresh::Fresh;
use crate::error::Error;
use crate::sources::open_file;

/// Refuses what a result may not replace: a link, a folder, and whatever else is no file; and the files that projects are
/// made of.
///
/// # Errors
/// The path names such a thing.
pub fn may_replace(path: &Path) -> Result<(), Error> {
    let found = path.symlink_metadata().ok();
    if let Some(kind) = found.as_ref().and_then(other_than_a_file) {
        return Err(taken(path, kind));
    }
    inputs::refuse(path)
}

/// Writes a file whole or not at all. One that was there is replaced, if it [may be](may_replace).
///
/// # Errors
/// When it may not be, when `fill` fails, or when the place can't be written. What was there before is then unchanged.
pub fn file(path: &Path, fill: impl FnOnce(&mut File) -> Result<(), Error>) -> Result<(), Error> {
    may_replace(path)?;
    let folder = prepare(path)?;
    let mut fresh = Fresh::in_folder(folder).map_err(|e| failed(path, &e))?;
    fill(fresh.file())?;
    fresh.replace(path).map_err(|e| failed(path, &e))
}

/// The same for text.
///
/// # Errors
/// As [`file()`].
pub fn text(path: &Path, text: &str) -> Result<(), Error> {
    text_by(path, |to| to.write_all(text.as_bytes()))
}

/// The same for text that is written piece by piece.
///
/// # Errors
/// As [`file()`].
pub fn text_by(
    path: &Path,
    fill: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> Result<(), Error> {
    file(path, |file| {
        let mut out = io::BufWriter::new(file);
        fill(&mut out).and_then(|()| out.flush()).map_err(|e| failed(path, &e))
    })
}

/// The same for a table, as Parquet.
///
/// # Errors
/// As [`file()`], and when columns differ in length.
pub fn parquet(path: &Path, columns: Vec<(String, engine::Values)>) -> Result<(), Error> {
    Table::begin(path, columns)?.finish()
}

/// Writes a file that does not exist yet, and the folders above it.
///
/// ```
/// use milepost::write;
///
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("specs/a.yaml");
/// write::new(&file, "metrics: {}\n")?;
/// assert!(write::new(&file, "").is_err(), "it exists");
///
/// write::edit(&file, "metrics: {}\n", "tests: {}\n")?;
/// assert!(write::edit(&file, "metrics: {}\n", "").is_err(), "it has changed since it was read");
///
/// write::text(&file, "entities: {}\n")?;
/// assert_eq!(std::fs::read_to_string(&file)?, "entities: {}\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When something has that name, or the place can't be written.
pub fn new(path: &Path, text: &str) -> Result<(), Error> {
    let folder = prepare(path)?;
    let mut fresh = Fresh::in_folder(folder).map_err(|e| failed(path, &e))?;
    fresh.file().write_all(text.as_bytes()).map_err(|e| failed(path, &e))?;
    fresh.add(path).map_err(|e| failed(path, &e))
}

/// Copies a file to a place where nothing is yet, with the folders above it.
///
/// # Errors
/// When something has that name, or one of the places can't be read or written.
pub fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    let mut source =
        open_file(from).map_err(|error| Error::unreadable(&from.display().to_string(), &error))?;
    let folder = prepare(to)?;
    let mut fresh = Fresh::in_folder(folder).map_err(|e| failed(to, &e))?;
    io::copy(&mut source, fresh.file()).map_err(|e| failed(to, &e))?;
    fresh.add(to).map_err(|e| failed(to, &e))
}

/// Replaces the text of a file that is still as it was read. A link stays a link; who may read the file stays the same.
///
/// # Errors
/// When the file says something else by now, or can't be written. It is then unchanged.
pub fn edit(path: &Path, before: &str, after: &str) -> Result<(), Error> {
    let stop = |e: &io::Error| failed(path, e);
    stays_inside(path)?;
    let real = path.canonicalize().map_err(|e| stop(&e))?;
    let folder = prepare(&real)?;
    let old = open_file(&real).map_err(|e| stop(&e))?;
    let permissions = old.metadata().map_err(|e| stop(&e))?.permissions();
    let mut now = Vec::with_capacity(before.len());
    old.take(before.len() as u64 + 1).read_to_end(&mut now).map_err(|e| stop(&e))?;
    if now != before.as_bytes() {
        return Err(stop(&io::Error::other("it was changed in the meantime")));
    }
    let mut fresh = Fresh::in_folder(folder).map_err(|e| stop(&e))?;
    fresh.file().write_all(after.as_bytes()).map_err(|e| stop(&e))?;
    fresh.file().set_permissions(readable(permissions)).map_err(|e| stop(&e))?;
    fresh.replace(&real).map_err(|e| stop(&e))
}

/// Who may read, write and run a file, without what makes it run as somebody else.
#[cfg(unix)]
fn readable(permissions: fs::Permissions) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::Permissions::from_mode(permissions.mode() & 0o777)
}

#[cfg(not(unix))]
fn readable(permissions: fs::Permissions) -> fs::Permissions {
    permissions
}

/// The folder in which a file is to be, which is there afterward.
fn prepare(path: &Path) -> Result<&Path, Error> {
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if path.file_name().is_none() {
        return Err(Error::not_writable(
            format!("`{}` is not a file name", path.display()),
            "name a file",
        ));
    }
    stays_inside(folder)?;
    fs::create_dir_all(folder).map_err(|e| failed(folder, &e))?;
    Ok(folder)
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::unwritable(&path.display().to_string(), error)
}

fn taken(path: &Path, kind: &str) -> Error {
    Error::not_writable(
        format!("`{}` is {kind}, and only files are replaced", path.display()),
        match kind {
            "a link" => "name the file that it leads to, or remove the link",
            _ => "name another file",
        },
    )
}

#[cfg(test)]
mod tests;
