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
            "name the target itself, or replace the link with a folder",
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
            Err(e)
                if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
            {
                if there.is_symlink() {
                    return Err(io::Error::other("there is a link on the way that leads nowhere"));
                }
            }
            Err(e) => return Err(e),
        }
    }
    Ok(plain.to_owned())
}

/// Whether another file system begins there, or a folder of this one that has a second name.
#[cfg(unix)]
pub(crate) fn is_mount_point(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &Path| path.symlink_metadata().map(|found| found.dev()).ok();
    let Some(own) = device(path) else { return false };
    let is_other = path.parent().and_then(device).is_some_and(|above| above != own);
    // The system that has no such list has no folders with two names either, or does not tell.
    let list = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    is_other || is_listed(&list, path)
}

#[cfg(not(unix))]
pub(crate) fn is_mount_point(_: &Path) -> bool {
    false
}

/// Whether a path is among the mount points of `/proc/self/mountinfo`: the fifth word of each line, in which blanks and the
/// like are written as `\040`.
#[cfg(unix)]
fn is_listed(list: &str, path: &Path) -> bool {
    let written = |path: &Path| {
        let signs = [('\\', "\\134"), (' ', "\\040"), ('\t', "\\011"), ('\n', "\\012")];
        signs.iter().fold(path.to_string_lossy().into_owned(), |text, (sign, code)| {
            text.replace(*sign, code)
        })
    };
    let path = written(path);
    list.lines().any(|line| line.split(' ').nth(4) == Some(path.as_str()))
}

/// The absolute path without `..`.
pub(crate) fn without_ups(path: &Path) -> io::Result<PathBuf> {
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn mount_points_are_known() {
        let list = "36 35 98:0 / /data rw - ext4 /dev/a rw\n37 36 98:0 /x /data/my\\040site rw - ext4 /dev/a rw\n";
        assert!(is_listed(list, Path::new("/data")));
        assert!(is_listed(list, Path::new("/data/my site")));
        assert!(!is_listed(list, Path::new("/data/my")));
        assert!(!is_listed(list, Path::new("/x")));
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_mount_point(folder.path()));
        assert!(!is_mount_point(&folder.path().join("nothing")));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_mount_point_of_this_machine_is_known() {
        assert!(is_mount_point(Path::new("/proc")));
    }
}
