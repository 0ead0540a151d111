//! Rows of a test, column by column, as files would hold them.

use std::collections::BTreeMap;

use super::cell::Value;
use crate::model::{ColumnSource, Dataset, Model, Type};
use crate::schema::{FileSchema, Schemas};
use crate::time::Instant;
use milepost_syntax::ast::{Date, TestSpec};
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::{codes, suggest};

/// The rows of one dataset, as its files would hold them.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenTable {
    pub dataset: String,
    /// How many rows there are, also where no column is.
    pub rows: usize,
    pub columns: Vec<GivenColumn>,
}

/// One column, by its name in the files.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenColumn {
    pub name: String,
    pub values: GivenValues,
}

/// Its values, one a row.
#[derive(Clone, Debug, PartialEq)]
pub enum GivenValues {
    Text(Vec<Option<String>>),
    Integer(Vec<Option<i64>>),
    Number(Vec<Option<f64>>),
    /// Mantissas, all with that many digits after the point.
    Decimal {
        scale: u8,
        values: Vec<Option<i128>>,
    },
    Boolean(Vec<Option<bool>>),
    Date(Vec<Option<Date>>),
    Timestamp(Vec<Option<Instant>>),
}

/// The rows of all datasets of a test.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) tables: BTreeMap<String, Table>,
}

#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) rows: usize,
    /// The files are not there.
    pub(super) missing: bool,
    /// By name in the files: the type, if it is known, and the values.
    pub(super) columns: BTreeMap<String, (Option<Type>, Vec<Option<Value>>)>,
}

impl Rows {
    /// The columns that are known, as if files held them.
    pub(super) fn schemas(&self) -> Schemas {
        let mut schemas = Schemas { partial: true, ..Schemas::default() };
        for (name, table) in &self.tables {
            let columns = table.columns.iter();
            let columns =
                columns.map(|(name, (ty, _))| (name.clone(), ty.unwrap_or(Type::Unknown)));
            let file = FileSchema {
                columns: columns.collect(),
                missing: table.missing,
                ..FileSchema::default()
            };
            schemas.datasets.insert(name.clone(), file);
        }
        schemas
    }

    /// Tells columns of rows that nothing reads where a column is read that no row has and that is written nearly alike.
    pub(super) fn misspelt(&self, spec: &TestSpec, model: &Model, diagnostics: &mut Diagnostics) {
        for given in &spec.given {
            let name = &given.dataset.node;
            let (Some(id), Some(table)) = (model.dataset(name), self.tables.get(name)) else {
                continue;
            };
            let dataset = &model[id];
            let lacking = dataset.columns.iter().filter(|column| {
                let given = match &column.source {
                    ColumnSource::File(name) => table.columns.contains_key(name),
                    ColumnSource::Computed(_) | ColumnSource::MemberName(_) => true,
                };
                !column.declared && !given
            });
            let mut lacking: Vec<&str> = lacking.map(|column| column.name.as_str()).collect();
            let mut told: Vec<&str> = Vec::new();
            for cell in given.rows.iter().flat_map(|row| &row.cells) {
                let column = cell.column.node.as_str();
                if dataset.column(column).is_some() || told.contains(&column) {
                    continue;
                }
                let Some(near) = suggest(column, lacking.iter().copied()) else { continue };
                told.push(column);
                lacking.retain(|lacking| *lacking != near);
                let message = format!("nothing reads the column `{column}` of `{name}`");
                diagnostics.push(
                    Diagnostic::error(codes::UNKNOWN_COLUMN, cell.column.span, message)
                        .help(format!("did you mean `{near}`?")),
                );
            }
        }
    }

    /// The rows of a dataset of the model, with a value for each of its columns.
    pub(super) fn table(&self, dataset: &Dataset) -> GivenTable {
        let table = self.tables.get(&dataset.name);
        let rows = table.map_or(0, |table| table.rows);
        let mut columns: Vec<GivenColumn> = Vec::new();
        for column in &dataset.columns {
            let ColumnSource::File(name) = &column.source else { continue };
            if columns.iter().any(|known| known.name == *name) {
                continue;
            }
            let given = table.and_then(|table| table.columns.get(name));
            let empty = vec![None; rows];
            let values = given.map_or(&empty, |(_, values)| values);
            columns.push(GivenColumn { name: name.clone(), values: values_of(column.ty, values) });
        }
        GivenTable { dataset: dataset.name.clone(), rows, columns }
    }
}

/// Values of one type; a value of another one (which the reader has told) is null.
fn values_of(ty: Type, values: &[Option<Value>]) -> GivenValues {
    macro_rules! each {
        ($kind:ident) => {
            GivenValues::$kind(
                values
                    .iter()
                    .map(|value| match value {
                        Some(Value::$kind(value)) => Some(value.clone()),
                        _ => None,
                    })
                    .collect(),
            )
        };
    }
    match ty {
        Type::Text | Type::Unknown | Type::Duration => each!(Text),
        Type::Integer => each!(Integer),
        Type::Number => each!(Number),
        Type::Boolean => each!(Boolean),
        Type::Date => each!(Date),
        Type::Timestamp => each!(Timestamp),
        Type::Decimal => decimals(values),
    }
}

/// A decimal as a text that reads as it.
fn written(value: &Value) -> String {
    match value {
        Value::Decimal { mantissa, scale } => format!("{mantissa}e-{scale}"),
        _ => String::new(),
    }
}

fn decimals(values: &[Option<Value>]) -> GivenValues {
    let scales = values.iter().flatten().map(|value| match value {
        Value::Decimal { scale, .. } => *scale,
        _ => 0,
    });
    let scale = scales.max().unwrap_or(0);
    let wide = |value: &Option<Value>| match value {
        Some(Value::Decimal { mantissa, scale: own }) => {
            let unit = 10_i128.checked_pow(u32::from(scale - own));
            unit.and_then(|unit| mantissa.checked_mul(unit)).map(Some)
        }
        _ => Some(None),
    };
    match values.iter().map(wide).collect::<Option<Vec<_>>>() {
        Some(values) => GivenValues::Decimal { scale, values },
        // Which of them has no place beside the others, the reader of texts tells.
        None => GivenValues::Text(values.iter().map(|v| v.as_ref().map(written)).collect()),
    }
}
