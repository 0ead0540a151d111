//! Which rows an aggregate looks at, and since when there is anything to look at.

use milepost::plan::results::Reason;

use super::calendar::{Instant, NEVER};
use super::evaluate::Spot;
use super::frame::{Frame, Span};
use super::standing::none_left;
use super::value::Value;
use super::world::World;
use crate::tree::{
    Aggregate, Blocks, Carry, DatasetId, DatasetKind, EntityId, Lives, RowExpr, RowKind, SegmentAt,
    SegmentId, SegmentRule, ValueExpr, Window,
};

/// What the frame of a judgement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Bucket,
    /// A block of time.
    Block,
    /// The day of a segment.
    Day,
}

impl World<'_> {
    /// The rows that a span sees, for each of its instants.
    pub(crate) fn population(
        &self,
        aggregate: &Aggregate,
        span: &Span,
        frame: &Frame,
    ) -> Vec<Vec<Spot>> {
        match span {
            Span::Range(low, high) => vec![self.in_range(aggregate, *low, *high, frame)],
            Span::At(at) => vec![self.at(aggregate, *at, frame)],
            Span::MeanAt(days) => days.iter().map(|at| self.at(aggregate, *at, frame)).collect(),
        }
    }

    fn spot(&self, aggregate: &Aggregate, row: usize, frame: &Frame) -> Spot {
        let dataset = aggregate.dataset;
        let instant = frame.end;
        let frame = Some(frame.clone());
        Spot { dataset, row, time: None, by_day: false, instant, frame }
    }

    pub(crate) fn in_range(
        &self,
        aggregate: &Aggregate,
        low: Instant,
        high: Instant,
        frame: &Frame,
    ) -> Vec<Spot> {
        let rows = self.rows(aggregate.dataset).map(|row| self.spot(aggregate, row, frame));
        if let (Some(entity), None) = (aggregate.members, &aggregate.on) {
            // Members without `on`: in the bucket those that live at its end, in a window those that lived in it.
            return rows
                .filter(|spot| {
                    let life = self.life(entity, spot.dataset, spot.row);
                    life.is_some_and(|(from, to)| match aggregate.window {
                        Window::Bucket => from < high && to >= high,
                        _ => from < high && to > low,
                    })
                })
                .collect();
        }
        rows.filter_map(|spot| {
            let placed = self.placed_by(aggregate, &spot)?;
            let (time, by_day) = (placed.instant(&self.calendar), matches!(placed, Value::Date(_)));
            (low <= time && time < high).then_some(Spot { time: Some(time), by_day, ..spot })
        })
        .collect()
    }

    /// The instant at which a row is placed.
    pub(crate) fn placed_at(&self, aggregate: &Aggregate, spot: &Spot) -> Option<Instant> {
        Some(self.placed_by(aggregate, spot)?.instant(&self.calendar))
    }

    /// The time by which a row is placed: a day or an instant.
    pub(crate) fn placed_by(&self, aggregate: &Aggregate, spot: &Spot) -> Option<Value> {
        match &aggregate.on {
            Some(on) => {
                let history = self.all_history(spot.frame.as_ref()?);
                let instant = history.end;
                let spot = Spot { frame: Some(history), instant, ..spot.clone() };
                self.row_value(on, &spot).ok()
            }
            None => self.cell(spot.dataset, spot.row, self.model[spot.dataset].time()?),
        }
    }

    /// From when to when a member lives; an end that never comes is far away.
    pub(crate) fn life(
        &self,
        entity: EntityId,
        dataset: DatasetId,
        row: usize,
    ) -> Option<(Instant, Instant)> {
        match (&self.model[dataset].derived, self.model[entity].lives) {
            (Some(derived), _) => {
                let since = self.time(dataset, row, derived.since);
                Some((since.unwrap_or(NEVER), Instant::MAX))
            }
            (None, None | Some(Lives::Always)) => Some((NEVER, Instant::MAX)),
            (None, Some(Lives::Between { from, to })) => {
                let to = to.and_then(|to| self.time(dataset, row, to));
                Some((self.time(dataset, row, from)?, to.unwrap_or(Instant::MAX)))
            }
        }
    }

    /// The rows that are true just before an instant.
    fn at(&self, aggregate: &Aggregate, at: Instant, frame: &Frame) -> Vec<Spot> {
        let dataset = aggregate.dataset;
        let begins = |row: usize| self.time(dataset, row, self.model[dataset].begins()?);
        let all = self.rows(dataset);
        let rows: Vec<usize> = match (aggregate.members, self.model[dataset].kind) {
            (Some(entity), _) => {
                let lives = |row: &usize| {
                    let life = self.life(entity, dataset, *row);
                    life.is_some_and(|(from, to)| from < at && to >= at)
                };
                all.filter(lives).collect()
            }
            (None, DatasetKind::History { to, .. }) => {
                let holds = |row: &usize| {
                    begins(*row).is_some_and(|from| from < at)
                        && self.time(dataset, *row, to).is_none_or(|to| at <= to)
                };
                all.filter(holds).collect()
            }
            (None, DatasetKind::Snapshot { carry: None, .. }) => {
                let latest = all.clone().filter_map(begins).filter(|t| *t < at).max();
                all.filter(|row| latest.is_some() && begins(*row) == latest).collect()
            }
            (None, DatasetKind::Snapshot { carry: Some(carry), .. }) => {
                self.carried(dataset, carry, at)
            }
            (None, kind) => panic!("{kind:?} has no state"),
        };
        let by_day = |row: usize| {
            let begins = self.model[dataset].begins();
            let time = begins.and_then(|begins| self.cell(dataset, row, begins));
            matches!(time, Some(Value::Date(_)))
        };
        let spot = |row| Spot {
            time: begins(row),
            by_day: by_day(row),
            instant: at,
            ..self.spot(aggregate, row, frame)
        };
        rows.into_iter().map(spot).collect()
    }

    /// Each member's latest row before an instant, unless it is too old.
    fn carried(&self, dataset: DatasetId, carry: Carry, at: Instant) -> Vec<usize> {
        let found = &self.model[dataset];
        let member = |row: usize| -> Vec<Option<Value>> {
            let columns = found.entities.iter().flat_map(|(_, columns)| columns);
            columns.map(|column| self.cell(dataset, row, *column)).collect()
        };
        let begins = |row: usize| self.time(dataset, row, found.begins()?);
        let before = |row: &usize| begins(*row).is_some_and(|t| t < at);
        let rows: Vec<usize> = self.rows(dataset).filter(before).collect();
        let is_latest = |row: &usize| {
            rows.iter()
                .all(|other| member(*other) != member(*row) || begins(*other) <= begins(*row))
        };
        let is_fresh = |row: &usize| match carry {
            Carry::Forever => true,
            Carry::For(length) => {
                begins(*row).is_some_and(|t| at <= self.calendar.shift(t, length, false))
            }
        };
        rows.iter().copied().filter(|row| is_latest(row) && is_fresh(row)).collect()
    }

    /// Whether there is a state at an instant: something began before it, and of carried pictures one is not too old.
    pub(crate) fn is_in_reach(&self, aggregate: &Aggregate, at: Instant) -> bool {
        let dataset = aggregate.dataset;
        if self.complete_until(dataset).is_some_and(|until| at > until) {
            return false;
        }
        match self.model[dataset].kind {
            DatasetKind::Snapshot { carry: Some(carry), .. } => {
                !self.carried(dataset, carry, at).is_empty()
            }
            _ => self.first(aggregate).is_some_and(|first| first < at),
        }
    }

    /// The first instant of which rows of a dataset may be missing.
    pub(crate) fn complete_until(&self, dataset: DatasetId) -> Option<Instant> {
        let day = self.model[dataset].complete_until?;
        Some(self.calendar.midnight(day.tomorrow().unwrap()))
    }

    /// Whether a window, or a state, lies wholly after the days of which no row is missing.
    fn is_beyond(&self, aggregate: &Aggregate, frame: &Frame) -> bool {
        let Some(until) = self.complete_until(aggregate.dataset) else { return false };
        match self.span(aggregate.window, frame) {
            Span::Range(low, _) => low >= until,
            Span::At(at) => at > until,
            Span::MeanAt(days) => days.iter().all(|day| *day > until),
        }
    }

    /// When the population begins: its first row. Of members, the first that lives.
    pub(crate) fn first(&self, aggregate: &Aggregate) -> Option<Instant> {
        let dataset = aggregate.dataset;
        if let Some(day) = self.model[dataset].complete_from {
            return Some(self.calendar.midnight(day));
        }
        let rows = self.rows(dataset);
        let mut starts: Vec<Instant> = match (aggregate.members, self.model[dataset].begins()) {
            (Some(entity), _) => {
                rows.clone().filter_map(|row| Some(self.life(entity, dataset, row)?.0)).collect()
            }
            (None, Some(begins)) => {
                rows.clone().filter_map(|row| self.time(dataset, row, begins)).collect()
            }
            (None, None) => Vec::new(),
        };
        let members_begin = aggregate.members.is_some_and(|entity| {
            let lives = self.model[entity].lives;
            matches!(lives, Some(Lives::Between { .. })) || self.model[dataset].derived.is_some()
        });
        if aggregate.on.is_some() && self.model[dataset].begins().is_none() {
            if !members_begin {
                starts.clear();
            }
            let frame = self.far_frame();
            starts.extend(
                rows.filter_map(|row| {
                    self.placed_at(aggregate, &self.spot(aggregate, row, &frame))
                }),
            );
        }
        starts.into_iter().min()
    }

    /// Any frame, for what depends on none.
    pub(crate) fn far_frame(&self) -> Frame {
        let bucket = self.calendar.bucket_at(milepost::semantics::time::Grain::Day, self.as_of - 1);
        Frame { start: NEVER, end: self.as_of, bucket }
    }

    /// Why the window of an aggregate can't be looked at, if it can't.
    pub(crate) fn unknown(&self, aggregate: &Aggregate, frame: &Frame) -> Option<Reason> {
        let Some(first) = self.first(aggregate) else { return Some(Reason::NoData) };
        if let Window::Step(step) = aggregate.window {
            let until = self.complete_until(aggregate.dataset).unwrap_or(self.as_of);
            if self.later(&frame.bucket, step.number).end > until.min(self.as_of) {
                return Some(Reason::Immature);
            }
        }
        if self.is_beyond(aggregate, frame) {
            return Some(Reason::NoData);
        }
        let span = self.span(aggregate.window, frame);
        let end = match &span {
            Span::Range(_, end) | Span::At(end) => *end,
            Span::MeanAt(days) => days.iter().copied().max().unwrap_or(NEVER),
        };
        if first >= end {
            return Some(Reason::NoData);
        }
        let in_reach = match &span {
            Span::Range(..) => true,
            Span::At(at) => self.is_in_reach(aggregate, *at),
            Span::MeanAt(days) => days.iter().any(|day| self.is_in_reach(aggregate, *day)),
        };
        if !in_reach {
            return Some(Reason::NoData);
        }
        let has_length = matches!(aggregate.window, Window::Over { .. } | Window::ToDate(_));
        match span {
            Span::Range(low, _)
                if has_length
                    && aggregate.members.is_none()
                    && self.calendar.day(low) < self.calendar.day(first) =>
            {
                Some(Reason::ShortHistory)
            }
            _ => None,
        }
    }

    /// Whether a block of time is not whole, because rows may be missing from a day in it on; or a window that is seen
    /// from it lies after that day.
    fn is_cut_by_the_end(&self, aggregate: &Aggregate, block: &Frame) -> bool {
        let until = self.complete_until(aggregate.dataset);
        let is_cut = aggregate.window.is_bare() && until.is_some_and(|until| block.end > until);
        is_cut || self.is_beyond(aggregate, block)
    }

    /// The same of a block of time, which the data must cover: short history, or a gap between carried pictures.
    fn unknown_in_block(&self, aggregate: &Aggregate, block: &Frame) -> Option<Reason> {
        if self.is_cut_by_the_end(aggregate, block) {
            return Some(Reason::NoData);
        }
        let Some(first) = self.first(aggregate) else { return Some(Reason::ShortHistory) };
        if aggregate.window.is_bare() {
            let begins_later =
                first != NEVER && self.calendar.day(first) > self.calendar.day(block.start);
            return begins_later.then_some(Reason::ShortHistory);
        }
        let reason = self.unknown(aggregate, block)?;
        let begun = match self.span(aggregate.window, block) {
            Span::Range(..) => false,
            Span::At(at) => first < at,
            Span::MeanAt(days) => days.iter().any(|day| first < *day),
        };
        Some(if begun { reason } else { Reason::ShortHistory })
    }

    /// The reason of the first aggregate inside an expression that can't be looked at in a frame.
    pub(crate) fn missing_inside(
        &self,
        expr: &RowExpr,
        frame: &Frame,
        place: Place,
    ) -> Option<Reason> {
        match &expr.kind {
            RowKind::Inner(inner) if inner.within.is_some() => None,
            RowKind::Inner(inner) => {
                let aggregate = &inner.aggregate;
                let own = if place == Place::Block {
                    self.unknown_in_block(aggregate, frame)
                } else {
                    self.unknown(aggregate, frame)
                };
                let own = own.or_else(|| self.missing_in(aggregate, frame, place));
                own.or_else(|| {
                    let none = none_left(&self.standings_inside(inner, frame));
                    // Blocks in which all are too young are left out alone, and a segment sorts nobody by them.
                    none.filter(|reason| place == Place::Bucket || *reason != Reason::Immature)
                })
            }
            RowKind::Prior { operand, by } => {
                let place = if place == Place::Day { place } else { Place::Bucket };
                self.missing_inside(operand, &self.earlier(frame, *by), place)
            }
            RowKind::Blocks(blocks) => {
                let frames = self.blocks(blocks.unit, blocks.window, frame);
                shortest(
                    frames.iter().filter_map(|frame| {
                        self.missing_inside(&blocks.operand, frame, Place::Block)
                    }),
                )
            }
            RowKind::Segment(asked) => match asked.at {
                SegmentAt::End => self.missing_segment(asked.segment, frame.end),
                // Rows that ask as of another day are left out one by one.
                SegmentAt::DayBefore => None,
            },
            _ => {
                let mut found = None;
                expr.each_child(&mut |child| {
                    found = found.take().or_else(|| self.missing_inside(child, frame, place));
                });
                found
            }
        }
    }

    /// Why a segment is not known for anybody at the end of a day.
    pub(crate) fn missing_segment(&self, segment: SegmentId, until: Instant) -> Option<Reason> {
        let day = self.day_until(until);
        let missing = |condition: &RowExpr| self.missing_inside(condition, &day, Place::Day);
        match &self.model[segment].rule {
            SegmentRule::Where(condition) => missing(condition),
            SegmentRule::Bands(bands) => {
                bands.iter().find_map(|band| missing(band.condition.as_ref()?))
            }
            SegmentRule::Score(score, says) => score.needs(says).into_iter().find_map(missing),
        }
    }

    /// The same, of an aggregate's arguments and filter.
    pub(crate) fn missing_in(
        &self,
        aggregate: &Aggregate,
        frame: &Frame,
        place: Place,
    ) -> Option<Reason> {
        let mut exprs = aggregate.args.iter().chain(&aggregate.filter);
        exprs.find_map(|expr| self.missing_inside(expr, frame, place))
    }

    /// Why blocks over aggregated values can't be looked at: the data does not cover one of them, or something is judged
    /// by what is not known. A gap between carried pictures leaves out its blocks alone.
    pub(crate) fn short_values(
        &self,
        blocks: &Blocks<ValueExpr>,
        frames: &[Frame],
    ) -> Option<Reason> {
        let mut leaves = Vec::new();
        for frame in frames {
            self.leaves(&blocks.operand, frame, true, &mut leaves);
        }
        let reasons = leaves.iter().flat_map(|leaf| {
            let own = self.unknown_in_block(leaf.aggregate, &leaf.frame);
            let ends = self.is_cut_by_the_end(leaf.aggregate, &leaf.frame);
            let own = own.filter(|reason| ends || *reason == Reason::ShortHistory);
            let rows = self.standings(leaf.aggregate, &leaf.frame);
            let none = none_left(&rows).filter(|reason| *reason != Reason::Immature);
            [own, self.missing_in(leaf.aggregate, &leaf.frame, Place::Block), none]
        });
        shortest(reasons.flatten())
    }
}

/// Short history, if that is one of the reasons; else the first.
pub(crate) fn shortest(reasons: impl Iterator<Item = Reason>) -> Option<Reason> {
    let reasons: Vec<Reason> = reasons.collect();
    let short = reasons.iter().find(|reason| **reason == Reason::ShortHistory);
    short.or(reasons.first()).cloned()
}
