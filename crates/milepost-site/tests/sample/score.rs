//! A score of three components, with caps, an override, and somebody without one.

use milepost_site::page::{
    BandSizes, Display, List, ListCell, ListField, ListKind, ListRole, ListRow, ListStatus, Score,
    ScoreCombination, ScoreComponent, Words,
};

pub(super) fn score(text: &str) -> Score {
    let component = |name: &str, label: &str, share| ScoreComponent {
        name: name.to_owned(),
        label: label.to_owned(),
        share,
        worst: "20%; 10% for large".to_owned(),
        best: text.to_owned(),
    };
    let combination = |is_best: [bool; 2], score, band: &str| ScoreCombination {
        is_best: is_best.to_vec(),
        score,
        band: Some(band.to_owned()).filter(|band| !band.is_empty()),
    };
    Score {
        members: members(text),
        components: vec![component("use", "use", 0.75), component("voice", text, 0.25)],
        has_caps: true,
        has_overrides: true,
        bands: vec![text.to_owned(), "red".to_owned()],
        sizes: vec![
            BandSizes { bucket: "2026-05".to_owned(), counts: vec![None, None], without: None },
            BandSizes {
                bucket: "2026-06".to_owned(),
                counts: vec![Some(1_200), Some(1)],
                without: Some(1),
            },
        ],
        period: "one month".to_owned(),
        combinations: vec![
            combination([true, true], 100.0, text),
            combination([true, false], 75.0, "red"),
            combination([false, false], 0.0, ""),
        ],
    }
}

fn members(text: &str) -> List {
    let number = |name: &str, role| ListField {
        name: name.to_owned(),
        label: None,
        role,
        kind: ListKind::Number(Display::Number(None)),
    };
    let words = |name: &str| ListField {
        name: name.to_owned(),
        label: None,
        role: ListRole::Fact,
        kind: ListKind::Text,
    };
    let maybe =
        |text: Option<&str>| text.map_or(ListCell::Nothing, |text| ListCell::Text(text.to_owned()));
    let points = |points: Option<f64>| points.map_or(ListCell::Nothing, ListCell::Number);
    let row =
        |rank, key, score, band: Option<&str>, before: Option<&str>, given: Option<f64>| ListRow {
            status: ListStatus::Listed,
            change: None,
            assignee: None,
            rank: Some(rank),
            reason: None,
            until: None,
            cells: vec![
                ListCell::Whole(key),
                points(score),
                maybe(band),
                maybe(before),
                points(score.map(|score| score - 50.0)),
                maybe(band.map(|_| "voice")),
                maybe(band.map(|_| "use")),
                points(score.map(|_| 30.5)),
                points(score),
                points(score.map(|_| 44.5)),
                points(score.map(|_| 10.0)),
                points(score.map(|_| 25.0)),
                points(given.map(|_| -5.0)),
                points(given),
                maybe(given.map(|_| "2026-07-01")),
                maybe(given.map(|_| text)),
                maybe(given.map(|_| text)),
            ],
        };
    List {
        is_derived: true,
        is_of_rows: false,
        since: None,
        name: "health".to_owned(),
        label: Some(text.to_owned()),
        question: Some(text.to_owned()),
        description: Some(text.to_owned()),
        owner: Some(text.to_owned()),
        words: vec![text.to_owned()],
        yaml: text.to_owned(),
        of: Words { one: "account".to_owned(), many: "accounts".to_owned() },
        day: "2026-06-15".to_owned(),
        total: Ok(3),
        limit: u64::MAX,
        next_step: None,
        assigned_by: None,
        fields: vec![
            ListField {
                name: "account_id".to_owned(),
                label: None,
                role: ListRole::Key,
                kind: ListKind::Whole,
            },
            number("score", ListRole::Order),
            words("band"),
            words("band.before"),
            number("change", ListRole::Fact),
            words("moved_by"),
            words("drag"),
            number("use.points", ListRole::Fact),
            number("use", ListRole::Fact),
            number("use.lost", ListRole::Fact),
            number("voice.points", ListRole::Fact),
            number("voice", ListRole::Fact),
            number("cap.points", ListRole::Fact),
            number("override.points", ListRole::Fact),
            ListField {
                name: "override.until".to_owned(),
                label: None,
                role: ListRole::Fact,
                kind: ListKind::Day,
            },
            words("override.author"),
            words("override.reason"),
        ],
        rows: vec![
            row(1, 7, Some(12.25), Some("red"), Some(text), Some(-28.25)),
            row(2, 8, Some(80.0), Some(text), None, None),
            row(3, 9, None, None, Some("red"), None),
        ],
        is_personal: false,
        hides_key: false,
    }
}
