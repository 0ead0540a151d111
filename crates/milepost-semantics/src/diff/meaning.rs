//! What the definitions of one side mean, as text that can be compared with that of the other side.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::definitions::{Subject, SubjectKind};
use crate::model::canonical;
use crate::model::{Display, MetricId, Model, SegmentId};
use crate::trace::{Lineage, Node, lineage};

/// What a metric means.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MetricMeaning {
    /// Its parts and its headline, a line each.
    pub(super) values: Vec<String>,
    pub(super) grain: &'static str,
    /// The text of everything it reads, by kind and name.
    pub(super) reads: BTreeMap<String, String>,
    pub(super) displays: Vec<Display>,
}

impl MetricMeaning {
    /// Whether some number of it is an amount of money.
    pub(super) fn is_of_money(&self) -> bool {
        self.displays.iter().any(|display| matches!(display, Display::Currency(_)))
    }

    /// Whether a word stands in what decides its figures, the calendar itself aside.
    pub(super) fn mentions(&self, word: &str) -> bool {
        let read = self.reads.iter().filter(|(of, _)| *of != "calendar").map(|(_, text)| text);
        self.values.iter().chain(read).any(|text| text.contains(word))
    }
}

/// The model of one side, with what was asked of it before.
#[derive(Debug)]
pub(super) struct Meanings<'a> {
    pub(super) model: &'a Model,
    lineage: Lineage,
    /// By name.
    metrics: BTreeMap<&'a str, MetricMeaning>,
}

impl<'a> Meanings<'a> {
    pub(super) fn of(model: &'a Model) -> Self {
        let metrics = model.metrics.iter().enumerate().map(|(i, metric)| {
            let meaning = MetricMeaning {
                values: canonical::values(model, metric),
                grain: metric.grain.name(),
                reads: by_owner(model, canonical::definitions(model, MetricId(i)).reads),
                displays: metric.parts.iter().map(|part| part.display.clone()).collect(),
            };
            (metric.name.as_str(), meaning)
        });
        Self { model, lineage: lineage(model), metrics: metrics.collect() }
    }

    /// What a metric means; absent: the project lacks something for it.
    pub(super) fn metric(&self, name: &str) -> Option<&MetricMeaning> {
        self.metrics.get(name)
    }

    /// The text of any other definition, with that of its columns; absent: there is none of that name.
    pub(super) fn text(&self, subject: &Subject) -> Option<String> {
        let model = self.model;
        if subject.kind == SubjectKind::Project {
            return Some(self.project());
        }
        if matches!(subject.kind, SubjectKind::Journey | SubjectKind::Score) {
            return self.said(&subject.name);
        }
        let node = self.node(subject)?;
        let mut text = canonical::definition(model, node)?;
        if let Node::Dataset(id) = node {
            let columns = model[id].columns.iter().enumerate();
            for (i, _) in columns {
                let column = Node::Column(id, crate::model::ColumnId(i));
                text.extend(canonical::definition(model, column).map(|text| format!("\n{text}")));
            }
        }
        Some(text)
    }

    /// The text of all that a journey or a score says of a member.
    fn said(&self, name: &str) -> Option<String> {
        let values = self.values_of(name);
        let texts: Vec<String> =
            values.filter_map(|node| canonical::definition(self.model, node)).collect();
        (!texts.is_empty()).then(|| texts.join("\n"))
    }

    /// What a journey or a score says of a member.
    fn values_of(&self, owner: &str) -> impl Iterator<Item = Node> {
        let segments = self.model.segments.iter().enumerate();
        let own = segments.filter(move |(_, segment)| segment.owner.as_deref() == Some(owner));
        own.map(|(i, _)| Node::Segment(SegmentId(i)))
    }

    /// The text of one column.
    pub(super) fn column(&self, dataset: &str, column: &str) -> Option<String> {
        let id = self.model.dataset(dataset)?;
        canonical::definition(self.model, Node::Column(id, self.model[id].column(column)?))
    }

    fn project(&self) -> String {
        canonical::calendar(&self.model.project)
    }

    /// The node of a definition in the lineage.
    fn node(&self, subject: &Subject) -> Option<Node> {
        let node = Node::find(self.model, &subject.name)?;
        let of_kind = match subject.kind {
            SubjectKind::Metric | SubjectKind::List => matches!(node, Node::Metric(_)),
            SubjectKind::Segment => matches!(node, Node::Segment(_)),
            SubjectKind::Behavior => matches!(node, Node::Behavior(_)),
            SubjectKind::Dataset => matches!(node, Node::Dataset(_)),
            SubjectKind::Entity => matches!(node, Node::Entity(_)),
            // It is several.
            SubjectKind::Journey
            | SubjectKind::Score
            | SubjectKind::Project
            | SubjectKind::Test => false,
        };
        of_kind.then_some(node)
    }

    /// The shortest way from a definition to everything that it is computed from, by name.
    pub(super) fn ways(&self, subject: &Subject) -> Ways {
        let mut ways = BTreeMap::new();
        let own = subject.to_string();
        let starts: Vec<Node> = match subject.kind {
            SubjectKind::Journey | SubjectKind::Score => self.values_of(&subject.name).collect(),
            _ => self.node(subject).into_iter().collect(),
        };
        let mut seen: BTreeSet<Node> = starts.iter().copied().collect();
        let mut open: VecDeque<_> = starts.into_iter().map(|start| (start, Vec::new())).collect();
        while let Some((node, way)) = open.pop_front() {
            for (next, _) in self.lineage.sources(node) {
                if !seen.insert(next) {
                    continue;
                }
                let name = called(self.model, next);
                let mut way: Vec<String> = way.clone();
                if name != own && way.last() != Some(&name) {
                    way.push(name.clone());
                    ways.entry(name).or_insert_with(|| way.clone());
                }
                open.push_back((next, way));
            }
        }
        Ways(ways)
    }

    /// The metric of that name, as its id.
    pub(super) fn id(&self, name: &str) -> Option<MetricId> {
        self.model.metric(name)
    }
}

/// `segment big`; of what a score says of members, `score health`, and of a journey the same.
fn called(model: &Model, node: Node) -> String {
    let owner = match node {
        Node::Segment(id) => model[id].owner.as_ref(),
        _ => None,
    };
    match owner {
        Some(owner) => of_owner(model, owner),
        None => format!("{} {}", node.kind(), node.name(model)),
    }
}

fn of_owner(model: &Model, owner: &str) -> String {
    format!("{} {owner}", if model.journey(owner).is_some() { "journey" } else { "score" })
}

/// The texts of all that a score says of members as one.
fn by_owner(model: &Model, texts: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for (key, text) in texts {
        let name = key.strip_prefix("segment ").map(|name| name.trim_matches('"'));
        let segment = name.and_then(|name| model.segment(name));
        let owner = segment.and_then(|id| model[id].owner.as_ref());
        let key = owner.map_or(key, |owner| of_owner(model, owner));
        let whole = all.entry(key).or_default();
        if !whole.is_empty() {
            whole.push('\n');
        }
        whole.push_str(&text);
    }
    all
}

/// From a definition to what it is computed from: `segment big` by `metric a`, `segment big`.
#[derive(Debug, Default)]
pub(super) struct Ways(BTreeMap<String, Vec<String>>);

impl Ways {
    /// All that it is computed from.
    pub(super) fn ends(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The steps to one of them; itself alone where nobody knows a way.
    pub(super) fn to(&self, end: &str) -> Vec<String> {
        self.0.get(end).cloned().unwrap_or_else(|| vec![end.to_owned()])
    }
}
