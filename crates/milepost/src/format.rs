//! The files of a project in one style.

use milepost_syntax::FileKind;
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::source::SourceMap;
use milepost_syntax::span::SourceId;

use crate::PROJECT_FILE;
use crate::project::{text, texts};
use crate::sources::Sources;

/// What some editors write at the start of a file to say that it is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A file as it is, and in milepost's style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formatted {
    /// From the folder of its [`Sources`].
    pub path: String,
    pub before: String,
    /// The same bytes if there is nothing to do; nothing if the file has mistakes (reported).
    pub after: Option<String>,
}

impl Formatted {
    /// The new text, if it is another one.
    #[must_use]
    pub fn change(&self) -> Option<&str> {
        self.after.as_deref().filter(|after| *after != self.before)
    }
}

/// Formats `milepost.yaml` and every spec file. Nothing is written.
///
/// ```
/// use milepost::sources::Memory;
/// use milepost::syntax::{diagnostic::Diagnostics, source::SourceMap};
///
/// let files = Memory::new()
///     .with("milepost.yaml", "project: shop\n")
///     .with("specs/a.yaml", "metrics:\n    sales: {value: 'sum(orders.amount)'}\n");
/// let (mut sources, mut diagnostics) = (SourceMap::default(), Diagnostics::default());
/// let formatted = milepost::format::project(&files, &mut sources, &mut diagnostics);
/// let changes: Vec<_> = formatted.iter().filter_map(|file| file.change()).collect();
/// assert_eq!(changes, ["metrics:\n  sales: { value: sum(orders.amount) }\n"]);
/// ```
pub fn project(
    files: &dyn Sources,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Vec<Formatted> {
    let ids = texts(files, sources, diagnostics);
    ids.into_iter()
        .map(|id| {
            let path = &sources.get(id).path;
            let kind = if path == PROJECT_FILE { FileKind::Project } else { FileKind::Spec };
            one(files, id, kind, sources, diagnostics)
        })
        .collect()
}

/// Formats one file. Nothing if it can't be read (reported).
pub fn file(
    files: &dyn Sources,
    path: &str,
    kind: FileKind,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Option<Formatted> {
    let id = text(files, path, sources, diagnostics)?;
    Some(one(files, id, kind, sources, diagnostics))
}

fn one(
    files: &dyn Sources,
    id: SourceId,
    kind: FileKind,
    sources: &SourceMap,
    diagnostics: &mut Diagnostics,
) -> Formatted {
    let source = sources.get(id);
    let after = milepost_syntax::format(source, kind, diagnostics);
    // Reading takes the mark away.
    let marked =
        files.read(&source.path).is_ok_and(|bytes| bytes.starts_with(BYTE_ORDER_MARK.as_bytes()));
    let mark = if marked { BYTE_ORDER_MARK } else { "" };
    Formatted {
        path: source.path.clone(),
        before: format!("{mark}{}", source.text),
        after: after.map(|after| format!("{mark}{after}")),
    }
}

#[cfg(test)]
mod tests {
    use milepost_syntax::diagnostic::Diagnostics;
    use milepost_syntax::source::SourceMap;

    use super::project;
    use crate::sources::Memory;

    #[test]
    fn every_file_of_a_project_is_formatted() {
        let files = Memory::new()
            .with("milepost.yaml", "project:   x\nspecs: kpis/\n")
            .with("kpis/a.yaml", "\u{feff}metrics:\r\n    a: {value: 1}\r\n")
            .with("kpis/b.yaml", "metrics:\n  a: { value: 1 }\n")
            .with("kpis/c.yaml", "metrics:\n  a: { valu: 1 }\n")
            .with("specs/d.yaml", "metrics:   {}\n");
        let mut diagnostics = Diagnostics::default();
        let found = project(&files, &mut SourceMap::default(), &mut diagnostics);
        let changes: Vec<_> =
            found.iter().map(|file| (file.path.as_str(), file.change())).collect();
        assert_eq!(
            changes,
            [
                ("milepost.yaml", Some("project: x\nspecs: kpis/\n")),
                ("kpis/a.yaml", Some("\u{feff}metrics:\r\n  a: { value: 1 }\r\n")),
                ("kpis/b.yaml", None),
                ("kpis/c.yaml", None),
            ]
        );
        let codes: Vec<_> = diagnostics.sorted().iter().map(|d| d.code.name()).collect();
        assert_eq!(codes, ["unknown-field"]);
    }
}
