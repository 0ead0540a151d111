//! Values of a metric in words.

use super::context::Words;
use super::form::Said;
use super::words::{operands, operator};
use crate::model::{Form, MetricId, Model, PartId, ValueExpr, ValueKind};
use milepost_syntax::ast::BinaryOp;

/// What a metric is called in words, with its part where that is not the headline.
pub(super) fn metric_name(model: &Model, id: MetricId, part: PartId) -> String {
    let metric = &model[id];
    let name = metric.meta.label.clone().unwrap_or_else(|| metric.name.replace('_', " "));
    if part == metric.headline {
        format!("“{name}”")
    } else {
        format!("the {} of “{name}”", metric[part].name.replace('_', " "))
    }
}

/// Whether the metric stands here as it is defined, not over another window.
pub(super) fn as_defined(model: &Model, id: MetricId, part: PartId, value: &ValueExpr) -> bool {
    let windows = |value: &ValueExpr| {
        let mut list = Vec::new();
        value.each_aggregate(&mut |a| list.push(a.window));
        list
    };
    windows(value) == windows(&model[id][part].value)
}

impl<'m> Words<'m> {
    /// A value in words.
    pub(super) fn value(&self, expr: &'m ValueExpr) -> String {
        self.value_inside(expr, 0)
    }

    fn value_inside(&self, expr: &'m ValueExpr, around: u8) -> String {
        match &expr.kind {
            ValueKind::Aggregate(found) => self.aggregate(found),
            ValueKind::Metric { metric, part, value }
                if as_defined(self.model, *metric, *part, value) =>
            {
                format!("{}{}", metric_name(self.model, *metric, *part), self.bucket.after_metric)
            }
            ValueKind::Metric { value, .. } => self.value_inside(value, around),
            ValueKind::Prior { operand, by } => {
                self.at(self.bucket.earlier(*by)).value_inside(operand, around)
            }
            ValueKind::Blocks(found) => {
                self.blocks(found, |block| block.value_inside(&found.operand, 4))
            }
            ValueKind::BusinessDays => {
                format!("the number of business days in {}", self.bucket.name)
            }
            ValueKind::Form(form) => self.form(form, around),
        }
    }
}

impl<'m> Said<'m, ValueExpr> for Words<'m> {
    fn inside(&self, expr: &'m ValueExpr, around: u8) -> String {
        self.value_inside(expr, around)
    }

    fn is_null(&self, part: &str, negated: bool) -> String {
        format!("{part} {}", if negated { "has a value" } else { "has no value" })
    }

    fn not(&self, operand: &'m ValueExpr) -> String {
        format!("not ({})", self.value(operand))
    }

    fn binary(
        &self,
        op: BinaryOp,
        left: &'m ValueExpr,
        right: &'m ValueExpr,
        around: u8,
    ) -> String {
        let own = op.strength();
        let sum = matches!(
            left.kind,
            ValueKind::Form(Form::Binary { op: BinaryOp::Add | BinaryOp::Subtract, .. })
        );
        let (at_left, at_right) = operands(op, sum);
        let left = self.value_inside(left, at_left);
        // After a condition it must be plain that the condition is over.
        let conditions = [", where ", " whose ", " for which "];
        let over = (op == BinaryOp::Divide && around == 0)
            || conditions.iter().any(|words| left.contains(words));
        let comma = if over { "," } else { "" };
        let right = self.value_inside(right, at_right);
        let words = format!("{left}{comma} {} {right}", operator(op));
        if own < around { format!("({words})") } else { words }
    }
}
