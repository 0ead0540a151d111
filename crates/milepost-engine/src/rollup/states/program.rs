//! What one pass over a dataset computes, as positions of the function's inputs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize};

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::common::Result;
use datafusion::physical_plan::PhysicalExpr;

use super::keys::KeySpace;
use crate::rollup::plan::StateKind;

/// One pass: every row gets a place in time, the predicates that it passes and its slices, and counts in that cell.
///
/// The first input is when the row is placed; the second, of [`Placing::Span`], until when it counts.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) placing: Placing,
    /// As the placing input compares with them, sorted.
    pub(crate) cuts: Vec<i64>,
    pub(crate) sources: Vec<Source>,
    /// Predicates that were evaluated for each row: inputs.
    pub(crate) row_atoms: Vec<usize>,
    /// Which atoms must hold, by filter. Atoms are numbered through the sources, then the rows'.
    pub(crate) filters: Vec<Vec<usize>>,
    pub(crate) dims: Vec<DimSource>,
    pub(crate) states: Vec<StateInput>,
    pub(crate) keyed: Vec<KeyedInput>,
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
    /// The row that a key leads to. The keys stand in `space` in the order of `facts`; those beyond lead nowhere, which is
    /// the last of `facts`.
    Link { input: usize, space: Arc<KeySpace>, facts: Facts },
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
        Ok(Facts { atoms: self.atoms, arrays })
    }
}

/// What is true of a list of things: an array of booleans for each predicate, then an array of text for each dimension.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) atoms: usize,
    pub(crate) arrays: Vec<ArrayRef>,
}

/// A state and the input that it is of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StateInput {
    pub(crate) kind: StateKind,
    pub(crate) input: usize,
}

/// Keys or values that are kept.
#[derive(Debug)]
pub(crate) struct KeyedInput {
    pub(crate) inputs: Vec<usize>,
    /// Of keys; absent: values are kept, as doubles.
    pub(crate) space: Option<Arc<KeySpace>>,
    /// Positions in [`Program::filters`].
    pub(crate) filters: Vec<usize>,
    /// Positions in [`Program::dims`].
    pub(crate) dims: Vec<usize>,
}
