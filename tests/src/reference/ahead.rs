//! What is still to come: rows wait until the last instant is seen at which they look, themselves or by the rows that they
//! find; and a bucket in whose judgements such rows are left out may still change.

use std::borrow::Cow;

use super::calendar::{Instant, NEVER, short};
use super::evaluate::Spot;
use super::frame::{Frame, Span};
use super::value::Value;
use super::world::World;
use crate::tree::{
    Aggregate, DimensionId, Inner, Look, RowExpr, RowKind, SegmentAt, SegmentId, Within,
};
use milepost::syntax::ast::{Duration, DurationStyle, TimeUnit};

/// Where rows lie that look: from an instant on, before another.
type Rows = (Instant, Instant);

const ANY: Rows = (NEVER, Instant::MAX);

impl World<'_> {
    /// Whether some of what a row looks at is still to come.
    pub(crate) fn is_young(&self, look: &Look, of: &Aggregate, spot: &Spot) -> bool {
        match look {
            Look::Span { within, rows } | Look::Wait { within, rows } => {
                let anchor = within.anchor.as_ref();
                let anchor = anchor.and_then(|expr| self.row_value(expr, spot).ok());
                let own = spot.time.map(|own| (own, spot.by_day));
                let from = anchor.map(|time| self.anchor(&time)).or(own);
                let Some((from, by_day)) = from else { return false };
                let last = self.last_of_span(within, from, by_day);
                self.is_beyond_end(rows, last) || self.looks_beyond(rows, &rows.own_looks(), last)
            }
            Look::Segment(segment) => {
                assert!(of.members.is_none(), "members see segments at the end");
                let Some(time) = spot.time else { return false };
                let last = self.calendar.midnight(self.calendar.day(time)) - 1;
                self.segment_looks_beyond(*segment, last)
            }
        }
    }

    /// The last instant of a span that is seen from a time.
    fn last_of_span(&self, within: &Within, from: Instant, by_day: bool) -> Instant {
        if within.before {
            return from - 1;
        }
        let length = within.reach();
        let last = self.moved(from, length, false, by_day);
        if by_day && short(length).is_none() { self.next_day(last) - 1 } else { last }
    }

    /// Whether rows at an instant are not seen, because it is still to come or they are complete only until an earlier day.
    fn is_beyond_end(&self, rows: &Aggregate, last: Instant) -> bool {
        let until = self.complete_until(rows.dataset);
        last >= until.map_or(self.as_of, |until| until.min(self.as_of))
    }

    /// Whether rows that lie no later than an instant look at what is not seen. By the calendar, the last row may be the first
    /// of its day, so the last day is one of those that are looked at, whole.
    fn looks_beyond(&self, rows: &Aggregate, looks: &[Look], last: Instant) -> bool {
        let by_day = self.is_placed_by_day(rows);
        looks.iter().any(|look| match look {
            Look::Span { within, rows } | Look::Wait { within, rows } => {
                let length = within.reach();
                let last = if within.before { last } else { self.onward(last, length, by_day) };
                self.is_beyond_end(rows, last) || self.looks_beyond(rows, &rows.own_looks(), last)
            }
            Look::Segment(segment) => self.segment_looks_beyond(*segment, last),
        })
    }

    fn onward(&self, last: Instant, length: Duration, by_day: bool) -> Instant {
        let midnight = self.calendar.midnight(self.calendar.day(last));
        let elapsed = length.style == DurationStyle::Plain
            && matches!(length.unit, TimeUnit::Day | TimeUnit::Week);
        match short(length) {
            Some(_) if by_day => self.calendar.shift(midnight, length, false),
            Some(_) => self.calendar.shift(last, length, false),
            None if elapsed && !by_day => self.calendar.shift_elapsed(last, length, false),
            None => self.next_day(self.calendar.shift(midnight, length, false)) - 1,
        }
    }

    pub(crate) fn is_placed_by_day(&self, rows: &Aggregate) -> bool {
        let all = self.rows(rows.dataset);
        let mut placed = all.filter_map(|row| {
            let spot = Spot { frame: Some(self.far_frame()), ..Spot::of(rows.dataset, row) };
            self.placed_by(rows, &spot)
        });
        matches!(placed.next(), Some(Value::Date(_)))
    }

    /// The same of the rows that the members of a segment have.
    fn segment_looks_beyond(&self, segment: SegmentId, last: Instant) -> bool {
        self.model[segment]
            .conditions()
            .any(|condition| self.condition_looks_beyond(condition, last))
    }

    fn condition_looks_beyond(&self, expr: &RowExpr, last: Instant) -> bool {
        let mut beyond = false;
        expr.each_inner(&mut |Inner { aggregate, within, .. }| {
            beyond |= within.is_none() && self.looks_beyond(aggregate, &aggregate.looks, last);
            beyond |= aggregate.exprs().any(|expr| self.condition_looks_beyond(expr, last));
        });
        expr.each_segment(&mut |asked| {
            beyond |= asked.at == SegmentAt::End && self.segment_looks_beyond(asked.segment, last);
        });
        beyond
    }

    /// Whether what an outermost aggregate says may still change, because of rows that are too young inside a judgement.
    pub(crate) fn is_open(&self, of: &Aggregate, frame: &Frame, by: &[DimensionId]) -> bool {
        let span = self.span(of.window, frame);
        let rows = match &span {
            Span::Range(low, high) => (*low, *high),
            Span::At(at) => (NEVER, *at),
            Span::MeanAt(days) => (NEVER, days.iter().copied().max().unwrap_or(NEVER)),
        };
        let slices = by.iter().map(|dimension| of.slice(self.model, *dimension));
        let slices: Vec<Cow<'_, RowExpr>> = slices.collect();
        let mut inside = of.args.iter().chain(&of.filter).chain(slices.iter().map(Cow::as_ref));
        let placed = of.on.as_ref().is_some_and(|on| {
            let mut open = false;
            on.each_inner(&mut |inner| open |= self.has_young(inner, rows, &|_| true));
            open && matches!(span, Span::Range(..))
        });
        placed || inside.any(|expr| self.is_open_inside(expr, frame, rows))
    }

    fn is_open_inside(&self, expr: &RowExpr, frame: &Frame, rows: Rows) -> bool {
        match &expr.kind {
            RowKind::Inner(inner) => {
                let (own, rows) = match &inner.within {
                    Some(within) => {
                        let rows = self.seen_from(within, rows);
                        let anchored = |look: &Look| match look {
                            Look::Span { within, .. } => within.anchor.is_some(),
                            Look::Wait { .. } | Look::Segment(_) => false,
                        };
                        let later = rows.1 > self.as_of;
                        let some = inner.aggregate.looks.iter().any(anchored);
                        (some && (later || self.has_young(inner, rows, &anchored)), rows)
                    }
                    None => {
                        let young = self.standings_inside(inner, frame).iter().any(|row| row.young);
                        let rows = match self.span(inner.aggregate.window, frame) {
                            Span::Range(low, high) => (low, high),
                            Span::At(at) => (NEVER, at),
                            Span::MeanAt(days) => (NEVER, days.into_iter().max().unwrap_or(NEVER)),
                        };
                        (young, rows)
                    }
                };
                own || inner
                    .aggregate
                    .args
                    .iter()
                    .chain(&inner.aggregate.filter)
                    .any(|expr| self.is_open_inside(expr, frame, rows))
            }
            RowKind::Prior { operand, by } => {
                self.is_open_inside(operand, &self.earlier(frame, *by), rows)
            }
            RowKind::Blocks(blocks) => {
                let frames = self.blocks(blocks.unit, blocks.window, frame);
                frames.iter().any(|frame| self.is_open_inside(&blocks.operand, frame, rows))
            }
            RowKind::Segment(asked) if asked.at == SegmentAt::End => {
                let day = self.day_until(frame.end);
                let mut conditions = self.model[asked.segment].conditions();
                conditions.any(|condition| self.is_open_inside(condition, &day, ANY))
            }
            RowKind::Segment(_) => false,
            _ => {
                let mut open = false;
                expr.each_child(&mut |child| open |= self.is_open_inside(child, frame, rows));
                open
            }
        }
    }

    /// Whether rows in a span are too young by one of these looks.
    fn has_young(&self, inner: &Inner, (low, high): Rows, by: &dyn Fn(&Look) -> bool) -> bool {
        let aggregate = &inner.aggregate;
        let looks: Vec<&Look> = aggregate.looks.iter().filter(|look| by(look)).collect();
        if looks.is_empty() {
            return false;
        }
        let rows = self.in_range(aggregate, low, high, &self.far_frame());
        let mut rows = rows.iter().filter(|spot| self.is_linked(inner, spot));
        rows.any(|spot| looks.iter().any(|look| self.is_young(look, aggregate, spot)))
    }

    /// Where rows lie that are consulted from rows in a span, at most.
    fn seen_from(&self, within: &Within, (low, high): Rows) -> Rows {
        match within {
            _ if high == Instant::MAX => ANY,
            Within { anchor: Some(_), .. } | Within { since: Some(_), .. } => ANY,
            Within { before: true, .. } => (NEVER, high),
            Within { step: Some(step), .. } if step.onward => ANY,
            _ => (low, self.next_day(self.calendar.shift(high, within.reach(), false))),
        }
    }
}
