//! Python: virtual environments with pinned packages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{run, works};

const REQUIREMENTS: &str = "tests/requirements.txt";
/// In the environment, a copy of the requirements that are installed in it.
const INSTALLED: &str = "milepost-requirements.txt";

/// The interpreter with everything that `tests/requirements.txt` names.
///
/// # Errors
/// Python or its `venv` is missing, or a package can't be installed.
pub(crate) fn prepare(root: &Path, tools: &Path) -> Result<PathBuf, String> {
    install(&root.join(REQUIREMENTS), &tools.join("python"))
}

/// An environment with everything that a file of requirements names; built anew when that file changes. Returns its
/// interpreter.
///
/// # Errors
/// Python or its `venv` is missing, or a package can't be installed.
pub(crate) fn install(requirements: &Path, home: &Path) -> Result<PathBuf, String> {
    let wanted = fs::read_to_string(requirements)
        .map_err(|e| format!("can't read {}: {e}", requirements.display()))?;
    let python = program(home, "python");
    let is_current =
        fs::read_to_string(home.join(INSTALLED)).is_ok_and(|installed| installed == wanted);
    // The Python that it was built from may have been removed since.
    if is_current && works(Command::new(&python).arg("--version")) {
        return Ok(python);
    }
    create(home)?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    run(Command::new(&python).args(pip).arg(requirements))?;
    // Last: an environment that was not finished is not taken for one that was.
    fs::write(home.join(INSTALLED), wanted)
        .map_err(|e| format!("can't write to {}: {e}", home.display()))?;
    Ok(python)
}

/// A program of an environment, by its name without an ending.
pub(crate) fn program(home: &Path, name: &str) -> PathBuf {
    if cfg!(windows) {
        home.join("Scripts").join(format!("{name}.exe"))
    } else {
        home.join("bin").join(name)
    }
}

fn create(home: &Path) -> Result<(), String> {
    let python = if cfg!(windows) { "python" } else { "python3" };
    if !works(Command::new(python).arg("--version")) {
        return Err(format!(
            "`{python}` is missing: install Python 3.9 or later (Debian: apt-get install python3)"
        ));
    }
    if !works(Command::new(python).args(["-c", "import ensurepip, venv"])) {
        return Err(format!(
            "`{python}` has no module `venv`: install it (Debian: apt-get install python3-venv)"
        ));
    }
    if home.exists() {
        fs::remove_dir_all(home).map_err(|e| format!("can't remove {}: {e}", home.display()))?;
    }
    run(Command::new(python).args(["-m", "venv"]).arg(home))
}
