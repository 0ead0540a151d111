//! The suites: what `cargo test` runs by itself, then what needs the outside.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::run::{listen, say};

/// What the outside suites work with. They are the ignored tests of `outside.rs` in `tests/src/examples`,
/// `tests/src/reference`, `tests/src/pages` and `crates/milepost-bench/src/pass`.
pub(crate) struct Outside {
    pub(crate) root: PathBuf,
    pub(crate) python: PathBuf,
    pub(crate) chromium: PathBuf,
}

/// Runs both; the second also when the first failed. Says whether all passed.
///
/// # Errors
/// Cargo can't be started, or a suite ran nothing.
pub(crate) fn run_all(outside: &Outside, filter: Option<&str>) -> Result<bool, String> {
    let mut all = Count::default();
    // Always the whole workspace: with fewer packages cargo picks other features, and compiles the engine again.
    for (suite, cargo, tests) in [
        ("the tests", &["test", "--workspace", "--locked", "--no-fail-fast"][..], &[][..]),
        (
            "the outside tests",
            &[
                "test",
                "--workspace",
                "--locked",
                "--test",
                "examples",
                "--test",
                "reference",
                "--test",
                "pages",
                "--bin",
                "milepost-bench",
            ],
            &["outside::", "--ignored"],
        ),
    ] {
        let tests = tests
            .iter()
            .copied()
            .filter(|arg| filter.is_none() || *arg != "outside::")
            .chain(filter);
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&outside.root).args(cargo).arg("--").args(tests);
        command.env("MILEPOST_PYTHON", &outside.python).env("MILEPOST_CHROMIUM", &outside.chromium);
        let mut count = Count::default();
        let ended_well = listen(&mut command, |line| count.add(line))?;
        if !ended_well && count.failed == 0 {
            return Err(format!("{suite} could not be run to their end"));
        }
        if count.passed + count.failed == 0 && filter.is_none() {
            return Err(format!("{suite} ran nothing"));
        }
        all.passed += count.passed;
        all.failed += count.failed;
    }
    if all.passed + all.failed == 0 {
        return Err("no test has such a name".to_owned());
    }
    say(&format!("\n{} passed, {} failed", all.passed, all.failed));
    Ok(all.failed == 0)
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
}

impl Count {
    /// Adds the closing line of a test program: `test result: ok. 3 passed; 0 failed; …`.
    fn add(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else { return };
        let result = result.split_once(". ").map_or(result, |(_, counts)| counts);
        for part in result.split(';') {
            match part.trim().split_once(' ') {
                Some((n, "passed")) => self.passed += n.parse().unwrap_or(0),
                Some((n, "failed")) => self.failed += n.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn closing_lines_are_added_up() {
        let mut count = Count::default();
        count.add("running 3 tests");
        count.add("test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.00s");
        count.add("test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s");
        assert_eq!(count, Count { passed: 13, failed: 2 });
    }
}
