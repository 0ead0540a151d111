use serde::Serialize;

use crate::chart::marks::Mark;
use crate::page::{DefinitionChange, History};

/// The changes of a definition, for its list and for the time axis.
#[derive(Debug, Serialize)]
pub(crate) struct HistoryView {
    rows: Vec<Row>,
    is_cut: bool,
}

#[derive(Debug, Serialize)]
struct Row {
    /// The day, or that it is not committed yet.
    when: String,
    commit: Option<String>,
    message: Option<String>,
    level: String,
    is_first: bool,
    parts: Vec<String>,
    before: Vec<String>,
    after: Vec<String>,
}

pub(super) fn history(history: &History) -> HistoryView {
    HistoryView { rows: history.changes.iter().map(row).collect(), is_cut: history.is_cut }
}

fn row(change: &DefinitionChange) -> Row {
    let commit = change.commit.as_ref();
    Row {
        when: commit.map_or_else(|| "not committed yet".to_owned(), |commit| commit.day.clone()),
        commit: commit.map(|commit| commit.short.clone()),
        message: commit.map(|commit| commit.message.clone()),
        level: change.level.clone(),
        is_first: change.is_first,
        parts: change.parts.clone(),
        before: change.before.clone(),
        after: change.after.clone(),
    }
}

/// What is marked on the time axis: the changes that have a day, but not that the definition began.
pub(super) fn marks(history: Option<&History>) -> Vec<Mark<'_>> {
    let changes = history.iter().flat_map(|history| &history.changes);
    let changes = changes.filter(|change| !change.is_first);
    let marks = changes.filter_map(|change| {
        let commit = change.commit.as_ref()?;
        Some(Mark { day: &commit.day, text: format!("{}: {}", commit.day, change.level) })
    });
    // From old to new, as the axis.
    marks.rev().collect()
}
