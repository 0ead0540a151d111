//! Expressions over one row, seen from a bucket.

use std::cmp::Ordering;

use milepost::semantics::time::Grain;

use super::calendar::{Instant, NEVER};
use super::frame::Frame;
use super::population::Place;
use super::standing::none_left;
use super::value::{NULL, Val, Value, binary, call, is_between, is_in, is_true, truth, unary};
use super::world::{World, or_null};
use crate::tree::{
    ColumnId, DatasetId, DatasetKind, Hop, InSegment, Inner, Path, RowExpr, RowKind, SegmentAt,
    SegmentRule, UNMATCHED, ValidAt,
};

/// A row, and from where it is looked at.
#[derive(Clone, Debug)]
pub(crate) struct Spot {
    pub(crate) dataset: DatasetId,
    pub(crate) row: usize,
    /// The time at which the row is placed.
    pub(crate) time: Option<Instant>,
    /// That time is a day.
    pub(crate) by_day: bool,
    /// The instant at which states are read: of a state its own, else the frame's end.
    pub(crate) instant: Instant,
    pub(crate) frame: Option<Frame>,
}

impl Spot {
    /// A row by itself.
    pub(crate) fn of(dataset: DatasetId, row: usize) -> Self {
        Self { dataset, row, time: None, by_day: false, instant: NEVER, frame: None }
    }

    /// The frame; an expression that needs one has it.
    pub(crate) fn frame(&self) -> &Frame {
        self.frame.as_ref().unwrap()
    }
}

impl World<'_> {
    pub(crate) fn row_value(&self, expr: &RowExpr, spot: &Spot) -> Val {
        let value = |expr: &RowExpr| self.row_value(expr, spot);
        match &expr.kind {
            RowKind::Literal(literal) => Value::literal(literal),
            RowKind::Column(path) => or_null(self.column(path, spot)),
            RowKind::Unary { op, operand } => unary(*op, value(operand)),
            RowKind::Binary { op, left, right } => {
                binary(*op, value(left), value(right), &self.calendar)
            }
            RowKind::In { operand, list, negated } => {
                is_in(value(operand), list, *negated, &self.calendar)
            }
            RowKind::Between { operand, low, high, negated } => {
                is_between(value(operand), value(low), value(high), *negated, &self.calendar)
            }
            RowKind::IsNull { operand, negated } => truth(value(operand).is_err() != *negated),
            RowKind::If { condition, then, otherwise } => {
                value(if is_true(&value(condition)) { then } else { otherwise })
            }
            RowKind::Call { function, args } => {
                call(*function, args.iter().map(value).collect(), &self.calendar)
            }
            RowKind::Inner(inner) => self.inner(inner, spot),
            RowKind::Prior { operand, by } => {
                let frame = self.earlier(spot.frame(), *by);
                let instant = frame.end;
                self.row_value(operand, &Spot { frame: Some(frame), instant, ..spot.clone() })
            }
            RowKind::Blocks(blocks) => {
                let frames = self.blocks(blocks.unit, blocks.window, spot.frame());
                let values = frames.into_iter().filter_map(|frame| {
                    let instant = frame.end;
                    let spot = Spot { frame: Some(frame), instant, ..spot.clone() };
                    self.row_value(&blocks.operand, &spot).ok()
                });
                // The latest block comes first.
                let mut values: Vec<Value> = values.collect();
                values.reverse();
                self.summary(blocks.function, blocks.percentile, &values)
            }
            RowKind::Segment(segment) => self.segment(segment, spot),
            RowKind::Seen(operand) => {
                let seen = value(operand)?;
                if seen.instant(&self.calendar) < spot.frame().end { Ok(seen) } else { Err(NULL) }
            }
            RowKind::BusinessDays => {
                let frame = spot.frame();
                Ok(Value::Number(self.calendar.business_days_in(frame.start, frame.end) as f64))
            }
            RowKind::Today => Ok(Value::Date(self.calendar.day(spot.frame().end - 1))),
        }
    }

    /// The column at the end of a path: null where a key is null or nothing matches.
    fn column(&self, path: &Path, spot: &Spot) -> Option<Value> {
        let (mut dataset, mut row) = (spot.dataset, spot.row);
        for hop in &path.hops {
            row = self.follow(hop, row, spot)?;
            dataset = hop.to;
        }
        self.cell(dataset, row, path.column)
    }

    fn follow(&self, hop: &Hop, row: usize, spot: &Spot) -> Option<usize> {
        let key: Vec<Value> =
            hop.from_columns.iter().map(|c| self.cell(hop.from, row, *c)).collect::<Option<_>>()?;
        let mut rows = self.rows_of_key(hop.to, &hop.to_columns, &key).into_iter();
        let Some(valid) = hop.valid else { return rows.next() };
        let DatasetKind::History { from, to } = self.model[hop.to].kind else { unreachable!() };
        let is_valid = |row: &usize| {
            let from = self.time(hop.to, *row, from);
            let to = self.time(hop.to, *row, to);
            let Some(from) = from else { return false };
            match valid {
                ValidAt::Row => spot.time.is_some_and(|t| from <= t && to.is_none_or(|to| t < to)),
                ValidAt::End => from < spot.instant && to.is_none_or(|to| to >= spot.instant),
            }
        };
        rows.find(is_valid)
    }

    /// The rows whose columns hold a key.
    pub(crate) fn rows_of_key(
        &self,
        dataset: DatasetId,
        columns: &[ColumnId],
        key: &[Value],
    ) -> Vec<usize> {
        let same = |row: usize| {
            columns.iter().zip(key).all(|(column, wanted)| {
                let own = self.cell(dataset, row, *column);
                own.is_some_and(|own| own.compare(wanted, &self.calendar) == Ordering::Equal)
            })
        };
        self.rows(dataset).filter(|row| same(*row)).collect()
    }

    fn segment(&self, asked: &InSegment, spot: &Spot) -> Val {
        let key: Vec<Value> =
            asked.key.iter().map(|expr| self.row_value(expr, spot)).collect::<Result<_, _>>()?;
        let until = match asked.at {
            SegmentAt::End => spot.frame().end,
            SegmentAt::DayBefore => {
                self.calendar.midnight(self.calendar.day(spot.time.ok_or(NULL)?))
            }
        };
        let segment = &self.model[asked.segment];
        let columns = &self.model[segment.members].key;
        let row = *self.rows_of_key(segment.members, columns, &key).first().ok_or(NULL)?;
        let frame = self.day_until(until);
        let member = Spot {
            dataset: segment.members,
            row,
            time: None,
            by_day: false,
            instant: until,
            frame: Some(frame.clone()),
        };
        let judge = |condition: &RowExpr| match self.missing_inside(condition, &frame, Place::Day) {
            Some(_) => Err(NULL),
            None => Ok(is_true(&self.row_value(condition, &member))),
        };
        match &segment.rule {
            SegmentRule::Where(condition) => Ok(Value::Boolean(judge(condition)?)),
            SegmentRule::Bands(bands) => {
                for band in bands {
                    if band.condition.as_ref().map_or(Ok(true), judge)? {
                        return Ok(Value::Text(band.name.clone()));
                    }
                }
                Ok(Value::Text(UNMATCHED.to_owned()))
            }
            SegmentRule::Score(score, says) => {
                let missing = |expr| self.missing_inside(expr, &frame, Place::Day).is_some();
                if segment.conditions().any(missing) {
                    return Err(NULL);
                }
                self.score(score, says, &member)
            }
        }
    }

    /// The frame of one day that ends at an instant.
    pub(crate) fn day_until(&self, until: Instant) -> Frame {
        let bucket = self.calendar.bucket_at(Grain::Day, until - 1);
        Frame { start: bucket.start, end: until, bucket }
    }

    fn inner(&self, inner: &Inner, spot: &Spot) -> Val {
        let outer: Vec<Value> = inner
            .links
            .iter()
            .map(|link| self.row_value(&link.outer, spot))
            .map(|value| value.or(Err(NULL)))
            .collect::<Result<Vec<_>, _>>()
            .unwrap_or_default();
        // Null matches nothing.
        let nobody = outer.len() < inner.links.len();
        let frame = spot.frame();
        let aggregate = &inner.aggregate;
        let within = match &inner.within {
            None => None,
            Some(within) => {
                let (low, high) = self.span_seen(within, &inner.aggregate, spot).ok_or(NULL)?;
                if self.before_data(aggregate, low).is_some() {
                    return Err(NULL);
                }
                Some((low, high))
            }
        };
        let keep = |other: &Spot| {
            if inner.others_only && other.dataset == spot.dataset && other.row == spot.row {
                return false;
            }
            !nobody
                && inner.links.iter().zip(&outer).all(|(link, wanted)| {
                    let own = self.row_value(&link.inner, other);
                    own.is_ok_and(|own| own.compare(wanted, &self.calendar) == Ordering::Equal)
                })
        };
        let outcome = self.aggregate_rows(aggregate, frame, within, &keep);
        none_left(&outcome.standings).map_or(outcome.value, Err)
    }
}
