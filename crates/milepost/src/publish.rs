//! A folder of files appears whole or not at all.
//!
//! The new files are written to a folder beside the old one (`.site.milepost-new`), which then takes its place by
//! renaming. Until that moment the old site is untouched; a run that is killed leaves at most a hidden folder, which
//! the next run removes.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use milepost_site::OutputFile;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

use crate::error::Error;
use crate::sources::is_inside;

/// The file by which a folder is known to be a site that may be replaced.
pub const MARKER: &str = ".milepost-site";

const MARKER_TEXT: &str = "This folder was written by milepost and is replaced as a whole by the next build: keep no files of your own in it.\n";

/// Replaces the folder `out` with these files and the [`MARKER`].
///
/// # Errors
/// When `out` holds something that is not a site, or a file can't be written. `out` is then as it was before.
pub fn publish(out: &Path, files: &[OutputFile]) -> Result<(), Error> {
    let places = Places::around(out)?;
    fs::create_dir_all(&places.parent).map_err(|e| failed("create", &places.parent, &e))?;
    let _lock = Lock::take(&places.lock)?;
    places.recover()?;
    refuse_foreign(&places.site)?;
    let written = write_all(&places.new, files).and_then(|()| places.swap());
    if written.is_err() {
        // The first failure is the one to tell; what can't be removed now is removed by the next run.
        let _ = fs::remove_dir_all(&places.new);
    }
    written
}

/// Whether `out` may be replaced: told before the work is done.
///
/// # Errors
/// When it holds something that is not a site.
pub fn may_replace(out: &Path) -> Result<(), Error> {
    refuse_foreign(&Places::around(out)?.site)
}

/// Writes one file whole or not at all: `write` fills a hidden file beside it, which then takes its place.
///
/// # Errors
/// When `write` fails or the place can't be written. What was there before is then unchanged.
pub fn file(path: &Path, write: impl FnOnce(&Path) -> Result<(), Error>) -> Result<(), Error> {
    let parent =
        path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Some(name) = path.file_name() else {
        return Err(Error::not_writable(
            format!("`{}` is no file name", path.display()),
            "name a file",
        ));
    };
    fs::create_dir_all(parent).map_err(|e| failed("create", parent, &e))?;
    let new = parent.join(format!(".{}.milepost-new", name.to_string_lossy()));
    let written =
        write(&new).and_then(|()| fs::rename(&new, path).map_err(|e| failed("write", path, &e)));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
}

/// The folder and its hidden neighbors.
#[derive(Debug)]
struct Places {
    parent: PathBuf,
    site: PathBuf,
    new: PathBuf,
    old: PathBuf,
    lock: PathBuf,
}

impl Places {
    fn around(out: &Path) -> Result<Self, Error> {
        let absolute = std::path::absolute(out).map_err(|e| failed("find", out, &e))?;
        // A link to a folder stays a link: what it points to is replaced.
        let site = absolute.canonicalize().unwrap_or(absolute);
        let (Some(parent), Some(name)) = (site.parent(), site.file_name()) else {
            return Err(not_ours(out, "it is the root of the file system"));
        };
        let name = name.to_string_lossy();
        let beside = |what: &str| parent.join(format!(".{name}.milepost-{what}"));
        let (new, old, lock) = (beside("new"), beside("old"), beside("lock"));
        Ok(Self { parent: parent.to_owned(), new, old, lock, site })
    }

    /// Clears away what a killed run left behind.
    fn recover(&self) -> Result<(), Error> {
        if self.old.exists() && !self.site.exists() {
            fs::rename(&self.old, &self.site).map_err(|e| failed("restore", &self.site, &e))?;
        }
        for leftover in [&self.new, &self.old] {
            if leftover.exists() {
                fs::remove_dir_all(leftover).map_err(|e| failed("remove", leftover, &e))?;
            }
        }
        Ok(())
    }

    /// Puts the new folder in the place of the old one.
    fn swap(&self) -> Result<(), Error> {
        if !self.site.exists() {
            return fs::rename(&self.new, &self.site).map_err(|e| failed("create", &self.site, &e));
        }
        fs::rename(&self.site, &self.old).map_err(|e| failed("replace", &self.site, &e))?;
        if let Err(e) = fs::rename(&self.new, &self.site) {
            // Back to what was there; were this to fail too, the next run restores it.
            let _ = fs::rename(&self.old, &self.site);
            return Err(failed("replace", &self.site, &e));
        }
        // The new site is in place. What can't be removed of the old one is removed by the next run.
        let _ = fs::remove_dir_all(&self.old);
        Ok(())
    }
}

/// One run at a time writes a site. The lock ends with the process, however that ends.
#[derive(Debug)]
struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    fn take(path: &Path) -> Result<Self, Error> {
        let file = File::create(path).map_err(|e| failed("write beside", path, &e))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::not_writable(
                "another build is writing the same output folder at this moment",
                "wait until it has ended, or give another folder with `--out`",
            )),
            // A file system without locks: builds of one folder are then not kept apart.
            Err(TryLockError::Error(_)) => Ok(Self { path: path.to_owned(), _file: file }),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// A folder that holds anything but a site is never touched.
fn refuse_foreign(site: &Path) -> Result<(), Error> {
    if site.is_file() {
        return Err(not_ours(site, "it is a file"));
    }
    let mut entries = match fs::read_dir(site) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(failed("read", site, &e)),
    };
    if entries.next().is_none() || site.join(MARKER).is_file() {
        return Ok(());
    }
    Err(not_ours(site, "it holds files that milepost did not write"))
}

fn write_all(folder: &Path, files: &[OutputFile]) -> Result<(), Error> {
    fs::create_dir(folder).map_err(|e| failed("create", folder, &e))?;
    let marker = OutputFile { path: MARKER.to_owned(), bytes: MARKER_TEXT.as_bytes().to_vec() };
    for file in files.iter().chain([&marker]) {
        if !is_inside(&file.path) {
            return Err(Error::Internal(format!(
                "a page would be written outside the site: {}",
                file.path
            )));
        }
        let path = folder.join(&file.path);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|e| failed("create", parent, &e))?;
        fs::write(&path, &file.bytes).map_err(|e| failed("write", &path, &e))?;
    }
    Ok(())
}

fn not_ours(site: &Path, why: &str) -> Error {
    let message =
        format!("`{}` is not a milepost site: {why}, so it is not replaced", site.display());
    Error::Files(Box::new(
        Diagnostic::error_nowhere(codes::SITE_NOT_OURS, message)
            .help("give another folder with `--out`, or empty this one if nothing in it is needed"),
    ))
}

fn failed(what: &str, path: &Path, error: &io::Error) -> Error {
    Error::not_writable(
        format!("can't {what} `{}`: {}", path.display(), crate::sources::words(error)),
        "check that the folder may be written and the disk has room; a site that was there before is unchanged",
    )
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{MARKER, OutputFile, publish};

    fn file(path: &str, text: &str) -> OutputFile {
        OutputFile { path: path.to_owned(), bytes: text.as_bytes().to_vec() }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_site_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("deep/site");
        publish(&out, &[file("index.html", "1"), file("kpi/old.html", "1")]).unwrap();
        publish(&out, &[file("index.html", "2")]).unwrap();
        assert_eq!(names(&out), [MARKER, "index.html"]);
        assert_eq!(fs::read_to_string(out.join("index.html")).unwrap(), "2");
        assert_eq!(names(out.parent().unwrap()), ["site"], "nothing is left beside it");
    }

    #[test]
    fn a_folder_of_someone_else_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
        let error = publish(folder.path(), &[file("index.html", "1")]).unwrap_err();
        assert_eq!(error.diagnostic().code.name(), "site-not-ours");
        assert_eq!(names(folder.path()), ["thesis.txt"]);
        assert!(publish(&folder.path().join("thesis.txt"), &[]).is_err());
    }

    #[test]
    fn a_failure_leaves_the_old_site() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("site");
        publish(&out, &[file("index.html", "1")]).unwrap();
        // `a` can't be a file and a folder.
        publish(&out, &[file("index.html", "2"), file("a", ""), file("a/b", "")]).unwrap_err();
        assert_eq!(fs::read_to_string(out.join("index.html")).unwrap(), "1");
        assert_eq!(names(folder.path()), ["site"]);
        assert!(publish(&out, &[file("../escaped", "")]).is_err());
        assert_eq!(names(folder.path()), ["site"]);
    }

    #[test]
    fn what_a_killed_run_left_is_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("site");
        fs::create_dir(folder.path().join(".site.milepost-new")).unwrap();
        fs::write(folder.path().join(".site.milepost-new/index.html"), "half").unwrap();
        publish(&out, &[file("index.html", "1")]).unwrap();
        assert_eq!(names(folder.path()), ["site"]);

        // Killed between moving the old one aside and the new one in: the old one comes back.
        fs::rename(&out, folder.path().join(".site.milepost-old")).unwrap();
        publish(&out, &[file("a", ""), file("a/b", "")]).unwrap_err();
        assert_eq!(fs::read_to_string(out.join("index.html")).unwrap(), "1");
    }
}
