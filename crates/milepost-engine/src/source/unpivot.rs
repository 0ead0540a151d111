//! Columns of a file that become rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StringArray, UInt32Array};
use arrow::compute::{cast, interleave, take};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;

use milepost_semantics::model::{Unpivot, UnpivotColumns};

use super::contents::Contents;
use super::fault::{Fault, Unreadable};
use super::normalize::{arrow_type, wider};
use super::schema::type_of;

/// How the rows of a file become those of its dataset.
#[derive(Debug)]
pub(crate) struct Unpivoted {
    /// The file as it is.
    pub(crate) inner: Contents,
    /// The columns that become rows, each with what stands in place of its name.
    pub(crate) columns: Vec<(String, String)>,
    /// The column that has the names.
    pub(crate) name: String,
    /// The column that has the values.
    pub(crate) value: String,
    /// What the values are read as.
    read: DataType,
}

/// What a file holds once some of its columns are rows.
pub(super) fn contents(inner: Contents, unpivot: &Unpivot) -> Result<Contents, Fault> {
    let columns = columns_of(&inner, unpivot)?;
    let becomes = |field: &FieldRef| columns.iter().any(|(column, _)| column == field.name());
    let others = |schema: &SchemaRef| {
        schema.fields().iter().filter(|field| !becomes(field)).cloned().collect::<Vec<FieldRef>>()
    };
    for name in [&unpivot.name, &unpivot.value] {
        if others(&inner.types).iter().any(|field| field.name() == name) {
            let why = format!("there is a column `{name}` already");
            return Err(fault(why, format!("write another name in place of `{name}`")));
        }
    }
    let values = |schema: &SchemaRef| {
        united(schema.fields().iter().filter(|field| becomes(field)).map(|field| field.data_type()))
    };
    let read = values(&inner.read).ok_or_else(|| unlike(&columns))?;
    let ty = match values(&inner.types) {
        Some(ty) => ty,
        // As they are written, they are texts.
        None if read == DataType::Utf8 => DataType::Utf8,
        None => return Err(unlike(&columns)),
    };
    let with = |schema: &SchemaRef, ty: &DataType| {
        let field = |name: &String, ty: &DataType| Arc::new(Field::new(name, ty.clone(), true));
        let mut fields = others(schema);
        fields.extend([field(&unpivot.name, &DataType::Utf8), field(&unpivot.value, ty)]);
        Arc::new(Schema::new(fields))
    };
    let (types, as_read) = (with(&inner.types, &ty), with(&inner.read, &read));
    let (name, value) = (unpivot.name.clone(), unpivot.value.clone());
    let outer = Contents { types, read: as_read, ..inner.clone() };
    let unpivoted = Unpivoted { inner, columns, name, value, read };
    Ok(Contents { unpivoted: Some(Arc::new(unpivoted)), ..outer })
}

/// The columns of a file that become rows, with what stands in place of their names.
fn columns_of(inner: &Contents, unpivot: &Unpivot) -> Result<Vec<(String, String)>, Fault> {
    let all: Vec<&String> = inner.types.fields().iter().map(|field| field.name()).collect();
    let has = || {
        let names = all.iter().take(12).map(|name| format!("`{name}`"));
        format!("its columns are {}", names.collect::<Vec<_>>().join(", "))
    };
    let found = all.iter().filter_map(|name| Some(((*name).clone(), unpivot.name_of(name)?)));
    let found: Vec<(String, String)> = found.collect();
    let mut known: BTreeMap<&str, &str> = BTreeMap::new();
    for (column, name) in &found {
        if let Some(other) = known.insert(name, column) {
            let (why, help) = match other == column {
                true => (
                    format!("several columns are named `{column}`"),
                    "remove all but one of them: which is meant, nothing tells",
                ),
                false => (
                    format!("the columns `{other}` and `{column}` are both of {name}"),
                    "remove one of them: their values would count twice",
                ),
            };
            return Err(fault(why, help.to_owned()));
        }
    }
    match &unpivot.columns {
        UnpivotColumns::Named(names) => {
            if let Some(lacking) = names.iter().find(|name| !all.contains(name)) {
                return Err(fault(format!("there is no column `{lacking}`"), has()));
            }
        }
        UnpivotColumns::Days(days) if found.is_empty() => {
            return Err(fault(format!("no column is named like `{}`", days.text), has()));
        }
        UnpivotColumns::Days(_) => {}
    }
    Ok(found)
}

fn fault(why: String, help: String) -> Fault {
    Fault::Unpivot(Unreadable { why, help })
}

fn unlike(columns: &[(String, String)]) -> Fault {
    let names = columns.iter().take(12).map(|(column, _)| format!("`{column}`"));
    let why = format!(
        "the columns {} hold values of different types",
        names.collect::<Vec<_>>().join(", ")
    );
    fault(why, "write the file with one type for all of them".to_owned())
}

/// The type that has room for the values of all; absent where there is none.
fn united<'t>(mut types: impl Iterator<Item = &'t DataType>) -> Option<DataType> {
    let first = types.next()?.clone();
    let of = |ty: &DataType| Some((type_of(ty)?, arrow_type(type_of(ty)?, Some(ty))));
    types.try_fold(first, |all, ty| {
        if all == *ty {
            return Some(all);
        }
        let ((a, as_a), (b, as_b)) = (of(&all)?, of(ty)?);
        let (_, stored) = wider((a, &as_a), (b, &as_b))?;
        (!stored.is_null()).then_some(stored)
    })
}

impl Unpivoted {
    /// How many rows each row of the file becomes.
    pub(super) const fn width(&self) -> usize {
        self.columns.len()
    }

    /// What is read of the file where these columns are wanted.
    pub(crate) fn wanted<'n>(&'n self, names: &[&'n str]) -> Vec<&'n str> {
        let own = names.iter().copied().filter(|name| *name != self.name && *name != self.value);
        let becoming = self.columns.iter().map(|(column, _)| column.as_str());
        own.chain(becoming.filter(|_| names.contains(&self.value.as_str()))).collect()
    }

    /// The rows that some rows of the file become, with the wanted columns.
    pub(super) fn rows(
        &self,
        batch: &RecordBatch,
        names: &[&str],
    ) -> Result<RecordBatch, ArrowError> {
        let (rows, width) = (batch.num_rows(), self.width());
        let places = (0..rows * width).map(|row| (row % width, row / width));
        let from = u32::try_from(rows).map_err(|_| too_many())?;
        let repeated = (0..from).flat_map(|row| std::iter::repeat_n(row, width));
        let repeated = UInt32Array::from_iter_values(repeated);
        let (mut fields, mut arrays) = (Vec::new(), Vec::new());
        for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
            if !self.columns.iter().any(|(column, _)| column == field.name()) {
                fields.push(Arc::clone(field));
                arrays.push(take(array, &repeated, None)?);
            }
        }
        if names.contains(&self.name.as_str()) {
            let name = |(at, _): (usize, usize)| self.columns[at].1.as_str();
            fields.push(Arc::new(Field::new(&self.name, DataType::Utf8, true)));
            arrays.push(Arc::new(StringArray::from_iter_values(places.clone().map(name))));
        }
        if names.contains(&self.value.as_str()) {
            let value = |(column, _): &(String, String)| {
                let array = batch.column_by_name(column).ok_or_else(|| lost(column))?;
                cast(array, &self.read)
            };
            let values = self.columns.iter().map(value).collect::<Result<Vec<ArrayRef>, _>>()?;
            let values: Vec<_> = values.iter().map(AsRef::as_ref).collect();
            fields.push(Arc::new(Field::new(&self.value, self.read.clone(), true)));
            arrays.push(interleave(&values, &places.collect::<Vec<_>>())?);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows * width));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
    }
}

fn too_many() -> ArrowError {
    ArrowError::ComputeError("a part of a file has more rows than can be counted".to_owned())
}

fn lost(column: &str) -> ArrowError {
    ArrowError::SchemaError(format!("the column `{column}` is gone"))
}
