//! Numbers and dates as text: US style, the same on every machine.

use std::cmp::Ordering;

use crate::page::{Bound, Display, Words};

/// The minus sign of print, as wide as a plus.
const MINUS: &str = "\u{2212}";
/// Keeps a number and its unit on one line.
const NO_BREAK: char = '\u{a0}';
/// Currencies without a minor unit.
const WHOLE_CURRENCIES: [&str; 7] = ["CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND"];
/// From here on digits say nothing to a reader.
const SCIENTIFIC_FROM: f64 = 1e15;
/// No number has more decimals than this.
const MOST_DECIMALS: usize = 6;
/// What is smaller is shown as 0: it is the noise of arithmetic.
const SMALLEST: f64 = 1e-6;

/// Turns the values of one KPI into text, all with the same number of decimals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formatter {
    display: Display,
    decimals: usize,
}

impl Formatter {
    /// A formatter whose decimals suit these values: cents only for small money, none for whole numbers.
    pub fn new(display: &Display, values: impl Iterator<Item = f64>) -> Self {
        let mut largest = 0.0_f64;
        let mut whole = true;
        for value in values.filter(|v| v.is_finite()) {
            largest = largest.max(value.abs());
            whole &= value.fract() == 0.0;
        }
        let decimals = match display {
            Display::Percent => 1,
            Display::Currency(code) if WHOLE_CURRENCIES.contains(&code.as_str()) => 0,
            Display::Currency(_) if whole || largest >= 1_000.0 => 0,
            Display::Currency(_) => 2,
            Display::Number(_) if whole || largest >= 10_000.0 => 0,
            Display::Number(_) if largest >= 10.0 => 1,
            Display::Number(_) if largest >= 1.0 => 2,
            Display::Number(_) => 3,
        };
        Self { display: display.clone(), decimals }
    }

    /// The value in full, without its unit word: `80.4%`, `−$1,240`, `12.4`, `2026-03-31`. One that is small beside the
    /// others has the digits that tell it from zero: `0.08%`.
    #[must_use]
    pub fn full(&self, value: f64) -> String {
        let digits = self.decimals_for(value);
        match &self.display {
            Display::Percent => format!("{}%", self.digits(value * 100.0, digits)),
            Display::Currency(code) => money(code, value, |v| self.digits(v, digits)),
            Display::Number(_) => self.digits(value, digits),
        }
    }

    /// How many decimals show two digits of a number of this size that is not 0.
    fn decimals_for(&self, size: f64) -> usize {
        let size = if self.display == Display::Percent { size * 100.0 } else { size }.abs();
        if !(SMALLEST..1.0).contains(&size) {
            return self.decimals;
        }
        // Where the first digit that is not 0 is: 1 of 0.5, 2 of 0.08.
        let first = (1..=MOST_DECIMALS).find(|d| size * power(*d) >= 1.0 - 1e-9);
        self.decimals.max(first.unwrap_or(MOST_DECIMALS) + 1)
    }

    /// That many decimals, without zeros at the end that the other values don't have.
    fn digits(&self, value: f64, decimals: usize) -> String {
        let mut text = grouped(value, decimals);
        // Cents are two.
        let least = match &self.display {
            Display::Currency(_) if decimals > self.decimals => self.decimals.max(2),
            _ => self.decimals,
        };
        for _ in least..decimals {
            if !text.ends_with('0') {
                break;
            }
            text.pop();
        }
        text.trim_end_matches('.').to_owned()
    }

    /// The value in at most about seven characters, for cards: `$1.24M`, `12.3k`.
    #[must_use]
    pub fn compact(&self, value: f64) -> String {
        match &self.display {
            Display::Currency(code) if value.abs() >= 10_000.0 => money(code, value, short),
            Display::Number(_) if value.abs() >= 100_000.0 => short(value),
            _ => self.full(value),
        }
    }

    /// The value with its unit word, for sentences: `12.4 days`.
    #[must_use]
    pub fn sentence(&self, value: f64) -> String {
        let text = self.full(value);
        match self.unit(&text) {
            Some(unit) => format!("{text}{NO_BREAK}{unit}"),
            None => text,
        }
    }

    /// The word that is after the number of that text, if it has one: `1 contact`, `2 contacts`.
    #[must_use]
    pub fn unit(&self, number: &str) -> Option<&str> {
        match &self.display {
            Display::Number(Some(unit)) => Some(unit.after(number)),
            Display::Number(None) | Display::Percent | Display::Currency(_) => None,
        }
    }

    /// What a chart says about its numbers: `percent`, `USD`, `days`.
    #[must_use]
    pub fn measure(&self) -> Option<&str> {
        match &self.display {
            Display::Percent => Some("percent"),
            Display::Currency(code) => Some(code),
            Display::Number(unit) => unit.as_ref().map(|unit| unit.many.as_str()),
        }
    }

    /// A goal, without decimals that say nothing: `80%`, `$1,000`, `2.5 days`.
    #[must_use]
    pub fn goal(&self, bound: Bound) -> String {
        match bound {
            Bound::AtLeast(value) => format!("at least {}", self.goal_number(value)),
            Bound::AtMost(value) => format!("at most {}", self.goal_number(value)),
            Bound::Inside(low, high) => {
                format!("between {} and {}", self.short_goal(low), self.goal_number(high))
            }
        }
    }

    /// One end of a goal, with its unit word.
    #[must_use]
    pub fn goal_number(&self, value: f64) -> String {
        let text = self.short_goal(value);
        match self.unit(&text) {
            Some(unit) => format!("{text}{NO_BREAK}{unit}"),
            None => text,
        }
    }

    /// One end of a goal, without its unit word.
    #[must_use]
    pub fn short_goal(&self, value: f64) -> String {
        match &self.display {
            Display::Percent => format!("{}%", trimmed(value * 100.0)),
            Display::Currency(code) => money(code, value, trimmed),
            Display::Number(_) => trimmed(value),
        }
    }

    /// A tick of an axis whose ticks are `step` apart and reach up to `largest`.
    #[must_use]
    pub fn tick(&self, value: f64, step: f64, largest: f64) -> String {
        match &self.display {
            Display::Percent => format!("{}%", grouped(value * 100.0, decimals_of(step * 100.0))),
            Display::Currency(code) => money(code, value, |v| scaled(v, step, largest)),
            Display::Number(_) => scaled(value, step, largest),
        }
    }

    /// A change in the unit of the value, with its sign: `+1.6 points`, `−$1,240`, `+3 days`. It has the decimals of
    /// the larger of the two values: from 0.08% to 0.04% it is `−0.04 points`. What is less than they show is 0.
    #[must_use]
    pub fn difference(&self, before: f64, now: f64) -> String {
        let change = now - before;
        let digits = self.decimals_for(before.abs().max(now.abs()));
        let size = change.abs();
        let text = match &self.display {
            Display::Percent => {
                let text = self.digits(size * 100.0, digits);
                let word = if is_one(&text) { "point" } else { "points" };
                format!("{text}{NO_BREAK}{word}")
            }
            Display::Currency(code) => money(code, size, |v| self.digits(v, digits)),
            Display::Number(unit) => {
                let text = self.digits(size, digits);
                match unit {
                    Some(unit) => format!("{text}{NO_BREAK}{}", unit.after(&text)),
                    None => text,
                }
            }
        };
        signed(change, text)
    }
}

impl Words {
    /// The form that is after a number.
    #[must_use]
    pub fn after(&self, number: &str) -> &str {
        if is_one(number) { &self.one } else { &self.many }
    }

    /// `1 offer`, `1,204 offers`.
    #[must_use]
    pub fn counted(&self, n: u64) -> String {
        counted(n, &self.one, &self.many)
    }
}

/// What a figure rests on: `7 offers`, or `n = 7` where nobody knows what they are.
#[must_use]
pub fn sampled(words: Option<&Words>, n: u64) -> String {
    words.map_or_else(|| format!("n{NO_BREAK}={NO_BREAK}{}", count(n)), |words| words.counted(n))
}

/// Whether the text of a number reads as one thing: `1`, and not `1.0`.
fn is_one(number: &str) -> bool {
    number.trim_start_matches(MINUS) == "1"
}

fn power(digits: usize) -> f64 {
    10_f64.powi(i32::try_from(digits).unwrap_or(i32::MAX))
}

/// A relative change with its sign: `+3.2%`.
#[must_use]
pub fn relative(change: f64) -> String {
    signed(change, format!("{}%", grouped(change.abs() * 100.0, 1)))
}

/// A count: `1,204`.
#[must_use]
pub fn count(n: u64) -> String {
    separate(&n.to_string())
}

/// The same of a count that was computed, which is never negative.
#[must_use]
pub fn whole(number: f64) -> String {
    count(as_count(number))
}

/// A number that counts something: whole, and not below zero.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are neither")]
pub(crate) fn as_count(number: f64) -> u64 {
    number.max(0.0).round() as u64
}

/// `+3`, `−2`, `0`
pub(crate) fn difference(more: u64, less: u64) -> String {
    match more.cmp(&less) {
        Ordering::Greater => format!("+{}", count(more - less)),
        Ordering::Less => format!("−{}", count(less - more)),
        Ordering::Equal => "0".to_owned(),
    }
}

/// A count with its word: `1 row`, `1,204 rows`.
#[must_use]
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// How long ago, in the largest unit that is not silly: `3 days`, `5 hours`, `less than a minute`.
#[must_use]
pub fn age(seconds: i64) -> String {
    let seconds = seconds.max(0).unsigned_abs();
    let (n, one, many) = match seconds {
        0..60 => return "less than a minute".to_owned(),
        60..3_600 => (seconds / 60, "minute", "minutes"),
        3_600..86_400 => (seconds / 3_600, "hour", "hours"),
        _ => (seconds / 86_400, "day", "days"),
    };
    counted(n, one, many)
}

/// Fixed decimals with thousands separated, and a real minus.
fn grouped(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "not a number".to_owned();
    }
    if value.abs() >= SCIENTIFIC_FROM {
        return with_minus(value, &format!("{:.2e}", value.abs()));
    }
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = separate(whole);
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    with_minus(value, &out)
}

/// At most four decimals, none of them a closing zero.
fn trimmed(value: f64) -> String {
    let text = grouped(value, 4);
    match text.contains('.') && !text.contains('e') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// Three significant digits and a letter: `12.3k`, `1.24M`.
fn short(value: f64) -> String {
    let mut size = value.abs();
    if !size.is_finite() || size >= SCIENTIFIC_FROM {
        return grouped(value, 0);
    }
    let mut letter = "";
    for next in ["k", "M", "B", "T"] {
        // 999.95 would round to four digits: that is the next letter's 1.00.
        if size < 999.5 {
            break;
        }
        size /= 1_000.0;
        letter = next;
    }
    let decimals = match size {
        s if letter.is_empty() && s.fract() == 0.0 => 0,
        s if s < 9.995 => 2,
        s if s < 99.95 => 1,
        _ => 0,
    };
    with_minus(value, &format!("{size:.decimals$}{letter}"))
}

/// A tick with the letter that suits the whole axis.
fn scaled(value: f64, step: f64, largest: f64) -> String {
    if largest >= SCIENTIFIC_FROM {
        return grouped(value, 0);
    }
    let (unit, letter) = match largest {
        l if l >= 1e12 => (1e12, "T"),
        l if l >= 1e9 => (1e9, "B"),
        l if l >= 1e6 => (1e6, "M"),
        l if l >= 1e4 => (1e3, "k"),
        _ => (1.0, ""),
    };
    if value == 0.0 {
        return "0".to_owned();
    }
    format!("{}{letter}", grouped(value / unit, decimals_of(step / unit)))
}

/// How many decimals a multiple of this step needs.
fn decimals_of(step: f64) -> usize {
    (0..6_usize)
        .find(|d| {
            let shifted = step * 10_f64.powi(i32::try_from(*d).unwrap_or(6));
            (shifted - shifted.round()).abs() < 1e-6 * shifted.abs().max(1e-3)
        })
        .unwrap_or(6)
}

fn money(code: &str, value: f64, number: impl Fn(f64) -> String) -> String {
    let text = number(value.abs());
    let text = match code {
        "USD" => format!("${text}"),
        "EUR" => format!("€{text}"),
        "GBP" => format!("£{text}"),
        "JPY" => format!("¥{text}"),
        _ => format!("{code}{NO_BREAK}{text}"),
    };
    with_minus(value, &text)
}

/// A minus in front of what is below zero after rounding.
fn with_minus(value: f64, text: &str) -> String {
    match value < 0.0 && has_digit(text) {
        true => format!("{MINUS}{text}"),
        false => text.to_owned(),
    }
}

fn signed(value: f64, text: String) -> String {
    match (has_digit(&text), value > 0.0) {
        (false, _) => text,
        (true, true) => format!("+{text}"),
        (true, false) => format!("{MINUS}{text}"),
    }
}

/// Whether anything but zeros is left after rounding.
fn has_digit(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit() && c != '0')
}

fn separate(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests;
