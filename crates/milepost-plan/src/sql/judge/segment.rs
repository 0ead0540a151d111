//! Members sorted by a rule, at the ends of days.

use std::fmt::Write as _;

use std::sync::Arc;

use milepost_semantics::model::{InSegment, RowExpr, SegmentAt, SegmentId, SegmentRule, UNMATCHED};

use super::leaf::all_of;
use super::{Frames, Judge};
use crate::placement::ROW_NUMBER;
use crate::sql::Scope;
use crate::sql::text::{ident, string};

impl<'m> Scope<'m> {
    /// The segment that a member is in; null: no such member, or not known then.
    pub(in crate::sql) fn segment(&mut self, asked: &InSegment) -> String {
        let Some((judge, frames, name)) = self.next_part("s") else { return "NULL".to_owned() };
        let (days, end) = match asked.at {
            SegmentAt::End if frames.are_last_days() => {
                (Arc::clone(&frames), format!("{}.ends", self.frame()))
            }
            SegmentAt::End => {
                let days = frames.last_days(format!("{name}_days"), &judge);
                (Arc::new(days), format!("{}.ends", self.frame()))
            }
            SegmentAt::DayBefore => {
                let Some((rows, _)) = self.rows() else { return "NULL".to_owned() };
                let instants = format!(
                    "SELECT DISTINCT local_midnight(local_date(o.at)) AS bucket FROM {rows} AS o WHERE o.at IS NOT NULL"
                );
                let days = Frames::days_before(format!("{name}_days"), &judge, &instants);
                (Arc::new(days), "local_midnight(local_date(_o.at))".to_owned())
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
        let keys: Vec<String> = asked.key.iter().map(|key| self.base_expr(key)).collect();
        let alias = format!("_{name}");
        let mut on = vec![format!("{alias}.bucket = {end}")];
        on.extend(keys.iter().enumerate().map(|(i, key)| format!("{alias}.key{} = {key}", i + 1)));
        self.join_text(format!("LEFT JOIN {table} AS {alias} ON {}", on.join(" AND ")));
        format!("{alias}.value")
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
    let model = judge.model;
    let segment = &model[id];
    judge.comment(&format!("segment {}", segment.name));
    let members = ident(&model[segment.members].name);
    let at = format!("{name}_at");
    judge.push(
        &at,
        &format!(
            "SELECT f.bucket, m.{} AS _row, CAST(NULL AS TIMESTAMP(6)) AS at\n    FROM {} AS f CROSS JOIN {members} AS m",
            ident(ROW_NUMBER),
            place.1
        ),
    );
    let mut scope = Scope::over(judge, segment.members, name, &at, false, days);
    let key = model[segment.members]
        .entity_key(segment.of)
        .expect("members stand in rows that have their key");
    let mut columns = vec!["_o.bucket".to_owned()];
    for (i, column) in key.iter().enumerate() {
        columns.push(format!("{} AS key{}", scope.column(&[], segment.members, *column), i + 1));
    }
    let value = match &segment.rule {
        SegmentRule::Where(condition) => {
            let (known, condition) = condition_sql(&mut scope, condition);
            format!("CASE {known}WHEN {condition} THEN TRUE ELSE FALSE END")
        }
        SegmentRule::Bands(bands) => {
            let mut otherwise = UNMATCHED;
            let mut arms = String::new();
            for band in bands {
                let Some(condition) = &band.condition else {
                    otherwise = &band.name;
                    break;
                };
                let (known, condition) = condition_sql(&mut scope, condition);
                let _ = write!(arms, "{known}WHEN {condition} THEN {} ", string(&band.name));
            }
            if arms.is_empty() {
                string(otherwise)
            } else {
                format!("CASE {arms}ELSE {} END", string(otherwise))
            }
        }
    };
    columns.push(format!("{value} AS value"));
    let table = format!("{name}_segment");
    judge.push(&table, &format!("SELECT {}\n    FROM {}", columns.join(", "), scope.tables()));
    let judged = format!("{name}_judged");
    judge.push(&judged, &all_of(&place.1, scope.known()));
    let printed = Printed { table, judged };
    judge.keep_segment(place, printed.clone());
    printed
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
