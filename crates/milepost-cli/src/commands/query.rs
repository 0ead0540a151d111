//! `milepost query METRIC --by … --grain … --from … --to … --where … --members … --format …`

use std::io::Write;

use milepost::engine::{Data, Engine, ListMembers, Listing, Members, OrderBy, write as engine};
use milepost::plan::request::Request;
use milepost::plan::results::Series;
use milepost::question::Question;
use milepost::report::{self, as_of_words};
use milepost::semantics::model::{MetricId, Model};
use milepost::semantics::time::{AsOf, Grain, Instant, show_date};
use milepost::syntax::codes;
use milepost::syntax::diagnostic::Diagnostic;
use milepost::{Error, steps, write};

use crate::args::{Global, Query, QueryFormat};
use crate::exit::{Exit, Stop};
use crate::figures::{CallList, Figures, MemberList, Printed};
use crate::output::Output;
use crate::progress::Progress;
use crate::project::{self, Checked};

pub(super) fn run(args: &Query, global: &Global, output: Output) -> Result<Exit, Stop> {
    if args.format == QueryFormat::Parquet && args.out.is_none() && output.is_screen() {
        return Err(Diagnostic::error_nowhere(
            codes::INVALID_VALUE,
            "a Parquet file can't be printed to a terminal",
        )
        .help("name a file with `--out FILE`")
        .into());
    }
    // Better reported now than after the work.
    args.out.as_deref().map(write::may_replace).transpose()?;
    let question = Question {
        metric: args.metric.clone(),
        by: args.by.clone(),
        grain: args.grain.clone(),
        filter: args.r#where.clone(),
        from_a_day: args.from.is_some(),
    };
    let progress = Progress::start(output, "reading the specs");
    let (mut checked, asked) = project::ask(&project::find(None, global)?, &question, output)?;
    drop(progress);
    checked.tell_errors(&asked, global, output)?;

    let Checked { model, engine, diagnostics, sources, .. } = &mut checked;
    let Some(model) = model else { return Ok(Exit::Mistakes) };
    if let Some(lacking) = asked.unavailable(model) {
        output.diagnostics(&[&lacking], sources);
        return Err(Stop::Told(Exit::Usage));
    }
    // The members of a score are asked for by its name.
    let is_score = |metric: &MetricId| report::score_of(model, *metric).is_some();
    let list = asked.list(model).filter(|metric| !args.members || is_score(metric));
    if list.is_some() {
        refuse_of_a_list(args, list.as_ref().is_some_and(is_score))?;
    }
    let as_of = project::as_of(model, args.as_of.as_deref())?;
    let from = args.from.as_deref().map(|text| Ok::<_, Stop>(day(model, text)?.0)).transpose()?;
    let to = args.to.as_deref().map(|text| Ok::<_, Stop>(day(model, text)?.1)).transpose()?;
    refuse_backward(from, to)?;
    let requests = if args.members && list.is_none() {
        asked.request(model, from, to).map(|request| vec![request])
    } else {
        asked.requests(model, from, to)
    };
    let Some(requests) = requests else {
        return Err(Error::Internal(format!(
            "the query of `{}` was checked but can't be computed",
            args.metric
        ))
        .into());
    };
    if let Some(as_of) = as_of {
        refuse_later(model, from, as_of)?;
        project::refuse_too_much(model, sources, as_of, &requests, output)?;
    }
    let progress = Progress::start(output, "opening the data");
    let data = steps::open(engine, model, as_of, &requests, false, diagnostics);
    if let Some(data) = &data {
        refuse_later(model, from, data.as_of())?;
        project::refuse_too_much(model, sources, data.as_of(), &requests, output)?;
    }
    let mut remarked = diagnostics.emptied();
    if let Some(data) = &data {
        project::met(steps::remarks(engine, model, data, &mut remarked), diagnostics)?;
        diagnostics.append(remarked.clone());
    }
    progress.step("computing the figures");
    let answer = match &data {
        Some(data) => {
            let answer = match list {
                Some(list) => on_a_list(engine, model, data, list),
                None => answer(args, engine, model, data, &requests),
            };
            if let Err(Error::Told(told)) = &answer
                && is_of_the_question(args, told)
            {
                drop(progress);
                output.diagnostics(&[told], sources);
                return Err(Stop::Told(Exit::Usage));
            }
            project::met(answer, diagnostics)?
        }
        None => None,
    };
    drop(progress);
    checked.tell_errors(&asked, global, output)?;
    let (Some(model), Some(data), Some(answer)) = (&checked.model, &data, answer) else {
        return Ok(Exit::Mistakes);
    };
    output.diagnostics(&remarked.sorted(), &checked.sources);
    match answer {
        Answer::Figures(series) => {
            let figures = Figures::new(model, data.as_of(), series);
            let Some(mut figures) = figures else {
                return Err(Error::Internal("a query without a series".to_owned()).into());
            };
            if from.is_none() {
                figures.trim();
            }
            print(args, &figures, output)
        }
        Answer::Members(members) => {
            print(args, &MemberList::new(model, data.as_of(), *members), output)
        }
        Answer::List(members) => {
            let Some(list) = report::list_page(model, &checked.sources, &members) else {
                return Err(Error::Internal("a list that is none".to_owned()).into());
            };
            print(args, &CallList::new(model, data.as_of(), list, members.metric), output)
        }
    }
}

/// How many, or who.
enum Answer {
    Figures(Vec<Series>),
    Members(Box<Members>),
    List(Box<ListMembers>),
}

fn on_a_list(engine: &Engine, model: &Model, data: &Data, list: MetricId) -> Result<Answer, Error> {
    steps::list(engine, model, data, list).map(|members| Answer::List(Box::new(members)))
}

/// A list is of one day, and has no slices.
fn refuse_of_a_list(args: &Query, is_score: bool) -> Result<(), Stop> {
    let options = [
        ("--by", !args.by.is_empty()),
        ("--grain", args.grain.is_some()),
        ("--from", args.from.is_some()),
        ("--to", args.to.is_some()),
    ];
    let Some((option, _)) = options.into_iter().find(|(_, given)| *given) else { return Ok(()) };
    let name = &args.metric;
    let (what, over_time) = if is_score {
        (
            "a score: how members stand",
            format!("in each band over time, ask for `{name}.count --by {name}.band`"),
        )
    } else {
        ("a list: who is on it", format!("on it over time, ask for `{name}.count`"))
    };
    let message =
        format!("`{name}` is {what} on the day of the as-of, so `{option}` has no meaning");
    Err(Diagnostic::error_nowhere(codes::INVALID_VALUE, message)
        .help(format!("for another day use `--as-of`; for how many were {over_time}"))
        .into())
}

fn answer(
    args: &Query,
    engine: &Engine,
    model: &Model,
    data: &Data,
    requests: &[Request],
) -> Result<Answer, Error> {
    if args.members
        && let [request] = requests
    {
        let order_by = args.order_by.as_deref().map(order_by);
        let listing = Listing { order_by, limit: args.limit };
        let members = steps::members(engine, model, data, request, &listing)?;
        return Ok(Answer::Members(Box::new(members)));
    }
    steps::run(engine, model, data, requests).map(Answer::Figures)
}

/// `COLUMN`, or `COLUMN desc`.
fn order_by(text: &str) -> OrderBy {
    let (column, descending) = match text.strip_suffix(" desc") {
        Some(column) => (column, true),
        None => (text, false),
    };
    OrderBy { column: column.to_owned(), descending }
}

/// Whether a mistake is one of what is asked, rather than of the data.
fn is_of_the_question(args: &Query, told: &Diagnostic) -> bool {
    let of_members = [codes::INVALID_VALUE, codes::UNKNOWN_NAME];
    told.code == codes::LIMIT_EXCEEDED || (args.members && of_members.contains(&told.code))
}

/// The first instant of a day, and the first after it.
fn day(model: &Model, text: &str) -> Result<(Instant, Instant), Stop> {
    let calendar = &model.project.calendar;
    match calendar.parse_as_of(text).filter(|_| text.len() == "2026-03-31".len()) {
        Some(as_of) => {
            let day = calendar.bucket_of(Grain::Day, Instant(as_of.end.0 - 1));
            Ok((day.start, day.end))
        }
        None => {
            Err(Diagnostic::error_nowhere(codes::INVALID_DATE, format!("`{text}` is not a day"))
                .help("write a day as 2026-03-31")
                .into())
        }
    }
}

fn refuse_backward(from: Option<Instant>, to: Option<Instant>) -> Result<(), Stop> {
    match (from, to) {
        (Some(from), Some(to)) if from >= to => {
            Err(Diagnostic::error_nowhere(codes::INVALID_DATE, "`--from` is after `--to`")
                .help("both days are included; give the earlier one to `--from`")
                .into())
        }
        _ => Ok(()),
    }
}

/// A range that lies after the as-of has no bucket, and so no answer.
fn refuse_later(model: &Model, from: Option<Instant>, as_of: AsOf) -> Result<(), Stop> {
    let Some(from) = from.filter(|from| *from >= as_of.end) else { return Ok(()) };
    let calendar = &model.project.calendar;
    let day = show_date(calendar.date_of(from));
    let message = format!(
        "`--from {day}` is after the as-of, {}, up to which data is used",
        as_of_words(model, as_of)
    );
    Err(Diagnostic::error_nowhere(codes::INVALID_DATE, message)
        .help(format!("give an earlier day, or use a later as-of: `--as-of {day}`"))
        .into())
}

fn print(args: &Query, figures: &impl Printed, output: Output) -> Result<Exit, Stop> {
    if args.format == QueryFormat::Parquet {
        return parquet(args, figures, output);
    }
    let fill = |to: &mut dyn Write| match args.format {
        QueryFormat::Csv => figures.csv(to),
        QueryFormat::Json => figures.json(to),
        QueryFormat::Table | QueryFormat::Parquet => figures.table(output, to),
    };
    match &args.out {
        Some(path) => write::text_by(path, fill)?,
        None if args.format == QueryFormat::Json => output.json_by(fill)?,
        None => output.result_by(fill)?,
    }
    Ok(Exit::Done)
}

fn parquet(args: &Query, figures: &impl Printed, output: Output) -> Result<Exit, Stop> {
    let (first, mut others) = figures.columns();
    if let Some(path) = &args.out {
        let mut table = write::Table::begin(path, first)?;
        others.try_for_each(|part| table.append(part))?;
        table.finish()?;
        return Ok(Exit::Done);
    }
    let mut parts = engine::Parts::begin(Vec::new(), first, None).map_err(Error::from)?;
    others.try_for_each(|part| parts.append(part)).map_err(Error::from)?;
    output.bytes(&parts.finish().map_err(Error::from)?)?;
    Ok(Exit::Done)
}
