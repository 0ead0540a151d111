//! Figures of tests in words.

use milepost_semantics::model::{Display, Model, Part, Type};
use milepost_semantics::time::{Instant, date_of_epoch_day, show_date};

use super::TestWords;
use crate::report::unit_words;

/// Both figures and how far they lie apart. Digits are left out only where that leaves two numbers apart that are.
pub(super) fn words(
    model: &Model,
    part: &Part,
    expected: &Result<f64, String>,
    got: &Result<f64, String>,
    tolerance: Option<f64>,
) -> TestWords {
    let shower = Shower { model, part };
    let figure = |figure: &Result<f64, String>, exact: bool| match figure {
        Ok(value) => shower.figure(*value, exact),
        Err(reason) => reason.clone(),
    };
    let apart = matches!((expected, got), (Ok(a), Ok(b)) if a.to_bits() != b.to_bits());
    let exact = apart && figure(expected, false) == figure(got, false);
    let mut words = TestWords {
        expected: figure(expected, exact),
        got: figure(got, exact),
        difference: String::new(),
    };
    if let Some(tolerance) = tolerance {
        words.expected = format!("{} ± {}", words.expected, shower.figure(tolerance, false));
    }
    if let (Ok(expected), Ok(got)) = (expected, got)
        && apart
        && let Some(difference) = shower.difference(got - expected, exact)
    {
        words.difference = difference;
    }
    words
}

struct Shower<'a> {
    model: &'a Model,
    part: &'a Part,
}

impl Shower<'_> {
    /// A number as an author would write it in the test.
    fn figure(&self, value: f64, exact: bool) -> String {
        match &self.part.display {
            Display::Percent => format!("{}%", number(value * 100.0, exact)),
            Display::Currency(code) => format!("{} {code}", number(value, exact)),
            Display::Date => show_date(date_of_epoch_day(whole(value))),
            Display::Timestamp => self.model.project.calendar.iso_instant(Instant(micros(value))),
            Display::Number(_) if self.part.value.ty == Type::Boolean => {
                (value.to_bits() != 0.0_f64.to_bits()).to_string()
            }
            Display::Number(Some(word)) => {
                let text = number(value, exact);
                let unit = unit_words(word);
                format!("{text} {}", unit.after(&text))
            }
            Display::Number(None) => number(value, exact),
        }
    }

    /// With a sign; absent where a difference means nothing.
    fn difference(&self, value: f64, exact: bool) -> Option<String> {
        const MICROS_A_DAY: f64 = 86_400_000_000.0;
        let sign = if value < 0.0 { "-" } else { "+" };
        let size = value.abs();
        let text = match &self.part.display {
            Display::Date => format!("{} days", number(size, exact)),
            Display::Timestamp => format!("{} days", number(size / MICROS_A_DAY, exact)),
            _ if self.part.value.ty == Type::Boolean => return None,
            _ => self.figure(size, exact),
        };
        Some(format!("{sign}{text}"))
    }
}

/// Six digits after the point at most, or all of them.
fn number(value: f64, exact: bool) -> String {
    if exact {
        return format!("{value}");
    }
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[expect(clippy::cast_possible_truncation, reason = "days are whole and few")]
const fn whole(value: f64) -> i32 {
    value as i32
}

#[expect(clippy::cast_possible_truncation, reason = "instants are whole microseconds")]
const fn micros(value: f64) -> i64 {
    value as i64
}
