//! What a funnel means: its parts, written as text with names for the times of an attempt, which are put in afterwards.

use milepost::syntax::ast::{
    BestRow, Duration, Expr, ExprKind, FunnelSpec, Linked, PlacedRowsSpec, Since, TimeUnit,
};
use milepost::syntax::span::Spanned;
use milepost::syntax::{print_duration, print_expr};

use super::Binder;
use super::survey::{condition_of, parse};
use crate::tree::Type;

/// A part: its name, and its expression.
pub(super) type FunnelPart = (String, Expr);

/// The steps of a funnel with what the project says of their rows.
struct Funnel<'f> {
    form: &'f FunnelSpec,
    steps: Vec<Rows<'f>>,
    /// The rows that end an attempt.
    outside: Option<Rows<'f>>,
}

struct Rows<'f> {
    spec: &'f PlacedRowsSpec,
    /// `events`, where the author may have named a behavior.
    dataset: String,
    /// The column of the time.
    time: String,
    is_day: bool,
    /// All conditions, those of behaviors too, without the dataset before their columns.
    conditions: Vec<String>,
}

impl Binder<'_> {
    /// The parts, the share of the last step first, and what all but the last part wait for.
    pub(super) fn funnel(&self, form: &FunnelSpec) -> (Vec<FunnelPart>, Expr) {
        let steps = form.steps.iter().map(|step| self.step_rows(&step.rows)).collect();
        let outside = form.without.as_ref().map(|rows| self.step_rows(rows));
        let funnel = Funnel { form, steps, outside };
        let ends = funnel.outside.as_ref().map(|rows| funnel.ends(rows));
        let mut put: Vec<(String, Expr)> = Vec::new();
        for at in 0..form.steps.len() {
            let before = put.last().map(|(_, time)| time.clone());
            put.push((format!("t{at}"), funnel.time(at, before)));
        }
        put.extend(ends.map(|ends| ("ends".to_owned(), ends)));
        let read = |text: String| {
            let mut expr = parse(&text);
            replace(&mut expr, &put);
            expr
        };
        let last = form.steps.len() - 1;
        let count = |at: usize| funnel.counted(Some(at));
        let share = |of: usize, from: usize| read(format!("{} / {}", count(of), count(from)));
        let mut parts = vec![("share".to_owned(), share(last, 0))];
        for (at, step) in form.steps.iter().enumerate() {
            let name = &step.name.node;
            parts.push((name.clone(), read(count(at))));
            if at > 0 {
                parts.push((format!("{name}_share"), share(at, 0)));
                parts.push((format!("{name}_of_previous"), share(at, at - 1)));
                let days = funnel.days(&read, at - 1, at, at);
                parts.push((format!("{name}_days"), days));
            }
        }
        parts.push(("days".to_owned(), funnel.days(&read, 0, last, last)));
        parts.push(("started".to_owned(), read(funnel.counted(None))));
        (parts, read(count(last)))
    }

    fn step_rows<'f>(&self, spec: &'f PlacedRowsSpec) -> Rows<'f> {
        let mut conditions: Vec<String> = spec.filter.iter().map(condition_of).collect();
        let mut of = spec.name.node.clone();
        while let Some(behavior) = self.behavior(&of) {
            conditions.extend(behavior.filter.iter().map(condition_of));
            of = behavior.rows.as_ref().unwrap().node.clone();
        }
        let dataset = &self.model[self.dataset(&of).unwrap()];
        let time = match &spec.on {
            Some(on) => print_expr(on),
            None => dataset[dataset.time().unwrap()].name.clone(),
        };
        let column = dataset.columns.iter().find(|column| column.name == time).unwrap();
        let is_day = column.ty == Type::Date;
        Rows { spec, dataset: of, time, is_day, conditions }
    }
}

impl Rows<'_> {
    /// `login on ts`, as far as a time is named.
    fn on(&self) -> String {
        self.spec.on.as_ref().map_or_else(String::new, |on| format!(" on {}", print_expr(on)))
    }

    fn is_at_the_time_of(&self, other: &Self) -> bool {
        self.dataset == other.dataset && self.time == other.time
    }

    /// `name = 'a'` beside `name = 'b'`.
    fn excludes(&self, other: &Self) -> bool {
        let named = |rows: &Self| {
            rows.conditions.iter().find(|text| text.starts_with("(name = '")).cloned()
        };
        matches!((named(self), named(other)), (Some(a), Some(b)) if a != b)
    }
}

impl Funnel<'_> {
    fn first(&self) -> &Rows<'_> {
        &self.steps[0]
    }

    fn is(&self, field: &Option<Spanned<String>>, word: &str) -> bool {
        field.as_ref().is_some_and(|written| written.node == word)
    }

    fn apart(&self) -> bool {
        self.is(&self.form.ties, "apart")
    }

    /// ` where A and B`, or nothing.
    fn filter(&self, more: Option<String>) -> String {
        let own = self.first().spec.filter.iter().map(condition_of);
        let all: Vec<String> = own.chain(more).collect();
        if all.is_empty() { String::new() } else { format!(" where {}", all.join(" and ")) }
    }

    /// The attempts, or the members who make them, that reach a step; all that begin, if none is named.
    fn counted(&self, reached: Option<usize>) -> String {
        let (first, of) = (self.first(), &self.form.of.as_ref().unwrap().node);
        let name = &first.spec.name.node;
        let what = match self.is(&self.form.count, "attempts") {
            true => name.clone(),
            false => format!("distinct {name}.{of}"),
        };
        let filter = self.filter(reached.and_then(|at| self.reaches(at)));
        format!("count({what}{}{filter})", first.on())
    }

    /// Whether an attempt is at all steps up to one, before something ends it.
    fn reaches(&self, at: usize) -> Option<String> {
        let late = if self.apart() { ">=" } else { ">" };
        let one = |at: usize| match self.form.without {
            Some(_) => format!("t{at} is not null and not coalesce(t{at} {late} ends, false)"),
            None => format!("t{at} is not null"),
        };
        let all: Vec<String> = (1..=at).map(one).collect();
        (!all.is_empty()).then(|| all.join(" and "))
    }

    fn days(&self, read: &dyn Fn(String) -> Expr, from: usize, to: usize, at: usize) -> Expr {
        let first = self.first();
        let filter = self.filter(self.reaches(at));
        let (name, on) = (&first.spec.name.node, first.on());
        let mut between = format!("days_between(t{from}, t{to})");
        let outside = self.outside.iter();
        if self.steps.iter().chain(outside).any(|rows| rows.is_day != first.is_day) {
            between = format!("greatest({between}, 0)");
        }
        let mut days = read(format!("median({between} per {name}{on}{filter})"));
        if self.is(&self.form.count, "attempts") {
            return days;
        }
        let further = (at + 1..self.steps.len()).filter_map(|step| self.reaches(step));
        let further = further.map(|reached| format!("if({reached}, 1, 0)"));
        let rank = std::iter::once("0".to_owned()).chain(further).collect::<Vec<_>>().join(" + ");
        let ExprKind::Aggregate(aggregate) = &mut days.kind else { panic!("{days:?}") };
        let of = self.form.of.clone().unwrap();
        aggregate.best = Some(Box::new(BestRow { of, rank: read(rank) }));
        days
    }

    /// When an attempt is at a step, if the one before is reached at `before`.
    fn time(&self, at: usize, before: Option<Expr>) -> Expr {
        let (rows, first) = (&self.steps[at], self.first());
        let Some(before) = before else {
            return parse(&format!("{}.{}", first.spec.name.node, first.time));
        };
        let of = self.form.steps[at].of.as_ref().or(self.form.of.as_ref()).unwrap();
        if rows.dataset == first.dataset && !rows.is_at_the_time_of(first) {
            return self.later_of_the_same_row(rows, before);
        }
        let taken = self.steps[1..at].iter();
        let may_be_one = |other: &Rows<'_>| rows.is_at_the_time_of(other) && !rows.excludes(other);
        let apart = self.apart() || taken.into_iter().any(may_be_one);
        self.earliest(rows, &of.node, Since { time: Box::new(before), apart })
    }

    fn ends(&self, rows: &Rows<'_>) -> Expr {
        let (of, time) = (&self.form.of.as_ref().unwrap().node, self.time(0, None));
        self.earliest(rows, of, Since { time: Box::new(time), apart: true })
    }

    fn earliest(&self, rows: &Rows<'_>, of: &str, since: Since) -> Expr {
        let same = self.form.same.iter().map(|name| format!(", {}", name.node));
        let filter = rows.spec.filter.as_ref().map(|f| format!(" where {}", condition_of(f)));
        let text = format!(
            "min({}.{}{} with same {of}{} within {}{})",
            rows.spec.name.node,
            rows.time,
            rows.on(),
            same.collect::<String>(),
            print_duration(&self.form.within.as_ref().unwrap().node),
            filter.unwrap_or_default()
        );
        let mut expr = parse(&text);
        let ExprKind::Aggregate(aggregate) = &mut expr.kind else { panic!("{text}") };
        let linked: &mut Linked = &mut aggregate.linked.as_mut().unwrap().node;
        linked.since = Some(since);
        expr
    }

    fn later_of_the_same_row(&self, rows: &Rows<'_>, before: Expr) -> Expr {
        let (first, within) = (self.first(), self.form.within.as_ref().unwrap().node);
        let (name, time) = (&first.spec.name.node, &rows.time);
        let op = if self.apart() { ">" } else { ">=" };
        let mut all: Vec<String> = rows.spec.filter.iter().map(condition_of).collect();
        all.push(format!("{name}.{time} {op} before"));
        let within = print_duration(&elapsed(within, first.is_day));
        all.push(format!("{name}.{time} <= {name}.{} + {within}", first.time));
        let mut expr = parse(&format!("if({}, {name}.{time}, null)", all.join(" and ")));
        replace(&mut expr, &[("before".to_owned(), before)]);
        expr
    }
}

/// Days that are counted from an instant are of 24 hours each.
fn elapsed(length: Duration, from_a_day: bool) -> Duration {
    let hours = match length.unit {
        TimeUnit::Day => 24,
        TimeUnit::Week => 168,
        _ => return length,
    };
    if from_a_day || !length.is_elapsed() {
        return length;
    }
    Duration { count: length.count * hours, unit: TimeUnit::Hour, ..length }
}

/// Puts expressions in place of names.
fn replace(expr: &mut Expr, put: &[(String, Expr)]) {
    if let ExprKind::Path(path) = &expr.kind
        && let [name] = path.as_slice()
        && let Some((_, other)) = put.iter().find(|(of, _)| *of == name.node)
    {
        *expr = other.clone();
        return;
    }
    let inside = |expr: &mut Expr| replace(expr, put);
    match &mut expr.kind {
        ExprKind::Unary { operand, .. } | ExprKind::IsNull { operand, .. } => inside(operand),
        ExprKind::Binary { left, right, .. } => [left, right].into_iter().for_each(|e| inside(e)),
        ExprKind::Call { args, .. } => args.iter_mut().for_each(inside),
        ExprKind::Aggregate(aggregate) => {
            inside(&mut aggregate.subject);
            aggregate.filter.iter_mut().for_each(inside);
        }
        _ => {}
    }
}
