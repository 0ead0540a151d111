//! The text of a project: found, read, and parsed as far as it can be.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use milepost_syntax::ast::{Date, Package};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::source::SourceMap;
use milepost_syntax::span::{SourceId, Span};

use crate::sources::{SourceError, Sources};
use crate::{PROJECT_FILE, holidays};

/// Where specs are when `milepost.yaml` does not say.
const SPECS_FOLDER: &str = "specs/";

/// A project's text and what was understood of it.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    pub sources: SourceMap,
    pub package: Package,
    /// The days of `calendar: { holidays: … }`.
    pub holidays: BTreeSet<Date>,
}

/// The nearest folder with a `milepost.yaml`, from `start` upward; `start` itself stays as it was written.
#[must_use]
pub fn find_project(start: &Path) -> Option<PathBuf> {
    if start.join(PROJECT_FILE).is_file() {
        return Some(start.to_owned());
    }
    let absolute = std::path::absolute(start).ok()?;
    absolute
        .ancestors()
        .skip(1)
        .find(|folder| folder.join(PROJECT_FILE).is_file())
        .map(Path::to_owned)
}

/// Reads and parses `milepost.yaml` and every spec file. What can't be read is told; the rest is there.
pub fn load(files: &dyn Sources, diagnostics: &mut Diagnostics) -> Loaded {
    let mut loaded = Loaded::default();
    let Some(main) = read(files, PROJECT_FILE, &mut loaded.sources, diagnostics) else {
        return loaded;
    };
    loaded.package.project = milepost_syntax::parse_project(loaded.sources.get(main), diagnostics);
    if let Some(named) = loaded.package.project.calendar.holidays.clone() {
        loaded.holidays = holidays::read(&named, files, &mut loaded.sources, diagnostics);
    }
    let named = loaded.package.project.specs.clone();
    let folder = named.as_ref().map_or(SPECS_FOLDER, |folder| folder.node.as_str());
    // The place to show: the line that names the folder, else the start of the file that could.
    let span = named.as_ref().map_or(Span::new(main, 0, 0), |folder| folder.span);
    let paths = match files.specs(folder) {
        Ok(paths) => paths,
        Err(error) => {
            diagnostics.push(no_specs(folder, span, &error));
            return loaded;
        }
    };
    if paths.is_empty() {
        let message = format!("the folder `{folder}` holds no spec file");
        diagnostics.push(
            Diagnostic::error(codes::SPEC_UNREADABLE, span, message)
                .help("put a file that ends in .yaml in it, with the sections `entities`, `datasets` and `metrics`"),
        );
    }
    for path in paths {
        if let Some(id) = read(files, &path, &mut loaded.sources, diagnostics) {
            milepost_syntax::parse_spec(loaded.sources.get(id), &mut loaded.package, diagnostics);
        }
    }
    loaded
}

fn read(
    files: &dyn Sources,
    path: &str,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Option<SourceId> {
    let bytes = match files.read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let id = sources.add(path, "");
            diagnostics.push(unreadable(path, Span::new(id, 0, 0), &error));
            return None;
        }
    };
    match String::from_utf8(bytes) {
        Ok(text) => Some(
            sources.add(path, text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned)),
        ),
        Err(error) => {
            let (text, span) = readable(error.as_bytes(), error.utf8_error().valid_up_to());
            let id = sources.add(path, text);
            diagnostics.push(
                Diagnostic::error(
                    codes::INVALID_UTF8,
                    Span::new(id, span.0, span.1),
                    format!("`{path}` is not text in UTF-8"),
                )
                .label("the first byte that is not")
                .help("save the file as UTF-8"),
            );
            None
        }
    }
}

/// The text of a broken file up to the end of the broken line, for the drawing, and the broken place in it.
fn readable(bytes: &[u8], valid: usize) -> (String, (u32, u32)) {
    let end =
        bytes[valid..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |n| valid + n);
    let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let start = u32::try_from(valid).unwrap_or(u32::MAX);
    // What stands for the broken bytes is three bytes long.
    (text, (start, start.saturating_add(3)))
}

fn unreadable(path: &str, span: Span, error: &SourceError) -> Diagnostic {
    match error {
        SourceError::TooLarge => {
            Diagnostic::error(codes::SPEC_TOO_LARGE, span, format!("`{path}` is over 8 MB"))
                .help("split it into several files; data belongs in data files")
        }
        SourceError::Outside => Diagnostic::error(
            codes::OUTSIDE_PROJECT,
            span,
            format!("`{path}` lies outside the project's folder"),
        )
        .help("copy the file into the project instead of linking to it"),
        SourceError::NotFound | SourceError::Io(_) => Diagnostic::error(
            codes::SPEC_UNREADABLE,
            span,
            format!("`{path}` can't be read: {error}"),
        )
        .help("check that the file is there and may be read"),
    }
}

fn no_specs(folder: &str, span: Span, error: &SourceError) -> Diagnostic {
    match error {
        SourceError::NotFound => Diagnostic::error(
            codes::SPEC_UNREADABLE,
            span,
            format!("the folder of specs `{folder}` is not there"),
        )
        .help(format!("create the folder `{folder}`, or name another one with `specs:`")),
        SourceError::Outside => Diagnostic::error(
            codes::OUTSIDE_PROJECT,
            span,
            format!("the folder of specs `{folder}` lies outside the project's folder"),
        )
        .help("keep specs inside the project's folder"),
        SourceError::TooLarge | SourceError::Io(_) => Diagnostic::error(
            codes::SPEC_UNREADABLE,
            span,
            format!("the folder of specs `{folder}` can't be read: {error}"),
        )
        .help("check that it is a folder and may be read"),
    }
}

#[cfg(test)]
mod tests {
    use milepost_syntax::diagnostic::Diagnostics;

    use super::load;
    use crate::sources::Memory;

    fn codes(files: &Memory) -> Vec<&'static str> {
        let mut diagnostics = Diagnostics::default();
        load(files, &mut diagnostics);
        diagnostics.sorted().iter().map(|d| d.code.name()).collect()
    }

    #[test]
    fn what_can_not_be_read_is_told() {
        let main = Memory::new().with("milepost.yaml", "project: x\nedition: 2026\n");
        assert_eq!(codes(&Memory::new()), ["spec-unreadable"]);
        assert_eq!(codes(&main), ["spec-unreadable"]);
        assert_eq!(codes(&main.clone().with("specs/a.txt", "")), ["spec-unreadable"]);
        assert_eq!(
            codes(&main.clone().with("specs/a.yaml", b"label: \xff\n".to_vec())),
            ["invalid-utf8"]
        );
        assert_eq!(codes(&main.with("specs/a.yaml", vec![b' '; 9 << 20])), ["spec-too-large"]);
        let outside =
            Memory::new().with("milepost.yaml", "project: x\nedition: 2026\nspecs: ../other/\n");
        assert_eq!(codes(&outside), ["outside-project"]);
    }
}
