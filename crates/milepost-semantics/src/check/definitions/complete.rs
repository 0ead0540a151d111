//! Conditions that are known only as long as the rows are there that they read.

use crate::check::Checker;
use crate::model::{CompleteUntil, Form, Literal, RowExpr, RowKind, Type, Unit};
use milepost_syntax::ast::{BinaryOp, Date};

impl Checker<'_, '_> {
    /// A condition as long as rows that it reads can't be missing; after that it is not known whether it holds.
    pub(super) fn while_complete(&self, condition: RowExpr) -> RowExpr {
        let mut last: Option<Date> = None;
        condition.each_inner(&mut |inner| {
            inner.each_aggregate(&mut |aggregate| {
                if let Some(CompleteUntil::Day(day)) =
                    self.dataset(aggregate.dataset).complete.until
                {
                    last = Some(last.map_or(day, |last| last.min(day)));
                }
            });
        });
        let Some(last) = last else { return condition };
        let (ty, unit, span) = (condition.ty, condition.unit.clone(), condition.span);
        let node = |kind: RowKind, ty| RowExpr { kind, ty, unit: Unit::plain(), span };
        let day = node(Form::Literal(Literal::Date(last)).into(), Type::Date);
        let today = node(RowKind::Today, Type::Date);
        let is_complete =
            Form::Binary { op: BinaryOp::LessOrEqual, left: Box::new(today), right: Box::new(day) };
        let form = Form::If {
            condition: Box::new(node(is_complete.into(), Type::Boolean)),
            then: Box::new(condition),
            otherwise: Box::new(node(Form::Literal(Literal::Null).into(), ty)),
        };
        RowExpr { kind: form.into(), ty, unit, span }
    }
}
