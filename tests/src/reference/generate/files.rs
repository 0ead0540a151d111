//! The rows of a project in odd files: several for each dataset, in several formats, whose columns have other types in
//! each.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::{Offset, TimeZone};
use milepost::engine::write::{Values, parquet};
use milepost::semantics::model::{ColumnSource, Dataset, Model, Type};

use super::{Project, Random};
use crate::value::Value;
use crate::world::RawRow;

/// How the values of a column are stored in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stored {
    /// As they are written: of the declared type where the format has types.
    Plain,
    /// As text, where the format has types.
    Text,
    /// Whole numbers and decimals as doubles.
    Double,
    /// Whole numbers and decimals with more digits after the point than they need.
    Long,
    /// Times with `Z`.
    Zulu,
    /// Times with an offset.
    Offset,
    /// In the names of folders.
    Folder,
    /// In the name of the folder that says null.
    NullFolder,
    /// Nothing but nulls, of no type.
    Nothing,
}

/// How a file is laid out around its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Around {
    Plain,
    /// Every value of a CSV file in quotes, with line breaks, quotes and backslashes in a column of their own between columns of
    /// one name and of none.
    Quoted,
    /// As a spreadsheet writes it: a line that tells the separator, and in UTF-16 with a mark.
    Sheet,
    /// Tabs between values.
    Tabs,
    Gzip,
    Zstd,
}

/// All of them.
pub(crate) const ALL: [Stored; 9] = [
    Stored::Plain,
    Stored::Text,
    Stored::Double,
    Stored::Long,
    Stored::Zulu,
    Stored::Offset,
    Stored::Folder,
    Stored::NullFolder,
    Stored::Nothing,
];

/// A column of one file.
struct Column<'a> {
    name: &'a str,
    ty: Type,
    stored: Stored,
    cells: Vec<Option<&'a str>>,
}

/// Writes the project with its rows in odd files, and tells how values were stored.
pub(crate) fn write(project: &Project, model: &Model, folder: &Path, seen: &mut BTreeSet<Stored>) {
    project.write(folder);
    let spec = std::fs::read_to_string(folder.join("specs/all.yaml")).unwrap();
    std::fs::write(folder.join("specs/all.yaml"), spec.replace(".csv\n", "/\n")).unwrap();
    let mut random = Random::new(project.seed * 77 + 5);
    for (name, rows) in &project.tables {
        std::fs::remove_file(folder.join(format!("data/{name}.csv"))).unwrap();
        let dataset = &model[model.dataset(name).unwrap()];
        let in_folders =
            dataset.columns.iter().find(|c| c.ty == Type::Text && !is_key(dataset, &c.name));
        let in_folders = in_folders.filter(|_| random.percent(50) && !rows.is_empty());
        let mut files: BTreeMap<(String, usize), Vec<&RawRow>> = BTreeMap::new();
        for row in rows {
            let place = in_folders.map(|c| partition(&c.name, row.get(&c.name), seen));
            files.entry((place.unwrap_or_default(), random.below(3))).or_default().push(row);
        }
        if files.is_empty() {
            files.insert((String::new(), 0), Vec::new());
        }
        for ((place, number), rows) in files {
            let into = folder.join("data").join(name).join(place);
            std::fs::create_dir_all(&into).unwrap();
            let left_out = in_folders.map(|c| c.name.as_str());
            file(&into, number, dataset, left_out, &rows, &mut random, seen);
        }
    }
}

pub(crate) fn is_key(dataset: &Dataset, name: &str) -> bool {
    let links = dataset.entities.iter().flat_map(|(_, columns)| columns);
    let mut keys = dataset.key.iter().chain(&dataset.unique).chain(links);
    keys.any(|column| dataset[*column].name == name)
}

/// `plan=fr%65e`: every other byte in escapes.
fn partition(name: &str, value: Option<&String>, seen: &mut BTreeSet<Stored>) -> String {
    let Some(value) = value else {
        seen.insert(Stored::NullFolder);
        return format!("{name}=__HIVE_DEFAULT_PARTITION__");
    };
    seen.insert(Stored::Folder);
    value.bytes().enumerate().fold(format!("{name}="), |mut text, (i, byte)| {
        if i % 2 == 1 || !byte.is_ascii_alphanumeric() {
            _ = write!(text, "%{byte:02X}");
        } else {
            text.push(char::from(byte));
        }
        text
    })
}

fn file(
    into: &Path,
    number: usize,
    dataset: &Dataset,
    left_out: Option<&str>,
    rows: &[&RawRow],
    random: &mut Random,
    seen: &mut BTreeSet<Stored>,
) {
    let format = random.word(&["csv", "ndjson", "parquet", "parquet"]);
    let mut columns = Vec::new();
    for column in &dataset.columns {
        let ColumnSource::File(name) = &column.source else { continue };
        if left_out == Some(name) {
            continue;
        }
        let choices: &[Stored] = match column.ty {
            Type::Integer | Type::Decimal => {
                &[Stored::Plain, Stored::Text, Stored::Double, Stored::Long]
            }
            Type::Timestamp => &[Stored::Plain, Stored::Zulu, Stored::Offset],
            _ => &[Stored::Plain, Stored::Text],
        };
        let stored = *random.pick(choices);
        let cells: Vec<_> = rows.iter().map(|row| row.get(name).map(String::as_str)).collect();
        let is_nothing = cells.iter().all(Option::is_none) && !cells.is_empty();
        let stored = if is_nothing { Stored::Nothing } else { stored };
        seen.insert(stored);
        columns.push(Column { name, ty: column.ty, stored, cells });
    }
    let path = into.join(format!("{number}.{format}"));
    let around = *random.pick(&[
        Around::Plain,
        Around::Quoted,
        Around::Sheet,
        Around::Tabs,
        Around::Gzip,
        Around::Zstd,
    ]);
    match format.as_str() {
        "parquet" => {
            let values = columns.iter().map(|c| (c.name.to_owned(), values(dataset, c)));
            parquet(std::fs::File::create(path).unwrap(), values.collect()).unwrap();
        }
        "csv" if around == Around::Quoted => {
            std::fs::write(path, quoted(dataset, &columns, rows.len())).unwrap();
        }
        "csv" if around == Around::Sheet => {
            let text = format!("sep=;\r\n{}", csv(dataset, &columns, rows.len(), ';'));
            let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
            let bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
            std::fs::write(path, bytes).unwrap();
        }
        "csv" if around == Around::Tabs => {
            let path = path.with_extension("tsv");
            std::fs::write(path, csv(dataset, &columns, rows.len(), '\t')).unwrap();
        }
        "csv" => packed(&path, around, &csv(dataset, &columns, rows.len(), ',')),
        _ => {
            let text = ndjson(dataset, &columns, rows.len());
            // Without a row, a file of objects says nothing.
            if !text.is_empty() {
                packed(&path, around, &text);
            } else {
                let text = csv(dataset, &columns, 0, ',');
                std::fs::write(into.join(format!("{number}.csv")), text).unwrap();
            }
        }
    }
}

fn csv(dataset: &Dataset, columns: &[Column<'_>], rows: usize, separator: char) -> String {
    let separator = separator.to_string();
    let names: Vec<&str> = columns.iter().map(|c| c.name).collect();
    let mut text = names.join(&separator) + "\n";
    for row in 0..rows {
        let cells = columns.iter().map(|c| written(dataset, c, row).unwrap_or_default());
        text += &(cells.collect::<Vec<_>>().join(&separator) + "\n");
    }
    text
}

/// The same with every value in quotes, between columns that nobody can name.
fn quoted(dataset: &Dataset, columns: &[Column<'_>], rows: usize) -> String {
    let names: Vec<String> = columns.iter().map(|c| format!("\"{}\"", c.name)).collect();
    let mut text = format!("odd,,{},odd,\r\n", names.join(","));
    for row in 0..rows {
        let cells = columns.iter().map(|c| match written(dataset, c, row) {
            Some(value) => format!("\"{}\"", value.replace('"', "\"\"")),
            None => String::new(),
        });
        let cells = cells.collect::<Vec<_>>().join(",");
        _ = write!(text, "\"a\r\n\"\"b\"\"\n,\\\",,{cells},\"\\\",\r\n");
    }
    text
}

/// The text in a file that is compressed, if it is to be.
fn packed(path: &Path, around: Around, text: &str) {
    let ending = match around {
        Around::Plain | Around::Quoted | Around::Sheet | Around::Tabs => {
            return std::fs::write(path, text).unwrap();
        }
        Around::Gzip => "gz",
        Around::Zstd => "zst",
    };
    let file = std::fs::File::create(format!("{}.{ending}", path.display())).unwrap();
    if around == Around::Gzip {
        let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        gzip.write_all(text.as_bytes()).unwrap();
        gzip.finish().unwrap();
    } else {
        zstd::stream::copy_encode(text.as_bytes(), file, 1).unwrap();
    }
}

fn ndjson(dataset: &Dataset, columns: &[Column<'_>], rows: usize) -> String {
    let mut text = String::new();
    for row in 0..rows {
        let cells = columns.iter().map(|column| {
            let bare =
                matches!(column.ty, Type::Integer | Type::Decimal | Type::Number | Type::Boolean)
                    && column.stored != Stored::Text;
            match written(dataset, column, row) {
                None => format!("\"{}\": null", column.name),
                Some(value) if bare => format!("\"{}\": {value}", column.name),
                Some(value) => format!("\"{}\": \"{value}\"", column.name),
            }
        });
        _ = writeln!(text, "{{{}}}", cells.collect::<Vec<_>>().join(", "));
    }
    text
}

/// The value as a text holds it.
fn written(dataset: &Dataset, column: &Column<'_>, row: usize) -> Option<String> {
    let cell = column.cells[row]?;
    let with_point =
        |text: &str| if text.contains('.') { text.to_owned() } else { format!("{text}.0") };
    Some(match (column.ty, column.stored) {
        (Type::Integer | Type::Decimal, Stored::Double) => with_point(cell),
        (Type::Integer | Type::Decimal, Stored::Long) => with_point(cell) + "000",
        (Type::Timestamp, Stored::Zulu) => zoned(dataset, cell, 0),
        (Type::Timestamp, Stored::Offset) => zoned(dataset, cell, 5 * 3_600 + 1_800),
        _ => cell.to_owned(),
    })
}

fn zoned(dataset: &Dataset, cell: &str, seconds: i32) -> String {
    let at = Timestamp::from_microsecond(instant(dataset, cell)).unwrap();
    if seconds == 0 {
        return at.to_string();
    }
    let zone = TimeZone::fixed(Offset::from_seconds(seconds).unwrap());
    at.to_zoned_datetime(zone).strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string()
}

fn instant(dataset: &Dataset, text: &str) -> i64 {
    match Value::read(text, crate::tree::Type::Timestamp, dataset.time_zone.as_deref()) {
        Value::Time(at) => at,
        other => panic!("{other:?} is no time"),
    }
}

fn values(dataset: &Dataset, column: &Column<'_>) -> Values {
    fn each<T>(cells: &[Option<&str>], read: impl Fn(&str) -> T) -> Vec<Option<T>> {
        cells.iter().map(|cell| cell.map(&read)).collect()
    }
    let cells = &column.cells;
    let text = || Values::Text((0..cells.len()).map(|row| written(dataset, column, row)).collect());
    match (column.ty, column.stored) {
        (_, Stored::Nothing) => Values::Nothing(cells.len()),
        (_, Stored::Text) => text(),
        (Type::Integer | Type::Decimal, Stored::Double) => {
            Values::Number(each(cells, |c| c.parse().unwrap()))
        }
        (Type::Integer, Stored::Long) => {
            Values::Decimal { scale: 3, values: each(cells, |c| mantissa(c, 3)) }
        }
        (Type::Decimal, Stored::Long) => {
            Values::Decimal { scale: 7, values: each(cells, |c| mantissa(c, 7)) }
        }
        (Type::Decimal, _) => Values::Decimal { scale: 4, values: each(cells, |c| mantissa(c, 4)) },
        (Type::Integer, _) => Values::Integer(each(cells, |c| c.parse().unwrap())),
        (Type::Number, _) => Values::Number(each(cells, |c| c.parse().unwrap())),
        (Type::Boolean, _) => Values::Boolean(each(cells, |c| c.parse().unwrap())),
        (Type::Date, _) => Values::Date(each(cells, |c| {
            let day: jiff::civil::Date = c.parse().unwrap();
            (day - date(1970, 1, 1)).get_days()
        })),
        (Type::Timestamp, Stored::Zulu) => Values::Instant(each(cells, |c| instant(dataset, c))),
        (Type::Timestamp | Type::Text | Type::Duration | Type::Unknown, _) => text(),
    }
}

/// A decimal as a count of its smallest parts.
pub(crate) fn mantissa(text: &str, scale: usize) -> i128 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    assert!(part.len() <= scale, "`{text}` has more than {scale} digits after the point");
    format!("{whole}{part:0<scale$}").parse().unwrap()
}
