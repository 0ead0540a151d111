//! Columns of files that become rows.

use serde::Serialize;

use crate::time::{DayOrTime, Pattern, show_date};
use milepost_syntax::span::Span;

/// Each row of a file becomes one row for each of some columns, with the name of the column and its value beside the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unpivot {
    pub columns: UnpivotColumns,
    /// The column that has the names.
    pub name: String,
    /// The column that has the values.
    pub value: String,
    /// Where it is said.
    pub span: Span,
}

/// Which columns become rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum UnpivotColumns {
    Named(Vec<String>),
    Days(DayNames),
}

/// Names that are days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DayNames {
    /// As it is written.
    pub text: String,
    pattern: Pattern,
    /// The names are of months, whose first day is meant.
    of_months: bool,
}

impl DayNames {
    /// By a pattern of days or of months: `%Y-%m-%d`, `%b %Y`.
    ///
    /// # Errors
    /// What is wrong with it, and what to write instead.
    pub fn new(text: &str) -> Result<Self, crate::time::PatternFault> {
        let of_month = Pattern::new(&format!("{text} %d"));
        let (pattern, of_months) = match (Pattern::new(text), of_month) {
            (Ok(pattern), _) => (pattern, false),
            (Err(_), Ok(pattern)) => (pattern, true),
            (Err(fault), Err(_)) => return Err(fault),
        };
        Ok(Self { text: text.to_owned(), pattern, of_months })
    }

    /// The day of a name, as `2026-01-31`; absent where it is none.
    #[must_use]
    pub fn day(&self, name: &str) -> Option<String> {
        let day = match self.of_months {
            true => self.pattern.day(&format!("{} 1", name.trim())),
            false => self.pattern.day(name),
        };
        match day? {
            DayOrTime::Day(day) => Some(show_date(day)),
            DayOrTime::Time => None,
        }
    }
}

impl Unpivot {
    /// What stands in place of the name of a column that becomes a row; absent where it stays a column.
    #[must_use]
    pub fn name_of(&self, column: &str) -> Option<String> {
        match &self.columns {
            UnpivotColumns::Named(columns) => {
                columns.iter().any(|name| name == column).then(|| column.to_owned())
            }
            UnpivotColumns::Days(names) => names.day(column),
        }
    }

    /// As it reads in the same way for all that mean the same.
    #[must_use]
    pub fn canonical(&self) -> String {
        let columns = match &self.columns {
            UnpivotColumns::Named(columns) => {
                let mut columns = columns.clone();
                columns.sort_unstable();
                format!("{columns:?}")
            }
            UnpivotColumns::Days(names) => format!("{:?}", names.text),
        };
        format!("rows of columns {columns}: {:?}, {:?}", self.name, self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_days_or_the_first_days_of_months() {
        for (pattern, name, day) in [
            ("%Y-%m", "2026-03", Some("2026-03-01")),
            ("%Y-%m", "2026-3", Some("2026-03-01")),
            ("%Y-%m", "2026-03-31", None),
            ("%Y-%m", "account_id", None),
            ("%b %Y", " Mar 2026 ", Some("2026-03-01")),
            ("%B %y", "March 26", Some("2026-03-01")),
            ("%Y-%m-%d", "2026-03-31", Some("2026-03-31")),
            ("%d.%m.%Y", "31.02.2026", None),
            ("seats %m/%Y", "seats 03/2026", Some("2026-03-01")),
            ("seats %m/%Y", "price 03/2026", None),
        ] {
            let names = DayNames::new(pattern).unwrap();
            assert_eq!(names.day(name).as_deref(), day, "{name} by {pattern}");
        }
        assert!(DayNames::new("%Y").is_err());
        assert!(DayNames::new("%H %Q").is_err());
    }
}
