//! What a change of specs does to what the numbers mean.
//!
//! ```text
//!  two sides ── definitions (by name, by renamed_from) ── fields that differ ── a rule for each ──┐
//!      │                                                                                          ├─► Changes
//!      └─ models ── canonical text: the same? ── where it differs ── whoever reads it ────────────┘
//! ```
//!
//! The prover is sound: a change is cosmetic only if a rule says so of the field, or the canonical text is the same
//! ([`canonical`](crate::model::canonical)). What is written otherwise and is not proved to be the same, without a piece that
//! was replaced, is [`Level::Undecided`].

mod compare;
mod definitions;
mod fields;
mod level;
mod located;
mod meaning;
mod readers;
pub mod rules;
mod texts;

use milepost_syntax::ast::Package;
use milepost_syntax::source::SourceMap;
use milepost_syntax::span::Span;
use serde::Serialize;

pub use compare::{compare, subjects};
pub use definitions::{Subject, SubjectKind, named};
pub use level::Level;
pub use texts::{DefinitionText, MetricText, Texts, texts};

use crate::model::Model;

/// One of the two versions of a project.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    pub package: &'a Package,
    pub sources: &'a SourceMap,
    /// Absent: there are mistakes in it. Fields are compared all the same.
    pub model: Option<&'a Model>,
}

/// Everything that is different, the worst first.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Changes {
    pub changed: Vec<Changed>,
}

/// A definition that is different.
#[derive(Clone, Debug, Serialize)]
pub struct Changed {
    #[serde(flatten)]
    pub subject: Subject,
    /// The name that it had before, where that was another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// Its name in the new version; absent: it is gone.
    #[serde(skip)]
    pub place: Option<Span>,
    /// Of a package of the catalog.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub imported: bool,
    pub level: Level,
    /// What is different in it, the worst first.
    pub own: Vec<Change>,
    /// What is different in definitions that it reads and makes a difference to it.
    pub derived: Vec<Derived>,
    /// The sentences of its plain words that are gone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub no_longer: Vec<String>,
    /// The sentences of its plain words that are new.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub now: Vec<String>,
}

/// One thing that is different in a definition.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// The same for the same change of the same definition, however files and messages look.
    pub id: String,
    pub rule: &'static str,
    pub level: Level,
    /// Where it is: `value › denominator › filter`.
    pub part: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The proof, or what is missing of one.
    pub why: String,
}

/// That a definition reads one that is different.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Derived {
    pub level: Level,
    /// The definition that is different.
    pub from: String,
    /// From the reader to it, itself included.
    pub by: Vec<String>,
}

impl Changes {
    /// The worst of all; nothing if nothing is different.
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        self.changed.iter().map(|changed| changed.level).max()
    }

    /// How many definitions are of that level.
    #[must_use]
    pub fn count(&self, level: Level) -> usize {
        self.changed.iter().filter(|changed| changed.level == level).count()
    }
}
