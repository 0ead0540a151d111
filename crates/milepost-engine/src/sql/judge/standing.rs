//! Which rows count: those that are too young, and those that look before the data, are left out of all aggregates alike.

use std::sync::Arc;

use milepost_semantics::model::{Aggregate, Look, Matures, Within, ends_with_a_day};

use super::Judge;
use super::frames::Frames;
use super::rows::Rows;
use super::segment::judged_days;
use crate::sql::Scope;
use crate::sql::length::{Days, moved};
use crate::sql::text::timestamp;

/// The span that a row of the scope sees, and whether its end is in it.
pub(super) struct Span {
    pub(super) lo: String,
    pub(super) hi: String,
    pub(super) with_end: bool,
}

/// The span that a row sees from itself.
pub(super) fn span_of(scope: &mut Scope<'_>, within: &Within) -> Span {
    let Within { length, before, anchor, by_day } = within;
    let anchor = anchor.as_ref();
    let anchor = anchor.map_or_else(|| "_o.at".to_owned(), |anchor| scope.base_instant(anchor));
    let far = moved(&anchor, *length, *before, days(*by_day));
    if *before {
        return Span { lo: far, hi: anchor, with_end: false };
    }
    if ends_with_a_day(*by_day, *length) {
        return Span { lo: anchor, hi: end_of_day(&far), with_end: false };
    }
    Span { lo: anchor, hi: far, with_end: true }
}

const fn days(by_day: bool) -> Days {
    if by_day { Days::Local } else { Days::Elapsed }
}

fn end_of_day(instant: &str) -> String {
    format!("local_midnight(date_plus_days(local_date({instant}), 1))")
}

/// Prints, as `table`, the rows of `placed` with what is known of each: `left_out`, and `short` where it looks before the
/// data.
pub(super) fn print_standing(
    judge: &Arc<Judge<'_>>,
    table: &str,
    aggregate: &Aggregate,
    (placed, has_instant): (&str, bool),
    frames: &Arc<Frames>,
) {
    let mut scope = Scope::over(judge, aggregate.dataset, table, placed, has_instant, frames);
    let young = aggregate.matures.iter().map(|matures| is_young(&mut scope, matures, judge));
    let young: Vec<String> = young.collect();
    let looks = aggregate.looks.iter().enumerate();
    let short = looks.map(|(i, look)| {
        let name = format!("{table}_l{}", i + 1);
        is_short(&mut scope, look, &name, placed, frames, judge)
    });
    let short: Vec<String> = short.collect();
    let any = |of: Vec<String>| match of.is_empty() {
        true => "FALSE".to_owned(),
        false => format!("coalesce({}, FALSE)", of.join(" OR ")),
    };
    let (young, short) = (any(young), any(short));
    let instant = if has_instant { ", _o.instant" } else { "" };
    judge.push(
        &format!("{table}_asked"),
        &format!(
            "SELECT _o.bucket, _o._row, _o.at{instant}, {young} AS young, {short} AS short\n    FROM {}",
            scope.tables()
        ),
    );
    let instant = if has_instant { ", s.instant" } else { "" };
    judge.push(
        table,
        &format!("SELECT s.bucket, s._row, s.at{instant}, s.young OR s.short AS left_out, s.short FROM {table}_asked AS s"),
    );
}

/// Whether too little time has passed since a row.
fn is_young(scope: &mut Scope<'_>, matures: &Matures, judge: &Judge<'_>) -> String {
    let Matures { after, length, by_day } = matures;
    let after = after.as_ref().map(|after| scope.base_instant(after));
    let from =
        after.map_or_else(|| "_o.at".to_owned(), |after| format!("coalesce({after}, _o.at)"));
    let far = moved(&from, *length, false, days(*by_day));
    let end = if ends_with_a_day(*by_day, *length) { end_of_day(&far) } else { far };
    format!("{end} > {}", timestamp(judge.as_of.end))
}

/// Whether a row looks before the data; unknown for one that has no time to look from.
fn is_short<'m>(
    scope: &mut Scope<'m>,
    look: &Look,
    name: &str,
    placed: &str,
    frames: &Arc<Frames>,
    judge: &Arc<Judge<'m>>,
) -> String {
    match look {
        Look::Span { within, rows } => {
            let first = Rows::new(judge, name, rows, frames).first();
            scope.join_text(format!("CROSS JOIN ({first}) AS _{name}"));
            let Span { lo, .. } = span_of(scope, within);
            format!(
                "({lo} IS NOT NULL AND (_{name}.at IS NULL OR local_date(_{name}.at) > local_date({lo})))"
            )
        }
        Look::Segment(segment) => {
            let instants = format!(
                "SELECT DISTINCT local_midnight(local_date(o.at)) AS bucket FROM {placed} AS o WHERE o.at IS NOT NULL"
            );
            let days = Arc::new(Frames::days_before(format!("{name}_days"), judge, &instants));
            let judged = judged_days(judge, name, *segment, &days);
            scope.join_text(format!(
                "LEFT JOIN {judged} AS _{name} ON _{name}.bucket = local_midnight(local_date(_o.at))"
            ));
            format!("(_o.at IS NOT NULL AND _{name}.bucket IS NULL)")
        }
    }
}
