//! Many mistakes: what is shown of them, and that they cost little.

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use super::Project;

/// A project in which so many metrics have the same mistake.
fn project(mistakes: usize) -> Project {
    let project = Project::new();
    let mut text = String::from("metrics:\n");
    for i in 0..mistakes {
        let _ = writeln!(
            text,
            "  metric_{i}: {{ value: sum(subscriptions.mmr at end), grain: month }}"
        );
    }
    fs::write(project.path("specs/many.yaml"), text).unwrap();
    project
}

#[test]
fn a_terminal_shows_a_hundred_of_a_code_and_how_many_more_there_are() {
    let project = project(150);
    project.edit("specs/kpis.yaml", "slices: [plan]", "slices: [plam]");
    let run = project.run(&["check"]).ended(1);
    assert_eq!(run.err.matches("error[unknown-column]\n").count(), 100, "{}", run.err);
    let run = run.says("error[unknown-column]: 50 more are not shown");
    assert_eq!(run.err.matches("more are not shown").count(), 1, "{}", run.err);
    let all = project.run(&["check", "--format", "json"]).ended(1).out;
    let all: Vec<serde_json::Value> = serde_json::from_str(&all).unwrap();
    let unknown = all.iter().filter(|told| told["code"] == "unknown-column");
    assert_eq!(unknown.count(), 150);
    assert!(all.iter().all(|told| told.get("left_out").is_none()));
}

/// Every one of them asks which of all the others may have been meant.
#[test]
fn sixty_thousand_mistakes_are_told_in_seconds() {
    let project = Project::new();
    let mut text = String::from("metrics:\n");
    for i in 0..60_000 {
        let _ = writeln!(text, "  metric_{i:05}: {{ value: metric_x{i:05} + 1, grain: month }}");
    }
    fs::write(project.path("specs/many.yaml"), text).unwrap();
    let began = Instant::now();
    let run = project.run(&["check", "--format", "json"]).ended(1);
    // A good machine needs two seconds. It would be hours if every name were compared with every other.
    assert!(began.elapsed() < Duration::from_secs(120), "{:?}", began.elapsed());
    assert!(run.out.len() < 8 << 20, "{} bytes", run.out.len());
    let all: Vec<serde_json::Value> = serde_json::from_str(&run.out).unwrap();
    assert_eq!(all.len(), 10_001);
    assert_eq!(all[0]["help"][0], "did you mean `metric_00000`?");
    let last = &all[10_000];
    assert_eq!(last["code"], "messages-left-out");
    assert_eq!(last["severity"], "error");
    let found = 10_000 + last["left_out"].as_u64().unwrap();
    assert!(found >= 60_000, "{last}");
    assert_eq!(last["message"], format!("{} more messages are left out", found - 10_000));
    assert!(all[..10_000].iter().all(|told| told.get("left_out").is_none()));
}

#[test]
fn a_circle_of_many_is_told_by_its_beginning() {
    let project = Project::new();
    let mut text = String::from("metrics:\n");
    for i in 0..5_000 {
        let next = (i + 1) % 5_000;
        let _ = writeln!(text, "  m{i}: {{ value: m{next} + 1, grain: month }}");
    }
    fs::write(project.path("specs/many.yaml"), text).unwrap();
    let run = project.run(&["check"]).ended(1).says("`m11` → 4988 more → `m0`");
    assert!(run.err.len() < 10_000, "{}", run.err);
}
