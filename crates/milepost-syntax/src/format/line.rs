//! Values on one line.

use std::rc::Rc;

use super::Understood;
use super::printer::{Printer, WIDTH};
use super::scalar::{self, Around, is_odd};
use crate::ast::Expr;
use crate::expr::{Breakable, lay_out, try_parse};
use crate::span::Spanned;
use crate::yaml::{Entry, Node, NodeKind};

/// An expression of more bytes than this stays as it is; one that would have more in lines is not broken. Both
/// keep what is printed well below the size at which an expression is no longer read.
const LONGEST: usize = 32 * 1024;

/// The expression that a value is, if it is one: where the tree of definitions has an expression that
/// is all of the value.
pub(super) fn expression(node: &Node, file: &Understood) -> Option<Expr> {
    let found = &file.shape.expressions;
    let at = found.partition_point(|(start, _)| *start < node.span.start);
    let place = *found.get(at)?;
    if place.1 > node.span.end {
        return None;
    }
    let expr = try_parse(&node.mapped(file.file())?).ok()?;
    ((expr.span.start, expr.span.end) == place).then_some(expr)
}

/// Where a value is in the new text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The end of its key in the old text.
    pub(super) after: usize,
    /// Where the line of its key begins.
    pub(super) indent: usize,
    /// Where the value begins if it is on that line.
    pub(super) column: usize,
}

impl Printer<'_> {
    /// The canonical text of a value that is an expression, with the places at which it may be broken.
    pub(super) fn breakable(&self, node: &Node) -> Option<Rc<Breakable>> {
        let mut known = self.known.borrow_mut();
        let found = known.entry(node.span).or_insert_with(|| {
            let expr = expression(node, self.file)?;
            let breakable = lay_out(&expr, Some(self.file.file()));
            let text = breakable.flat();
            let is_fine = text.len() < LONGEST && !text.chars().any(is_odd);
            is_fine.then(|| Rc::new(breakable))
        });
        found.clone()
    }

    /// The value as it is after its key on the same line; nothing if it takes lines of its own.
    pub(super) fn inline(&self, node: &Node, place: Place) -> Option<String> {
        if self.has_comment(place.after, node.span.end as usize) {
            return None;
        }
        let raw = self.slice(node);
        match &node.kind {
            NodeKind::Null => (!raw.is_empty()).then(|| raw.to_owned()),
            NodeKind::Scalar(scalar) => match self.breakable(node) {
                Some(breakable) => {
                    let text = scalar::expression(&breakable.flat(), Around::Block);
                    self.folded(node, &breakable, &text, place).is_none().then_some(text)
                }
                None if is_block(node) || raw.contains('\n') => None,
                None if self.keeps_quotes => Some(raw.to_owned()),
                None => Some(scalar::value(raw, &scalar.text, Around::Block)),
            },
            NodeKind::List(_) | NodeKind::Map(_) if node.flow => {
                self.one_line(node).filter(|text| place.column + width(text) <= WIDTH)
            }
            NodeKind::List(_) | NodeKind::Map(_) | NodeKind::Error => None,
        }
    }

    /// The lines of an expression that is folded: because it is too long for one, or because its author
    /// broke it. `text` is what is on one line instead.
    pub(super) fn folded(
        &self,
        node: &Node,
        breakable: &Breakable,
        text: &str,
        place: Place,
    ) -> Option<Vec<String>> {
        let fits = place.column + width(text) <= WIDTH;
        let broken = self.slice(node).contains('\n');
        if fits && !broken {
            return None;
        }
        let room = WIDTH.saturating_sub(place.indent + 2);
        let lines = lines(breakable, place.indent + 2);
        match lines.as_slice() {
            [line] if fits || width(line) > room => None,
            _ => Some(lines),
        }
    }

    /// A value inside `{ }` or `[ ]`, or such a list or map itself; nothing if it can't be on one line
    /// as it is.
    pub(super) fn one_line(&self, node: &Node) -> Option<String> {
        if self.has_comment(node.span.start as usize, node.span.end as usize) {
            return None;
        }
        let raw = self.slice(node);
        match &node.kind {
            NodeKind::Null => (!raw.is_empty()).then(|| raw.to_owned()),
            NodeKind::Scalar(scalar) => {
                if let Some(breakable) = self.breakable(node) {
                    return Some(scalar::expression(&breakable.flat(), Around::Flow));
                }
                if self.keeps_quotes {
                    return (!raw.contains('\n')).then(|| raw.to_owned());
                }
                if !raw.contains('\n') {
                    return Some(scalar::value(raw, &scalar.text, Around::Flow));
                }
                scalar::is_plain(&scalar.text, Around::Flow).then(|| scalar.text.clone())
            }
            NodeKind::List(items) => {
                let parts: Option<Vec<String>> =
                    items.iter().map(|item| self.one_line(item)).collect();
                let parts = parts?.join(", ");
                // Lists of more than single values are easier to read with space inside.
                let roomy = items.iter().any(|item| matches!(item.kind, NodeKind::Map(_)));
                Some(if roomy { format!("[ {parts} ]") } else { format!("[{parts}]") })
            }
            NodeKind::Map(entries) if entries.is_empty() => Some("{}".to_owned()),
            NodeKind::Map(entries) => {
                let parts: Option<Vec<String>> =
                    entries.iter().map(|entry| self.pair(entry)).collect();
                let parts = parts?.join(", ");
                Some(if raw.starts_with('{') { format!("{{ {parts} }}") } else { parts })
            }
            NodeKind::Error => None,
        }
    }

    fn pair(&self, Entry { key, value }: &Entry) -> Option<String> {
        let value = self.one_line(value)?;
        Some(format!("{}: {value}", self.key(key, Around::Flow)?))
    }

    /// A key, if it is on one line.
    pub(super) fn key(&self, key: &Spanned<String>, around: Around) -> Option<String> {
        let raw = self.file.file().slice(key.span);
        (!raw.is_empty() && !raw.contains('\n')).then(|| scalar::value(raw, &key.node, around))
    }
}

/// An expression in lines that begin at `indent`.
pub(super) fn lines(breakable: &Breakable, indent: usize) -> Vec<String> {
    let lines = breakable.lines(WIDTH.saturating_sub(indent));
    let bytes: usize = lines.iter().map(|line| indent + line.len()).sum();
    // Space at the beginning of lines counts, and must not make an expression too long to be read.
    if bytes > LONGEST { vec![breakable.flat()] } else { lines }
}

/// Whether a value was written after `|` or `>`.
pub(super) fn is_block(node: &Node) -> bool {
    use granit_parser::ScalarStyle::{Folded, Literal};
    matches!(&node.kind, NodeKind::Scalar(scalar) if matches!(scalar.style, Folded | Literal))
}

/// Characters on a line.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}
