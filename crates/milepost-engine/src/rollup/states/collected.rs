//! What the rows of a scan become of one rollup.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use datafusion::common::Result;

use super::places::Times;
use super::program::{Inputs, Program};
use super::{Cells, Finished};
use crate::ids::ById;
use crate::rollup::ids::InputId;

/// What the rows of one partition became, or of all.
#[derive(Debug)]
pub(crate) struct Collected {
    cells: Cells,
    /// The first of the times of all rows, as the column has them.
    first: Option<i64>,
    /// About: what the states of each partition took when its rows were all there.
    held: usize,
}

impl Collected {
    /// Nothing yet. `types`: of the inputs.
    pub(crate) fn new(program: &Arc<Program>, types: &ById<InputId, DataType>) -> Result<Self> {
        Ok(Self { cells: Cells::new(program, types)?, first: None, held: 0 })
    }

    /// Takes rows in. `times`: when each was, if the first of them is asked for.
    pub(crate) fn take(&mut self, inputs: &Inputs, times: Option<&ArrayRef>) -> Result<()> {
        self.cells.update(inputs)?;
        if let Some(times) = times {
            self.saw(Times::of(times)?.first());
        }
        Ok(())
    }

    fn saw(&mut self, first: Option<i64>) {
        self.first = self.first.into_iter().chain(first).min();
    }

    /// The rows of a partition are all there.
    pub(crate) fn end(&mut self) {
        self.held = self.bytes();
    }

    /// Takes in what the rows of another partition became.
    pub(crate) fn merge(&mut self, other: Self) -> Result<()> {
        self.saw(other.first);
        self.held += other.held;
        self.cells.merge(other.cells)
    }

    /// About: in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.cells.bytes()
    }

    /// How many rows were taken in.
    pub(crate) const fn rows(&self) -> u64 {
        self.cells.taken()
    }

    /// About: what the states of all partitions took.
    pub(crate) const fn held(&self) -> usize {
        self.held
    }

    /// The first of the times of all rows.
    pub(crate) const fn first(&self) -> Option<i64> {
        self.first
    }

    pub(crate) fn finish(self) -> Result<Finished> {
        self.cells.finish()
    }
}
