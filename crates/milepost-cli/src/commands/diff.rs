//! `milepost diff BASE [HEAD]`

use std::path::Path;

use milepost::findings::{Findings, Form};
use milepost::review::{self, Review, Version};
use milepost::revision::revisions;
use milepost::syntax::ast::Date;

use crate::args::{Diff, DiffFormat, Global};
use crate::exit::{Exit, Stop};
use crate::output::Output;
use crate::progress::Progress;
use crate::project;

pub(super) fn run(args: &Diff, global: &Global, output: Output) -> Result<Exit, Stop> {
    let root = project::find(None, global)?;
    let found = revisions(&root, &args.base, args.head.as_deref()).map_err(Stop::Usage)?;
    let progress = Progress::start(output, "reading both versions");
    let base = Version::read(found.base, &root)?;
    let head = Version::read(found.head, &root)?;
    progress.step("comparing");
    let mut review = Review::of(base, head, today());
    if args.data {
        progress.step("computing the figures");
        let as_of = match (&review.head.model, args.as_of.as_deref()) {
            (Some(model), Some(_)) => project::as_of(model, args.as_of.as_deref())?,
            _ => None,
        };
        review = review.with_figures(as_of)?;
    }
    drop(progress);
    match args.format {
        DiffFormat::Text => output.result(&review::text(&review))?,
        DiffFormat::Markdown => output.result(&review::markdown(&review))?,
        DiffFormat::Json => output.json(&review::json(&review)?)?,
        DiffFormat::Github => platform(&review, Form::Github, &root, output)?,
        DiffFormat::Gitlab => platform(&review, Form::Gitlab, &root, output)?,
        DiffFormat::Sarif => platform(&review, Form::Sarif, &root, output)?,
        DiffFormat::Junit => platform(&review, Form::Junit, &root, output)?,
    }
    Ok(exit(&review, args.exit_zero))
}

fn platform(review: &Review, form: Form, root: &Path, output: Output) -> Result<(), Stop> {
    output.result(&Findings::of_review(review, root).write(form)?)
}

fn exit(review: &Review, exit_zero: bool) -> Exit {
    if !review.outcome.failed.is_empty() {
        Exit::Mistakes
    } else if review.changes.changed.is_empty() || exit_zero {
        Exit::Done
    } else {
        Exit::Differences
    }
}

/// The day by which waivers have ended, in UTC.
pub(super) fn today() -> Date {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let days = since.map_or(0, |since| since.as_secs() / 86_400);
    milepost::semantics::time::date_of_epoch_day(i32::try_from(days).unwrap_or(i32::MAX))
}
