//! Spec files in one style, with everything that they said before.
//!
//! | file | what it does |
//! |---|---|
//! | `comments.rs` | what the tree of values does not hold: comments |
//! | `printer.rs` | maps, lists and values as blocks of lines |
//! | `gap.rs` | what is between two definitions: blank lines, and comments at their level |
//! | `align.rs` | values that the author wrote under each other stay so |
//! | `line.rs` | values on one line |
//! | `scalar.rs` | quotes only where YAML needs them |
//! | `shape.rs` | what a tree says, places aside |
//!
//! The formatter touches what it is certain of. Only a file without mistakes is formatted; one with
//! something that the printer does not know (a directive, a `? key`) stays as it is; and what was
//! printed is read again and must say the same, with the same comments.

mod align;
mod comments;
mod gap;
mod line;
mod printer;
mod scalar;
mod shape;

use printer::Printer;
use shape::Shape;

use crate::ast::Package;
use crate::codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::limits::SPEC_BYTES;
use crate::source::{SourceFile, SourceMap};
use crate::span::Span;
use crate::yaml::{BLANK_OR_BREAK, Layout, Node, NodeKind, read};
use crate::{parse_package, parse_project};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `milepost.yaml`.
    Project,
    /// A spec file.
    Spec,
}

/// The text of a file in milepost's style. Formatting what was formatted gives the same bytes.
///
/// Nothing if the file has mistakes, which are reported: then it is not known what it says.
pub fn format(
    source: &SourceFile,
    kind: FileKind,
    diagnostics: &mut Diagnostics,
) -> Option<String> {
    let mut told = Diagnostics::default();
    understand(source, kind, &mut told);
    if told.has_errors() {
        diagnostics.append(told);
        return None;
    }
    let has_crlf = source.text.contains("\r\n");
    let text = if has_crlf { source.text.replace("\r\n", "\n") } else { source.text.to_string() };
    // A lone carriage return ends a line for YAML, and for no editor.
    if text.contains('\r') {
        return Some(source.text.to_string());
    }
    let before = Understood::of(&source.path, text, kind);
    let printed = Printer::print(&before, kind).filter(|printed| printed.len() <= SPEC_BYTES);
    let Some(printed) = printed else { return Some(source.text.to_string()) };
    let after = Understood::of(&source.path, printed, kind);
    if !before.says_the_same(&after) {
        diagnostics.push(
            Diagnostic::error(
                codes::INTERNAL,
                Span::new(source.id, 0, 0),
                format!("formatting `{}` would change what it says, so it stays as it is", source.path),
            )
            .help("this is a mistake in milepost, not in the project: please report it with this file"),
        );
        return None;
    }
    let printed = after.file().text.to_string();
    Some(if has_crlf { printed.replace('\n', "\r\n") } else { printed })
}

/// Whether a text is that of `milepost.yaml` rather than of a spec file, for one that comes without a name.
#[must_use]
pub fn is_project(text: &str) -> bool {
    let lines = || text.lines().map(|line| line.strip_prefix('\u{feff}').unwrap_or(line));
    lines().any(|line| line.starts_with("project:"))
}

fn understand(source: &SourceFile, kind: FileKind, diagnostics: &mut Diagnostics) -> Package {
    let mut package = Package::default();
    match kind {
        FileKind::Project => package.project = parse_project(source, diagnostics),
        FileKind::Spec => parse_package(source, &mut package, diagnostics),
    }
    package
}

/// A text and everything that is known of it.
struct Understood {
    sources: SourceMap,
    root: Option<Node>,
    shape: Shape,
}

impl Understood {
    fn of(path: &str, text: String, kind: FileKind) -> Self {
        let mut sources = SourceMap::default();
        let id = sources.add(path, text);
        let mut told = Diagnostics::default();
        let layout = match kind {
            FileKind::Project => Layout::Project,
            FileKind::Spec => Layout::Sections,
        };
        let root = read(sources.get(id), layout, &mut told).root;
        let mut shape = Shape::of(&understand(sources.get(id), kind, &mut told));
        shape.expressions.sort_unstable();
        if told.has_errors() {
            shape.text.push_str("mistakes");
        }
        Self { sources, root, shape }
    }

    fn file(&self) -> &SourceFile {
        self.sources.get(crate::span::SourceId(0))
    }

    /// Whether both have the same definitions, the same values (also where no definition holds them), and
    /// the same comments in the same order.
    fn says_the_same(&self, other: &Self) -> bool {
        let texts = |of: &Self| -> Option<Vec<String>> {
            let found = comments::extras(&of.file().text)?;
            Some(found.comments.iter().map(|c| c.text(&of.file().text).to_owned()).collect())
        };
        // A lone `~` says as much as an empty file.
        let root =
            |of: &'_ Self| of.root.clone().filter(|root| !matches!(root.kind, NodeKind::Null));
        let same_values = match (&root(self), &root(other)) {
            (Some(root), Some(others)) => self.same_value(root, others),
            (root, others) => root.is_none() == others.is_none(),
        };
        same_values && self.shape.text == other.shape.text && texts(self) == texts(other)
    }

    fn same_value(&self, node: &Node, other: &Node) -> bool {
        match (&node.kind, &other.kind) {
            (NodeKind::Null, NodeKind::Null) => true,
            // Expressions are part of the shape.
            (NodeKind::Scalar(a), NodeKind::Scalar(b)) => {
                let trimmed = |text: &'_ str| text.trim_end_matches(BLANK_OR_BREAK).len();
                a.text[..trimmed(&a.text)] == b.text[..trimmed(&b.text)]
                    || line::expression(node, self).is_some()
            }
            (NodeKind::List(a), NodeKind::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.same_value(a, b))
            }
            (NodeKind::Map(a), NodeKind::Map(b)) => {
                a.len() == b.len()
                    && a.iter().zip(b).all(|(a, b)| {
                        a.key.node == b.key.node && self.same_value(&a.value, &b.value)
                    })
            }
            _ => false,
        }
    }
}
