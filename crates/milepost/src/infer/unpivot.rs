//! Columns that are named after months or days, as people keep plans in sheets: they become rows.

use std::collections::BTreeSet;

use milepost_engine::Profile;
use milepost_semantics::model::{DayNames, Unpivot, UnpivotColumns};
use milepost_semantics::time::patterns_of;
use milepost_syntax::span::{SourceId, Span};

/// How months are written in names of columns.
const MONTHS: [&str; 11] = [
    "%Y-%m", "%b %Y", "%B %Y", "%b %y", "%b-%y", "%b-%Y", "%m/%Y", "%Y/%m", "%m.%Y", "%Y_%m",
    "%Y%m",
];

/// So many columns that are named so are no chance.
const FEWEST: usize = 3;

/// What columns become rows, if most of the columns are named after months or days.
pub(super) fn unpivot(profile: &Profile) -> Option<Unpivot> {
    let names: Vec<&str> = profile.columns.iter().map(|column| column.name.as_str()).collect();
    let months = MONTHS.iter().chain(&["%Y-%m-%d"]).map(|pattern| (*pattern).to_owned());
    let mut seen = BTreeSet::new();
    let days = names.iter().flat_map(|name| patterns_of(name));
    let days = days.filter(|pattern| seen.insert(pattern.clone()));
    let patterns: Vec<String> = months.chain(days).collect();
    let read = |text: &String| {
        let found = DayNames::new(text).ok()?;
        let days: Vec<String> = names.iter().filter_map(|name| found.day(name)).collect();
        Some((found, days))
    };
    // Of several that read as many, the first.
    let (found, days) =
        patterns.iter().filter_map(read).rev().max_by_key(|(_, days)| days.len())?;
    if days.len() < FEWEST || 2 * days.len() < names.len() {
        return None;
    }
    let is_free = |name: &&str| !names.contains(name);
    let of_months = days.iter().all(|day| day.ends_with("-01"));
    let (name, other) = if of_months { ("month", "of_month") } else { ("day", "of_day") };
    let name = [name, other].into_iter().find(is_free)?;
    let value = ["value", "amount_of"].into_iter().find(is_free)?;
    Some(Unpivot {
        columns: UnpivotColumns::Days(found),
        name: name.to_owned(),
        value: value.to_owned(),
        span: Span::new(SourceId(0), 0, 0),
    })
}
