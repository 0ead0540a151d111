//! `init --from` where several systems name one customer differently, and where one knows only today's state.

use std::fs;
use std::path::Path;

use super::from_files::{figures_by, text};
use super::milepost;

fn put(folder: &Path, file: &str, text: &str) {
    let path = folder.join("in").join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn accounts(folder: &Path) {
    let rows = (1..=6).map(|n| format!("A{n},Company {n},2026-01-0{n}\n"));
    put(
        folder,
        "accounts.csv",
        &("account_id,name,created_at\n".to_owned() + &rows.collect::<String>()),
    );
}

/// Sixty invoices, each to one of six customers in turn, by the numbers of billing.
fn invoices() -> String {
    let rows = (0..60).map(|n| {
        format!("I{n},B-90{},2026-0{}-{:02},{}.00\n", n % 6 + 1, n % 3 + 1, n % 27 + 1, n * 10)
    });
    "invoice_id,customer,issued_at,amount_eur\n".to_owned() + &rows.collect::<String>()
}

#[test]
fn a_mapping_table_links_what_billing_names_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    accounts(folder);
    put(folder, "invoices.csv", &invoices());
    // Without a mapping no link is made up, and that is said.
    let alone = milepost(folder, &["init", "--from", "in"]).ended(0);
    assert!(alone.out.contains("0 of its 6 different values are one: no link"), "{}", alone.out);
    for file in ["milepost.yaml", "specs/data.yaml", "specs/kpis.yaml"] {
        fs::remove_file(folder.join(file)).unwrap();
    }
    let map = (1..=6).map(|n| format!("B-90{n},A{n}\n")).collect::<String>();
    put(folder, "customer_map.csv", &("billing_no,account_id\n".to_owned() + &map));
    let init = milepost(folder, &["init", "--from", "in"]).ended(0).says("no mistakes");
    assert!(!init.out.contains("no link"), "{}", init.out);
    let data = text(folder, "specs/data.yaml");
    assert!(data.contains("account_id: { value: customer_map.account_id }"), "{data}");
    let check = milepost(folder, &["check", "--data", "--deny", "warnings"]).ended(0);
    check.says("all keys of 2 links match");
    // The invoices 0, 6, 12 … 54 are to the first customer, all in January: 10 × (0 + 6 + … + 54).
    let of_one = ["invoices_total", "--where", "account = 'Company 1'", "--from", "2026-01-01"];
    assert_eq!(figures_by(folder, &of_one)["2026-01"], 2700.0);
}

#[test]
fn pictures_of_each_day_are_a_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    accounts(folder);
    for (day, mrr) in [("2026-01-31", 100), ("2026-02-28", 120), ("2026-03-31", 90)] {
        let rows = format!("account_id,plan,mrr_usd\nA1,pro,{mrr}\nA2,starter,50\n");
        put(folder, &format!("pictures/day={day}/accounts.csv"), &rows);
    }
    let init = milepost(folder, &["init", "--from", "in"]).ended(0).says("no mistakes");
    assert!(init.out.contains("snapshot by day"), "{}", init.out);
    let found = figures_by(folder, &["pictures_total", "--from", "2026-01-01"]);
    let expected = [("2026-01", 150.0), ("2026-02", 170.0), ("2026-03", 140.0)];
    assert_eq!(found, expected.map(|(month, value)| (month.to_owned(), value)).into());
}

#[test]
fn ids_of_15_and_of_18_characters_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let id = |n: usize| format!("0015g00000AbC{n:02}AAA");
    let rows = (0..8).map(|n| format!("{},Company {n},2026-01-01\n", id(n))).collect::<String>();
    put(folder, "accounts.csv", &("Account ID,Name,Created Date\n".to_owned() + &rows));
    let rows = (0..20).map(|n| format!("{},2026-02-{:02}\n", &id(n % 8)[..15], n + 1));
    put(folder, "calls.csv", &("Account ID,Called At\n".to_owned() + &rows.collect::<String>()));
    let init = milepost(folder, &["init", "--from", "in"]).ended(0);
    assert!(init.out.contains("have 18 characters and these 15"), "{}", init.out);
    assert!(init.out.contains("left("), "{}", init.out);
}
