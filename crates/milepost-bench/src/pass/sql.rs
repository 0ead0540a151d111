//! One statement for each metric, grain and slice, as a semantic layer sends them.

use milepost::semantics::time::Grain;

use super::sets::{OFTEN, Question, Sql, WINDOW};

/// Every statement gives question, slice, bucket and value.
pub(crate) fn statement(question: &Question<'_>) -> String {
    let id = question.id();
    let grain = question.grain.name();
    let by = question.by.map_or("''".to_owned(), |by| format!("u.{by}"));
    let users = joined(question.by);
    match &question.metric.sql {
        Sql::Rows { select, condition } => format!(
            "SELECT '{id}', {by} AS slice, date_trunc('{grain}', e.at) AS bucket, {select}\n\
             FROM events e{users}\nWHERE {condition}\nGROUP BY ALL"
        ),
        Sql::Trailing { condition } => format!(
            "SELECT '{id}', '', d.day, count(DISTINCT e.user_id)\n\
             FROM {days} d\n\
             JOIN events e ON e.at >= d.day - INTERVAL {before} DAY AND e.at < d.day + INTERVAL 1 DAY\n\
             WHERE {condition}\nGROUP BY ALL",
            days = days(question.grain),
            before = WINDOW - 1,
        ),
        Sql::DailyShare => format!(
            "SELECT '{id}', m.slice, m.bucket, d.users / day(last_day(m.bucket)) / m.users\n\
             FROM (SELECT {by} AS slice, date_trunc('{grain}', e.at) AS bucket, count(DISTINCT e.user_id) AS users\n\
             \x20     FROM events e{users} GROUP BY ALL) m\n\
             JOIN (SELECT slice, date_trunc('{grain}', day) AS bucket, sum(users) AS users\n\
             \x20     FROM (SELECT {by} AS slice, date_trunc('day', e.at) AS day, count(DISTINCT e.user_id) AS users\n\
             \x20           FROM events e{users} GROUP BY ALL)\n\
             \x20     GROUP BY ALL) d USING (slice, bucket)"
        ),
        Sql::PowerUsers => format!(
            "SELECT '{id}', {by} AS slice, p.bucket, count(*)\nFROM {power} p\n\
             JOIN users u ON u.user_id = p.user_id\nGROUP BY ALL",
            power = power_users(question.grain),
        ),
        Sql::ByPowerUser { select, condition } => format!(
            "SELECT '{id}', CASE WHEN p.user_id IS NULL THEN 'no' ELSE 'yes' END AS slice,\n\
             \x20      date_trunc('{grain}', e.at) AS bucket, {select}\n\
             FROM events e\n\
             LEFT JOIN {power} p ON p.user_id = e.user_id AND p.bucket = date_trunc('{grain}', e.at)\n\
             WHERE {condition}\nGROUP BY ALL",
            power = power_users(question.grain),
        ),
        Sql::Own(statement) => statement(question),
    }
}

fn joined(by: Option<&str>) -> &'static str {
    if by.is_some() { "\nLEFT JOIN users u ON u.user_id = e.user_id" } else { "" }
}

/// The days of the year from the first one on that a whole window lies before.
fn days(grain: Grain) -> String {
    format!(
        "(SELECT unnest(generate_series(DATE '2025-01-01' + {}, DATE '2025-12-31', INTERVAL 1 {})) AS day)",
        WINDOW - 1,
        grain.name()
    )
}

/// User and bucket, where somebody is a power user at its end.
pub(crate) fn power_users(grain: Grain) -> String {
    let grain = grain.name();
    format!(
        "(SELECT b.bucket, e.user_id\n\
         \x20     FROM (SELECT unnest(generate_series(DATE '2025-01-01', DATE '2025-12-31', INTERVAL 1 {grain})) AS bucket) b\n\
         \x20     JOIN events e ON e.at >= b.bucket + INTERVAL 1 {grain} - INTERVAL {WINDOW} DAY\n\
         \x20          AND e.at < b.bucket + INTERVAL 1 {grain}\n\
         \x20     WHERE e.name = 'export'\n\
         \x20     GROUP BY ALL\n\
         \x20     HAVING count(*) >= {OFTEN})"
    )
}
