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

use super::classes::{Bits, Classes, has, put};
use super::column::{Column, column, fields};
use super::intern::{Interner, NONE, Pairs};
use super::keyed::KeyedCells;
use super::keys::KeyReader;
use super::places::{Places, Times};
use super::program::Program;
use super::rows::Rows;
use crate::source::DataFault;

/// How many fields of a cell come before its states: `lo`, `hi`, `mask`, the dimensions, `n`.
pub(super) const fn before_states(dims: usize) -> usize {
    4 + dims
}

/// The fields of a list of cells; `types`: of the inputs.
pub(super) fn cell_fields(program: &Program, types: &[DataType]) -> Fields {
    let mut list = head_fields(&(0..program.dims.len()).collect::<Vec<_>>());
    list.push(Field::new("n", DataType::UInt64, false));
    for (i, state) in program.states.iter().enumerate() {
        list.extend(fields(state.kind, i, &types[state.input]));
    }
    list.into()
}

/// What tells cells apart.
pub(super) fn head_fields(dims: &[usize]) -> Vec<Field> {
    let mut list = vec![
        Field::new("lo", DataType::Int64, false),
        Field::new("hi", DataType::Int64, false),
        Field::new("mask", DataType::Binary, false),
    ];
    list.extend(dims.iter().map(|d| Field::new(format!("d{d}"), DataType::Utf8, false)));
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
    /// By key of the program.
    keys: Vec<KeyReader>,
    /// A place, then a kind of rows.
    cells: Pairs,
    rows: Vec<u64>,
    states: Vec<Box<dyn Column>>,
    keyed: Vec<KeyedCells>,
}

impl Cells {
    /// Nothing yet. `lists`: the fields of the cells, then those of each keyed list.
    pub(super) fn new(program: &Arc<Program>, lists: &[Fields]) -> Result<Self> {
        let mut at = before_states(program.dims.len());
        let mut states = Vec::new();
        for (i, state) in program.states.iter().enumerate() {
            states.push(column(state.kind, lists[0][at].data_type())?);
            at += fields(state.kind, i, lists[0][at].data_type()).len();
        }
        let keyed = program.keyed.iter().map(KeyedCells::new).collect();
        Ok(Self {
            program: Arc::clone(program),
            places: Places::new(program),
            classes: Classes::new(program)?,
            keys: program.keys.iter().map(|key| KeyReader::new(&key.space)).collect(),
            cells: Pairs::default(),
            rows: Vec::new(),
            states,
            keyed,
        })
    }

    /// Takes rows in.
    pub(super) fn update(&mut self, inputs: &[ArrayRef]) -> Result<()> {
        let program = Arc::clone(&self.program);
        let n = inputs[0].len();
        program.measured.rows.fetch_add(n as u64, Ordering::Relaxed);
        let at = Times::of(&inputs[0])?;
        let keys = program.keys.iter().zip(&mut self.keys).map(|(key, reader)| {
            let arrays: Vec<ArrayRef> =
                key.inputs.iter().map(|i| Arc::clone(&inputs[*i])).collect();
            reader.numbers(&arrays)
        });
        let keys = keys.collect::<Result<Vec<_>>>()?;
        let classes = self.classes.of(n, inputs, &keys)?;
        let runs = self.places.of(&at, inputs)?;
        let rows = Rows::new(inputs, keys, classes, self.classes.kind_of.len(), runs);
        let cells = self.count(&rows);
        for (state, input) in self.states.iter_mut().zip(&program.states) {
            state.update(&cells, &at.values, &inputs[input.input])?;
        }
        for (keyed, input) in self.keyed.iter_mut().zip(&program.keyed) {
            keyed.update(input, &rows, &self.classes)?;
        }
        self.bounded()
    }

    /// Counts rows, and gives the cell of each row, [`NONE`] where it has none, if there are states to update.
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
            if self.states.is_empty() {
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
        let dims: Vec<usize> = (0..self.program.dims.len()).collect();
        let heads = self.read_heads(&lists[0], &dims);
        let (kinds, masks) = (&mut self.classes.kinds, &mut self.classes.masks);
        let cells: Vec<u32> =
            heads.iter().map(|head| head.cell(&mut self.cells, kinds, masks)).collect();
        self.rows.resize(self.cells.values.len(), 0);
        let first = before_states(dims.len());
        let counts = lists[0].column(first - 1).as_primitive::<UInt64Type>();
        for (cell, n) in cells.iter().zip(counts.values()) {
            self.rows[*cell as usize] += n;
        }
        let mut at = first;
        for (state, input) in self.states.iter_mut().zip(&self.program.states) {
            let width = fields(input.kind, 0, lists[0].column(at).data_type()).len();
            state.absorb(&cells, &lists[0].columns()[at..at + width])?;
            at += width;
        }
        let program = Arc::clone(&self.program);
        for (number, (input, list)) in program.keyed.iter().zip(&lists[1..]).enumerate() {
            let heads = self.read_heads(list, &input.dims);
            self.keyed[number].absorb(&heads, list, &program.sets)?;
        }
        self.bounded()
    }

    /// # Errors
    /// There are more groups than are held.
    fn bounded(&self) -> Result<()> {
        let keyed = self.keyed.iter().map(|keyed| keyed.cells.values.len());
        bounded(self.cells.values.len() + keyed.sum::<usize>(), GROUPS)
    }

    /// What tells the cells of a list apart.
    fn read_heads(&mut self, list: &StructArray, dims: &[usize]) -> Vec<Head> {
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
            let names = &mut self.classes.names[*dim];
            for (head, text) in heads.iter_mut().zip(list.column(3 + i).as_string::<i32>()) {
                head.slices.push(names.number(text.unwrap_or_default()));
            }
        }
        heads
    }

    /// The lists of everything. What is kept is given away.
    pub(super) fn lists(&mut self, fields: &[Fields]) -> Result<Vec<StructArray>> {
        let n = self.rows.len();
        let dims: Vec<usize> = (0..self.program.dims.len()).collect();
        let (kinds, masks) = (&self.classes.kinds, &self.classes.masks);
        let mut arrays = self.head_of(&self.cells, kinds, masks, &dims);
        arrays.push(Arc::new(UInt64Array::from(self.rows.clone())));
        for state in &self.states {
            arrays.extend(state.arrays(n)?);
        }
        let mut lists = vec![list(&fields[0], arrays, n)?];
        let kept = self.keyed.iter_mut().map(|keyed| keyed.give(&self.program.sets));
        let kept = kept.collect::<Result<Vec<ArrayRef>>>()?;
        for (i, (keyed, kept)) in self.keyed.iter().zip(kept).enumerate() {
            let dims = &self.program.keyed[i].dims;
            let mut arrays = self.head_of(&keyed.cells, &keyed.kinds, &keyed.masks, dims);
            arrays.push(kept);
            lists.push(list(&fields[1 + i], arrays, keyed.cells.values.len())?);
        }
        Ok(lists)
    }

    /// The arrays of [`head_fields`].
    fn head_of(
        &self,
        cells: &Pairs,
        kinds: &Interner<Vec<u32>>,
        masks: &Interner<Bits>,
        dims: &[usize],
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
            let names = &self.classes.names[*dim].values;
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
            + self.states.iter().map(|s| s.bytes()).sum::<usize>()
            + self.keys.iter().map(KeyReader::bytes).sum::<usize>()
            + self.keyed.iter().map(KeyedCells::bytes).sum::<usize>()
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
pub(super) fn narrowed(mask: &[u64], filters: &[usize]) -> Option<Bits> {
    let mut narrow = vec![0; filters.len().div_ceil(64)];
    let mut any = false;
    for (i, filter) in filters.iter().enumerate() {
        if has(mask, *filter) {
            put(&mut narrow, i);
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
