//! `milepost check [PATH…] [--data] [--emit-model FILE]`

use std::path::{Path, PathBuf};

use milepost::findings::Findings;
use milepost::links::{LinkRate, rates};
use milepost::semantics::diff::Side;
use milepost::syntax::codes;
use milepost::syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost::{model_file, report, steps, write};

use crate::args::{Check, Format, Global, ReportFormat};
use crate::exit::{Exit, Stop};
use crate::output::Output;
use crate::progress::Progress;
use crate::project::{self, Checked, plural};

pub(super) fn run(args: &Check, global: &Global, output: Output) -> Result<Exit, Stop> {
    let roots = roots(args, global)?;
    if let Some(file) = &args.emit_model {
        // Better reported now than after the work.
        model_file::may_replace(file)?;
    }
    let mut worst = Exit::Done;
    for root in &roots {
        if one(root, args, global, output)? != Exit::Done {
            worst = Exit::Mistakes;
        }
    }
    Ok(worst)
}

/// The projects that were named, each once, in the order in which they were.
fn roots(args: &Check, global: &Global) -> Result<Vec<PathBuf>, Stop> {
    if args.paths.is_empty() {
        return Ok(vec![project::find(None, global)?]);
    }
    let mut roots = Vec::new();
    for path in &args.paths {
        // Of a file, also of one that was removed, the project above it.
        let is_spec = path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
        let root = if path.is_file() || is_spec && !path.is_dir() {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            project::above(folder.unwrap_or(Path::new(".")))?
        } else {
            project::find(Some(path), global)?
        };
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
    let one = match args.format {
        _ if args.emit_model.is_some() => Some("a model file"),
        ReportFormat::Human | ReportFormat::Github => None,
        _ => Some("a report"),
    };
    if let Some(what) = one.filter(|_| roots.len() > 1) {
        let message = format!("the files belong to several projects, and {what} is about one");
        return Err(Diagnostic::error_nowhere(codes::INVALID_VALUE, message)
            .help("run `milepost check` for each of them")
            .into());
    }
    Ok(roots)
}

fn one(root: &Path, args: &Check, global: &Global, output: Output) -> Result<Exit, Stop> {
    let progress = Progress::start(output, "reading the specs");
    let mut checked = project::check(root)?;
    let mut links = Vec::new();
    if args.data {
        // Whatever a build would refuse is reported: so everything that it computes is computed.
        let computed = checked.compute(args.as_of.as_deref(), true, &progress)?;
        if let (Some(computed), Some(model)) = (computed, &checked.model)
            && args.format == ReportFormat::Human
        {
            progress.step("matching the keys of links");
            let rates = rates(root, &checked.engine, model, &computed.data)?;
            links = match_rates(&rates);
        }
    }
    drop(progress);
    let exit = match args.format.form() {
        None if args.format == ReportFormat::Json => checked.tell(Format::Json, global, output)?,
        None => checked.tell(Format::Human, global, output)?,
        Some(form) => {
            let list = checked.list(global, true);
            let list: Vec<&Diagnostic> = list.iter().collect();
            let summary = summary(&checked, global);
            let found = Findings::of_check(&list, &checked.sources, root, &summary);
            output.result(&found.write(form)?)?;
            checked.exit(global)
        }
    };
    if args.format == ReportFormat::Human {
        checked.note_lacking(global, output, false);
        output.notes(&links);
        output.note(&summary(&checked, global));
    }
    if let Some(file) = &args.emit_model {
        emit(&checked, file, exit, args.format, output)?;
    }
    Ok(exit)
}

/// Writes the definitions to a file, if nothing is wrong with them.
fn emit(
    checked: &Checked,
    file: &Path,
    exit: Exit,
    format: ReportFormat,
    output: Output,
) -> Result<(), Stop> {
    let Checked { engine, sources, package, model, .. } = checked;
    let told = match (model, exit) {
        (Some(_), Exit::Done) => {
            // They were read for the check, and what there was to say of them was said.
            let schemas = steps::schemas(engine, package, &mut Diagnostics::default());
            let side = Side { package, sources, model: model.as_ref() };
            write::text(file, &model_file::emit(side, &schemas)?)?;
            format!("wrote the model file {}", file.display())
        }
        _ => "no model file was written".to_owned(),
    };
    if format == ReportFormat::Human {
        output.note(&told);
    }
    Ok(())
}

/// A line for each link of which not all keys match, and one for all others.
fn match_rates(rates: &[LinkRate]) -> Vec<String> {
    let (full, others): (Vec<&LinkRate>, Vec<&LinkRate>) =
        rates.iter().partition(|link| link.matched == link.keys);
    let line = |link: &LinkRate| {
        let LinkRate { from, entity, keys, matched, is_read } = link;
        // Cut, so that only all are 100 %.
        let tenths = u128::from(*matched) * 1_000 / u128::from((*keys).max(1));
        let (percent, tenth) = (tenths / 10, tenths % 10);
        let what = if *is_read { "keys" } else { "different keys" };
        format!("link {from} → {entity}: {percent}.{tenth} % of {keys} {what} match")
    };
    let mut lines: Vec<String> = others.into_iter().map(line).collect();
    if !full.is_empty() {
        lines.push(format!("all keys of {} match", plural(full.len(), "link")));
    }
    lines
}

fn summary(checked: &Checked, global: &Global) -> String {
    let told = checked.count(global);
    let Some(model) = &checked.model else {
        return format!("checked {}: {told}", plural(checked.sources.iter().count(), "file"));
    };
    let all = report::lists(model).count();
    let defined = model.metrics.len() + model.unavailable.len() - all;
    let some = |number: usize, one: &str| match number {
        0 => String::new(),
        n => format!(", {}", plural(n, one)),
    };
    let scores = model.scores.len();
    let on_lists = some(scores, "score") + &some(all - scores, "list");
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
