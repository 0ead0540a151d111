//! The comments of a file, and what else the tree of values does not hold.

use granit_parser::{Event, Parser};

use crate::yaml::{BLANK, BLANK_OR_BREAK};

/// One comment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comment {
    /// The byte of its `#`.
    pub(super) start: usize,
    /// One past its last byte that is no blank space.
    pub(super) end: usize,
    /// In which column it is, in characters from 0.
    pub(super) column: usize,
    /// Whether nothing is before it on its line.
    pub(super) alone: bool,
}

impl Comment {
    pub(super) fn text<'t>(&self, text: &'t str) -> &'t str {
        &text[self.start..self.end]
    }
}

/// What surrounds the values of a file.
#[derive(Debug, Default)]
pub(super) struct Extras {
    pub(super) comments: Vec<Comment>,
    /// Whether the file begins with a `---` on a line of its own.
    pub(super) marked: bool,
}

/// Finds the comments. Nothing if the file has what the formatter does not handle: directives, an end
/// that is marked, a value on the line of the `---`.
pub(super) fn extras(text: &str) -> Option<Extras> {
    let mut found = Extras::default();
    for event in
        Parser::new_from_str_with_options(text, granit_parser::options! { emit_comments: true })
    {
        let (event, place) = event.ok()?;
        let range = place.byte_range()?;
        match event {
            Event::Comment(..) => found.comments.push(comment(text, range.start, range.end)),
            Event::DocumentStart(true, _) => {
                let alone = text[..range.start].trim_matches(BLANK_OR_BREAK).is_empty()
                    && text[range.start..]
                        .lines()
                        .next()
                        .is_some_and(|line| line.trim_end_matches(BLANK) == "---");
                if !alone {
                    return None;
                }
                found.marked = true;
            }
            Event::DocumentEnd
                if text.get(range.clone()).is_some_and(|mark| mark.starts_with("...")) =>
            {
                return None;
            }
            _ => {}
        }
    }
    found.comments.sort_by_key(|comment| comment.start);
    Some(found)
}

fn comment(text: &str, start: usize, end: usize) -> Comment {
    let line = &text[line_start(text, start)..start];
    let end = start + text[start..end].trim_end_matches(BLANK_OR_BREAK).len();
    let alone = line.trim_matches(BLANK).is_empty();
    Comment { start, end, column: line.chars().count(), alone }
}

/// The first byte of the line that holds the byte `at`.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// In which column a byte is, in characters from 0.
pub(super) fn column(text: &str, at: usize) -> usize {
    text[line_start(text, at)..at].chars().count()
}
