//! What the rows of a project say that nobody asked: conditions that no row can meet, keys that lead nowhere, data that
//! ends, rows that end before they begin. A 0 may then mean that nobody knows. Nothing here changes a figure.

mod ends;
mod keys;
mod spans;
mod texts;

use milepost_semantics::model::{DatasetId, Model};
use milepost_syntax::diagnostic::Diagnostic;

use crate::data::Data;
use crate::error::EngineError;

pub use keys::LinkMatch;
pub(crate) use keys::matches;

/// Something about the rows of a dataset that readers of its figures should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    pub dataset: DatasetId,
    /// One sentence without a full stop.
    pub text: String,
    /// What authors are told of it; absent where it may well be right.
    pub warning: Option<Diagnostic>,
}

impl Remark {
    /// A warning, in its own words on the page of the data too.
    fn warned(dataset: DatasetId, warning: Diagnostic) -> Self {
        Self { dataset, text: warning.message.clone(), warning: Some(warning) }
    }

    /// A note for the page of the data.
    const fn noted(dataset: DatasetId, text: String) -> Self {
        Self { dataset, text, warning: None }
    }
}

/// All remarks on what the requests that the data was opened for read, by dataset.
///
/// # Errors
/// When the engine fails.
pub(crate) async fn remarks(model: &Model, data: &Data) -> Result<Vec<Remark>, EngineError> {
    let mut remarks = texts::remarks(model, data);
    for status in data.datasets().iter().filter(|status| data.asked.contains(&status.dataset)) {
        let notes = status.notes.iter().cloned();
        remarks.extend(notes.map(|text| Remark::noted(status.dataset, text)));
    }
    remarks.extend(keys::remarks(model, data).await?);
    remarks.extend(ends::remarks(model, data));
    remarks.extend(spans::remarks(model, data).await?);
    remarks.sort_by_key(|remark| remark.dataset);
    Ok(remarks)
}
