use crate::chart::marks::Mark;
use crate::page::History;

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
