//! The canonical texts of everything that a project defines, for those who compare them elsewhere.

use std::collections::BTreeMap;

use super::Side;
use super::definitions::{Definitions, Subject, SubjectKind};
use super::meaning::Meanings;
use crate::model::canonical::{self, Fingerprint};

/// The canonical texts of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// In the order of their kinds, then by name. Tests are not among them: they state figures and define none.
    pub definitions: Vec<DefinitionText>,
    /// What metrics read, by kind and name: `calendar`, `column subscriptions.mrr`.
    pub reads: BTreeMap<String, String>,
}

/// The canonical text of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinitionText {
    pub subject: Subject,
    /// Of a package of the catalog.
    pub imported: bool,
    /// Absent: the project lacks something for it.
    pub text: Option<String>,
    /// Of a metric or a list: what decides its figures besides its own text.
    pub metric: Option<MetricText>,
}

/// What a metric reads, and the fingerprint of its text and of all of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricText {
    /// The names of [`Texts::reads`].
    pub reads: Vec<String>,
    pub fingerprint: Fingerprint,
}

/// The canonical texts of all definitions; none of a side with mistakes.
#[must_use]
pub fn texts(side: Side<'_>) -> Texts {
    let Some(model) = side.model else { return Texts::default() };
    let meanings = Meanings::of(model);
    let mut texts = Texts::default();
    for (subject, definition) in Definitions::of(side.package, side.sources).all {
        if subject.kind == SubjectKind::Test {
            continue;
        }
        let mut found = DefinitionText {
            imported: definition.imported,
            text: None,
            metric: None,
            subject: subject.clone(),
        };
        if subject.kind.is_metric() {
            if let Some(id) = model.metric(&subject.name) {
                let own = canonical::definitions(model, id);
                let (fingerprint, reads) = (own.fingerprint(), own.reads.keys().cloned().collect());
                found.text = Some(own.metric);
                found.metric = Some(MetricText { reads, fingerprint });
                texts.reads.extend(own.reads);
            }
        } else {
            found.text = meanings.text(&subject);
        }
        texts.definitions.push(found);
    }
    texts
}
