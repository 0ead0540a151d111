//! A folder of files appears whole or not at all.
//!
//! The new files are written to a folder beside the old one (`.milepost-new-site-` and random letters). Then the two exchange
//! their names, in one step where the system can: at no moment is there no site. Until then the old site is untouched; a run
//! that is killed leaves at most a hidden folder, which the next run removes. Where the system can't, the old site makes room first
//! (`.milepost-old-site-`); if a run is killed before the new one has its name, the next command puts it back.

#![expect(clippy::disallowed_methods, reason = "a folder is exchanged here, all under one lock")]

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use milepost_site::OutputFile;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

use crate::error::Error;
use crate::sources::is_inside;
use crate::write::{Lock, Staged, is_mount_point, set_aside, stays_inside, without_ups};

/// The file by which a folder is known to be a site that may be replaced.
pub const MARKER: &str = ".milepost-site";

/// What unfinished sites are called, and those that made room for them.
const NEW: &str = "new";
const OLD: &str = "old";

const MARKER_TEXT: &str = "This folder was written by milepost and is replaced as a whole by the next build: keep no files of your own in it.\n";

/// Replaces the folder `out` with these files and the [`MARKER`].
///
/// ```
/// use milepost::publish::{MARKER, may_replace, publish};
/// use milepost::site::OutputFile;
///
/// let folder = tempfile::tempdir()?;
/// let site = folder.path().join("site");
/// let page = OutputFile { path: "index.html".to_owned(), bytes: b"<p>KPIs</p>".to_vec() };
/// publish(&site, &[page])?;
/// assert!(site.join("index.html").is_file() && site.join(MARKER).is_file());
///
/// std::fs::remove_file(site.join(MARKER))?;
/// assert!(may_replace(&site).is_err(), "this is no longer a site of milepost");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When `out` holds something that is not a site, or a file can't be written. `out` is then as it was before.
pub fn publish(out: &Path, files: &[OutputFile]) -> Result<(), Error> {
    let places = Places::around(out)?;
    fs::create_dir_all(&places.parent).map_err(|e| failed("create", &places.parent, &e))?;
    let (_lock, new) = places.prepare()?.ok_or_else(|| {
        Error::not_writable(
            "another build is writing to the same output folder",
            "wait until it has ended, or give another folder with `--out`",
        )
    })?;
    write_all(new.path(), files)?;
    places.swap(new)
}

/// Whether `out` may be replaced: reported before the work is done. What a killed run left is cleared away.
///
/// # Errors
/// When it holds something that is not a site, or it is no place where one can be written.
pub fn may_replace(out: &Path) -> Result<(), Error> {
    let places = Places::around(out)?;
    let above = places.parent.ancestors().find(|folder| folder.symlink_metadata().is_ok());
    if let Some(other) = above.filter(|folder| !folder.is_dir()) {
        return Err(Error::not_writable(
            format!("no folder can be created below `{}`, which is not a folder", other.display()),
            "give another folder with `--out`",
        ));
    }
    if places.parent.is_dir() {
        // A build that is writing at this moment may have ended when this one does.
        places.prepare()?;
    }
    Ok(())
}

/// Puts back the sites of a folder that runs had set aside when they were killed. What can't be done now is left to the
/// next build.
pub fn restore(folder: &Path) {
    // Whoever can put a folder here could give it a name that means something to other programs: git never takes a `.git`
    // from anybody, and must not get one from here.
    for name in set_aside(folder, OLD).iter().filter(|name| !name.starts_with('.')) {
        let site = folder.join(name);
        if site.symlink_metadata().is_err()
            && let Ok(places) = Places::around(&site)
        {
            let _ = places.prepare();
        }
    }
}

/// The folder, and what is next to it while it is written.
#[derive(Debug)]
struct Places {
    parent: PathBuf,
    site: PathBuf,
    lock: PathBuf,
}

impl Places {
    fn around(out: &Path) -> Result<Self, Error> {
        stays_inside(out)?;
        let absolute = without_ups(out).map_err(|e| failed("find", out, &e))?;
        // A link to a folder stays a link: what it points to is replaced.
        let site = absolute.canonicalize().unwrap_or(absolute);
        let (Some(parent), Some(name)) = (site.parent(), site.file_name()) else {
            return Err(not_ours(out, "it is the root of the file system"));
        };
        let lock = parent.join(format!(".{}.milepost-lock", name.to_string_lossy()));
        Ok(Self { parent: parent.to_owned(), lock, site })
    }

    /// Takes the lock, clears away what killed runs left behind, and makes a folder for the new site. Nothing while
    /// another run has the lock.
    fn prepare(&self) -> Result<Option<(Lock, Staged)>, Error> {
        let lock = Lock::take(&self.lock).map_err(|e| {
            Error::not_writable(
                format!("can't lock `{}`: {}", self.lock.display(), crate::sources::words(&e)),
                "check that the folder is writable, and remove whatever has the name of the lock if milepost did not create it",
            )
        })?;
        let Some(lock) = lock else { return Ok(None) };
        let new =
            Staged::beside(&self.site, NEW).map_err(|e| failed("write beside", &self.site, &e))?;
        self.recover(&new)?;
        refuse_foreign(&self.site)?;
        refuse_mount(&self.site)?;
        Ok(Some((lock, new)))
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
        if new.exchange(&self.site).map_err(replace)? {
            // It holds the old site now, and is removed; by the next run, if this one is killed.
            return Ok(());
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

/// What is mounted can't be exchanged for another folder.
fn refuse_mount(site: &Path) -> Result<(), Error> {
    if !is_mount_point(site) {
        return Ok(());
    }
    Err(Error::not_writable(
        format!("`{}` is a mount point, and a site replaces its folder as a whole", site.display()),
        format!("give a folder in it: `--out {}`", site.join("site").display()),
    ))
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
        "check that the folder is writable and the disk has space; an existing site is unchanged",
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

    #[test]
    fn there_is_a_site_at_every_moment() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("site");
        publish(&out, &[file("index.html", "0")]).unwrap();
        let stop = std::sync::atomic::AtomicBool::new(false);
        let order = std::sync::atomic::Ordering::Relaxed;
        let looks = std::thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                let mut looks = 0_u32;
                while !stop.load(order) {
                    let text = fs::read_to_string(out.join("index.html"));
                    assert!(
                        text.is_ok_and(|text| !text.is_empty()),
                        "there was no site for a moment"
                    );
                    looks += 1;
                }
                looks
            });
            for n in 1..200 {
                publish(&out, &[file("index.html", &n.to_string())]).unwrap();
            }
            stop.store(true, order);
            watcher.join().unwrap()
        });
        assert!(looks > 100, "nobody looked");
        assert_eq!(names(folder.path()), ["site"]);
    }

    #[test]
    fn a_site_that_was_set_aside_comes_back_before_anything_is_built() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["site", "my-site"] {
            publish(&at(name), &[file("index.html", name)]).unwrap();
            fs::rename(at(name), at(&format!(".milepost-old-{name}-aaaaaaaaaaaaaaaa"))).unwrap();
        }
        // Not a site, and not one that was set aside.
        fs::create_dir(at(".milepost-old-other-aaaaaaaaaaaaaaaa")).unwrap();
        fs::create_dir(at(".milepost-old-other-aaaa")).unwrap();
        // A stranger's, who can't bring a folder of that name otherwise.
        publish(&at("hidden"), &[file("config", "")]).unwrap();
        fs::rename(at("hidden"), at(".milepost-old-.git-aaaaaaaaaaaaaaaa")).unwrap();
        super::restore(folder.path());
        assert!(!at(".git").exists());
        for name in ["site", "my-site"] {
            assert_eq!(fs::read_to_string(at(name).join("index.html")).unwrap(), name);
        }
        assert!(!at("other").exists());

        fs::rename(at("site"), at(".milepost-old-site-aaaaaaaaaaaaaaaa")).unwrap();
        super::may_replace(&at("site")).unwrap();
        assert_eq!(fs::read_to_string(at("site/index.html")).unwrap(), "site");
    }

    #[test]
    fn what_stands_in_the_way_is_told_before_the_work() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let told = |out: &Path| super::may_replace(out).unwrap_err().diagnostic().message;
        fs::write(at("file"), "").unwrap();
        assert!(told(&at("file/site")).contains("no folder can be created below"));
        assert!(told(&at("file/deep/site")).contains("file`, which is not a folder"));
        // What a path means with `..` is what is looked at.
        assert!(told(&at("x/..")).contains("holds files that milepost did not write"));
        super::may_replace(&at("x/../site")).unwrap();
        fs::create_dir(at(".site.milepost-lock")).unwrap();
        assert!(told(&at("site")).contains("can't lock"));
        fs::remove_dir(at(".site.milepost-lock")).unwrap();
        // A file with the name of an unfinished site is nobody's site.
        fs::write(at(".milepost-new-site-aaaaaaaaaaaaaaaa"), "").unwrap();
        fs::write(at(".milepost-old-site-aaaaaaaaaaaaaaaa"), "").unwrap();
        super::may_replace(&at("site")).unwrap();
        publish(&at("site"), &[file("index.html", "1")]).unwrap();
        assert_eq!(fs::read_to_string(at("site/index.html")).unwrap(), "1");
    }
}
