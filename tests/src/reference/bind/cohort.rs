//! Cohorts: who began in a bucket, and who came back in each step of time after that.

use milepost::semantics::time::Grain;
use milepost::syntax::ast::{
    Aggregate, AggregateFunction, BinaryOp, CohortSpec, Decimal, Duration, DurationStyle, Expr,
    ExprKind, MetricSpec, Step, StepClock, TimeUnit, Window,
};
use milepost::syntax::span::Spanned;

use super::Binder;
use super::project::grain;

/// How many steps are followed if nothing says so.
const FOLLOWED: i64 = 12;

impl Binder<'_> {
    /// The parts of cohorts, the share of the first step after the cohort's own at the front.
    pub(super) fn cohort(&self, metric: &MetricSpec, form: &CohortSpec) -> Vec<(String, Expr)> {
        let last = form.offsets.as_ref().map_or(FOLLOWED, |n| n.node);
        let mut parts = vec![("size".to_owned(), self.began(form, None))];
        for k in 0..=u32::try_from(last).unwrap() {
            let came_back = match (k, &form.zero) {
                (0, None) => self.began(form, None),
                (0, Some(zero)) if zero.node == "size" => self.began(form, None),
                _ => self.began(form, Some(self.came_back(metric, form, k))),
            };
            let all = Box::new(self.began(form, None));
            let op_span = form.span;
            let left = Box::new(came_back.clone());
            let share = ExprKind::Binary { op: BinaryOp::Divide, op_span, left, right: all };
            parts.push((format!("at_{k}"), Expr { kind: share, span: form.span }));
            parts.push((format!("count_{k}"), came_back));
            if let Some(amount) = &form.amount {
                let step = self.step(metric, form, k);
                let own = aggregate(form, AggregateFunction::Sum, amount.clone(), Some(step));
                let of_all = Aggregate {
                    per: form.of.clone(),
                    on: Some(self.beginning(form)),
                    ..plain(form, AggregateFunction::Sum, own)
                };
                parts.push((format!("sum_{k}"), whole(form, of_all)));
            }
        }
        let front = parts.iter().position(|(name, _)| name == "at_1").unwrap();
        parts.swap(0, front);
        parts
    }

    /// The number of members who began in the bucket, and for whom something holds.
    fn began(&self, form: &CohortSpec, filter: Option<Expr>) -> Expr {
        let of = form.of.clone().unwrap();
        let members = Expr { span: of.span, kind: ExprKind::Path(vec![of]) };
        let on = Some(self.beginning(form));
        whole(form, Aggregate { on, filter, ..plain(form, AggregateFunction::Count, members) })
    }

    /// The time at which a member begins: of rows, the first of all.
    fn beginning(&self, form: &CohortSpec) -> Expr {
        let starts = form.starts.clone().unwrap();
        let ExprKind::Path(path) = &starts.kind else { return starts };
        let [name] = path.as_slice() else { return starts };
        let mut of = name.node.as_str();
        while let Some(behavior) = self.behavior(of) {
            of = &behavior.rows.as_ref().unwrap().node;
        }
        let Some(dataset) = self.dataset(of) else { return starts };
        let dataset = &self.model[dataset];
        let time = dataset[dataset.begins().unwrap()].name.clone();
        let column = ExprKind::Path(vec![name.clone(), Spanned::new(time, name.span)]);
        let column = Expr { kind: column, span: name.span };
        aggregate(form, AggregateFunction::Min, column, None)
    }

    /// Whether a member has enough returns in a step.
    fn came_back(&self, metric: &MetricSpec, form: &CohortSpec, k: u32) -> Expr {
        let rows = form.returns.clone().unwrap();
        let step = self.step(metric, form, k);
        let count = aggregate(form, AggregateFunction::Count, rows, Some(step));
        let least = form.at_least.as_ref().map_or(1, |n| n.node);
        let least = Decimal { mantissa: least.into(), scale: 0 };
        let right = Box::new(Expr { kind: ExprKind::Number(least), span: form.span });
        let (op, op_span) = (BinaryOp::GreaterOrEqual, form.span);
        let kind = ExprKind::Binary { op, op_span, left: Box::new(count), right };
        Expr { kind, span: form.span }
    }

    fn step(&self, metric: &MetricSpec, form: &CohortSpec, number: u32) -> Window {
        let is = |field: &Option<Spanned<String>>, word| {
            field.as_ref().is_some_and(|written| written.node == word)
        };
        let step = Step { number, onward: is(&form.mode, "on_or_after") };
        if !is(&form.clock, "elapsed") {
            return Window::Step { step, clock: StepClock::Calendar };
        }
        let own = metric.grain.as_ref().map_or(self.model.project.grain, |name| grain(&name.node));
        let (count, unit) = match form.step.as_ref().map_or(own, |name| grain(&name.node)) {
            Grain::Day => (1, TimeUnit::Day),
            Grain::Week => (1, TimeUnit::Week),
            Grain::Month => (1, TimeUnit::Month),
            Grain::Quarter | Grain::FiscalQuarter => (3, TimeUnit::Month),
            Grain::Year | Grain::FiscalYear => (12, TimeUnit::Month),
        };
        let length = Duration { count, unit, style: DurationStyle::Plain };
        Window::Step { step, clock: StepClock::Elapsed(length) }
    }
}

fn plain(form: &CohortSpec, function: AggregateFunction, subject: Expr) -> Aggregate {
    Aggregate::of(Spanned::new(function, form.span), subject)
}

fn aggregate(
    form: &CohortSpec,
    function: AggregateFunction,
    subject: Expr,
    window: Option<Window>,
) -> Expr {
    let window = window.map(|window| Spanned::new(window, form.span));
    whole(form, Aggregate { window, ..plain(form, function, subject) })
}

fn whole(form: &CohortSpec, aggregate: Aggregate) -> Expr {
    Expr { kind: ExprKind::Aggregate(Box::new(aggregate)), span: form.span }
}
