//! The names that a definition mentions, before anybody knows what they stand for.

use std::collections::{BTreeMap, BTreeSet};

use milepost_syntax::ast::{
    Aggregate, BehaviorSpec, Expr, ExprKind, FormSpec, JourneySpec, MetricSpec, Package, ScoreSpec,
    SegmentSpec, Window,
};
use milepost_syntax::span::{Span, Spanned};

/// What a definition mentions.
#[derive(Debug, Default)]
pub(crate) struct Mentions<'a> {
    /// Names that may be those of definitions: bare names, and what paths begin with.
    pub(crate) heads: BTreeSet<&'a str>,
    /// Names that follow a head: links and columns.
    pub(crate) tails: BTreeSet<&'a str>,
    /// Heads whose rows or members are aggregated as they are: `count(account where …)`, `per account`.
    pub(super) members: BTreeSet<&'a str>,
}

/// A definition with a value: what an import may bring, and what may name it.
#[derive(Debug)]
pub(crate) struct Unit<'a> {
    pub(crate) name: &'a Spanned<String>,
    /// The whole definition.
    pub(super) span: Span,
    pub(crate) mentions: Mentions<'a>,
}

/// All definitions of a package that are made of others.
pub(crate) fn units(package: &Package) -> Vec<Unit<'_>> {
    let behaviors = package.behaviors.iter().map(behavior);
    // What a journey or a score says of members stands and falls with it.
    let segments = package.segments.iter().filter(|spec| spec.derived.is_none()).map(segment);
    let journeys = package.journeys.iter().map(journey);
    let scores = package.scores.iter().map(score);
    let metrics = package.metrics.iter().filter(|spec| !spec.is_derived()).map(metric);
    behaviors.chain(segments).chain(journeys).chain(scores).chain(metrics).collect()
}

fn behavior(spec: &BehaviorSpec) -> Unit<'_> {
    let mut mentions = Mentions::default();
    spec.rows.iter().for_each(|rows| mentions.name(rows));
    spec.filter.iter().for_each(|filter| mentions.add(filter));
    Unit { name: &spec.name, span: spec.span, mentions }
}

fn segment(spec: &SegmentSpec) -> Unit<'_> {
    let mut mentions = Mentions::default();
    spec.of.iter().for_each(|of| mentions.name(of));
    spec.exprs().for_each(|part| mentions.add(part));
    Unit { name: &spec.name, span: spec.span, mentions }
}

fn journey(spec: &JourneySpec) -> Unit<'_> {
    let mut mentions = Mentions::default();
    spec.of.iter().for_each(|of| mentions.members_of(of));
    spec.exprs().for_each(|part| mentions.add(part));
    let columns = spec.starts.iter().chain(&spec.ends);
    columns.chain(spec.dimensions()).for_each(|name| mentions.name(name));
    Unit { name: &spec.name, span: spec.span, mentions }
}

fn score(spec: &ScoreSpec) -> Unit<'_> {
    let mut mentions = Mentions::default();
    spec.of.iter().for_each(|of| mentions.members_of(of));
    spec.dimensions().for_each(|name| mentions.dotted(name));
    if let Some(rows) = &spec.overridden {
        rows.rows.iter().for_each(|name| mentions.name(name));
        rows.columns().for_each(|column| mentions.column(column));
    }
    spec.exprs().for_each(|part| mentions.add(part));
    Unit { name: &spec.name, span: spec.span, mentions }
}

fn metric(spec: &MetricSpec) -> Unit<'_> {
    let mut mentions = Mentions::default();
    let form = spec.form.as_ref();
    form.into_iter().flat_map(FormSpec::members).for_each(|of| mentions.members_of(of));
    form.into_iter().flat_map(FormSpec::rows).for_each(|rows| mentions.name(rows));
    let exprs = form.into_iter().flat_map(FormSpec::exprs);
    exprs.chain(&spec.filter).for_each(|part| mentions.add(part));
    Unit { name: &spec.name, span: spec.span, mentions }
}

impl<'a> Mentions<'a> {
    /// Whether the name stands anywhere.
    pub(super) fn has(&self, name: &str) -> bool {
        self.heads.contains(name) || self.tails.contains(name)
    }

    fn name(&mut self, name: &'a Spanned<String>) {
        self.heads.insert(&name.node);
    }

    /// The name of a dimension, which may be that of a part of something: `health.band`.
    fn dotted(&mut self, name: &'a Spanned<String>) {
        let mut parts = name.node.split('.');
        self.heads.extend(parts.next());
        self.tails.extend(parts);
    }

    /// The name of a column of rows that are named beside it.
    fn column(&mut self, name: &'a Spanned<String>) {
        self.tails.insert(&name.node);
    }

    /// A name whose members are aggregated.
    fn members_of(&mut self, name: &'a Spanned<String>) {
        self.name(name);
        self.members.insert(&name.node);
    }

    pub(super) fn add(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Path(path) => {
                self.heads.extend(path.first().map(|name| name.node.as_str()));
                self.tails.extend(path.iter().skip(1).map(|name| name.node.as_str()));
            }
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate),
            ExprKind::In { list, .. } => list.iter().for_each(|item| self.add(item)),
            ExprKind::Over { window, .. } => self.window(&window.node),
            _ => {}
        }
        expr.each_child(&mut |child| self.add(child));
    }

    fn aggregate(&mut self, aggregate: &'a Aggregate) {
        let parts = aggregate.arguments.iter().chain(&aggregate.on).chain(&aggregate.filter);
        std::iter::once(&aggregate.subject).chain(parts).for_each(|part| self.add(part));
        if let ExprKind::Path(path) = &aggregate.subject.kind
            && let [name] = path.as_slice()
        {
            self.members.insert(&name.node);
        }
        if let Some(per) = &aggregate.per {
            self.members_of(per);
        }
        if let Some(best) = &aggregate.best {
            self.members_of(&best.of);
            self.add(&best.rank);
        }
        aggregate.listed.iter().for_each(|listed| self.add(listed));
        if let Some(window) = &aggregate.window {
            self.window(&window.node);
        }
        if let Some(linked) = &aggregate.linked {
            linked.node.same.iter().for_each(|name| self.name(name));
            linked.node.times().for_each(|time| self.add(time));
        }
    }

    fn window(&mut self, window: &'a Window) {
        if let Window::Since(instant) = window {
            self.add(instant);
        }
    }
}

/// The names that each definition of a package mentions, before anybody knows what they stand for.
#[must_use]
pub fn mentions(package: &Package) -> BTreeMap<String, BTreeSet<String>> {
    let all = units(package).into_iter().map(|unit| {
        let names = unit.mentions.heads.iter().chain(&unit.mentions.tails);
        (unit.name.node.clone(), names.map(|name| (*name).to_owned()).collect())
    });
    all.collect()
}
