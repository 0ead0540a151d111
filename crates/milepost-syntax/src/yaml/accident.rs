//! YAML accidents: lines that look like one thing and are read as another. Each is shown as the quoted
//! line to write instead.

use super::node::{BLANK, Entry, Node, NodeKind};
use crate::codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::SourceFile;
use crate::span::Span;

/// How many characters of a line to write instead are shown.
const LONGEST_SHOWN: usize = 300;

/// The text as a quoted YAML scalar that reads as that text. Texts of the expression language are in
/// single quotes, so double quotes outside; those that an author put inside become single ones.
///
/// Nobody reads a line of kilobytes: of a longer one the beginning is shown.
pub(crate) fn quoted(text: &str) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(LONGEST_SHOWN) {
        line.truncate(end);
        line.push('…');
    }
    let line = if line.starts_with('"') { line.replace('"', "'") } else { line };
    format!("\"{}\"", line.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Where a value ends that starts at `start`, as its author meant it: at the end of the line, or inside
/// `{ }` and `[ ]` at the comma or bracket that closes nothing opened in it.
pub(super) fn meant_end(text: &str, start: usize, in_flow: bool) -> usize {
    let line_end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let mut depth = 0_usize;
    let mut in_text = false;
    let mut end = line_end;
    for (offset, c) in text[start..line_end].char_indices() {
        let at = start + offset;
        match c {
            '\'' => in_text = !in_text,
            _ if in_text => {}
            '(' | '[' | '{' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ']' | '}' if depth > 0 => depth -= 1,
            ']' | '}' if in_flow => {
                end = at;
                break;
            }
            ',' if in_flow && depth == 0 && starts_entry(&text[at + 1..line_end]) => {
                end = at;
                break;
            }
            '#' if at > start && text[..at].ends_with(' ') => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    start + text[start..end].trim_end().len()
}

/// Whether ` name: …` follows.
fn starts_entry(rest: &str) -> bool {
    let rest = rest.trim_start();
    let name = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    name > 0 && rest[name..].starts_with(':')
}

/// Finds values in `{ }` or `[ ]` that YAML cut at a comma of an expression, such as the `c) >= 3` of
/// `{ value: count(a, c) >= 3 }`, tells each, and marks what was cut as unreadable.
pub(super) fn find_cut_at_comma(
    node: &mut Node,
    source: &SourceFile,
    diagnostics: &mut Diagnostics,
) {
    match &mut node.kind {
        NodeKind::Map(entries) if node.flow => cut_in_map(entries, source, diagnostics),
        NodeKind::List(items) if node.flow => cut_in_list(items, source, diagnostics),
        NodeKind::Null
        | NodeKind::Scalar(_)
        | NodeKind::List(_)
        | NodeKind::Map(_)
        | NodeKind::Error => {}
    }
    match &mut node.kind {
        NodeKind::Map(entries) => {
            entries
                .iter_mut()
                .for_each(|entry| find_cut_at_comma(&mut entry.value, source, diagnostics));
        }
        NodeKind::List(items) => {
            items.iter_mut().for_each(|item| find_cut_at_comma(item, source, diagnostics));
        }
        NodeKind::Null | NodeKind::Scalar(_) | NodeKind::Error => {}
    }
}

fn cut_in_map(entries: &mut Vec<Entry>, source: &SourceFile, diagnostics: &mut Diagnostics) {
    let mut index = 0;
    while index < entries.len() {
        let mut open = open_parentheses(&entries[index].value, source);
        let mut last = index;
        while open > 0 && last + 1 < entries.len() {
            last += 1;
            open += balance(source.slice(entries[last].span()));
        }
        if last > index && open == 0 {
            let key = entries[index].key.node.clone();
            let span = entries[index].value.span.to(entries[last].span());
            let stray = entries[index + 1].key.span;
            tell_cut(source, &format!("{key}: "), span, stray, diagnostics);
            entries.drain(index + 1..=last);
            entries[index].value.kind = NodeKind::Error;
        }
        index += 1;
    }
}

fn cut_in_list(items: &mut Vec<Node>, source: &SourceFile, diagnostics: &mut Diagnostics) {
    let mut index = 0;
    while index < items.len() {
        let mut open = open_parentheses(&items[index], source);
        let mut last = index;
        while open > 0 && last + 1 < items.len() {
            last += 1;
            open += balance(source.slice(items[last].span));
        }
        if last > index && open == 0 {
            let span = items[index].span.to(items[last].span);
            tell_cut(source, "", span, items[index + 1].span, diagnostics);
            items.drain(index + 1..=last);
            items[index].kind = NodeKind::Error;
        }
        index += 1;
    }
}

fn tell_cut(
    source: &SourceFile,
    key: &str,
    span: Span,
    stray: Span,
    diagnostics: &mut Diagnostics,
) {
    diagnostics.push(
        Diagnostic::error(
            codes::YAML_ACCIDENT,
            span,
            "YAML splits this expression at its comma, because it is inside `{ }` or `[ ]` without quotes",
        )
        .also(stray, "read as an entry of its own")
        .help(format!("quote the whole expression: `{key}{}`", quoted(source.slice(span)))),
    );
}

/// How many parentheses a plain scalar leaves open.
fn open_parentheses(node: &Node, source: &SourceFile) -> isize {
    match &node.kind {
        NodeKind::Scalar(scalar) if scalar.style == granit_parser::ScalarStyle::Plain => {
            balance(source.slice(node.span))
        }
        _ => 0,
    }
}

fn balance(text: &str) -> isize {
    text.chars().fold(0, |open, c| match c {
        '(' => open + 1,
        ')' => open - 1,
        _ => open,
    })
}

/// If a comment follows a plain scalar on its last line, the place of the comment. An expression that
/// can't be read and ends there was probably cut by a ` #` of its own.
pub(crate) fn cut_by_comment(node: &Node, source: &SourceFile) -> Option<Span> {
    let NodeKind::Scalar(scalar) = &node.kind else { return None };
    if scalar.style != granit_parser::ScalarStyle::Plain {
        return None;
    }
    let text: &str = &source.text;
    let end = node.span.end as usize;
    let line_end = text.get(end..)?.find('\n').map_or(text.len(), |length| end + length);
    let rest = &text[end..line_end];
    let comment = rest.trim_start_matches(BLANK);
    if !comment.starts_with('#') {
        return None;
    }
    let start = line_end - comment.len();
    Some(Span::new(source.id, u32::try_from(start).ok()?, u32::try_from(line_end).ok()?))
}
