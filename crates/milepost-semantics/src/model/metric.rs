use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Aggregate, Blocks, DimensionId, Form, Kind, List, Meta, MetricId, Typed};
use crate::time::Grain;
use milepost_syntax::ast::Duration;
use milepost_syntax::span::Span;

/// A checked metric.
#[derive(Clone, Debug, Serialize)]
pub struct Metric {
    pub name: String,
    pub meta: Meta,
    /// The name in the spec.
    pub span: Span,
    /// The whole definition in the spec (its YAML is shown on the site).
    pub definition: Span,
    pub question: Option<String>,
    pub stage: Option<String>,
    pub milestone: Option<String>,
    pub leads_to: Vec<MetricId>,
    /// A metric without a category is a helper: it has no page of its own.
    pub category: Option<Category>,
    pub indicator: Option<Indicator>,
    pub better: Option<Better>,
    pub target: Option<Target>,
    /// Buckets that ended less than this before the as-of are shown as not settled.
    pub maturity: Option<Duration>,
    pub slices: Vec<DimensionId>,
    pub grain: Grain,
    pub min_sample: Option<u64>,
    /// `where:` as the author wrote it, canonical text; already inside every aggregate of its parts.
    pub filter_text: Option<String>,
    /// What the parts make together.
    pub shape: Shape,
    /// What it yields: each a value of its own, with its own reason, sample and absent.
    pub parts: Vec<Part>,
    /// What its form means, a sentence each.
    pub words: Vec<String>,
    /// The part that stands for all where there is room for one number: on cards, and against targets and other buckets.
    pub headline: PartId,
    /// The list whose members it counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<Box<List>>,
    /// The metrics it names directly.
    pub uses: BTreeSet<MetricId>,
}

/// A part of a metric, by position in [`Metric::parts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PartId(pub usize);

/// A value that a metric yields.
#[derive(Clone, Debug, Serialize)]
pub struct Part {
    /// As it stands after the metric's name (`seats.median`), and in the heads of tables.
    pub name: String,
    /// The value as the author wrote it or as the form means it, canonical text (metric references unexpanded).
    pub text: String,
    /// The value with every metric reference expanded and every metric-level `where` pushed into its aggregates.
    pub value: ValueExpr,
    /// How its number is shown.
    pub display: Display,
}

/// What the parts of a metric make together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// One number, of the form `value`.
    #[default]
    Number,
    /// Values at several levels of one distribution, from the lowest to the highest.
    Quantiles,
    /// What an amount gained and lost between two instants, and the rates of what stayed.
    Movements,
    /// How many members began in a bucket (`size`), and the share of them (`at_0`, `at_1`, …), their number (`count_0`, …) and
    /// what they add up to (`sum_0`, …) in each step of time after that.
    Cohort,
    /// A score of answers, the ends of its interval, how many answers are of each sort, and its change.
    Survey,
    /// How many take each step, the share of the first step and of the one before, and the days between.
    Funnel,
    /// How long members take: quantiles in days, how many have reached it, and the curve of those who have, with its interval
    /// (`at_0`, `low_0`, `high_0`, …) and the number at risk (`risk_0`, …), each after that many days.
    Duration,
}

impl Shape {
    /// Whether the form's own words say what its headline is; else the expression of the headline says it.
    #[must_use]
    pub const fn has_words(self) -> bool {
        matches!(self, Self::Movements | Self::Survey | Self::Funnel | Self::Duration)
    }
}

impl Part {
    /// Whether both are numbers of one kind, shown with the same unit and decimals.
    #[must_use]
    pub fn is_shown_like(&self, other: &Self) -> bool {
        self.display == other.display && self.value.ty == other.value.ty
    }
}

impl Metric {
    /// The part that stands for all.
    #[must_use]
    pub fn headline(&self) -> &Part {
        &self.parts[self.headline.0]
    }

    /// The value of the headline.
    #[must_use]
    pub fn value(&self) -> &ValueExpr {
        &self.headline().value
    }

    /// The parts with their ids, in their order.
    pub fn each_part(&self) -> impl Iterator<Item = (PartId, &Part)> {
        self.parts.iter().enumerate().map(|(i, part)| (PartId(i), part))
    }

    /// The part of that name.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<PartId> {
        self.parts.iter().position(|part| part.name == name).map(PartId)
    }

    /// Calls `f` for every aggregate of every part.
    pub fn each_aggregate<'a>(&'a self, f: &mut dyn FnMut(&'a Aggregate)) {
        self.parts.iter().for_each(|part| part.value.each_aggregate(f));
    }
}

impl std::ops::Index<PartId> for Metric {
    type Output = Part;
    fn index(&self, id: PartId) -> &Part {
        &self.parts[id.0]
    }
}

/// Reach → Effect → ROI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    Reach,
    Effect,
    Roi,
}

impl Category {
    /// The category of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "reach" => Some(Self::Reach),
            "effect" => Some(Self::Effect),
            "roi" => Some(Self::Roi),
            _ => None,
        }
    }
}

/// Tells what will come, or what has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Indicator {
    Leading,
    Lagging,
}

/// How a number is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Display {
    /// The value × 100 and a percent sign.
    Percent,
    /// Money of that ISO code.
    Currency(String),
    /// A number with a word after it (`days`, `per business day`), or none.
    Number(Option<String>),
    /// A calendar day, or an instant.
    Date,
    Timestamp,
}

/// Which way is good.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    Higher,
    Lower,
    /// Both ends included.
    Inside(f64, f64),
}

/// The goal of the whole, and those of its slices.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Target {
    pub bound: Option<Bound>,
    /// dimension, value of it, the bound there.
    pub by: Vec<(DimensionId, String, Bound)>,
}

/// A goal, in the unit of the value (`80%` is 0.8).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    AtLeast(f64),
    AtMost(f64),
    /// Both ends included.
    Inside(f64, f64),
}

/// An expression over aggregates.
pub type ValueExpr = Typed<ValueKind>;

/// What a value expression can be.
///
/// An operand that is a reason makes the result that reason (the leftmost one), but for `coalesce`, `if` (only the
/// condition and the branch taken count) and `is null`. Division by zero is the reason `zero denominator`.
#[derive(Clone, Debug, Serialize)]
pub enum ValueKind {
    Aggregate(Box<Aggregate>),
    /// A metric named by the author, expanded. Kept as a node so that explanations can name it.
    Metric {
        metric: MetricId,
        part: PartId,
        value: Box<ValueExpr>,
    },
    /// The value at an earlier bucket: the previous one, or the one that holds the start moved back by the length.
    Prior {
        operand: Box<ValueExpr>,
        by: Option<Duration>,
    },
    /// Business days of the bucket (up to the as-of).
    BusinessDays,
    /// `avg(x per day over 28 days)`: a value for each block of time, summarized.
    Blocks(Box<Blocks<ValueExpr>>),
    #[serde(untagged)]
    Form(Form<ValueExpr>),
}

impl From<Form<ValueExpr>> for ValueKind {
    fn from(form: Form<ValueExpr>) -> Self {
        Self::Form(form)
    }
}

impl Kind for ValueKind {
    fn form(&self) -> Option<&Form<ValueExpr>> {
        match self {
            Self::Form(form) => Some(form),
            _ => None,
        }
    }

    fn each_operand<'a>(&'a self, f: &mut dyn FnMut(&'a ValueExpr)) {
        match self {
            Self::Aggregate(_) | Self::BusinessDays => {}
            Self::Metric { value: operand, .. } | Self::Prior { operand, .. } => f(operand),
            Self::Blocks(blocks) => f(&blocks.operand),
            Self::Form(form) => form.each(f),
        }
    }

    fn each_operand_mut(&mut self, f: &mut dyn FnMut(&mut ValueExpr)) {
        match self {
            Self::Aggregate(_) | Self::BusinessDays => {}
            Self::Metric { value: operand, .. } | Self::Prior { operand, .. } => f(operand),
            Self::Blocks(blocks) => f(&mut blocks.operand),
            Self::Form(form) => form.each_mut(f),
        }
    }
}

impl ValueExpr {
    /// The metric that all of it is made of, if there is one: whatever is counted is counted by that metric.
    #[must_use]
    pub fn only_metric(&self) -> Option<MetricId> {
        let mut found = BTreeSet::new();
        self.find_metrics(&mut found);
        let only = found.pop_first().flatten();
        only.filter(|_| found.is_empty())
    }

    /// What counts in it: metrics, and nothing for what is counted beside them.
    fn find_metrics(&self, found: &mut BTreeSet<Option<MetricId>>) {
        match &self.kind {
            ValueKind::Metric { metric, .. } => {
                found.insert(Some(*metric));
            }
            ValueKind::Aggregate(_) => {
                found.insert(None);
            }
            _ => self.each_child(&mut |child| child.find_metrics(found)),
        }
    }

    /// Calls `f` with the number of every metric that is written out in it, to change it.
    pub fn each_metric_mut(&mut self, f: &mut dyn FnMut(&mut MetricId)) {
        if let ValueKind::Metric { metric, .. } = &mut self.kind {
            f(metric);
        }
        self.each_child_mut(&mut |child| child.each_metric_mut(f));
    }

    /// Calls `f` for every aggregate, from left to right, to change it.
    pub fn each_aggregate_mut(&mut self, f: &mut dyn FnMut(&mut Aggregate)) {
        if let ValueKind::Aggregate(aggregate) = &mut self.kind {
            f(aggregate);
        }
        self.each_child_mut(&mut |child| child.each_aggregate_mut(f));
    }

    /// Calls `f` for every aggregate, from left to right.
    pub fn each_aggregate<'a>(&'a self, f: &mut dyn FnMut(&'a Aggregate)) {
        if let ValueKind::Aggregate(aggregate) = &self.kind {
            f(aggregate);
        }
        self.each_child(&mut |child| child.each_aggregate(f));
    }
}
