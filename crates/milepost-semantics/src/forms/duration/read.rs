//! What the fields of a duration say, and what is wrong with them.

use crate::forms::build::says;
use crate::forms::rows::{begins, dataset_of, happens, one_name};
use crate::resolve::{Definition, Resolved};
use milepost_syntax::ast::{
    Duration, DurationSpec, DurationStyle, EndSpec, Expr, ExprKind, TimeUnit,
};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::{Span, Spanned};

use super::STEPS;

/// Days between two points of the curve, where nothing says how many.
const DEFAULT_STEP: u32 = 30;
/// The share is at this point of the curve, where nothing says how long a step is.
const SHARE_AT: u32 = STEPS / 2;
/// The most days that anybody is followed.
const MOST_DAYS: u32 = 36_525;

/// Everything that the parts are made of.
#[derive(Debug)]
pub(super) struct Followed<'a> {
    pub(super) key: Span,
    pub(super) span: Span,
    pub(super) of: &'a Spanned<String>,
    /// The time at which a member begins.
    pub(super) from: Expr,
    /// The rows of which the first one is that time, by name; absent: a time of the member.
    pub(super) starting: Option<&'a str>,
    pub(super) to: End<'a>,
    pub(super) lost: Option<&'a Expr>,
    /// Who is lost never reaches it, rather than being followed no longer.
    pub(super) competing: bool,
    pub(super) over: Option<&'a Spanned<Duration>>,
    /// Days.
    pub(super) within: Option<u32>,
    /// Days.
    pub(super) step: u32,
    pub(super) business: bool,
}

/// What is reached.
#[derive(Debug)]
pub(super) enum End<'a> {
    Time(&'a Expr),
    Rows {
        name: &'a Spanned<String>,
        /// The column with their time.
        time: String,
        nth: u32,
        filter: Option<&'a Expr>,
        /// They may be missing before the as-of.
        ends_early: bool,
    },
}

/// Reads the fields; nothing where they mean nothing, which is reported.
pub(super) fn read<'a>(
    spec: &'a DurationSpec,
    resolved: &Resolved<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Followed<'a>> {
    let before = diagnostics.counts().0;
    let from = begins("from", spec.from.as_ref(), resolved, diagnostics);
    let to = spec.to.as_ref().and_then(|to| end(to, resolved, diagnostics));
    no_rows(spec.lost.as_ref(), resolved, diagnostics);
    if let (Some(lost_as), None) = (&spec.lost_as, &spec.lost) {
        let message = "`lost_as` says how lost members count, and nothing says when one is lost";
        diagnostics.push(
            Diagnostic::error(codes::INVALID_VALUE, lost_as.span, message)
                .help("add `lost:` with a time of the member, such as `lost: churned_at`, or leave `lost_as` out"),
        );
    }
    let business = is_business(spec);
    let within = days("within", spec.within.as_ref(), business, diagnostics);
    let step = step_of(spec, diagnostics);
    let lost_is_read = !spec.lost.as_ref().is_some_and(|lost| matches!(lost.kind, ExprKind::Error));
    if diagnostics.counts().0 > before || !lost_is_read {
        return None;
    }
    let (from, starting) = from?;
    Some(Followed {
        key: spec.key.span,
        span: spec.span,
        of: spec.of.as_ref()?,
        from,
        starting,
        to: to?,
        lost: spec.lost.as_ref(),
        competing: !says(spec.lost_as.as_ref(), "censored"),
        over: spec.over.as_ref(),
        within,
        step,
        business,
    })
}

fn is_business(spec: &DurationSpec) -> bool {
    says(spec.clock.as_ref(), "business_days")
}

/// How many days lie between two points of the curve.
pub(super) fn step_of(spec: &DurationSpec, diagnostics: &mut Diagnostics) -> u32 {
    let business = is_business(spec);
    // What is wrong with `within` is reported by itself.
    let mut other = Diagnostics::default();
    let within = days("within", spec.within.as_ref(), business, &mut other);
    let usual = within.map_or(DEFAULT_STEP, |days| days.div_ceil(SHARE_AT));
    days("step", spec.step.as_ref(), business, diagnostics).unwrap_or(usual)
}

/// What a member is on the way to.
fn end<'a>(
    spec: &'a EndSpec,
    resolved: &Resolved<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<End<'a>> {
    let (name, nth, filter) = match spec {
        EndSpec::Time(Expr { kind: ExprKind::Error, .. }) => return None,
        EndSpec::Time(time) => match one_name(time).filter(|name| is_rows(name, resolved)) {
            Some(name) => (name, None, None),
            None => return Some(End::Time(time)),
        },
        EndSpec::Rows { rows, nth } => (&rows.name, nth.as_ref(), rows.filter.as_ref()),
    };
    let nth = match nth {
        None => 1,
        Some(written) => u32::try_from(written.node).ok().filter(|n| *n >= 1).or_else(|| {
            let message = "which of the rows is reached is a whole number from 1 on";
            diagnostics.push(
                Diagnostic::error(codes::INVALID_VALUE, written.span, message)
                    .help("write for example `nth: 3`, or leave it out for the first"),
            );
            None
        })?,
    };
    let Some(dataset) = dataset_of(&name.node, resolved) else {
        let message = format!("`{}` names no rows", name.node);
        diagnostics.push(
            Diagnostic::error(codes::UNKNOWN_NAME, name.span, message)
                .help("write the name of a dataset or of a behavior after `rows:`"),
        );
        return None;
    };
    let table = resolved.table(dataset);
    if !happens(name, "what is reached", table, diagnostics) {
        return None;
    }
    let time = table.dataset[table.dataset.begins()?].name.clone();
    let ends_early = table.dataset.complete.until.is_some();
    Some(End::Rows { name, time, nth, filter, ends_early })
}

fn is_rows(name: &Spanned<String>, resolved: &Resolved<'_>) -> bool {
    matches!(resolved.names.get(&name.node), Some(Definition::Dataset(_) | Definition::Behavior(_)))
}

/// Reports rows where a time stands.
fn no_rows(lost: Option<&Expr>, resolved: &Resolved<'_>, diagnostics: &mut Diagnostics) {
    let Some(name) = lost.and_then(one_name).filter(|name| is_rows(name, resolved)) else { return };
    let message = format!(
        "a member is lost at a time, and `{}` names rows, of which there may be many",
        name.node
    );
    let dataset = dataset_of(&name.node, resolved).map(|id| &resolved.table(id).dataset);
    let time = dataset.and_then(|dataset| Some(dataset[dataset.begins()?].name.as_str()));
    diagnostics.push(Diagnostic::error(codes::INVALID_VALUE, name.span, message).help(format!(
        "write the time of the first or the last of them, such as `lost: min({}.{})`",
        name.node,
        time.unwrap_or("ts")
    )));
}

/// A length in days, those of the clock.
fn days(
    field: &str,
    written: Option<&Spanned<Duration>>,
    business: bool,
    diagnostics: &mut Diagnostics,
) -> Option<u32> {
    let Spanned { node: length, span } = written?;
    let factor = match length.unit {
        TimeUnit::Day => Some(1),
        TimeUnit::Week if !business => Some(7),
        _ => None,
    };
    let is_business = length.style == DurationStyle::Business;
    let days = factor.and_then(|factor: u32| length.count.checked_mul(factor));
    let told = match days {
        Some(days) if is_business && !business && days > 0 => Diagnostic::error(
            codes::INVALID_VALUE,
            *span,
            format!("`{field}` is in business days, and the days of this duration are all days"),
        )
        .help("add `clock: business_days`, or leave out `business`"),
        Some(days) if (1..=MOST_DAYS).contains(&days) => return Some(days),
        _ => {
            let what = if business { "business days" } else { "days or weeks" };
            let message = format!(
                "`{field}` is counted in {what}, because members take days, from 1 to {MOST_DAYS}"
            );
            let example = if business { "10 business days" } else { "30 days" };
            Diagnostic::error(codes::INVALID_VALUE, *span, message)
                .help(format!("write a number of days, such as `{field}: {example}`"))
        }
    };
    diagnostics.push(told);
    None
}
