//! The definitions of one side, by name, with the fields that were written.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use milepost_syntax::ast::{FormSpec, Meta, Package};
use milepost_syntax::outline::{Outline, Written, outline};
use milepost_syntax::source::SourceMap;
use milepost_syntax::span::{SourceId, Span, Spanned};
use milepost_syntax::{FileKind, PROJECT_FILE};
use serde::Serialize;

/// A definition, by its kind and its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Subject {
    pub kind: SubjectKind,
    pub name: String,
}

/// The kinds of definitions, in the order in which they build on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    Project,
    Entity,
    Dataset,
    Behavior,
    Segment,
    Journey,
    Score,
    Metric,
    List,
    Test,
}

impl SubjectKind {
    /// Whether it is computed: a list is the number of those who stand on it.
    #[must_use]
    pub const fn is_metric(self) -> bool {
        matches!(self, Self::Metric | Self::List)
    }

    /// `metric`
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Entity => "entity",
            Self::Dataset => "dataset",
            Self::Behavior => "behavior",
            Self::Segment => "segment",
            Self::Journey => "journey",
            Self::Score => "score",
            Self::Metric => "metric",
            Self::List => "list",
            Self::Test => "test",
        }
    }

    fn of_section(section: &str) -> Option<Self> {
        Some(match section {
            "project" => Self::Project,
            "entities" => Self::Entity,
            "datasets" => Self::Dataset,
            "behaviors" => Self::Behavior,
            "segments" => Self::Segment,
            "journeys" => Self::Journey,
            "scores" => Self::Score,
            "metrics" => Self::Metric,
            "lists" => Self::List,
            "tests" => Self::Test,
            _ => return None,
        })
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind.name(), self.name)
    }
}

/// Where a definition stands, and what it was called.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    pub(super) name: Span,
    pub(super) renamed_from: Option<String>,
    /// Of a package of the catalog.
    pub(super) imported: bool,
}

/// The definitions of a package with their names and what they carry; the project itself is none of them.
pub fn named(package: &Package) -> impl Iterator<Item = (SubjectKind, &Spanned<String>, &Meta)> {
    let entities = package.entities.iter().map(|d| (SubjectKind::Entity, &d.name, &d.meta));
    let datasets = package.datasets.iter().map(|d| (SubjectKind::Dataset, &d.name, &d.meta));
    let behaviors = package.behaviors.iter().map(|d| (SubjectKind::Behavior, &d.name, &d.meta));
    // What a journey or a score says of members is part of it.
    let segments = package.segments.iter().filter(|d| d.derived.is_none());
    let segments = segments.map(|d| (SubjectKind::Segment, &d.name, &d.meta));
    let scores = package.scores.iter().map(|d| (SubjectKind::Score, &d.name, &d.meta));
    let metrics = package.metrics.iter().filter(|d| !d.is_derived()).map(|d| {
        let is_list = matches!(d.form, Some(FormSpec::List(_)));
        let kind = if is_list { SubjectKind::List } else { SubjectKind::Metric };
        (kind, &d.name, &d.meta)
    });
    let tests = package.tests.iter().map(|d| (SubjectKind::Test, &d.name, &d.meta));
    let journeys = package.journeys.iter().map(|d| (SubjectKind::Journey, &d.name, &d.meta));
    let groups = behaviors.chain(segments).chain(journeys).chain(scores);
    entities.chain(datasets).chain(groups).chain(metrics).chain(tests)
}

/// All definitions of one side.
#[derive(Debug)]
pub(super) struct Definitions<'a> {
    sources: &'a SourceMap,
    pub(super) all: BTreeMap<Subject, Definition>,
    /// The names of what can't be read.
    pub(super) broken: BTreeSet<&'a str>,
    outlines: BTreeMap<SourceId, OnceCell<Vec<Outline>>>,
}

impl<'a> Definitions<'a> {
    pub(super) fn of(package: &'a Package, sources: &'a SourceMap) -> Self {
        let mut all = BTreeMap::new();
        let mut add = |kind, name: &Spanned<String>, meta: Option<&Meta>| {
            let subject = Subject { kind, name: name.node.clone() };
            let before = meta.and_then(|meta| meta.renamed_from.as_ref());
            let definition = Definition {
                name: name.span,
                renamed_from: before.map(|name| name.node.clone()),
                imported: package.is_imported(name.span),
            };
            // Of two of one name the first counts, as for those who name it; that was reported.
            all.entry(subject).or_insert(definition);
        };
        if let Some(file) = sources.iter().find(|file| file.path == PROJECT_FILE) {
            let name = Spanned::new(PROJECT_FILE.to_owned(), Span::new(file.id, 0, 0));
            add(SubjectKind::Project, &name, None);
        }
        named(package).for_each(|(kind, name, meta)| add(kind, name, Some(meta)));
        let outlines = all.values().map(|d| (d.name.source, OnceCell::new())).collect();
        let broken = package.broken.iter().map(|name| name.node.as_str()).collect();
        Self { sources, all, broken, outlines }
    }

    /// The fields of a definition as they are written.
    pub(super) fn fields(&self, subject: &Subject) -> &[Written] {
        let found = self.all.get(subject).and_then(|definition| {
            let source = definition.name.source;
            let file = match subject.kind {
                SubjectKind::Project => FileKind::Project,
                _ => FileKind::Spec,
            };
            let outlines =
                self.outlines.get(&source)?.get_or_init(|| outline(file, self.sources.get(source)));
            outlines.iter().find(|outline| {
                SubjectKind::of_section(outline.section) == Some(subject.kind)
                    && outline.name.node == subject.name
            })
        });
        found.map_or(&[], |outline| &outline.fields)
    }

    /// Whether a definition is in a file that the other side has with the same text.
    pub(super) fn is_as_in(&self, subject: &Subject, other: &Self) -> bool {
        let file = |side: &Definitions<'a>| Some(side.all.get(subject)?.name.source);
        let (Some(own), Some(others)) = (file(self), file(other)) else { return false };
        let (own, others) = (self.sources.get(own), other.sources.get(others));
        own.path == others.path && own.text == others.text
    }
}
