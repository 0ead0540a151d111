//! cargo-deny: what third-party code may come in, as `deny.toml` says.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::browser::on_path;
use crate::python;
use crate::run::{run, works};

/// Names the program by its path, before any search.
const VARIABLE: &str = "CARGO_DENY";
const NAME: &str = if cfg!(windows) { "cargo-deny.exe" } else { "cargo-deny" };

/// What is checked. The fourth, `advisories`, fetches its database from the network, which not every machine reaches.
const CHECKS: [&str; 3] = ["bans", "licenses", "sources"];

/// Checks the dependencies of the workspace. The program is that of `tests/requirements.txt`.
///
/// # Errors
/// The program is missing, or something has come in that may not.
pub(crate) fn check(root: &Path, tools: &Path) -> Result<(), String> {
    let named = env::var_os(VARIABLE).filter(|named| !named.is_empty()).map(PathBuf::from);
    let program = match named {
        Some(named) => named,
        None => installed(&python::prepare(root, tools)?)?,
    };
    if !works(Command::new(&program).arg("--version")) {
        return Err(format!("`{}` can't be run", program.display()));
    }
    run(Command::new(program).current_dir(root).args(["--locked", "check"]).args(CHECKS))
}

/// The program beside a Python, or else one that is on the path.
fn installed(python: &Path) -> Result<PathBuf, String> {
    let pinned = python.with_file_name(NAME);
    let found = if pinned.is_file() { Some(pinned) } else { on_path(Path::new(NAME)) };
    found.ok_or_else(|| {
        format!(
            "{NAME} is missing, and there is no package of it for this machine: run `cargo install cargo-deny --locked`, or name one with {VARIABLE}=/path/to/{NAME}"
        )
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::installed;

    #[test]
    fn a_missing_program_is_no_success() {
        // Where it is on the path, that one is meant.
        match installed(Path::new("/nowhere/bin/python")) {
            Ok(found) => assert!(found.is_file() && !found.starts_with("/nowhere")),
            Err(told) => assert!(told.contains("cargo install cargo-deny"), "{told}"),
        }
    }
}
