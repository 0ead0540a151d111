//! The example projects, and the workspace itself.

mod figures;
mod outside;
mod workspace;
