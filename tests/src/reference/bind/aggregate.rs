//! Aggregates: over which rows, of what, in which window, under which conditions.

use milepost::syntax::ast::{
    self, AggregateFunction, BehaviorSpec, Expr, ExprKind, Step, StepClock,
};

use super::Binder;
use super::forms::{percentile, window};
use super::names::words;
use super::path::End;
use super::row::Scope;
use super::value::Env;
use crate::tree::{
    Aggregate, DatasetId, DatasetKind, EntityId, Inner, Link, RowExpr, RowKind, ValidAt, Window,
    Within,
};

/// The rows that an aggregate runs over.
struct Rows<'p> {
    dataset: DatasetId,
    name: &'p str,
    member: Option<EntityId>,
    /// The conditions of the behaviors that name them.
    behaviors: Vec<&'p Expr>,
}

impl Binder<'_> {
    /// An aggregate where the value of a metric is.
    pub(super) fn outermost(&self, spec: &ast::Aggregate, env: &Env<'_>) -> Aggregate {
        assert!(spec.linked.is_none(), "there is no row outside");
        let rows = self.rows(spec);
        let own = self.window(spec, &rows, env, false);
        let scope = Self::scope(&rows, own, env);
        let filter = spec.filter.as_ref().map(|filter| self.row(filter, &scope));
        self.aggregate(spec, &rows, own, &scope, (filter, env))
    }

    /// An aggregate that a row or a member consults.
    pub(super) fn inner(&self, spec: &ast::Aggregate, asks: &Scope<'_>) -> RowExpr {
        let rows = self.rows(spec);
        let own = self.window(spec, &rows, &asks.env, asks.daily);
        let scope = Self::scope(&rows, own, &asks.env);
        // Rows that are sought around a row's own time may lie after the bucket, and say what they say.
        let around = spec.linked.as_ref().is_some_and(|linked| linked.node.within.is_some());
        let step = spec.window.as_ref().and_then(|own| step_of(&own.node));
        let around = around || step.is_some();
        let judged = scope.judged || (asks.judged && !around);
        let scope = Scope { daily: asks.daily, judged, ..scope };
        let (links, filter, within) = match (&spec.linked, asks.member) {
            (Some(linked), _) => self.linked(&linked.node, spec.filter.as_ref(), asks, &scope),
            (None, Some(entity)) => {
                // The rows of the member are those that hold its key, or lead to it. A member of the entity itself is
                // reached by its own key: it is itself.
                let own = self.way(asks.dataset, entity).into_iter().map(RowExpr::column);
                let there = self.way(rows.dataset, entity).into_iter().map(RowExpr::column);
                let links = own.zip(there).map(|(outer, inner)| Link { outer, inner }).collect();
                let filter = spec.filter.as_ref().map(|filter| self.row(filter, &scope));
                let within = step.and_then(|(step, clock)| match clock {
                    StepClock::Elapsed(length) => {
                        let (before, anchor) = (false, None);
                        Some(Within { length, before, anchor, step: Some(step), since: None })
                    }
                    StepClock::Calendar => None,
                });
                (links, filter, within)
            }
            (None, None) => panic!("rows of {} are tied to a row by nothing", rows.name),
        };
        let aggregate = self.aggregate(spec, &rows, own, &scope, (filter, &asks.env));
        let others_only = spec.linked.is_some();
        let inner = Inner { aggregate, links, others_only, within };
        RowExpr { kind: RowKind::Inner(Box::new(inner)) }
    }

    fn aggregate(
        &self,
        spec: &ast::Aggregate,
        rows: &Rows<'_>,
        own: Window,
        scope: &Scope<'_>,
        (filter, env): (Option<RowExpr>, &Env<'_>),
    ) -> Aggregate {
        let behaviors = rows.behaviors.iter().map(|condition| self.row(condition, scope));
        let earlier = env.earlier.as_deref().filter(|_| rows.member.is_some());
        let entering = env.filters.iter().map(|f| self.of_dimensions(f, rows.dataset, earlier));
        let all = behaviors.chain(filter).chain(entering);
        let function = spec.function.node;
        let is_percentile =
            matches!(function, AggregateFunction::Median | AggregateFunction::Percentile);
        Aggregate {
            function,
            distinct: spec.distinct.is_some(),
            one_each: spec.best.is_some(),
            dataset: rows.dataset,
            members: rows.member,
            args: self.arguments(spec, scope),
            percentile: percentile(spec),
            // Numbers that are taken one by one are few: their percentiles stay exact.
            approximate: env.approximate && is_percentile && spec.per.is_none(),
            on: spec.on.as_ref().map(|on| self.placing(on, scope)),
            window: own,
            filter: all.reduce(RowExpr::and),
            looks: Vec::new(),
            earlier: earlier.cloned(),
        }
    }

    /// The rows: those after `per`, else those of the first name in what is aggregated.
    fn rows<'s>(&'s self, spec: &'s ast::Aggregate) -> Rows<'s> {
        let name = match &spec.per {
            Some(per) => per.node.as_str(),
            None => first_name(&spec.subject).unwrap_or_else(|| panic!("{:?}", spec.subject)),
        };
        if let Some(entity) = self.entity(name) {
            let dataset = self.model[entity].members.unwrap();
            return Rows { dataset, name, member: Some(entity), behaviors: Vec::new() };
        }
        let (mut behaviors, mut of) = (Vec::new(), name);
        while let Some(BehaviorSpec { rows, filter, .. }) = self.behavior(of) {
            behaviors.extend(filter);
            of = &rows.as_ref().unwrap().node;
        }
        let dataset = self.dataset(of).unwrap_or_else(|| panic!("`{of}` names no rows"));
        Rows { dataset, name, member: None, behaviors }
    }

    fn scope<'s>(rows: &Rows<'s>, own: Window, env: &Env<'s>) -> Scope<'s> {
        let row = match rows.member {
            Some(entity) => Scope::member(rows.dataset, entity),
            None => Scope::row(rows.dataset),
        };
        // What is true at an instant is read as of that instant; what happened, as of its own time.
        let at = if own.is_state() { ValidAt::End } else { row.at };
        Scope { name: rows.name, at, env: env.inside(), ..row }
    }

    /// Its own window, else the one that its metric is given, else what stands for none.
    fn window(&self, spec: &ast::Aggregate, rows: &Rows<'_>, env: &Env<'_>, daily: bool) -> Window {
        if let Some(own) = &spec.window {
            return window(&own.node);
        }
        let placed = spec.on.is_some();
        let dataset = &self.model[rows.dataset];
        if daily && !placed && rows.member.is_none() && dataset.is_state() {
            return Window::AtEnd;
        }
        if rows.member.is_some() && !placed {
            // Those that live at the end of the bucket, whatever window a metric is given.
            return Window::Bucket;
        }
        if spec.linked.as_ref().is_some_and(|linked| linked.node.within.is_some()) {
            return Window::Bucket;
        }
        let timeless =
            matches!(dataset.kind, DatasetKind::Attributes | DatasetKind::History { .. });
        assert!(placed || !timeless, "the rows of {} have no time of their own", rows.name);
        env.window.unwrap_or(Window::Bucket)
    }

    /// What places rows in time; of a member, over all its history.
    fn placing(&self, on: &Expr, scope: &Scope<'_>) -> RowExpr {
        let mut on = self.row(on, scope);
        on.each_inner_mut(&mut |inner| {
            if inner.aggregate.window.is_bare() && inner.within.is_none() {
                inner.aggregate.window = Window::Ever { before: false };
            }
        });
        on
    }

    fn arguments(&self, spec: &ast::Aggregate, scope: &Scope<'_>) -> Vec<RowExpr> {
        if spec.per.is_some() {
            let mut args = vec![self.row(&spec.subject, scope)];
            if let Some(best) = &spec.best {
                args.push(self.row(&best.rank, scope));
                let key = self.way(scope.dataset, self.entity(&best.of.node).unwrap());
                args.extend(key.into_iter().map(RowExpr::column));
            }
            return args;
        }
        let ExprKind::Path(path) = &spec.subject.kind else {
            return vec![self.row(&spec.subject, scope)];
        };
        let names = self.without_head(path, scope);
        if words(path) == [scope.name] && spec.distinct.is_none() {
            let counts = [AggregateFunction::Count, AggregateFunction::Any];
            assert!(counts.contains(&spec.function.node), "{:?} of rows", spec.function.node);
            return Vec::new();
        }
        match self.follow(scope.dataset, &names, scope.at) {
            End::Columns(paths) => paths.into_iter().map(|path| self.known(path, scope)).collect(),
            End::Segment(_) => vec![self.row(&spec.subject, scope)],
        }
    }
}

/// The step of time that a cohort looks at.
const fn step_of(window: &ast::Window) -> Option<(Step, StepClock)> {
    match window {
        ast::Window::Step { step, clock } => Some((*step, *clock)),
        _ => None,
    }
}

/// The first name of an expression, from left to right.
fn first_name(expr: &Expr) -> Option<&str> {
    if let ExprKind::Path(path) = &expr.kind {
        return Some(&path[0].node);
    }
    let mut found = None;
    expr.each_child(&mut |child| found = found.or_else(|| first_name(child)));
    found
}
