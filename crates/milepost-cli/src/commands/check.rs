//! `milepost check [DIR] [--data]`

use milepost::report;

use crate::args::{Check, Format, Global};
use crate::exit::{Exit, Stop};
use crate::output::Output;
use crate::progress::Progress;
use crate::project::{self, Checked, plural};

pub(super) fn run(args: &Check, global: &Global, output: Output) -> Result<Exit, Stop> {
    let root = project::find(args.folder.as_deref(), global)?;
    let progress = Progress::start(output, "reading the specs");
    let mut checked = project::check(&root)?;
    if args.data {
        // Whatever a build would refuse is reported: so everything that it computes is computed.
        checked.compute(args.as_of.as_deref(), true, &progress)?;
    }
    drop(progress);
    let exit = checked.tell(args.format, global, output)?;
    if args.format == Format::Human {
        checked.note_lacking(global, output, false);
        output.note(&summary(&checked, global));
    }
    Ok(exit)
}

fn summary(checked: &Checked, global: &Global) -> String {
    let told = checked.count(global);
    let Some(model) = &checked.model else {
        return format!("checked {}: {told}", plural(checked.sources.iter().count(), "file"));
    };
    let lists = report::lists(model).count();
    let defined = model.metrics.len() + model.unavailable.len() - lists;
    let on_lists = match lists {
        0 => String::new(),
        n => format!(", {}", plural(n, "list")),
    };
    let lacking = match checked.lacking.len() {
        0 => String::new(),
        n => format!(" ({n} more unavailable)"),
    };
    format!(
        "checked {}{lacking}{on_lists}, {} and {}: {told}",
        plural(defined - checked.lacking.len(), "metric"),
        plural(model.datasets.iter().filter(|d| d.derived.is_none()).count(), "dataset"),
        plural(model.entities.len(), "entity"),
    )
}
