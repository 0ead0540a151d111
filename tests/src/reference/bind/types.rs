//! Computed columns, and the types of their expressions.

use milepost::syntax::ast::{BinaryOp, UnaryOp};

use super::Binder;
use super::row::Scope;
use crate::tree::{
    ColumnId, ColumnSource, DatasetId, Literal, RowExpr, RowKind, ScalarFunction, Type,
};

impl Binder<'_> {
    pub(super) fn computed_columns(&mut self) {
        for (d, spec) in self.package.datasets.iter().enumerate() {
            for (c, column) in spec.columns.iter().enumerate() {
                let Some(value) = &column.value else { continue };
                let (dataset, id) = (DatasetId(d), ColumnId(c));
                let expr = self.row(value, &Scope::row(dataset));
                let found = &mut self.model.datasets[d].columns[c];
                found.source = ColumnSource::Computed(expr);
                let ColumnSource::Computed(expr) = &self.model[dataset][id].source else {
                    unreachable!()
                };
                self.model.datasets[d].columns[c].ty = self.type_of(expr);
                self.waiting.remove(&(dataset, id));
            }
        }
    }

    /// The type of an expression over one row.
    fn type_of(&self, expr: &RowExpr) -> Type {
        match &expr.kind {
            RowKind::Literal(literal) => match literal {
                Literal::Number(number) if number.scale == 0 => Type::Integer,
                Literal::Number(_) | Literal::Percent(_) => Type::Decimal,
                Literal::Text(_) => Type::Text,
                Literal::Boolean(_) => Type::Boolean,
                Literal::Date(_) => Type::Date,
                Literal::Duration(_) => panic!("a length of time is no column"),
                Literal::Null => panic!("null has the type of the other branch"),
            },
            RowKind::Column(path) => self.model[path.dataset][path.column].ty,
            RowKind::Unary { op: UnaryOp::Not, .. }
            | RowKind::In { .. }
            | RowKind::Between { .. }
            | RowKind::IsNull { .. } => Type::Boolean,
            RowKind::Unary { op: UnaryOp::Negate, operand } => self.type_of(operand),
            RowKind::Binary { op, left, right } => match op {
                BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply => match &right.kind {
                    RowKind::Literal(Literal::Duration(_)) => self.type_of(left),
                    _ => wider(self.type_of(left), self.type_of(right)),
                },
                BinaryOp::Divide => Type::Number,
                _ => Type::Boolean,
            },
            RowKind::If { then, otherwise, .. } => {
                let is_null = |e: &RowExpr| matches!(e.kind, RowKind::Literal(Literal::Null));
                match (is_null(then), is_null(otherwise)) {
                    (true, _) => self.type_of(otherwise),
                    (_, true) => self.type_of(then),
                    _ => wider(self.type_of(then), self.type_of(otherwise)),
                }
            }
            RowKind::Call { function, args } => match function {
                ScalarFunction::Abs | ScalarFunction::Round => self.type_of(&args[0]),
                ScalarFunction::Coalesce | ScalarFunction::Least | ScalarFunction::Greatest => {
                    args.iter().map(|arg| self.type_of(arg)).reduce(wider).unwrap()
                }
                ScalarFunction::Sqrt | ScalarFunction::DaysBetween => Type::Number,
                ScalarFunction::Day => Type::Date,
                ScalarFunction::Weekday
                | ScalarFunction::Hour
                | ScalarFunction::BusinessDaysBetween => Type::Integer,
            },
            other => panic!("{other:?} can't be computed of one row"),
        }
    }
}

/// The type that holds the numbers of both.
fn wider(a: Type, b: Type) -> Type {
    match (a, b) {
        (a, b) if a == b => a,
        (Type::Number, Type::Integer | Type::Decimal)
        | (Type::Integer | Type::Decimal, Type::Number) => Type::Number,
        (Type::Decimal, Type::Integer) | (Type::Integer, Type::Decimal) => Type::Decimal,
        (a, b) => panic!("{a:?} beside {b:?}"),
    }
}
