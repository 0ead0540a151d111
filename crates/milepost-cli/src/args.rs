//! The command line arguments.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use milepost::findings::Form;

use crate::exit::EXIT_CODES;

/// Metrics as code for digital Customer Success: specs and data in, a site of KPIs out.
#[derive(Debug, Parser)]
#[command(name = "milepost", version, after_help = EXIT_CODES, disable_help_subcommand = true, max_term_width = 100)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options that every command takes.
#[derive(Clone, Debug, ClapArgs)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The project's folder [default: the nearest folder with a milepost.yaml, here or above]
    #[arg(short = 'C', long, global = true, value_name = "DIR")]
    pub(crate) project: Option<PathBuf>,
    /// When to use colors
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
    /// Print only results and mistakes
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// End with exit code 1 if there are warnings or unavailable KPIs
    #[arg(long, global = true, value_name = "WHAT", value_delimiter = ',')]
    pub(crate) deny: Vec<Deny>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deny {
    Warnings,
    /// For check and build: metrics that need something that the project does not have
    Unavailable,
}

impl Global {
    /// Whether that ends a command with exit code 1.
    pub(crate) fn denies(&self, what: Deny) -> bool {
        self.deny.contains(&what)
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a small project that builds as it is, or one for the files that you have
    Init(Init),
    /// List the KPIs of the shipped catalog, what each needs, and which of them a project has
    Catalog(Catalog),
    /// Read the specs and report every mistake in them
    Check(Check),
    /// Format milepost.yaml and the specs
    Fmt(Fmt),
    /// Compute every KPI and write the site
    Build(Build),
    /// Compute one metric, list or segment and print it
    Query(Query),
    /// Run the tests in the specs, on the rows that they give
    Test(Test),
    /// Explain a metric, a segment or a diagnostic code
    Explain(Explain),
    /// Say what a change of the specs does to what the numbers mean
    Diff(Diff),
    /// An external diff driver, which git runs for each spec that differs (docs/review.md)
    #[command(hide = true)]
    GitDiff(GitDiff),
    /// List the commits that changed what a definition means
    Log(Log),
    /// Write the tables of a fictional digital-CS company as Parquet files
    Demo(Demo),
    /// Print the JSON Schema of spec files, of milepost.yaml, or of what milepost writes for programs
    Schema(Schema),
    /// Print a shell completion script
    Completions(Completions),
    /// Print help: general, for a command, or for the language (`milepost help expressions`)
    Help(Help),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Init {
    /// The folder to create it in
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Look at the data files in this folder (CSV, JSON, Excel, Parquet, Arrow) and write specs for them. The project reads them where
    /// they are, so they lie in the project's folder
    #[arg(long, value_name = "FILES")]
    pub(crate) from: Option<PathBuf>,
    /// With --from: copy the files to data/ in the project's folder
    #[arg(long, requires = "from")]
    pub(crate) copy: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct GitDiff {
    /// As git gives them: a path, then file, hash and mode of both sides
    #[arg(value_name = "WORD", allow_hyphen_values = true)]
    pub(crate) words: Vec<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Catalog {
    /// A KPI, list, score or journey (`nrr`), or a package (`std/revenue`) [default: list all; in a project what it nearly has
    /// comes first]
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// How to print it: text, or a JSON array
    #[arg(long, default_value = "human")]
    pub(crate) format: Format,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Check {
    /// Folders of projects, or files in them: the projects that they belong to are checked, each once
    #[arg(value_name = "PATH", conflicts_with = "project")]
    pub(crate) paths: Vec<PathBuf>,
    /// Read the data too and compute what a build computes, to report everything that would stop one
    #[arg(long)]
    pub(crate) data: bool,
    /// With --data: use the data as it was at the end of this day (or at this time)
    #[arg(long, value_name = "DATE", requires = "data")]
    pub(crate) as_of: Option<String>,
    /// How to report mistakes: as text on standard error, as a JSON array on standard output, or as a platform reads them
    #[arg(long, default_value = "human")]
    pub(crate) format: ReportFormat,
    /// Write the definitions to this file, if there is no mistake in them: `milepost diff` compares it where there is no git.
    /// Only a model file is overwritten
    #[arg(long, value_name = "FILE")]
    pub(crate) emit_model: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Fmt {
    /// Files or project folders; `-` formats standard input to standard output
    #[arg(value_name = "PATH", conflicts_with = "project")]
    pub(crate) paths: Vec<PathBuf>,
    /// Change nothing: list the files that would change, and end with exit code 1 if there are any
    #[arg(long)]
    pub(crate) check: bool,
    /// Change nothing: print how the files would change, as a patch, and end with exit code 1 if any would
    #[arg(long)]
    pub(crate) diff: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Build {
    /// The project's folder
    #[arg(value_name = "DIR", conflicts_with = "project")]
    pub(crate) folder: Option<PathBuf>,
    /// The folder of the site, replaced as a whole [default: site/ in the project's folder]
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Use the data as it was at the end of this day (or at this time)
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<String>,
    /// Tell on the page of each KPI which commits changed its definition, by the last N commits that touch the project; the
    /// site then depends on them
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "200")]
    pub(crate) history: Option<NonZeroUsize>,
    /// How to report mistakes: as text on standard error, or as a JSON array on standard output
    #[arg(long, default_value = "human")]
    pub(crate) format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Human,
    Json,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Query {
    /// The name of a metric, of a part of one (`seats_spread.p75`), of a list (who is on it) or of a segment (its sizes over
    /// time)
    #[arg(value_name = "METRIC|LIST|SEGMENT")]
    pub(crate) metric: String,
    /// Dimensions to slice by, separated by commas
    #[arg(long, value_name = "DIMENSIONS", value_delimiter = ',')]
    pub(crate) by: Vec<String>,
    /// The bucket: day, week, month, quarter, year, fiscal_quarter, fiscal_year [default: the metric's own]
    #[arg(long)]
    pub(crate) grain: Option<String>,
    /// The first day [default: as far back as the project's `history`]
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    /// The last day [default: the as-of]
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<String>,
    /// Filter by a condition over dimensions, for example "plan = 'pro'"
    #[arg(long, value_name = "EXPRESSION")]
    pub(crate) r#where: Option<String>,
    /// Use the data as it was at the end of this day (or at this time)
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<String>,
    /// Compare with the end of this day: of a list what is new on it, what stayed and what is gone; of a segment from which
    /// group to which its members moved until the end of --to or of the as-of, with --members who moved
    #[arg(long, value_name = "DATE")]
    pub(crate) since: Option<String>,
    /// List the members or rows of the last bucket, rather than how many: of a ratio those of the denominator, and which
    /// of them are counted
    #[arg(long)]
    pub(crate) members: bool,
    /// With --members: at most so many
    #[arg(long, value_name = "N", requires = "members")]
    pub(crate) limit: Option<usize>,
    /// With --members: order by this column; `COLUMN desc` puts the largest first [default: by key]
    #[arg(long, value_name = "COLUMN", requires = "members")]
    pub(crate) order_by: Option<String>,
    /// How to print the figures
    #[arg(long, default_value = "table")]
    pub(crate) format: QueryFormat,
    /// Write to this file instead of standard output; a file that a project reads is never overwritten
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum QueryFormat {
    Table,
    Csv,
    Json,
    Parquet,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Test {
    /// The names of tests [default: all]
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// How to print the results: a table, a JSON array, or as a platform reads them
    #[arg(long, default_value = "human")]
    pub(crate) format: ReportFormat,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Explain {
    /// The name of a metric (`nrr`), of a part of one (`seats_spread.p75`), of a segment or of a code (`unknown-field`); with --lineage
    /// also of a dataset, an entity or a column (`events.name`) [default: list all codes]
    #[arg(value_name = "METRIC|SEGMENT|CODE")]
    pub(crate) name: Option<String>,
    /// What it is computed from, down to the files, and what is computed from it
    #[arg(long, requires = "name", conflicts_with_all = ["sql", "plan", "grain", "by", "as_of"])]
    pub(crate) lineage: bool,
    /// Of a journey: the story of one member, by its key or its name
    #[arg(long, value_name = "KEY", requires = "name", conflicts_with_all = ["lineage", "sql", "plan", "grain", "by", "canonical"])]
    pub(crate) member: Option<String>,
    /// With --lineage: a tree, or a JSON object
    #[arg(long, default_value = "human", requires = "lineage")]
    pub(crate) format: Format,
    /// Only the canonical text of the metric and of what it reads, with a fingerprint: metrics with equal text have equal
    /// figures
    #[arg(long, requires = "name", conflicts_with_all = ["lineage", "sql", "plan", "grain", "by", "as_of"])]
    pub(crate) canonical: bool,
    /// Only the SQL, ready to run in DuckDB from the project's folder
    #[arg(long, requires = "name")]
    pub(crate) sql: bool,
    /// Only the plan: what a build computes in one scan; without a metric, for the whole site
    #[arg(long)]
    pub(crate) plan: bool,
    /// With --plan: open the data and run it, and show how long each scan, the row-by-row evaluation and the merging
    /// took, and how much memory
    #[arg(long, requires = "plan")]
    pub(crate) run: bool,
    /// The bucket [default: the metric's own]
    #[arg(long)]
    pub(crate) grain: Option<String>,
    /// Dimensions to slice by, separated by commas
    #[arg(long, value_name = "DIMENSIONS", value_delimiter = ',')]
    pub(crate) by: Vec<String>,
    /// The as-of for the plan and the SQL
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<String>,
}

#[derive(Debug, ClapArgs)]
#[command(override_usage = "milepost diff [OPTIONS] <BASE> [HEAD]")]
pub(crate) struct Diff {
    /// What to compare with: a branch, a tag or a commit; `main...` for the commit at which this branch left `main`;
    /// `main:old/place` where the project lay elsewhere; a folder with a project; or a model file, which `milepost check
    /// --emit-model` writes
    #[arg(required_unless_present = "data")]
    pub(crate) base: Option<String>,
    /// What is compared, written likewise [default: the files as they are, those that git does not know yet included]
    pub(crate) head: Option<String>,
    /// Compute the metrics that are different by both versions, with the data that lies here now, or in this folder: where the
    /// figures differ, and who makes the difference. The paths of the datasets begin in it
    #[arg(long, value_name = "DIR", num_args = 0..=1)]
    pub(crate) data: Option<Option<PathBuf>>,
    /// With --data: use the data as it was at the end of this day (or at this time) [default: as the head says]
    #[arg(long, value_name = "DATE", requires = "data")]
    pub(crate) as_of: Option<String>,
    /// With --data: attribute the changes of a site's figures to changed data and to changed definitions. SITE is a folder that
    /// `milepost build` wrote with the definitions of the base
    #[arg(long, value_name = "SITE", requires = "data")]
    pub(crate) published: Option<PathBuf>,
    /// How to print the differences
    #[arg(long, default_value = "text")]
    pub(crate) format: DiffFormat,
    /// End with exit code 0 where there are differences that the project's `review` policy allows
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Log {
    /// The name of a metric, or of another definition; the names that it had before are followed
    #[arg(value_name = "METRIC")]
    pub(crate) name: String,
    /// Look at no more than so many commits that touch the project
    #[arg(long, short = 'n', value_name = "N", default_value = "200")]
    pub(crate) limit: NonZeroUsize,
    /// How to print the history
    #[arg(long, default_value = "human")]
    pub(crate) format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    Text,
    /// A comment on a pull request
    Markdown,
    /// A page of its own: with --data the figures of both versions are drawn over each other
    Html,
    Json,
    /// Annotations of GitHub Actions
    Github,
    /// A Code Quality report of GitLab
    Gitlab,
    Sarif,
    Junit,
}

/// How a command reports what it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    Human,
    Json,
    /// Annotations of GitHub Actions
    Github,
    /// A Code Quality report of GitLab
    Gitlab,
    Sarif,
    Junit,
}

impl ReportFormat {
    /// The form that a platform reads.
    pub(crate) const fn form(self) -> Option<Form> {
        Some(match self {
            Self::Human | Self::Json => return None,
            Self::Github => Form::Github,
            Self::Gitlab => Form::Gitlab,
            Self::Sarif => Form::Sarif,
            Self::Junit => Form::Junit,
        })
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Demo {
    /// The number of customer accounts
    #[arg(long, default_value_t = 150, value_parser = clap::value_parser!(u32).range(1..=i64::from(milepost_demo::MOST)))]
    pub(crate) accounts: u32,
    /// A different seed makes a different company
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// So many accounts besides for each story of the customer journey: late, stuck, ready, silent and then lost, healthy, …;
    /// the folder `truth` in DIR says which are which
    #[arg(long, value_name = "NUMBER", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=10_000))]
    pub(crate) planted: u32,
    /// The folder to write the tables to; a file that a project reads is never overwritten
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Schema {
    /// For which files
    #[arg(value_name = "FILES", default_value = "specs")]
    pub(crate) of: SchemaOf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// Spec files
    Specs,
    /// milepost.yaml
    Project,
    /// What `milepost diff --format json` prints
    Diff,
    /// What `milepost check --emit-model` writes
    Model,
    /// What data/definitions.json of a site says
    Site,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Completions {
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Help {
    /// A command, or `expressions`
    #[arg(value_name = "TOPIC")]
    pub(crate) topic: Option<String>,
}
