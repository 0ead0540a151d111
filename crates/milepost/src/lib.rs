//! Metrics as code for digital Customer Success: the library face of the compiler.
//!
//! ```text
//!  specs/*.yaml                                            data/*.parquet, .csv, .json, .arrow
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
//! Mistakes in specs and data are reported to [`Diagnostics`](syntax::diagnostic::Diagnostics) and never stop a step at
//! the first one; [`Error`] is for everything that is not an author's mistake: files, memory, and bugs. [`draw`] shows
//! diagnostics to people, [`machine`] to programs.
//!
//! | module | what is there |
//! |---|---|
//! | [`steps`] | the arrows of the pipeline, one function each |
//! | [`project`], [`sources`] | finding and reading a project's text, from a folder or from memory; its files are parsed on all cores |
//! | [`session`] | a project that is checked again and again while it is edited |
//! | [`mod@format`] | the files of a project in one style, as a list of changes |
//! | [`catalog`], [`lacking`] | the packages of `specs/`, what each needs and a project has of that; the metrics that a project lacks something for |
//! | [`infer`] | a project that is made of files that nobody has described |
//! | [`question`] | a query becomes part of a metric's definition before it is checked |
//! | [`prove`] | tests of metrics, run by the engine on their own rows |
//! | [`model_file`] | a project's definitions as one file, where there is no git |
//! | [`revision`], [`review`] | two versions of a project, from git, folders or model files; what is different, by the policy of the project, for the terminal, for pull requests and for programs |
//! | [`links`] | how many keys of each link lead to a member |
//! | [`segments`] | how many members each group of a segment has over time, and who moved between two days |
//! | [`report`] | the only place that turns results into page data |
//! | [`write`](mod@write) | the only place that writes files: under a new name, whole, never through a link |
//! | [`publish`] | a site is replaced as a whole or not at all, and there is one at every moment |
//! | [`published`] | what a site was built from, and what it shows |
//! | [`findings`] | what `check`, `test` and `diff` found, for GitHub, GitLab, SARIF and JUnit |
//! | [`draw`], [`machine`], [`crowd`], [`escape`] | diagnostics for people and for programs; which of very many are shown; text that can't control a terminal |
//!
//! # Example
//!
//! A project in memory whose test is run, without reading any file; [`steps`] has the whole way from a folder to a site.
//!
//! ```
//! use milepost::syntax::diagnostic::Diagnostics;
//! use milepost::{prove, sources::Memory, steps};
//!
//! let files = Memory::new().with("milepost.yaml", "project: shop").with(
//!     "specs/sales.yaml",
//!     r#"
//! datasets:
//!   orders:
//!     from: data/orders.csv
//!     kind: events
//!     time: day
//!     columns: { day: date, amount: { type: decimal, unit: USD } }
//! metrics:
//!   sales: { category: roi, question: What did we sell?, grain: month, value: sum(orders.amount) }
//! tests:
//!   orders_of_a_month_are_summed:
//!     metric: sales
//!     as_of: 2026-02-28
//!     given:
//!       orders: [ { day: 2026-01-05, amount: 10.00 }, { day: 2026-01-31, amount: 2.50 } ]
//!     expect: [ { month: 2026-01, value: 12.50 }, { month: 2026-02, value: 0 } ]
//! "#,
//! );
//! let mut diagnostics = Diagnostics::default();
//! let loaded = steps::load(&files, &mut diagnostics);
//! let tests = prove::tests(&loaded, None, &mut diagnostics);
//! assert!(!diagnostics.has_errors());
//!
//! let engine = steps::engine(std::path::Path::new("."))?;
//! let outcome = prove::run(&engine, &tests[0], &mut diagnostics)?.expect("the rows are right");
//! assert!(outcome.passed());
//! assert_eq!(outcome.figures[0].got, Ok(12.5));
//! # Ok::<(), milepost::Error>(())
//! ```
//!
//! The rest of this page is the architecture of the whole workspace.
#![doc = include_str!("../../../ARCHITECTURE.md")]

pub mod catalog;
pub mod crowd;
pub mod draw;
pub mod error;
pub mod escape;
pub mod findings;
pub mod format;
mod holidays;
pub mod infer;
pub mod lacking;
pub mod links;
pub mod machine;
pub mod model_file;
mod parse;
pub mod project;
pub mod prove;
pub mod publish;
pub mod published;
pub mod question;
pub mod report;
pub mod review;
pub mod revision;
pub mod segments;
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
pub use milepost_syntax::PROJECT_FILE;
pub use project::{Loaded, find_project, holds_project};
pub use session::Session;
