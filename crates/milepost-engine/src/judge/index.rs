//! Rows in lists by key, each list sorted by time.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use super::population::{Life, Population, Rows};
use super::table::Key;
use super::world::{Env, FrameId, Row, World};
use crate::evaluate::Value;
use crate::leaf::Bounds;
use milepost_semantics::model::Window;

/// The rows of a table, key by key.
#[derive(Debug)]
pub(super) struct Index {
    /// Row numbers: the lists one after the other, each sorted by time.
    pub(super) order: Vec<u32>,
    lists: HashMap<Key, (u32, u32)>,
}

impl Index {
    /// Where the list of a key is.
    pub(super) fn list(&self, key: &Key) -> (u32, u32) {
        self.lists.get(key).copied().unwrap_or((0, 0))
    }

    pub(super) fn rows(&self, (start, end): (u32, u32)) -> &[u32] {
        &self.order[start as usize..end as usize]
    }
}

impl World<'_> {
    /// An index; made again for each frame only if its keys depend on the frame.
    pub(super) fn index(&self, id: usize, env: Env) -> Rc<Index> {
        if !self.plan.indexes[id].moves {
            return Rc::clone(self.fixed[id].get_or_init(|| Rc::new(self.make_index(id, env))));
        }
        let name = (id, env);
        if let Some(found) = self.indexes.borrow().get(&name) {
            return Rc::clone(found);
        }
        let made = Rc::new(self.make_index(id, env));
        self.indexes.borrow_mut().insert(name, Rc::clone(&made));
        made
    }

    fn make_index(&self, id: usize, env: Env) -> Index {
        let plan = &self.plan.indexes[id];
        let times = plan.at.map(|at| self.times(at));
        let table = &self.tables[plan.table];
        let mut lists: HashMap<Key, Vec<u32>> = HashMap::new();
        for row in 0..table.rows {
            let time = match times {
                Some(times) if times[row].is_none() => continue,
                Some(times) => times[row],
                None => None,
            };
            let passes =
                |column: usize| table.columns[column].value(row) == Some(Value::Boolean(true));
            if !plan.filter.is_none_or(passes) {
                continue;
            }
            let Some(key) = self.key(&plan.key, Row { table: plan.table, row, time }, env) else {
                continue;
            };
            lists.entry(key).or_default().push(u32::try_from(row).unwrap_or(u32::MAX));
        }
        let mut index = Index { order: Vec::with_capacity(table.rows), lists: HashMap::new() };
        let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        #[expect(clippy::iter_over_hash_type, reason = "which list comes first is never seen")]
        for (key, mut rows) in lists {
            if let Some(times) = times {
                rows.sort_by_key(|row| (times[*row as usize], *row));
            }
            let start = place(index.order.len());
            index.order.extend(rows);
            index.lists.insert(key, (start, place(index.order.len())));
        }
        index
    }

    /// Which of these rows the bounds see: those placed in them, those of the state, or those that live.
    ///
    /// `rows` is sorted by time where rows have one. The bounds are one span or one instant.
    pub(super) fn seen<'r>(
        &self,
        population: &Population,
        rows: &'r [u32],
        bounds: &Bounds,
        frame: FrameId,
    ) -> Cow<'r, [u32]> {
        match (&population.rows, bounds) {
            (
                Rows::Placed { at, .. } | Rows::PlacedMembers { at, .. },
                Bounds::Range { lo, hi },
            ) => Cow::Borrowed(between(self.times(*at), rows, lo.0, hi.0)),
            (Rows::State { at, until, picture, .. }, Bounds::At(instant)) => {
                let (times, instant) = (self.times(*at), instant.0);
                if *picture {
                    let pictures = self.distinct(*at);
                    let before = pictures.partition_point(|t| *t < instant);
                    return match before.checked_sub(1).map(|i| pictures[i]) {
                        Some(t) => Cow::Borrowed(between(times, rows, t, t + 1)),
                        None => Cow::Borrowed(&[]),
                    };
                }
                let begun = rows.partition_point(|row| times[*row as usize] < Some(instant));
                let until = until.map(|until| self.times(until));
                let holds = |row: &&u32| {
                    until.is_none_or(|until| until[**row as usize].is_none_or(|t| t >= instant))
                };
                Cow::Owned(rows[..begun].iter().filter(holds).copied().collect())
            }
            (Rows::Members(life), _) => {
                let lives =
                    |row: &&u32| self.lives(life, **row as usize, population.window, bounds, frame);
                Cow::Owned(rows.iter().filter(lives).copied().collect())
            }
            _ => Cow::Borrowed(&[]),
        }
    }

    fn lives(
        &self,
        life: &Life,
        row: usize,
        window: Window,
        bounds: &Bounds,
        frame: FrameId,
    ) -> bool {
        let (from, until) = match life {
            Life::Always => return true,
            Life::Since(since) => match self.times(*since)[row] {
                None => return true,
                from => (from, None),
            },
            Life::Between { from, until } => {
                (self.times(*from)[row], until.and_then(|until| self.times(until)[row]))
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
                Bounds::MeanAt(_) => false,
            },
        }
    }

    /// The instant at which members are chosen; absent if the window chooses those that live at any time in it.
    pub(super) fn instant_of_members(&self, window: Window, frame: FrameId) -> Option<i64> {
        match window {
            Window::Bucket | Window::AtEnd => Some(self.frames.get(frame).end.0),
            Window::AtStart => Some(self.frames.get(frame).start.0),
            _ => None,
        }
    }
}

/// The rows whose time is in `[lo, hi)`.
pub(super) fn between<'r>(times: &[Option<i64>], rows: &'r [u32], lo: i64, hi: i64) -> &'r [u32] {
    let start = rows.partition_point(|row| times[*row as usize] < Some(lo));
    let end = rows.partition_point(|row| times[*row as usize] < Some(hi));
    &rows[start..end.max(start)]
}
