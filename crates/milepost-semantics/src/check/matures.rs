//! Metrics that look ahead: rows count when the time that is looked at has passed, in all aggregates alike.

use super::Checker;
use crate::model::{
    Aggregate, DatasetId, EntityId, Matures, RowExpr, RowKind, ValueExpr, ValueKind,
};

type Population = (DatasetId, Option<EntityId>);

impl Checker<'_, '_> {
    /// Tells every aggregate of a metric what rows of its population must wait for.
    pub(crate) fn mature(value: &mut ValueExpr) {
        let mut waits: Vec<(Population, Matures)> = Vec::new();
        value.each_aggregate(&mut |aggregate| {
            let ahead = look_ahead(aggregate);
            let population = (aggregate.dataset, aggregate.members);
            waits.extend(ahead.into_iter().map(|wait| (population, wait)));
        });
        set(value, &waits);
    }
}

fn set(value: &mut ValueExpr, waits: &[(Population, Matures)]) {
    if let ValueKind::Aggregate(aggregate) = &mut value.kind {
        let population = (aggregate.dataset, aggregate.members);
        let own = waits.iter().filter(|(of, _)| *of == population);
        aggregate.matures = own.map(|(_, wait)| wait.clone()).collect();
        let Aggregate { args, on, filter, .. } = aggregate.as_mut();
        args.iter_mut().chain(on).chain(filter).for_each(set_inside);
    }
    value.each_child_mut(&mut |child| set(child, waits));
}

/// Rows that are consulted and look ahead themselves wait for their own.
fn set_inside(expr: &mut RowExpr) {
    if let RowKind::Inner(inner) = &mut expr.kind {
        inner.aggregate.matures = look_ahead(&inner.aggregate);
        let Aggregate { args, on, filter, .. } = &mut inner.aggregate;
        args.iter_mut().chain(on).chain(filter).for_each(set_inside);
    }
    expr.each_child_mut(&mut set_inside);
}

/// How far rows of an aggregate look ahead.
fn look_ahead(aggregate: &Aggregate) -> Vec<Matures> {
    let mut waits = Vec::new();
    for expr in aggregate.exprs() {
        expr.each_inner(&mut |inner| {
            let after = inner.within.as_ref().filter(|within| !within.before);
            waits.extend(
                after.map(|within| Matures { after: within.anchor.clone(), length: within.length }),
            );
        });
    }
    waits
}
