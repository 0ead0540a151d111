use milepost::engine::write::Values;
use milepost::semantics::time::epoch_day;

use super::{Figures, Line};

/// Columns of a file with their names.
pub(crate) type Columns = Vec<(String, Values)>;

/// How many lines are held at a time.
const LINES: usize = 1 << 16;

impl Figures<'_> {
    /// The lines of [`Figures::as_csv`] as the columns of a Parquet file: the first of them, and the others part by part.
    pub(super) fn as_columns(&self) -> (Columns, impl Iterator<Item = Columns>) {
        let mut lines = self.lines();
        let mut part = move || lines.by_ref().take(LINES).collect::<Vec<Line<'_>>>();
        let first = self.part(&part());
        let others = std::iter::from_fn(move || Some(part()).filter(|part| !part.is_empty()));
        (first, others.map(move |part| self.part(&part)))
    }

    fn part(&self, lines: &[Line<'_>]) -> Columns {
        let mut columns = Columns::new();
        for (i, name) in self.dimensions().into_iter().enumerate() {
            let values = lines.iter();
            let values = values.map(|line| Some(line.key.get(i)?.text()?.to_owned())).collect();
            columns.push((name.to_owned(), Values::Text(values)));
        }
        let calendar = &self.model.project.calendar;
        let text =
            |name: &str, values: Vec<Option<String>>| (name.to_owned(), Values::Text(values));
        if self.has_parts() {
            let names = lines.iter().map(|line| Some(self.metric()[line.part].name.to_owned()));
            columns.push(text("part", names.collect()));
        }
        let date = |name: &str, values: Vec<Option<i32>>| (name.to_owned(), Values::Date(values));
        let absent = |name: &str, side: usize| {
            let values = lines.iter().map(|line| i64::try_from(line.absent()[side]?).ok());
            (name.to_owned(), Values::Integer(values.collect()))
        };
        columns.extend([
            text(
                "bucket",
                lines.iter().map(|line| Some(line.bucket.bucket.label.clone())).collect(),
            ),
            date(
                "start",
                lines.iter().map(|line| Some(epoch_day(line.bucket.days(calendar).0))).collect(),
            ),
            date(
                "end",
                lines.iter().map(|line| Some(epoch_day(line.bucket.days(calendar).1))).collect(),
            ),
            text(
                "status",
                lines.iter().map(|line| Some(line.bucket.status().to_owned())).collect(),
            ),
            (
                "value".to_owned(),
                // The parts of a metric are of one type.
                self.shower(self.first.series.part)
                    .column(lines.iter().map(|line| line.cell.value.as_ref().ok().copied())),
            ),
            (
                "n".to_owned(),
                Values::Integer(
                    lines
                        .iter()
                        .map(|line| line.cell.sample.and_then(|n| i64::try_from(n).ok()))
                        .collect(),
                ),
            ),
            absent("absent", 0),
            absent("absent_denominator", 1),
            text("reason", lines.iter().map(|line| line.reason()).collect()),
        ]);
        columns
    }
}
