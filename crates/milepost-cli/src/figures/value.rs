//! Numbers, days, instants and truth values, as programs and people read them.

use milepost::engine::write::Values;
use milepost::report::display_page;
use milepost::semantics::model::{Display, Part, Type};
use milepost::semantics::time::{Calendar, Instant, date_of_epoch_day, show_date};
use milepost::site::format::Formatter;
use serde_json::{Value, json};

/// What the values of a part are. Series hold all of them as doubles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Boolean,
    /// Days since 1970.
    Date,
    /// Microseconds since 1970 in UTC.
    Instant,
}

impl Kind {
    /// What is where numbers have a unit.
    const fn name(self) -> Option<&'static str> {
        match self {
            Self::Number => None,
            Self::Boolean => Some("boolean"),
            Self::Date => Some("date"),
            Self::Instant => Some("timestamp"),
        }
    }
}

/// The values of one part of a metric.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shower<'a> {
    part: &'a Part,
    calendar: &'a Calendar,
    kind: Kind,
}

impl<'a> Shower<'a> {
    pub(super) fn new(part: &'a Part, calendar: &'a Calendar) -> Self {
        let kind = match part.value.ty {
            Type::Boolean => Kind::Boolean,
            Type::Date => Kind::Date,
            Type::Timestamp => Kind::Instant,
            _ => Kind::Number,
        };
        Self { part, calendar, kind }
    }

    /// For people: by this formatter, where it is a number.
    pub(super) fn drawn(&self, value: f64, formatter: &Formatter) -> String {
        match self.kind {
            Kind::Number => formatter.full(value),
            _ => self.text(value),
        }
    }

    /// How the numbers among these are shown to people.
    pub(super) fn formatter(&self, values: impl Iterator<Item = f64>) -> Formatter {
        Formatter::new(&display_page(&self.part.display), values)
    }

    /// What a table says about its values: `percent`, `USD`, `timestamp`.
    pub(super) fn measure<'f>(&self, formatter: &'f Formatter) -> Option<&'f str> {
        self.kind.name().or_else(|| formatter.measure())
    }

    /// In one cell of a CSV file: a plain number, `true`, `2026-03-31`, `2026-03-31T12:00:00+02:00`.
    pub(super) fn text(&self, value: f64) -> String {
        match self.kind {
            Kind::Number => value.to_string(),
            Kind::Boolean => is_true(value).to_string(),
            Kind::Date => show_date(date_of_epoch_day(day(value))),
            Kind::Instant => self.calendar.iso_instant(Instant(micros(value))),
        }
    }

    pub(super) fn json(&self, value: f64) -> Value {
        match self.kind {
            Kind::Number => json!(value),
            Kind::Boolean => json!(is_true(value)),
            Kind::Date | Kind::Instant => json!(self.text(value)),
        }
    }

    /// What the values are: a unit, or what is there instead of a number.
    pub(super) fn unit(&self) -> Value {
        match (self.kind.name(), &self.part.display) {
            (Some(name), _) => json!(name),
            (None, Display::Percent) => json!("percent"),
            (None, Display::Currency(code)) => json!(code),
            (None, Display::Number(word)) => json!(word),
            // Shown so because the values are days or instants.
            (None, Display::Date | Display::Timestamp) => Value::Null,
        }
    }

    /// As a column of a Parquet file.
    pub(super) fn column(&self, values: impl Iterator<Item = Option<f64>>) -> Values {
        match self.kind {
            Kind::Number => Values::Number(values.collect()),
            Kind::Boolean => Values::Boolean(values.map(|v| v.map(is_true)).collect()),
            Kind::Date => Values::Date(values.map(|v| v.map(day)).collect()),
            Kind::Instant => Values::Instant(values.map(|v| v.map(micros)).collect()),
        }
    }
}

/// Truth is 1 and 0.
fn is_true(value: f64) -> bool {
    value.to_bits() != 0.0_f64.to_bits()
}

#[expect(clippy::cast_possible_truncation, reason = "days are whole and few")]
const fn day(value: f64) -> i32 {
    value as i32
}

#[expect(clippy::cast_possible_truncation, reason = "instants are whole microseconds")]
const fn micros(value: f64) -> i64 {
    value as i64
}
