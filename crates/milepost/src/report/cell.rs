//! The values of members as text.

use milepost_engine::write::Values;
use milepost_semantics::time::{Calendar, Instant, date_of_epoch_day, show_date};

/// A value as text; absent for null.
#[must_use]
pub fn cell_text(values: &Values, at: usize, calendar: &Calendar) -> Option<String> {
    match values {
        Values::Integer(all) => all[at].map(|n| n.to_string()),
        Values::Number(all) => all[at].map(|x| x.to_string()),
        Values::Decimal { scale, values } => values[at].map(|digits| decimal(digits, *scale)),
        Values::Text(all) => all[at].clone(),
        Values::Boolean(all) => all[at].map(|b| b.to_string()),
        Values::Date(all) => all[at].map(|day| show_date(date_of_epoch_day(day))),
        Values::Timestamp(all) | Values::Instant(all) => {
            all[at].map(|t| calendar.iso_instant(Instant(t)))
        }
        Values::Nothing(_) => None,
    }
}

fn decimal(digits: i128, scale: u8) -> String {
    let scale = usize::from(scale);
    if scale == 0 {
        return digits.to_string();
    }
    let sign = if digits < 0 { "-" } else { "" };
    let all = format!("{:0>width$}", digits.unsigned_abs(), width = scale + 1);
    let (whole, rest) = all.split_at(all.len() - scale);
    format!("{sign}{whole}.{rest}")
}
