//! Scores over the rows of generated projects: both lowerings say what the reference says, and the laws of scores hold.

use milepost::plan::request::Request;
use milepost::semantics::model::MetricId;

use crate::compare::{Opened, differences};
use crate::coverage::Seen;
use crate::generate::{Metric, Project};

/// Each with another worth of what is missing.
const SCORES: &str = "
scores:
  fit:
    of: account
    components:
      - use: { value: count(events over 28 days), worst: { default: 0, by: { size: { big: 2 } } }, best: 12, weight: 3 }
      - seats: { value: sum(subs.seats), worst: 0, best: 40, weight: 1.5 }
      - level: { value: avg(events.n over 14 days), worst: 4, best: -4 }
    min_weight: 40%
    caps: [ { when: not any(login over 2 weeks), at_most: 60 }, { when: tier > 2, at_most: 30.5 } ]
    bands: [ good: score >= 60, fair: score >= 30, poor: otherwise ]
  zeroed:
    of: account
    components: [ level: { value: avg(events.n over 14 days), worst: 4, best: -4, weight: 2 }, rows: { value: count(login over 1 month), worst: 0, best: 9 } ]
    missing: zero
    bands: [ low: score < 40, high: otherwise ]
  halved:
    of: account
    components: [ level: { value: avg(events.n over 14 days), worst: 4, best: -4, weight: 2 }, rows: { value: count(login over 1 month), worst: 9, best: 0 } ]
    missing: neutral
    min_weight: 20%
    bands: [ low: score < 40, high: otherwise ]
  strict:
    of: user
    components: [ level: { value: max(events.n over 1 month), worst: -4, best: 4, weight: 20% }, rows: { value: count(events over 2 weeks), worst: 0, best: 4 } ]
    missing: fail
    bands: [ low: score < 40, high: otherwise ]
  ranked:
    of: account
    components:
      - level: { value: avg(events.n over 14 days), percentile_rank: size }
      - rows: { value: count(login over 1 month), percentile_rank: account, better: lower, weight: 2 }
    bands: [ low: score < 40, high: otherwise ]
";

/// One of which rows say what it is. What they say is compared by pages; here it follows the laws.
const OVERRIDDEN: &str = "\
\x20 ruled:
    of: account
    components: [ level: { value: avg(events.n over 14 days), worst: 4, best: -4, weight: 2 }, rows: { value: count(login over 1 month), worst: 0, best: 9 } ]
    missing: neutral
    caps: [ { when: not any(login over 2 weeks), at_most: 40 } ]
    bands: [ low: score < 3, high: otherwise ]
    override: { rows: events, score: n, until: due, author: name, reason: name }
";

/// Name and value.
const METRICS: [(&str, &str); 23] = [
    ("mean_fit", "avg(fit per account)"),
    ("mean_sum", "avg(fit.sum per account)"),
    ("mean_use", "avg(fit.use per account)"),
    ("use_points", "sum(fit.use.points per account)"),
    ("level_points", "sum(fit.level.points per account)"),
    ("taken", "sum(fit.cap.points per account)"),
    ("good", "count(account where fit.band = 'good')"),
    ("not_good", "count(account where fit.band != 'good')"),
    ("dragged", "count(account where fit.drag = 'seats')"),
    ("low_fit", "count(account where fit < 50)"),
    ("mean_zeroed", "avg(zeroed per account)"),
    ("zeroed_points", "sum(zeroed.level.points per account)"),
    ("mean_halved", "avg(halved per account)"),
    ("halved_low", "count(account where halved.band = 'low')"),
    ("mean_strict", "avg(strict per user)"),
    ("strict_high", "count(user where strict.band = 'high')"),
    ("events_of_good", "count(events where account.fit.band in ['good', 'fair'])"),
    ("users_of_low", "count(user where account.fit < 50)"),
    ("best_of_low", "max(strict per user where account.zeroed < 60)"),
    ("events_by", "count(events)"),
    ("mean_ranked", "avg(ranked per account)"),
    ("rank_of_level", "sum(ranked.level per account)"),
    ("above_the_middle", "count(account where ranked.rows > 50)"),
];

/// Counts of members for whom a law does not hold: 0, whatever the rows.
const LAWS: [(&str, &str); 14] = [
    ("clipped", "count(account where fit < 0 or fit > 100 or fit.level < 0 or fit.use > 100)"),
    (
        "lines",
        "count(account where abs(fit - coalesce(fit.use.points, 0) - coalesce(fit.seats.points, 0) \
         - coalesce(fit.level.points, 0) - coalesce(fit.cap.points, 0)) > 0.000001)",
    ),
    (
        "lines_before_caps",
        "count(account where abs(fit.sum - coalesce(fit.use.points, 0) - coalesce(fit.seats.points, 0) \
         - coalesce(fit.level.points, 0)) > 0.000001)",
    ),
    (
        "lines_of_the_zeroed",
        "count(account where abs(zeroed.sum - zeroed.level.points - zeroed.rows.points) > 0.000001)",
    ),
    (
        "lines_of_the_halved",
        "count(account where abs(halved.sum - halved.level.points - halved.rows.points) > 0.000001)",
    ),
    (
        "lines_of_the_strict",
        "count(user where abs(strict.sum - strict.level.points - strict.rows.points) > 0.000001)",
    ),
    (
        "lines_before_an_override",
        "count(account where abs(ruled.sum - ruled.level.points - ruled.rows.points) > 0.000001)",
    ),
    (
        "lines_with_an_override",
        "count(account where abs(ruled - ruled.level.points - ruled.rows.points \
         - coalesce(ruled.cap.points, 0) - coalesce(ruled.override.points, 0)) > 0.000001)",
    ),
    (
        "bands",
        "count(account where fit is not null) - count(account where fit.band in ['good', 'fair', 'poor'])",
    ),
    // Whoever is ranked among all: the mean of their places is the middle.
    (
        "places",
        "count(account where ranked.rows is not null and (ranked.rows < 0 or ranked.rows > 100)) \
         + if(abs(avg(ranked.rows per account) - 50) > 0.000001, 1, 0)",
    ),
    (
        "bands_of_the_zeroed",
        "count(account where zeroed is not null) - count(account where zeroed.band = 'low') - count(account where zeroed.band = 'high')",
    ),
    (
        "bands_of_the_strict",
        "count(user where strict is not null) - count(user where strict.band = 'low') - count(user where strict.band = 'high')",
    ),
    (
        "bands_of_the_overridden",
        "count(account where ruled is not null) - count(account where ruled.band = 'low') - count(account where ruled.band = 'high')",
    ),
    ("drag_loses", "count(account where fit.drag.points > 100 or fit.drag.points < 0)"),
];

/// What must be seen for them to say something.
const SEEN: (&str, &str) = ("overridden", "count(account where ruled.override.points != 0)");

fn project(seed: u64) -> Project {
    let mut project = Project::with_metrics(seed, 0);
    project.specs.push_str(SCORES);
    let grains = ["week", "month", "day"];
    let metric = |(i, (name, value)): (usize, &(&str, &str))| {
        let grain = grains[(i + seed as usize) % grains.len()];
        let lines = vec![format!("grain: {grain}"), format!("value: >\n      {value}")];
        Metric { name: (*name).to_owned(), lines }
    };
    project.metrics = METRICS.iter().enumerate().map(metric).collect();
    project
}

#[test]
fn scores_are_what_the_language_says() {
    for seed in 61..64 {
        let project = project(seed);
        let found = differences(&project, 9, &mut Seen::new());
        let found = found.unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        assert!(found.is_empty(), "seed {seed}: {found:#?}\n{}", project.show());
    }
}

#[test]
fn laws_of_scores() {
    let (mut held, mut overridden) = (0, 0.0);
    for seed in 64..70 {
        let mut project = project(seed);
        project.specs.push_str(OVERRIDDEN);
        // When an override ends lies ahead.
        project.specs =
            project.specs.replace("due: { type: date }", "due: { type: date, planned: true }");
        let metric = |(name, value): &(&str, &str)| {
            let lines = vec!["grain: week".to_owned(), format!("value: >\n      {value}")];
            Metric { name: (*name).to_owned(), lines }
        };
        project.metrics = LAWS.iter().chain([&SEEN]).map(metric).collect();
        let folder = tempfile::tempdir().unwrap();
        project.write(folder.path());
        let opened = Opened::open(folder.path(), 2).unwrap_or_else(|why| panic!("{seed}: {why}"));
        let requests: Vec<Request> =
            (0..=LAWS.len()).map(|i| Request::total(&opened.model, MetricId(i))).collect();
        let (shared, _) = opened.run(&requests, usize::MAX).unwrap();
        for series in &shared {
            let name = &opened.model[series.metric].name;
            for cell in series.rows[0].cells.iter() {
                let Ok(number) = cell.value else { continue };
                if name == SEEN.0 {
                    overridden += number;
                } else {
                    assert!(number == 0.0, "{seed}: {name}: {cell:?}");
                    held += 1;
                }
            }
        }
    }
    assert!(held > 300 && overridden > 5.0, "{held} laws, {overridden} overridden");
}
