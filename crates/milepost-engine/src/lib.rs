//! A checked model and data become results.
//!
//! ```text
//! Model + files ── open ──► Data ── run ──► Series
//! ```
//!
//! - [`Engine::schemas`] reads what the files hold, for the checker;
//! - [`Engine::open`] reads each dataset once, as it is seen from the as-of;
//! - [`Engine::run`] answers requests by the shared scan (`rollup`), [`Engine::run_plain`] by the plain lowering
//!   ([`sql()`]), which is the definition. The two always agree.
//!
//! This is the only crate that names DataFusion; Arrow and Parquet stand beside it in measurements alone.

mod cells;
mod check;
mod coverage;
mod data;
mod engine;
mod error;
mod evaluate;
mod functions;
mod judge;
mod leaf;
mod machine;
mod placement;
mod reads;
mod remarks;
mod request;
pub mod results;
mod rollup;
mod run;
mod scan;
mod session;
mod source;
mod spill;
mod sql;
pub mod write;

pub use check::CheckOutcome;
pub use data::{Data, DatasetStatus};
pub use engine::Engine;
pub use error::EngineError;
pub use remarks::Remark;
pub use request::{Request, too_much};
pub use run::missing;
pub use scan::plan_text;
pub use source::{files_of, other_than_a_file};
pub use sql::sql;
