//! What the YAML parser refuses, in words, with the line to write instead where that is known.

use granit_parser::{ErrorKind, ScanError};

use super::accident::{meant_end, quoted};
use super::reader::{Context, Stop, span};
use crate::codes::{self, Code};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::span::{SourceId, Span};
use crate::text::MappedText;

/// Puts the refusal in words, and says where the broken part starts.
pub(super) fn explain(cause: &ScanError, context: &Context<'_>) -> Stop {
    let at = context.text.floor_char_boundary(cause.marker().byte_offset().unwrap_or(0));
    let last = context.last.map_or(0, |(start, _)| start);
    match cause.kind() {
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::DocumentIndicatorInQuotedScalar => unclosed_quote(context, at),
        ErrorKind::InvalidTrailingSingleQuotedScalar
        | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            starts_with_special(context, "ends the value at its second quote", at)
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::MappingKeyNotAllowed => {
            cut_by_colon(context, at)
        }
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => tab(context, at),
        ErrorKind::InvalidBlockScalarHeader | ErrorKind::ZeroBlockScalarIndent => {
            starts_with_special(
                context,
                "reads a `>` or `|` at the start as the mark of a long text",
                at,
            )
        }
        ErrorKind::UnexpectedCharacter { character } => {
            starts_with_special(context, &format!("reserves a `{character}` at the start"), at)
        }
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator => {
            cut_in_flow(context, at)
        }
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::MismatchedFlowCollectionEnd { .. }
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::InvalidColonPlacement
        | ErrorKind::BlockEntryInFlowCollection => unclosed_flow(context, at),
        ErrorKind::RecursionLimitExceeded => Stop {
            diagnostic: Diagnostic::error(
                codes::SPEC_TOO_DEEP,
                span(context.source, at, at + 1),
                "lists and maps are nested too deeply",
            )
            .help("look for an extra bracket"),
            culprit: Some(context.open_flow.unwrap_or(at)),
        },
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::InvalidIndentation
        | ErrorKind::BlockSequenceEntryNotAllowed
        | ErrorKind::SimpleKeyExpected
        | ErrorKind::InvalidSimpleKey => indentation(context, at, last),
        kind => {
            let diagnostic = error(
                codes::YAML_SYNTAX,
                context,
                at,
                at + 1,
                format!("this is not valid YAML: {kind}"),
            )
            .help("compare with the lines around it; indentation is in spaces, two for each level");
            Stop { diagnostic, culprit: Some(context.open_flow.unwrap_or(at)) }
        }
    }
}

fn error(
    code: Code,
    context: &Context<'_>,
    start: usize,
    end: usize,
    message: impl Into<String>,
) -> Diagnostic {
    Diagnostic::error(code, span(context.source, start, end.max(start)), message)
}

fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |length| at + length)
}

/// The value after the last key: from its first character to where it was meant to end.
fn last_value<'a>(context: &Context<'a>) -> Option<(&'a str, usize, usize)> {
    let (start, end) = context.last?;
    let key = context.text.get(start..end)?;
    let rest = context.text.get(end..)?;
    let after = rest.trim_start_matches([' ', '\t']).strip_prefix(':')?;
    let value = context.text.len() - after.len()
        + (after.len() - after.trim_start_matches([' ', '\t']).len());
    Some((key, value, meant_end(context.text, value, context.open_flow.is_some())))
}

fn unclosed_quote(context: &Context<'_>, at: usize) -> Stop {
    let from = context.last.map_or(0, |(_, end)| end);
    let opened =
        context.text.get(from..).and_then(|rest| rest.find(['\'', '"'])).map_or(at, |i| from + i);
    let quote = context.text.get(opened..=opened).unwrap_or("'");
    let line = context.text.get(opened + 1..line_end(context.text, opened)).unwrap_or("");
    let mut diagnostic = error(
        codes::YAML_ACCIDENT,
        context,
        opened,
        opened + 1,
        format!("the quote `{quote}` that opens here is never closed"),
    )
    .label("opened here");
    if let Some((key, value, end)) = last_value(context).filter(|(_, value, _)| *value == opened) {
        let content =
            context.text.get(value + 1..end).unwrap_or("").trim_end_matches([' ', '}', ']']);
        diagnostic =
            diagnostic.help(format!("close it on the same line: `{key}: {}`", quoted(content)));
    } else {
        diagnostic = diagnostic
            .help(format!("close it: `{quote}{}{quote}`", crate::expr::short(line.trim_end())));
    }
    Stop { diagnostic, culprit: Some(opened) }
}

/// A value that begins with something that YAML takes for its own.
fn starts_with_special(context: &Context<'_>, why: &str, at: usize) -> Stop {
    let Some((key, value, end)) = last_value(context) else {
        let diagnostic = error(codes::YAML_SYNTAX, context, at, at + 1, format!("YAML {why}"))
            .help("quote the text");
        return Stop { diagnostic, culprit: Some(context.open_flow.unwrap_or(at)) };
    };
    let written = context.text.get(value..end).unwrap_or("");
    let help = match (written, quotes_too_many(written)) {
        ("%", _) => format!("write `{key}: percent`"),
        (_, Some(inner)) => format!("write `{key}: {}`", quoted(inner)),
        (_, None) => format!("write `{key}: {}`", quoted(written)),
    };
    let diagnostic = error(
        codes::YAML_ACCIDENT,
        context,
        value,
        end,
        format!("YAML {why}, so `{}` must be quoted", crate::expr::short(written)),
    )
    .help(help);
    Stop { diagnostic, culprit: Some(value) }
}

/// What is inside the quotes of `'count(events where name = 'login')'`, where an expression is quoted as a whole with
/// the quotes that its texts have.
fn quotes_too_many(written: &str) -> Option<&str> {
    let inner =
        ["'", "\""].iter().find_map(|quote| written.strip_prefix(quote)?.strip_suffix(quote))?;
    let expr = MappedText::opaque(inner.to_owned(), Span::new(SourceId(0), 0, 0));
    let mut told = Diagnostics::default();
    crate::expr::parse_text(&expr, &mut told);
    (!told.has_errors()).then_some(inner)
}

/// `: ` inside a value.
fn cut_by_colon(context: &Context<'_>, at: usize) -> Stop {
    let line = context.text[..at].rfind('\n').map_or(0, |i| i + 1);
    let written = context.text.get(line..line_end(context.text, at)).unwrap_or("");
    let indent = written.len() - written.trim_start().len();
    let colon = written.find(": ").filter(|colon| line + colon < at);
    if let Some(colon) = colon {
        let key = &written[indent..colon];
        let value = written[colon + 2..].trim();
        let diagnostic = error(
            codes::YAML_ACCIDENT,
            context,
            at,
            at + 1,
            "YAML reads a `:` followed by a space as a new key",
        )
        .help(format!("quote the whole value: `{key}: {}`", quoted(value)));
        return Stop { diagnostic, culprit: Some(line + indent) };
    }
    // `category:effect` has no space, so YAML reads it as text that the next line goes on with.
    let above = context.text[..line].trim_end();
    let start = above.rfind('\n').map_or(0, |i| i + 1);
    let glued = above[start..].trim_start();
    if let Some((key, value)) = glued.split_once(':').filter(|(key, value)| {
        crate::expr::is_name(key) && !value.is_empty() && !value.starts_with([' ', '\t', '/'])
    }) {
        let start = above.len() - glued.len();
        let diagnostic = error(
            codes::YAML_ACCIDENT,
            context,
            start,
            above.len(),
            "a space is missing after the `:` of this key, so YAML does not see a key",
        )
        .help(format!("write `{key}: {}`", crate::expr::short(value)));
        return Stop { diagnostic, culprit: Some(start) };
    }
    // A value that runs over several lines, one of which looks like a key.
    let diagnostic = error(
        codes::YAML_SYNTAX,
        context,
        line + indent,
        line + written.trim_end().len(),
        "this line is neither a key of its own nor part of the value above",
    )
    .help("align it with the other keys; a value over several lines comes after `>`");
    Stop { diagnostic, culprit: Some(line + indent) }
}

fn tab(context: &Context<'_>, at: usize) -> Stop {
    let line = context.text[..at].rfind('\n').map_or(0, |i| i + 1);
    // The parser stops at the value that a line with a tab seems to go on with.
    let offset = context.text.get(line..).and_then(|text| text.find('\t'));
    let start = offset.map_or(at, |offset| line + offset);
    let length = context
        .text
        .get(start..)
        .map_or(1, |rest| rest.len() - rest.trim_start_matches('\t').len());
    let diagnostic = error(
        codes::TAB_INDENTATION,
        context,
        start,
        start + length.max(1),
        "a tab is used where YAML requires spaces",
    )
    .help("replace each tab with two spaces; most editors can insert spaces for the tab key");
    Stop { diagnostic, culprit: Some(context.open_flow.unwrap_or(start)) }
}

/// Inside `{ }` or `[ ]`, a value with brackets or `: ` of its own.
fn cut_in_flow(context: &Context<'_>, at: usize) -> Stop {
    let culprit = context.open_flow.unwrap_or(at);
    // The value is the last scalar; its key is before it.
    let (start, _) = context.last.unwrap_or((at, at));
    let before = context.text[..start].trim_end();
    let key = before.strip_suffix(':').map(|before| {
        let kept = before.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
        &before[kept.len()..]
    });
    let end = meant_end(context.text, start, true);
    if let Some(key) = key.filter(|key| !key.is_empty() && end > at) {
        let written = &context.text[start..end];
        let diagnostic = error(
            codes::YAML_ACCIDENT,
            context,
            start,
            end,
            "inside `{ }` or `[ ]`, a value with `, [ ] { }` or `: ` must be quoted",
        )
        .help(format!("write `{key}: {}`", quoted(written)));
        return Stop { diagnostic, culprit: Some(culprit) };
    }
    let open = context.open_flow.unwrap_or(at);
    if context.text[open.min(at)..at].contains('\n') {
        return unclosed_flow(context, at);
    }
    let diagnostic = error(
        codes::YAML_SYNTAX,
        context,
        at,
        at + 1,
        "a comma or a closing bracket is missing before this",
    )
    .also(span(context.source, open, open + 1), "opened here")
    .help("separate entries by commas, and quote values that have brackets of their own");
    Stop { diagnostic, culprit: Some(culprit) }
}

fn unclosed_flow(context: &Context<'_>, at: usize) -> Stop {
    let open = context.open_bracket.or(context.open_flow).unwrap_or(at);
    let bracket = context.text.get(open..=open).unwrap_or("[");
    let closing = if bracket == "{" { "}" } else { "]" };
    let diagnostic = error(
        codes::YAML_SYNTAX,
        context,
        open,
        open + 1,
        format!("the `{bracket}` that opens here is never closed"),
    )
    .label("opened here")
    .help(format!("add the missing `{closing}`"));
    Stop { diagnostic, culprit: Some(context.open_flow.unwrap_or(open)) }
}

fn indentation(context: &Context<'_>, at: usize, last: usize) -> Stop {
    let line = context.text[..at].rfind('\n').map_or(0, |i| i + 1);
    // `value: *a + b`: what follows the reference is what does not fit.
    if let Some((_, value, end)) = last_value(context)
        && (value >= line || end >= line)
        && context.text.get(value..end).is_some_and(|written| written.starts_with('*'))
    {
        let why = "reads a word that begins with `*` as a reference";
        return starts_with_special(context, why, at);
    }
    let written = context.text.get(line..line_end(context.text, at)).unwrap_or("");
    let content = written.trim();
    let start = line + (written.len() - written.trim_start().len());
    if !content.is_empty() && !content.contains(':') && !content.starts_with('-') {
        let diagnostic = error(
            codes::YAML_SYNTAX,
            context,
            start,
            start + content.len(),
            "this line is neither `key: value` nor part of the value above",
        )
        .help("add a `:` after the key; a value over several lines comes after `>` and is indented more than its key");
        return Stop { diagnostic, culprit: Some(start) };
    }
    let diagnostic = error(
        codes::YAML_SYNTAX,
        context,
        start,
        (start + content.len()).max(start),
        "the indentation of this line does not fit the lines above",
    )
    .help("keys of one map start in the same column; what belongs to a key is indented by two more spaces");
    let culprit = if content.is_empty() { last } else { start };
    Stop { diagnostic, culprit: Some(culprit) }
}
