//! Words for lengths, literals and operators.

use crate::model::Literal;
use crate::time::show_date;
use milepost_syntax::ast::{BinaryOp, Decimal, Duration, DurationStyle, TimeUnit};

/// `28 days`, `1 month`, `5 business days`.
#[must_use]
pub fn duration_words(length: Duration) -> String {
    let style = match length.style {
        DurationStyle::Plain => "",
        DurationStyle::Calendar => "calendar ",
        DurationStyle::Business => "business ",
    };
    let plural = if length.count == 1 { "" } else { "s" };
    format!("{} {style}{}{plural}", length.count, unit_word(length.unit))
}

const fn unit_word(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "second",
        TimeUnit::Minute => "minute",
        TimeUnit::Hour => "hour",
        TimeUnit::Day => "day",
        TimeUnit::Week => "week",
        TimeUnit::Month => "month",
        TimeUnit::Quarter => "quarter",
        TimeUnit::Year => "year",
    }
}

/// `month` for one month, `12 months` for more: after "the".
pub(super) fn span_words(length: Duration) -> String {
    if length.count == 1 { unit_word(length.unit).to_owned() } else { duration_words(length) }
}

/// A literal as people write it.
pub(super) fn literal(value: &Literal) -> String {
    match value {
        Literal::Number(number) => decimal(*number),
        Literal::Percent(number) => format!("{}%", decimal(*number)),
        Literal::Text(text) => format!("'{text}'"),
        Literal::Boolean(true) => "true".to_owned(),
        Literal::Boolean(false) => "false".to_owned(),
        Literal::Date(date) => show_date(*date),
        Literal::Duration(length) => duration_words(*length),
        Literal::Null => "no value".to_owned(),
    }
}

/// All digits of an exact number.
fn decimal(number: Decimal) -> String {
    let digits = number.mantissa.unsigned_abs().to_string();
    let sign = if number.mantissa < 0 { "-" } else { "" };
    let scale = usize::from(number.scale);
    if scale == 0 {
        return format!("{sign}{digits}");
    }
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, part) = padded.split_at(padded.len() - scale);
    format!("{sign}{whole}.{part}")
}

/// An operator between its operands.
pub(super) const fn operator(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => "or",
        BinaryOp::And => "and",
        BinaryOp::Equal => "is",
        BinaryOp::NotEqual => "is not",
        BinaryOp::Less => "is less than",
        BinaryOp::LessOrEqual => "is at most",
        BinaryOp::Greater => "is more than",
        BinaryOp::GreaterOrEqual => "is at least",
        BinaryOp::StartsWith => "starts with",
        BinaryOp::Contains => "contains",
        BinaryOp::Add => "plus",
        BinaryOp::Subtract => "minus",
        BinaryOp::Multiply => "times",
        BinaryOp::Divide => "divided by",
    }
}

/// A comparison of times between its operands, the second of which may be so long before or after another.
pub(super) const fn time_operator(op: BinaryOp, shifted: bool) -> &'static str {
    match op {
        BinaryOp::Less if shifted => "is earlier than",
        BinaryOp::Greater if shifted => "is later than",
        BinaryOp::Less => "is before",
        BinaryOp::LessOrEqual => "is no later than",
        BinaryOp::Greater => "is after",
        BinaryOp::GreaterOrEqual => "is no earlier than",
        _ => operator(op),
    }
}

/// How tightly the operands of an operator must bind to stand there without parentheses: on the left, on the right.
/// Products in sums get them, for words do not show which binds tighter; a sum at the left of a sum needs none.
pub(super) const fn operands(op: BinaryOp, sum_at_left: bool) -> (u8, u8) {
    match op {
        BinaryOp::Add | BinaryOp::Subtract => (if sum_at_left { 4 } else { 6 }, 6),
        _ => (op.strength(), op.strength() + 1),
    }
}

/// With a capital letter and a full stop.
pub(super) fn sentence(words: &str) -> String {
    let open = words.len() - words.trim_start_matches('(').len();
    let (open, rest) = words.split_at(open);
    let mut letters = rest.chars();
    let first = letters.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{open}{first}{}.", letters.as_str())
}

/// `1st`, `2nd`, `90th`, `99.5th`.
pub(crate) fn ordinal(number: f64) -> String {
    let whole = number.fract() == 0.0;
    let last_two = number.rem_euclid(100.0);
    let teens = (10.0..20.0).contains(&last_two);
    let ending = match number.rem_euclid(10.0) {
        n if whole && !teens && n == 1.0 => "st",
        n if whole && !teens && n == 2.0 => "nd",
        n if whole && !teens && n == 3.0 => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// `a, b and c`.
pub(super) fn and_list(items: &[String]) -> String {
    list(items, "and")
}

/// `a, b or c`.
pub(super) fn or_list(items: &[String]) -> String {
    list(items, "or")
}

fn list(items: &[String], word: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [init @ .., last] => format!("{} {word} {last}", init.join(", ")),
    }
}
