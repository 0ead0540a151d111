use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};

use milepost_semantics::model::{Format, Type};
use milepost_semantics::{DataNeed, whole_keys};
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
    is_of_its_files(need, &files, diagnostics);
    let mut columns: Vec<(SourceColumn, usize)> = Vec::new();
    let mut all: Vec<Contents> = Vec::with_capacity(files.len());
    let mut refused = BTreeMap::new();
    let mut open: BTreeSet<String> = BTreeSet::new();
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
            if own.contains_key(&column.name) {
                continue;
            }
            let is_open = is_open(need, file, &column);
            let known = columns.iter_mut().find(|(known, _)| known.name == column.name);
            match known {
                // Files that have types tell those of the others.
                Some(_) if is_open && !open.contains(&column.name) => {}
                Some((known, first)) if !is_open && open.remove(&column.name) => {
                    (*known, *first) = (column, number);
                }
                known => {
                    if known.is_none() && is_open {
                        open.insert(column.name.clone());
                    }
                    sound &= add(&mut columns, column, number, &files, need, diagnostics);
                }
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
        open,
        nulled: Arc::default(),
    })
}

/// Whether the file has no type for an identifying column, and no spec declares one.
fn is_open(need: &DataNeed, file: &DataFile, column: &SourceColumn) -> bool {
    let is_text =
        matches!(file.format, Format::Csv | Format::Xlsx | Format::Json) && column.ty == Type::Text;
    is_text && is_identifier(need, &column.name)
}

/// Whether a column of the files identifies members or rows and has no declared type.
pub(super) fn is_identifier(need: &DataNeed, column: &str) -> bool {
    need.identifiers.iter().any(|found| found.column == column && found.is_open)
}

/// Keys that neither specs nor files of a dataset tell the type of are text; those that are numbers where they link to, are
/// whole numbers.
pub(crate) fn settle(sources: &mut BTreeMap<String, (DataNeed, Source)>) {
    let needs: Vec<DataNeed> = sources.values().map(|(need, _)| need.clone()).collect();
    let typed = |need: &DataNeed, name: &str| {
        let (_, source) = sources.get(&need.name)?;
        let column = source.columns.iter().find(|column| column.name == name)?;
        (!source.open.contains(name)).then_some(column.ty)
    };
    let whole = whole_keys(&needs, typed);
    for (need, source) in sources.values_mut() {
        let all_typed =
            source.files.iter().all(|file| matches!(file.format, Format::Parquet | Format::Arrow));
        for column in &mut source.columns {
            let found = need.identifiers.iter().find(|found| found.column == column.name);
            let Some(found) = found.filter(|found| found.is_open) else { continue };
            if source.open.contains(&column.name) {
                let by = found.keys.iter().find_map(|key| whole.get(key)).cloned();
                let ty = if by.is_some() { Type::Integer } else { Type::Text };
                (column.ty, column.stored) = (ty, arrow_type(ty, None));
                column.whole_by = by;
            } else if column.ty == Type::Integer && !all_typed {
                column.whole_by = Some(format!("`{}` holds numbers in other files", column.name));
            }
        }
    }
}

/// What is said of CSV files or workbooks is a mistake where there are none.
fn is_of_its_files(need: &DataNeed, files: &[DataFile], diagnostics: &mut Diagnostics) {
    let Some((format, span)) = need.from.written_at else { return };
    let Some(other) = files.first() else { return };
    if files.iter().any(|file| file.format == format) {
        return;
    }
    let (field, says, is) = match format {
        Format::Xlsx => ("xlsx", "which sheet of a workbook is read", "a workbook"),
        _ => ("csv", "how CSV files are written", "CSV"),
    };
    let message =
        format!("`{field}` says {says}, and `{}` is none (dataset `{}`)", other.shown, need.name);
    let help = match other.format {
        Format::Xlsx => "write `xlsx` in its place: lines of a sheet are left out by its `skip_first` and `skip_last`".to_owned(),
        _ => format!("remove `{field}`; if the file is {is} under another ending, add `format: {field}`"),
    };
    diagnostics.push(Diagnostic::error(codes::INVALID_VALUE, span, message).help(help));
}

/// The columns of a file that milepost has a type for, its folders' included.
fn file_columns(schema: &SchemaRef, file: &DataFile) -> Vec<SourceColumn> {
    let own = schema.fields().iter().filter_map(|field| {
        let ty = type_of(field.data_type())?;
        let stored = arrow_type(ty, Some(field.data_type()));
        Some(SourceColumn::found(field.name(), ty, stored))
    });
    let mut columns: Vec<SourceColumn> = own.collect();
    for Partition { name, .. } in &file.partitions {
        if !columns.iter().any(|c| c.name == *name) {
            columns.push(SourceColumn::found(name, Type::Text, DataType::Utf8));
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
