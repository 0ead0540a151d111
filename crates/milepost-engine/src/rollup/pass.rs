//! One pass over a dataset: what all of its readers need of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::prelude::SessionContext;

use milepost_semantics::model::{
    Aggregate, ColumnId, ColumnSource, DatasetKind, DimensionId, Model, RowExpr, Type,
};
use milepost_semantics::time::{Calendar, Instant, epoch_day};

use super::plan::{Keyed, StateKind, position};
use super::source::{SourcePlan, Thing, thing_of};
use super::states::{
    DimSource, Kept, KeyInput, KeyedInput, Measured, Placing, Program, Shelf, StateInput,
};
use crate::leaf::EVER;
use crate::placement::{Placement, placement, stored_text};
use crate::sql::{Scope, dimension_sql, ident, timestamp};

/// One pass over the rows of a dataset, placed by one time.
pub(crate) struct Rollup<'m> {
    pub(super) model: &'m Model,
    pub(crate) place: Placement<'m>,
    /// The rows are read while they are computed with.
    is_streamed: bool,
    /// The printed time: rollups of one dataset that are placed alike are one.
    at: String,
    until: Option<String>,
    pub(crate) scope: Scope<'m>,
    /// What the groups are kept apart by.
    pub(crate) dims: Vec<Dim>,
    /// Every instant at which any window starts or ends, or any state is read.
    pub(crate) cuts: BTreeSet<Instant>,
    /// Every distinct condition that filters are made of; a filter passes where all of its atoms hold.
    pub(crate) atoms: Vec<Atom>,
    /// Every distinct predicate, as positions in [`Rollup::atoms`]; no atom: every row passes.
    pub(crate) filters: Vec<Vec<usize>>,
    pub(crate) sources: Vec<SourcePlan<'m>>,
    /// Every distinct expression that is evaluated row by row.
    pub(crate) inputs: Vec<String>,
    pub(crate) states: Vec<State>,
    pub(crate) keyed: Vec<Keyed>,
}

/// A dimension of a rollup.
#[derive(Clone, Debug)]
pub(crate) struct Dim {
    pub(crate) dimension: DimensionId,
    origin: Origin,
}

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Atom {
    pub(crate) sql: String,
    origin: Origin,
}

/// Where a condition or a dimension is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// In every row: a position in [`Rollup::inputs`].
    Row(usize),
    /// Once for each thing that a source tells apart: the source, and the number there.
    Source(usize, usize),
}

/// A state that one column (or two) of a group holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) kind: StateKind,
    /// Position in [`Rollup::inputs`].
    pub(crate) input: usize,
}

impl Rollup<'_> {
    pub(super) fn input(&mut self, sql: String) -> usize {
        position(&mut self.inputs, sql)
    }

    /// The source of an expression, if it depends on one thing alone.
    fn source(&mut self, expr: &RowExpr) -> Option<usize> {
        let base = self.place.dataset;
        let thing = thing_of(self.model, base, expr)?;
        if let Some(found) = self.sources.iter().position(|source| source.thing == thing) {
            return Some(found);
        }
        let column = match &thing {
            Thing::Value(column) => *column,
            Thing::Link(hop) => hop.from_columns[0],
        };
        let sql = self.base_column(column);
        let input = self.input(sql);
        self.sources.push(SourcePlan::new(self.model, base, thing, input));
        Some(self.sources.len() - 1)
    }

    /// A column of the rows, text as it is stored where it is.
    fn base_column(&mut self, column: ColumnId) -> String {
        let dataset = &self.model[self.place.dataset];
        if self.is_streamed && dataset[column].ty == Type::Text {
            return format!(
                "{}.{}",
                ident(&dataset.name),
                ident(&stored_text(&dataset[column].name))
            );
        }
        self.scope.column(&[], self.place.dataset, column)
    }

    /// The expression as it is stored, if it is a column of the rows and nothing else.
    pub(super) fn stored(&mut self, expr: &RowExpr) -> Option<String> {
        let path = expr.as_column().filter(|path| path.hops.is_empty())?;
        let column = &self.model[path.dataset][path.column];
        matches!(column.source, ColumnSource::File(_)).then(|| self.base_column(path.column))
    }

    pub(super) fn dimension(&mut self, dimension: DimensionId) {
        if self.dims.iter().any(|d| d.dimension == dimension) {
            return;
        }
        let model = self.model;
        let value = &model[self.place.dataset].reach[&dimension];
        let origin = match self.source(value) {
            Some(source) => Origin::Source(source, self.sources[source].dim(value)),
            None => {
                let sql = dimension_sql(&mut self.scope, value);
                Origin::Row(self.input(sql))
            }
        };
        self.dims.push(Dim { dimension, origin });
    }

    /// The number of a filter. What is joined by `and` is told apart.
    pub(super) fn filter(&mut self, filter: Option<&RowExpr>) -> usize {
        let parts = filter.into_iter().flat_map(RowExpr::conjuncts);
        let mut atoms: Vec<usize> = parts.map(|part| self.atom(part)).collect();
        atoms.sort_unstable();
        atoms.dedup();
        position(&mut self.filters, atoms)
    }

    fn atom(&mut self, expr: &RowExpr) -> usize {
        let sql = self.scope_free(expr);
        let origin = match self.source(expr) {
            Some(source) => Origin::Source(source, self.sources[source].atom(expr)),
            None => {
                let sql = self.scope.base_expr(expr);
                Origin::Row(self.input(sql))
            }
        };
        position(&mut self.atoms, Atom { sql, origin })
    }

    /// The expression printed for people, without a join in this rollup's statement.
    fn scope_free(&self, expr: &RowExpr) -> String {
        Scope::new(self.model, self.place.dataset).base_expr(expr)
    }

    /// A keyed leaf is sliced by the dimension at that position.
    pub(super) fn slice_key(&mut self, number: usize, at: usize) {
        let keyed = &mut self.keyed[number];
        position(&mut keyed.dims, at);
        // The key leads to the thing that decides the slice.
        if let Origin::Source(source, _) = self.dims[at].origin
            && let Thing::Link(_) = self.sources[source].thing
            && !keyed.numeric
            && keyed.inputs == [self.sources[source].input]
        {
            position(&mut keyed.by_key, at);
        }
    }

    /// The cuts as the placing column compares with them: microseconds, or days since 1970.
    pub(crate) fn sorted_cuts(&self, calendar: &Calendar) -> Vec<i64> {
        let edge = |instant: &Instant| {
            if *instant == EVER || !self.place.is_date() {
                instant.0
            } else {
                i64::from(epoch_day(calendar.first_day_from(*instant)))
            }
        };
        self.cuts.iter().map(edge).collect()
    }

    /// Whether groups hold over a range of instants.
    pub(crate) const fn has_until(&self) -> bool {
        self.until.is_some()
    }

    /// The states of this pass by the function of that name, and when the first row was (null where the opened data tells
    /// it).
    pub(crate) fn columns(&mut self, function: &str) -> [String; 2] {
        let first = if self.is_streamed {
            "NULL".to_owned()
        } else {
            self.place.first_value(&mut self.scope, self.model)
        };
        [format!("{function}({})", self.inputs.join(", ")), first]
    }

    /// The times that are asked for, as a `WHERE`, so that files and row groups of others are not read.
    pub(crate) fn asked_times(&self) -> String {
        let by_time = self.place.own_time().is_some() && self.place.kind.is_none();
        let (Some(first), Some(last)) = (self.cuts.first(), self.cuts.last()) else {
            return String::new();
        };
        if !self.is_streamed || !by_time || self.place.is_date() {
            return String::new();
        }
        let before = format!(" WHERE {} < {}", self.at, timestamp(*last));
        if *first == EVER {
            return before;
        }
        format!("{before} AND {} >= {}", self.at, timestamp(*first))
    }

    /// What the function computes.
    pub(crate) async fn program(
        &self,
        context: &SessionContext,
        calendar: &Calendar,
    ) -> Result<Program> {
        let base = self.place.dataset;
        let mut keys: Vec<KeyInput> = Vec::new();
        let mut sources = Vec::with_capacity(self.sources.len());
        for source in &self.sources {
            let key = key_of(&[source.input], &mut keys);
            sources.push(source.build(context, self.model, base, key, &keys[key].space).await?);
        }
        let keyed = self.keyed.iter().map(|keyed| KeyedInput {
            kept: match (keyed.numeric, keyed.rounded) {
                (true, true) => Kept::Counts(keyed.inputs[0]),
                (true, false) => Kept::Values(keyed.inputs[0]),
                (false, _) => Kept::Keys(key_of(&keyed.inputs, &mut keys)),
            },
            filters: keyed.filters.clone(),
            dims: keyed.dims.iter().filter(|d| !keyed.by_key.contains(d)).copied().collect(),
        });
        let keyed: Vec<KeyedInput> = keyed.collect();
        let row_atoms = self.atoms.iter().filter_map(|atom| match atom.origin {
            Origin::Row(input) => Some(input),
            Origin::Source(..) => None,
        });
        Ok(Program {
            placing: match (self.has_until(), self.place.kind) {
                (true, _) => Placing::Span,
                (false, Some(DatasetKind::Snapshot { .. })) => Placing::Picture,
                (false, _) => Placing::Interval,
            },
            cuts: self.sorted_cuts(calendar),
            keys,
            sources,
            row_atoms: row_atoms.collect(),
            filters: self.numbered_filters(),
            dims: self
                .dims
                .iter()
                .map(|dim| match dim.origin {
                    Origin::Row(input) => DimSource::Row(input),
                    Origin::Source(source, dim) => DimSource::Fact { source, dim },
                })
                .collect(),
            states: self
                .states
                .iter()
                .map(|s| StateInput { kind: s.kind, input: s.input })
                .collect(),
            keyed,
            sets: Shelf::default(),
            measured: Measured::default(),
        })
    }

    /// The filters by the program's numbers of their atoms: through the sources, then the rows'.
    fn numbered_filters(&self) -> Vec<Vec<usize>> {
        let mut starts = Vec::with_capacity(self.sources.len());
        let mut next = 0;
        for source in &self.sources {
            starts.push(next);
            next += source.atoms.len();
        }
        let numbers: Vec<usize> = self
            .atoms
            .iter()
            .map(|atom| match atom.origin {
                Origin::Source(source, n) => starts[source] + n,
                Origin::Row(_) => {
                    next += 1;
                    next - 1
                }
            })
            .collect();
        let filter = |atoms: &Vec<usize>| atoms.iter().map(|a| numbers[*a]).collect();
        self.filters.iter().map(filter).collect()
    }
}

/// The number of a key: one, whoever asks for it.
fn key_of(inputs: &[usize], keys: &mut Vec<KeyInput>) -> usize {
    keys.iter().position(|key| key.inputs == inputs).unwrap_or_else(|| {
        keys.push(KeyInput { inputs: inputs.to_vec(), space: Arc::default() });
        keys.len() - 1
    })
}

/// The pass that an aggregate takes part in.
pub(super) fn rollup_for<'m>(
    model: &'m Model,
    aggregate: &'m Aggregate,
    is_streamed: bool,
    rollups: &mut Vec<Rollup<'m>>,
) -> usize {
    let place = placement(model, aggregate);
    let mut scope = Scope::of_stream(model, aggregate.dataset, is_streamed);
    let at = place.at_sql(&mut scope);
    let until = place.until_sql(&mut scope);
    let same = |r: &Rollup<'_>| {
        r.place.dataset == place.dataset
            && r.place.kind == place.kind
            && r.at == at
            && r.until == until
    };
    if let Some(found) = rollups.iter().position(same) {
        return found;
    }
    let mut inputs = vec![at.clone()];
    inputs.extend(until.clone());
    rollups.push(Rollup {
        model,
        place,
        is_streamed,
        at,
        until,
        scope,
        dims: Vec::new(),
        cuts: BTreeSet::new(),
        atoms: Vec::new(),
        filters: Vec::new(),
        sources: Vec::new(),
        inputs,
        states: Vec::new(),
        keyed: Vec::new(),
    });
    rollups.len() - 1
}
