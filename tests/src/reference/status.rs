//! Whether a bucket says what a whole one says, and whether it is settled: by what its value reads.

use milepost::semantics::time::Grain;
use milepost::syntax::ast::Duration;

use super::calendar::is_shorter;
use super::frame::Frame;
use super::world::World;
use crate::tree::{
    Aggregate, DimensionId, Inner, Request, RowExpr, RowKind, SegmentAt, SegmentId, ValidAt,
    ValueExpr, ValueKind, Window,
};

/// An end of what is read of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    /// What happens in the bucket.
    Within,
    /// Up to its end.
    UpToEnd,
    /// Up to its start, or to that of a bucket before.
    UpToStart,
    /// Days beside days: by a segment.
    Days,
}

use Read::{Days, UpToEnd, UpToStart, Within};

/// What is read, in any order.
type Reads = Vec<Read>;

fn is_mixed(reads: &Reads) -> bool {
    reads.contains(&Within) || reads.contains(&UpToEnd) && reads.contains(&UpToStart)
}

fn window(window: Window) -> Read {
    match window {
        Window::Bucket | Window::Average | Window::Step(_) => Within,
        Window::Over { before, .. } | Window::Ever { before } if before => UpToStart,
        Window::AtStart => UpToStart,
        _ => UpToEnd,
    }
}

/// A bucket before is whole; by less than a bucket everything moves.
fn prior(inside: Reads, by: Option<Duration>, grain: Grain) -> Reads {
    match by {
        Some(by) if is_shorter(by, grain) => inside,
        _ if inside.is_empty() => inside,
        _ => vec![UpToStart],
    }
}

impl World<'_> {
    /// Whether the question cuts a bucket, and whether the as-of does so that its number is not that of a whole one.
    pub(crate) fn cut_or_partial(&self, request: &Request, frame: &Frame) -> (bool, bool) {
        let bucket = &frame.bucket;
        let cut = frame.start > bucket.start || frame.end < bucket.end.min(self.as_of);
        let runs = frame.end < bucket.end && frame.end == self.as_of;
        let reads = self.read(self.model.asked(request), request.grain, &request.by);
        let in_a_day = self.calendar.midnight(self.calendar.day(self.as_of)) < self.as_of;
        let mixed = is_mixed(&reads) || in_a_day && reads.contains(&Days);
        let value = self.model.asked(request);
        (cut, runs && mixed || self.outlasts(value, request, frame))
    }

    fn read(&self, expr: &ValueExpr, grain: Grain, by: &[DimensionId]) -> Reads {
        let mut reads = Vec::new();
        match &expr.kind {
            ValueKind::Aggregate(aggregate) => {
                reads = self.read_by(aggregate, grain);
                let at = if aggregate.window == Window::AtStart { UpToStart } else { UpToEnd };
                for dimension in by {
                    let slice = &self.model[aggregate.dataset].reach[dimension];
                    reads.extend(self.read_of_row(slice, grain, at));
                }
            }
            ValueKind::BusinessDays => reads.push(Within),
            ValueKind::Blocks(blocks) => reads.push(window(blocks.window)),
            ValueKind::Prior { operand, by: length } => {
                return prior(self.read(operand, grain, by), *length, grain);
            }
            _ => expr.each_child(&mut |child| reads.extend(self.read(child, grain, by))),
        }
        reads
    }

    fn read_by(&self, aggregate: &Aggregate, grain: Grain) -> Reads {
        let lives = aggregate.members.is_some() && aggregate.on.is_none();
        let at = if aggregate.window == Window::AtStart { UpToStart } else { UpToEnd };
        let own = if lives && aggregate.window.is_bare() { at } else { window(aggregate.window) };
        let mut reads = vec![own];
        for expr in aggregate.exprs() {
            reads.extend(self.read_of_row(expr, grain, at));
        }
        reads
    }

    /// `at`: where the instant lies at which the row is looked at.
    fn read_of_row(&self, expr: &RowExpr, grain: Grain, at: Read) -> Reads {
        let mut reads = match &expr.kind {
            RowKind::Prior { operand, by } => {
                return prior(self.read_of_row(operand, grain, at), *by, grain);
            }
            RowKind::Blocks(blocks) => return vec![window(blocks.window)],
            RowKind::Inner(inner) => self.read_of_inner(inner, grain, at),
            RowKind::Segment(asked) if asked.at == SegmentAt::End => {
                let days = self.compares_days(asked.segment);
                [Some(UpToEnd), days.then_some(Days)].into_iter().flatten().collect()
            }
            RowKind::Column(path) => {
                let hops = path.hops.iter().filter(|hop| hop.valid == Some(ValidAt::End));
                hops.map(|_| at).collect()
            }
            RowKind::Seen(_) | RowKind::Today => vec![UpToEnd],
            RowKind::BusinessDays => vec![Within],
            _ => Vec::new(),
        };
        expr.each_child(&mut |child| reads.extend(self.read_of_row(child, grain, at)));
        reads
    }

    fn read_of_inner(&self, inner: &Inner, grain: Grain, at: Read) -> Reads {
        let mut exprs: Vec<&RowExpr> = Vec::new();
        for link in &inner.links {
            exprs.extend([&link.outer, &link.inner]);
        }
        let mut reads = Vec::new();
        if let Some(within) = &inner.within {
            exprs.extend(within.times());
            exprs.extend(inner.aggregate.exprs());
        } else {
            reads = self.read_by(&inner.aggregate, grain);
        }
        for expr in exprs {
            reads.extend(self.read_of_row(expr, grain, at));
        }
        reads
    }

    fn compares_days(&self, segment: SegmentId) -> bool {
        let mut reads = Vec::new();
        for condition in self.model[segment].conditions() {
            reads.extend(self.read_of_row(condition, Grain::Day, UpToEnd));
        }
        is_mixed(&reads) || reads.contains(&Days)
    }
}
