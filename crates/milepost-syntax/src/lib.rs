//! Text in, spanned trees and diagnostics out.
pub mod ast;
pub mod codes;
pub mod diagnostic;
pub mod source;
pub mod span;
