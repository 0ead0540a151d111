//! One pass over a dataset: what all of its readers need of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::prelude::SessionContext;

use milepost_semantics::model::{
    Aggregate, ColumnId, ColumnSource, DatasetKind, DimensionId, Model, RowExpr, Type, canonical,
};
use milepost_semantics::time::{Calendar, Instant, date_of_epoch_day, epoch_day};

use super::ids::{
    AtomId, CountId, DimId, FilterId, InputId, KeyId, KeyedId, RollupId, SourceAtomId, SourceDimId,
    SourceId, StateId,
};
use super::plan::{Keyed, KeyedOf, SlicedBy, StateKind};
use super::source::{SourcePlan, Thing, thing_of};
use super::states::{
    AtomSource, DimSource, Kept, KeyInput, KeyedInput, Placing, Program, StateInput,
};
use crate::ids::ById;
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
    /// The same among [`Rollup::inputs`].
    at_input: InputId,
    until_input: Option<InputId>,
    /// The printed column by which the first row of the dataset is found, unless the opened data tells that.
    pub(crate) first: Option<String>,
    pub(crate) scope: Scope<'m>,
    /// What the groups are kept apart by.
    pub(crate) dims: ById<DimId, Dim>,
    /// Every instant at which any window starts or ends, or any state is read.
    pub(crate) cuts: BTreeSet<Instant>,
    /// Every distinct condition that filters are made of; a filter passes where all of its atoms hold.
    pub(crate) atoms: ById<AtomId, Atom>,
    /// Every distinct predicate; no atom: every row passes.
    pub(crate) filters: ById<FilterId, Vec<AtomId>>,
    pub(crate) sources: ById<SourceId, SourcePlan<'m>>,
    /// Every distinct expression that is evaluated row by row.
    pub(crate) inputs: ById<InputId, String>,
    /// Every distinct expression whose values are counted.
    pub(crate) counts: ById<CountId, InputId>,
    pub(crate) states: ById<StateId, State>,
    pub(crate) keyed: ById<KeyedId, Keyed>,
}

/// A dimension of a rollup.
#[derive(Clone, Debug)]
pub(crate) struct Dim {
    pub(crate) dimension: DimensionId,
    origin: Origin<SourceDimId>,
}

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Atom {
    /// Canonical: conditions of equal text are one.
    text: String,
    /// As it is shown.
    pub(crate) sql: String,
    origin: Origin<SourceAtomId>,
}

/// Where a condition or a dimension is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin<I> {
    /// In every row.
    Row(InputId),
    /// Once for each thing that a source tells apart.
    Source(SourceId, I),
}

/// A state that one column (or two) of a group holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) kind: StateKind,
    pub(crate) input: InputId,
}

impl Rollup<'_> {
    pub(super) fn input(&mut self, sql: String) -> InputId {
        self.inputs.intern(sql)
    }

    /// The source of an expression, if it depends on one thing alone.
    fn source(&mut self, expr: &RowExpr) -> Option<SourceId> {
        let base = self.place.dataset;
        let thing = thing_of(self.model, base, expr)?;
        if let Some(found) = self.sources.find(|source| source.thing == thing) {
            return Some(found);
        }
        let column = match &thing {
            Thing::Value(column) => *column,
            Thing::Link(hop) => hop.from_columns[0],
        };
        let sql = self.base_column(column);
        let input = self.input(sql);
        Some(self.sources.push(SourcePlan::new(self.model, base, thing, input)))
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

    pub(super) fn dimension(&mut self, dimension: DimensionId) -> DimId {
        if let Some(known) = self.dims.find(|d| d.dimension == dimension) {
            return known;
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
        self.dims.push(Dim { dimension, origin })
    }

    /// A filter, split at `and`.
    pub(super) fn filter(&mut self, filter: Option<&RowExpr>) -> FilterId {
        let parts = filter.into_iter().flat_map(RowExpr::conjuncts);
        let mut atoms: Vec<AtomId> = parts.map(|part| self.atom(part)).collect();
        atoms.sort_unstable();
        atoms.dedup();
        self.filters.intern(atoms)
    }

    fn atom(&mut self, expr: &RowExpr) -> AtomId {
        let text = canonical::condition(self.model, expr);
        if let Some(known) = self.atoms.find(|atom| atom.text == text) {
            return known;
        }
        let sql = self.scope_free(expr);
        let origin = match self.source(expr) {
            Some(source) => Origin::Source(source, self.sources[source].atom(expr)),
            None => {
                let sql = self.scope.base_expr(expr);
                Origin::Row(self.input(sql))
            }
        };
        self.atoms.push(Atom { text, sql, origin })
    }

    /// The expression printed for people, without a join in this rollup's statement.
    fn scope_free(&self, expr: &RowExpr) -> String {
        Scope::new(self.model, self.place.dataset).base_expr(expr)
    }

    /// A keyed leaf is sliced by that dimension.
    pub(super) fn slice_key(&mut self, keyed: KeyedId, dim: DimId) {
        let keyed = &mut self.keyed[keyed];
        if keyed.dims.iter().any(|(known, _)| *known == dim) {
            return;
        }
        let by = match (&keyed.of, self.dims[dim].origin) {
            // The key leads to the thing that decides the slice.
            (KeyedOf::Keys(inputs), Origin::Source(source, _))
                if matches!(self.sources[source].thing, Thing::Link(_))
                    && *inputs == [self.sources[source].input] =>
            {
                SlicedBy::Key
            }
            _ => SlicedBy::Row,
        };
        keyed.dims.push((dim, by));
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

    /// A time of that column as an instant.
    pub(super) fn instant(&self, first: i64) -> Instant {
        if self.place.first_type(self.model) != Type::Date {
            return Instant(first);
        }
        // Days since 1970 were four bytes in their column.
        let day = i32::try_from(first).expect("a day is a date");
        self.model.project.calendar.midnight(date_of_epoch_day(day))
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
        let mut keys: ById<KeyId, KeyInput> = ById::default();
        let mut sources = ById::default();
        for source in self.sources.values() {
            let key = key_of(&[source.input], &mut keys);
            let built = source.build(context, self.model, base, key, &keys[key].space).await?;
            sources.push(built);
        }
        let keyed = self.keyed.map(|_, keyed| KeyedInput {
            kept: match &keyed.of {
                KeyedOf::Keys(inputs) => Kept::Keys(key_of(inputs, &mut keys)),
                KeyedOf::Values(input) => Kept::Values(*input),
                KeyedOf::Counts(input) => Kept::Counts(*input),
            },
            filters: keyed.filters.clone(),
            dims: keyed.dims.iter().filter(|(_, by)| *by == SlicedBy::Row).map(|d| d.0).collect(),
        });
        let mut row_atoms = ById::default();
        let atoms = self.atoms.map(|_, atom| match atom.origin {
            Origin::Row(input) => AtomSource::Row(row_atoms.push(input)),
            Origin::Source(source, atom) => AtomSource::Fact { source, atom },
        });
        Ok(Program {
            placing: match (self.until_input, self.place.kind) {
                (Some(until), _) => Placing::Span { until },
                (None, Some(DatasetKind::Snapshot { .. })) => Placing::Picture,
                (None, _) => Placing::Interval,
            },
            at: self.at_input,
            cuts: self.sorted_cuts(calendar),
            keys,
            sources,
            row_atoms,
            filters: self.filters.map(|_, filter| filter.iter().map(|a| atoms[*a]).collect()),
            dims: self.dims.map(|_, dim| match dim.origin {
                Origin::Row(input) => DimSource::Row(input),
                Origin::Source(source, dim) => DimSource::Fact { source, dim },
            }),
            counts: self.counts.clone(),
            states: self.states.map(|_, s| StateInput { kind: s.kind, input: s.input }),
            keyed,
        })
    }
}

/// A key: one, whoever asks for it.
fn key_of(inputs: &[InputId], keys: &mut ById<KeyId, KeyInput>) -> KeyId {
    let known = keys.find(|key| key.inputs == inputs);
    known.unwrap_or_else(|| keys.push(KeyInput { inputs: inputs.to_vec(), space: Arc::default() }))
}

/// The pass that an aggregate takes part in.
pub(super) fn rollup_for<'m>(
    model: &'m Model,
    aggregate: &'m Aggregate,
    is_streamed: bool,
    rollups: &mut ById<RollupId, Rollup<'m>>,
) -> RollupId {
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
    if let Some(found) = rollups.find(same) {
        return found;
    }
    let mut inputs = ById::default();
    let at_input = inputs.push(at.clone());
    let until_input = until.clone().map(|until| inputs.push(until));
    let first = (!is_streamed).then(|| place.first_column(&mut scope));
    rollups.push(Rollup {
        model,
        place,
        is_streamed,
        at,
        until,
        at_input,
        until_input,
        first,
        scope,
        dims: ById::default(),
        cuts: BTreeSet::new(),
        atoms: ById::default(),
        filters: ById::default(),
        sources: ById::default(),
        inputs,
        counts: ById::default(),
        states: ById::default(),
        keyed: ById::default(),
    })
}
