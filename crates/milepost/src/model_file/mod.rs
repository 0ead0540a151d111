//! A project's definitions as one file, to be compared where there is no git: `milepost check --emit-model FILE`.
//!
//! The file holds whatever decides what the definitions mean: the texts that were read, the packages of the catalog that they
//! use, and the columns of the data files, which specs need not declare. So it is one more place that texts come from
//! ([`Sources`]), and is loaded, checked and compared like a folder. For other programs it holds the canonical text of each
//! definition too, which milepost itself never reads.
//!
//! The same texts and columns give the same bytes: no clock, no path of the machine and none of the data is in it.
//!
//! A file may come from anybody. It is checked before anything of it is used ([`ModelFile::parse`]), and what it says is then
//! as untrusted as any spec.

mod form;
mod read;
#[cfg(test)]
mod tests;
mod write;

use std::path::Path;

use milepost_semantics::schema::Schemas;

use crate::sources::{Memory, SourceError, Sources};

pub use form::Texts;
pub(crate) use read::looks_like_one;
pub use write::{emit, may_replace};

/// The JSON Schema of a model file.
pub const SCHEMA: &str = include_str!("schema.json");

/// A file over this many bytes is rejected before it is read.
pub const LARGEST: u64 = 64 << 20;

/// The definitions of a project, as a file holds them.
#[derive(Clone, Debug)]
pub struct ModelFile {
    /// The version of milepost that wrote it, fit to be shown.
    pub milepost: String,
    files: Memory,
    /// By name, sorted; absent where the project uses none.
    packages: Option<Vec<(String, String)>>,
    columns: Schemas,
}

impl ModelFile {
    /// What is unlike a file of this version, in a clause.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        let own = env!("CARGO_PKG_VERSION");
        let other = &self.milepost;
        (other != own).then(|| format!("written by milepost {other}, and this is {own}"))
    }
}

impl Sources for ModelFile {
    fn read(&self, path: &str) -> Result<Vec<u8>, SourceError> {
        self.files.read(path)
    }

    fn specs(&self, folder: &str) -> Result<Vec<String>, SourceError> {
        self.files.specs(folder)
    }

    fn packages(&self) -> Option<&[(String, String)]> {
        Some(self.packages.as_deref().unwrap_or_default())
    }

    fn columns(&self) -> Option<&Schemas> {
        Some(&self.columns)
    }
}

/// The name of a file as messages have it.
fn shown(path: &Path) -> String {
    path.display().to_string()
}
