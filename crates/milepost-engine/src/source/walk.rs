//! The files below a folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What a walk met.
pub(super) enum Found {
    Files {
        files: Vec<PathBuf>,
        /// Those whose names say that they are nothing to read, or are no text.
        hidden: Vec<PathBuf>,
    },
    /// A link that leads out of the project.
    Outside(PathBuf),
}

/// What a program of workbooks leaves beside one for as long as it is open: `~$plan.xlsx`.
pub(super) fn is_lock(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("~$"))
}

/// A walk under way.
struct Walk {
    files: Vec<PathBuf>,
    hidden: Vec<PathBuf>,
    /// Links to folders, which are followed last: a file that has a name of its own is met under it.
    links: Vec<PathBuf>,
    /// Where the folders that were met really are.
    met: BTreeSet<PathBuf>,
}

/// All files below a folder, but for hidden ones and those that writers leave beside data (`_SUCCESS`). No folder is
/// walked twice, so links may lead in circles; one to a folder that holds the link is no way to other files.
pub(super) fn walk(folder: &Path, real_root: &Path) -> std::io::Result<Found> {
    if !folder.canonicalize()?.starts_with(real_root) {
        return Ok(Found::Outside(folder.to_owned()));
    }
    let mut walk =
        Walk { files: Vec::new(), hidden: Vec::new(), links: Vec::new(), met: BTreeSet::new() };
    walk.folder(folder)?;
    while let Some(link) = walk.links.pop() {
        let Ok(target) = link.canonicalize() else { continue };
        if !target.starts_with(real_root) {
            return Ok(Found::Outside(link));
        }
        let holder = link.parent().and_then(|folder| folder.canonicalize().ok());
        if holder.is_none_or(|holder| !holder.starts_with(&target)) {
            walk.folder(&link)?;
        }
    }
    Ok(Found::Files { files: walk.files, hidden: walk.hidden })
}

impl Walk {
    fn folder(&mut self, folder: &Path) -> std::io::Result<()> {
        let real = folder.canonicalize()?;
        if !self.met.insert(real) {
            return Ok(());
        }
        let mut entries: Vec<std::fs::DirEntry> =
            std::fs::read_dir(folder)?.collect::<std::io::Result<_>>()?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name();
            let path = entry.path();
            if is_lock(&path) {
                continue;
            }
            if name.to_str().is_none_or(|name| name.starts_with(['.', '_'])) {
                if path.is_file() {
                    self.hidden.push(path);
                }
                continue;
            }
            match (path.is_dir(), entry.file_type()?.is_symlink()) {
                (true, true) => self.links.push(path),
                (true, false) => self.folder(&path)?,
                (false, _) => self.files.push(path),
            }
        }
        Ok(())
    }
}
