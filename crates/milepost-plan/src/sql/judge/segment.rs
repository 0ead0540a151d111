//! Members sorted by a rule, at the ends of days.

use std::fmt::Write as _;

use std::sync::Arc;

use milepost_semantics::model::{
    Band, ColumnId, InSegment, Model, RowExpr, Segment, SegmentAt, SegmentId, SegmentRule, Type,
    UNMATCHED,
};

use super::frames::just_before;
use super::leaf::all_of;
use super::{Frames, Judge};
use crate::placement::ROW_NUMBER;
use crate::sql::Scope;
use crate::sql::text::{ident, string, timestamp};

impl<'m> Scope<'m> {
    /// What a segment says of a member; null: no such member, or not known then.
    pub(in crate::sql) fn segment(&mut self, asked: &InSegment) -> String {
        let Some((judge, frames, name)) = self.next_part("s") else { return "NULL".to_owned() };
        if let SegmentRule::FirstDay { since, condition } = &judge.model[asked.segment].rule {
            return self.first_day(&judge, &name, asked, since, condition);
        }
        let (days, end) = match asked.at {
            SegmentAt::End if frames.are_last_days() => {
                (Arc::clone(&frames), self.end_of(asked.at))
            }
            SegmentAt::End => {
                let days = frames.last_days(format!("{name}_days"), &judge);
                (Arc::new(days), self.end_of(asked.at))
            }
            SegmentAt::DayBefore => {
                let Some((rows, _)) = self.rows() else { return "NULL".to_owned() };
                let instants = format!(
                    "SELECT DISTINCT local_midnight(local_date(o.at)) AS bucket FROM {rows} AS o WHERE o.at IS NOT NULL"
                );
                let days = Frames::days_before(format!("{name}_days"), &judge, &instants);
                (Arc::new(days), self.end_of(asked.at))
            }
        };
        let Printed { table, judged } = segment_table(&judge, &name, asked.segment, &days);
        if asked.at == SegmentAt::End {
            let known = format!("{name}_known");
            let ends = frames.table(&judge).to_owned();
            judge.push(
                &known,
                &format!(
                    "SELECT f.bucket FROM {ends} AS f JOIN {judged} AS k ON k.bucket = f.ends"
                ),
            );
            self.needs_known(known);
        }
        let alias = self.join_member(&table, &name, asked, Some(&format!("bucket = {end}")));
        format!("{alias}.value")
    }

    /// The end of the day at which a segment is asked.
    fn end_of(&mut self, at: SegmentAt) -> String {
        match at {
            SegmentAt::End => format!("{}.ends", self.frame()),
            SegmentAt::DayBefore => "local_midnight(local_date(_o.at))".to_owned(),
        }
    }

    /// Joins the row of the member that is asked in a table by keys.
    fn join_member(
        &mut self,
        table: &str,
        name: &str,
        asked: &InSegment,
        when: Option<&str>,
    ) -> String {
        let keys: Vec<String> = asked.key.iter().map(|key| self.base_expr(key)).collect();
        let alias = format!("_{name}");
        let when = when.map(|when| format!("{alias}.{when}"));
        let keys = keys.iter().enumerate();
        let keys = keys.map(|(i, key)| format!("{alias}.key{} = {key}", i + 1));
        let on: Vec<String> = when.into_iter().chain(keys).collect();
        self.join_text(format!("LEFT JOIN {table} AS {alias} ON {}", on.join(" AND ")));
        alias
    }

    /// The first day at whose end a condition holds, once that day is over.
    fn first_day(
        &mut self,
        judge: &Arc<Judge<'m>>,
        name: &str,
        asked: &InSegment,
        since: &RowExpr,
        condition: &RowExpr,
    ) -> String {
        let place = (asked.segment, String::new());
        let table = match judge.segment(&place) {
            Some(printed) => printed.table,
            None => {
                let printed = first_day_table(judge, name, asked.segment, since, condition);
                let table = printed.table.clone();
                judge.keep_segment(place, printed);
                table
            }
        };
        let end = self.end_of(asked.at);
        let alias = self.join_member(&table, name, asked, None);
        format!("CASE WHEN {alias}.ends <= {end} THEN {alias}.day END")
    }
}

/// The tables of a segment.
#[derive(Clone, Debug)]
pub(super) struct Printed {
    /// Every member's segment at the ends of days: `bucket`, `key1…`, `value`.
    table: String,
    /// The days at whose end everything is known that the segment consults: `bucket`.
    judged: String,
}

/// The days, among these, at whose end everything is known that a segment consults.
pub(super) fn judged_days(
    judge: &Arc<Judge<'_>>,
    name: &str,
    id: SegmentId,
    days: &Arc<Frames>,
) -> String {
    segment_table(judge, name, id, days).judged
}

fn segment_table(judge: &Arc<Judge<'_>>, name: &str, id: SegmentId, days: &Arc<Frames>) -> Printed {
    let place = (id, days.table(judge).to_owned());
    if let Some(printed) = judge.segment(&place) {
        return printed;
    }
    let segment = &judge.model[id];
    judge.comment(&format!("segment {}", segment.name));
    let printed = match &segment.rule {
        SegmentRule::OnDay { day, value } => on_day_table(judge, name, segment, (day, value), days),
        SegmentRule::Rank { value, among } => {
            rank_table(judge, name, segment, (value, among), days)
        }
        SegmentRule::Where(condition) => member_table(judge, name, segment, days, |scope| {
            let (known, condition) = condition_sql(scope, condition);
            format!("CASE {known}WHEN {condition} THEN TRUE ELSE FALSE END")
        }),
        SegmentRule::Bands(bands) => {
            member_table(judge, name, segment, days, |scope| bands_sql(scope, bands))
        }
        SegmentRule::Value(value) | SegmentRule::FirstDay { condition: value, .. } => {
            member_table(judge, name, segment, days, |scope| value_sql(scope, value))
        }
    };
    judge.keep_segment(place, printed.clone());
    printed
}

/// Something of every member at the ends of days.
fn member_table<'m>(
    judge: &Arc<Judge<'m>>,
    name: &str,
    segment: &'m Segment,
    days: &Arc<Frames>,
    value: impl FnOnce(&mut Scope<'m>) -> String,
) -> Printed {
    let model = judge.model;
    let members = ident(&model[segment.members].name);
    let days_table = days.table(judge).to_owned();
    let at = format!("{name}_at");
    judge.push(
        &at,
        &format!(
            "SELECT f.bucket, m.{} AS _row, CAST(NULL AS TIMESTAMP(6)) AS at\n    FROM {days_table} AS f CROSS JOIN {members} AS m",
            ident(ROW_NUMBER),
        ),
    );
    let mut scope = Scope::over(judge, segment.members, name, &at, false, days);
    let mut columns = vec!["_o.bucket".to_owned()];
    for (i, column) in key_of(model, segment).iter().enumerate() {
        columns.push(format!("{} AS key{}", scope.column(&[], segment.members, *column), i + 1));
    }
    let value = value(&mut scope);
    columns.push(format!("{value} AS value"));
    let table = format!("{name}_segment");
    judge.push(&table, &format!("SELECT {}\n    FROM {}", columns.join(", "), scope.tables()));
    let judged = format!("{name}_judged");
    judge.push(&judged, &all_of(&days_table, scope.known()));
    Printed { table, judged }
}

fn key_of<'m>(model: &'m Model, segment: &Segment) -> &'m [ColumnId] {
    let key = model[segment.members].entity_key(segment.of);
    key.expect("members stand in rows that have their key")
}

/// `key1, key2, …` of a table, as they are selected or joined.
fn keys(count: usize, one: impl Fn(String) -> String, between: &str) -> String {
    (1..=count).map(|i| one(format!("key{i}"))).collect::<Vec<_>>().join(between)
}

/// A value as it was at the end of a day of each member.
fn on_day_table<'m>(
    judge: &Arc<Judge<'m>>,
    name: &str,
    segment: &'m Segment,
    (day, value): (&'m RowExpr, &'m RowExpr),
    days: &Arc<Frames>,
) -> Printed {
    let on = member_table(judge, &format!("{name}_on"), segment, days, |scope| {
        let on = day_sql(scope, day);
        end_of_day(&on, judge)
    });
    let instants = format!(
        "SELECT DISTINCT o.value AS bucket FROM {} AS o WHERE o.value <= o.bucket",
        on.table
    );
    let then = Frames::days_before(format!("{name}_then_days"), judge, &instants);
    let then = member_table(judge, &format!("{name}_then"), segment, &Arc::new(then), |scope| {
        value_sql(scope, value)
    });
    let count = key_of(judge.model, segment).len();
    let table = format!("{name}_segment");
    judge.push(
        &table,
        &format!(
            "SELECT o.bucket, {}, t.value\n    FROM {} AS o LEFT JOIN {} AS t ON t.bucket = o.value AND o.value <= o.bucket AND {}",
            keys(count, |key| format!("o.{key}"), ", "),
            on.table,
            then.table,
            keys(count, |key| format!("t.{key} = o.{key}"), " AND "),
        ),
    );
    Printed { table, judged: on.judged }
}

/// Where the number of each member stands among those of the same group.
fn rank_table<'m>(
    judge: &Arc<Judge<'m>>,
    name: &str,
    segment: &'m Segment,
    (value, among): (&'m RowExpr, &'m RowExpr),
    days: &Arc<Frames>,
) -> Printed {
    let own = member_table(judge, &format!("{name}_own"), segment, days, |s| value_sql(s, value));
    let of = member_table(judge, &format!("{name}_group"), segment, days, |s| value_sql(s, among));
    let count = key_of(judge.model, segment).len();
    let table = format!("{name}_segment");
    let group = "PARTITION BY o.bucket, g.value";
    // Twice the place, so that half of the equal ones is a whole number.
    let place = format!(
        "2 * rank() OVER ({group} ORDER BY o.value) + count(*) OVER ({group}, o.value) - 3"
    );
    let others = format!("(count(*) OVER ({group}) - 1)");
    judge.push(
        &table,
        &format!(
            "SELECT o.bucket, {}, CASE WHEN {others} > 0 THEN CAST(({place}) * 50 AS DOUBLE) / {others} END AS value\n    FROM {} AS o JOIN {} AS g ON g.bucket = o.bucket AND {}\n    WHERE o.value IS NOT NULL AND g.value IS NOT NULL",
            keys(count, |key| format!("o.{key}"), ", "),
            own.table,
            of.table,
            keys(count, |key| format!("g.{key} = o.{key}"), " AND "),
        ),
    );
    let judged = format!("{name}_judged");
    let both = format!(
        "SELECT o.bucket FROM {} AS o JOIN {} AS g ON g.bucket = o.bucket",
        own.judged, of.judged
    );
    judge.push(&judged, &both);
    Printed { table, judged }
}

/// The first day of each member at whose end a condition holds: `key1…`, `day`, and `ends`, when it is over.
fn first_day_table<'m>(
    judge: &Arc<Judge<'m>>,
    name: &str,
    id: SegmentId,
    since: &'m RowExpr,
    condition: &'m RowExpr,
) -> Printed {
    let segment = &judge.model[id];
    judge.comment(&format!("segment {}", segment.name));
    let end = timestamp(judge.as_of.end);
    let all = Frames::days_before(format!("{name}_end"), judge, &format!("SELECT {end} AS bucket"));
    let begins = member_table(judge, &format!("{name}_since"), segment, &Arc::new(all), |scope| {
        day_sql(scope, since)
    });
    let instants = print_days_since(judge, name, &begins.table);
    let days = Frames::days_before(format!("{name}_all_days"), judge, &instants);
    let held = member_table(judge, &format!("{name}_held"), segment, &Arc::new(days), |scope| {
        value_sql(scope, condition)
    });
    let count = key_of(judge.model, segment).len();
    let table = format!("{name}_first");
    judge.push(
        &table,
        &format!(
            "SELECT {0}, local_date({1}) AS day, min(h.bucket) AS ends\n    FROM {2} AS h JOIN {3} AS s ON {4}\n    WHERE h.value AND local_date({5}) >= s.value\n    GROUP BY {0}",
            keys(count, |key| format!("h.{key}"), ", "),
            just_before("min(h.bucket)"),
            held.table,
            begins.table,
            keys(count, |key| format!("s.{key} = h.{key}"), " AND "),
            just_before("h.bucket"),
        ),
    );
    Printed { table, judged: held.judged }
}

/// Prints, as `NAME_all`, the ends of all days from the first of those in a table (`value`) to the as-of. The query that reads them.
fn print_days_since(judge: &Judge<'_>, name: &str, first: &str) -> String {
    let end = timestamp(judge.as_of.end);
    let span = format!("{name}_span");
    judge.push(
        &span,
        &format!(
            "SELECT elapsed_days(local_midnight(min(s.value)), {end}) AS days FROM {first} AS s"
        ),
    );
    // Numbers as long as days are left, digit by digit: neither engine needs a function for them.
    let digits = "(VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))";
    let mut numbers = format!("SELECT 0 AS n, s.days FROM {span} AS s");
    for power in [10_000, 1_000, 100, 10, 1] {
        numbers = format!(
            "SELECT t.n + {power} * d.n AS n, t.days FROM ({numbers}) AS t CROSS JOIN {digits} AS d (n) WHERE t.n + {power} * d.n <= t.days"
        );
    }
    let all = format!("{name}_all");
    let last = format!("local_date({})", just_before(&end));
    judge.push(
        &all,
        &format!(
            "SELECT least(local_midnight(date_plus_days({last}, 1 - n.n)), {end}) AS bucket\n    FROM ({numbers}) AS n"
        ),
    );
    format!("SELECT a.bucket FROM {all} AS a")
}

/// When a day is over, or the data ends.
fn end_of_day(day: &str, judge: &Judge<'_>) -> String {
    format!("least(local_midnight(date_plus_days({day}, 1)), {})", timestamp(judge.as_of.end))
}

fn bands_sql<'m>(scope: &mut Scope<'m>, bands: &'m [Band]) -> String {
    let mut otherwise = UNMATCHED;
    let mut arms = String::new();
    for band in bands {
        let Some(condition) = &band.condition else {
            otherwise = &band.name;
            break;
        };
        let (known, condition) = condition_sql(scope, condition);
        let _ = write!(arms, "{known}WHEN {condition} THEN {} ", string(&band.name));
    }
    if arms.is_empty() {
        string(otherwise)
    } else {
        format!("CASE {arms}ELSE {} END", string(otherwise))
    }
}

/// The day of a time.
fn day_sql<'m>(scope: &mut Scope<'m>, time: &'m RowExpr) -> String {
    let value = value_sql(scope, time);
    if time.ty == Type::Date { value } else { format!("local_date({value})") }
}

/// A value, null where what it consults is not known.
fn value_sql<'m>(scope: &mut Scope<'m>, value: &'m RowExpr) -> String {
    let (known, value) = condition_sql(scope, value);
    if known.is_empty() { value } else { format!("CASE {known}ELSE {value} END") }
}

/// A condition, and the arm that goes before it: what it consults is not known at that day.
fn condition_sql(scope: &mut Scope<'_>, condition: &RowExpr) -> (String, String) {
    let before = scope.known().len();
    let condition = scope.base_expr(condition);
    let known = scope.known()[before..].to_vec();
    let unknown: Vec<String> = known
        .into_iter()
        .map(|table| {
            let alias = format!("_{table}");
            scope.join_text(format!("LEFT JOIN {table} AS {alias} ON {alias}.bucket = _o.bucket"));
            format!("{alias}.bucket IS NULL")
        })
        .collect();
    if unknown.is_empty() {
        return (String::new(), condition);
    }
    (format!("WHEN {} THEN NULL ", unknown.join(" OR ")), condition)
}
