//! What a pass has to report: one value from every pass, drawn elsewhere.

use serde::Serialize;

use crate::codes::Code;
use crate::lints::{Level, Lints};
use crate::span::Span;

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is built.
    Error,
    /// Told, and built.
    Warning,
    /// Good to know beside the mistakes, and none itself.
    Note,
}

/// A place and a few words about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Label {
    pub span: Span,
    /// What is there; may be empty.
    pub message: String,
}

/// One mistake, reported once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    pub code: Code,
    pub severity: Severity,
    /// One sentence on what is wrong: lower case, no full stop.
    pub message: String,
    /// Where. Absent only for mistakes in no spec file (a data file, say, which the message then names).
    pub primary: Option<Label>,
    /// The other places: the first definition, the aggregate, the path.
    pub secondary: Vec<Label>,
    /// The next step: sentences, most useful first.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error at `span`.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            primary: Some(Label { span, message: String::new() }),
            secondary: Vec::new(),
            help: Vec::new(),
        }
    }

    /// An error that has no place in a spec.
    pub fn error_nowhere(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            primary: None,
            secondary: Vec::new(),
            help: Vec::new(),
        }
    }

    /// A warning at `span`.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// Words at the primary place.
    #[must_use]
    pub fn label(mut self, message: impl Into<String>) -> Self {
        if let Some(primary) = &mut self.primary {
            primary.message = message.into();
        }
        self
    }

    /// Another place.
    #[must_use]
    pub fn also(mut self, span: Span, message: impl Into<String>) -> Self {
        self.secondary.push(Label { span, message: message.into() });
        self
    }

    /// The next step.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}

/// Everything reported so far.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    /// How many of them are errors: asked for after every expression.
    errors: usize,
    /// What the project says about warnings.
    lints: Lints,
}

impl Diagnostics {
    /// From here on, warnings count as the project says: an allowed one is not kept, a denied one is an
    /// error.
    pub fn set_lints(&mut self, lints: Lints) {
        self.lints = lints;
    }

    /// A list without any, for the same project.
    #[must_use]
    pub fn emptied(&self) -> Self {
        Self { lints: self.lints.clone(), ..Self::default() }
    }

    /// Reports one more.
    pub fn push(&mut self, mut diagnostic: Diagnostic) {
        if diagnostic.severity == Severity::Warning {
            match self.lints.level(diagnostic.code) {
                Level::Allow => return,
                Level::Warn => {}
                Level::Deny => diagnostic.severity = Severity::Error,
            }
        }
        self.errors += usize::from(diagnostic.severity == Severity::Error);
        let labels = diagnostic.primary.iter_mut().chain(&mut diagnostic.secondary);
        let texts = labels.map(|label| &mut label.message).chain(&mut diagnostic.help);
        texts.chain([&mut diagnostic.message]).for_each(shorten);
        self.list.push(diagnostic);
    }

    /// Whether anything reported so far is an error.
    #[must_use]
    pub const fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// How many of each: errors, warnings.
    #[must_use]
    pub const fn counts(&self) -> (usize, usize) {
        (self.errors, self.list.len() - self.errors)
    }

    /// Takes everything of another list.
    pub fn append(&mut self, other: Self) {
        other.list.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }

    /// Calls `f` for each, to say more about it.
    pub fn each_mut(&mut self, f: &mut dyn FnMut(&mut Diagnostic)) {
        self.list.iter_mut().for_each(f);
    }

    /// Calls `f` for the last one reported, if it is about this place, to say more about it.
    pub fn say_more(&mut self, span: Span, f: impl FnOnce(&mut Diagnostic)) {
        let here = |told: &&mut Diagnostic| told.primary.as_ref().is_some_and(|at| at.span == span);
        if let Some(told) = self.list.last_mut().filter(here) {
            f(told);
        }
    }

    /// All, by file and place, each once.
    #[must_use]
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let place =
            |d: &Diagnostic| (d.primary.is_none(), d.primary.as_ref().map(|l| l.span), d.severity);
        let mut all: Vec<&Diagnostic> = self.list.iter().collect();
        all.sort_by_key(|d| place(d));
        let mut list: Vec<&Diagnostic> = Vec::with_capacity(all.len());
        for diagnostic in all {
            // Equal ones are of one place, so they are close together.
            let told = list
                .iter()
                .rev()
                .take_while(|d| place(d) == place(diagnostic))
                .any(|d| *d == diagnostic);
            if !told {
                list.push(diagnostic);
            }
        }
        list
    }
}

/// No word of a message is longer, in bytes: a name may be, and would hide what is said about it.
const LONGEST_WORD: usize = 200;

/// No message is longer, in bytes.
const LONGEST_TEXT: usize = 2_000;

/// Cuts what no one would read to its end.
fn shorten(text: &mut String) {
    if text.len() <= LONGEST_WORD {
        return;
    }
    if text.split(' ').any(|word| word.len() > LONGEST_WORD) {
        let words: Vec<&str> = text.split(' ').collect();
        let cut = words.iter().map(|word| {
            let end = word.floor_char_boundary(LONGEST_WORD / 2);
            if word.len() > LONGEST_WORD {
                format!("{}…", &word[..end])
            } else {
                (*word).to_owned()
            }
        });
        *text = cut.collect::<Vec<_>>().join(" ");
    }
    if text.len() > LONGEST_TEXT {
        text.truncate(text.floor_char_boundary(LONGEST_TEXT - 3));
        text.push('…');
    }
}
