//! What can't be tried on the machine of a developer is read by programs that know its mistakes.

use std::path::Path;
use std::process::Command;

use crate::python;
use crate::run::run;

const REQUIREMENTS: &str = "packaging/lint-requirements.txt";
const DOCKERFILE: &str = "Dockerfile";
const WORKFLOWS: [&str; 2] = [".github/workflows", "integrations/github"];

/// Reads the release workflow, the file of the MSI, the other workflows and the Dockerfile.
///
/// # Errors
/// One of them is wrong, or not what `dist-workspace.toml` makes of it.
pub(super) fn all(root: &Path, tools: &Path) -> Result<(), String> {
    python::install(&root.join(REQUIREMENTS), tools)?;
    run(Command::new(python::program(tools, "dist"))
        .current_dir(root)
        .args(["generate", "--check"]))?;
    // By itself it passes over a file that it can't read.
    let mut zizmor = Command::new(python::program(tools, "zizmor"));
    run(zizmor
        .current_dir(root)
        .args(["--offline", "--no-progress", "--strict-collection"])
        .args(WORKFLOWS))?;
    run(Command::new(python::program(tools, "hadolint")).current_dir(root).arg(DOCKERFILE))
}
