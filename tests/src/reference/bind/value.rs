//! Values of metrics: what is named is written out, with its `where` and the window that it is given. And segments.

use std::rc::Rc;

use milepost::syntax::ast::{
    Aggregate, AggregateFunction, Decimal, Duration, Expr, ExprKind, FormSpec, MetricSpec, Package,
    QuartilesSpec,
};
use milepost::syntax::span::Spanned;

use super::Binder;
use super::forms::{block, form, percentile, window};
use super::names::words;
use super::project::grain;
use super::row::Scope;
use crate::tree::{
    Band, Blocks, DatasetId, Metric, Node, Part, RowExpr, Segment, SegmentRule, ValueExpr,
    ValueKind, Window, Within,
};

/// What enters every aggregate of a value.
#[derive(Clone, Default)]
pub(super) struct Env<'e> {
    /// The `where` of the metric, and of those that named it.
    pub(super) filters: Vec<&'e Expr>,
    /// `over`: for aggregates without a window of their own.
    pub(super) window: Option<Window>,
    /// Whether percentiles of rows are approximate.
    pub(super) approximate: bool,
    /// By what members are sliced, where that is not what they are when the bucket ends.
    pub(super) earlier: Option<Rc<Earlier>>,
}

/// A part of a metric as an expression.
pub(super) struct Written {
    pub(super) name: String,
    pub(super) value: Expr,
    /// The members that a count counts are sliced by what they were that much earlier; a bucket, if nothing is said.
    pub(super) earlier: Option<(Expr, Option<Duration>)>,
}

/// Which members are in the slice of an earlier time.
pub(super) type Earlier = (RowExpr, Option<Duration>);

impl Written {
    fn plain(name: &str, value: Expr) -> Self {
        Self { name: name.to_owned(), value, earlier: None }
    }
}

/// The parts of a metric that are no cohorts, as expressions, the headline first.
fn others(spec: &MetricSpec, package: &Package) -> Vec<Written> {
    match spec.form.as_ref().unwrap() {
        FormSpec::Value(value) => vec![Written::plain("value", value.clone())],
        FormSpec::Quartiles(spec) => {
            let levels = [("median", 50), ("p25", 25), ("p75", 75)];
            let level = |(name, level)| Written::plain(name, quartile(spec, level));
            levels.into_iter().map(level).collect()
        }
        FormSpec::Retention(spec) => super::retention::written_out(spec, package),
        FormSpec::Survey(spec) => {
            let parts = super::survey::written_out(spec).into_iter();
            parts.map(|(name, value)| Written::plain(name, value)).collect()
        }
        // Those of durations are in `shapes/durations.rs`.
        FormSpec::Cohort(_)
        | FormSpec::Funnel(_)
        | FormSpec::Duration(_)
        | FormSpec::List(_)
        | FormSpec::Unusable(_) => {
            panic!("`{}` can't be read", spec.name.node)
        }
    }
}

/// The value below which so many percent of the members lie.
fn quartile(spec: &QuartilesSpec, level: i128) -> Expr {
    let span = spec.span;
    let level = ExprKind::Number(Decimal { mantissa: level, scale: 0 });
    let aggregate = Aggregate {
        function: Spanned::new(AggregateFunction::Percentile, span),
        distinct: None,
        subject: spec.value.clone().unwrap(),
        arguments: vec![Expr { kind: level, span }],
        per: spec.of.clone(),
        best: None,
        listed: Vec::new(),
        on: None,
        window: None,
        linked: None,
        filter: spec.filter.clone(),
    };
    Expr { kind: ExprKind::Aggregate(Box::new(aggregate)), span }
}

impl<'e> Env<'e> {
    /// That of a metric that is named here: it brings its `where`, and is as approximate as it says itself.
    pub(super) fn naming(&self, spec: &'e MetricSpec) -> Self {
        let filters = self.filters.iter().copied().chain(&spec.filter).collect();
        let approximate = spec.approximate.as_ref().is_some_and(|flag| flag.node);
        Self { filters, window: self.window, approximate, earlier: None }
    }

    /// That of what is judged inside an aggregate: nothing enters it but how exact it is.
    pub(super) fn inside(&self) -> Self {
        Self { approximate: self.approximate, ..Self::default() }
    }
}

impl Binder<'_> {
    /// The parts of a metric as expressions, the headline first.
    pub(super) fn written_out(&self, spec: &MetricSpec) -> Vec<Written> {
        let mut parts = match &spec.form {
            Some(FormSpec::Funnel(form)) => {
                let (parts, _) = self.funnel(form);
                parts.into_iter().map(|(name, value)| Written::plain(&name, value)).collect()
            }
            Some(FormSpec::Cohort(form)) => {
                let parts = self.cohort(spec, form).into_iter();
                parts.map(|(name, value)| Written::plain(&name, value)).collect()
            }
            _ => others(spec, self.package),
        };
        if let Some(show) = &spec.show {
            let at = parts.iter().position(|part| part.name == show.node).unwrap();
            parts.swap(0, at);
        }
        parts
    }

    /// What the rows of all parts of a funnel wait for: as those that reach the last step, and at least its window.
    fn waits_of(&self, spec: &MetricSpec, env: &Env<'_>) -> Option<(ValueExpr, Within)> {
        let Some(FormSpec::Funnel(form)) = &spec.form else { return None };
        let last = self.value(&self.funnel(form).1, env);
        let length = form.within.as_ref().unwrap().node;
        let within = Within { length, before: false, anchor: None, step: None, since: None };
        Some((last, within))
    }

    pub(super) fn metrics(&mut self) {
        for spec in &self.package.metrics {
            let env = Env::default().naming(spec);
            let mut parts = self.parts(spec, &env);
            let like = self.waits_of(spec, &env);
            for part in &mut parts {
                let like = like.as_ref().filter(|_| part.name != "started");
                let like = like.map(|(value, within)| (value, within));
                super::matures::mature(&mut part.value, like);
            }
            let least = spec.min_sample.as_ref().map(|n| u64::try_from(n.node).unwrap());
            let own = spec.grain.as_ref().map(|name| grain(&name.node));
            self.model.metrics.push(Metric {
                name: spec.name.node.clone(),
                grain: own.unwrap_or(self.model.project.grain),
                min_sample: least,
                parts,
            });
        }
    }

    /// What a metric yields, the headline first.
    fn parts(&self, spec: &MetricSpec, env: &Env<'_>) -> Vec<Part> {
        let part = |part: Written| {
            let env = Env { earlier: self.earlier(part.earlier.as_ref()), ..env.clone() };
            Part { name: part.name, value: self.value(&part.value, &env) }
        };
        self.written_out(spec).into_iter().map(part).collect()
    }

    /// The condition of the members that are counted.
    pub(super) fn earlier(&self, of: Option<&(Expr, Option<Duration>)>) -> Option<Rc<Earlier>> {
        let (Expr { kind: ExprKind::Aggregate(counted), .. }, by) = of? else { return None };
        let counted = self.outermost(counted, &Env::default());
        Some(Rc::new((counted.filter.unwrap(), *by)))
    }

    /// The part of a metric that is named; the headline, where none is.
    fn part(&self, name: &str, part: Option<&str>, env: &Env<'_>) -> ValueExpr {
        let spec = self.metric(name).unwrap_or_else(|| panic!("no metric `{name}`"));
        let mut parts = self.parts(spec, &env.naming(spec));
        let at = part.map_or(Some(0), |part| parts.iter().position(|known| known.name == part));
        let at = at.unwrap_or_else(|| panic!("`{name}` has no {part:?}"));
        ValueExpr { kind: ValueKind::Metric { value: Box::new(parts.swap_remove(at).value) } }
    }

    fn value(&self, expr: &Expr, env: &Env<'_>) -> ValueExpr {
        form(expr, &mut |part| self.value(part, env)).unwrap_or_else(|| match &expr.kind {
            ExprKind::Path(path) => match words(path)[..] {
                ["business_days"] => ValueExpr::business_days(),
                [name] => self.part(name, None, env),
                [name, part] => self.part(name, Some(part), env),
                ref names => panic!("{names:?} is no value of a metric"),
            },
            ExprKind::Over { operand, window: over } => {
                let window = Some(window(&over.node));
                self.value(operand, &Env { window, ..env.clone() })
            }
            ExprKind::Aggregate(spec) if block(spec).is_some() => self.value_blocks(spec, env),
            ExprKind::Aggregate(spec) => {
                let aggregate = Box::new(self.outermost(spec, env));
                ValueExpr { kind: ValueKind::Aggregate(aggregate) }
            }
            other => panic!("{other:?} can't be bound"),
        })
    }

    fn value_blocks(&self, spec: &Aggregate, env: &Env<'_>) -> ValueExpr {
        assert!(spec.filter.is_none() && spec.on.is_none() && spec.linked.is_none());
        let own = spec.window.as_ref().map(|own| window(&own.node));
        ValueExpr::blocks(Blocks {
            function: spec.function.node,
            percentile: percentile(spec),
            // In a block, a bucket is the block: a window that is given is that of all blocks together.
            operand: self.value(&spec.subject, &Env { window: None, ..env.clone() }),
            unit: block(spec).unwrap(),
            window: own.or(env.window).unwrap_or(Window::Bucket),
        })
    }

    /// The `where` of a metric over the rows of a dataset: its names are dimensions.
    pub(super) fn of_dimensions(
        &self,
        filter: &Expr,
        dataset: DatasetId,
        earlier: Option<&Earlier>,
    ) -> RowExpr {
        form(filter, &mut |part| self.of_dimensions(part, dataset, earlier)).unwrap_or_else(|| {
            let ExprKind::Path(path) = &filter.kind else { panic!("{filter:?} is no dimension") };
            let [name] = words(path)[..] else { panic!("{path:?} is no dimension") };
            let found = self.dimension(name).and_then(|id| self.model[dataset].reach.get(&id));
            let found = found.cloned();
            let found =
                found.unwrap_or_else(|| panic!("`{}` has no `{name}`", self.model[dataset].name));
            earlier.map_or(found.clone(), |earlier| found.or_as_it_was(earlier))
        })
    }

    pub(super) fn judged(&self, condition: &Expr, scope: &Scope<'_>) -> RowExpr {
        let mut condition = self.row(condition, scope);
        super::matures::mature_condition(&mut condition);
        condition
    }

    pub(super) fn segments(&mut self) {
        for spec in &self.package.segments {
            let entity = self.entity(&spec.of.as_ref().unwrap().node).unwrap();
            let members = self.model[entity].members.unwrap();
            let scope = Scope { daily: true, ..Scope::member(members, entity) };
            let rule = match (&spec.filter, &spec.bands) {
                (Some(condition), None) => SegmentRule::Where(self.judged(condition, &scope)),
                (None, Some(bands)) => SegmentRule::Bands(
                    bands
                        .node
                        .iter()
                        .map(|band| Band {
                            name: band.name.node.clone(),
                            condition: band.condition.as_ref().map(|c| self.judged(c, &scope)),
                        })
                        .collect(),
                ),
                _ => panic!("`{}` has neither `where` nor `bands`", spec.name.node),
            };
            self.model.segments.push(Segment { members, rule });
        }
    }
}
