//! What a definition meant over time: the commits that changed it, each with its verdict.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use milepost_engine::Engine;
use milepost_semantics::diff::{Change, Changed, Changes, Level, Subject, compare, subjects};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::suggest;
use serde::Serialize;

use super::text::causes_and_words;
use super::{Version, changed_parts, sign};
use crate::error::Error;
use crate::revision::{Commit, Past, Revision};
use crate::steps;

/// A commit that changed what a definition means, or what is said of it.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    #[serde(flatten)]
    pub commit: Commit,
    #[serde(flatten)]
    pub changed: Changed,
}

/// The history of a definition, the latest commit first.
#[derive(Clone, Debug, Default, Serialize)]
pub struct History {
    pub entries: Vec<Entry>,
    /// How many commits that touch the project were looked at.
    pub commits: usize,
    /// Whether the first of them already had the definition, so that nobody knows where it began.
    pub is_cut: bool,
}

/// The histories of all definitions of a project.
#[derive(Debug)]
pub struct Histories {
    /// The last commit that touches the project.
    pub head: Commit,
    /// Whether the project has definitions as no commit has them yet.
    pub is_changed_since: bool,
    followed: Vec<Followed>,
}

impl Histories {
    /// What is different between the last commit and the files as they are, and what was different before, the latest first.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<(Option<&Changed>, &History)> {
        let found = self.followed.iter().find(|followed| followed.name == name)?;
        Some((found.since.as_ref(), &found.history))
    }
}

/// Why there is no history.
#[derive(Debug)]
pub enum LogError {
    /// What was asked can't be.
    Usage(Box<Diagnostic>),
    Failed(Error),
}

impl From<Error> for LogError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// The commits that changed what the definition of that name means, from HEAD back through at most `most` commits of the
/// first line.
///
/// # Errors
/// There is no repository or no such definition, or the machine gives no threads.
pub fn history(root: &Path, name: &str, most: usize) -> Result<History, LogError> {
    let past = Past::of(root, most).map_err(LogError::Usage)?;
    let mut commits = past.commits();
    let (commit, first) = head(&mut commits).map_err(LogError::Usage)?;
    let engine = Arc::new(steps::engine(root)?);
    let head = Version::read_by(first, Arc::clone(&engine), true, None);
    known(&head, name).map_err(LogError::Usage)?;
    let mut walk = Walk { engine, newer: (head, commit), followed: vec![Followed::new(name)] };
    walk.back(commits, past.is_cut());
    Ok(walk.followed.pop().map_or_else(History::default, |followed| followed.history))
}

/// The same of all definitions of the files as they are, at once.
///
/// # Errors
/// There is no repository, or the machine gives no threads.
pub fn histories(root: &Path, most: usize) -> Result<Histories, LogError> {
    let past = Past::of(root, most).map_err(LogError::Usage)?;
    let engine = Arc::new(steps::engine(root)?);
    let now = Version::read_by(past.now(), Arc::clone(&engine), true, None);
    let names = subjects(now.side()).into_iter().map(|subject| subject.name);
    let mut followed: Vec<Followed> = names.map(|name| Followed::new(&name)).collect();
    let mut commits = past.commits();
    let (commit, first) = head(&mut commits).map_err(LogError::Usage)?;
    let head = Version::read_by(first, Arc::clone(&engine), true, None);
    let changes = compare(head.side(), now.side());
    for followed in &mut followed {
        followed.since = followed.step(&changes).filter(is_told);
    }
    let is_changed_since = !changes.changed.is_empty();
    let mut walk = Walk { engine, newer: (head, commit.clone()), followed };
    walk.back(commits, past.is_cut());
    Ok(Histories { head: commit, is_changed_since, followed: walk.followed })
}

/// The last commit that touches the project.
///
/// # Errors
/// None does.
fn head(
    commits: &mut impl Iterator<Item = (Commit, Option<Revision>)>,
) -> Result<(Commit, Revision), Box<Diagnostic>> {
    let told = || {
        let message = "no commit has this project yet, so there is no history";
        let told = Diagnostic::error_nowhere(codes::UNKNOWN_REVISION, message);
        Box::new(told.help("commit the project first: `git add . && git commit`"))
    };
    let (commit, revision) = commits.next().ok_or_else(told)?;
    Ok((commit, revision.ok_or_else(told)?))
}

/// A definition whose history is looked for.
#[derive(Debug)]
struct Followed {
    /// As it is called now.
    name: String,
    /// As it was called where the walk is; absent: it was not there yet.
    then: Option<String>,
    /// What is different between the last commit and the files as they are.
    since: Option<Changed>,
    history: History,
}

impl Followed {
    fn new(name: &str) -> Self {
        let (name, then) = (name.to_owned(), Some(name.to_owned()));
        Self { name, then, since: None, history: History::default() }
    }

    /// What is different in the definition. From then on it goes by the name that it had before.
    fn step(&mut self, changes: &Changes) -> Option<Changed> {
        let then = self.then.as_ref()?;
        let found = changes.changed.iter().filter(|changed| changed.subject.name == *then);
        let changed = found.max_by_key(|changed| changed.subject.kind)?.clone();
        if is_first(&changed) {
            self.then = None;
        } else if changed.renamed_from.is_some() {
            self.then.clone_from(&changed.renamed_from);
        }
        Some(changed)
    }
}

/// From version to version into the past.
struct Walk {
    /// One for all versions: the columns of files are looked for once.
    engine: Arc<Engine>,
    newer: (Version, Commit),
    followed: Vec<Followed>,
}

impl Walk {
    /// `is_cut`: older commits exist that are not among these.
    fn back(&mut self, older: impl Iterator<Item = (Commit, Option<Revision>)>, is_cut: bool) {
        self.looked_at();
        for (commit, revision) in older {
            if self.followed.iter().all(|followed| followed.then.is_none()) {
                return;
            }
            // The project was not there yet.
            let Some(revision) = revision else { return self.begin() };
            let version = Version::read_by(revision, Arc::clone(&self.engine), true, None);
            self.step(version, Some(commit));
            self.looked_at();
        }
        if is_cut {
            self.still_there().for_each(|followed| followed.history.is_cut = true);
            return;
        }
        self.begin();
    }

    /// Before the oldest version there was nothing.
    fn begin(&mut self) {
        self.step(Version::nothing(Arc::clone(&self.engine)), None);
    }

    fn step(&mut self, version: Version, commit: Option<Commit>) {
        let (newer, at) = &self.newer;
        let changes = compare(version.side(), newer.side());
        for followed in &mut self.followed {
            if let Some(changed) = followed.step(&changes).filter(is_told) {
                followed.history.entries.push(Entry { commit: at.clone(), changed });
            }
        }
        if let Some(commit) = commit {
            self.newer = (version, commit);
        }
    }

    fn still_there(&mut self) -> impl Iterator<Item = &mut Followed> {
        self.followed.iter_mut().filter(|followed| followed.then.is_some())
    }

    fn looked_at(&mut self) {
        self.still_there().for_each(|followed| followed.history.commits += 1);
    }
}

/// Whether a definition began with it.
pub(crate) fn is_first(changed: &Changed) -> bool {
    changed.own.iter().any(|change| change.rule == "definition-added")
}

/// Whether it belongs to the history: it began, or what it means or what is said of it changed.
fn is_told(changed: &Changed) -> bool {
    changed.level >= Level::VerdictChanging || is_first(changed)
}

/// # Errors
/// There is no definition of that name now.
fn known(version: &Version, name: &str) -> Result<(), Box<Diagnostic>> {
    let all: Vec<Subject> = subjects(version.side());
    if all.iter().any(|subject| subject.name == name) {
        return Ok(());
    }
    let message = format!("{} has no definition `{name}`", version.what);
    let told = Diagnostic::error_nowhere(codes::UNKNOWN_NAME, message);
    let near = suggest(name, all.iter().map(|subject| subject.name.as_str()));
    Err(Box::new(match near {
        Some(near) => told.help(format!("did you mean `{near}`?")),
        None => told.help("`milepost log` follows a definition that the last commit has"),
    }))
}

impl History {
    /// For the terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for Entry { commit, changed } in &self.entries {
            let Commit { day, short, author, subject, .. } = commit;
            let _ = writeln!(text, "{day} {short} {author}: {subject}");
            let before = changed.renamed_from.as_ref().map(|name| format!(", before {name}"));
            let level = changed.level.name();
            let _ = writeln!(
                text,
                "  {} {}{}: {level}",
                sign(changed.level),
                changed.subject,
                before.unwrap_or_default()
            );
            changed
                .own
                .iter()
                .filter(|c| c.level > Level::Cosmetic)
                .for_each(|c| own(c, &mut text));
            causes_and_words(changed, &mut text);
            text.push('\n');
        }
        let commits = if self.commits == 1 { "commit" } else { "commits" };
        let cut = if self.is_cut { "; older ones were not looked at" } else { "" };
        text + &format!("{} of {} {commits} changed it{cut}\n", self.entries.len(), self.commits)
    }
}

fn own(change: &Change, text: &mut String) {
    // That it began is said already.
    if change.rule != "definition-added" {
        let _ = writeln!(text, "      {} {}", sign(change.level), changed_parts(change));
    }
}
