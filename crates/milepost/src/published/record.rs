//! What a build writes down of its definitions.

use std::collections::BTreeMap;

use milepost_semantics::model::{Model, canonical};
use milepost_semantics::time::AsOf;
use milepost_site::OutputFile;
use serde::{Deserialize, Serialize};

use super::{FORMAT, RECORD};
use crate::error::Error;
use crate::report;

/// The whole record.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) format: u64,
    /// The version of milepost.
    pub(super) milepost: String,
    /// That of the language.
    pub(super) edition: i64,
    /// Up to when the data was used.
    pub(super) as_of: String,
    /// The KPIs of the site, by name.
    pub(super) metrics: Vec<Recorded>,
    /// The canonical texts of what they read, by kind and name.
    pub(super) reads: BTreeMap<String, String>,
}

/// What the figures of a KPI were computed from.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Recorded {
    pub(super) name: String,
    /// Its canonical text.
    pub(super) text: String,
    /// The names of [`Record::reads`].
    pub(super) reads: Vec<String>,
    pub(super) fingerprint: String,
}

/// The record of a site: the canonical text and the fingerprint of each KPI, the as-of, the edition. The same model and as-of
/// give the same bytes.
///
/// # Errors
/// Only by a mistake in milepost.
pub fn record(model: &Model, as_of: AsOf) -> Result<OutputFile, Error> {
    let mut record = Record {
        format: FORMAT,
        milepost: env!("CARGO_PKG_VERSION").to_owned(),
        edition: milepost_semantics::EDITION,
        as_of: model.project.calendar.show_as_of(as_of),
        metrics: Vec::new(),
        reads: BTreeMap::new(),
    };
    for (id, _) in report::kpis(model) {
        let found = canonical::definitions(model, id);
        record.metrics.push(Recorded {
            name: model[id].name.clone(),
            fingerprint: found.fingerprint().to_string(),
            reads: found.reads.keys().cloned().collect(),
            text: found.metric,
        });
        record.reads.extend(found.reads);
    }
    record.metrics.sort_by(|a, b| a.name.cmp(&b.name));
    let text = serde_json::to_string_pretty(&record);
    let text = text.map_err(|error| Error::Internal(error.to_string()))? + "\n";
    Ok(OutputFile { path: RECORD.to_owned(), bytes: text.into_bytes() })
}
