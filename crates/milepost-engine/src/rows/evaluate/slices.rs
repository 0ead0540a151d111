//! The slices that rows of a leaf are in, as numbers: no text is made for a row whose values were met.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::evaluate::{Outcome, Value};
use crate::rows::evaluate::cells::Slice;
use crate::rows::evaluate::context::{Env, EvaluationContext, Row};
use crate::rows::evaluate::recent::Recent;
use crate::rows::ids::RowId;
use crate::rows::plan::program::Program;

/// Values of slices that are looked through for each row.
const MET: usize = 16;

/// The slices of one leaf that one who evaluates rows has met: the same in all frames.
pub(in crate::rows) struct SliceNumbers<'a> {
    /// What the leaf is sliced by, and whether it is shown as yes or no.
    slices: &'a [(Program, bool)],
    /// The slice of a row is the same in all frames.
    is_fixed: bool,
    names: BTreeMap<Slice, usize>,
    list: Vec<Slice>,
    /// The values of some slices.
    met: Vec<(Vec<Outcome>, usize)>,
    /// Of rows whose slice is fixed.
    rows: Recent<RowId, usize>,
}

impl<'a> SliceNumbers<'a> {
    pub(in crate::rows) fn new(slices: &'a [(Program, bool)]) -> Self {
        Self {
            slices,
            is_fixed: !slices.iter().any(|(slice, _)| slice.moves()),
            names: BTreeMap::new(),
            list: Vec::new(),
            met: Vec::new(),
            rows: Recent::default(),
        }
    }

    /// The number of the slice that a row is in.
    pub(in crate::rows) fn of(
        &mut self,
        context: &EvaluationContext<'_>,
        row: Row,
        env: Env,
    ) -> usize {
        if self.slices.is_empty() && !self.list.is_empty() {
            return 0;
        }
        if self.is_fixed
            && let Some(number) = self.rows.get(row.row)
        {
            return number;
        }
        let values = self.slices.iter().map(|(slice, _)| context.eval(slice, row, env)).collect();
        let number = self.number(values, |values| context.slice(self.slices, values));
        if self.is_fixed {
            self.rows.keep(row.row, number);
        }
        number
    }

    /// The slice of that number.
    pub(in crate::rows) fn slice(&self, number: usize) -> &Slice {
        &self.list[number]
    }

    fn number(&mut self, values: Vec<Outcome>, name: impl FnOnce(&[Outcome]) -> Slice) -> usize {
        let known = |(known, _): &&(Vec<Outcome>, usize)| {
            known.iter().zip(&values).all(|(a, b)| prints_as(a, b))
        };
        if let Some((_, number)) = self.met.iter().find(known) {
            return *number;
        }
        let slice = name(&values);
        let number = self.names.get(&slice).copied().unwrap_or_else(|| {
            self.list.push(slice.clone());
            self.names.insert(slice, self.list.len() - 1);
            self.list.len() - 1
        });
        if self.met.len() < MET {
            self.met.push((values, number));
        }
        number
    }
}

/// Whether two values have one text: 0 and -0 have not.
fn prints_as(a: &Outcome, b: &Outcome) -> bool {
    match (a, b) {
        (Ok(Value::Number(a)), Ok(Value::Number(b))) => a.to_bits() == b.to_bits(),
        (Ok(Value::Text(a)), Ok(Value::Text(b))) => Arc::ptr_eq(a, b) || a == b,
        _ => a == b,
    }
}
