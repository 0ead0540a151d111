//! Results become pages people like to read.
//!
//! [`page::Site`] in, finished files out: [`render`] computes headlines, changes and verdicts ([`reading`]), writes
//! numbers as text ([`mod@format`]), lays out charts ([`chart`]), fills the templates, and adds every figure as CSV and
//! JSON. It reads and writes no file and knows no clock: the same site gives the same bytes.
//!
//! ```text
//! page::Site ── reading ──► view (what a template needs, all text) ── templates ──► *.html
//!      └─────────────────── export ──────────────────────────────────────────────► *.csv, *.json
//! ```
//!
//! | module | what is there |
//! |---|---|
//! | [`page`] | what a site says, as plain data |
//! | [`reading`] | the headline, the change, the verdict: only complete buckets count |
//! | [`mod@format`], [`value`] | numbers as text; values of dimensions as people read them, no two alike |
//! | [`cohorts`] | the parts of cohorts by step, and their averages |
//! | [`chart`] | the geometry of the charts, as text; the templates draw it as SVG |
//! | `view` | what each template needs |
//! | `templates` | the templates and the style sheet; every value is escaped |
//! | [`segments`] | the sizes of segments over time and who moved, as CSV |
//! | `assignees` | the lines of all lists, by who is to act |
//! | [`lists`] | the lines of lists as CSV and JSON, and their ids |
//! | `export`, [`csv`] | CSV and JSON of every figure |
//! | `slug` | file names from names that may hold anything |

mod assignees;
pub mod chart;
pub mod cohorts;
pub mod csv;
mod export;
pub mod format;
pub mod lists;
pub mod page;
pub mod reading;
pub mod segments;
mod slug;
mod templates;
pub mod unsure;
pub mod value;
mod view;

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use minijinja::Environment;
use minijinja::value::Serde;

pub use assignees::personal;
use page::Site;

/// A file of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// Relative to the site's folder, with forward slashes, ASCII.
    pub path: String,
    pub bytes: Vec<u8>,
}

/// Why a site could not be drawn. Each is a mistake of the program, not of the specs or the data.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("{what} has {cells} cells for {buckets} buckets")]
    CellCount { what: String, cells: usize, buckets: usize },
    #[error("two KPIs, two lists or two segments have the name {0}")]
    DuplicateName(String),
    #[error("a page could not be filled")]
    Template(#[from] minijinja::Error),
    #[error("a figure could not be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// Draws the whole site, its files sorted by path.
///
/// # Errors
///
/// A site that contradicts itself (a series whose cells do not match its buckets, a name used twice).
pub fn render(site: &Site) -> Result<Vec<OutputFile>, RenderError> {
    validate(site)?;
    let names = view::Names::new(site);
    let env = templates::environment()?;
    let mut files = vec![
        file(
            "index.html",
            env.get_template("index.html")?.render(Serde(view::index(site, &names)))?,
        ),
        file(
            "datasets.html",
            env.get_template("datasets.html")?.render(Serde(view::datasets(site, &names)))?,
        ),
        file("data/index.json", export::index_json(site, &names)?),
        file("data/metrics.txt", export::metrics_txt(site)),
    ];
    files.extend(of_kpis(site, &names, &env)?);
    files.extend(of_lists(site, &names, &env)?);
    files.extend(of_segments(site, &names, &env)?);
    files.extend(of_journeys(site, &names, &env)?);
    files.extend(of_scores(site, &names, &env)?);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Draws what a change of definitions does to the numbers, as one file that needs no other.
///
/// # Errors
///
/// Only by a mistake in the template.
pub fn render_review(review: &page::Review) -> Result<String, RenderError> {
    let env = templates::environment()?;
    Ok(env.get_template("review.html")?.render(Serde(view::review(review)))?)
}

/// The files of all KPIs, which threads take one by one. Of several failures the first KPI's is reported.
fn of_kpis(
    site: &Site,
    names: &view::Names,
    env: &Environment<'_>,
) -> Result<Vec<OutputFile>, RenderError> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(kpi) = site.kpis.get(place) else { return done };
            done.push((place, of_kpi(site, kpi, names, env)));
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(site.kpis.len());
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_by_key(|(place, _)| *place);
    let lists = done.into_iter().map(|(_, files)| files).collect::<Result<Vec<_>, _>>()?;
    Ok(lists.into_iter().flatten().collect())
}

fn of_kpi(
    site: &Site,
    kpi: &page::Kpi,
    names: &view::Names,
    env: &Environment<'_>,
) -> Result<Vec<OutputFile>, RenderError> {
    let paths = names.paths(&kpi.name);
    let page = env.get_template("kpi.html")?.render(Serde(view::kpi(site, kpi, names)))?;
    let mut files = vec![
        file(&paths.page, page),
        file(&paths.csv, export::kpi_csv(kpi)),
        file(&paths.json, export::kpi_json(site, kpi)?),
    ];
    for (slice, path) in kpi.slices.iter().zip(&paths.slices) {
        files.push(file(path, export::slice_csv(kpi, slice)));
    }
    Ok(files)
}

/// The page of all lists, of each its page and its lines, and the lines of everybody who is to act.
fn of_lists(
    site: &Site,
    names: &view::Names,
    env: &Environment<'_>,
) -> Result<Vec<OutputFile>, RenderError> {
    let mut files = Vec::new();
    if !site.lists.is_empty() {
        let page = env.get_template("lists.html")?.render(Serde(view::lists(site, names)))?;
        files.push(file("lists.html", page));
    }
    for list in &site.lists {
        let paths = names.list(&list.name);
        let page = env.get_template("list.html")?.render(Serde(view::list(site, list, names)))?;
        let listed = || list.of_status(page::ListStatus::Listed);
        files.push(file(&paths.page, page));
        files.push(file(&paths.csv, lists::csv(list, listed())));
        files.push(file(&paths.json, lists::json_lines(list, listed())));
        if lists::has_rest(list) {
            let rest = list.rows.iter().filter(|row| row.status != page::ListStatus::Listed);
            files.push(file(&paths.rest, lists::csv(list, rest)));
        }
    }
    let people = assignees::assignees(site);
    if !people.is_empty() {
        files.push(file(assignees::TABLE, assignees::table(&people)));
        files.extend(people.iter().map(|own| file(&own.file, own.lines())));
    }
    Ok(files)
}

/// The page of each journey.
fn of_journeys(
    site: &Site,
    names: &view::Names,
    env: &Environment<'_>,
) -> Result<Vec<OutputFile>, RenderError> {
    let page = |(journey, path): (&page::Journey, String)| {
        let view = view::journey(site, journey, names);
        let page = env.get_template("journey.html")?.render(Serde(view))?;
        Ok(file(&path, page))
    };
    view::with_paths(site).map(page).collect()
}

/// The page of all segments, and of each its page, its sizes over time and who moved.
fn of_segments(
    site: &Site,
    names: &view::Names,
    env: &Environment<'_>,
) -> Result<Vec<OutputFile>, RenderError> {
    let mut files = Vec::new();
    if !site.segments.is_empty() {
        let page = env.get_template("segments.html")?.render(Serde(view::segments(site, names)))?;
        files.push(file("segments.html", page));
    }
    for segment in &site.segments {
        let paths = names.segment(&segment.name);
        let page = env.get_template("segment.html")?;
        let page = page.render(Serde(view::segment(site, segment, names)))?;
        files.push(file(&paths.page, page));
        files.push(file(&paths.csv, segments::sizes(segment)));
        if let Some((_, Ok(moves))) = &segment.period {
            files.push(file(&paths.moves, segments::moves(&segment.name, moves)));
        }
    }
    Ok(files)
}

/// Of each score its page, and everybody who has it.
fn of_scores(
    site: &Site,
    names: &view::Names,
    env: &Environment<'_>,
) -> Result<Vec<OutputFile>, RenderError> {
    let mut files = Vec::new();
    for score in &site.scores {
        let list = &score.members;
        let paths = names.score(&list.name);
        let page = env.get_template("score.html")?;
        files.push(file(&paths.page, page.render(Serde(view::score(site, score, names)))?));
        files.push(file(&paths.csv, lists::csv(list, list.rows.iter())));
        files.push(file(&paths.json, lists::json_lines(list, list.rows.iter())));
    }
    Ok(files)
}

fn file(path: &str, text: String) -> OutputFile {
    OutputFile { path: path.to_owned(), bytes: text.into_bytes() }
}

fn of_names_once<'n>(names: impl Iterator<Item = &'n String>) -> Result<(), RenderError> {
    let mut known = std::collections::BTreeSet::new();
    for name in names {
        if !known.insert(name) {
            return Err(RenderError::DuplicateName(name.clone()));
        }
    }
    Ok(())
}

fn whole_segment(segment: &page::Segment) -> Result<(), RenderError> {
    let buckets = segment.buckets.len();
    let groups = segment.groups.iter().map(|group| (group.name.as_str(), group.cells.len()));
    for (group, cells) in groups.chain([("all", segment.total.len())]) {
        if cells != buckets {
            let what = format!("{group} of {}", segment.name);
            return Err(RenderError::CellCount { what, cells, buckets });
        }
    }
    Ok(())
}

fn validate(site: &Site) -> Result<(), RenderError> {
    of_names_once(site.kpis.iter().map(|kpi| &kpi.name))?;
    for kpi in &site.kpis {
        let buckets = kpi.series.buckets.len();
        let fits = |what: String, cells: usize| match cells == buckets {
            true => Ok(()),
            false => Err(RenderError::CellCount { what, cells, buckets }),
        };
        fits(kpi.name.clone(), kpi.series.cells.len())?;
        for slice in &kpi.slices {
            for row in &slice.rows {
                fits(format!("{} by {}", kpi.name, slice.dimension), row.cells.len())?;
            }
        }
    }
    of_names_once(site.scores.iter().map(|score| &score.members.name))?;
    of_names_once(site.lists.iter().map(|list| &list.name))?;
    let scores = site.scores.iter().map(|score| &score.members);
    for list in site.lists.iter().chain(scores) {
        let fields = list.fields.len();
        if let Some(row) = list.rows.iter().find(|row| row.cells.len() != fields) {
            let (what, cells) = (format!("a line of {}", list.name), row.cells.len());
            return Err(RenderError::CellCount { what, cells, buckets: fields });
        }
    }
    of_names_once(site.journeys.iter().map(|journey| &journey.name))?;
    of_names_once(site.segments.iter().map(|segment| &segment.name))?;
    site.segments.iter().try_for_each(whole_segment)
}
