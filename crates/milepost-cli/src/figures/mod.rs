//! A series as lines: what every format of `query` prints.

mod csv;
mod drawn;
mod json;
mod members;
mod parquet;
mod value;

use milepost::engine::write::Values;
use milepost::plan::results::{Absent, Cell, Reason, Series, SeriesBucket, SliceValue};
use milepost::report::slice_names;
use milepost::semantics::model::{Metric, Model};
use milepost::semantics::time::{AsOf, show_date};

use crate::output::Output;
pub(crate) use members::MemberList;
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

/// An answer in every format.
pub(crate) trait Printed {
    /// For people.
    fn table(&self, output: Output) -> String;

    fn csv(&self) -> String;

    fn json(&self) -> String;

    /// The columns of a Parquet file.
    fn columns(&self) -> Vec<(String, Values)>;
}

/// One cell with all that it belongs to.
#[derive(Clone, Copy, Debug)]
struct Line<'a> {
    key: &'a [SliceValue],
    /// The same as people read it.
    names: &'a [String],
    bucket: &'a SeriesBucket,
    cell: &'a Cell,
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
            |at: usize| rows.iter().all(|row| row.cells[at].value == Err(Reason::NoData));
        let first = (0..self.series.buckets.len()).find(|at| !is_empty(*at)).unwrap_or(0);
        self.series.buckets.drain(..first);
        for row in &mut self.series.rows {
            row.cells.drain(..first);
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
        self.series.rows.iter().zip(&self.names).flat_map(|(row, names)| {
            let cells = self.series.buckets.iter().zip(&row.cells);
            cells.map(|(bucket, cell)| Line { key: &row.key, names, bucket, cell })
        })
    }

    /// What the values are, and how they are written.
    fn shower(&self) -> Shower<'a> {
        Shower::new(self.metric(), &self.model.project.calendar)
    }

    /// The first day that is covered, and the day after the last.
    fn days(&self, bucket: &SeriesBucket) -> (String, String) {
        let (start, end) = bucket.days(&self.model.project.calendar);
        (show_date(start), show_date(end))
    }
}

impl Printed for Figures<'_> {
    fn table(&self, output: Output) -> String {
        self.as_table(output)
    }

    fn csv(&self) -> String {
        self.as_csv()
    }

    fn json(&self) -> String {
        self.as_json()
    }

    fn columns(&self) -> Vec<(String, Values)> {
        self.as_columns()
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
