//! The set about the accounts of the events: who is active, and who is judged by the rows of 28 days.

use milepost::semantics::time::Grain;

use super::bits::{DAYS, Days, LENGTHS, MONTH};
use super::sets::{Metric, Question, WINDOW};

/// How often an account exports in a window to count, and how many users a team has.
const EXPORTS: usize = 8;
const TEAM: usize = 10;

const TOTALS: [(Grain, Option<&str>); 3] =
    [(Grain::Day, None), (Grain::Month, None), (Grain::Month, Some("tier"))];
const JUDGED: [(Grain, Option<&str>); 2] = [(Grain::Month, None), (Grain::Month, Some("tier"))];

pub(super) fn metrics() -> Vec<Metric> {
    let active = "count(distinct events.account)";
    let exports = format!(
        "count(account where count(events over {WINDOW} days where name = 'export') >= {EXPORTS})"
    );
    let teams =
        format!("count(account where count(distinct events.user over {WINDOW} days) >= {TEAM})");
    let trailing = format!("count(distinct events.account over {WINDOW} days)");
    vec![
        Metric::own("active_accounts", active, &TOTALS, |question| {
            of_rows(question, "count(DISTINCT e.account_id)")
        }),
        Metric::own(
            "events_per_account",
            &format!("count(events) / {active}"),
            &TOTALS,
            |question| of_rows(question, "count(*) / count(DISTINCT e.account_id)"),
        ),
        Metric::own(
            &format!("active_accounts_{WINDOW}d"),
            &trailing,
            &[(Grain::Day, None)],
            |question| {
                format!(
                    "SELECT '{id}', '', d.day, count(DISTINCT e.account_id)\n\
                 FROM (SELECT unnest(generate_series(DATE '2025-01-01' + {before}, DATE '2025-12-31', INTERVAL 1 day)) AS day) d\n\
                 JOIN events e ON e.at >= d.day - INTERVAL {before} DAY AND e.at < d.day + INTERVAL 1 DAY\nGROUP BY ALL",
                    id = question.id(),
                    before = WINDOW - 1,
                )
            },
        ),
        Metric::own("exporting_accounts", &exports, &JUDGED, |question| {
            judged(question, "WHERE e.name = 'export'", &format!("count(*) >= {EXPORTS}"))
        }),
        Metric::own("team_accounts", &teams, &JUDGED, |question| {
            judged(question, "", &format!("count(DISTINCT e.user_id) >= {TEAM}"))
        }),
    ]
}

fn of_rows(question: &Question<'_>, select: &str) -> String {
    let by = question.by.map_or("''".to_owned(), |by| format!("a.{by}"));
    let accounts = if question.by.is_some() {
        "\nLEFT JOIN accounts a ON a.account_id = e.account_id"
    } else {
        ""
    };
    format!(
        "SELECT '{id}', {by} AS slice, date_trunc('{grain}', e.at) AS bucket, {select}\n\
         FROM events e{accounts}\nGROUP BY ALL",
        id = question.id(),
        grain = question.grain.name(),
    )
}

/// The accounts of which the rows of the window that ends with the bucket are so.
fn judged(question: &Question<'_>, filter: &str, having: &str) -> String {
    let grain = question.grain.name();
    format!(
        "SELECT '{id}', {by} AS slice, j.bucket, count(*)\n\
         FROM (SELECT b.bucket, e.account_id\n\
         \x20     FROM (SELECT unnest(generate_series(DATE '2025-01-01', DATE '2025-12-31', INTERVAL 1 {grain})) AS bucket) b\n\
         \x20     JOIN events e ON e.at >= b.bucket + INTERVAL 1 {grain} - INTERVAL {WINDOW} DAY\n\
         \x20          AND e.at < b.bucket + INTERVAL 1 {grain}\n\
         \x20     {filter}\n\
         \x20     GROUP BY ALL HAVING {having}) j\n\
         JOIN accounts a ON a.account_id = j.account_id\nGROUP BY ALL",
        id = question.id(),
        by = question.by.map_or("''".to_owned(), |by| format!("a.{by}")),
    )
}

/// What a hand writes: the rows once, by account, user and month, with the days as bits; windows that end with a month lie
/// in it.
pub(super) fn by_hand() -> Vec<String> {
    let days = Days { table: "account_months", key: "account_id", name: "" };
    vec![
        format!(
            "CREATE TEMP TABLE account_users AS\n\
             SELECT account_id, user_id, {MONTH}, {DAYS}, count(*) AS events,\n\
             \x20 count(*) FILTER (name = 'export' AND day(e.at) > {LENGTHS}[month(e.at)] - {WINDOW}) AS exports\n\
             FROM events e GROUP BY ALL"
        ),
        format!(
            "CREATE TEMP TABLE account_months AS\n\
             SELECT account_id, month, bit_or(days) AS days, sum(events) AS events, sum(exports) AS exports,\n\
             \x20 count(*) FILTER (days >> ({LENGTHS}[month] - {WINDOW})::UINTEGER <> 0) AS users\n\
             FROM account_users GROUP BY ALL"
        ),
        format!(
            "WITH figures AS (\n\
             \x20 SELECT month, tier, count(*) AS accounts, sum(events) AS events, count(*) FILTER (exports >= {EXPORTS}) AS exporting,\n\
             \x20        count(*) FILTER (users >= {TEAM}) AS teams, CASE WHEN grouping(tier) = 0 THEN 'tier' ELSE '' END AS part\n\
             \x20 FROM account_months JOIN accounts USING (account_id)\n\
             \x20 GROUP BY GROUPING SETS ((month), (month, tier))\n\
             )\n\
             SELECT unnest(['active_accounts|month|' || part, 'events_per_account|month|' || part,\n\
             \x20              'exporting_accounts|month|' || part, 'team_accounts|month|' || part]),\n\
             \x20      coalesce(tier, ''), make_date(2025, month, 1), unnest([accounts, events / accounts, nullif(exporting, 0), nullif(teams, 0)])\n\
             FROM figures"
        ),
        format!(
            "WITH accounts_of_days AS (\n\
             \x20 SELECT day, value AS accounts FROM ({accounts}) a(question, slice, day, value)\n\
             ), events_of_days AS (\n\
             \x20 SELECT e.at::DATE AS day, count(*) AS events FROM events e GROUP BY ALL\n\
             )\n\
             SELECT unnest(['active_accounts|day|', 'events_per_account|day|']), '', day, unnest([accounts, events / accounts])\n\
             FROM accounts_of_days JOIN events_of_days USING (day)",
            accounts = days.counts("'active_accounts|day|'"),
        ),
        days.windows(&format!("'active_accounts_{WINDOW}d|day|'")),
    ]
}
