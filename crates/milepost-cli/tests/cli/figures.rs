//! What the figures of a query are in each format: the days that they cover, and values that are no numbers.

use std::fs;
use std::path::Path;

use super::milepost;

const MAIN: &str = "project: p\nedition: 2026\ncalendar: { time_zone: Europe/Amsterdam }\nhistory: 6 months\n\
                    as_of: 2026-06-15\nlints: { unused-definition: allow }\n";

const SPEC: &str = "
entities: { account: { key: account_id } }
datasets:
  subs: { from: data/subs.csv, kind: history, valid: [f, t], entities: { account: account_id }, columns: { f: date, t: date, seats: { type: integer } } }
  orders: { from: data/orders.csv, kind: events, time: ts, columns: { ts: timestamp, amount: { type: integer } } }
metrics:
  seats: { value: sum(subs.seats at end) }
  total: { value: sum(orders.amount) }
  newest: { value: max(orders.ts) }
  newest_day: { value: \"max(day(orders.ts))\" }
  sold: { value: any(orders) }
";

fn project(folder: &Path) {
    fs::create_dir_all(folder.join("specs")).unwrap();
    fs::create_dir_all(folder.join("data")).unwrap();
    fs::write(folder.join("milepost.yaml"), MAIN).unwrap();
    fs::write(folder.join("specs/all.yaml"), SPEC).unwrap();
    let subs = "account_id,seats,f,t\na,10,2026-01-01,2026-02-20\na,30,2026-02-20,\n";
    fs::write(folder.join("data/subs.csv"), subs).unwrap();
    // In winter, an hour before UTC's next day; in summer, with a fraction of a second.
    let orders =
        "ts,amount\n2026-02-10T23:30:00Z,100\n2026-05-01T10:00:00.25Z,7\n2026-06-02T10:00:00Z,1\n";
    fs::write(folder.join("data/orders.csv"), orders).unwrap();
}

fn csv(folder: &Path, arguments: &[&str]) -> String {
    let all = [&["query"], arguments, &["--format", "csv"]].concat();
    milepost(folder, &all).ended(0).out.lines().skip(1).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_cut_bucket_has_the_days_that_it_covers() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    project(folder);
    let cut = ["--from", "2026-02-01", "--to", "2026-02-15"];
    let ask = |metric: &'static str| csv(folder, &[&[metric], &cut[..]].concat());
    assert_eq!(ask("seats"), "2026-02,2026-02-01,2026-02-16,cut,10,1,,,");
    assert_eq!(ask("total"), "2026-02,2026-02-01,2026-02-16,cut,100,1,,,");
    let whole = csv(folder, &["seats", "--from", "2026-02-01", "--to", "2026-02-28"]);
    assert_eq!(whole, "2026-02,2026-02-01,2026-03-01,complete,30,1,,,");
    let both = csv(folder, &["seats", "--from", "2026-02-10", "--to", "2026-02-21"]);
    assert_eq!(both, "2026-02,2026-02-10,2026-02-22,cut,30,1,,,");
    // The as-of cuts too: a state stays complete, and both say what they cover.
    assert_eq!(
        csv(folder, &["seats", "--from", "2026-06-01"]),
        "2026-06,2026-06-01,2026-06-16,complete,30,1,,,"
    );
    assert_eq!(
        csv(folder, &["total", "--from", "2026-06-01"]),
        "2026-06,2026-06-01,2026-06-16,partial,1,1,,,"
    );
    let table = milepost(folder, &[&["query", "seats"], &cut[..]].concat()).ended(0).out;
    assert!(table.contains("2026-02 (2026-02-01 to 2026-02-15)    10*"), "{table}");
    assert!(table.ends_with("* cut by `--from` or `--to` to the days in parentheses\n"), "{table}");
    let json = milepost(folder, &[&["query", "seats", "--format", "json"], &cut[..]].concat());
    let json: serde_json::Value = serde_json::from_str(&json.ended(0).out).unwrap();
    let figure = &json["figures"][0];
    assert_eq!((&figure["status"], &figure["value"]), (&"cut".into(), &10.0.into()));
    assert_eq!((&figure["start"], &figure["end"]), (&"2026-02-01".into(), &"2026-02-16".into()));
}

#[test]
fn instants_have_an_offset_and_days_are_days() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    project(folder);
    let value = |metric: &str, month: &str| {
        let line = csv(folder, &[metric, "--from", month, "--to", month]);
        line.split(',').nth(4).unwrap().to_owned()
    };
    assert_eq!(value("newest", "2026-02-11"), "2026-02-11T00:30:00+01:00");
    assert_eq!(value("newest", "2026-05-01"), "2026-05-01T12:00:00.25+02:00");
    assert_eq!(value("newest_day", "2026-05-01"), "2026-05-01");
    assert_eq!(
        (value("sold", "2026-05-01"), value("sold", "2026-04-01")),
        ("true".into(), "false".into())
    );
    for (metric, unit, expected) in [
        ("newest", "timestamp", serde_json::json!("2026-06-02T12:00:00+02:00")),
        ("newest_day", "date", serde_json::json!("2026-06-02")),
        ("sold", "boolean", serde_json::json!(true)),
    ] {
        let run = milepost(folder, &["query", metric, "--from", "2026-06-01", "--format", "json"]);
        let json: serde_json::Value = serde_json::from_str(&run.ended(0).out).unwrap();
        assert_eq!((&json["unit"], &json["figures"][0]["value"]), (&unit.into(), &expected));
        let table = milepost(folder, &["query", metric, "--from", "2026-06-01"]).ended(0).out;
        let shown = expected.as_str().unwrap_or("true");
        assert!(table.contains(&format!("({unit})")) && table.contains(shown), "{table}");
    }
}

/// Files hold the types themselves: what milepost reads from them again without declarations is the same.
#[test]
fn parquet_files_hold_instants_days_and_truth_values() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    project(folder);
    for metric in ["newest", "newest_day", "sold"] {
        let out = format!("data/{metric}.parquet");
        milepost(folder, &["query", metric, "--format", "parquet", "--out", &out]).ended(0);
    }
    let spec = "
datasets:
  instants: { from: data/newest.parquet, kind: events, time: value }
  days: { from: data/newest_day.parquet, kind: events, time: value }
  truths: { from: data/sold.parquet, kind: events, time: start }
metrics:
  last_instant: { value: max(instants.value ever) }
  last_day: { value: max(days.value ever) }
  months_sold: { value: count(truths ever where value) }
";
    fs::write(folder.join("specs/again.yaml"), spec).unwrap();
    let value = |metric: &str| {
        let line = csv(folder, &[metric, "--from", "2026-06-01"]);
        line.split(',').nth(4).unwrap().to_owned()
    };
    assert_eq!(value("last_instant"), "2026-06-02T12:00:00+02:00");
    assert_eq!(value("last_day"), "2026-06-02");
    assert_eq!(value("months_sold"), "3");
}
