//! The files of a dataset as DuckDB reads them: the same files, each value as what milepost takes it for.

use arrow::datatypes::{DataType, Field, TimeUnit};

use milepost_semantics::model::{
    Column, ColumnSource, Csv, Dataset, Format, NumberFormat, Type, ValueFormat,
};
use milepost_syntax::ast::BadValues;

use super::formats::Reading;

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

/// A column that becomes rows.
#[derive(Clone, Copy)]
struct Cell<'a> {
    /// The column that has the names, and what stands in place of this one's.
    name: (&'a str, &'a str),
    /// The column that has the values, and where these are.
    value: (&'a str, &'a str),
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
            && becoming(self.contents) == becoming(contents)
            && self.contents.types == contents.types
            && self.contents.written == contents.written
            && self.contents.is_list == contents.is_list
            && known.csv == file.csv
            && known.sheet == file.sheet
            && folders(known) == folders(file)
    }

    fn rows(&self, dataset: &Dataset) -> String {
        let from_files = dataset.columns.iter().filter_map(|column| match &column.source {
            ColumnSource::File(name) => Some((column, name.as_str())),
            ColumnSource::Computed(_) | ColumnSource::MemberName(_) => None,
        });
        let names: Vec<&str> = from_files.clone().map(|(_, name)| name).collect();
        let select = |contents: &Contents, reader: &str, cell: Option<Cell<'_>>| {
            let value = |(column, name): (&Column, &str)| {
                let value = self.value(dataset, contents, column, name, cell);
                format!("{value} AS {}", ident(&column.name))
            };
            let columns: Vec<String> = from_files.clone().map(value).collect();
            format!("SELECT {}\n  FROM {reader}", columns.join(",\n    "))
        };
        let Some(unpivoted) = self.contents.unpivoted.as_deref() else {
            return select(self.contents, &self.reader(self.contents, &names), None);
        };
        // Once for each column that becomes rows: what DuckDB has for it gives the names of columns, not their days.
        let inner = &unpivoted.inner;
        let reader = self.reader(inner, &unpivoted.wanted(&names));
        let rows = unpivoted.columns.iter().map(|(column, name)| {
            let cell = Cell { name: (&unpivoted.name, name), value: (&unpivoted.value, column) };
            select(inner, &reader, Some(cell))
        });
        rows.collect::<Vec<_>>().join("\n  UNION ALL ")
    }

    fn value(
        &self,
        dataset: &Dataset,
        contents: &Contents,
        column: &Column,
        name: &str,
        cell: Option<Cell<'_>>,
    ) -> String {
        let zone = dataset.time_zone.as_deref().unwrap_or("UTC");
        let name = match cell {
            Some(cell) if cell.name.0 == name => {
                return self.typed(&string(cell.name.1), column, &DataType::Utf8, zone);
            }
            Some(cell) if cell.value.0 == name => cell.value.1,
            _ => name,
        };
        if let Some(field) = contents.field(name) {
            if field.data_type().is_null() {
                return format!("CAST(NULL AS {})", sql_type(column.ty));
            }
            let source = match contents.nested.path(name) {
                Some(path) => path.iter().map(|name| quoted(name)).collect::<Vec<_>>().join("."),
                None => quoted(name),
            };
            return match as_text(&source, field) {
                Some(text) => self.typed(&text, column, &DataType::Utf8, zone),
                None => self.typed(&source, column, field.data_type(), zone),
            };
        }
        match self.files[0].partitions.iter().find(|partition| partition.name == name) {
            Some(partition) => {
                self.typed(&quoted(&partition.written), column, &DataType::Utf8, zone)
            }
            None => format!("CAST(NULL AS {})", sql_type(column.ty)),
        }
    }

    /// A value that the reader gives as `from`, as the column's type.
    fn typed(&self, source: &str, column: &Column, from: &DataType, zone: &str) -> String {
        let or_null = column.bad_values == BadValues::Null;
        let reading = Reading { ty: column.ty, zone, or_null };
        let file = self.files[0];
        let by_comma = file.format == Format::Csv && file.csv.decimal == b',';
        let format = match &column.format {
            None if by_comma && column.ty.is_numeric() => {
                Some(ValueFormat::Number(NumberFormat::with_decimal(',')))
            }
            format => format.clone(),
        };
        let by_format = format.and_then(|format| reading.by(&format, source, from));
        let is_text = *from == DataType::Utf8;
        let or_null = || reading.usual_or_null(source).filter(|_| or_null && is_text);
        by_format.or_else(or_null).unwrap_or_else(|| typed(source, from, reading))
    }

    /// The table function; `names`: the columns that are read.
    fn reader(&self, contents: &Contents, names: &[&str]) -> String {
        let paths: Vec<String> =
            self.files.iter().map(|file| string(&as_pattern(&file.shown))).collect();
        let paths = format!("[{}]", paths.join(", "));
        let folders = if self.files[0].partitions.is_empty() {
            "hive_partitioning = false"
        } else {
            "hive_partitioning = true, hive_types_autocast = false"
        };
        let compression = match self.files[0].packing {
            None => "none",
            Some(packing) => packing.name(),
        };
        match self.files[0].format {
            Format::Parquet => format!("read_parquet({paths}, {folders})"),
            Format::Csv => {
                let columns = csv_columns(contents, names);
                let file = self.files[0];
                if file.csv.skip_last > 0 {
                    return without_last(file, names);
                }
                let way = written(&file.csv, contents);
                format!(
                    "read_csv({paths}, auto_detect = false, header = true, {way}, compression = '{compression}', columns = {{{columns}}}, {folders})"
                )
            }
            Format::Json => {
                let columns = json_columns(contents, names);
                let format = if contents.is_list { "array" } else { "newline_delimited" };
                format!(
                    "read_json({paths}, format = '{format}', compression = '{compression}', columns = {{{columns}}}, {folders})"
                )
            }
            // Its extension gives days as numbers and has no way to leave lines out.
            Format::Xlsx => {
                let why = format!(
                    "{}: DuckDB reads no workbook as milepost does; save its sheet as CSV",
                    self.files[0].shown
                );
                no_rows(&why, names)
            }
            // DuckDB reads Arrow files only through an extension of its own.
            Format::Arrow => format!("read_arrow({paths})"),
        }
    }
}

/// The columns that become rows.
fn becoming(contents: &Contents) -> Option<&[(String, String)]> {
    contents.unpivoted.as_deref().map(|unpivoted| unpivoted.columns.as_slice())
}

fn csv_columns(contents: &Contents, names: &[&str]) -> String {
    let columns = contents.read.fields().iter().enumerate().map(|(i, field)| {
        // What is not read may have any name, also one that others have.
        let name = match names.contains(&field.name().as_str()) {
            true => field.name().clone(),
            false => format!("(column {})", i + 1),
        };
        format!("{}: 'VARCHAR'", string(&name))
    });
    columns.collect::<Vec<_>>().join(", ")
}

fn json_columns(contents: &Contents, names: &[&str]) -> String {
    let nested = &contents.nested;
    let fields = contents.read.fields().iter();
    let own = fields.filter(|field| nested.path(field.name()).is_none());
    let wanted = own.filter_map(|field| nested.wanted(field, names));
    let columns = wanted.map(|field| {
        format!("{}: {}", string(field.name()), string(&json_type(field.data_type())))
    });
    columns.collect::<Vec<_>>().join(", ")
}

/// How a CSV file is written, as arguments of its reader.
fn written(csv: &Csv, contents: &Contents) -> String {
    let written = contents.written.clone().unwrap_or_default();
    let dialect = written.dialect;
    let separator = string(&char::from(dialect.separator).to_string());
    let quote = string(&dialect.quote().map_or_else(String::new, String::from));
    let nulls: Vec<String> =
        [""].into_iter().chain(csv.null_values.iter().map(String::as_str)).map(string).collect();
    let nulls = match &nulls[..] {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    let skip = match written.lines {
        0 => String::new(),
        // In strict mode, rows whose line break differs from that of the skipped lines are dropped without an error.
        lines => format!(", skip = {lines}, strict_mode = false"),
    };
    // DuckDB has names of its own. It reads other encodings by an extension, and bytes of Windows-1252 that Latin-1 lacks
    // not at all: it says so.
    let encoding = match written.encoding {
        "UTF-8" => String::new(),
        "UTF-16LE" => ", encoding = 'utf-16'".to_owned(),
        "windows-1252" => ", encoding = 'latin-1'".to_owned(),
        other => format!(", encoding = {}", string(&other.to_lowercase())),
    };
    format!(
        "delim = {separator}, quote = {quote}, escape = {quote}, nullstr = {nulls}{skip}{encoding}"
    )
}

/// DuckDB can't skip lines at the end: reading the rows is an error that says so.
fn without_last(file: &DataFile, names: &[&str]) -> String {
    let why = format!(
        "{}: `skip_last` leaves out the last {} lines, which DuckDB can not; remove them from a copy of the file",
        file.shown, file.csv.skip_last
    );
    no_rows(&why, names)
}

/// Columns that can't be read: an error that says why.
fn no_rows(why: &str, names: &[&str]) -> String {
    let columns: Vec<String> =
        names.iter().map(|name| format!("CAST(NULL AS VARCHAR) AS {}", quoted(name))).collect();
    let columns = if columns.is_empty() { "NULL".to_owned() } else { columns.join(", ") };
    format!("(SELECT {columns} WHERE error({}) IS NULL)", string(why))
}

fn json_type(ty: &DataType) -> String {
    match ty {
        DataType::Boolean => "BOOLEAN".to_owned(),
        DataType::Struct(fields) => {
            let fields = fields
                .iter()
                .map(|field| format!("{} {}", quoted(field.name()), json_type(field.data_type())));
            format!("STRUCT({})", fields.collect::<Vec<_>>().join(", "))
        }
        ty if ty.is_integer() => "BIGINT".to_owned(),
        ty if ty.is_floating() => "DOUBLE".to_owned(),
        _ => "VARCHAR".to_owned(),
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

/// A value that the reader gives as `from`, as the type, where it is written as usual.
fn typed(source: &str, from: &DataType, reading: Reading<'_>) -> String {
    let is_text = matches!(from, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    let name = match (reading.ty, from) {
        (Type::Timestamp, _) if is_text => {
            return format!("instant_of({source}, {})", string(reading.zone));
        }
        (Type::Timestamp, DataType::Timestamp(_, Some(_))) => {
            return format!("timezone('UTC', CAST({source} AS TIMESTAMPTZ))");
        }
        (Type::Timestamp, _) => return reading.local(&format!("CAST({source} AS TIMESTAMP)")),
        (Type::Decimal, _) if from.is_decimal() => return source.to_owned(),
        (Type::Decimal, _) if from.is_integer() => "DECIMAL(19, 0)",
        // How many digits they have, only all values together tell; DuckDB's types are chosen before.
        (Type::Decimal, _) => "DOUBLE",
        (Type::Text | Type::Unknown, _) if is_text => return source.to_owned(),
        (ty, _) => sql_type(ty),
    };
    format!("CAST({source} AS {name})")
}
