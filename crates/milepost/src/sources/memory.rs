use std::collections::BTreeMap;

use super::{LARGEST_SPEC, SourceError, Sources, is_inside, is_spec, prefix_of};

/// Files in memory: for tests, and for programs that have the text already.
///
/// ```
/// use milepost::sources::{Memory, SourceError, Sources};
///
/// let files = Memory::new().with("milepost.yaml", "project: shop").with("specs/a.yaml", "metrics: {}");
/// assert_eq!(files.specs("specs/").unwrap(), ["specs/a.yaml"]);
/// assert_eq!(files.read("specs/a.yaml").unwrap(), b"metrics: {}");
/// assert_eq!(files.read("../a.yaml"), Err(SourceError::Outside));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Memory {
    files: BTreeMap<String, Vec<u8>>,
}

impl Memory {
    /// No files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, or replaces it.
    #[must_use]
    pub fn with(mut self, path: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.into(), content.into());
        self
    }
}

impl Sources for Memory {
    fn read(&self, path: &str) -> Result<Vec<u8>, SourceError> {
        if !is_inside(path) {
            return Err(SourceError::Outside);
        }
        let bytes = self.files.get(path).ok_or(SourceError::NotFound)?;
        if bytes.len() as u64 > LARGEST_SPEC {
            Err(SourceError::TooLarge)
        } else {
            Ok(bytes.clone())
        }
    }

    fn specs(&self, folder: &str) -> Result<Vec<String>, SourceError> {
        if !is_inside(folder) {
            return Err(SourceError::Outside);
        }
        let prefix = prefix_of(folder);
        let found: Vec<String> =
            self.files.keys().filter(|path| path.starts_with(&prefix)).cloned().collect();
        if found.is_empty() {
            return Err(SourceError::NotFound);
        }
        Ok(found.into_iter().filter(|path| is_spec(path)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{Memory, SourceError, Sources};

    #[test]
    fn files_are_found_by_folder() {
        let memory = Memory::new()
            .with("milepost.yaml", "")
            .with("specs/b.yaml", "")
            .with("specs/a.yaml", "x");
        assert_eq!(memory.specs("specs/").unwrap(), ["specs/a.yaml", "specs/b.yaml"]);
        assert_eq!(memory.specs("other/"), Err(SourceError::NotFound));
        assert_eq!(memory.read("specs/a.yaml").unwrap(), b"x");
    }
}
