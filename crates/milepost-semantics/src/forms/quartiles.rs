//! Quartiles: the values at 25, 50 and 75 percent of the members of an entity, sorted by a value that each has.
//!
//! `quartiles: { of: account, value: V, where: C }` means three percentiles over the same members,
//! `percentile(V, 25 per account where C)`, `median(V per account where C)` and `percentile(V, 75 per account where C)`,
//! exact, interpolated linearly between neighbors (Hyndman and Fan 1996, type 7). The sample of each is the number of
//! members with a value.

use std::borrow::Cow;

use super::build::Writer;
use super::{Desugared, FormPart};
use crate::model::Shape;
use milepost_syntax::ast::{AggregateFunction, Expr, QuartilesSpec};
use milepost_syntax::span::Spanned;

/// The parts, with the percent of the members that lie below.
const PARTS: [(&str, Option<i64>); 3] = [("p25", Some(25)), ("median", None), ("p75", Some(75))];

/// The position of the median.
const HEADLINE: usize = 1;

pub(super) fn desugar(spec: &QuartilesSpec) -> Option<Desugared<'_>> {
    let (of, value) = (spec.of.as_ref()?, spec.value.as_ref()?);
    let part =
        |(name, percent)| FormPart::new(name, Cow::Owned(percentile(spec, of, value, percent)));
    Some(Desugared {
        shape: Shape::Quantiles,
        parts: PARTS.into_iter().map(part).collect(),
        headline: HEADLINE,
        checks: Vec::new(),
        words: Box::new(words),
    })
}

pub(super) fn names(spec: &QuartilesSpec) -> Vec<String> {
    let is_whole = spec.of.is_some() && spec.value.is_some();
    PARTS.iter().filter(|_| is_whole).map(|(name, _)| (*name).to_owned()).collect()
}

/// `percentile(VALUE, PERCENT per OF where CONDITION)`; the median without one.
fn percentile(
    spec: &QuartilesSpec,
    of: &Spanned<String>,
    value: &Expr,
    percent: Option<i64>,
) -> Expr {
    let write = Writer { span: spec.key.span };
    let function = match percent {
        Some(_) => AggregateFunction::Percentile,
        None => AggregateFunction::Median,
    };
    let reduce = write.aggregate(function, value.clone()).per(of.clone());
    let arguments = percent.map(|percent| write.number(percent));
    reduce.filter(spec.filter.clone()).arguments(arguments).over(spec.span)
}

fn words(shown: &str) -> Vec<String> {
    let others = PARTS.iter().map(|(name, _)| *name).filter(|name| *name != shown);
    let others: Vec<&str> = others.collect();
    vec![format!(
        "Its parts are the quartiles: a quarter of the values lie at or below `p25`, half at or below `median`, three quarters at or below `p75`; between two neighbors they are interpolated. The headline is `{shown}`, beside it stand `{}`.",
        others.join("` and `")
    )]
}
