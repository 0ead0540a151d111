//! What predicates and slices depend on: one text column, or the row that one key leads to. Many rows share the answer.

use std::sync::Arc;

use arrow::array::{Array, AsArray, UInt32Array};
use arrow::compute::{cast, concat_batches, take};
use arrow::datatypes::{DataType, Int64Type};
use arrow::record_batch::RecordBatch;
use datafusion::common::{DFSchema, Result, exec_err};
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::prelude::SessionContext;

use milepost_semantics::model::{
    ColumnId, ColumnSource, DatasetId, Hop, Model, Path, RowExpr, RowKind, Type,
};

use super::ids::{InputId, KeyId, SourceAtomId, SourceDimId};
use super::states::{Facts, Rules, Source};
use crate::ids::ById;
use crate::intern::NONE;
use crate::keys::{KeyReader, KeySpace};
use crate::sql::{Scope, dimension_sql, ident};

/// A thing that expressions depend on, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    /// The value of a text column of the rows.
    Value(ColumnId),
    /// The row at the end of a link.
    Link(Hop),
}

/// Expressions that depend on one thing.
pub(crate) struct SourcePlan<'m> {
    pub(super) thing: Thing,
    /// Where the expressions of a link are printed.
    scope: Scope<'m>,
    /// Printed, each once.
    pub(super) atoms: ById<SourceAtomId, String>,
    /// Printed, one for each dimension of the rollup, also where two are alike.
    pub(super) dims: ById<SourceDimId, String>,
    /// The input that tells the thing.
    pub(super) input: InputId,
}

impl<'m> SourcePlan<'m> {
    pub(super) fn new(model: &'m Model, base: DatasetId, thing: Thing, input: InputId) -> Self {
        let scope = Scope::new(model, base);
        Self { thing, scope, atoms: ById::default(), dims: ById::default(), input }
    }

    /// A predicate among this source's.
    pub(super) fn atom(&mut self, expr: &RowExpr) -> SourceAtomId {
        let sql = self.scope.base_expr(expr);
        self.atoms.intern(sql)
    }

    /// One more dimension among this source's.
    pub(super) fn dim(&mut self, expr: &RowExpr) -> SourceDimId {
        self.dims.push(dimension_sql(&mut self.scope, expr))
    }

    /// The predicates, then the dimensions.
    fn exprs(&self) -> impl Iterator<Item = &String> {
        self.atoms.values().chain(self.dims.values())
    }

    /// Everything that is known of the things, now that all expressions are printed.
    pub(super) async fn build(
        &self,
        context: &SessionContext,
        model: &Model,
        base: DatasetId,
        key: KeyId,
        space: &Arc<KeySpace>,
    ) -> Result<Source> {
        match &self.thing {
            Thing::Value(column) => self.rules(context, model, base, *column),
            Thing::Link(hop) => {
                let facts = self.facts(context, model, hop, space).await?;
                Ok(Source::Link { key, facts })
            }
        }
    }

    fn rules(
        &self,
        context: &SessionContext,
        model: &Model,
        base: DatasetId,
        column: ColumnId,
    ) -> Result<Source> {
        let dataset = &model[base];
        let name = &dataset[column].name;
        let table = datafusion::common::TableReference::bare(dataset.name.clone());
        let schema = DFSchema::try_from_qualified_schema(table, &Rules::schema(name))?;
        let simplify = SimplifyContext::builder().with_schema(Arc::new(schema.clone())).build();
        let simplifier = ExprSimplifier::new(simplify);
        let exprs = self.exprs().map(|sql| {
            // Some functions exist until they are simplified only.
            let expr = simplifier.coerce(context.parse_sql_expr(sql, &schema)?, &schema)?;
            context.create_physical_expr(simplifier.simplify(expr)?, &schema)
        });
        let exprs = exprs.collect::<Result<Vec<_>>>()?;
        let rules = Rules { column: name.clone(), atoms: self.atoms.len(), exprs };
        Ok(Source::Value { input: self.input, rules })
    }

    async fn facts(
        &self,
        context: &SessionContext,
        model: &Model,
        hop: &Hop,
        space: &Arc<KeySpace>,
    ) -> Result<Facts> {
        let from = ident(&model[hop.from][hop.from_columns[0]].name);
        let (table, key) =
            (ident(&model[hop.to].name), ident(&model[hop.to][hop.to_columns[0]].name));
        // A key that leads nowhere has the facts of no row: of the null at the end.
        let rows = format!(
            "SELECT {key} AS {from} FROM {table} WHERE {key} IS NOT NULL UNION ALL SELECT NULL AS {from}"
        );
        let base = ident(&model[hop.from].name);
        let mut columns = vec![format!("{base}.{from} AS k")];
        let exprs = self.exprs().enumerate();
        columns.extend(exprs.map(|(i, sql)| format!("{sql} AS e{i}")));
        let tables = self.scope.tables_over(Some(&rows));
        let sql = format!("SELECT {} FROM {tables}", columns.join(", "));
        let batches = context.sql(&sql).await?.collect().await?;
        let Some(first) = batches.first() else { return exec_err!("no row leads nowhere") };
        let batch = concat_batches(&first.schema(), &batches)?;
        let order = order(&batch, space)?;
        let arrays = batch.columns()[1..].iter().map(|array| Ok(take(array, &order, None)?));
        Facts::read(self.atoms.len(), &arrays.collect::<Result<Vec<_>>>()?)
    }
}

/// The rows in the order of their keys' numbers, and the row without a key.
fn order(batch: &RecordBatch, space: &Arc<KeySpace>) -> Result<UInt32Array> {
    let keys = match batch.column(0).data_type() {
        DataType::Int64 => Arc::clone(batch.column(0)),
        _ => cast(batch.column(0), &DataType::Utf8)?,
    };
    if let Some(integers) = keys.as_primitive_opt::<Int64Type>() {
        space.take_as_numbers(integers);
    }
    let numbers = KeyReader::new(space).numbers(&[Arc::clone(&keys)])?;
    let Some((nowhere, _)) = (0..).zip(&numbers).find(|(row, _)| keys.is_null(*row as usize))
    else {
        return exec_err!("no row leads nowhere");
    };
    let there = numbers.iter().filter(|number| **number != NONE);
    let end = there.max().map_or(0, |number| *number as usize + 1);
    // A number that no key has leads nowhere, as those beyond do.
    let mut order: Vec<u32> = vec![nowhere; end + 1];
    for (row, number) in (0..).zip(&numbers).filter(|(_, number)| **number != NONE) {
        order[*number as usize] = row;
    }
    Ok(UInt32Array::from(order))
}

/// What the expression depends on, if that is one thing that many rows share.
pub(super) fn thing_of(model: &Model, base: DatasetId, expr: &RowExpr) -> Option<Thing> {
    let mut look = Look { model, base, found: None, several: false };
    look.expr(expr);
    look.found.filter(|_| !look.several)
}

struct Look<'m> {
    model: &'m Model,
    base: DatasetId,
    found: Option<Thing>,
    several: bool,
}

impl Look<'_> {
    fn expr(&mut self, expr: &RowExpr) {
        match &expr.kind {
            RowKind::Column(path) => self.path(path),
            _ if expr.is_judged() => self.several = true,
            _ => expr.each_child(&mut |child| self.expr(child)),
        }
    }

    fn path(&mut self, path: &Path) {
        let model = self.model;
        let Some(hop) = path.hops.first() else {
            let column = &model[self.base][path.column];
            match &column.source {
                // It may be computed over links of its own.
                ColumnSource::Computed(_) if model[self.base].is_structural(path.column) => {
                    self.several = true;
                }
                ColumnSource::Computed(expr) => self.expr(expr),
                ColumnSource::MemberName(_) => self.is(Thing::Value(path.column)),
                ColumnSource::File(_) if column.ty == Type::Text => {
                    self.is(Thing::Value(path.column));
                }
                ColumnSource::File(_) => self.several = true,
            }
            return;
        };
        let plain = path.hops.iter().all(|hop| hop.valid.is_none());
        let (&[from], &[to]) = (&hop.from_columns[..], &hop.to_columns[..]) else {
            self.several = true;
            return;
        };
        let (from, to) = (&model[hop.from][from], &model[hop.to][to]);
        let same = from.ty == to.ty && matches!(from.ty, Type::Integer | Type::Text);
        if plain && same && matches!(from.source, ColumnSource::File(_)) {
            self.is(Thing::Link(hop.clone()));
        } else {
            self.several = true;
        }
    }

    fn is(&mut self, thing: Thing) {
        match &self.found {
            Some(found) if *found != thing => self.several = true,
            _ => self.found = Some(thing),
        }
    }
}
