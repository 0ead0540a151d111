//! How a run can end.

use std::process::ExitCode;

use milepost::Error;
use milepost::review::LogError;
use milepost::syntax::diagnostic::Diagnostic;

/// The exit codes, as `milepost --help` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done; there may have been warnings.
    Done = 0,
    /// Mistakes in the specs or the data (or warnings, with `--deny warnings`).
    Mistakes = 1,
    /// The command line is wrong, or there is no project.
    Usage = 2,
    /// A file, memory or disk.
    Files = 3,
    /// A bug in milepost.
    Bug = 4,
    /// There are differences, and none that the policy forbids.
    Differences = 5,
}

/// The same for people; a test compares it with the enum.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done (there may have been warnings)
  1  mistakes in the specs or the data; with --deny warnings also warnings; of diff: the policy forbids it
  2  the command line is wrong, or there is no project
  3  a file, memory or disk
  4  a bug in milepost
  5  of diff: there are differences that the policy allows";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command ends early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Everything has been said.
    Told(Exit),
    /// What was asked can't be.
    Usage(Box<Diagnostic>),
    /// A step failed.
    Failed(Error),
    /// Whoever reads our output has seen enough: no failure.
    Pipe,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<LogError> for Stop {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Usage(told) => Self::Usage(told),
            LogError::Failed(error) => Self::Failed(error),
        }
    }
}

impl From<Diagnostic> for Stop {
    /// A diagnostic that stops a command by itself is about how it was asked.
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Usage(Box::new(diagnostic))
    }
}

impl Stop {
    /// What is still to be said, and the code.
    pub(crate) fn end(self) -> (Option<Diagnostic>, Exit) {
        match self {
            Self::Told(exit) => (None, exit),
            Self::Usage(diagnostic) => (Some(*diagnostic), Exit::Usage),
            Self::Pipe => (None, Exit::Done),
            Self::Failed(error) => {
                let exit = match &error {
                    Error::Data(_) | Error::Told(_) => Exit::Mistakes,
                    Error::Files(_) => Exit::Files,
                    Error::Internal(_) => Exit::Bug,
                };
                (Some(error.diagnostic()), exit)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{EXIT_CODES, Exit};

    #[test]
    fn the_help_lists_every_code() {
        for exit in
            [Exit::Done, Exit::Mistakes, Exit::Usage, Exit::Files, Exit::Bug, Exit::Differences]
        {
            assert!(EXIT_CODES.contains(&format!("\n  {}  ", exit as u8)), "{exit:?}");
        }
    }
}
