//! Small numbers say what they are, on the site and in tables.

use std::fs;

use super::{Project, milepost};

const SPECS: &str = "\
entities: { account: { key: account_id } }
datasets:
  sends: { from: data/s.csv, kind: events, time: day, columns: { day: date, bad: integer, sent: integer, paid: { type: decimal, unit: USD } } }
  offers: { from: data/offers.csv, kind: events, time: day, entities: { account: account_id }, columns: { day: date, won: boolean } }
metrics:
  spam: { category: effect, question: What?, unit: percent, better: lower, target: { at_most: 0.1% }, value: sum(sends.bad) / sum(sends.sent) }
  paid: { category: roi, question: What?, grain: month, better: higher, value: sum(sends.paid) }
  offers_made: { category: reach, question: How many?, value: count(offers) }
  asked: { category: reach, question: How many?, value: count(distinct offers.account) }
  win_rate: { category: effect, question: What?, unit: percent, value: count(offers where won) / count(offers) }
  score: { category: effect, question: What?, unit: points, better: higher, value: 100 * count(offers where won) / count(offers) }
";

fn project() -> Project {
    let project = Project::new();
    for file in ["specs/data.yaml", "specs/tests.yaml"] {
        fs::remove_file(project.path(file)).unwrap();
    }
    fs::write(project.path("specs/kpis.yaml"), SPECS).unwrap();
    fs::write(
        project.path("data/s.csv"),
        "day,bad,sent,paid\n2026-01-05,8,10000,1000000.00\n2026-02-05,4,10000,1000100.00\n",
    )
    .unwrap();
    let offers = "day,account_id,won\n2026-01-03,a3,true\n2026-01-04,a4,false\n2026-01-05,a5,false\n2026-01-06,a6,false\n2026-01-07,a7,false\n2026-02-03,a1,true\n2026-02-04,a1,false\n";
    fs::write(project.path("data/offers.csv"), offers).unwrap();
    project.run(&["build", "--as-of", "2026-02-28", "--quiet"]).ended(0);
    project
}

/// The text of a page, without tags, in one line.
fn text(project: &Project, page: &str) -> String {
    let html = fs::read_to_string(project.path(page)).unwrap();
    let main = html.split("<main").nth(1).unwrap();
    let mut text = String::new();
    for part in main.split('<').skip(1) {
        text.push(' ');
        text.push_str(part.split_once('>').map_or("", |(_, words)| words));
    }
    text.replace('\u{a0}', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_change_of_little_is_a_change() {
    let project = project();
    let spam = text(&project, "site/kpi/spam.html");
    // From 0.08% to 0.04% is a fall by half.
    assert!(spam.contains("0.04% 2026-02"), "{spam}");
    assert!(spam.contains("−0.04 points better than 2026-01"), "{spam}");
    assert!(!spam.contains("unchanged"), "{spam}");
    let table = milepost(project.folder.path(), &["query", "spam", "--as-of", "2026-02-28"]);
    let table = table.ended(0).out;
    assert!(table.contains("0.08%") && table.contains("0.04%"), "{table}");
}

#[test]
fn a_change_that_reads_as_none_is_none() {
    let project = project();
    let paid = text(&project, "site/kpi/paid.html");
    assert!(paid.contains("almost unchanged from 2026-01"), "{paid}");
    assert!(!paid.contains("+0.0%") && !paid.contains("better than 2026-01"), "{paid}");
}

#[test]
fn a_share_of_a_few_things_or_of_a_score_is_left_out() {
    let project = project();
    let offers = text(&project, "site/kpi/offers_made.html");
    assert!(offers.contains("−3 offers from 2026-01"), "{offers}");
    assert!(!offers.contains('%'), "{offers}");
    let score = text(&project, "site/kpi/score.html");
    assert!(score.contains("+30 points better than 2026-01"), "{score}");
    assert!(!score.contains("150"), "{score}");
    let json = fs::read_to_string(project.path("site/kpi/score.json")).unwrap();
    assert!(json.contains("\"relative\": null"), "{json}");
}

#[test]
fn one_is_one_and_n_has_its_noun() {
    let project = project();
    let asked = text(&project, "site/kpi/asked.html");
    assert!(asked.contains("1 account 2026-02"), "{asked}");
    assert!(!asked.contains("1 accounts"), "{asked}");
    let rate = text(&project, "site/kpi/win_rate.html");
    assert!(rate.contains("2026-02, the latest complete month (2 offers)"), "{rate}");
    assert!(!rate.contains("n = "), "{rate}");
    let index = text(&project, "site/index.html");
    assert!(index.contains("2026-02 · 2 offers"), "{index}");
    // One of the six has a target.
    assert!(index.contains("1 of 1 met, 5 without a target"), "{index}");
}

#[test]
fn the_page_of_a_kpi_tells_what_its_data_does_not_keep() {
    let project = Project::new();
    project.edit(
        "specs/data.yaml",
        "      - relation: account ",
        "      - { accepted: { name: [login] }, severity: warn }\n      - relation: account ",
    );
    project.edit(
        "specs/data.yaml",
        "    checks:\n",
        "    freshness: { warn_after: 2 days }\n    checks:\n",
    );
    project.run(&["build", "--as-of", "2026-04-20"]).ended(0);
    let users = text(&project, "site/kpi/weekly_active_users.html");
    assert!(users.contains("Events : late: the newest row is"), "{users}");
    assert!(users.contains("break the check “name is login”"), "{users}");
    // Of revenue nothing is broken: it is not made from events.
    let mrr = text(&project, "site/kpi/mrr.html");
    assert!(!mrr.contains("late:") && !mrr.contains("break the check"), "{mrr}");
}
