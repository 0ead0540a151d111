//! What the generated projects hold: the fixed seeds must show everything that the language computes.

use std::collections::BTreeSet;

use milepost::syntax::ast::{AggregateFunction, DurationStyle};

use crate::answer::Answer;
use crate::calendar::is_shorter;
use crate::tree::{
    Aggregate, ColumnId, DatasetId, DatasetKind, Inner, Literal, Look, Path, Request, RowExpr,
    RowKind, SegmentAt, Type, ValidAt, ValueExpr, ValueKind, Window,
};
use crate::value::Value;
use crate::world::World;

/// The names of what occurred.
pub(crate) type Seen = BTreeSet<String>;

/// Everything that must occur.
pub(crate) const REQUIRED: &str = "
function Count, function Sum, function Avg, function Min, function Max, function Stddev, function Median,
function Percentile, function First, function Last, function Any, distinct, distinct of several columns, approximate,
scalar Coalesce, scalar Abs, scalar Sqrt, scalar Round, scalar Least, scalar Greatest, scalar DaysBetween, scalar Day,
scalar Weekday, scalar Hour, scalar BusinessDaysBetween, scalar of rows Coalesce, scalar of rows Abs, scalar of rows Sqrt,
scalar of rows Round, scalar of rows Least, scalar of rows Greatest, scalar of rows DaysBetween,
operator Or, operator And, operator Equal, operator NotEqual, operator Less, operator LessOrEqual, operator Greater,
operator GreaterOrEqual, operator StartsWith, operator Contains, operator Add, operator Subtract, operator Multiply,
operator Divide, operator Negate, operator Not, in, not in, between, not between, is null, is not null, if, if of rows, null of rows,
dataset complete from a day, dataset complete until a day, dataset complete until the as-of,
dataset attributes, dataset history, dataset snapshot, dataset snapshot carried, dataset events, dataset derived,
window bucket, window over, window over before, window ever, window ever before, window since, window to date Week,
window to date Month, window to date Quarter, window to date Year, window to date FiscalQuarter,
window to date FiscalYear, window at start, window at end, window average, window step, window step onward, within step, within step onward, on, on of an aggregate, where, path,
path of two links, prior, prior by a length, prior by less than a bucket, metric, business days, blocks, blocks of rows,
blocks of days, blocks of weeks, blocks of months,
grain Day, grain Week, grain Month, grain Quarter, grain Year, grain FiscalQuarter, grain FiscalYear,
members, members at start, members over a window, members on a time, members of members, inner, inner linked,
inner of a state, inner of the same dataset, within, within before, within an anchor, within Calendar, within Business,
prior of rows, segment, segment of the day before, slice of a segment, seen, today, history hop of a row,
history hop of the end, matures, looks, looks at a segment, looks inside, looks of what is found, members of the same members, within a day,
row null, row null key, row unmatched key, row repeated, row at the same time, row on a day of daylight saving,
row at midnight, row on the last day of a month, row on the leap day, row after the as-of, row without a time,
row of a plan, row of a day before the clocks change, dataset empty,
answer a number, answer 0, answer partial, answer maturing, answer clipped, answer no data, answer zero denominator,
answer cut, answer cut at both ends, answer cut of a window or state, answer partial by comparison,
as-of in a bucket, as-of in a day, answer too few, answer unavailable (needs dataset ghosts), answer short history, answer immature, answer absent,
slice without a value, slice that reads like no value, slice with a blank at its end, slice of a member with its key
";

/// What must occur and did not.
pub(crate) fn missing(seen: &Seen) -> Vec<String> {
    let required = REQUIRED.split(',').map(str::trim).filter(|name| !name.is_empty());
    required.filter(|name| !seen.contains(*name)).map(str::to_owned).collect()
}

fn see(seen: &mut Seen, name: impl Into<String>) {
    seen.insert(name.into());
}

/// What the metrics of a project say.
pub(crate) fn of_model(world: &World<'_>, seen: &mut Seen) {
    for metric in &world.model.metrics {
        see(seen, format!("grain {:?}", metric.grain));
        for part in &metric.parts {
            value(world, &part.value, metric.grain, seen);
        }
    }
    for segment in &world.model.segments {
        segment.conditions().for_each(|condition| row(world, condition, seen));
    }
}

fn value(
    world: &World<'_>,
    expr: &ValueExpr,
    grain: milepost::semantics::time::Grain,
    seen: &mut Seen,
) {
    match &expr.kind {
        ValueKind::Literal(_) => {}
        ValueKind::Aggregate(found) => aggregate(world, found, false, seen),
        ValueKind::Metric { .. } => see(seen, "metric"),
        ValueKind::Prior { by, .. } => see(
            seen,
            match by {
                None => "prior",
                Some(by) if is_shorter(*by, grain) => "prior by less than a bucket",
                Some(_) => "prior by a length",
            },
        ),
        ValueKind::BusinessDays => see(seen, "business days"),
        ValueKind::Blocks(blocks) => {
            see(seen, "blocks");
            see(seen, format!("blocks of {:?}s", blocks.unit).to_lowercase());
        }
        ValueKind::Unary { op, .. } => see(seen, format!("operator {op:?}")),
        ValueKind::Binary { op, .. } => see(seen, format!("operator {op:?}")),
        ValueKind::In { negated, .. } => see(seen, if *negated { "not in" } else { "in" }),
        ValueKind::Between { negated, .. } => {
            see(seen, if *negated { "not between" } else { "between" });
        }
        ValueKind::IsNull { negated, .. } => {
            see(seen, if *negated { "is not null" } else { "is null" });
        }
        ValueKind::If { .. } => see(seen, "if"),
        ValueKind::Call { function, .. } => see(seen, format!("scalar {function:?}")),
    }
    expr.each_child(&mut |child| value(world, child, grain, seen));
}

fn aggregate(world: &World<'_>, found: &Aggregate, inner: bool, seen: &mut Seen) {
    let dataset = &world.model[found.dataset];
    see(seen, format!("function {:?}", found.function));
    if found.distinct {
        see(seen, if found.args.len() > 1 { "distinct of several columns" } else { "distinct" });
    }
    if found.approximate {
        see(seen, "approximate");
    }
    if found.function == AggregateFunction::Percentile && found.percentile.is_none() {
        see(seen, "percentile without a number");
    }
    see(
        seen,
        match dataset.kind {
            _ if dataset.derived.is_some() => "dataset derived",
            DatasetKind::Attributes => "dataset attributes",
            DatasetKind::History { .. } => "dataset history",
            DatasetKind::Snapshot { carry: None, .. } => "dataset snapshot",
            DatasetKind::Snapshot { .. } => "dataset snapshot carried",
            DatasetKind::Events { .. } => "dataset events",
        },
    );
    if dataset.complete_from.is_some() {
        see(seen, "dataset complete from a day");
    }
    if dataset.complete_until.is_some() {
        see(seen, "dataset complete until a day");
    }
    if dataset.has_all_to_come {
        see(seen, "dataset complete until the as-of");
    }
    window(found, seen);
    if let Some(on) = &found.on {
        see(seen, if on.is_judged() { "on of an aggregate" } else { "on" });
    }
    if found.filter.is_some() {
        see(seen, "where");
    }
    let ahead = |look: &Look| matches!(look, Look::Span { within, .. } if !within.before);
    if found.looks.iter().any(ahead) {
        see(seen, "matures");
    }
    let dataset = &world.model[found.dataset];
    if found.on.is_none() && dataset.begins().map(|time| dataset[time].ty) == Some(Type::Date) {
        for expr in found.exprs() {
            expr.each_inner(&mut |inside| {
                if inside.within.as_ref().is_some_and(|within| within.anchor.is_none()) {
                    see(seen, "within a day");
                }
            });
        }
    }
    for look in &found.looks {
        if matches!(look, Look::Span { rows, .. } if !rows.own_looks().is_empty()) {
            see(seen, "looks of what is found");
        }
        see(
            seen,
            match look {
                _ if inner => "looks inside",
                Look::Span { .. } | Look::Wait { .. } => "looks",
                Look::Segment(_) => "looks at a segment",
            },
        );
    }
    if let Some(entity) = found.members {
        for expr in found.exprs() {
            expr.each_inner(&mut |inside| {
                if inside.aggregate.members == Some(entity) {
                    see(seen, "members of the same members");
                }
            });
        }
        see(
            seen,
            match (inner, &found.on, found.window) {
                (true, ..) => "members of members",
                (_, Some(_), _) => "members on a time",
                (_, None, Window::Bucket) => "members",
                (_, None, Window::AtStart) => "members at start",
                (..) => "members over a window",
            },
        );
    }
    found.exprs().for_each(|expr| row(world, expr, seen));
}

fn window(found: &Aggregate, seen: &mut Seen) {
    let name = match found.window {
        Window::Bucket => "window bucket".to_owned(),
        Window::Over { before: false, .. } => "window over".to_owned(),
        Window::Over { .. } => "window over before".to_owned(),
        Window::Ever { before: false } => "window ever".to_owned(),
        Window::Ever { .. } => "window ever before".to_owned(),
        Window::Since(_) => "window since".to_owned(),
        Window::ToDate(grain) => format!("window to date {grain:?}"),
        Window::AtStart => "window at start".to_owned(),
        Window::AtEnd => "window at end".to_owned(),
        Window::Average => "window average".to_owned(),
        Window::Step(step) if step.onward => "window step onward".to_owned(),
        Window::Step(_) => "window step".to_owned(),
    };
    see(seen, name);
}

fn row(world: &World<'_>, expr: &RowExpr, seen: &mut Seen) {
    match &expr.kind {
        RowKind::Literal(Literal::Null) => see(seen, "null of rows"),
        RowKind::Literal(_) => {}
        RowKind::Column(found) => path(found, seen),
        RowKind::Unary { op, .. } => see(seen, format!("operator {op:?}")),
        RowKind::Binary { op, .. } => see(seen, format!("operator {op:?}")),
        RowKind::In { negated, .. } => see(seen, if *negated { "not in" } else { "in" }),
        RowKind::Between { negated, .. } => {
            see(seen, if *negated { "not between" } else { "between" });
        }
        RowKind::IsNull { negated, .. } => {
            see(seen, if *negated { "is not null" } else { "is null" });
        }
        RowKind::If { .. } => see(seen, "if of rows"),
        RowKind::Call { function, .. } => {
            see(seen, format!("scalar {function:?}"));
            see(seen, format!("scalar of rows {function:?}"));
        }
        RowKind::Inner(found) => inside(world, found, seen),
        RowKind::Prior { .. } => see(seen, "prior of rows"),
        RowKind::Blocks(_) => see(seen, "blocks of rows"),
        RowKind::Segment(found) => see(
            seen,
            match found.at {
                SegmentAt::End => "segment",
                SegmentAt::DayBefore => "segment of the day before",
            },
        ),
        RowKind::Seen(_) => see(seen, "seen"),
        RowKind::BusinessDays => see(seen, "business days of rows"),
        RowKind::Today => see(seen, "today"),
    }
    expr.each_child(&mut |child| row(world, child, seen));
}

fn path(found: &Path, seen: &mut Seen) {
    match found.hops.len() {
        0 => {}
        1 => see(seen, "path"),
        _ => see(seen, "path of two links"),
    }
    match found.hops.last().and_then(|hop| hop.valid) {
        Some(ValidAt::Row) => see(seen, "history hop of a row"),
        Some(ValidAt::End) => see(seen, "history hop of the end"),
        None => {}
    }
}

fn inside(world: &World<'_>, found: &Inner, seen: &mut Seen) {
    see(seen, if found.others_only { "inner linked" } else { "inner" });
    if found.aggregate.window.is_state() {
        see(seen, "inner of a state");
    }
    if found.others_only {
        // Tied to rows of the same dataset: a row must not find itself.
        let from: BTreeSet<_> = found.links.iter().filter_map(|l| l.outer.as_column()).collect();
        if found.links.iter().filter_map(|l| l.inner.as_column()).any(|p| from.contains(p)) {
            see(seen, "inner of the same dataset");
        }
    }
    if let Some(within) = &found.within {
        see(seen, if within.before { "within before" } else { "within" });
        if within.anchor.is_some() {
            see(seen, "within an anchor");
        }
        if let Some(step) = within.step {
            see(seen, if step.onward { "within step onward" } else { "within step" });
        }
        if within.length.style != DurationStyle::Plain {
            see(seen, format!("within {:?}", within.length.style));
        }
    }
    aggregate(world, &found.aggregate, true, seen);
}

/// What a project's rows hold.
pub(crate) fn of_rows(world: &World<'_>, seen: &mut Seen) {
    let model = world.model;
    if world.dropped.0 > 0 {
        see(seen, "row repeated");
    }
    if world.dropped.1 > 0 {
        see(seen, "row after the as-of");
    }
    for (i, dataset) in model.datasets.iter().enumerate() {
        let id = DatasetId(i);
        if world.rows(id).is_empty() {
            see(seen, "dataset empty");
        }
        let mut times = BTreeSet::new();
        for r in world.rows(id) {
            for (c, column) in dataset.columns.iter().enumerate() {
                let value = world.cell(id, r, ColumnId(c));
                match value {
                    None => see(seen, "row null"),
                    Some(value @ (Value::Time(_) | Value::Date(_))) => {
                        if value.instant(&world.calendar) >= world.as_of && column.planned {
                            see(seen, "row of a plan");
                        }
                    }
                    Some(_) => {}
                }
            }
            if let Some(begins) = dataset.begins() {
                match world.cell(id, r, begins) {
                    None => see(seen, "row without a time"),
                    Some(time) => {
                        if !times.insert(time.instant(&world.calendar)) {
                            see(seen, "row at the same time");
                        }
                        of_time(world, &time, seen);
                    }
                }
            }
            for (entity, columns) in &dataset.entities {
                let key: Option<Vec<Value>> =
                    columns.iter().map(|c| world.cell(id, r, *c)).collect();
                let Some(home) = model[*entity].home.filter(|home| *home != id) else { continue };
                match key {
                    None => see(seen, "row null key"),
                    Some(key) if world.rows_of_key(home, &model[home].key, &key).is_empty() => {
                        see(seen, "row unmatched key");
                    }
                    Some(_) => {}
                }
            }
        }
    }
}

fn of_time(world: &World<'_>, time: &Value, seen: &mut Seen) {
    use jiff::ToSpan;
    let at = time.instant(&world.calendar);
    let day = world.calendar.day(at);
    let midnight = world.calendar.midnight(day);
    let next = world.calendar.midnight(day.checked_add(1.day()).unwrap());
    let later = world.calendar.midnight(day.checked_add(7.days()).unwrap());
    if matches!(time, Value::Date(_)) && later - midnight != 7 * 86_400_000_000 {
        see(seen, "row of a day before the clocks change");
    }
    if next - midnight != 86_400_000_000 {
        see(seen, "row on a day of daylight saving");
    }
    if at == midnight {
        see(seen, "row at midnight");
    }
    if day == day.last_of_month() {
        see(seen, "row on the last day of a month");
    }
    if (day.month(), day.day()) == (2, 29) {
        see(seen, "row on the leap day");
    }
}

/// Where buckets end before their time.
pub(crate) fn of_ends(world: &World<'_>, request: &Request, answer: &Answer, seen: &mut Seen) {
    let mut bare = false;
    world.model.asked(request).each_aggregate(&mut |outer| {
        outer.each_aggregate(&mut |found| bare |= found.window.is_bare());
    });
    for (head, frame) in answer.buckets.iter().zip(world.frames(request)) {
        if head.cut {
            see(seen, "answer cut");
            if frame.start > frame.bucket.start && frame.end < frame.bucket.end {
                see(seen, "answer cut at both ends");
            }
            if !bare {
                see(seen, "answer cut of a window or state");
            }
        } else if head.partial && !head.maturing && !head.clipped && !bare {
            see(seen, "answer partial by comparison");
        }
        if frame.end == world.as_of && frame.end < frame.bucket.end {
            see(seen, "as-of in a bucket");
            if world.calendar.midnight(world.calendar.day(frame.end)) < frame.end {
                see(seen, "as-of in a day");
            }
        }
    }
}

/// What came out.
pub(crate) fn of_answer(answer: &Answer, seen: &mut Seen) {
    for head in &answer.buckets {
        if head.partial {
            see(seen, "answer partial");
        }
        if head.clipped {
            see(seen, "answer clipped");
        }
        if head.maturing {
            see(seen, "answer maturing");
        }
    }
    for (key, figures) in &answer.rows {
        if key.contains(&None) {
            see(seen, "slice without a value");
        }
        for name in key.iter().flatten() {
            match name.as_str() {
                "yes" | "big" => see(seen, "slice of a segment"),
                "(unknown)" | "(unmatched)" => see(seen, "slice that reads like no value"),
                "pro " => see(seen, "slice with a blank at its end"),
                _ if name.ends_with("a1)") => see(seen, "slice of a member with its key"),
                _ => {}
            }
        }
        for figure in figures {
            match &figure.value {
                Ok(n) if *n == 0.0 => see(seen, "answer 0"),
                Ok(_) => see(seen, "answer a number"),
                Err(reason) => see(seen, format!("answer {reason}")),
            }
            if figure.absent.0 > 0 {
                see(seen, "answer absent");
            }
        }
    }
}
