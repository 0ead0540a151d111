//! The arrows of the pipeline, one function each.
//!
//! From a folder to a site:
//!
//! ```
//! use milepost::report::{self, Findings};
//! use milepost::sources::Disk;
//! use milepost::syntax::diagnostic::Diagnostics;
//! use milepost::{publish::publish, steps};
//!
//! let folder = tempfile::tempdir()?;
//! let root = folder.path();
//! std::fs::create_dir(root.join("specs"))?;
//! std::fs::write(root.join("milepost.yaml"), "project: shop")?;
//! std::fs::write(root.join("orders.csv"), "day,amount\n2026-01-05,10.00\n2026-01-31,2.50\n")?;
//! std::fs::write(
//!     root.join("specs/sales.yaml"),
//!     r#"
//! datasets:
//!   orders:
//!     from: orders.csv
//!     kind: events
//!     time: day
//!     columns: { day: date, amount: { type: decimal, unit: USD } }
//! metrics:
//!   sales: { category: roi, question: What did we sell?, grain: month, value: sum(orders.amount) }
//! "#,
//! )?;
//!
//! let mut diagnostics = Diagnostics::default();
//! let loaded = steps::load(&Disk::new(root), &mut diagnostics);
//! let engine = steps::engine(root)?;
//! let schemas = steps::schemas(&engine, &loaded.package, &mut diagnostics);
//! let model = steps::check(&loaded, &schemas, &mut diagnostics).expect("the specs are right");
//!
//! let requests = report::requests(&model);
//! let data = steps::open(&engine, &model, None, &requests, true, &mut diagnostics)
//!     .expect("the data is right");
//! let checks = steps::check_data(&engine, &model, &data, &mut diagnostics)?;
//! let remarks = steps::remarks(&engine, &model, &data, &mut diagnostics)?;
//! let series = steps::run(&engine, &model, &data, &requests)?;
//!
//! let site = report::pages(&Findings {
//!     model: &model,
//!     sources: &loaded.sources,
//!     as_of: data.as_of(),
//!     datasets: data.datasets(),
//!     checks: &checks,
//!     remarks: &remarks,
//!     series: &series,
//!     lists: &[],
//!     lists_before: &[],
//!     segments: &[],
//!     histories: None,
//! });
//! let files = steps::render(&site)?;
//! assert!(files.iter().any(|file| file.path == "index.html"));
//! publish(&root.join("site"), &files)?;
//! assert!(root.join("site/index.html").is_file());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::path::Path;

use milepost_engine::{
    CheckOutcome, Data, Engine, LinkMatch, ListMembers, Listing, Members, Remark,
};
use milepost_plan::request::Request;
use milepost_plan::results::Series;
use milepost_semantics::Memory;
use milepost_semantics::model::{MetricId, Model};
use milepost_semantics::schema::Schemas;
use milepost_semantics::time::AsOf;
use milepost_site::{OutputFile, page};
use milepost_syntax::ast::Package;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};

use crate::error::Error;
use crate::project::Loaded;
pub use crate::project::load;

/// An engine for the project in that folder.
///
/// # Errors
/// When the folder has no absolute path, or the machine gives no threads.
pub fn engine(root: &Path) -> Result<Engine, Error> {
    let absolute = std::path::absolute(root)
        .map_err(|e| Error::unreadable(&root.display().to_string(), &e))?;
    Ok(Engine::new(&absolute)?)
}

/// Reads the columns of every dataset's files, and nothing else of them.
pub fn schemas(engine: &Engine, package: &Package, diagnostics: &mut Diagnostics) -> Schemas {
    engine.schemas(&milepost_semantics::data_needs(package), diagnostics)
}

/// Resolves and checks: a model, or a list of everything that is wrong.
pub fn check(loaded: &Loaded, schemas: &Schemas, diagnostics: &mut Diagnostics) -> Option<Model> {
    let Loaded { package, sources, .. } = loaded;
    whole(milepost_semantics::analyze(package, sources, schemas, diagnostics), loaded, diagnostics)
}

/// The same for a project that is checked again and again: what did not change since the last time is not checked again.
pub fn check_again(
    memory: &mut Memory,
    loaded: &Loaded,
    schemas: &Schemas,
    diagnostics: &mut Diagnostics,
) -> Option<Model> {
    let Loaded { package, sources, .. } = loaded;
    let model = milepost_semantics::analyze_again(memory, package, sources, schemas, diagnostics);
    whole(model, loaded, diagnostics)
}

/// The model with its holidays. A project whose text or files could not all be read has none, whatever the rest says.
fn whole(model: Option<Model>, loaded: &Loaded, diagnostics: &Diagnostics) -> Option<Model> {
    let mut model = model.filter(|_| !diagnostics.has_errors())?;
    model.project.calendar.holidays.clone_from(&loaded.holidays);
    Some(model)
}

/// Opens the data that the requests need; with `all`, every dataset. Nothing if a mistake in the data was reported.
pub fn open(
    engine: &Engine,
    model: &Model,
    as_of: Option<AsOf>,
    requests: &[Request],
    all: bool,
    diagnostics: &mut Diagnostics,
) -> Option<Data> {
    engine.open(model, as_of, requests, all, diagnostics)
}

/// Runs the checks and the freshness of all opened datasets, and reports those that fail.
///
/// # Errors
/// When the engine fails.
pub fn check_data(
    engine: &Engine,
    model: &Model,
    data: &Data,
    diagnostics: &mut Diagnostics,
) -> Result<Vec<CheckOutcome>, Error> {
    let outcomes = engine.check_data(model, data)?;
    let is_stale = |dataset| {
        outcomes
            .iter()
            .any(|o| o.dataset == dataset && o.failed_rows.is_none() && o.fatal && !o.passed)
    };
    for outcome in outcomes.iter().filter(|outcome| !outcome.passed) {
        if outcome.failed_rows.is_some() || outcome.fatal || !is_stale(outcome.dataset) {
            diagnostics.push(broken(outcome));
        }
    }
    Ok(outcomes)
}

/// Looks for suspicious data in everything that was opened, and reports what authors should look at.
///
/// # Errors
/// When the engine fails.
pub fn remarks(
    engine: &Engine,
    model: &Model,
    data: &Data,
    diagnostics: &mut Diagnostics,
) -> Result<Vec<Remark>, Error> {
    let remarks = engine.remarks(model, data)?;
    let warnings = remarks.iter().filter_map(|remark| remark.warning.clone());
    warnings.for_each(|warning| diagnostics.push(warning));
    Ok(remarks)
}

/// How many keys of each link that was read lead to a member.
///
/// # Errors
/// When the engine fails.
pub fn link_matches(engine: &Engine, model: &Model, data: &Data) -> Result<Vec<LinkMatch>, Error> {
    Ok(engine.link_matches(model, data)?)
}

/// Computes all requests in as few scans as they need.
///
/// # Errors
/// When the engine fails.
pub fn run(
    engine: &Engine,
    model: &Model,
    data: &Data,
    requests: &[Request],
) -> Result<Vec<Series>, Error> {
    Ok(engine.run(model, data, requests)?)
}

/// Lists which members or rows the number of a request's last bucket holds.
///
/// # Errors
/// When the engine fails, or no rows hold such a number.
pub fn members(
    engine: &Engine,
    model: &Model,
    data: &Data,
    request: &Request,
    listing: &Listing,
) -> Result<Members, Error> {
    Ok(engine.members(model, data, request, listing)?)
}

/// Who stands on the list that a metric counts, on the day of the as-of.
///
/// # Errors
/// When the engine fails.
pub fn list(
    engine: &Engine,
    model: &Model,
    data: &Data,
    metric: MetricId,
) -> Result<ListMembers, Error> {
    Ok(engine.list(model, data, metric)?)
}

/// Who stood on lists up to an earlier as-of of the same data, which is opened for it; in the order of the lists. Nothing if a
/// mistake in the data was reported.
///
/// # Errors
/// When the engine fails.
pub fn lists_at(
    engine: &Engine,
    model: &Model,
    as_of: AsOf,
    lists: &[MetricId],
    diagnostics: &mut Diagnostics,
) -> Result<Option<Vec<ListMembers>>, Error> {
    if lists.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let requests: Vec<Request> = lists.iter().map(|list| Request::total(model, *list)).collect();
    // What is to be noted about the data is noted of all of it.
    let mut mistakes = diagnostics.emptied();
    let data = open(engine, model, Some(as_of), &requests, false, &mut mistakes);
    let Some(data) = data else {
        diagnostics.append(mistakes);
        return Ok(None);
    };
    lists.iter().map(|id| list(engine, model, &data, *id)).collect::<Result<_, _>>().map(Some)
}

/// Draws the site.
///
/// # Errors
/// Only by a mistake in milepost.
pub fn render(site: &page::Site) -> Result<Vec<OutputFile>, Error> {
    milepost_site::render(site).map_err(|error| Error::Internal(error.to_string()))
}

/// A failed check. A dataset that is older than both its limits is reported once, as an error.
fn broken(outcome: &CheckOutcome) -> Diagnostic {
    let (code, help) = match outcome.failed_rows {
        Some(_) => (
            codes::CHECK_FAILED,
            "correct the data; with `severity: warn` the check is reported but does not stop a build",
        ),
        None => (
            codes::STALE_DATA,
            "add newer data, use an earlier day with `--as-of`, or allow more with `freshness`",
        ),
    };
    let message = outcome.detail.clone();
    let diagnostic = if outcome.fatal {
        Diagnostic::error(code, outcome.span, message)
    } else {
        Diagnostic::warning(code, outcome.span, message)
    };
    diagnostic.help(help)
}
