//! `behaviors:`

use super::field::{Field, FieldType, Kind, Shape};
use super::fields::Fields;
use super::{Decoder, meta};
use crate::ast::{BehaviorSpec, Expr, Meta, PlacedRowsSpec};
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
    let found = placed_rows(decoder, what, node, ROWS)?;
    if let Some(on) = &found.on {
        let message = "`on` has no meaning here";
        decoder.diagnostics.push(
            Diagnostic::error(codes::EXPRESSION_SYNTAX, on.span, message)
                .help(format!("write {ROWS}")),
        );
        return None;
    }
    Some((found.name, found.filter))
}

/// A name, the time after `on`, and the condition after `where`. `takes`: what it looks like.
pub(super) fn placed_rows(
    decoder: &mut Decoder<'_>,
    what: &str,
    node: &Node,
    takes: &str,
) -> Option<PlacedRowsSpec> {
    decoder.scalar(what, takes, node)?;
    let text = node.mapped(decoder.source)?;
    let all = text.text.as_str();
    let start = all.len() - all.trim_start().len();
    let end = all[start..].find(|c| !is_letter(c)).map_or(all.len(), |n| start + n);
    let name = Spanned::new(all[start..end].to_owned(), text.locate(start, end));
    let placed = after_word(all, end, "on").map(|from| (from, word_at(all, from, "where")));
    let condition = match placed {
        Some((_, place)) => place.map(|at| at + "where".len()),
        None => after_word(all, end, "where"),
    };
    let is_whole = placed.is_some() || condition.is_some() || all[end..].trim().is_empty();
    if !is_name(&name.node) || !is_whole {
        decoder.diagnostics.push(
            Diagnostic::error(
                codes::EXPRESSION_SYNTAX,
                node.span,
                format!("`{}` does not name rows", short(all)),
            )
            .help(format!("write {takes}")),
        );
        return None;
    }
    let mut part = |from: usize, to: usize, word: &str, nothing: &str, without: &str| {
        if !all[from..to].trim().is_empty() {
            return Some(parse_text(&text.part(from, to), decoder.diagnostics));
        }
        let at = text.locate(from - word.len(), to);
        let message = format!("there is no {nothing} after `{word}`");
        decoder.diagnostics.push(
            Diagnostic::error(codes::EXPRESSION_SYNTAX, at, message)
                .help(format!("write {takes}, or leave `{word}` out for {without}")),
        );
        None
    };
    let on = match placed {
        Some((from, to)) => {
            Some(part(from, to.unwrap_or(all.len()), "on", "time", "their own time")?)
        }
        None => None,
    };
    let filter = match condition {
        Some(from) => Some(part(from, all.len(), "where", "condition", "all rows")?),
        None => None,
    };
    Some(PlacedRowsSpec { span: node.span, name, on, filter })
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The end of a word that stands next after a place.
fn after_word(all: &str, from: usize, word: &str) -> Option<usize> {
    let rest = all[from..].trim_start();
    let after = rest.strip_prefix(word).filter(|after| !after.starts_with(is_letter))?;
    Some(all.len() - after.len())
}

/// Where a word stands for the first time after a place, by itself.
fn word_at(all: &str, from: usize, word: &str) -> Option<usize> {
    let is_alone = |at: &usize| {
        !all[..*at].ends_with(is_letter) && !all[at + word.len()..].starts_with(is_letter)
    };
    all[from..].match_indices(word).map(|(at, _)| from + at).find(is_alone)
}
