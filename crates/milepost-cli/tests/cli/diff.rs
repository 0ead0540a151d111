//! `milepost diff` in real repositories: what is compared, what is said of it, and how it ends.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Project, Run, milepost};

/// Runs git in a folder, without the tester's own settings.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    git_with(folder, arguments, &[])
}

/// The same with variables of its environment.
pub(crate) fn git_with(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=Test", "-c", "user.email=test@example.com"])
        .args(["-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"])
        .args(["-c", "commit.gpgSign=false", "-c", "advice.detachedHead=false"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let (out, err) = (&output.stdout, &output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(err));
    String::from_utf8_lossy(out).trim().to_owned()
}

/// The project of `init`, committed on `main`, with a branch `change` checked out.
pub(crate) fn repository() -> Project {
    let project = Project::new();
    let folder = project.folder.path();
    git(folder, &["init", "--quiet"]);
    commit(folder, "begin");
    git(folder, &["checkout", "--quiet", "-b", "change"]);
    project
}

pub(crate) fn commit(folder: &Path, message: &str) {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", message]);
}

/// What is different, in the lines that name it.
fn lines(run: &Run) -> Vec<String> {
    let lines = run.out.lines().map(str::trim).filter(|line| {
        line.starts_with(['!', '~', '?', '^', '+', '.']) && !line.contains(": figures")
    });
    lines.map(|line| line.split("  [").next().unwrap_or(line).to_owned()).collect()
}

#[test]
fn nothing_is_different_and_the_base_is_named() {
    let project = repository();
    let run = project.run(&["diff", "main"]).ended(0);
    assert!(run.out.contains("from  main ("), "{}", run.out);
    assert!(run.out.ends_with("\nno differences\n"), "{}", run.out);
}

/// The eight changes that people make most.
#[test]
fn typical_changes_have_their_verdicts() {
    for (from, to, expected) in [
        // A filter.
        (
            "value: count(distinct events.user where name = 'login')",
            "value: count(distinct events.user where name = 'logout')",
            vec![
                "~ metric weekly_active_users",
                "~ value › filter: name = 'login' → name = 'logout'",
            ],
        ),
        // A window.
        (
            "count(distinct events.user over 28 days where",
            "count(distinct events.user over 30 days where",
            vec!["~ metric seat_use", "~ value › numerator › window: over 28 days → over 30 days"],
        ),
        // A denominator, and what it is to the metric that names it.
        (
            "value: sum(subscriptions.mrr at end)",
            "value: sum(subscriptions.mrr at start)",
            vec![
                "~ metric mrr",
                "~ value › window: at end → at start",
                "~ metric mrr_growth",
                "~ by metric mrr",
            ],
        ),
        (
            "value: mrr / prior(mrr, 1 month) - 1",
            "value: mrr / prior(mrr, 1 quarter) - 1",
            vec!["~ metric mrr_growth", "~ value › denominator: 1 month → 1 quarter"],
        ),
        // A label.
        (
            "label: Seats in use",
            "label: Seats",
            vec![". metric seat_use", ". label: Seats in use → Seats"],
        ),
        // A slice.
        (
            "    grain: week\n    slices: [plan]\n",
            "    grain: week\n",
            vec!["! metric weekly_active_users", "! slices: plan is gone"],
        ),
        // A target.
        (
            "target: { at_least: 60% }",
            "target: { at_least: 65% }",
            vec!["^ metric seat_use", "^ target › at_least: 60% → 65%"],
        ),
        // A name.
        (
            "  weekly_active_users:\n",
            "  weekly_users:\n    renamed_from: weekly_active_users\n",
            vec![
                "! metric weekly_users, before weekly_active_users",
                "! name: weekly_active_users → weekly_users",
            ],
        ),
    ] {
        let project = repository();
        project.edit("specs/kpis.yaml", from, to);
        let run = project.run(&["diff", "main"]).ended(5);
        let found = lines(&run);
        let found: Vec<&str> =
            found.iter().map(String::as_str).filter(|line| !is_legend(line)).collect();
        assert_eq!(found, expected, "{}", run.out);
    }
}

/// `~ value-changing: …`
fn is_legend(line: &str) -> bool {
    [
        "! contract-breaking:",
        "~ value-changing:",
        "? undecided:",
        "^ verdict-changing:",
        "+ additive:",
        ". cosmetic:",
    ]
    .iter()
    .any(|start| line.starts_with(start))
}

#[test]
fn order_and_comments_are_cosmetic_or_nothing() {
    let project = repository();
    project.edit(
        "specs/kpis.yaml",
        "    grain: week\n    slices: [plan]\n",
        "    slices: [plan]\n    # by week\n    grain: week\n",
    );
    project.run(&["diff", "main"]).ended(0);
    project.edit(
        "specs/kpis.yaml",
        "count(distinct events.account)",
        "count( distinct   events.account )",
    );
    project.run(&["diff", "main"]).ended(0);
    project.edit("specs/kpis.yaml", "over 28 days", "over 4 weeks");
    let run = project.run(&["diff", "main"]).ended(5);
    assert!(run.out.contains("only cosmetic differences (1)"), "{}", run.out);
}

#[test]
fn a_dotted_base_is_where_the_branch_left() {
    let project = repository();
    let folder = project.folder.path();
    project.edit("specs/kpis.yaml", "60%", "65%");
    commit(folder, "change");
    // Someone else goes on with main.
    git(folder, &["checkout", "--quiet", "main"]);
    project.edit("specs/kpis.yaml", "label: Seats in use", "label: Seats");
    commit(folder, "meanwhile");
    git(folder, &["checkout", "--quiet", "change"]);
    let tip = project.run(&["diff", "main"]).ended(5);
    assert!(tip.out.contains("label: Seats → Seats in use"), "{}", tip.out);
    let fork = project.run(&["diff", "main..."]).ended(5);
    assert!(!fork.out.contains("label"), "{}", fork.out);
    assert!(fork.out.contains("HEAD left main there"), "{}", fork.out);
    let named = project.run(&["diff", "main...change"]).ended(5);
    assert!(named.out.contains("change left main there"), "{}", named.out);
    let both = project.run(&["diff", "main", "change"]).ended(5);
    assert_eq!(lines(&both), lines(&tip));
    let merged = project.run(&["diff", "main..change"]).ended(5);
    assert_eq!(lines(&merged), lines(&tip));
    project.run(&["diff", "main..change", "change"]).ended(2).says("unknown-revision");
}

#[test]
fn files_that_git_does_not_know_are_part_of_the_head() {
    let project = repository();
    fs::write(project.path("specs/more.yaml"), "metrics:\n  more: { value: count(events) }\n")
        .unwrap();
    let run = project.run(&["diff", "main"]).ended(5);
    assert!(run.out.contains("+ metric more"), "{}", run.out);
    // Nothing of the repository was touched.
    let status = git(project.folder.path(), &["status", "--porcelain"]);
    assert_eq!(status, "?? specs/more.yaml");
}

#[test]
fn folders_are_compared_without_git() {
    let (old, new) = (Project::new(), Project::new());
    new.edit("specs/kpis.yaml", "60%", "65%");
    let path = old.folder.path().to_str().unwrap();
    let run = new.run(&["diff", path]).ended(5);
    assert!(run.out.contains("target › at_least: 60% → 65%"), "{}", run.out);
    new.run(&["diff", "main"]).ended(2).says("is in no git repository");
}

#[test]
fn a_project_that_moved_is_found() {
    let outer = tempfile::tempdir().unwrap();
    let old = outer.path().join("old");
    fs::create_dir(&old).unwrap();
    milepost(&old, &["init"]).ended(0);
    git(outer.path(), &["init", "--quiet"]);
    commit(outer.path(), "begin");
    fs::create_dir(outer.path().join("analytics")).unwrap();
    git(outer.path(), &["mv", "old", "analytics/metrics"]);
    commit(outer.path(), "move");
    let place = outer.path().join("analytics/metrics");
    let run = milepost(&place, &["diff", "HEAD~1"]).ended(0);
    assert!(run.out.contains("the project lay in old/ then"), "{}", run.out);
    // With a second one nobody can know.
    fs::create_dir(outer.path().join("other")).unwrap();
    milepost(&outer.path().join("other"), &["init"]).ended(0);
    commit(outer.path(), "two");
    git(outer.path(), &["mv", "analytics/metrics", "third"]);
    let third = outer.path().join("third");
    milepost(&third, &["diff", "HEAD"]).ended(2).says("HEAD:analytics/metrics/");
    milepost(&third, &["diff", "HEAD:analytics/metrics"]).ended(0);
}

#[test]
fn what_is_not_there_is_told_with_what_to_do() {
    let project = repository();
    project.run(&["diff", "mian"]).ended(2).says("did you mean `main`?");
    for hostile in
        ["--upload-pack=touch x", "-n", "main; touch x", "$(touch x)", "main\nx", ":/x", ""]
    {
        let run = project.run(&["diff", "--", hostile]);
        assert!(run.code == 2 || run.code == 0, "{hostile}: {} {}", run.code, run.err);
    }
    assert!(!project.path("x").exists());
    // A branch that is called like a folder with a project.
    milepost(project.folder.path(), &["init", "twice"]).ended(0);
    git(project.folder.path(), &["branch", "twice"]);
    project.run(&["diff", "twice"]).ended(2).says("refs/heads/twice");
    project.run(&["diff", "refs/heads/twice"]);
    project.run(&["diff", "./twice"]);
}

#[test]
fn a_shallow_clone_says_what_to_fetch() {
    let project = repository();
    let folder = project.folder.path();
    for label in ["A", "B", "C"] {
        project.edit("milepost.yaml", "edition: 2026", &format!("edition: 2026\n# {label}"));
        commit(folder, label);
    }
    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{}", folder.display());
    git(
        clone.path(),
        &[
            "clone",
            "--quiet",
            "--depth",
            "1",
            "--branch",
            "change",
            "--no-single-branch",
            &url,
            ".",
        ],
    );
    let run = milepost(clone.path(), &["diff", "origin/main..."]).ended(2);
    let run = run.says("no commit in common");
    run.says("git fetch --unshallow");
    milepost(clone.path(), &["diff", "main"]).ended(2).says("write `origin/main`");
}

#[test]
fn a_base_with_mistakes_is_compared_as_far_as_it_goes() {
    let project = repository();
    let folder = project.folder.path();
    project.edit(
        "specs/kpis.yaml",
        "value: sum(subscriptions.mrr at end)",
        "value: sum(subscriptions.mr at end)",
    );
    commit(folder, "broken");
    project.edit(
        "specs/kpis.yaml",
        "value: sum(subscriptions.mr at end)",
        "value: sum(subscriptions.mrr at end)",
    );
    project.edit("specs/kpis.yaml", "60%", "65%");
    let run = project.run(&["diff", "HEAD"]).ended(5);
    assert!(run.out.contains("note: the base, HEAD ("), "{}", run.out);
    assert!(run.out.contains("? value › what is counted"), "{}", run.out);
    assert!(run.out.contains("^ target › at_least: 60% → 65%"), "{}", run.out);
}

#[test]
fn links_in_a_commit_lead_nowhere_else() {
    #[cfg(unix)]
    {
        let project = repository();
        let folder = project.folder.path();
        fs::create_dir(project.path("other")).unwrap();
        let more = "metrics:\n  more: { value: count(events) }\n";
        fs::write(project.path("other/more.yaml"), more).unwrap();
        let link =
            |to: &str, name: &str| std::os::unix::fs::symlink(to, project.path(name)).unwrap();
        link("../other/more.yaml", "specs/more.yaml");
        commit(folder, "a link inside");
        project.edit("other/more.yaml", "count(events)", "count(events over 7 days)");
        let run = project.run(&["diff", "HEAD"]).ended(5);
        assert!(run.out.contains("~ value › window: over 7 days is new"), "{}", run.out);
        link("/etc/passwd", "specs/out.yaml");
        commit(folder, "a link outside");
        let run = project.run(&["diff", "HEAD", "HEAD"]).ended(0);
        assert!(run.out.contains("is outside the project's folder"), "{}", run.out);
        assert!(!run.out.contains("root:"), "{}", run.out);
    }
}

#[test]
fn what_is_too_large_in_a_commit_is_not_read() {
    let project = repository();
    fs::write(project.path("specs/huge.yaml"), "a".repeat(9 << 20)).unwrap();
    commit(project.folder.path(), "huge");
    let run = project.run(&["diff", "HEAD", "main"]).ended(0);
    assert!(run.out.contains("`specs/huge.yaml` is over 8 MB"), "{}", run.out);
}

#[test]
fn policies_decide_how_it_ends() {
    let project = repository();
    let folder = project.folder.path();
    project.edit(
        "milepost.yaml",
        "currency: USD",
        "currency: USD\nreview: { fail_on: [value-changing], require_note: [verdict-changing] }",
    );
    commit(folder, "policy");
    project.edit("specs/kpis.yaml", "60%", "65%");
    let run = project.run(&["diff", "HEAD"]).ended(1);
    assert!(run.out.contains("its `changelog` says nothing of it"), "{}", run.out);
    project.edit(
        "specs/kpis.yaml",
        "    target: { at_least: 65% }\n",
        "    target: { at_least: 65% }\n    changelog: { 2026-11-29: The goal of the new year. }\n",
    );
    project.run(&["diff", "HEAD"]).ended(5);
    project.run(&["diff", "HEAD", "--exit-zero"]).ended(0);
    // A change can't allow itself.
    project.edit("milepost.yaml", "fail_on: [value-changing], ", "");
    project.edit("specs/kpis.yaml", "over 28 days", "over 30 days");
    let run = project.run(&["diff", "HEAD", "--exit-zero"]).ended(1);
    assert!(
        run.out.contains("metric seat_use: value › numerator › window is value-changing"),
        "{}",
        run.out
    );
    let id = run.out.split("is value-changing (`fail_on`, ").nth(1).unwrap()[..16].to_owned();
    let waiver = |until: &str| {
        format!(
            "waivers: [ {{ id: {id}, reason: agreed with finance, until: {until} }} ], require_note"
        )
    };
    project.edit("milepost.yaml", "require_note", &waiver("2999-12-31"));
    let run = project.run(&["diff", "HEAD"]).ended(5);
    assert!(run.out.contains(&format!("waived: {id} (agreed with finance)")), "{}", run.out);
    project.edit("milepost.yaml", "2999-12-31", "2001-01-01");
    let run = project.run(&["diff", "HEAD"]).ended(1);
    assert!(run.out.contains("ended on 2001-01-01"), "{}", run.out);
}

#[test]
fn numbers_by_both_versions() {
    let project = repository();
    project.edit("specs/kpis.yaml", "over 28 days", "over 7 days");
    project.edit("specs/kpis.yaml", "label: Monthly recurring revenue", "label: MRR");
    let run = project.run(&["diff", "main", "--data"]).ended(5);
    assert!(run.out.contains("= last complete: "), "{}", run.out);
    assert!(run.out.contains("= differs in "), "{}", run.out);
    assert!(run.out.contains("= by plan: differs in "), "{}", run.out);
    // What stays is not computed.
    assert_eq!(run.out.matches("= last complete").count(), 1, "{}", run.out);
    let json = project.run(&["diff", "main", "--data", "--format", "json"]).ended(5);
    let page: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    let metric = &page["figures"]["metrics"][0];
    assert_eq!(metric["name"], "seat_use");
    // Both figures are those that `query` gives.
    let query = |project: &Project| -> Vec<(String, serde_json::Value)> {
        let run = project.run(&["query", "seat_use", "--format", "json"]).ended(0);
        let page: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        let rows = page["figures"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| (row["bucket"].as_str().unwrap().to_owned(), row["value"].clone()))
            .collect()
    };
    let after = query(&project);
    project.edit("specs/kpis.yaml", "over 7 days", "over 28 days");
    let before = query(&project);
    let point = &metric["largest"];
    let of = |rows: &[(String, serde_json::Value)]| {
        rows.iter().find(|(bucket, _)| point["bucket"] == bucket.as_str()).unwrap().1.clone()
    };
    assert_eq!((&point["before"]["value"], &point["after"]["value"]), (&of(&before), &of(&after)));
}

#[test]
fn those_who_enter_are_named() {
    let project = repository();
    let folder = project.folder.path();
    fs::write(
        project.path("specs/more.yaml"),
        "segments:\n  large: { of: account, where: sum(subscriptions.seats at end) >= 20 }\nmetrics:\n  many: { value: count(account at end where large) }\n",
    )
    .unwrap();
    project.edit(
        "specs/data.yaml",
        "home: accounts, label",
        "home: accounts, lives: [created_at, none], label",
    );
    commit(folder, "segment");
    project.edit("specs/more.yaml", ">= 20", ">= 5");
    let run = project.run(&["diff", "HEAD", "--data"]).ended(5);
    assert!(run.out.contains("~ by segment large"), "{}", run.out);
    assert!(run.out.contains(" enter: account_id "), "{}", run.out);
    assert!(run.out.contains("= for instance account_id "), "{}", run.out);
    assert!(run.out.contains("in another group: account_id "), "{}", run.out);
    // Written in another way, and no figure differs.
    commit(folder, "wider");
    project.edit(
        "specs/more.yaml",
        "where: sum(subscriptions.seats at end) >= 5",
        "where: not sum(subscriptions.seats at end) < 5",
    );
    let run = project.run(&["diff", "HEAD", "--data"]).ended(5);
    assert!(run.out.contains("? segment large"), "{}", run.out);
    assert!(run.out.contains("= no member is in another group on this data"), "{}", run.out);
}

#[test]
fn small_differences_are_counted_and_not_shown() {
    let project = repository();
    let folder = project.folder.path();
    project.edit("milepost.yaml", "currency: USD", "currency: USD\nreview: { ignore_below: 99% }");
    commit(folder, "policy");
    project.edit(
        "specs/kpis.yaml",
        "value: sum(subscriptions.mrr at end)",
        "value: sum(subscriptions.mrr at end) + 1",
    );
    let run = project.run(&["diff", "HEAD", "--data"]).ended(5);
    assert!(run.out.contains("too small to show"), "{}", run.out);
}

#[test]
fn a_comment_is_never_too_long() {
    let project = repository();
    let mut text = String::from("metrics:\n");
    for i in 0..3_000 {
        let _ = writeln!(
            text,
            "  m{i}: {{ value: count(events), description: \"<b>@all</b> `x` | {}\" }}",
            "y".repeat(40)
        );
    }
    fs::write(project.path("specs/more.yaml"), text).unwrap();
    let run = project.run(&["diff", "main", "--format", "markdown"]).ended(5);
    assert!(run.out.chars().count() <= 65_536, "{}", run.out.chars().count());
    assert!(
        run.out.contains("more definitions are left out here"),
        "{}",
        &run.out[run.out.len() - 600..]
    );
    assert!(
        run.out.trim_end().ends_with("**3000 additive**"),
        "{}",
        &run.out[run.out.len() - 600..]
    );
    assert!(!run.out.contains("<b>@all"), "no text of an author is HTML");
}

/// `git diff` with milepost as its driver, as docs/review.md says.
#[test]
fn git_says_what_a_change_means() {
    let project = repository();
    let folder = project.folder.path();
    let program = env!("CARGO_BIN_EXE_milepost").replace('\\', "/");
    git(folder, &["config", "diff.milepost.command", &format!("'{program}' git-diff")]);
    fs::write(project.path(".gitattributes"), "*.yaml diff=milepost\n").unwrap();
    assert_eq!(git(folder, &["diff"]), "");

    project.edit("specs/kpis.yaml", "over 28 days", "over 30 days");
    let said = git(folder, &["diff"]);
    for words in [
        "value-changing",
        "28 days",
        "30 days",
        "--- specs/kpis.yaml",
        "+++ specs/kpis.yaml",
        "@@ ",
    ] {
        assert!(said.contains(words), "no `{words}` in:\n{said}");
    }
    project.edit("specs/kpis.yaml", "over 30 days", "over 28 days");
    project.edit(
        "specs/kpis.yaml",
        "    label: Seats in use",
        "    # A comment.\n    label: Seats in use",
    );
    let said = git(folder, &["diff"]);
    assert!(said.contains("+    # A comment.") && !said.contains("value-changing"), "{said}");

    // A file that is new, one that is gone, one under another name, one with a mistake, and one that is no spec.
    fs::write(
        project.path("specs/more.yaml"),
        "metrics:\n  lgins: { question: How many?, category: reach, value: count(evnts) }\n",
    )
    .unwrap();
    fs::write(project.path("other.yaml"), "a: 1\n").unwrap();
    git(folder, &["add", "-A"]);
    let said = git(folder, &["diff", "--cached"]);
    assert!(said.contains("+++ specs/more.yaml") && said.contains("+a: 1"), "{said}");
    git(folder, &["commit", "-q", "-m", "more"]);
    git(folder, &["rm", "-q", "other.yaml"]);
    git(folder, &["mv", "specs/more.yaml", "specs/less.yaml"]);
    let said = git(folder, &["diff", "--cached"]);
    assert!(said.contains("-a: 1") && said.contains("specs/less.yaml"), "{said}");
    // Everything at once, from another folder of the repository.
    let said = git(&folder.join("specs"), &["diff", "HEAD~1"]);
    assert!(said.contains("specs/less.yaml"), "{said}");
}

/// Old and new over each other, with both in numbers; no text of an author is HTML.
#[test]
fn a_page_for_reviewers() {
    let project = repository();
    project.edit("specs/kpis.yaml", "over 28 days", "over 3 days");
    project.edit("specs/kpis.yaml", "label: Seats in use", "label: <b>Seats</b>");
    let page = project.run(&["diff", "main", "--data", "--format", "html"]).ended(5).out;
    assert!(page.starts_with("<!doctype html>"), "{page}");
    assert!(page.contains("<code>seat_use</code>"), "{page}");
    let chart = page.split_once("seat_use by both versions").unwrap().1;
    assert!(chart.contains("class=\"line old\"") && chart.contains("class=\"line\""), "{chart}");
    assert!(page.contains("over 28 days → over 3 days"), "{page}");
    assert!(page.contains("<td>yes</td>"), "{page}");
    assert!(!page.contains("<b>Seats</b>"), "{page}");
    assert!(!page.contains("src=\"") && !page.contains("<script"), "it needs no other file");
    let again = project.run(&["diff", "main", "--data", "--format", "html"]).ended(5).out;
    assert_eq!(page, again);
    // Without data there is nothing to draw.
    let page = project.run(&["diff", "main", "--format", "html"]).ended(5).out;
    assert!(!page.contains("<svg"), "{page}");
    let page = project.run(&["diff", "HEAD", "main", "--format", "html"]).ended(0).out;
    assert!(page.contains("no differences"), "{page}");
}
