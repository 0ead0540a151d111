use std::collections::BTreeMap;
use std::path::Path;

use super::{Disk, LARGEST_SPEC, SourceError, Sources, is_spec, prefix_of};

/// A project on disk, some of whose files have other bytes, or are not there.
#[derive(Debug)]
pub(crate) struct Overlay {
    disk: Disk,
    /// By path; absent bytes: there is no such file.
    files: BTreeMap<String, Option<Vec<u8>>>,
}

impl Overlay {
    pub(crate) fn new(root: &Path) -> Self {
        Self { disk: Disk::new(root), files: BTreeMap::new() }
    }

    /// `path`: from the project's folder, with forward slashes.
    pub(crate) fn set(&mut self, path: impl Into<String>, bytes: Option<Vec<u8>>) {
        self.files.insert(path.into(), bytes);
    }

    /// From now on the file is the one on disk.
    pub(crate) fn forget(&mut self, path: &str) {
        self.files.remove(path);
    }
}

impl Sources for Overlay {
    fn read(&self, path: &str) -> Result<Vec<u8>, SourceError> {
        match self.files.get(path) {
            Some(Some(bytes)) if bytes.len() as u64 > LARGEST_SPEC => Err(SourceError::TooLarge),
            Some(bytes) => bytes.clone().ok_or(SourceError::NotFound),
            None => self.disk.read(path),
        }
    }

    fn specs(&self, folder: &str) -> Result<Vec<String>, SourceError> {
        let prefix = prefix_of(folder);
        let own = self
            .files
            .iter()
            .filter(|(path, bytes)| bytes.is_some() && is_spec(path) && path.starts_with(&prefix));
        let own: Vec<String> = own.map(|(path, _)| path.clone()).collect();
        let mut found = match self.disk.specs(folder) {
            Err(SourceError::NotFound) if !own.is_empty() => Vec::new(),
            found => found?,
        };
        found.retain(|path| !self.files.contains_key(path));
        found.extend(own);
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
        let with = |path: &str, bytes| {
            let mut files = Overlay::new(root);
            files.set(path, bytes);
            files
        };
        let files = with("specs/a.yaml", Some(b"x".to_vec()));
        assert_eq!(files.read("specs/a.yaml").unwrap(), b"x");
        assert_eq!(files.read("specs/in/b.yaml").unwrap(), b"b");
        assert_eq!(files.specs("./specs/").unwrap(), ["specs/a.yaml", "specs/in/b.yaml"]);
        let without = with("specs/a.yaml", None);
        assert_eq!(without.read("specs/a.yaml"), Err(SourceError::NotFound));
        assert_eq!(without.specs("specs").unwrap(), ["specs/in/b.yaml"]);
        let new = with("more/c.yaml", Some(Vec::new()));
        assert_eq!(new.specs("more").unwrap(), ["more/c.yaml"]);
        assert_eq!(new.specs("specs").unwrap().len(), 2);
    }
}
