//! What stops a step although the specs are right.

use std::io;

use milepost_engine::EngineError;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

/// A failure that is not a mistake in the specs.
///
/// ```
/// use std::io;
///
/// let error = milepost::Error::unwritable("site", &io::Error::other("disk full"));
/// assert_eq!(error.to_string(), "can't write `site`: disk full");
/// assert_eq!(error.diagnostic().code.name(), "output-not-writable");
/// ```
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data can't be what the specs say it is.
    #[error("{0}")]
    Data(String),
    /// A mistake in the data, with its place.
    #[error("{}", .0.message)]
    Told(Box<Diagnostic>),
    /// A file, memory or disk.
    #[error("{}", .0.message)]
    Files(Box<Diagnostic>),
    /// A mistake in milepost itself.
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// A place that can't be written.
    pub(crate) fn not_writable(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Files(Box::new(
            Diagnostic::error_nowhere(codes::OUTPUT_NOT_WRITABLE, message).help(help),
        ))
    }

    /// A file (or standard output) that can't be written.
    #[must_use]
    pub fn unwritable(what: &str, error: &io::Error) -> Self {
        Self::not_writable(
            format!("can't write `{what}`: {}", crate::sources::words(error)),
            "check that the location is writable and the disk has space",
        )
    }

    /// A file or folder that can't be read.
    #[must_use]
    pub fn unreadable(what: &str, error: &io::Error) -> Self {
        let message = format!("can't read `{what}`: {}", crate::sources::words(error));
        let diagnostic = Diagnostic::error_nowhere(codes::SPEC_UNREADABLE, message);
        Self::Files(Box::new(diagnostic.help("check that it exists and is readable")))
    }

    /// The failure as a diagnostic.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Data(message) => Diagnostic::error_nowhere(codes::NUMBER_OVERFLOW, message.clone())
                .help("look for values in the data that are much too large"),
            Self::Told(diagnostic) | Self::Files(diagnostic) => (**diagnostic).clone(),
            Self::Internal(message) => Diagnostic::error_nowhere(codes::INTERNAL, message.clone())
                .help("this is a mistake in milepost, not in the project: please report it with this message"),
        }
    }
}

impl From<EngineError> for Error {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Data(message) => Self::Data(message),
            EngineError::Told(diagnostic) => Self::Told(diagnostic),
            EngineError::Resource(message) => Self::Files(Box::new(
                Diagnostic::error_nowhere(codes::OUT_OF_RESOURCES, message)
                    .help("close other programs or free disk space, and run it again"),
            )),
            EngineError::Internal(message) => Self::Internal(message),
        }
    }
}

#[cfg(test)]
mod tests {
    use milepost_engine::EngineError;
    use milepost_syntax::codes;

    use super::Error;

    #[test]
    fn why_a_run_failed_is_told_by_its_code() {
        let code = |error: EngineError| Error::from(error).diagnostic().code;
        let words = || "the disk is full".to_owned();
        assert_eq!(code(EngineError::Resource(words())), codes::OUT_OF_RESOURCES);
        assert_eq!(code(EngineError::Data(words())), codes::NUMBER_OVERFLOW);
        assert_eq!(code(EngineError::Internal(words())), codes::INTERNAL);
    }
}
