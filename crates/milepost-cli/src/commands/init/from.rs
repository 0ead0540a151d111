//! `milepost init --from FILES [DIR]`: a project for files that are there.

use std::path::Path;

use milepost::infer::{Inferred, Request, infer};
use milepost::syntax::codes;
use milepost::syntax::diagnostic::Diagnostic;
use milepost::write;

use super::found::found;
use super::{ANOTHER, IGNORED, build, is_there, project_name, refuse_taken};
use crate::args::{Global, Init};
use crate::exit::{Exit, Stop};
use crate::output::Output;
use crate::progress::Progress;
use crate::project::{self, plural};

/// Where copies of files go, in the project.
const DATA: &str = "data";

/// What is written besides copies.
const TEXTS: [&str; 3] = ["milepost.yaml", "specs/data.yaml", "specs/kpis.yaml"];

pub(super) fn run(
    files: &Path,
    args: &Init,
    global: &Global,
    output: Output,
) -> Result<Exit, Stop> {
    let folder = args.folder.as_path();
    if !files.is_dir() {
        let message = format!("`{}` is not a folder", files.display());
        return Err(Diagnostic::error_nowhere(codes::DATA_MISSING, message)
            .help("name the folder that holds the exports: `milepost init --from FOLDER`")
            .into());
    }
    refuse_taken(folder, TEXTS.into_iter(), ANOTHER)?;
    let inside = inside(files, folder);
    let place = match (&inside, args.copy) {
        (Some(inside), _) => Place { root: folder, folder: inside, prefix: "" },
        (None, true) => Place { root: files, folder: "", prefix: "data/" },
        (None, false) => return Err(outside(files, folder).into()),
    };
    let progress = Progress::start(output, "looking at the files");
    let name = project_name(folder);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let Place { root, folder: below, prefix } = place;
    let inferred = infer(&Request { root, folder: below, prefix, name: &name, threads })?;
    if inside.is_none() {
        progress.step("copying the files");
        copy(files, folder, &inferred)?;
    }
    for (path, text) in &inferred.texts {
        write::new(&folder.join(path), text)?;
    }
    let (path, text) = IGNORED;
    if !is_there(&folder.join(path)) {
        write::new(&folder.join(path), text)?;
    }
    progress.step("checking the project");
    let checked = project::check(folder)?;
    drop(progress);
    output.result(&found(folder, &inferred, output)?)?;
    let copied = match &inside {
        Some(_) => String::new(),
        None => format!(", with copies of {} in {DATA}/", plural(inferred.data.len(), "file")),
    };
    output.note(&format!(
        "created the project {name} in {}{copied}: {}; next: {}",
        folder.display(),
        checked.count(global),
        build(folder)
    ));
    checked.tell(crate::args::Format::Human, global, output)
}

/// Where files are looked at, and what stands before their paths in the specs.
struct Place<'a> {
    root: &'a Path,
    folder: &'a str,
    prefix: &'a str,
}

/// The path of the files from the project's folder, with forward slashes; nothing where they lie elsewhere.
fn inside(files: &Path, folder: &Path) -> Option<String> {
    let (files, folder) = (files.canonicalize().ok()?, folder.canonicalize().ok()?);
    let parts = files.strip_prefix(folder).ok()?.components();
    let parts: Option<Vec<String>> =
        parts.map(|part| part.as_os_str().to_str().map(str::to_owned)).collect();
    Some(parts?.join("/"))
}

fn outside(files: &Path, folder: &Path) -> Diagnostic {
    let (from, to) = (files.display(), folder.display());
    let message = format!(
        "`{from}` lies outside of `{to}`, and a project reads only what is in its own folder"
    );
    Diagnostic::error_nowhere(codes::OUTSIDE_PROJECT, message)
        .help(format!(
            "create the project where the files are: `milepost init --from {from} {from}`"
        ))
        .help(format!("or copy them into the project: `milepost init --from {from} {to} --copy`"))
}

/// Copies the files that the datasets read, with the folders that they lie in.
fn copy(files: &Path, folder: &Path, inferred: &Inferred) -> Result<(), Stop> {
    let copies: Vec<String> = inferred.data.iter().map(|file| format!("{DATA}/{file}")).collect();
    let instead = "milepost init --from FILES DIR --copy";
    refuse_taken(folder, copies.iter().map(String::as_str), instead)?;
    let mut places = inferred.data.iter().zip(&copies);
    places.try_for_each(|(from, to)| write::copy(&files.join(from), &folder.join(to)))?;
    Ok(())
}
