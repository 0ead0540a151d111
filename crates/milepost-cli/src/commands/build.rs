//! `milepost build [DIR] --out DIR --as-of DATE`

use std::path::Path;

use milepost::review::{self, Histories};
use milepost::site::page;
use milepost::{publish, published, report, steps};

use crate::args::{Build, Format, Global};
use crate::exit::{Exit, Stop};
use crate::output::Output;
use crate::progress::Progress;
use crate::project::{self, Checked, plural, shown};

pub(super) fn run(args: &Build, global: &Global, output: Output) -> Result<Exit, Stop> {
    let root = project::find(args.folder.as_deref(), global)?;
    let out = args.out.clone().unwrap_or_else(|| root.join("site"));
    // Better reported now than after the work.
    publish::may_replace(&out)?;
    let progress = Progress::start(output, "reading the specs");
    let mut checked = project::check(&root)?;
    let histories = histories(&root, &checked, args, &progress)?;
    let site = draw(&mut checked, args, histories.as_ref(), &progress)?;
    drop(progress);
    let exit = checked.tell(args.format, global, output)?;
    let Some(site) = site.filter(|_| exit == Exit::Done) else {
        if args.format == Format::Human {
            output.note(&format!("no site was written: {}", checked.count(global)));
        }
        return Ok(Exit::Mistakes);
    };
    publish::publish(&out, &site.files)?;
    if args.format == Format::Human {
        checked.note_lacking(global, output, true);
        let index = shown(&out, "index.html");
        output.note(&format!("{} as of {}: open {index}", kpis(&site), site.as_of));
        site.personal.iter().for_each(|personal| output.note(personal));
    }
    Ok(Exit::Done)
}

/// A site in memory.
struct Site {
    files: Vec<milepost::site::OutputFile>,
    /// The KPIs with figures, and those that the project lacks something for.
    available: usize,
    unavailable: usize,
    as_of: String,
    /// How much of it holds personal data or names, if anything does.
    personal: Option<String>,
}

/// `2 pages and 5 files hold personal data or names`
fn personal(site: &page::Site) -> Option<String> {
    let (pages, files) = milepost::site::personal(site);
    let (pages, files) = ((pages > 0).then(|| plural(pages, "page"))?, plural(files, "file"));
    Some(format!("{pages} and {files} hold personal data or names, as `outputs:` allows"))
}

/// `41 KPIs`, `41 KPIs, 28 unavailable,`
fn kpis(site: &Site) -> String {
    let available = plural(site.available, "KPI");
    match site.unavailable {
        0 => available,
        n => format!("{available}, {n} unavailable,"),
    }
}

/// What commits changed of the definitions, where that was asked for and there are definitions.
fn histories(
    root: &Path,
    checked: &Checked,
    args: &Build,
    progress: &Progress,
) -> Result<Option<Histories>, Stop> {
    let Some(most) = args.history.filter(|_| checked.model.is_some()) else { return Ok(None) };
    progress.step("reading the history");
    Ok(Some(review::histories(root, most.get())?))
}

/// Everything up to the finished files; nothing when there are errors.
fn draw(
    checked: &mut Checked,
    args: &Build,
    histories: Option<&Histories>,
    progress: &Progress,
) -> Result<Option<Site>, Stop> {
    let computed = checked.compute(args.as_of.as_deref(), false, progress)?;
    let (Some(model), Some(computed)) = (&checked.model, computed) else { return Ok(None) };
    progress.step("drawing the pages");
    let site = report::pages(&report::Findings {
        model,
        sources: &checked.sources,
        as_of: computed.data.as_of(),
        datasets: computed.data.datasets(),
        checks: &computed.checks,
        remarks: &computed.remarks,
        series: &computed.series,
        lists: &computed.lists,
        lists_before: &computed.lists_before,
        segments: &computed.segments,
        histories,
    });
    let mut files = steps::render(&site)?;
    files.push(published::record(model, computed.data.as_of())?);
    let unavailable = site.kpis.iter().filter(|kpi| kpi.unavailable.is_some()).count();
    let available = site.kpis.len() - unavailable;
    let personal = personal(&site);
    Ok(Some(Site { files, available, unavailable, as_of: site.as_of, personal }))
}
