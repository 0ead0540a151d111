//! `milepost init [DIR]`, `milepost init --from FILES [DIR]`

mod found;
mod from;

use std::path::{Path, PathBuf};

use milepost::syntax::codes;
use milepost::syntax::diagnostic::Diagnostic;
use milepost::{PROJECT_FILE, write};

use crate::args::{Global, Init};
use crate::exit::{Exit, Stop};
use crate::output::Output;

/// What a project does not keep under version control.
const IGNORED: (&str, &str) = (".gitignore", include_str!("../../../init/gitignore"));

/// The files of a new project. The name of the project is in for [`NAME`].
const FILES: [(&str, &str); 9] = [
    (PROJECT_FILE, include_str!("../../../init/milepost.yaml")),
    ("README.md", include_str!("../../../init/README.md")),
    IGNORED,
    ("specs/data.yaml", include_str!("../../../init/specs/data.yaml")),
    ("specs/kpis.yaml", include_str!("../../../init/specs/kpis.yaml")),
    ("specs/tests.yaml", include_str!("../../../init/specs/tests.yaml")),
    ("data/accounts.csv", include_str!("../../../init/data/accounts.csv")),
    ("data/subscriptions.csv", include_str!("../../../init/data/subscriptions.csv")),
    ("data/events.csv", include_str!("../../../init/data/events.csv")),
];

/// Files that a folder may have already: they stay as they are.
const KEPT: [&str; 2] = ["README.md", ".gitignore"];

/// What to write instead where something is there already.
const ANOTHER: &str = "milepost init DIR";

/// What the templates call the project.
const NAME: &str = "my-project";

pub(super) fn run(args: &Init, global: &Global, output: Output) -> Result<Exit, Stop> {
    if let Some(files) = &args.from {
        return from::run(files, args, global, output);
    }
    let folder = &args.folder;
    refuse_taken(folder, FILES.iter().map(|(path, _)| *path), ANOTHER)?;
    let name = project_name(folder);
    for (path, text) in FILES {
        let path = folder.join(path);
        if !is_there(&path) {
            write::new(&path, &text.replace(NAME, &name))?;
        }
    }
    let build = build(folder);
    output.note(&format!("created the project {name} in {}; next: {build}", folder.display()));
    Ok(Exit::Done)
}

/// The command that builds a project.
fn build(folder: &Path) -> String {
    if folder == Path::new(".") {
        "milepost build".to_owned()
    } else {
        format!("milepost build {}", folder.display())
    }
}

/// Whether anything has the name, a link that leads nowhere included.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Nothing that is there is overwritten, and nothing is put where a link leads; `instead`: the command that does not.
fn refuse_taken<'a>(
    folder: &Path,
    files: impl Iterator<Item = &'a str> + Clone,
    instead: &str,
) -> Result<(), Stop> {
    let files = || files.clone().filter(|path| !KEPT.contains(path));
    let above = files().flat_map(|path| Path::new(path).ancestors().skip(1));
    let mut folders = above.map(|path| folder.join(path));
    let is_no_folder =
        |path: &PathBuf| path != folder && is_there(path) && (path.is_symlink() || !path.is_dir());
    let taken = files()
        .map(|path| folder.join(path))
        .find(|path| is_there(path))
        .or_else(|| folders.find(is_no_folder));
    let Some(taken) = taken.or_else(|| folder.is_file().then(|| folder.to_owned())) else {
        return Ok(());
    };
    let message = format!("`{}` already exists and is not overwritten", taken.display());
    Err(Diagnostic::error_nowhere(codes::OUTPUT_NOT_WRITABLE, message)
        .help(format!("name a new folder: `{instead}`"))
        .into())
}

/// A name for the project, from the name of its folder.
fn project_name(folder: &Path) -> String {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let name =
        absolute.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let name = name.trim_matches('-');
    let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase());
    if starts_well {
        name.to_owned()
    } else {
        format!("project-{name}").trim_end_matches('-').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::project_name;

    #[test]
    fn the_folder_names_the_project() {
        for (folder, name) in [
            ("/x/Acme CS", "acme-cs"),
            ("/x/2026", "project-2026"),
            ("/x/…", "project"),
            ("/", "project"),
        ] {
            assert_eq!(project_name(Path::new(folder)), name, "{folder}");
        }
    }
}
