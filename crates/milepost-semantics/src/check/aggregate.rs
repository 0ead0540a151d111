//! Aggregates: function, subject, window and filter together.

use super::expr::{Meaning, Node};
use super::row::RowScope;
use super::subject::{Subject, function_word};
use super::{Checker, window};
use crate::model::{Aggregate, RowExpr, Type, Unit};
use milepost_syntax::ast::{self, AggregateFunction, Expr, ExprKind};
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::{Span, Spanned};
use milepost_syntax::{codes, print_expr};

/// The aggregate with a window moved before `where`, if it stands at the end of the condition; and the place where it
/// stood.
fn window_first(spec: &ast::Aggregate, span: Span) -> Option<(Span, Expr)> {
    if spec.window.is_some() {
        return None;
    }
    let mut right = spec.clone();
    let window = take_window(right.filter.as_mut()?)?;
    let place = window.span;
    right.window = Some(window);
    Some((place, Expr { kind: ExprKind::Aggregate(Box::new(right)), span }))
}

/// Takes the window off the last part of a condition.
fn take_window(expr: &mut Expr) -> Option<Spanned<ast::Window>> {
    match &mut expr.kind {
        ExprKind::Over { operand, window } => {
            let (operand, window) = (operand.as_ref().clone(), window.clone());
            *expr = operand;
            Some(window)
        }
        ExprKind::Unary { operand, .. } => take_window(operand),
        ExprKind::Binary { right, .. } => take_window(right),
        ExprKind::Between { high, .. } => take_window(high),
        _ => None,
    }
}

impl Checker<'_, '_> {
    /// Checks an aggregate; absent when something is wrong, which is told.
    pub(crate) fn aggregate(&mut self, expr: &Expr, spec: &ast::Aggregate) -> Option<Aggregate> {
        let span = expr.span;
        if !self.in_this_version(spec) {
            return None;
        }
        if let Some((window, right)) = window_first(spec, span) {
            self.tell_late_window(window, &right);
            return None;
        }
        let told_before = self.diagnostics.counts().0;
        let subject = self.subject(spec, span);
        let length = window::lower(self, spec.window.as_ref());
        let subject = subject?;
        let dataset = subject.dataset;
        let mut scope = RowScope::within(dataset, span);
        let on = spec.on.as_ref().map(|on| self.instant(&mut scope, on));
        let filter = spec.filter.as_ref().map(|filter| self.condition(&mut scope, filter));
        let percentile = self.arguments(spec);
        let meaning = self.result(spec, &subject);
        let window = length?;
        if self.resolved.table(dataset).kind_known {
            window::check_kind(self, spec, dataset, window, on.is_some(), span);
        }
        if self.diagnostics.counts().0 > told_before {
            return None;
        }
        Some(Aggregate {
            function: spec.function.node,
            distinct: spec.distinct.is_some(),
            dataset,
            behavior: None,
            members: None,
            matures: Vec::new(),
            args: subject.args,
            percentile,
            on,
            window,
            filter,
            text: print_expr(expr),
            ty: meaning.ty,
            unit: meaning.unit,
            span,
        })
    }

    /// Tells the parts that this version lacks.
    fn in_this_version(&mut self, spec: &ast::Aggregate) -> bool {
        let mut good = true;
        if let Some(per) = &spec.per {
            good = false;
            self.diagnostics.push(
                Diagnostic::error(
                    codes::NOT_IN_THIS_VERSION,
                    per.span,
                    format!(
                        "numbers taken one by one (`per {}`) are not in this version",
                        per.node
                    ),
                )
                .help("write a ratio of two aggregates: it is a ratio of sums"),
            );
        }
        if let Some(linked) = &spec.linked {
            good = false;
            self.diagnostics.push(
                Diagnostic::error(
                    codes::NOT_IN_THIS_VERSION,
                    linked.span,
                    "rows that consult other rows (`with same …`) are not in this version",
                )
                .help("join the tables before they come here, and test a column of the row"),
            );
        }
        if let Some(on) = spec.on.as_ref().filter(|on| matches!(on.kind, ExprKind::Aggregate(_))) {
            good = false;
            self.diagnostics.push(
                Diagnostic::error(
                    codes::NOT_IN_THIS_VERSION,
                    on.span,
                    "an aggregate that places rows in time is not in this version",
                )
                .help("name a date or timestamp column after `on`"),
            );
        }
        good
    }

    /// Tells a window that stands after `where`, and whatever else is wrong once it stands before.
    fn tell_late_window(&mut self, window: Span, right: &Expr) {
        let told = Diagnostic::error(
            codes::EXPRESSION_SYNTAX,
            window,
            "this window stands after `where`, and a window comes before it",
        );
        self.diagnostics.push(told.help(format!("write `{}`", print_expr(right))));
        if let ExprKind::Aggregate(spec) = &right.kind {
            self.aggregate(right, spec);
        }
    }

    /// `on`: a column or path that says when.
    fn instant(&mut self, scope: &mut RowScope, on: &Expr) -> RowExpr {
        let node = self.expr(scope, on);
        let good = self.wants(&node, "`on` places rows in time", "a date or a timestamp", |ty| {
            matches!(ty, Type::Date | Type::Timestamp)
        });
        if good && !matches!(on.kind, ExprKind::Path(_)) {
            self.diagnostics.push(
                Diagnostic::error(codes::INVALID_VALUE, on.span, "`on` names a column or a path")
                    .help("give the expression a name under the dataset's `columns:` with `value:`, and name that"),
            );
        }
        node
    }

    /// The p of a percentile; other arguments are told.
    fn arguments(&mut self, spec: &ast::Aggregate) -> Option<f64> {
        let function = spec.function.node;
        let word = function_word(function);
        if function == AggregateFunction::Percentile {
            let [p] = spec.arguments.as_slice() else {
                let span = spec.arguments.get(1).map_or(spec.function.span, |a| a.span);
                self.diagnostics.push(
                    Diagnostic::error(
                        codes::INVALID_VALUE,
                        span,
                        "`percentile` takes a value and a number from 0 to 100",
                    )
                    .help("write for example `percentile(events.duration, 90)`"),
                );
                return None;
            };
            let value = match &p.kind {
                ExprKind::Number(n) | ExprKind::Percent(n) => Some(n.to_f64()),
                _ => None,
            };
            if let Some(value) = value.filter(|v| (0.0..=100.0).contains(v)) {
                return Some(value);
            }
            if !matches!(p.kind, ExprKind::Error) {
                self.diagnostics.push(
                    Diagnostic::error(
                        codes::INVALID_VALUE,
                        p.span,
                        "a percentile is a number from 0 to 100",
                    )
                    .help("write for example 90"),
                );
            }
            return None;
        }
        if let Some(extra) = spec.arguments.first() {
            self.diagnostics.push(
                Diagnostic::error(
                    codes::INVALID_VALUE,
                    extra.span,
                    format!("`{word}` takes one value"),
                )
                .help("remove what stands after the comma"),
            );
        }
        (function == AggregateFunction::Median).then_some(50.0)
    }

    /// The type and unit of the result.
    fn result(&mut self, spec: &ast::Aggregate, subject: &Subject) -> Meaning {
        let function = spec.function.node;
        if let Some(span) = spec.distinct.filter(|_| function != AggregateFunction::Count) {
            self.diagnostics.push(
                Diagnostic::error(
                    codes::INVALID_VALUE,
                    span,
                    format!("`distinct` goes with `count`, not with `{}`", function_word(function)),
                )
                .help("remove `distinct`"),
            );
        }
        let Some(arg) = subject.args.first() else { return subject.meaning.clone() };
        let Meaning { ty, unit } = subject.meaning.clone();
        if !matches!(function, AggregateFunction::Count) {
            self.personal(arg);
        }
        let word = function_word(function);
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
            AggregateFunction::First | AggregateFunction::Last => {
                Meaning { ty, unit: if ty.is_numeric() { unit } else { Unit::plain() } }
            }
        }
    }

    /// Tells personal data whose values would be the result.
    fn personal(&mut self, arg: &RowExpr) {
        let mut found = None;
        arg.each_path(&mut |path| {
            let column = &self.dataset(path.dataset)[path.column];
            if column.pii && found.is_none() && arg.ty == column.ty {
                found = Some((column.name.clone(), column.span));
            }
        });
        if let Some((name, span)) = found {
            let message =
                format!("`{name}` is personal data (`pii: true`), so its values can't be a result");
            let told = Diagnostic::error(codes::PII_OUTPUT, arg.span, message);
            self.diagnostics.push(
                told.also(span, "declared here").help("count it instead, like `count(distinct …)`"),
            );
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
