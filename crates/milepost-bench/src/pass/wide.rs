//! What a hand writes for the wide set.

use milepost::semantics::time::Grain;

use super::bits::{DAYS, LENGTHS, MONTH, USERS};
use super::sets::WINDOW;
use super::sql;

/// Sums by user and month, and what can't be summed by itself.
pub(super) fn statements() -> Vec<String> {
    vec![
        wide_user_months(),
        wide_months(),
        wide_days(),
        USERS.counts("'active_users|day|'"),
        USERS.windows(&format!("'active_users_{WINDOW}d|day|'")),
        percentiles("month", "GROUPING SETS ((bucket), (bucket, plan), (bucket, region))"),
        percentiles("day", "GROUPING SETS ((bucket))"),
        format!("CREATE TEMP TABLE power AS SELECT * FROM {}", sql::power_users(Grain::Month)),
        of_power_users(),
        "SELECT 'revenue_by_use|month|power_user', CASE WHEN p.user_id IS NULL THEN 'no' ELSE 'yes' END AS slice,\n\
         \x20      make_date(2025, month, 1), sum(m.revenue)\n\
         FROM user_months m LEFT JOIN power p ON p.user_id = m.user_id AND month(p.bucket) = m.month\n\
         WHERE m.bought > 0\nGROUP BY slice, month"
            .to_owned(),
    ]
}

/// Sums of rows under the names that the figures below use.
const SUMS: &str = "count(*) AS events, sum(amount) AS revenue, count(amount) AS bought,\n\
     \x20 sum(seconds) FILTER (name = 'edit') AS edit, sum(seconds) FILTER (name = 'upload') AS upload,\n\
     \x20 count(seconds) FILTER (name = 'upload') AS uploads, count(seconds) AS known,\n\
     \x20 count(*) FILTER (seconds >= 300) AS long";

/// Figures of sums, of users and of those who bought.
fn figures(grain: &str, users: bool) -> (String, String) {
    let mut list = vec![
        ("revenue", "revenue::DOUBLE"),
        ("order_value", "revenue / bought"),
        ("revenue_per_user", "revenue / users"),
        ("buyers", "buyers / users"),
        ("events_per_user", "events / users"),
        ("upload_seconds", "upload / uploads"),
        ("edit_hours", "edit / 3600"),
        ("long_share", "long / known"),
    ];
    if users {
        list.push(("active_users", "users::DOUBLE"));
    }
    let names: Vec<String> =
        list.iter().map(|(name, _)| format!("'{name}|{grain}|' || part")).collect();
    let values: Vec<&str> = list.iter().map(|(_, value)| *value).collect();
    (names.join(", "), values.join(", "))
}

fn wide_user_months() -> String {
    format!(
        "CREATE TEMP TABLE user_months AS\n\
         SELECT user_id, {MONTH}, {DAYS},\n  {SUMS}\n\
         FROM events e GROUP BY ALL"
    )
}

fn wide_months() -> String {
    let (names, values) = figures("month", true);
    format!(
        "WITH figures AS (\n\
         \x20 SELECT month, plan, region, count(*) AS users, count(*) FILTER (bought > 0) AS buyers,\n\
         \x20        sum(bit_count(days)) / {LENGTHS}[month] AS daily,\n\
         \x20        {sums},\n\
         \x20        CASE WHEN grouping(plan) = 0 THEN 'plan' WHEN grouping(region) = 0 THEN 'region' ELSE '' END AS part\n\
         \x20 FROM user_months LEFT JOIN users USING (user_id)\n\
         \x20 GROUP BY GROUPING SETS ((month), (month, plan), (month, region))\n\
         ), named AS (\n\
         \x20 SELECT unnest([{names}, CASE WHEN part <> 'region' THEN 'daily_share|month|' || part END]) AS question,\n\
         \x20        coalesce(plan, region, '') AS slice, make_date(2025, month, 1), unnest([{values}, daily / users]) AS value\n\
         \x20 FROM figures\n\
         )\n\
         SELECT * FROM named WHERE question IS NOT NULL",
        sums = ["events", "revenue", "bought", "edit", "upload", "uploads", "known", "long"]
            .map(|name| format!("sum({name}) AS {name}"))
            .join(", ")
    )
}

fn wide_days() -> String {
    let (names, values) = figures("day", false);
    format!(
        "WITH sums AS (\n\
         \x20 SELECT e.at::DATE AS day, {SUMS}\n  FROM events e GROUP BY ALL\n\
         ), buyers AS (\n\
         \x20 SELECT e.at::DATE AS day, count(DISTINCT user_id) AS buyers FROM events e WHERE name = 'purchase' GROUP BY ALL\n\
         ), users AS (\n\
         \x20 SELECT day, value AS users FROM ({users}) u(question, slice, day, value)\n\
         )\n\
         SELECT unnest([{names}]), '', day, unnest([{values}])\n\
         FROM (SELECT *, '' AS part FROM sums JOIN users USING (day) LEFT JOIN buyers USING (day))",
        users = USERS.counts("'active_users|day|'"),
    )
}

fn percentiles(grain: &str, sets: &str) -> String {
    format!(
        "WITH rows AS (\n\
         \x20 SELECT name, seconds, date_trunc('{grain}', e.at) AS bucket, plan, region\n\
         \x20 FROM events e LEFT JOIN users USING (user_id)\n\
         \x20 WHERE name IN ('search', 'export') AND seconds IS NOT NULL\n\
         ), figures AS (\n\
         \x20 SELECT bucket, any_value(plan) AS a_plan, any_value(region) AS a_region,\n\
         \x20        quantile_cont(seconds, 0.5) FILTER (name = 'search') AS search,\n\
         \x20        quantile_cont(seconds, 0.9) FILTER (name = 'export') AS export,\n\
         \x20        {by}\n\
         \x20 FROM rows GROUP BY {sets}\n\
         )\n\
         SELECT unnest(['search_seconds|{grain}|' || part, 'export_seconds|{grain}|' || part]),\n\
         \x20      CASE part WHEN 'plan' THEN a_plan WHEN 'region' THEN a_region ELSE '' END, bucket, unnest([search, export])\n\
         FROM figures",
        by = if sets.contains("plan") {
            "CASE WHEN grouping(plan) = 0 THEN 'plan' WHEN grouping(region) = 0 THEN 'region' ELSE '' END AS part"
        } else {
            "'' AS part"
        },
    )
}

fn of_power_users() -> String {
    "SELECT 'power_users|month|' || part, coalesce(plan, ''), bucket, count\n\
     FROM (SELECT bucket, plan, count(*) AS count, CASE WHEN grouping(plan) = 0 THEN 'plan' ELSE '' END AS part\n\
     \x20     FROM power JOIN users USING (user_id) GROUP BY GROUPING SETS ((bucket), (bucket, plan)))"
        .to_owned()
}
