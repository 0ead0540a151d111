//! A checked model and data become results.
//!
//! ```text
//! Model + files ── open ──► Data ── run ──► Series
//! ```
//!
//! - [`Engine::schemas`] reads what the files hold, for the checker;
//! - [`Engine::open`] reads each dataset once, as it is seen from the as-of;
//! - [`Engine::run`] answers requests by the shared scan (`rollup`), [`Engine::run_plain`] by the plain lowering
//!   ([`sql()`](milepost_plan::sql::sql())), which is the definition. The two always agree.
//!
//! This is the only crate that names DataFusion; Arrow and Parquet are used elsewhere in measurements only.
//!
//! | module | what is there |
//! |---|---|
//! | `engine`, `session`, `machine` | threads and memory; the DataFusion session, without the rule that answers wrongly |
//! | `source` | `from:` to files, their columns, and their rows, each value as one Arrow type per type of the language; a reader for each format; `stream`: rows that are read while they are computed with; `profile`: what files hold that nobody has described |
//! | `data` | opening: which columns are needed, what the as-of shows, duplicates, keys, currencies, `carry`, members |
//! | `scan` | what a run reads: one statement for each dataset |
//! | `rollup` | what aggregates share: cells of mergeable states, and the windows made of them |
//! | `rows` | row-by-row evaluation: aggregates whose value depends on the bucket or on other rows |
//! | `members` | which members or rows a number holds, rather than how many |
//! | `keys` | keys interned as dense numbers, shared by all who read a key in a process |
//! | `functions` | local calendar time and exact arithmetic as functions of DataFusion |
//! | `job`, `run` | a request taken apart; requests to series, by either lowering |
//! | `duckdb` | what DuckDB needs to run the printed SQL over the same files |
//! | `check`, `remarks` | `checks` and `freshness`; suspicious data: texts that no row has, keys that lead nowhere, data that ends, missing pictures, rows that end before they begin |
//! | `coverage`, `reads` | which buckets rest on data that ends before they do; which datasets an aggregate reads |
//! | `spill`, `write` | where rows are spilled; rows in memory and Parquet files from plain columns |
//! | `error` | why a run can fail although the specs are right |

mod check;
mod coverage;
mod data;
mod duckdb;
mod engine;
mod error;
mod functions;
mod job;
mod keys;
mod machine;
mod members;
mod reads;
mod remarks;
mod rollup;
mod rows;
mod run;
mod scan;
mod session;
mod shared;
mod source;
mod spill;
pub mod write;

// The rooms of the plan, under the names that they have there.
use milepost_plan::{evaluate, ids, intern, leaf, merge, placement, request, results, sql};

pub use check::CheckOutcome;
pub use data::{Data, DatasetStatus};
pub use engine::Engine;
pub use error::EngineError;
pub use job::missing;
pub use members::{
    DimensionMoves, ListChanges, ListEntry, ListMembers, Listing, Members, Moves, OrderBy, Standing,
};
pub use remarks::{LinkMatch, Remark};
pub use scan::plan_text;
pub use source::{
    ColumnProfile, Fit, Profile, Reading, Sketch, TextFacts, advice, advice_on_table, column_names,
    files_of, is_data_file, kept_by, other_than_a_file, profile, sheets_of, sketch,
};
