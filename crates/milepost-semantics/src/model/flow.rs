//! Which columns a value comes from: whose values are part of it, rather than only compared or counted on the way.
//!
//! What a comparison, a test of a text, `in`, `between` and `is null` give is a truth value, and a count is a number of
//! rows: neither shows what was compared or counted. Everything else passes on what it is made of.

use super::{Aggregate, Form, Path, RowExpr, RowKind, ValueExpr, ValueKind};
use milepost_syntax::ast::AggregateFunction;

impl RowExpr {
    /// Calls `f` for every column whose values are part of this value, with the expression that names it.
    pub fn each_source<'a>(&'a self, f: &mut dyn FnMut(&'a Self, &'a Path)) {
        match &self.kind {
            RowKind::Column(path) => f(self, path),
            RowKind::Inner(inner) => inner.aggregate.each_source(f),
            RowKind::Form(Form::In { .. } | Form::Between { .. } | Form::IsNull { .. }) => {}
            RowKind::Form(Form::Binary { op, .. }) if op.is_comparison() => {}
            // A band is a truth value: a condition held, or it did not.
            RowKind::Segment(_) => {}
            _ => self.each_child(&mut |child| child.each_source(f)),
        }
    }
}

impl Aggregate {
    /// Calls `f` for every column whose values are part of this value, with the expression that names it.
    pub fn each_source<'a>(&'a self, f: &mut dyn FnMut(&'a RowExpr, &'a Path)) {
        match self.function {
            AggregateFunction::Count | AggregateFunction::Any => {}
            _ => self.args[..self.values()].iter().for_each(|arg| arg.each_source(f)),
        }
    }
}

impl ValueExpr {
    /// Calls `f` for every column whose values are part of this value, with the expression that names it.
    pub fn each_source<'a>(&'a self, f: &mut dyn FnMut(&'a RowExpr, &'a Path)) {
        match &self.kind {
            ValueKind::Aggregate(aggregate) => aggregate.each_source(f),
            ValueKind::Form(Form::In { .. } | Form::Between { .. } | Form::IsNull { .. }) => {}
            ValueKind::Form(Form::Binary { op, .. }) if op.is_comparison() => {}
            _ => self.each_child(&mut |child| child.each_source(f)),
        }
    }
}
