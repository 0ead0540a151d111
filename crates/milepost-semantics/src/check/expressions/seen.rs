//! What a judgement knows of times: those at or after its instant read as null, so that past buckets never change.

use crate::check::Checker;
use crate::model::{Aggregate, Inner, RowExpr, RowKind, Type, Window};

impl Checker<'_, '_> {
    /// Wraps the times that the arguments and the filter of a judged aggregate read, also inside.
    pub(crate) fn see(&self, aggregate: &mut Aggregate) {
        let Aggregate { args, filter, .. } = aggregate;
        args.iter_mut().chain(filter).for_each(|expr| self.see_in(expr, false));
    }

    /// Wraps the times of one expression; `planned`: also those that are planned.
    pub(crate) fn see_in(&self, expr: &mut RowExpr, planned: bool) {
        match &mut expr.kind {
            RowKind::Column(path) => {
                let column = &self.dataset(path.dataset)[path.column];
                let time = matches!(expr.ty, Type::Date | Type::Timestamp);
                if time && (planned || !column.planned) {
                    let whole = expr.clone();
                    expr.kind = RowKind::Seen(Box::new(whole));
                }
            }
            RowKind::Seen(_) => {}
            RowKind::Inner(inner) => self.see_inner(inner),
            _ => expr.each_child_mut(&mut |child| self.see_in(child, planned)),
        }
    }

    /// Rows that are sought after the row outside, or in a later bucket, may lie after the instant; what they say then is as
    /// known.
    fn see_inner(&self, inner: &mut Inner) {
        match &mut inner.within {
            None if matches!(inner.aggregate.window, Window::Step(_)) => {}
            None => self.see(&mut inner.aggregate),
            Some(within) => within.times_mut().for_each(|time| self.see_in(time, false)),
        }
    }
}
