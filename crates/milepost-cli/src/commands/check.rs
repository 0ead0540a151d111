//! `milepost check [DIR] [--data]`

use milepost::{report, steps};

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
        progress.step("reading the data");
        data(&mut checked, args)?;
    }
    drop(progress);
    let exit = checked.tell(args.format, global, output)?;
    if args.format == Format::Human {
        let lacking = checked.model.iter().flat_map(|model| &model.unavailable);
        let lacking = lacking.map(|l| format!("unavailable: {} {}", l.name, l.reason()));
        output.notes(&lacking.collect::<Vec<_>>());
        output.note(&summary(&checked));
    }
    Ok(exit)
}

/// Opens every dataset and runs its checks.
fn data(checked: &mut Checked, args: &Check) -> Result<(), Stop> {
    let Some(model) = &checked.model else { return Ok(()) };
    let as_of = project::as_of(model, args.as_of.as_deref())?;
    // All that a build reads is looked at.
    let requests = report::requests(model);
    let Some(data) =
        steps::open(&checked.engine, model, as_of, &requests, true, &mut checked.diagnostics)
    else {
        return Ok(());
    };
    let checks = steps::check_data(&checked.engine, model, &data, &mut checked.diagnostics);
    project::met(checks, &mut checked.diagnostics)?;
    let remarks = steps::remarks(&checked.engine, model, &data, &mut checked.diagnostics);
    project::met(remarks, &mut checked.diagnostics)?;
    Ok(())
}

fn summary(checked: &Checked) -> String {
    let told = checked.count();
    match &checked.model {
        Some(model) => format!(
            "checked {}, {} and {}: {told}",
            plural(model.metrics.len(), "metric"),
            plural(model.datasets.iter().filter(|d| d.derived.is_none()).count(), "dataset"),
            plural(model.entities.len(), "entity"),
        ),
        None => format!("checked {}: {told}", plural(checked.sources.iter().count(), "file")),
    }
}
