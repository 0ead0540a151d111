//! `milepost query`, `explain`, `diff` and `build` of journeys.

use std::fs;

use super::Project;

const SPECS: &str = "\
entities:
  account: { key: account_id, home: accounts, lives: [created_at, left_at], label_column: name }
datasets:
  accounts: { from: data/accounts.csv, key: account_id, columns: { name: text, created_at: date, left_at: date } }
  events: { from: data/events.csv, kind: events, time: ts, entities: { account: account_id }, columns: { ts: timestamp } }
behaviors:
  report: events
journeys:
  way:
    question: How do customers get to use reports?
    of: account
    starts: created_at
    ends: left_at
    focus: shared
    stages:
      - stage: onboarding
        milestones:
          - { milestone: first, label: first report, reached: any(report), within: 10 days }
          - { milestone: shared, label: reports shared, reached: count(report) >= 3, within: 20 days, target: 50% }
        exit: shared
        ready: count(report) >= 2
      - { stage: regular }
metrics:
  late: { category: effect, question: Who is late?, better: lower, slices: [way.stage], value: \"count(account where way.state = 'late')\" }
";

/// `a` shares three reports in time, `b` two, `c` none, `d` leaves.
fn project() -> Project {
    let project = Project::new();
    for entry in fs::read_dir(project.path("specs")).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let write = |path: &str, text: &str| fs::write(project.path(path), text).unwrap();
    write(
        "milepost.yaml",
        "project: shop\nas_of: 2026-03-31\nhistory: 2 months\noutputs: { names: [lists] }\n",
    );
    write("specs/all.yaml", SPECS);
    write(
        "data/accounts.csv",
        "account_id,name,created_at,left_at\n1,Ada,2026-03-01,\n2,Bob,2026-03-15,\n3,Cy,2026-03-01,\n4,Di,2026-03-01,2026-03-20\n",
    );
    let rows = [("02", 1), ("03", 1), ("16", 2), ("17", 1), ("18", 2), ("19", 4)];
    let rows = rows.map(|(day, account)| format!("2026-03-{day}T09:00:00Z,{account}\n")).concat();
    write("data/events.csv", &format!("ts,account_id\n{rows}"));
    project
}

#[test]
fn who_is_where_and_what_is_missing() {
    let project = project();
    let out = project.run(&["query", "way", "--members", "--format", "csv"]).ended(0).out;
    let rows: Vec<&str> = out.lines().collect();
    assert_eq!(rows.len(), 4, "{out}");
    let row = |key: &str| {
        let mut own = rows.iter().filter(|row| row.starts_with(&format!("way/{key}/")));
        *own.next().unwrap_or_else(|| panic!("{key}: {out}"))
    };
    assert!(row("1").contains(",regular,on_track,2026-03-17,"), "{out}");
    assert!(row("2").contains(",onboarding,at_risk,2026-03-15,"), "{out}");
    assert!(row("2").contains(",reports shared: 2 of 3,"), "{out}");
    assert!(row("3").contains(",onboarding,late,2026-03-01,"), "{out}");
    assert!(row("3").contains(",first report,"), "{out}");
    let json = project.run(&["query", "way", "--members", "--format", "json"]).ended(0).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json["limit"].is_null(), "{json}");
}

#[test]
fn what_changed_since_an_earlier_day_is_counted_and_named() {
    let project = project();
    let states = project.run(&["query", "way.state", "--since", "2026-03-10"]).ended(0).out;
    assert!(states.contains("late"), "{states}");
    let who =
        project.run(&["query", "way.stage", "--since", "2026-03-10", "--members"]).ended(0).out;
    assert!(who.contains("onboarding") && who.contains("regular"), "{who}");
    assert!(who.contains("(gone)") && who.contains("(new)"), "{who}");
}

#[test]
fn a_journey_and_the_way_of_a_member_are_told() {
    let project = project();
    let words = project.run(&["explain", "way"]).ended(0).out;
    assert!(words.contains("The milestone reports shared is reached once"), "{words}");
    let story = project.run(&["explain", "way", "--member", "2"]).ended(0).out;
    assert!(story.contains("2026-03-16") && story.contains("first report"), "{story}");
    assert!(story.contains("2026-04-04"), "when the next one is due: {story}");
    let by_name = project.run(&["explain", "way", "--member", "Bob"]).ended(0).out;
    assert_eq!(by_name.split_once('\n').unwrap().1, story.split_once('\n').unwrap().1);
    let nobody = project.run(&["explain", "way", "--member", "9"]).ended(2).err;
    assert!(nobody.contains("`9`"), "{nobody}");
}

#[test]
fn the_page_leads_with_the_focus_and_says_who_moved() {
    let project = project();
    project.run(&["build", "--out", "site"]).ended(0);
    let page = fs::read_to_string(project.path("site/journey/way.html")).unwrap();
    for words in [
        "Who moved in 2026-03",
        "How long it takes to reports shared",
        "50.0% of 2 accounts that left it in twelve months were lost",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
}
