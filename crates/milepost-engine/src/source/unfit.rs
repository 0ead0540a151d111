//! Diagnostics of values that do not fit the type of their column.

use arrow::array::ArrayRef;

use milepost_semantics::DataNeed;
use milepost_semantics::model::{EpochUnit, Format, NumberFormat, Type, ValueFormat};
use milepost_semantics::time::patterns_of;
use milepost_syntax::codes::{self, Code};
use milepost_syntax::diagnostic::Diagnostic;

use super::normalize::{BadValue, show};
use super::{DataFile, SourceColumn, lines};

pub(super) fn unfit(
    need: &DataNeed,
    file: &DataFile,
    column: &SourceColumn,
    before: usize,
    bad: &BadValue,
) -> Box<Diagnostic> {
    let place = |row: &usize| {
        let place = lines::place(file, before + row);
        format!("column `{}`, {place} of `{}`", column.name, file.shown)
    };
    let span = need.type_at(&column.name);
    let (code, message) = bad.told(column, place);
    let (name, dataset) = (need.known_as(&column.name), &need.name);
    let is_csv = file.format == Format::Csv;
    let by_comma = is_csv && column.ty.is_numeric() && file.csv.decimal == b',';
    let help = match bad {
        BadValue::Unfit { .. } | BadValue::NoDay { .. } if column.format.is_some() => format!("correct the value in the file, or `format` of `{name}` under `columns:` of `{dataset}`; with `bad_values: null` beside it, such values are null, and counted"),
        BadValue::Unfit { value, .. } if by_comma && value.contains('.') => format!("numbers of `{dataset}` have a comma before decimals, as `csv` says; if points are between thousands, write `{name}: {{ type: {}, format: '1.234,50' }}` under `columns:` of `{dataset}`", column.ty.name()),
        BadValue::Unfit { value, .. } if !column.personal && !advised(column.ty, value).is_empty() => {
            let formats = advised(column.ty, value);
            let first = format!("`{name}: {{ type: {}, format: {} }}`", column.ty.name(), formats[0]);
            let other = formats.get(1).map_or_else(String::new, |other| format!(", or {other} if the day comes first,"));
            format!("say how it is written: {first}{other} under `columns:` of `{dataset}`")
        }
        BadValue::Unfit { value, .. } if column.ty == Type::Integer && value.trim().parse::<f64>().is_ok_and(f64::is_finite) => format!("declare `{name}: number` under `columns:` of `{dataset}`, or correct the value in the file"),
        BadValue::Unfit { .. } if column.ty.is_numeric() => format!("leave the value empty where there is no number; if it is no column of numbers, declare `{name}: text` under `columns:` of `{dataset}`: it can be counted and compared"),
        BadValue::Unfit { .. } => format!("correct the value in the file, or declare `{name}` with a type that fits under `columns:` of `{dataset}`"),
        BadValue::NoKey { .. } => format!("name the column that holds the same keys; if it is this one, declare `{name}` as `text` under `columns:` of `{dataset}` and of the datasets that it links to, or `integer` if the zeros in front of `007` mean nothing"),
        BadValue::NoDay { .. } => format!("declare `{name}` as `timestamp` under `columns:` of `{dataset}`, and write `day({name})` where its calendar day is meant"),
        BadValue::TooManyDigits { .. } => format!("declare `{name}` as `number` under `columns:` of `{dataset}`, which rounds to about 16 digits, or write fewer digits"),
        BadValue::DateOutOfRange { .. } => "a sentinel such as 9999-12-31T23:59:59Z for \"no end\" should be empty (null) instead".to_owned(),
        BadValue::NotText { .. } => "write it as text when the file is produced: a key in hexadecimal digits, a text in UTF-8".to_owned(),
        BadValue::NotFinite { .. } => "no sum or average is right with it: write an empty value (null) where there is no number".to_owned(),
    };
    Box::new(Diagnostic::error(code, span, message).help(help))
}

impl BadValue {
    /// The code, and what is wrong; `place`: where a row is, in words.
    pub(super) fn told(
        &self,
        column: &SourceColumn,
        place: impl Fn(&usize) -> String,
    ) -> (Code, String) {
        let ty = column.ty;
        match self {
            Self::Unfit { row, value } => {
                let format = column.format.as_ref();
                let word = format.map_or_else(|| word(ty).to_owned(), |format| like(ty, format));
                let message = format!("{} is no {word} ({})", column.shown(value), place(row));
                (codes::COLUMN_TYPE, message)
            }
            Self::NoKey { row, value } => {
                let value = column.shown(value);
                let by = column.whole_by.as_deref().unwrap_or_default();
                let message = format!(
                    "{value} is not written as a whole number, and this key is one: {by} ({})",
                    place(row)
                );
                (codes::COLUMN_TYPE, message)
            }
            Self::NoDay { row, value } => {
                let value = column.shown(value);
                let message =
                    format!("{value} is a time, and a date is a day alone ({})", place(row));
                (codes::COLUMN_TYPE, message)
            }
            Self::TooManyDigits { row, value, after } => {
                let beside = match after {
                    0 => String::new(),
                    n => format!(", of which other values need {n} after the point"),
                };
                let value = column.shown(value);
                let message = format!(
                    "{value} has more digits than the 38 of a decimal{beside} ({})",
                    place(row)
                );
                (codes::COLUMN_TYPE, message)
            }
            Self::DateOutOfRange { row, what } => {
                let personal = "a time is too early or too late";
                let what = if column.personal { personal } else { what.as_str() };
                (codes::DATE_OUT_OF_RANGE, format!("{what} ({})", place(row)))
            }
            Self::NotText { row } => {
                (codes::BAD_TEXT, format!("bytes that are not UTF-8 are not text ({})", place(row)))
            }
            Self::NotFinite { row } => {
                (codes::NOT_FINITE, format!("a number is NaN or infinite ({})", place(row)))
            }
        }
    }
}

const fn word(ty: Type) -> &'static str {
    match ty {
        Type::Text => "text",
        Type::Integer => "integer",
        Type::Number => "number",
        Type::Decimal => "decimal number",
        Type::Boolean => "true or false",
        Type::Date => "date (write 2026-03-31)",
        Type::Timestamp => "timestamp (write 2026-03-31T12:00:00)",
        Type::Duration | Type::Unknown => "value",
    }
}

/// What a value of that format is.
fn like(ty: Type, format: &ValueFormat) -> String {
    match format {
        ValueFormat::Pattern(pattern) => {
            let what = if ty == Type::Date { "date" } else { "time" };
            format!("{what} by the pattern `{}`", pattern.text)
        }
        ValueFormat::Epoch(unit) => {
            let unit = match unit {
                EpochUnit::Seconds => "seconds",
                EpochUnit::Milliseconds => "milliseconds",
                EpochUnit::Microseconds => "microseconds",
            };
            format!("number of {unit} since 1970")
        }
        ValueFormat::Number(number) if ty == Type::Integer => {
            format!("whole number like `{}`", number.example(true))
        }
        ValueFormat::Number(number) => format!("number like `{}`", number.example(false)),
        ValueFormat::Words { yes, no } => format!("`{yes}` and no `{no}`"),
    }
}

/// The formats that such a value may have, as they are written in YAML.
fn advised(ty: Type, value: &str) -> Vec<String> {
    let value = value.trim();
    let patterns = || patterns_of(value).iter().map(|pattern| format!("'{pattern}'")).collect();
    match ty {
        Type::Date => patterns(),
        Type::Timestamp if value.bytes().all(|byte| byte.is_ascii_digit()) => match value.len() {
            9..=10 => vec!["epoch seconds".to_owned()],
            12..=13 => vec!["epoch milliseconds".to_owned()],
            15..=16 => vec!["epoch microseconds".to_owned()],
            _ => patterns(),
        },
        Type::Timestamp => patterns(),
        Type::Integer | Type::Number | Type::Decimal => number_format(value).into_iter().collect(),
        Type::Text | Type::Boolean | Type::Duration | Type::Unknown => Vec::new(),
    }
}

/// What looks like an amount, rather than like a name with a number.
fn number_format(value: &str) -> Option<String> {
    // A plain number has another fault.
    let format = NumberFormat::parse(value).ok().filter(|_| value.parse::<f64>().is_err())?;
    let is_short = format.symbols.iter().all(|symbol| symbol.chars().count() <= 3);
    let reads = format.plain(value).is_some() && !value.contains(['\'', '"']);
    (is_short && reads).then(|| format!("'{}'", format.example(false)))
}

impl BadValue {
    /// With the value as it stands in the file.
    pub(super) fn written_as(self, array: &ArrayRef) -> Self {
        match self {
            Self::Unfit { row, .. } => Self::Unfit { row, value: show(array, row) },
            Self::NoDay { row, .. } => Self::NoDay { row, value: show(array, row) },
            Self::TooManyDigits { row, after, .. } => {
                Self::TooManyDigits { row, value: show(array, row), after }
            }
            other => other,
        }
    }
}
