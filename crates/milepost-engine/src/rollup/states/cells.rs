//! The cells of one pass: what rows of one place, one class and one slice add up to.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::error::DataFusionError;

use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::limits::{GROUPS, counted};

use super::classes::{Classes, Kinds};
use super::column::{Column, ValueCounts};
use super::keyed::KeyedCells;
use super::places::{Places, Times};
use super::program::{Inputs, Program};
use super::rows::Rows;
use crate::ids::{ById, Id};
use crate::intern::{Bits, Interner, NONE, Pairs, has, put};
use crate::keys::KeyReader;
use crate::rollup::ids::{
    CountId, DimId, FilterId, InputId, KeyId, KeyedFilterId, KeyedId, StateId,
};
use crate::source::DataFault;

/// Everything that one pass has added up so far.
#[derive(Debug)]
pub(crate) struct Cells {
    pub(super) program: Arc<Program>,
    pub(super) places: Places,
    pub(super) classes: Classes,
    keys: ById<KeyId, KeyReader>,
    /// A place, then a kind of rows.
    pub(super) cells: Pairs,
    pub(super) rows: Vec<u64>,
    /// How many rows were taken in.
    taken: u64,
    pub(super) counts: ById<CountId, ValueCounts>,
    pub(super) states: ById<StateId, Column>,
    pub(super) keyed: ById<KeyedId, KeyedCells>,
}

impl Cells {
    /// Nothing yet. `types`: of the inputs.
    pub(crate) fn new(program: &Arc<Program>, types: &ById<InputId, DataType>) -> Result<Self> {
        Ok(Self {
            program: Arc::clone(program),
            places: Places::new(program),
            classes: Classes::new(program)?,
            keys: program.keys.map(|_, key| KeyReader::new(&key.space)),
            cells: Pairs::default(),
            rows: Vec::new(),
            taken: 0,
            counts: program.counts.map(|_, _| ValueCounts::default()),
            states: program
                .states
                .try_map(|_, state| Column::new(state.kind, &types[state.input]))?,
            keyed: program.keyed.map(|_, keyed| KeyedCells::new(keyed)),
        })
    }

    /// Takes rows in.
    pub(crate) fn update(&mut self, inputs: &Inputs) -> Result<()> {
        let program = Arc::clone(&self.program);
        let n = inputs[program.at].len();
        self.taken += n as u64;
        let at = Times::of(&inputs[program.at])?;
        let keys = program.keys.try_map(|id, key| {
            let arrays: Vec<ArrayRef> =
                key.inputs.iter().map(|input| Arc::clone(&inputs[*input])).collect();
            self.keys[id].numbers(&arrays)
        })?;
        let classes = self.classes.of(n, inputs, &keys)?;
        let placed = self.places.of(&at, inputs)?;
        let rows = Rows::new(inputs, keys, classes, self.classes.kind_of.len(), placed);
        let cells = self.count(&rows);
        for (id, input) in program.counts.iter() {
            self.counts[id].update(&cells, &inputs[*input]);
        }
        for (id, state) in program.states.iter() {
            self.states[id].update(&cells, &at.values, &inputs[state.input])?;
        }
        for (id, keyed) in program.keyed.iter() {
            self.keyed[id].update(keyed, &rows, &self.classes)?;
        }
        self.bounded()
    }

    /// Counts rows, and gives the cell of each row, [`NONE`] where it has none, if there are counts or states to update.
    fn count(&mut self, rows: &Rows<'_>) -> Vec<u32> {
        let is_asked = !(self.counts.is_empty() && self.states.is_empty());
        let mut cells = vec![NONE; if is_asked { rows.classes.len() } else { 0 }];
        let mut cell_of = vec![NONE; self.classes.kind_of.len()];
        for (run, met) in rows.runs() {
            for (class, n) in met {
                let kind = self.classes.kind_of[*class as usize];
                if kind != NONE {
                    let cell = self.cells.number(run.place, kind);
                    self.rows.resize(self.cells.values.len(), 0);
                    self.rows[cell as usize] += u64::from(*n);
                    cell_of[*class as usize] = cell;
                }
            }
            if is_asked && run.place != NONE {
                for (position, class) in run.rows.clone().zip(&rows.classes[run.rows.clone()]) {
                    cells[rows.row(position)] = cell_of[*class as usize];
                }
            }
        }
        cells
    }

    /// Takes in what other rows of the same pass have added up to. What they numbered is renumbered.
    ///
    /// # Errors
    /// There are more groups than are held, or sums are too large.
    pub(crate) fn merge(&mut self, other: Self) -> Result<()> {
        let program = Arc::clone(&self.program);
        self.taken += other.taken;
        let Kinds { kinds, masks, names } = &mut self.classes.kinds;
        let theirs = other.classes.kinds;
        let edges = other.places.all();
        let places: Vec<u32> = edges.map(|(lo, hi)| self.places.number(lo, hi)).collect();
        let names = names_here(names, &theirs.names);
        let dims: Vec<DimId> = program.dims.ids().collect();
        let own = kinds_here((kinds, masks), (&theirs.kinds, &theirs.masks), &dims, &names);
        let cells = cells_here(&mut self.cells, &other.cells, &places, &own);
        self.rows.resize(self.cells.values.len(), 0);
        for (cell, n) in cells.iter().zip(other.rows) {
            self.rows[*cell as usize] += n;
        }
        for (count, theirs) in self.counts.values_mut().zip(other.counts.values()) {
            count.merge(&cells, theirs.all());
        }
        for (state, theirs) in self.states.values_mut().zip(other.states.into_values()) {
            state.merge(&cells, theirs)?;
        }
        let keyed = self.keyed.values_mut().zip(other.keyed.into_values());
        for ((own, theirs), input) in keyed.zip(program.keyed.values()) {
            let (kinds, masks) = (&mut own.kinds, &mut own.masks);
            let there = (&theirs.kinds, &theirs.masks);
            let kinds = kinds_here((kinds, masks), there, &input.dims, &names);
            let cells = cells_here(&mut own.cells, &theirs.cells, &places, &kinds);
            own.merge(&cells, theirs)?;
        }
        self.bounded()
    }

    /// # Errors
    /// There are more groups than are held.
    pub(super) fn bounded(&self) -> Result<()> {
        let keyed = self.keyed.values().map(|keyed| keyed.cells.values.len());
        bounded(self.cells.values.len() + keyed.sum::<usize>(), GROUPS)
    }

    /// How many rows were taken in.
    pub(crate) const fn taken(&self) -> u64 {
        self.taken
    }

    /// About: in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.rows.capacity() * 8
            + self.cells.bytes()
            + self.counts.values().map(ValueCounts::bytes).sum::<usize>()
            + self.states.values().map(|s| s.bytes()).sum::<usize>()
            + self.keys.values().map(KeyReader::bytes).sum::<usize>()
            + self.keyed.values().map(KeyedCells::bytes).sum::<usize>()
    }
}

/// # Errors
/// There are more groups than may be held.
fn bounded(groups: usize, most: usize) -> Result<()> {
    if groups <= most {
        return Ok(());
    }
    let message = format!(
        "the rows of one dataset fall into more than {} groups by time and slice",
        counted(most as u64)
    );
    let told = Diagnostic::error_nowhere(codes::LIMIT_EXCEEDED, message)
        .help("slice by fewer dimensions at once, go back less far, or use a longer grain");
    Err(DataFusionError::External(Box::new(DataFault(Box::new(told)))))
}

/// The numbers that others' names have here.
fn names_here(
    own: &mut ById<DimId, Interner<String>>,
    theirs: &ById<DimId, Interner<String>>,
) -> ById<DimId, Vec<u32>> {
    theirs.map(|dim, names| {
        let own = &mut own[dim];
        names.values.iter().map(|name| own.number(name.as_str())).collect()
    })
}

/// The numbers that others' kinds have here. `names`: of their slices.
fn kinds_here(
    (kinds, masks): (&mut Interner<Vec<u32>>, &mut Interner<Bits>),
    (their_kinds, their_masks): (&Interner<Vec<u32>>, &Interner<Bits>),
    dims: &[DimId],
    names: &ById<DimId, Vec<u32>>,
) -> Vec<u32> {
    let number = |kind: &Vec<u32>| {
        let mask = masks.number(their_masks.values[kind[0] as usize].as_slice());
        let slices = dims.iter().zip(&kind[1..]).map(|(dim, slice)| names[*dim][*slice as usize]);
        let kind: Vec<u32> = std::iter::once(mask).chain(slices).collect();
        kinds.number(kind.as_slice())
    };
    their_kinds.values.iter().map(number).collect()
}

/// The numbers that others' cells have here. `places`, `kinds`: those of theirs.
fn cells_here(own: &mut Pairs, theirs: &Pairs, places: &[u32], kinds: &[u32]) -> Vec<u32> {
    let cell =
        |(place, kind): &(u32, u32)| own.number(places[*place as usize], kinds[*kind as usize]);
    theirs.values.iter().map(cell).collect()
}

/// What of a mask some filters see.
pub(super) fn narrowed(mask: &[u64], filters: &ById<KeyedFilterId, FilterId>) -> Option<Bits> {
    let mut narrow = vec![0; filters.len().div_ceil(64)];
    let mut any = false;
    for (own, filter) in filters.iter() {
        if has(mask, filter.position()) {
            put(&mut narrow, own.position());
            any = true;
        }
    }
    any.then_some(narrow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_groups_than_are_held_are_refused() {
        assert!(bounded(3, 3).is_ok());
        let DataFusionError::External(fault) = bounded(1_001, 1_000).unwrap_err() else {
            panic!("another error");
        };
        let DataFault(told) = *fault.downcast::<DataFault>().unwrap();
        assert_eq!(told.code, codes::LIMIT_EXCEEDED);
        let message = "the rows of one dataset fall into more than 1,000 groups by time and slice";
        assert_eq!(told.message, message);
    }
}
