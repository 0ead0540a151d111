//! Metrics as code for digital Customer Success: the library face of the compiler.
//!
//! ```text
//!  specs/*.yaml                                            data/*.parquet, .csv, .ndjson, .arrow
//!       │ steps::load (parse)                                        │
//!       ▼                                                            │
//!  project::Loaded   spanned YAML + expression trees                 │
//!       │ steps::schemas ◄───────────────── columns of the files ────┤
//!       │ steps::check (resolve, check)                              │
//!       ▼                                                            ▼
//!  semantics::model::Model ───────── steps::open ─────────────► engine::Data
//!       │                                                            │ steps::run
//!       │                                                            ▼
//!       │                                              plan::results::Series (value or reason)
//!       └──────────────── report::pages ─────────────────────────────┤
//!                              ▼                                     ▼
//!                      site::page::Site                            query
//!                              │ steps::render
//!                              ▼
//!                      files in memory ── publish::publish ──► site/ (whole or not at all)
//! ```
//!
//! Mistakes in specs and data are told to [`Diagnostics`](syntax::diagnostic::Diagnostics) and never stop a step at the
//! first one; [`Error`] is for what is no mistake of an author: files, memory, and bugs. [`draw`] shows diagnostics to
//! people, [`machine`] to programs.
//!
//! The rest of this page is the architecture of the whole workspace.
#![doc = include_str!("../../../ARCHITECTURE.md")]

pub mod catalog;
pub mod crowd;
pub mod draw;
pub mod error;
pub mod escape;
pub mod format;
mod holidays;
pub mod lacking;
pub mod machine;
mod parse;
pub mod project;
pub mod prove;
pub mod publish;
pub mod question;
pub mod report;
pub mod session;
pub mod sources;
pub mod steps;
pub mod write;

pub use error::Error;
pub use milepost_engine as engine;
pub use milepost_plan as plan;
pub use milepost_semantics as semantics;
pub use milepost_site as site;
pub use milepost_syntax as syntax;
pub use project::{Loaded, find_project, holds_project};
pub use session::Session;

/// The file that makes a folder a project.
pub const PROJECT_FILE: &str = "milepost.yaml";
