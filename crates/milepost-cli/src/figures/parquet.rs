use milepost::engine::write::Values;
use milepost::semantics::time::epoch_day;

use super::Figures;

impl Figures<'_> {
    /// The lines of [`Figures::csv`] as the columns of a Parquet file.
    pub(super) fn as_columns(&self) -> Vec<(String, Values)> {
        let mut columns: Vec<(String, Values)> = Vec::new();
        for (i, name) in self.dimensions().into_iter().enumerate() {
            let values = self.lines();
            let values = values.map(|line| Some(line.key.get(i)?.text()?.to_owned())).collect();
            columns.push((name.to_owned(), Values::Text(values)));
        }
        let calendar = &self.model.project.calendar;
        let text =
            |name: &str, values: Vec<Option<String>>| (name.to_owned(), Values::Text(values));
        let date = |name: &str, values: Vec<Option<i32>>| (name.to_owned(), Values::Date(values));
        let absent = |name: &str, side: usize| {
            let values = self.lines().map(|line| i64::try_from(line.absent()[side]?).ok());
            (name.to_owned(), Values::Integer(values.collect()))
        };
        columns.extend([
            text(
                "bucket",
                self.lines().map(|line| Some(line.bucket.bucket.label.clone())).collect(),
            ),
            date(
                "start",
                self.lines().map(|line| Some(epoch_day(line.bucket.days(calendar).0))).collect(),
            ),
            date(
                "end",
                self.lines().map(|line| Some(epoch_day(line.bucket.days(calendar).1))).collect(),
            ),
            text(
                "status",
                self.lines().map(|line| Some(line.bucket.status().to_owned())).collect(),
            ),
            (
                "value".to_owned(),
                self.shower()
                    .column(self.lines().map(|line| line.cell.value.as_ref().ok().copied())),
            ),
            (
                "n".to_owned(),
                Values::Integer(
                    self.lines()
                        .map(|line| line.cell.sample.and_then(|n| i64::try_from(n).ok()))
                        .collect(),
                ),
            ),
            absent("absent", 0),
            absent("absent_denominator", 1),
            text("reason", self.lines().map(|line| line.reason()).collect()),
        ]);
        columns
    }
}
