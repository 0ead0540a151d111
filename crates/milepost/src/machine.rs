//! Diagnostics for programs: one JSON object each.

use std::path::Path;

use milepost_syntax::diagnostic::{Diagnostic, Label, Severity};
use milepost_syntax::source::{SourceFile, SourceMap};
use milepost_syntax::span::Span;
use serde::Serialize;

use crate::crowd::listed;

/// A diagnostic with files, lines and columns instead of bytes. Lines and columns count from 1, columns in characters;
/// the end is one past the last character.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MachineDiagnostic {
    pub code: &'static str,
    pub severity: Severity,
    pub message: String,
    /// Absent when the mistake is in no spec file.
    #[serde(flatten)]
    pub place: Option<MachinePlace>,
    /// Every marked place, the main one first.
    pub labels: Vec<MachineLabel>,
    pub help: Vec<String>,
    /// How many messages this one stands for. Absent from all others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<usize>,
}

/// A range of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MachinePlace {
    /// With forward slashes; the name of what is no file, such as `std/adoption.yaml` of the catalog or `--where`.
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
}

/// A place and what is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MachineLabel {
    #[serde(flatten)]
    pub place: MachinePlace,
    pub message: String,
}

impl MachineDiagnostic {
    /// The diagnostic, for programs. `root` is the way to the project's folder from where the paths are to be followed.
    #[must_use]
    pub fn new(diagnostic: &Diagnostic, sources: &SourceMap, root: &Path) -> Self {
        let labels: Vec<MachineLabel> = diagnostic
            .primary
            .iter()
            .chain(&diagnostic.secondary)
            .map(|label| machine_label(label, sources, root))
            .collect();
        Self {
            code: diagnostic.code.name(),
            severity: diagnostic.severity,
            message: diagnostic.message.clone(),
            place: labels.first().filter(|_| diagnostic.primary.is_some()).map(|l| l.place.clone()),
            labels,
            help: diagnostic.help.clone(),
            left_out: None,
        }
    }

    /// The list of messages for programs. If it does not hold all, its last entry says how many are missing.
    ///
    /// ```
    /// use milepost::syntax::diagnostic::Diagnostics;
    /// use milepost::{machine::MachineDiagnostic, sources::Memory, steps};
    ///
    /// let files = Memory::new()
    ///     .with("milepost.yaml", "project: shop")
    ///     .with("specs/a.yaml", "metrics:\n  sales: { lable: Sales, value: 1 }\n");
    /// let mut diagnostics = Diagnostics::default();
    /// let loaded = steps::load(&files, &mut diagnostics);
    /// let list = MachineDiagnostic::list(&diagnostics.sorted(), &loaded.sources, "shop".as_ref());
    /// let place = list[0].place.as_ref().expect("a place in a spec file");
    /// assert_eq!((place.file.as_str(), place.line, place.column), ("shop/specs/a.yaml", 2, 12));
    /// ```
    #[must_use]
    pub fn list(list: &[&Diagnostic], sources: &SourceMap, root: &Path) -> Vec<Self> {
        let (kept, left_out) = listed(list);
        let mut all: Vec<Self> =
            kept.into_iter().map(|told| Self::new(told, sources, root)).collect();
        all.extend(left_out.map(|left_out| Self {
            left_out: Some(left_out.count),
            ..Self::new(&left_out.diagnostic(), sources, root)
        }));
        all
    }
}

fn machine_label(label: &Label, sources: &SourceMap, root: &Path) -> MachineLabel {
    MachineLabel { place: place(label.span, sources, root), message: label.message.clone() }
}

/// A span for programs.
pub(crate) fn place(span: Span, sources: &SourceMap, root: &Path) -> MachinePlace {
    let file = sources.get(span.source);
    let (start, end) = (file.line_column(span.start), file.line_column(span.end));
    MachinePlace {
        file: shown(file, root),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}

/// The path of a file of the project, as it is followed from the folder that `root` starts from.
fn shown(file: &SourceFile, root: &Path) -> String {
    if !file.on_disk {
        return file.path.clone();
    }
    let path = root.join(&file.path);
    let path = path.strip_prefix(".").unwrap_or(&path).display().to_string();
    if std::path::MAIN_SEPARATOR == '/' { path } else { path.replace('\\', "/") }
}
