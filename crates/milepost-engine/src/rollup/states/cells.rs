//! The cells of one pass: what rows of one place, one class and one slice add up to.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, Int64Array, StringArray, StructArray, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Fields, Int64Type, UInt64Type};
use datafusion::common::{Result, exec_err};

use super::chain::Chain;
use super::classes::{Bits, Classes, has, put};
use super::column::{Column, column, fields};
use super::intern::{Interner, NONE};
use super::keyed::KeyedCells;
use super::places::Places;
use super::program::{Placing, Program};

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

/// Everything that one pass has added up so far.
#[derive(Debug)]
pub(super) struct Cells {
    program: Arc<Program>,
    places: Places,
    classes: Classes,
    chain: Chain,
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
            chain: Chain::default(),
            rows: Vec::new(),
            states,
            keyed,
        })
    }

    /// Takes rows in.
    pub(super) fn update(&mut self, inputs: &[ArrayRef]) -> Result<()> {
        let program = Arc::clone(&self.program);
        let rows = inputs[0].len();
        program.measured.rows.fetch_add(rows as u64, Ordering::Relaxed);
        let mut at = Vec::with_capacity(rows);
        let mut places = self.places.of(inputs, &mut at)?;
        let classified = self.classes.of(rows, inputs)?;
        if program.placing != Placing::Picture {
            // The latest picture of all counts, whatever rows a leaf looks at; elsewhere a row that nothing asks for is
            // no row.
            let idle: Vec<bool> = self.idle();
            for (place, mask) in places.iter_mut().zip(&classified.masks) {
                if idle[*mask as usize] {
                    *place = NONE;
                }
            }
        }
        let mut parts = vec![classified.masks];
        parts.extend(classified.dims);
        parts.push(places);
        let mut cells = Vec::new();
        self.chain.fold(rows, &parts, &mut cells);
        self.rows.resize(self.chain.len(), 0);
        for cell in &cells {
            if *cell != NONE {
                self.rows[*cell as usize] += 1;
            }
        }
        for (state, input) in self.states.iter_mut().zip(&program.states) {
            state.update(&cells, &at, &inputs[input.input])?;
        }
        for (keyed, input) in self.keyed.iter_mut().zip(&program.keyed) {
            keyed.update(input, inputs, &parts, &self.classes.masks)?;
        }
        Ok(())
    }

    fn idle(&self) -> Vec<bool> {
        self.classes.masks.values.iter().map(|mask| mask.iter().all(|word| *word == 0)).collect()
    }

    /// Takes in what other cells gave away: their lists.
    pub(super) fn absorb(&mut self, lists: &[StructArray]) -> Result<()> {
        let dims: Vec<usize> = (0..self.program.dims.len()).collect();
        let parts = self.read_head(&lists[0], &dims, |classes, mask| classes.masks.number(&mask));
        let mut cells = Vec::new();
        self.chain.fold(lists[0].len(), &parts, &mut cells);
        self.rows.resize(self.chain.len(), 0);
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
        for (number, (keyed, list)) in program.keyed.iter().zip(&lists[1..]).enumerate() {
            let mut masks = std::mem::take(&mut self.keyed[number].masks);
            let parts = self.read_head(list, &keyed.dims, |_, mask| masks.number(&mask));
            self.keyed[number].masks = masks;
            self.keyed[number].absorb(&parts, list)?;
        }
        Ok(())
    }

    /// The parts that tell the cells of a list apart: mask, dimensions, place.
    fn read_head(
        &mut self,
        list: &StructArray,
        dims: &[usize],
        mut mask: impl FnMut(&mut Classes, Bits) -> u32,
    ) -> Vec<Vec<u32>> {
        let masks = list.column(2).as_binary::<i32>();
        let masks = masks.iter().map(|m| mask(&mut self.classes, words(m.unwrap_or_default())));
        let mut parts: Vec<Vec<u32>> = vec![masks.collect()];
        for (i, dim) in dims.iter().enumerate() {
            let names = &mut self.classes.names[*dim];
            let texts = list.column(3 + i).as_string::<i32>();
            parts.push(texts.iter().map(|t| names.number(t.unwrap_or_default())).collect());
        }
        let edge = |i: usize| list.column(i).as_primitive::<Int64Type>().values();
        let places = edge(0).iter().zip(edge(1)).map(|(lo, hi)| self.places.number(*lo, *hi));
        parts.push(places.collect());
        parts
    }

    /// The lists of everything.
    pub(super) fn lists(&mut self, fields: &[Fields]) -> Result<Vec<StructArray>> {
        let n = self.rows.len();
        let dims: Vec<usize> = (0..self.program.dims.len()).collect();
        let mut arrays =
            head_of(&self.places, &self.classes, &self.chain, &dims, &self.classes.masks);
        arrays.push(Arc::new(UInt64Array::from(self.rows.clone())));
        for state in &self.states {
            arrays.extend(state.arrays(n)?);
        }
        let mut lists = vec![list(&fields[0], arrays, n)?];
        let program = Arc::clone(&self.program);
        for ((keyed, input), fields) in self.keyed.iter_mut().zip(&program.keyed).zip(&fields[1..])
        {
            keyed.settle()?;
            let mut arrays =
                head_of(&self.places, &self.classes, &keyed.chain, &input.dims, &keyed.masks);
            arrays.push(keyed.array(fields)?);
            lists.push(list(fields, arrays, keyed.chain.len())?);
        }
        Ok(lists)
    }

    /// Tells what these cells took.
    pub(super) fn measured(&self) {
        self.program.measured.bytes.fetch_add(self.bytes(), Ordering::Relaxed);
    }

    pub(super) fn bytes(&self) -> usize {
        self.rows.capacity() * 8
            + self.chain.bytes()
            + self.states.iter().map(|s| s.bytes()).sum::<usize>()
            + self.keyed.iter().map(KeyedCells::bytes).sum::<usize>()
    }
}

/// The arrays of [`head_fields`].
fn head_of(
    places: &Places,
    classes: &Classes,
    chain: &Chain,
    dims: &[usize],
    masks: &Interner<Bits>,
) -> Vec<ArrayRef> {
    let parts: Vec<Vec<u32>> = (0..).take(chain.len()).map(|n| chain.parts(n)).collect();
    let last = dims.len() + 1;
    let edges: Vec<(i64, i64)> = parts.iter().map(|p| places.edges(p[last])).collect();
    let mut arrays: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(edges.iter().map(|e| e.0))),
        Arc::new(Int64Array::from_iter_values(edges.iter().map(|e| e.1))),
    ];
    let masks = parts.iter().map(|p| bytes(&masks.values[p[0] as usize]));
    arrays.push(Arc::new(BinaryArray::from_iter_values(masks)));
    for (i, dim) in dims.iter().enumerate() {
        let names = &classes.names[*dim].values;
        let texts = parts.iter().map(|p| &names[p[1 + i] as usize]);
        arrays.push(Arc::new(StringArray::from_iter_values(texts)));
    }
    arrays
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
