//! Names, types, units and time: a program that is right, or a list of everything that is wrong.
//!
//! ```text
//! ast::Package ── resolve ──► Resolved ── check ──► Model
//! ```
//!
//! No file, no clock, no environment, no DataFusion.

pub mod model;
pub mod schema;
pub mod time;
