//! What somebody who knows SQL well writes for a whole set at once.

use super::sets::{self, Metric, Set, Sql, WINDOW};
use super::{accounts, pictures, subscriptions, wide};

/// One grouping by user and day, from which all else is grouped; trailing windows as intervals, which end where the next
/// one begins, and a running sum over their ends.
pub(crate) fn statements(set: Set) -> Vec<String> {
    match set {
        Set::Counts => vec![user_days(), days(), months(OF_DAYS, "users")],
        Set::Trailing => {
            let mut list = statements(Set::Counts);
            list.push(intervals());
            list
        }
        Set::Wide => wide::statements(),
        Set::Many(_) => vec![filters(&set.metrics())],
        Set::Accounts => accounts::by_hand(),
        Set::Pictures => pictures::by_hand(),
        Set::Subscriptions => subscriptions::by_hand(),
    }
}

/// The condition of the events that are counted one by one.
pub(crate) fn is_counted() -> String {
    let names: Vec<String> = sets::counted().map(|name| format!("'{name}'")).collect();
    format!("name IN ({})", names.join(", "))
}

fn user_days() -> String {
    format!(
        "CREATE TEMP TABLE user_days AS\n\
         SELECT name, user_id, e.at::DATE AS day, count(*) AS events\n\
         FROM events e WHERE {}\nGROUP BY ALL",
        is_counted()
    )
}

fn days() -> String {
    "SELECT unnest([name || '_count|day|', name || '_users|day|']), '', day, unnest([events, users])\n\
     FROM (SELECT name, day, sum(events)::BIGINT AS events, count(*) AS users FROM user_days GROUP BY ALL)"
        .to_owned()
}

/// A row for each user, event and month, from the days.
const OF_DAYS: &str = "(SELECT name, user_id, date_trunc('month', day) AS month, sum(events) AS events\n\
     \x20       FROM user_days GROUP BY ALL)";

/// By month, whole and sliced, from a row for each user, event and month, and one for each user.
pub(crate) fn months(user_months: &str, users: &str) -> String {
    format!(
        "WITH figures AS (\n\
         \x20 SELECT name, month, plan, region, sum(events)::BIGINT AS events, count(*) AS users,\n\
         \x20        CASE WHEN grouping(plan) = 0 THEN 'plan' WHEN grouping(region) = 0 THEN 'region' ELSE '' END AS part\n\
         \x20 FROM {user_months} LEFT JOIN {users} USING (user_id)\n\
         \x20 GROUP BY GROUPING SETS ((name, month), (name, month, plan), (name, month, region))\n\
         )\n\
         SELECT unnest([name || '_count|month|' || part, name || '_users|month|' || part]), coalesce(plan, region, ''), month,\n\
         \x20      unnest([events, users])\n\
         FROM figures"
    )
}

fn intervals() -> String {
    format!(
        "WITH intervals AS (\n\
         \x20 SELECT name, day, least(day + {WINDOW},\n\
         \x20        coalesce(lead(day) OVER (PARTITION BY name, user_id ORDER BY day), DATE '9999-12-31')) AS until\n\
         \x20 FROM user_days\n\
         ), changes AS (\n\
         \x20 SELECT name, day, sum(change) AS change FROM (\n\
         \x20   SELECT name, day, count(*) AS change FROM intervals GROUP BY ALL\n\
         \x20   UNION ALL SELECT name, until, -count(*) FROM intervals GROUP BY ALL\n\
         \x20   UNION ALL SELECT name, day, 0 FROM (SELECT DISTINCT name FROM user_days), (SELECT DISTINCT day FROM user_days))\n\
         \x20 GROUP BY ALL\n\
         )\n\
         SELECT name || '_users_{WINDOW}d|day|', '', day,\n\
         \x20      (sum(change) OVER (PARTITION BY name ORDER BY day))::BIGINT\n\
         FROM changes\n\
         QUALIFY day BETWEEN DATE '2025-01-01' + {} AND DATE '2025-12-31'",
        WINDOW - 1
    )
}

/// Every metric of one table and one grain is a column.
fn filters(metrics: &[Metric]) -> String {
    let parts = metrics.iter().filter_map(|metric| match &metric.sql {
        Sql::Rows { select, condition } => {
            Some((&metric.name, format!("{select} FILTER ({condition})")))
        }
        _ => None,
    });
    let (names, columns): (Vec<String>, Vec<String>) =
        parts.map(|(name, column)| (format!("'{name}|month|'"), column)).unzip();
    format!(
        "SELECT unnest([{}]), '', month, unnest([{}])\n\
         FROM (SELECT date_trunc('month', e.at) AS month,\n  {}\n  FROM events e GROUP BY ALL)",
        names.join(", "),
        (0..columns.len()).map(|i| format!("m{i}")).collect::<Vec<_>>().join(", "),
        columns
            .iter()
            .enumerate()
            .map(|(i, column)| format!("{column} AS m{i}"))
            .collect::<Vec<_>>()
            .join(",\n  "),
    )
}
