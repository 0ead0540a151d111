//! A large CSV file as exports have it: text keys, a time with `Z`, an amount; asked of the program as people ask it, and of
//! DuckDB with the types declared and found.

use std::env;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;

use milepost::semantics::time::{Calendar, Instant};

use crate::Failure;
use crate::pass::PYTHON;
use crate::pass::process::{self, Cost};
use crate::small::{print, print_header, program};

/// The first instant of 2025, in microseconds.
const FIRST: i64 = 1_735_689_600_000_000;
const SECONDS_OF_A_YEAR: u64 = 365 * 86_400;

const SPECS: &str = "entities:
  user: { key: user_key }
datasets:
  declared:
    from: data/events.csv
    kind: events
    time: ts
    entities: { user: user_key }
    columns: { event_id: text, account_id: text, user_key: text, ts: timestamp, amount: decimal }
  found:
    from: data/events.csv
    kind: events
    time: ts
    entities: { user: user_key }
    columns: { ts: timestamp }
metrics:
  of_declared: { category: effect, question: How much is it?, value: sum(declared.amount) / count(distinct declared.user) }
  of_found: { category: effect, question: How much is it?, value: sum(found.amount) / count(distinct found.user) }
";

/// The same in DuckDB; what stands in place of `{}` says the types.
const SQL: &str = "import duckdb
duckdb.sql('SET threads = 2')
print(duckdb.sql(\"SELECT CAST(date_trunc('month', ts) AS VARCHAR) AS m, sum(amount) / count(DISTINCT user_key) FROM read_csv('data/events.csv'{}) GROUP BY 1 ORDER BY 1\").fetchall())
";
const TYPES: &str = ", header = true, columns = {'event_id': 'VARCHAR', 'account_id': 'VARCHAR', 'user_key': 'VARCHAR', 'ts': 'TIMESTAMP', 'amount': 'DECIMAL(18,2)'}";

/// Writes the file and its project, if they are not there, and prints what the answers cost.
pub(crate) fn compare(folder: &Path, rows: usize) -> Result<(), Failure> {
    if !folder.join("milepost.yaml").is_file() {
        write(folder, rows)?;
    }
    let size = fs::metadata(folder.join("data/events.csv"))?.len();
    println!("{rows} rows, {} MB of CSV", size / 1_000_000);
    print_header();
    let program = program()?;
    let python = env::var_os(PYTHON).unwrap_or_else(|| "python3".into());
    for (types, metric, said) in
        [("types declared", "of_declared", TYPES), ("types found", "of_found", "")]
    {
        let mut own = Command::new(&program);
        let own = best_of(3, own.args(["query", metric]).current_dir(folder))?;
        print(&format!("milepost query, {types}"), &own);
        let mut other = Command::new(&python);
        let other = other.args(["-c", &SQL.replace("{}", said)]).current_dir(folder);
        let other = best_of(3, other)?;
        print(&format!("DuckDB, {types}"), &other);
        if let (Some(own), Some(other)) = (own.cpu, other.cpu) {
            println!("  {:.2} times the CPU of DuckDB", own / other);
        }
    }
    let fresh = tempfile::tempdir()?;
    let exports = fresh.path().join("exports");
    fs::create_dir(&exports)?;
    fs::hard_link(folder.join("data/events.csv"), exports.join("events.csv")).or_else(|_| {
        fs::copy(folder.join("data/events.csv"), exports.join("events.csv")).map(|_| ())
    })?;
    let mut init = Command::new(&program);
    // Once: it writes a project.
    let init = init.args(["init", "--from", "exports"]).current_dir(fresh.path());
    print("milepost init --from", &process::watched(init)?);
    Ok(())
}

/// The run that took the least processor time.
fn best_of(runs: usize, command: &mut Command) -> Result<Cost, Failure> {
    let mut best = process::watched(command)?;
    for _ in 1..runs {
        let cost = process::watched(command)?;
        if cost.cpu < best.cpu {
            best = cost;
        }
    }
    Ok(best)
}

fn write(folder: &Path, rows: usize) -> Result<(), Failure> {
    fs::create_dir_all(folder.join("data"))?;
    fs::create_dir_all(folder.join("specs"))?;
    fs::write(folder.join("specs/all.yaml"), SPECS)?;
    let mut file = BufWriter::new(File::create(folder.join("data/events.csv"))?);
    writeln!(file, "event_id,account_id,user_key,ts,amount")?;
    let utc = Calendar::default();
    let mut state = 1_u64;
    let mut random = |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for row in 0..rows {
        let seconds = i64::try_from(random(SECONDS_OF_A_YEAR))?;
        let at = utc.iso_instant(Instant(FIRST + seconds * 1_000_000));
        let (account, user, cents) = (random(5_000), random(200_000), random(10_000_000));
        writeln!(
            file,
            "e{row},acct-{account:05},u{user:06},{at},{}.{:02}",
            cents / 100,
            cents % 100
        )?;
    }
    file.flush()?;
    fs::write(
        folder.join("milepost.yaml"),
        "project: texts\nedition: 2026\nas_of: 2025-12-31\nhistory: 12 months\n",
    )?;
    Ok(())
}
