//! A question of a page, answered by both lowerings.

use std::fmt::Write as _;
use std::path::Path;

use milepost::engine::{Data, Engine, ListMembers};
use milepost::plan::request::Request;
use milepost::plan::results::{Cell, Reason, Series};
use milepost::plan::sql::sql;
use milepost::question::Question;
use milepost::report::list_page;
use milepost::segments::Sizes;
use milepost::semantics::model::{ListStatus, MetricId, Model};
use milepost::semantics::time::{AsOf, Instant};
use milepost::site::lists;
use milepost::site::page::{List, ListChange};
use milepost::sources::Disk;
use milepost::syntax::diagnostic::Diagnostics;
use milepost::{Loaded, steps};
use serde_json::{Value, json};

use super::segment;

pub(super) type Failure = Box<dyn std::error::Error>;

/// A question in its parts.
pub(super) struct Parsed {
    pub(super) question: Question,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    pub(super) since: Option<String>,
}

/// `NAME [by A,B] [grain G] [from DATE] [since DATE] [to DATE] [where CONDITION]`.
fn parse(text: &str) -> Result<Parsed, Failure> {
    let (head, filter) = match text.split_once(" where ") {
        Some((head, filter)) => (head, Some(filter.trim().to_owned())),
        None => (text, None),
    };
    let mut words = head.split_whitespace().peekable();
    let metric = words.next().unwrap_or_default().to_owned();
    // A name alone asks for the list, also that of a journey.
    let members = words.peek().is_none();
    let mut question = Question { metric, filter, members, ..Question::default() };
    let (mut from, mut to, mut since) = (None, None, None);
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("nothing after `{word}`"))?.to_owned();
        match word {
            "by" => {
                // A dimension may have several words: `role at event`.
                let mut dimensions = value;
                while let Some(more) =
                    words.next_if(|w| !["grain", "from", "since", "to"].contains(w))
                {
                    let _ = write!(dimensions, " {more}");
                }
                question.by = dimensions.split(',').map(str::to_owned).collect();
            }
            "grain" => question.grain = Some(value),
            "from" => {
                question.from_a_day = true;
                from = Some(value);
            }
            "to" => to = Some(value),
            "since" => since = Some(value),
            other => return Err(format!("`{other}` is no part of a question").into()),
        }
    }
    Ok(Parsed { question, from, to, since })
}

/// A question of a project.
struct Asked {
    loaded: Loaded,
    model: Model,
    request: Request,
    /// Who stands on a list is asked, rather than how many.
    list: Option<MetricId>,
    /// The day with which it is compared.
    since: Option<AsOf>,
}

/// What is asked, or the messages that the question earns, or its whole answer.
fn ask(folder: &Path, engine: &Engine, text: &str) -> Result<Result<Asked, String>, Failure> {
    let parsed = parse(text)?;
    let question = &parsed.question;
    let mut diagnostics = Diagnostics::default();
    let mut loaded = steps::load(&Disk::new(folder), &mut diagnostics);
    let asked = question.ask(&mut loaded, &mut diagnostics).map_err(|e| e.message)?;
    let schemas = steps::schemas(engine, &loaded.package, &mut diagnostics);
    let Some(model) = steps::check(&loaded, &schemas, &mut diagnostics) else {
        let list = diagnostics.sorted();
        return Ok(Err(list.iter().fold(format!("{text}\n"), |mut out, d| {
            let _ = writeln!(out, "  {}: {}", d.code.name(), d.message);
            out
        })));
    };
    if let Some(lacking) = asked.unavailable(&model) {
        return Ok(Err(format!("{text}\n  {}: {}\n", lacking.code.name(), lacking.message)));
    }
    if let Some(segment) = asked.segment(&model) {
        let sizes = Sizes::new(&model);
        let of = (&loaded, &sizes, segment);
        return Ok(Err(segment::answer(folder, engine, text, of, &parsed)?));
    }
    let Parsed { from, to, since, .. } = parsed;
    let calendar = &model.project.calendar;
    let day = |text: Option<String>| -> Option<Instant> { calendar.parse_instant(&text?) };
    // `to` names the last day that is seen.
    let to = to.and_then(|text| calendar.parse_as_of(&text)).map(|a| a.end);
    let request = asked.request(&model, day(from), to).ok_or("the question can't be asked")?;
    let since = since.and_then(|text| calendar.parse_as_of(&text));
    let list = asked.list(&model).filter(|_| since.is_some() || !text.trim().contains(' '));
    Ok(Ok(Asked { loaded, model, request, list, since }))
}

/// The answer as a table, or the messages that the question earns.
pub(crate) fn answer(folder: &Path, engine: &Engine, text: &str) -> Result<String, Failure> {
    let Asked { loaded, model, request, list, since } = match ask(folder, engine, text)? {
        Ok(asked) => asked,
        Err(told) => return Ok(told),
    };
    let series = match run(engine, &model, &request) {
        Ok(series) => series,
        // A question that the data has no answer to is reported, as on the command line.
        Err(failure) => match failure.downcast_ref::<milepost::Error>() {
            Some(error @ (milepost::Error::Data(_) | milepost::Error::Told(_))) => {
                let diagnostic = error.diagnostic();
                return Ok(format!(
                    "{text}\n  {}: {}\n",
                    diagnostic.code.name(),
                    diagnostic.message
                ));
            }
            _ => return Err(failure),
        },
    };
    if let Some(list) = list {
        return listed(folder, engine, text, (&loaded, &model, list, since), &series);
    }
    alike(folder, (&loaded, &model), &request, &series)?;
    Ok(format!("{text}\n{}", table(&series)))
}

/// Who stands on a list, as its files have it. Before its limit and whoever is snoozed, it is who is counted (`series`, by both
/// lowerings), and those who can't be told are those who can't be judged.
fn listed(
    folder: &Path,
    engine: &Engine,
    text: &str,
    (loaded, model, list, since): (&Loaded, &Model, MetricId, Option<AsOf>),
    series: &Series,
) -> Result<String, Failure> {
    let found = run_list(engine, model, list)?;
    for partitions in [1, 3] {
        let other = Engine::with_partitions(folder, partitions)?;
        steps::schemas(&other, &loaded.package, &mut Diagnostics::default());
        assert_eq!(run_list(&other, model, list)?, found, "with {partitions} partitions");
    }
    let last = series.rows[0].cells.at(series.buckets.len() - 1);
    assert_eq!(found.cell, last, "a list counts who is counted");
    let unknown = found.count(ListStatus::Unknown);
    if let Ok(counted) = last.value {
        let all = found.entries.len() - unknown;
        assert!((all as f64 - counted).abs() < 0.5, "{all} are listed and {counted} counted");
        // Columns alone are not judged, so those without a value are not counted beside the figure.
        let absent = last.absent.numerator;
        let hides = model[list].list.as_ref().is_some_and(|list| list.hides_unknown);
        assert!(hides || absent == 0 || unknown as u64 == absent, "{unknown} can't be told");
    }
    let before = match since {
        Some(as_of) => {
            let mut diagnostics = Diagnostics::default();
            let before = steps::lists_at(engine, model, as_of, &[list], &mut diagnostics)?;
            before.ok_or_else(|| format!("{:?}", diagnostics.sorted()))?.pop()
        }
        None => None,
    };
    let page = list_page(model, &loaded.sources, &found, before.as_ref()).ok_or("no list")?;
    if let Some(before) = &before {
        closes(&page, before);
    }
    let lines = match &page.total {
        Ok(_) => lists::csv(&page, page.rows.iter()),
        Err(reason) => reason.clone(),
    };
    Ok(lines.lines().fold(format!("{text}\n"), |mut out, line| {
        let _ = writeln!(out, "  {line}");
        out
    }))
}

/// Who was on the list has stayed or is gone, and who is on it has stayed or is new.
fn closes(page: &List, before: &ListMembers) {
    let Some((_, None)) = &page.since else { return };
    let [new, stayed, gone] =
        [ListChange::New, ListChange::Stayed, ListChange::Gone].map(|change| page.changed(change));
    assert_eq!(before.count(ListStatus::Listed) as u64, stayed + gone, "who was on it");
    assert_eq!(page.count(ListStatus::Listed), stayed + new, "who is on it");
}

fn run_list(engine: &Engine, model: &Model, list: MetricId) -> Result<ListMembers, Failure> {
    let data = open(engine, model, &Request::total(model, list))?;
    Ok(steps::list(engine, model, &data, list)?)
}

/// The answer and the job that gives it in DuckDB, by the printed SQL; nothing where there is no answer.
pub(crate) fn printed(
    folder: &Path,
    engine: &Engine,
    text: &str,
) -> Result<Option<(Series, Value)>, Failure> {
    let Ok(Asked { model, request, .. }) = ask(folder, engine, text)? else { return Ok(None) };
    let requests = std::slice::from_ref(&request);
    let as_of = model.project.as_of();
    let data = steps::open(engine, &model, as_of, requests, false, &mut Diagnostics::default());
    let Some(data) = data else { return Ok(None) };
    let Ok(mut series) = steps::run(engine, &model, &data, requests) else { return Ok(None) };
    let job = json!({
        "folder": folder,
        "prelude": engine.prelude(&model, data.as_of()),
        "queries": [{ "name": text, "sql": sql(&model, data.as_of(), &request) }],
    });
    // Statements read no dataset that the project lacks.
    let is_there = |series: &Series| {
        let mut cells = series.rows.iter().flat_map(|row| row.cells.iter());
        !cells.any(|cell| matches!(cell.value, Err(Reason::Unavailable { .. })))
    };
    Ok(series.pop().filter(is_there).map(|series| (series, job)))
}

/// The same on other numbers of partitions: no number depends on how the work is spread.
pub(super) fn run_alike(
    folder: &Path,
    engine: &Engine,
    (loaded, model): (&Loaded, &Model),
    request: &Request,
) -> Result<Series, Failure> {
    let series = run(engine, model, request)?;
    alike(folder, (loaded, model), request, &series)?;
    Ok(series)
}

fn alike(
    folder: &Path,
    (loaded, model): (&Loaded, &Model),
    request: &Request,
    series: &Series,
) -> Result<(), Failure> {
    for partitions in [1, 3] {
        let other = Engine::with_partitions(folder, partitions)?;
        steps::schemas(&other, &loaded.package, &mut Diagnostics::default());
        assert_eq!(run(&other, model, request)?, *series, "with {partitions} partitions");
    }
    Ok(())
}

pub(super) fn open(engine: &Engine, model: &Model, request: &Request) -> Result<Data, Failure> {
    let mut diagnostics = Diagnostics::default();
    let as_of = model.project.as_of();
    let requests = std::slice::from_ref(request);
    let data = steps::open(engine, model, as_of, requests, false, &mut diagnostics);
    Ok(data.ok_or_else(|| format!("{:?}", diagnostics.sorted()))?)
}

/// The answer by both lowerings, which agree.
pub(super) fn run(engine: &Engine, model: &Model, request: &Request) -> Result<Series, Failure> {
    let data = open(engine, model, request)?;
    let series = steps::run(engine, model, &data, std::slice::from_ref(request))?.remove(0);
    let plain = engine.run_plain(model, &data, request)?;
    agree(&series, &plain)?;
    Ok(series)
}

/// The two lowerings agree: the same slices, the same numbers, a reason wherever the other has null.
fn agree(series: &Series, plain: &Series) -> Result<(), Failure> {
    let mut keys: Vec<_> = plain.rows.iter().map(|r| &r.key).collect();
    let mut own: Vec<_> = series.rows.iter().map(|r| &r.key).collect();
    keys.sort();
    own.sort();
    if keys != own {
        return Err(
            format!("the lowerings disagree on slices: {own:?} and (plain) {keys:?}").into()
        );
    }
    for row in &series.rows {
        let other = plain.rows.iter().find(|r| r.key == row.key).ok_or("a slice is missing")?;
        for (i, (a, b)) in row.cells.iter().zip(other.cells.iter()).enumerate() {
            let same = match (&a.value, &b.value) {
                (Ok(a), Ok(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0),
                (Err(_), Err(_)) => true,
                _ => false,
            };
            if !same {
                let label = &series.buckets[i].bucket.label;
                return Err(format!(
                    "the lowerings disagree at {label} {:?}: {a:?} and (plain) {b:?}",
                    row.key
                )
                .into());
            }
        }
    }
    Ok(())
}

/// Buckets down, slices across. `*` marks a partial bucket, `/` one that the question cuts, `+` a maturing
/// one, `~` one that is not settled.
pub(super) fn table(series: &Series) -> String {
    let mut head = vec!["bucket".to_owned()];
    head.extend(
        series.rows.iter().zip(milepost::report::slice_names(series)).map(|(r, names)| {
            if r.key.is_empty() { "value".to_owned() } else { names.join(" · ") }
        }),
    );
    let mut lines = vec![head];
    for (i, bucket) in series.buckets.iter().enumerate() {
        let mark = match bucket.status() {
            "maturing" => "+",
            "cut" => "/",
            "partial" => "*",
            "immature" => "~",
            _ => "",
        };
        let mut line = vec![format!("{}{mark}", bucket.bucket.label)];
        line.extend(series.rows.iter().map(|r| show(&r.cells.at(i))));
        lines.push(line);
    }
    let widths: Vec<usize> = (0..lines[0].len())
        .map(|c| lines.iter().map(|l| l[c].chars().count()).max().unwrap_or(0))
        .collect();
    lines.iter().fold(String::new(), |mut text, line| {
        let cells: Vec<String> =
            line.iter().zip(&widths).map(|(cell, w)| format!("{cell:<w$}")).collect();
        let _ = writeln!(text, "  {}", cells.join("  ").trim_end());
        text
    })
}

fn show(cell: &Cell) -> String {
    let text = match &cell.value {
        Ok(value) => {
            let text = format!("{value:.6}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        Err(reason) => reason.to_string(),
    };
    match (cell.absent.numerator, cell.absent.denominator) {
        (0, 0) => text,
        (n, 0) => format!("{text} ({n} not judged)"),
        (n, m) => format!("{text} ({n} not judged in the numerator, {m} in the denominator)"),
    }
}
