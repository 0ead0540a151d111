//! Text in, spanned trees and diagnostics out.
//!
//! ```text
//!  milepost.yaml ──► parse_project ──► ast::ProjectSpec ─┐
//!  specs/*.yaml  ──► parse_spec    ──► ast::Package ─────┴─► (semantics)
//!                       │
//!                       └─ expressions ──► ast::Expr ──► print_expr ──► text
//! ```
//!
//! Nothing here fails: each function gives what it could read, and pushes what is wrong to
//! [`diagnostic::Diagnostics`], each mistake once, at its place in the author's own file. Nothing here
//! reads a file, a clock or the environment.
//!
//! | module | what is there |
//! |---|---|
//! | [`span`], [`source`] | places, and the files they are in |
//! | [`diagnostic`], [`codes`] | what a pass has to report, and the catalog of kinds of mistake |
//! | [`limits`] | how large a project may be |
//! | [`lints`] | how much each warning matters to a project |
//! | [`ast`] | what the author wrote, as trees |
//! | `yaml` | YAML to a tree with places; recovery; YAML accidents |
//! | `decode` | that tree to definitions, by one table of fields for each kind ([`KINDS`]) |
//! | `expr` | the expression language, to trees and back |
//! | `format` | spec files in one style ([`format()`]) |
//! | [`text`] | decoded text with the way back to the file |
//! | [`outline`] | definitions as lists of fields, to compare two versions of a file |
//! | `schema` | the tables as a JSON Schema ([`schema()`]) |
//! | `suggest` | did you mean |
//! | `spelling` | the same of texts in data |

pub mod ast;
pub mod codes;
mod decode;
pub mod diagnostic;
mod expr;
mod format;
pub mod limits;
pub mod lints;
mod look_alike;
pub mod outline;
mod schema;
pub mod source;
pub mod span;
mod spelling;
mod suggest;
pub mod text;
mod yaml;

pub use decode::{
    ENCODINGS, Field, FieldType, KINDS, Kind, LATER_SECTIONS, SECTIONS, Shape, parse_package,
    parse_project, parse_spec,
};
pub use expr::{parse_expr, print_duration, print_expr, print_step, print_window};
pub use format::{FileKind, format, is_project};
pub use schema::{Json, schema};
pub use spelling::nearest_text;
pub use suggest::{Spellings, renamed, suggest};

/// The file that makes a folder a project, and what messages call it.
pub const PROJECT_FILE: &str = "milepost.yaml";

/// The reference of the expression language on one page, in Markdown.
pub const REFERENCE: &str = include_str!("reference.md");
