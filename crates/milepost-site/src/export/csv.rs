use super::status;
use crate::csv::{line, text};
use crate::page::{Bucket, Cell, Kpi, Series, Slice};
use crate::reading::{direction, judgement, part_direction};

/// The whole KPI: one line a bucket. Values are plain numbers in the unit of the KPI (80% is 0.8).
pub(crate) fn kpi_csv(kpi: &Kpi) -> String {
    let mut out = String::from(
        "bucket,start,end,status,value,n,absent,absent_denominator,reason,judgement\n",
    );
    let Series { buckets, cells, .. } = &kpi.series;
    let better = direction(kpi.better, kpi.target);
    for (at, (bucket, cell)) in buckets.iter().zip(cells).enumerate() {
        let [value, n, absent, below, reason] = figures(cell);
        line(
            &mut out,
            &[
                &text(&bucket.label),
                &bucket.start,
                &bucket.end,
                status(bucket),
                &value,
                &n,
                &absent,
                &below,
                &reason,
                judgement(buckets, cells, at, better).unwrap_or_default(),
            ],
        );
    }
    out
}

/// A KPI by one dimension: one line for each value and bucket. Where there is no value its field is empty, as that of an
/// empty text is: the last column names the dimension then.
pub(crate) fn slice_csv(kpi: &Kpi, slice: &Slice) -> String {
    let mut out = String::from(
        "dimension,dimension_value,bucket,start,end,status,value,n,absent,absent_denominator,reason,judgement,unknown\n",
    );
    let dimension = text(&slice.dimension);
    for row in &slice.rows {
        let name = text(row.value.as_deref().unwrap_or_default());
        let unknown = if row.value.is_none() { dimension.as_str() } else { "" };
        let buckets = &kpi.series.buckets;
        let better = part_direction(kpi, row);
        for (at, (bucket, cell)) in buckets.iter().zip(&row.cells).enumerate() {
            let Bucket { label, start, end, .. } = bucket;
            let [value, n, absent, below, reason] = figures(cell);
            line(
                &mut out,
                &[
                    &dimension,
                    &name,
                    &text(label),
                    start,
                    end,
                    status(bucket),
                    &value,
                    &n,
                    &absent,
                    &below,
                    &reason,
                    judgement(buckets, &row.cells, at, better).unwrap_or_default(),
                    unknown,
                ],
            );
        }
    }
    out
}

fn figures(cell: &Cell) -> [String; 5] {
    let some = |n: u64| if n == 0 { String::new() } else { n.to_string() };
    let absent = cell.absent().unwrap_or_default();
    match cell.number() {
        Ok(value) => [
            value.to_string(),
            cell.sample().map(|n| n.to_string()).unwrap_or_default(),
            some(absent.numerator),
            some(absent.denominator),
            String::new(),
        ],
        Err(reason) => [String::new(), String::new(), String::new(), String::new(), text(reason)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Absent;

    #[test]
    fn numbers_stay_numbers() {
        assert_eq!(
            figures(&Cell::Value {
                value: -0.25,
                n: Some(4),
                absent: Absent { numerator: 2, denominator: 1 }
            }),
            ["-0.25", "4", "2", "1", ""]
        );
        assert_eq!(
            figures(&Cell::Value { value: f64::NAN, n: None, absent: Absent::default() }),
            ["", "", "", "", "not a number"]
        );
        assert_eq!(figures(&Cell::Reason("=cmd".to_owned())), ["", "", "", "", "'=cmd"]);
    }
}
