//! `milepost query METRIC|LIST|SEGMENT --by … --grain … --from … --to … --where … --members … --format …`

mod days;

use std::io::Write;

use milepost::engine::{
    Data, Engine, ListMembers, Listing, Members, Moves, OrderBy, write as engine,
};
use milepost::plan::request::Request;
use milepost::plan::results::Series;
use milepost::question::{Asked, Question};
use milepost::report;
use milepost::segments::Sizes;
use milepost::semantics::model::{MetricId, Model, SegmentId};
use milepost::semantics::time::{AsOf, Instant};
use milepost::syntax::codes;
use milepost::syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost::{Error, steps, write};

use crate::args::{Global, Query, QueryFormat};
use crate::exit::{Exit, Stop};
use crate::figures::{CallList, Figures, MemberList, Moved, MovesTable, Printed};
use crate::output::Output;
use crate::progress::Progress;
use crate::project::{self, Checked};
use days::{day, refuse_backward, refuse_later, refuse_since};

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
    let subject = Subject::of(&asked, model, args);
    subject.refuse(args)?;
    let sizes = asked.segment(model).map(|_| Sizes::new(model));
    // The model in which the metric is that counts what is asked.
    let counting = sizes.as_ref().map_or(&*model, Sizes::model);
    let as_of = project::as_of(model, args.as_of.as_deref())?;
    let from = args.from.as_deref().map(|text| Ok::<_, Stop>(day(model, text)?.0)).transpose()?;
    let to = args.to.as_deref().map(|text| Ok::<_, Stop>(day(model, text)?.1)).transpose()?;
    let since = args.since.as_deref().map(|text| Ok::<_, Stop>(day(model, text)?.1)).transpose()?;
    refuse_backward(from, to)?;
    let requests = match (&subject, &sizes) {
        (Subject::Segment(segment), Some(sizes)) => {
            match sizes.asked(*segment, args.grain.as_deref(), &args.by) {
                Ok(request) => Some(vec![Request { from, to, ..request }]),
                Err(told) => {
                    output.diagnostics(&[&told], sources);
                    return Err(Stop::Told(Exit::Usage));
                }
            }
        }
        _ if args.members => asked.request(model, from, to).map(|request| vec![request]),
        _ => asked.requests(model, from, to),
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
        project::refuse_too_much(counting, sources, as_of, &requests, output)?;
    }
    let progress = Progress::start(output, "opening the data");
    let data = steps::open(engine, counting, as_of, &requests, false, diagnostics);
    if let Some(data) = &data {
        refuse_later(model, from, data.as_of())?;
        project::refuse_too_much(counting, sources, data.as_of(), &requests, output)?;
        let after = to.unwrap_or(data.as_of().end).min(data.as_of().end);
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
                (Subject::List(list), _, since) => asked.on_a_list(*list, since, diagnostics),
                (Subject::Segment(segment), Some(sizes), Some(since)) => {
                    asked.moves(sizes, *segment, (since, to.unwrap_or(data.as_of().end)))
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
        Answer::List(members, before) => {
            let page = report::list_page(model, &checked.sources, &members, before.as_deref());
            let Some(list) = page else {
                return Err(Error::Internal("a list that is none".to_owned()).into());
            };
            print(args, &CallList::new(model, data.as_of(), list), output)
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

/// What is asked.
enum Subject {
    Metric,
    List(MetricId),
    Segment(SegmentId),
}

impl Subject {
    fn of(asked: &Asked, model: &Model, args: &Query) -> Self {
        let list = asked.list(model).filter(|_| !args.members || args.since.is_some());
        match (list, asked.segment(model)) {
            (Some(list), _) => Self::List(list),
            (None, Some(segment)) => Self::Segment(segment),
            (None, None) => Self::Metric,
        }
    }

    /// Ends a command with options that mean nothing here.
    fn refuse(&self, args: &Query) -> Result<(), Stop> {
        let name = &args.metric;
        let given = |options: &[(&'static str, bool)]| {
            options.iter().find(|(_, given)| *given).map(|(option, _)| *option)
        };
        let (by, grain, from, to) = (
            ("--by", !args.by.is_empty()),
            ("--grain", args.grain.is_some()),
            ("--from", args.from.is_some()),
            ("--to", args.to.is_some()),
        );
        let (option, message, help) = match self {
            Self::Metric => {
                let Some(option) = given(&[("--since", args.since.is_some())]) else {
                    return Ok(());
                };
                (
                    option,
                    format!("`{name}` is a metric, and `{option}` compares lists and segments"),
                    "for the days from one on use `--from`; for the change of a figure compare two buckets".to_owned(),
                )
            }
            Self::List(_) => {
                let members = ("--members", args.members);
                let Some(option) = given(&[by, grain, from, to, members]) else { return Ok(()) };
                (
                    option,
                    format!(
                        "`{name}` is a list: who is on it on the day of the as-of, so `{option}` has no meaning"
                    ),
                    format!(
                        "for another day use `--as-of`; for how many were on it over time, ask for `{name}.count`"
                    ),
                )
            }
            Self::Segment(_) => {
                if args.since.is_none() {
                    return Ok(());
                }
                let order = ("--order-by", args.order_by.is_some());
                let Some(option) = given(&[by, grain, from, order]) else { return Ok(()) };
                (
                    option,
                    format!(
                        "`--since` compares the ends of two days, so `{option}` has no meaning with it"
                    ),
                    "leave it out; `--to` or `--as-of` names the second of the two days".to_owned(),
                )
            }
        };
        debug_assert!(message.contains(option));
        Err(Diagnostic::error_nowhere(codes::INVALID_VALUE, message).help(help).into())
    }
}

/// How many, or who.
enum Answer {
    Figures(Vec<Series>),
    Members(Box<Members>),
    /// Of today, and of the day that it is compared with.
    List(Box<ListMembers>, Option<Box<ListMembers>>),
    /// Of a segment, between two instants.
    Moves(SegmentId, (Instant, Instant), Box<Moves>),
}

/// What a question is asked of.
struct Asking<'a> {
    args: &'a Query,
    engine: &'a Engine,
    model: &'a Model,
    data: &'a Data,
    requests: &'a [Request],
}

impl Asking<'_> {
    /// `since`: the end of the day that it is compared with.
    fn on_a_list(
        &self,
        list: MetricId,
        since: Option<Instant>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Answer, Error> {
        let members = steps::list(self.engine, self.model, self.data, list)?;
        let before = match since {
            Some(end) => {
                let as_of = AsOf { end };
                steps::lists_at(self.engine, self.model, as_of, &[list], diagnostics)?
            }
            None => None,
        };
        let before = before.and_then(|mut before| before.pop()).map(Box::new);
        Ok(Answer::List(Box::new(members), before))
    }

    fn moves(
        &self,
        sizes: &Sizes,
        segment: SegmentId,
        between: (Instant, Instant),
    ) -> Result<Answer, Error> {
        let most = if self.args.members { self.args.limit } else { Some(0) };
        let moves = sizes.moves(self.engine, self.data, &[segment], between, (&[], most))?;
        Ok(Answer::Moves(segment, between, Box::new(moves)))
    }

    fn figures(&self) -> Result<Answer, Error> {
        let Self { args, engine, model, data, requests } = self;
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
