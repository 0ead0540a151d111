//! Values in words: aggregates with their windows, and what is made of them.

use super::rows;
use super::words::{literal, operands, operator, or_list, ordinal, span_words};
use crate::model::{
    Aggregate, Base, BlockUnit, Blocks, Inner, MetricId, Model, RowExpr, RowKind, ValueExpr,
    ValueKind, Window, plural,
};
use crate::time::show_date;
use milepost_syntax::ast::{AggregateFunction, BinaryOp, Duration, UnaryOp};
use milepost_syntax::span::Span;

/// A value in words; in parentheses when it stands inside another and has several parts.
pub(super) fn value(model: &Model, expr: &ValueExpr, within: bool) -> String {
    inside(model, &Bucket::current(), expr, if within { 4 } else { 0 })
}

/// The bucket that a part of a value is about.
struct Bucket {
    /// `the bucket`, `the previous bucket`.
    name: String,
    /// What follows the name of a metric there: nothing, ` in the previous bucket`, ` 12 months earlier`.
    after_metric: String,
}

impl Bucket {
    fn current() -> Self {
        Self { name: "the bucket".to_owned(), after_metric: String::new() }
    }

    /// The one before it, or that much earlier.
    fn earlier(&self, by: Option<Duration>) -> Self {
        let nested = !self.after_metric.is_empty();
        match by {
            None => {
                let name = if nested {
                    format!("the bucket before {}", self.name)
                } else {
                    "the previous bucket".to_owned()
                };
                Self { after_metric: format!(" in {name}"), name }
            }
            Some(length) => {
                let one = length.count == 1;
                let words =
                    format!("{}{} earlier", if one { "one " } else { "" }, span_words(length));
                Self {
                    name: format!("{} {words}", self.name),
                    after_metric: format!("{} {words}", self.after_metric),
                }
            }
        }
    }
}

/// The name by which a metric is called in words.
pub(super) fn metric_name(model: &Model, id: MetricId) -> String {
    let metric = &model[id];
    match &metric.meta.label {
        Some(label) => format!("“{label}”"),
        None => format!("`{}`", metric.name),
    }
}

/// Whether the metric stands here as it is defined, not over another window.
pub(super) fn as_defined(model: &Model, id: MetricId, value: &ValueExpr) -> bool {
    let windows = |value: &ValueExpr| {
        let mut list = Vec::new();
        value.each_aggregate(&mut |a| list.push(a.window));
        list
    };
    windows(value) == windows(&model[id].value)
}

fn inside(model: &Model, at: &Bucket, expr: &ValueExpr, around: u8) -> String {
    let part = |e: &ValueExpr| inside(model, at, e, 4);
    match &expr.kind {
        ValueKind::Literal(value) => literal(value),
        ValueKind::Aggregate(found) => aggregate(model, at, found),
        ValueKind::Metric { metric, value } if as_defined(model, *metric, value) => {
            format!("{}{}", metric_name(model, *metric), at.after_metric)
        }
        ValueKind::Metric { value, .. } => inside(model, at, value, around),
        ValueKind::Prior { operand, by } => inside(model, &at.earlier(*by), operand, around),
        ValueKind::Blocks(found) => blocks(model, found, &part(&found.operand), &at.name),
        ValueKind::BusinessDays => format!("the business days of {}", at.name),
        ValueKind::Unary { op: UnaryOp::Negate, operand } => format!("minus {}", part(operand)),
        ValueKind::Unary { op: UnaryOp::Not, operand } => {
            format!("not ({})", inside(model, at, operand, 0))
        }
        ValueKind::Binary { op, left, right } => binary(model, at, *op, left, right, around),
        ValueKind::In { operand, list, negated } => {
            let items: Vec<String> = list.iter().map(literal).collect();
            format!(
                "{} is {} {}",
                part(operand),
                if *negated { "not one of" } else { "one of" },
                or_list(&items)
            )
        }
        ValueKind::Between { operand, low, high, negated } => {
            let not = if *negated { "not " } else { "" };
            format!("{} is {not}from {} to {}", part(operand), part(low), part(high))
        }
        ValueKind::IsNull { operand, negated } => {
            format!("{} {}", part(operand), if *negated { "has a value" } else { "has no value" })
        }
        ValueKind::If { condition, then, otherwise } => {
            format!(
                "({} if {}, else {})",
                part(then),
                inside(model, at, condition, 0),
                part(otherwise)
            )
        }
        ValueKind::Call { function, args } => {
            rows::call(*function, &args.iter().map(part).collect::<Vec<_>>())
        }
    }
}

fn binary(
    model: &Model,
    at: &Bucket,
    op: BinaryOp,
    left: &ValueExpr,
    right: &ValueExpr,
    around: u8,
) -> String {
    let own = op.strength();
    let sum = matches!(left.kind, ValueKind::Binary { op: BinaryOp::Add | BinaryOp::Subtract, .. });
    let (at_left, at_right) = operands(op, sum);
    let left = inside(model, at, left, at_left);
    // After a condition it must be plain that the condition is over.
    let comma =
        if (op == BinaryOp::Divide && around == 0) || left.contains(", where ") { "," } else { "" };
    let words = format!("{left}{comma} {} {}", operator(op), inside(model, at, right, at_right));
    if own < around { format!("({words})") } else { words }
}

/// A value for each block of time, summarized.
pub(super) fn blocks<E>(_model: &Model, found: &Blocks<E>, operand: &str, bucket: &str) -> String {
    let unit = match found.unit {
        BlockUnit::Day => "day",
        BlockUnit::Week => "week",
        BlockUnit::Month => "month",
    };
    let how = match found.function {
        AggregateFunction::Sum => "the sum".to_owned(),
        AggregateFunction::Avg => "the average".to_owned(),
        AggregateFunction::Min => "the smallest".to_owned(),
        AggregateFunction::Max => "the largest".to_owned(),
        AggregateFunction::Stddev => "the standard deviation".to_owned(),
        AggregateFunction::Median => "the median".to_owned(),
        _ => format!("the {} percentile", ordinal(found.percentile.unwrap_or(50.0))),
    };
    format!("{how}, over each {unit} {}, of {operand}", window(found.window, bucket))
}

/// An aggregate as the value of one row.
pub(super) fn inner(model: &Model, found: &Inner) -> String {
    let at = Bucket::current();
    let Some(within) = &found.within else { return aggregate(model, &at, &found.aggregate) };
    let what = what(model, &found.aggregate);
    let way = if within.before { "before" } else { "after" };
    let anchor =
        within.anchor.as_ref().map_or_else(|| "it".to_owned(), |anchor| rows::row(model, anchor));
    let filter = filter_words(model, &found.aggregate);
    format!("{what} within {} {way} {anchor}{filter}", span_words(within.length))
}

/// One aggregate: what, of which rows, in which time.
fn aggregate(model: &Model, at: &Bucket, found: &Aggregate) -> String {
    let placed =
        found.on.as_ref().map(|on| format!(" with {}", rows::row(model, on))).unwrap_or_default();
    let filter = filter_words(model, found);
    let when = match (found.members, &found.on) {
        (Some(_), None) => alive(found.window, &at.name),
        _ => window(found.window, &at.name),
    };
    format!("{}{placed} {when}{filter}", what(model, found))
}

/// When members live, in words that follow a noun.
fn alive(chosen: Window, bucket: &str) -> String {
    match chosen {
        Window::Bucket | Window::AtEnd => format!("at the end of {bucket}"),
        _ => window(chosen, bucket),
    }
}

fn filter_words(model: &Model, found: &Aggregate) -> String {
    own_filter(model, found).map(|f| format!(", where {f}")).unwrap_or_default()
}

/// What is aggregated, of which rows.
fn what(model: &Model, found: &Aggregate) -> String {
    let of = found.args.iter().map(|arg| rows::row(model, arg)).collect::<Vec<_>>().join(" and ");
    let rows_name = match found.members {
        Some(entity) => plural(&model[entity].name.replace('_', " ")),
        None => model[found.dataset].name.replace('_', " "),
    };
    match found.function {
        AggregateFunction::Count if found.distinct => {
            format!("the number of distinct {} in {rows_name}", distinct(model, found))
        }
        AggregateFunction::Count => format!("the number of {rows_name}"),
        AggregateFunction::Any => format!("whether there are any {rows_name}"),
        AggregateFunction::Sum => format!("the sum of {of} over {rows_name}"),
        AggregateFunction::Avg => format!("the average of {of} over {rows_name}"),
        AggregateFunction::Min => format!("the smallest {of} of {rows_name}"),
        AggregateFunction::Max => format!("the largest {of} of {rows_name}"),
        AggregateFunction::Stddev => format!("the standard deviation of {of} over {rows_name}"),
        AggregateFunction::Median => format!("the median of {of} over {rows_name}"),
        AggregateFunction::Percentile => {
            format!(
                "the {} percentile of {of} over {rows_name}",
                ordinal(found.percentile.unwrap_or(50.0))
            )
        }
        AggregateFunction::First => format!("the first {of} (by time) of {rows_name}"),
        AggregateFunction::Last => format!("the last {of} (by time) of {rows_name}"),
    }
}

/// What distinct values are: members of an entity, or values of a column.
fn distinct(model: &Model, found: &Aggregate) -> String {
    match found.unit.of.as_slice() {
        [Base::Count(name)] => plural(&name.replace('_', " ")),
        _ => format!(
            "values of {}",
            found.args.iter().map(|a| rows::row(model, a)).collect::<Vec<_>>().join(" and ")
        ),
    }
}

/// The rows in time, in words that follow a noun.
fn window(window: Window, bucket: &str) -> String {
    match window {
        Window::Bucket => format!("in {bucket}"),
        Window::Over { length, before: false } => {
            format!("in the {} that end{} with {bucket}", span_words(length), s(length))
        }
        Window::Over { length, before: true } => {
            format!("in the {} before {bucket}", span_words(length))
        }
        Window::Ever { before: false } => format!("up to the end of {bucket}"),
        Window::Ever { before: true } => format!("before {bucket}"),
        Window::Since(date) => format!("from {} to the end of {bucket}", show_date(date)),
        Window::ToDate(grain) => {
            format!("from the start of the {} to the end of {bucket}", grain.name())
        }
        Window::AtStart => format!("at the start of {bucket}"),
        Window::AtEnd => format!("at the end of {bucket}"),
        Window::Average => format!("on an average day of {bucket}"),
    }
}

const fn s(length: Duration) -> &'static str {
    if length.count == 1 { "s" } else { "" }
}

/// The filter that stands in the aggregate itself, without what the metric's `where` added.
fn own_filter(model: &Model, found: &Aggregate) -> Option<String> {
    let parts = found.filter.as_ref()?.conjuncts();
    let own: Vec<&RowExpr> = parts.into_iter().filter(|p| holds(found.span, p.span)).collect();
    let several = own.len() > 1;
    let words = own.iter().map(|part| {
        let text = rows::row(model, part);
        let either = matches!(part.kind, RowKind::Binary { op: BinaryOp::Or, .. });
        if several && either { format!("({text})") } else { text }
    });
    let words = words.collect::<Vec<_>>().join(" and ");
    (!words.is_empty()).then_some(words)
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.source == inner.source && outer.start <= inner.start && inner.end <= outer.end
}
