//! The wheel: maturin compiles the program and packs it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Options;
use super::binary;
use super::platform::Platform;
use super::trial::NoNetwork;
use crate::python;
use crate::run::run;

/// Compiles the program and packs it into a wheel.
///
/// # Errors
/// It can't be compiled, or needs libraries that not every machine has.
pub(super) fn build(
    root: &Path,
    tools: &Path,
    options: &Options,
    out: &Path,
) -> Result<PathBuf, String> {
    let here = Platform::here()?;
    let python = python::program(tools, "python");
    let mut maturin = Command::new(python::program(tools, "maturin"));
    maturin.current_dir(root).args(["build", "--profile", &options.profile, "--out"]);
    maturin.arg(out);
    if here.is_linux() && options.is_dist() {
        // Zig brings the C library of every version. It is found through the Python that it was installed for.
        maturin.env("CARGO_ZIGBUILD_PYTHON_PATH", &python);
        maturin.args([
            "--zig",
            "--target",
            here.target,
            "--auditwheel",
            "check",
            "--compatibility",
        ]);
        let version = binary::GLIBC.to_string().replace('.', "_");
        maturin.arg(format!("manylinux_{version}"));
    } else if here.is_linux() {
        // Linked against the C library of this machine, and so only for it.
        maturin.args(["--auditwheel", "skip", "--compatibility", "linux"]);
    }
    run(&mut maturin)?;
    only(out, "whl")
}

/// Installs a wheel into an environment that has nothing else. Returns the program.
///
/// # Errors
/// It can't be installed without a network.
pub(super) fn install(
    wheel: &Path,
    tools: &Path,
    home: &Path,
    no_network: &NoNetwork,
) -> Result<PathBuf, String> {
    let python = python::program(tools, "python");
    run(Command::new(&python).args(["-m", "venv", "--without-pip"]).arg(home))?;
    let mut pip = no_network.command(&python);
    pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check", "--isolated", "--python"]);
    pip.arg(python::program(home, "python")).args(["install", "--no-index"]).arg(wheel);
    run(&mut pip)?;
    Ok(python::program(home, "milepost"))
}

/// The one file of a kind in a folder.
fn only(folder: &Path, extension: &str) -> Result<PathBuf, String> {
    let unreadable = |e: std::io::Error| format!("can't read {}: {e}", folder.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    match found.len() {
        1 => Ok(found.remove(0)),
        n => Err(format!("{} has {n} files .{extension} instead of one", folder.display())),
    }
}
