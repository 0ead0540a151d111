//! From a checked project to its file.

use std::path::Path;

use milepost_semantics::diff::{Side, texts};
use milepost_semantics::schema::Schemas;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

use super::form::{DatasetColumns, FORMAT, File, KIND, PackageText, Written};
use super::read::path_trouble;
use super::{looks_like_one, shown};
use crate::error::Error;

/// The model file of a checked project, as text. `schemas`: what its data files hold.
///
/// # Errors
/// A file of the project has a name that no model file may hold.
pub fn emit(side: Side<'_>, schemas: &Schemas) -> Result<String, Error> {
    let mut files = Vec::new();
    for file in side.sources.iter().filter(|file| file.on_disk) {
        if let Some(trouble) = path_trouble(&file.path) {
            return Err(unnamable(&file.path, trouble));
        }
        files.push(File { path: file.path.clone(), text: file.text.to_string() });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup();
    let model = side.model.ok_or_else(|| Error::Internal("no model to write".to_owned()))?;
    let written = Written {
        kind: KIND,
        format: FORMAT,
        milepost: env!("CARGO_PKG_VERSION"),
        edition: milepost_semantics::EDITION,
        project: &model.project.name,
        files,
        packages: packages(side),
        columns: DatasetColumns::of(schemas),
        texts: texts(side).into(),
    };
    let text = serde_json::to_string_pretty(&written);
    text.map(|text| text + "\n").map_err(|error| Error::Internal(error.to_string()))
}

/// All packages of the catalog: what is used may name something in any of them.
fn packages(side: Side<'_>) -> Option<Vec<PackageText>> {
    let used = !side.package.project.uses.is_empty();
    let texts = side.sources.iter().filter(|file| !file.on_disk);
    let mut all: Vec<PackageText> = texts
        .filter_map(|file| {
            let name = file.path.strip_suffix(".yaml")?.to_owned();
            Some(PackageText { name, text: file.text.to_string() })
        })
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    used.then_some(all)
}

fn unnamable(path: &str, trouble: &str) -> Error {
    let message = format!("the path `{path}` {trouble}, so a model file can't hold it");
    let told = Diagnostic::error_nowhere(codes::MODEL_UNREADABLE, message);
    Error::Told(Box::new(told.help("give the file a plain name")))
}

/// Refuses to put a model file in the place of anything else.
///
/// # Errors
/// Something has that name, and it is no model file.
pub fn may_replace(path: &Path) -> Result<(), Error> {
    crate::write::may_replace(path)?;
    if path.symlink_metadata().is_err() || looks_like_one(path) {
        return Ok(());
    }
    Err(Error::not_writable(
        format!("`{}` is there already, and is no model file", shown(path)),
        "name another file, or remove this one if it is no longer needed",
    ))
}
