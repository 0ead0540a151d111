//! Where things stand in text files. Only messages ask: each answer is one pass over the file.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read as _};
use std::sync::Arc;

use serde::de::IgnoredAny;

use milepost_semantics::model::Format;

use super::contents::undeclared_contents;
use super::csv::{self, Dialect, Opened};
use super::elements::Elements;
use super::fault::NotJson;
use super::unpivot::Unpivoted;
use super::{DataFile, input, kinds, workbook};

/// What is wrong with a text file, and what to do about it.
pub(super) struct Fault {
    pub(super) why: String,
    pub(super) help: Vec<String>,
}

/// The first line that no reader could take; absent if every line is as it should be.
pub(super) fn fault(file: &DataFile) -> Option<Fault> {
    match file.format {
        Format::Csv => ragged(file),
        Format::Xlsx => too_wide(file),
        Format::Json => no_object(file),
        Format::Parquet | Format::Arrow => None,
    }
}

fn open_quote(line: usize, quote: char) -> Fault {
    Fault {
        why: format!("the quote that opens on line {line} is never closed"),
        help: vec![
            format!("close it; a quote inside a quoted value is written twice: `{quote}{quote}`"),
            "where quotes are characters like others, write `csv: { quote: none }` at the dataset"
                .to_owned(),
        ],
    }
}

/// The place of a row (counted from 0) in words: its line in a text file, its number in another; of a sheet the number that
/// its program shows.
pub(super) fn place(file: &DataFile, row: usize) -> String {
    if let Some(unpivoted) = unpivoted(file) {
        let (column, _) = &unpivoted.columns[row % unpivoted.width()];
        return format!("`{column}` in {}", place_in_file(file, row / unpivoted.width()));
    }
    place_in_file(file, row)
}

/// How the rows of a file became those of its dataset; absent where they are the same.
fn unpivoted(file: &DataFile) -> Option<Arc<Unpivoted>> {
    file.unpivot.as_ref()?;
    undeclared_contents(file, 1).ok()?.unpivoted
}

fn place_in_file(file: &DataFile, row: usize) -> String {
    let line = match file.format {
        Format::Csv => csv_line(file, row),
        Format::Json => json_line(file, row),
        Format::Xlsx => {
            let number = workbook::number_of(file, row);
            return format!("row {}", number.map_or(row + 1, |number| number as usize));
        }
        Format::Parquet | Format::Arrow => None,
    };
    line.map_or_else(|| format!("row {}", row + 1), |line| format!("line {line}"))
}

/// A record of a CSV file, which may run over several lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Record {
    /// Where it begins, from 1.
    line: usize,
    values: usize,
    /// The line of a quote that the file ends without closing.
    open_quote: Option<usize>,
}

/// Where the pass stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a value.
    Start,
    Plain,
    Quoted,
    /// After a quote inside a quoted value: it closes, or another one follows.
    Closing,
}

/// Shows the records in order, empty lines left out, until `see` has seen enough.
fn records(opened: Opened, mut see: impl FnMut(Record) -> bool) -> std::io::Result<()> {
    let Opened { text, dialect, lines, .. } = opened;
    let fresh = |line| Record { line, values: 1, open_quote: None };
    let (mut record, mut line, mut quote) = (fresh(lines + 1), lines + 1, lines + 1);
    let (mut state, mut empty, mut after_return) = (State::Start, true, false);
    for byte in BufReader::new(text).bytes() {
        let byte = byte?;
        let is_quote = byte == dialect.quote;
        let second_of_pair = byte == b'\n' && after_return;
        after_return = byte == b'\r';
        if second_of_pair {
            continue;
        }
        let breaks = matches!(byte, b'\n' | b'\r');
        line += usize::from(breaks);
        state = match (state, byte) {
            (State::Quoted, _) if is_quote => State::Closing,
            (State::Quoted, _) => State::Quoted,
            (State::Closing, _) if is_quote => State::Quoted,
            (State::Start, _) if is_quote => {
                (quote, empty) = (line, false);
                State::Quoted
            }
            (_, byte) if byte == dialect.separator => {
                record.values += 1;
                empty = false;
                State::Start
            }
            _ if breaks => {
                if !empty && !see(record) {
                    return Ok(());
                }
                (record, empty) = (fresh(line), true);
                State::Start
            }
            _ => {
                empty = false;
                State::Plain
            }
        };
    }
    if !empty {
        record.open_quote = (state == State::Quoted).then_some(quote);
        see(record);
    }
    Ok(())
}

/// The first row with a value in a column that has no name.
fn too_wide(file: &DataFile) -> Option<Fault> {
    let (row, values, names) = workbook::too_wide(file)?;
    Some(Fault {
        why: format!("row {row} has a value in column {values}, and only {names} columns have names"),
        help: vec![
            "give every column with values a name, or remove what stands beside the rows".to_owned(),
            "rows above the names or below the rows, such as totals, are left out by `xlsx: { skip_first: 1, skip_last: 1 }`"
                .to_owned(),
        ],
    })
}

/// The first record with more or fewer values than the header has names.
fn ragged(file: &DataFile) -> Option<Fault> {
    let (mut names, mut bad) = (None, None);
    let see = |record: Record| {
        let header = *names.get_or_insert(record.values);
        if record.values != header || record.open_quote.is_some() {
            bad = Some(record);
        }
        bad.is_none()
    };
    let opened = csv::open(file).ok()?;
    let dialect = opened.dialect;
    records(opened, see).ok()?;
    let (names, bad) = (names?, bad?);
    if let Some(line) = bad.open_quote {
        return Some(open_quote(line, dialect.quote().unwrap_or_default()));
    }
    let counted = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    Some(Fault {
        why: format!(
            "line {} has {}, the header has {}",
            bad.line,
            counted(bad.values, "value"),
            counted(names, "name")
        ),
        help: help_of_ragged(dialect, file.csv.separator.is_none()),
    })
}

fn help_of_ragged(dialect: Dialect, is_found: bool) -> Vec<String> {
    let value = match (dialect.separator, dialect.quote()) {
        (b',', Some('"')) => "a value with a comma is in double quotes".to_owned(),
        (_, Some(quote)) => format!("a value that holds the separator is between `{quote}`"),
        (_, None) => "no value may hold the separator".to_owned(),
    };
    let mut help =
        vec![format!("every line needs as many values as the header has names; {value}")];
    if dialect.separator != b',' && is_found {
        help.push(format!(
            "the first lines have {} between values; if that is wrong, write `csv: {{ separator: \",\" }}` at the dataset",
            dialect.between()
        ));
    }
    help.push("lines above the names or below the rows, such as totals, are left out by `csv: { skip_first: 1, skip_last: 1 }`".to_owned());
    help
}

fn csv_line(file: &DataFile, row: usize) -> Option<usize> {
    let (mut left, mut line) = (row + 1, None);
    let see = |record: Record| {
        if left == 0 {
            line = Some(record.line);
            return false;
        }
        left -= 1;
        true
    };
    records(csv::open(file).ok()?, see).ok()?;
    line
}

/// An object of a JSON file, or what stands in the place of one.
struct JsonRow {
    /// Where it begins, from 1.
    line: usize,
    text: Vec<u8>,
    /// It stands in a list, and may go over several lines.
    is_listed: bool,
}

/// The objects of a JSON file.
fn json_rows(file: &DataFile) -> std::io::Result<impl Iterator<Item = std::io::Result<JsonRow>>> {
    let mut lines = input::Lines::new(Elements::with_starts(input::open(file)?));
    let (mut number, mut row) = (0, 0);
    Ok(std::iter::from_fn(move || {
        loop {
            let mut text = Vec::new();
            match lines.read_until(b'\n', &mut text) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
            number += 1;
            if !text.trim_ascii().is_empty() {
                let start = lines.get_ref().input.start(row);
                row += 1;
                let (line, is_listed) = (start.unwrap_or(number), start.is_some());
                return Some(Ok(JsonRow { line, text, is_listed }));
            }
        }
    }))
}

fn json_line(file: &DataFile, row: usize) -> Option<usize> {
    json_rows(file).ok()?.nth(row)?.ok().map(|row| row.line)
}

/// The first line that is no JSON object.
fn no_object(file: &DataFile) -> Option<Fault> {
    json_rows(file).ok()?.find_map(|row| {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                let why = error.get_ref()?.downcast_ref::<NotJson>()?.to_string();
                let help = vec!["a list is `[{…}, {…}]`: objects, with commas between".to_owned()];
                return Some(Fault { why, help });
            }
        };
        let error = kinds::object(&row.text).err()?;
        let is_object = serde_json::from_slice::<BTreeMap<String, IgnoredAny>>(&row.text).is_ok();
        let JsonRow { line, is_listed, .. } = row;
        Some(Fault {
            why: if is_object {
                format!(
                    "the object on line {line} holds a number out of range, a broken `\\u…`, or too many levels"
                )
            } else if is_listed {
                format!("the object that begins on line {line} is not JSON")
            } else if error.is_eof() {
                format!("line {line} is truncated: it is not a complete JSON object")
            } else {
                format!("line {line} is not a JSON object")
            },
            help: vec![
                "every row must be one JSON object: one per line, or all in one list `[{…}, {…}]`"
                    .to_owned(),
            ],
        })
    })
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests write the files that are read")]
mod tests {
    use super::*;

    fn opened(text: &str) -> Opened {
        let folder = tempfile::tempdir().unwrap();
        csv::open(&file(folder.path(), "a.csv", Format::Csv, text)).unwrap()
    }

    fn file(folder: &std::path::Path, name: &str, format: Format, text: &str) -> DataFile {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        let (csv, partitions) = (Arc::default(), Vec::new());
        DataFile {
            path,
            shown: name.to_owned(),
            format,
            packing: None,
            csv,
            sheet: None,
            unpivot: None,
            partitions,
        }
    }

    fn seen(text: &str) -> Vec<(usize, usize)> {
        let mut list = Vec::new();
        records(opened(text), |record| {
            list.push((record.line, record.values));
            true
        })
        .unwrap();
        list
    }

    #[test]
    fn records_begin_where_their_first_line_is() {
        assert_eq!(seen("a,b\n1,2\n\n3,4"), [(1, 2), (2, 2), (4, 2)]);
        assert_eq!(seen("a,b\r\n1,\"x\r\ny\"\r\n3,4\r\n"), [(1, 2), (2, 2), (4, 2)]);
        assert_eq!(seen("\u{feff}\"a,b\",c\n1,2,3\n"), [(1, 2), (2, 3)]);
        assert_eq!(seen("a\n\"it \"\"is\"\", so\"\nb \"c, d\n"), [(1, 1), (2, 1), (3, 2)]);
    }

    #[test]
    fn the_fault_is_told_by_its_true_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, format, text: &str| file(folder.path(), name, format, text);
        let mut long = String::from("a,b\n");
        long.push_str(&"1,2\n".repeat(504));
        long.push_str("1\n");
        let table = [
            (
                file("a.csv", Format::Csv, &long),
                Some("line 506 has 1 value, the header has 2 names"),
            ),
            (
                file("b.csv", Format::Csv, "a,b\n1,\"2\n3,4\n"),
                Some("the quote that opens on line 2 is never closed"),
            ),
            (file("c.csv", Format::Csv, "a,b\n1,2\n"), None),
            (
                file("d.ndjson", Format::Json, "{}\n\n{\"a\":\n"),
                Some("line 3 is truncated: it is not a complete JSON object"),
            ),
            (
                file("e.json", Format::Json, "[{},\n {\n\"a\": x}]\n"),
                Some("the object that begins on line 2 is not JSON"),
            ),
            (
                file("g.json", Format::Json, "[{},\n {\"a\": 1e999}]\n"),
                Some(
                    "the object on line 2 holds a number out of range, a broken `\\u…`, or too many levels",
                ),
            ),
            (
                file("f.json", Format::Json, "[{},\n 1]\n"),
                Some("what stands on line 2 is no object `{…}` of the list"),
            ),
        ];
        assert_eq!(place(&table[2].0, 0), "line 2");
        assert_eq!(place(&table[3].0, 1), "line 3");
        for (file, expected) in table {
            assert_eq!(fault(&file).map(|f| f.why).as_deref(), expected, "{}", file.shown);
        }
    }
}
