//! One sheet of a workbook (`.xlsx`), as the text of a CSV file: what is said of such text holds for sheets too.
//!
//! A workbook is a zip archive of XML files (ECMA-376). Cells hold numbers and texts; that a number is a day, only the format
//! in which it is shown tells.

mod cells;
mod dates;
mod package;
mod parts;
mod rows;
mod text;
mod xml;

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests write the files that are read")]
mod tests;

use std::io::{self, Read};
use std::path::Path;

use super::DataFile;
use super::fault::Unreadable;
use package::Package;
use parts::{Sheet, Strings, Styles, Workbook};
use rows::Rows;

/// The rows of the sheet of a file that is wanted, from the names of its columns on, in the form of CSV.
pub(super) fn open(file: &DataFile) -> io::Result<Box<dyn Read + Send>> {
    Ok(Box::new(text::Text::new(rows(file)?, text::LARGEST)))
}

/// The names of the sheets of cells that a workbook has, in their order, without hidden ones if there are others; none where it is
/// no workbook.
#[must_use]
pub fn sheets_of(path: &Path) -> Vec<String> {
    let workbook = Package::open(path).and_then(|mut package| Workbook::read(&mut package));
    let Ok(workbook) = workbook else { return Vec::new() };
    workbook.offered().map(|sheet| sheet.name.clone()).collect()
}

/// The number of a row in its sheet, as the program of the workbook shows it; `row`: counted from 0, after the names of the
/// columns.
pub(super) fn number_of(file: &DataFile, row: usize) -> Option<u32> {
    let mut rows = rows(file).ok()?;
    (0..=row + 1).map_while(|_| rows.next_row().ok().flatten()).nth(row + 1).map(|row| row.number)
}

/// The first row with values outside of the columns that have names: its number and how many values it has; and the number of
/// the columns.
pub(super) fn too_wide(file: &DataFile) -> Option<(u32, usize, usize)> {
    let mut rows = rows(file).ok()?;
    let names = rows.next_row().ok()??.values.len();
    while let Some(row) = rows.next_row().ok()? {
        if row.values.len() > names {
            return Some((row.number, row.values.len(), names));
        }
    }
    None
}

fn rows(file: &DataFile) -> io::Result<Rows> {
    let mut package = Package::open(&file.path)?;
    let workbook = Workbook::read(&mut package)?;
    let sheet = wanted(&workbook, file.sheet.as_deref())?;
    let strings = Strings::read(&mut package, &workbook)?;
    let styles = Styles::read(&mut package, &workbook)?;
    let sheet = package.part(&sheet.path)?;
    Ok(Rows::new(sheet, strings, styles, workbook.from_1904, &file.csv))
}

/// The sheet of that name; without one, the only sheet.
fn wanted<'a>(workbook: &'a Workbook, name: Option<&str>) -> io::Result<&'a Sheet> {
    let offered: Vec<&Sheet> = workbook.offered().collect();
    let names = || {
        let names = offered.iter().take(20).map(|sheet| format!("`{}`", sheet.name));
        names.collect::<Vec<_>>().join(", ")
    };
    let choose = |sheet: &str| {
        let sheet = serde_json::Value::from(sheet);
        format!(
            "write which of them holds the rows under the dataset: `xlsx: {{ sheet: {sheet} }}`"
        )
    };
    let fault = |why: String, help: String| Err(Unreadable::fault(why, help));
    match (name, &offered[..]) {
        (Some(name), _) => match workbook.sheets.iter().find(|sheet| sheet.name == name) {
            Some(sheet) => Ok(sheet),
            None => fault(
                format!("it has no sheet `{name}`; its sheets are {}", names()),
                choose(offered.first().map_or("", |sheet| &sheet.name)),
            ),
        },
        (None, [one]) => Ok(one),
        (None, []) => fault(
            "it has no sheet of cells".to_owned(),
            "save the workbook again with a sheet that holds the rows".to_owned(),
        ),
        (None, [first, ..]) => {
            fault(format!("it has {} sheets: {}", offered.len(), names()), choose(&first.name))
        }
    }
}
