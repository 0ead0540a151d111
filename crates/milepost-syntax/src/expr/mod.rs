//! The expression language: text to tree ([`parse_expr`]) and back ([`print_expr`]).
//!
//! | file | what it does |
//! |---|---|
//! | `grammar.pest` | the grammar |
//! | `build.rs` | grammar matches to trees |
//! | `climb.rs` | precedence of operators |
//! | `aggregate.rs` | what is inside an aggregate, and in which order |
//! | `literal.rs` | numbers, dates, durations |
//! | `error.rs`, `slips.rs`, `habits.rs`, `formulas.rs`, `tokens.rs` | what went wrong, in words |
//! | `print.rs` | trees to text |
//! | `fold.rs` | that text on several lines |

mod aggregate;
mod build;
mod climb;
mod error;
mod fold;
mod formulas;
mod habits;
mod literal;
mod print;
mod slips;
mod tokens;

use build::Rule;

use crate::ast::{Duration, Expr, ExprKind};
use crate::codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::limits::{EXPRESSION_BYTES, PARENTHESES};
use crate::source::SourceFile;
use crate::span::{SourceId, Span};
use crate::text::MappedText;

pub(crate) use fold::Breakable;
pub(crate) use habits::{NO_TEMPLATES, template_name};
pub(crate) use print::lay_out;
pub use print::{print_duration, print_expr, print_step, print_window};

/// A mistake in an expression, at bytes of its text.
#[derive(Debug)]
pub(crate) struct Problem {
    code: codes::Code,
    start: usize,
    end: usize,
    message: String,
    label: String,
    also: Option<(usize, usize, String)>,
    help: Vec<String>,
}

impl Problem {
    fn new(start: usize, end: usize, message: impl Into<String>) -> Self {
        Self {
            code: codes::EXPRESSION_SYNTAX,
            start,
            end,
            message: message.into(),
            label: String::new(),
            also: None,
            help: Vec::new(),
        }
    }

    fn code(mut self, code: codes::Code) -> Self {
        self.code = code;
        self
    }

    fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    fn also(mut self, start: usize, end: usize, label: impl Into<String>) -> Self {
        self.also = Some((start, end, label.into()));
        self
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    pub(crate) fn into_diagnostic(self, text: &MappedText) -> Diagnostic {
        let mut diagnostic =
            Diagnostic::error(self.code, text.locate(self.start, self.end), self.message)
                .label(self.label);
        if let Some((start, end, label)) = self.also {
            diagnostic = diagnostic.also(text.locate(start, end), label);
        }
        diagnostic.help = self.help;
        diagnostic
    }
}

/// Reads the expression that is at `text_span` of the file, as it is (not as a YAML scalar).
///
/// Always gives a tree: one that could not be read is [`ExprKind::Error`], and one diagnostic is reported.
pub fn parse_expr(source: &SourceFile, text_span: Span, diagnostics: &mut Diagnostics) -> Expr {
    parse_text(&MappedText::raw(source, text_span), diagnostics)
}

/// Reads an expression from a decoded scalar; the places of its parts are in the author's file.
pub(crate) fn parse_text(text: &MappedText, diagnostics: &mut Diagnostics) -> Expr {
    match try_parse(text) {
        Ok(expr) => expr,
        Err(problem) => {
            diagnostics.push(problem.into_diagnostic(text));
            Expr { kind: ExprKind::Error, span: text.span }
        }
    }
}

/// Reads an expression, or says what is wrong with it.
pub(crate) fn try_parse(text: &MappedText) -> Result<Expr, Box<Problem>> {
    check_size(&text.text)?;
    if let Some(problem) = slips::other_date(&text.text) {
        return Err(Box::new(problem));
    }
    build::parse(text)
}

/// Whether a text of no file can be read as an expression: what is offered to authors must be.
fn can_be_read(text: &str) -> bool {
    let nowhere = Span::new(SourceId(0), 0, 0);
    try_parse(&MappedText::opaque(text.to_owned(), nowhere)).is_ok()
}

/// Reads a duration such as `28 days`.
pub(crate) fn parse_duration(text: &MappedText) -> Result<Duration, Box<Problem>> {
    match try_parse(text)?.kind {
        ExprKind::Duration(duration) => Ok(duration),
        _ => Err(Box::new(
            Problem::new(
                0,
                text.text.len(),
                format!("`{}` is not a length of time", short(&text.text)),
            )
            .code(codes::WRONG_TYPE)
            .help("write a whole number and a unit: `28 days`, `3 months`, `48 hours`"),
        )),
    }
}

fn check_size(text: &str) -> Result<(), Box<Problem>> {
    if text.len() > EXPRESSION_BYTES {
        return Err(Box::new(
            Problem::new(
                0,
                text.len(),
                format!("the expression is longer than {} kB", EXPRESSION_BYTES / 1024),
            )
            .code(codes::SPEC_TOO_LARGE)
            .help("give its parts names: each a metric of its own"),
        ));
    }
    let mut depth = 0_usize;
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'\'' => quoted = !quoted,
            b'(' | b'[' if !quoted => depth += 1,
            b')' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > PARENTHESES {
            return Err(Box::new(
                Problem::new(
                    at,
                    at + 1,
                    format!("parentheses are nested more than {PARENTHESES} deep"),
                )
                .code(codes::SPEC_TOO_DEEP)
                .help("give the inner part a name: a metric or a column of its own"),
            ));
        }
    }
    Ok(())
}

/// Whether a word belongs to the language and can't be a name.
pub(crate) fn is_reserved(word: &str) -> bool {
    build::matches(Rule::reserved, word) || word == "this"
}

/// Whether a word can be a name.
pub(crate) fn is_name(word: &str) -> bool {
    build::matches(Rule::name, word)
}

/// At most 40 characters of what an author wrote, on one line, for a message.
pub(crate) fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 40 {
        return line;
    }
    line.chars().take(39).chain(std::iter::once('…')).collect()
}
