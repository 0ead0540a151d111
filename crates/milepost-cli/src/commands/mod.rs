//! One file a command. Each takes what was asked and where to print, and says how it ended.

mod build;
mod catalog;
mod check;
mod completions;
mod demo;
mod diff;
mod explain;
mod fmt;
mod git_diff;
mod help;
mod init;
mod lineage;
mod log;
mod query;
mod schema;
mod test;

use clap::Parser;

use crate::args::{Args, Command};
use crate::bug;
use crate::exit::{Exit, Stop};
use crate::output::Output;

/// Reads the command line and does what it says.
pub(crate) fn run() -> Exit {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version come this way too; they end with 0.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Done };
        }
    };
    let output = Output::new(args.global.color, args.global.quiet);
    let result = match &args.command {
        Command::Init(init) => init::run(init, &args.global, output),
        Command::Catalog(catalog) => catalog::run(catalog, &args.global, output),
        Command::Check(check) => check::run(check, &args.global, output),
        Command::Fmt(fmt) => fmt::run(fmt, &args.global, output),
        Command::Build(build) => build::run(build, &args.global, output),
        Command::Query(query) => query::run(query, &args.global, output),
        Command::Test(test) => test::run(test, &args.global, output),
        Command::Explain(explain) => explain::run(explain, &args.global, output),
        Command::Diff(diff) => diff::run(diff, &args.global, output),
        Command::GitDiff(git_diff) => git_diff::run(git_diff, output),
        Command::Log(log) => log::run(log, &args.global, output),
        Command::Demo(demo) => demo::run(demo, output),
        Command::Schema(schema) => schema::run(schema, output),
        Command::Completions(completions) => completions::run(completions, output),
        Command::Help(help) => help::run(help, output),
    };
    result.unwrap_or_else(|stop| end(stop, output))
}

fn end(stop: Stop, output: Output) -> Exit {
    let (left_to_say, exit) = stop.end();
    if let Some(diagnostic) = left_to_say {
        if exit == Exit::Bug {
            output.diagnostic(&bug::diagnostic(&diagnostic.message));
        } else {
            output.diagnostic(&diagnostic);
        }
    }
    exit
}
