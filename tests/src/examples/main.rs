//! The example projects, and the workspace itself.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic, as tests do")]

mod codes;
mod cohorts;
mod figures;
mod laws;
mod lists;
mod mission;
mod mutations;
mod outside;
#[path = "../../../crates/milepost-semantics/tests/plan_words/mod.rs"]
mod plan_words;
#[path = "../python.rs"]
mod python;
mod remarks;
mod session;
mod tested;
mod words;
mod workspace;

use milepost::{semantics, syntax};
