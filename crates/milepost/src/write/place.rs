//! Where a path really leads.

use std::io;
use std::path::{Component, Path, PathBuf};

use crate::error::Error;
use crate::project::holds_project;

/// Refuses a path below a project's folder that links lead out of it. What the path names need not be there.
///
/// # Errors
/// A link leads out, or the way can't be followed.
pub(crate) fn stays_inside(path: &Path) -> Result<(), Error> {
    match leads_out(path) {
        Ok(None) => Ok(()),
        Ok(Some(real)) => Err(Error::not_writable(
            format!(
                "`{}` is not written: a link leads from the project's folder to `{}`",
                path.display(),
                real.display()
            ),
            "name the place that is meant, outside the project, or put a folder where the link is",
        )),
        Err(e) => Err(Error::unwritable(&path.display().to_string(), &e)),
    }
}

/// Where a path below a project's folder leads, if links lead it out of there. What the path names need not be there.
///
/// # Errors
/// The way can't be followed.
pub fn leads_out(path: &Path) -> io::Result<Option<PathBuf>> {
    let plain = without_ups(path)?;
    let real = real(&plain)?;
    for project in plain.ancestors().filter(|folder| holds_project(folder)) {
        if !real.starts_with(project.canonicalize()?) {
            return Ok(Some(real));
        }
    }
    Ok(None)
}

/// Where the part of a path that is there leads, and the rest of it.
fn real(plain: &Path) -> io::Result<PathBuf> {
    for there in plain.ancestors() {
        match there.canonicalize() {
            Ok(real) => {
                let rest = plain.strip_prefix(there).unwrap_or(Path::new(""));
                return Ok(if rest.as_os_str().is_empty() { real } else { real.join(rest) });
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                if there.is_symlink() {
                    return Err(io::Error::other("there is a link on the way that leads nowhere"));
                }
            }
            Err(e) => return Err(e),
        }
    }
    Ok(plain.to_owned())
}

/// The absolute path without `..`.
fn without_ups(path: &Path) -> io::Result<PathBuf> {
    let mut plain = PathBuf::new();
    for part in std::path::absolute(path)?.components() {
        match part {
            Component::ParentDir if plain.is_symlink() => {
                return Err(io::Error::other("`..` stands behind a link"));
            }
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    Ok(plain)
}
