//! What a project is made of is never overwritten by a result.

use std::path::Path;

use milepost_engine::files_of;
use milepost_semantics::data_needs;
use milepost_syntax::diagnostic::Diagnostics;

use crate::PROJECT_FILE;
use crate::error::Error;
use crate::project::{holds_project, load};
use crate::sources::Disk;

/// Refuses a file that a project reads: its `milepost.yaml`, its specs and holidays, and the files of its datasets.
///
/// # Errors
/// The path names such a file.
pub(super) fn refuse(path: &Path) -> Result<(), Error> {
    if path.file_name().is_some_and(|name| name == PROJECT_FILE) {
        return Err(input(path, &format!("the {PROJECT_FILE} of a project")));
    }
    // What is not there is nobody's.
    let Ok(real) = path.canonicalize() else { return Ok(()) };
    for root in real.ancestors().filter(|folder| holds_project(folder)) {
        if let Some(what) = of_project(root, &real) {
            return Err(input(path, &what));
        }
    }
    Ok(())
}

/// What the file is to the project in that folder, if it is anything.
fn of_project(root: &Path, real: &Path) -> Option<String> {
    let is_it = |other: &Path| other.canonicalize().is_ok_and(|other| other == real);
    let loaded = load(&Disk::new(root), &mut Diagnostics::default());
    let mut texts = loaded.sources.iter().filter(|file| file.on_disk);
    if let Some(text) = texts.find(|file| is_it(&root.join(&file.path))) {
        return Some(format!("`{}` of a project", text.path));
    }
    data_needs(&loaded.package).into_iter().find_map(|need| {
        let files = files_of(root, &need.from);
        let found = files.iter().any(|file| is_it(file));
        found.then(|| format!("a file of dataset `{}`", need.name))
    })
}

fn input(path: &Path, what: &str) -> Error {
    Error::not_writable(
        format!("`{}` is {what}, which a result never overwrites", path.display()),
        "write to another file or folder, or remove the file first if it is no longer needed",
    )
}
