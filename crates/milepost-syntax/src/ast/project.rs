//! `milepost.yaml`, as written.

use serde::Serialize;

use super::expr::{Date, Decimal, Duration};
use crate::lints::Lints;
use crate::span::Spanned;

/// `milepost.yaml`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ProjectSpec {
    /// `project:`
    pub name: Option<Spanned<String>>,
    pub label: Option<Spanned<String>>,
    pub description: Option<Spanned<String>>,
    /// `edition:`
    pub edition: Option<Spanned<i64>>,
    /// `specs:` the folder of spec files; default `specs/`.
    pub specs: Option<Spanned<String>>,
    pub calendar: CalendarSpec,
    pub currency: Option<Spanned<String>>,
    /// `grain:` the default bucket, e.g. `month`, `fiscal_quarter` (`fiscal quarter` reads the same).
    pub grain: Option<Spanned<String>>,
    /// `history: 24 months`
    pub history: Option<Spanned<Duration>>,
    /// `as_of: 2026-03-31` or `2026-03-31T12:00:00` (text; the semantics reads it).
    pub as_of: Option<Spanned<String>>,
    /// `lints: { unused-definition: allow }`
    pub lints: Lints,
    /// `outputs:` what may be shown of people.
    pub outputs: OutputsSpec,
    /// `use: [std/onboarding]`: packages of the catalog.
    pub uses: Vec<Spanned<String>>,
    pub review: ReviewSpec,
}

/// `outputs:` of `milepost.yaml`: what may be shown of people, and where.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OutputsSpec {
    /// `allow_pii: [lists.renewals.csm_email]`
    pub allow_pii: Vec<Spanned<String>>,
    /// `names: [lists]`
    pub names: Vec<Spanned<String>>,
}

/// `calendar:` of `milepost.yaml`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CalendarSpec {
    pub time_zone: Option<Spanned<String>>,
    pub week_starts: Option<Spanned<String>>,
    pub fiscal_year_starts: Option<Spanned<String>>,
    /// `business_days: mon-fri`
    pub business_days: Option<Spanned<String>>,
    /// `holidays: data/holidays.csv`
    pub holidays: Option<Spanned<String>>,
}

/// `review:` of `milepost.yaml`: what `milepost diff` lets pass.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ReviewSpec {
    /// `fail_on: [contract-breaking]`
    pub fail_on: Vec<Spanned<String>>,
    /// `require_note: [value-changing]`: a new entry in the `changelog` of the definition.
    pub require_note: Vec<Spanned<String>>,
    /// `ignore_below: 0.1%`: the decimal before the sign.
    pub ignore_below: Option<Spanned<Decimal>>,
    pub waivers: Vec<WaiverSpec>,
}

/// One of `waivers:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WaiverSpec {
    /// Of the difference, as `milepost diff` prints it.
    pub id: Spanned<String>,
    pub reason: Spanned<String>,
    /// The last day on which it holds.
    pub until: Spanned<Date>,
}
