//! The slices that rows of a leaf are in, as numbers: no text is made for a row whose values were met.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::evaluate::Value;
use crate::rows::evaluate::block::{Block, Place};
use crate::rows::evaluate::cells::Slice;
use crate::rows::evaluate::column::Column;
use crate::rows::evaluate::context::{Env, EvaluationContext};
use crate::rows::evaluate::recent::Recent;
use crate::rows::ids::RowId;
use crate::rows::plan::program::Program;

/// Values of slices that are looked through for each row.
const MET: usize = 64;

/// The slices of one leaf that one who evaluates rows has met: the same in all frames.
pub(in crate::rows) struct SliceNumbers<'a> {
    /// What the leaf is sliced by, and whether it is shown as yes or no.
    slices: &'a [(Program, bool)],
    /// The slice of a row is the same in all frames.
    is_fixed: bool,
    names: BTreeMap<Slice, usize>,
    list: Vec<Slice>,
    /// The values of some slices.
    met: Vec<(Vec<Option<Value>>, usize)>,
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

    /// The numbers of the slices that the rows at some places of a block are in.
    pub(in crate::rows) fn of(
        &mut self,
        context: &EvaluationContext<'_>,
        block: &Block,
        at: &[Place],
        env: Env,
    ) -> Vec<usize> {
        if self.slices.is_empty() {
            let all = self.number(&[], 0, context);
            return vec![all; at.len()];
        }
        if !self.is_fixed {
            let values: Vec<Column<'_>> = self
                .slices
                .iter()
                .map(|(slice, _)| context.values(slice, block, at, env))
                .collect();
            return (0..at.len()).map(|row| self.number(&values, row, context)).collect();
        }
        let mut numbers = Vec::with_capacity(at.len());
        for place in at {
            let row = block.row(*place).row;
            let known = self.rows.get(row);
            let number = known.unwrap_or_else(|| {
                let at = [*place];
                let slices = self.slices.iter();
                let values: Vec<Column<'_>> =
                    slices.map(|(slice, _)| context.values(slice, block, &at, env)).collect();
                self.number(&values, 0, context)
            });
            if known.is_none() {
                self.rows.keep(row, number);
            }
            numbers.push(number);
        }
        numbers
    }

    /// The slice of that number.
    pub(in crate::rows) fn slice(&self, number: usize) -> &Slice {
        &self.list[number]
    }

    /// The number of the slice of a row, by the values of what is sliced by.
    fn number(
        &mut self,
        columns: &[Column<'_>],
        row: usize,
        context: &EvaluationContext<'_>,
    ) -> usize {
        let known = |(known, _): &&(Vec<Option<Value>>, usize)| {
            known.iter().zip(columns).all(|(a, b)| prints_as(a.as_ref(), b.get(row)))
        };
        if let Some((_, number)) = self.met.iter().find(known) {
            return *number;
        }
        let values: Vec<Option<Value>> =
            columns.iter().map(|column| column.get(row).cloned()).collect();
        let slice = context.slice(self.slices, &values);
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
fn prints_as(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(Value::Number(a)), Some(Value::Number(b))) => a.to_bits() == b.to_bits(),
        (Some(Value::Text(a)), Some(Value::Text(b))) => Arc::ptr_eq(a, b) || a == b,
        _ => a == b,
    }
}
