use std::path::Path;

use milepost::Error;
use milepost::engine::write::{self, Values};
use milepost::semantics::time::epoch_day;

use super::Figures;

impl Figures<'_> {
    /// The lines of [`Figures::csv`] as a Parquet file.
    pub(crate) fn parquet(&self, path: &Path) -> Result<(), Error> {
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
        columns.extend([
            text(
                "bucket",
                self.lines().map(|line| Some(line.bucket.bucket.label.clone())).collect(),
            ),
            date(
                "start",
                self.lines().map(|line| Some(epoch_day(line.bucket.bucket.first_day))).collect(),
            ),
            date(
                "end",
                self.lines()
                    .map(|line| Some(epoch_day(calendar.next(&line.bucket.bucket).first_day)))
                    .collect(),
            ),
            text("status", self.lines().map(|line| Some(line.status().to_owned())).collect()),
            (
                "value".to_owned(),
                Values::Number(
                    self.lines().map(|line| line.cell.value.as_ref().ok().copied()).collect(),
                ),
            ),
            (
                "n".to_owned(),
                Values::Integer(
                    self.lines()
                        .map(|line| line.cell.sample.and_then(|n| i64::try_from(n).ok()))
                        .collect(),
                ),
            ),
            (
                "absent".to_owned(),
                Values::Integer(
                    self.lines()
                        .map(|line| line.absent().and_then(|n| i64::try_from(n).ok()))
                        .collect(),
                ),
            ),
            text("reason", self.lines().map(|line| line.reason()).collect()),
        ]);
        write::parquet(path, columns).map_err(Error::from)
    }
}
