//! `milepost help`, `milepost help build`, `milepost help expressions`

use clap::{ColorChoice, CommandFactory};
use milepost::syntax::{self, codes, diagnostic::Diagnostic};

use crate::args::{Args, Help};
use crate::exit::{Exit, Stop};
use crate::output::Output;

/// The topics that are no commands, with their pages.
const TOPICS: [(&str, &str); 1] = [("expressions", syntax::REFERENCE)];

pub(super) fn run(help: &Help, output: Output) -> Result<Exit, Stop> {
    let mut command = Args::command().color(ColorChoice::Never);
    let Some(topic) = &help.topic else {
        output.result(&command.render_long_help().to_string())?;
        return Ok(Exit::Done);
    };
    if let Some((_, page)) = TOPICS.iter().find(|(name, _)| name == topic) {
        output.result(page)?;
        return Ok(Exit::Done);
    }
    command.build();
    if let Some(found) = command.find_subcommand_mut(topic) {
        output.result(&found.render_long_help().to_string())?;
        return Ok(Exit::Done);
    }
    let names: Vec<&str> = command
        .get_subcommands()
        .map(clap::Command::get_name)
        .chain(TOPICS.map(|(name, _)| name))
        .collect();
    let help = match syntax::suggest(topic, names.iter().copied()) {
        Some(near) => format!("did you mean `milepost help {near}`?"),
        None => format!("topics: {}", names.join(", ")),
    };
    Err(Diagnostic::error_nowhere(codes::UNKNOWN_NAME, format!("there is no help on `{topic}`"))
        .help(help)
        .into())
}
