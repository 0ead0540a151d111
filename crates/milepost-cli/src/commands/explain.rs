//! `milepost explain METRIC`, `milepost explain CODE`

use std::fmt::Write as _;

use milepost::engine::plan_text;
use milepost::escape::{printable, printable_line};
use milepost::plan::sql::sql;
use milepost::question::Question;
use milepost::report;
use milepost::semantics::explain::{describe, describe_segment};
use milepost::semantics::model::{MetricId, Model, SegmentId, canonical};
use milepost::semantics::time::AsOf;
use milepost::syntax::codes::{self, Code, DefaultLevel};
use milepost::syntax::diagnostic::Diagnostic;
use milepost::syntax::source::SourceMap;
use milepost::syntax::suggest;
use milepost::{Error, plan::request::Request, steps};

use super::lineage::Shown;
use crate::args::{Explain, Format, Global};
use crate::exit::{Exit, Stop};
use crate::output::Output;
use crate::project::{self, Checked};

pub(super) fn run(args: &Explain, global: &Global, output: Output) -> Result<Exit, Stop> {
    let Some(name) = args.name.as_deref() else {
        return if args.plan { whole_plan(args, global, output) } else { list_codes(output) };
    };
    if args.lineage {
        return lineage(name, args.format, global, output);
    }
    let root = match (project::find(None, global), Code::parse(name)) {
        // A name with a hyphen is a code, and a code needs no project.
        (_, Some(code)) if name.contains('-') => return code_page(code, output),
        (Ok(root), _) => root,
        (Err(_), Some(code)) => return code_page(code, output),
        (Err(_), None) if name.contains('-') => return Err(unknown_code(name).into()),
        (Err(stop), None) => return Err(stop),
    };
    let question = Question {
        metric: name.to_owned(),
        by: args.by.clone(),
        grain: args.grain.clone(),
        filter: None,
        from_a_day: false,
        members: true,
    };
    let (mut checked, asked) = match (project::ask(&root, &question, output), Code::parse(name)) {
        (Ok(found), _) => found,
        (Err(Stop::Usage(_)), Some(code)) => return code_page(code, output),
        (Err(Stop::Usage(_)), None) if name.contains('-') => {
            return Err(unknown_code(name).into());
        }
        (Err(stop), _) => return Err(stop),
    };
    checked.tell_errors(&asked, global, output)?;
    let Checked { model, engine, diagnostics, sources, .. } = &mut checked;
    let Some(model) = model else { return Ok(Exit::Mistakes) };
    if let Some(lacking) = asked.unavailable(model) {
        output.diagnostics(&[&lacking], sources);
        return Err(Stop::Told(Exit::Usage));
    }
    if let Some(segment) = asked.segment(model) {
        refuse_of_a_segment(args)?;
        output.result(&segment_text(sources, model, segment, output))?;
        return Ok(Exit::Done);
    }
    let found = asked.metric(model).zip(asked.requests(model, None, None));
    let Some((metric, requests)) = found else {
        return Err(Error::Internal(format!("`{name}` was checked but can't be computed")).into());
    };
    if let Some(member) = &args.member {
        let story = one_member(args, member, &mut checked, output)?;
        checked.tell_errors(&asked, global, output)?;
        let Some(story) = story else { return Ok(Exit::Mistakes) };
        output.result(&printable(&story))?;
        return Ok(Exit::Done);
    }
    if args.canonical {
        output.result(&printable(&canonical_text(model, metric)))?;
        return Ok(Exit::Done);
    }
    if args.run {
        return ran_plan(args, &mut checked, &requests, global, output);
    }
    let as_of = match project::as_of(model, args.as_of.as_deref())? {
        Some(as_of) => Some(as_of),
        // The as-of of a project that names none is in its data.
        None => {
            steps::open(engine, model, None, &requests, false, diagnostics).map(|data| data.as_of())
        }
    };
    checked.tell_errors(&asked, global, output)?;
    let (Some(model), Some(as_of)) = (&checked.model, as_of) else { return Ok(Exit::Mistakes) };
    project::refuse_too_much(model, &checked.sources, as_of, &requests, output)?;
    output.result(&text(args, &checked, model, metric, as_of, &requests, output))?;
    Ok(Exit::Done)
}

/// The story of one member of a journey; nothing where the data has mistakes.
fn one_member(
    args: &Explain,
    member: &str,
    checked: &mut Checked,
    output: Output,
) -> Result<Option<String>, Stop> {
    let Checked { model, engine, diagnostics, sources, .. } = checked;
    let (Some(model), name) = (model, args.name.as_deref().unwrap_or_default()) else {
        return Ok(None);
    };
    let Some(journey) = model.journey(name) else {
        let message = format!("`{name}` is no journey, and `--member` tells of one on its journey");
        return Err(Diagnostic::error_nowhere(codes::INVALID_VALUE, message)
            .help("who is behind the figure of a metric is listed by `milepost query METRIC --members`")
            .into());
    };
    let as_of = project::as_of(model, args.as_of.as_deref())?;
    let requests = [Request::total(model, journey.story)];
    let Some(data) = steps::open(engine, model, as_of, &requests, false, diagnostics) else {
        return Ok(None);
    };
    let found = project::met(steps::list(engine, model, &data, journey.story), diagnostics)?;
    let page = found.and_then(|found| report::list_page(model, sources, &found, None));
    let Some(list) = page else { return Ok(None) };
    let rows = report::rows_of(&list, member);
    if rows.is_empty() {
        let message = format!("no {} `{member}` is there on {}", list.of.one, list.day);
        return Err(Diagnostic::error_nowhere(codes::UNKNOWN_NAME, message)
            .help(format!(
                "`milepost query {name} --members` lists those who are; `--as-of` names another day"
            ))
            .into());
    }
    let stories = rows.into_iter().map(|row| {
        let story = report::story(journey, &list, row);
        let days =
            story.chapters.iter().map(|chapter| format!("{}  {}\n", chapter.day, chapter.words));
        let now = story.now.iter().map(|line| format!("{}  {line}\n", list.day));
        let head = output.heading(&format!("{name}: {} {member}", list.of.one));
        format!("{head}{}", days.chain(now).collect::<String>())
    });
    Ok(Some(stories.collect::<Vec<_>>().join("\n")))
}

/// A segment has no figures of its own, so neither plan nor SQL.
fn refuse_of_a_segment(args: &Explain) -> Result<(), Stop> {
    let options = [
        ("--canonical", args.canonical),
        ("--sql", args.sql),
        ("--plan", args.plan),
        ("--grain", args.grain.is_some()),
        ("--by", !args.by.is_empty()),
        ("--as-of", args.as_of.is_some()),
    ];
    let Some((option, _)) = options.into_iter().find(|(_, given)| *given) else { return Ok(()) };
    let name = args.name.as_deref().unwrap_or_default();
    let message = format!("`{name}` is a segment, and `{option}` is about the figures of a metric");
    Err(Diagnostic::error_nowhere(codes::INVALID_VALUE, message)
        .help(format!("for its sizes over time ask `milepost query {name}`; for the plan explain a metric that is sliced by it"))
        .into())
}

/// The plan of everything that a site shows.
fn whole_plan(args: &Explain, global: &Global, output: Output) -> Result<Exit, Stop> {
    let mut checked = project::read(&project::find(None, global)?)?;
    checked.tell_found(global, output)?;
    let Some(model) = &checked.model else { return Ok(Exit::Mistakes) };
    let requests = report::requests(model);
    ran_plan(args, &mut checked, &requests, global, output)
}

/// The plan over opened data: what is read, and with --run what it took.
fn ran_plan(
    args: &Explain,
    checked: &mut Checked,
    requests: &[Request],
    global: &Global,
    output: Output,
) -> Result<Exit, Stop> {
    let Checked { model, engine, diagnostics, .. } = checked;
    let Some(model) = model else { return Ok(Exit::Mistakes) };
    let as_of = project::as_of(model, args.as_of.as_deref())?;
    let data = steps::open(engine, model, as_of, requests, false, diagnostics);
    let text = match &data {
        Some(data) => {
            let plan = engine.explain_plan(model, data, requests, args.run).map_err(Error::from);
            project::met(plan, diagnostics)?
        }
        None => None,
    };
    checked.tell_found(global, output)?;
    let Some(text) = text else { return Ok(Exit::Mistakes) };
    output.result(&printable(&text))?;
    Ok(Exit::Done)
}

fn lineage(name: &str, format: Format, global: &Global, output: Output) -> Result<Exit, Stop> {
    let checked = project::read(&project::find(None, global)?)?;
    checked.tell_found(global, output)?;
    let Some(model) = &checked.model else { return Ok(Exit::Mistakes) };
    let shown = Shown { model, sources: &checked.sources, output };
    let text = shown.text(name, format)?;
    match format {
        Format::Human => output.result(&text)?,
        Format::Json => output.json(&text)?,
    }
    Ok(Exit::Done)
}

fn text(
    args: &Explain,
    checked: &Checked,
    model: &Model,
    metric: MetricId,
    as_of: AsOf,
    requests: &[Request],
    output: Output,
) -> String {
    let query = || requests.iter().map(|request| sql(model, as_of, request)).collect::<String>();
    match (args.sql, args.plan) {
        (true, false) => {
            let query = query();
            let query = query.trim_end().trim_end_matches(';');
            printable(&format!("{}\n\n{query};\n", checked.engine.prelude(model, as_of).trim_end()))
        }
        (false, true) => printable(&plan_text(model, as_of, requests)),
        _ => {
            let found = &model[metric];
            let label = found.meta.label.as_ref().unwrap_or(&found.name);
            let question = found.question.iter().map(String::as_str);
            let about: Vec<&str> = question.chain(found.meta.description.as_deref()).collect();
            let is_score = report::score_of(model, metric).is_some();
            let sections = [
                (printable_line(label), about.join("\n")),
                ("Meaning".to_owned(), describe(model, metric).join("\n")),
                ("Definition".to_owned(), report::yaml(&checked.sources, found.definition)),
                ("Plan".to_owned(), plan_text(model, as_of, requests)),
                ("SQL".to_owned(), query()),
            ];
            // What counts the members of a score or a journey says nothing of them.
            let shown = if is_score { 3 } else { sections.len() };
            in_sections(&sections[..shown.min(sections.len())], output)
        }
    }
}

fn segment_text(sources: &SourceMap, model: &Model, segment: SegmentId, output: Output) -> String {
    let found = &model[segment];
    let label = found.meta.label.as_ref().unwrap_or(&found.name);
    let sections = [
        (printable_line(label), found.meta.description.clone().unwrap_or_default()),
        ("Meaning".to_owned(), describe_segment(model, segment).join("\n")),
        ("Definition".to_owned(), report::yaml(sources, found.definition)),
    ];
    in_sections(&sections, output)
}

fn in_sections(sections: &[(String, String)], output: Output) -> String {
    let parts = sections.iter().map(|(heading, body)| {
        format!("{}{}\n", output.heading(heading), printable(body.trim_end()))
    });
    parts.collect::<Vec<_>>().join("\n")
}

/// The text of the metric, its fingerprint, and what it reads.
fn canonical_text(model: &Model, metric: MetricId) -> String {
    let found = canonical::definitions(model, metric);
    let mut text = format!("{}fingerprint: {}\n\n", found.metric, found.fingerprint());
    for (of, definition) in &found.reads {
        let _ = writeln!(text, "{of}: {definition}");
    }
    text
}

fn code_page(code: Code, output: Output) -> Result<Exit, Stop> {
    output.result(&code.explained())?;
    Ok(Exit::Done)
}

/// Every code with its summary, a line each.
fn list_codes(output: Output) -> Result<Exit, Stop> {
    let width = codes::all().map(|code| code.name().len()).max().unwrap_or_default();
    let mut text = String::new();
    for code in codes::all() {
        let level = match code.default_level() {
            DefaultLevel::Error => "error  ",
            DefaultLevel::Warning => "warning",
            DefaultLevel::Declared | DefaultLevel::OfOthers => "either ",
        };
        let _ = writeln!(text, "{:<width$}  {level}  {}", code.name(), code.summary());
    }
    output.result(&text)?;
    Ok(Exit::Done)
}

fn unknown_code(name: &str) -> Diagnostic {
    let near = suggest(name, codes::all().map(Code::name));
    let help = near.map_or_else(
        || {
            "codes are in brackets at the beginning of every message: `error[unknown-field]`"
                .to_owned()
        },
        |near| format!("did you mean `{near}`?"),
    );
    Diagnostic::error_nowhere(codes::UNKNOWN_CODE, format!("there is no code `{name}`")).help(help)
}
