//! A folder of files appears whole or not at all.
//!
//! The new files are written to a folder beside the old one (`.milepost-new-site-` and random letters), which then takes
//! its place by renaming. Until that moment the old site is untouched; a run that is killed leaves at most a hidden folder,
//! which the next run removes.

#![expect(clippy::disallowed_methods, reason = "a folder is exchanged here, all under one lock")]

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use milepost_site::OutputFile;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

use crate::error::Error;
use crate::sources::is_inside;
use crate::write::{Lock, Staged, stays_inside};

/// The file by which a folder is known to be a site that may be replaced.
pub const MARKER: &str = ".milepost-site";

/// What unfinished sites are called, and those that made room for them.
const NEW: &str = "new";
const OLD: &str = "old";

const MARKER_TEXT: &str = "This folder was written by milepost and is replaced as a whole by the next build: keep no files of your own in it.\n";

/// Replaces the folder `out` with these files and the [`MARKER`].
///
/// # Errors
/// When `out` holds something that is not a site, or a file can't be written. `out` is then as it was before.
pub fn publish(out: &Path, files: &[OutputFile]) -> Result<(), Error> {
    let places = Places::around(out)?;
    fs::create_dir_all(&places.parent).map_err(|e| failed("create", &places.parent, &e))?;
    let lock = Lock::take(&places.lock).map_err(|e| failed("lock", &places.lock, &e))?;
    let _lock = lock.ok_or_else(|| {
        Error::not_writable(
            "another build is writing the same output folder at this moment",
            "wait until it has ended, or give another folder with `--out`",
        )
    })?;
    let new =
        Staged::beside(&places.site, NEW).map_err(|e| failed("write beside", &places.site, &e))?;
    places.recover(&new)?;
    refuse_foreign(&places.site)?;
    write_all(new.path(), files)?;
    places.swap(new)
}

/// Whether `out` may be replaced: told before the work is done.
///
/// # Errors
/// When it holds something that is not a site.
pub fn may_replace(out: &Path) -> Result<(), Error> {
    refuse_foreign(&Places::around(out)?.site)
}

/// The folder, and what stands beside it while it is written.
#[derive(Debug)]
struct Places {
    parent: PathBuf,
    site: PathBuf,
    lock: PathBuf,
}

impl Places {
    fn around(out: &Path) -> Result<Self, Error> {
        stays_inside(out)?;
        let absolute = std::path::absolute(out).map_err(|e| failed("find", out, &e))?;
        // A link to a folder stays a link: what it points to is replaced.
        let site = absolute.canonicalize().unwrap_or(absolute);
        let (Some(parent), Some(name)) = (site.parent(), site.file_name()) else {
            return Err(not_ours(out, "it is the root of the file system"));
        };
        let lock = parent.join(format!(".{}.milepost-lock", name.to_string_lossy()));
        Ok(Self { parent: parent.to_owned(), lock, site })
    }

    /// Clears away what a killed run left behind, under the lock.
    fn recover(&self, new: &Staged) -> Result<(), Error> {
        let old = new.others(&self.site, OLD);
        if !self.site.exists()
            && let Some(whole) = old.iter().find(|folder| is_site(folder))
        {
            fs::rename(whole, &self.site).map_err(|e| failed("restore", &self.site, &e))?;
        }
        let leftovers = old.into_iter().chain(new.others(&self.site, NEW));
        for leftover in leftovers.filter(|leftover| leftover.exists()) {
            fs::remove_dir_all(&leftover).map_err(|e| failed("remove", &leftover, &e))?;
        }
        Ok(())
    }

    /// Puts the new folder in the place of the old one.
    fn swap(&self, new: Staged) -> Result<(), Error> {
        let replace = |e: io::Error| failed("replace", &self.site, &e);
        if !self.site.exists() {
            return new.rename(&self.site).map_err(|e| failed("create", &self.site, &e));
        }
        let old = Staged::beside(&self.site, OLD).map_err(replace)?;
        fs::rename(&self.site, old.path()).map_err(replace)?;
        // From here on it holds a site.
        let old = old.keep();
        if let Err(e) = new.rename(&self.site) {
            // Back to what was there; were this to fail too, the next run restores it.
            let _ = fs::rename(&old, &self.site);
            return Err(replace(e));
        }
        // The new site is in place. What can't be removed of the old one is removed by the next run.
        let _ = fs::remove_dir_all(&old);
        Ok(())
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
    if entries.next().is_none() || is_site(site) {
        return Ok(());
    }
    Err(not_ours(site, "it holds files that milepost did not write"))
}

fn is_site(folder: &Path) -> bool {
    folder.join(MARKER).symlink_metadata().is_ok_and(|marker| marker.is_file())
}

/// Fills a new folder.
fn write_all(folder: &Path, files: &[OutputFile]) -> Result<(), Error> {
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
        let created = OpenOptions::new().write(true).create_new(true).open(&path);
        created
            .and_then(|mut created| created.write_all(&file.bytes))
            .map_err(|e| failed("write", &path, &e))?;
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
        let at = |name: &str| folder.path().join(name);
        let out = at("site");
        let unfinished = |what: &str| at(&format!(".milepost-{what}-aaaaaaaaaaaaaaaa"));
        fs::create_dir(unfinished("new-site")).unwrap();
        fs::write(unfinished("new-site").join("index.html"), "half").unwrap();
        // That of a site beside, whose name begins alike, is not ours to remove.
        fs::create_dir(unfinished("new-site-b")).unwrap();
        publish(&out, &[file("index.html", "1")]).unwrap();
        assert_eq!(names(folder.path()), [".milepost-new-site-b-aaaaaaaaaaaaaaaa", "site"]);
        fs::remove_dir(unfinished("new-site-b")).unwrap();

        // Killed between moving the old one aside and the new one in: the old one comes back.
        fs::rename(&out, unfinished("old-site")).unwrap();
        publish(&out, &[file("a", ""), file("a/b", "")]).unwrap_err();
        assert_eq!(fs::read_to_string(out.join("index.html")).unwrap(), "1");
        assert_eq!(names(folder.path()), ["site"]);
        // Killed after that: the new one stays.
        fs::create_dir(unfinished("old-site")).unwrap();
        fs::write(unfinished("old-site").join(MARKER), "").unwrap();
        publish(&out, &[file("index.html", "2")]).unwrap();
        assert_eq!(fs::read_to_string(out.join("index.html")).unwrap(), "2");
        assert_eq!(names(folder.path()), ["site"]);
    }
}
