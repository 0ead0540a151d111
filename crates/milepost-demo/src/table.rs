//! Plain column tables, and the way rows become them.

use std::fmt;

/// One piece of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The file's path without its ending, with forward slashes: `account`, `product_event/month=2025-03/part`.
    pub name: String,
    /// Column name and values, all of one length.
    pub columns: Vec<(String, Values)>,
}

/// The values of a column; `None` is null.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    Integer(Vec<Option<i64>>),
    Number(Vec<Option<f64>>),
    /// Each value is `10^scale` times the number meant.
    Decimal {
        scale: u8,
        values: Vec<Option<i128>>,
    },
    Text(Vec<Option<String>>),
    Boolean(Vec<Option<bool>>),
    /// Days since 1970-01-01.
    Date(Vec<Option<i32>>),
    /// Microseconds since 1970-01-01T00:00:00 UTC.
    Timestamp(Vec<Option<i64>>),
}

impl Table {
    /// How many rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, values)| values.len())
    }

    /// The values of a column.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Values> {
        self.columns.iter().find(|(n, _)| n == name).map(|(_, values)| values)
    }
}

impl Values {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Integer(v) | Self::Timestamp(v) => v.len(),
            Self::Number(v) => v.len(),
            Self::Decimal { values, .. } => values.len(),
            Self::Text(v) => v.len(),
            Self::Boolean(v) => v.len(),
            Self::Date(v) => v.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How rows become the values of a column.
type Gather<R> = Box<dyn Fn(&[R]) -> Values>;

/// A column of a table of `R`: its name and how a row gives its value.
pub(crate) struct Column<R> {
    name: &'static str,
    values: Gather<R>,
}

impl<R> fmt::Debug for Column<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The table of these rows.
pub(crate) fn table<R>(name: impl Into<String>, rows: &[R], columns: &[Column<R>]) -> Table {
    let columns = columns.iter().map(|c| (c.name.to_owned(), (c.values)(rows))).collect();
    Table { name: name.into(), columns }
}

/// Both a plain value and an optional one may be in a column.
fn gather<R, T, O: Into<Option<T>>>(rows: &[R], value: impl Fn(&R) -> O) -> Vec<Option<T>> {
    rows.iter().map(|row| value(row).into()).collect()
}

macro_rules! column_makers {
    ($($maker:ident: $ty:ty => $variant:ident;)*) => {$(
        pub(crate) fn $maker<R, O: Into<Option<$ty>>>(
            name: &'static str,
            value: impl Fn(&R) -> O + 'static,
        ) -> Column<R> {
            Column { name, values: Box::new(move |rows| Values::$variant(gather(rows, &value))) }
        }
    )*};
}

column_makers! {
    integer: i64 => Integer;
    number: f64 => Number;
    boolean: bool => Boolean;
    date: i32 => Date;
    timestamp: i64 => Timestamp;
}

/// Amounts of money, in cents.
pub(crate) fn money<R, O: Into<Option<i64>>>(
    name: &'static str,
    cents: impl Fn(&R) -> O + 'static,
) -> Column<R> {
    let widen = move |rows: &[R]| {
        gather(rows, &cents).into_iter().map(|v: Option<i64>| v.map(i128::from)).collect()
    };
    Column { name, values: Box::new(move |rows| Values::Decimal { scale: 2, values: widen(rows) }) }
}

/// Text, owned or not.
pub(crate) fn text<R, O: IntoText>(
    name: &'static str,
    value: impl Fn(&R) -> O + 'static,
) -> Column<R> {
    let gather = move |rows: &[R]| rows.iter().map(|row| value(row).into_text()).collect();
    Column { name, values: Box::new(move |rows| Values::Text(gather(rows))) }
}

/// What can be in a text column.
pub(crate) trait IntoText {
    fn into_text(self) -> Option<String>;
}

impl IntoText for String {
    fn into_text(self) -> Option<String> {
        Some(self)
    }
}

impl IntoText for &str {
    fn into_text(self) -> Option<String> {
        Some(self.to_owned())
    }
}

impl IntoText for Option<&str> {
    fn into_text(self) -> Option<String> {
        self.map(str::to_owned)
    }
}
