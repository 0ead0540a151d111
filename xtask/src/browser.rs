//! The browser of the outside suites: a Chromium that is there, or Debian's.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{run, works};

/// Names a browser by its path, before any search.
const VARIABLE: &str = "CHROMIUM";
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MISSING: &str = "no browser was found: install Chromium (Debian: apt-get install chromium), or name one with CHROMIUM=/path/to/chromium";

/// A browser; installed if there is none and this machine's packages may be changed without asking.
///
/// # Errors
/// There is none and it can't be installed.
pub(crate) fn find_or_install() -> Result<PathBuf, String> {
    if let Some(named) = env::var_os(VARIABLE).filter(|named| !named.is_empty()) {
        let path = PathBuf::from(named);
        let found = if path.components().count() > 1 {
            path.is_file().then_some(path.clone())
        } else {
            on_path(&path)
        };
        return found
            .ok_or_else(|| format!("{VARIABLE} names `{}`, which is not there", path.display()));
    }
    if let Some(found) = find() {
        return Ok(found);
    }
    let Some(apt) = apt_get() else { return Err(MISSING.to_owned()) };
    apt.run(&["update", "--quiet"])?;
    // Without a font of its own, pages are all boxes.
    apt.run(&[
        "install",
        "--quiet",
        "--yes",
        "--no-install-recommends",
        "chromium",
        "fonts-liberation",
    ])?;
    find().ok_or_else(|| MISSING.to_owned())
}

fn find() -> Option<PathBuf> {
    NAMES.iter().find_map(|name| on_path(Path::new(name)))
}

pub(crate) fn on_path(name: &Path) -> Option<PathBuf> {
    let path: OsString = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Debian's package manager, where it may be used without a password.
struct AptGet {
    sudo: bool,
}

fn apt_get() -> Option<AptGet> {
    on_path(Path::new("apt-get"))?;
    let is_root =
        Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
    if is_root {
        return Some(AptGet { sudo: false });
    }
    works(Command::new("sudo").args(["-n", "true"])).then_some(AptGet { sudo: true })
}

impl AptGet {
    fn run(&self, args: &[&str]) -> Result<(), String> {
        let mut command = if self.sudo {
            let mut sudo = Command::new("sudo");
            sudo.args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
            sudo
        } else {
            Command::new("apt-get")
        };
        run(command.env("DEBIAN_FRONTEND", "noninteractive").args(args))
    }
}
