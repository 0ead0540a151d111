//! Chores of the repository. `cargo xtask test` runs every suite, those that need tools of the outside included.

mod browser;
mod corpus;
mod deny;
mod package;
mod python;
mod run;
mod suites;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use run::tell;

const USAGE: &str = "\
usage: cargo xtask test [--filter TEXT]
       cargo xtask deny
       cargo xtask package [--profile NAME]
       cargo xtask package --lint
       cargo xtask fuzz-corpus

  test    installs the tools of the outside suites into the target folder, then runs all tests,
          and after them the suites that compare milepost with DuckDB, with plain Python and in a browser

  deny    checks the licenses, the sources and the bans of deny.toml over everything that the workspace depends on

  package    compiles what is shipped, packs it for pip and npm into the folder `package` of the target folder,
             installs each into an empty environment without a network and builds a first site there; checks the
             size, the C library and the mode of the program

  --profile NAME    with another one than `dist` the packages are only good for this machine, and size and C library
                    are not checked

  --lint    only reads the workflows, the MSI and the Dockerfile

  fuzz-corpus    writes fuzz/corpus, what the fuzzers begin with, from the examples and the pages

  --filter TEXT    only tests whose name contains TEXT
";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let filter = match words.as_slice() {
        ["test"] => None,
        ["test", "--filter", text] => Some(*text),
        ["deny"] => return told(deny()),
        ["package", options @ ..] => return told(package(options)),
        ["fuzz-corpus"] => return told(root().and_then(|root| corpus::write(&root))),
        ["help" | "--help" | "-h"] => {
            tell(USAGE);
            return ExitCode::SUCCESS;
        }
        _ => {
            tell(USAGE);
            return ExitCode::from(2);
        }
    };
    match test(filter) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(stop) => {
            tell(&format!("error: {stop}"));
            ExitCode::FAILURE
        }
    }
}

/// Reports what a task did, or why it could not.
fn told(done: Result<String, String>) -> ExitCode {
    match done {
        Ok(text) => {
            tell(&text);
            ExitCode::SUCCESS
        }
        Err(stop) => {
            tell(&format!("error: {stop}"));
            ExitCode::FAILURE
        }
    }
}

/// Whether third-party code is what `deny.toml` lets in.
fn deny() -> Result<String, String> {
    deny::check(&root()?, &target()?.join("tools"))?;
    Ok("nothing has come in that may not\n".to_owned())
}

/// What is shipped, built and tried.
fn package(options: &[&str]) -> Result<String, String> {
    package::package(&root()?, &target()?, options)
}

/// Whether everything passed. The tools come first: what is missing is reported before the long work.
fn test(filter: Option<&str>) -> Result<bool, String> {
    let root = root()?;
    let tools = target()?.join("tools");
    let python = python::prepare(&root, &tools)?;
    let chromium = browser::find_or_install()?;
    suites::run_all(&suites::Outside { root, python, chromium }, filter)
}

/// The repository.
fn root() -> Result<PathBuf, String> {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask
        .parent()
        .map(Path::to_owned)
        .ok_or_else(|| format!("{} lies in no repository", xtask.display()))
}

/// The target folder, wherever it was put: this program lies in `<target>/debug`.
fn target() -> Result<PathBuf, String> {
    let program =
        env::current_exe().map_err(|e| format!("can't tell where this program is: {e}"))?;
    let target = program.ancestors().nth(2).map(Path::to_owned);
    target.ok_or_else(|| format!("{} lies in no target folder", program.display()))
}
