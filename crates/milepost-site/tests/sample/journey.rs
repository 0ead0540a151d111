//! A journey of two stages: one with many members and milestones of each kind, one with nobody and too few.

use milepost_site::page::{Absent, Cell, Display, Journey, JourneyStage, Kpi, Milestone, Words};

/// `time`: how long it takes to the milestone that leads.
pub(super) fn journey(text: &str, time: Kpi) -> Journey {
    let number = |value: f64| Cell::Value { value, n: Some(1_200), absent: Absent::default() };
    let nothing = || Cell::Reason("empty".to_owned());
    Journey {
        name: "lifecycle".to_owned(),
        label: Some(text.to_owned()),
        question: Some(text.to_owned()),
        description: Some(text.to_owned()),
        owner: Some(text.to_owned()),
        of: Words { one: "account".to_owned(), many: "accounts".to_owned() },
        amount: Some(Display::Number(None)),
        before: Some("2026-05".to_owned()),
        stages: vec![
            JourneyStage {
                name: "small".to_owned(),
                label: text.to_owned(),
                question: Some(text.to_owned()),
                now: number(1_200.0),
                before: Some(number(1_201.0)),
                amount: Some(number(98_765.5)),
                days: number(31.5),
                states: vec![("on track".to_owned(), 1_199.0), (text.to_owned(), 1.0)],
                milestones: vec![
                    milestone(text, Some(("2026-05".to_owned(), number(0.75))), Some(0.7)),
                    milestone(text, Some(("2026-05".to_owned(), number(0.5))), Some(0.7)),
                    milestone(text, None, None),
                ],
                lost: Some(number(0.125)),
            },
            JourneyStage {
                name: "renewal".to_owned(),
                label: "renewal".to_owned(),
                question: None,
                now: nothing(),
                before: None,
                amount: None,
                days: nothing(),
                states: Vec::new(),
                milestones: Vec::new(),
                lost: Some(nothing()),
            },
        ],
        misdated: Some(2.0),
        focus: Some((text.to_owned(), Box::new(time))),
        definition: vec![text.to_owned()],
        yaml: text.to_owned(),
        list: "renewals_due".to_owned(),
        by_stage: "tier".to_owned(),
        by_state: text.to_owned(),
    }
}

fn milestone(text: &str, in_time: Option<(String, Cell)>, target: Option<f64>) -> Milestone {
    Milestone {
        label: text.to_owned(),
        is_focus: target.is_some(),
        reached: text.to_owned(),
        due: in_time.is_some().then(|| text.to_owned()),
        median: Cell::Value { value: 12.5, n: Some(40), absent: Absent::default() },
        in_time,
        target,
    }
}
