//! What an aggregate yields: its type and unit, and whether it can take such values.

use super::super::subject::Subject;
use crate::check::Checker;
use crate::check::expressions::expr::{Meaning, Node};
use crate::model::{RowExpr, Type, Unit};
use milepost_syntax::ast::{self, AggregateFunction, Curve, CurveValue};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

impl Checker<'_, '_> {
    /// The type and unit of the result.
    pub(super) fn result(&mut self, spec: &ast::Aggregate, subject: &Subject<'_>) -> Meaning {
        let function = spec.function.node;
        if let Some(span) = spec.distinct.filter(|_| function != AggregateFunction::Count) {
            self.diagnostics.push(
                Diagnostic::error(
                    codes::INVALID_VALUE,
                    span,
                    format!("`distinct` goes with `count`, not with `{}`", function.name()),
                )
                .help("remove `distinct`"),
            );
        }
        let Some(arg) = subject.args.first() else { return subject.meaning.clone() };
        let Meaning { ty, unit } = subject.meaning.clone();
        let word = function.name();
        match function {
            AggregateFunction::Count => {
                Meaning { ty: Type::Integer, unit: self.distinct_unit(subject) }
            }
            AggregateFunction::Any => Meaning::plain(Type::Boolean),
            AggregateFunction::Sum => {
                self.aggregated(arg, &format!("`{word}` adds numbers"), Type::is_numeric);
                self.summed_ratio(arg);
                Meaning { ty, unit }
            }
            AggregateFunction::Avg
            | AggregateFunction::Stddev
            | AggregateFunction::Median
            | AggregateFunction::Percentile => {
                self.aggregated(arg, &format!("`{word}` takes numbers"), Type::is_numeric);
                Meaning { ty: Type::Number, unit }
            }
            AggregateFunction::Min | AggregateFunction::Max => {
                self.aggregated(arg, &format!("`{word}` takes numbers or times"), |ty| {
                    ty.is_numeric() || matches!(ty, Type::Date | Type::Timestamp)
                });
                Meaning { ty, unit }
            }
            AggregateFunction::Nth => Meaning { ty, unit },
            AggregateFunction::Curve(Curve { asks: CurveValue::Quantile, .. }) => {
                Meaning { ty: Type::Number, unit }
            }
            AggregateFunction::Curve(_) => Meaning::plain(Type::Number),
            AggregateFunction::First | AggregateFunction::Last => {
                Meaning { ty, unit: if ty.is_numeric() { unit } else { Unit::plain() } }
            }
        }
    }

    fn aggregated(&mut self, arg: &RowExpr, why: &str, good: impl Fn(Type) -> bool) {
        if arg.ty() == Type::Unknown || good(arg.ty()) {
            return;
        }
        let told = Diagnostic::error(
            codes::TYPE_MISMATCH,
            arg.span,
            format!("{why}, and this is {}", arg.ty.describe()),
        );
        self.diagnostics.push(match arg.ty {
            Type::Text => told.help(
                "if the column holds numbers, declare its type under the dataset's `columns:`",
            ),
            Type::Boolean => told.help("to count rows, write `count(dataset where condition)`"),
            _ => told,
        });
    }
}
