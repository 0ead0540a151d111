//! Definitions: the sections of spec files and of `milepost.yaml`, as written.
//!
//! Every field is optional here (a missing one is reported by the pass that needs it), every value has its
//! place, and every mistake in one definition leaves the others whole.

use std::collections::BTreeSet;

use serde::Serialize;

use super::dataset::{DatasetSpec, UnitSpec};
use super::expr::{Duration, Expr};
use super::form::FormSpec;
use super::group::{BehaviorSpec, SegmentSpec};
use super::journey::JourneySpec;
use super::list::ListSpec;
use super::project::ProjectSpec;
use super::score::ScoreSpec;
use super::test::TestSpec;
use crate::span::{SourceId, Span, Spanned};

/// Everything a project's author wrote: `milepost.yaml` and all spec files, in the order of file names.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Package {
    pub project: ProjectSpec,
    pub entities: Vec<EntitySpec>,
    pub datasets: Vec<DatasetSpec>,
    pub behaviors: Vec<BehaviorSpec>,
    pub segments: Vec<SegmentSpec>,
    pub journeys: Vec<JourneySpec>,
    pub metrics: Vec<MetricSpec>,
    pub scores: Vec<ScoreSpec>,
    pub tests: Vec<TestSpec>,
    /// Names of definitions that could not be read (reported already): a reference to one is not another
    /// mistake.
    pub broken: Vec<Spanned<String>>,
    /// Definitions of sections that this version lacks (reported already).
    pub later: Vec<LaterSpec>,
    /// What packages of the catalog expect of a project.
    pub requires: RequiresSpec,
    /// The files that hold definitions of packages, not of the project.
    pub imported: BTreeSet<SourceId>,
    /// What holds the condition that a question adds to that of a metric.
    pub asked: Option<SourceId>,
}

impl Package {
    /// Whether a place is in a package of the catalog.
    #[must_use]
    pub fn is_imported(&self, span: Span) -> bool {
        self.imported.contains(&span.source)
    }

    /// What metrics and tests are in: everything but them.
    #[must_use]
    pub fn without_metrics(&self) -> Self {
        // All fields by name, so that none is forgotten; metrics are most of a project.
        let Self {
            project,
            entities,
            datasets,
            behaviors,
            segments,
            journeys,
            metrics: _,
            scores,
            tests: _,
            broken,
            later,
            requires,
            imported,
            asked,
        } = self;
        Self {
            project: project.clone(),
            entities: entities.clone(),
            datasets: datasets.clone(),
            behaviors: behaviors.clone(),
            segments: segments.clone(),
            journeys: journeys.clone(),
            metrics: Vec::new(),
            scores: scores.clone(),
            tests: Vec::new(),
            broken: broken.clone(),
            later: later.clone(),
            requires: requires.clone(),
            imported: imported.clone(),
            asked: *asked,
        }
    }

    /// Leaves what the project's author wrote.
    pub fn forget_imports(&mut self) {
        self.segments.retain(|spec| spec.derived.is_none());
        self.metrics.retain(|spec| !spec.is_derived());
        let imported = std::mem::take(&mut self.imported);
        self.requires = RequiresSpec::default();
        if !imported.is_empty() {
            self.behaviors.retain(|spec| !imported.contains(&spec.name.span.source));
            self.segments.retain(|spec| !imported.contains(&spec.name.span.source));
            self.journeys.retain(|spec| !imported.contains(&spec.name.span.source));
            self.scores.retain(|spec| !imported.contains(&spec.name.span.source));
            self.metrics.retain(|spec| !imported.contains(&spec.name.span.source));
            self.broken.retain(|name| !imported.contains(&name.span.source));
        }
    }
}

/// What is done with every list of [`Package`], from their names alone.
macro_rules! lists {
    ($($list:ident),* $(,)?) => {
        /// How many definitions of each kind, by the lists of [`Package`].
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct PackageSize {
            $($list: usize,)*
        }

        impl Package {
            /// How much it holds.
            #[must_use]
            pub fn size(&self) -> PackageSize {
                // All fields by name, so that none is forgotten.
                let Self { project: _, requires: _, imported: _, asked: _, $($list,)* } = self;
                PackageSize { $($list: $list.len(),)* }
            }

            /// Puts the definitions of `part` in the place of those that begin after `start` and are `size` many. The
            /// project stays.
            pub fn replace(&mut self, start: PackageSize, size: PackageSize, part: Self) {
                fn put<T>(list: &mut Vec<T>, start: usize, size: usize, part: Vec<T>) {
                    let start = start.min(list.len());
                    let end = (start + size).min(list.len());
                    list.splice(start..end, part);
                }
                $(put(&mut self.$list, start.$list, size.$list, part.$list);)*
            }
        }

        impl std::ops::Add for PackageSize {
            type Output = Self;

            fn add(self, other: Self) -> Self {
                Self { $($list: self.$list + other.$list,)* }
            }
        }
    };
}

lists!(entities, datasets, behaviors, segments, journeys, metrics, scores, tests, broken, later);

/// A definition of a kind that this version lacks, by name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LaterSpec {
    /// `journeys`, `alerts`, …
    pub section: String,
    pub name: Spanned<String>,
}

/// `requires:` of a package: the names that a project must define before the package's definitions mean anything.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RequiresSpec {
    pub entities: Vec<RequiredEntity>,
    pub datasets: Vec<RequiredDataset>,
}

/// An entity under `requires:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequiredEntity {
    pub name: Spanned<String>,
    /// The entities that each member is part of.
    pub belongs_to: Vec<Spanned<String>>,
    /// What is known of each member.
    pub columns: Vec<Spanned<String>>,
}

/// A dataset under `requires:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequiredDataset {
    pub name: Spanned<String>,
    /// `kind: events`
    pub kind: Option<Spanned<String>>,
    /// The entities that each row belongs to.
    pub links: Vec<Spanned<String>>,
    pub columns: Vec<Spanned<String>>,
}

/// What every definition may carry.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Meta {
    pub label: Option<Spanned<String>>,
    pub description: Option<Spanned<String>>,
    pub owner: Option<Spanned<String>>,
    pub tags: Vec<Spanned<String>>,
    pub deprecated: Option<Spanned<DeprecatedSpec>>,
    pub renamed_from: Option<Spanned<String>>,
    /// `changelog: { 2026-11-29: Win-backs count as retained. }`: what was changed, and why, in the order in which it is written.
    pub changelog: Vec<(Spanned<String>, Spanned<String>)>,
}

/// `deprecated: {since, use}`
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DeprecatedSpec {
    pub since: Option<Spanned<String>>,
    pub replacement: Option<Spanned<String>>,
}

/// One of `entities:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EntitySpec {
    pub name: Spanned<String>,
    /// The whole definition, key to last line.
    pub span: Span,
    pub meta: Meta,
    /// `key:` one column or several.
    pub key: Vec<Spanned<String>>,
    /// `home:` the attributes dataset with one row per member.
    pub home: Option<Spanned<String>>,
    /// `belongs_to:`
    pub belongs_to: Vec<Spanned<String>>,
    /// `lives:`
    pub lives: Option<Spanned<LivesSpec>>,
    /// `label_column:`
    pub label_column: Option<Spanned<String>>,
}

/// `lives: always` or `lives: [created_at, churned_at]` (`none` = never ends).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum LivesSpec {
    Always,
    Between { from: Spanned<String>, to: Option<Spanned<String>> },
}

/// One of `metrics:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricSpec {
    pub name: Spanned<String>,
    pub span: Span,
    pub meta: Meta,
    pub question: Option<Spanned<String>>,
    pub stage: Option<Spanned<String>>,
    pub milestone: Option<Spanned<String>>,
    pub leads_to: Vec<Spanned<String>>,
    /// `category: reach|effect|roi`
    pub category: Option<Spanned<String>>,
    /// `indicator: leading|lagging`
    pub indicator: Option<Spanned<String>>,
    pub unit: Option<Spanned<UnitSpec>>,
    pub better: Option<Spanned<BetterSpec>>,
    pub target: Option<Spanned<TargetSpec>>,
    pub maturity: Option<Spanned<Duration>>,
    pub slices: Vec<Spanned<String>>,
    pub grain: Option<Spanned<String>>,
    pub min_sample: Option<Spanned<i64>>,
    /// `approximate: true`: percentiles may be computed from a sketch.
    pub approximate: Option<Spanned<bool>>,
    /// Metric-level `where:`, over dimensions.
    pub filter: Option<Expr>,
    /// `show: p75`, the part that stands for all.
    pub show: Option<Spanned<String>>,
    /// What it is made of; absent where nothing says so.
    pub form: Option<FormSpec>,
    /// A question says from which day on it is computed, so the project's history does not bound it. No spec says this.
    #[serde(skip)]
    pub from_a_day: bool,
    /// The journey that it is part of, where no author has written it as a metric.
    #[serde(skip)]
    pub owner: Option<Spanned<String>>,
}

impl MetricSpec {
    /// One of which nothing is said but its form.
    #[must_use]
    pub const fn of(name: Spanned<String>, span: Span, meta: Meta, form: FormSpec) -> Self {
        Self {
            name,
            span,
            meta,
            question: None,
            stage: None,
            milestone: None,
            leads_to: Vec::new(),
            category: None,
            indicator: None,
            unit: None,
            better: None,
            target: None,
            maturity: None,
            slices: Vec::new(),
            grain: None,
            min_sample: None,
            approximate: None,
            filter: None,
            show: None,
            form: Some(form),
            from_a_day: false,
            owner: None,
        }
    }

    /// The definition that it stands and falls with: itself, or the journey that it is part of.
    #[must_use]
    pub fn unit(&self) -> &Spanned<String> {
        self.owner.as_ref().unwrap_or(&self.name)
    }

    /// The list that it counts, if it does.
    #[must_use]
    pub const fn list(&self) -> Option<&ListSpec> {
        match &self.form {
            Some(FormSpec::List(list)) => Some(list),
            _ => None,
        }
    }

    /// Whether no author has written it: it is part of a journey or a score.
    #[must_use]
    pub fn is_derived(&self) -> bool {
        self.owner.is_some()
    }

    /// The expression of a metric of the form `value`.
    #[must_use]
    pub const fn value(&self) -> Option<&Expr> {
        match &self.form {
            Some(FormSpec::Value(value)) => Some(value),
            _ => None,
        }
    }
}

/// `better: higher|lower|inside [a, b]`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum BetterSpec {
    Higher,
    Lower,
    Inside(Expr, Expr),
}

/// `target: { at_least: 80%, by: { size: { enterprise: 90% } } }`; the values are literal expressions.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TargetSpec {
    pub at_least: Option<Expr>,
    pub at_most: Option<Expr>,
    /// `inside: [a, b]`
    pub inside: Option<(Expr, Expr)>,
    /// dimension → value of it → the literal that replaces the bound there.
    pub by: Vec<TargetBySpec>,
}

/// One dimension under `by:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TargetBySpec {
    pub dimension: Spanned<String>,
    pub values: Vec<(Spanned<String>, Expr)>,
}
