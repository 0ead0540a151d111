//! The cells of one pass: what rows of one place, one class and one slice add up to.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, Int64Array, StringArray, StructArray, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Fields, Int64Type, UInt64Type};
use datafusion::common::{Result, exec_err};
use datafusion::error::DataFusionError;

use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::limits::{GROUPS, counted};

use super::classes::{Bits, Classes, Kinds, has, put};
use super::column::{Column, ValueCounts, column, fields};
use super::keyed::KeyedCells;
use super::places::{Places, Times};
use super::program::{Inputs, Program};
use super::rows::Rows;
use crate::ids::{ById, Id};
use crate::keys::KeyReader;
use crate::keys::{Interner, NONE, Pairs};
use crate::rollup::ids::{
    CountId, DimId, FilterId, InputId, KeyId, KeyedFilterId, KeyedId, StateId,
};
use crate::source::DataFault;

/// How many fields of a cell come before its counts: `lo`, `hi`, `mask`, the dimensions, `n`.
pub(super) const fn before_counts(dims: usize) -> usize {
    4 + dims
}

/// The fields of a list of cells; `types`: of the inputs.
pub(super) fn cell_fields(program: &Program, types: &ById<InputId, DataType>) -> Fields {
    let mut list = head_fields(&program.dims.ids().collect::<Vec<_>>());
    list.push(Field::new("n", DataType::UInt64, false));
    list.extend(program.counts.ids().map(|id| Field::new(id.name(), DataType::UInt64, false)));
    for (id, state) in program.states.iter() {
        list.extend(fields(state.kind, id, &types[state.input]));
    }
    list.into()
}

/// What tells cells apart.
pub(super) fn head_fields(dims: &[DimId]) -> Vec<Field> {
    let mut list = vec![
        Field::new("lo", DataType::Int64, false),
        Field::new("hi", DataType::Int64, false),
        Field::new("mask", DataType::Binary, false),
    ];
    list.extend(dims.iter().map(|dim| Field::new(dim.name(), DataType::Utf8, false)));
    list
}

/// What tells a cell apart.
pub(super) struct Head {
    place: u32,
    mask: Bits,
    /// Numbers among the names of its dimensions.
    slices: Vec<u32>,
}

impl Head {
    pub(super) fn cell(
        &self,
        cells: &mut Pairs,
        kinds: &mut Interner<Vec<u32>>,
        masks: &mut Interner<Bits>,
    ) -> u32 {
        let mut kind = vec![masks.number(&self.mask)];
        kind.extend(&self.slices);
        cells.number(self.place, kinds.number(&kind))
    }
}

/// Everything that one pass has added up so far.
#[derive(Debug)]
pub(super) struct Cells {
    program: Arc<Program>,
    places: Places,
    classes: Classes,
    keys: ById<KeyId, KeyReader>,
    /// A place, then a kind of rows.
    cells: Pairs,
    rows: Vec<u64>,
    counts: ById<CountId, ValueCounts>,
    states: ById<StateId, Box<dyn Column>>,
    keyed: ById<KeyedId, KeyedCells>,
}

impl Cells {
    /// Nothing yet. `lists`: the fields of the cells, then those of each keyed list.
    pub(super) fn new(program: &Arc<Program>, lists: &[Fields]) -> Result<Self> {
        let mut at = before_counts(program.dims.len()) + program.counts.len();
        let states = program.states.try_map(|id, state| {
            let ty = lists[0][at].data_type();
            at += fields(state.kind, id, ty).len();
            column(state.kind, ty)
        });
        Ok(Self {
            program: Arc::clone(program),
            places: Places::new(program),
            classes: Classes::new(program)?,
            keys: program.keys.map(|_, key| KeyReader::new(&key.space)),
            cells: Pairs::default(),
            rows: Vec::new(),
            counts: program.counts.map(|_, _| ValueCounts::default()),
            states: states?,
            keyed: program.keyed.map(|_, keyed| KeyedCells::new(keyed)),
        })
    }

    /// Takes rows in.
    pub(super) fn update(&mut self, inputs: &Inputs) -> Result<()> {
        let program = Arc::clone(&self.program);
        let n = inputs[program.at].len();
        program.measured.rows.fetch_add(n as u64, Ordering::Relaxed);
        let at = Times::of(&inputs[program.at])?;
        let keys = program.keys.try_map(|id, key| {
            let arrays: Vec<ArrayRef> =
                key.inputs.iter().map(|input| Arc::clone(&inputs[*input])).collect();
            self.keys[id].numbers(&arrays)
        })?;
        let classes = self.classes.of(n, inputs, &keys)?;
        let runs = self.places.of(&at, inputs)?;
        let rows = Rows::new(inputs, keys, classes, self.classes.kind_of.len(), runs);
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
        let mut cells = Vec::new();
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
            if self.counts.is_empty() && self.states.is_empty() {
                continue;
            }
            if run.place == NONE {
                cells.resize(run.rows.end, NONE);
            } else {
                let classes = &rows.classes[run.rows.clone()];
                cells.extend(classes.iter().map(|class| cell_of[*class as usize]));
            }
        }
        cells
    }

    /// Takes in what other cells gave away: their lists.
    pub(super) fn absorb(&mut self, lists: &[StructArray]) -> Result<()> {
        let program = Arc::clone(&self.program);
        let dims: Vec<DimId> = program.dims.ids().collect();
        let heads = self.read_heads(&lists[0], &dims);
        let Kinds { kinds, masks, .. } = &mut self.classes.kinds;
        let cells: Vec<u32> =
            heads.iter().map(|head| head.cell(&mut self.cells, kinds, masks)).collect();
        self.rows.resize(self.cells.values.len(), 0);
        let mut at = before_counts(dims.len());
        let counts = lists[0].column(at - 1).as_primitive::<UInt64Type>();
        for (cell, n) in cells.iter().zip(counts.values()) {
            self.rows[*cell as usize] += n;
        }
        for count in self.counts.values_mut() {
            count.absorb(&cells, lists[0].column(at));
            at += 1;
        }
        for (id, state) in program.states.iter() {
            let width = fields(state.kind, id, lists[0].column(at).data_type()).len();
            self.states[id].absorb(&cells, &lists[0].columns()[at..at + width])?;
            at += width;
        }
        for ((id, keyed), list) in program.keyed.iter().zip(&lists[1..]) {
            let heads = self.read_heads(list, &keyed.dims);
            self.keyed[id].absorb(&heads, list, &program.sets)?;
        }
        self.bounded()
    }

    /// # Errors
    /// There are more groups than are held.
    fn bounded(&self) -> Result<()> {
        let keyed = self.keyed.values().map(|keyed| keyed.cells.values.len());
        bounded(self.cells.values.len() + keyed.sum::<usize>(), GROUPS)
    }

    /// What tells the cells of a list apart.
    fn read_heads(&mut self, list: &StructArray, dims: &[DimId]) -> Vec<Head> {
        let edge = |i: usize| list.column(i).as_primitive::<Int64Type>().values();
        let masks = list.column(2).as_binary::<i32>();
        let mut heads: Vec<Head> = (0..list.len())
            .map(|i| Head {
                place: self.places.number(edge(0)[i], edge(1)[i]),
                mask: words(masks.value(i)),
                slices: Vec::with_capacity(dims.len()),
            })
            .collect();
        for (i, dim) in dims.iter().enumerate() {
            let names = &mut self.classes.kinds.names[*dim];
            let texts = list.column(3 + i).as_string::<i32>();
            for (row, head) in heads.iter_mut().enumerate() {
                head.slices.push(names.number(texts.value(row)));
            }
        }
        heads
    }

    /// The lists of everything. What is kept is given away.
    pub(super) fn lists(&mut self, fields: &[Fields]) -> Result<Vec<StructArray>> {
        let n = self.rows.len();
        let dims: Vec<DimId> = self.program.dims.ids().collect();
        let Kinds { kinds, masks, .. } = &self.classes.kinds;
        let mut arrays = self.head_of(&self.cells, kinds, masks, &dims);
        arrays.push(Arc::new(UInt64Array::from(self.rows.clone())));
        arrays.extend(self.counts.values().map(|count| count.array(n)));
        for state in self.states.values() {
            arrays.extend(state.arrays(n)?);
        }
        let mut lists = vec![list(&fields[0], arrays, n)?];
        let program = Arc::clone(&self.program);
        for ((id, keyed), fields) in program.keyed.iter().zip(&fields[1..]) {
            let kept = self.keyed[id].give(&program.sets)?;
            let own = &self.keyed[id];
            let mut arrays = self.head_of(&own.cells, &own.kinds, &own.masks, &keyed.dims);
            arrays.push(kept);
            lists.push(list(fields, arrays, own.cells.values.len())?);
        }
        Ok(lists)
    }

    /// The arrays of [`head_fields`].
    fn head_of(
        &self,
        cells: &Pairs,
        kinds: &Interner<Vec<u32>>,
        masks: &Interner<Bits>,
        dims: &[DimId],
    ) -> Vec<ArrayRef> {
        let edges = || cells.values.iter().map(|(place, _)| self.places.edges(*place));
        let kinds = || cells.values.iter().map(|(_, kind)| &kinds.values[*kind as usize]);
        let masks = kinds().map(|kind| bytes(&masks.values[kind[0] as usize]));
        let mut arrays: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from_iter_values(edges().map(|e| e.0))),
            Arc::new(Int64Array::from_iter_values(edges().map(|e| e.1))),
            Arc::new(BinaryArray::from_iter_values(masks)),
        ];
        for (i, dim) in dims.iter().enumerate() {
            let names = &self.classes.kinds.names[*dim].values;
            let texts = kinds().map(|kind| &names[kind[1 + i] as usize]);
            arrays.push(Arc::new(StringArray::from_iter_values(texts)));
        }
        arrays
    }

    /// Tells what these cells took.
    pub(super) fn measured(&self) {
        self.program.measured.bytes.fetch_add(self.bytes(), Ordering::Relaxed);
    }

    pub(super) fn bytes(&self) -> usize {
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

fn list(fields: &Fields, arrays: Vec<ArrayRef>, n: usize) -> Result<StructArray> {
    if arrays.len() != fields.len() {
        return exec_err!("{} columns for {} fields", arrays.len(), fields.len());
    }
    Ok(StructArray::try_new_with_length(fields.clone(), arrays, None, n)?)
}

fn bytes(mask: &[u64]) -> Vec<u8> {
    mask.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A mask from its bytes.
pub(crate) fn words(bytes: &[u8]) -> Bits {
    bytes
        .chunks_exact(8)
        .map(|b| b.iter().rev().fold(0, |word, b| (word << 8) | u64::from(*b)))
        .collect()
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
