//! For programs.

use milepost_semantics::diff::{Changed, Level};
use serde::Serialize;

use super::{Attribution, Figures, Review, Version};
use crate::error::Error;

/// The JSON Schema of what [`json`] gives.
pub const SCHEMA: &str = include_str!("schema.json");

/// The form of the output: it gets another number when a field goes or means something else.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Page<'a> {
    format: u32,
    base: Side<'a>,
    head: Side<'a>,
    /// The worst of all; absent where nothing is different.
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<Level>,
    summary: String,
    changes: &'a [Changed],
    #[serde(skip_serializing_if = "Option::is_none")]
    figures: Option<&'a Figures>,
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<&'a Attribution>,
    policy: Policy<'a>,
}

#[derive(Serialize)]
struct Side<'a> {
    what: &'a str,
    why: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
    /// How many mistakes there are: with any, its values are undecided.
    mistakes: usize,
}

#[derive(Serialize)]
struct Policy<'a> {
    passed: bool,
    failed: &'a [String],
    waived: Vec<Waived<'a>>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct Waived<'a> {
    id: &'a str,
    reason: &'a str,
}

fn side(version: &Version) -> Side<'_> {
    Side {
        what: &version.what,
        why: &version.why,
        commit: version.commit.as_deref(),
        mistakes: version.mistakes.len(),
    }
}

/// The review as JSON, as [`SCHEMA`] says.
///
/// # Errors
/// Only by a mistake in milepost.
pub fn json(review: &Review) -> Result<String, Error> {
    let outcome = &review.outcome;
    let page = Page {
        format: FORMAT,
        base: side(&review.base),
        head: side(&review.head),
        level: review.changes.level(),
        summary: review.sentence(),
        changes: &review.changes.changed,
        figures: review.figures.as_ref(),
        published: review.published.as_ref(),
        policy: Policy {
            passed: outcome.failed.is_empty(),
            failed: &outcome.failed,
            waived: outcome
                .waived
                .iter()
                .map(|waived| Waived { id: &waived.id, reason: &waived.reason })
                .collect(),
            notes: &outcome.idle,
        },
    };
    let text = serde_json::to_string_pretty(&page);
    text.map(|text| text + "\n").map_err(|error| Error::Internal(error.to_string()))
}
