//! Generated entities and datasets, and their rows.

use std::fmt::Write as _;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, date};

use super::random::Random;
use crate::world::{RawRow, RawTables};

/// The type of a column, as far as the generator cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Integer,
    Number,
    Decimal,
    Text,
    Boolean,
    Date,
    Timestamp,
}

impl Kind {
    pub(crate) const fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Number | Self::Decimal)
    }

    pub(crate) const fn is_time(self) -> bool {
        matches!(self, Self::Date | Self::Timestamp)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Decimal => "decimal",
            Self::Text => "text",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
        }
    }
}

/// How the rows of a dataset are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Attributes,
    History,
    Snapshot,
    Events,
}

/// A dataset, as the grammar of metrics sees it.
#[derive(Clone, Debug)]
pub(crate) struct Set {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    /// Columns and paths, as they are after `where`.
    pub(crate) columns: Vec<(String, Kind)>,
    /// The entities whose keys it holds.
    pub(crate) entities: Vec<&'static str>,
}

/// A generated schema with its rows.
pub(crate) struct Schema {
    pub(crate) main: String,
    pub(crate) specs: String,
    pub(crate) holidays: Option<String>,
    pub(crate) sets: Vec<Set>,
    pub(crate) tables: RawTables,
    pub(crate) as_of: String,
    pub(crate) last_day: Date,
}

const ZONES: [&str; 7] = [
    "UTC",
    "Europe/Amsterdam",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Havana",
];

/// Spans of five months, up to the as-of: over a leap day, both changes of daylight saving, and a turn of the year.
const ENDS: [(i16, i8, i8); 5] =
    [(2024, 3, 31), (2025, 11, 16), (2026, 4, 9), (2026, 1, 4), (2024, 11, 30)];

/// One column of a dataset: its name, its type, more fields of its definition, and how its cells come about.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) more: &'static str,
}

pub(super) const fn column(name: &'static str, kind: Kind, more: &'static str) -> Column {
    Column { name, kind, more }
}

pub(super) struct Builder<'r> {
    pub(super) random: &'r mut Random,
    /// What says from when to when datasets are complete.
    ends: Random,
    pub(super) last: Date,
    pub(super) composite: bool,
    pub(super) accounts: usize,
    pub(super) users: usize,
    /// The days of the five months on which the project's clocks change, and the ones before.
    pub(super) changes: Vec<Date>,
    pub(super) schema: Schema,
}

pub(crate) fn schema(random: &mut Random) -> Schema {
    let (year, month, day) = *random.pick(&ENDS);
    let last = date(year, month, day);
    let as_of = match random.below(3) {
        0 => format!("{last}T{:02}:30:00", random.below(24)),
        _ => last.to_string(),
    };
    let schema = Schema {
        main: String::new(),
        specs: String::new(),
        holidays: None,
        sets: Vec::new(),
        tables: RawTables::new(),
        as_of,
        last_day: last,
    };
    let (accounts, users) = (random.below(5) + 2, random.below(7) + 1);
    let composite = random.percent(40);
    let ends = random.apart();
    let mut builder =
        Builder { random, ends, last, composite, accounts, users, changes: Vec::new(), schema };
    builder.project();
    builder.entities();
    builder.accounts();
    builder.users();
    builder.events();
    builder.tickets();
    builder.subs();
    builder.pictures("pics", "");
    let carry = builder.random.word(&["20 days", "45 days", "2 months", "forever"]);
    builder.pictures("levels", &format!("carry: {carry}, "));
    builder.trials();
    builder.ranks();
    builder.ghosts();
    builder.named();
    builder.schema
}

impl Builder<'_> {
    fn project(&mut self) {
        let days: Vec<String> = (0..3).map(|_| self.day().to_string()).collect();
        let random = &mut *self.random;
        let zone = random.word(&ZONES);
        self.changes = changes(&zone, self.last);
        let week = random.word(&["monday", "sunday", "thursday"]);
        let fiscal = random.word(&["january", "february", "october"]);
        let business = random.word(&["mon-fri", "sun-thu", "mon,tue,sat"]);
        let mut calendar = format!(
            "time_zone: {zone}, week_starts: {week}, fiscal_year_starts: {fiscal}, business_days: \"{business}\""
        );
        if random.percent(60) {
            calendar.push_str(", holidays: holidays.csv");
            self.schema.holidays = Some(format!("day\n{}\n", days.join("\n")));
        }
        self.schema.main = format!(
            "project: generated\nedition: 2026\ncalendar: {{ {calendar} }}\nhistory: 4 months\nas_of: {}\n",
            self.schema.as_of
        );
    }

    fn entities(&mut self) {
        let key = if self.composite { "[region, account_id]" } else { "account_id" };
        let lives = self.random.word(&["always", "[born, died]", "[born, none]", "[born, died]"]);
        let label = self.random.word(&["", ", label_column: plan"]);
        let _ = write!(
            self.schema.specs,
            "entities:\n  account: {{ key: {key}, home: accounts, lives: {lives}{label} }}\n  \
             user: {{ key: user_id, home: users, belongs_to: [account], lives: [joined, none] }}\n  \
             session: {{ key: session_id, belongs_to: [account], lives: always }}\ndatasets:\n"
        );
    }

    /// A day of the five months, or a little after the as-of; month ends come often.
    pub(super) fn day(&mut self) -> Date {
        let day = match self.random.below(10) {
            0 => self.last.checked_add(self.random.between(1, 20).days()).unwrap(),
            1 | 2 => {
                let month = self.last.checked_sub(self.random.between(0, 5).months()).unwrap();
                let end = month.last_of_month();
                if self.random.percent(50) { end } else { end.tomorrow().unwrap() }
            }
            // Up to a week before the clocks change.
            3 if !self.changes.is_empty() => {
                let change = *self.random.pick(&self.changes);
                change.checked_sub(self.random.between(0, 7).days()).unwrap()
            }
            _ => self.last.checked_sub(self.random.between(0, 150).days()).unwrap(),
        };
        // A timestamp after midnight of the last day is fine; before the leap day there is nothing special.
        day
    }

    /// A time of day: around midnight, in the hours that daylight saving moves, or any.
    pub(super) fn moment(&mut self) -> DateTime {
        let near = self.changes.clone();
        let random = &mut *self.random;
        let (day, minute) = match random.below(7) {
            0 if !near.is_empty() => (*random.pick(&near), random.between(0, 240)),
            1 | 2 => (self.day(), self.random.between(-70, 70)),
            3 => (self.day(), [0, 1320, 1380, 300, 240, 780, 750][self.random.below(7)]),
            _ => (self.day(), self.random.between(0, 1439)),
        };
        day.at(0, 0, 0, 0).checked_add(minute.minutes()).unwrap()
    }

    pub(super) fn cell(&mut self, column: &Column) -> Option<String> {
        if self.random.percent(8) {
            return None;
        }
        Some(match (column.name, column.kind) {
            // Labels of members too: some are alike, and one looks like another with its key.
            ("plan", _) => self.random.word(&[
                "pro",
                "free",
                "it's",
                "Pro",
                "pro",
                "pro ",
                "(unknown)",
                "(unmatched)",
                "a0",
                "pro (a1)",
            ]),
            ("tier", _) => self.random.below(3).to_string(),
            ("region", _) => self.random.word(&["eu", "us"]),
            // One more than there are: a key without a match.
            ("account_id", _) => format!("a{}", self.random.below(self.accounts + 1)),
            ("user_id", _) => (self.random.below(self.users + 1) as i64 - 1).to_string(),
            ("session_id", _) => format!("s{}", self.random.below(5)),
            ("event_id", _) => self.random.below(40).to_string(),
            ("stars", _) => self.random.between(1, 5).to_string(),
            (_, Kind::Text) => self.random.word(&["login", "export", "log", "öl"]),
            (_, Kind::Integer) => self.random.between(-3, 12).to_string(),
            (_, Kind::Number) => (self.random.between(-400, 900) as f64 / 8.0).to_string(),
            (_, Kind::Decimal) => {
                format!("{}.{:02}", self.random.below(90), self.random.below(100))
            }
            (_, Kind::Boolean) => self.random.percent(60).to_string(),
            (_, Kind::Date) => self.day().to_string(),
            (_, Kind::Timestamp) => self.moment().to_string(),
        })
    }

    pub(super) fn row(&mut self, columns: &[Column]) -> RawRow {
        let mut row = RawRow::new();
        for column in columns {
            if let Some(text) = self.cell(column) {
                row.insert(column.name.to_owned(), text);
            }
        }
        row
    }

    /// The columns of the account's key here.
    pub(super) fn account_columns(&self) -> Vec<Column> {
        let key = column("account_id", Kind::Text, "");
        let region = column("region", Kind::Text, "");
        if self.composite { vec![region, key] } else { vec![key] }
    }

    pub(super) fn account_key(&self) -> &'static str {
        if self.composite { "[region, account_id]" } else { "account_id" }
    }

    pub(super) fn time_kind(&mut self) -> Kind {
        *self.random.pick(&[Kind::Timestamp, Kind::Date])
    }

    /// Of some datasets: from when to when no row is missing.
    fn complete(&mut self) -> Vec<String> {
        let (last, ends) = (self.last, &mut self.ends);
        let mut day = |most: i64| last.checked_sub(ends.between(-5, most).days()).unwrap();
        let (mut from, mut until) = (day(150), day(60));
        if from > until {
            std::mem::swap(&mut from, &mut until);
        }
        let mut fields = Vec::new();
        if ends.percent(20) {
            fields.push(format!("complete_from: {from}"));
        }
        match ends.below(10) {
            0 => fields.push("complete_until: as_of".to_owned()),
            1 | 2 => fields.push(format!("complete_until: {until}")),
            _ => {}
        }
        fields
    }

    /// Writes a dataset and remembers what can be said about it.
    #[expect(clippy::too_many_arguments, reason = "one for each part of a dataset")]
    pub(super) fn set(
        &mut self,
        name: &'static str,
        shape: Shape,
        fields: &str,
        columns: &[Column],
        entities: Vec<&'static str>,
        paths: &[(&str, Kind)],
        computed: &[(&str, Kind, &str)],
    ) {
        let mut text =
            format!("  {name}:\n    from: data/{name}.csv\n    {{FIELDS}}\n    columns:\n");
        for c in columns {
            let _ = writeln!(text, "      {}: {{ type: {}{} }}", c.name, c.kind.name(), c.more);
        }
        for (name, _, value) in computed {
            let _ = writeln!(text, "      {name}: {{ value: \"{value}\" }}");
        }
        let complete = if shape == Shape::Attributes { Vec::new() } else { self.complete() };
        let fields = fields.split("; ").filter(|f| !f.is_empty()).map(str::to_owned);
        let fields = fields.chain(complete).collect::<Vec<_>>().join("\n    ");
        self.schema.specs.push_str(&text.replace("{FIELDS}", &fields));
        let keys =
            ["account_id", "region", "user_id", "session_id", "event_id", "ticket_id", "trial_id"];
        let own =
            columns.iter().filter(|c| !keys.contains(&c.name)).map(|c| (c.name.to_owned(), c.kind));
        let all = own
            .chain(computed.iter().map(|(name, kind, _)| ((*name).to_owned(), *kind)))
            .chain(paths.iter().map(|(path, kind)| ((*path).to_owned(), *kind)));
        self.schema.sets.push(Set { name, shape, columns: all.collect(), entities });
    }
}

/// The days on which the clocks of a zone change, in the five months before a day.
fn changes(zone: &str, last: Date) -> Vec<Date> {
    let zone = crate::calendar::zone(zone);
    let start = last.checked_sub(150.days()).unwrap();
    let start = crate::calendar::instant_in(&zone, start.at(0, 0, 0, 0));
    let following = zone.following(jiff::Timestamp::from_microsecond(start).unwrap());
    let days = following.map(|change| zone.to_datetime(change.timestamp()).date());
    let days = days.take_while(|day| *day <= last);
    days.flat_map(|day| [day.yesterday().unwrap(), day, day]).collect()
}
