//! The example projects, and the workspace itself.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic, as tests do")]

mod figures;
mod outside;
mod workspace;
