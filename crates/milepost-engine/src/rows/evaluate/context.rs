//! The evaluation context: what programs ask, computed when it is first asked for. Each thread has its own.

use std::cell::{OnceCell, RefCell};
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use datafusion::common::{Result, internal_err};
use milepost_semantics::model::{DatasetId, Model, ValidAt};
use milepost_semantics::time::{Calendar, Instant, date_of_epoch_day};
use milepost_syntax::ast::Duration;

use crate::evaluate::{Outcome, Value};
use crate::leaf::Bounds;
use crate::results::Reason;
use crate::rows::evaluate::block::{Block, Place};
use crate::rows::evaluate::frames::{FrameId, Frames, Known};
use crate::rows::evaluate::recent::Recent;
use crate::rows::evaluate::segments::SegmentMemory;
use crate::rows::evaluate::standing::Standings;
use crate::rows::ids::{ById, HistoryId, IndexId, InnerId, RowId, TableColumnId, TableId, TimesId};
use crate::rows::key::{Key, KeyPart};
use crate::rows::plan::Plan;
use crate::rows::plan::population::HistoryPlan;
use crate::rows::plan::program::Program;
use crate::rows::store::Store;
use crate::rows::store::table::{Column, Table};
use crate::rows::store::timelines::{Entries, Names, Position, Positions, Timelines};

/// A row that is evaluated.
#[derive(Clone, Copy, Debug)]
pub(in crate::rows) struct Row {
    pub(in crate::rows) table: TableId,
    pub(in crate::rows) row: RowId,
    /// When it is placed, if its population places rows.
    pub(in crate::rows) time: Option<i64>,
}

/// As of when a row is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::rows) struct Env {
    pub(in crate::rows) frame: FrameId,
    /// The instant at which a state is read, if the row is one of a state.
    pub(in crate::rows) instant: Option<i64>,
}

impl Env {
    pub(in crate::rows) const fn of(frame: FrameId) -> Self {
        Self { frame, instant: None }
    }
}

/// Of which time all rows of a dataset are there, as far as it says so itself.
#[derive(Clone, Copy, Debug)]
pub(in crate::rows) struct CompleteSpan {
    pub(in crate::rows) from: Option<Instant>,
    pub(in crate::rows) until: Option<Instant>,
}

impl CompleteSpan {
    fn of(model: &Model, dataset: DatasetId) -> Self {
        let (dataset, calendar) = (&model[dataset], &model.project.calendar);
        Self { from: dataset.complete_from(calendar), until: dataset.complete_until(calendar) }
    }
}

/// Timelines that all share, or that were made for one frame.
pub(in crate::rows) enum IndexRef<'a> {
    Shared(&'a Timelines),
    Own(Rc<Timelines>),
}

impl Deref for IndexRef<'_> {
    type Target = Timelines;

    fn deref(&self) -> &Timelines {
        match self {
            Self::Shared(lines) => lines,
            Self::Own(lines) => lines,
        }
    }
}

/// How many rows are evaluated together where the times of all of them are found.
const AT_ONCE: usize = 1_024;

/// Everything that programs ask, and what one who evaluates rows remembers.
pub(in crate::rows) struct EvaluationContext<'a> {
    pub(in crate::rows) plan: &'a Plan<'a>,
    pub(in crate::rows) store: &'a Store,
    pub(in crate::rows) calendar: &'a Calendar,
    pub(in crate::rows) frames: Frames<'a>,
    /// Of each table: from when to when its dataset says that all rows are there.
    pub(in crate::rows) complete: ById<TableId, CompleteSpan>,
    midnights: RefCell<Recent<i32, i64>>,
    /// Days that were moved, by how far.
    pub(in crate::rows) shifts: RefCell<Known<(Duration, bool, i32), Outcome>>,
    /// Those whose keys depend on the frame.
    pub(in crate::rows) indexes: RefCell<Known<(IndexId, Env), Rc<Timelines>>>,
    /// The windows that were asked last.
    pub(in crate::rows) windows: ById<InnerId, RefCell<Recent<FrameId, Rc<Bounds>>>>,
    /// The list of a row that asks.
    pub(in crate::rows) lists: ById<InnerId, RefCell<Recent<RowId, Positions>>>,
    pub(in crate::rows) segments: SegmentMemory,
    /// Of inner aggregates: which rows count in a frame.
    pub(in crate::rows) standings: RefCell<Known<(InnerId, FrameId), Standings>>,
    /// The first impossible thing that was met: what was computed since is of no use.
    fault: OnceCell<&'static str>,
}

impl<'a> EvaluationContext<'a> {
    pub(in crate::rows) fn new(plan: &'a Plan<'a>, store: &'a Store) -> Self {
        let calendar = &plan.model.project.calendar;
        Self {
            plan,
            store,
            calendar,
            frames: Frames::new(calendar, plan.as_of),
            complete: plan.tables.map(|_, table| CompleteSpan::of(plan.model, table.dataset)),
            midnights: RefCell::default(),
            shifts: RefCell::default(),
            indexes: RefCell::default(),
            windows: plan.inners.map(|_, _| RefCell::default()),
            lists: plan.inners.map(|_, _| RefCell::default()),
            segments: SegmentMemory::new(plan),
            standings: RefCell::default(),
            fault: OnceCell::new(),
        }
    }

    /// Remembers that something impossible was met, and says that nothing is known. The run fails by [`Self::sound`].
    #[cold]
    pub(in crate::rows) fn fault(&self, what: &'static str) -> Reason {
        // The first is the one that says most.
        let _ = self.fault.set(what);
        Reason::NoData
    }

    /// Whether nothing impossible was met: nothing that was computed may be used before this is asked.
    pub(in crate::rows) fn sound(&self) -> Result<()> {
        match self.fault.get() {
            Some(what) => internal_err!("{what}"),
            None => Ok(()),
        }
    }

    /// The rows of a dataset.
    pub(in crate::rows) fn table(&self, table: TableId) -> &'a Table {
        &self.store.tables[table]
    }

    /// A column whose values are asked for.
    pub(in crate::rows) fn column(&self, table: TableId, column: TableColumnId) -> &'a Column {
        let found = &self.table(table).columns[column];
        if matches!(found, Column::NotAsked) {
            self.fault("a value was asked for that is not kept");
        }
        found
    }

    /// The number of each row's value, [`NONE`](crate::intern::NONE) where there is none; absent for values that are not
    /// numbered.
    pub(in crate::rows) fn numbers(
        &self,
        table: TableId,
        column: TableColumnId,
    ) -> Option<&'a [u32]> {
        let numbers = self.store.numbers(table, column);
        numbers.unwrap_or_else(|_| {
            self.fault("values of one type were not numbered");
            None
        })
    }

    /// The row at a position.
    pub(in crate::rows) fn row_at(&self, lines: &Timelines, position: Position) -> Option<RowId> {
        let row = lines.row(position);
        if row.is_none() {
            self.fault("a row was asked for that is not kept");
        }
        row
    }

    /// A time as an instant: a day stands for its first.
    pub(in crate::rows) fn instant(&self, value: &Value) -> Option<i64> {
        match value {
            Value::Timestamp(t) => Some(*t),
            Value::Date(day) => {
                if let Some(found) = self.midnights.borrow().get(*day) {
                    return Some(found);
                }
                let found = self.calendar.midnight(date_of_epoch_day(*day)).0;
                self.midnights.borrow_mut().keep(*day, found);
                Some(found)
            }
            Value::Number(_) | Value::Boolean(_) | Value::Text(_) => {
                self.fault("a value that is no time stands for one");
                None
            }
        }
    }

    /// The instants of a table's rows. What evaluates them sees all of history.
    pub(in crate::rows) fn times(&self, id: TimesId) -> &'a [Option<i64>] {
        self.store.times[id].get_or_init(|| {
            let (table, program) = &self.plan.times[id];
            let env = Env::of(self.frames.ever());
            let ids: Vec<RowId> = self.table(*table).ids().collect();
            let instants = ids.chunks(AT_ONCE).flat_map(|ids| {
                let block = Block::new(self.plan, *table, ids.to_vec(), None);
                let at: Vec<Place> = block.places().collect();
                let values = self.values(program, &block, &at, env).into_values(at.len());
                values.into_iter().map(|value| self.instant(&value?))
            });
            instants.collect()
        })
    }

    /// The instant of a row.
    pub(in crate::rows) fn time(&self, id: TimesId, row: RowId) -> Option<i64> {
        self.times(id)[row.position()]
    }

    /// The distinct instants of a table's rows, sorted.
    pub(in crate::rows) fn distinct(&self, id: TimesId) -> &'a [i64] {
        self.store.distinct[id].get_or_init(|| {
            let mut list: Vec<i64> = self.times(id).iter().flatten().copied().collect();
            list.sort_unstable();
            list.dedup();
            list
        })
    }

    /// The first of these instants.
    pub(in crate::rows) fn earliest(&self, id: TimesId) -> Option<i64> {
        *self.store.first[id].get_or_init(|| self.times(id).iter().flatten().min().copied())
    }

    /// What is found by the values that a row is looked up by, without a list of them where there is one; absent if one is
    /// null.
    pub(in crate::rows) fn by_key<'p, T>(
        &self,
        mut programs: impl ExactSizeIterator<Item = (&'p Program, bool)>,
        row: Row,
        env: Env,
        find: impl FnOnce(&[KeyPart]) -> T,
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

    /// The value of a program as it is looked up; absent if it is null.
    pub(in crate::rows) fn part(
        &self,
        program: &Program,
        by_day: bool,
        row: Row,
        env: Env,
    ) -> Option<KeyPart> {
        // Integers as they are: a double would round large ones.
        if let (Program::Column(column), false) = (program, by_day) {
            return self.column(row.table, *column).part(row.row);
        }
        let value = self.eval(program, row, env).ok()?;
        Some(match value {
            Value::Timestamp(t) if by_day => {
                let day = self.calendar.date_of(Instant(t));
                KeyPart::Date(milepost_semantics::time::epoch_day(day))
            }
            value => KeyPart::of(&value),
        })
    }

    pub(in crate::rows) fn plain_key(
        &self,
        table: TableId,
        columns: &[TableColumnId],
        row: RowId,
    ) -> Option<Key> {
        columns.iter().map(|column| self.column(table, *column).part(row)).collect()
    }

    /// A column of the history row that is valid.
    pub(in crate::rows) fn history(
        &self,
        history: HistoryId,
        key: &[Program],
        at: ValidAt,
        value: TableColumnId,
        row: Row,
        env: Env,
    ) -> Outcome {
        let plan = &self.plan.histories[history];
        let lines = self.store.histories[history].get_or_init(|| self.history_lines(plan));
        let parts = key.iter().map(|part| (part, false));
        let list = self.by_key(parts, row, env, |key| lines.list(key)).ok_or(Reason::NoData)?;
        // Rows don't overlap: only the last that has begun can still be valid.
        let last = |begun: Positions| {
            let found = self.row_at(lines, begun.iter().next_back()?)?;
            Some((found, self.time(plan.until, found)))
        };
        let found = match at {
            ValidAt::Row => {
                let t = row.time.ok_or(Reason::NoData)?;
                last(lines.before(list, t.saturating_add(1)))
                    .filter(|(_, until)| until.is_none_or(|until| t < until))
            }
            ValidAt::End => {
                let t = env.instant.unwrap_or_else(|| self.frames.end(env.frame));
                last(lines.before(list, t))
                    .filter(|(_, until)| until.is_none_or(|until| t <= until))
            }
        };
        let (found, _) = found.ok_or(Reason::NoData)?;
        self.column(plan.table, value).value(found).ok_or(Reason::NoData)
    }

    fn history_lines(&self, plan: &HistoryPlan) -> Timelines {
        let (mut names, mut entries) = (Names::default(), Entries::default());
        for row in self.table(plan.table).ids() {
            let (Some(from), until) = (self.time(plan.from, row), self.time(plan.until, row))
            else {
                continue;
            };
            // A row that ends as it begins is never valid.
            if until.is_some_and(|until| until <= from) {
                continue;
            }
            if let Some(key) = self.plain_key(plan.table, &plan.key, row) {
                let list = names.number(key);
                entries.add(list, Some(from), Some(row));
            }
        }
        Timelines::new(Arc::new(names), vec![entries], true, true)
    }
}
