//! Segments: one with bands and members whom nothing is known of, and one whose members can't be counted.

use milepost_site::page::{Bucket, Cell, Grain, Group, Moved, NEW, Segment, Transition, Words};

/// Three groups over two months, in the second of which a member began, one ended and two moved.
pub(super) fn segment(text: &str) -> Segment {
    let bucket = |month: u32| Bucket {
        label: format!("2026-{month:02}"),
        start: format!("2026-{month:02}-01"),
        end: format!("2026-{:02}-01", month + 1),
        partial: month == 3,
        maturing: false,
        immature: false,
    };
    let size = |value: f64| Cell::Value { value, n: Some(12), absent: Default::default() };
    let group = |name: &str, is_unknown, sizes: [f64; 3]| Group {
        name: name.to_owned(),
        is_unknown,
        cells: sizes.map(size).to_vec(),
    };
    let moves = Transition {
        since: "2026-01-31".to_owned(),
        until: "2026-02-28".to_owned(),
        groups: vec![text.to_owned(), "small".to_owned(), "(unknown)".to_owned()],
        counts: vec![vec![3, 1, 0, 0], vec![0, 1_200, 0, 1], vec![1, 0, 0, 0], vec![0, 1, 0, 0]],
    };
    Segment {
        name: "tier".to_owned(),
        label: Some(text.to_owned()),
        description: Some(text.to_owned()),
        owner: Some(text.to_owned()),
        words: vec![text.to_owned(), text.to_owned()],
        yaml: text.to_owned(),
        of: Words { one: "account".to_owned(), many: "accounts".to_owned() },
        unavailable: None,
        grain: Grain::Month,
        buckets: vec![bucket(1), bucket(2), bucket(3)],
        total: [1_206.0, 1_206.0, 1_205.0].map(size).to_vec(),
        groups: vec![
            group(text, false, [4.0, 4.0, 5.0]),
            group("small", false, [1_201.0, 1_202.0, 1_200.0]),
            group("(unknown)", true, [1.0, 0.0, 0.0]),
        ],
        inside: None,
        period: Some(("2026-02".to_owned(), Ok(moves))),
        moved: vec![Moved { name: text.to_owned(), from: NEW.to_owned(), to: text.to_owned() }],
    }
}

pub(super) fn uncounted(text: &str) -> Segment {
    Segment {
        name: text.to_owned(),
        label: None,
        description: None,
        owner: None,
        unavailable: Some(text.to_owned()),
        buckets: Vec::new(),
        total: Vec::new(),
        groups: Vec::new(),
        inside: None,
        period: None,
        moved: Vec::new(),
        ..segment(text)
    }
}
