use std::io::{self, Write};

use milepost::site::csv::{line, text as safe};

use super::Figures;

impl Figures<'_> {
    /// One line a cell (with the name of its part, where there are several), with the columns of the site's CSV files. Numbers are plain (80% is 0.8). A field without a
    /// value of its dimension is empty, as that of an empty text is: the last column says of which dimensions there is none.
    pub(super) fn as_csv(&self, to: &mut dyn Write) -> io::Result<()> {
        let mut text = String::new();
        let names: Vec<String> = self.dimensions().into_iter().map(safe).collect();
        let fixed = ["bucket", "start", "end", "status", "value", "n", "absent"];
        let last = (!names.is_empty()).then_some("unknown");
        let behind = ["absent_denominator", "reason"];
        let part = self.has_parts().then_some("part");
        let head =
            names.iter().map(String::as_str).chain(part).chain(fixed).chain(behind).chain(last);
        line(&mut text, &head.collect::<Vec<_>>());
        to.write_all(text.as_bytes())?;
        let buckets = self.buckets().iter().map(|bucket| {
            let (start, end) = self.days(bucket);
            [safe(&bucket.bucket.label), start, end]
        });
        let buckets: Vec<[String; 3]> = buckets.collect();
        for cell in self.lines() {
            let [above, below] = cell.absent();
            let fields = [
                // Parts may look ahead by different lengths.
                cell.bucket.status().to_owned(),
                cell.cell
                    .value
                    .as_ref()
                    .map(|value| self.shower(cell.part).text(*value))
                    .unwrap_or_default(),
                cell.cell.sample.map(|n| n.to_string()).unwrap_or_default(),
                above.map(|n| n.to_string()).unwrap_or_default(),
                below.map(|n| n.to_string()).unwrap_or_default(),
                cell.reason().map(|reason| safe(&reason)).unwrap_or_default(),
            ];
            let keys: Vec<String> =
                cell.key.iter().map(|value| safe(value.text().unwrap_or_default())).collect();
            let without = names.iter().zip(cell.key).filter(|(_, value)| value.text().is_none());
            let without: Vec<&str> = without.map(|(name, _)| name.as_str()).collect();
            let unknown = last.map(|_| without.join("; "));
            let part = part.map(|_| self.metric()[cell.part].name.clone());
            let before = keys.iter().chain(&part).chain(&buckets[cell.at]).map(String::as_str);
            let after = fields.iter().chain(&unknown).map(String::as_str);
            let fields = before.chain(after);
            text.clear();
            line(&mut text, &fields.collect::<Vec<_>>());
            to.write_all(text.as_bytes())?;
        }
        Ok(())
    }
}
