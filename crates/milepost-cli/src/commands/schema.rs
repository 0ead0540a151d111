//! `milepost schema [specs|project|diff|model|site]`

use milepost::Error;
use milepost::syntax::{FileKind, schema};

use crate::args::{Schema, SchemaOf};
use crate::exit::{Exit, Stop};
use crate::output::Output;

pub(super) fn run(args: &Schema, output: Output) -> Result<Exit, Stop> {
    let kind = match args.of {
        SchemaOf::Specs => FileKind::Spec,
        SchemaOf::Project => FileKind::Project,
        SchemaOf::Diff => {
            output.result(milepost::review::SCHEMA)?;
            return Ok(Exit::Done);
        }
        SchemaOf::Site => {
            output.result(milepost::published::SCHEMA)?;
            return Ok(Exit::Done);
        }
        SchemaOf::Model => {
            output.result(milepost::model_file::SCHEMA)?;
            return Ok(Exit::Done);
        }
    };
    let mut text = serde_json::to_string_pretty(&schema(kind))
        .map_err(|error| Error::Internal(error.to_string()))?;
    text.push('\n');
    output.result(&text)?;
    Ok(Exit::Done)
}
