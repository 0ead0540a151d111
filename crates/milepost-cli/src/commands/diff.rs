//! `milepost diff BASE [HEAD]`

use std::path::{Path, PathBuf};

use milepost::findings::{Findings, Form};
use milepost::published::Published;
use milepost::review::{self, Review, Version};
use milepost::revision::{Revisions, revisions};
use milepost::syntax::ast::Date;
use milepost::syntax::codes;
use milepost::syntax::diagnostic::Diagnostic;

use crate::args::{Diff, DiffFormat, Global};
use crate::exit::{Exit, Stop};
use crate::output::Output;
use crate::progress::Progress;
use crate::project;

pub(super) fn run(args: &Diff, global: &Global, output: Output) -> Result<Exit, Stop> {
    let Asked { base, head, data } = asked(args)?;
    let root = root(head, global)?;
    let found = revisions(root.as_deref(), base, head).map_err(Stop::Usage)?;
    let files = files(&found, data, root.as_deref())?;
    // Better told now than after the work.
    let site = args.published.as_deref().map(Published::open).transpose().map_err(Stop::Usage)?;
    let progress = Progress::start(output, "reading both versions");
    let (base, head) = Version::read_both(found, files.as_deref())?;
    progress.step("comparing");
    let mut review = Review::of(base, head, today());
    if data.is_some() {
        progress.step("computing the figures");
        let as_of = match (&review.head.model, args.as_of.as_deref()) {
            (Some(model), Some(_)) => project::as_of(model, args.as_of.as_deref())?,
            _ => None,
        };
        review = review.with_figures(as_of)?;
        if let Some(site) = &site {
            review = review.with_published(site, as_of)?;
        }
    }
    drop(progress);
    let root = root.as_deref().unwrap_or(Path::new("."));
    match args.format {
        DiffFormat::Text => output.result(&review::text(&review))?,
        DiffFormat::Markdown => output.result(&review::markdown(&review))?,
        DiffFormat::Html => output.result(&review::html(&review)?)?,
        DiffFormat::Json => output.json(&review::json(&review)?)?,
        DiffFormat::Github => platform(&review, Form::Github, root, output)?,
        DiffFormat::Gitlab => platform(&review, Form::Gitlab, root, output)?,
        DiffFormat::Sarif => platform(&review, Form::Sarif, root, output)?,
        DiffFormat::Junit => platform(&review, Form::Junit, root, output)?,
    }
    Ok(exit(&review, args.exit_zero))
}

/// What is compared, and with which data.
struct Asked<'a> {
    base: &'a str,
    head: Option<&'a str>,
    /// Absent: without. An absent folder is that of the project.
    data: Option<Option<&'a Path>>,
}

/// `--data` takes the word that follows it for a folder: `diff --data main` has no other base.
fn asked(args: &Diff) -> Result<Asked<'_>, Stop> {
    let (head, data) = (args.head.as_deref(), args.data.as_ref());
    let folder = data.and_then(Option::as_deref);
    let base = match (args.base.as_deref(), folder.and_then(Path::to_str)) {
        (Some(base), _) => base,
        (None, Some(base)) => return Ok(Asked { base, head: None, data: Some(None) }),
        (None, None) => {
            let message = "there is nothing to compare with";
            return Err(Diagnostic::error_nowhere(codes::UNKNOWN_REVISION, message)
                .help("name the base: `milepost diff main... --data`")
                .into());
        }
    };
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        let message = format!("there is no folder `{}` with data", folder.display());
        return Err(Diagnostic::error_nowhere(codes::DATA_MISSING, message)
            .help("`--data DIR` names the folder in which the paths of the datasets begin")
            .help("for the data of the project write `--data` behind what is compared: `milepost diff main... --data`")
            .into());
    }
    Ok(Asked { base, head, data: data.map(|_| folder) })
}

/// The project of this place. None is needed where both sides are named.
fn root(head: Option<&str>, global: &Global) -> Result<Option<PathBuf>, Stop> {
    match project::find(None, global) {
        Ok(root) => Ok(Some(root)),
        Err(_) if head.is_some() && global.project.is_none() => {
            let named = head.map(PathBuf::from).filter(|head| milepost::holds_project(head));
            Ok(named)
        }
        Err(Stop::Usage(told)) if global.project.is_none() => Err(Stop::Usage(Box::new(
            told.help("or name both sides: `milepost diff OLD.json NEW.json`"),
        ))),
        Err(stop) => Err(stop),
    }
}

/// Where the files of the data lie. Two model files know what columns theirs had.
fn files(
    found: &Revisions,
    data: Option<Option<&Path>>,
    root: Option<&Path>,
) -> Result<Option<PathBuf>, Stop> {
    let are_written_down = [&found.base, &found.head].iter().all(|side| side.is_written_down());
    match (data, root) {
        (Some(Some(folder)), _) => Ok(Some(folder.to_owned())),
        (Some(None), None) => {
            let message = "there is no project here whose data could be used";
            Err(Diagnostic::error_nowhere(codes::PROJECT_NOT_FOUND, message)
                .help("name the folder in which the paths of the datasets begin: `--data DIR`")
                .into())
        }
        (None, _) if are_written_down => Ok(None),
        (_, root) => Ok(root.map(Path::to_owned)),
    }
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
