use milepost::site::csv::{line, text as safe};

use super::Figures;

impl Figures<'_> {
    /// One line a cell, with the columns of the site's CSV files. Numbers are plain (80% is 0.8).
    pub(crate) fn csv(&self) -> String {
        let mut text = String::new();
        let names: Vec<String> = self.dimensions().into_iter().map(safe).collect();
        let fixed = ["bucket", "start", "end", "status", "value", "n", "absent", "reason"];
        line(&mut text, &names.iter().map(String::as_str).chain(fixed).collect::<Vec<_>>());
        let shower = self.shower();
        for cell in self.lines() {
            let (start, end) = self.days(cell.bucket);
            let fields = [
                safe(&cell.bucket.bucket.label),
                start,
                end,
                cell.bucket.status().to_owned(),
                cell.cell.value.as_ref().map(|value| shower.text(*value)).unwrap_or_default(),
                cell.cell.sample.map(|n| n.to_string()).unwrap_or_default(),
                cell.absent().map(|n| n.to_string()).unwrap_or_default(),
                cell.reason().map(|reason| safe(&reason)).unwrap_or_default(),
            ];
            let keys: Vec<String> = cell.key.iter().map(|value| safe(value)).collect();
            line(&mut text, &keys.iter().chain(&fields).map(String::as_str).collect::<Vec<_>>());
        }
        text
    }
}
