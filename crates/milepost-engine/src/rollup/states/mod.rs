//! The mergeable states of one pass over a dataset, as a `DataFusion` aggregate function.
//!
//! `rollup_states_N(at, …)` takes the rows of a whole dataset and gives lists: of *cells*, which hold what rows of one
//! place in time, one set of passed predicates and one slice add up to, and of keyed cells, which hold their values
//! or where their sets of keys stand. The partial states of partitions are such lists too, and merge in any order.

mod cells;
mod chain;
mod classes;
mod column;
pub(crate) mod counts;
mod keyed;
mod places;
mod powers;
mod program;
mod rows;
mod shelf;
mod slices;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature};

use cells::{Cells, cell_fields};
use keyed::keyed_fields;

use crate::functions::Named;

pub(crate) use cells::words;
pub(crate) use classes::{has, truths};
pub(crate) use powers::read_powers;
pub(crate) use program::{
    AtomSource, DimSource, Facts, Kept, KeyInput, KeyedInput, Measured, Placing, Program, Rules,
    Source, StateInput,
};
pub(crate) use shelf::Shelf;
pub(crate) use slices::slice_value;

/// The function that runs one [`Program`].
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct RollupStates(Named<Program>);

impl RollupStates {
    pub(crate) fn new(name: String, program: &Arc<Program>) -> Self {
        Self(Named::new(name, program))
    }
}

fn list_of(fields: &Fields) -> DataType {
    DataType::List(Arc::new(Field::new("item", DataType::Struct(fields.clone()), true)))
}

/// The fields of each list in the type that the function gives.
fn lists_in(ty: &DataType) -> Result<Vec<Fields>> {
    let DataType::Struct(lists) = ty else { return exec_err!("states as {ty}") };
    lists
        .iter()
        .map(|list| match list.data_type() {
            DataType::List(item) => match item.data_type() {
                DataType::Struct(fields) => Ok(fields.clone()),
                other => exec_err!("cells as {other}"),
            },
            other => exec_err!("states as {other}"),
        })
        .collect()
}

impl AggregateUDFImpl for RollupStates {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn signature(&self) -> &Signature {
        &self.0.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let types = types.iter().cloned().collect();
        let mut lists = vec![Field::new("cells", list_of(&cell_fields(&self.0.of, &types)), true)];
        for (id, keyed) in self.0.of.keyed.iter() {
            lists.push(Field::new(id.name(), list_of(&keyed_fields(keyed)), true));
        }
        Ok(DataType::Struct(lists.into()))
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let ty = args.return_field.data_type().clone();
        let lists = lists_in(&ty)?;
        let cells = Cells::new(&self.0.of, &lists)?;
        Ok(Box::new(States { cells, lists, ty }))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let lists = lists_in(args.return_field.data_type())?;
        let field = |(i, fields): (usize, &Fields)| {
            Arc::new(Field::new(format!("{}[{i}]", args.name), list_of(fields), true))
        };
        Ok(lists.iter().enumerate().map(field).collect())
    }
}

#[derive(Debug)]
struct States {
    cells: Cells,
    lists: Vec<Fields>,
    ty: DataType,
}

impl States {
    /// One list of each kind.
    fn give(&mut self) -> Result<Vec<ArrayRef>> {
        let lists = self.cells.lists(&self.lists)?;
        let list = |(list, fields): (StructArray, &Fields)| {
            let offsets = OffsetBuffer::from_lengths([list.len()]);
            let item = Arc::new(Field::new("item", DataType::Struct(fields.clone()), true));
            Ok(Arc::new(ListArray::try_new(item, offsets, Arc::new(list), None)?) as ArrayRef)
        };
        lists.into_iter().zip(&self.lists).map(list).collect()
    }
}

impl Accumulator for States {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.cells.update(&values.iter().map(Arc::clone).collect())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let DataType::Struct(fields) = self.ty.clone() else {
            return exec_err!("states as {}", self.ty);
        };
        let array = StructArray::try_new(fields, self.give()?, None)?;
        Ok(ScalarValue::Struct(Arc::new(array)))
    }

    fn size(&self) -> usize {
        self.cells.bytes()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let lists = self.give()?;
        self.cells.measured();
        Ok(lists
            .iter()
            .map(|list| ScalarValue::List(Arc::new(list.as_list::<i32>().clone())))
            .collect())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for row in 0..states[0].len() {
            let lists: Vec<StructArray> = states
                .iter()
                .map(|list| list.as_list::<i32>().value(row).as_struct().clone())
                .collect();
            self.cells.absorb(&lists)?;
        }
        Ok(())
    }
}
