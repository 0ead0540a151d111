//! Rows that end long before the as-of, and pictures that are missing.

use milepost_semantics::model::{Dataset, DatasetId, Model};
use milepost_semantics::time::Instant;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

use super::Remark;
use crate::data::{Data, Ended, Pictures, last_day, shown};

/// What is to be said of the datasets that were asked for.
pub(super) fn remarks(model: &Model, data: &Data) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for id in &data.asked {
        let dataset = &model[*id];
        let missing =
            data.pictures.get(id).and_then(|pictures| missing(model, data, *id, dataset, pictures));
        let ended = || Some(Remark::warned(*id, end(dataset, *data.ended.get(id)?)));
        remarks.extend(missing.or_else(ended));
    }
    remarks
}

/// Rows that ended.
fn end(dataset: &Dataset, ended: Ended) -> Diagnostic {
    let Ended { newest, age, gap, days } = ended;
    let (name, newest) = (&dataset.name, shown(newest));
    let apart = if gap == 1 { "1 day".to_owned() } else { format!("{gap} days") };
    let message = format!(
        "the newest row of `{name}` is of {newest}, {age} days before the as-of; its last {days} days with rows are at most {apart} apart"
    );
    Diagnostic::warning(codes::DATA_ENDS_EARLY, dataset.span, message)
        .help(format!("add the missing rows, or use an earlier as-of: `--as-of {newest}`"))
        .help(format!("if they will be missing, write `complete_until: {newest}` in `{name}`: what lies after it is then `no data` and not 0; if nothing happened since, write `complete_until: as_of`"))
}

/// The latest of the gaps between pictures, up to the as-of, that are so long that one must be missing; of those that the
/// site shows.
fn missing(
    model: &Model,
    data: &Data,
    id: DatasetId,
    dataset: &Dataset,
    pictures: &Pictures,
) -> Option<Remark> {
    let calendar = &model.project.calendar;
    let as_of = last_day(calendar, data.as_of.end);
    let shown_from = calendar.shift(data.as_of.end, model.project.history, true);
    let since = last_day(calendar, Instant(shown_from.0 + 1));
    // The state of a day is that of its end: a picture of the next day is the next one.
    let ends = pictures.days.iter().skip(1).map(|day| day - 1).chain([as_of]);
    let gaps = pictures.days.iter().copied().zip(ends);
    let gaps: Vec<(i32, i32)> =
        gaps.filter(|(from, to)| *to >= since && pictures.is_long(to - from)).collect();
    let (from, to) = *gaps.last()?;
    let name = &dataset.name;
    let usual = pictures.usual;
    let usual = if usual == 1 { "1 day".to_owned() } else { format!("{usual} days") };
    let others = match gaps.len() - 1 {
        0 => String::new(),
        1 => ", and once before".to_owned(),
        n => format!(", and {n} times before"),
    };
    let message = format!(
        "between {} and {} there is no picture of `{name}`{others}; they are usually {usual} apart",
        shown(from),
        shown(to)
    );
    let told = Diagnostic::warning(codes::MISSING_PICTURE, dataset.span, message)
        .help("add the missing pictures: until then the last one is used for those days, and the buckets are marked as partial")
        .help(format!("if the last one holds until the next, say for how long in `{name}`: `carry: {} days`, or `carry: forever`", to - from));
    Some(Remark::warned(id, told))
}
