use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};

use milepost_semantics::DataNeed;
use milepost_semantics::model::Type;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};

use super::contents::{Contents, contents};
use super::fault::Fault;
use super::normalize::{arrow_type, wider};
use super::textual::is_textual;
use super::{DataFile, Partition, Source, SourceColumn, Stamp, is_settled};

/// Reads the columns of every file and unites them by name; files that disagree are told, both named.
pub(crate) fn unite(
    need: &DataNeed,
    files: Vec<DataFile>,
    stamp: Stamp,
    threads: usize,
    diagnostics: &mut Diagnostics,
) -> Option<Source> {
    let settled = is_settled(&stamp);
    let mut columns: Vec<(SourceColumn, usize)> = Vec::new();
    let mut all: Vec<Contents> = Vec::with_capacity(files.len());
    let mut refused = BTreeMap::new();
    let mut sound = true;
    for (number, file) in files.iter().enumerate() {
        let is_empty = std::fs::metadata(&file.path).is_ok_and(|found| found.len() == 0);
        let found = if is_empty { Err(Fault::Empty) } else { contents(file, need, threads) };
        let found = match found {
            Ok(found) => found,
            Err(fault) => {
                diagnostics.push(*fault.told(need, file));
                sound = false;
                continue;
            }
        };
        let own = found.refused(&file.shown);
        for column in file_columns(&found.types, file) {
            if !own.contains_key(&column.name) {
                sound &= add(&mut columns, column, number, &files, need, diagnostics);
            }
        }
        own.into_iter().for_each(|(name, why)| _ = refused.entry(name).or_insert(why));
        all.push(found);
    }
    let named = columns.into_iter().map(|(column, _)| column);
    let columns = named.filter(|column| !refused.contains_key(&column.name)).collect();
    sound.then(|| Source {
        files,
        contents: all,
        rows: None,
        columns,
        refused,
        stamp,
        settled,
        reads: Arc::default(),
    })
}

/// The columns of a file that milepost has a type for, its folders' included.
fn file_columns(schema: &SchemaRef, file: &DataFile) -> Vec<SourceColumn> {
    let own = schema.fields().iter().filter_map(|field| {
        let ty = type_of(field.data_type())?;
        let stored = arrow_type(ty, Some(field.data_type()));
        Some(SourceColumn { name: field.name().clone(), ty, stored, personal: false })
    });
    let mut columns: Vec<SourceColumn> = own.collect();
    for Partition { name, .. } in &file.partitions {
        if !columns.iter().any(|c| c.name == *name) {
            columns.push(SourceColumn {
                name: name.clone(),
                ty: Type::Text,
                stored: DataType::Utf8,
                personal: false,
            });
        }
    }
    columns
}

/// Takes one column in; false if it can't live with what another file has under that name.
fn add(
    columns: &mut Vec<(SourceColumn, usize)>,
    found: SourceColumn,
    number: usize,
    files: &[DataFile],
    need: &DataNeed,
    diagnostics: &mut Diagnostics,
) -> bool {
    let Some((known, first)) = columns.iter_mut().find(|(c, _)| c.name == found.name) else {
        columns.push((found, number));
        return true;
    };
    if let Some((ty, stored)) = wider((known.ty, &known.stored), (found.ty, &found.stored)) {
        known.ty = ty;
        known.stored = stored;
        return true;
    }
    // A declared type settles it: both are read as that, and a value that can't be is told when it is read.
    if need.columns.iter().any(|(name, ty)| *name == found.name && ty.is_some()) {
        known.ty = Type::Text;
        known.stored = DataType::Utf8;
        return true;
    }
    let message = format!(
        "files of dataset `{}` disagree on column `{}`: {} in `{}`, {} in `{}`",
        need.name,
        found.name,
        known.ty.name(),
        files[*first].shown,
        found.ty.name(),
        files[number].shown
    );
    diagnostics.push(
        Diagnostic::error(codes::SCHEMA_CONFLICT, need.from.span, message)
            .help(format!("write one of the files again with the other's type, or declare the column's type under `columns:` of `{}`", need.name)),
    );
    false
}

/// The type of the language for a type of Arrow, not known where every value is null; absent for nested columns and
/// intervals, which the language has no use for.
pub(super) fn type_of(data_type: &DataType) -> Option<Type> {
    Some(match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Type::Text,
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64 => Type::Integer,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => Type::Number,
        DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => Type::Decimal,
        DataType::Boolean => Type::Boolean,
        DataType::Date32 | DataType::Date64 => Type::Date,
        DataType::Timestamp(..) => Type::Timestamp,
        DataType::Dictionary(_, values) => return type_of(values),
        DataType::Null => Type::Unknown,
        ty if is_textual(ty) => Type::Text,
        _ => return None,
    })
}
