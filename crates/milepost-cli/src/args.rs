//! What can be asked on the command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

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

/// What every command takes.
#[derive(Clone, Debug, ClapArgs)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// The project's folder [default: the nearest folder with a milepost.yaml, here or above]
    #[arg(short = 'C', long, global = true, value_name = "DIR")]
    pub(crate) project: Option<PathBuf>,
    /// When to use colors
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
    /// Say nothing but results and mistakes
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// End with exit code 1 when there are warnings, or KPIs that the project lacks something for
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
    /// Of check and build: metrics that need something that the project does not have
    Unavailable,
}

impl Global {
    /// Whether that ends a command with exit code 1.
    pub(crate) fn denies(&self, what: Deny) -> bool {
        self.deny.contains(&what)
    }
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a small project that builds as it is
    Init(Init),
    /// Read the specs and tell every mistake in them
    Check(Check),
    /// Bring milepost.yaml and the specs into one style
    Fmt(Fmt),
    /// Compute every KPI and write the site
    Build(Build),
    /// Compute one metric and print it
    Query(Query),
    /// Run the tests of the specs, on the rows that are written in them
    Test(Test),
    /// Explain a metric, or the code of a message
    Explain(Explain),
    /// Write the tables of a made-up digital-CS company as Parquet files
    Demo(Demo),
    /// Print the JSON Schema of spec files or of milepost.yaml, for editors
    Schema(Schema),
    /// Print the completions of a shell
    Completions(Completions),
    /// Print help: of all, of a command, or on the language (`milepost help expressions`)
    Help(Help),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Init {
    /// The folder to create it in
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Check {
    /// The project's folder
    #[arg(value_name = "DIR", conflicts_with = "project")]
    pub(crate) folder: Option<PathBuf>,
    /// Read the data too, and compute what a build computes: whatever it would refuse is told
    #[arg(long)]
    pub(crate) data: bool,
    /// With --data: look at the data as it was at the end of this day (or at this time)
    #[arg(long, value_name = "DATE", requires = "data")]
    pub(crate) as_of: Option<String>,
    /// How to tell mistakes: drawn on standard error, or a JSON array on standard output
    #[arg(long, default_value = "human")]
    pub(crate) format: Format,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Fmt {
    /// Files, or folders of projects; `-` formats standard input to standard output
    #[arg(value_name = "PATH", conflicts_with = "project")]
    pub(crate) paths: Vec<PathBuf>,
    /// Change nothing: list the files that would change, and end with exit code 1 if there are any
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Build {
    /// The project's folder
    #[arg(value_name = "DIR", conflicts_with = "project")]
    pub(crate) folder: Option<PathBuf>,
    /// The folder of the site, replaced as a whole [default: site/ in the project's folder]
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Look at the data as it was at the end of this day (or at this time)
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<String>,
    /// How to tell mistakes: drawn on standard error, or a JSON array on standard output
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
    /// The metric's name
    pub(crate) metric: String,
    /// Dimensions to slice by, with commas between
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
    /// Count only what this says of the dimensions, for example "plan = 'pro'"
    #[arg(long, value_name = "EXPRESSION")]
    pub(crate) r#where: Option<String>,
    /// Look at the data as it was at the end of this day (or at this time)
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<String>,
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
    /// How to print the results: a table, or a JSON array on standard output
    #[arg(long, default_value = "human")]
    pub(crate) format: Format,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Explain {
    /// The name of a metric (`nrr`) or of a code (`unknown-field`); with --lineage also of a dataset, an entity or a
    /// column (`events.name`) [default: list all codes]
    #[arg(value_name = "METRIC|CODE")]
    pub(crate) name: Option<String>,
    /// What it is computed from, down to the files, and what is computed from it
    #[arg(long, requires = "name", conflicts_with_all = ["sql", "plan", "grain", "by", "as_of"])]
    pub(crate) lineage: bool,
    /// With --lineage: a tree, or a JSON object
    #[arg(long, default_value = "human", requires = "lineage")]
    pub(crate) format: Format,
    /// Only the SQL, with everything that DuckDB needs to run it in the project's folder
    #[arg(long, requires = "name")]
    pub(crate) sql: bool,
    /// Only the plan: what a build computes in one scan; without a metric, of everything that a site shows
    #[arg(long)]
    pub(crate) plan: bool,
    /// With --plan: open the data and run it, and say what each scan read and took
    #[arg(long, requires = "plan")]
    pub(crate) run: bool,
    /// The bucket [default: the metric's own]
    #[arg(long)]
    pub(crate) grain: Option<String>,
    /// Dimensions to slice by, with commas between
    #[arg(long, value_name = "DIMENSIONS", value_delimiter = ',')]
    pub(crate) by: Vec<String>,
    /// The as-of of plan and SQL
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Demo {
    /// How many customer accounts
    #[arg(long, default_value_t = 150, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) accounts: u32,
    /// Another seed makes another company
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// The folder to write the tables to; a file that a project reads is never overwritten
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Schema {
    /// Of which files
    #[arg(value_name = "FILES", default_value = "specs")]
    pub(crate) of: SchemaOf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// Spec files
    Specs,
    /// milepost.yaml
    Project,
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
