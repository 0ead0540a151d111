use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use milepost_engine::other_than_a_file;

use super::{LARGEST_SPEC, SourceError, Sources, is_inside, is_spec, open_file, words};

/// How deep folders of specs may lie in each other.
const DEEPEST: usize = 32;

/// The files of a folder on disk. Nothing outside the folder is read, not even through symbolic links.
///
/// ```
/// use milepost::sources::{Disk, Sources};
///
/// let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/cdnow");
/// assert!(!Disk::new(example).specs("specs/").unwrap().is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct Disk {
    root: PathBuf,
}

impl Disk {
    /// The project in the folder `root`.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The real path of a file or folder of the project.
    fn locate(&self, path: &str) -> Result<PathBuf, SourceError> {
        if !is_inside(path) {
            return Err(SourceError::Outside);
        }
        let root = self.root.canonicalize().map_err(|e| told(&e))?;
        let real = self.root.join(path).canonicalize().map_err(|e| told(&e))?;
        if real.starts_with(&root) { Ok(real) } else { Err(SourceError::Outside) }
    }

    fn collect(
        &self,
        folder: &Path,
        name: &str,
        depth: usize,
        found: &mut Vec<String>,
    ) -> Result<(), SourceError> {
        if depth > DEEPEST {
            return Err(SourceError::Io(format!("folders are nested more than {DEEPEST} deep")));
        }
        for entry in fs::read_dir(folder).map_err(|e| told(&e))? {
            let entry = entry.map_err(|e| told(&e))?;
            let file_name = entry.file_name().to_string_lossy().into_owned();
            if file_name.starts_with('.') {
                continue;
            }
            let path = if name.is_empty() { file_name } else { format!("{name}/{file_name}") };
            let kind = entry.file_type().map_err(|e| told(&e))?;
            if kind.is_dir() {
                self.collect(&entry.path(), &path, depth + 1, found)?;
            } else if is_spec(&path) || kind.is_symlink() && self.leads_to_specs(&path) {
                found.push(path);
            }
        }
        Ok(())
    }

    /// Whether a link is one to a folder in which someone may look for specs: they would be missing without a word.
    fn leads_to_specs(&self, link: &str) -> bool {
        match self.locate(link) {
            Ok(real) => real.is_dir() && holds_specs(&real, 0),
            Err(SourceError::Outside) => self.root.join(link).is_dir(),
            Err(_) => false,
        }
    }
}

impl Disk {
    /// The bytes of a file of at most so many.
    pub(crate) fn read_up_to(&self, path: &str, most: u64) -> Result<Vec<u8>, SourceError> {
        let real = self.locate(path)?;
        match other_than_a_file(&real.symlink_metadata().map_err(|e| told(&e))?) {
            Some(_) if real.is_dir() && self.root.join(path).is_symlink() => {
                return Err(SourceError::LinkedFolder);
            }
            Some(kind) => return Err(SourceError::NotAFile(kind)),
            None => {}
        }
        let file = open_file(&real).map_err(|e| told(&e))?;
        let mut bytes = Vec::new();
        file.take(most + 1).read_to_end(&mut bytes).map_err(|e| told(&e))?;
        if bytes.len() as u64 > most { Err(SourceError::TooLarge) } else { Ok(bytes) }
    }
}

impl Sources for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, SourceError> {
        self.read_up_to(path, LARGEST_SPEC)
    }

    fn specs(&self, folder: &str) -> Result<Vec<String>, SourceError> {
        let real = self.locate(folder)?;
        let name: Vec<&str> =
            folder.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        let mut found = Vec::new();
        self.collect(&real, &name.join("/"), 0, &mut found)?;
        found.sort();
        Ok(found)
    }
}

/// Whether a spec file lies in a folder or the folders in it, as far as can be seen. Links are not followed.
fn holds_specs(folder: &Path, depth: usize) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return true };
    let mut shown =
        entries.flatten().filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    depth > DEEPEST
        || shown.any(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => holds_specs(&entry.path(), depth + 1),
            _ => is_spec(&entry.file_name().to_string_lossy()),
        })
}

fn told(error: &io::Error) -> SourceError {
    match error.kind() {
        io::ErrorKind::NotFound => SourceError::NotFound,
        _ => SourceError::Io(words(error)),
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests put there what is read")]
mod tests {
    use std::fs;
    use std::path::Path;
    #[cfg(unix)]
    use std::{os::unix::fs::symlink, os::unix::net::UnixListener, process::Command};

    use super::{Disk, SourceError, Sources};

    fn project() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("specs/more")).unwrap();
        fs::write(folder.path().join("milepost.yaml"), "project: x\n").unwrap();
        fs::write(folder.path().join("specs/b.yaml"), "").unwrap();
        fs::write(folder.path().join("specs/more/a.yml"), "").unwrap();
        fs::write(folder.path().join("specs/notes.txt"), "").unwrap();
        folder
    }

    #[test]
    fn specs_are_listed_in_one_order() {
        let folder = project();
        let disk = Disk::new(folder.path());
        assert_eq!(disk.specs("specs/").unwrap(), ["specs/b.yaml", "specs/more/a.yml"]);
        assert_eq!(disk.specs(".").unwrap(), ["specs/b.yaml", "specs/more/a.yml"]);
        assert_eq!(disk.specs("nowhere"), Err(SourceError::NotFound));
    }

    #[test]
    fn nothing_outside_is_read() {
        let folder = project();
        let disk = Disk::new(folder.path().join("specs"));
        assert_eq!(disk.read("../milepost.yaml"), Err(SourceError::Outside));
        assert_eq!(disk.read("/etc/passwd"), Err(SourceError::Outside));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_the_outside_is_refused() {
        let folder = project();
        symlink("/etc/passwd", folder.path().join("specs/link.yaml")).unwrap();
        assert_eq!(Disk::new(folder.path()).read("specs/link.yaml"), Err(SourceError::Outside));
    }

    /// In a circle, to a folder beside, out of the project: none is walked, and each with specs is reported.
    #[cfg(unix)]
    #[test]
    fn linked_folders_are_told_and_not_walked() {
        let folder = project();
        let outside = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("data/empty")).unwrap();
        let link = |to: &Path, name: &str| symlink(to, folder.path().join("specs").join(name));
        link(".".as_ref(), "circle").unwrap();
        link("..".as_ref(), "more/up").unwrap();
        link("../data".as_ref(), "without-specs").unwrap();
        link(outside.path(), "outside").unwrap();
        link("self".as_ref(), "self").unwrap();
        link("nowhere".as_ref(), "nowhere").unwrap();
        let disk = Disk::new(folder.path());
        let told = [
            ("specs/circle", SourceError::LinkedFolder),
            ("specs/more/up", SourceError::LinkedFolder),
            ("specs/outside", SourceError::Outside),
        ];
        let mut expected = vec!["specs/b.yaml", "specs/more/a.yml"];
        expected.extend(told.iter().map(|(path, _)| *path));
        expected.sort_unstable();
        assert_eq!(disk.specs("specs/").unwrap(), expected);
        for (path, error) in told {
            assert_eq!(disk.read(path), Err(error), "{path}");
        }
        assert_eq!(disk.read("specs/more"), Err(SourceError::NotAFile("a folder")));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_never_waited_for() {
        let folder = project();
        let path = |name: &str| folder.path().join("specs").join(name);
        assert!(Command::new("mkfifo").arg(path("pipe.yaml")).status().unwrap().success());
        symlink("pipe.yaml", path("link.yaml")).unwrap();
        symlink("/dev/zero", path("zero.yaml")).unwrap();
        let _socket = UnixListener::bind(path("socket.yaml")).unwrap();
        let disk = Disk::new(folder.path());
        assert_eq!(disk.specs("specs").unwrap().len(), 6, "each is told by its name");
        for (name, error) in [
            ("pipe.yaml", SourceError::NotAFile("a pipe")),
            ("link.yaml", SourceError::NotAFile("a pipe")),
            ("socket.yaml", SourceError::NotAFile("a socket")),
            ("zero.yaml", SourceError::Outside),
        ] {
            assert_eq!(disk.read(&format!("specs/{name}")), Err(error), "{name}");
        }
        // One that took the place of a file after it was looked at.
        assert!(super::open_file(&path("pipe.yaml")).is_err());
        assert!(super::open_file(&path("b.yaml")).is_ok());
    }

    #[test]
    fn too_large_is_told_before_it_is_read() {
        let folder = project();
        let file = fs::File::create(folder.path().join("specs/large.yaml")).unwrap();
        file.set_len(super::LARGEST_SPEC + 1).unwrap();
        assert_eq!(Disk::new(folder.path()).read("specs/large.yaml"), Err(SourceError::TooLarge));
    }
}
