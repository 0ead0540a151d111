//! A trial: what somebody does first who has just installed milepost, without a network.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::run::{output, run, works};

/// How a program is kept from the network: by what starts it, in a network of its own that leads nowhere.
pub(super) struct NoNetwork(&'static [&'static str]);

/// For the superuser, and for everybody else.
const WAYS: [&[&str]; 2] = [&["unshare", "--net"], &["unshare", "--map-root-user", "--net"]];

impl NoNetwork {
    /// How it is done here; not at all where the system has no such thing.
    pub(super) fn here() -> Self {
        let can = |way: &&[&str]| works(Command::new(way[0]).args(&way[1..]).arg("true"));
        Self(WAYS.into_iter().find(can).unwrap_or_default())
    }

    pub(super) fn is_certain(&self) -> bool {
        !self.0.is_empty()
    }

    /// A program that is to be started so.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        match self.0 {
            [] => Command::new(program),
            [start, args @ ..] => {
                let mut command = Command::new(start);
                command.args(args).arg(program);
                command
            }
        }
    }
}

/// Runs a program for the first time, in an empty folder. Returns how long its first site took.
///
/// # Errors
/// Something is not as it should be.
pub(super) fn run_first(
    program: &Path,
    folder: &Path,
    no_network: &NoNetwork,
) -> Result<Duration, String> {
    fs::create_dir_all(folder).map_err(|e| format!("can't create {}: {e}", folder.display()))?;
    let path = path(program)?;
    let start = |args: &[&str]| {
        let mut command = no_network.command(program);
        // Nothing of whoever runs this: no settings, no home, no other program than those of the system.
        command.args(args).current_dir(folder).env_clear().env("PATH", &path).env("HOME", folder);
        if let Some(root) = env::var_os("SystemRoot") {
            command.env("SystemRoot", root);
        }
        command
    };
    let version = output(&mut start(&["--version"]))?;
    let expected = concat!("milepost ", env!("CARGO_PKG_VERSION"));
    if version.trim() != expected {
        return Err(format!("--version prints `{}` instead of `{expected}`", version.trim()));
    }
    let help = output(&mut start(&["--help"]))?;
    if !help.contains("Usage: milepost") {
        return Err(format!("--help prints:\n{help}"));
    }
    let clock = Instant::now();
    run(&mut start(&["init", "first"]))?;
    run(&mut start(&["-C", "first", "build"]))?;
    let took = clock.elapsed();
    check_site(&folder.join("first/site"))?;
    Ok(took)
}

/// Where programs are looked for: beside this one, in the folder of Node, and in those of the system.
fn path(program: &Path) -> Result<OsString, String> {
    let beside = program.parent().unwrap_or(program).to_owned();
    let node = crate::browser::on_path(Path::new(if cfg!(windows) { "node.exe" } else { "node" }));
    let node = node.and_then(|node| node.parent().map(Path::to_owned));
    let system = ["/usr/bin", "/bin"].map(PathBuf::from);
    env::join_paths([beside].into_iter().chain(node).chain(system))
        .map_err(|e| format!("no path leads to {}: {e}", program.display()))
}

/// Whether a site has an index, and the page of a KPI that it leads to.
fn check_site(site: &Path) -> Result<(), String> {
    let index = site.join("index.html");
    let text = fs::read_to_string(&index).map_err(|e| format!("{}: {e}", index.display()))?;
    let mut links = text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    if links.any(|link| link.starts_with("kpi/") && site.join(link).is_file()) {
        return Ok(());
    }
    Err(format!("{} leads to no KPI", index.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_without_pages_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path();
        fs::create_dir_all(site.join("kpi")).unwrap();
        assert!(check_site(site).is_err(), "it has no index");
        fs::write(
            site.join("index.html"),
            "<a href=\"index.html\">Index</a> <a href=\"kpi/revenue.html\">Revenue</a>",
        )
        .unwrap();
        assert!(check_site(site).is_err(), "the page is missing");
        fs::write(site.join("kpi/revenue.html"), "").unwrap();
        assert_eq!(check_site(site), Ok(()));
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_does_something_else_fails_the_trial() {
        let folder = tempfile::tempdir().unwrap();
        let first = folder.path().join("first");
        let told = run_first(Path::new("/bin/echo"), &first, &NoNetwork(&[])).unwrap_err();
        assert!(told.contains("instead of `milepost "), "{told}");
        // One that says the right thing, and does nothing.
        let script = folder.path().join("milepost");
        let version = env!("CARGO_PKG_VERSION");
        let text = format!("#!/bin/sh\necho milepost {version}\n");
        fs::write(&script, &text).unwrap();
        assert!(works(Command::new("chmod").arg("+x").arg(&script)));
        let told = run_first(&script, &first, &NoNetwork(&[])).unwrap_err();
        assert!(told.starts_with("--help prints"), "{told}");
        fs::write(&script, text.replace("echo", "[ $1 = --help ] && echo Usage: milepost || echo"))
            .unwrap();
        let told = run_first(&script, &first, &NoNetwork(&[])).unwrap_err();
        assert!(told.contains("index.html"), "{told}");
    }
}
