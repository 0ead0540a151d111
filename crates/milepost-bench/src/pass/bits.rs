//! The same with the days of a month as the bits of one number, which is as far as SQL goes: one grouping by user and
//! month, and everything about days and windows is looked up in the bits.

use super::hand::{is_counted, months};
use super::keys::Keys;
use super::rows::NAMES;
use super::sets::{Set, WINDOW};

/// The bit of the first day of a month, where the days of the month before are below it.
const FIRST: usize = 31;

/// Nothing where it would be no other than what a hand writes.
pub(crate) fn statements(set: Set, keys: Keys) -> Option<Vec<String>> {
    let counts = || {
        let (mut list, key, users) = match keys {
            Keys::Numbers => (Vec::new(), "UINTEGER", "users"),
            Keys::Texts => (members(), "member", "members"),
        };
        list.extend([
            kinds(),
            user_months(key),
            day_counts(),
            NAMED.counts("name || '_users|day|'"),
        ]);
        list.push(months(MONTHS, users));
        list
    };
    match set {
        Set::Counts => Some(counts()),
        Set::Trailing => {
            let question = format!("name || '_users_{WINDOW}d|day|'");
            Some(counts().into_iter().chain([NAMED.windows(&question)]).collect())
        }
        Set::Wide | Set::Many(_) | Set::Accounts | Set::Pictures | Set::Subscriptions => None,
    }
}

/// Names as numbers: half the width, and quicker to compare.
fn kinds() -> String {
    let names: Vec<String> = NAMES.iter().map(|(name, _)| format!("'{name}'")).collect();
    format!("CREATE TYPE kind AS ENUM ({})", names.join(", "))
}

/// Keys that are texts as numbers too, and the users by them.
fn members() -> Vec<String> {
    vec![
        "CREATE TYPE member AS ENUM (SELECT user_id FROM users)".to_owned(),
        "CREATE TEMP TABLE members AS SELECT user_id::member AS user_id, plan, region FROM users"
            .to_owned(),
    ]
}

/// With keys of that type, which is smaller than that of the files.
fn user_months(key: &str) -> String {
    format!(
        "CREATE TEMP TABLE user_months AS\n\
         SELECT name::kind AS name, user_id::{key} AS user_id, {MONTH}, count(*)::UINTEGER AS events, {DAYS}\n\
         FROM events e WHERE {}\nGROUP BY ALL",
        is_counted()
    )
}

pub(super) const MONTH: &str = "month(e.at)::UTINYINT AS month";
pub(super) const DAYS: &str = "bit_or(1::UINTEGER << (day(e.at) - 1)::UINTEGER) AS days";
const MONTHS: &str =
    "(SELECT name, user_id, make_date(2025, month, 1) AS month, events FROM user_months)";
/// The length of the month whose number is in brackets.
pub(super) const LENGTHS: &str = "([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]::UTINYINT[])";

fn day_counts() -> String {
    format!(
        "SELECT name || '_count|day|', '', e.at::DATE AS day, count(*)\n\
         FROM events e WHERE {}\nGROUP BY name, day",
        is_counted()
    )
}

/// A table that has a row for each of somebody and each month, with the days of the month as bits.
pub(super) struct Days {
    pub(super) table: &'static str,
    /// Who: a column.
    pub(super) key: &'static str,
    /// What else tells rows apart: a column and a comma, or nothing.
    pub(super) name: &'static str,
}

/// The users of each event.
const NAMED: Days = Days { table: "user_months", key: "user_id", name: "name, " };
/// The users of all events.
pub(super) const USERS: Days = Days { name: "", ..NAMED };

impl Days {
    /// A column for each day of the month, and the columns as rows again.
    fn by_day(&self, question: &str, table: &str, column: impl Fn(usize) -> String) -> String {
        let name = self.name;
        let days = 1..=31;
        let columns: Vec<String> =
            days.clone().map(|day| format!("{} AS d{day}", column(day))).collect();
        let list: Vec<String> = days.map(|day| format!("d{day}")).collect();
        format!(
            "SELECT {question}, '', make_date(2025, month, number) AS day, value FROM (\n\
             \x20 SELECT {name}month, unnest([{list}]) AS value, unnest(range(1, 32))::INTEGER AS number FROM (\n\
             \x20   SELECT {name}month,\n      {columns}\n\
             \x20   FROM {table} GROUP BY ALL))\n\
             WHERE number <= {LENGTHS}[month]",
            list = list.join(", "),
            columns = columns.join(",\n      "),
        )
    }

    /// How many there were on each day, from the bits.
    pub(super) fn counts(&self, question: &str) -> String {
        self.by_day(question, self.table, |day| format!("sum((days >> {}) & 1)::BIGINT", day - 1))
    }

    /// How many there were in each trailing window, from the bits of its month and of the month before.
    pub(super) fn windows(&self, question: &str) -> String {
        let Self { table, key, name } = self;
        let before = |days: &str, month: &str| {
            format!("({days}::UBIGINT << ({FIRST} - {LENGTHS}[{month}])::UBIGINT)")
        };
        let both = format!(
            "(SELECT {name}month, days::UBIGINT << {FIRST}\n\
             \x20          | CASE WHEN last_month = month - 1 THEN {with} ELSE 0 END AS days FROM placed\n\
             \x20   UNION ALL SELECT {name}month + 1, {alone} FROM placed\n\
             \x20   WHERE month < 12 AND next_month IS DISTINCT FROM month + 1)",
            with = before("last_days", "last_month"),
            alone = before("days", "month"),
        );
        let mask = (1u64 << WINDOW) - 1;
        let days = self.by_day(question, &both, |day| {
            format!("count(*) FILTER ((days >> {}) & {mask} <> 0)", FIRST + day - WINDOW)
        });
        format!(
            "WITH placed AS (\n\
             \x20 SELECT {name}month, days, lag(month) OVER w AS last_month, lag(days) OVER w AS last_days,\n\
             \x20        lead(month) OVER w AS next_month\n\
             \x20 FROM {table} WINDOW w AS (PARTITION BY {name}{key} ORDER BY month)\n\
             )\n\
             {days}\nAND day BETWEEN DATE '2025-01-01' + {} AND DATE '2025-12-31'",
            WINDOW - 1
        )
    }
}
