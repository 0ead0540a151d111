//! Metrics that look at other rows: rows whose look is not over yet, or begins before the data, are left out of all
//! aggregates over their dataset alike.

use crate::tree::{
    Aggregate, DatasetId, EntityId, Inner, Look, RowExpr, ValueExpr, ValueKind, Within,
};

/// Rows, and where they look.
type Wait = ((DatasetId, Option<EntityId>), Vec<Look>);

/// `like`: rows that wait as those of another aggregate do, and as long as this looks.
pub(super) fn mature(value: &mut ValueExpr, like: Option<(&ValueExpr, &Within)>) {
    let mut waits = Vec::new();
    value.each_aggregate(&mut |aggregate| collect(aggregate, &mut waits));
    if let Some((like, within)) = like {
        like.each_aggregate(&mut |aggregate| {
            collect(aggregate, &mut waits);
            // By themselves: what they look at is another wait.
            let alone = Aggregate { args: Vec::new(), filter: None, ..aggregate.clone() };
            let own = Look::Wait { within: within.clone(), rows: Box::new(alone) };
            waits.push((rows(aggregate), vec![own]));
        });
    }
    each_outermost(value, &mut |aggregate| wait(aggregate, &waits));
}

/// The same in the condition of a segment, whose members are not left out.
pub(super) fn mature_condition(condition: &mut RowExpr) {
    let mut waits = Vec::new();
    condition.each_inner(&mut |inner| collect_inner(inner, &mut waits));
    condition.each_inner_mut(&mut |inner| wait_inner(inner, &waits));
}

/// Where the rows of an aggregate look, and those of the aggregates that are judged inside it.
fn collect(aggregate: &Aggregate, waits: &mut Vec<Wait>) {
    waits.push((rows(aggregate), aggregate.own_looks()));
    aggregate.exprs().for_each(|expr| {
        expr.each_inner(&mut |inner| collect_inner(inner, waits));
    });
}

fn collect_inner(inner: &Inner, waits: &mut Vec<Wait>) {
    if !inner.others_only {
        collect(&inner.aggregate, waits);
    }
}

const fn rows(aggregate: &Aggregate) -> (DatasetId, Option<EntityId>) {
    (aggregate.dataset, aggregate.members)
}

/// Rows that are consulted by other rows are looked at as they are; they wait only for what they look at themselves.
fn wait(aggregate: &mut Aggregate, waits: &[Wait]) {
    let own = rows(aggregate);
    let same = waits.iter().filter(|(rows, _)| *rows == own);
    aggregate.looks = same.flat_map(|(_, looks)| looks.iter().cloned()).collect();
    wait_inside(aggregate, waits);
}

fn wait_inside(aggregate: &mut Aggregate, waits: &[Wait]) {
    aggregate.exprs_mut().for_each(|expr: &mut RowExpr| {
        expr.each_inner_mut(&mut |inner| wait_inner(inner, waits));
    });
}

fn wait_inner(inner: &mut Inner, waits: &[Wait]) {
    if let Some(since) = inner.within.as_mut().and_then(|within| within.since.as_mut()) {
        since.time.each_inner_mut(&mut |inner| wait_inner(inner, waits));
    }
    if inner.others_only {
        inner.aggregate.looks = inner.aggregate.own_looks();
        wait_inside(&mut inner.aggregate, waits);
    } else {
        wait(&mut inner.aggregate, waits);
    }
}

fn each_outermost(value: &mut ValueExpr, f: &mut dyn FnMut(&mut Aggregate)) {
    if let ValueKind::Aggregate(aggregate) = &mut value.kind {
        f(aggregate);
    }
    value.each_child_mut(&mut |child| each_outermost(child, f));
}
