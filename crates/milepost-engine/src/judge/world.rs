//! One who judges rows: what programs ask, computed when it is first asked for.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::{Deref, Range};
use std::rc::Rc;
use std::sync::Arc;

use milepost_semantics::model::{DatasetId, Model, SegmentAt, ValidAt};
use milepost_semantics::time::{Calendar, Instant, date_of_epoch_day};

use super::frames::{FrameId, Frames};
use super::plan::Plan;
use super::population::HistoryPlan;
use super::program::Program;
use super::reach::Standings;
use super::recent::Recent;
use super::span::Judged;
use super::store::{Asked, AskedAt, Members, Store, Taken};
use super::table::{Key, Part, Table};
use super::timelines::{Entries, Timelines};
use crate::evaluate::{Outcome, Value};
use crate::leaf::Bounds;
use crate::results::Reason;

/// A row that is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) table: usize,
    pub(super) row: usize,
    /// When it is placed, if its population places rows.
    pub(super) time: Option<i64>,
}

/// As of when a row is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Env {
    pub(super) frame: FrameId,
    /// The instant at which a state is read, if the row is one of a state.
    pub(super) instant: Option<i64>,
}

impl Env {
    pub(super) const fn of(frame: FrameId) -> Self {
        Self { frame, instant: None }
    }
}

/// Of which time all rows of a dataset are there, as far as it says so itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) from: Option<Instant>,
    pub(super) until: Option<Instant>,
}

impl Span {
    fn of(model: &Model, dataset: DatasetId) -> Self {
        let (dataset, calendar) = (&model[dataset], &model.project.calendar);
        Self { from: dataset.complete_from(calendar), until: dataset.complete_until(calendar) }
    }
}

/// A window, and the frame that it was seen from.
type Seen = Option<(FrameId, Rc<Bounds>)>;

/// Timelines that all share, or that were made for one frame.
pub(super) enum Lines<'a> {
    Shared(&'a Timelines),
    Own(Rc<Timelines>),
}

impl Deref for Lines<'_> {
    type Target = Timelines;

    fn deref(&self) -> &Timelines {
        match self {
            Self::Shared(lines) => lines,
            Self::Own(lines) => lines,
        }
    }
}

/// Everything that programs ask, and what one who judges rows remembers.
pub(super) struct World<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) store: &'a Store,
    pub(super) calendar: &'a Calendar,
    pub(super) frames: Frames<'a>,
    /// Of each table: from when to when its dataset says that all rows are there.
    pub(super) complete: Vec<Span>,
    midnights: RefCell<HashMap<i32, i64>>,
    /// Those whose keys depend on the frame.
    pub(super) indexes: RefCell<HashMap<(usize, Env), Rc<Timelines>>>,
    /// Of each inner aggregate: the window that was asked last.
    pub(super) windows: Vec<RefCell<Seen>>,
    /// Of each inner aggregate: where the list of a row that asks begins and ends.
    pub(super) lists: Vec<RefCell<Recent<(u32, u32)>>>,
    /// Of each key that is asked by: the member that a row names, by segment.
    named: Vec<RefCell<HashMap<usize, Recent<Option<usize>>>>>,
    last_asked: RefCell<Option<(AskedAt, FrameId, Arc<Asked>)>>,
    /// Of inner aggregates: which rows count in a frame.
    pub(super) standings: RefCell<HashMap<(usize, FrameId), Standings>>,
}

impl<'a> World<'a> {
    pub(super) fn new(plan: &'a Plan<'a>, store: &'a Store) -> Self {
        let calendar = &plan.model.project.calendar;
        Self {
            plan,
            store,
            calendar,
            frames: Frames::new(calendar, plan.as_of),
            complete: plan.tables.iter().map(|table| Span::of(plan.model, table.dataset)).collect(),
            midnights: RefCell::default(),
            indexes: RefCell::default(),
            windows: plan.inners.iter().map(|_| RefCell::default()).collect(),
            lists: plan.inners.iter().map(|_| RefCell::default()).collect(),
            named: plan.asks.iter().map(|_| RefCell::default()).collect(),
            last_asked: RefCell::default(),
            standings: RefCell::default(),
        }
    }

    /// The rows of a dataset.
    pub(super) fn table(&self, table: usize) -> &'a Table {
        &self.store.tables[table]
    }

    /// A time as an instant: a day stands for its first.
    pub(super) fn instant(&self, value: &Value) -> Option<i64> {
        match value {
            Value::Timestamp(t) => Some(*t),
            Value::Date(day) => {
                let midnight = || self.calendar.midnight(date_of_epoch_day(*day)).0;
                Some(*self.midnights.borrow_mut().entry(*day).or_insert_with(midnight))
            }
            Value::Number(_) | Value::Boolean(_) | Value::Text(_) => None,
        }
    }

    /// The instants of a table's rows. What judges them sees all of history.
    pub(super) fn times(&self, id: usize) -> &'a [Option<i64>] {
        self.store.times[id].get_or_init(|| {
            let (table, program) = &self.plan.times[id];
            let env = Env::of(self.frames.ever());
            (0..self.table(*table).rows)
                .map(|row| {
                    let row = Row { table: *table, row, time: None };
                    self.instant(&self.eval(program, row, env).ok()?)
                })
                .collect()
        })
    }

    /// The distinct instants of a table's rows, sorted.
    pub(super) fn distinct(&self, id: usize) -> &'a [i64] {
        self.store.distinct[id].get_or_init(|| {
            let mut list: Vec<i64> = self.times(id).iter().flatten().copied().collect();
            list.sort_unstable();
            list.dedup();
            list
        })
    }

    /// The first of these instants.
    pub(super) fn earliest(&self, id: usize) -> Option<i64> {
        *self.store.first[id].get_or_init(|| self.times(id).iter().flatten().min().copied())
    }

    /// What is found by the values that a row is looked up by, without a list of them where there is one; absent if one is
    /// null.
    pub(super) fn by_key<'p, T>(
        &self,
        mut programs: impl ExactSizeIterator<Item = (&'p Program, bool)>,
        row: Row,
        env: Env,
        find: impl FnOnce(&[Part]) -> T,
    ) -> Option<T> {
        if programs.len() == 1
            && let Some((program, by_day)) = programs.next()
        {
            let part = self.part(program, by_day, row, env)?;
            return Some(find(std::slice::from_ref(&part)));
        }
        let parts = programs.map(|(program, by_day)| self.part(program, by_day, row, env));
        Some(find(&parts.collect::<Option<Key>>()?))
    }

    fn part(&self, program: &Program, by_day: bool, row: Row, env: Env) -> Option<Part> {
        // Integers as they are: a double would round large ones.
        if let (Program::Column(column), false) = (program, by_day) {
            return self.table(row.table).columns[*column].part(row.row);
        }
        let value = self.eval(program, row, env).ok()?;
        Some(match value {
            Value::Timestamp(t) if by_day => {
                let day = self.calendar.date_of(Instant(t));
                Part::Date(milepost_semantics::time::epoch_day(day))
            }
            value => Part::of(&value),
        })
    }

    fn plain_key(&self, table: usize, columns: &[usize], row: usize) -> Option<Key> {
        columns.iter().map(|column| self.table(table).columns[*column].part(row)).collect()
    }

    /// A column of the history row that is valid.
    pub(super) fn history(
        &self,
        history: usize,
        key: &[Program],
        at: ValidAt,
        value: usize,
        row: Row,
        env: Env,
    ) -> Outcome {
        let plan = &self.plan.histories[history];
        let lines = self.store.histories[history].get_or_init(|| self.history_lines(plan));
        let parts = key.iter().map(|part| (part, false));
        let list = self.by_key(parts, row, env, |key| lines.list(key)).ok_or(Reason::NoData)?;
        // Rows don't overlap: only the last that has begun can still be valid.
        let last = |begun: Range<usize>| {
            let found = begun.last().map(|position| lines.row(position))?;
            Some((found, self.times(plan.until)[found]))
        };
        let found = match at {
            ValidAt::Row => {
                let t = row.time.ok_or(Reason::NoData)?;
                last(lines.before(list, t.saturating_add(1)))
                    .filter(|(_, until)| until.is_none_or(|until| t < until))
            }
            ValidAt::End => {
                let t = env.instant.unwrap_or_else(|| self.frames.get(env.frame).end.0);
                last(lines.before(list, t))
                    .filter(|(_, until)| until.is_none_or(|until| t <= until))
            }
        };
        let (found, _) = found.ok_or(Reason::NoData)?;
        self.table(plan.table).columns[value].value(found).ok_or(Reason::NoData)
    }

    fn history_lines(&self, plan: &HistoryPlan) -> Timelines {
        let (from, until) = (self.times(plan.from), self.times(plan.until));
        let mut entries = Entries::default();
        for row in 0..self.table(plan.table).rows {
            let (Some(from), until) = (from[row], until[row]) else { continue };
            // A row that ends as it begins is never valid.
            if until.is_some_and(|until| until <= from) {
                continue;
            }
            if let Some(key) = self.plain_key(plan.table, &plan.key, row) {
                let list = entries.names.number(key);
                entries.add(list, Some(from), Some(row));
            }
        }
        Timelines::new(vec![entries], true, true)
    }

    /// The segment of the member that a row names.
    pub(super) fn segment(
        &self,
        segment: usize,
        asks: usize,
        at: SegmentAt,
        row: Row,
        env: Env,
    ) -> Outcome {
        let member = self.member(segment, asks, row, env).ok_or(Reason::NoData)?;
        let end = match at {
            SegmentAt::End => self.frames.get(env.frame).end.0,
            SegmentAt::DayBefore => {
                let day = self.calendar.date_of(Instant(row.time.ok_or(Reason::NoData)?));
                self.calendar.midnight(day).0
            }
        };
        let (frame, asked) = self.asked((segment, end));
        let taken = asked.band(member).unwrap_or_else(|| {
            let taken = self.band(segment, frame, &asked, member);
            asked.keep(member, taken);
            taken
        });
        let plan = &self.plan.segments[segment];
        match taken {
            Taken::Unknown => Err(Reason::NoData),
            Taken::Otherwise => Ok(plan.otherwise.clone()),
            Taken::Band(band) => Ok(plan.bands[band].1.clone()),
        }
    }

    /// The member that a row names.
    fn member(&self, segment: usize, asks: usize, row: Row, env: Env) -> Option<usize> {
        let (_, key) = &self.plan.asks[asks];
        let plan = &self.plan.segments[segment];
        let find = || {
            let members = self.store.members[segment].get_or_init(|| {
                let rows = 0..self.table(plan.table).rows;
                Members::new(rows.map(|row| self.plain_key(plan.table, &plan.key, row)))
            });
            let parts = key.iter().map(|part| (part, false));
            self.by_key(parts, row, env, |key| members.row(key))?
        };
        if key.iter().any(Program::moves) {
            return find();
        }
        let recent = |named: &HashMap<usize, Recent<Option<usize>>>| {
            named.get(&segment).and_then(|recent| recent.get(row.row))
        };
        if let Some(found) = recent(&self.named[asks].borrow()) {
            return found;
        }
        let found = find();
        self.named[asks].borrow_mut().entry(segment).or_default().keep(row.row, found);
        found
    }

    /// What is known of a segment at an instant, which is that of the row before most often.
    fn asked(&self, name: AskedAt) -> (FrameId, Arc<Asked>) {
        if let Some((last, frame, asked)) = &*self.last_asked.borrow()
            && *last == name
        {
            return (*frame, Arc::clone(asked));
        }
        let (frame, asked) = (self.frames.day(name.1), self.store.asked(self.plan, name));
        *self.last_asked.borrow_mut() = Some((name, frame, Arc::clone(&asked)));
        (frame, asked)
    }

    /// Why a segment is not known for anybody at an instant: the first of its conditions that looks before the data.
    pub(super) fn unknown_segment(&self, segment: usize, end: i64) -> Option<Reason> {
        let (frame, asked) = self.asked((segment, end));
        let bands = 0..self.plan.segments[segment].bands.len();
        bands.into_iter().find_map(|band| self.unknown_band(segment, band, frame, &asked))
    }

    fn unknown_band(
        &self,
        segment: usize,
        band: usize,
        frame: FrameId,
        asked: &Asked,
    ) -> Option<Reason> {
        let (condition, _) = &self.plan.segments[segment].bands[band];
        let unknown = || self.unknown(condition.as_ref()?, frame, Judged::OnDay);
        asked.unknown[band].get_or_init(unknown).clone()
    }

    /// The first band whose condition is true.
    fn band(&self, segment: usize, frame: FrameId, asked: &Asked, member: usize) -> Taken {
        let plan = &self.plan.segments[segment];
        let row = Row { table: plan.table, row: member, time: None };
        for (band, (condition, _)) in plan.bands.iter().enumerate() {
            let Some(condition) = condition else { return Taken::Band(band) };
            if self.unknown_band(segment, band, frame, asked).is_some() {
                return Taken::Unknown;
            }
            if self.eval(condition, row, Env::of(frame)) == Ok(Value::Boolean(true)) {
                return Taken::Band(band);
            }
        }
        Taken::Otherwise
    }
}
