//! Buckets, slices and figures.

use std::collections::BTreeSet;

use crate::model::{DimensionId, Display, Metric, MetricId, Model, Part, PartId, Type, singular};
use crate::time::{AsOf, Bucket, Calendar, Grain, epoch_day, parse_day};
use milepost_syntax::ast::{Date, ExpectSpec, TestSpec};
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::{Span, Spanned};
use milepost_syntax::{codes, suggest};

use super::cell;

/// How far apart the expected buckets of one test may lie.
const WIDEST: usize = 1_000;

/// One figure that the rows must give.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    pub span: Span,
    pub bucket: Bucket,
    /// Dimensions with their values, in the order in which they are written; absent: null.
    pub slices: Vec<(DimensionId, Option<String>)>,
    pub figure: Figure,
}

/// A number or a reason.
#[derive(Clone, Debug, PartialEq)]
pub enum Figure {
    /// In the unit of the metric's value (`97.4%` is 0.974; days and instants count from 1970).
    Number {
        value: f64,
        /// How far the number may be off; absent: not at all, but for the last of its fifteen digits.
        tolerance: Option<f64>,
    },
    /// The words of a reason: `no data`.
    Reason(String),
}

/// The dimensions that figures are expected by. Names that are none are told.
pub(super) fn dimensions(
    spec: &TestSpec,
    model: &Model,
    diagnostics: &mut Diagnostics,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut told = BTreeSet::new();
    for (name, _) in spec.expect.iter().flat_map(|expected| &expected.slices) {
        if model.dimension(&name.node).is_some() {
            found.insert(name.node.clone());
        } else if told.insert(name.node.clone()) {
            diagnostics.push(no_key(name, model));
        }
    }
    found
}

/// A key of an expected figure that is neither a field nor a dimension.
fn no_key(name: &Spanned<String>, model: &Model) -> Diagnostic {
    const FIELDS: [&str; 11] = [
        "bucket",
        "day",
        "week",
        "month",
        "quarter",
        "year",
        "fiscal_quarter",
        "fiscal_year",
        "value",
        "tolerance",
        "reason",
    ];
    let dimensions = model.dimensions.iter().map(|dimension| dimension.name.as_str());
    let near = suggest(&name.node, FIELDS.into_iter().chain(dimensions.clone()));
    let message = format!("`{}` is neither a dimension nor part of an expected figure", name.node);
    let told = Diagnostic::error(codes::UNKNOWN_NAME, name.span, message);
    let told = match near {
        Some(near) => told.help(format!("did you mean `{near}`?")),
        None => told,
    };
    told.help(crate::resolve::list_of("the dimensions are", dimensions))
}

/// The expected figures of a test. What can't be is told.
pub(super) fn expected(
    spec: &TestSpec,
    model: &Model,
    (metric, part): (MetricId, PartId),
    as_of: Option<AsOf>,
    diagnostics: &mut Diagnostics,
) -> Vec<Expected> {
    let metric = &model[metric];
    let reader = Reader { spec, model, metric, part: &metric[part], as_of };
    let list: Vec<Expected> =
        spec.expect.iter().filter_map(|expect| reader.one(expect, diagnostics)).collect();
    reader.tell_far_apart(&list, diagnostics);
    list
}

struct Reader<'a> {
    spec: &'a TestSpec,
    model: &'a Model,
    metric: &'a Metric,
    part: &'a Part,
    as_of: Option<AsOf>,
}

impl Reader<'_> {
    fn one(&self, expect: &ExpectSpec, diagnostics: &mut Diagnostics) -> Option<Expected> {
        let (grain, label) = expect.bucket.as_ref()?;
        let bucket = self.bucket(grain, label, diagnostics);
        let figure = self.figure(expect, diagnostics);
        let slices = expect
            .slices
            .iter()
            .map(|(name, value)| Some((self.model.dimension(&name.node)?, value.node.clone())));
        let slices = slices.collect::<Option<Vec<_>>>();
        Some(Expected { span: expect.span, bucket: bucket?, slices: slices?, figure: figure? })
    }

    fn bucket(
        &self,
        named: &Spanned<String>,
        label: &Spanned<String>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Bucket> {
        let calendar = &self.model.project.calendar;
        let own = self.metric.grain;
        let grain = Grain::parse(&named.node).unwrap_or(own);
        if grain != own {
            diagnostics.push(self.other_grain(named.span, grain));
            return None;
        }
        let Some(bucket) = bucket_of_label(calendar, own, &label.node) else {
            diagnostics.push(self.no_bucket(label));
            return None;
        };
        if let Some(as_of) = self.as_of.filter(|as_of| bucket.start >= as_of.end) {
            let message = format!(
                "the bucket {} lies after the as-of {}",
                bucket.label,
                calendar.show_as_of(as_of)
            );
            let told = Diagnostic::error(codes::INVALID_VALUE, label.span, message);
            let told = match &self.spec.as_of {
                Some(as_of) => told.also(as_of.span, "the as-of of the test"),
                None => told,
            };
            diagnostics
                .push(told.help("expect an earlier bucket, or give the test a later `as_of:`"));
            return None;
        }
        Some(bucket)
    }

    fn other_grain(&self, span: Span, grain: Grain) -> Diagnostic {
        let own = self.metric.grain;
        let message = format!(
            "this expects a figure by {}, and `{}` is computed by {}",
            grain.name(),
            self.metric.name,
            own.name()
        );
        let told = Diagnostic::error(codes::INVALID_VALUE, span, message);
        let told = match &self.spec.grain {
            Some(grain) => told.also(grain.span, "the grain of the test"),
            None => told,
        };
        told.help(format!(
            "write `{}:` with the label of such a bucket, or add `grain: {}` to the test",
            key(own),
            key(grain)
        ))
    }

    /// A label that names no bucket of the metric's grain.
    fn no_bucket(&self, label: &Spanned<String>) -> Diagnostic {
        let calendar = &self.model.project.calendar;
        let own = self.metric.grain;
        let of = |grain: &Grain| bucket_of_label(calendar, *grain, &label.node).is_some();
        if let Some(other) = Grain::ALL.into_iter().filter(|grain| *grain != own).find(of) {
            return self.other_grain(label.span, other);
        }
        let message = format!("there is no {} `{}`", own.name(), label.node);
        let example =
            calendar.bucket_of(own, calendar.midnight(Date { year: 2026, month: 3, day: 31 }));
        Diagnostic::error(codes::INVALID_VALUE, label.span, message).help(format!(
            "the {} that holds 2026-03-31 is written `{}`",
            own.name(),
            example.label
        ))
    }

    fn figure(&self, expect: &ExpectSpec, diagnostics: &mut Diagnostics) -> Option<Figure> {
        if let Some(reason) = &expect.reason {
            return Some(Figure::Reason(reason.node.clone()));
        }
        let value = self.number(expect.value.as_ref()?, diagnostics);
        let tolerance = expect.tolerance.as_ref();
        let tolerance = match tolerance {
            None => None,
            Some(text) => {
                let found = self.length(text, diagnostics)?;
                if found < 0.0 {
                    diagnostics.push(
                        Diagnostic::error(
                            codes::INVALID_VALUE,
                            text.span,
                            "a tolerance is how far a figure may be off, up or down, so it is not negative",
                        )
                        .help("remove the minus"),
                    );
                    return None;
                }
                Some(found)
            }
        };
        Some(Figure::Number { value: value?, tolerance })
    }

    /// How far a number may be off: of times, in days or seconds.
    fn length(&self, text: &Spanned<String>, diagnostics: &mut Diagnostics) -> Option<f64> {
        match self.part.display {
            Display::Date | Display::Timestamp => {
                diagnostics.push(
                    Diagnostic::error(
                        codes::INVALID_VALUE,
                        text.span,
                        "a time is the one that is expected, or not: it has no tolerance",
                    )
                    .help("remove `tolerance`"),
                );
                None
            }
            _ => self.number(text, diagnostics),
        }
    }

    /// A number as the metric shows it.
    fn number(&self, text: &Spanned<String>, diagnostics: &mut Diagnostics) -> Option<f64> {
        let written = text.node.trim();
        let calendar = &self.model.project.calendar;
        let found = match self.part.display {
            Display::Date => parse_day(written).map(|date| f64::from(epoch_day(date))),
            Display::Timestamp => calendar.parse_instant(written).map(micros),
            _ if self.part.value.ty == Type::Boolean => match written {
                "true" => Some(1.0),
                "false" => Some(0.0),
                _ => None,
            },
            _ => self.amount(written),
        };
        if found.is_none() {
            diagnostics.push(self.no_number(text));
        }
        found
    }

    /// `97.4%`, `1_200`, `120 USD`, `3.5 days`.
    fn amount(&self, written: &str) -> Option<f64> {
        let end = written
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '.' | '_')))
            .unwrap_or(written.len());
        let (number, unit) = written.split_at(end);
        let number = cell::number(number)?;
        let unit = unit.trim();
        let fits = match &self.part.display {
            _ if unit.is_empty() => true,
            Display::Percent => unit == "%",
            Display::Currency(code) => unit == code,
            Display::Number(Some(words)) => unit == words || unit == singular(words),
            Display::Number(None) => unit == "%" || unit == self.part.value.unit.name(),
            Display::Date | Display::Timestamp => false,
        };
        fits.then_some(if unit == "%" { number / 100.0 } else { number })
    }

    fn no_number(&self, text: &Spanned<String>) -> Diagnostic {
        let instead = match &self.part.display {
            Display::Date => "a day, like `2026-03-31`".to_owned(),
            Display::Timestamp => {
                "an instant, like `2026-03-31T12:00:00` or `2026-03-31T12:00:00+02:00`".to_owned()
            }
            _ if self.part.value.ty == Type::Boolean => "`true` or `false`".to_owned(),
            Display::Percent => "a number with `%`, like `97.4%`".to_owned(),
            Display::Currency(code) => format!("an amount, like `120` or `120 {code}`"),
            Display::Number(Some(words)) => format!("a number, like `12` or `12 {words}`"),
            Display::Number(None) => "a number, like `12.5`".to_owned(),
        };
        let shown: String = text.node.chars().take(40).collect();
        let message = format!("`{shown}` is not a figure of `{}`", self.metric.name);
        let told = Diagnostic::error(codes::TYPE_MISMATCH, text.span, message);
        let reason = ["no data", "zero denominator", "too few", "short history"]
            .into_iter()
            .find(|reason| *reason == text.node.replace('_', " "));
        match reason {
            Some(reason) => told.help(format!("write `reason: {reason}` instead")),
            None => told.help(format!("write {instead}")),
        }
    }

    fn tell_far_apart(&self, list: &[Expected], diagnostics: &mut Diagnostics) {
        let first = list.iter().min_by_key(|expected| expected.bucket.start);
        let last = list.iter().max_by_key(|expected| expected.bucket.start);
        let (Some(first), Some(last)) = (first, last) else { return };
        let days = (last.bucket.end.0 - first.bucket.start.0) / 86_400_000_000;
        let shortest = i64::from(self.metric.grain.shortest_days());
        if usize::try_from(days / shortest).unwrap_or(usize::MAX) > WIDEST {
            diagnostics.push(
                Diagnostic::error(
                    codes::INVALID_VALUE,
                    last.span,
                    format!("the expected figures of a test lie in at most {WIDEST} buckets"),
                )
                .also(first.span, "the earliest figure")
                .help("make two tests of it"),
            );
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "instants of the years 1 to 9999 round to the next microsecond at most"
)]
fn micros(instant: crate::time::Instant) -> f64 {
    instant.0 as f64
}

/// The key of a grain: `fiscal_quarter`.
fn key(grain: Grain) -> String {
    grain.name().replace(' ', "_")
}

/// The bucket of that label; absent if there is none.
fn bucket_of_label(calendar: &Calendar, grain: Grain, label: &str) -> Option<Bucket> {
    let digits: String =
        label.trim_start_matches("FY").chars().take_while(char::is_ascii_digit).collect();
    let year: i16 = digits.parse().ok().filter(|year| (2..=9998).contains(year))?;
    // A label names the year of its last day, or of its first.
    let from = calendar.midnight(Date { year: year - 1, month: 1, day: 1 });
    let to = calendar.midnight(Date { year: year + 1, month: 1, day: 8 });
    calendar.buckets(grain, from, to).into_iter().find(|bucket| bucket.label == label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_names_its_bucket() {
        let mut calendar = Calendar::default();
        calendar.fiscal_year_starts = 2;
        for grain in Grain::ALL {
            for year in [2024, 2026, 2027] {
                for (month, day) in [(1, 1), (3, 31), (12, 31)] {
                    let instant = calendar.midnight(Date { year, month, day });
                    let bucket = calendar.bucket_of(grain, instant);
                    assert_eq!(bucket_of_label(&calendar, grain, &bucket.label), Some(bucket));
                }
            }
        }
        for wrong in ["", "2026-13", "FY", "26-03", "2026-W60", "99999"] {
            assert_eq!(bucket_of_label(&calendar, Grain::Month, wrong), None, "{wrong}");
        }
    }
}
