//! `duration:` of a metric, as written, and what its parts are made of that has no spelling of its own.

use serde::Serialize;

use super::expr::{Duration, Expr};
use super::survey::RowsSpec;
use crate::span::{Span, Spanned};

/// The time from one event of a member to another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DurationSpec {
    /// `duration`, as it is written.
    pub key: Spanned<String>,
    /// The key and its fields.
    pub span: Span,
    /// The entity.
    pub of: Option<Spanned<String>>,
    /// When a member begins: rows, of which the first counts, or a time of the member.
    pub from: Option<Expr>,
    /// What it is on the way to.
    pub to: Option<EndSpec>,
    /// The time at which it is lost.
    pub lost: Option<Expr>,
    /// `lost_as: competing|censored`
    pub lost_as: Option<Spanned<String>>,
    /// `over: 12 months`, the window of those who begin.
    pub over: Option<Spanned<Duration>>,
    /// `within: 30 days`, until when the share counts.
    pub within: Option<Spanned<Duration>>,
    /// `step: 5 days`, between two points of the curve.
    pub step: Option<Spanned<Duration>>,
    /// `clock: days|business_days`
    pub clock: Option<Spanned<String>>,
}

/// What a member is on the way to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum EndSpec {
    /// A time of the member; or the name of rows, of which the first counts.
    Time(Expr),
    /// `{ rows: key_use, nth: 3 }`
    Rows {
        rows: RowsSpec,
        /// From the beginning on.
        nth: Option<Spanned<i64>>,
    },
}

impl EndSpec {
    /// The expressions that are written in it.
    #[must_use]
    pub const fn expr(&self) -> Option<&Expr> {
        match self {
            Self::Time(time) => Some(time),
            Self::Rows { rows, .. } => rows.filter.as_ref(),
        }
    }
}

/// The call that evaluates its argument as of the end of the data, whatever the bucket: `duration` means it.
pub const AS_KNOWN_NOW: &str = "as known now";

/// The call for the days from its first argument to the end of the data, in whole days if the second one is a day too.
pub const DAYS_SO_FAR: &str = "days so far";

/// The same in business days.
pub const BUSINESS_DAYS_SO_FAR: &str = "business days so far";

/// What is asked of the curve of those who have reached something, from how long each took or has waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Curve {
    pub asks: CurveValue,
    /// Days are business days.
    pub business: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum CurveValue {
    /// The days after which the curve is at a level.
    Quantile,
    /// The curve after so many days.
    Share,
    /// The lower end of its 95 % interval there.
    Low(CurveScale),
    /// The upper end.
    High(CurveScale),
}

/// Of what the interval is computed on a log-log scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum CurveScale {
    /// Those who have not reached it: of Kaplan and Meier's curve.
    Survival,
    /// Those who have: of a cumulative incidence.
    Incidence,
}

impl CurveValue {
    /// As texts that nobody writes have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quantile => "curve_quantile",
            Self::Share => "curve_share",
            Self::Low(CurveScale::Survival) => "curve_low",
            Self::Low(CurveScale::Incidence) => "incidence_low",
            Self::High(CurveScale::Survival) => "curve_high",
            Self::High(CurveScale::Incidence) => "incidence_high",
        }
    }
}
