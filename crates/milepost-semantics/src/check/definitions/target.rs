//! Goals and directions, in the unit of the value.

use crate::check::Checker;
use crate::check::expressions::expr::Node;
use crate::check::expressions::value::ValueScope;
use crate::model::{Base, Better, Bound, DimensionId, Display, Literal, Target, Type, Unit};
use milepost_syntax::ast::{BetterSpec, Expr, ExprKind, TargetSpec, TimeUnit};
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::{Span, Spanned};
use milepost_syntax::{codes, suggest};

/// The scale on which a goal is written.
pub(crate) struct Scale<'s> {
    pub(crate) display: &'s Display,
    pub(crate) unit: &'s Unit,
    pub(crate) slices: &'s [Spanned<String>],
}

impl Checker<'_, '_> {
    /// `better:`
    pub(crate) fn better(&mut self, spec: &BetterSpec, scale: &Scale<'_>) -> Option<Better> {
        match spec {
            BetterSpec::Higher => Some(Better::Higher),
            BetterSpec::Lower => Some(Better::Lower),
            BetterSpec::Inside(low, high) => {
                self.range(low, high, scale).map(|(low, high)| Better::Inside(low, high))
            }
        }
    }

    /// `target:`
    pub(crate) fn target(
        &mut self,
        spec: &TargetSpec,
        span: Span,
        better: Option<&BetterSpec>,
        scale: &Scale<'_>,
    ) -> Option<Target> {
        let given: Vec<Span> = [&spec.at_least, &spec.at_most]
            .into_iter()
            .flatten()
            .map(|e| e.span)
            .chain(spec.inside.as_ref().map(|(low, _)| low.span))
            .collect();
        if let [first, second, ..] = given.as_slice() {
            self.diagnostics.push(
                Diagnostic::error(
                    codes::INVALID_TARGET,
                    *second,
                    "a target is one of `at_least`, `at_most` and `inside`",
                )
                .also(*first, "the other one")
                .help("for both ends write `inside: [low, high]`"),
            );
            return None;
        }
        let bound = if let Some(value) = &spec.at_least {
            self.direction(value, better, true);
            self.goal(value, scale).map(Bound::AtLeast)
        } else if let Some(value) = &spec.at_most {
            self.direction(value, better, false);
            self.goal(value, scale).map(Bound::AtMost)
        } else if let Some((low, high)) = &spec.inside {
            self.range(low, high, scale).map(|(low, high)| Bound::Inside(low, high))
        } else {
            self.diagnostics.push(
                Diagnostic::error(codes::INVALID_TARGET, spec.by.first().map_or(span, |by| by.dimension.span), "a target says `at_least`, `at_most` or `inside`")
                    .help("add for example `at_least: 80%`; values under `by:` replace it for one slice each"),
            );
            None
        };
        let by = self.target_by(spec, bound, scale);
        Some(Target { bound, by })
    }

    /// A target against the direction that is good.
    fn direction(&mut self, value: &Expr, better: Option<&BetterSpec>, at_least: bool) {
        let (word, other) =
            if at_least { ("at_least", "at_most") } else { ("at_most", "at_least") };
        let against = matches!(
            (better, at_least),
            (Some(BetterSpec::Lower), true) | (Some(BetterSpec::Higher), false)
        );
        if against {
            self.diagnostics.push(
                Diagnostic::error(
                    codes::INVALID_TARGET,
                    value.span,
                    format!(
                        "`{word}` goes against `better: {}`",
                        if at_least { "lower" } else { "higher" }
                    ),
                )
                .help(format!("write `{other}`, or turn `better:` around")),
            );
        }
    }

    fn target_by(
        &mut self,
        spec: &TargetSpec,
        bound: Option<Bound>,
        scale: &Scale<'_>,
    ) -> Vec<(DimensionId, String, Bound)> {
        let mut list = Vec::new();
        for by in &spec.by {
            let Some(id) = self.dimensions.id(&by.dimension.node) else {
                self.expect_dimension(&by.dimension, "a target's `by:`");
                continue;
            };
            if !scale.slices.iter().any(|s| s.node == by.dimension.node) {
                let told = Diagnostic::error(
                    codes::INVALID_TARGET,
                    by.dimension.span,
                    format!(
                        "the target is by `{}`, and the metric is not sliced by it",
                        by.dimension.node
                    ),
                );
                let near =
                    suggest(&by.dimension.node, scale.slices.iter().map(|s| s.node.as_str()));
                self.diagnostics.push(match near {
                    Some(near) => told.help(format!("did you mean `{near}`?")),
                    None => told.help(format!("add `{}` to `slices:`", by.dimension.node)),
                });
                continue;
            }
            for (value, goal) in &by.values {
                let Some(number) = self.goal(goal, scale) else { continue };
                match bound {
                    Some(Bound::AtLeast(_)) => {
                        list.push((id, value.node.clone(), Bound::AtLeast(number)));
                    }
                    Some(Bound::AtMost(_)) => {
                        list.push((id, value.node.clone(), Bound::AtMost(number)));
                    }
                    Some(Bound::Inside(..)) => {
                        self.diagnostics.push(
                            Diagnostic::error(codes::INVALID_TARGET, goal.span, "a target `inside` has two ends, so one number can't replace it for a slice")
                                .help("use `at_least` or `at_most`"),
                        );
                    }
                    None => {}
                }
            }
        }
        list
    }

    fn range(&mut self, low: &Expr, high: &Expr, scale: &Scale<'_>) -> Option<(f64, f64)> {
        let (a, b) = (self.goal(low, scale), self.goal(high, scale));
        let (a, b) = (a?, b?);
        if a > b {
            self.diagnostics.push(
                Diagnostic::error(
                    codes::INVALID_TARGET,
                    low.span.to(high.span),
                    "nothing is inside: the first number is greater than the second",
                )
                .help("put the smaller one first"),
            );
            return None;
        }
        Some((a, b))
    }

    /// A literal on the metric's own scale.
    fn goal(&mut self, expr: &Expr, scale: &Scale<'_>) -> Option<f64> {
        let mut scope = ValueScope { uses: Default::default(), broken: false };
        let before = self.diagnostics.counts().0;
        let node = self.expr(&mut scope, expr);
        if scope.broken || node.ty == Type::Unknown {
            // A metric that is wrong is silent here, and is no fixed number either.
            if self.diagnostics.counts().0 == before && !matches!(expr.kind, ExprKind::Error) {
                self.diagnostics.push(not_fixed(expr));
            }
            return None;
        }
        let percent = *scale.display == Display::Percent;
        let told = |message: &str| Diagnostic::error(codes::INVALID_TARGET, expr.span, message);
        let told = match node.literal() {
            Some(Literal::Number(number)) if percent => {
                told("the metric is in percent, and this is a bare number")
                    .help(as_percent(number.to_f64()))
            }
            Some(Literal::Number(number)) => return Some(number.to_f64()),
            Some(Literal::Percent(number))
                if percent
                    || scale.unit.is_plain()
                    || scale.unit.per == scale.unit.of
                    || is_ratio(scale.unit) =>
            {
                return Some(number.to_f64() / 100.0);
            }
            Some(Literal::Percent(_)) => {
                told(&format!("the metric is in {}, and this is in percent", scale.unit.name()))
                    .help("write the number in the metric's own unit")
            }
            Some(Literal::Duration(length)) => match in_unit(*length, scale.unit) {
                Some(number) => return Some(number),
                None => told(&format!(
                    "the metric is in {}, and this is a length of time",
                    scale.unit.name()
                ))
                .help("write the number in the metric's own unit"),
            },
            _ => not_fixed(expr),
        };
        self.diagnostics.push(told);
        None
    }
}

fn not_fixed(expr: &Expr) -> Diagnostic {
    Diagnostic::error(codes::INVALID_TARGET, expr.span, "a target is a fixed number")
        .help("write a number, like `80%` or `12`")
}

/// What to write for a bare number. Up to 1 it is a share: nobody who writes `0.6` means six in a thousand.
fn as_percent(number: f64) -> String {
    // Without the noise of doubles: 0.07 times 100 is 7.
    let times = |factor: f64| (number * factor * 1e9).round() / 1e9;
    if number == 0.0 || number.abs() > 1.0 {
        return format!("write `{number}%`");
    }
    let few = if number.fract() == 0.0 {
        format!("{} in a hundred", spelled(number))
    } else {
        format!("{} in a thousand", spelled(times(10.0)))
    };
    format!("write `{}%` (or `{number}%` for {few})", times(100.0))
}

/// `six`, `7.5`.
fn spelled(number: f64) -> String {
    const WORDS: [&str; 9] =
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let word = WORDS.iter().zip(1_u8..).find(|(_, n)| f64::from(*n) == number);
    word.map_or_else(|| number.to_string(), |(word, _)| (*word).to_owned())
}

fn is_ratio(unit: &Unit) -> bool {
    !unit.of.is_empty() && !unit.per.is_empty() && !unit.has_currency()
}

/// A length of time on a scale of days, hours, and so on; months and years have no fixed length.
fn in_unit(length: milepost_syntax::ast::Duration, unit: &Unit) -> Option<f64> {
    let [Base::Time(name)] = unit.of.as_slice() else { return None };
    let seconds = |unit: TimeUnit| match unit {
        TimeUnit::Second => Some(1.0),
        TimeUnit::Minute => Some(60.0),
        TimeUnit::Hour => Some(3_600.0),
        TimeUnit::Day => Some(86_400.0),
        TimeUnit::Week => Some(604_800.0),
        TimeUnit::Month | TimeUnit::Quarter | TimeUnit::Year => None,
    };
    let own = match name.as_str() {
        "second" => TimeUnit::Second,
        "minute" => TimeUnit::Minute,
        "hour" => TimeUnit::Hour,
        "day" => TimeUnit::Day,
        "week" => TimeUnit::Week,
        _ => return None,
    };
    Some(f64::from(length.count) * seconds(length.unit)? / seconds(own)?)
}
