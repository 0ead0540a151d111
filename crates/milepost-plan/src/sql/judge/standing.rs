//! Which rows count: those that are too young, and those that look before the data, are left out of all aggregates alike.

use std::sync::Arc;

use milepost_semantics::model::{Aggregate, Ahead, Look, Matures, Reach, Since, Type, Within};
use milepost_syntax::ast::{Duration, Step};

use super::Judge;
use super::frames::{Frames, just_before};
use super::rows::Rows;
use super::segment::judged_days;
use crate::placement::placement;
use crate::sql::Scope;
use crate::sql::length::{Days, moved, moved_date};
use crate::sql::text::timestamp;

/// The span that a row of the scope sees, and whether its end is in it.
pub(super) struct Span {
    pub(super) lo: String,
    pub(super) hi: String,
    /// Whether `lo` is in it.
    pub(super) with_start: bool,
    pub(super) with_end: bool,
}

impl Span {
    const fn from(lo: String, hi: String, with_end: bool) -> Self {
        Self { lo, hi, with_start: true, with_end }
    }
}

/// The span that a row sees from itself.
pub(super) fn span_of(scope: &mut Scope<'_>, within: &Within) -> Span {
    let span = whole_span(scope, within);
    let Some(Since { time, apart, by_day }) = within.since.as_deref() else { return span };
    let lo = scope.base_instant(time);
    match (by_day, apart) {
        (true, true) => Span { lo: midnight_after(&lo), ..span },
        (true, false) => Span { lo: format!("local_midnight(local_date({lo}))"), ..span },
        (false, apart) => Span { lo, with_start: !apart, ..span },
    }
}

/// The same, where it does not begin with something that was found.
fn whole_span(scope: &mut Scope<'_>, within: &Within) -> Span {
    let Within { length, before, anchor, by_day, step, .. } = within;
    let anchor = anchor.as_ref();
    let anchor = anchor.map_or_else(|| "_o.at".to_owned(), |anchor| scope.base_instant(anchor));
    let days = if *by_day { Days::Local } else { Days::Elapsed };
    if let Some(step) = step {
        return step_of(scope, within, *step, &anchor, days);
    }
    let far = moved(&anchor, *length, *before, days);
    if *before {
        return Span::from(far, anchor, false);
    }
    if *by_day && length.is_of_days() {
        return Span::from(anchor, midnight_after(&far), false);
    }
    Span::from(anchor, far, true)
}

/// The end of the day of an instant.
fn midnight_after(instant: &str) -> String {
    format!("local_midnight(date_plus_days(local_date({instant}), 1))")
}

/// One of the spans that follow an instant without gaps.
fn step_of(scope: &Scope<'_>, within: &Within, step: Step, anchor: &str, days: Days) -> Span {
    let ahead = |length: Duration| match length.count {
        0 => anchor.to_owned(),
        _ => moved(anchor, length, false, days),
    };
    let hi = match scope.site().filter(|_| step.onward) {
        Some((judge, _)) => timestamp(judge.as_of.end),
        None => ahead(within.reach()),
    };
    Span::from(ahead(step.begin(within.length)), hi, false)
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
    let by_day = placement(judge.model, aggregate).is_date();
    let young = aggregate.matures.iter();
    let young = young.map(|matures| {
        let seen = judge.model[matures.rows].seen_until(&judge.model.project.calendar, judge.as_of);
        is_young(&mut scope, matures, by_day, &timestamp(seen))
    });
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

/// Whether something that a row looks at is still to come. `by_day`: its own time is a day.
fn is_young(scope: &mut Scope<'_>, matures: &Matures, by_day: bool, seen: &str) -> String {
    let ahead = |from: &str, by_day| last_of(matures, from, by_day).is_from(seen);
    let own = ahead("_o.at", by_day);
    match &matures.after {
        None => own,
        Some(after) => {
            let by_day = after.ty == Type::Date;
            let after = scope.base_instant(after);
            format!("coalesce({}, {own})", ahead(&after, by_day))
        }
    }
}

/// The last time that is looked at.
enum Last {
    /// An instant, itself included.
    Instant(String),
    /// A day, whole.
    Day(String),
}

impl Last {
    /// So far ahead of it. `whole_days`: from days on, the last of them included whole.
    fn ahead(&self, length: Duration, whole_days: bool) -> Self {
        if !whole_days {
            return Self::Instant(moved(&self.instant(), length, false, Days::Elapsed));
        }
        let far = moved_date(&self.day(), length, false);
        if length.is_of_days() { Self::Day(far) } else { Self::Instant(far) }
    }

    fn day(&self) -> String {
        match self {
            Self::Instant(at) => format!("local_date({at})"),
            Self::Day(day) => day.clone(),
        }
    }

    fn instant(&self) -> String {
        match self {
            Self::Instant(at) => at.clone(),
            Self::Day(day) => just_before(&format!("local_midnight(date_plus_days({day}, 1))")),
        }
    }

    /// Whether it is not over at an instant.
    fn is_from(&self, at: &str) -> String {
        match self {
            Self::Instant(last) => format!("{last} >= {at}"),
            Self::Day(day) => format!("local_midnight(date_plus_days({day}, 1)) > {at}"),
        }
    }
}

/// The last time at which a row looks that counts from an instant, itself or by the rows that it finds.
fn last_of(matures: &Matures, from: &str, by_day: bool) -> Last {
    let own = match matures.reach {
        Reach::Ahead(length) => {
            Last::Instant(from.to_owned()).ahead(length, by_day && length.is_of_days())
        }
        Reach::Before => Last::Instant(just_before(from)),
        Reach::DayBefore => Last::Day(format!("date_plus_days(local_date({from}), -1)")),
    };
    let then = matures.then.iter();
    then.fold(own, |last, Ahead { length, whole_days }| last.ahead(*length, *whole_days))
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
