//! Where things stand in text files. Only messages ask: each answer is one pass over the file.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read as _};

use serde::de::IgnoredAny;

use milepost_semantics::model::Format;

use super::csv::{self, Dialect, Opened};
use super::{DataFile, input};

/// What is wrong with a text file, and what to do about it.
pub(super) struct Fault {
    pub(super) why: String,
    pub(super) help: Vec<String>,
}

/// The first line that no reader could take; absent if every line is as it should be.
pub(super) fn fault(file: &DataFile) -> Option<Fault> {
    match file.format {
        Format::Csv => ragged(file),
        Format::Ndjson => no_object(file),
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

/// The place of a row (counted from 0) in words: its line in a text file, its number in another.
pub(super) fn place(file: &DataFile, row: usize) -> String {
    let line = match file.format {
        Format::Csv => csv_line(file, row),
        Format::Ndjson => json_line(file, row),
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

/// The lines of a file that have something on them, each with its number.
fn json_lines(file: &DataFile) -> Option<impl Iterator<Item = (usize, Vec<u8>)>> {
    let lines = input::lines(file).ok()?.split(b'\n').map_while(Result::ok);
    Some((1..).zip(lines).filter(|(_, line)| !line.trim_ascii().is_empty()))
}

fn json_line(file: &DataFile, row: usize) -> Option<usize> {
    json_lines(file)?.nth(row).map(|(line, _)| line)
}

/// The first line that is no JSON object.
fn no_object(file: &DataFile) -> Option<Fault> {
    json_lines(file)?.find_map(|(number, line)| {
        let error = serde_json::from_slice::<BTreeMap<String, IgnoredAny>>(&line).err()?;
        let starts_list = number == 1 && line.trim_ascii().starts_with(b"[");
        Some(Fault {
            why: if error.is_eof() && !starts_list {
                format!("line {number} is truncated: it is not a complete JSON object")
            } else {
                format!("line {number} is not a JSON object")
            },
            help: vec![if starts_list {
                "the file is one list: write one JSON object per line, without `[`, `]` and the commas between them"
            } else {
                "every line must be one JSON object"
            }
            .to_owned()],
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
        let (csv, partitions) = (std::sync::Arc::default(), Vec::new());
        DataFile { path, shown: name.to_owned(), format, packing: None, csv, partitions }
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
                file("d.ndjson", Format::Ndjson, "{}\n\n{\"a\":\n"),
                Some("line 3 is truncated: it is not a complete JSON object"),
            ),
            (file("e.ndjson", Format::Ndjson, "[{}]\n"), Some("line 1 is not a JSON object")),
        ];
        assert_eq!(place(&table[2].0, 0), "line 2");
        assert_eq!(place(&table[3].0, 1), "line 3");
        for (file, expected) in table {
            assert_eq!(fault(&file).map(|f| f.why).as_deref(), expected, "{}", file.shown);
        }
    }
}
