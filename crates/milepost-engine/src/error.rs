//! Why a run can fail after the specs were found right.

use arrow::error::ArrowError;
use datafusion::error::DataFusionError;

use milepost_syntax::diagnostic::Diagnostic;

use crate::merge::Impossible;
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
    pub(crate) fn from_engine(what: &str, error: &DataFusionError) -> Self {
        use DataFusionError as E;
        match error.find_root() {
            E::External(fault) if let Some(fault) = fault.downcast_ref::<DataFault>() => {
                Self::Told(fault.0.clone())
            }
            E::External(error) if let Some(error) = error.downcast_ref::<OutOfRange>() => {
                Self::Data(format!("{what}: {error}"))
            }
            E::ResourcesExhausted(m) => Self::Resource(format!("{what}: out of memory: {m}")),
            E::IoError(e) => Self::Resource(format!("{what}: {e}")),
            E::ArrowError(e, _) => match &**e {
                ArrowError::OffsetOverflowError(_) => Self::Resource(format!(
                    "{what}: texts take more than the 2 GB that they may take at once"
                )),
                // What kernels can't compute or convert once a plan has its types: numbers out of range.
                ArrowError::ArithmeticOverflow(_)
                | ArrowError::ComputeError(_)
                | ArrowError::CastError(_) => Self::Data(format!(
                    "{what}: a sum has more than the digits of exact arithmetic"
                )),
                other => Self::Internal(format!("{what}: {other}")),
            },
            other => Self::Internal(format!("{what}: {other}")),
        }
    }
}

/// A number left the range in which it is exact. DataFusion hands it on as it is.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct OutOfRange(String);

impl OutOfRange {
    pub(crate) fn error(message: String) -> DataFusionError {
        DataFusionError::External(Box::new(Self(message)))
    }
}

impl From<Impossible> for EngineError {
    fn from(error: Impossible) -> Self {
        Self::Internal(error.to_string())
    }
}
