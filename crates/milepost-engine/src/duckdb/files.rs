//! The files of a dataset as DuckDB reads them: the same files, each value as what milepost takes it for.

use arrow::datatypes::{DataType, Field, TimeUnit};

use milepost_semantics::model::{Column, ColumnSource, Dataset, Format, Type};

use crate::source::{Contents, DataFile, Source, is_uuid};
use crate::sql::derived::sql_type;
use crate::sql::text::{ident, string};

/// The rows of all files, with a column for each of the model's that files hold.
pub(super) fn rows(dataset: &Dataset, source: &Source) -> String {
    let mut shapes: Vec<Shape<'_>> = Vec::new();
    for (file, contents) in source.files.iter().zip(&source.contents) {
        match shapes.iter_mut().find(|shape| shape.fits(file, contents)) {
            Some(shape) => shape.files.push(file),
            None => shapes.push(Shape { files: vec![file], contents }),
        }
    }
    let parts: Vec<String> = shapes.iter().map(|shape| shape.rows(dataset)).collect();
    parts.join("\n  UNION ALL ")
}

/// Files with the same columns, of which there is at least one.
struct Shape<'a> {
    files: Vec<&'a DataFile>,
    contents: &'a Contents,
}

impl Shape<'_> {
    fn fits(&self, file: &DataFile, contents: &Contents) -> bool {
        let folders = |file: &DataFile| -> Vec<String> {
            file.partitions.iter().map(|partition| partition.written.clone()).collect()
        };
        let known = self.files[0];
        known.format == file.format
            && known.packing == file.packing
            && self.contents.read == contents.read
            && self.contents.types == contents.types
            && folders(known) == folders(file)
    }

    fn rows(&self, dataset: &Dataset) -> String {
        let from_files = dataset.columns.iter().filter_map(|column| match &column.source {
            ColumnSource::File(name) => Some((column, name.as_str())),
            ColumnSource::Computed(_) | ColumnSource::MemberName(_) => None,
        });
        let columns: Vec<String> = from_files
            .clone()
            .map(|(column, name)| {
                let value = self.value(dataset, column, name);
                format!("{value} AS {}", ident(&column.name))
            })
            .collect();
        let names: Vec<&str> = from_files.map(|(_, name)| name).collect();
        format!("SELECT {}\n  FROM {}", columns.join(",\n    "), self.reader(&names))
    }

    fn value(&self, dataset: &Dataset, column: &Column, name: &str) -> String {
        let zone = dataset.time_zone.as_deref().unwrap_or("UTC");
        if let Some(field) = self.contents.field(name) {
            if field.data_type().is_null() {
                return format!("CAST(NULL AS {})", sql_type(column.ty));
            }
            return match as_text(&quoted(name), field) {
                Some(text) => typed(&text, column.ty, &DataType::Utf8, zone),
                None => typed(&quoted(name), column.ty, field.data_type(), zone),
            };
        }
        match self.files[0].partitions.iter().find(|partition| partition.name == name) {
            Some(partition) => typed(&quoted(&partition.written), column.ty, &DataType::Utf8, zone),
            None => format!("CAST(NULL AS {})", sql_type(column.ty)),
        }
    }

    /// The table function; `names`: the columns that are read.
    fn reader(&self, names: &[&str]) -> String {
        let paths: Vec<String> =
            self.files.iter().map(|file| string(&as_pattern(&file.shown))).collect();
        let paths = format!("[{}]", paths.join(", "));
        let folders = if self.files[0].partitions.is_empty() {
            "hive_partitioning = false"
        } else {
            "hive_partitioning = true, hive_types_autocast = false"
        };
        let fields = self.contents.read.fields().iter();
        let listed = |ty: &dyn Fn(&DataType) -> &'static str, all: bool| {
            let own = fields.clone().enumerate().filter_map(|(i, field)| {
                let is_read = names.contains(&field.name().as_str());
                // What is not read may have any name, also one that others have.
                let name =
                    if is_read { field.name().clone() } else { format!("(column {})", i + 1) };
                let ty = ty(field.data_type());
                (all || is_read).then(|| format!("{}: '{ty}'", string(&name)))
            });
            own.collect::<Vec<_>>().join(", ")
        };
        let compression = match self.files[0].packing {
            None => "none",
            Some(packing) => packing.name(),
        };
        match self.files[0].format {
            Format::Parquet => format!("read_parquet({paths}, {folders})"),
            Format::Csv => {
                let columns = listed(&|_| "VARCHAR", true);
                format!(
                    "read_csv({paths}, auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', nullstr = '', compression = '{compression}', columns = {{{columns}}}, {folders})"
                )
            }
            Format::Ndjson => {
                let columns = listed(&json_type, false);
                format!(
                    "read_json({paths}, format = 'newline_delimited', compression = '{compression}', columns = {{{columns}}}, {folders})"
                )
            }
            // DuckDB reads Arrow files only through an extension of its own.
            Format::Arrow => format!("read_arrow({paths})"),
        }
    }
}

fn json_type(ty: &DataType) -> &'static str {
    match ty {
        DataType::Boolean => "BOOLEAN",
        ty if ty.is_integer() => "BIGINT",
        ty if ty.is_floating() => "DOUBLE",
        _ => "VARCHAR",
    }
}

/// Values that are read as text though the file has another type for them.
fn as_text(source: &str, field: &Field) -> Option<String> {
    Some(match field.data_type() {
        DataType::FixedSizeBinary(_) if is_uuid(field) => format!("CAST({source} AS VARCHAR)"),
        DataType::FixedSizeBinary(16) => format!(
            r"regexp_replace(lower(hex({source})), '(.{{8}})(.{{4}})(.{{4}})(.{{4}})(.{{12}})', '\1-\2-\3-\4-\5')"
        ),
        DataType::FixedSizeBinary(_) => format!("lower(hex({source}))"),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
            format!("decode({source})")
        }
        DataType::Time32(_) | DataType::Time64(_) => format!("CAST({source} AS VARCHAR)"),
        // Parquet knows no lengths of time: they are whole numbers of their unit.
        DataType::Duration(unit) => {
            let (per_second, digits) = match unit {
                TimeUnit::Second => ("1", 0),
                TimeUnit::Millisecond => ("1000", 3),
                TimeUnit::Microsecond => ("1000000", 6),
                TimeUnit::Nanosecond => ("1000000000", 9),
            };
            let part = format!(
                "rtrim(rtrim('.' || lpad(CAST(abs({source}) % {per_second} AS VARCHAR), {digits}, '0'), '0'), '.')"
            );
            let sign = format!("CASE WHEN {source} < 0 THEN '-' ELSE '' END");
            format!(
                "{sign} || 'PT' || CAST(abs({source}) // {per_second} AS VARCHAR) || {part} || 'S'"
            )
        }
        _ => return None,
    })
}

/// A name in quotes: those of files may hold anything.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The path as a pattern that nothing else matches.
fn as_pattern(path: &str) -> String {
    let one = |c: char| match c {
        '*' | '?' | '[' => format!("[{c}]"),
        _ => c.to_string(),
    };
    path.chars().map(one).collect()
}

/// A value that the reader gives as `from`, as the column's type.
fn typed(source: &str, ty: Type, from: &DataType, zone: &str) -> String {
    let is_text = matches!(from, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    let local = |time: String| match zone {
        "UTC" => time,
        zone => format!("timezone('UTC', timezone({}, {time}))", string(zone)),
    };
    let name = match (ty, from) {
        (Type::Timestamp, _) if is_text => {
            return format!("instant_of({source}, {})", string(zone));
        }
        (Type::Timestamp, DataType::Timestamp(_, Some(_))) => {
            return format!("timezone('UTC', CAST({source} AS TIMESTAMPTZ))");
        }
        (Type::Timestamp, _) => return local(format!("CAST({source} AS TIMESTAMP)")),
        (Type::Decimal, _) if from.is_decimal() => return source.to_owned(),
        (Type::Decimal, _) if from.is_integer() => "DECIMAL(19, 0)",
        // How many digits they have, only all values together tell; DuckDB's types are chosen before.
        (Type::Decimal, _) => "DOUBLE",
        (Type::Text | Type::Unknown, _) if is_text => return source.to_owned(),
        (ty, _) => sql_type(ty),
    };
    format!("CAST({source} AS {name})")
}
