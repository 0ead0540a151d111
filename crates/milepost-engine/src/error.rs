//! Why a run can fail after the specs were found right.

use arrow::error::ArrowError;

use milepost_syntax::diagnostic::Diagnostic;

use crate::source::DataFault;

/// A failure of the engine. Mistakes in data that is read into memory are told as diagnostics instead.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Memory, disk or a file: the machine could not do what was asked.
    #[error("{0}")]
    Resource(String),
    /// A sum left the range of exact decimals.
    #[error("{0}")]
    Data(String),
    /// A mistake in data that is read while it is computed with.
    #[error("{}", .0.message)]
    Told(Box<Diagnostic>),
    /// DataFusion refused or failed a plan that `check` had passed: a bug in milepost.
    #[error("{0}")]
    Internal(String),
}

impl EngineError {
    /// Sorts DataFusion's error into what the user can do about it.
    pub(crate) fn from_engine(what: &str, error: &datafusion::error::DataFusionError) -> Self {
        use datafusion::error::DataFusionError as E;
        match error.find_root() {
            E::External(fault) if let Some(fault) = fault.downcast_ref::<DataFault>() => {
                Self::Told(fault.0.clone())
            }
            E::ResourcesExhausted(m) => Self::Resource(format!("{what}: out of memory: {m}")),
            E::IoError(e) => Self::Resource(format!("{what}: {e}")),
            E::ArrowError(e, _)
                if let ArrowError::ArithmeticOverflow(why) = &**e
                    && why.contains(" digits") =>
            {
                Self::Data(format!("{what}: {why}"))
            }
            E::ArrowError(e, _) if matches!(**e, ArrowError::OffsetOverflowError(_)) => {
                Self::Resource(format!(
                    "{what}: texts take more than the 2 GB that they may take at once"
                ))
            }
            E::ArrowError(e, _) if is_overflow(&e.to_string()) => {
                Self::Data(format!("{what}: a sum has more than the digits of exact arithmetic"))
            }
            other => Self::Internal(format!("{what}: {other}")),
        }
    }
}

fn is_overflow(message: &str) -> bool {
    message.to_lowercase().contains("overflow")
}
