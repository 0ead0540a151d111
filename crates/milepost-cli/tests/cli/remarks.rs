//! What the data says that nobody asked reaches whoever looks: every command, programs, and the site.

use std::fs;

use super::Project;

#[test]
fn a_text_that_no_row_has_is_told_everywhere() {
    let project = Project::new();
    let text = "no row of `events.name` is `Login`; the nearest is `login`";
    project.edit("specs/kpis.yaml", "where name = 'login')\n", "where name = 'Login')\n");
    // The files are not looked at.
    project.run(&["check"]).ended(0).says("no mistakes");
    project.run(&["check", "--data"]).ended(0).says("warning[unseen-text]").says(text);
    let json = project.run(&["check", "--data", "--format", "json"]).ended(0).out;
    assert!(json.contains(r#""code":"unseen-text""#) && json.contains(text), "{json}");
    project.run(&["build"]).ended(0).says("warning[unseen-text]").says(text);
    for page in ["site/datasets.html", "site/index.html"] {
        let page = fs::read_to_string(project.path(page)).unwrap();
        assert!(page.contains("is “Login”; the nearest is “login”"), "{page}");
    }

    // A query tells it beside its answer, and only of what it reads.
    let asked = project.run(&["query", "weekly_active_users"]).ended(0).says(text);
    assert!(asked.out.contains("2026-W"), "{}", asked.out);
    let other = project.run(&["query", "mrr"]).ended(0);
    assert!(!other.err.contains("unseen-text"), "{}", other.err);
    let deny = ["query", "weekly_active_users", "--deny", "warnings"];
    assert!(project.run(&deny).ended(1).says(text).out.is_empty());
    // The question itself may have the slip.
    let asked = ["query", "mrr", "--where", "plan = 'Pro'"];
    project.run(&asked).ended(0).says("no row of `accounts.plan` is `Pro`; the nearest is `pro`");
    project.edit("milepost.yaml", "currency: USD", "lints: { unseen-text: allow }\ncurrency: USD");
    let silent = project.run(&["build"]).ended(0);
    assert!(!silent.err.contains("unseen-text"), "{}", silent.err);
}

#[test]
fn data_that_ends_before_the_as_of_is_told_and_can_say_so() {
    let project = Project::new();
    project.run(&["check", "--data"]).ended(0).says("no mistakes");
    let late = ["build", "--as-of", "2026-06-30"];
    project.run(&late).ended(0).says("warning[data-ends-early]").says("`events` is of 2026-03-");
    // It is a guess: the zero stays one.
    let asked = ["query", "weekly_active_users", "--as-of", "2026-06-30", "--format", "csv"];
    let guessed = project.run(&asked).ended(0).says("warning[data-ends-early]").out;
    assert!(guessed.lines().last().unwrap().contains(",0,"), "{guessed}");

    project.edit(
        "specs/data.yaml",
        "    unique: event_id ",
        "    complete_until: 2026-03-31\n    unique: event_id ",
    );
    let told = project.run(&late).ended(0);
    assert!(!told.err.contains("data-ends-early"), "{}", told.err);
    let known = project.run(&asked).ended(0).out;
    assert!(known.lines().last().unwrap().contains("no data"), "{known}");
    let page = fs::read_to_string(project.path("site/kpi/reporting_accounts.html")).unwrap();
    assert!(page.contains("no data"), "{page}");
}
