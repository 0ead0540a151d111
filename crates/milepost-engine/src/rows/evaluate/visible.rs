//! The rows that an aggregate sees: the timeline of a key, or all rows, in some bounds.

use std::rc::Rc;
use std::sync::Arc;

use crate::evaluate::Value;
use crate::leaf::Bounds;
use crate::rows::evaluate::context::{Env, EvaluationContext, IndexRef, Row};
use crate::rows::evaluate::frames::FrameId;
use crate::rows::ids::{IndexId, RowId, TableColumnId};
use crate::rows::key::KeyPart;
use crate::rows::plan::population::{Life, Population, Rows};
use crate::rows::store::timelines::{Entries, Names, Position, Positions, Timelines};
use milepost_semantics::model::Window;

/// Positions in timelines.
#[derive(Debug)]
pub(in crate::rows) enum VisibleRows {
    Span(Positions),
    List(Vec<Position>),
}

impl VisibleRows {
    pub(in crate::rows) fn len(&self) -> usize {
        match self {
            Self::Span(span) => span.len(),
            Self::List(list) => list.len(),
        }
    }

    pub(in crate::rows) fn positions(&self) -> impl Iterator<Item = Position> {
        let (span, list) = match self {
            Self::Span(span) => (*span, [].as_slice()),
            Self::List(list) => (Positions::NONE, list.as_slice()),
        };
        span.iter().chain(list.iter().copied())
    }
}

impl EvaluationContext<'_> {
    /// The timelines of an index; made again for each frame only if their keys depend on the frame.
    pub(in crate::rows) fn index(&self, id: IndexId, env: Env) -> IndexRef<'_> {
        if !self.plan.indexes[id].moves {
            let lines = &self.store.lines[id];
            return IndexRef::Shared(lines.get_or_init(|| Arc::new(self.make_index(id, env))));
        }
        let name = (id, env);
        if let Some(found) = self.indexes.borrow().get(&name) {
            return IndexRef::Own(Rc::clone(found));
        }
        let made = Rc::new(self.make_index(id, env));
        self.indexes.borrow_mut().insert(name, Rc::clone(&made));
        IndexRef::Own(made)
    }

    fn make_index(&self, id: IndexId, env: Env) -> Timelines {
        let plan = &self.plan.indexes[id];
        let times = plan.at.map(|at| self.times(at));
        let table = self.table(plan.table);
        let (mut names, mut entries) = (Names::default(), Entries::default());
        for row in table.ids() {
            let time = match times {
                Some(times) => match times[row.position()] {
                    None => continue,
                    time => time,
                },
                None => None,
            };
            let passes = |column: TableColumnId| {
                self.column(plan.table, column).value(row) == Some(Value::Boolean(true))
            };
            if !plan.filter.is_none_or(passes) {
                continue;
            }
            let of = Row { table: plan.table, row, time };
            let parts = plan.key.iter().map(|(part, by_day)| (part, *by_day));
            if let Some(key) = self.by_key(parts, of, env, <[KeyPart]>::to_vec) {
                let list = names.number(key);
                entries.add(list, time, Some(row));
            }
        }
        Timelines::new(Arc::new(names), vec![entries], times.is_some(), true)
    }

    /// Which rows of a list the bounds see: those placed in them, those of the state, or those that live.
    ///
    /// The bounds are one span or one instant.
    pub(in crate::rows) fn seen(
        &self,
        population: &Population,
        lines: &Timelines,
        list: Positions,
        bounds: &Bounds,
        frame: FrameId,
    ) -> VisibleRows {
        match (&population.rows, bounds) {
            (Rows::Placed { .. } | Rows::PlacedMembers { .. }, Bounds::Range { lo, hi }) => {
                VisibleRows::Span(lines.between(list, lo.0, hi.0))
            }
            (Rows::State { at, until, picture, .. }, Bounds::At(instant)) => {
                let instant = instant.0;
                if *picture {
                    let pictures = self.distinct(*at);
                    let before = pictures.partition_point(|t| *t < instant);
                    return VisibleRows::Span(match before.checked_sub(1).map(|i| pictures[i]) {
                        Some(t) => lines.between(list, t, t + 1),
                        None => Positions::NONE,
                    });
                }
                let begun = lines.before(list, instant);
                let Some(until) = until else { return VisibleRows::Span(begun) };
                let until = self.times(*until);
                let holds = |position: &Position| {
                    self.row_at(lines, *position)
                        .is_some_and(|row| until[row.position()].is_none_or(|t| t >= instant))
                };
                VisibleRows::List(begun.iter().filter(holds).collect())
            }
            (Rows::Members(life), _) => {
                let lives = |position: &Position| {
                    self.row_at(lines, *position)
                        .is_some_and(|row| self.lives(life, row, population.window, bounds, frame))
                };
                VisibleRows::List(list.iter().filter(lives).collect())
            }
            (Rows::Placed { .. } | Rows::PlacedMembers { .. }, Bounds::At(_))
            | (Rows::State { .. }, Bounds::Range { .. })
            | (_, Bounds::MeanAt(_)) => {
                self.fault("rows were looked at in bounds of another kind");
                VisibleRows::Span(Positions::NONE)
            }
        }
    }

    fn lives(
        &self,
        life: &Life,
        row: RowId,
        window: Window,
        bounds: &Bounds,
        frame: FrameId,
    ) -> bool {
        let (from, until) = match life {
            Life::Always => return true,
            Life::Since(since) => match self.time(*since, row) {
                None => return true,
                from => (from, None),
            },
            Life::Between { from, until } => {
                (self.time(*from, row), until.and_then(|until| self.time(until, row)))
            }
        };
        let Some(from) = from else { return false };
        match self.instant_of_members(window, frame) {
            Some(instant) => from < instant && until.is_none_or(|until| until >= instant),
            None => match bounds {
                Bounds::Range { lo, hi } => from < hi.0 && until.is_none_or(|until| until > lo.0),
                Bounds::At(instant) => {
                    from < instant.0 && until.is_none_or(|until| until >= instant.0)
                }
                Bounds::MeanAt(_) => {
                    self.fault("members were chosen at several instants");
                    false
                }
            },
        }
    }

    /// The instant at which members are chosen; absent if the window chooses those that live at any time in it.
    pub(in crate::rows) fn instant_of_members(
        &self,
        window: Window,
        frame: FrameId,
    ) -> Option<i64> {
        match window {
            Window::Bucket | Window::AtEnd => Some(self.frames.end(frame)),
            Window::AtStart => Some(self.frames.get(frame).start.0),
            _ => None,
        }
    }
}
