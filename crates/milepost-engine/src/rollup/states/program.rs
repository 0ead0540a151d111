//! What one pass over a dataset computes, as positions of the function's inputs.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::common::{Result, exec_err};
use datafusion::physical_plan::PhysicalExpr;

use milepost_plan::typed_ids;

use super::chain::Chain;
use super::slices;
use crate::ids::{ById, Id};
use crate::intern::{Bits, Interner, has, put};
use crate::keys::KeySpace;
use crate::rollup::ids::{
    CountId, DimId, FilterId, InputId, KeyId, KeyedFilterId, KeyedId, SourceAtomId, SourceDimId,
    SourceId, StateId,
};
use crate::rollup::plan::StateKind;

typed_ids! {
    /// A predicate that is evaluated row by row.
    pub(crate) RowAtomId
}

/// The inputs of a pass: one array for each expression.
pub(crate) type Inputs = ById<InputId, ArrayRef>;

/// One pass: every row gets a place in time, the predicates that it passes and its slices, and counts in that cell.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) placing: Placing,
    /// When a row is placed.
    pub(crate) at: InputId,
    /// As the placing input compares with them, sorted.
    pub(crate) cuts: Vec<i64>,
    pub(crate) keys: ById<KeyId, KeyInput>,
    pub(crate) sources: ById<SourceId, Source>,
    /// Predicates that were evaluated for each row.
    pub(crate) row_atoms: ById<RowAtomId, InputId>,
    /// Which atoms must hold, by filter.
    pub(crate) filters: ById<FilterId, Vec<AtomSource>>,
    pub(crate) dims: ById<DimId, DimSource>,
    pub(crate) counts: ById<CountId, InputId>,
    pub(crate) states: ById<StateId, StateInput>,
    pub(crate) keyed: ById<KeyedId, KeyedInput>,
}

/// How rows are placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placing {
    /// In the elementary interval that holds its time.
    Interval,
    /// In all intervals from its start until it no longer counts.
    Span { until: InputId },
    /// In the picture of its time.
    Picture,
}

/// Where the truth of an atom comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AtomSource {
    /// Evaluated for each row.
    Row(RowAtomId),
    /// A fact of a source.
    Fact { source: SourceId, atom: SourceAtomId },
}

/// Where the value of a dimension comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum DimSource {
    /// Evaluated for each row.
    Row(InputId),
    /// A fact of a source.
    Fact { source: SourceId, dim: SourceDimId },
}

/// Predicates and slices that depend on one thing, which many rows share: they are evaluated once for each.
#[derive(Debug)]
pub(crate) enum Source {
    /// The value of a text input.
    Value { input: InputId, rules: Rules },
    /// The row that a key leads to, whose numbers stand in the order of `facts`; those beyond lead nowhere, which is the
    /// last of `facts`.
    Link { key: KeyId, facts: Facts },
}

/// Expressions over a text column: predicates first, then dimensions.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) column: String,
    pub(crate) atoms: usize,
    pub(crate) exprs: Vec<Arc<dyn PhysicalExpr>>,
}

impl Rules {
    /// What is computed from a column of that name.
    pub(crate) fn schema(column: &str) -> SchemaRef {
        Arc::new(Schema::new(vec![Field::new(column, DataType::Utf8, true)]))
    }

    /// The facts of these texts.
    pub(super) fn facts(&self, texts: ArrayRef) -> Result<Facts> {
        let n = texts.len();
        let batch = RecordBatch::try_new(Self::schema(&self.column), vec![texts])?;
        let arrays = self
            .exprs
            .iter()
            .map(|e| e.evaluate(&batch)?.into_array(n))
            .collect::<Result<Vec<_>>>()?;
        Facts::read(self.atoms, &arrays)
    }
}

/// What is true of a list of things.
#[derive(Debug)]
pub(crate) struct Facts {
    /// By thing: a number among the profiles.
    pub(crate) of: Numbers,
    pub(crate) profiles: Vec<Profile>,
}

/// A list of numbers that are looked up row by row: small ones take a byte each, so that more of them stay in the
/// processor's cache.
#[derive(Debug)]
pub(crate) enum Numbers {
    Small(Vec<u8>),
    Large(Vec<u32>),
}

impl Numbers {
    fn new(numbers: Vec<u32>) -> Self {
        let small: Option<Vec<u8>> = numbers.iter().map(|n| u8::try_from(*n).ok()).collect();
        small.map_or(Self::Large(numbers), Self::Small)
    }

    pub(crate) fn iter(&self) -> Box<dyn Iterator<Item = u32> + '_> {
        match self {
            Self::Small(list) => Box::new(list.iter().map(|n| u32::from(*n))),
            Self::Large(list) => Box::new(list.iter().copied()),
        }
    }

    /// The numbers at these places; the last one beyond.
    fn at(&self, places: &[u32]) -> Vec<u32> {
        match self {
            Self::Small(list) => at(list, places),
            Self::Large(list) => at(list, places),
        }
    }
}

fn at<T: Copy + Into<u32>>(list: &[T], places: &[u32]) -> Vec<u32> {
    let last = list.len() - 1;
    places.iter().map(|place| list[last.min(*place as usize)].into()).collect()
}

/// What is true of things that are alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Profile {
    /// The predicates that hold.
    pub(super) truths: Bits,
    /// The code of each dimension's value.
    pub(crate) slices: ById<SourceDimId, String>,
}

impl Profile {
    pub(super) fn holds(&self, atom: SourceAtomId) -> bool {
        has(&self.truths, atom.position())
    }
}

impl Facts {
    /// From an array of booleans for each predicate, then an array of text for each dimension: of one thing at least.
    pub(crate) fn read(atoms: usize, arrays: &[ArrayRef]) -> Result<Self> {
        let things = match arrays.first() {
            Some(array) if !array.is_empty() && arrays.len() >= atoms => array.len(),
            _ => return exec_err!("facts of nothing"),
        };
        let (bools, dims) = arrays.split_at(atoms);
        let bools: Vec<&BooleanArray> = bools.iter().map(|array| array.as_boolean()).collect();
        let mut truths: Interner<Bits> = Interner::default();
        let mut truth = Vec::new();
        let mut numbers: Vec<u32> = Vec::with_capacity(things);
        for thing in 0..things {
            truth.clear();
            truth.resize(atoms.div_ceil(64), 0);
            for (i, atom) in bools.iter().enumerate() {
                if atom.is_valid(thing) && atom.value(thing) {
                    put(&mut truth, i);
                }
            }
            numbers.push(truths.number(truth.as_slice()));
        }
        let mut chain = Chain::default();
        let mut names: Vec<Interner<String>> = Vec::new();
        let mut parts = vec![numbers];
        for array in dims {
            let mut own = Interner::default();
            parts.push(slices::numbers(&mut own, array)?);
            names.push(own);
        }
        let mut of = Vec::new();
        chain.fold(things, &parts, &mut of);
        let profile = |number: u32| {
            let parts = chain.parts(number);
            let slices = names.iter().zip(&parts[1..]);
            Profile {
                truths: truths.values[parts[0] as usize].clone(),
                slices: slices.map(|(names, n)| names.values[*n as usize].clone()).collect(),
            }
        };
        let profiles = (0..).take(chain.len()).map(profile).collect();
        Ok(Self { of: Numbers::new(of), profiles })
    }

    /// The profile of each key's thing.
    pub(super) fn of_keys(&self, keys: &[u32]) -> Vec<u32> {
        self.of.at(keys)
    }
}

/// A state and the input that it is of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StateInput {
    pub(crate) kind: StateKind,
    pub(crate) input: InputId,
}

/// A key: its columns among the inputs, and its numbers.
#[derive(Debug)]
pub(crate) struct KeyInput {
    pub(crate) inputs: Vec<InputId>,
    pub(crate) space: Arc<KeySpace>,
}

/// What keyed cells keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// The set of a key.
    Keys(KeyId),
    /// The values of an input, which are doubles.
    Values(InputId),
    /// How often each value of an input occurs, once it is rounded.
    Counts(InputId),
}

/// Keys or values that are kept.
#[derive(Debug)]
pub(crate) struct KeyedInput {
    pub(crate) kept: Kept,
    pub(crate) filters: ById<KeyedFilterId, FilterId>,
    /// Those that the cells are kept apart by.
    pub(crate) dims: Vec<DimId>,
}
