//! What commits changed of a definition, as its page tells it.

use milepost_semantics::diff::{Changed, Level};
use milepost_site::page;

use super::Findings;
use crate::review::{Entry, Histories, changed_parts, is_first};
use crate::revision::Commit;

/// The commit that the specs are at.
pub(super) fn made_from(histories: &Histories) -> page::MadeFrom {
    let Commit { commit, short, .. } = histories.head.clone();
    page::MadeFrom { commit, short, is_changed: histories.is_changed_since }
}

/// The history of the definition of that name; nothing where nobody asked for it.
pub(super) fn page(findings: &Findings<'_>, name: &str) -> Option<page::History> {
    let (since, history) = findings.histories?.of(name)?;
    let since = since.map(|changed| change(changed, None));
    let entries = history.entries.iter();
    let entries = entries.map(|Entry { commit, changed }| change(changed, Some(commit)));
    Some(page::History {
        changes: since.into_iter().chain(entries).collect(),
        is_cut: history.is_cut,
    })
}

fn change(changed: &Changed, commit: Option<&Commit>) -> page::DefinitionChange {
    let own = changed.own.iter().filter(|own| own.level > Level::Cosmetic);
    let own = own.filter(|own| own.rule != "definition-added").map(changed_parts);
    let derived = changed.derived.iter().map(|derived| format!("by {}", derived.by.join(", ")));
    page::DefinitionChange {
        commit: commit.cloned().map(|Commit { commit, short, day, subject, .. }| page::CommitOf {
            id: commit,
            short,
            day,
            message: subject,
        }),
        level: changed.level.name().to_owned(),
        is_first: is_first(changed),
        parts: own.chain(derived).collect(),
        before: changed.no_longer.clone(),
        after: changed.now.clone(),
    }
}
