//! Draws a site of made-up figures: `cargo run -p milepost-site --example demo_site -- FOLDER`.
//!
//! For work on templates and charts, without specs, data or the engine.

#![expect(clippy::disallowed_methods, reason = "an example stands outside of the library")]

use std::path::PathBuf;

use milepost_site::page::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: demo_site FOLDER")?);
    for file in milepost_site::render(&site())? {
        let path = folder.join(&file.path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, file.bytes)?;
    }
    Ok(())
}

const MONTHS: usize = 24;

fn site() -> Site {
    let percent = Display::Percent;
    let usd = Display::Currency("USD".to_owned());
    let accounts = Display::Number(Some(Words::same("accounts")));
    let mut kpis = vec![
        kpi(
            "webinar_reach",
            "Webinar reach",
            "Do invited contacts turn up?",
            Category::Reach,
            "onboarding",
            &percent,
            0.31,
            0.004,
        ),
        kpi(
            "email_delivery",
            "E-mail delivery",
            "Do our messages arrive?",
            Category::Reach,
            "onboarding",
            &percent,
            0.968,
            0.0002,
        ),
        kpi(
            "touched_accounts",
            "Accounts touched",
            "How many accounts did we reach this month?",
            Category::Reach,
            "adoption",
            &accounts,
            410.0,
            14.0,
        ),
        kpi(
            "license_activation",
            "License activation",
            "Are customers switching on the licenses they pay for?",
            Category::Effect,
            "onboarding",
            &percent,
            0.61,
            0.009,
        ),
        kpi(
            "time_to_first_value",
            "Time to first value",
            "How long until a new customer sees value?",
            Category::Effect,
            "onboarding",
            &Display::Number(Some(Words::same("days"))),
            24.0,
            -0.35,
        ),
        kpi(
            "active_users_28d",
            "Active users",
            "How many people work with the product?",
            Category::Effect,
            "adoption",
            &Display::Number(Some(Words::same("users"))),
            5_230.0,
            121.0,
        ),
        kpi(
            "nps",
            "Net promoter score",
            "Would customers recommend us?",
            Category::Effect,
            "adoption",
            &Display::Number(Some(Words::same("points"))),
            28.0,
            0.4,
        ),
        kpi(
            "nrr",
            "Net revenue retention",
            "Do the customers we had a year ago pay more today?",
            Category::Roi,
            "renewal",
            &percent,
            0.97,
            0.004,
        ),
        kpi(
            "mrr",
            "Monthly recurring revenue",
            "What do customers pay us each month?",
            Category::Roi,
            "renewal",
            &usd,
            1_240_000.0,
            21_500.0,
        ),
        kpi(
            "expansion",
            "Expansion revenue",
            "How much more did customers buy?",
            Category::Roi,
            "growth",
            &usd,
            31_200.0,
            420.0,
        ),
        kpi(
            "seat_growth",
            "Seat growth",
            "Do customers add seats?",
            Category::Roi,
            "growth",
            &percent,
            0.02,
            0.001,
        ),
    ];
    let by_name = |kpis: &mut Vec<Kpi>, name: &str, f: &dyn Fn(&mut Kpi)| {
        kpis.iter_mut().filter(|k| k.name == name).for_each(f);
    };
    by_name(&mut kpis, "license_activation", &|k| {
        k.target = Some(Bound::AtLeast(0.8));
        k.leads_to = vec!["nrr".to_owned(), "seats_helper".to_owned()];
        k.series.cells[0] = Cell::Reason("short history".to_owned());
        k.series.cells[1] = Cell::Reason("short history".to_owned());
        k.series.cells[11] = Cell::Reason("too few".to_owned());
        k.slices = vec![
            slice(
                k,
                "plan",
                "Plan",
                &[
                    (Some("Enterprise"), 1.12),
                    (Some("Business"), 1.02),
                    (Some("Team"), 0.93),
                    (None, 0.7),
                ],
            ),
            slice(
                k,
                "region",
                "Region",
                &[
                    (Some("Europe"), 1.04),
                    (Some("North America"), 1.01),
                    (Some("Asia Pacific"), 0.95),
                    (Some("Latin America"), 0.9),
                    (Some("Middle East"), 0.88),
                    (Some("Africa"), 0.84),
                    (Some("Nordics"), 1.1),
                    (None, 0.6),
                ],
            ),
        ];
    });
    by_name(&mut kpis, "nrr", &|k| {
        k.target = Some(Bound::AtLeast(1.1));
        k.series.buckets[MONTHS - 2].immature = true;
    });
    by_name(&mut kpis, "mrr", &|k| {
        k.slices = vec![slice(
            k,
            "size",
            "Size",
            &[(Some("enterprise"), 0.58), (Some("mid"), 0.3), (Some("small"), 0.12)],
        )];
    });
    by_name(&mut kpis, "time_to_first_value", &|k| {
        k.better = Some(Better::Lower);
        k.target = Some(Bound::AtMost(14.0));
    });
    by_name(&mut kpis, "nps", &|k| k.target = Some(Bound::Inside(30.0, 60.0)));
    by_name(&mut kpis, "email_delivery", &|k| k.target = Some(Bound::AtLeast(0.97)));
    by_name(&mut kpis, "seat_growth", &|k| {
        k.unavailable = Some("needs dataset seat_changes".to_owned());
        k.series.buckets.clear();
        k.series.cells.clear();
    });
    Site {
        project: Project {
            name: "acme-cs".to_owned(),
            label: Some("Acme Customer Success".to_owned()),
            description: Some(
                "How well digital customer success reaches, moves and keeps the customers of Acme."
                    .to_owned(),
            ),
            time_zone: "Europe/Amsterdam".to_owned(),
        },
        as_of: "2026-03-18".to_owned(),
        made_from: None,
        stages: [
            ("onboarding", "How quickly do customers see value?"),
            ("adoption", "Do they use what they bought?"),
            ("renewal", "Do they stay?"),
            ("growth", "Do they buy more?"),
        ]
        .map(|(name, question)| Stage {
            name: name.to_owned(),
            label: None,
            question: Some(question.to_owned()),
        })
        .into(),
        kpis,
        lists: Vec::new(),
        segments: Vec::new(),
        journeys: Vec::new(),
        scores: Vec::new(),
        datasets: vec![
            dataset("events", "events", 184_220, 312, Freshness::Fresh, 4),
            dataset("subscriptions", "snapshot", 9_412, 0, Freshness::Late, 190),
            dataset("accounts", "attributes", 640, 0, Freshness::NotChecked, 0),
        ],
        notices: vec![],
        generator: "milepost 0.1.0".to_owned(),
    }
}

/// A number in [0, 1) that looks random and is always the same.
fn noise(seed: &str, i: usize) -> f64 {
    let mut h = 0xcbf2_9ce4_8422_2325_u64;
    for byte in seed.bytes().chain(i.to_le_bytes()) {
        h = (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    f64::from(u32::try_from((h ^ (h >> 29)) & 0xffff).unwrap_or(0)) / 65_536.0
}

#[expect(clippy::too_many_arguments, reason = "a table of examples reads best with one line each")]
fn kpi(
    name: &str,
    label: &str,
    question: &str,
    category: Category,
    stage: &str,
    display: &Display,
    start: f64,
    step: f64,
) -> Kpi {
    let buckets: Vec<Bucket> = (0..MONTHS)
        .map(|i| {
            let month = |i: usize| format!("{}-{:02}", 2024 + (i + 3) / 12, (i + 3) % 12 + 1);
            Bucket {
                label: month(i),
                start: format!("{}-01", month(i)),
                end: format!("{}-01", month(i + 1)),
                partial: i + 1 == MONTHS,
                maturing: false,
                immature: false,
            }
        })
        .collect();
    let whole = matches!(display, Display::Number(Some(u)) if u.many != "days");
    let cells = (0..MONTHS)
        .map(|i| {
            let x = f64::from(u32::try_from(i).unwrap_or(0));
            let mut value =
                start + step * x + (noise(name, i) - 0.5) * (step.abs() * 4.0).max(start * 0.02);
            if i + 1 == MONTHS && whole {
                value *= 0.55;
            }
            Cell::Value {
                value: if whole { value.round() } else { value },
                n: Some(480 + 11 * i as u64),
                absent: Absent::default(),
            }
        })
        .collect();
    Kpi {
        name: name.to_owned(),
        label: Some(label.to_owned()),
        question: Some(question.to_owned()),
        description: None,
        category,
        stage: Some(stage.to_owned()),
        milestone: None,
        indicator: Some(if category == Category::Roi { Indicator::Lagging } else { Indicator::Leading }),
        owner: Some("Digital CS".to_owned()),
        tags: vec!["board".to_owned()],
        leads_to: vec![],
        deprecated: None,
        display: display.clone(),
        scale: Scale::Amount,
        sample: Some(Words { one: "account".to_owned(), many: "accounts".to_owned() }),
        better: Some(Better::Higher),
        target: None,
        alike_in_slices: true,
        unavailable: None,
        shape: Shape::Number,
        made_of: None,
        parts: Vec::new(),
        series: Series { grain: Grain::Month, buckets, cells },
        slices: vec![],
        definition: Definition {
            words: vec![
                "The users whose activated_at is not empty, divided by the seats of all subscriptions.".to_owned(),
                "Each bucket is a calendar month in Europe/Amsterdam.".to_owned(),
                "Seats are a state: those just before the month's end count.".to_owned(),
            ],
            choices: vec![Choice { name: "Denominator".to_owned(), text: "seats at the end of the month, not the mean of the month".to_owned() }],
            place: Some("specs/onboarding.yaml".to_owned()),
            line: Some(12),
            yaml: "license_activation:\n  label: License activation\n  question: Are customers switching on the licenses they pay for?\n  stage: onboarding\n  category: effect\n  unit: percent\n  target: { at_least: 80% }\n  slices: [plan, region]\n  value: count(user where activated_at is not null) / sum(subscriptions.seats at end)\n".to_owned(),
            sql: Some("SELECT bucket, count(*) FILTER (WHERE activated_at IS NOT NULL) / sum(seats)\nFROM subscriptions JOIN users USING (account_id)\nGROUP BY bucket".to_owned()),
            datasets: vec!["events".to_owned(), "subscriptions".to_owned()],
        },
        history: None,
    }
}

fn slice(kpi: &Kpi, dimension: &str, label: &str, parts: &[(Option<&str>, f64)]) -> Slice {
    let row = |(name, factor): &(Option<&str>, f64)| SliceRow {
        value: name.map(str::to_owned),
        cells: kpi
            .series
            .cells
            .iter()
            .enumerate()
            .map(|(i, cell)| match cell {
                Cell::Value { value, n, absent } => Cell::Value {
                    absent: *absent,
                    value: value * (factor + (noise(name.unwrap_or("?"), i) - 0.5) * 0.08),
                    n: n.map(|n| n / u64::try_from(parts.len()).unwrap_or(1)),
                },
                Cell::Reason(reason) => Cell::Reason(reason.clone()),
            })
            .collect(),
        parts: Vec::new(),
        target: None,
    };
    Slice {
        dimension: dimension.to_owned(),
        label: Some(label.to_owned()),
        rows: parts.iter().map(row).collect(),
    }
}

fn dataset(
    name: &str,
    kind: &str,
    rows: u64,
    dropped_repeats: u64,
    freshness: Freshness,
    hours: i64,
) -> Dataset {
    Dataset {
        name: name.to_owned(),
        label: None,
        description: Some(format!("The {name} of the product.")),
        owner: Some("Data platform".to_owned()),
        kind: kind.to_owned(),
        source: format!("data/{name}/*.parquet"),
        missing: false,
        rows,
        dropped_repeats,
        differing_repeats: 0,
        oldest: (hours > 0).then(|| "2024-01-03".to_owned()),
        newest: (hours > 0).then(|| "2026-03-18".to_owned()),
        age_seconds: (hours > 0).then_some(hours * 3_600),
        freshness,
        promised: vec!["a row in the last 2 days, else a warning".to_owned()],
        checks: vec![
            Check { text: "account_id is never empty".to_owned(), failed_rows: Some(0) },
            Check {
                text: "every account_id is an account".to_owned(),
                failed_rows: Some(if name == "events" { 14 } else { 0 }),
            },
        ],
        remarks: vec![Remark {
            level: if name == "events" { Level::Warning } else { Level::Info },
            text: "no row of “events.name” is “Login”; the nearest is “login”".to_owned(),
        }],
        columns: vec![
            Column {
                name: "account_id".to_owned(),
                ty: "text".to_owned(),
                unit: None,
                dimension: None,
                description: Some("The account".to_owned()),
                pii: false,
            },
            Column {
                name: "email".to_owned(),
                ty: "text".to_owned(),
                unit: None,
                dimension: None,
                description: None,
                pii: true,
            },
        ],
    }
}
