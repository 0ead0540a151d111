use std::fs;

use super::Project;

const SPECS: &str = "\
entities:
  shop: { key: shop_id, home: shops, lives: always }
datasets:
  shops: { from: data/shops.csv, key: shop_id, columns: { shop_id: integer, town: { type: text, dimension: town } } }
  sales: { from: data/sales.csv, kind: events, time: at, entities: { shop: shop_id }, columns: { at: date, amount: decimal } }
metrics:
  busy: { label: Busy shops, unit: percent, value: count(shop where count(sales over 31 days) >= 2) / count(shop), slices: [town] }
  takings: { value: sum(sales.amount) }
  mean_sales: { value: avg(count(sales) per shop) }
  shops_with_sales: { value: count(distinct sales.shop) }
  odds: { value: count(shop where count(sales over 31 days) >= 2) / count(shop where count(sales over 31 days) >= 5) }
  more: { value: busy * takings }
";

const SHOPS: &str = "shop_id,town\n10,Delft\n9,Gouda\n11,Delft\n12,\n";

/// In March shop 9 sells twice, 10 three times, and 11 once; 12 sold once in February.
const SALES: &str = "\
at,shop_id,amount
2026-03-03,9,1.50
2026-03-05,9,2.25
2026-03-05,11,4.00
2026-03-06,10,1.00
2026-03-07,10,3.00
2026-03-08,10,0.25
2026-02-01,12,9.00
2026-01-01,12,0.00
";

fn project() -> Project {
    let project = Project::new();
    fs::write(project.path("specs/own.yaml"), SPECS).unwrap();
    fs::write(project.path("data/shops.csv"), SHOPS).unwrap();
    fs::write(project.path("data/sales.csv"), SALES).unwrap();
    project
}

/// The members of a metric in March, or as another list of options says.
fn members(project: &Project, metric: &str, options: &[&str]) -> super::Run {
    project.run(&[&["query", metric, "--members", "--as-of", "2026-03-31"], options].concat())
}

#[test]
fn members_of_a_ratio_are_listed_with_what_decides() {
    let project = project();
    let run = members(&project, "busy", &[]).ended(0);
    let expected = "\
Busy shops in 2026-03, as of 2026-03-31, UTC
50.0%: 2 of 4 counted
shop_id  counted  count(sales over 31 days)
───────  ───────  ─────────────────────────
      9  true                             2
     10  true                             3
     11  false                            1
     12  false                            0
";
    assert_eq!(run.out, expected);
    let options = ["--order-by", "count(sales over 31 days) desc", "--limit", "3"];
    let csv = [&options[..], &["--by", "town", "--format", "csv"]].concat();
    assert_eq!(
        members(&project, "busy", &csv).ended(0).out,
        "shop_id,town,counted,count(sales over 31 days)\n10,Delft,true,3\n9,Gouda,true,2\n11,Delft,false,1\n"
    );
    let table = members(&project, "busy", &options).ended(0);
    assert!(table.out.ends_with("the first 3 of 4 are listed\n"), "{}", table.out);
    // The last bucket is the one in which the days that are asked end.
    let earlier = members(&project, "busy", &["--to", "2026-02-28", "--format", "csv"]).ended(0);
    assert_eq!(
        earlier.out,
        "shop_id,counted,count(sales over 31 days)\n9,false,0\n10,false,0\n11,false,0\n12,false,1\n"
    );
}

#[test]
fn members_come_in_every_format() {
    let project = project();
    let json = members(&project, "mean_sales", &["--format", "json"]).ended(0);
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["metric"], "mean_sales");
    assert_eq!((json["total"].as_u64(), json["counted"].as_u64()), (Some(4), Some(4)));
    assert_eq!(json["value"], 1.5);
    let second = serde_json::json!({"shop_id": 10, "counted": true, "count(sales)": 3});
    assert_eq!(json["members"][1], second);
    members(&project, "busy", &["--format", "parquet", "--out", "m.parquet"]).ended(0);
    let bytes = fs::read(project.path("m.parquet")).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    // Rows without a key have a number, in the order of time.
    let rows = members(&project, "takings", &["--format", "csv"]).ended(0);
    assert!(rows.out.starts_with("row,counted,amount\n1,true,1.5\n2,true,2.25\n"), "{}", rows.out);
}

#[test]
fn personal_keys_are_not_listed() {
    let project = project();
    let specs = SPECS.replace("shop_id: integer", "shop_id: { type: integer, pii: true }");
    fs::write(project.path("specs/own.yaml"), specs).unwrap();
    let run = members(&project, "busy", &["--format", "csv"]).ended(0);
    assert_eq!(
        run.out,
        "row,counted,count(sales over 31 days)\n1,true,2\n2,true,3\n3,false,1\n4,false,0\n"
    );
}

#[test]
fn what_has_no_members_says_what_to_ask() {
    let project = project();
    for (metric, words) in [
        ("shops_with_sales", "ask a metric that counts members of an entity"),
        ("odds", "take other rows"),
        ("more", "what it is made of: `busy`, `takings`"),
    ] {
        let run = members(&project, metric, &[]).ended(2);
        assert!(run.err.contains(words), "{metric}: {}", run.err);
        assert_eq!(run.out, "");
    }
    let run = members(&project, "busy", &["--order-by", "count(sale over 31 days)"]).ended(2);
    assert!(run.err.contains("did you mean `count(sales over 31 days)`?"), "{}", run.err);
    project.run(&["query", "busy", "--limit", "3"]).ended(2);
}
