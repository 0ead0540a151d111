//! The command line of milepost.
//!
//! `args` says what can be asked, `commands` has one file per command, `output` is the only place that prints, `exit`
//! says how a run can end.

mod args;
mod bug;
mod commands;
mod exit;
mod figures;
mod memory;
mod output;
mod patch;
mod progress;
mod project;
mod table;

fn main() -> std::process::ExitCode {
    memory::install();
    bug::install();
    bug::guard(commands::run).into()
}
