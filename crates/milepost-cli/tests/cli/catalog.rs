//! `milepost catalog`: what is shipped, what each needs, and what a project has of it.

use super::{Project, milepost};

#[test]
fn without_a_project_everything_is_listed_with_what_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let run = milepost(folder.path(), &["catalog"]).ended(0);
    for words in
        ["nrr ", "std/revenue", "license_activation", "needs", "(list)", "(journey)", "(score)"]
    {
        assert!(run.out.contains(words), "no `{words}` in:\n{}", run.out);
    }
    assert!(!run.out.contains("this project"), "{}", run.out);
    let one = milepost(folder.path(), &["catalog", "nrr"]).ended(0);
    let expected = "\
Net revenue retention (nrr)
What do the customers of a year ago pay us today?
What they pay today ÷ what they paid a year ago, of the accounts that paid then. New customers don't count.

KPI, roi, renewal of std/revenue

Needs
- entity account (lives)
- dataset subscriptions (history; link to account; column mrr)
";
    assert_eq!(one.out, expected);
}

#[test]
fn a_package_is_shown_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let run = milepost(folder.path(), &["catalog", "std/revenue"]).ended(0);
    assert!(run.out.starts_with("std/revenue\nwhat is a customer worth"), "{}", run.out);
    assert!(run.out.contains("trial_to_paid") && !run.out.contains("stickiness"), "{}", run.out);
    assert_eq!(milepost(folder.path(), &["catalog", "revenue"]).ended(0).out, run.out);
}

#[test]
fn an_unknown_name_is_told_with_the_nearest() {
    let folder = tempfile::tempdir().unwrap();
    milepost(folder.path(), &["catalog", "nr"]).ended(2).says("unknown-name").says("did you mean");
    milepost(folder.path(), &["catalog", "std/revenu"])
        .ended(2)
        .says("did you mean `std/revenue`?");
}

#[test]
fn in_a_project_what_it_nearly_has_comes_first() {
    let project = Project::new();
    let run = project.run(&["catalog"]).ended(0);
    let line = |name: &str| {
        let mut lines = run.out.lines();
        lines
            .position(|line| line.starts_with(&format!("{name} ")))
            .unwrap_or_else(|| panic!("{name}"))
    };
    // It has subscriptions with seats and money, no outreach, and neither features nor goals.
    assert!(line("license_utilization_28d") < line("outcomes_achieved"), "{}", run.out);
    assert!(line("outcomes_achieved") < line("product_roi"), "{}", run.out);
    assert!(run.out.contains("lacks dataset goals"), "{}", run.out);
    let one = project.run(&["catalog", "product_roi"]).ended(0);
    assert!(one.out.ends_with("- dataset goals\n- dataset invoices\n"), "{}", one.out);
}

#[test]
fn what_is_used_is_in_use_and_comes_last() {
    let project = Project::new();
    let before = project.run(&["catalog", "--format", "json"]).ended(0);
    let entries: serde_json::Value = serde_json::from_str(&before.out).unwrap();
    let state = |entries: &serde_json::Value, name: &str| {
        let mut entries = entries.as_array().unwrap().iter();
        entries.find(|entry| entry["name"] == name).unwrap()["state"].clone()
    };
    assert_eq!(state(&entries, "cac"), "lacks");
    let ready: Vec<String> = entries
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["state"] == "ready" && entry["package"] == "std/adoption")
        .map(|entry| entry["name"].as_str().unwrap().to_owned())
        .collect();
    assert!(!ready.is_empty(), "{}", before.out);
    project.edit("milepost.yaml", "project:", "use: [std/adoption]\nproject:");
    project.run(&["check"]).ended(0);
    let after = project.run(&["catalog", "--format", "json"]).ended(0);
    let entries: serde_json::Value = serde_json::from_str(&after.out).unwrap();
    for name in &ready {
        assert_eq!(state(&entries, name), "in use", "{name}");
    }
    let last = entries.as_array().unwrap().last().unwrap();
    assert_eq!(last["state"], "in use");
}
