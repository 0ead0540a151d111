//! A list, whose lines are of every kind.

use milepost_site::page::{
    Display, List, ListCell, ListChange, ListField, ListKind, ListRole, ListRow, ListStatus, Words,
};

/// Two assignees and a group without one, each kind of value and each status.
pub(super) fn list(text: &str) -> List {
    let field = |name: &str, role: ListRole, kind: ListKind| ListField {
        name: name.to_owned(),
        label: None,
        role,
        kind,
    };
    let row = |status, assignee: Option<&str>, rank, key, amount: ListCell| ListRow {
        status,
        assignee: assignee.map(str::to_owned),
        rank,
        reason: Some(text.to_owned()).filter(|_| key != 3),
        until: Some("2026-06-20".to_owned()).filter(|_| status == ListStatus::Snoozed),
        change: match (status, key) {
            (ListStatus::Listed, 2) => Some(ListChange::New),
            (ListStatus::Listed, _) => Some(ListChange::Stayed),
            (ListStatus::Snoozed | ListStatus::Gone, _) => Some(ListChange::Gone),
            _ => None,
        },
        cells: vec![
            ListCell::Whole(key),
            ListCell::Text(text.to_owned()),
            amount,
            ListCell::Number(0.5),
            ListCell::Text("2026-07-01".to_owned()),
            ListCell::Text("2026-07-01T09:30:00+02:00".to_owned()),
            ListCell::Truth(key == 1),
        ],
    };
    List {
        is_derived: false,
        name: "renewals_due".to_owned(),
        label: Some(text.to_owned()),
        question: Some(text.to_owned()),
        description: None,
        owner: Some(text.to_owned()),
        words: vec![text.to_owned()],
        yaml: text.to_owned(),
        of: Words { one: "account".to_owned(), many: "accounts".to_owned() },
        is_of_rows: false,
        day: "2026-06-15".to_owned(),
        total: Ok(5),
        limit: 2,
        next_step: Some(text.to_owned()),
        assigned_by: Some(text.to_owned()),
        fields: vec![
            field("account_id", ListRole::Key, ListKind::Whole),
            field("title", ListRole::Name, ListKind::Text),
            field("mrr", ListRole::Order, ListKind::Number(Display::Currency("USD".to_owned()))),
            field("use", ListRole::Fact, ListKind::Number(Display::Percent)),
            field("renewal_at", ListRole::Fact, ListKind::Day),
            field("called_at", ListRole::Fact, ListKind::Instant),
            field("active", ListRole::Fact, ListKind::Truth),
        ],
        rows: vec![
            row(ListStatus::Listed, Some(text), Some(1), 1, ListCell::Number(1_250.5)),
            row(ListStatus::Listed, Some(text), Some(2), 2, ListCell::Whole(40)),
            row(ListStatus::Listed, None, Some(1), 3, ListCell::Nothing),
            row(ListStatus::BeyondLimit, Some(text), Some(3), 4, ListCell::Number(0.0)),
            row(ListStatus::Snoozed, Some("Ann"), None, 5, ListCell::Number(7.0)),
            row(ListStatus::Unknown, None, None, 6, ListCell::Number(9.0)),
            row(ListStatus::Gone, Some("Ann"), None, 7, ListCell::Number(8.0)),
        ],
        since: Some(("2026-06-14".to_owned(), None)),
        is_personal: true,
        hides_key: false,
    }
}

/// One of which nothing is known, about people whose key may not be shown.
pub(super) fn unknown(text: &str) -> List {
    let known = list(text);
    List {
        is_derived: false,
        name: text.to_owned(),
        label: None,
        total: Err("short history".to_owned()),
        next_step: None,
        assigned_by: None,
        rows: Vec::new(),
        since: Some(("2026-06-14".to_owned(), Some(text.to_owned()))),
        fields: known.fields[2..].to_vec(),
        is_personal: false,
        hides_key: true,
        ..known
    }
}
