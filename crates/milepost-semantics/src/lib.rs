//! Names, types, units and time: a program that is right, or a list of everything that is wrong.
//!
//! ```text
//! ast::Package ── prune ──► ast::Package ── resolve ──► Resolved ── check ──► Model ── explain ──► words
//! ```
//!
//! No file, no clock, no environment, no DataFusion.
//!
//! | module | what is there |
//! |---|---|
//! | `import` | packages of the catalog in a project: merged name by name; what the project lacks something for is listed as unavailable |
//! | `expand` | definitions that stand for several others: what is said of each member under names of its own |
//! | `resolve` | one namespace; datasets with the columns of their files; entities and their homes; the order of metrics; cycles |
//! | `check` | types, units, paths, windows, dimensions and metadata, and the mistakes and warnings about them |
//! | `model` | the checked program, the only thing that later stages read: names are ids, paths are lists of links, references and the `where` of metrics are inlined |
//! | `time` | grains, buckets, labels, the as-of and lengths of time: pure functions of the calendar |
//! | `explain` | a metric in plain words |
//! | `diff` | what a change of specs does to what the numbers mean: verdicts by rules, each with its proof |
//! | `trace` | lineage: what a definition is computed from and what uses it, as a graph and as a tree |
//! | `prove` | `tests:` as small projects of their own: types of rows without files, buckets and figures by their labels |
//! | `nulls` | types of columns in which every value is null, from their use |
//! | `work` | how many windows of time a metric needs, before anything is read |
//! | `schema` | what was found in the data files, given by whoever can read them |
//! | `currency` | the codes of ISO 4217 |

mod check;
mod currency;
pub mod diff;
mod expand;
pub mod explain;
mod forms;
mod import;
pub mod model;
mod nulls;
pub mod prove;
mod resolve;
pub mod schema;
pub mod time;
pub mod trace;
mod work;

pub use check::{Memory, check_grain};
pub use currency::{currency_of, is_currency_symbol};
pub use expand::expand;
pub use forms::{part_names, split_part};
pub use import::{Import, lacking, mentions, merge, requirements};
pub use resolve::{DataNeed, EDITION, Identifier, KeyPart, data_needs, whole_keys};
pub use work::too_much;

use milepost_syntax::ast::Package;
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::source::SourceMap;
use model::Model;
use schema::Schemas;

/// Resolves and checks a package. Every mistake is told once; there is a model only when there is no error.
///
/// `schemas` are the columns of the files, as far as they could be read (see [`data_needs`]).
pub fn analyze(
    package: &Package,
    sources: &SourceMap,
    schemas: &Schemas,
    diagnostics: &mut Diagnostics,
) -> Option<Model> {
    analyzed(package, sources, schemas, None, diagnostics)
}

/// The same for a project that is analyzed again and again while it changes: what is as it was at the last time, by the
/// memory of it, is not checked again.
pub fn analyze_again(
    memory: &mut Memory,
    package: &Package,
    sources: &SourceMap,
    schemas: &Schemas,
    diagnostics: &mut Diagnostics,
) -> Option<Model> {
    analyzed(package, sources, schemas, Some(memory), diagnostics)
}

fn analyzed(
    package: &Package,
    sources: &SourceMap,
    schemas: &Schemas,
    mut memory: Option<&mut Memory>,
    diagnostics: &mut Diagnostics,
) -> Option<Model> {
    diagnostics.set_lints(package.project.lints.clone());
    let (pruned, unavailable) = import::prune(package, schemas);
    let schemas = &*nulls::typed(&pruned, schemas);
    let resolved = resolve::resolve(&pruned, schemas, diagnostics);
    if let Some(memory) = &mut memory {
        memory.begin(&resolved, sources, schemas);
    }
    let model = check::check(resolved, memory, diagnostics);
    import::tell_origin(package, sources, diagnostics);
    model.map(|model| Model { unavailable, ..model })
}
