use milepost_site::page::{CommitOf, DefinitionChange, History};

/// Changes that no commit has yet, one of that day, one of before the axis, and the beginning.
pub(super) fn history(text: &str) -> History {
    let commit = |day: &str| CommitOf {
        id: "0123456789abcdef0123456789abcdef01234567".to_owned(),
        short: "0123456".to_owned(),
        day: day.to_owned(),
        message: text.to_owned(),
    };
    let change = |commit: Option<CommitOf>, level: &str| DefinitionChange {
        commit,
        level: level.to_owned(),
        is_first: false,
        parts: vec![text.to_owned()],
        before: vec![text.to_owned()],
        after: vec!["Accounts with a seat that is used.".to_owned()],
    };
    let first = change(Some(commit("2026-01-31")), "additive");
    History {
        changes: vec![
            change(None, "value-changing"),
            change(Some(commit("2026-04-30")), "verdict-changing"),
            change(Some(commit("2026-04-01")), "value-changing"),
            change(Some(commit("2025-12-31")), "undecided"),
            DefinitionChange { is_first: true, before: Vec::new(), ..first },
        ],
        is_cut: true,
    }
}
