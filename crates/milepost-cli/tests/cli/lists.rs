use std::fs;

use super::Project;

const SPECS: &str = "\
entities:
  shop: { key: shop_id, home: shops, lives: always, label_column: title }
datasets:
  shops:
    from: data/shops.csv
    key: shop_id
    columns: { shop_id: integer, town: { type: text, dimension: town }, mail: { type: text, pii: true } }
  sales: { from: data/sales.csv, kind: events, time: at, entities: { shop: shop_id }, columns: { at: date, amount: { type: decimal, unit: USD } } }
lists:
  to_call:
    label: To call
    question: Who buys most?
    of: shop
    where: count(sales over 31 days) >= fewest
    highest: { bought: sum(sales.amount over 31 days) }
    columns: [town]
    assign_to: mail
    limit: 1
    next_step: Say thank you
";

const SHOPS: &str = "shop_id,town,mail,title,fewest\n10,Delft,ann@example.com,Ten,1\n9,Gouda,bob@example.com,Nine,1\n11,Delft,ann@example.com,Eleven,1\n12,,ann@example.com,=Twelve,\n";

const SALES: &str = "\
at,shop_id,amount
2026-02-01,9,1.00
2026-03-03,9,1.50
2026-03-05,11,4.00
2026-03-06,10,5.25
2026-03-07,12,9.00
";

const ALLOWED: &str = "outputs: { allow_pii: [lists.to_call.mail], names: [lists] }\n";

/// `outputs`: what `milepost.yaml` says besides.
fn project(outputs: &str) -> Project {
    let project = Project::new();
    for entry in fs::read_dir(project.path("specs")).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    fs::write(project.path("specs/own.yaml"), SPECS).unwrap();
    fs::write(project.path("data/shops.csv"), SHOPS).unwrap();
    fs::write(project.path("data/sales.csv"), SALES).unwrap();
    fs::write(
        project.path("milepost.yaml"),
        format!("project: shops\nedition: 2026\nas_of: 2026-03-31\n{outputs}"),
    )
    .unwrap();
    project
}

#[test]
fn a_list_is_printed_by_assignee() {
    let run = project(ALLOWED).run(&["query", "to_call"]).ended(0);
    let expected = "\
To call, as of 2026-03-31, UTC
3 shops: 2 listed, 1 beyond the limit; 1 shop more can't be evaluated

ann@example.com
#  shop_id  title  bought  town
─  ───────  ─────  ──────  ─────
1       10  Ten     $5.25  Delft

bob@example.com
#  shop_id  title  bought  town
─  ───────  ─────  ──────  ─────
1        9  Nine    $1.50  Gouda

Can't be evaluated

ann@example.com
#  shop_id  title    bought  town
─  ───────  ───────  ──────  ────
        12  =Twelve   $9.00  —

Next step: Say thank you
";
    assert_eq!(run.out, expected);
}

#[test]
fn every_format_has_every_member_with_its_status() {
    let project = project(ALLOWED);
    let run = project.run(&["query", "to_call", "--format", "csv"]).ended(0);
    let expected = "\
id,list,status,assignee,rank,shop_id,title,bought,town,reason,snoozed_until,next_step
to_call/10,to_call,listed,ann@example.com,1,10,Ten,5.25,Delft,,,Say thank you
to_call/9,to_call,listed,bob@example.com,1,9,Nine,1.5,Gouda,,,Say thank you
to_call/11,to_call,beyond_limit,ann@example.com,2,11,Eleven,4,Delft,,,Say thank you
to_call/12,to_call,unknown,ann@example.com,,12,\"'=Twelve\",9,,,,Say thank you
";
    assert_eq!(run.out, expected);
    let json = project.run(&["query", "to_call", "--format", "json"]).ended(0).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["counts"]["beyond_limit"], 1);
    assert_eq!(json["members"][1]["id"], "to_call/9");
    assert_eq!((&json["total"], &json["day"]), (&3.into(), &"2026-03-31".into()));
    let parquet = project.path("list.parquet");
    let out = parquet.to_str().unwrap();
    project.run(&["query", "to_call", "--format", "parquet", "--out", out]).ended(0);
    assert!(fs::metadata(&parquet).unwrap().len() > 100);
}

#[test]
fn a_list_has_one_day_and_its_count_has_many() {
    let project = project(ALLOWED);
    for option in [["--by", "town"], ["--grain", "month"], ["--from", "2026-03-01"]] {
        let run = project.run(&[&["query", "to_call"], option.as_slice()].concat()).ended(2);
        run.says("`to_call` is a list").says("`to_call.count`");
    }
    let run = project.run(&["query", "to_call.count", "--from", "2026-03-31", "--format", "csv"]);
    assert!(run.ended(0).out.contains(",3,"), "three are counted");
    let run = project.run(&["query", "to_call", "--where", "town = 'Gouda'"]).ended(0);
    assert!(run.out.contains("\n1 shop: 1 listed; 1 shop more"), "{}", run.out);
    let earlier = project.run(&["query", "to_call", "--as-of", "2026-03-05"]).ended(0);
    assert!(earlier.out.contains("2 shops: 2 listed; 1 shop more"), "{}", earlier.out);
    let run = project.run(&["explain", "to_call"]).ended(0);
    assert!(run.out.contains("Split by mail: for each of them the first 1 shops."), "{}", run.out);
}

#[test]
fn a_build_writes_pages_and_files_and_says_what_is_personal() {
    let project = project(ALLOWED);
    let run = project.run(&["build"]).ended(0);
    run.says("1 page and 6 files hold personal data or names");
    let read = |file: &str| fs::read_to_string(project.path(&format!("site/{file}"))).unwrap();
    assert!(read("lists.html").contains("list/to_call.html"));
    assert!(read("index.html").contains("list/to_call.html"));
    assert!(read("list/to_call.html").contains("Say thank you"));
    assert_eq!(read("lists/to_call.csv").lines().count(), 3);
    assert_eq!(read("lists/to_call.jsonl").lines().count(), 2);
    assert_eq!(read("lists/to_call.rest.csv").lines().count(), 3);
    let table = "assignee,list,listed,next_step,file\nann@example.com,to_call,1,Say thank you,lists/by/ann-example-com.jsonl\nbob@example.com,to_call,1,Say thank you,lists/by/bob-example-com.jsonl\n";
    assert_eq!(read("lists/assignees.csv"), table);
    assert!(read("lists/by/bob-example-com.jsonl").contains("\"id\":\"to_call/9\""));
}

/// What is not allowed is nowhere: the list itself is a mistake, and without the column nothing of it is written.
#[test]
fn personal_data_is_nowhere_without_leave() {
    let refused = project("");
    let run = refused.run(&["query", "to_call"]).ended(1);
    run.says("outputs: { allow_pii: [lists.to_call.mail] }");
    let own = project("");
    let specs = SPECS.replace("    assign_to: mail\n", "");
    fs::write(own.path("specs/own.yaml"), specs).unwrap();
    own.run(&["build"]).ended(0);
    for format in ["table", "csv", "json"] {
        let out = own.run(&["query", "to_call", "--format", format]).ended(0).out;
        assert!(!out.contains("example.com") && !out.contains("Ten"), "{out}");
    }
    let mut open = vec![own.path("site")];
    let mut files = 0;
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            files += 1;
            let text = fs::read_to_string(&path).unwrap();
            assert!(
                !text.contains("example.com") && !text.contains("Eleven"),
                "{}",
                path.display()
            );
        }
    }
    assert!(files > 5, "{files}");
}

#[test]
fn a_list_is_compared_with_an_earlier_day() {
    let project = project(ALLOWED);
    let run = project.run(&["query", "to_call", "--since", "2026-03-04"]).ended(0);
    assert!(run.out.contains("since 2026-03-04: 1 new, 1 stayed, 0 gone\n"), "{}", run.out);
    assert!(run.out.contains("1       10  Ten     $5.25  Delft  new\n"), "{}", run.out);
    let args = ["query", "to_call", "--since", "2026-03-04", "--format", "json"];
    let json: serde_json::Value = serde_json::from_str(&project.run(&args).ended(0).out).unwrap();
    assert_eq!(json["since"], "2026-03-04");
    assert_eq!(json["members"][0]["change"], "new");
    // Shop 10 sold nothing yet, and shop 9 is the only one with sales.
    let then = project.run(&["query", "to_call", "--as-of", "2026-03-04", "--format", "csv"]);
    assert!(then.ended(0).out.contains("to_call/9,to_call,listed"));
    project
        .run(&["query", "to_call", "--since", "2026-03-31"])
        .ended(2)
        .says("is not before 2026-03-31");
    let members = ["query", "to_call", "--since", "2026-03-04", "--members"];
    project.run(&members).ended(2).says("`--members` has no meaning");
}
