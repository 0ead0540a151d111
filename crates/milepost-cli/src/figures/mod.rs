//! A series as lines: what every format of `query` prints.

mod csv;
mod drawn;
mod json;
mod members;
mod parquet;
mod value;

use std::io::{self, Write};

use milepost::plan::results::{Absent, Cell, Reason, Series, SeriesBucket, SliceValue};
use milepost::report::slice_names;
use milepost::semantics::model::{Metric, Model};
use milepost::semantics::time::{AsOf, show_date};

use crate::output::Output;
pub(crate) use members::MemberList;
use parquet::Columns;
use value::Shower;

/// The answer to a query.
#[derive(Clone, Debug)]
pub(crate) struct Figures<'a> {
    pub(crate) model: &'a Model,
    pub(crate) as_of: AsOf,
    pub(crate) series: Series,
    /// What each row is called, by dimension.
    names: Vec<Vec<String>>,
}

/// An answer in every format. Each is written as it is computed: there may be millions of lines.
pub(crate) trait Printed {
    /// For people.
    fn table(&self, output: Output, to: &mut dyn Write) -> io::Result<()>;

    fn csv(&self, to: &mut dyn Write) -> io::Result<()>;

    fn json(&self, to: &mut dyn Write) -> io::Result<()>;

    /// The columns of a Parquet file: the first of its parts, and the others.
    fn columns(&self) -> (Columns, Box<dyn Iterator<Item = Columns> + '_>);
}

/// One cell with all that it belongs to.
#[derive(Clone, Debug)]
struct Line<'a> {
    key: &'a [SliceValue],
    /// The same as people read it.
    names: &'a [String],
    bucket: &'a SeriesBucket,
    /// The position of the bucket.
    at: usize,
    cell: Cell,
}

impl<'a> Figures<'a> {
    pub(crate) fn new(model: &'a Model, as_of: AsOf, series: Series) -> Self {
        let names = slice_names(&series);
        Self { model, as_of, series, names }
    }

    /// Leaves out the buckets at the start in which nothing has data.
    pub(crate) fn trim(&mut self) {
        let rows = &self.series.rows;
        let is_empty =
            |at: usize| rows.iter().all(|row| row.cells.value(at) == Err(Reason::NoData));
        let first = (0..self.series.buckets.len()).find(|at| !is_empty(*at)).unwrap_or(0);
        self.series.buckets.drain(..first);
        for row in &mut self.series.rows {
            row.cells.drop_before(first);
        }
    }

    fn metric(&self) -> &'a Metric {
        &self.model[self.series.metric]
    }

    /// The names of what it is sliced by.
    fn dimensions(&self) -> Vec<&'a str> {
        self.series.by.iter().map(|id| self.model[*id].name.as_str()).collect()
    }

    /// Slice by slice, and bucket by bucket in each.
    fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        (0..self.series.rows.len()).flat_map(|row| self.row(row))
    }

    /// The lines of one slice.
    fn row(&self, row: usize) -> impl Iterator<Item = Line<'_>> {
        let (key, cells) = (&self.series.rows[row].key, &self.series.rows[row].cells);
        let buckets = self.series.buckets.iter().zip(cells.iter()).enumerate();
        let names = &self.names[row];
        buckets.map(|(at, (bucket, cell))| Line { key, names, bucket, at, cell })
    }

    /// The lines of one bucket.
    fn bucket(&self, at: usize) -> impl Iterator<Item = Line<'_>> {
        let bucket = &self.series.buckets[at];
        self.series.rows.iter().zip(&self.names).map(move |(row, names)| Line {
            key: &row.key,
            names,
            bucket,
            at,
            cell: row.cells.at(at),
        })
    }

    /// What the values are, and how they are written.
    fn shower(&self) -> Shower<'a> {
        Shower::new(&self.metric()[self.series.part], &self.model.project.calendar)
    }

    /// The first day that is covered, and the day after the last.
    fn days(&self, bucket: &SeriesBucket) -> (String, String) {
        let (start, end) = bucket.days(&self.model.project.calendar);
        (show_date(start), show_date(end))
    }
}

impl Printed for Figures<'_> {
    fn table(&self, output: Output, to: &mut dyn Write) -> io::Result<()> {
        self.as_table(output, to)
    }

    fn csv(&self, to: &mut dyn Write) -> io::Result<()> {
        self.as_csv(to)
    }

    fn json(&self, to: &mut dyn Write) -> io::Result<()> {
        self.as_json(to)
    }

    fn columns(&self) -> (Columns, Box<dyn Iterator<Item = Columns> + '_>) {
        let (first, others) = self.as_columns();
        (first, Box::new(others))
    }
}

impl Line<'_> {
    /// How many could not be evaluated, on each side of a ratio; absent where all were.
    fn absent(&self) -> [Option<u64>; 2] {
        let Absent { numerator, denominator } = self.cell.absent;
        [numerator, denominator].map(|n| Some(n).filter(|n| *n > 0))
    }

    fn reason(&self) -> Option<String> {
        self.cell.value.as_ref().err().map(ToString::to_string)
    }
}
