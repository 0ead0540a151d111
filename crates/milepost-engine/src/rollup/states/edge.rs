//! States as Arrow: the form in which they are kept, or sent to another process. Within a process nobody writes them.
//!
//! What is written depends on the rows alone: cells stand in the order of what tells them apart, and sets of keys name their
//! members by their places in the list of the keys, which is written once and sorted. Whoever reads states numbers the keys
//! anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, Float64Array, Int64Array, ListArray, RecordBatch,
    StringArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{SortColumn, lexsort_to_indices, take};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use roaring::RoaringBitmap;

use super::cells::Cells;
use super::classes::Kinds;
use super::column::{ordered, whole, whole_from};
use super::counts;
use super::places::Places;
use super::program::{self, Program};
use crate::functions::list_type;
use crate::ids::{ById, Id};
use crate::intern::{Bits, Interner, Pairs};
use crate::merge::{Kept, Sets};
use crate::rollup::ids::{DimId, InputId, KeyId, KeyedId};

/// What the column of a dimension, a count or a state is called.
fn name(kind: &str, id: impl Id) -> String {
    format!("{kind}{}", id.position())
}

/// The states of the rows of one partition.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) cells: RecordBatch,
    pub(crate) keyed: ById<KeyedId, RecordBatch>,
    /// The keys that the sets name, each once, in their order.
    pub(crate) keys: ById<KeyId, RecordBatch>,
}

/// The arrays of a batch with their names.
type Columns = Vec<(String, ArrayRef)>;

impl Cells {
    /// # Errors
    /// A bug in milepost.
    pub(crate) fn write(mut self) -> Result<Written> {
        let program = Arc::clone(&self.program);
        let Kinds { kinds, masks, names } = &self.classes.kinds;
        let dims: Vec<DimId> = program.dims.ids().collect();
        let own = heads(&self.cells, kinds, masks, &self.places, &dims, names);
        let (mut cells, order) = sorted(own)?;
        cells.push(("n".to_owned(), whole(ordered(&self.rows, &order))));
        for (id, counts) in self.counts.iter() {
            cells.push((name("n", id), whole(ordered(counts.all(), &order))));
        }
        for (id, states) in self.states.iter() {
            for (at, array) in states.write(&order)?.into_iter().enumerate() {
                cells.push((format!("{}.{at}", name("s", id)), array));
            }
        }
        let mut kept = Vec::with_capacity(program.keyed.len());
        let mut members: ById<KeyId, RoaringBitmap> = program.keys.map(|_, _| RoaringBitmap::new());
        for ((_, input), keyed) in program.keyed.iter().zip(self.keyed.values_mut()) {
            let own =
                heads(&keyed.cells, &keyed.kinds, &keyed.masks, &self.places, &input.dims, names);
            let (columns, order) = sorted(own)?;
            let own = keyed.finish(&order)?;
            if let (program::Kept::Keys(key), Kept::Sets(sets)) = (input.kept, &own) {
                sets.sets.iter().for_each(|set| members[key] |= set);
            }
            kept.push((input.kept, columns, own));
        }
        let keys = program.keys.try_map(|id, key| key.space.list(&members[id]))?;
        let keyed = kept.into_iter().map(|(kept, mut columns, own)| {
            columns.push((
                "kept".to_owned(),
                kept_array(kept, own, |key| keys[key].numbers.as_slice())?,
            ));
            batch(columns)
        });
        Ok(Written {
            cells: batch(cells)?,
            keyed: keyed.collect::<Result<_>>()?,
            keys: keys
                .try_map(|_, list| batch(vec![("key".to_owned(), Arc::clone(&list.keys))]))?,
        })
    }

    /// Takes in what the same pass wrote over other rows. `types`: of the inputs.
    ///
    /// # Errors
    /// Another pass wrote it; there are more groups than are held; sums are too large.
    pub(crate) fn read(
        program: &Arc<Program>,
        types: &ById<InputId, DataType>,
        written: &Written,
    ) -> Result<Self> {
        let mut all = Self::new(program, types)?;
        let dims: Vec<DimId> = program.dims.ids().collect();
        let Kinds { kinds, masks, names } = &mut all.classes.kinds;
        let mut columns = Reading::new(&written.cells);
        let cells = columns.heads(&mut all.cells, kinds, masks, &mut all.places, &dims, names)?;
        all.rows = whole_from(columns.one()?)?.to_vec();
        for counts in all.counts.values_mut() {
            counts.merge(&cells, whole_from(columns.one()?)?);
        }
        for states in all.states.values_mut() {
            states.read(&cells, columns.many(states.width())?)?;
        }
        let numbers = program.keys.try_map(|id, key| match written.keys[id].columns() {
            [keys] => key.space.numbers(keys),
            other => exec_err!("{} columns of keys", other.len()),
        })?;
        for ((id, input), keyed) in program.keyed.iter().zip(all.keyed.values_mut()) {
            let mut columns = Reading::new(&written.keyed[id]);
            let (kinds, masks) = (&mut keyed.kinds, &mut keyed.masks);
            let places = &mut all.places;
            let cells =
                columns.heads(&mut keyed.cells, kinds, masks, places, &input.dims, names)?;
            let kept = kept_of(input.kept, columns.one()?, |key| &numbers[key])?;
            keyed.restore(&cells, kept)?;
        }
        all.bounded()?;
        Ok(all)
    }
}

/// What tells cells apart.
fn heads(
    cells: &Pairs,
    kinds: &Interner<Vec<u32>>,
    masks: &Interner<Bits>,
    places: &Places,
    dims: &[DimId],
    names: &ById<DimId, Interner<String>>,
) -> Columns {
    let edges = || cells.values.iter().map(|(place, _)| places.edges(*place));
    let kinds = || cells.values.iter().map(|(_, kind)| &kinds.values[*kind as usize]);
    let masks = kinds().map(|kind| bytes(&masks.values[kind[0] as usize]));
    let column = |name: &str, array: ArrayRef| (name.to_owned(), array);
    let mut columns: Columns = vec![
        column("lo", Arc::new(Int64Array::from_iter_values(edges().map(|e| e.0)))),
        column("hi", Arc::new(Int64Array::from_iter_values(edges().map(|e| e.1)))),
        column("mask", Arc::new(BinaryArray::from_iter_values(masks))),
    ];
    for (at, dim) in dims.iter().enumerate() {
        let names = &names[*dim].values;
        let texts = kinds().map(|kind| &names[kind[1 + at] as usize]);
        columns.push(column(&name("d", *dim), Arc::new(StringArray::from_iter_values(texts))));
    }
    columns
}

/// The columns in the order of their values, and the cells in that order.
fn sorted(columns: Columns) -> Result<(Columns, Vec<u32>)> {
    let by =
        columns.iter().map(|(_, values)| SortColumn { values: Arc::clone(values), options: None });
    let order = lexsort_to_indices(&by.collect::<Vec<_>>(), None)?;
    let columns = columns.into_iter().map(|(name, array)| Ok((name, take(&array, &order, None)?)));
    Ok((columns.collect::<Result<_>>()?, order.values().to_vec()))
}

fn batch(columns: Columns) -> Result<RecordBatch> {
    Ok(RecordBatch::try_from_iter(columns)?)
}

/// What cells keep as an array. `numbers`: those of a key's list.
fn kept_array<'k>(
    kept: program::Kept,
    own: Kept,
    numbers: impl Fn(KeyId) -> &'k [u32],
) -> Result<ArrayRef> {
    match (kept, own) {
        (program::Kept::Keys(key), Kept::Sets(sets)) => {
            let places: BTreeMap<u32, u32> = numbers(key).iter().copied().zip(0..).collect();
            let set = |set: &RoaringBitmap| {
                let mut members: Vec<u32> = set.iter().map(|number| places[&number]).collect();
                members.sort_unstable();
                let set = RoaringBitmap::from_sorted_iter(members);
                let set = set.map_err(|e| exec_datafusion_err!("keys out of order: {e}"))?;
                let mut bytes = Vec::with_capacity(set.serialized_size());
                set.serialize_into(&mut bytes)?;
                Ok(bytes)
            };
            let sets = sets.sets.iter().map(set).collect::<Result<Vec<Vec<u8>>>>()?;
            Ok(Arc::new(BinaryArray::from_iter_values(sets)))
        }
        (_, Kept::Values(lists)) => {
            let DataType::List(item) = list_type() else {
                return exec_err!("values without a list");
            };
            let offsets = OffsetBuffer::from_lengths(lists.iter().map(Vec::len));
            let values: Float64Array = lists.into_iter().flatten().collect::<Vec<f64>>().into();
            Ok(Arc::new(ListArray::try_new(item, offsets, Arc::new(values), None)?))
        }
        (_, Kept::Counts(lists)) => {
            counts::write(&lists.iter().map(Vec::as_slice).collect::<Vec<_>>())
        }
        (_, Kept::Sets(_)) => exec_err!("sets of no key"),
    }
}

/// What cells keep from an array. `numbers`: those that the keys of a list have here.
fn kept_of<'k>(
    kept: program::Kept,
    array: &ArrayRef,
    numbers: impl Fn(KeyId) -> &'k Vec<u32>,
) -> Result<Kept> {
    Ok(match kept {
        program::Kept::Keys(key) => {
            let numbers = numbers(key);
            let set = |bytes: Option<&[u8]>| {
                let bytes = bytes.unwrap_or_default();
                let places = RoaringBitmap::deserialize_from(bytes)?;
                if places.max().is_some_and(|last| last as usize >= numbers.len()) {
                    return exec_err!("a set names a key that is not there");
                }
                Ok(places.iter().map(|place| numbers[place as usize]).collect())
            };
            let sets = array.as_binary::<i32>().iter().map(set);
            Kept::Sets(Sets::new(sets.collect::<Result<_>>()?))
        }
        program::Kept::Values(_) => {
            let lists = array.as_list::<i32>();
            let list = |at| lists.value(at).as_primitive::<Float64Type>().values().to_vec();
            Kept::Values((0..lists.len()).map(list).collect())
        }
        program::Kept::Counts(_) => Kept::Counts(counts::read(array)),
    })
}

/// The columns of a batch, one after the other.
struct Reading<'b> {
    columns: &'b [ArrayRef],
}

impl<'b> Reading<'b> {
    fn new(batch: &'b RecordBatch) -> Self {
        Self { columns: batch.columns() }
    }

    fn many(&mut self, n: usize) -> Result<&'b [ArrayRef]> {
        let Some((first, rest)) = self.columns.split_at_checked(n) else {
            return exec_err!("states lack columns");
        };
        self.columns = rest;
        Ok(first)
    }

    fn one(&mut self) -> Result<&'b ArrayRef> {
        Ok(&self.many(1)?[0])
    }

    /// Numbers what tells cells apart: the cells.
    fn heads(
        &mut self,
        cells: &mut Pairs,
        kinds: &mut Interner<Vec<u32>>,
        masks: &mut Interner<Bits>,
        places: &mut Places,
        dims: &[DimId],
        names: &mut ById<DimId, Interner<String>>,
    ) -> Result<Vec<u32>> {
        let (lo, hi) = (self.one()?, self.one()?);
        let (lo, hi) = (lo.as_primitive::<Int64Type>(), hi.as_primitive::<Int64Type>());
        let passed = self.one()?.as_binary::<i32>();
        let slices = self.many(dims.len())?;
        let mut list = Vec::with_capacity(lo.len());
        for row in 0..lo.len() {
            let mut kind = vec![masks.number(words(passed.value(row)).as_slice())];
            for (dim, texts) in dims.iter().zip(slices) {
                kind.push(names[*dim].number(texts.as_string::<i32>().value(row)));
            }
            let place = places.number(lo.value(row), hi.value(row));
            list.push(cells.number(place, kinds.number(kind.as_slice())));
        }
        Ok(list)
    }
}

fn bytes(mask: &[u64]) -> Vec<u8> {
    mask.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A mask from its bytes.
fn words(bytes: &[u8]) -> Bits {
    let (words, _) = bytes.as_chunks::<8>();
    words.iter().map(|word| u64::from_le_bytes(*word)).collect()
}
