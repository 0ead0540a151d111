use super::status;
use crate::page::{Bucket, Cell, Kpi, Slice};

/// The whole KPI: one line a bucket. Values are plain numbers in the unit of the KPI (80% is 0.8).
pub(crate) fn kpi_csv(kpi: &Kpi) -> String {
    let mut out = String::from("bucket,start,end,status,value,n,reason\n");
    for (bucket, cell) in kpi.series.buckets.iter().zip(&kpi.series.cells) {
        let [value, n, reason] = figures(cell);
        line(
            &mut out,
            &[
                &text(&bucket.label),
                &bucket.start,
                &bucket.end,
                status(bucket),
                &value,
                &n,
                &reason,
            ],
        );
    }
    out
}

/// A KPI by one dimension: one line for each value and bucket.
pub(crate) fn slice_csv(kpi: &Kpi, slice: &Slice) -> String {
    let mut out =
        String::from("dimension,dimension_value,bucket,start,end,status,value,n,reason\n");
    let dimension = text(&slice.dimension);
    for row in &slice.rows {
        let name = text(row.value.as_deref().unwrap_or("(unknown)"));
        for (bucket, cell) in kpi.series.buckets.iter().zip(&row.cells) {
            let Bucket { label, start, end, .. } = bucket;
            let [value, n, reason] = figures(cell);
            line(
                &mut out,
                &[&dimension, &name, &text(label), start, end, status(bucket), &value, &n, &reason],
            );
        }
    }
    out
}

fn figures(cell: &Cell) -> [String; 3] {
    match cell.number() {
        Ok(value) => [
            value.to_string(),
            cell.sample().map(|n| n.to_string()).unwrap_or_default(),
            String::new(),
        ],
        Err(reason) => [String::new(), String::new(), text(reason)],
    }
}

/// Text that no spreadsheet takes for a formula, and that no reader takes for the end of the file.
fn text(raw: &str) -> String {
    let raw = raw.replace('\0', "\u{fffd}");
    match raw.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        true => format!("'{raw}"),
        false => raw,
    }
}

fn line(out: &mut String, fields: &[&str]) {
    for (i, field) in fields.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        if field.contains([',', '"', '\n', '\r']) || field.starts_with([' ', '\'']) {
            out.push('"');
            out.push_str(&field.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(field);
        }
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text() {
        for raw in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"] {
            assert!(text(raw).starts_with('\''), "{raw}");
        }
        assert_eq!(text("a=b"), "a=b");
    }

    #[test]
    fn quotes_and_commas_are_quoted() {
        let mut out = String::new();
        line(&mut out, &["a,b", "say \"hi\"", "two\nlines", "plain"]);
        assert_eq!(out, "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",plain\n");
    }

    #[test]
    fn numbers_stay_numbers() {
        assert_eq!(figures(&Cell::Value { value: -0.25, n: Some(4) }), ["-0.25", "4", ""]);
        assert_eq!(figures(&Cell::Value { value: f64::NAN, n: None }), ["", "", "not a number"]);
        assert_eq!(figures(&Cell::Reason("=cmd".to_owned())), ["", "", "'=cmd"]);
    }
}
