//! The only place that prints: results to standard output, everything else to standard error.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use milepost::crowd;
use milepost::draw::render_diagnostics;
use milepost::error::Error;
use milepost::escape::{printable, printable_json, printable_line, printable_page};
use milepost::machine::MachineDiagnostic;
use milepost::syntax::diagnostic::Diagnostic;
use milepost::syntax::source::SourceMap;

use crate::args::Color;
use crate::exit::Stop;

/// What a line holds when the width of the terminal is not known.
const USUAL_WIDTH: usize = 100;
/// Sentences over more columns than this are hard to read.
const WIDEST: usize = 120;

/// Where and how to print.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    error_color: bool,
    result_color: bool,
    quiet: bool,
}

impl Output {
    pub(crate) fn new(color: Color, quiet: bool) -> Self {
        let wanted = |is_terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        };
        Self {
            error_color: wanted(io::stderr().is_terminal()),
            result_color: wanted(io::stdout().is_terminal()),
            quiet,
        }
    }

    /// Without colors: for when nothing is known about what was asked.
    pub(crate) fn plain() -> Self {
        Self { error_color: false, result_color: false, quiet: false }
    }

    /// Whether the one who asked sees results on a screen.
    pub(crate) fn is_screen(self) -> bool {
        io::stdout().is_terminal()
    }

    /// Columns for results.
    pub(crate) fn width(self) -> usize {
        match terminal_size::terminal_size_of(io::stdout()) {
            Some((terminal_size::Width(width), _)) => usize::from(width),
            None => USUAL_WIDTH,
        }
    }

    /// Whether progress may be shown.
    pub(crate) fn shows_progress(self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// A result. On a screen nothing in it does anything but set colors; files and pipes get it as it is.
    pub(crate) fn result(self, text: &str) -> Result<(), Stop> {
        if self.is_screen() {
            return self.bytes(printable_page(text).as_bytes());
        }
        self.bytes(text.as_bytes())
    }

    /// A result that is JSON.
    pub(crate) fn json(self, text: &str) -> Result<(), Stop> {
        if self.is_screen() {
            return self.bytes(printable_json(text).as_bytes());
        }
        self.bytes(text.as_bytes())
    }

    /// A result that is written bit by bit.
    pub(crate) fn result_by(self, fill: impl Fill) -> Result<(), Stop> {
        self.by(fill, Self::result)
    }

    /// The same that is JSON.
    pub(crate) fn json_by(self, fill: impl Fill) -> Result<(), Stop> {
        self.by(fill, Self::json)
    }

    /// On a screen the whole is looked at before it is shown.
    fn by(self, fill: impl Fill, whole: fn(Self, &str) -> Result<(), Stop>) -> Result<(), Stop> {
        if self.is_screen() {
            let mut bytes = Vec::new();
            fill(&mut bytes).map_err(|error| unwritten(&error))?;
            return whole(self, &String::from_utf8_lossy(&bytes));
        }
        let mut out = io::BufWriter::new(io::stdout().lock());
        fill(&mut out).and_then(|()| out.flush()).map_err(|error| unwritten(&error))
    }

    /// A result that is no text.
    pub(crate) fn bytes(self, bytes: &[u8]) -> Result<(), Stop> {
        let mut out = io::stdout().lock();
        out.write_all(bytes).and_then(|()| out.flush()).map_err(|error| unwritten(&error))
    }

    /// A heading within a result.
    pub(crate) fn heading(self, text: &str) -> String {
        let text = printable_line(text);
        if self.result_color { format!("\u{1b}[1m{text}\u{1b}[0m\n") } else { format!("{text}\n") }
    }

    /// Something good to know that is no result: left out when quiet.
    pub(crate) fn note(self, text: &str) {
        if !self.quiet {
            self.error(&printable(text));
        }
    }

    /// A list of such things, as far as someone reads it.
    pub(crate) fn notes(self, list: &[String]) {
        let shown = list.len().min(crowd::MOST_DRAWN);
        list[..shown].iter().for_each(|text| self.note(text));
        if list.len() > shown {
            self.note(&format!("and {} more", list.len() - shown));
        }
    }

    /// Diagnostics for people.
    pub(crate) fn diagnostics(self, list: &[&Diagnostic], sources: &SourceMap) {
        if list.is_empty() {
            return;
        }
        let width = match terminal_size::terminal_size_of(io::stderr()) {
            Some((terminal_size::Width(width), _)) => usize::from(width).min(WIDEST),
            None => USUAL_WIDTH,
        };
        let (shown, more) = crowd::drawn(list);
        self.error(&render_diagnostics(&shown, sources, width, self.error_color));
        for line in more {
            self.error(&line);
        }
    }

    /// One diagnostic that has no place in a spec.
    pub(crate) fn diagnostic(self, diagnostic: &Diagnostic) {
        self.diagnostics(&[diagnostic], &SourceMap::default());
    }

    /// Diagnostics for programs, a JSON array with one object a line.
    pub(crate) fn machine_diagnostics(
        self,
        list: &[&Diagnostic],
        sources: &SourceMap,
        root: &Path,
    ) -> Result<(), Stop> {
        let mut text = String::from("[");
        for (i, diagnostic) in MachineDiagnostic::list(list, sources, root).iter().enumerate() {
            text.push_str(if i == 0 { "\n" } else { ",\n" });
            let line = serde_json::to_string(diagnostic);
            text.push_str(&line.map_err(|error| Error::Internal(error.to_string()))?);
        }
        text.push_str(if list.is_empty() { "]\n" } else { "\n]\n" });
        self.json(&text)
    }

    /// Standard error may be closed; then there is nobody to tell.
    fn error(self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{}", text.trim_end_matches('\n'));
    }
}

/// Writes a result.
pub(crate) trait Fill: FnOnce(&mut dyn Write) -> io::Result<()> {}

impl<F: FnOnce(&mut dyn Write) -> io::Result<()>> Fill for F {}

/// Why standard output has not all of a result.
fn unwritten(error: &io::Error) -> Stop {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Stop::Pipe,
        _ => Stop::Failed(Error::unwritable("standard output", error)),
    }
}
