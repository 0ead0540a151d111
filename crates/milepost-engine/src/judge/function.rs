//! Making timelines as a `DataFusion` aggregate function, so that one scan feeds them beside the rollups.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};

use milepost_semantics::time::Calendar;

use super::needs::TableNeeds;
use super::read::{Part, Read, finish};

/// What is to be made of the rows of one table, and what was.
#[derive(Debug)]
pub(super) struct Reader {
    needs: Arc<TableNeeds>,
    calendar: Calendar,
    /// How many columns the statement has.
    width: usize,
    /// What each partition gave. It stays in the process: as bytes it would be written, copied and read again.
    parts: Mutex<Vec<Part>>,
}

impl Reader {
    pub(super) fn new(needs: TableNeeds, calendar: &Calendar, width: usize) -> Self {
        Self { needs: Arc::new(needs), calendar: calendar.clone(), width, parts: Mutex::default() }
    }

    fn put(&self, part: Part) {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).push(part);
    }

    /// Rows that were looked at, and about how many bytes are kept of them.
    pub(super) fn measured(&self) -> (usize, usize) {
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let sums = parts.iter().map(|part| (part.seen, part.bytes()));
        sums.fold((0, 0), |all, part| (all.0 + part.0, all.1 + part.1))
    }

    /// The table and the timelines of the rows that were read.
    pub(super) fn finish(&self) -> Result<Read> {
        let parts = std::mem::take(&mut *self.parts.lock().unwrap_or_else(PoisonError::into_inner));
        finish(&self.needs, self.width, parts)
    }
}

/// The function that hands the rows of one table to its [`Reader`]. Its value says nothing.
#[derive(Debug)]
pub(crate) struct EntityTimelines {
    name: String,
    reader: Arc<Reader>,
    signature: Signature,
}

impl EntityTimelines {
    pub(super) fn new(name: String, reader: &Arc<Reader>) -> Self {
        let signature = Signature::variadic_any(Volatility::Immutable);
        Self { name, reader: Arc::clone(reader), signature }
    }
}

// Within a session a name stands for one reader.
impl PartialEq for EntityTimelines {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for EntityTimelines {}

impl Hash for EntityTimelines {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl AggregateUDFImpl for EntityTimelines {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Lines { reader: Arc::clone(&self.reader), part: None }))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(args.name, DataType::Boolean, true))])
    }
}

#[derive(Debug)]
struct Lines {
    reader: Arc<Reader>,
    /// Absent before there are rows, and after it was given away.
    part: Option<Part>,
}

impl Lines {
    fn give(&mut self) -> ScalarValue {
        if let Some(part) = self.part.take() {
            self.reader.put(part);
        }
        ScalarValue::Boolean(Some(true))
    }
}

impl Accumulator for Lines {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let Reader { needs, calendar, .. } = &*self.reader;
        self.part.get_or_insert_with(|| Part::new(needs, calendar)).take(values)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.give())
    }

    fn size(&self) -> usize {
        self.part.as_ref().map_or(0, Part::bytes)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.give()])
    }

    fn merge_batch(&mut self, _: &[ArrayRef]) -> Result<()> {
        Ok(())
    }
}
