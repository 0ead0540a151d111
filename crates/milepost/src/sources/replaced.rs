use std::path::Path;

use super::{Disk, SourceError, Sources, is_spec};

/// A project on disk, one of whose files has another text, or is not there.
#[derive(Debug)]
pub(crate) struct Replaced {
    files: Disk,
    path: String,
    bytes: Option<Vec<u8>>,
}

impl Replaced {
    /// `path`: from the project's folder, with forward slashes.
    pub(crate) fn new(root: &Path, path: &str, bytes: Option<Vec<u8>>) -> Self {
        Self { files: Disk::new(root), path: path.to_owned(), bytes }
    }
}

impl Sources for Replaced {
    fn read(&self, path: &str) -> Result<Vec<u8>, SourceError> {
        if path != self.path {
            return self.files.read(path);
        }
        self.bytes.clone().ok_or(SourceError::NotFound)
    }

    fn specs(&self, folder: &str) -> Result<Vec<String>, SourceError> {
        let parts = folder.split('/').filter(|part| !part.is_empty() && *part != ".");
        let is_below = |mut rest: &str| {
            parts.clone().all(|part| {
                match rest.strip_prefix(part).and_then(|r| r.strip_prefix('/')) {
                    Some(below) => {
                        rest = below;
                        true
                    }
                    None => false,
                }
            })
        };
        let is_there = self.bytes.is_some() && is_spec(&self.path) && is_below(&self.path);
        let mut found = match self.files.specs(folder) {
            Err(SourceError::NotFound) if is_there => Vec::new(),
            found => found?,
        };
        found.retain(|path| *path != self.path);
        found.extend(is_there.then(|| self.path.clone()));
        found.sort();
        Ok(found)
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests put there what is found")]
mod tests {
    use super::*;

    #[test]
    fn one_file_is_another_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("specs/in")).unwrap();
        std::fs::write(root.join("specs/a.yaml"), "a").unwrap();
        std::fs::write(root.join("specs/in/b.yaml"), "b").unwrap();
        let files = Replaced::new(root, "specs/a.yaml", Some(b"x".to_vec()));
        assert_eq!(files.read("specs/a.yaml").unwrap(), b"x");
        assert_eq!(files.read("specs/in/b.yaml").unwrap(), b"b");
        assert_eq!(files.specs("./specs/").unwrap(), ["specs/a.yaml", "specs/in/b.yaml"]);
        let without = Replaced::new(root, "specs/a.yaml", None);
        assert_eq!(without.read("specs/a.yaml"), Err(SourceError::NotFound));
        assert_eq!(without.specs("specs").unwrap(), ["specs/in/b.yaml"]);
        let new = Replaced::new(root, "more/c.yaml", Some(Vec::new()));
        assert_eq!(new.specs("more").unwrap(), ["more/c.yaml"]);
        assert_eq!(new.specs("specs").unwrap().len(), 2);
    }
}
