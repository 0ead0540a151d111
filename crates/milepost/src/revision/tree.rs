//! The text files of a project as they lie in a commit.

use std::collections::BTreeMap;

use super::git::{EntryKind, Git, Silence, TreeEntry};
use crate::sources::{LARGEST_SPEC, SourceError, Sources, is_inside, is_spec};

/// The project in a folder of a commit.
#[derive(Clone, Debug)]
pub(super) struct CommitTree {
    git: Git,
    /// What lies in the folder, by path from there.
    entries: BTreeMap<String, TreeEntry>,
    /// The text of all spec files, read at once.
    texts: BTreeMap<String, Vec<u8>>,
}

impl CommitTree {
    /// Reads what lies in `folder`, which is empty or ends with a slash.
    pub(super) fn read(git: Git, commit: &str, folder: &str) -> Result<Self, Silence> {
        let found = git.tree(commit, folder)?;
        let entries: BTreeMap<String, TreeEntry> = found
            .into_iter()
            .filter_map(|entry| Some((entry.path.strip_prefix(folder)?.to_owned(), entry)))
            .collect();
        let wanted: Vec<(&String, &TreeEntry)> = entries
            .iter()
            .filter(|(path, entry)| {
                let is_text = is_spec(path) || *path == crate::PROJECT_FILE;
                // What is too large is not read at all.
                entry.kind == EntryKind::File && entry.size <= LARGEST_SPEC && is_text
            })
            .collect();
        let ids: Vec<&str> = wanted.iter().map(|(_, entry)| entry.object.as_str()).collect();
        let objects = git.objects(&ids)?;
        let texts = wanted.iter().zip(objects);
        let texts = texts.filter_map(|((path, _), text)| Some(((*path).clone(), text?))).collect();
        Ok(Self { git, entries, texts })
    }

    pub(super) fn holds_project(&self) -> bool {
        self.entries.contains_key(crate::PROJECT_FILE)
    }

    fn object(&self, entry: &TreeEntry) -> Result<Vec<u8>, SourceError> {
        if entry.size > LARGEST_SPEC {
            return Err(SourceError::TooLarge);
        }
        let told = |silence| match silence {
            Silence::NoProgram => SourceError::Io("there is no program `git`".to_owned()),
            Silence::Refused(words) => SourceError::Io(words),
        };
        let found = self.git.objects(&[&entry.object]).map_err(told)?;
        let missing = "git does not have it: the clone is partial".to_owned();
        found.into_iter().flatten().next().ok_or(SourceError::Io(missing))
    }

    /// The file to which a link leads, if that is in the project.
    fn linked(&self, path: &str, entry: &TreeEntry) -> Result<Vec<u8>, SourceError> {
        let target = String::from_utf8_lossy(&self.object(entry)?).into_owned();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let target = joined(folder, &target).ok_or(SourceError::Outside)?;
        match self.entries.get(&target) {
            Some(entry) if entry.kind == EntryKind::File => self.object(entry),
            Some(_) => Err(SourceError::NotAFile("a link to a link")),
            None if self.is_folder(&target) => Err(SourceError::LinkedFolder),
            None => Err(SourceError::NotFound),
        }
    }

    fn is_folder(&self, path: &str) -> bool {
        let inside = format!("{path}/");
        self.entries.keys().any(|known| known.starts_with(&inside))
    }
}

impl Sources for CommitTree {
    fn read(&self, path: &str) -> Result<Vec<u8>, SourceError> {
        if !is_inside(path) {
            return Err(SourceError::Outside);
        }
        let path = plain(path);
        match (self.texts.get(&path), self.entries.get(&path)) {
            (Some(text), _) => Ok(text.clone()),
            (None, Some(entry)) => match entry.kind {
                EntryKind::File => self.object(entry),
                EntryKind::Link => self.linked(&path, entry),
                EntryKind::Submodule => Err(SourceError::NotAFile("a submodule")),
            },
            (None, None) if self.is_folder(&path) => Err(SourceError::NotAFile("a folder")),
            (None, None) => Err(SourceError::NotFound),
        }
    }

    fn specs(&self, folder: &str) -> Result<Vec<String>, SourceError> {
        if !is_inside(folder) {
            return Err(SourceError::Outside);
        }
        let folder = plain(folder);
        let inside = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let within = |path: &&String| {
            let rest = path.strip_prefix(&inside);
            rest.is_some_and(|rest| !rest.split('/').any(|part| part.starts_with('.')))
        };
        let all: Vec<&String> = self.entries.keys().filter(within).collect();
        if all.is_empty() {
            return Err(SourceError::NotFound);
        }
        if let Some(path) =
            all.iter().find(|path| self.entries[**path].kind == EntryKind::Submodule)
        {
            let told =
                format!("`{path}` is a submodule, whose files are in a repository of their own");
            return Err(SourceError::Io(told));
        }
        let is_link = |path: &String| self.entries[path].kind == EntryKind::Link;
        let leads_to_folder = |path: &String| {
            is_link(path)
                && self.linked(path, &self.entries[path]) == Err(SourceError::LinkedFolder)
        };
        let specs = all.into_iter().filter(|path| is_spec(path) || leads_to_folder(path));
        Ok(specs.cloned().collect())
    }
}

/// A path without `.` and empty parts.
fn plain(path: &str) -> String {
    let parts = path.split('/').filter(|part| !part.is_empty() && *part != ".");
    parts.collect::<Vec<_>>().join("/")
}

/// Where a link of a folder leads; nothing if that is outside.
fn joined(folder: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::{joined, plain};

    #[test]
    fn links_lead_where_they_say() {
        assert_eq!(joined("specs", "../other/a.yaml").as_deref(), Some("other/a.yaml"));
        assert_eq!(joined("specs/more", "./a.yaml").as_deref(), Some("specs/more/a.yaml"));
        assert_eq!(joined("specs", "../../a.yaml"), None);
        assert_eq!(joined("specs", "/etc/passwd"), None);
        assert_eq!(plain("./specs//a/"), "specs/a");
    }
}
