//! Metrics that tell apart what chance seldom does: what is named, given, linked and known in one way and not in another.
//! Over the rows of generated projects, as every other metric.

use crate::compare::differences;
use crate::coverage::Seen;
use crate::generate::{Metric, Project};

/// Other projects than those whose metrics are generated.
const SEEDS: std::ops::Range<u64> = 51..54;

/// Name, value, and more fields.
const METRICS: [(&str, &str, &str); 39] = [
    // `over` goes to every aggregate without a window, and to no other.
    ("ratio", "count(events) / count(tickets)", ""),
    ("ratio_over", "ratio over 28 days", ""),
    ("mixed", "sum(events.n) - count(login) / sum(subs.seats at end)", ""),
    ("mixed_over", "mixed over 2 weeks before", ""),
    ("mixed_of_mixed", "mixed_over / ratio", ""),
    ("best", "max(count(events) per day)", ""),
    ("best_over", "best over 3 weeks", ""),
    // `where` of a metric enters what it names, and comes with it.
    ("pro", "count(events)", "plan = 'pro'"),
    ("pro_of_tier", "pro / count(events)", "tier > 0"),
    ("pro_members", "count(account where pro > 0.5)", ""),
    ("pro_over", "count(account where pro over 28 days > 0.5)", ""),
    ("pro_best", "max(pro per week over 28 days)", ""),
    ("big_events", "count(events) + count(tickets)", "size = 'big'"),
    // What is the same.
    ("two", "sum(count(events with same account, user within 30 days) per events)", ""),
    ("two_turned", "sum(count(events with same user, account within 30 days) per events)", ""),
    ("one_name", "count(events where any(events over 28 days with same account, name))", ""),
    (
        "same_as_this",
        "count(events where any(events over 28 days with same account where n = this.n and ok))",
        "",
    ),
    (
        "anchor",
        "count(tickets where any(events with same account within 1 month before closed))",
        "",
    ),
    (
        "deep",
        "count(account where any(login over 2 weeks where any(tickets over 1 month with same account)))",
        "",
    ),
    // What a judgement knows.
    ("known", "count(account where any(events ever where seen is null))", ""),
    ("closed_ever", "sum(count(tickets ever where closed is not null) per account)", ""),
    ("not_gone", "count(account on born ever where died is null)", ""),
    ("renewing", "count(account where renews is not null)", ""),
    ("of_users", "count(user where account.born is not null)", ""),
    // As of when.
    ("rank_of_rows", "count(events where user.rank in ['login', 'log'])", ""),
    ("rank_inside", "sum(count(events ever where user.rank = 'login') per account)", ""),
    ("size_inside", "sum(count(events ever where account.size = 'big') per user)", ""),
    ("size_of_users", "count(user where account.size != 'big')", ""),
    // Where paths lead.
    ("two_links", "sum(events.n where user.account.tier >= 1)", ""),
    ("far_keys", "count(distinct events.user.account)", ""),
    ("by_users", "count(account where any(ranks at end where rank = 'login'))", ""),
    ("sessions", "sum(count(session where any(events ever)) per account)", ""),
    ("placed_by_path", "count(trials on account.born ever)", ""),
    ("first_often", "count(account on min(often.ts) over 2 months)", ""),
    // Calendars.
    ("fiscal_quarter_to_date", "count(events to date in fiscal quarter)", ""),
    ("fiscal_year_to_date", "sum(count(events to date in fiscal year) per user)", ""),
    // Names of names.
    ("often_of_users", "count(often) / count(distinct login.user over 28 days)", ""),
    ("often_members", "count(user where any(often ever) and not any(much over 2 weeks))", ""),
    ("earlier", "sum(prior(count(often over 2 weeks), 1 month) per account)", ""),
];

fn project(seed: u64) -> Project {
    let mut project = Project::with_metrics(seed, 0);
    project.specs =
        project.specs.replace("behaviors:\n", "behaviors:\n  often: login where n > 0\n");
    // Of the others, quarters are those of the year.
    for month in ["january", "october"] {
        project.main = project.main.replace(month, "february");
    }
    let grains = ["week", "month", "day"];
    let metric = |(i, (name, value, filter)): (usize, &(&str, &str, &str))| {
        let mut lines = vec![format!("grain: {}", grains[(i + seed as usize) % grains.len()])];
        if !filter.is_empty() {
            lines.push(format!("where: \"{filter}\""));
        }
        lines.push(format!("value: >\n      {value}"));
        Metric { name: (*name).to_owned(), lines }
    };
    project.metrics = METRICS.iter().enumerate().map(metric).collect();
    project
}

#[test]
fn what_could_be_bound_in_two_ways_is_bound_in_one() {
    for seed in SEEDS {
        let project = project(seed);
        let found = differences(&project, 7, &mut Seen::new());
        let found = found.unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        assert!(found.is_empty(), "seed {seed}: {found:#?}\n{}", project.show());
    }
}
