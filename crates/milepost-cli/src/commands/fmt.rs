//! `milepost fmt [PATH…] [--check] [--diff]`

use std::io::Read;
use std::path::{Path, PathBuf};

use milepost::format::{self, Formatted};
use milepost::sources::{Disk, LARGEST_SPEC, Memory, SourceError, Sources};
use milepost::syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost::syntax::source::SourceMap;
use milepost::syntax::{FileKind, codes, is_project};
use milepost::{Error, PROJECT_FILE, write};

use crate::args::{Fmt, Global};
use crate::exit::{Exit, Stop};
use crate::output::Output;
use crate::patch::patch;
use crate::project::{self, plural};

/// The name that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// What is to be formatted, and what was reported of it.
#[derive(Default)]
struct Work {
    sources: SourceMap,
    diagnostics: Diagnostics,
    /// Each with its place on disk, as it is best typed from here.
    files: Vec<(PathBuf, Formatted)>,
}

pub(super) fn run(args: &Fmt, global: &Global, output: Output) -> Result<Exit, Stop> {
    let mut work = Work::default();
    if args.paths.iter().any(|path| path.as_os_str() == STANDARD_INPUT) {
        return standard_input(args, work, output);
    }
    if args.paths.is_empty() {
        work.project(&project::find(None, global)?);
    }
    for path in &args.paths {
        if path.is_file() {
            work.file(path);
        } else if path.is_dir() {
            work.project(&project::find(Some(path), global)?);
        } else {
            return Err(not_there(path).into());
        }
    }
    let changed: Vec<(&PathBuf, &str, &str)> = work
        .files
        .iter()
        .filter_map(|(path, file)| Some((path, file.before.as_str(), file.change()?)))
        .collect();
    let is_looked_at = args.check || args.diff;
    for (path, before, after) in &changed {
        if args.diff {
            let name = path.display().to_string();
            output.result(&patch((&name, &name), before, after))?;
        } else if args.check {
            output.result(&format!("{}\n", path.display()))?;
        } else {
            write::edit(path, before, after)?;
            output.note(&format!("formatted {}", path.display()));
        }
    }
    output.diagnostics(&work.diagnostics.sorted(), &work.sources);
    let all = plural(work.files.len(), "file");
    output.note(&match (changed.len(), is_looked_at) {
        (0, _) => format!("checked {all}: nothing to format"),
        (n, true) => format!("checked {all}: {n} would change"),
        (n, false) => format!("checked {all}: {n} changed"),
    });
    Ok(work.exit(is_looked_at && !changed.is_empty()))
}

impl Work {
    fn project(&mut self, root: &Path) {
        let found = format::project(&Disk::new(root), &mut self.sources, &mut self.diagnostics);
        let shown = |file: &Formatted| PathBuf::from(project::shown(root, &file.path));
        self.files.extend(found.into_iter().map(|file| (shown(&file), file)));
    }

    fn file(&mut self, path: &Path) {
        let is_project = path.file_name().is_some_and(|name| name == PROJECT_FILE);
        let kind = if is_project { FileKind::Project } else { FileKind::Spec };
        let shown = path.display().to_string();
        let found =
            format::file(&One(path), &shown, kind, &mut self.sources, &mut self.diagnostics);
        self.files.extend(found.map(|file| (path.to_owned(), file)));
    }

    fn exit(&self, would_change: bool) -> Exit {
        let list = self.diagnostics.sorted();
        if list.iter().any(|diagnostic| diagnostic.code == codes::INTERNAL) {
            Exit::Bug
        } else if self.diagnostics.has_errors() || would_change {
            Exit::Mistakes
        } else {
            Exit::Done
        }
    }
}

/// A file that was named on the command line, wherever it is.
struct One<'a>(&'a Path);

impl Sources for One<'_> {
    fn read(&self, _: &str) -> Result<Vec<u8>, SourceError> {
        if write::leads_out(self.0).is_ok_and(|elsewhere| elsewhere.is_some()) {
            return Err(SourceError::Outside);
        }
        project::read_alone(self.0)
    }

    fn specs(&self, _: &str) -> Result<Vec<String>, SourceError> {
        Err(SourceError::NotFound)
    }
}

/// For editors: text in, text out.
fn standard_input(args: &Fmt, mut work: Work, output: Output) -> Result<Exit, Stop> {
    if args.paths.len() > 1 {
        let message = "standard input can't be formatted together with files";
        return Err(Diagnostic::error_nowhere(codes::SPEC_UNREADABLE, message)
            .help("write `milepost fmt -`, and name the files in another run")
            .into());
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(LARGEST_SPEC + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Error::unreadable("standard input", &error))?;
    let is_project = is_project(&String::from_utf8_lossy(&bytes));
    let kind = if is_project { FileKind::Project } else { FileKind::Spec };
    let name = "standard input";
    let files = Memory::new().with(name, bytes);
    let found = format::file(&files, name, kind, &mut work.sources, &mut work.diagnostics);
    output.diagnostics(&work.diagnostics.sorted(), &work.sources);
    let would_change = found.as_ref().is_some_and(|file| file.change().is_some());
    if args.diff {
        if let Some((before, after)) =
            found.as_ref().and_then(|file| Some((file.before.as_str(), file.change()?)))
        {
            output.result(&patch((name, name), before, after))?;
        }
    } else if let Some(text) = found.and_then(|file| file.after).filter(|_| !args.check) {
        output.result(&text)?;
    }
    Ok(work.exit((args.check || args.diff) && would_change))
}

fn not_there(path: &Path) -> Diagnostic {
    let message = format!("there is no file or folder `{}`", path.display());
    Diagnostic::error_nowhere(codes::SPEC_UNREADABLE, message)
        .help("name spec files, or the folder of a project; without a path the project of this folder is formatted")
}
