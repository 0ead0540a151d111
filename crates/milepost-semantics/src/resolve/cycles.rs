//! The order in which definitions can be checked: each after those that it names.

use std::collections::BTreeSet;

use super::names::{Definition, Names};
use crate::forms;
use crate::model::{BehaviorId, MetricId, SegmentId};
use milepost_syntax::ast::{Aggregate, Expr, ExprKind, FormSpec, Package};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::limits::LAYERS;
use milepost_syntax::span::{Span, Spanned};

/// A behavior, a segment or a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unit {
    Behavior(BehaviorId),
    Segment(SegmentId),
    Metric(MetricId),
}

/// A definition that another names, by position in the list of all, and where.
type Reference = (usize, Span);

/// The order in which definitions can be checked.
pub(crate) struct Order {
    /// Behaviors, segments and metrics, each after those that it names.
    pub(crate) units: Vec<Unit>,
    /// Those that name themselves, directly or through others, and those that stand on too many others; told already.
    pub(crate) unusable: BTreeSet<Unit>,
    all: Units,
    references: Vec<Vec<Reference>>,
}

impl Order {
    /// The behaviors, segments and metrics that a definition names.
    pub(crate) fn named_by(&self, unit: Unit) -> impl Iterator<Item = Unit> {
        self.references[self.all.position(unit)].iter().map(|(i, _)| self.all.unit(*i))
    }
}

/// So many links of a circle are shown: nobody reads more.
const MOST_SHOWN: usize = 12;

/// Brings definitions into order.
pub(crate) fn order(package: &Package, names: &Names, diagnostics: &mut Diagnostics) -> Order {
    let all = Units {
        behaviors: package.behaviors.len(),
        segments: package.segments.len(),
        metrics: package.metrics.len(),
    };
    let finder = Finder { package, names, all };
    let references: Vec<Vec<Reference>> =
        (0..all.len()).map(|i| finder.references(all.unit(i))).collect();
    let mut walk = Walk {
        references: &references,
        state: vec![State::New; references.len()],
        stack: Vec::new(),
        order: Vec::new(),
        cycles: Vec::new(),
    };
    for i in 0..references.len() {
        walk.visit(i);
    }
    let mut unusable = BTreeSet::new();
    for cycle in &walk.cycles {
        if cycle.iter().all(|i| unusable.contains(&all.unit(*i))) {
            continue;
        }
        unusable.extend(cycle.iter().map(|i| all.unit(*i)));
        diagnostics.push(finder.tell(cycle, &references));
    }
    for i in finder.too_deep(&walk.order, &references, diagnostics) {
        unusable.insert(all.unit(i));
    }
    let units = walk.order.into_iter().map(|i| all.unit(i)).collect();
    Order { units, unusable, all, references }
}

/// How many definitions there are that name others: they are numbered in this order.
#[derive(Clone, Copy)]
struct Units {
    behaviors: usize,
    segments: usize,
    metrics: usize,
}

impl Units {
    const fn len(self) -> usize {
        self.behaviors + self.segments + self.metrics
    }

    const fn unit(self, i: usize) -> Unit {
        match i.checked_sub(self.behaviors) {
            None => Unit::Behavior(BehaviorId(i)),
            Some(i) => match i.checked_sub(self.segments) {
                None => Unit::Segment(SegmentId(i)),
                Some(i) => Unit::Metric(MetricId(i)),
            },
        }
    }

    const fn position(self, unit: Unit) -> usize {
        match unit {
            Unit::Behavior(id) => id.0,
            Unit::Segment(id) => self.behaviors + id.0,
            Unit::Metric(id) => self.behaviors + self.segments + id.0,
        }
    }
}

/// Finds what definitions name.
struct Finder<'p> {
    package: &'p Package,
    names: &'p Names,
    all: Units,
}

impl<'p> Finder<'p> {
    fn name(&self, unit: Unit) -> &'p Spanned<String> {
        match unit {
            Unit::Behavior(id) => &self.package.behaviors[id.0].name,
            Unit::Segment(id) => &self.package.segments[id.0].name,
            Unit::Metric(id) => &self.package.metrics[id.0].name,
        }
    }

    /// What a definition names, in its expressions.
    fn references(&self, unit: Unit) -> Vec<Reference> {
        let names = self.names;
        let mut list = Vec::new();
        // A metric stands alone or before one of its parts, a behavior leads a path, a segment ends one; elsewhere the name
        // is a column's.
        let mut add = |mention: &Mention<'_>| {
            let Mention { name, first, last, valued, next, dotted } = *mention;
            let found = dotted.or_else(|| names.get(&name.node));
            let last = last || dotted.is_some();
            let unit = match found {
                Some(Definition::Metric(id))
                    if first && valued && (last || self.has_part(id, next)) =>
                {
                    Unit::Metric(id)
                }
                Some(Definition::Behavior(id)) if first => Unit::Behavior(id),
                Some(Definition::Segment(id)) if last => Unit::Segment(id),
                _ => return,
            };
            list.push((self.all.position(unit), name.span));
        };
        match unit {
            Unit::Behavior(id) => {
                let spec = &self.package.behaviors[id.0];
                spec.rows.iter().for_each(|name| add(&Mention::alone(name)));
                spec.filter.iter().for_each(|expr| each_name(expr, names, false, &mut add));
            }
            Unit::Segment(id) => {
                let spec = &self.package.segments[id.0];
                spec.exprs().for_each(|expr| each_name(expr, names, true, &mut add));
            }
            Unit::Metric(id) => {
                let spec = &self.package.metrics[id.0];
                let exprs = spec.form.iter().flat_map(FormSpec::exprs);
                exprs.for_each(|expr| each_name(expr, names, true, &mut add));
                spec.filter.iter().for_each(|expr| each_name(expr, names, false, &mut add));
            }
        }
        list
    }

    /// Whether the form of a metric has a part of that name.
    fn has_part(&self, id: MetricId, name: Option<&str>) -> bool {
        name.is_some_and(|name| {
            forms::part_names(&self.package.metrics[id.0]).iter().any(|part| part == name)
        })
    }

    /// Definitions with more than [`LAYERS`] others below them, one upon the other; the first of each chain is told. `order`:
    /// each after those that it names.
    fn too_deep(
        &self,
        order: &[usize],
        references: &[Vec<Reference>],
        diagnostics: &mut Diagnostics,
    ) -> Vec<usize> {
        let mut depths = vec![0_usize; references.len()];
        let mut found = Vec::new();
        for i in order {
            let below =
                references[*i].iter().map(|(to, at)| (depths[*to], *at)).max_by_key(|b| b.0);
            let Some((below, at)) = below else { continue };
            depths[*i] = below + 1;
            if below >= LAYERS {
                found.push(*i);
            }
            if below == LAYERS {
                let name = self.name(self.all.unit(*i));
                let message = format!(
                    "`{}` is the last of more than {LAYERS} definitions that build on one another",
                    name.node
                );
                let told = Diagnostic::error(codes::LIMIT_EXCEEDED, name.span, message);
                diagnostics.push(
                    told.also(at, "builds on one that builds on others").help(
                        "build it on datasets directly, or leave out some of those in between",
                    ),
                );
            }
        }
        found
    }

    fn tell(&self, cycle: &[usize], references: &[Vec<Reference>]) -> Diagnostic {
        let name = |i: &usize| self.name(self.all.unit(*i)).node.as_str();
        let first = &cycle[0];
        let links =
            |cycle: &[usize]| cycle.iter().map(|i| format!("`{}` → ", name(i))).collect::<String>();
        let chain = if cycle.len() > MOST_SHOWN {
            let more = format!("{} more → ", cycle.len() - MOST_SHOWN);
            links(&cycle[..MOST_SHOWN]) + &more
        } else {
            links(cycle)
        };
        let chain = format!("{chain}`{}`", name(first));
        let kind = |i: &usize| match self.all.unit(*i) {
            Unit::Behavior(_) => ("the behavior", "these behaviors"),
            Unit::Segment(_) => ("the segment", "these segments"),
            Unit::Metric(_) => ("the metric", "these metrics"),
        };
        let message = if cycle.len() == 1 {
            format!("{} `{}` is defined by itself", kind(first).0, name(first))
        } else if cycle.iter().all(|i| kind(i) == kind(first)) {
            format!("{} are defined by each other: {chain}", kind(first).1)
        } else {
            format!("these definitions are defined by each other: {chain}")
        };
        let mut told =
            Diagnostic::error(codes::CYCLE, self.name(self.all.unit(*first)).span, message);
        for (i, from) in cycle.iter().take(MOST_SHOWN).enumerate() {
            let to = cycle[(i + 1) % cycle.len()];
            if let Some((_, span)) = references[*from].iter().find(|(m, _)| *m == to) {
                told = told.also(*span, format!("`{}` names `{}`", name(from), name(&to)));
            }
        }
        told.help("write one of them out of datasets; for the value of an earlier bucket of another metric, name that metric in `prior(…)`")
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

struct Walk<'r> {
    references: &'r [Vec<Reference>],
    state: Vec<State>,
    stack: Vec<usize>,
    order: Vec<usize>,
    cycles: Vec<Vec<usize>>,
}

impl Walk<'_> {
    /// Depth first with its own stack of (definition, next reference): a chain of ten thousand helpers is no deep call.
    fn visit(&mut self, start: usize) {
        if self.state[start] != State::New {
            return;
        }
        self.state[start] = State::Open;
        self.stack.push(start);
        let mut next = vec![0];
        while let (Some(&unit), Some(position)) = (self.stack.last(), next.last_mut()) {
            let Some((to, _)) = self.references[unit].get(*position).copied() else {
                self.state[unit] = State::Done;
                self.order.push(unit);
                self.stack.pop();
                next.pop();
                continue;
            };
            *position += 1;
            match self.state[to] {
                State::Done => {}
                State::Open => {
                    let from = self.stack.iter().position(|m| *m == to).unwrap_or(0);
                    self.cycles.push(self.stack[from..].to_vec());
                }
                State::New => {
                    self.state[to] = State::Open;
                    self.stack.push(to);
                    next.push(0);
                }
            }
        }
    }
}

/// A name in an expression, and how it stands there.
struct Mention<'e> {
    name: &'e Spanned<String>,
    /// Leads its path.
    first: bool,
    /// Ends its path.
    last: bool,
    /// Stands where metrics have a value: outside aggregates, or where members are judged.
    valued: bool,
    /// The name after it in its path.
    next: Option<&'e str>,
    /// The definition whose name, of several parts, begins here.
    dotted: Option<Definition>,
}

impl<'e> Mention<'e> {
    /// The name of rows.
    const fn alone(name: &'e Spanned<String>) -> Self {
        Self { name, first: true, last: true, valued: false, next: None, dotted: None }
    }
}

/// Calls `f` for every name in a path, also inside aggregates.
fn each_name<'e>(expr: &'e Expr, names: &Names, valued: bool, f: &mut dyn FnMut(&Mention<'e>)) {
    match &expr.kind {
        ExprKind::Path(path) => {
            let segment = names.segment_of(path).filter(|(_, links)| links.len() + 1 < path.len());
            let segment = segment.map(|(id, links)| (Definition::Segment(id), links.len()));
            let metric = names.metric_of(path).filter(|_| path.len() > 2);
            let dotted = segment.or_else(|| Some((Definition::Metric(metric?.0), 0)));
            // What follows in a name of several parts is no name of its own.
            let end = dotted.map_or(path.len(), |(_, start)| start + 1);
            for (i, name) in path.iter().enumerate().take(end) {
                let next = path.get(i + 1).map(|next| next.node.as_str());
                let dotted = dotted.filter(|(_, start)| *start == i).map(|(found, _)| found);
                f(&Mention { name, first: i == 0, last: next.is_none(), valued, next, dotted });
            }
        }
        ExprKind::Aggregate(aggregate) => names_inside(aggregate, names, valued, f),
        _ => expr.each_child(&mut |child| each_name(child, names, valued, f)),
    }
}

fn names_inside<'e>(
    aggregate: &'e Aggregate,
    names: &Names,
    valued: bool,
    f: &mut dyn FnMut(&Mention<'e>),
) {
    let per = aggregate.per.as_ref();
    let rows = match (per, &aggregate.subject.kind) {
        (Some(per), _) => Some(per),
        (None, ExprKind::Path(path)) => path.first(),
        (None, _) => None,
    };
    let definition = rows.and_then(|name| names.get(&name.node));
    let judged = matches!(definition, Some(Definition::Entity(_)));
    // What is taken of each block of time is a value like any other.
    let blocks = per.is_some() && definition.is_none();
    each_name(&aggregate.subject, names, judged || (blocks && valued), f);
    per.iter().for_each(|name| f(&Mention::alone(name)));
    let times = aggregate.linked.iter().flat_map(|linked| linked.node.times());
    let rank = aggregate.best.iter().map(|best| &best.rank);
    let parts = aggregate.on.iter().chain(&aggregate.filter).chain(times).chain(rank);
    let parts = parts.chain(&aggregate.listed);
    parts.for_each(|part| each_name(part, names, judged, f));
}
