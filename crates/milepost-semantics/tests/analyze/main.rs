//! Small projects in YAML through parser and checks: what is a model, and what is told about what is not.
#![allow(unreachable_pub, reason = "modules of one test binary")]

mod again;
mod aggregates;
mod canonical;
mod datasets;
mod explain;
mod happy;
mod lineage;
mod metadata;
mod names;
mod personal;
#[path = "../plan_words/mod.rs"]
mod plan_words;
mod project;
mod prove;
mod random;
mod repeated;
mod slices;
mod support;
mod types;
mod windows;
mod words;

use milepost_semantics as semantics;
use milepost_syntax as syntax;
