//! `cargo xtask package`: the packages that people install, built from one program and tried as they would try them.

mod binary;
mod lint;
mod npm;
mod platform;
mod trial;
mod wheel;

#[cfg(test)]
mod agree;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::python;
use crate::run::{say, tell};

const REQUIREMENTS: &str = "packaging/requirements.txt";
/// The profile of what is shipped; with another one, what is built is only good for this machine.
const DIST: &str = "dist";

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    profile: String,
    only_lint: bool,
}

impl Options {
    fn read(args: &[&str]) -> Result<Self, String> {
        let (profile, only_lint) = match args {
            [] => (DIST, false),
            ["--profile", profile] => (*profile, false),
            ["--lint"] => (DIST, true),
            _ => return Err(format!("`cargo xtask package` has no options `{}`", args.join(" "))),
        };
        Ok(Self { profile: profile.to_owned(), only_lint })
    }

    fn is_dist(&self) -> bool {
        self.profile == DIST
    }
}

/// Builds the packages and tries each of them. Returns what there is to know of them.
///
/// # Errors
/// Something can't be built, or is not fit to be shipped.
pub(crate) fn package(root: &Path, target: &Path, args: &[&str]) -> Result<String, String> {
    let options = Options::read(args)?;
    if options.only_lint {
        lint::all(root, &target.join("tools/lint"))?;
        return Ok("no mistake was found in the workflows, the MSI and the Dockerfile".to_owned());
    }
    // What is missing is reported before the long work.
    npm::check()?;
    let tools = target.join("tools/packaging");
    python::install(&root.join(REQUIREMENTS), &tools)?;
    let (out, work) = (target.join("package"), target.join("package-work"));
    empty(&out)?;
    empty(&work)?;
    let clock = Instant::now();
    let wheel = wheel::build(root, &tools, &options, &out)?;
    let built = clock.elapsed();

    let no_network = trial::NoNetwork::here();
    if !no_network.is_certain() {
        tell("note: this system has no `unshare`: pip and npm are told to be offline, and no more");
    }
    let clock = Instant::now();
    let program = wheel::install(&wheel, &tools, &work.join("wheel"), &no_network)?;
    let size = check(&program, &options)?;
    let packages = npm::build(root, &program, &work.join("packages"), &out)?;
    let home = work.join("npm");
    let linked = npm::install(&packages, &home, &no_network)?;
    check(&npm::installed_program(&home)?, &options)?;

    for (name, program) in [("wheel", &program), ("npm", &linked)] {
        let took = trial::run_first(program, &work.join("first").join(name), &no_network)?;
        say(&format!("{name}: a first site in {:.1} s", took.as_secs_f64()));
    }
    say(&format!(
        "built in {:.0} s, tried in {:.0} s",
        built.as_secs_f64(),
        clock.elapsed().as_secs_f64()
    ));
    report(size, &wheel, &packages)
}

/// Whether a program may be shipped. Returns its size.
fn check(program: &Path, options: &Options) -> Result<u64, String> {
    binary::check_executable(program)?;
    let bytes = fs::read(program).map_err(|e| format!("{}: {e}", program.display()))?;
    let size = bytes.len() as u64;
    if !options.is_dist() {
        say(&format!("not checked in the profile `{}`: size and C library", options.profile));
        return Ok(size);
    }
    binary::check_size(size, binary::BUDGET)?;
    if cfg!(target_os = "linux") {
        match binary::check_glibc(&bytes, binary::GLIBC)? {
            Some(needed) => say(&format!("it needs glibc {needed}")),
            None => say("it needs no C library"),
        }
    }
    Ok(size)
}

/// The sizes of what was built.
fn report(size: u64, wheel: &Path, packages: &[PathBuf]) -> Result<String, String> {
    let mut lines = vec![format!("{}  the program", binary::megabytes(size))];
    for file in [wheel].into_iter().chain(packages.iter().map(PathBuf::as_path)) {
        let found = fs::metadata(file).map_err(|e| format!("{}: {e}", file.display()))?;
        lines.push(format!("{}  {}", binary::megabytes(found.len()), file.display()));
    }
    Ok(lines.join("\n"))
}

/// Makes a folder that has nothing in it.
fn empty(folder: &Path) -> Result<(), String> {
    let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(failed)?;
    }
    fs::create_dir_all(folder).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read() {
        assert!(Options::read(&[]).is_ok_and(|read| read.is_dist() && !read.only_lint));
        assert!(Options::read(&["--lint"]).is_ok_and(|read| read.only_lint));
        let dev = Options::read(&["--profile", "dev"]).unwrap();
        assert!(!dev.is_dist() && dev.profile == "dev");
        for wrong in [&["--profile"][..], &["--release"], &["dev"]] {
            assert!(Options::read(wrong).is_err(), "{wrong:?}");
        }
    }
}
