//! Values that are written in another way than usual, in DuckDB's words.

use arrow::datatypes::DataType;

use milepost_semantics::model::{EpochUnit, NumberFormat, Type, ValueFormat};
use milepost_semantics::time::{Pattern, PatternZone};

use crate::sql::text::string;

/// How a value is read: as what, and what becomes of one that does not fit.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) ty: Type,
    /// The zone of times that have none.
    pub(super) zone: &'a str,
    /// Values that do not fit are null.
    pub(super) or_null: bool,
}

impl Reading<'_> {
    fn cast(self, source: &str, to: &str) -> String {
        format!("{}({source} AS {to})", if self.or_null { "TRY_CAST" } else { "CAST" })
    }

    /// A local time as an instant.
    pub(super) fn local(self, time: &str) -> String {
        match self.zone {
            "UTC" => time.to_owned(),
            zone => format!("timezone('UTC', timezone({}, {time}))", string(zone)),
        }
    }

    /// A value that the reader gives as `from`, by its format.
    pub(super) fn by(self, format: &ValueFormat, source: &str, from: &DataType) -> Option<String> {
        let is_text = matches!(from, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        match format {
            ValueFormat::Epoch(unit) => Some(self.since_1970(*unit, source, from)),
            ValueFormat::Words { yes, no } if *from != DataType::Boolean => Some(format!(
                "CASE lower(trim(CAST({source} AS VARCHAR))) WHEN {} THEN TRUE WHEN {} THEN FALSE END",
                string(yes),
                string(no)
            )),
            ValueFormat::Pattern(pattern) if is_text => Some(self.by_pattern(pattern, source)),
            ValueFormat::Pattern(pattern) if from.is_integer() => {
                Some(self.by_pattern(pattern, &format!("CAST({source} AS VARCHAR)")))
            }
            ValueFormat::Number(number) if is_text => Some(self.number(number, source)),
            ValueFormat::Words { .. } | ValueFormat::Pattern(_) | ValueFormat::Number(_) => None,
        }
    }

    fn since_1970(self, unit: EpochUnit, source: &str, from: &DataType) -> String {
        if from.is_integer() {
            return format!("make_timestamp(CAST({source} AS BIGINT) * {})", unit.micros());
        }
        // As many digits before the point as microseconds have.
        let count = self.cast(source, "DECIMAL(38, 9)");
        format!("make_timestamp(CAST(trunc({count} * {}) AS BIGINT))", unit.micros())
    }

    fn by_pattern(self, pattern: &Pattern, source: &str) -> String {
        let name = if self.or_null { "try_strptime" } else { "strptime" };
        let time = format!("{name}(trim({source}), {})", string(&pattern.text));
        if self.ty == Type::Date {
            let day = format!("CAST({time} AS DATE)");
            let has_time = pattern.text.contains("%H") || pattern.text.contains("%I");
            return if self.or_null && has_time {
                format!("CASE WHEN {time} = {day} THEN {day} END")
            } else {
                day
            };
        }
        match pattern.zone {
            PatternZone::Local => self.local(&time),
            PatternZone::Utc => time,
            PatternZone::Offset => format!("timezone('UTC', {time})"),
        }
    }

    fn number(self, format: &NumberFormat, source: &str) -> String {
        let NumberFormat { decimal, thousands, symbols, is_percent } = format;
        let is_bare = thousands.is_none() && symbols.is_empty() && !is_percent;
        let number = if is_bare {
            format!("CAST(replace(trim({source}), '{decimal}', '.') AS DOUBLE)")
        } else {
            let bare = symbols.iter().fold(source.to_owned(), |bare, symbol| {
                format!("replace({bare}, {}, '')", string(symbol))
            });
            let digits = format!("regexp_replace({bare}, '[^0-9{decimal}]', '', 'g')");
            let digits = format!("CAST(replace({digits}, '{decimal}', '.') AS DOUBLE)");
            let sign =
                format!(r"CASE WHEN regexp_matches({bare}, '[(\x{{2212}}-]') THEN -1 ELSE 1 END");
            let part = if *is_percent { " / 100" } else { "" };
            format!("{sign} * {digits}{part}")
        };
        let number = match self.ty {
            Type::Integer => format!("CAST({number} AS BIGINT)"),
            _ => number,
        };
        if !self.or_null {
            return number;
        }
        let whole = if self.ty == Type::Integer && !is_percent { "0*" } else { r"\d*" };
        let fits = string(&shape(format, whole));
        format!("CASE WHEN regexp_full_match({source}, {fits}) THEN {number} END")
    }

    /// A text that is written as usual, null where it does not fit.
    pub(super) fn usual_or_null(self, source: &str) -> Option<String> {
        let number = self.cast(source, "DOUBLE");
        Some(match self.ty {
            Type::Integer => format!(
                "CASE WHEN {number} = trunc({number}) THEN {} END",
                self.cast(source, "BIGINT")
            ),
            Type::Number | Type::Decimal => {
                format!("CASE WHEN isfinite({number}) THEN {number} END")
            }
            Type::Boolean => self.cast(source, "BOOLEAN"),
            Type::Date => format!(
                r"CASE WHEN regexp_full_match({source}, '\d{{4}}-\d\d-\d\d') THEN {} END",
                self.cast(source, "DATE")
            ),
            Type::Timestamp => format!("TRY(instant_of({source}, {}))", string(self.zone)),
            Type::Text | Type::Duration | Type::Unknown => return None,
        })
    }
}

/// The regular expression of a number that is written so.
fn shape(format: &NumberFormat, fraction: &str) -> String {
    let around: Vec<String> = format.symbols.iter().map(|symbol| escaped(symbol)).collect();
    let around = around.join("|");
    let around = if around.is_empty() { String::new() } else { format!("|{around}") };
    let percent = if format.is_percent { "%" } else { "" };
    let groups = match format.thousands {
        None => String::new(),
        Some(' ') => r"\d{1,3}([\s\x{a0}\x{202f}\x{2009}]\d{3})+|".to_owned(),
        Some('\'') => r"\d{1,3}(['\x{2019}]\d{3})+|".to_owned(),
        Some(between) => format!(r"\d{{1,3}}({}\d{{3}})+|", escaped(&between.to_string())),
    };
    let decimal = escaped(&format.decimal.to_string());
    let side = format!(r"([\s+(\x{{2212}}-]{around})*");
    let other = format!(r"(\s|[)\x{{2212}}-]{around})*");
    format!(r"{side}(({groups}\d+)({decimal}{fraction})?|{decimal}\d+){other}{percent}{other}")
}

fn escaped(text: &str) -> String {
    let one = |c: char| if c.is_alphanumeric() { c.to_string() } else { format!("[{c}]") };
    text.chars().map(|c| if "^\\]".contains(c) { format!("\\{c}") } else { one(c) }).collect()
}
