//! Whatever tables hold, and whatever they are called: `init --from` writes a project that checks, or says why it does not.

use std::fs;

use super::milepost;

/// Names that are hard for a language, and such as mean something.
const NAMES: [&str; 34] = [
    "id",
    "account_id",
    "Account ID",
    "user",
    "user_id",
    "name",
    "Email",
    "created_at",
    "churned_at",
    "start",
    "end",
    "amount",
    "mrr_usd",
    "currency",
    "seats",
    "is_test",
    "status",
    "score",
    "comment",
    "day",
    "timestamp",
    "due",
    "where",
    "per",
    "null",
    "accounts",
    "Größe",
    "a b",
    "a\"b",
    "a: b #",
    "%",
    "",
    "日本",
    "customer_no",
];

const FILES: [&str; 10] = [
    "accounts",
    "users",
    "events",
    "subscriptions",
    "invoices",
    "nps",
    "where",
    "map",
    "2026",
    "org",
];

/// Numbers that look like chance.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

fn value(kind: usize, row: usize, random: &mut Random) -> String {
    let (month, day) = (row % 3 + 1, row % 27 + 1);
    match kind {
        0 => row.to_string(),
        1 => format!("{row:05}"),
        2 => format!("ACC-{}", row % 7),
        3 => format!("2026-0{month}-{day:02}"),
        4 => format!("{day:02}.0{month}.2026"),
        5 => format!("0{month}/0{month}/2026"),
        6 => format!("2026-01-{day:02} 10:00:00 UTC"),
        7 => (1_767_225_600_000 + row * 10_000_000).to_string(),
        8 => ["yes", "no"][random.below(2)].to_owned(),
        9 => format!("${}.50", row * 37),
        10 => format!("{row},5"),
        11 => ["a", "test b", "", "N/A"][random.below(4)].to_owned(),
        12 => format!("p{row}@x.com"),
        13 => ["USD", "EUR"][random.below(2)].to_owned(),
        _ => ["", "\"", "\n", "; , |", "{}", "é", "' #"][random.below(7)].to_owned(),
    }
}

/// The names of some columns, and rows of their values.
type Table = (Vec<String>, Vec<Vec<String>>);

/// Any table.
fn table(random: &mut Random) -> Table {
    let columns = random.below(7) + 2;
    let kinds: Vec<usize> = (0..columns).map(|_| random.below(16)).collect();
    let names = (0..columns).map(|_| NAMES[random.below(NAMES.len())].to_owned()).collect();
    let rows = [0, 1, 3, 40][random.below(4)];
    let row = |row| kinds.iter().map(|kind| value(*kind, row, random)).collect();
    (names, (0..rows).map(row).collect())
}

/// A file of values between semicolons.
fn csv((names, rows): Table) -> String {
    let quoted = |value: &String| format!("\"{}\"", value.replace('"', "\"\""));
    let line = |line: &Vec<String>| line.iter().map(quoted).collect::<Vec<_>>().join(";") + "\n";
    [names].iter().chain(&rows).map(line).collect()
}

/// A list of objects, in which whole numbers are numbers.
fn json((names, rows): Table) -> String {
    let typed = |value: String| match value.parse::<i64>() {
        Ok(number) if number.to_string() == value => number.into(),
        _ => serde_json::Value::from(value),
    };
    let object = |row: Vec<String>| {
        let fields = names.iter().cloned().zip(row.into_iter().map(typed));
        serde_json::Value::Object(fields.collect())
    };
    serde_json::Value::from_iter(rows.into_iter().map(object)).to_string()
}

#[test]
fn any_tables_become_a_project_that_checks() {
    become_a_project("csv", csv);
}

#[test]
fn any_lists_of_objects_become_a_project_that_checks() {
    become_a_project("json", json);
}

fn become_a_project(ending: &str, written: fn(Table) -> String) {
    let mut made = 0;
    for seed in 0..16 {
        let mut random = Random(seed);
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("in")).unwrap();
        for _ in 0..=random.below(3) {
            let file = format!("in/{}.{ending}", FILES[random.below(FILES.len())]);
            fs::write(folder.path().join(file), written(table(&mut random))).unwrap();
        }
        let run = milepost(folder.path(), &["init", "--from", "in"]);
        if run.code == 3 {
            assert!(run.err.contains("data-missing"), "{seed}: {}", run.err);
            continue;
        }
        made += 1;
        assert_eq!(run.code, 0, "{seed}: {}", run.err);
        let check = milepost(folder.path(), &["check", "--data"]);
        assert_eq!(check.code, 0, "{seed}: {}", check.err);
        assert!(!check.err.contains("unused"), "{seed}: {}", check.err);
    }
    assert!(made > 8, "{made}");
}
