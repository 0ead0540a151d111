//! What a definition meant over time: the commits that changed it, each with its verdict.

use std::fmt::Write as _;
use std::path::Path;

use milepost_semantics::diff::{Change, Changed, Level, Subject, compare, subjects};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::suggest;
use serde::Serialize;

use super::text::causes_and_words;
use super::{Version, sign, values};
use crate::error::Error;
use crate::revision::{Commit, Past};

/// A commit that changed what a definition means, or what is said of it.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    #[serde(flatten)]
    pub commit: Commit,
    #[serde(flatten)]
    pub changed: Changed,
}

/// The history of a definition, the latest commit first.
#[derive(Clone, Debug, Serialize)]
pub struct History {
    pub entries: Vec<Entry>,
    /// How many commits that touch the project were looked at.
    pub commits: usize,
    /// Whether the first of them already had the definition, so that nobody knows where it began.
    pub is_cut: bool,
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
    let mut found = History { entries: Vec::new(), commits: 0, is_cut: false };
    let mut newer: Option<(Version, Commit)> = None;
    let mut name = name.to_owned();
    for (commit, revision) in past.commits() {
        let version = match revision {
            Some(revision) => Version::read(revision, root)?,
            // The project was not there yet.
            None => break,
        };
        match &newer {
            None => known(&version, &name).map_err(LogError::Usage)?,
            Some((newer, at)) => {
                if let Some(changed) = changed(&version, newer, &name) {
                    let before = changed.renamed_from.clone();
                    let is_first = is_first(&changed);
                    if changed.level >= Level::VerdictChanging || is_first {
                        found.entries.push(Entry { commit: at.clone(), changed });
                    }
                    if is_first {
                        return Ok(found);
                    }
                    name = before.unwrap_or(name);
                }
            }
        }
        found.commits += 1;
        newer = Some((version, commit));
    }
    found.is_cut = past.is_cut();
    if let Some((first, at)) = newer.filter(|_| !found.is_cut) {
        // Before it there was nothing.
        let nothing = Version::nothing(root)?;
        let changed = changed(&nothing, &first, &name);
        found.entries.extend(changed.map(|changed| Entry { commit: at, changed }));
    }
    Ok(found)
}

/// Whether a definition began with it.
fn is_first(changed: &Changed) -> bool {
    changed.own.iter().any(|change| change.rule == "definition-added")
}

/// What is different in the definition of that name.
fn changed(base: &Version, head: &Version, name: &str) -> Option<Changed> {
    let all = compare(base.side(), head.side()).changed;
    all.into_iter().filter(|changed| changed.subject.name == name).max_by_key(|c| c.subject.kind)
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
        let _ = writeln!(text, "      {} {}{}", sign(change.level), change.part, values(change));
    }
}
