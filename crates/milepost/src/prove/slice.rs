//! The slice that an expected figure names.

use milepost_plan::results::{Series, SliceRow, SliceValue};
use milepost_semantics::model::DimensionId;
use milepost_site::value::shown;

/// The row of these values; in words why there is none.
pub(super) fn row<'s>(
    series: &'s Series,
    wanted: &[(DimensionId, Option<String>)],
) -> Result<&'s SliceRow, String> {
    let nothing: Vec<String> = (0..wanted.len()).map(|at| shown_for_nothing(series, at)).collect();
    let far = |row: &SliceRow| {
        let values = row.key.iter().zip(wanted).zip(&nothing);
        let ways =
            values.map(|((value, (_, wanted)), nothing)| way(value, wanted.as_deref(), nothing));
        // Of a crossed slice, the value that is meant least directly.
        ways.collect::<Option<Vec<Way>>>().map(|ways| ways.into_iter().max())
    };
    let found: Vec<(Option<Way>, &SliceRow)> =
        series.rows.iter().filter_map(|row| Some((far(row)?, row))).collect();
    let nearest = found.iter().map(|(way, _)| *way).min();
    let mut nearest = found.iter().filter(|(way, _)| Some(*way) == nearest).map(|(_, row)| *row);
    let first = nearest.next().ok_or("no such slice")?;
    let others: Vec<&SliceRow> = nearest.collect();
    if others.is_empty() {
        return Ok(first);
    }
    let names = std::iter::once(&first).chain(&others).map(|row| name(row));
    Err(format!("several slices: {}", names.collect::<Vec<_>>().join(", ")))
}

/// How a text means a value, the most direct way first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Value,
    Key,
    Label,
    /// What stands for no value where it is shown.
    Nothing,
}

fn way(value: &SliceValue, wanted: Option<&str>, nothing: &str) -> Option<Way> {
    let Some(wanted) = wanted else {
        return (*value == SliceValue::Unknown).then_some(Way::Value);
    };
    match value {
        value if value.text() == Some(wanted) => Some(Way::Value),
        SliceValue::Member { key, .. } if key == wanted => Some(Way::Key),
        SliceValue::Unknown if nothing == wanted => Some(Way::Nothing),
        value => value.answers_to(wanted).then_some(Way::Label),
    }
}

/// What stands for no value of a dimension in results.
fn shown_for_nothing(series: &Series, at: usize) -> String {
    let values = series.rows.iter().filter_map(|row| row.key.get(at)).map(SliceValue::text);
    shown(std::iter::once(None).chain(values)).swap_remove(0)
}

fn name(row: &SliceRow) -> String {
    let values = row.key.iter().map(|value| value.text().unwrap_or("null"));
    values.collect::<Vec<_>>().join(" and ")
}
