//! What one pass over a dataset computes, as positions of the function's inputs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize};

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::common::Result;
use datafusion::physical_plan::PhysicalExpr;

use super::chain::Chain;
use super::classes::{Bits, put};
use super::intern::Interner;
use super::keys::KeySpace;
use super::shelf::Shelf;
use crate::rollup::plan::StateKind;

/// One pass: every row gets a place in time, the predicates that it passes and its slices, and counts in that cell.
///
/// The first input is when the row is placed; the second, of [`Placing::Span`], until when it counts.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) placing: Placing,
    /// As the placing input compares with them, sorted.
    pub(crate) cuts: Vec<i64>,
    pub(crate) keys: Vec<KeyInput>,
    pub(crate) sources: Vec<Source>,
    /// Predicates that were evaluated for each row: inputs.
    pub(crate) row_atoms: Vec<usize>,
    /// Which atoms must hold, by filter. Atoms are numbered through the sources, then the rows'.
    pub(crate) filters: Vec<Vec<usize>>,
    pub(crate) dims: Vec<DimSource>,
    pub(crate) states: Vec<StateInput>,
    pub(crate) keyed: Vec<KeyedInput>,
    pub(crate) sets: Shelf,
    pub(crate) measured: Measured,
}

/// What a run took, for those who ask.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// Rows that were taken in.
    pub(crate) rows: AtomicU64,
    /// About: the states of all partitions when each was whole.
    pub(crate) bytes: AtomicUsize,
}

/// How rows are placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placing {
    /// In the elementary interval that holds its time.
    Interval,
    /// In all intervals from its start to its end.
    Span,
    /// In the picture of its time.
    Picture,
}

/// Where the value of a dimension comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum DimSource {
    /// Evaluated for each row: an input.
    Row(usize),
    /// A fact of a source: the source, and which of its dimensions.
    Fact { source: usize, dim: usize },
}

/// Predicates and slices that depend on one thing, which many rows share: they are evaluated once for each.
#[derive(Debug)]
pub(crate) enum Source {
    /// The value of a text input.
    Value { input: usize, rules: Rules },
    /// The row that a key leads to: one of [`Program::keys`], whose numbers stand in the order of `facts`; those beyond lead
    /// nowhere, which is the last of `facts`.
    Link { key: usize, facts: Facts },
}

impl Source {
    pub(crate) fn atoms(&self) -> usize {
        match self {
            Self::Value { rules, .. } => rules.atoms,
            Self::Link { facts, .. } => facts.atoms,
        }
    }
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
    pub(crate) atoms: usize,
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

fn at<T: Copy + Default + Into<u32>>(list: &[T], places: &[u32]) -> Vec<u32> {
    let last = list.last().copied().unwrap_or_default();
    places.iter().map(|place| list.get(*place as usize).map_or(last, |n| *n).into()).collect()
}

/// What is true of things that are alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Profile {
    /// The predicates that hold.
    pub(super) truths: Bits,
    /// By dimension, the code of its value.
    pub(crate) slices: Vec<String>,
}

impl Facts {
    /// From an array of booleans for each predicate, then an array of text for each dimension.
    pub(crate) fn read(atoms: usize, arrays: &[ArrayRef]) -> Result<Self> {
        let things = arrays.first().map_or(0, |array| array.len());
        let (bools, dims) = arrays.split_at(atoms.min(arrays.len()));
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
            parts.push(own.slices(array)?);
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
        Ok(Self { atoms, of: Numbers::new(of), profiles })
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
    pub(crate) input: usize,
}

/// A key: its columns among the inputs, and its numbers.
#[derive(Debug)]
pub(crate) struct KeyInput {
    pub(crate) inputs: Vec<usize>,
    pub(crate) space: Arc<KeySpace>,
}

/// What keyed cells keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// The set of a key: one of [`Program::keys`].
    Keys(usize),
    /// The values of an input, which are doubles.
    Values(usize),
    /// How often each value of an input occurs, once it is rounded.
    Counts(usize),
}

/// Keys or values that are kept.
#[derive(Debug)]
pub(crate) struct KeyedInput {
    pub(crate) kept: Kept,
    /// Positions in [`Program::filters`].
    pub(crate) filters: Vec<usize>,
    /// Positions in [`Program::dims`].
    pub(crate) dims: Vec<usize>,
}
