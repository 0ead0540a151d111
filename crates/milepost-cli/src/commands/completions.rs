//! `milepost completions SHELL`

use clap::CommandFactory;

use crate::args::{Args, Completions};
use crate::exit::{Exit, Stop};
use crate::output::Output;

pub(super) fn run(completions: &Completions, output: Output) -> Result<Exit, Stop> {
    let mut text = Vec::new();
    clap_complete::generate(completions.shell, &mut Args::command(), "milepost", &mut text);
    output.bytes(&text)?;
    Ok(Exit::Done)
}
