use std::fs;

use super::Project;

#[test]
fn a_table_for_people() {
    let project = Project::new();
    let run = project.run(&["query", "seat_use", "--by", "plan"]).ended(0);
    assert_eq!(run.err, "");
    let expected = "\
Seats in use (percent) by month and plan, as of 2026-03-31 17:17, UTC
bucket      enterprise            pro        starter
───────  ─────────────  ─────────────  ─────────────
2026-01  short history  short history  short history
2026-02          75.0%          29.5%          44.4%
2026-03          64.3%          25.0%          50.0%
";
    assert_eq!(run.out, expected);
    let weekly = project.run(&["query", "weekly_active_users", "--from", "2026-03-16"]).ended(0);
    assert!(weekly.out.contains("2026-W14     7*   7\n* only a part"), "{}", weekly.out);
}

#[test]
fn a_footnote_stands_where_a_mark_does() {
    let project = Project::new();
    let specs = "\
datasets:
  own: { from: data/own.csv, kind: events, time: at, columns: { at: date, n: integer } }
metrics:
  own_mean: { value: avg(own.n) }
  own_count: { value: count(own) }
";
    fs::write(project.path("specs/own.yaml"), specs).unwrap();
    fs::write(project.path("data/own.csv"), "at,n\n2026-01-10,1\n2026-02-10,2\n").unwrap();
    // March is not over: a mean of nothing is a reason without a mark, a count of nothing a number with one.
    let mean = project.run(&["query", "own_mean", "--from", "2026-01-01"]).ended(0);
    assert!(mean.out.contains("no data") && !mean.out.contains('*'), "{}", mean.out);
    let count = project.run(&["query", "own_count", "--from", "2026-01-01"]).ended(0);
    assert!(count.out.contains("0*") && count.out.contains("* only a part"), "{}", count.out);
}

#[test]
fn figures_for_programs() {
    let project = Project::new();
    let csv = project
        .run(&["query", "mrr", "--by", "plan", "--from", "2026-03-01", "--format", "csv"])
        .ended(0);
    assert_eq!(
        csv.out,
        "plan,bucket,start,end,status,value,n,absent,absent_denominator,reason,unknown\n\
         enterprise,2026-03,2026-03-01,2026-04-01,complete,840,2,,,,\n\
         pro,2026-03,2026-03-01,2026-04-01,complete,960,5,,,,\n\
         starter,2026-03,2026-03-01,2026-04-01,complete,216,4,,,,\n"
    );
    let json = project.run(&["query", "mrr", "--from", "2026-03-01", "--format", "json"]).ended(0);
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["metric"], "mrr");
    assert_eq!(json["unit"], "USD");
    assert_eq!(json["figures"][0]["value"], 2016.0);
    assert_eq!(json["figures"][0]["bucket"], "2026-03");

    project.run(&["query", "mrr", "--format", "parquet", "--out", "mrr.parquet"]).ended(0);
    let bytes = fs::read(project.path("mrr.parquet")).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    assert!(project.run(&["query", "mrr", "--format", "parquet"]).ended(0).out.starts_with("PAR1"));
}

#[test]
fn a_slice_of_null_is_null_in_parquet() {
    let project = Project::new();
    let specs = "\
datasets:
  own: { from: data/own.csv, kind: events, time: at, columns: { at: date, tint: { type: text, dimension: tint } } }
  answer: { from: data/answer.parquet, kind: events, time: start, optional: true, columns: { start: date, tint: text, value: number } }
metrics:
  own_count: { value: count(own), slices: [tint] }
  of_null: { value: sum(answer.value ever where answer.tint is null) }
  of_text: { value: sum(answer.value ever where answer.tint = '(unknown)') }
";
    fs::write(project.path("specs/own.yaml"), specs).unwrap();
    let rows = "at,tint\n2026-03-10,red\n2026-03-11,\n2026-03-11,\n2026-03-12,(unknown)\n";
    fs::write(project.path("data/own.csv"), rows).unwrap();
    let asked = ["query", "own_count", "--by", "tint", "--from", "2026-03-01", "--format"];
    let to_file = ["parquet", "--out", "data/answer.parquet"];
    project.run(&[&asked[..], &to_file[..]].concat()).ended(0);
    // Read back, two rows are of null, and the text that looks like it is a text.
    for (metric, value) in [("of_null", 2), ("of_text", 1)] {
        let read = project.run(&["query", metric, "--from", "2026-03-01", "--format", "csv"]);
        let read = read.ended(0);
        assert!(read.out.contains(&format!(",{value},")), "{metric}: {}", read.out);
    }
}

#[test]
fn other_grains_days_and_parts() {
    let project = Project::new();
    let quarter = project.run(&["query", "mrr", "--grain", "quarter", "--format", "csv"]).ended(0);
    assert!(
        quarter.out.contains("2026-Q1,2026-01-01,2026-04-01,complete,2016,"),
        "{}",
        quarter.out
    );
    let part = project
        .run(&[
            "query",
            "mrr",
            "--where",
            "plan = 'pro'",
            "--from",
            "2026-03-01",
            "--format",
            "csv",
        ])
        .ended(0);
    assert!(part.out.contains("complete,960,5,"), "{}", part.out);
    let then = project.run(&["query", "mrr", "--as-of", "2026-01-31", "--format", "csv"]).ended(0);
    assert!(then.out.contains("2026-01,") && !then.out.contains("2026-02,"), "{}", then.out);
}

#[test]
fn mistakes_in_a_query_are_mistakes_of_the_command_line() {
    let project = Project::new();
    project
        .run(&["query", "mmr"])
        .ended(2)
        .says("there is no metric `mmr`")
        .says("did you mean `mrr`?");
    project.run(&["query", "mrr", "--grain", "moth"]).ended(2).says("--grain:1:1").says("month");
    project.run(&["query", "mrr", "--by", "plam"]).ended(2).says("--by:1:1").says("plan");
    project.run(&["query", "mrr", "--where", "plan = "]).ended(2).says("--where:1:");
    project.run(&["query", "mrr", "--where", "plan = 3"]).ended(2).says("--where:1:");
    project.run(&["query", "mrr", "--from", "2026-02-30"]).ended(2).says("2026-02-30");
    project
        .run(&["query", "mrr", "--from", "2026-03-02", "--to", "2026-03-01"])
        .ended(2)
        .says("--from");
    project.run(&["query", "mrr", "--as-of", "soon"]).ended(2).says("as-of-invalid");
}

#[test]
fn a_metric_is_explained() {
    let project = Project::new();
    let run = project.run(&["explain", "seat_use"]).ended(0);
    assert_eq!(run.err, "");
    for words in ["28 days", "\nDefinition\nseat_use:\n", "\nPlan\n", "\nSQL\n"] {
        assert!(run.out.contains(words), "no {words:?} in:\n{}", run.out);
    }
    let sql = project.run(&["explain", "seat_use", "--sql"]).ended(0).out;
    assert!(sql.contains("data/events.csv"), "the prelude names the files:\n{sql}");
    assert!(!sql.contains("Definition"));
    assert!(project.run(&["explain", "seat_use", "--plan"]).ended(0).out.contains("rollup 1"));
    project.run(&["explain", "seat_usage"]).ended(2).says("did you mean `seat_use`?");
}

#[test]
fn a_code_is_explained_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let page = super::milepost(folder.path(), &["explain", "unknown-field"]).ended(0);
    assert!(page.out.starts_with("# unknown-field\n"), "{}", page.out);
    assert!(
        super::milepost(folder.path(), &["explain", "cycle"]).ended(0).out.starts_with("# cycle\n")
    );
    assert!(page.out.contains("Level: an error."), "{}", page.out);
    let warning = super::milepost(folder.path(), &["explain", "missing-question"]).ended(0).out;
    assert!(warning.contains("`lints: { missing-question: deny }`"), "{warning}");
    let all = super::milepost(folder.path(), &["explain"]).ended(0).out;
    assert!(all.contains("unused-definition") && all.lines().all(|line| line.len() < 120), "{all}");
    super::milepost(folder.path(), &["explain", "unknown-fild"])
        .ended(2)
        .says("did you mean `unknown-field`?");
    assert!(Project::new().run(&["explain", "cycle"]).ended(0).out.starts_with("# cycle\n"));
}

#[test]
fn a_plan_says_what_is_read_and_what_that_took() {
    let project = Project::new();
    let whole = project.run(&["explain", "--plan"]).ended(0).out;
    assert!(whole.contains("rollup 1: dataset ") && whole.contains("\n  reads "), "{whole}");
    assert!(!whole.contains("\n  took "), "{whole}");
    let ran = project.run(&["explain", "mrr", "--plan", "--run"]).ended(0).out;
    assert!(ran.contains(" rows into ") && ran.contains("\n  feeds mrr\n"), "{ran}");
    let evaluated = "\nrow-by-row evaluation of 0 aggregates took ";
    assert!(ran.contains(evaluated) && ran.contains("\nmerging of "), "{ran}");
    assert!(!whole.contains("\nmerging of "), "{whole}");
    project.run(&["explain", "mrr", "--run"]).ended(2);
}

#[test]
fn a_plan_leaves_out_what_lacks_a_dataset() {
    let project = Project::new();
    let specs = "datasets:\n  guides:\n    from: data/guides.csv\n    kind: events\n    time: at\n    optional: true\n    \
                 columns: { at: timestamp }\nmetrics:\n  shown:\n    question: How many saw a guide?\n    category: reach\n    \
                 grain: month\n    value: count(guides)\n";
    fs::write(project.path("specs/guides.yaml"), specs).unwrap();
    let whole = project.run(&["explain", "--plan", "--run"]).ended(0).out;
    assert!(whole.contains("rollup 1: dataset ") && !whole.contains("guides"), "{whole}");
}

/// What is too much is refused at its place, before the work begins or as soon as it is known.
#[test]
fn a_question_that_is_too_large_names_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("milepost.yaml", "project: many\nas_of: 2026-01-31\nhistory: 100 years\n");
    write(
        "specs/page.yaml",
        "datasets:\n  events: { from: events.csv, kind: events, time: day, columns: { day: date, name: { type: text, dimension: name } } }\nmetrics:\n  seen: { category: effect, question: How many?, value: count(events) }\n",
    );
    let rows: String = (0..200).map(|i| format!("2026-01-10,{i}\n")).collect();
    write("events.csv", &format!("day,name\n{rows}"));
    let ask = |more: &[&str]| {
        super::milepost(folder.path(), &[&["query", "seen", "--grain", "day"], more].concat())
    };
    ask(&["--from", "0001-01-01"]).ended(2).says("at most 40,000 are computed");
    let sliced = ask(&["--by", "name"]).ended(2);
    sliced.says("5,000,000 figures").says("specs/page.yaml:4:3");
    ask(&["--from", "2026-01-10", "--by", "name"]).ended(0);
}

#[test]
fn a_range_after_the_as_of_says_so() {
    let project = Project::new();
    for format in ["table", "csv", "json"] {
        let run =
            project.run(&["query", "mrr", "--from", "2026-05-01", "--format", format]).ended(2);
        assert_eq!(run.out, "");
        run.says("`--from 2026-05-01` is after the as-of, 2026-03-31 17:17")
            .says("`--as-of 2026-05-01`");
    }
    let later = ["query", "mrr", "--from", "2026-05-01", "--as-of", "2026-05-01"];
    assert!(project.run(&later).ended(0).out.contains("2026-05"));
    // The day of the as-of itself has begun.
    project.run(&["query", "mrr", "--from", "2026-03-31"]).ended(0);
    project.run(&["query", "mrr", "--from", "2026-03-01", "--as-of", "2026-02-28"]).ended(2);
}
