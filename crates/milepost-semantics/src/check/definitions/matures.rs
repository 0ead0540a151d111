//! Metrics whose rows look at other rows: a row counts when all that it looks at lies inside the data, in all aggregates
//! over its population alike. Ahead the time must have passed; behind the data must have begun.

use crate::check::Checker;
use milepost_syntax::ast::Duration;

use crate::model::{
    Aggregate, Ahead, CompleteUntil, DatasetId, EntityId, InSegment, Inner, Look, Matures, Reach,
    RowExpr, RowKind, SegmentAt, SegmentId, SegmentRule, ValueExpr, ValueKind, Way, Within,
};

type Population = (DatasetId, Option<EntityId>);

/// What rows of a population wait for, and where they look.
#[derive(Clone, Debug)]
enum Wait {
    Matures(Matures),
    Look(Look),
}

impl Wait {
    fn matures(self) -> Option<Matures> {
        match self {
            Self::Matures(matures) => Some(matures),
            Self::Look(_) => None,
        }
    }
}

impl Checker<'_, '_> {
    /// Marks the looks from rows that are placed by a calendar day.
    pub(crate) fn look_by_day(&self, aggregate: &mut Aggregate) {
        if !self.is_placed_by_day(aggregate) {
            return;
        }
        let Aggregate { args, filter, .. } = aggregate;
        args.iter_mut().chain(filter).for_each(mark);
    }

    pub(crate) fn is_placed_by_day(&self, aggregate: &Aggregate) -> bool {
        let dataset = self.dataset(aggregate.dataset);
        aggregate.is_placed_by_day(dataset.begins().map(|column| dataset[column].ty))
    }

    /// Says to every aggregate of a metric what rows of its population must wait for, and where they look. `like`: rows that
    /// wait as those of another aggregate do, and so long at least.
    pub(crate) fn mature(&self, value: &mut ValueExpr, like: Option<(&ValueExpr, Duration)>) {
        let mut waits: Vec<(Population, Wait)> = Vec::new();
        value.each_aggregate(&mut |aggregate| self.collect(aggregate, &mut waits));
        if let Some((like, length)) = like {
            like.each_aggregate(&mut |aggregate| {
                let own = Matures {
                    after: None,
                    reach: Reach::Ahead(length),
                    then: Vec::new(),
                    rows: aggregate.dataset,
                };
                waits.push((population(aggregate), Wait::Matures(own)));
                self.collect(aggregate, &mut waits);
            });
        }
        self.set_value(value, &waits);
    }

    /// The same of the condition of a segment.
    pub(crate) fn mature_condition(&self, condition: &mut RowExpr) {
        let mut waits: Vec<(Population, Wait)> = Vec::new();
        condition.each_inner(&mut |inner| self.collect_inner(inner, &mut waits));
        self.set_inside(condition, &waits);
    }

    /// What rows of an aggregate wait for, and those of the aggregates of a member inside it.
    fn collect(&self, aggregate: &Aggregate, waits: &mut Vec<(Population, Wait)>) {
        let own = self.own(aggregate).into_iter();
        waits.extend(own.map(|wait| (population(aggregate), wait)));
        for expr in aggregate.exprs() {
            expr.each_inner(&mut |inner| self.collect_inner(inner, waits));
        }
    }

    fn collect_inner(&self, inner: &Inner, waits: &mut Vec<(Population, Wait)>) {
        // Rows that are consulted are none that are counted: they wait for their own.
        if !inner.others_only {
            self.collect(&inner.aggregate, waits);
        }
    }

    fn set_value(&self, value: &mut ValueExpr, waits: &[(Population, Wait)]) {
        if let ValueKind::Aggregate(aggregate) = &mut value.kind {
            self.set(aggregate, waits, false);
        }
        value.each_child_mut(&mut |child| self.set_value(child, waits));
    }

    /// `consulted`: the rows are those that a row consults by `with same`.
    fn set(&self, aggregate: &mut Aggregate, waits: &[(Population, Wait)], consulted: bool) {
        let of = population(aggregate);
        let waits_of_it: Vec<Wait> = if consulted {
            self.own(aggregate)
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
        args.iter_mut().chain(on).chain(filter).for_each(|expr| self.set_inside(expr, waits));
    }

    fn set_inside(&self, expr: &mut RowExpr, waits: &[(Population, Wait)]) {
        if let RowKind::Inner(inner) = &mut expr.kind {
            let consulted = inner.others_only;
            self.set(&mut inner.aggregate, waits, consulted);
            let times = inner.within.iter_mut().flat_map(Within::times_mut);
            times.for_each(|time| self.set_inside(time, waits));
        }
        expr.each_child_mut(&mut |child| self.set_inside(child, waits));
    }

    /// How far rows of an aggregate look, ahead and back.
    fn own(&self, aggregate: &Aggregate) -> Vec<Wait> {
        let mut waits = Vec::new();
        aggregate.exprs().for_each(|expr| self.own_of(expr, &mut waits));
        waits
    }

    fn own_of(&self, expr: &RowExpr, waits: &mut Vec<Wait>) {
        expr.each_inner(&mut |inner| {
            let Some(within) = &inner.within else { return };
            let matures = self.of_span(within, &inner.aggregate);
            waits.extend(matures.into_iter().map(Wait::Matures));
            waits.push(Wait::Look(look(within, &inner.aggregate)));
            // What a span begins with is found from the same row.
            within.since.iter().for_each(|since| self.own_of(&since.time, waits));
        });
        each_segment(expr, &mut |segment| {
            if segment.at == SegmentAt::DayBefore {
                waits.extend(self.of_segment(segment.segment).map(Wait::Matures));
                waits.push(Wait::Look(Look::Segment(segment.segment)));
            }
        });
    }

    /// What a row waits for that consults rows in a span: for its end, and until what they look at is seen.
    fn of_span(&self, within: &Within, rows: &Aggregate) -> Vec<Matures> {
        let Within { anchor, before, .. } = within;
        let reach = if *before { Reach::Before } else { Reach::Ahead(within.reach()) };
        // A time of its own that is named may be one that is still to come, and rows may end before the as-of.
        let ends = matches!(self.dataset(rows.dataset).complete.until, Some(CompleteUntil::Day(_)));
        let own = || Way { ahead: Vec::new(), rows: rows.dataset };
        let own = (!before || anchor.is_some() || ends).then(own);
        let matures: Vec<Matures> = self.own(rows).into_iter().filter_map(Wait::matures).collect();
        own.into_iter()
            .chain(self.ways(rows, &matures))
            .map(|way| Matures { after: anchor.clone(), reach, then: way.ahead, rows: way.rows })
            .collect()
    }

    /// What a row waits for that sees a segment as of the day before: until what the rows of its members look at is seen.
    fn of_segment(&self, id: SegmentId) -> impl Iterator<Item = Matures> {
        let ways = self.segments[id.0].iter().flat_map(|segment| &segment.ahead);
        let matures = |Way { ahead, rows }| {
            let reach = Reach::DayBefore;
            Matures { after: None, reach, then: ahead, rows }
        };
        ways.cloned().map(matures)
    }

    /// How far rows look ahead from the last of them, one after the other.
    fn ways(&self, rows: &Aggregate, matures: &[Matures]) -> Vec<Way> {
        let by_day = self.is_placed_by_day(rows);
        let way = |matures: &Matures| {
            let first = match matures.reach {
                // The last row may be the first of its day: what is counted by the calendar ends with a day.
                Reach::Ahead(length) => {
                    Some(Ahead { length, whole_days: by_day || !length.is_elapsed() })
                }
                // What looks back goes no further than the row itself.
                Reach::Before | Reach::DayBefore => None,
            };
            let ahead = first.into_iter().chain(matures.then.iter().copied()).collect();
            Way { ahead, rows: matures.rows }
        };
        matures.iter().map(way).collect()
    }

    /// How far rows look ahead that the conditions of a segment see, whoever consults them.
    pub(crate) fn ways_of_conditions(&self, rule: &SegmentRule) -> Vec<Way> {
        let mut ways = Vec::new();
        rule.exprs().for_each(|condition| self.ways_inside(condition, &mut ways));
        let mut once: Vec<Way> = Vec::new();
        for way in ways {
            if !once.contains(&way) {
                once.push(way);
            }
        }
        once
    }

    fn ways_inside(&self, expr: &RowExpr, ways: &mut Vec<Way>) {
        expr.each_inner(&mut |Inner { aggregate, within, .. }| {
            // A span that is seen from a row is what that row waits for.
            if within.is_none() {
                ways.extend(self.ways(aggregate, &aggregate.matures));
            }
            aggregate.exprs().for_each(|expr| self.ways_inside(expr, ways));
        });
        each_segment(expr, &mut |segment| {
            if segment.at == SegmentAt::End {
                let ahead = self.segments[segment.segment.0].iter().flat_map(|found| &found.ahead);
                ways.extend(ahead.cloned());
            }
        });
    }
}

/// A span that a row looks at, wherever it finds the first of its rows.
fn look(within: &Within, rows: &Aggregate) -> Look {
    let rows = Aggregate {
        args: Vec::new(),
        filter: None,
        matures: Vec::new(),
        looks: Vec::new(),
        earlier: None,
        ..rows.clone()
    };
    Look::Span { within: Within { since: None, ..within.clone() }, rows: Box::new(rows) }
}

/// Looks from the row's own time in an expression of the row itself.
fn mark(expr: &mut RowExpr) {
    if let RowKind::Inner(inner) = &mut expr.kind
        && let Some(within) = &mut inner.within
    {
        within.by_day |= within.anchor.is_none();
        within.times_mut().for_each(mark);
    }
    expr.each_child_mut(&mut mark);
}

fn population(aggregate: &Aggregate) -> Population {
    (aggregate.dataset, aggregate.members)
}

/// The segments that an expression of the row itself asks.
fn each_segment<'a>(expr: &'a RowExpr, f: &mut dyn FnMut(&'a InSegment)) {
    if let RowKind::Segment(segment) = &expr.kind {
        f(segment);
    }
    expr.each_child(&mut |child| each_segment(child, f));
}
