//! `milepost query METRIC|LIST|SEGMENT --by … --grain … --from … --to … --where … --members … --format …`

mod answer;
mod days;
mod subject;

use std::io::Write;

use milepost::engine::{Data, write as engine};
use milepost::plan::request::Request;
use milepost::question::{Asked, Question};
use milepost::report;
use milepost::segments::Sizes;
use milepost::semantics::model::Model;
use milepost::semantics::time::Instant;
use milepost::syntax::codes;
use milepost::syntax::diagnostic::Diagnostic;
use milepost::{Error, steps, write};

use crate::args::{Global, Query, QueryFormat};
use crate::exit::{Exit, Stop};
use crate::figures::{CallList, Figures, MemberList, Moved, MovesTable, Printed};
use crate::output::Output;
use crate::progress::Progress;
use crate::project::{self, Checked};
use answer::{Answer, Asking};
use days::{day, refuse_backward, refuse_later, refuse_since};
use subject::Subject;

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
        members: args.members,
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
    let subject = Subject::of(&asked, model, args);
    subject.refuse(args)?;
    let sizes = asked.segment(model).map(|_| Sizes::new(model));
    // The model in which the metric is that counts what is asked.
    let counting = sizes.as_ref().map_or(&*model, Sizes::model);
    let as_of = project::as_of(model, args.as_of.as_deref())?;
    let given = |text: Option<&str>| text.map(|text| day(model, text)).transpose();
    let from = given(args.from.as_deref())?.map(|(start, _)| start);
    let to = given(args.to.as_deref())?.map(|(_, end)| end);
    let since = given(args.since.as_deref())?.map(|(_, end)| end);
    refuse_backward(from, to)?;
    let requests = requests(args, &asked, model, (&subject, sizes.as_ref()), (from, to));
    let requests = match requests {
        Err(Stop::Usage(told)) => {
            output.diagnostics(&[&told], sources);
            return Err(Stop::Told(Exit::Usage));
        }
        requests => requests?,
    };
    if let Some(as_of) = as_of {
        refuse_later(model, from, as_of)?;
        project::refuse_too_much(counting, sources, as_of, &requests, output)?;
    }
    // The second of the days that are compared.
    let until = |data: &Data| to.map_or(data.as_of().end, |to| to.min(data.as_of().end));
    let progress = Progress::start(output, "opening the data");
    let data = steps::open(engine, counting, as_of, &requests, false, diagnostics);
    if let Some(data) = &data {
        refuse_later(model, from, data.as_of())?;
        project::refuse_too_much(counting, sources, data.as_of(), &requests, output)?;
        let after = until(data);
        let compared = since.zip(args.since.as_deref());
        compared.map_or(Ok(()), |(since, text)| refuse_since(model, text, (since, after)))?;
    }
    let mut remarked = diagnostics.emptied();
    if let Some(data) = &data {
        project::met(steps::remarks(engine, counting, data, &mut remarked), diagnostics)?;
        diagnostics.append(remarked.clone());
    }
    progress.step("computing the figures");
    let answer = match &data {
        Some(data) => {
            let asked = Asking { args, engine, model: counting, data, requests: &requests };
            let answer = match (&subject, &sizes, since) {
                (Subject::List(list) | Subject::Score(list), _, since) => {
                    asked.on_a_list(*list, since, diagnostics)
                }
                (Subject::Segment(segment), Some(sizes), Some(since)) => {
                    asked.moves(sizes, *segment, (since, until(data)))
                }
                _ => asked.figures(),
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
    let model = sizes.as_ref().map_or(model, Sizes::model);
    shown(args, (model, &checked), data, answer, output)
}

/// What is computed; the mistake where a segment can't be asked so.
fn requests(
    args: &Query,
    asked: &Asked,
    model: &Model,
    (subject, sizes): (&Subject, Option<&Sizes>),
    (from, to): (Option<Instant>, Option<Instant>),
) -> Result<Vec<Request>, Stop> {
    let requests = match (subject, sizes) {
        (Subject::Segment(segment), Some(sizes)) => {
            let request = sizes.asked(*segment, args.grain.as_deref(), &args.by);
            Some(vec![Request { from, to, ..request.map_err(Stop::Usage)? }])
        }
        _ if args.members => asked.request(model, from, to).map(|request| vec![request]),
        _ => asked.requests(model, from, to),
    };
    requests.ok_or_else(|| {
        let name = &args.metric;
        Error::Internal(format!("the query of `{name}` was checked but can't be computed")).into()
    })
}

/// `model`: in which what is asked is counted.
fn shown(
    args: &Query,
    (model, checked): (&Model, &Checked),
    data: &Data,
    answer: Answer,
    output: Output,
) -> Result<Exit, Stop> {
    match answer {
        Answer::Figures(series) => {
            let figures = Figures::new(model, data.as_of(), series);
            let Some(mut figures) = figures else {
                return Err(Error::Internal("a query without a series".to_owned()).into());
            };
            if args.from.is_none() {
                figures.trim();
            }
            print(args, &figures, output)
        }
        Answer::Members(members) => {
            print(args, &MemberList::new(model, data.as_of(), *members), output)
        }
        Answer::List(members, before) => {
            let page = report::list_page(model, &checked.sources, &members, before.as_deref());
            let Some(list) = page else {
                return Err(Error::Internal("a list that is none".to_owned()).into());
            };
            print(args, &CallList::new(model, data.as_of(), list, members.metric), output)
        }
        Answer::Moves(segment, between, moves) => {
            let table = MovesTable::new(model, data.as_of(), segment, between, *moves);
            if args.members {
                return print(args, &Moved(table), output);
            }
            print(args, &table, output)
        }
    }
}

/// Whether a mistake is one of what is asked, rather than of the data.
fn is_of_the_question(args: &Query, told: &Diagnostic) -> bool {
    let of_members = [codes::INVALID_VALUE, codes::UNKNOWN_NAME];
    told.code == codes::LIMIT_EXCEEDED || (args.members && of_members.contains(&told.code))
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
