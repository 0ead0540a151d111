//! The rows of a sheet, from the names of its columns on.

use std::collections::VecDeque;
use std::io;

use milepost_semantics::model::Csv;

use super::cells::{Cell, Meaning, name_of};
use super::package::damaged;
use super::parts::{Strings, Styles};
use super::xml::{Next, Xml};
use crate::source::fault::Unreadable;
use crate::source::input::{LONGEST, too_long};

/// The rows that a sheet may have.
const MOST_ROWS: u32 = 1_048_576;

/// A row that holds a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// As its program shows it, from 1.
    pub(super) number: u32,
    /// As texts, empty where there are none; as many as the columns have names, or more.
    pub(super) values: Vec<String>,
    /// The column of a formula that was never computed.
    uncomputed: Option<u32>,
}

impl Row {
    /// The row, whose values must be known as it is not left out.
    fn computed(self) -> io::Result<Self> {
        let Some(column) = self.uncomputed else { return Ok(self) };
        let place = format!("{}{}", name_of(column), self.number);
        let why = format!("the formula in cell {place} has no value: it was never computed");
        let help = "open the workbook in its program and save it, so that it holds the values of its formulas";
        Err(Unreadable::fault(why, help.to_owned()))
    }
}

/// The rows of a sheet that are not left out.
pub(super) struct Rows {
    xml: Xml,
    meaning: Meaning,
    skip_first: u32,
    /// Rows that may be among the last ones, which are left out.
    last: VecDeque<Row>,
    skip_last: usize,
    /// How many columns have names, once that is known.
    columns: usize,
    /// The number of the row before.
    before: u32,
    is_over: bool,
}

impl Rows {
    pub(super) fn new(
        xml: Xml,
        strings: Strings,
        styles: Styles,
        from_1904: bool,
        csv: &Csv,
    ) -> Self {
        Self {
            xml,
            meaning: Meaning { strings, styles, from_1904 },
            skip_first: csv.skip_first,
            last: VecDeque::new(),
            skip_last: csv.skip_last as usize,
            columns: 0,
            before: 0,
            is_over: false,
        }
    }

    /// The next row; the first one holds the names.
    pub(super) fn next_row(&mut self) -> io::Result<Option<Row>> {
        while self.last.len() <= self.skip_last {
            match self.any_row()? {
                Some(row) if row.number <= self.skip_first || row.values.is_empty() => {}
                Some(mut row) => {
                    if self.columns == 0 {
                        self.columns = row.values.len();
                    }
                    if row.values.len() < self.columns {
                        row.values.resize(self.columns, String::new());
                    }
                    self.last.push_back(row);
                }
                None => return Ok(None),
            }
        }
        self.last.pop_front().map(Row::computed).transpose()
    }

    /// The next row up to its last value, which may be no row at all.
    fn any_row(&mut self) -> io::Result<Option<Row>> {
        while !self.is_over {
            let number = match self.xml.next()? {
                Next::Start(element) if element.name() == "row" => element.number("r")?,
                Next::Over => {
                    self.is_over = true;
                    continue;
                }
                Next::Start(_) | Next::End | Next::Text(_) | Next::Other => continue,
            };
            let number = number.unwrap_or(self.before + 1);
            if number <= self.before || number > MOST_ROWS {
                return Err(damaged());
            }
            self.before = number;
            let (mut values, uncomputed) = self.values(number)?;
            let filled = values.iter().rposition(|value| !value.is_empty());
            values.truncate(filled.map_or(0, |last| last + 1));
            return Ok(Some(Row { number, values, uncomputed }));
        }
        Ok(None)
    }

    /// The values of a row, and the column of a formula among them that was never computed.
    fn values(&mut self, number: u32) -> io::Result<(Vec<String>, Option<u32>)> {
        let base = self.xml.depth();
        let mut values = Vec::with_capacity(self.columns);
        let (mut length, mut uncomputed) = (0, None);
        while self.xml.depth() >= base {
            let next = u32::try_from(values.len()).map_err(|_| damaged())?;
            let cell = match self.xml.next()? {
                Next::Start(element) if element.name() == "c" => {
                    Cell::begun(&element, next, number)?
                }
                Next::Over => return Err(damaged()),
                Next::Start(_) | Next::End | Next::Text(_) | Next::Other => continue,
            };
            if cell.column < next {
                return Err(damaged());
            }
            values.resize(cell.column as usize, String::new());
            let column = cell.column;
            let value = cell.value(&mut self.xml, &self.meaning)?.unwrap_or_else(|| {
                uncomputed = uncomputed.or(Some(column));
                "=".to_owned()
            });
            length += value.len();
            if length > LONGEST {
                return Err(Unreadable::fault(too_long(), "shorten its texts".to_owned()));
            }
            values.push(value);
        }
        Ok((values, uncomputed))
    }
}
