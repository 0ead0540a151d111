//! `behaviors:`

use super::field::{Field, FieldType, Kind, Shape};
use super::fields::Fields;
use super::{Decoder, meta};
use crate::ast::{BehaviorSpec, Expr, Meta};
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::expr::{is_name, parse_text, short};
use crate::span::Spanned;
use crate::yaml::{Entry, Node, NodeKind};

pub(super) const ROWS: &str = "rows of a dataset, such as `events where name = 'login'`";

const FIELDS: &[Field] =
    &[Field::new("rows", FieldType::Other(ROWS), "the rows that it names: a dataset, and `where`")
        .shaped(Shape::Of(FieldType::Text))];

pub(super) static BEHAVIOR: Kind = Kind { name: "a behavior", fields: &[FIELDS, meta::FIELDS] };

/// In one line, or as a map.
pub(super) const BEHAVIOR_SHAPE: Shape =
    Shape::Either(&[Shape::Of(FieldType::Text), Shape::Map(&BEHAVIOR)]);

/// Short: `login: events where name = 'login'`. Long: a map with `rows:`.
pub(super) fn behavior(decoder: &mut Decoder<'_>, entry: &Entry) -> Option<BehaviorSpec> {
    decoder.check_name("a behavior", &entry.key);
    let (node, meta) = match &entry.value.kind {
        NodeKind::Map(_) => {
            let fields = Fields::open(decoder, &entry.key.node, &entry.value, &BEHAVIOR)?;
            if fields.lacks("rows") {
                let message =
                    format!("the behavior `{}` does not say which rows it names", entry.key.node);
                decoder.diagnostics.push(
                    Diagnostic::error(codes::MISSING_FIELD, entry.key.span, message)
                        .help(format!("add `rows:` with {ROWS}")),
                );
            }
            (fields.get(decoder, "rows"), meta::meta(decoder, &fields))
        }
        NodeKind::Error => return None,
        NodeKind::Null | NodeKind::Scalar(_) | NodeKind::List(_) => {
            (Some(&entry.value), Meta::default())
        }
    };
    let read = node.and_then(|node| rows(decoder, &entry.key.node, node));
    let (rows, filter) = read.map_or((None, None), |(rows, filter)| (Some(rows), filter));
    Some(BehaviorSpec { name: entry.key.clone(), span: entry.span(), meta, rows, filter })
}

/// A name, and the condition after `where`.
pub(super) fn rows(
    decoder: &mut Decoder<'_>,
    what: &str,
    node: &Node,
) -> Option<(Spanned<String>, Option<Expr>)> {
    decoder.scalar(what, ROWS, node)?;
    let text = node.mapped(decoder.source)?;
    let all = text.text.as_str();
    let start = all.len() - all.trim_start().len();
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = all[start..].find(|c| !letters(c)).map_or(all.len(), |n| start + n);
    let name = Spanned::new(all[start..end].to_owned(), text.locate(start, end));
    let rest = all[end..].trim_start();
    let at = all.len() - rest.len();
    if is_name(&name.node) {
        if rest.is_empty() {
            return Some((name, None));
        }
        if let Some(condition) = rest.strip_prefix("where").filter(|c| !c.starts_with(letters)) {
            if condition.trim().is_empty() {
                decoder.diagnostics.push(
                    Diagnostic::error(
                        codes::EXPRESSION_SYNTAX,
                        text.locate(at, all.len()),
                        "there is no condition after `where`",
                    )
                    .help(format!("write {ROWS}, or leave `where` out for all rows")),
                );
                return None;
            }
            let from = all.len() - condition.len();
            let condition = parse_text(&text.part(from, all.len()), decoder.diagnostics);
            return Some((name, Some(condition)));
        }
    }
    decoder.diagnostics.push(
        Diagnostic::error(
            codes::EXPRESSION_SYNTAX,
            node.span,
            format!("`{}` does not name rows", short(all)),
        )
        .help(format!("write {ROWS}")),
    );
    None
}
