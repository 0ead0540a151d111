//! Metrics whose rows look at other rows: a row counts when all that it looks at lies inside the data, in all aggregates
//! over its population alike. Ahead the time must have passed; behind the data must have begun.

use super::Checker;
use crate::model::{
    Aggregate, DatasetId, EntityId, InSegment, Inner, Look, Matures, RowExpr, RowKind, SegmentAt,
    ValueExpr, ValueKind, Within,
};

type Population = (DatasetId, Option<EntityId>);

/// What rows of a population wait for, and where they look.
#[derive(Clone, Debug)]
enum Wait {
    Matures(Matures),
    Look(Look),
}

impl Checker<'_, '_> {
    /// Marks the looks from rows that are placed by a calendar day.
    pub(crate) fn look_by_day(&self, aggregate: &mut Aggregate) {
        let dataset = self.dataset(aggregate.dataset);
        let own = dataset.begins().map(|column| dataset[column].ty);
        if !aggregate.is_placed_by_day(own) {
            return;
        }
        let Aggregate { args, filter, .. } = aggregate;
        args.iter_mut().chain(filter).for_each(mark);
    }

    /// Says to every aggregate of a metric what rows of its population must wait for, and where they look.
    pub(crate) fn mature(value: &mut ValueExpr) {
        let mut waits: Vec<(Population, Wait)> = Vec::new();
        value.each_aggregate(&mut |aggregate| collect(aggregate, &mut waits));
        set_value(value, &waits);
    }

    /// The same of the condition of a segment.
    pub(crate) fn mature_condition(condition: &mut RowExpr) {
        let mut waits: Vec<(Population, Wait)> = Vec::new();
        condition.each_inner(&mut |inner| collect_inner(inner, &mut waits));
        set_inside(condition, &waits);
    }
}

/// Looks from the row's own time in an expression of the row itself.
fn mark(expr: &mut RowExpr) {
    if let RowKind::Inner(inner) = &mut expr.kind
        && let Some(within) = &mut inner.within
        && within.anchor.is_none()
    {
        within.by_day = true;
    }
    expr.each_child_mut(&mut mark);
}

fn population(aggregate: &Aggregate) -> Population {
    (aggregate.dataset, aggregate.members)
}

/// What rows of an aggregate wait for, and those of the aggregates of a member inside it.
fn collect(aggregate: &Aggregate, waits: &mut Vec<(Population, Wait)>) {
    waits.extend(own(aggregate).into_iter().map(|wait| (population(aggregate), wait)));
    for expr in aggregate.exprs() {
        expr.each_inner(&mut |inner| collect_inner(inner, waits));
    }
}

fn collect_inner(inner: &Inner, waits: &mut Vec<(Population, Wait)>) {
    // Rows that are consulted are none that are counted: they wait for their own.
    if !inner.others_only {
        collect(&inner.aggregate, waits);
    }
}

fn set_value(value: &mut ValueExpr, waits: &[(Population, Wait)]) {
    if let ValueKind::Aggregate(aggregate) = &mut value.kind {
        set(aggregate, waits, false);
    }
    value.each_child_mut(&mut |child| set_value(child, waits));
}

/// `consulted`: the rows are those that a row consults by `with same`.
fn set(aggregate: &mut Aggregate, waits: &[(Population, Wait)], consulted: bool) {
    let of = population(aggregate);
    let waits_of_it: Vec<Wait> = if consulted {
        own(aggregate)
    } else {
        waits.iter().filter(|(other, _)| *other == of).map(|(_, wait)| wait.clone()).collect()
    };
    (aggregate.matures, aggregate.looks) = (Vec::new(), Vec::new());
    for wait in waits_of_it {
        match wait {
            Wait::Matures(matures) => aggregate.matures.push(matures),
            Wait::Look(look) => aggregate.looks.push(look),
        }
    }
    let Aggregate { args, on, filter, .. } = aggregate;
    args.iter_mut().chain(on).chain(filter).for_each(|expr| set_inside(expr, waits));
}

fn set_inside(expr: &mut RowExpr, waits: &[(Population, Wait)]) {
    if let RowKind::Inner(inner) = &mut expr.kind {
        let consulted = inner.others_only;
        set(&mut inner.aggregate, waits, consulted);
    }
    expr.each_child_mut(&mut |child| set_inside(child, waits));
}

/// How far rows of an aggregate look, ahead and back.
fn own(aggregate: &Aggregate) -> Vec<Wait> {
    let mut waits = Vec::new();
    for expr in aggregate.exprs() {
        expr.each_inner(&mut |inner| {
            let Some(within) = &inner.within else { return };
            if !within.before {
                let Within { anchor, length, .. } = within.clone();
                let rows = inner.aggregate.dataset;
                waits.push(Wait::Matures(Matures { after: anchor, length, rows }));
            }
            let rows = Aggregate {
                args: Vec::new(),
                filter: None,
                matures: Vec::new(),
                looks: Vec::new(),
                ..inner.aggregate.clone()
            };
            let look = Look::Span { within: within.clone(), rows: Box::new(rows) };
            waits.push(Wait::Look(look));
        });
        each_segment(expr, &mut |segment| {
            if segment.at == SegmentAt::DayBefore {
                waits.push(Wait::Look(Look::Segment(segment.segment)));
            }
        });
    }
    waits
}

/// The segments that an expression of the row itself asks.
fn each_segment<'a>(expr: &'a RowExpr, f: &mut dyn FnMut(&'a InSegment)) {
    if let RowKind::Segment(segment) = &expr.kind {
        f(segment);
    }
    expr.each_child(&mut |child| each_segment(child, f));
}
