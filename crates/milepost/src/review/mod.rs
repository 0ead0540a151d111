//! What a change does to the numbers: two versions of a project, compared, judged by the project's policy, and written for
//! the terminal, for a pull request and for programs.

mod figures;
mod html;
mod json;
mod log;
mod markdown;
mod policy;
mod published;
mod text;
mod words;

use std::collections::btree_map::Entry as Place;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use milepost_engine::Engine;
use milepost_semantics::diff::{Change, Changed, Changes, Level, Side, SubjectKind, compare};
use milepost_semantics::model::Model;
use milepost_semantics::schema::Schemas;
use milepost_semantics::time::AsOf;
use milepost_syntax::ast::Date;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics, Severity};

pub use html::html;
pub use json::{SCHEMA, json};
pub(crate) use log::is_first;
pub use log::{Entry, Histories, History, LogError, histories, history};
pub use markdown::{LARGEST_COMMENT, markdown};
pub use policy::{Outcome, Policy, Waived};
pub use published::{Attributed, Attribution, Cause, Period, Step};
pub use text::text;

pub use figures::{
    Deciding, Figure, Figures, Flip, GroupSize, Member, MetricFigures, Moved, NotCompared, Point,
    SegmentFigures, SliceFigures, Who, Witness,
};

use crate::error::Error;
use crate::project::Loaded;
use crate::published::Published;
use crate::revision::{Revision, Revisions};
use crate::sources::Memory;
use crate::steps;

/// A version of a project, read and checked.
#[derive(Debug)]
pub struct Version {
    /// `main (1a2b3c4)`
    pub what: String,
    pub why: String,
    pub commit: Option<String>,
    pub loaded: Loaded,
    /// Absent: there are mistakes in it.
    pub model: Option<Model>,
    /// The mistakes.
    pub mistakes: Vec<Diagnostic>,
    /// It knows where the files of the data lie.
    engine: Arc<Engine>,
}

impl Version {
    /// Reads and checks a version. The columns that its specs don't declare are those of the files in `root`, the same for
    /// both sides; files that are not there are no mistake of a definition.
    ///
    /// # Errors
    /// When the machine gives no threads.
    pub fn read(revision: Revision, root: &Path) -> Result<Self, Error> {
        let engine = Arc::new(steps::engine(root)?);
        Ok(Self::read_by(revision, engine, true, None))
    }

    /// Both versions. `root`: where the files of the data lie; absent, two model files are compared by the columns that each
    /// was written with.
    ///
    /// # Errors
    /// When the machine gives no threads.
    pub fn read_both(revisions: Revisions, root: Option<&Path>) -> Result<(Self, Self), Error> {
        let Revisions { base, head } = revisions;
        let columns = |revision: &Revision| revision.sources.columns().cloned();
        let (old, new) = (columns(&base), columns(&head));
        let engine = || steps::engine(root.unwrap_or(Path::new("."))).map(Arc::new);
        let base = Self::read_by(base, engine()?, root.is_some(), new.as_ref());
        Ok((base, Self::read_by(head, engine()?, root.is_some(), old.as_ref())))
    }

    /// `has_files`: the files of the data lie where the engine looks. Where there are none of a dataset, its columns are those
    /// that were written down, of the other side if need be. Versions of one engine read what they ask alike once, but only
    /// the last of them can compute.
    fn read_by(
        revision: Revision,
        engine: Arc<Engine>,
        has_files: bool,
        others: Option<&Schemas>,
    ) -> Self {
        let Revision { what, why, commit, sources } = revision;
        let mut diagnostics = Diagnostics::default();
        let loaded = steps::load(&*sources, &mut diagnostics);
        let mut schemas = if has_files { schemas(&engine, &loaded) } else { Schemas::default() };
        for written in [sources.columns(), others].into_iter().flatten() {
            fill(&mut schemas, written);
        }
        let model = steps::check(&loaded, &schemas, &mut diagnostics);
        let mistakes = diagnostics.sorted().into_iter();
        let mistakes = mistakes.filter(|told| told.severity == Severity::Error).cloned().collect();
        Self { what, why, commit, loaded, model, mistakes, engine }
    }

    /// A project without definitions.
    fn nothing(engine: Arc<Engine>) -> Self {
        let files = Memory::new().with(crate::PROJECT_FILE, "project: nothing\nspecs: specs\n");
        let sources = Box::new(files.with("specs/empty.yaml", ""));
        let what = "nothing".to_owned();
        let nothing = Revision { what, why: String::new(), commit: None, sources };
        Self::read_by(nothing, engine, true, None)
    }

    fn side(&self) -> Side<'_> {
        let Loaded { package, sources, .. } = &self.loaded;
        Side { package, sources, model: self.model.as_ref() }
    }
}

/// Adds what was written down of datasets that have no files here.
fn fill(schemas: &mut Schemas, written: &Schemas) {
    for (dataset, columns) in &written.datasets {
        match schemas.datasets.entry(dataset.clone()) {
            Place::Vacant(place) => {
                place.insert(columns.clone());
            }
            Place::Occupied(mut place) if place.get().missing => {
                place.insert(columns.clone());
            }
            Place::Occupied(_) => {}
        }
    }
}

fn schemas(engine: &Engine, loaded: &Loaded) -> Schemas {
    let mut nobody = Diagnostics::default();
    steps::schemas(engine, &loaded.package, &mut nobody)
}

/// Two versions, what is different, and what the policy says to it.
#[derive(Debug)]
pub struct Review {
    pub base: Version,
    pub head: Version,
    pub changes: Changes,
    pub outcome: Outcome,
    /// Absent: nobody asked for numbers.
    pub figures: Option<Figures>,
    /// Absent: nobody named a site.
    pub published: Option<Attribution>,
}

impl Review {
    /// Compares two versions. `today`: the day by which waivers have ended.
    #[must_use]
    pub fn of(base: Version, head: Version, today: Date) -> Self {
        let changes = compare(base.side(), head.side());
        let policy = Policy::of(&base.loaded.package.project, &head.loaded.package.project);
        let packages = (&base.loaded.package, &head.loaded.package);
        let outcome = policy.outcome(&changes, packages, today);
        Self { base, head, changes, outcome, figures: None, published: None }
    }

    /// Computes the metrics that are different by both versions, with the data as it was at the as-of (absent: that of the
    /// head).
    ///
    /// # Errors
    /// When the engine fails.
    pub fn with_figures(self, as_of: Option<AsOf>) -> Result<Self, Error> {
        let sides = (&self.base, &self.head);
        let figures = figures::figures(sides, &self.changes, as_of, self.ignored())?;
        Ok(Self { figures: Some(figures), ..self })
    }

    /// Attributes the changes of a site's figures to changed data and to changed definitions.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn with_published(self, site: &Published, as_of: Option<AsOf>) -> Result<Self, Error> {
        let of_metrics = self.changes.changed.iter().filter(|c| c.subject.kind.is_metric());
        let renamed = of_metrics.filter_map(|changed| {
            Some((changed.subject.name.clone(), changed.renamed_from.clone()?))
        });
        let renamed = renamed.collect();
        let sides = (&self.base, &self.head);
        let found = published::attribute(sides, &renamed, site, as_of, self.ignored())?;
        Ok(Self { published: Some(found), ..self })
    }

    /// Changes below this share of the old figure are counted, and not shown.
    fn ignored(&self) -> Option<f64> {
        let ignored = &self.head.loaded.package.project.review.ignore_below;
        ignored.as_ref().map(|percent| percent.node.to_f64() / 100.0)
    }

    /// The last line of every report: everything in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Some(worst) = self.changes.level() else { return "no differences".to_owned() };
        if worst == Level::Cosmetic {
            return format!("only cosmetic differences ({})", self.changes.changed.len());
        }
        let counted = Level::ALL.into_iter().filter_map(|level| {
            let count = self.changes.count(level);
            (count > 0).then(|| format!("{count} {}", level.name()))
        });
        let mut sentence = counted.collect::<Vec<_>>().join(", ");
        match self.outcome.failed.len() {
            0 => {}
            1 => sentence += "; 1 is not allowed by the policy",
            n => {
                let _ = write!(sentence, "; {n} are not allowed by the policy");
            }
        }
        sentence
    }

    /// What the numbers of a metric do, in sentences; none where nobody asked.
    pub(crate) fn sentences(&self, changed: &Changed) -> Vec<String> {
        let Some(figures) = &self.figures else { return Vec::new() };
        let name = &changed.subject.name;
        let found = match changed.subject.kind {
            SubjectKind::Metric | SubjectKind::List => {
                figures.metrics.iter().find(|found| found.name == *name).map(figures::of_metric)
            }
            SubjectKind::Segment => {
                let mut all = figures.segments.iter();
                all.find(|found| found.name == *name).map(figures::of_segment)
            }
            _ => None,
        };
        found.unwrap_or_default()
    }

    /// The metrics whose numbers can't be compared, and why.
    fn not_compared(&self) -> Vec<String> {
        let all = self.figures.iter().flat_map(|figures| &figures.not_compared);
        all.map(|metric| format!("{}: {}", metric.name, metric.why)).collect()
    }

    /// What can't be compared as it should, in a sentence each.
    fn doubts(&self) -> Vec<String> {
        let sides = [("base", &self.base), ("head", &self.head)];
        let doubt = |(side, version): (&str, &Version)| {
            let first = version.mistakes.first()?;
            let more = match version.mistakes.len() - 1 {
                0 => String::new(),
                1 => " (and 1 more)".to_owned(),
                n => format!(" (and {n} more)"),
            };
            Some(format!(
                "the {side}, {}, has mistakes, so its values are undecided: {}{more}",
                version.what, first.message
            ))
        };
        let of_site = self.published.iter().flat_map(published::doubts);
        sides.into_iter().filter_map(doubt).chain(of_site).collect()
    }
}

/// What was changed, and from what to what: `value › window: 7 days → 28 days`.
pub(crate) fn changed_parts(change: &Change) -> String {
    format!("{}{}", change.part, values(change))
}

/// What was there and what is: `: a → b`.
pub(crate) fn values(change: &Change) -> String {
    match (&change.before, &change.after) {
        // What came or went whole is its own name.
        _ if change.part == "definition" => String::new(),
        (Some(before), Some(after)) => format!(": {before} → {after}"),
        (Some(before), None) => format!(": {before} is gone"),
        (None, Some(after)) => format!(": {after} is new"),
        (None, None) => String::new(),
    }
}

/// The sign of a level.
const fn sign(level: Level) -> &'static str {
    match level {
        Level::ContractBreaking => "!",
        Level::ValueChanging => "~",
        Level::Undecided => "?",
        Level::VerdictChanging => "^",
        Level::Additive => "+",
        Level::Cosmetic => ".",
    }
}
