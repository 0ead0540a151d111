//! A small site with nasty names.

mod duration;
mod history;
mod journey;
mod list;
mod score;
mod segment;

use duration::duration;
use milepost_site::page::*;

/// Text that has broken other programs.
pub(crate) const NASTY: &str =
    "<script>alert('x')</script> \"q\" & ]]> --> {{ 7 * 7 }} \u{202e}abc\u{0} שלום =1+1";

/// KPIs, one of them unavailable and one of each form; every text field holds `text`.
pub(crate) fn site(text: &str) -> Site {
    let owned = || Some(text.to_owned());
    let bucket = |i: u32, partial: bool, immature: bool| Bucket {
        label: format!("2026-{i:02}"),
        start: format!("2026-{i:02}-01"),
        end: format!("2026-{:02}-01", i + 1),
        partial,
        maturing: false,
        immature,
    };
    let absent = Absent { numerator: 2, denominator: 1_003 };
    let value = |value: f64| Cell::Value { value, n: Some(1_204), absent };
    let cells = |shift: f64| {
        vec![
            value(0.61 + shift),
            Cell::Reason("too few".to_owned()),
            value(0.7 + shift),
            value(0.8 + shift),
            value(0.82 + shift),
            value(0.1 + shift),
        ]
    };
    let row = |name: Option<&str>, shift: f64, target: Option<Bound>| SliceRow {
        value: name.map(str::to_owned),
        cells: cells(shift),
        parts: Vec::new(),
        target,
    };
    let full = Kpi {
        name: "license_activation".to_owned(),
        label: owned(),
        question: owned(),
        description: owned(),
        category: Category::Effect,
        stage: owned(),
        milestone: owned(),
        indicator: Some(Indicator::Leading),
        owner: owned(),
        tags: vec![text.to_owned(), "board".to_owned()],
        leads_to: vec!["seat growth".to_owned(), text.to_owned()],
        deprecated: Some(Deprecated {
            since: owned(),
            replacement: Some("seat growth".to_owned()),
        }),
        display: Display::Percent,
        scale: Scale::Amount,
        sample: Some(Words { one: text.to_owned(), many: text.to_owned() }),
        better: None,
        target: Some(Bound::AtLeast(0.8)),
        alike_in_slices: true,
        unavailable: None,
        shape: Shape::Number,
        parts: Vec::new(),
        made_of: None,
        series: Series {
            grain: Grain::Month,
            buckets: vec![
                bucket(1, false, false),
                bucket(2, false, false),
                bucket(3, false, false),
                bucket(4, false, false),
                bucket(5, false, true),
                bucket(6, true, false),
            ],
            cells: cells(0.0),
        },
        slices: vec![Slice {
            dimension: text.to_owned(),
            label: None,
            rows: vec![
                row(Some(text), 0.1, Some(Bound::AtLeast(0.95))),
                row(Some("=HYPERLINK(\"x\")"), -0.1, Some(Bound::AtLeast(0.8))),
                row(Some("(unknown)"), 0.0, None),
                row(Some("pro "), 0.05, None),
                row(None, -0.2, None),
            ],
        }],
        definition: Definition {
            words: vec![text.to_owned()],
            choices: vec![Choice { name: text.to_owned(), text: text.to_owned() }],
            place: owned(),
            line: Some(12),
            yaml: text.to_owned(),
            sql: owned(),
            datasets: vec!["events".to_owned()],
        },
        history: None,
    };
    let empty = Kpi {
        name: "seat growth".to_owned(),
        label: None,
        category: Category::Roi,
        display: Display::Number(Some(Words::same(text))),
        target: None,
        deprecated: None,
        unavailable: owned(),
        series: Series { grain: Grain::Quarter, buckets: vec![], cells: vec![] },
        slices: vec![],
        ..full.clone()
    };
    let part = |name: &str, shift: f64| Part {
        name: name.to_owned(),
        is_headline: name == "median",
        display: full.display.clone(),
        buckets: full.series.buckets.clone(),
        cells: cells(shift),
    };
    let quartiles = Kpi {
        name: "activation_spread".to_owned(),
        shape: Shape::Quantiles,
        history: Some(history::history(text)),
        parts: vec![part(text, -0.2), part("median", 0.0), part("p75", 0.1)],
        slices: full
            .slices
            .iter()
            .map(|slice| Slice {
                rows: slice
                    .rows
                    .iter()
                    .map(|row| SliceRow {
                        parts: vec![cells(-0.1), row.cells.clone(), cells(0.3)],
                        ..row.clone()
                    })
                    .collect(),
                ..slice.clone()
            })
            .collect(),
        ..full.clone()
    };
    let journeys = vec![journey::journey(text, duration(&full))];
    let forms = [cohorts(&full), survey(&full), movements(&full), funnel(&full), duration(&full)];
    Site {
        project: Project {
            name: "nasty".to_owned(),
            label: owned(),
            description: owned(),
            time_zone: "Europe/Amsterdam".to_owned(),
        },
        as_of: "2026-06-15".to_owned(),
        stages: vec![Stage { name: text.to_owned(), label: owned(), question: owned() }],
        kpis: [full, empty, quartiles].into_iter().chain(forms).collect(),
        datasets: vec![dataset(text)],
        lists: vec![list::list(text), list::unknown(text)],
        scores: vec![score::score(text)],
        journeys,
        segments: vec![segment::segment(text), segment::uncounted(text)],
        notices: vec![Notice {
            level: Level::Error,
            text: text.to_owned(),
            kpi: None,
            dataset: owned(),
        }],
        generator: "milepost 0.1.0".to_owned(),
        made_from: None,
    }
}

/// Three cohorts and one of nobody: of the last one the first step alone is over, and a small one has too few for a figure.
fn cohorts(full: &Kpi) -> Kpi {
    let share = |value: f64, n: u64| Cell::Value { value, n: Some(n), absent: Absent::default() };
    let reason = |reason: &str| Cell::Reason(reason.to_owned());
    let immature = || reason("immature");
    let none = || reason("zero denominator");
    let buckets = |open: usize| {
        let months = full.series.buckets[..4].iter().enumerate();
        let bucket = |(at, bucket): (usize, &Bucket)| Bucket {
            partial: at >= open,
            maturing: at >= open,
            immature: false,
            ..bucket.clone()
        };
        months.map(bucket).collect::<Vec<_>>()
    };
    let part = |name: &str, display: Display, open: usize, cells: [Cell; 4]| Part {
        name: name.to_owned(),
        is_headline: name == "at_1",
        display,
        buckets: buckets(open),
        cells: cells.to_vec(),
    };
    let size = [share(4.0, 4), share(0.0, 0), share(1.0, 1), share(1_200.0, 1_200)];
    let at_0 = [share(1.0, 4), none(), reason("too few"), share(1.0, 1_200)];
    let at_1 = [share(0.25, 4), none(), reason("too few"), share(0.1, 800)];
    let at_2 = [share(0.5, 4), none(), immature(), immature()];
    let sum_1 = [share(12.5, 4), share(0.0, 0), share(3.0, 1), immature()];
    let users = Words { one: "user".to_owned(), many: "users".to_owned() };
    let euros = Display::Currency("EUR".to_owned());
    Kpi {
        name: "user_cohorts".to_owned(),
        shape: Shape::Cohort,
        target: None,
        series: Series { grain: Grain::Month, buckets: buckets(3), cells: at_1.to_vec() },
        parts: vec![
            part("size", Display::Number(Some(users)), 4, size),
            part("at_0", Display::Percent, 4, at_0),
            part("at_1", Display::Percent, 3, at_1),
            part("at_2", Display::Percent, 2, at_2),
            part("sum_1", euros, 3, sum_1),
        ],
        slices: Vec::new(),
        ..full.clone()
    }
}

fn dataset(text: &str) -> Dataset {
    let owned = || Some(text.to_owned());
    Dataset {
        name: "events".to_owned(),
        label: owned(),
        description: owned(),
        owner: owned(),
        kind: "events".to_owned(),
        source: text.to_owned(),
        missing: false,
        rows: 184_220,
        dropped_repeats: 3,
        differing_repeats: 2,
        oldest: Some("2026-01-01".to_owned()),
        newest: Some("2026-06-13".to_owned()),
        age_seconds: Some(172_800),
        freshness: Freshness::Late,
        promised: vec![text.to_owned(), "a row in the last 7 days, else an error".to_owned()],
        checks: vec![
            Check { text: text.to_owned(), failed_rows: Some(1) },
            Check { text: "user_id is never empty".to_owned(), failed_rows: Some(0) },
            Check { text: "name is accepted".to_owned(), failed_rows: None },
        ],
        remarks: vec![
            Remark { level: Level::Warning, text: text.to_owned() },
            Remark {
                level: Level::Info, text: "no row of “events.name” is “export”".to_owned()
            },
        ],
        columns: vec![Column {
            name: text.to_owned(),
            ty: "text".to_owned(),
            unit: owned(),
            dimension: owned(),
            description: owned(),
            pii: true,
        }],
    }
}

/// Parts with a number in each bucket, or none where it is no number; `headline`: which of them stands for all.
fn parts_of<'k>(full: &'k Kpi, headline: &'k str) -> impl Fn(&str, Display, [f64; 6]) -> Part + 'k {
    move |name, display, values| Part {
        name: name.to_owned(),
        is_headline: name == headline,
        display,
        buckets: full.series.buckets.clone(),
        cells: values
            .map(|value| match value {
                value if value.is_nan() => Cell::Reason("no data".to_owned()),
                value => Cell::Value { value, n: Some(40), absent: Absent::default() },
            })
            .to_vec(),
    }
}

/// NPS whose last change may be none, and whose newest invitations are young.
fn survey(full: &Kpi) -> Kpi {
    let points = || Display::Number(Some(Words::same("points")));
    let part = parts_of(full, "score");
    let none = f64::NAN;
    let count = || Display::Number(None);
    let mut rate = part("response_rate", Display::Percent, [0.25, 0.5, 0.3, 0.28, 0.3, 0.4]);
    rate.buckets[3].maturing = true;
    rate.buckets[3].partial = true;
    let parts = vec![
        part("score", points(), [20.0, none, 35.0, 30.0, 32.0, 50.0]),
        part("low", points(), [5.0, none, 20.0, 12.5, 14.0, 20.0]),
        part("high", points(), [34.0, none, 48.0, 45.0, 47.0, 70.0]),
        part("responses", count(), [40.0, 0.0, 40.0, 40.0, 41.0, 10.0]),
        part("promoters", count(), [16.0, 0.0, 20.0, 20.0, 20.0, 6.0]),
        part("passives", count(), [16.0, 0.0, 14.0, 12.0, 14.0, 3.0]),
        part("detractors", count(), [8.0, 0.0, 6.0, 8.0, 7.0, 1.0]),
        rate,
        part("change", points(), [none, none, none, -5.0, 2.0, 18.0]),
        part("change_low", points(), [none, none, none, -26.0, -20.0, -10.0]),
        part("change_high", points(), [none, none, none, 16.0, 24.0, 46.0]),
        part("out_of_scale", count(), [0.0, 0.0, 0.0, 2.0, 0.0, 0.0]),
        part("empty", count(), [0.0, 0.0, 0.0, 1.0, 0.0, 0.0]),
    ];
    let series = Series { cells: parts[0].cells.clone(), ..full.series.clone() };
    Kpi {
        name: "recommended".to_owned(),
        display: points(),
        scale: Scale::Score,
        better: Some(Better::Higher),
        target: Some(Bound::AtLeast(25.0)),
        shape: Shape::Survey,
        parts,
        series,
        slices: vec![],
        ..full.clone()
    }
}

/// A funnel of three steps whose newest bucket holds attempts that wait.
fn funnel(full: &Kpi) -> Kpi {
    let part = parts_of(full, "share");
    let none = f64::NAN;
    let (count, days) = (|| Display::Number(None), || Display::Number(Some(Words::same("days"))));
    let percent = || Display::Percent;
    let mut parts = vec![
        part("share", percent(), [0.1, 0.0, 0.2, 0.25, 0.225, 0.5]),
        part("sent", count(), [40.0, 12.0, 40.0, 40.0, 40.0, 4.0]),
        part("clicked", count(), [10.0, 0.0, 12.0, 16.0, 15.0, 2.0]),
        part("clicked_share", percent(), [0.25, 0.0, 0.3, 0.4, 0.375, 0.5]),
        part("clicked_of_previous", percent(), [0.25, 0.0, 0.3, 0.4, 0.375, 0.5]),
        part("clicked_days", days(), [1.0, none, 1.5, 0.75, 1.0, 0.5]),
        part("used_it", count(), [4.0, 0.0, 8.0, 10.0, 9.0, 2.0]),
        part("used_it_share", percent(), [0.1, 0.0, 0.2, 0.25, 0.225, 0.5]),
        part("used_it_of_previous", percent(), [0.4, none, 0.667, 0.625, 0.6, 1.0]),
        part("used_it_days", days(), [3.0, none, 2.0, 4.25, 3.5, 1.0]),
        part("days", days(), [4.0, none, 3.5, 5.0, 4.5, 1.5]),
    ];
    parts.iter_mut().for_each(|part| part.buckets[5].maturing = true);
    parts.push(part("started", count(), [40.0, 12.0, 40.0, 40.0, 40.0, 31.0]));
    let buckets = parts[0].buckets.clone();
    let series = Series { cells: parts[0].cells.clone(), buckets, ..full.series.clone() };
    Kpi {
        name: "message_to_use".to_owned(),
        display: percent(),
        better: Some(Better::Higher),
        target: None,
        shape: Shape::Funnel,
        parts,
        series,
        slices: vec![],
        ..full.clone()
    }
}

/// Movements of two months, of which the second is complete and loses more than it gains.
fn movements(full: &Kpi) -> Kpi {
    let amount = || Display::Currency("USD".to_owned());
    let part = |name: &str, display: Display, values: [f64; 2]| Part {
        name: name.to_owned(),
        is_headline: name == "net",
        display,
        buckets: full.series.buckets[..2].to_vec(),
        cells: values
            .map(|value| Cell::Value { value, n: Some(7), absent: Absent::default() })
            .to_vec(),
    };
    let parts = vec![
        part("net", Display::Percent, [1.02, 0.93]),
        part("gross", Display::Percent, [0.98, 0.9]),
        part("opening", amount(), [1_000.0, 1_080.0]),
        part("new", amount(), [60.0, 0.0]),
        part("expansion", amount(), [40.0, 30.0]),
        part("reactivation", amount(), [0.0, 12.5]),
        part("contraction", amount(), [20.0, 60.0]),
        part("churned", amount(), [0.0, 50.0]),
        part("closing", amount(), [1_080.0, 1_012.5]),
        part("quick_ratio", Display::Number(None), [5.0, 0.386]),
    ];
    let buckets = full.series.buckets[..2].to_vec();
    Kpi {
        name: "nrr".to_owned(),
        better: Some(Better::Higher),
        target: None,
        shape: Shape::Movements,
        series: Series { grain: Grain::Month, buckets, cells: parts[0].cells.clone() },
        parts,
        slices: Vec::new(),
        ..full.clone()
    }
}
