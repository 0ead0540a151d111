//! Numbers, dates, durations and operators.

use super::Problem;
use super::build::{Built, Pair, Rule, internal, range};
use crate::ast::{AggregateFunction, BinaryOp, Date, Decimal, Duration, DurationStyle, TimeUnit};
use crate::codes;

/// Most digits of a number: all of them fit an `i128`.
const MAX_DIGITS: usize = 38;

pub(super) fn operator(text: &str) -> Option<BinaryOp> {
    Some(match text {
        "or" => BinaryOp::Or,
        "and" => BinaryOp::And,
        "=" => BinaryOp::Equal,
        "!=" => BinaryOp::NotEqual,
        "<" => BinaryOp::Less,
        "<=" => BinaryOp::LessOrEqual,
        ">" => BinaryOp::Greater,
        ">=" => BinaryOp::GreaterOrEqual,
        "starts_with" => BinaryOp::StartsWith,
        "contains" => BinaryOp::Contains,
        "+" => BinaryOp::Add,
        "-" => BinaryOp::Subtract,
        "*" => BinaryOp::Multiply,
        "/" => BinaryOp::Divide,
        _ => return None,
    })
}

pub(super) fn function(text: &str) -> Option<AggregateFunction> {
    AggregateFunction::ALL.into_iter().find(|function| function.name() == text)
}

/// The number of a `number` or `percent`.
pub(super) fn decimal(pair: &Pair<'_>) -> Built<Decimal> {
    let (start, end) = range(pair);
    let text = pair.as_str().trim_end_matches('%').replace('_', "");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0').len();
    let scale = u8::try_from(fraction.len()).ok().filter(|_| digits.len() <= 2 * MAX_DIGITS);
    match (digits.parse::<i128>(), scale) {
        (Ok(mantissa), Some(scale))
            if significant <= MAX_DIGITS && usize::from(scale) <= MAX_DIGITS =>
        {
            Ok(Decimal { mantissa, scale })
        }
        _ => Err(Box::new(
            Problem::new(start, end, format!("the number has more than {MAX_DIGITS} digits"))
                .help("write fewer digits"),
        )),
    }
}

pub(super) fn date(pair: &Pair<'_>) -> Built<Date> {
    let (start, end) = range(pair);
    let mut parts = pair.as_str().split('-');
    let mut next = || parts.next().and_then(|part| part.parse::<i16>().ok()).unwrap_or(0);
    let (year, month, day) = (next(), next(), next());
    let no_such_day = |help: String| {
        Err(Box::new(
            Problem::new(
                start,
                end,
                format!("there is no day `{}`", &pair.as_str()[..end - start]),
            )
            .code(codes::INVALID_DATE)
            .help(help),
        ))
    };
    if year < 1 {
        return no_such_day("years go from 0001 to 9999".to_owned());
    }
    if !(1..=12).contains(&month) {
        return no_such_day(
            "a date is year-month-day, with months from 01 to 12: `2026-01-31`".to_owned(),
        );
    }
    let length = days_of_month(year, month);
    if !(1..=length).contains(&day) {
        return no_such_day(format!("{year:04}-{month:02} has the days 01 to {length}"));
    }
    let small = |n: i16| i8::try_from(n).unwrap_or(1);
    Ok(Date { year, month: small(month), day: small(day) })
}

fn days_of_month(year: i16, month: i16) -> i16 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

pub(super) fn duration(pair: &Pair<'_>) -> Built<Duration> {
    let (start, end) = range(pair);
    let mut count = None;
    let mut style = DurationStyle::Plain;
    let mut unit = None;
    for part in pair.clone().into_inner() {
        let text = part.as_str().trim();
        match part.as_rule() {
            Rule::whole => count = text.replace('_', "").parse::<u32>().ok(),
            Rule::style if text == "business" => style = DurationStyle::Business,
            Rule::style => style = DurationStyle::Calendar,
            Rule::unit => unit = time_unit(text),
            _ => {}
        }
    }
    let Some(unit) = unit else { return Err(internal(start, end)) };
    let Some(count) = count.filter(|count| *count <= 1_000_000) else {
        return Err(Box::new(
            Problem::new(start, end, "the duration is longer than 1000000 units")
                .help("use a larger unit: `3 years` rather than seconds"),
        ));
    };
    if style == DurationStyle::Business && unit != TimeUnit::Day {
        return Err(Box::new(
            Problem::new(start, end, "only days can be business days")
                .help("write `5 business days`"),
        ));
    }
    Ok(Duration { count, unit, style })
}

fn time_unit(text: &str) -> Option<TimeUnit> {
    Some(match text.strip_suffix('s').unwrap_or(text) {
        "second" => TimeUnit::Second,
        "minute" => TimeUnit::Minute,
        "hour" => TimeUnit::Hour,
        "day" => TimeUnit::Day,
        "week" => TimeUnit::Week,
        "month" => TimeUnit::Month,
        "quarter" => TimeUnit::Quarter,
        "year" => TimeUnit::Year,
        _ => return None,
    })
}

/// The text between the quotes, with `''` as one quote.
pub(super) fn text(pair: &Pair<'_>) -> String {
    let quoted = pair.as_str().trim();
    quoted
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
        .unwrap_or(quoted)
        .replace("''", "'")
}
