//! `milepost log METRIC`

use milepost::Error;
use milepost::review::history;

use crate::args::{Format, Global, Log};
use crate::exit::{Exit, Stop};
use crate::output::Output;
use crate::progress::Progress;
use crate::project;

pub(super) fn run(args: &Log, global: &Global, output: Output) -> Result<Exit, Stop> {
    let root = project::find(None, global)?;
    let progress = Progress::start(output, "reading the history");
    let found = history(&root, &args.name, args.limit.get())?;
    drop(progress);
    match args.format {
        Format::Human => output.result(&found.text())?,
        Format::Json => {
            let text = serde_json::to_string_pretty(&found)
                .map_err(|error| Error::Internal(error.to_string()))?;
            output.json(&(text + "\n"))?;
        }
    }
    Ok(Exit::Done)
}
