//! Rows of histories that end before they begin: they hold never, so they count nowhere.

use milepost_semantics::model::{Dataset, DatasetKind, Model};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

use super::Remark;
use crate::data::Data;
use crate::error::EngineError;
use crate::sql::Scope;

/// What is to be said of the histories that were asked for.
pub(super) async fn remarks(model: &Model, data: &Data) -> Result<Vec<Remark>, EngineError> {
    let mut remarks = Vec::new();
    for id in data.asked.iter().copied().filter(|id| data.status(*id).is_some()) {
        let dataset = &model[id];
        let DatasetKind::History { from, to } = dataset.kind else { continue };
        let mut scope = Scope::new(model, id);
        // Days are compared as they are: that takes no calendar.
        let mut value = |column| match dataset[from].ty == dataset[to].ty {
            true => scope.column(&[], id, column),
            false => scope.instant_of(id, column),
        };
        let (begin, end) = (value(from), value(to));
        let sql = format!("SELECT count(*) FROM {} WHERE {end} < {begin}", scope.tables());
        let what = format!("rows of dataset `{}`", dataset.name);
        let counts = data.counts(&what, &sql).await?;
        let [backward] = counts[..] else {
            return Err(EngineError::Internal(format!("{what}: not one count")));
        };
        if backward > 0 {
            let names = [from, to].map(|column| dataset[column].name.as_str());
            remarks.push(Remark::warned(id, told(dataset, names, backward)));
        }
    }
    Ok(remarks)
}

fn told(dataset: &Dataset, [from, to]: [&str; 2], backward: u64) -> Diagnostic {
    let (rows, end, they) = match backward {
        1 => ("row", "ends", "it begins"),
        _ => ("rows", "end", "they begin"),
    };
    let message = format!("{backward} {rows} of `{}` {end} before {they}", dataset.name);
    Diagnostic::warning(codes::BACKWARD_ROWS, dataset.span, message)
        .help(format!("correct `{from}` or `{to}` in the data: at no time is such a row true, so it counts nowhere"))
        .help(format!("if the names are in the wrong order, write `valid: [{to}, {from}]`"))
}
