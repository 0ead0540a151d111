//! Diagnostics as people read them: the sentence, the lines of the spec with the place marked, the next step.
//!
//! The same drawing serves the command line and the suites that compare messages with pages.

use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents,
};
use milepost_syntax::diagnostic::{Diagnostic, Label, Severity};
use milepost_syntax::source::{SourceFile, SourceMap};
use milepost_syntax::span::{SourceId, Span};

use crate::escape::{printable, printable_line, same_length};

/// Lines longer than this are not drawn: the location is given in words.
const LONGEST_LINE: usize = 400;
/// Spans of more lines than this are marked on their first line only.
const MOST_LINES: usize = 4;
/// So many lines on both sides of what is marked are kept for drawing: more than are ever drawn.
const AROUND: usize = 4;

/// Draws diagnostics, one after the other with an empty line between, for a terminal of `width` columns.
///
/// ```
/// use milepost::syntax::diagnostic::Diagnostics;
/// use milepost::{draw, sources::Memory, steps};
///
/// let files = Memory::new()
///     .with("milepost.yaml", "project: shop")
///     .with("specs/a.yaml", "metrics:\n  sales: { lable: Sales, value: 1 }\n");
/// let mut diagnostics = Diagnostics::default();
/// let loaded = steps::load(&files, &mut diagnostics);
/// let list = diagnostics.sorted();
/// let drawn = draw::render_diagnostics(&list, &loaded.sources, 80, false);
/// assert!(drawn.contains("specs/a.yaml:2:12"), "{drawn}");
/// assert!(draw::plain(list[0], &loaded.sources).starts_with("specs/a.yaml:2:12: error[unknown-field]: "));
/// ```
#[must_use]
pub fn render_diagnostics(
    list: &[&Diagnostic],
    sources: &SourceMap,
    width: usize,
    color: bool,
) -> String {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(width.max(40))
        .with_links(false)
        .with_break_words(false);
    let drawings: Vec<String> =
        list.iter().map(|diagnostic| draw(&handler, diagnostic, sources)).collect();
    drawings.join("\n")
}

fn draw(handler: &GraphicalReportHandler, diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let mut drawing = String::new();
    for report in Report::all(diagnostic, sources) {
        if handler.render_report(&mut drawing, &report).is_err() {
            return plain(diagnostic, sources);
        }
    }
    drawing
}

/// One line per diagnostic: `specs/a.yaml:3:5: error[unknown-field]: …`.
#[must_use]
pub fn plain(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let place = match &diagnostic.primary {
        Some(label) => format!("{}: ", place(sources, label.span)),
        None => String::new(),
    };
    format!("{place}{}: {}\n", title(diagnostic), printable_line(&diagnostic.message))
}

/// `specs/a.yaml:3:5`.
#[must_use]
pub fn place(sources: &SourceMap, span: Span) -> String {
    let file = sources.get(span.source);
    let at = file.line_column(span.start);
    format!("{}:{}:{}", printable_line(&file.path), at.line, at.column)
}

fn title(diagnostic: &Diagnostic) -> String {
    let word = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    format!("{word}[{}]", diagnostic.code)
}

/// A diagnostic as the drawing library wants it: all labels of one report point into one file, so the labels of every
/// other file become a report of their own.
#[derive(Debug)]
struct Report {
    /// Absent when it is about the places in another file.
    code: Option<String>,
    severity: Severity,
    message: String,
    help: Option<String>,
    labels: Vec<LabeledSpan>,
    text: Option<Text>,
}

impl Report {
    /// The diagnostic itself, then what is to be seen in other files.
    fn all(diagnostic: &Diagnostic, sources: &SourceMap) -> Vec<Self> {
        let main = diagnostic.primary.as_ref().map(|label| label.span.source);
        let labels = diagnostic.primary.iter().chain(&diagnostic.secondary);
        let (here, elsewhere): (Vec<&Label>, Vec<&Label>) =
            labels.partition(|label| Some(label.span.source) == main);
        let mut report = Self {
            code: Some(title(diagnostic)),
            severity: diagnostic.severity,
            message: printable(&diagnostic.message),
            help: (!diagnostic.help.is_empty()).then(|| printable(&diagnostic.help.join("\n"))),
            labels: Vec::new(),
            text: None,
        };
        if let Some(source) = main {
            report.show(sources.get(source), &here, diagnostic.primary.as_ref());
        }
        let mut others: Vec<SourceId> = elsewhere.iter().map(|label| label.span.source).collect();
        others.sort_unstable();
        others.dedup();
        let mut reports = vec![report];
        for source in others {
            let labels: Vec<&Label> =
                elsewhere.iter().copied().filter(|l| l.span.source == source).collect();
            reports.push(Self::elsewhere(sources.get(source), &labels));
        }
        reports
    }

    fn elsewhere(file: &SourceFile, labels: &[&Label]) -> Self {
        let mut report = Self {
            code: None,
            severity: Severity::Warning,
            message: format!("see also {}", printable_line(&file.path)),
            help: None,
            labels: Vec::new(),
            text: None,
        };
        report.show(file, labels, None);
        report
    }

    /// Takes the labels of one file. If a line is too long to draw, the locations are given in words.
    fn show(&mut self, file: &SourceFile, labels: &[&Label], primary: Option<&Label>) {
        if labels.iter().any(|label| longest_line(file, label.span) > LONGEST_LINE) {
            for label in labels {
                let at = file.line_column(label.span.start);
                let (path, words) = (printable_line(&file.path), printable_line(&label.message));
                self.message
                    .push_str(format!("\n{path}:{}:{} {words}", at.line, at.column).trim_end());
            }
            return;
        }
        let mut marked = Vec::with_capacity(labels.len());
        for label in labels {
            let (start, end) = drawn_range(file, label.span);
            marked.push((start, end));
            let words = (!label.message.is_empty()).then(|| printable_line(&label.message));
            let range = (start, end - start);
            self.labels.push(if primary.is_some_and(|p| std::ptr::eq(p, *label)) {
                LabeledSpan::new_primary_with_span(words, range)
            } else {
                LabeledSpan::new_with_span(words, range)
            });
        }
        self.text = Some(Text::around(file, marked));
    }
}

/// The bytes to mark: inside the text, on whole characters, and not more lines than a reader wants to see.
fn drawn_range(file: &SourceFile, span: Span) -> (usize, usize) {
    let text = &file.text;
    let start = text.floor_char_boundary((span.start as usize).min(text.len()));
    let end = text.ceil_char_boundary((span.end as usize).clamp(start, text.len()));
    let marked = &text[start..end];
    let trimmed = start + marked.trim_end().len();
    if marked.trim_end().lines().count() > MOST_LINES {
        let first = marked.lines().next().map_or(0, |line| line.trim_end().len());
        return (start, start + first);
    }
    (start, trimmed.max(start))
}

/// The length of the longest line that the span touches, counting one line around it as it is drawn.
fn longest_line(file: &SourceFile, span: Span) -> usize {
    let (start, end) = drawn_range(file, span);
    let before = file.text[..start]
        .rfind('\n')
        .map_or(0, |i| file.text[..i].rfind('\n').map_or(0, |j| j + 1));
    let after = file.text[end..].split('\n').take(2).map(|line| line.len() + 1).sum::<usize>();
    let end = (end + after).min(file.text.len());
    file.text[before..end].lines().map(str::len).max().unwrap_or(0)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Report {}

impl miette::Diagnostic for Report {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match (&self.code, self.severity) {
            (None, _) | (Some(_), Severity::Note) => miette::Severity::Advice,
            (Some(_), Severity::Error) => miette::Severity::Error,
            (Some(_), Severity::Warning) => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.text.as_ref().map(|text| text as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty())
            .then(|| Box::new(self.labels.iter().cloned()) as Box<dyn Iterator<Item = _>>)
    }
}

/// The parts of a file that are drawn, harmless on a terminal, with columns counted in characters. Offsets are those of
/// the whole file.
#[derive(Debug)]
struct Text {
    name: String,
    /// In the order of the file, with other lines between them.
    parts: Vec<Part>,
}

/// Whole lines.
#[derive(Debug)]
struct Part {
    /// Their first byte.
    start: usize,
    /// How many lines are before them.
    line: usize,
    drawn: String,
}

impl Text {
    /// The lines of the marked ranges and enough around them.
    fn around(file: &SourceFile, mut marked: Vec<(usize, usize)>) -> Self {
        marked.sort_unstable();
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for (start, end) in marked {
            let start = (0..=AROUND).fold(start + 1, |at, _| {
                file.text[..at.saturating_sub(1)].rfind('\n').map_or(0, |i| i + 1)
            });
            let end = (0..=AROUND).fold(end, |at, _| {
                file.text[at..].find('\n').map_or(file.text.len(), |i| at + i + 1)
            });
            match ranges.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => ranges.push((start, end)),
            }
        }
        let parts = ranges.into_iter().map(|(start, end)| Part {
            start,
            line: file.line_column(u32::try_from(start).unwrap_or(u32::MAX)).line as usize - 1,
            drawn: same_length(&file.text[start..end]),
        });
        Self { name: printable_line(&file.path), parts: parts.collect() }
    }
}

impl SourceCode for Text {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let holds = |part: &&Part| {
            part.start <= span.offset()
                && span.offset() + span.len() <= part.start + part.drawn.len()
        };
        let part = self.parts.iter().find(holds).ok_or(MietteError::OutOfBounds)?;
        let inside = SourceSpan::from((span.offset() - part.start, span.len()));
        let contents = part.drawn.read_span(&inside, lines_before, lines_after)?;
        let offset = contents.span().offset();
        let line_start =
            part.drawn.get(..offset).and_then(|text| text.rfind('\n')).map_or(0, |i| i + 1);
        let column = part.drawn.get(line_start..offset).map_or(0, |text| text.chars().count());
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            contents.data(),
            SourceSpan::from((part.start + offset, contents.span().len())),
            part.line + contents.line(),
            column,
            part.line + contents.line_count(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use milepost_syntax::codes;
    use milepost_syntax::diagnostic::Diagnostic;
    use milepost_syntax::source::SourceMap;
    use milepost_syntax::span::Span;

    use super::render_diagnostics;

    fn draw(text: &str, start: u32, end: u32) -> String {
        let mut sources = SourceMap::default();
        let id = sources.add("specs/a.yaml", text);
        let diagnostic = Diagnostic::error(
            codes::UNKNOWN_FIELD,
            Span::new(id, start, end),
            "a field is not known",
        )
        .label("not a field")
        .help("remove it");
        render_diagnostics(&[&diagnostic], &sources, 80, false)
    }

    #[test]
    fn the_place_the_line_and_the_next_step_are_shown() {
        let drawing = draw("metrics:\n  é: { lable: x }\n", 17, 22);
        assert!(drawing.contains("error[unknown-field]"), "{drawing}");
        assert!(drawing.contains("[specs/a.yaml:2:8]"), "columns count characters:\n{drawing}");
        assert!(drawing.contains("{ lable: x }"), "{drawing}");
        assert!(drawing.contains("╰── not a field"), "{drawing}");
        assert!(drawing.contains("help: remove it"), "{drawing}");
    }

    #[test]
    fn control_characters_of_the_spec_do_not_reach_the_terminal() {
        let drawing = draw("a: \u{1b}[31mred\u{202e}\n", 0, 1);
        assert!(!drawing.contains('\u{1b}') && !drawing.contains('\u{202e}'), "{drawing:?}");
    }

    #[test]
    fn odd_places_are_drawn_too() {
        for (text, start, end) in [
            ("", 0, 0),
            ("a", 1, 1),
            ("a\n", 2, 2),
            ("é", 1, 1),
            ("a\nb\nc\nd\ne\nf\n", 0, 12),
            ("a", 7, 9),
        ] {
            let drawing = draw(text, start, end);
            assert!(drawing.contains("specs/a.yaml:"), "{text:?}\n{drawing}");
        }
    }

    #[test]
    fn a_line_of_a_megabyte_is_not_drawn() {
        let drawing = draw(&"x".repeat(1_000_000), 500, 510);
        assert!(drawing.len() < 1_000, "{} bytes", drawing.len());
        assert!(drawing.contains("specs/a.yaml:1:501"), "{drawing}");
    }

    #[test]
    fn a_place_in_another_file_is_drawn_after() {
        let mut sources = SourceMap::default();
        let first = sources.add("specs/a.yaml", "metrics:\n  nrr: {}\n");
        let second = sources.add("specs/b.yaml", "metrics:\n  nrr: {}\n");
        let diagnostic = Diagnostic::error(
            codes::DUPLICATE_DEFINITION,
            Span::new(second, 11, 14),
            "`nrr` is defined twice",
        )
        .label("the second")
        .also(Span::new(first, 11, 14), "the first");
        let drawing = render_diagnostics(&[&diagnostic], &sources, 80, false);
        assert!(
            drawing.contains("[specs/b.yaml:2:3]") && drawing.contains("[specs/a.yaml:2:3]"),
            "{drawing}"
        );
        assert!(drawing.contains("the first"), "{drawing}");
    }
}
