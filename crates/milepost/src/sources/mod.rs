//! Where the text of a project comes from: a folder on disk, memory, a commit, a model file.

mod disk;
mod file;
mod memory;
mod overlay;

use milepost_semantics::schema::Schemas;

pub use disk::Disk;
pub(crate) use file::{open_file, without_links};
pub use memory::Memory;
pub(crate) use overlay::Overlay;

/// A spec file over this many bytes is rejected before it is read.
pub const LARGEST_SPEC: u64 = milepost_syntax::limits::SPEC_BYTES as u64;

/// A place that holds the text files of one project.
///
/// Paths are relative to the project's folder, with forward slashes.
pub trait Sources {
    /// The bytes of a file.
    ///
    /// # Errors
    /// When there is no such file, it is over [`LARGEST_SPEC`], it lies outside the project, or it can't be read.
    fn read(&self, path: &str) -> Result<Vec<u8>, SourceError>;

    /// All spec files (`.yaml`, `.yml`) of a folder and the folders in it, sorted by path. `milepost.yaml` itself is
    /// not a spec file. Links to folders that may hold specs are among them: to read one says what is wrong.
    ///
    /// # Errors
    /// When there is no such folder, it lies outside the project, or it can't be read.
    fn specs(&self, folder: &str) -> Result<Vec<String>, SourceError>;

    /// The packages of the catalog, by name, as they were when the project was written down; nothing: those of this program.
    fn packages(&self) -> Option<&[(String, String)]> {
        None
    }

    /// What the data files held when the project was written down; nothing: they lie where the data is.
    fn columns(&self) -> Option<&Schemas> {
        None
    }
}

/// Why a file or folder could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    #[error("there is no such file or folder")]
    NotFound,
    #[error("it is over 8 MB")]
    TooLarge,
    #[error("it is outside the project's folder")]
    Outside,
    /// What it is instead: a pipe, a device.
    #[error("it is {0}, not a file")]
    NotAFile(&'static str),
    #[error("it is a link to a folder, and links to folders are not followed")]
    LinkedFolder,
    #[error("{0}")]
    Io(String),
}

/// Whether a relative path stays inside the folder that it starts from: no root, no drive, no way up.
///
/// ```
/// use milepost::sources::is_inside;
///
/// assert!(is_inside("specs/effect.yaml"));
/// assert!(!is_inside("specs/../../other") && !is_inside("/etc/passwd"));
/// ```
#[must_use]
pub fn is_inside(path: &str) -> bool {
    let drive = path.as_bytes().get(1) == Some(&b':');
    !drive && !path.starts_with(['/', '\\']) && !path.split(['/', '\\']).any(|part| part == "..")
}

/// What the paths of files in a folder begin with.
fn prefix_of(folder: &str) -> String {
    let parts = folder.split('/').filter(|part| !part.is_empty() && *part != ".");
    parts.map(|part| format!("{part}/")).collect()
}

/// The words of an error of the operating system, without its number.
pub(crate) fn words(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" (os error").map_or(text.as_str(), |(words, _)| words);
    text.to_lowercase()
}

/// Whether a file is one of specs, by its name.
pub(crate) fn is_spec(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    !stem.is_empty() && matches!(ending, "yaml" | "yml") && path != crate::PROJECT_FILE
}

#[cfg(test)]
mod tests {
    use super::{is_inside, is_spec};

    #[test]
    fn ways_out_of_the_folder_are_seen() {
        for (path, inside) in [
            ("specs/", true),
            ("specs/..a/b.yaml", true),
            (".", true),
            ("../x", false),
            ("a/../../x", false),
            ("/etc", false),
            ("C:\\x", false),
            ("a\\..\\..\\x", false),
        ] {
            assert_eq!(is_inside(path), inside, "{path}");
        }
    }

    #[test]
    fn specs_are_known_by_their_ending() {
        for (path, spec) in [
            ("specs/a.yaml", true),
            ("specs/b.yml", true),
            ("milepost.yaml", false),
            ("specs/milepost.yaml", true),
            ("specs/.yaml", false),
            ("specs/a.yaml.bak", false),
        ] {
            assert_eq!(is_spec(path), spec, "{path}");
        }
    }
}
