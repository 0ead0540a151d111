//! The cells of a leaf in one slice, as columns.

use crate::cells::{Counts, Reasons};
use crate::evaluate::{LeafCell, Value};

/// One cell for each bound of a leaf.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeafCells {
    values: Values,
    reasons: Reasons,
    samples: Counts,
    absent: Counts,
}

/// Values by position; 0 where there is a reason.
#[derive(Clone, Debug, PartialEq)]
enum Values {
    Numbers(Vec<f64>),
    /// Where any is a day, a text, a truth value.
    Any(Vec<Value>),
}

impl Default for Values {
    fn default() -> Self {
        Self::Numbers(Vec::new())
    }
}

impl Values {
    fn push(&mut self, value: Value) {
        match (&mut *self, value) {
            (Self::Numbers(list), Value::Number(number)) => list.push(number),
            (Self::Numbers(list), value) => {
                let mut all: Vec<Value> = list.iter().map(|n| Value::Number(*n)).collect();
                all.push(value);
                *self = Self::Any(all);
            }
            (Self::Any(list), value) => list.push(value),
        }
    }

    fn get(&self, at: usize) -> Option<Value> {
        match self {
            Self::Numbers(list) => list.get(at).map(|number| Value::Number(*number)),
            Self::Any(list) => list.get(at).cloned(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Numbers(list) => list.len(),
            Self::Any(list) => list.len(),
        }
    }
}

impl LeafCells {
    /// No cells yet, and room for so many.
    #[must_use]
    pub fn with_capacity(cells: usize) -> Self {
        Self { values: Values::Numbers(Vec::with_capacity(cells)), ..Self::default() }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// About how many bytes they take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let values = match &self.values {
            Values::Numbers(list) => list.capacity() * size_of::<f64>(),
            Values::Any(list) => list.capacity() * size_of::<Value>(),
        };
        // A reason takes a byte, as far as there are any.
        values + self.len() + self.samples.bytes() + self.absent.bytes()
    }

    /// Adds one at the end.
    pub fn push(&mut self, cell: LeafCell) {
        let at = self.len();
        self.reasons.set(at, cell.value.as_ref().err());
        self.values.push(cell.value.unwrap_or(Value::Number(0.0)));
        self.samples.set(at, cell.sample);
        self.absent.set(at, cell.absent);
    }

    /// Adds the cells of others that stand at its end and before a position.
    pub fn extend_until(&mut self, others: &Self, end: usize) {
        for cell in (self.len()..end).map_while(|at| others.get(at)) {
            self.push(cell);
        }
    }

    /// The cell at a position; absent after the last one.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<LeafCell> {
        let value = self.values.get(at)?;
        Some(LeafCell {
            value: self.reasons.get(at).map_or(Ok(value), Err),
            sample: self.samples.get(at),
            absent: self.absent.get(at),
        })
    }

    /// Says how many could not be judged, of a cell of which all could.
    pub fn set_absent(&mut self, at: usize, absent: u64) {
        self.absent.set(at, absent);
    }
}
