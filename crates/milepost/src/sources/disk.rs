use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{LARGEST_SPEC, SourceError, Sources, is_inside, is_spec, words};

/// How deep folders of specs may lie in each other.
const DEEPEST: usize = 32;

/// The files of a folder on disk. Nothing outside the folder is read, also not through symbolic links.
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
            } else if is_spec(&path) {
                found.push(path);
            }
        }
        Ok(())
    }
}

impl Sources for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, SourceError> {
        let real = self.locate(path)?;
        let file = fs::File::open(&real).map_err(|e| told(&e))?;
        if !file.metadata().map_err(|e| told(&e))?.is_file() {
            return Err(SourceError::Io("it is not a file".to_owned()));
        }
        let mut bytes = Vec::new();
        file.take(LARGEST_SPEC + 1).read_to_end(&mut bytes).map_err(|e| told(&e))?;
        if bytes.len() as u64 > LARGEST_SPEC { Err(SourceError::TooLarge) } else { Ok(bytes) }
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

fn told(error: &io::Error) -> SourceError {
    match error.kind() {
        io::ErrorKind::NotFound => SourceError::NotFound,
        _ => SourceError::Io(words(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

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
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("specs/link.yaml")).unwrap();
        assert_eq!(Disk::new(folder.path()).read("specs/link.yaml"), Err(SourceError::Outside));
    }

    #[test]
    fn too_large_is_told_before_it_is_read() {
        let folder = project();
        let file = fs::File::create(folder.path().join("specs/large.yaml")).unwrap();
        file.set_len(super::LARGEST_SPEC + 1).unwrap();
        assert_eq!(Disk::new(folder.path()).read("specs/large.yaml"), Err(SourceError::TooLarge));
    }
}
