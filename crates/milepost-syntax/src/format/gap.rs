//! What is between two entries: blank lines, and comments that are alone.

use super::comments::{column, line_start};
use super::printer::Printer;

/// A block of lines that an entry may be followed by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    /// Its column in the old text.
    pub(super) column: usize,
    /// Its column in the new text.
    pub(super) indent: usize,
}

/// The lines between two entries, or before the first.
#[derive(Debug, Default)]
pub(super) struct Gap {
    lines: Vec<GapLine>,
    /// Whether a blank line is before the entry that follows.
    blank: bool,
    /// How many of the lines belong to the entry before: they are deeper than what follows.
    tail: usize,
}

#[derive(Debug)]
struct GapLine {
    /// Whether a blank line is before it.
    blank: bool,
    text: String,
}

/// How a gap is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blank {
    /// No blank line before the first line.
    Never,
    /// As the author wrote it.
    Kept,
    /// At least one.
    Always,
}

impl Gap {
    pub(super) fn has_comments(&self) -> bool {
        !self.lines.is_empty()
    }

    /// The lines, each with its line break.
    pub(super) fn print(&self, rule: Blank, out: &mut String) {
        let own = self.lines.iter().skip(self.tail).map(|line| line.blank).chain([self.blank]);
        let missing = rule == Blank::Always && !own.into_iter().any(|blank| blank);
        let blanks = self.lines.iter().map(|line| line.blank).chain([self.blank]);
        for (at, blank) in blanks.enumerate() {
            let wanted = blank && (at > 0 || rule != Blank::Never);
            if wanted || (missing && at == self.tail) {
                out.push('\n');
            }
            if let Some(line) = self.lines.get(at) {
                out.push_str(&line.text);
                out.push('\n');
            }
        }
    }
}

impl Printer<'_> {
    /// Takes the comments between two bytes of the old text. What follows them belongs to the level of
    /// that number; a comment that is indented further belongs to what is before.
    pub(super) fn gap(&mut self, from: usize, to: usize, level: usize) -> Gap {
        let mut gap = Gap::default();
        let mut at = from;
        let mut deepest = usize::MAX;
        while let Some(comment) = self.comments.get(self.next).filter(|comment| comment.start < to)
        {
            let fitting = self.levels.iter().rposition(|open| open.column <= comment.column);
            let own = fitting.unwrap_or(0).clamp(level, deepest.max(level));
            deepest = own;
            let indent = self.levels.get(own).map_or(0, |open| open.indent);
            gap.tail += usize::from(own > level);
            gap.lines.push(GapLine {
                blank: self.is_blank_between(at, comment.start),
                text: format!("{}{}", " ".repeat(indent), comment.text(self.text)),
            });
            at = comment.end;
            self.next += 1;
        }
        gap.blank = to < self.text.len() && self.is_blank_between(at, to);
        self.levels.truncate(level + 1);
        gap
    }

    /// The comment that follows on the line on which the byte `end` is. `line` is that line in the
    /// new text. With `shift`, comments under each other keep their column, and others their distance.
    pub(super) fn trailing(&mut self, line: &str, end: usize, shift: Option<isize>) -> String {
        let Some(&comment) = self.comments.get(self.next) else { return String::new() };
        if comment.alone || comment.start < end || self.text[end..comment.start].contains('\n') {
            return String::new();
        }
        self.next += 1;
        let last = line.rfind('\n').map_or(line, |newline| &line[newline + 1..]);
        let width = super::line::width(last);
        let column = match shift {
            Some(shift) if self.is_in_column(self.next - 1) => {
                comment.column.saturating_add_signed(shift)
            }
            Some(_) => width + (comment.start - end),
            None => 0,
        };
        let column = if column > width { column } else { width + 2 };
        format!("{}{}", " ".repeat(column - width), comment.text(self.text))
    }

    /// Whether a comment is under or over another one, both behind something.
    fn is_in_column(&self, at: usize) -> bool {
        let below = |above: usize| match (self.comments.get(above), self.comments.get(above + 1)) {
            (Some(above), Some(below)) => {
                let between = self.text.get(above.end..below.start).unwrap_or("");
                !above.alone
                    && !below.alone
                    && above.column == below.column
                    && between.bytes().filter(|byte| *byte == b'\n').count() == 1
            }
            _ => false,
        };
        below(at) || at.checked_sub(1).is_some_and(below)
    }

    pub(super) fn has_comment(&self, from: usize, to: usize) -> bool {
        let at = self.comments.partition_point(|comment| comment.start < from);
        self.comments.get(at).is_some_and(|comment| comment.start < to)
    }

    /// How far a line moves whose first value is at the byte `start`.
    pub(super) fn shift(&self, start: usize, indent: usize) -> Option<isize> {
        let column = column(self.text, start);
        isize::try_from(indent).ok()?.checked_sub(isize::try_from(column).ok()?)
    }

    fn is_blank_between(&self, from: usize, to: usize) -> bool {
        let between = self.text.get(from..to).unwrap_or("");
        // At the start of the file the first line break ends a blank line already.
        let breaks = between.bytes().filter(|byte| *byte == b'\n').count();
        breaks > 1 && line_start(self.text, to) > from
    }
}
