//! How values are written in files.

use serde::Serialize;

use crate::time::Pattern;

/// How the CSV files of a dataset are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Csv {
    /// What stands between values; absent: the first lines tell.
    pub separator: Option<u8>,
    /// What stands around values that hold the separator; absent: nothing does.
    pub quote: Option<u8>,
    /// What stands before the decimals of a number: `.` or `,`.
    pub decimal: u8,
    /// By its usual name; absent: a byte-order mark tells, else UTF-8.
    pub encoding: Option<String>,
    /// Lines before the names of the columns.
    pub skip_first: u32,
    /// Lines behind the last row.
    pub skip_last: u32,
    /// What stands for null, besides an empty value.
    pub null_values: Vec<String>,
}

impl Default for Csv {
    fn default() -> Self {
        Self {
            separator: None,
            quote: Some(b'"'),
            decimal: b'.',
            encoding: None,
            skip_first: 0,
            skip_last: 0,
            null_values: Vec::new(),
        }
    }
}

/// How the values of a column are written, where that is not the usual way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum ValueFormat {
    /// Days or instants, by a pattern.
    Pattern(Pattern),
    /// Instants as numbers of these since 1970 began in UTC.
    Epoch(EpochUnit),
    /// Numbers with separators, symbols or a percent sign.
    Number(NumberFormat),
    /// Booleans as two words, in small letters.
    Words { yes: String, no: String },
}

/// What numbers since 1970 count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum EpochUnit {
    Seconds,
    Milliseconds,
    Microseconds,
}

impl EpochUnit {
    /// How many microseconds it has.
    #[must_use]
    pub const fn micros(self) -> i64 {
        match self {
            Self::Seconds => 1_000_000,
            Self::Milliseconds => 1_000,
            Self::Microseconds => 1,
        }
    }
}

/// How numbers are written: `$1,234.50`, `1.234,50 €`, `12.5%`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NumberFormat {
    /// What stands before decimals: `.` or `,`.
    pub decimal: char,
    /// What stands between groups of three digits; a blank stands for any of them, an apostrophe for both.
    pub thousands: Option<char>,
    /// What may stand around the digits, such as `$`.
    pub symbols: Vec<String>,
    /// Every number is percent: a hundredth of what its digits say.
    pub is_percent: bool,
}
