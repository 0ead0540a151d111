//! Making timelines as a `DataFusion` aggregate function, so that one scan feeds them beside the rollups.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature};

use crate::functions::Named;
use crate::rows::collect::reader::{PartitionCollector, Reader};

/// The function that hands the rows of one table to its [`Reader`]. Its value says nothing.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct EntityTimelines(Named<Reader>);

impl EntityTimelines {
    pub(in crate::rows) fn new(name: String, reader: &Arc<Reader>) -> Self {
        Self(Named::new(name, reader))
    }
}

impl AggregateUDFImpl for EntityTimelines {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn signature(&self) -> &Signature {
        &self.0.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Lines { reader: Arc::clone(&self.0.of), taking: None }))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(args.name, DataType::Boolean, true))])
    }
}

/// The rows of one partition. What they became stays in the process: as bytes it would be written, copied and read again.
#[derive(Debug)]
struct Lines {
    reader: Arc<Reader>,
    /// Absent before there are rows, and after they were given away.
    taking: Option<PartitionCollector>,
}

impl Lines {
    fn give(&mut self) -> ScalarValue {
        if let Some(taking) = self.taking.take() {
            self.reader.put(taking);
        }
        ScalarValue::Boolean(Some(true))
    }
}

impl Accumulator for Lines {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.taking.get_or_insert_with(|| self.reader.taking()).take(values)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.give())
    }

    fn size(&self) -> usize {
        self.taking.as_ref().map_or(0, PartitionCollector::bytes)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.give()])
    }

    fn merge_batch(&mut self, _: &[ArrayRef]) -> Result<()> {
        Ok(())
    }
}
