//! `init --from`: from exports to a site.

use std::fs;
use std::path::Path;

use super::exports::figures::{self, Months};
use super::exports::{Company, write};
use super::{Run, milepost};

/// A folder with exports in `exports/`.
fn exported() -> (tempfile::TempDir, Company) {
    let folder = tempfile::tempdir().unwrap();
    let company = Company::new();
    write(&company, &folder.path().join("exports"));
    (folder, company)
}

/// The figures of a metric by month, as far as it has any.
fn figures_of(folder: &Path, metric: &str) -> Months {
    figures_by(folder, &[metric, "--from", "2026-01-01"])
}

/// The figures of a query by bucket, as far as it has any.
pub(crate) fn figures_by(folder: &Path, query: &[&str]) -> Months {
    let words: Vec<&str> =
        ["query"].iter().chain(query).chain(&["--format", "csv"]).copied().collect();
    let run = milepost(folder, &words).ended(0);
    let mut lines = run.out.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let column = |name: &str| head.iter().position(|cell| *cell == name).unwrap();
    let (bucket, value) = (column("bucket"), column("value"));
    let known = lines.filter(|cells| !cells[value].is_empty());
    known.map(|cells| (cells[bucket].to_owned(), cells[value].parse().unwrap())).collect()
}

#[track_caller]
fn same(found: &Months, expected: &Months) {
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (month, value) in expected {
        assert!((found[month] - value).abs() < 1e-6, "{month}: {} is not {value}", found[month]);
    }
}

pub(crate) fn text(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap()
}

/// Replaces words in a file that has them.
fn edit(folder: &Path, file: &str, from: &str, to: &str) {
    let before = text(folder, file);
    assert!(before.contains(from), "no `{from}` in {before}");
    fs::write(folder.join(file), before.replace(from, to)).unwrap();
}

#[test]
fn exports_become_a_site_with_no_hand_in_between() {
    let (folder, company) = exported();
    let folder = folder.path();
    let init = milepost(folder, &["init", "--from", "exports"]).ended(0).says("no mistakes");
    assert!(init.out.contains("7 datasets"), "{}", init.out);
    milepost(folder, &["check", "--deny", "warnings"]).ended(0);
    milepost(folder, &["fmt", "--check"]).ended(0);
    milepost(folder, &["check", "--data", "--deny", "warnings"]).ended(0);
    milepost(folder, &["build", "--deny", "warnings"]).ended(0);
    assert!(folder.join("site/index.html").is_file());

    same(&figures_of(folder, "account_count"), &figures::accounts(&company, |_| true));
    same(&figures_of(folder, "new_accounts"), &figures::new_accounts(&company));
    same(&figures_of(folder, "subscriptions_total"), &figures::mrr(&company, |_| true));
    same(&figures_of(folder, "invoices_total"), &figures::invoiced(&company));
    same(&figures_of(folder, "users_with_events"), &figures::users(&company));
    same(&figures_of(folder, "contacts_with_messages"), &figures::written_to(&company));
    same(&figures_of(folder, "recommendation.score"), &figures::nps(&company));
}

#[test]
fn what_was_found_is_listed_with_what_is_not_sure() {
    let (folder, _) = exported();
    let Run { out, .. } = milepost(folder.path(), &["init", "--from", "exports"]).ended(0);
    for words in [
        "events by timestamp",
        "history from start_date to end_date",
        "attributes by account_id",
        "contacts.account_id",
        "all 60 different values match",
        "`accounts` may hold tests: 3 rows say `is_test`",
        "`invoices`: rows repeat `invoice_number`",
        "std/revenue: ",
        "use: [std/",
    ] {
        assert!(out.contains(words), "no `{words}` in:\n{out}");
    }
    let data = text(folder.path(), "specs/data.yaml");
    for line in [
        "arr: { column: ARR, type: decimal, format: \"1.234,50 €\", unit: EUR }",
        "customer_since: { column: Customer Since, type: date, format: \"%d.%m.%Y\" }",
        "is_test: { column: Is Test, type: boolean, format: ja/nein }",
        "next_renewal: { column: Next Renewal, type: date, format: \"%d.%m.%Y\", planned: true }",
        "mrr: { column: MRR, type: decimal, format: \"€1,234.50\", unit: EUR }",
        "csv: { null_values: [N/A] }",
        "timestamp: { type: timestamp, format: epoch milliseconds }",
        "submitted_at: { column: Submitted At, type: timestamp, format: \"%m/%d/%Y %I:%M %p\" }",
        "email: { column: Email, type: text, pii: true }",
        "phone: { column: Phone, type: text, pii: true }",
        "comment: { column: Comment, type: text, pii: true }",
        "account_owner: { column: Account Owner, type: text, pii: true }",
        "from: exports/product/events/",
        "# where: not coalesce(is_test, false)",
        "user: { key: user_id, belongs_to: [account] }",
    ] {
        assert!(data.contains(line), "no `{line}` in:\n{data}");
    }
}

#[test]
fn the_suggested_condition_leaves_tests_out() {
    let (folder, company) = exported();
    let folder = folder.path();
    milepost(folder, &["init", "--from", "exports"]).ended(0);
    edit(
        folder,
        "specs/data.yaml",
        "# where: not coalesce(is_test, false)",
        "where: not coalesce(is_test, false)",
    );
    same(
        &figures_of(folder, "account_count"),
        &figures::accounts(&company, |account| !account.is_test),
    );
    // A key whose row is left out leads nowhere, which its dataset is to say too.
    edit(
        folder,
        "specs/data.yaml",
        "    valid: [start_date, end_date]\n",
        "    valid: [start_date, end_date]\n    where: not coalesce(account.is_test, true)\n",
    );
    same(
        &figures_of(folder, "subscriptions_total"),
        &figures::mrr(&company, |account| !account.is_test),
    );
}

#[test]
fn what_is_offered_to_paste_is_right() {
    let (folder, company) = exported();
    let folder = folder.path();
    let init = milepost(folder, &["init", "--from", "exports"]).ended(0);
    paste(folder, &init.out);
    milepost(folder, &["check", "--deny", "warnings"]).ended(0);
    milepost(folder, &["build"]).ended(0);
    let catalog = milepost(folder, &["catalog", "--format", "json"]).ended(0);
    let in_use = catalog.out.matches("\"state\": \"in use\"").count();
    assert!(in_use > 10, "{in_use} in {}", init.out);
    // What an account pays: recurring revenue by the accounts that pay.
    let accounts = figures::accounts(&company, |_| true);
    let mut expected = figures::mrr(&company, |_| true);
    expected.iter_mut().for_each(|(month, value)| *value /= accounts[month]);
    same(&figures_of(folder, "arpa"), &expected);
}

/// Does what the output of `init --from` offers.
pub(crate) fn paste(folder: &Path, out: &str) {
    let pastes = out.split("To paste").nth(1).unwrap();
    for part in pastes.split("\n# ").skip(1) {
        let Some((place, text)) = part.split_once('\n') else { continue };
        if place == "milepost.yaml" {
            let before = self::text(folder, place);
            fs::write(folder.join(place), before + text).unwrap();
        } else if let Some(file) = place.strip_prefix("a new file ") {
            fs::write(folder.join(file), text).unwrap();
        } else {
            let dataset = place.split('`').nth(3).unwrap();
            let before = self::text(folder, "specs/data.yaml");
            let (start, rest) = before.split_once(&format!("\n  {dataset}:\n    from")).unwrap();
            let (own, rest) = rest.split_once("    columns:\n").unwrap();
            let after = format!(
                "{start}\n  {dataset}:\n    from{own}    columns:\n{}\n{rest}",
                text.trim_end()
            );
            fs::write(folder.join("specs/data.yaml"), after).unwrap();
        }
    }
}

#[test]
fn a_project_reads_only_what_it_holds() {
    let (folder, _) = exported();
    let folder = folder.path();
    milepost(folder, &["init", "--from", "exports", "kpis"])
        .ended(2)
        .says("outside-project")
        .says("milepost init --from exports exports")
        .says("milepost init --from exports kpis --copy");
    assert!(!folder.join("kpis").exists());
    milepost(folder, &["init", "--from", "exports", "kpis", "--copy"])
        .ended(0)
        .says("with copies of 9 files in data/");
    assert!(folder.join("kpis/data/crm/Contacts.csv").is_file());
    milepost(folder, &["check", "kpis", "--data", "--deny", "warnings"]).ended(0);
    milepost(folder, &["init", "--from", "exports", "kpis", "--copy"])
        .ended(2)
        .says("already exists");
    milepost(folder, &["init", "--from", "exports", "exports"])
        .ended(0)
        .says("created the project exports");
    milepost(folder, &["build", "exports"]).ended(0);
}

#[cfg(unix)]
#[test]
fn nothing_is_copied_where_a_link_leads() {
    for link in ["data", "data/in", "specs"] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        fs::create_dir_all(folder.join("files/in")).unwrap();
        fs::write(folder.join("files/in/a.csv"), "account_id,name\n1,x\n2,y\n").unwrap();
        fs::create_dir(folder.join("outside")).unwrap();
        let from = folder.join("p").join(link);
        fs::create_dir_all(from.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(folder.join("outside"), from).unwrap();
        milepost(folder, &["init", "--from", "files", "p", "--copy"])
            .ended(2)
            .says("already exists")
            .says("milepost init");
        assert_eq!(fs::read_dir(folder.join("outside")).unwrap().count(), 0, "{link}");
        assert!(!folder.join("p/milepost.yaml").exists(), "{link}: nothing is half written");
    }
}

/// A list of JSON objects with fields in fields, and a plan with a title, a column for each month and a dash for nothing.
#[test]
fn nested_lists_and_months_as_columns_become_a_site() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let put = |file: &str, text: &str| {
        let path = folder.join("exports").join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let accounts = (1..=12).map(|n| format!("A-{n:02},Firm {n},2025-12-{n:02}\n"));
    put(
        "accounts.csv",
        &("account_id,name,created_at\n".to_owned() + &accounts.collect::<String>()),
    );
    // Every six hours from 2026-01-01 on; every seventh says no device.
    let logins = (0..400).map(|n| {
        let (user, account, at) = (n % 30, n % 12 + 1, 1_767_225_600_000_u64 + n * 6 * 3_600_000);
        let device = if n % 7 == 0 { "" } else { r#""device": {"os": "ios"},"# };
        format!(
            "{{\"messageId\": \"m{n}\", \"userId\": {user}, \"context\": {{{device} \"account\": {{\"id\": \"A-{account:02}\"}}, \"traits\": {{\"email\": \"p{user}@x.com\"}}}},\n \"sentAt\": {at}}}"
        )
    });
    put("logins.json", &format!("[{}]", logins.collect::<Vec<_>>().join(",\n")));
    // Of every fourth account nothing is planned for February.
    let plan = (1..=12_u64).map(|n| {
        let february = if n % 4 == 0 { "-".to_owned() } else { (n * 10).to_string() };
        format!("A-{n:02};{};{february};{}\n", n * 10, n * 10 + 5)
    });
    let names = "Seat plan\n\nAccount ID;Jan 2026;Feb 2026;Mar 2026\n";
    put("planning/Seat plan 2026.csv", &(names.to_owned() + &plan.collect::<String>()));

    let init = milepost(folder, &["init", "--from", "exports"]).ended(0).says("no mistakes");
    assert!(!init.out.contains("is not read"), "{}", init.out);
    let data = text(folder, "specs/data.yaml");
    for line in [
        "csv: { skip_first: 1, null_values: [\"-\"] }",
        "unpivot: { columns: \"%b %Y\", name: month, value: value }",
        "context_account_id: { column: context.account.id, type: text }",
        "context_traits_email: { column: context.traits.email, type: text, pii: true }",
    ] {
        assert!(data.contains(line), "no `{line}` in:\n{data}");
    }
    let own = "metrics:\n  planned: { category: effect, question: How much?, value: sum(seat_plans.value at end) }\n  \
        on_ios: { category: effect, question: How many?, value: count(logins where context_device_os = 'ios') }\n";
    fs::write(folder.join("specs/own.yaml"), own).unwrap();
    edit(folder, "milepost.yaml", "project:", "as_of: 2026-03-31\nproject:");
    milepost(folder, &["build"]).ended(0);
    let months = |all: [f64; 3]| {
        let names = ["2026-01", "2026-02", "2026-03"].map(str::to_owned);
        names.into_iter().zip(all).collect::<Months>()
    };
    let march: f64 = (1..=12).map(|n| f64::from(n * 10 + 5)).sum();
    let february: f64 = (1..=12).filter(|n| n % 4 != 0).map(|n| f64::from(n * 10)).sum();
    same(&figures_of(folder, "planned"), &months([780.0, february, march]));
    let ios = |from: u64, to: u64| (from..to).filter(|n| n % 7 != 0).count() as f64;
    same(&figures_of(folder, "on_ios"), &months([ios(0, 124), ios(124, 236), ios(236, 360)]));
}

#[test]
fn a_folder_without_data_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("in")).unwrap();
    fs::write(folder.path().join("in/book.xls"), "x").unwrap();
    let run = milepost(folder.path(), &["init", "--from", "in"]).ended(3);
    assert!(run.err.contains("no data file") && run.err.contains("in/book.xls"), "{}", run.err);
    milepost(folder.path(), &["init", "--from", "nowhere"]).ended(2).says("not a folder");
    assert!(!folder.path().join("milepost.yaml").exists());
}

#[test]
fn dirt_is_found_or_named() {
    let folder = tempfile::tempdir().unwrap();
    let put = |file: &str, bytes: &[u8]| {
        fs::create_dir_all(folder.path().join("in")).unwrap();
        fs::write(folder.path().join("in").join(file), bytes).unwrap();
    };
    // In Windows-1252, under a title.
    put("kunden.csv", b"Report of customers\n\nKunde ID;Name;Umsatz;Erstellt am\nA1;M\xfcller;1.234,50;01.02.2026\nA2;Stra\xdfe;5,00;13.02.2026\n");
    // One of many values can't be read; day and month are ambiguous; amounts in two currencies.
    let mut orders = "order_id,customer_id,ordered_on,amount,currency\n".to_owned();
    orders.extend((0..40).map(|n| {
        let amount = if n == 7 { "n.a.".to_owned() } else { format!("{n}.50") };
        let (who, day) = (n % 3 + 1, n % 5 + 1);
        let currency = if n % 2 == 0 { "USD" } else { "EUR" };
        format!("{n},A{who},0{who}/0{day}/2026,{amount},{currency}\n")
    }));
    put("orders.csv", orders.as_bytes());
    put(
        "prices.csv",
        b"product_id,price,since\np1,\"1,234\",2026-01-01\np2,\"2,500\",2026-01-02\n",
    );
    put(
        "deep.ndjson",
        b"{\"id\": \"a\", \"at\": \"2026-03-01T10:00:00Z\", \"more\": [{\"x\": 1}]}\n",
    );
    // Two months among other columns, which is too few to be meant; and a column for each of three.
    put(
        "plan.csv",
        b"Seats we plan\nKunde ID;Jan 2026;Feb 2026;Mrz 2026;M\xe4rz\nA1;1;2;;4\nA2;;5;6;7\n",
    );
    put("seats.csv", b"customer_id,2026-01,2026-02,2026-03\nA1,1,2,\nA2,,0,6\n");
    put("broken.csv", b"a,b\n1\n1,2,3\n");
    put("empty.csv", b"a,b\n");
    let run = milepost(folder.path(), &["init", "--from", "in"]).ended(0).says("no mistakes");
    for words in [
        "1 of 40 values of `amount` are no number",
        "whether the day or the month comes first in `ordered_on`",
        "amounts in 2 currencies (EUR, USD)",
        "numbers of `price` may be like `1,234.50` or like `1.234,50`",
        "`in/deep.ndjson`: the column `more` is not read",
        "in/broken.csv is left out",
        "`in/empty.csv` has no rows",
        "66.7% of 3 different values match",
    ] {
        assert!(run.out.contains(words), "no `{words}` in:\n{}", run.out);
    }
    let data = text(folder.path(), "specs/data.yaml");
    assert!(data.contains("csv: { encoding: windows-1252, skip_first: 1 }"), "{data}");
    assert!(data.contains("unpivot: { columns: \"%Y-%m\", name: month, value: value }"), "{data}");
    assert_eq!(data.matches("unpivot").count(), 1, "{data}");
    milepost(folder.path(), &["build"]).ended(0);
    let names = milepost(folder.path(), &["query", "account_count", "--by", "account"]).ended(0);
    assert!(names.out.contains("Müller"), "{}", names.out);
}

#[test]
fn check_says_how_many_keys_of_each_link_match() {
    let folder = tempfile::tempdir().unwrap();
    let put =
        |file: &str, text: String| fs::write(folder.path().join("in").join(file), text).unwrap();
    fs::create_dir(folder.path().join("in")).unwrap();
    put(
        "accounts.csv",
        "account_id,plan,created_at\nA1,pro,2026-01-01\nA2,pro,2026-01-01\nA3,free,2026-01-01\n"
            .to_owned(),
    );
    // Of 20 logins 3 are of an account that is not there, one of none.
    let account = |n| match n {
        0 => "",
        1..=3 => "A9",
        n if n % 2 == 0 => "A1",
        _ => "A2",
    };
    let rows = (0..20).map(|n| format!("{},2026-02-{:02}\n", account(n), n + 1));
    put("logins.csv", rows.fold("account_id,day\n".to_owned(), |text, row| text + &row));
    let init = milepost(folder.path(), &["init", "--from", "in"]).ended(0);
    assert!(init.out.contains("66.7% of 3 different values match"), "{}", init.out);
    milepost(folder.path(), &["check", "--data"])
        .ended(0)
        .says("link logins.account_id → account: 84.2 % of 19 keys match")
        .says("unmatched-keys");
    // Where no metric reads the link: of the keys A1, A2 and A9 in the files.
    edit(folder.path(), "specs/kpis.yaml", "slices: [plan]", "grain: month");
    milepost(folder.path(), &["check", "--data"])
        .ended(0)
        .says("link logins.account_id → account: 66.6 % of 3 different keys match");
    let quiet = milepost(folder.path(), &["check", "--data", "--format", "json"]).ended(0);
    assert!(!quiet.err.contains("link logins"), "{}", quiet.err);
}

#[test]
fn files_without_a_time_have_the_day_on_which_they_were_written() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("in")).unwrap();
    fs::write(folder.path().join("in/accounts.csv"), "id,plan\n1,pro\n2,starter\n").unwrap();
    milepost(folder.path(), &["init", "--from", "in"]).ended(0);
    assert!(text(folder.path(), "milepost.yaml").contains("\nas_of: 20"));
    milepost(folder.path(), &["build", "--deny", "warnings"]).ended(0);
    // Rows without a key and a time are no dataset, and alone no project.
    let other = tempfile::tempdir().unwrap();
    fs::create_dir(other.path().join("in")).unwrap();
    fs::write(other.path().join("in/words.csv"), "a,b\nx,y\nx,y\n").unwrap();
    milepost(other.path(), &["init", "--from", "in"]).ended(3).says("neither a time nor a column");
    assert!(!other.path().join("milepost.yaml").exists());
}

/// The months of a plan lie after the day on which its file was written: nothing is computed as of them.
#[test]
fn a_plan_does_not_lie_in_the_past() {
    let folder = tempfile::tempdir().unwrap();
    let put =
        |file: &str, text: &str| fs::write(folder.path().join("in").join(file), text).unwrap();
    fs::create_dir(folder.path().join("in")).unwrap();
    put("plan.csv", "account,Jan 2099,Feb 2099,Mar 2099\nacme,1,2,3\nbeta,4,5,6\n");
    put(
        "visits.csv",
        "id,account,seen_at\n1,acme,2026-01-05\n2,beta,2026-02-06\n3,acme,2026-02-07\n",
    );
    milepost(folder.path(), &["init", "--from", "in"]).ended(0);
    let project = text(folder.path(), "milepost.yaml");
    let as_of = project.lines().find(|line| line.starts_with("as_of: ")).unwrap();
    assert!(as_of.contains("what is later in it is a plan") && !as_of.contains("2099"), "{as_of}");
    milepost(folder.path(), &["build"]).ended(0);
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_named_and_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let put = |file: &str| folder.path().join("in").join(file);
    fs::create_dir(folder.path().join("in")).unwrap();
    fs::write(put("users.csv"), "id,created_at\n1,2026-01-01\n").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", put("secrets.csv")).unwrap();
    std::os::unix::fs::symlink("/etc", put("etc")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(put("pipe.csv")).status().unwrap();
    assert!(made.success());
    let run = milepost(folder.path(), &["init", "--from", "in"]).ended(0).says("no mistakes");
    for file in ["in/secrets.csv", "in/pipe.csv"] {
        assert!(
            run.out.contains(&format!("`{file}` is not read: it is a link or no file")),
            "{}",
            run.out
        );
    }
    assert!(!text(folder.path(), "specs/data.yaml").contains("secrets"));
}

#[test]
fn names_in_files_are_only_names() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = "id,\"a: b\n# metrics: {}\",\"} }\u{1b}[2J\",'\"\"',&x *y !z,created_at\n1,x,y,z,w,2026-01-01\n2,x,y,z,w,2026-01-02\n";
    fs::create_dir(folder.path().join("in")).unwrap();
    fs::write(folder.path().join("in/a[1] {x}, # 'y'.csv"), hostile).unwrap();
    fs::write(folder.path().join("in/users.csv"), "id,name,created_at\n1,Test User,2026-01-01\n")
        .unwrap();
    let run = milepost(folder.path(), &["init", "--from", "in"]).ended(0).says("no mistakes");
    assert!(!run.out.contains('\u{1b}'), "{}", run.out);
    milepost(folder.path(), &["build"]).ended(0);
}
