//! Values of a metric in words.

use super::context::Words;
use super::rows;
use super::words::{literal, operands, operator, or_list};
use crate::model::{MetricId, Model, PartId, ValueExpr, ValueKind};
use milepost_syntax::ast::{BinaryOp, UnaryOp};

/// The name by which a metric is called in words.
pub(super) fn metric_name(model: &Model, id: MetricId) -> String {
    let metric = &model[id];
    match &metric.meta.label {
        Some(label) => format!("“{label}”"),
        None => format!("“{}”", metric.name.replace('_', " ")),
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
        let part = |e: &'m ValueExpr| self.value_inside(e, 4);
        match &expr.kind {
            ValueKind::Literal(value) => literal(value),
            ValueKind::Aggregate(found) => self.aggregate(found),
            ValueKind::Metric { metric, part, value }
                if as_defined(self.model, *metric, *part, value) =>
            {
                format!("{}{}", metric_name(self.model, *metric), self.bucket.after_metric)
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
            ValueKind::Unary { op: UnaryOp::Negate, operand } => format!("minus {}", part(operand)),
            ValueKind::Unary { op: UnaryOp::Not, operand } => {
                format!("not ({})", self.value(operand))
            }
            ValueKind::Binary { op, left, right } => self.value_binary(*op, left, right, around),
            ValueKind::In { operand, list, negated } => {
                let items: Vec<String> = list.iter().map(literal).collect();
                let one_of = if *negated { "not one of" } else { "one of" };
                format!("{} is {one_of} {}", part(operand), or_list(&items))
            }
            ValueKind::Between { operand, low, high, negated } => {
                let not = if *negated { "not " } else { "" };
                format!("{} is {not}from {} to {}", part(operand), part(low), part(high))
            }
            ValueKind::IsNull { operand, negated } => {
                let has = if *negated { "has a value" } else { "has no value" };
                format!("{} {has}", part(operand))
            }
            ValueKind::If { condition, then, otherwise } => {
                format!("({} if {}, else {})", part(then), self.value(condition), part(otherwise))
            }
            ValueKind::Call { function, args } => {
                rows::call(*function, &args.iter().map(part).collect::<Vec<_>>())
            }
        }
    }

    fn value_binary(
        &self,
        op: BinaryOp,
        left: &'m ValueExpr,
        right: &'m ValueExpr,
        around: u8,
    ) -> String {
        let own = op.strength();
        let sum =
            matches!(left.kind, ValueKind::Binary { op: BinaryOp::Add | BinaryOp::Subtract, .. });
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
