use milepost::escape::printable_line;
use milepost::plan::results::SliceValue;
use milepost::semantics::model::{PartId, Shape};
use milepost::site::cohorts::Average;
use milepost::site::format::Formatter;

use super::{Figures, PartFigures};
use crate::table::Table;

impl Figures<'_> {
    /// The part that was asked, where it is not all that the metric has.
    pub(super) fn named_part(&self) -> Option<&str> {
        let metric = self.metric();
        let alone = !self.has_parts() && metric.parts.len() > 1;
        alone.then(|| metric[self.first.series.part].name.as_str())
    }

    /// The parts that people see beside each other. Of cohorts the counts are left out: they follow from the size and the share;
    /// of durations the curve, which is a table by itself.
    pub(super) fn drawn_parts(&self) -> impl Iterator<Item = &PartFigures> + Clone {
        let metric = self.metric();
        let is_drawn = move |part: &&PartFigures| {
            let name = &metric[part.series.part].name;
            let left_out: &[&str] = match metric.shape {
                Shape::Cohort => &["count_", "sum_"],
                Shape::Duration => &["at_", "low_", "high_", "risk_"],
                _ => &[],
            };
            let is_left_out = left_out.iter().any(|kind| name.starts_with(kind));
            part.series.part == metric.headline || !is_left_out
        };
        self.parts().filter(is_drawn)
    }

    /// The average of each share over all cohorts whose step is over; of cohorts that are not sliced.
    pub(super) fn averages(&self) -> Vec<(PartId, Option<Average>)> {
        let metric = self.metric();
        if metric.shape != Shape::Cohort || !self.first.series.by.is_empty() {
            return Vec::new();
        }
        let shares = self.parts().filter(|part| metric[part.series.part].name.starts_with("at_"));
        let average = |part: &PartFigures| {
            let over = part.lines().filter(|line| !line.bucket.partial && !line.bucket.immature);
            let shares = over.filter_map(|line| Some((line.cell.value.ok()?, line.cell.sample?)));
            (part.series.part, Average::of(shares))
        };
        shares.map(average).collect()
    }

    /// The last line of cohorts.
    fn average_line(&self, formatters: &[Formatter]) -> Option<Vec<String>> {
        let averages = self.averages();
        averages.iter().find_map(|(_, average)| *average)?;
        let shown = |(part, formatter): (&PartFigures, &Formatter)| {
            let own = averages.iter().find(|(id, _)| *id == part.series.part);
            let value = own.and_then(|(_, average)| *average).map(Average::value);
            value.map_or_else(String::new, |value| formatter.full(value))
        };
        let cells = self.drawn_parts().zip(formatters).map(shown);
        Some(["average".to_owned()].into_iter().chain(cells).chain([String::new()]).collect())
    }

    /// How the numbers of each of these parts are written: alike, where they are shown alike.
    pub(super) fn part_formatters(&self) -> Vec<Formatter> {
        let metric = self.metric();
        let formatter = |part: &PartFigures| {
            let display = &metric[part.series.part].display;
            let alike = self.drawn_parts().filter(|o| metric[o.series.part].display == *display);
            let values = alike.flat_map(PartFigures::lines);
            let values = values.filter_map(|line| line.cell.value.ok());
            self.shower(part.series.part).formatter(values)
        };
        self.drawn_parts().map(formatter).collect()
    }

    /// One line a slice and bucket, one column a part, each with its formatter; `n` is that of the headline.
    pub(super) fn part_by_part<'t>(&'t self, formatters: &'t [Formatter]) -> Table<'t> {
        let metric = self.metric();
        let headline = self.parts().find(|part| part.series.part == metric.headline);
        let headline = headline.unwrap_or(&self.first);
        let parts = self.drawn_parts().map(|part| metric[part.series.part].name.clone());
        let dimensions = self.dimensions().into_iter().map(printable_line);
        let mut head: Vec<String> = dimensions.collect();
        head.push("bucket".to_owned());
        let texts = head.len();
        head.extend(parts.chain(["n".to_owned()]));
        let right = (0..head.len()).map(|at| at >= texts).collect();
        let line = move |(row, at): (usize, usize)| {
            let of_headline = headline.line(row, at);
            let mut line: Vec<String> =
                of_headline.names.iter().map(|name| printable_line(name)).collect();
            line.push(self.label(of_headline.bucket));
            line.extend(self.drawn_parts().zip(formatters).map(|(part, formatter)| {
                let row = part.row_of(of_headline.key, row);
                row.map_or_else(String::new, |row| self.shown(&part.line(row, at), formatter))
            }));
            line.push(of_headline.cell.sample.map(|n| n.to_string()).unwrap_or_default());
            line
        };
        let rows = move || {
            let slices = 0..headline.series.rows.len();
            let cells = slices.flat_map(|row| (0..self.buckets().len()).map(move |at| (row, at)));
            Box::new(cells.map(line).chain(self.average_line(formatters))) as crate::table::Rows<'t>
        };
        Table { head, right, rows: Box::new(rows) }
    }
}

impl PartFigures {
    /// The row of a slice: in most parts where it is in another one.
    fn row_of(&self, key: &[SliceValue], near: usize) -> Option<usize> {
        let rows = &self.series.rows;
        let is_it = |row: &usize| rows.get(*row).is_some_and(|row| row.key == key);
        Some(near).filter(is_it).or_else(|| (0..rows.len()).find(is_it))
    }
}
