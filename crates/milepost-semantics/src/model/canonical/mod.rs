//! The canonical text of what was checked: names instead of ids, no places, one way of writing what is proved to be the same.
//!
//! Two metrics of one text have the same cells, reasons, n and absent, whatever is asked of them. What is written alike:
//!
//! - metrics and behaviors that are named are written out, and what explains them is left out;
//! - weeks are days, quarters and years are months, hours and minutes are seconds;
//! - in conditions and values of a row that a state of rows answers, where null has no reason: chains of `and` and `or`
//!   whose parts can't fail are sorted, each part once; so are the sides of a comparison, of a sum and of a product of two,
//!   and lists after `in`;
//! - in values, where of two reasons the left one counts, sides are sorted if at most one has a reason, or both have the
//!   same one.
//!
//! Everything else stays as it was written. Sums of doubles are not regrouped, and what could fail is not moved: whether it
//! is evaluated may depend on what stands before it. What is judged keeps its order whole: the first aggregate of a
//! judgement that is not known gives the reason, and rows that could not be judged are counted once for each way of writing
//! their population.

mod definitions;
mod fingerprint;
mod form;

use std::borrow::Cow;

use super::{
    Aggregate, Ahead, BlockUnit, Blocks, ColumnId, DatasetId, Hop, Inner, Look, Matures, Metric,
    Model, Path, Reach, RowExpr, RowKind, SegmentAt, Since, Type, ValidAt, ValueExpr, ValueKind,
    Window, Within,
};
use milepost_syntax::ast::{
    AggregateFunction, Curve, Date, Duration, DurationStyle, Step, TimeUnit,
};
use milepost_syntax::print_duration;

pub use definitions::{Definitions, calendar, definition, definitions};
pub use fingerprint::Fingerprint;
use form::{can_fail, form, reasons};

/// The canonical text of the values of a metric, a line each: of its parts, and which of them is the headline.
#[must_use]
pub fn values(model: &Model, metric: &Metric) -> Vec<String> {
    let text = Text { model };
    let mut lines: Vec<String> = metric
        .parts
        .iter()
        .map(|part| format!("{}: {}", part.name, text.value(&part.value)))
        .collect();
    if metric.parts.len() > 1 {
        lines.push(format!("headline: {}", metric.headline().name));
    }
    lines
}

/// The canonical text of a metric: what decides its figures, a line each.
#[must_use]
pub fn metric(model: &Model, metric: &Metric) -> String {
    let mut lines = values(model, metric);
    lines.push(format!("grain: {}", metric.grain.name()));
    if let Some(least) = metric.min_sample {
        lines.push(format!("min_sample: {least}"));
    }
    if let Some(length) = metric.maturity {
        lines.push(format!("maturity: {}", normalized(length)));
    }
    lines.join("\n") + "\n"
}

/// The canonical text of an aggregate.
#[must_use]
pub fn aggregate(model: &Model, aggregate: &Aggregate) -> String {
    Text { model }.aggregate(aggregate, aggregate.is_judged())
}

/// The canonical text of a condition on the rows of a dataset, each by itself.
#[must_use]
pub fn condition(model: &Model, condition: &RowExpr) -> String {
    Text { model }.row(condition, false)
}

/// The text of an aggregate that is the value of a row, as it is written: the same for two that mean the same.
#[must_use]
pub fn inner(model: &Model, inner: &Inner) -> String {
    Text { model }.inner(inner, true)
}

/// Which rows an aggregate asks about, as text: the same for two that can judge the same rows, whatever they take from them.
#[must_use]
pub fn population(model: &Model, aggregate: &Aggregate) -> String {
    Text { model }.rows(aggregate, aggregate.is_judged())
}

/// Prints. `exact`: nothing is brought into another order or another unit.
#[derive(Clone, Copy)]
struct Text<'m> {
    model: &'m Model,
}

impl Text<'_> {
    fn value(self, value: &ValueExpr) -> String {
        match &value.kind {
            ValueKind::Aggregate(found) => self.aggregate(found, found.is_judged()),
            ValueKind::Metric { value, .. } => self.value(value),
            ValueKind::Prior { operand, by } => prior(&self.value(operand), *by, false),
            ValueKind::BusinessDays => "business_days".to_owned(),
            ValueKind::Blocks(blocks) => self.blocks(blocks, &self.value(&blocks.operand)),
            ValueKind::Form(found) => {
                form(found, &|part| self.value(part), &|parts| reasons::are_one(parts))
            }
        }
    }

    fn row(self, expr: &RowExpr, exact: bool) -> String {
        match &expr.kind {
            RowKind::Column(path) => self.path(path),
            RowKind::Inner(inner) => self.inner(inner, exact),
            RowKind::Prior { operand, by } => prior(&self.row(operand, exact), *by, exact),
            RowKind::Blocks(blocks) => self.blocks(blocks, &self.row(&blocks.operand, exact)),
            RowKind::Segment(asked) => {
                let at = match asked.at {
                    SegmentAt::End => "at end",
                    SegmentAt::DayBefore => "at end of day before",
                };
                let key = self.row_list(&asked.key, exact);
                format!("segment({} of {key} {at})", name(&self.model[asked.segment].name))
            }
            RowKind::Seen(time) => format!("seen({})", self.row(time, exact)),
            RowKind::Latest(operand) => format!("latest({})", self.row(operand, exact)),
            RowKind::Now(rows) => {
                let of = rows.map(|rows| format!(" of {}", self.dataset(rows)));
                let day = if expr.ty == Type::Date { " by day" } else { "" };
                format!("now{}{day}", of.unwrap_or_default())
            }
            RowKind::BusinessDays => "business_days".to_owned(),
            RowKind::Today => "today".to_owned(),
            RowKind::Form(found) => form(found, &|part| self.row(part, exact), &|parts| {
                !exact && !parts.iter().any(|part| can_fail(self.model, part))
            }),
        }
    }

    fn row_list(self, exprs: &[RowExpr], exact: bool) -> String {
        let all: Vec<String> = exprs.iter().map(|expr| self.row(expr, exact)).collect();
        format!("[{}]", all.join(", "))
    }

    fn aggregate(self, found: &Aggregate, exact: bool) -> String {
        let mut text = found.function.name().to_owned();
        let business =
            matches!(found.function, AggregateFunction::Curve(Curve { business: true, .. }));
        text.extend(business.then_some(" in business days"));
        text.extend(found.distinct.then_some(" distinct"));
        text.extend(found.one_each.then_some(" one of each"));
        text.extend(found.approximate.then_some(" approximate"));
        text.extend(found.percentile.map(|percent| format!(" {percent:?}")));
        format!("{text}({} {})", self.row_list(&found.args, exact), self.rows(found, exact))
    }

    fn rows(self, found: &Aggregate, exact: bool) -> String {
        let mut text = format!("of {}", self.dataset(found.dataset));
        if let Some(entity) = found.members {
            text.extend([format!(" as members of {}", name(&self.model[entity].name))]);
        }
        if let Some(on) = &found.on {
            text.extend([format!(" on {}", self.row(on, exact))]);
        }
        text.extend([format!(" {}", window(found.window, exact))]);
        if let Some(filter) = &found.filter {
            text.extend([format!(" where {}", self.row(filter, exact))]);
        }
        text.extend(found.matures.iter().map(|matures| self.matures(matures, exact)));
        text.extend(found.looks.iter().map(|look| self.look(look, exact)));
        text.extend(found.earlier.iter().map(|earlier| {
            let (back, members) =
                (prior("slice", earlier.by, exact), self.row(&earlier.members, exact));
            format!(" sliced by {back} where {members}")
        }));
        text
    }

    fn matures(self, matures: &Matures, exact: bool) -> String {
        let after = matures.after.as_ref().map_or("its time".into(), |at| self.row(at, exact));
        let reach = match matures.reach {
            Reach::Ahead(length) => duration(length, exact),
            Reach::Before => "before".to_owned(),
            Reach::DayBefore => "day before".to_owned(),
        };
        let then = ahead(&matures.then, exact);
        format!(" waiting({reach} after {after}{then} for {})", self.dataset(matures.rows))
    }

    fn look(self, look: &Look, exact: bool) -> String {
        match look {
            Look::Span { within, rows } => {
                format!(" looking({} {})", self.within(within, exact), self.rows(rows, exact))
            }
            Look::Segment(id) => format!(" looking(segment {})", name(&self.model[*id].name)),
        }
    }

    fn inner(self, inner: &Inner, exact: bool) -> String {
        let links: Vec<String> = inner
            .links
            .iter()
            .map(|link| {
                format!("{} = {}", self.row(&link.inner, exact), self.row(&link.outer, exact))
            })
            .collect();
        let mut text =
            format!("{} with [{}]", self.aggregate(&inner.aggregate, exact), links.join(", "));
        text.extend(inner.others_only.then_some(" others only"));
        text.extend(inner.within.iter().map(|within| format!(" {}", self.within(within, exact))));
        format!("({text})")
    }

    fn within(self, within: &Within, exact: bool) -> String {
        let way = if within.before { "before" } else { "after" };
        let anchor = within.anchor.as_ref().map_or("its time".into(), |at| self.row(at, exact));
        let by_day = if within.by_day { " by day" } else { "" };
        let length = duration(within.length, exact);
        let step = within.step.map(|step| format!(" step {}", steps(step)));
        let since = within.since.as_ref().map(|since| self.since(since, exact));
        let (step, since) = (step.unwrap_or_default(), since.unwrap_or_default());
        format!("within {length} {way} {anchor}{by_day}{step}{since}")
    }

    fn since(self, since: &Since, exact: bool) -> String {
        let apart = if since.apart { " apart" } else { "" };
        let by_day = if since.by_day { " by day" } else { "" };
        format!(" since {}{apart}{by_day}", self.row(&since.time, exact))
    }

    /// The length of the window stays as it was written: the limit on windows counts by it.
    fn blocks<E>(self, blocks: &Blocks<E>, operand: &str) -> String {
        let mut text = blocks.function.name().to_owned();
        text.extend(blocks.percentile.map(|percent| format!(" {percent:?}")));
        let unit = match blocks.unit {
            BlockUnit::Day => "day",
            BlockUnit::Week => "week",
            BlockUnit::Month => "month",
        };
        format!("{text}({operand} per {unit} {})", window(blocks.window, true))
    }

    fn path(self, path: &Path) -> String {
        let hops = path.hops.iter().map(|hop| self.hop(hop));
        let end = self.column(path.dataset, path.column);
        hops.chain([end]).collect::<Vec<_>>().join(" > ")
    }

    fn hop(self, hop: &Hop) -> String {
        let valid = match hop.valid {
            None => "",
            Some(ValidAt::Row) => " at its time",
            Some(ValidAt::End) => " at end",
        };
        let (from, to) =
            (self.columns(hop.from, &hop.from_columns), self.columns(hop.to, &hop.to_columns));
        format!("{from} = {to} of {}{valid}", name(&self.model[hop.entity].name))
    }

    fn columns(self, dataset: DatasetId, columns: &[ColumnId]) -> String {
        let names = columns.iter().map(|column| name(&self.model[dataset][*column].name));
        format!("{}({})", self.dataset(dataset), names.collect::<Vec<_>>().join(", "))
    }

    fn column(self, dataset: DatasetId, column: ColumnId) -> String {
        format!("{}.{}", self.dataset(dataset), name(&self.model[dataset][column].name))
    }

    fn dataset(&self, id: DatasetId) -> Cow<'_, str> {
        name(&self.model[id].name)
    }
}

/// A name, in quotes if it is not made of letters, digits and underscores alone.
fn name(name: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !name.is_empty() && name.bytes().all(is_plain) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(format!("\"{}\"", name.replace('"', "\"\"")))
}

fn prior(operand: &str, by: Option<Duration>, exact: bool) -> String {
    match by {
        None => format!("prior({operand})"),
        Some(length) => format!("prior({operand}, {})", duration(length, exact)),
    }
}

fn window(window: Window, exact: bool) -> String {
    match window {
        Window::Bucket => "in bucket".to_owned(),
        Window::Over { length, before: false } => format!("over {}", duration(length, exact)),
        Window::Over { length, before: true } => format!("over {} before", duration(length, exact)),
        Window::Ever { before: false } => "ever".to_owned(),
        Window::Ever { before: true } => "ever before".to_owned(),
        Window::Since(day) => format!("since {}", date(day)),
        Window::ToDate(grain) => format!("to date in {}", grain.name()),
        Window::AtStart => "at start".to_owned(),
        Window::AtEnd => "at end".to_owned(),
        Window::Average => "average".to_owned(),
        Window::Step(step) => format!("in bucket {}", steps(step)),
    }
}

/// `+3`, `+3 on`
fn steps(step: Step) -> String {
    format!("+{}{}", step.number, if step.onward { " on" } else { "" })
}

fn ahead(then: &[Ahead], exact: bool) -> String {
    let one = |ahead: &Ahead| {
        let whole = if ahead.whole_days { " in whole days" } else { "" };
        format!(" then {}{whole}", duration(ahead.length, exact))
    };
    then.iter().map(one).collect()
}

fn date(Date { year, month, day }: Date) -> String {
    format!("{year:04}-{month:02}-{day:02}")
}

fn duration(length: Duration, exact: bool) -> String {
    if exact { print_duration(&length) } else { normalized(length) }
}

/// A length in seconds, days or months: what is moved by it goes to the same instant.
fn normalized(length: Duration) -> String {
    let (factor, unit) = match length.unit {
        TimeUnit::Second => (1, "seconds"),
        TimeUnit::Minute => (60, "seconds"),
        TimeUnit::Hour => (3_600, "seconds"),
        TimeUnit::Day => (1, "days"),
        TimeUnit::Week => (7, "days"),
        TimeUnit::Month => (1, "months"),
        TimeUnit::Quarter => (3, "months"),
        TimeUnit::Year => (12, "months"),
    };
    let style = match length.style {
        DurationStyle::Plain => "",
        DurationStyle::Calendar => "calendar ",
        DurationStyle::Business => "business ",
    };
    format!("{} {style}{unit}", u64::from(length.count) * factor)
}
