//! `milepost build [DIR] --out DIR --as-of DATE`

use milepost::site::page::Kpi;
use milepost::{publish, report, steps};

use crate::args::{Build, Format, Global};
use crate::exit::{Exit, Stop};
use crate::output::Output;
use crate::progress::Progress;
use crate::project::{self, Checked, plural, shown};

pub(super) fn run(args: &Build, global: &Global, output: Output) -> Result<Exit, Stop> {
    let root = project::find(args.folder.as_deref(), global)?;
    let out = args.out.clone().unwrap_or_else(|| root.join("site"));
    // Better told now than after the work.
    publish::may_replace(&out)?;
    let progress = Progress::start(output, "reading the specs");
    let mut checked = project::check(&root)?;
    let site = compute(&mut checked, args, &progress)?;
    drop(progress);
    let exit = checked.tell(args.format, global, output)?;
    let Some(site) = site.filter(|_| exit == Exit::Done) else {
        if args.format == Format::Human {
            output.note(&format!("no site was written: {}", checked.count()));
        }
        return Ok(Exit::Mistakes);
    };
    publish::publish(&out, &site.files)?;
    if args.format == Format::Human {
        output.notes(&site.unavailable);
        let index = shown(&out, "index.html");
        output.note(&format!("{} as of {}: open {index}", plural(site.kpis, "KPI"), site.as_of));
    }
    Ok(Exit::Done)
}

/// A site in memory.
struct Site {
    files: Vec<milepost::site::OutputFile>,
    kpis: usize,
    /// What is to be said of the KPIs without figures, each with the reason.
    unavailable: Vec<String>,
    as_of: String,
}

/// Everything up to the finished files; nothing when there are errors.
fn compute(checked: &mut Checked, args: &Build, progress: &Progress) -> Result<Option<Site>, Stop> {
    let Some(model) = &checked.model else { return Ok(None) };
    let as_of = project::as_of(model, args.as_of.as_deref())?;
    let requests = report::requests(model);
    progress.step("opening the data");
    let Some(data) =
        steps::open(&checked.engine, model, as_of, &requests, true, &mut checked.diagnostics)
    else {
        return Ok(None);
    };
    progress.step("checking the data");
    let checks = steps::check_data(&checked.engine, model, &data, &mut checked.diagnostics);
    let checks = project::met(checks, &mut checked.diagnostics)?;
    let Some(checks) = checks.filter(|_| !checked.diagnostics.has_errors()) else {
        return Ok(None);
    };
    let remarks = steps::remarks(&checked.engine, model, &data, &mut checked.diagnostics);
    let remarks = project::met(remarks, &mut checked.diagnostics)?;
    let Some(remarks) = remarks.filter(|_| !checked.diagnostics.has_errors()) else {
        return Ok(None);
    };
    progress.step("computing the figures");
    let series = steps::run(&checked.engine, model, &data, &requests);
    let Some(series) = project::met(series, &mut checked.diagnostics)? else { return Ok(None) };
    progress.step("drawing the pages");
    let site = report::pages(&report::Findings {
        model,
        sources: &checked.sources,
        as_of: data.as_of(),
        datasets: data.datasets(),
        checks: &checks,
        remarks: &remarks,
        series: &series,
    });
    let files = steps::render(&site)?;
    let reason = |kpi: &Kpi| {
        kpi.unavailable.as_ref().map(|reason| format!("unavailable: {} {reason}", kpi.name))
    };
    let unavailable = site.kpis.iter().filter_map(reason).collect();
    Ok(Some(Site { files, kpis: site.kpis.len(), unavailable, as_of: site.as_of }))
}
