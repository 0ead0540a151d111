//! What is written out where it is named stays within bounds, however small the specs are that ask for it.

use super::Checker;
use milepost_syntax::ast::Expr;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::Span;

/// How many parts (operators, names and literals) a definition may have once everything that it names is written out.
pub(crate) const LARGEST: usize = 20_000;

/// How many parts all definitions together may have.
const LARGEST_PROJECT: usize = 2_000_000;

impl Checker<'_, '_> {
    /// Whether so many parts more may be written out in this project.
    pub(crate) const fn has_room(&self, parts: usize) -> bool {
        self.parts + parts <= LARGEST_PROJECT
    }

    /// Makes room for parts that are written out of others: those of `name`, which is defined elsewhere. False where there
    /// is none, which is told.
    pub(crate) fn make_room(&mut self, name: &str, parts: usize, at: Span, defined: Span) -> bool {
        let room = self.has_room(parts);
        let told = if parts > LARGEST {
            Diagnostic::error(
                codes::INVALID_VALUE,
                at,
                format!("`{name}` is too large to be part of another definition: written out it has {parts} parts"),
            )
            .help(format!("at most {LARGEST} parts are read; build this one from datasets directly"))
        } else if room {
            self.parts += parts;
            return true;
        } else {
            // Once is enough: whatever else is written out is too much as well.
            if self.full {
                return false;
            }
            self.full = true;
            Diagnostic::error(
                codes::INVALID_VALUE,
                at,
                format!("the definitions of this project, written out, have more than {LARGEST_PROJECT} parts"),
            )
            .help("build metrics and behaviors from datasets directly, rather than from many others")
        };
        self.diagnostics.push(told.also(defined, "defined here"));
        false
    }
}

/// Operators, names and literals of an expression as it is written.
pub(crate) fn written_parts(expr: &Expr) -> usize {
    let mut parts = 1;
    expr.each_child(&mut |child| parts += written_parts(child));
    parts
}
