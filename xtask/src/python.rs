//! The Python of the outside suites: a virtual environment with the pinned packages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{run, works};

const REQUIREMENTS: &str = "tests/requirements.txt";
/// In the environment, a copy of the requirements that are installed in it.
const INSTALLED: &str = "milepost-requirements.txt";

/// The interpreter with everything that `tests/requirements.txt` names; built anew when that file changes.
///
/// # Errors
/// Python or its `venv` is missing, or a package can't be installed.
pub(crate) fn prepare(root: &Path, tools: &Path) -> Result<PathBuf, String> {
    let requirements = root.join(REQUIREMENTS);
    let wanted =
        fs::read_to_string(&requirements).map_err(|e| format!("can't read {REQUIREMENTS}: {e}"))?;
    let home = tools.join("python");
    let python = home.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let is_current =
        fs::read_to_string(home.join(INSTALLED)).is_ok_and(|installed| installed == wanted);
    // The Python that it was built from may have been removed since.
    if is_current && works(Command::new(&python).arg("--version")) {
        return Ok(python);
    }
    create(&home)?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    run(Command::new(&python).args(pip).arg(&requirements))?;
    // Last: an environment that was not finished is not taken for one that was.
    fs::write(home.join(INSTALLED), wanted)
        .map_err(|e| format!("can't write to {}: {e}", home.display()))?;
    Ok(python)
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
