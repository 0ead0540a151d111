//! Tables, frames and lists, each computed when it is first asked for.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use milepost_semantics::model::{BlockUnit, SegmentAt, ValidAt, Window};
use milepost_semantics::time::{AsOf, Calendar, Grain, Instant, date_of_epoch_day};
use milepost_syntax::ast::{Duration, DurationStyle, TimeUnit};

use super::plan::Plan;
use super::population::HistoryPlan;
use super::program::Program;
use super::read::Read;
use super::table::{Key, Part, Table};
use super::timelines::{Entries, Timelines};
use crate::evaluate::{Outcome, Value};
use crate::leaf::{Bounds, EVER, block_frames, earlier};
use crate::request::Frame;
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

/// A frame, by its position in [`Frames`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct FrameId(usize);

/// A frame, and how its window is cut into blocks.
type BlocksOf = (FrameId, BlockUnit, Window);

/// Where the list of a row begins and ends, if it has one: by row.
type Lists = Vec<Option<(u32, u32)>>;

/// A window, and the frame that it was seen from.
type Seen = Option<(FrameId, Rc<Bounds>)>;

/// All frames that were met, each once, with what was derived from them.
pub(super) struct Frames<'a> {
    calendar: &'a Calendar,
    as_of: AsOf,
    list: RefCell<Vec<Rc<Frame>>>,
    numbers: RefCell<HashMap<(i64, i64, i64, Grain), FrameId>>,
    earlier: RefCell<HashMap<(FrameId, Option<Duration>), FrameId>>,
    blocks: RefCell<HashMap<BlocksOf, Rc<Vec<FrameId>>>>,
    bounds: RefCell<HashMap<(FrameId, Window), Rc<Bounds>>>,
    days: RefCell<HashMap<i64, FrameId>>,
}

impl<'a> Frames<'a> {
    fn new(calendar: &'a Calendar, as_of: AsOf) -> Self {
        Self {
            calendar,
            as_of,
            list: RefCell::default(),
            numbers: RefCell::default(),
            earlier: RefCell::default(),
            blocks: RefCell::default(),
            bounds: RefCell::default(),
            days: RefCell::default(),
        }
    }

    pub(super) fn get(&self, id: FrameId) -> Rc<Frame> {
        Rc::clone(&self.list.borrow()[id.0])
    }

    pub(super) fn number(&self, frame: &Frame) -> FrameId {
        let key = (frame.start.0, frame.end.0, frame.bucket.start.0, frame.bucket.grain);
        *self.numbers.borrow_mut().entry(key).or_insert_with(|| {
            let mut list = self.list.borrow_mut();
            list.push(Rc::new(frame.clone()));
            FrameId(list.len() - 1)
        })
    }

    /// The frame that `prior` reads.
    pub(super) fn earlier(&self, id: FrameId, by: Option<Duration>) -> FrameId {
        if let Some(found) = self.earlier.borrow().get(&(id, by)) {
            return *found;
        }
        let frame = self.get(id);
        let before = earlier(self.calendar, self.as_of, frame.bucket.grain, &frame, by);
        let found = self.number(&before);
        self.earlier.borrow_mut().insert((id, by), found);
        found
    }

    /// The whole blocks of a window, the latest first.
    pub(super) fn blocks(&self, id: FrameId, unit: BlockUnit, window: Window) -> Rc<Vec<FrameId>> {
        if let Some(found) = self.blocks.borrow().get(&(id, unit, window)) {
            return Rc::clone(found);
        }
        let frames = block_frames(self.calendar, unit, window, &self.get(id));
        let found = Rc::new(frames.iter().map(|frame| self.number(frame)).collect::<Vec<_>>());
        self.blocks.borrow_mut().insert((id, unit, window), Rc::clone(&found));
        found
    }

    /// What a window sees.
    pub(super) fn bounds(&self, id: FrameId, window: Window) -> Rc<Bounds> {
        if let Some(found) = self.bounds.borrow().get(&(id, window)) {
            return Rc::clone(found);
        }
        let found = Rc::new(Bounds::of(window, &self.get(id), self.calendar));
        self.bounds.borrow_mut().insert((id, window), Rc::clone(&found));
        found
    }

    /// The day that ends at an instant.
    pub(super) fn day(&self, end: i64) -> FrameId {
        if let Some(found) = self.days.borrow().get(&end) {
            return *found;
        }
        let bucket = self.calendar.bucket_of(Grain::Day, Instant(end - 1));
        let start = bucket.start;
        let found = self.number(&Frame { bucket, start, end: Instant(end) });
        self.days.borrow_mut().insert(end, found);
        found
    }

    /// All of history.
    fn ever(&self) -> FrameId {
        let end = self.as_of.end;
        let bucket = self.calendar.bucket_of(Grain::Day, Instant(end.0 - 1));
        self.number(&Frame { bucket, start: EVER, end })
    }
}

/// A segment at one instant, as far as it was asked.
struct Asked {
    frame: FrameId,
    /// By member, in a few bytes each, for there may be many members on many days.
    bands: RefCell<Vec<Taken>>,
    /// By band: whether its condition is not known for anybody.
    unknown: Vec<OnceCell<bool>>,
}

/// The band that takes a member, once it was asked.
#[derive(Clone, Copy)]
enum Taken {
    NotYet,
    Unknown,
    Otherwise,
    Band(u16),
}

/// By segment and instant.
type AskedAt = (usize, i64);

/// The member that a row names, once it was looked for.
#[derive(Clone, Copy)]
enum Named {
    NotYet,
    Nobody,
    Member(usize),
}

/// Everything that programs ask.
pub(super) struct World<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) tables: Vec<Table>,
    pub(super) calendar: &'a Calendar,
    pub(super) frames: Frames<'a>,
    midnights: RefCell<HashMap<i32, i64>>,
    times: Vec<OnceCell<Vec<Option<i64>>>>,
    /// The distinct instants of rows, sorted.
    distinct: Vec<OnceCell<Vec<i64>>>,
    /// The first instant of rows.
    first: Vec<OnceCell<Option<i64>>>,
    pub(super) fixed: Vec<OnceCell<Rc<Timelines>>>,
    /// Those whose keys depend on the frame.
    pub(super) indexes: RefCell<HashMap<(usize, Env), Rc<Timelines>>>,
    /// Of each inner aggregate: the window that was asked last.
    pub(super) windows: Vec<RefCell<Seen>>,
    /// Of each inner aggregate: where the list of a row that asks begins and ends.
    pub(super) lists: Vec<RefCell<Lists>>,
    histories: Vec<OnceCell<Timelines>>,
    members: Vec<OnceCell<HashMap<Key, usize>>>,
    /// Of each key that is asked by: the member that a row names, by segment and row.
    named: Vec<RefCell<HashMap<usize, Vec<Named>>>>,
    asked: RefCell<HashMap<AskedAt, Rc<Asked>>>,
    last_asked: RefCell<Option<(AskedAt, Rc<Asked>)>>,
}

impl<'a> World<'a> {
    pub(super) fn new(plan: &'a Plan<'a>, read: Vec<Read>) -> Self {
        fn cells<T>(n: usize) -> Vec<OnceCell<T>> {
            (0..n).map(|_| OnceCell::new()).collect()
        }
        let calendar = &plan.model.project.calendar;
        let fixed = cells(plan.indexes.len());
        let first = cells(plan.times.len());
        let mut tables = Vec::with_capacity(read.len());
        for Read { table, lines, first: firsts } in read {
            // Each is made or found once.
            for (index, lines) in lines {
                let _ = fixed[index].set(Rc::new(lines));
            }
            for (times, instant) in firsts {
                let _ = first[times].set(instant);
            }
            tables.push(table);
        }
        Self {
            plan,
            tables,
            calendar,
            frames: Frames::new(calendar, plan.as_of),
            midnights: RefCell::default(),
            times: cells(plan.times.len()),
            distinct: cells(plan.times.len()),
            fixed,
            first,
            indexes: RefCell::default(),
            windows: plan.inners.iter().map(|_| RefCell::default()).collect(),
            lists: plan.inners.iter().map(|_| RefCell::default()).collect(),
            histories: cells(plan.histories.len()),
            members: cells(plan.segments.len()),
            named: plan.asks.iter().map(|_| RefCell::default()).collect(),
            asked: RefCell::default(),
            last_asked: RefCell::default(),
        }
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
    pub(super) fn times(&self, id: usize) -> &[Option<i64>] {
        self.times[id].get_or_init(|| {
            let (table, program) = &self.plan.times[id];
            let env = Env::of(self.frames.ever());
            (0..self.tables[*table].rows)
                .map(|row| {
                    let row = Row { table: *table, row, time: None };
                    self.instant(&self.eval(program, row, env).ok()?)
                })
                .collect()
        })
    }

    /// The distinct instants of a table's rows, sorted.
    pub(super) fn distinct(&self, id: usize) -> &[i64] {
        self.distinct[id].get_or_init(|| {
            let mut list: Vec<i64> = self.times(id).iter().flatten().copied().collect();
            list.sort_unstable();
            list.dedup();
            list
        })
    }

    /// The first of these instants.
    pub(super) fn earliest(&self, id: usize) -> Option<i64> {
        *self.first[id].get_or_init(|| self.times(id).iter().flatten().min().copied())
    }

    /// The values that a row is looked up by; absent if one is null.
    pub(super) fn key(&self, programs: &[(Program, bool)], row: Row, env: Env) -> Option<Key> {
        programs.iter().map(|(program, by_day)| self.part(program, *by_day, row, env)).collect()
    }

    fn part(&self, program: &Program, by_day: bool, row: Row, env: Env) -> Option<Part> {
        // Integers as they are: a double would round large ones.
        if let (Program::Column(column), false) = (program, by_day) {
            return self.tables[row.table].columns[*column].part(row.row);
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
        columns.iter().map(|column| self.tables[table].columns[*column].part(row)).collect()
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
        let lines = self.histories[history].get_or_init(|| self.history_lines(plan));
        let part = |program: &Program| self.part(program, false, row, env).ok_or(Reason::NoData);
        let list = match key {
            [one] => lines.list(std::slice::from_ref(&part(one)?)),
            _ => lines.list(&key.iter().map(part).collect::<Result<Key, Reason>>()?),
        };
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
        self.tables[plan.table].columns[value].value(found).ok_or(Reason::NoData)
    }

    fn history_lines(&self, plan: &HistoryPlan) -> Timelines {
        let (from, until) = (self.times(plan.from), self.times(plan.until));
        let mut entries = Entries::default();
        for row in 0..self.tables[plan.table].rows {
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
        let asked = self.asked(segment, end);
        let mut taken = asked.bands.borrow()[member];
        if matches!(taken, Taken::NotYet) {
            taken = self.band(segment, &asked, member);
            asked.bands.borrow_mut()[member] = taken;
        }
        let plan = &self.plan.segments[segment];
        match taken {
            Taken::NotYet | Taken::Unknown => Err(Reason::NoData),
            Taken::Otherwise => Ok(plan.otherwise.clone()),
            Taken::Band(band) => Ok(plan.bands[usize::from(band)].1.clone()),
        }
    }

    /// The member that a row names.
    fn member(&self, segment: usize, asks: usize, row: Row, env: Env) -> Option<usize> {
        let (_, key) = &self.plan.asks[asks];
        let plan = &self.plan.segments[segment];
        let find = || {
            let members = self.members[segment].get_or_init(|| {
                let rows = (0..self.tables[plan.table].rows).rev();
                let key = |row| self.plain_key(plan.table, &plan.key, row);
                rows.filter_map(|row| Some((key(row)?, row))).collect()
            });
            let key: Option<Key> =
                key.iter().map(|program| self.part(program, false, row, env)).collect();
            key.and_then(|key| members.get(&key)).copied()
        };
        if key.iter().any(Program::moves) {
            return find();
        }
        match self.named[asks].borrow().get(&segment).map(|named| named[row.row]) {
            Some(Named::Member(member)) => return Some(member),
            Some(Named::Nobody) => return None,
            Some(Named::NotYet) | None => {}
        }
        let found = find();
        let mut named = self.named[asks].borrow_mut();
        let named = named
            .entry(segment)
            .or_insert_with(|| vec![Named::NotYet; self.tables[row.table].rows]);
        named[row.row] = found.map_or(Named::Nobody, Named::Member);
        found
    }

    /// What is known of a segment at an instant.
    fn asked(&self, segment: usize, end: i64) -> Rc<Asked> {
        let name = (segment, end);
        if let Some((last, asked)) = &*self.last_asked.borrow()
            && *last == name
        {
            return Rc::clone(asked);
        }
        let plan = &self.plan.segments[segment];
        let mut all = self.asked.borrow_mut();
        let asked = all.entry(name).or_insert_with(|| {
            Rc::new(Asked {
                frame: self.frames.day(end),
                bands: RefCell::new(vec![Taken::NotYet; self.tables[plan.table].rows]),
                unknown: plan.bands.iter().map(|_| OnceCell::new()).collect(),
            })
        });
        *self.last_asked.borrow_mut() = Some((name, Rc::clone(asked)));
        Rc::clone(asked)
    }

    /// The first band whose condition is true.
    fn band(&self, segment: usize, asked: &Asked, member: usize) -> Taken {
        let plan = &self.plan.segments[segment];
        let row = Row { table: plan.table, row: member, time: None };
        for (band, (condition, _)) in plan.bands.iter().enumerate() {
            let taken = u16::try_from(band).map_or(Taken::Otherwise, Taken::Band);
            let Some(condition) = condition else { return taken };
            let unknown = || self.unknown(condition, asked.frame, false).is_some();
            if *asked.unknown[band].get_or_init(unknown) {
                return Taken::Unknown;
            }
            if self.eval(condition, row, Env::of(asked.frame)) == Ok(Value::Boolean(true)) {
                return taken;
            }
        }
        Taken::Otherwise
    }

    /// An instant moved as windows seen from a row are: elapsed time, but for calendar units and business days.
    pub(super) fn reach(&self, from: i64, length: Duration, back: bool) -> i64 {
        let seconds = match length.unit {
            TimeUnit::Second => 1,
            TimeUnit::Minute => 60,
            TimeUnit::Hour => 3_600,
            TimeUnit::Day => 86_400,
            TimeUnit::Week => 604_800,
            TimeUnit::Month | TimeUnit::Quarter | TimeUnit::Year => 0,
        };
        if length.style != DurationStyle::Plain || seconds == 0 {
            return self.calendar.shift(Instant(from), length, back).0;
        }
        let elapsed = i64::from(length.count) * seconds * 1_000_000;
        if back { from.saturating_sub(elapsed) } else { from.saturating_add(elapsed) }
    }
}
