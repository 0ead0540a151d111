//! What files hold that nobody has described yet: how they are written, and what the values of each column look like.
//!
//! All rows are looked at, part by part, so that a project that is written by a profile holds for all of them. What is kept of a
//! column is small: how its texts may be read and how many values don't fit, which different values there are (as
//! hashes, see [`Sketch`]), and the values themselves where they are few.

mod column;
mod readings;
mod sketch;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;

use milepost_semantics::DataNeed;
use milepost_semantics::model::{Csv, Format, Location, Type};
use milepost_semantics::time::Calendar;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

pub use column::{ColumnProfile, TextFacts};
pub use readings::{Fit, Reading};
pub use sketch::Sketch;

use super::contents::{Contents, rows, undeclared_contents};
use super::csv::Written;
use super::fault::{Fault, UTF_8};
use super::locate::{Located, locate};
use super::schema::type_of;
use super::textual::as_text;
use super::{DataFile, json, undeclared};

/// Rows whose values tell which readings are tried on the others.
const FIRST: usize = 1_000;

/// Lines above the names of the columns that are tried to be left out, and below the last row.
const MOST_SKIPPED: (u32, u32) = (6, 2);

/// What is read where text is not UTF-8 and no mark says what it is.
const OTHER_ENCODING: &str = "windows-1252";

/// What the files of a place hold.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Paths from the folder that was given.
    pub files: Vec<String>,
    pub format: Format,
    /// What had to be said for the files to be read.
    pub csv: Csv,
    /// How the first of them is written, where that is not the usual way.
    pub written: Option<String>,
    pub rows: u64,
    pub columns: Vec<ColumnProfile>,
    /// Columns that can't be named, each with the reason as a clause.
    pub refused: BTreeMap<String, String>,
}

/// The names of the columns of the first file of a place; of JSON those of its first rows.
///
/// # Errors
/// There is none, or it can't be read.
pub fn column_names(root: &Path, location: &Location) -> Result<Vec<String>, Box<Diagnostic>> {
    let mut files = located(root, location)?.files.into_iter();
    let Some(file) = files.next() else { return Err(nothing(location)) };
    let names = match file.format {
        Format::Json => json::first_names(&file, FIRST),
        Format::Parquet | Format::Csv | Format::Xlsx | Format::Arrow => {
            contents(&file, 1).map(|contents| {
                let fields = contents.types.fields().iter();
                fields.map(|field| field.name().clone()).collect()
            })
        }
    };
    let names = names.map_err(|fault| fault.told(&need(location), &file))?;
    let folders = file.partitions.iter().map(|folder| folder.name.clone());
    Ok(names.into_iter().chain(folders).collect())
}

/// Looks at all rows of the files of a place below a folder, by so many threads. What their text needs to be read (an encoding,
/// lines that are left out) is found.
///
/// # Errors
/// There are none, one of them can't be read, or they hold no rows of columns.
pub fn profile(
    root: &Path,
    location: &Location,
    threads: usize,
) -> Result<Profile, Box<Diagnostic>> {
    let first = attempt(root, location, threads);
    let (may_skip, is_text) = match &first {
        Ok(found) => (has_lines(found.format) && !found.is_table(), false),
        Err(failed) => (failed.has_lines, failed.is_text),
    };
    if may_skip {
        let encoded = is_text.then(|| in_other_encoding(root, location, threads)).flatten();
        let mut ways = other_ways(location).into_iter();
        let any = || ways.find_map(|location| in_any_encoding(root, &location, threads));
        if let Some(found) = encoded.or_else(any) {
            return Ok(found);
        }
    }
    // What is wrong with the file as it is, not with what was tried last.
    first.map_err(|failed| failed.told)
}

/// The files as UTF-8, else in the encoding that is most usual besides.
fn in_any_encoding(root: &Path, location: &Location, threads: usize) -> Option<Profile> {
    match attempt(root, location, threads) {
        Err(Failed { is_text: true, .. }) => in_other_encoding(root, location, threads),
        found => found.ok().filter(Profile::is_table),
    }
}

fn in_other_encoding(root: &Path, location: &Location, threads: usize) -> Option<Profile> {
    let csv = Csv { encoding: Some(OTHER_ENCODING.to_owned()), ..location.csv.clone() };
    let found = attempt(root, &Location { csv, ..location.clone() }, threads);
    found.ok().filter(Profile::is_table)
}

impl Profile {
    /// No title stands where names of columns are looked for, and there are rows.
    fn is_table(&self) -> bool {
        self.columns.len() > 1 && self.rows > 0
    }
}

/// Which different values some columns have together: of one column its values, of a key of several parts their combinations. Rows
/// with a null among them are left out.
///
/// # Errors
/// The files can't be read.
pub fn sketch(
    root: &Path,
    location: &Location,
    columns: &[&str],
    threads: usize,
) -> Result<Sketch, Box<Diagnostic>> {
    let need = need(location);
    let all = Mutex::new(Sketch::default());
    for file in &located(root, location)?.files {
        let contents = contents(file, threads).map_err(|fault| fault.told(&need, file))?;
        let read = rows(file, &contents, columns, threads, |_, batch| {
            let found = combined(&batch, file, columns);
            all.lock().unwrap_or_else(PoisonError::into_inner).with(&found);
            Ok::<(), Fault>(())
        });
        read.map_err(|fault| fault.told(&need, file))?;
    }
    Ok(all.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Why files were not looked at.
struct Failed {
    /// It is CSV or a sheet, of which lines may be left out.
    has_lines: bool,
    /// It is text in another encoding.
    is_text: bool,
    told: Box<Diagnostic>,
}

/// Whether lines above and below the rows may be left out.
const fn has_lines(format: Format) -> bool {
    matches!(format, Format::Csv | Format::Xlsx)
}

/// What else may be said of files that can't be read as they are: lines to leave out, the fewest first.
fn other_ways(location: &Location) -> Vec<Location> {
    let (first, last) = MOST_SKIPPED;
    let pairs = (0..=last).flat_map(|skip_last| (0..=first).map(move |first| (first, skip_last)));
    let with = |(skip_first, skip_last)| {
        let csv = Csv { skip_first, skip_last, ..location.csv.clone() };
        Location { csv, ..location.clone() }
    };
    pairs.map(with).filter(|way| way.csv != location.csv).collect()
}

fn attempt(root: &Path, location: &Location, threads: usize) -> Result<Profile, Failed> {
    let told = |told| Failed { has_lines: false, is_text: false, told };
    let located = located(root, location).map_err(told)?;
    let mut looking = Looking::new(threads);
    for file in &located.files {
        looking.file(file).map_err(|fault| Failed {
            has_lines: has_lines(file.format),
            is_text: matches!(fault, Fault::NotText(UTF_8)),
            told: fault.told(&need(location), file),
        })?;
    }
    let Some(first) = located.files.first() else {
        return Err(told(nothing(location)));
    };
    Ok(Profile {
        files: located.files.iter().map(|file| file.shown.clone()).collect(),
        format: first.format,
        csv: location.csv.clone(),
        written: looking.written,
        rows: looking.rows,
        columns: looking.columns,
        refused: looking.refused,
    })
}

fn located(root: &Path, location: &Location) -> Result<Located, Box<Diagnostic>> {
    let root = std::path::absolute(root).map_err(|_| nothing(location))?;
    locate(&root, location)
}

fn nothing(location: &Location) -> Box<Diagnostic> {
    let message = format!("`{}` holds no data file", location.pattern);
    Box::new(Diagnostic::error_nowhere(codes::DATA_MISSING, message))
}

/// The columns of a file; of CSV as they are written.
fn contents(file: &DataFile, threads: usize) -> Result<Contents, Fault> {
    if std::fs::metadata(&file.path).is_ok_and(|found| found.len() == 0) {
        return Err(Fault::Empty);
    }
    undeclared_contents(file, threads)
}

/// What is asked of files by nobody's spec.
fn need(location: &Location) -> DataNeed {
    undeclared(location.pattern.clone(), location.clone())
}

/// The values of some columns together, of each row that has all of them.
fn combined(batch: &RecordBatch, file: &DataFile, columns: &[&str]) -> Sketch {
    let mut sketch = Sketch::default();
    let texts: Vec<ArrayRef> = columns.iter().filter_map(|name| text(batch, file, name)).collect();
    if texts.len() < columns.len() {
        return sketch;
    }
    for row in 0..batch.num_rows() {
        if texts.iter().all(|texts| texts.is_valid(row)) {
            let values = texts.iter().map(|texts| texts.as_string::<i32>().value(row));
            sketch.add(sketch::hash(&values.collect::<Vec<_>>().join("\u{1f}")));
        }
    }
    sketch
}

/// The values of a column as text, that of its folder included.
fn text(batch: &RecordBatch, file: &DataFile, name: &str) -> Option<ArrayRef> {
    let array = array(batch, file, name)?;
    cast(&array, &DataType::Utf8).ok()
}

fn array(batch: &RecordBatch, file: &DataFile, name: &str) -> Option<ArrayRef> {
    let own = batch.column_by_name(name).cloned();
    let of_folder = || {
        let value = file.partitions.iter().find(|folder| folder.name == name)?.value.as_ref();
        let values = std::iter::repeat_n(value, batch.num_rows());
        Some(std::sync::Arc::new(values.collect::<arrow::array::StringArray>()) as ArrayRef)
    };
    as_text(&own.or_else(of_folder)?).ok()
}

/// Files that are being looked at.
struct Looking {
    threads: usize,
    zone: Calendar,
    rows: u64,
    columns: Vec<ColumnProfile>,
    readings: BTreeMap<String, Vec<Reading>>,
    written: Option<String>,
    refused: BTreeMap<String, String>,
}

impl Looking {
    fn new(threads: usize) -> Self {
        Self {
            threads,
            zone: Calendar::default(),
            rows: 0,
            columns: Vec::new(),
            readings: BTreeMap::new(),
            written: None,
            refused: BTreeMap::new(),
        }
    }

    fn file(&mut self, file: &DataFile) -> Result<(), Fault> {
        let contents = contents(file, self.threads)?;
        if self.written.is_none() {
            self.written = contents.written.as_ref().and_then(Written::found);
        }
        // What holds fields is read by these.
        let refused = contents.refused(&file.shown).into_iter();
        self.refused.extend(refused.filter(|(name, _)| !contents.nested.holds(name)));
        let names = self.names(&contents, file);
        let own: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
        self.first_rows(file, &contents, &own, &names)?;
        let all = Mutex::new((0_u64, fresh(&names)));
        rows(file, &contents, &own, self.threads, |_, batch| {
            let found = self.part(&batch, file, &names);
            let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
            all.0 += batch.num_rows() as u64;
            all.1.iter_mut().zip(found).for_each(|(column, found)| column.with(found));
            Ok::<(), Fault>(())
        })?;
        let (rows, columns) = all.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.rows += rows;
        for column in columns {
            match self.columns.iter_mut().find(|known| known.name == column.name) {
                Some(known) => known.with(column),
                None => self.columns.push(column),
            }
        }
        Ok(())
    }

    /// The columns that can be named, each with the type that the file says.
    fn names(&self, contents: &Contents, file: &DataFile) -> Vec<(String, Option<Type>)> {
        let is_named =
            |name: &String| !self.refused.contains_key(name) && !contents.nested.holds(name);
        let own = contents.types.fields().iter().map(|field| {
            let ty = type_of(field.data_type());
            (field.name().clone(), ty.filter(|ty| !matches!(ty, Type::Text | Type::Unknown)))
        });
        let folders = file.partitions.iter().map(|folder| (folder.name.clone(), None));
        own.chain(folders).filter(|(name, _)| is_named(name)).collect()
    }

    /// Finds the readings that the first rows allow, of columns that have none yet.
    fn first_rows(
        &mut self,
        file: &DataFile,
        contents: &Contents,
        own: &[&str],
        names: &[(String, Option<Type>)],
    ) -> Result<(), Fault> {
        let new: Vec<&String> = names
            .iter()
            .filter(|(name, ty)| ty.is_none() && !self.readings.contains_key(name))
            .map(|(name, _)| name)
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let found = Mutex::new(BTreeMap::new());
        // The first part is enough: what stops the rest is no fault.
        let stopped = rows(file, contents, own, 1, |before, batch| {
            if before > 0 {
                return Err(Stop::Enough);
            }
            for name in &new {
                let Some(array) = array(&batch, file, name) else { continue };
                let array = array.slice(0, array.len().min(FIRST));
                let Some(texts) = column::texts(&array) else { continue };
                let readings = readings::candidates(&texts, &self.zone);
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                found.insert((*name).clone(), readings);
            }
            Ok(())
        });
        match stopped {
            Ok(_) | Err(Stop::Enough) => {}
            Err(Stop::Fault(fault)) => return Err(fault),
        }
        self.readings.extend(found.into_inner().unwrap_or_else(PoisonError::into_inner));
        Ok(())
    }

    fn part(
        &self,
        batch: &RecordBatch,
        file: &DataFile,
        names: &[(String, Option<Type>)],
    ) -> Vec<ColumnProfile> {
        let mut columns = fresh(names);
        for column in &mut columns {
            let Some(array) = array(batch, file, &column.name) else { continue };
            let readings = self.readings.get(&column.name).map_or(&[][..], Vec::as_slice);
            column.see(&array, readings, &self.zone);
        }
        columns
    }
}

fn fresh(names: &[(String, Option<Type>)]) -> Vec<ColumnProfile> {
    names.iter().map(|(name, ty)| ColumnProfile::new(name, *ty)).collect()
}

/// What ends the look at the first rows.
enum Stop {
    Enough,
    Fault(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
