//! Expression trees: what is after `value:`, `where:` and in computed columns.

use serde::{Serialize, Serializer};

use super::duration::Curve;

use crate::span::{Span, Spanned};

/// An expression and its place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it is, in the author's own file.
    pub span: Span,
}

/// The forms of expression.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum ExprKind {
    /// A part that could not be read; a diagnostic has been reported already.
    Error,
    /// `1_000`, `0.5`: exact decimal.
    Number(Decimal),
    /// `80%`: the decimal before the sign (80 for `80%`).
    Percent(Decimal),
    /// `28 days`, `5 business days`.
    Duration(Duration),
    /// `2026-01-31`.
    Date(Date),
    /// `'text'`, unescaped.
    Text(String),
    /// `true`, `false`.
    Bool(bool),
    /// `null`, where a call has an argument.
    Null,
    /// `a`, `a.b.c`: a name, or a path of many-to-one links. Never empty.
    Path(Vec<Spanned<String>>),
    /// `-x`, `not x`.
    Unary { op: UnaryOp, operand: Box<Expr> },
    /// `a + b`, `a and b`, `a < b`, …
    Binary { op: BinaryOp, op_span: Span, left: Box<Expr>, right: Box<Expr> },
    /// `x in [a, b]`, `x not in [..]`.
    In { operand: Box<Expr>, list: Vec<Expr>, negated: bool },
    /// `x between a and b`, ends included.
    Between { operand: Box<Expr>, low: Box<Expr>, high: Box<Expr>, negated: bool },
    /// `x is null`, `x is not null`.
    IsNull { operand: Box<Expr>, negated: bool },
    /// `if(c, a, b)`, `coalesce(a, 0)`, `prior(x, 1 month)`, `day(t)`: any call that is not an aggregate.
    Call { function: Spanned<String>, args: Vec<Expr> },
    /// `count(events over 28 days where …)`.
    Aggregate(Box<Aggregate>),
    /// `M over 28 days` outside an aggregate.
    Over { operand: Box<Expr>, window: Spanned<Window> },
}

impl Expr {
    /// Calls `f` for every direct operand; what is inside an aggregate is not one.
    pub fn each_child<'e>(&'e self, f: &mut dyn FnMut(&'e Self)) {
        match &self.kind {
            ExprKind::Unary { operand, .. }
            | ExprKind::IsNull { operand, .. }
            | ExprKind::Over { operand, .. }
            | ExprKind::In { operand, .. } => f(operand),
            ExprKind::Binary { left, right, .. } => {
                f(left);
                f(right);
            }
            ExprKind::Between { operand, low, high, .. } => {
                f(operand);
                f(low);
                f(high);
            }
            ExprKind::Call { args, .. } => args.iter().for_each(f),
            ExprKind::Error
            | ExprKind::Number(_)
            | ExprKind::Percent(_)
            | ExprKind::Duration(_)
            | ExprKind::Date(_)
            | ExprKind::Text(_)
            | ExprKind::Bool(_)
            | ExprKind::Null
            | ExprKind::Path(_)
            | ExprKind::Aggregate(_) => {}
        }
    }

    /// The same, for changes.
    pub fn each_child_mut(&mut self, f: &mut dyn FnMut(&mut Self)) {
        match &mut self.kind {
            ExprKind::Unary { operand, .. }
            | ExprKind::IsNull { operand, .. }
            | ExprKind::Over { operand, .. }
            | ExprKind::In { operand, .. } => f(operand),
            ExprKind::Binary { left, right, .. } => {
                f(left);
                f(right);
            }
            ExprKind::Between { operand, low, high, .. } => {
                f(operand);
                f(low);
                f(high);
            }
            ExprKind::Call { args, .. } => args.iter_mut().for_each(f),
            ExprKind::Error
            | ExprKind::Number(_)
            | ExprKind::Percent(_)
            | ExprKind::Duration(_)
            | ExprKind::Date(_)
            | ExprKind::Text(_)
            | ExprKind::Bool(_)
            | ExprKind::Null
            | ExprKind::Path(_)
            | ExprKind::Aggregate(_) => {}
        }
    }
}

/// An exact decimal number: `mantissa / 10^scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Decimal {
    /// All digits as one integer; serialized as text, for it may be larger than the numbers of JSON.
    #[serde(serialize_with = "as_text")]
    pub mantissa: i128,
    /// How many of the digits are after the point.
    pub scale: u8,
}

fn as_text<S: Serializer>(number: &i128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

impl Decimal {
    /// The nearest double.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the nearest double is what is asked for")]
    pub fn to_f64(self) -> f64 {
        // Dividing two exactly representable numbers is correctly rounded; up to 10^22 the power is exact.
        self.mantissa as f64 / 10f64.powi(i32::from(self.scale))
    }
}

/// A calendar day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Date {
    /// 1 to 9999.
    pub year: i16,
    /// 1 to 12.
    pub month: i8,
    /// 1 to 31.
    pub day: i8,
}

/// A length of time as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Duration {
    /// How many.
    pub count: u32,
    /// Of what.
    pub unit: TimeUnit,
    /// `3 days`, `3 calendar days`, `5 business days`.
    pub style: DurationStyle,
}

impl Duration {
    /// So many times the length.
    #[must_use]
    pub const fn times(self, factor: u32) -> Self {
        Self { count: self.count.saturating_mul(factor), ..self }
    }

    /// Whether it is counted in days or longer, rather than in hours or shorter.
    #[must_use]
    pub const fn is_of_days(self) -> bool {
        !matches!(self.unit, TimeUnit::Second | TimeUnit::Minute | TimeUnit::Hour)
    }

    /// Whether it is elapsed time where it is counted from an instant, rather than counted by the calendar.
    #[must_use]
    pub const fn is_elapsed(self) -> bool {
        let fixed = matches!(self.unit, TimeUnit::Day | TimeUnit::Week);
        !self.is_of_days() || (fixed && matches!(self.style, DurationStyle::Plain))
    }
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum TimeUnit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

/// How a duration counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum DurationStyle {
    /// As its context says.
    Plain,
    /// Calendar units of the project's time zone.
    Calendar,
    /// Business days.
    Business,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum UnaryOp {
    Negate,
    Not,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// `name starts_with 'a'`
    StartsWith,
    /// `name contains 'a'`
    Contains,
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl BinaryOp {
    /// As it is written between its operands.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::StartsWith => "starts_with",
            Self::Contains => "contains",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
        }
    }

    /// How tightly it binds, from 1 for `or` to 5 for products.
    #[must_use]
    pub const fn strength(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Equal
            | Self::NotEqual
            | Self::Less
            | Self::LessOrEqual
            | Self::Greater
            | Self::GreaterOrEqual
            | Self::StartsWith
            | Self::Contains => 3,
            Self::Add | Self::Subtract => 4,
            Self::Multiply | Self::Divide => 5,
        }
    }

    /// Whether it compares its operands.
    #[must_use]
    pub const fn is_comparison(self) -> bool {
        self.strength() == 3
    }
}

/// `count(distinct events.user per day on t over 28 days with same account within 7 days where …)`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Aggregate {
    /// Which function.
    pub function: Spanned<AggregateFunction>,
    /// The place of `distinct`, if written.
    pub distinct: Option<Span>,
    /// What is aggregated: rows (`events`), a column (`mrr.mrr`), or an expression over columns.
    pub subject: Expr,
    /// Arguments after the subject: the 90 of `percentile(x, 90)`.
    pub arguments: Vec<Expr>,
    /// `per account`, `per day`.
    pub per: Option<Spanned<String>>,
    /// Of the rows of each member only one counts. It has no spelling: forms write it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<Box<BestRow>>,
    /// What is listed of each row; then it is evaluated at the end of each day. It has no spelling: lists write it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub listed: Vec<Expr>,
    /// `on starts_at`: the column (or path, or aggregate) that places rows in time.
    pub on: Option<Expr>,
    /// Which rows in time.
    pub window: Option<Spanned<Window>>,
    /// `with same contact within 7 days after clicked_at`.
    pub linked: Option<Spanned<Linked>>,
    /// `where …`.
    pub filter: Option<Expr>,
}

/// Of the rows of each member, the one that counts: that of the highest rank, of several the earliest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BestRow {
    /// The entity.
    pub of: Spanned<String>,
    /// A number of the row.
    pub rank: Expr,
}

impl Aggregate {
    /// `FUNCTION(SUBJECT)`, of all rows.
    #[must_use]
    pub const fn of(function: Spanned<AggregateFunction>, subject: Expr) -> Self {
        Self {
            function,
            distinct: None,
            subject,
            arguments: Vec::new(),
            per: None,
            best: None,
            listed: Vec::new(),
            on: None,
            window: None,
            linked: None,
            filter: None,
        }
    }

    /// The step that it takes, if it counts from a time of the member that asks, and the length of one.
    #[must_use]
    pub fn elapsed_step(&self) -> Option<(Step, Duration)> {
        match self.window.as_ref().map(|window| &window.node) {
            Some(Window::Step { step, clock: StepClock::Elapsed(length) }) => {
                Some((*step, *length))
            }
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum AggregateFunction {
    Count,
    Sum,
    Avg,
    Min,
    Max,
    Stddev,
    Median,
    Percentile,
    First,
    Last,
    Any,
    /// The nth of the values in their order. It has no spelling: the form `duration` means it.
    Nth,
    /// Of how long each took or has waited. It has no spelling: the form `duration` means it.
    Curve(Curve),
}

impl AggregateFunction {
    /// All that can be written, in the order in which messages list them.
    pub const ALL: [Self; 11] = [
        Self::Count,
        Self::Sum,
        Self::Avg,
        Self::Min,
        Self::Max,
        Self::Stddev,
        Self::Median,
        Self::Percentile,
        Self::First,
        Self::Last,
        Self::Any,
    ];

    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::Stddev => "stddev",
            Self::Median => "median",
            Self::Percentile => "percentile",
            Self::First => "first",
            Self::Last => "last",
            Self::Any => "any",
            Self::Nth => "nth",
            Self::Curve(curve) => curve.asks.name(),
        }
    }
}

/// The window of an aggregate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Window {
    /// `over D`, `over D before`.
    Over { length: Spanned<Duration>, before: bool },
    /// `ever`, `ever before`.
    Ever { before: bool },
    /// `since T`.
    Since(Box<Expr>),
    /// `to date in month|quarter|year|fiscal quarter|fiscal year|week`: the words as one, underscores for spaces (`fiscal_year`).
    ToDate(Spanned<String>),
    /// `at start`.
    AtStart,
    /// `at end`.
    AtEnd,
    /// `average`.
    Average,
    /// A step of time after that of a cohort. It has no spelling: the form `cohort` means it.
    Step { step: Step, clock: StepClock },
}

/// One of the steps of time after the first one of a cohort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Step {
    /// How many steps later: 0 is the first itself.
    pub number: u32,
    /// All that follow it, too, up to the as-of.
    pub onward: bool,
}

impl Step {
    /// How far it is to its beginning, in steps of that length that follow each other without gaps.
    #[must_use]
    pub const fn begin(self, length: Duration) -> Duration {
        length.times(self.number)
    }

    /// How far it is to its end, or to where it may end at the earliest.
    #[must_use]
    pub const fn end(self, length: Duration) -> Duration {
        length.times(self.number + 1)
    }
}

/// By what steps of time are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum StepClock {
    /// Steps are buckets: that of the cohort is the first.
    Calendar,
    /// Steps of this length begin at each member's own time.
    Elapsed(Duration),
}

/// Rows that consult other rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Linked {
    /// The names after `with same`.
    pub same: Vec<Spanned<String>>,
    /// `within D`.
    pub within: Option<Spanned<Duration>>,
    /// `before` rather than `after`.
    pub before: bool,
    /// The instant counted from, if named.
    pub anchor: Option<Box<Expr>>,
    /// Where the span begins instead. It has no spelling: forms write it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Since>,
}

/// A time of the row that asks, from which on a span sees rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Since {
    pub time: Box<Expr>,
    /// That time itself is left out.
    pub apart: bool,
}

impl Linked {
    /// The times of the row that asks that the rows are seen from, as far as they are named.
    pub fn times(&self) -> impl Iterator<Item = &Expr> {
        self.anchor.iter().chain(self.since.iter().map(|since| &since.time)).map(|time| &**time)
    }
}
