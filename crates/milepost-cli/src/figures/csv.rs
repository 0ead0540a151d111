use super::Figures;

impl Figures<'_> {
    /// One line a cell, with the columns of the site's CSV files. Values are plain numbers (80% is 0.8).
    pub(crate) fn csv(&self) -> String {
        let mut text = String::new();
        let names = self.dimensions().into_iter().map(safe);
        let fixed = ["bucket", "start", "end", "status", "value", "n", "reason"].map(str::to_owned);
        line(&mut text, names.chain(fixed));
        for cell in self.lines() {
            let (start, end) = self.days(cell.bucket);
            let fields = [
                safe(&cell.bucket.bucket.label),
                start,
                end,
                cell.status().to_owned(),
                cell.cell.value.as_ref().map(ToString::to_string).unwrap_or_default(),
                cell.cell.sample.map(|n| n.to_string()).unwrap_or_default(),
                cell.reason().map(|reason| safe(&reason)).unwrap_or_default(),
            ];
            line(&mut text, cell.key.iter().map(|value| safe(value)).chain(fields));
        }
        text
    }
}

/// Text that no spreadsheet takes for a formula.
fn safe(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

fn line(text: &mut String, fields: impl Iterator<Item = String>) {
    for (i, field) in fields.enumerate() {
        if i > 0 {
            text.push(',');
        }
        if field.contains([',', '"', '\n', '\r']) || field.starts_with([' ', '\'']) {
            text.push('"');
            text.push_str(&field.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(&field);
        }
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::{line, safe};

    #[test]
    fn fields_are_safe_for_spreadsheets() {
        let mut text = String::new();
        line(&mut text, ["=1+1", "a,b", "say \"hi\"", "plain"].map(safe).into_iter());
        assert_eq!(text, "\"'=1+1\",\"a,b\",\"say \"\"hi\"\"\",plain\n");
    }
}
