//! What is asked of the events: sets of metrics, each at grains and by slices, in the language and for SQL.

use milepost::semantics::time::Grain;

use super::data::Data;
use super::rows::NAMES;
use super::{accounts, pictures, subscriptions};

/// The days of a trailing window.
pub(crate) const WINDOW: usize = 28;
/// How often somebody exports in a window to be a power user.
pub(crate) const OFTEN: usize = 5;

/// A set of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    /// Ten events, counted, and their users: by day, month, month and plan, month and region.
    Counts,
    /// The same, and the users of the last 28 days for every day.
    Trailing,
    /// Sums, ratios, percentiles, trailing windows and a segment.
    Wide,
    /// That many metrics by month, each with a condition of its own.
    Many(usize),
    /// Accounts of the events: active ones, and ones that are judged by the rows of 28 days.
    Accounts,
    /// Daily pictures: what every account pays, as it was on each day.
    Pictures,
    /// Subscriptions that overlap: what they pay, and how many accounts have one.
    Subscriptions,
}

impl Set {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "counts" => Some(Self::Counts),
            "trailing" => Some(Self::Trailing),
            "wide" => Some(Self::Wide),
            "accounts" => Some(Self::Accounts),
            "pictures" => Some(Self::Pictures),
            "subscriptions" => Some(Self::Subscriptions),
            _ => name.strip_prefix("many-")?.parse().ok().map(Self::Many),
        }
    }

    pub(crate) fn name(self) -> String {
        match self {
            Self::Counts => "counts".to_owned(),
            Self::Trailing => "trailing".to_owned(),
            Self::Wide => "wide".to_owned(),
            Self::Many(count) => format!("many-{count}"),
            Self::Accounts => "accounts".to_owned(),
            Self::Pictures => "pictures".to_owned(),
            Self::Subscriptions => "subscriptions".to_owned(),
        }
    }

    /// Of which rows it asks.
    pub(crate) const fn data(self) -> Data {
        match self {
            Self::Counts | Self::Trailing | Self::Wide | Self::Many(_) | Self::Accounts => {
                Data::Events
            }
            Self::Pictures => Data::Pictures,
            Self::Subscriptions => Data::Subscriptions,
        }
    }

    pub(crate) fn metrics(self) -> Vec<Metric> {
        match self {
            Self::Counts => counts(),
            Self::Trailing => counts().into_iter().chain(trailing()).collect(),
            Self::Wide => wide(),
            Self::Many(count) => (0..count).map(one_of_many).collect(),
            Self::Accounts => accounts::metrics(),
            Self::Pictures => pictures::metrics(),
            Self::Subscriptions => subscriptions::metrics(),
        }
    }

    /// The columns of the rows that the set needs.
    pub(crate) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Counts | Self::Trailing => &["at", "user_id", "name"],
            Self::Wide => &["at", "user_id", "name", "seconds", "amount"],
            Self::Many(_) => &["at", "user_id", "name", "seconds"],
            Self::Accounts => &["at", "user_id", "account_id", "name"],
            Self::Pictures => &["date", "account_id", "plan", "seats", "mrr"],
            Self::Subscriptions => &["account_id", "plan", "mrr", "started_at", "ended_at"],
        }
    }
}

/// The names of the events that are counted one by one.
pub(crate) fn counted() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(name, _)| *name).filter(|name| !["ping", "purchase"].contains(name))
}

/// A metric in both languages.
#[derive(Clone, Debug)]
pub(crate) struct Metric {
    pub(crate) name: String,
    /// As `value:` has it.
    pub(super) value: String,
    /// More lines of its definition.
    pub(super) fields: &'static str,
    pub(crate) sql: Sql,
    pub(crate) asked: Vec<Asked>,
}

/// What a semantic layer makes its statement from.
#[derive(Clone, Debug)]
pub(crate) enum Sql {
    /// An aggregate of the rows of each bucket for which a condition is true.
    Rows { select: String, condition: String },
    /// The users of the window that ends with each day.
    Trailing { condition: String },
    /// The users of an average day, beside those of the bucket.
    DailyShare,
    /// The users who are power users at the end of the bucket.
    PowerUsers,
    /// Of events, by whether their users are power users at the end of the bucket.
    ByPowerUser { select: String, condition: String },
    /// A statement that is written for this metric alone.
    Own(fn(&Question<'_>) -> String),
}

/// One statement of a semantic layer, one request of milepost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) metric: &'a Metric,
    pub(crate) grain: Grain,
    pub(crate) by: Option<&'static str>,
}

impl Question<'_> {
    /// How answers name it.
    pub(crate) fn id(&self) -> String {
        format!("{}|{}|{}", self.metric.name, self.grain.name(), self.by.unwrap_or_default())
    }
}

impl Metric {
    /// One whose SQL is written for it alone.
    pub(super) fn own(
        name: &str,
        value: &str,
        asked: &[Asked],
        statement: fn(&Question<'_>) -> String,
    ) -> Self {
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
            fields: "",
            sql: Sql::Own(statement),
            asked: asked.to_vec(),
        }
    }
}

pub(crate) fn questions(metrics: &[Metric]) -> Vec<Question<'_>> {
    let of = |metric| move |&(grain, by)| Question { metric, grain, by };
    metrics.iter().flat_map(|metric: &Metric| metric.asked.iter().map(of(metric))).collect()
}

/// In which buckets and slices something is asked.
pub(crate) type Asked = (Grain, Option<&'static str>);

pub(super) const TOTALS: [Asked; 2] = [(Grain::Day, None), (Grain::Month, None)];
const SLICED: [Asked; 2] = [(Grain::Month, Some("plan")), (Grain::Month, Some("region"))];
/// Of states.
pub(super) const TOTALS_AND_SLICES: [Asked; 4] = [TOTALS[0], TOTALS[1], SLICED[0], SLICED[1]];
/// Of means of states, and of what begins or ends.
pub(super) const MONTHS: [Asked; 2] = [TOTALS[1], SLICED[0]];

fn rows(name: &str, value: &str, select: &str, condition: &str) -> Metric {
    Metric {
        name: name.to_owned(),
        value: value.to_owned(),
        fields: "",
        sql: Sql::Rows { select: select.to_owned(), condition: condition.to_owned() },
        asked: TOTALS_AND_SLICES.to_vec(),
    }
}

fn counts() -> Vec<Metric> {
    let both = |name: &str| {
        let is = format!("name = '{name}'");
        let users = format!("count(distinct events.user where {is})");
        [
            rows(&format!("{name}_count"), &format!("count(events where {is})"), "count(*)", &is),
            rows(&format!("{name}_users"), &users, "count(DISTINCT e.user_id)", &is),
        ]
    };
    counted().flat_map(both).collect()
}

fn trailing() -> impl Iterator<Item = Metric> {
    counted().map(|name| {
        let condition = format!("name = '{name}'");
        Metric {
            name: format!("{name}_users_{WINDOW}d"),
            value: format!("count(distinct events.user over {WINDOW} days where {condition})"),
            fields: "",
            sql: Sql::Trailing { condition },
            asked: vec![(Grain::Day, None)],
        }
    })
}

fn wide() -> Vec<Metric> {
    let bought = "name = 'purchase'";
    let users = "count(distinct events.user)";
    let sum = format!("sum(events.amount where {bought})");
    let mut list = vec![
        rows("revenue", &sum, "sum(e.amount)", bought),
        rows(
            "order_value",
            &format!("{sum} / count(events where {bought})"),
            "sum(e.amount) / count(*)",
            bought,
        ),
        rows(
            "revenue_per_user",
            &format!("{sum} / {users}"),
            "sum(e.amount) FILTER (name = 'purchase') / count(DISTINCT e.user_id)",
            "true",
        ),
        rows(
            "buyers",
            &format!("count(distinct events.user where {bought}) / {users}"),
            "count(DISTINCT e.user_id) FILTER (name = 'purchase') / count(DISTINCT e.user_id)",
            "true",
        ),
        rows("active_users", users, "count(DISTINCT e.user_id)", "true"),
        rows(
            "events_per_user",
            &format!("count(events) / {users}"),
            "count(*) / count(DISTINCT e.user_id)",
            "true",
        ),
        rows(
            "search_seconds",
            "median(events.seconds where name = 'search')",
            "quantile_cont(e.seconds, 0.5)",
            "name = 'search'",
        ),
        rows(
            "export_seconds",
            "percentile(events.seconds, 90 where name = 'export')",
            "quantile_cont(e.seconds, 0.9)",
            "name = 'export'",
        ),
        rows(
            "upload_seconds",
            "avg(events.seconds where name = 'upload')",
            "avg(e.seconds)",
            "name = 'upload'",
        ),
        rows(
            "edit_hours",
            "sum(events.seconds where name = 'edit') / 3600",
            "sum(e.seconds) / 3600",
            "name = 'edit'",
        ),
        rows(
            "long_share",
            "count(events where seconds >= 300) / count(events where seconds is not null)",
            "count(*) FILTER (e.seconds >= 300) / count(e.seconds)",
            "true",
        ),
    ];
    list.extend(windows());
    list
}

/// The metrics of the wide set that look at more than the bucket.
fn windows() -> [Metric; 4] {
    let metric = |name: &str, value: String, sql, asked: &[Asked]| Metric {
        name: name.to_owned(),
        value,
        fields: "",
        sql,
        asked: asked.to_vec(),
    };
    let month = (Grain::Month, None);
    [
        metric(
            "active_users_28d",
            format!("count(distinct events.user over {WINDOW} days)"),
            Sql::Trailing { condition: "true".to_owned() },
            &[(Grain::Day, None)],
        ),
        metric(
            "daily_share",
            "avg(count(distinct events.user) per day) / count(distinct events.user)".to_owned(),
            Sql::DailyShare,
            &[month, (Grain::Month, Some("plan"))],
        ),
        metric(
            "power_users",
            "count(user where power_user)".to_owned(),
            Sql::PowerUsers,
            &[month, (Grain::Month, Some("plan"))],
        ),
        Metric {
            fields: "    slices: [power_user]\n",
            ..metric(
                "revenue_by_use",
                "sum(events.amount where name = 'purchase')".to_owned(),
                Sql::ByPowerUser {
                    select: "sum(e.amount)".to_owned(),
                    condition: "name = 'purchase'".to_owned(),
                },
                &[(Grain::Month, Some("power_user"))],
            )
        },
    ]
}

/// Counts and users in turn, of one event each, longer than so many seconds.
fn one_of_many(number: usize) -> Metric {
    let (kind, number_of) = (number % 2, number / 2);
    let (name, _) = NAMES[number_of % NAMES.len()];
    let condition = format!("name = '{name}' and seconds >= {}", number_of / NAMES.len());
    let (value, select) = if kind == 0 {
        (format!("count(events where {condition})"), "count(*)")
    } else {
        (format!("count(distinct events.user where {condition})"), "count(DISTINCT e.user_id)")
    };
    let metric = rows(&format!("metric_{number}"), &value, select, &condition);
    Metric { asked: vec![(Grain::Month, None)], ..metric }
}
