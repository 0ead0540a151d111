use std::fs;

use super::Project;

const SPECS: &str = "\
entities:
  shop: { key: shop_id, home: shops, lives: [opened, closed], label_column: title }
  brand: { key: brand_id, home: brands }
datasets:
  shops: { from: data/shops.csv, key: shop_id, entities: { brand: brand_id }, columns: { opened: date, closed: date, title: text, town: { type: text, dimension: town } } }
  brands: { from: data/brands.csv, key: brand_id }
  sales: { from: data/sales.csv, kind: events, time: at, entities: { shop: shop_id }, columns: { at: date } }
segments:
  size:
    of: shop
    label: Size
    description: How much a shop sells.
    bands: [ large: count(sales over 31 days) >= 2, small: otherwise ]
  old_brand: { of: brand, where: \"brand_id = '1'\" }
metrics:
  brands_old: { category: reach, question: How many?, grain: month, value: count(sales where shop.brand.old_brand) }
";

const SHOPS: &str = "shop_id,brand_id,opened,closed,title,town\n1,1,2026-01-01,,One,Delft\n2,1,2026-01-01,2026-03-10,Two,Gouda\n3,2,2026-01-01,,Three,\n4,2,2026-03-05,,Four,Delft\n";

const SALES: &str = "at,shop_id\n2026-01-05,1\n2026-02-10,1\n2026-02-11,1\n2026-02-11,2\n2026-02-12,2\n2026-03-20,3\n2026-03-21,3\n";

/// `outputs`: what `milepost.yaml` says besides.
fn project(outputs: &str) -> Project {
    let project = Project::new();
    for entry in fs::read_dir(project.path("specs")).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    fs::write(project.path("specs/own.yaml"), SPECS).unwrap();
    fs::write(project.path("data/shops.csv"), SHOPS).unwrap();
    fs::write(project.path("data/brands.csv"), "brand_id\n1\n2\n").unwrap();
    fs::write(project.path("data/sales.csv"), SALES).unwrap();
    fs::write(
        project.path("milepost.yaml"),
        format!("project: shops\nedition: 2026\nas_of: 2026-03-31\n{outputs}"),
    )
    .unwrap();
    project
}

#[test]
fn a_segment_has_sizes_over_time() {
    let run =
        project("").run(&["query", "size", "--from", "2026-02-01", "--format", "csv"]).ended(0);
    let lines: Vec<&str> = run.out.lines().collect();
    assert!(lines[0].starts_with("size,bucket,start,end"), "{}", run.out);
    assert!(lines.iter().any(|line| line.starts_with("large,2026-02,")), "{}", run.out);
}

#[test]
fn who_moved_is_a_table_that_closes() {
    let run = project("").run(&["query", "size", "--since", "2026-02-28"]).ended(0);
    let expected = "\
Size, from the end of 2026-02-28 to the end of 2026-03-31, as of 2026-03-31, UTC
3 shops, now 3: 1 new, 1 gone, 2 moved between groups

group  before  entered  left  after
─────  ──────  ───────  ────  ─────
large       2        1     2      1
small       1        2     1      2

from \\ to  large  small  (gone)
─────────  ─────  ─────  ──────
large          0      1       1
small          1      0       0
(new)          0      1       0
";
    assert_eq!(run.out, expected);
}

#[test]
fn those_who_moved_are_listed() {
    let project = project("");
    let since = ["query", "size", "--since", "2026-02-28", "--members", "--format"];
    let csv = project.run(&[&since[..], &["csv"]].concat()).ended(0);
    assert_eq!(
        csv.out,
        "shop_id,from,to\n1,large,small\n2,large,(gone)\n3,small,large\n4,(new),small\n"
    );
    let json = project.run(&[&since[..], &["json", "--limit", "1"]].concat()).ended(0);
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["since"], "2026-02-28");
    assert_eq!(
        json["members"],
        serde_json::json!([{ "shop_id": "1", "from": "large", "to": "small" }])
    );
}

#[test]
fn what_can_not_be_asked_of_a_segment_is_said() {
    let project = project("");
    let refused = |args: &[&str], message: &str| {
        project.run(args).ended(2).says(message);
    };
    refused(&["query", "size", "--where", "town = 'Delft'"], "all of its members are counted");
    refused(&["query", "size", "--since", "2026-03-31"], "is not before 2026-03-31");
    refused(&["query", "size", "--since", "2026-02-28", "--by", "town"], "`--by` has no meaning");
    refused(&["query", "size", "--by", "towns"], "did you mean `town`?");
    refused(&["query", "old_brand"], "nothing says from when to when one lives");
    refused(&["query", "brands_old", "--since", "2026-02-28"], "compares lists and segments");
    refused(&["explain", "size", "--sql"], "is about the figures of a metric");
    refused(&["query", "sizes"], "did you mean `size`?");
}

#[test]
fn a_segment_is_explained() {
    let run = project("").run(&["explain", "size"]).ended(0);
    run.out.contains("How much a shop sells.").then_some(()).expect("its description");
    run.out.contains("“large” if").then_some(()).expect("its bands in words");
}

#[test]
fn a_segment_has_a_page_that_names_nobody_unless_that_is_allowed() {
    let silent = project("");
    silent.run(&["build"]).ended(0);
    let page = fs::read_to_string(silent.path("site/segment/size.html")).unwrap();
    assert!(page.contains("Entered and left in 2026-03") && !page.contains("Three"), "{page}");
    let sizes = fs::read_to_string(silent.path("site/segment/size.csv")).unwrap();
    assert!(sizes.contains("size,2026-03,2026-03-01,2026-04-01,complete,small,2,,"), "{sizes}");
    let moves = fs::read_to_string(silent.path("site/segment/size.moves.csv")).unwrap();
    assert!(moves.contains("size,2026-02-28,2026-03-31,large,(gone),1"), "{moves}");
    let uncounted = fs::read_to_string(silent.path("site/segment/old_brand.html")).unwrap();
    assert!(uncounted.contains("nothing says when brand members live"), "{uncounted}");

    let naming = project("outputs: { names: [segments] }\n");
    naming.run(&["build"]).ended(0).says("1 page and 0 files hold personal data or names");
    let page = fs::read_to_string(naming.path("site/segment/size.html")).unwrap();
    assert!(page.contains("<bdi>Three</bdi>") && page.contains("noindex"), "{page}");
}
