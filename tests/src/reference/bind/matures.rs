//! Metrics that look ahead: rows that are too young wait, in all aggregates over their dataset alike.

use crate::tree::{Aggregate, DatasetId, EntityId, Inner, Matures, RowExpr, ValueExpr, ValueKind};

/// Rows that wait, and for what.
type Wait = ((DatasetId, Option<EntityId>), Matures);

pub(super) fn mature(value: &mut ValueExpr) {
    let mut waits = Vec::new();
    value.each_aggregate(&mut |aggregate| collect(aggregate, &mut waits));
    each_outermost(value, &mut |aggregate| wait(aggregate, &waits));
}

/// What the rows of an aggregate look ahead to, and those of the aggregates that are judged inside it.
fn collect(aggregate: &Aggregate, waits: &mut Vec<Wait>) {
    waits.extend(looks_ahead(aggregate).into_iter().map(|ahead| (rows(aggregate), ahead)));
    aggregate.exprs().for_each(|expr| {
        expr.each_inner(&mut |inner| {
            if !inner.others_only {
                collect(&inner.aggregate, waits);
            }
        });
    });
}

const fn rows(aggregate: &Aggregate) -> (DatasetId, Option<EntityId>) {
    (aggregate.dataset, aggregate.members)
}

fn looks_ahead(aggregate: &Aggregate) -> Vec<Matures> {
    let mut found = Vec::new();
    aggregate.exprs().for_each(|expr| {
        expr.each_inner(&mut |Inner { within, .. }| {
            let ahead = within.as_ref().filter(|within| !within.before);
            found.extend(
                ahead.map(|within| Matures { after: within.anchor.clone(), length: within.length }),
            );
        });
    });
    found
}

/// Rows that are consulted by other rows are looked at as they are; they wait only for what they look ahead to themselves.
fn wait(aggregate: &mut Aggregate, waits: &[Wait]) {
    let own = rows(aggregate);
    let all = waits.iter().filter(|(rows, _)| *rows == own);
    aggregate.matures = all.map(|(_, ahead)| ahead.clone()).collect();
    wait_inside(aggregate, waits);
}

fn wait_inside(aggregate: &mut Aggregate, waits: &[Wait]) {
    aggregate.exprs_mut().for_each(|expr: &mut RowExpr| {
        expr.each_inner_mut(&mut |inner| {
            if inner.others_only {
                inner.aggregate.matures = looks_ahead(&inner.aggregate);
                wait_inside(&mut inner.aggregate, waits);
            } else {
                wait(&mut inner.aggregate, waits);
            }
        });
    });
}

fn each_outermost(value: &mut ValueExpr, f: &mut dyn FnMut(&mut Aggregate)) {
    if let ValueKind::Aggregate(aggregate) = &mut value.kind {
        f(aggregate);
    }
    value.each_child_mut(&mut |child| each_outermost(child, f));
}
