//! The text of a project: found, read, and parsed as far as it can be.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use milepost_syntax::ast::{Date, Package, PackageSize, ProjectSpec};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::source::SourceMap;
use milepost_syntax::span::{SourceId, Span};

use crate::sources::{SourceError, Sources};
use crate::{PROJECT_FILE, catalog, holidays, parse};

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

/// Whether a folder has a `milepost.yaml`. One that is not a file is reported where it is read.
///
/// ```
/// let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
/// assert!(milepost::holds_project(&std::path::Path::new(examples).join("acme")));
/// assert!(!milepost::holds_project(examples.as_ref()));
/// ```
#[must_use]
pub fn holds_project(folder: &Path) -> bool {
    folder.join(PROJECT_FILE).symlink_metadata().is_ok_and(|found| !found.is_dir())
}

/// The nearest folder with a `milepost.yaml`, from `start` upward; `start` itself stays as it was written.
///
/// ```
/// let acme = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/acme");
/// let found = milepost::find_project(&acme.join("specs")).expect("a project above it");
/// assert!(found.ends_with("examples/acme"));
/// ```
#[must_use]
pub fn find_project(start: &Path) -> Option<PathBuf> {
    if holds_project(start) {
        return Some(start.to_owned());
    }
    let absolute = std::path::absolute(start).ok()?;
    absolute.ancestors().skip(1).find(|folder| holds_project(folder)).map(Path::to_owned)
}

/// Reads and parses `milepost.yaml` and every spec file. What can't be read is reported; the rest is still there.
///
/// ```
/// use milepost::syntax::diagnostic::Diagnostics;
/// use milepost::{project::load, sources::Memory};
///
/// let files = Memory::new()
///     .with("milepost.yaml", "project: shop")
///     .with("specs/a.yaml", "metrics:\n  sales: { value: 1 }\n  cost: { lable: Costs, value: 2 }\n");
/// let mut diagnostics = Diagnostics::default();
/// let loaded = load(&files, &mut diagnostics);
/// assert_eq!(loaded.package.metrics[0].name.node, "sales");
/// assert_eq!(diagnostics.sorted()[0].code.name(), "unknown-field");
/// ```
pub fn load(files: &dyn Sources, diagnostics: &mut Diagnostics) -> Loaded {
    let mut reader = Reader::default();
    reader.read(files, diagnostics);
    reader.loaded
}

/// Reads a project as often as its text changes. What did not change is not parsed again; what comes out is always that
/// of [`load`].
#[derive(Debug, Default)]
pub struct Reader {
    loaded: Loaded,
    /// The spec files that were parsed, in the order of their definitions in the package.
    specs: Vec<Spec>,
}

/// A spec file as it was parsed.
#[derive(Debug)]
struct Spec {
    source: SourceId,
    /// How many definitions it gave.
    size: PackageSize,
    told: Diagnostics,
}

impl Reader {
    /// What was read last.
    #[must_use]
    pub const fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// What was read last, to keep.
    #[must_use]
    pub fn into_loaded(self) -> Loaded {
        self.loaded
    }

    /// Reads all files and parses those that are not as they were.
    pub fn read(&mut self, files: &dyn Sources, diagnostics: &mut Diagnostics) {
        self.loaded.package.forget_imports();
        let before = std::mem::take(&mut self.loaded.sources);
        let mut texts = Texts { files, before: &before, sources: SourceMap::default() };
        self.loaded.holidays = BTreeSet::new();
        let specs = match texts.read(PROJECT_FILE, diagnostics) {
            None => {
                self.loaded.package.project = ProjectSpec::default();
                Vec::new()
            }
            Some(main) => {
                let project = milepost_syntax::parse_project(texts.sources.get(main), diagnostics);
                if let Some(named) = &project.calendar.holidays {
                    self.loaded.holidays =
                        holidays::read(named, files, &mut texts.sources, diagnostics);
                }
                let specs = texts.specs(&project, main, diagnostics);
                self.loaded.package.project = project;
                specs
            }
        };
        self.loaded.sources = texts.sources;
        self.parse(&specs, &before);
        for spec in &self.specs {
            diagnostics.append(spec.told.clone());
        }
        let Loaded { package, sources, .. } = &mut self.loaded;
        catalog::import(package, sources, files.packages(), diagnostics);
        milepost_semantics::expand(&mut self.loaded.package, diagnostics);
    }

    /// Brings the package to what the spec files say now.
    fn parse(&mut self, specs: &[SourceId], before: &SourceMap) {
        let Loaded { sources, package, .. } = &mut self.loaded;
        let same_files = self.specs.iter().map(|spec| spec.source).eq(specs.iter().copied());
        if !same_files {
            package.replace(PackageSize::default(), package.size(), Package::default());
            self.specs.clear();
        }
        let is_new = |id: &SourceId| !same_files || !sources.get(*id).is(before.get(*id));
        let new: Vec<SourceId> = specs.iter().copied().filter(is_new).collect();
        let mut parsed = parse::all(sources, &new).into_iter().peekable();
        let mut start = PackageSize::default();
        for (i, source) in specs.iter().copied().enumerate() {
            if let Some((part, told)) = parsed.next_if(|(id, _)| *id == source).map(|(_, p)| p) {
                let spec = Spec { source, size: part.size(), told };
                let old = match self.specs.get_mut(i) {
                    Some(old) => std::mem::replace(old, spec).size,
                    None => {
                        self.specs.push(spec);
                        PackageSize::default()
                    }
                };
                package.replace(start, old, part);
            }
            start = start + self.specs[i].size;
        }
    }
}

/// The text of `milepost.yaml` and of every spec file, each added to `sources`.
pub(crate) fn texts(
    files: &dyn Sources,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Vec<SourceId> {
    let Some(main) = text(files, PROJECT_FILE, sources, diagnostics) else { return Vec::new() };
    // What is wrong in the file is for others to tell.
    let project = milepost_syntax::parse_project(sources.get(main), &mut Diagnostics::default());
    let before = SourceMap::default();
    let mut texts = Texts { files, before: &before, sources: std::mem::take(sources) };
    let specs = texts.specs(&project, main, diagnostics);
    *sources = texts.sources;
    std::iter::once(main).chain(specs).collect()
}

/// The text of one file, added to `sources`.
pub(crate) fn text(
    files: &dyn Sources,
    path: &str,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Option<SourceId> {
    let before = SourceMap::default();
    let mut texts = Texts { files, before: &before, sources: std::mem::take(sources) };
    let id = texts.read(path, diagnostics);
    *sources = texts.sources;
    id
}

/// The texts of a project on their way into memory.
struct Texts<'a> {
    files: &'a dyn Sources,
    /// The texts as they were read before.
    before: &'a SourceMap,
    sources: SourceMap,
}

impl Texts<'_> {
    /// Reads all spec files; gives those that are text.
    fn specs(
        &mut self,
        project: &ProjectSpec,
        main: SourceId,
        diagnostics: &mut Diagnostics,
    ) -> Vec<SourceId> {
        let named = project.specs.as_ref();
        let folder = named.map_or(SPECS_FOLDER, |folder| folder.node.as_str());
        // The place to show: the line that names the folder, else the start of the file that could.
        let span = named.map_or(Span::new(main, 0, 0), |folder| folder.span);
        let paths = match self.files.specs(folder) {
            Ok(paths) => paths,
            Err(error) => {
                diagnostics.push(no_specs(folder, span, &error));
                return Vec::new();
            }
        };
        if paths.is_empty() {
            let message = format!("the folder `{folder}` contains no spec file");
            diagnostics.push(
                Diagnostic::error(codes::SPEC_UNREADABLE, span, message)
                    .help("put a file that ends in .yaml in it, with the sections `entities`, `datasets` and `metrics`"),
            );
        }
        paths.iter().filter_map(|path| self.read(path, diagnostics)).collect()
    }

    /// Reads one file; one whose text is what it was before is the same file.
    fn read(&mut self, path: &str, diagnostics: &mut Diagnostics) -> Option<SourceId> {
        let bytes = match self.files.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let id = self.sources.add(path, "");
                diagnostics.push(unreadable(path, Span::new(id, 0, 0), &error));
                return None;
            }
        };
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
            Err(error) => {
                let (text, span) = readable(&bytes, error.valid_up_to());
                let id = self.sources.add(path, text);
                diagnostics.push(
                    Diagnostic::error(
                        codes::INVALID_UTF8,
                        Span::new(id, span.0, span.1),
                        format!("`{path}` is not text in UTF-8"),
                    )
                    .label("the first byte that is not")
                    .help("save the file as UTF-8"),
                );
                return None;
            }
        };
        let before = self.before.iter().nth(self.sources.len());
        Some(match before {
            Some(before) if before.path == path && *before.text == *text => {
                self.sources.adopt(before)
            }
            _ => self.sources.add(path, text),
        })
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
            format!("`{path}` is outside the project's folder"),
        )
        .help("copy the file into the project instead of linking to it"),
        SourceError::NotFound
        | SourceError::NotAFile(_)
        | SourceError::LinkedFolder
        | SourceError::Io(_) => Diagnostic::error(
            codes::SPEC_UNREADABLE,
            span,
            format!("`{path}` can't be read: {error}"),
        )
        .help(match error {
            SourceError::NotAFile(_) => {
                "put a text file there, or give it a name that spec files don't have"
            }
            SourceError::LinkedFolder => {
                "move the folder there instead of linking to it, or remove the link"
            }
            _ => "check that the file exists and is readable",
        }),
    }
}

fn no_specs(folder: &str, span: Span, error: &SourceError) -> Diagnostic {
    match error {
        SourceError::NotFound => Diagnostic::error(
            codes::SPEC_UNREADABLE,
            span,
            format!("the specs folder `{folder}` does not exist"),
        )
        .help(format!("create the folder `{folder}`, or name another one with `specs:`")),
        SourceError::Outside => Diagnostic::error(
            codes::OUTSIDE_PROJECT,
            span,
            format!("the specs folder `{folder}` is outside the project's folder"),
        )
        .help("keep specs inside the project's folder"),
        SourceError::TooLarge
        | SourceError::NotAFile(_)
        | SourceError::LinkedFolder
        | SourceError::Io(_) => Diagnostic::error(
            codes::SPEC_UNREADABLE,
            span,
            format!("the specs folder `{folder}` can't be read: {error}"),
        )
        .help("check that it is a folder and readable"),
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
