//! Entity timelines: rows in lists by key, each list sorted by time.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, Int64Array, StringArray};
use foldhash::fast::FixedState;

use crate::intern::{NONE, number_of};
use crate::keys::{IntegerNumbers, TextNumbers};
use crate::rows::ids::RowId;
use crate::rows::key::{Key, KeyPart};

/// The rows of a population, one list after the other. A row's place among them is its position.
#[derive(Debug)]
pub(in crate::rows) struct Timelines {
    rows: RowIds,
    /// When each is placed, by position; absent where rows have no time.
    times: Option<Times>,
    /// Where each list begins, by its number, and at last where the last one ends.
    starts: Vec<u32>,
    names: Arc<Names>,
}

/// A place in timelines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::rows) struct Position(u32);

/// Places that follow each other: a list, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rows) struct Positions {
    start: u32,
    end: u32,
}

/// The row of each position.
#[derive(Debug)]
enum RowIds {
    Kept(Vec<RowId>),
    /// The rows are asked for nothing but their times, so that none is in a table.
    TimesOnly,
}

impl Positions {
    /// Nothing is linked to a row without a key, or to one whose key nobody has.
    pub(in crate::rows) const NONE: Self = Self { start: 0, end: 0 };

    pub(in crate::rows) const fn len(self) -> usize {
        self.count() as usize
    }

    pub(in crate::rows) const fn count(self) -> u32 {
        self.end - self.start
    }

    /// From the first to the last.
    pub(in crate::rows) fn iter(self) -> impl DoubleEndedIterator<Item = Position> {
        (self.start..self.end).map(Position)
    }

    /// How many of them stand before a position.
    pub(in crate::rows) const fn place(self, position: Position) -> u32 {
        position.0 - self.start
    }

    /// Those that are in both.
    pub(in crate::rows) fn both(self, other: Self) -> Self {
        let start = self.start.max(other.start);
        Self { start, end: self.end.min(other.end).max(start) }
    }

    /// Whether both end at one place.
    pub(in crate::rows) const fn ends_with(self, other: Self) -> bool {
        self.end == other.end
    }

    /// The place behind them in a list, and behind so many others.
    pub(in crate::rows) fn behind(self, list: Self, skipped: u32) -> Option<Position> {
        self.end.checked_add(skipped).filter(|at| *at < list.end).map(Position)
    }

    /// The next of them from so many on, if there are any.
    pub(in crate::rows) fn from(self, skipped: u32, n: u32) -> Option<Self> {
        let start = self.start.checked_add(skipped).filter(|start| *start < self.end)?;
        Some(Self { start, end: start.saturating_add(n).min(self.end) })
    }

    fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Instants, by position, in four bytes each where that is possible.
#[derive(Debug)]
enum Times {
    /// How many units after the first.
    Since {
        first: i64,
        unit: i64,
        steps: Vec<u32>,
    },
    Whole(Vec<i64>),
}

/// Numbers of lists by their keys.
#[derive(Debug, Default)]
pub(in crate::rows) struct Names {
    /// Keys of one whole number, which most are.
    integers: IntegerNumbers,
    /// Keys of one text.
    texts: TextNumbers,
    others: HashMap<Key, u32, FixedState>,
    /// How many keys there are.
    count: usize,
}

impl Names {
    /// The number of a key's list, which is a new one for a key that is new.
    pub(in crate::rows) fn number(&mut self, key: Key) -> u32 {
        match key.as_slice() {
            [KeyPart::Integer(n)] => self.integer(*n),
            [KeyPart::Text(text)] => self.text(text),
            _ => *self.others.entry(key).or_insert_with(|| next(&mut self.count)),
        }
    }

    /// The same for a whole number, without making a key of it.
    pub(in crate::rows) fn integer(&mut self, n: i64) -> u32 {
        self.integers.number(n, || next(&mut self.count))
    }

    /// The same for a text.
    pub(in crate::rows) fn text(&mut self, text: &str) -> u32 {
        self.texts.number(text, || next(&mut self.count))
    }

    /// The same for the whole number of each row, [`NONE`] where there is none.
    pub(in crate::rows) fn of_integers(&mut self, integers: &Int64Array) -> Vec<u32> {
        if integers.null_count() == 0 {
            return integers.values().iter().map(|n| self.integer(*n)).collect();
        }
        integers.iter().map(|n| n.map_or(NONE, |n| self.integer(n))).collect()
    }

    /// The same for the text of each row.
    pub(in crate::rows) fn of_texts(&mut self, texts: &StringArray) -> Vec<u32> {
        self.texts.numbers(texts, |_| next(&mut self.count))
    }

    /// Whether there are no keys.
    pub(in crate::rows) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The number of a key's list, if there is one.
    pub(in crate::rows) fn get(&self, key: &[KeyPart]) -> Option<u32> {
        match key {
            [KeyPart::Integer(n)] => self.integers.get(*n),
            [KeyPart::Text(text)] => self.texts.get(text),
            _ => self.others.get(key).copied(),
        }
    }

    /// Takes in the keys of others: the numbers that theirs have here.
    pub(in crate::rows) fn append(&mut self, other: Self) -> Vec<u32> {
        let mut here = vec![NONE; other.count];
        for (key, number) in other.integers.all() {
            here[number as usize] = self.integer(key);
        }
        for (key, number) in other.texts.all() {
            here[number as usize] = self.text(&key);
        }
        let others = other.others.into_iter();
        others.for_each(|(key, number)| here[number as usize] = self.number(key));
        here
    }

    /// About how many bytes this holds.
    pub(in crate::rows) fn bytes(&self) -> usize {
        let others = self.others.capacity() * size_of::<(Key, KeyPart, u32)>();
        self.integers.bytes() + self.texts.bytes() + others
    }
}

/// One more key: its number.
fn next(count: &mut usize) -> u32 {
    *count += 1;
    number_of(*count - 1)
}

/// Rows on their way into timelines, as they come.
#[derive(Debug, Default)]
pub(in crate::rows) struct Entries {
    /// By row: the number of its list, when it is placed, and its number in the table. Where rows have no time, there are
    /// no times, and where none is in a table there are no numbers.
    lists: Vec<u32>,
    times: Vec<i64>,
    rows: Vec<RowId>,
}

impl Timelines {
    /// Sorts entries into lists. `names`: of the lists, of which some may have no row; `timed`: rows have times; `placed`:
    /// rows are in a table.
    pub(in crate::rows) fn new(
        names: Arc<Names>,
        parts: Vec<Entries>,
        timed: bool,
        placed: bool,
    ) -> Self {
        let mut parts = parts.into_iter();
        let mut all = parts.next().unwrap_or_default();
        parts.for_each(|part| all.append(part));
        let Entries { lists, times, rows } = all;
        let of = |there: bool| if there { lists.len() } else { 0 };
        assert_eq!(times.len(), of(timed), "all rows have a time, or none");
        assert_eq!(rows.len(), of(placed), "all rows are in a table, or none");
        let starts = starts(&lists, names.count);
        let mut order = vec![0_u32; lists.len()];
        let mut next = starts.clone();
        for (entry, list) in lists.iter().enumerate() {
            let at = &mut next[*list as usize];
            order[*at as usize] = number_of(entry);
            *at += 1;
        }
        drop(lists);
        if timed {
            for ends in starts.windows(2) {
                let list = &mut order[ends[0] as usize..ends[1] as usize];
                // Files are most often in the order of time; entries of one time stay as they came.
                if !list.is_sorted_by_key(|entry| times[*entry as usize]) {
                    list.sort_by_key(|entry| times[*entry as usize]);
                }
            }
        }
        let times = timed.then(|| Times::new(&times, &order));
        let rows = if placed {
            RowIds::Kept(order.into_iter().map(|entry| rows[entry as usize]).collect())
        } else {
            RowIds::TimesOnly
        };
        Self { rows, times, starts, names }
    }

    /// Where the list of a key is.
    pub(in crate::rows) fn list(&self, key: &[KeyPart]) -> Positions {
        self.names.get(key).map_or(Positions::NONE, |list| {
            let list = list as usize;
            Positions { start: self.starts[list], end: self.starts[list + 1] }
        })
    }

    /// Where each list is.
    pub(in crate::rows) fn lists(&self) -> impl Iterator<Item = Positions> {
        self.starts.windows(2).map(|ends| Positions { start: ends[0], end: ends[1] })
    }

    /// Where all lists are.
    pub(in crate::rows) fn all(&self) -> Positions {
        Positions { start: 0, end: self.starts[self.starts.len() - 1] }
    }

    /// The row at a position; absent where rows are asked for nothing but their times.
    pub(in crate::rows) fn row(&self, position: Position) -> Option<RowId> {
        match &self.rows {
            RowIds::Kept(rows) => Some(rows[position.0 as usize]),
            RowIds::TimesOnly => None,
        }
    }

    /// Whether rows have times.
    pub(in crate::rows) const fn is_timed(&self) -> bool {
        self.times.is_some()
    }

    /// When the row at a position is placed.
    pub(in crate::rows) fn time(&self, position: Position) -> Option<i64> {
        self.times.as_ref().map(|times| times.get(position.0 as usize))
    }

    /// The positions in a list whose time is in `[lo, hi)`.
    pub(in crate::rows) fn between(&self, list: Positions, lo: i64, hi: i64) -> Positions {
        let start = self.before(list, lo).end;
        Positions { start, end: self.before(list, hi).end.max(start) }
    }

    /// The positions in a list whose time is before an instant.
    pub(in crate::rows) fn before(&self, list: Positions, instant: i64) -> Positions {
        let n = match &self.times {
            None => 0,
            Some(Times::Whole(times)) => times[list.range()].partition_point(|t| *t < instant),
            Some(Times::Since { first, unit, steps }) => {
                // The first step that is not before the instant; no time is further than a difference can be.
                let after = instant.saturating_sub(*first);
                let step = after.div_euclid(*unit) + i64::from(after.rem_euclid(*unit) > 0);
                steps[list.range()].partition_point(|t| i64::from(*t) < step)
            }
        };
        Positions { end: list.start + number_of(n), ..list }
    }
}

impl Entries {
    /// Adds a row to a list: all rows have a time, or none, and all are in a table, or none.
    pub(in crate::rows) fn add(&mut self, list: u32, time: Option<i64>, row: Option<RowId>) {
        self.lists.push(list);
        self.times.extend(time);
        self.rows.extend(row);
    }

    /// The same for rows that follow each other, of which each has a list.
    pub(in crate::rows) fn add_all(
        &mut self,
        lists: &[u32],
        times: Option<&[i64]>,
        rows: impl Iterator<Item = RowId>,
    ) {
        self.lists.extend_from_slice(lists);
        self.times.extend_from_slice(times.unwrap_or_default());
        self.rows.extend(rows);
    }

    /// How many rows there are.
    pub(in crate::rows) const fn len(&self) -> usize {
        self.lists.len()
    }

    /// About how many bytes this holds.
    pub(in crate::rows) fn bytes(&self) -> usize {
        (self.lists.capacity() + self.rows.capacity()) * 4 + self.times.capacity() * 8
    }

    /// Moves the rows to behind so many others of their table.
    pub(in crate::rows) fn move_behind(&mut self, rows: usize) {
        self.rows.iter_mut().for_each(|row| *row = row.behind(rows));
    }

    /// Gives the lists other numbers.
    pub(in crate::rows) fn renumber(&mut self, numbers: &[u32]) {
        self.lists.iter_mut().for_each(|list| *list = numbers[*list as usize]);
    }

    fn append(&mut self, other: Self) {
        self.lists.extend(other.lists);
        self.times.extend(other.times);
        self.rows.extend(other.rows);
    }
}

impl Times {
    /// The times in an order.
    fn new(times: &[i64], order: &[u32]) -> Self {
        let ordered = || order.iter().map(|entry| times[*entry as usize]);
        let whole = || Self::Whole(ordered().collect());
        let (Some(first), Some(last)) = (times.iter().min(), times.iter().max()) else {
            return whole();
        };
        let Some(span) = last.checked_sub(*first) else { return whole() };
        let unit = times.iter().fold(0, |unit, t| common(unit, *t - first)).max(1);
        if u32::try_from(span / unit).is_err() {
            return whole();
        }
        let steps = ordered().map(|t| u32::try_from((t - first) / unit));
        match steps.collect::<Result<Vec<u32>, _>>() {
            Ok(steps) => Self::Since { first: *first, unit, steps },
            Err(_) => whole(),
        }
    }

    fn get(&self, position: usize) -> i64 {
        match self {
            Self::Since { first, unit, steps } => first + unit * i64::from(steps[position]),
            Self::Whole(times) => times[position],
        }
    }
}

/// Where each list begins.
fn starts(lists: &[u32], n: usize) -> Vec<u32> {
    let mut starts = vec![0_u32; n + 1];
    lists.iter().for_each(|list| starts[*list as usize + 1] += 1);
    for list in 1..=n {
        starts[list] += starts[list - 1];
    }
    starts
}

/// The greatest common divisor; neither is negative.
const fn common(mut a: i64, mut b: i64) -> i64 {
    // Most times are a multiple of what was found so far.
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Rows with a key and a time, in one part or several; `unit` makes times that fit four bytes or not.
    fn rows() -> impl Strategy<Value = (Vec<(i64, i64)>, usize, i64)> {
        let units = prop_oneof![Just(1_i64), Just(1_000_000), Just(i64::MAX / 4)];
        units.prop_flat_map(|unit| {
            let time = if unit > 1_000_000 { -3_i64..4 } else { -50_i64..50 };
            (
                prop::collection::vec((-3_i64..5, time.prop_map(move |t| t * unit)), 0..60),
                1_usize..4,
                Just(unit),
            )
        })
    }

    proptest! {
        #[test]
        fn a_list_has_the_rows_of_its_key_by_time((rows, parts, unit) in rows(), key in -4_i64..6, lo in -60_i64..60, length in 0_i64..60) {
            let size = rows.len().div_ceil(parts).max(1);
            let mut all = Names::default();
            let entries = rows.chunks(size).enumerate().map(|(part, chunk)| {
                let (mut names, mut entries) = (Names::default(), Entries::default());
                for (i, (key, time)) in chunk.iter().enumerate() {
                    entries.add(names.integer(*key), Some(*time), Some(RowId::new(part * size + i)));
                }
                entries.renumber(&all.append(names));
                entries
            });
            let entries = entries.collect();
            let lines = Timelines::new(Arc::new(all), entries, true, true);
            let (lo, hi) = (lo.saturating_mul(unit), lo.saturating_add(length).saturating_mul(unit));
            let list = lines.list(&[KeyPart::Integer(key)]);
            let mut expected: Vec<(i64, usize)> = rows.iter().enumerate()
                .filter(|(_, (k, t))| *k == key && lo <= *t && *t < hi)
                .map(|(row, (_, t))| (*t, row)).collect();
            expected.sort_unstable();
            let found: Vec<(i64, usize)> = lines.between(list, lo, hi).iter()
                .map(|at| (lines.time(at).unwrap(), lines.row(at).unwrap().position())).collect();
            prop_assert_eq!(found, expected);
            prop_assert_eq!(lines.all().len(), rows.len());
        }
    }
}
