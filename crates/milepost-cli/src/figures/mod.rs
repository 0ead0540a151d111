//! The series of a metric's parts as lines: what every format of `query` prints.

mod csv;
mod drawn;
mod json;
mod list;
mod members;
mod moves;
mod parquet;
mod parts;
mod value;

use std::io::{self, Write};

use milepost::plan::results::{Absent, Cell, Reason, Series, SeriesBucket, SliceRow, SliceValue};
use milepost::report::slice_names;
use milepost::semantics::model::{Metric, Model, PartId};
use milepost::semantics::time::{AsOf, show_date};

use crate::output::Output;
pub(crate) use list::CallList;
pub(crate) use members::{MemberList, csv_lines, csv_names};
pub(crate) use moves::{Moved, MovesTable};
use parquet::Columns;
use value::Shower;

/// The answer to a query.
#[derive(Clone, Debug)]
pub(crate) struct Figures<'a> {
    model: &'a Model,
    as_of: AsOf,
    /// All of one metric, grain and slices, so that they have the same buckets.
    first: PartFigures,
    others: Vec<PartFigures>,
}

/// What one part of the metric yields.
#[derive(Clone, Debug)]
struct PartFigures {
    series: Series,
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
    part: PartId,
    key: &'a [SliceValue],
    /// The same as people read it.
    names: &'a [String],
    bucket: &'a SeriesBucket,
    /// The position of the bucket.
    at: usize,
    cell: Cell,
}

impl<'a> Figures<'a> {
    /// One series for each part that was asked, in their order; nothing without any.
    pub(crate) fn new(model: &'a Model, as_of: AsOf, series: Vec<Series>) -> Option<Self> {
        let mut parts = series.into_iter().map(|series| {
            let names = slice_names(&series);
            PartFigures { series, names }
        });
        Some(Self { model, as_of, first: parts.next()?, others: parts.collect() })
    }

    /// Leaves out the buckets at the start in which nothing has data.
    pub(crate) fn trim(&mut self) {
        let rows = || self.parts().flat_map(|part| &part.series.rows);
        let is_empty = |at: usize| rows().all(|row| row.cells.value(at) == Err(Reason::NoData));
        let first = (0..self.buckets().len()).find(|at| !is_empty(*at)).unwrap_or(0);
        for part in std::iter::once(&mut self.first).chain(&mut self.others) {
            part.series.buckets.drain(..first);
            part.series.rows.iter_mut().for_each(|row| row.cells.drop_before(first));
        }
    }

    fn metric(&self) -> &'a Metric {
        &self.model[self.first.series.metric]
    }

    fn parts(&self) -> impl Iterator<Item = &PartFigures> + Clone {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// Whether figures must say of which part they are.
    const fn has_parts(&self) -> bool {
        !self.others.is_empty()
    }

    fn buckets(&self) -> &[SeriesBucket] {
        &self.first.series.buckets
    }

    /// The names of what it is sliced by.
    fn dimensions(&self) -> Vec<&'a str> {
        self.first.series.by.iter().map(|id| self.model[*id].name.as_str()).collect()
    }

    /// Part by part, slice by slice in each, and bucket by bucket.
    fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.parts().flat_map(PartFigures::lines)
    }

    /// What the values of a part are, and how they are written.
    fn shower(&self, part: PartId) -> Shower<'a> {
        Shower::new(&self.metric()[part], &self.model.project.calendar)
    }

    /// The first day that is covered, and the day after the last.
    fn days(&self, bucket: &SeriesBucket) -> (String, String) {
        let (start, end) = bucket.days(&self.model.project.calendar);
        (show_date(start), show_date(end))
    }
}

impl PartFigures {
    /// Slice by slice, and bucket by bucket in each.
    fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        (0..self.series.rows.len()).flat_map(|row| self.row(row))
    }

    /// The lines of one slice.
    fn row(&self, row: usize) -> impl Iterator<Item = Line<'_>> {
        (0..self.series.buckets.len()).map(move |at| self.line(row, at))
    }

    /// The lines of one bucket.
    fn bucket(&self, at: usize) -> impl Iterator<Item = Line<'_>> {
        (0..self.series.rows.len()).map(move |row| self.line(row, at))
    }

    fn line(&self, row: usize, at: usize) -> Line<'_> {
        let SliceRow { key, cells } = &self.series.rows[row];
        let (names, bucket) = (&self.names[row], &self.series.buckets[at]);
        Line { part: self.series.part, key, names, bucket, at, cell: cells.at(at) }
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
