//! The one namespace of entities, datasets, behaviors, segments and metrics.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};

use crate::model::{BehaviorId, DatasetId, EntityId, MetricId, SegmentId};
use milepost_syntax::ast::{MetricSpec, Package};
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::{Span, Spanned};
use milepost_syntax::{Spellings, codes, renamed};

/// What a global name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Definition {
    Entity(EntityId),
    Dataset(DatasetId),
    Behavior(BehaviorId),
    Segment(SegmentId),
    Metric(MetricId),
}

impl Definition {
    /// `an entity`, `a dataset`, `a behavior`, `a segment`, `a metric`.
    pub(crate) const fn what(self) -> &'static str {
        match self {
            Self::Entity(_) => "an entity",
            Self::Dataset(_) => "a dataset",
            Self::Behavior(_) => "a behavior",
            Self::Segment(_) => "a segment",
            Self::Metric(_) => "a metric",
        }
    }
}

/// How many parts the name of a segment has at most: `lifecycle.onboarding.days`.
const LONGEST_NAME: usize = 3;

/// Global names.
#[derive(Debug, Default)]
pub(crate) struct Names {
    map: HashMap<String, (Definition, Span)>,
    /// Names of definitions that could not be read, or that this version does not have. That was told, so names that
    /// refer to them are silent.
    unread: BTreeSet<String>,
    /// Names that definitions had before, with what they are called now.
    renamed: HashMap<String, String>,
    /// The definitions of `map` by name, with their spellings: made when the first name is not found.
    known: OnceCell<(Vec<(String, Definition)>, Spellings)>,
}

impl Names {
    pub(crate) fn get(&self, name: &str) -> Option<Definition> {
        self.map.get(name).map(|(definition, _)| *definition)
    }

    /// Whether the name belongs to a definition that could not be read, which was told.
    pub(crate) fn is_unread(&self, name: &str) -> bool {
        let head = name.split('.').next().unwrap_or(name);
        self.unread.contains(name) || self.unread.contains(head)
    }

    /// Where the name is defined.
    pub(crate) fn span(&self, name: &str) -> Option<Span> {
        self.map.get(name).map(|(_, span)| *span)
    }

    pub(crate) fn dataset(&self, name: &str) -> Option<DatasetId> {
        match self.get(name)? {
            Definition::Dataset(id) => Some(id),
            _ => None,
        }
    }

    pub(crate) fn segment(&self, name: &str) -> Option<SegmentId> {
        match self.get(name)? {
            Definition::Segment(id) => Some(id),
            _ => None,
        }
    }

    /// The segment that a path ends with, and what comes before its name. Those of a journey or a score have names with dots.
    pub(crate) fn segment_of<'p>(
        &self,
        path: &'p [Spanned<String>],
    ) -> Option<(SegmentId, &'p [Spanned<String>])> {
        (0..path.len()).find_map(|start| {
            let (links, name) = path.split_at(start);
            let found = match name {
                [name] => self.segment(&name.node),
                _ if name.len() > LONGEST_NAME => None,
                _ => {
                    let parts: Vec<&str> = name.iter().map(|part| part.node.as_str()).collect();
                    self.segment(&parts.join("."))
                }
            };
            Some((found?, links))
        })
    }

    /// The metric that a path names, and the part of it, if one stands after it. Those of a journey have names with dots.
    pub(crate) fn metric_of<'p>(
        &self,
        path: &'p [Spanned<String>],
    ) -> Option<(MetricId, Option<&'p Spanned<String>>)> {
        if path.len() > LONGEST_NAME + 1 {
            return None;
        }
        let parts: Vec<&str> = path.iter().map(|part| part.node.as_str()).collect();
        let whole = self.metric(&parts.join(".")).map(|id| (id, None));
        let (_, before) = parts.split_last()?;
        whole.or_else(|| self.metric(&before.join(".")).map(|id| (id, path.last())))
    }

    pub(crate) fn entity(&self, name: &str) -> Option<EntityId> {
        match self.get(name)? {
            Definition::Entity(id) => Some(id),
            _ => None,
        }
    }

    pub(crate) fn metric(&self, name: &str) -> Option<MetricId> {
        match self.get(name)? {
            Definition::Metric(id) => Some(id),
            _ => None,
        }
    }

    /// What may be meant by a name that there is not: what `keep` accepts, renamed or spelt nearly so.
    pub(crate) fn meant(&self, name: &str, keep: impl Fn(Definition) -> bool) -> Option<String> {
        let now = self.renamed.get(name).filter(|now| self.get(now).is_some_and(&keep));
        match now {
            Some(now) => Some(renamed(name, now)),
            None => self.nearest(name, keep).map(|near| format!("did you mean `{near}`?")),
        }
    }

    /// The nearest name that `keep` accepts.
    fn nearest(&self, name: &str, keep: impl Fn(Definition) -> bool) -> Option<String> {
        let (known, spellings) = self.known.get_or_init(|| {
            let mut known: Vec<(String, Definition)> =
                self.map.iter().map(|(name, (d, _))| (name.clone(), *d)).collect();
            known.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
            let spellings = Spellings::new(known.iter().map(|(name, _)| name.as_str()));
            (known, spellings)
        });
        spellings.nearest(name, |at| keep(known[at].1)).map(|at| known[at].0.clone())
    }

    /// An entity by its name; told when there is none.
    pub(crate) fn expect_entity(
        &self,
        name: &Spanned<String>,
        diagnostics: &mut Diagnostics,
    ) -> Option<EntityId> {
        let found = self.entity(&name.node);
        if found.is_none() && !self.is_unread(&name.node) {
            let keep = |d| matches!(d, Definition::Entity(_));
            diagnostics.push(self.wrong_kind(name, "an entity", "entities", keep));
        }
        found
    }

    /// What has members or rows, by its name; told when there is none.
    pub(crate) fn expect_listed(
        &self,
        name: &Spanned<String>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Definition> {
        let keep = |d| {
            matches!(d, Definition::Entity(_) | Definition::Dataset(_) | Definition::Behavior(_))
        };
        let found = self.get(&name.node).filter(|found| keep(*found));
        if found.is_none() && !self.is_unread(&name.node) {
            let what = "an entity, dataset or behavior";
            diagnostics.push(self.wrong_kind(name, what, "entities", keep));
        }
        found
    }

    /// A dataset by its name; told when there is none.
    pub(crate) fn expect_dataset(
        &self,
        name: &Spanned<String>,
        diagnostics: &mut Diagnostics,
    ) -> Option<DatasetId> {
        let found = self.dataset(&name.node);
        if found.is_none() && !self.is_unread(&name.node) {
            let keep = |d| matches!(d, Definition::Dataset(_));
            diagnostics.push(self.wrong_kind(name, "a dataset", "datasets", keep));
        }
        found
    }

    /// A metric by its name; told when there is none.
    pub(crate) fn expect_metric(
        &self,
        name: &Spanned<String>,
        diagnostics: &mut Diagnostics,
    ) -> Option<MetricId> {
        let found = self.metric(&name.node);
        if found.is_none() && !self.is_unread(&name.node) {
            let keep = |d| matches!(d, Definition::Metric(_));
            diagnostics.push(self.wrong_kind(name, "a metric", "metrics", keep));
        }
        found
    }

    fn wrong_kind(
        &self,
        name: &Spanned<String>,
        what: &str,
        section: &str,
        keep: impl Fn(Definition) -> bool,
    ) -> Diagnostic {
        let text = &name.node;
        if let Some((definition, span)) = self.map.get(text) {
            return Diagnostic::error(
                codes::UNKNOWN_NAME,
                name.span,
                format!("`{text}` is {}, and {what} is expected here", definition.what()),
            )
            .also(*span, format!("`{text}` is defined here"));
        }
        let told = Diagnostic::error(
            codes::UNKNOWN_NAME,
            name.span,
            format!("there is no {} `{text}`", what.split_once(' ').map_or(what, |(_, noun)| noun)),
        );
        told.help(self.meant(text, keep).unwrap_or_else(|| format!("define it under `{section}:`")))
    }
}

/// All definitions by name; a second one of the same name is told and left out.
pub(crate) fn collect(package: &Package, diagnostics: &mut Diagnostics) -> Names {
    let entities = package
        .entities
        .iter()
        .enumerate()
        .map(|(i, e)| (&e.name, Definition::Entity(EntityId(i))));
    let datasets = package
        .datasets
        .iter()
        .enumerate()
        .map(|(i, d)| (&d.name, Definition::Dataset(DatasetId(i))));
    // The members of a score are named by it.
    let of_score = |spec: &MetricSpec| spec.list().is_some_and(|list| list.score.is_some());
    let metrics = package.metrics.iter().enumerate().filter(|(_, spec)| !of_score(spec));
    let metrics = metrics.map(|(i, m)| (&m.name, Definition::Metric(MetricId(i))));
    let behaviors = package.behaviors.iter().enumerate();
    let behaviors = behaviors.map(|(i, b)| (&b.name, Definition::Behavior(BehaviorId(i))));
    let segments = package.segments.iter().enumerate();
    let segments = segments.map(|(i, s)| (&s.name, Definition::Segment(SegmentId(i))));
    let unread = package.broken.iter().chain(package.later.iter().map(|later| &later.name));
    // A journey or a score that says nothing is wrong, which was reported.
    let says: BTreeSet<&str> = package
        .segments
        .iter()
        .filter_map(|spec| Some(spec.derived.as_ref()?.owner.node.as_str()))
        .collect();
    let owners = package.journeys.iter().map(|spec| &spec.name);
    let owners = owners.chain(package.scores.iter().map(|spec| &spec.name));
    let silent = owners.filter(|name| !says.contains(name.node.as_str()));
    let unread = unread.chain(silent).map(|name| name.node.clone()).collect();
    let mut names = Names { unread, renamed: former_names(package), ..Names::default() };
    for (name, definition) in
        entities.chain(datasets).chain(behaviors).chain(segments).chain(metrics)
    {
        check_name(name, definition.what(), diagnostics);
        if let Some((first, span)) = names.map.get(&name.node) {
            let text = &name.node;
            let same = std::mem::discriminant(first) == std::mem::discriminant(&definition);
            let message = if same {
                format!("`{text}` is defined twice")
            } else {
                format!(
                    "`{text}` is {} already, so it can't be {} too",
                    first.what(),
                    definition.what()
                )
            };
            diagnostics.push(
                Diagnostic::error(codes::DUPLICATE_DEFINITION, name.span, message)
                    .also(*span, "first defined here")
                    .help("all definitions share one set of names: rename one of the two"),
            );
        } else {
            names.map.insert(name.node.clone(), (definition, name.span));
        }
    }
    names
}

fn former_names(package: &Package) -> HashMap<String, String> {
    let entities = package.entities.iter().map(|spec| (&spec.meta, &spec.name));
    let datasets = package.datasets.iter().map(|spec| (&spec.meta, &spec.name));
    let behaviors = package.behaviors.iter().map(|spec| (&spec.meta, &spec.name));
    let segments = package.segments.iter().map(|spec| (&spec.meta, &spec.name));
    let metrics = package.metrics.iter().map(|spec| (&spec.meta, &spec.name));
    let all = entities.chain(datasets).chain(behaviors).chain(segments).chain(metrics);
    let renamed = all.filter_map(|(meta, name)| {
        Some((meta.renamed_from.as_ref()?.node.clone(), name.node.clone()))
    });
    renamed.collect()
}

/// Names are small letters, digits and underscores. (What can't be a name at all, the parser has told.)
fn check_name(name: &Spanned<String>, what: &str, diagnostics: &mut Diagnostics) {
    let text = &name.node;
    if text.bytes().any(|b| b.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    {
        diagnostics.push(
            Diagnostic::error(
                codes::INVALID_NAME,
                name.span,
                format!("the name of {what} is in lower case, and `{text}` has capitals"),
            )
            .help(format!("write `{}`, and put the name for people in `label:`", to_snake(text))),
        );
    }
}

/// `MonthlyChurn` → `monthly_churn`, `NRR` → `nrr`.
fn to_snake(text: &str) -> String {
    let mut out = String::new();
    let mut after_small = false;
    for c in text.chars() {
        if c.is_ascii_uppercase() && after_small {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
        after_small = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    out
}
