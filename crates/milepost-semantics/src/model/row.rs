use serde::Serialize;

use super::{Blocks, ColumnId, DatasetId, Form, Hop, Inner, Kind, SegmentId, Typed};
use milepost_syntax::ast::{BinaryOp, Date, Decimal, Duration};
use milepost_syntax::span::Span;

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Type {
    Text,
    Integer,
    /// A double.
    Number,
    /// Exact decimal with that many digits after the point.
    Decimal,
    Boolean,
    /// A calendar day of the project.
    Date,
    /// An instant, microseconds since 1970 in UTC.
    Timestamp,
    /// A length of time.
    Duration,
    /// Not known, because a mistake was told or because the data could not be read.
    Unknown,
}

impl Type {
    /// Integer, number or decimal.
    #[must_use]
    pub const fn is_numeric(self) -> bool {
        matches!(self, Self::Integer | Self::Number | Self::Decimal)
    }

    /// The name in specs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Decimal => "decimal",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::Duration => "duration",
            Self::Unknown => "unknown",
        }
    }

    /// In words, for messages: `text`, `a whole number`, `a timestamp`.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "a whole number",
            Self::Number | Self::Decimal => "a number",
            Self::Boolean => "true or false",
            Self::Date => "a date",
            Self::Timestamp => "a timestamp",
            Self::Duration => "a length of time",
            Self::Unknown => "of unknown type",
        }
    }
}

/// A column, reached over zero or more many-to-one links.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Path {
    /// The links, in order.
    pub hops: Vec<Hop>,
    /// The dataset at the end (the starting one when there is no hop).
    pub dataset: DatasetId,
    pub column: ColumnId,
}

/// An expression over one row of a dataset.
pub type RowExpr = Typed<RowKind>;

/// What a row expression can be. Types agree: the checker has seen to it.
///
/// A timestamp compared with a date is compared by its calendar day in the project's time zone.
/// Null follows SQL: comparisons with null are unknown, `and`/`or` are three-valued, a filter keeps what is true. Division
/// by zero gives null.
#[derive(Clone, Debug, Serialize)]
pub enum RowKind {
    Column(Path),
    /// An aggregate over other rows that belong to this one.
    Inner(Box<Inner>),
    /// What is inside, as it was in an earlier frame: the previous bucket's, or that of the bucket that holds the start
    /// moved back by the length.
    Prior {
        operand: Box<RowExpr>,
        by: Option<Duration>,
    },
    /// `avg(count(events) per day over 28 days)` of a member.
    Blocks(Box<Blocks<RowExpr>>),
    /// A segment of a member.
    Segment(Box<InSegment>),
    /// A time of a member as a judgement knows it: null if it lies at or after the frame's end.
    Seen(Box<RowExpr>),
    /// What is inside, as it is known at the end of the data, whatever the frame.
    Latest(Box<RowExpr>),
    /// The instant at which the frame ends, or from which on rows of that dataset may be missing; as a day, the last one
    /// before it.
    Now(Option<DatasetId>),
    /// Business days of the frame.
    BusinessDays,
    /// The day that ends with the frame: of the last instant before its end.
    Today,
    #[serde(untagged)]
    Form(Form<RowExpr>),
}

impl From<Form<RowExpr>> for RowKind {
    fn from(form: Form<RowExpr>) -> Self {
        Self::Form(form)
    }
}

impl Kind for RowKind {
    fn form(&self) -> Option<&Form<RowExpr>> {
        match self {
            Self::Form(form) => Some(form),
            _ => None,
        }
    }

    // What stands inside an aggregate is no operand; the key of a segment is.
    fn each_operand<'a>(&'a self, f: &mut dyn FnMut(&'a RowExpr)) {
        match self {
            Self::Column(_) | Self::Inner(_) | Self::BusinessDays | Self::Today | Self::Now(_) => {}
            Self::Prior { operand, .. } | Self::Seen(operand) | Self::Latest(operand) => f(operand),
            Self::Blocks(blocks) => f(&blocks.operand),
            Self::Segment(segment) => segment.key.iter().for_each(f),
            Self::Form(form) => form.each(f),
        }
    }

    fn each_operand_mut(&mut self, f: &mut dyn FnMut(&mut RowExpr)) {
        match self {
            Self::Column(_) | Self::Inner(_) | Self::BusinessDays | Self::Today | Self::Now(_) => {}
            Self::Prior { operand, .. } | Self::Seen(operand) | Self::Latest(operand) => f(operand),
            Self::Blocks(blocks) => f(&mut blocks.operand),
            Self::Segment(segment) => segment.key.iter_mut().for_each(f),
            Self::Form(form) => form.each_mut(f),
        }
    }
}

/// The segment that a member is in: the name of its band, or whether it belongs.
#[derive(Clone, Debug, Serialize)]
pub struct InSegment {
    pub segment: SegmentId,
    /// The member's key, one value per key column. Null: no member, no segment.
    pub key: Vec<RowExpr>,
    pub at: SegmentAt,
}

/// As of when a segment is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum SegmentAt {
    /// The end of the frame: judgements, states and slices.
    End,
    /// The end of the day before the row's own time.
    DayBefore,
}

/// A literal value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Literal {
    Number(Decimal),
    /// `80%`: the decimal before the sign; its value is a hundredth of it.
    Percent(Decimal),
    Text(String),
    Boolean(bool),
    Date(Date),
    Duration(Duration),
    /// No value: a branch of `if`. Its expression has the type of the other branch.
    Null,
}

/// Functions of one row's values, and of aggregated values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum ScalarFunction {
    /// First argument that is not absent.
    Coalesce,
    Abs,
    /// The square root; absent of a negative number.
    Sqrt,
    /// `round(x)`, `round(x, digits)`: half away from zero.
    Round,
    /// Smallest argument; null (absent) if any is.
    Least,
    /// Largest argument; null (absent) if any is.
    Greatest,
    /// `days_between(a, b)`: elapsed days from a to b, b − a, as a number with fraction; whole days for two dates.
    /// A date beside a timestamp stands for its midnight in the project's zone.
    DaysBetween,
    /// The calendar day in the project's zone.
    Day,
    /// 1 (Monday) to 7 (Sunday), in the project's zone.
    Weekday,
    /// 0 to 23, in the project's zone.
    Hour,
    /// `business_days_between(a, b)`: the business days from the day of a (included) to the day of b (left out);
    /// negative when b lies before a.
    BusinessDaysBetween,
    /// 1 (January) to 12, in the project's zone.
    Month,
    /// 1 to 4: of the calendar year, in the project's zone.
    Quarter,
    /// The calendar year, in the project's zone.
    Year,
    Lower,
    Upper,
    /// Without blanks at both ends.
    Trim,
    /// `replace(text, part, other)`: every occurrence.
    Replace,
    /// `split_part(text, separator, n)`: null where there is no such part, or an empty one.
    SplitPart,
    /// `left(text, n)`: the first n characters.
    Left,
    /// How many characters a text has.
    Length,
    /// The number that a text is; null where it is none.
    Number,
    /// `date(text, pattern)`: null where the text is no day that is written so.
    Date,
    /// `timestamp(text, pattern, zone)`: an instant; null where the text is none that is written so. Without the zone where
    /// the pattern reads an offset.
    Timestamp,
}

impl ScalarFunction {
    /// The name in specs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Coalesce => "coalesce",
            Self::Abs => "abs",
            Self::Sqrt => "sqrt",
            Self::Round => "round",
            Self::Least => "least",
            Self::Greatest => "greatest",
            Self::DaysBetween => "days_between",
            Self::Day => "day",
            Self::Weekday => "weekday",
            Self::Hour => "hour",
            Self::BusinessDaysBetween => "business_days_between",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::Lower => "lower",
            Self::Upper => "upper",
            Self::Trim => "trim",
            Self::Replace => "replace",
            Self::SplitPart => "split_part",
            Self::Left => "left",
            Self::Length => "length",
            Self::Number => "number",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
        }
    }

    /// Whether there are values for which its own is too large.
    #[must_use]
    pub const fn can_fail(self) -> bool {
        matches!(self, Self::Abs | Self::Round)
    }
}

impl RowExpr {
    /// A time before all others: where rows without any are placed, so that all of them are there.
    #[must_use]
    pub fn always(span: Span) -> Self {
        let day = Literal::Date(Date { year: 1000, month: 1, day: 1 });
        let kind = RowKind::Form(Form::Literal(day));
        Self { kind, ty: Type::Date, unit: super::Unit::plain(), span }
    }

    /// Whether it is the same for every row.
    #[must_use]
    pub fn is_always(&self) -> bool {
        matches!(self.as_literal(), Some(Literal::Date(_)))
    }

    /// What must all hold: the operands of a chain of `and`, from left to right; itself if it is none.
    #[must_use]
    pub fn conjuncts(&self) -> Vec<&Self> {
        self.chain(BinaryOp::And)
    }

    /// The path, if it is a column and nothing else.
    #[must_use]
    pub const fn as_column(&self) -> Option<&Path> {
        match &self.kind {
            RowKind::Column(path) => Some(path),
            _ => None,
        }
    }

    /// Calls `f` for every path in the expression, also inside its aggregates.
    pub fn each_path<'a>(&'a self, f: &mut dyn FnMut(&'a Path)) {
        match &self.kind {
            RowKind::Column(path) => f(path),
            RowKind::Inner(inner) => inner.each_path(f),
            _ => self.each_child(&mut |child| child.each_path(f)),
        }
    }
}
