//! Sets of keys, lists of values and counts of rounded ones: for distinct counts and percentiles.

use std::ops::Range;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Float64Type;
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use roaring::RoaringBitmap;

use super::cells::narrowed;
use super::classes::{Classes, Kinds};
use super::counts::Counts;
use super::program::{Kept, KeyedInput};
use super::rows::Rows;
use crate::ids::Id;
use crate::intern::{Bits, Interner, NONE, Pairs};
use crate::merge;

/// Keys that wait to be put into their sets together.
const PENDING: usize = 1 << 20;
/// Keys are put in order by marking them in bits while there is one for so many bits; else they are sorted.
const SPARSE: usize = 1 << 10;

/// The cells of one key or value.
#[derive(Debug)]
pub(super) struct KeyedCells {
    kept: Kept,
    /// A place, then a number in `kinds`.
    pub(super) cells: Pairs,
    /// A number in `masks`, then one in the names of each dimension of this key.
    pub(super) kinds: Interner<Vec<u32>>,
    /// What the filters of this key see of a row's mask.
    pub(super) masks: Interner<Bits>,
    /// By kind of the rows: a number in `kinds`; [`NONE`] if the filters see nothing.
    own: Vec<u32>,
    sets: Vec<Set>,
    /// Where keys are marked.
    bits: Vec<u8>,
    values: Vec<Vec<f64>>,
    counts: Vec<Counts>,
    /// How many pairs of a value and its count are held.
    pairs: usize,
    /// How many keys and values were taken in, and how many of them before the last that no longer wait.
    taken: usize,
    settled: usize,
}

/// A set that is put together in portions.
#[derive(Debug, Default)]
struct Set {
    pending: Vec<u32>,
    set: RoaringBitmap,
}

impl Set {
    fn settle(&mut self, bits: &mut Vec<u8>) -> Result<()> {
        let mut keys = std::mem::take(&mut self.pending);
        let Some(last) = keys.iter().max().map(|key| *key as usize) else { return Ok(()) };
        let new = if last / SPARSE <= keys.len() {
            bits.clear();
            bits.resize(last / 8 + 1, 0);
            for key in keys {
                bits[key as usize / 8] |= 1 << (key % 8);
            }
            RoaringBitmap::from_lsb0_bytes(0, bits)
        } else {
            keys.sort_unstable();
            keys.dedup();
            RoaringBitmap::from_sorted_iter(keys)
                .map_err(|e| exec_datafusion_err!("keys out of order: {e}"))?
        };
        self.add(new);
        Ok(())
    }

    fn add(&mut self, new: RoaringBitmap) {
        if self.set.is_empty() {
            self.set = new;
        } else {
            self.set |= new;
        }
    }
}

impl KeyedCells {
    pub(super) fn new(keyed: &KeyedInput) -> Self {
        Self {
            kept: keyed.kept,
            cells: Pairs::default(),
            kinds: Interner::default(),
            masks: Interner::default(),
            own: Vec::new(),
            sets: Vec::new(),
            bits: Vec::new(),
            values: Vec::new(),
            counts: Vec::new(),
            pairs: 0,
            taken: 0,
            settled: 0,
        }
    }

    /// Takes rows in.
    pub(super) fn update(
        &mut self,
        keyed: &KeyedInput,
        rows: &Rows<'_>,
        classes: &Classes,
    ) -> Result<()> {
        self.learn(keyed, &classes.kinds);
        let mut cell_of = vec![NONE; classes.kind_of.len()];
        for (run, met) in rows.runs() {
            for (class, n) in met {
                let own = match classes.kind_of[*class as usize] {
                    NONE => NONE,
                    kind => self.own[kind as usize],
                };
                if own != NONE {
                    cell_of[*class as usize] = self.cells.number(run.place, own);
                    self.taken += *n as usize;
                }
            }
            if !met.is_empty() {
                self.take(rows, run.rows.clone(), &cell_of);
            }
        }
        if self.taken - self.settled >= PENDING {
            self.settle()?;
        }
        Ok(())
    }

    /// Takes some of the rows in. `cell_of`: by class.
    fn take(&mut self, rows: &Rows<'_>, range: Range<usize>, cell_of: &[u32]) {
        self.reserve();
        let cells = rows.classes[range.clone()].iter().map(|class| cell_of[*class as usize]);
        match self.kept {
            Kept::Keys(key) => {
                for (cell, key) in cells.zip(&rows.keys[key][range]) {
                    if let Some(set) = self.sets.get_mut(cell as usize)
                        && *key != NONE
                    {
                        set.pending.push(*key);
                    }
                }
            }
            Kept::Values(input) => {
                let values = rows.inputs[input].as_primitive::<Float64Type>();
                for (cell, row) in cells.zip(range.map(|at| rows.row(at))) {
                    if let Some(list) = self.values.get_mut(cell as usize)
                        && values.is_valid(row)
                    {
                        list.push(values.value(row));
                    }
                }
            }
            Kept::Counts(input) => {
                let values = rows.inputs[input].as_primitive::<Float64Type>();
                for (cell, row) in cells.zip(range.map(|at| rows.row(at))) {
                    if let Some(counts) = self.counts.get_mut(cell as usize)
                        && values.is_valid(row)
                    {
                        let more = counts.add(values.value(row), 1);
                        self.pairs = self.pairs.saturating_add_signed(more);
                    }
                }
            }
        }
    }

    /// What is seen of new kinds of rows.
    fn learn(&mut self, keyed: &KeyedInput, all: &Kinds) {
        for kind in &all.kinds.values[self.own.len()..] {
            let seen = narrowed(&all.masks.values[kind[0] as usize], &keyed.filters);
            self.own.push(seen.map_or(NONE, |seen| {
                let mut own = vec![self.masks.number(&seen)];
                own.extend(keyed.dims.iter().map(|dim| kind[1 + dim.position()]));
                self.kinds.number(&own)
            }));
        }
    }

    /// Takes in what another one keeps. `cells`: where each of its cells is here.
    pub(super) fn merge(&mut self, cells: &[u32], mut other: Self) -> Result<()> {
        other.settle()?;
        self.taken += other.taken;
        let (sets, values, counts) = (other.sets, other.values, other.counts);
        self.reserve();
        for (cell, theirs) in cells.iter().zip(sets) {
            self.sets[*cell as usize].add(theirs.set);
        }
        for (cell, theirs) in cells.iter().zip(values) {
            self.values[*cell as usize].extend(theirs);
        }
        for (cell, mut theirs) in cells.iter().zip(counts) {
            for (value, n) in theirs.pairs() {
                let more = self.counts[*cell as usize].add(*value, *n);
                self.pairs = self.pairs.saturating_add_signed(more);
            }
        }
        Ok(())
    }

    /// Makes room for what every cell keeps.
    fn reserve(&mut self) {
        let n = self.cells.values.len();
        match self.kept {
            Kept::Keys(_) => self.sets.resize_with(n, Set::default),
            Kept::Values(_) => self.values.resize_with(n, Vec::new),
            Kept::Counts(_) => self.counts.resize_with(n, Counts::default),
        }
    }

    /// Puts everything that waits where it belongs.
    fn settle(&mut self) -> Result<()> {
        self.settled = self.taken;
        self.sets.iter_mut().try_for_each(|set| set.settle(&mut self.bits))
    }

    /// Gives away what these cells keep, values in order.
    pub(super) fn finish(&mut self, order: &[u32]) -> Result<merge::Kept> {
        self.settle()?;
        self.reserve();
        Ok(match self.kept {
            Kept::Keys(_) => {
                let set = |cell: &u32| std::mem::take(&mut self.sets[*cell as usize].set);
                merge::Kept::Sets(merge::Sets::new(order.iter().map(set).collect()))
            }
            Kept::Values(_) => {
                let list = |cell: &u32| {
                    let mut values = std::mem::take(&mut self.values[*cell as usize]);
                    values.sort_unstable_by(f64::total_cmp);
                    values
                };
                merge::Kept::Values(order.iter().map(list).collect())
            }
            Kept::Counts(_) => {
                let list = |cell: &u32| self.counts[*cell as usize].pairs().to_vec();
                merge::Kept::Counts(order.iter().map(list).collect())
            }
        })
    }

    /// Takes in what cells keep. `cells`: where each of them is here.
    pub(super) fn restore(&mut self, cells: &[u32], kept: merge::Kept) -> Result<()> {
        self.reserve();
        match (self.kept, kept) {
            (Kept::Keys(_), merge::Kept::Sets(sets)) => {
                for (cell, set) in cells.iter().zip(sets.sets) {
                    self.sets[*cell as usize].add(set);
                }
            }
            (Kept::Values(_), merge::Kept::Values(lists)) => {
                for (cell, list) in cells.iter().zip(lists) {
                    self.values[*cell as usize].extend(list);
                }
            }
            (Kept::Counts(_), merge::Kept::Counts(lists)) => {
                for (cell, list) in cells.iter().zip(lists) {
                    for (value, n) in list {
                        let more = self.counts[*cell as usize].add(value, n);
                        self.pairs = self.pairs.saturating_add_signed(more);
                    }
                }
            }
            _ => return exec_err!("cells keep something else"),
        }
        Ok(())
    }

    /// About: of the memory limit, asked after every batch. A key takes two bytes in most sets.
    pub(super) fn bytes(&self) -> usize {
        let kept = match self.kept {
            Kept::Keys(_) => self.taken * 2,
            Kept::Values(_) => self.taken * 8,
            Kept::Counts(_) => self.pairs * size_of::<(f64, u64)>(),
        };
        self.cells.bytes() + self.sets.len() * size_of::<Set>() + kept
    }
}
