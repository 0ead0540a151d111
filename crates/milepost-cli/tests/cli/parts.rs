use std::fs;

use super::Project;

const SPECS: &str = "\
entities:
  shop: { key: shop_id, home: shops, lives: always }
datasets:
  shops: { from: data/shops.csv, key: shop_id, columns: { shop_id: integer, town: { type: text, dimension: town } } }
  sales: { from: data/sales.csv, kind: events, time: at, entities: { shop: shop_id }, columns: { at: date } }
metrics:
  spread:
    label: Sales of a shop
    question: How much does a shop sell?
    category: effect
    slices: [town]
    quartiles: { of: shop, value: count(sales) }
  middle: { value: spread.p75 - spread.p25 }
  back: { label: Shops that sell again, cohort: { of: shop, starts: sales, returns: sales, offsets: 2 } }
tests:
  upper_quartile:
    metric: spread.p75
    as_of: 2026-03-31
    given:
      shops: [ { shop_id: 1 }, { shop_id: 2 } ]
      sales: [ { at: 2026-03-01, shop_id: 1 }, { at: 2026-03-02, shop_id: 1 }, { at: 2026-02-01, shop_id: 1 } ]
    expect: [ { month: 2026-03, value: 1.5 } ]
";

/// In March the shops sell 0, 1, 2 and 3 times.
const SHOPS: &str = "shop_id,town\n9,Gouda\n10,Delft\n11,Delft\n12,Gouda\n";
const SALES: &str = "\
at,shop_id
2026-03-03,9
2026-03-05,9
2026-03-05,11
2026-03-06,10
2026-03-07,10
2026-03-08,10
2026-02-01,12
2026-01-01,12
";

fn project() -> Project {
    let project = Project::new();
    fs::write(project.path("specs/own.yaml"), SPECS).unwrap();
    fs::write(project.path("data/shops.csv"), SHOPS).unwrap();
    fs::write(project.path("data/sales.csv"), SALES).unwrap();
    project
}

fn ask(project: &Project, metric: &str, options: &[&str]) -> super::Run {
    let always = ["query", metric, "--as-of", "2026-03-31", "--from", "2026-03-01"];
    project.run(&[&always[..], options].concat())
}

#[test]
fn a_metric_of_several_parts_is_a_table_of_all() {
    let project = project();
    let run = ask(&project, "spread", &[]).ended(0);
    assert_eq!(
        run.out,
        "\
Sales of a shop (sales) by month, as of 2026-03-31, UTC
bucket    p25  median   p75  n
───────  ────  ──────  ────  ─
2026-03  0.75    1.50  2.25  4
"
    );
    let run = ask(&project, "spread", &["--by", "town"]).ended(0);
    assert_eq!(
        run.out,
        "\
Sales of a shop (sales) by month and town, as of 2026-03-31, UTC
town   bucket    p25  median   p75  n
─────  ───────  ────  ──────  ────  ─
Delft  2026-03  1.50    2.00  2.50  2
Gouda  2026-03  0.50    1.00  1.50  2
"
    );
}

#[test]
fn files_tell_the_part_of_each_figure() {
    let project = project();
    let run = ask(&project, "spread", &["--by", "town", "--format", "csv"]).ended(0);
    assert_eq!(
        run.out,
        "\
town,part,bucket,start,end,status,value,n,absent,absent_denominator,reason,unknown
Delft,p25,2026-03,2026-03-01,2026-04-01,complete,1.5,2,,,,
Gouda,p25,2026-03,2026-03-01,2026-04-01,complete,0.5,2,,,,
Delft,median,2026-03,2026-03-01,2026-04-01,complete,2,2,,,,
Gouda,median,2026-03,2026-03-01,2026-04-01,complete,1,2,,,,
Delft,p75,2026-03,2026-03-01,2026-04-01,complete,2.5,2,,,,
Gouda,p75,2026-03,2026-03-01,2026-04-01,complete,1.5,2,,,,
"
    );
    let run = ask(&project, "spread", &["--format", "json"]).ended(0);
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&json["shape"], &json["headline"]), (&"quantiles".into(), &"median".into()));
    let parts: Vec<&str> =
        json["parts"].as_array().unwrap().iter().filter_map(|p| p["part"].as_str()).collect();
    assert_eq!(parts, ["p25", "median", "p75"]);
    let figures = json["figures"].as_array().unwrap().iter();
    let figures: Vec<(&str, f64)> = figures
        .map(|figure| (figure["part"].as_str().unwrap(), figure["value"].as_f64().unwrap()))
        .collect();
    assert_eq!(figures, [("p25", 0.75), ("median", 1.5), ("p75", 2.25)]);
}

#[test]
fn one_part_is_asked_by_its_name() {
    let project = project();
    let run = ask(&project, "spread.p75", &[]).ended(0);
    assert_eq!(
        run.out,
        "\
Sales of a shop, p75 (sales) by month, as of 2026-03-31, UTC
bucket   value  n
───────  ─────  ─
2026-03   2.25  4
"
    );
    let run = ask(&project, "spread.p57", &[]).ended(2);
    assert!(run.err.contains("`spread` has no part `p57`"), "{}", run.err);
    assert!(run.err.contains("did you mean `spread.p75`?"), "{}", run.err);
    let run = ask(&project, "middle.p75", &[]).ended(2);
    assert!(run.err.contains("it is one number: ask for `middle`"), "{}", run.err);
}

#[test]
fn a_part_is_explained_by_its_name() {
    let project = project();
    let run = project.run(&["explain", "spread.p75", "--sql", "--as-of", "2026-03-31"]).ended(0);
    assert!(run.out.contains("-- spread") && !run.out.contains("median"), "{}", run.out);
    let run = project.run(&["explain", "spread.p75", "--lineage"]).ended(2);
    assert!(run.err.contains("ask for `spread`"), "{}", run.err);
}

#[test]
fn members_of_a_part_are_those_of_its_number() {
    let project = project();
    let run = project.run(&["query", "spread.p75", "--members", "--as-of", "2026-03-31"]).ended(0);
    assert_eq!(
        run.out,
        "\
Sales of a shop in 2026-03, as of 2026-03-31, UTC
2.25: 4 of 4 counted
shop_id  counted  count(sales)
───────  ───────  ────────────
      9  true                2
     10  true                3
     11  true                1
     12  true                0
"
    );
}

#[test]
fn tests_of_metrics_name_a_part() {
    let project = project();
    project.run(&["test"]).ended(0);
    fs::write(
        project.path("specs/own.yaml"),
        SPECS.replace("metric: spread.p75", "metric: spread.p95"),
    )
    .unwrap();
    let run = project.run(&["test"]).ended(1);
    assert!(run.err.contains("`spread` has no part `p95`"), "{}", run.err);
}

#[test]
fn the_site_shows_all_parts() {
    let project = project();
    project.run(&["build", "--as-of", "2026-03-31"]).ended(0);
    let page = fs::read_to_string(project.path("site/kpi/spread.html")).unwrap();
    for words in
        ["p25 to p75", "median, complete", "class=\"spread\"", "<th scope=\"col\" class=\"r\">p75"]
    {
        assert!(page.contains(words), "{words}");
    }
    let csv = fs::read_to_string(project.path("site/kpi/spread.csv")).unwrap();
    assert!(csv.starts_with("part,bucket,start,end,status,value,n,"), "{csv}");
    assert!(csv.contains("\np75,2026-03,2026-03-01,2026-04-01,complete,2.25,4,"), "{csv}");
}

/// In January a shop begins, in March three do. Two months after January is March; one after March is not over.
#[test]
fn cohorts_are_a_table_of_shares_and_files_have_their_numbers_too() {
    let project = project();
    let always = ["query", "back", "--as-of", "2026-03-31", "--from", "2026-01-01"];
    let run = project.run(&always).ended(0);
    assert_eq!(
        run.out,
        "\
Shops that sell again by month, as of 2026-03-31, UTC
bucket   size              at_0              at_1      at_2  n
───────  ────  ────────────────  ────────────────  ────────  ─
2026-01     1            100.0%            100.0%      0.0%  1
2026-02     0  zero denominator  zero denominator  immature  0
2026-03     3            100.0%          immature  immature  3
average                  100.0%            100.0%      0.0%
"
    );
    let run = project.run(&[&always[..], &["--format", "csv"]].concat()).ended(0);
    let lines: Vec<&str> = run.out.lines().filter(|line| line.starts_with("count_2,")).collect();
    assert_eq!(
        lines,
        [
            "count_2,2026-01,2026-01-01,2026-02-01,complete,0,0,,,",
            "count_2,2026-02,2026-02-01,2026-03-01,maturing,,0,,,immature",
            "count_2,2026-03,2026-03-01,2026-04-01,maturing,,0,,,immature",
        ]
    );
    let run = project.run(&[&always[..], &["--format", "json"]].concat()).ended(0);
    let answer: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(
        answer["averages"][2],
        serde_json::json!({ "part": "at_2", "value": 0.0, "n": 1, "count": 0.0, "cohorts": 1 })
    );
}
