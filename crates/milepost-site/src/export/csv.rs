use super::status;
use crate::csv::{line, text};
use crate::page::{Bucket, Cell, Kpi, Part, Series, Slice};
use crate::reading::{direction, judgement, slice_direction};
use crate::unsure::unsure;

/// The whole KPI: one line a bucket. Values are plain numbers in the unit of the KPI (80% is 0.8).
pub(crate) fn kpi_csv(kpi: &Kpi) -> String {
    let Series { buckets, cells, .. } = &kpi.series;
    let (better, unsure) = (direction(kpi.better, kpi.target), unsure(kpi, None));
    let mut out = head(kpi, &[], &[]);
    for part in series(kpi, cells, kpi.parts.iter().map(|part| &part.cells)) {
        for (at, bucket) in part.buckets.iter().enumerate() {
            figure(&mut out, (&[], &[]), &part, (at, bucket), |cells| {
                judgement(buckets, cells, at, better, unsure)
            });
        }
    }
    out
}

/// The cells of the whole or of a slice: of each part with its name, where there are several.
struct PartSeries<'a> {
    name: Option<String>,
    buckets: &'a [Bucket],
    cells: &'a [Cell],
    /// Goals and directions are of the headline.
    is_headline: bool,
}

fn series<'a>(
    kpi: &'a Kpi,
    headline: &'a [Cell],
    parts: impl Iterator<Item = &'a Vec<Cell>>,
) -> Vec<PartSeries<'a>> {
    if kpi.parts.is_empty() {
        let buckets = &kpi.series.buckets;
        return vec![PartSeries { name: None, buckets, cells: headline, is_headline: true }];
    }
    let named = kpi.parts.iter().zip(parts);
    let one = |(part, cells): (&'a Part, &'a Vec<Cell>)| PartSeries {
        name: Some(text(&part.name)),
        buckets: &part.buckets,
        cells,
        is_headline: part.is_headline,
    };
    named.map(one).collect()
}

/// The line of names; `part` is among them where there are several parts.
fn head(kpi: &Kpi, before: &[&str], after: &[&str]) -> String {
    const FIGURE: [&str; 10] = [
        "bucket",
        "start",
        "end",
        "status",
        "value",
        "n",
        "absent",
        "absent_denominator",
        "reason",
        "judgement",
    ];
    let part = (!kpi.parts.is_empty()).then_some("part");
    let names = before.iter().copied().chain(part).chain(FIGURE).chain(after.iter().copied());
    let mut out = String::new();
    line(&mut out, &names.collect::<Vec<_>>());
    out
}

/// One line: what stands before and after the figure of a bucket.
fn figure<'a>(
    out: &mut String,
    (before, after): (&[&str], &[&str]),
    part: &PartSeries<'a>,
    (at, bucket): (usize, &Bucket),
    judged: impl Fn(&'a [Cell]) -> Option<&'static str>,
) {
    let Some(cell) = part.cells.get(at) else { return };
    let [value, n, absent, below, reason] = figures(cell);
    let judged = Some(part.cells).filter(|_| part.is_headline).and_then(judged);
    let label = text(&bucket.label);
    let own = [
        label.as_str(),
        &bucket.start,
        &bucket.end,
        status(bucket),
        &value,
        &n,
        &absent,
        &below,
        &reason,
        judged.unwrap_or_default(),
    ];
    let name = part.name.as_deref();
    let fields = before.iter().copied().chain(name).chain(own).chain(after.iter().copied());
    line(out, &fields.collect::<Vec<_>>());
}

/// A KPI by one dimension: one line for each value and bucket. Where there is no value its field is empty, as that of an
/// empty text is: the last column names the dimension then.
pub(crate) fn slice_csv(kpi: &Kpi, slice: &Slice) -> String {
    let mut out = head(kpi, &["dimension", "dimension_value"], &["unknown"]);
    let dimension = text(&slice.dimension);
    let buckets = &kpi.series.buckets;
    for row in &slice.rows {
        let name = text(row.value.as_deref().unwrap_or_default());
        let unknown = if row.value.is_none() { dimension.as_str() } else { "" };
        let (better, unsure) = (slice_direction(kpi, row), unsure(kpi, Some(row)));
        for part in series(kpi, &row.cells, row.parts.iter()) {
            for (at, bucket) in part.buckets.iter().enumerate() {
                let around = (&[dimension.as_str(), &name][..], &[unknown][..]);
                figure(&mut out, around, &part, (at, bucket), |cells| {
                    judgement(buckets, cells, at, better, unsure)
                });
            }
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
