//! `milepost schema`

use milepost::Error;
use milepost::syntax::{FileKind, schema};

use crate::args::Schema;
use crate::exit::{Exit, Stop};
use crate::output::Output;

pub(super) fn run(args: &Schema, output: Output) -> Result<Exit, Stop> {
    let kind = if args.project_file { FileKind::Project } else { FileKind::Spec };
    let mut text = serde_json::to_string_pretty(&schema(kind))
        .map_err(|error| Error::Internal(error.to_string()))?;
    text.push('\n');
    output.result(&text)?;
    Ok(Exit::Done)
}
