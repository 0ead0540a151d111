use std::io::{self, Write};

use milepost::escape::printable_line;
use milepost::plan::results::SeriesBucket;
use milepost::report::as_of_words;
use milepost::semantics::model::Shape;
use milepost::semantics::time::{Instant, show_date};
use milepost::site::format::Formatter;

use super::{Figures, Line, PartFigures};
use crate::output::Output;
use crate::table::{Rows, Table};

/// Behind the figure of a bucket that is not complete.
const PARTIAL: char = '*';
/// Behind a figure that is not settled yet.
const IMMATURE: char = '~';

impl Figures<'_> {
    /// For people: buckets down and slices across when they fit, else the other way round, else one line a cell. Several
    /// parts stand side by side.
    pub(super) fn as_table(&self, output: Output, to: &mut dyn Write) -> io::Result<()> {
        let formatters = self.part_formatters();
        let headline = |part: &PartFigures| part.series.part == self.metric().headline;
        let headline = self.drawn_parts().position(headline);
        let formatter = &formatters[headline.unwrap_or(0)];
        let (wide, tall) = (self.wide(formatter), self.tall(formatter));
        let width = output.width();
        let table = match self.dimensions().len() {
            _ if self.has_parts() => self.part_by_part(&formatters),
            0 => self.long(formatter),
            1 if wide.fits(width) => wide,
            _ if tall.fits(width) => tall,
            _ => self.long(formatter),
        };
        let measure = self.measure(&formatters);
        to.write_all(output.heading(&self.title(measure)).as_bytes())?;
        table.draw(to)?;
        to.write_all(self.legend().as_bytes())
    }

    /// What the values are, where all parts are of one kind.
    fn measure<'f>(&self, formatters: &'f [Formatter]) -> Option<&'f str> {
        let parts = self.drawn_parts().zip(formatters);
        let mut measures =
            parts.map(|(part, formatter)| self.shower(part.series.part).measure(formatter));
        let first = measures.next().flatten();
        first.filter(|_| measures.all(|other| other == first))
    }

    fn title(&self, measure: Option<&str>) -> String {
        let metric = self.metric();
        let label = printable_line(metric.meta.label.as_deref().unwrap_or(&metric.name));
        let measure = measure.map(|unit| format!(" ({unit})")).unwrap_or_default();
        let by = self.dimensions();
        let by = if by.is_empty() { String::new() } else { format!(" and {}", by.join(", ")) };
        let calendar = &self.model.project.calendar;
        let as_of = as_of_words(self.model, self.as_of);
        let part = self.named_part().map(|part| format!(", {part}")).unwrap_or_default();
        format!(
            "{label}{part}{measure} by {}{by}, as of {as_of}, {}",
            self.first.series.grain.name(),
            calendar.time_zone
        )
    }

    /// One line a cell.
    fn long<'t>(&'t self, formatter: &'t Formatter) -> Table<'t> {
        let mut head: Vec<String> = self.dimensions().into_iter().map(printable_line).collect();
        let mut right = vec![false; head.len() + 1];
        head.extend(["bucket".to_owned(), "value".to_owned()]);
        right.push(true);
        let with_sample = self.lines().any(|line| line.cell.sample.is_some());
        if with_sample {
            head.push("n".to_owned());
            right.push(true);
        }
        let line = move |line: Line<'_>| {
            let mut row: Vec<String> = line.names.iter().map(|name| printable_line(name)).collect();
            row.extend([self.label(line.bucket), self.shown(&line, formatter)]);
            if with_sample {
                row.push(line.cell.sample.map(|n| n.to_string()).unwrap_or_default());
            }
            row
        };
        Table { head, right, rows: Box::new(move || Box::new(self.lines().map(line))) }
    }

    /// One line a bucket, one column a slice.
    fn wide<'t>(&'t self, formatter: &'t Formatter) -> Table<'t> {
        let name = |names: &Vec<String>| {
            names.first().map(|name| printable_line(name)).unwrap_or_default()
        };
        let head =
            std::iter::once("bucket".to_owned()).chain(self.first.names.iter().map(name)).collect();
        let right =
            std::iter::once(false).chain(self.first.series.rows.iter().map(|_| true)).collect();
        let row = move |(at, bucket): (usize, &SeriesBucket)| {
            let cells = self.first.bucket(at).map(|line| self.shown(&line, formatter));
            std::iter::once(self.label(bucket)).chain(cells).collect()
        };
        let rows = move || Box::new(self.buckets().iter().enumerate().map(row)) as Rows<'t>;
        Table { head, right, rows: Box::new(rows) }
    }

    /// One line a slice, one column a bucket.
    fn tall<'t>(&'t self, formatter: &'t Formatter) -> Table<'t> {
        let dimensions = self.dimensions();
        let buckets = self.buckets().iter();
        let head = dimensions.iter().map(|name| printable_line(name));
        let head = head.chain(buckets.clone().map(|bucket| self.label(bucket))).collect();
        let right = dimensions.iter().map(|_| false).chain(buckets.map(|_| true)).collect();
        let row = move |(at, names): (usize, &Vec<String>)| {
            let cells = self.first.row(at).map(|line| self.shown(&line, formatter));
            names.iter().map(|name| printable_line(name)).chain(cells).collect()
        };
        let rows = move || Box::new(self.first.names.iter().enumerate().map(row)) as Rows<'t>;
        Table { head, right, rows: Box::new(rows) }
    }

    /// The name of a bucket, and what is covered of it where the question cuts it.
    pub(super) fn label(&self, bucket: &SeriesBucket) -> String {
        let label = &bucket.bucket.label;
        if !bucket.cut {
            return label.clone();
        }
        let calendar = &self.model.project.calendar;
        let first = calendar.date_of(bucket.start);
        let last = calendar.date_of(Instant(bucket.end.0 - 1));
        if first == last {
            return format!("{label} ({})", show_date(first));
        }
        format!("{label} ({} to {})", show_date(first), show_date(last))
    }

    fn legend(&self) -> String {
        let mut legend = String::new();
        // Only numbers are marked: a reason says for itself why there is none.
        let marked = |status| {
            let mut lines = self.lines();
            lines.any(|line| line.cell.value.is_ok() && line.bucket.status() == status)
        };
        if marked("maturing") {
            legend.push_str(match self.metric().shape {
                Shape::Duration => "* some of a maturing bucket may still get there\n",
                _ => {
                    "* some rows of a maturing bucket are too young to count yet and are left out\n"
                }
            });
        }
        if marked("cut") {
            legend.push_str("* cut by `--from` or `--to` to the days in parentheses\n");
        }
        if marked("partial") {
            legend.push_str("* only a part of this bucket is counted\n");
        }
        if marked("immature") {
            legend.push_str("~ not settled yet\n");
        }
        legend
    }

    /// A number with its mark, or the reason why there is none.
    pub(super) fn shown(&self, line: &Line<'_>, formatter: &Formatter) -> String {
        let text = self.marked(line, formatter);
        match line.absent() {
            [None, None] => text,
            [Some(n), None] => format!("{text} ({n} not evaluated)"),
            [above, below] => format!(
                "{text} (not evaluated: {} in the numerator, {} in the denominator)",
                above.unwrap_or(0),
                below.unwrap_or(0)
            ),
        }
    }

    fn marked(&self, line: &Line<'_>, formatter: &Formatter) -> String {
        let value = match &line.cell.value {
            Ok(value) => self.shower(line.part).drawn(*value, formatter),
            Err(reason) => return printable_line(&reason.to_string()),
        };
        match line.bucket {
            SeriesBucket { partial: true, .. } => format!("{value}{PARTIAL}"),
            SeriesBucket { immature: true, .. } => format!("{value}{IMMATURE}"),
            _ => value,
        }
    }
}
