//! From a folder to a checked project: what `check`, `build`, `query` and `explain` have in common.

use std::path::{Path, PathBuf};

use milepost::engine::{CheckOutcome, Data, Engine, ListMembers, Remark};
use milepost::lacking::{Lacking, lacking};
use milepost::plan::request::Request;
use milepost::plan::request::too_much;
use milepost::plan::results::Series;
use milepost::question::{Asked, Question};
use milepost::segments::{History, Sizes};
use milepost::semantics::model::{MetricId, Model};
use milepost::semantics::time::AsOf;
use milepost::session::{Outcome, Session};
use milepost::sources::{Disk, SourceError, Sources as _};
use milepost::syntax::ast::Package;
use milepost::syntax::codes;
use milepost::syntax::diagnostic::{Diagnostic, Diagnostics, Severity};
use milepost::syntax::source::SourceMap;
use milepost::{Error, Loaded, PROJECT_FILE, holds_project, publish, report, steps};

use crate::args::{Deny, Format, Global};
use crate::exit::{Exit, Stop};
use crate::output::Output;
use crate::progress::Progress;

/// The bytes of a file, in a project or not, under the rules for files of projects.
pub(crate) fn read_alone(path: &Path) -> Result<Vec<u8>, SourceError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Disk::new(folder.unwrap_or(Path::new("."))).read(&name)
}

/// A project that was read and checked.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) engine: Engine,
    pub(crate) sources: SourceMap,
    pub(crate) package: Package,
    pub(crate) diagnostics: Diagnostics,
    /// Absent when there are errors.
    pub(crate) model: Option<Model>,
    /// The metrics that the project lacks something for.
    pub(crate) lacking: Vec<Lacking>,
    /// The project's folder, from here.
    root: PathBuf,
}

/// What a site shows, computed.
#[derive(Debug)]
pub(crate) struct Computed {
    pub(crate) data: Data,
    pub(crate) checks: Vec<CheckOutcome>,
    pub(crate) remarks: Vec<Remark>,
    pub(crate) series: Vec<Series>,
    /// Who stands on each list, in the order of the specs.
    pub(crate) lists: Vec<ListMembers>,
    /// The same at the end of the day before.
    pub(crate) lists_before: Vec<ListMembers>,
    /// The history of each segment, in the order of the specs.
    pub(crate) segments: Vec<History>,
}

/// The project's folder: the one that was named, else the nearest with a `milepost.yaml`.
pub(crate) fn find(named: Option<&Path>, global: &Global) -> Result<PathBuf, Stop> {
    if let Some(folder) = named.or(global.project.as_deref()) {
        if holds_project(folder) {
            publish::restore(folder);
            return Ok(folder.to_owned());
        }
        let message = format!("`{}` is not a project: it has no {PROJECT_FILE}", folder.display());
        let above = milepost::find_project(folder)
            .map(|found| format!("did you mean `{}`?", found.display()));
        let create = format!("create a project with `milepost init {}`", folder.display());
        return Err(Diagnostic::error_nowhere(codes::PROJECT_NOT_FOUND, message)
            .help(above.unwrap_or(create))
            .into());
    }
    above(Path::new("."))
}

/// The nearest project in a folder or above it, on the way that was written where it lies there.
pub(crate) fn above(folder: &Path) -> Result<PathBuf, Stop> {
    let written = folder.ancestors().find(|folder| holds_project(folder));
    let written = written.map(|folder| match folder.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => folder.to_owned(),
    });
    let found = written.or_else(|| milepost::find_project(folder));
    found.iter().for_each(|folder| publish::restore(folder));
    found.ok_or_else(|| {
        Diagnostic::error_nowhere(
            codes::PROJECT_NOT_FOUND,
            format!("there is no {PROJECT_FILE} in this folder or above it"),
        )
        .help("go to a project's folder, name it with `--project DIR`, or create one with `milepost init DIR`")
        .into()
    })
}

/// Reads and checks the project of a folder.
pub(crate) fn check(root: &Path) -> Result<Checked, Stop> {
    let mut session = Session::new(root)?;
    let Outcome { model, diagnostics } = session.check();
    let (engine, loaded) = session.into_parts();
    Ok(Checked::new(root, engine, loaded, model, diagnostics))
}

/// The same without the tests of its metrics: for commands whose business is the definitions alone.
pub(crate) fn read(root: &Path) -> Result<Checked, Stop> {
    let mut diagnostics = Diagnostics::default();
    let loaded = steps::load(&Disk::new(root), &mut diagnostics);
    finish(root, loaded, diagnostics)
}

/// The same, with a question about one of its metrics.
pub(crate) fn ask(
    root: &Path,
    question: &Question,
    output: Output,
) -> Result<(Checked, Asked), Stop> {
    let mut diagnostics = Diagnostics::default();
    let mut loaded = steps::load(&Disk::new(root), &mut diagnostics);
    match question.ask(&mut loaded, &mut diagnostics) {
        Ok(asked) => Ok((finish(root, loaded, diagnostics)?, asked)),
        // The metric may be in what could not be read.
        Err(_) if diagnostics.has_errors() => {
            output.diagnostics(&diagnostics.sorted(), &loaded.sources);
            Err(Stop::Told(Exit::Mistakes))
        }
        Err(unknown) => Err(Stop::Usage(unknown)),
    }
}

fn finish(root: &Path, loaded: Loaded, mut diagnostics: Diagnostics) -> Result<Checked, Stop> {
    let engine = steps::engine(root)?;
    let schemas = steps::schemas(&engine, &loaded.package, &mut diagnostics);
    let model = steps::check(&loaded, &schemas, &mut diagnostics);
    Ok(Checked::new(root, engine, loaded, model, diagnostics))
}

impl Checked {
    fn new(
        root: &Path,
        engine: Engine,
        loaded: Loaded,
        model: Option<Model>,
        diagnostics: Diagnostics,
    ) -> Self {
        let Loaded { sources, package, .. } = loaded;
        let lacking = model.as_ref().map(|model| lacking(model, &package, &sources));
        let lacking = lacking.unwrap_or_default();
        Self { engine, sources, package, diagnostics, model, lacking, root: root.to_owned() }
    }

    /// Reads the data and computes everything that a site shows: what `build` draws, and what `check --data` looks
    /// at. With `helpers`, what the other metrics read is read too. Nothing when there are errors (all of them reported).
    pub(crate) fn compute(
        &mut self,
        as_of: Option<&str>,
        helpers: bool,
        progress: &Progress,
    ) -> Result<Option<Computed>, Stop> {
        let Some(model) = &self.model else { return Ok(None) };
        let as_of = self::as_of(model, as_of)?;
        let requests = report::requests(model);
        let mut read = requests.clone();
        if helpers {
            let metrics = (0..model.metrics.len()).map(MetricId);
            read.extend(metrics.map(|metric| Request::total(model, metric)));
        }
        read.extend(report::lists(model).map(|metric| Request::total(model, metric)));
        let sizes = Sizes::new(model);
        read.extend(sizes.requests());
        progress.step("opening the data");
        let counting = sizes.model();
        let opened = steps::open(&self.engine, counting, as_of, &read, true, &mut self.diagnostics);
        let Some(data) = opened else { return Ok(None) };
        progress.step("checking the data");
        let checks = steps::check_data(&self.engine, model, &data, &mut self.diagnostics);
        let checks = met(checks, &mut self.diagnostics)?;
        let remarks = steps::remarks(&self.engine, model, &data, &mut self.diagnostics);
        let remarks = met(remarks, &mut self.diagnostics)?;
        // Also where a check is broken: values that are read while they are computed with are reported with it.
        progress.step("computing the figures");
        let series = steps::run(&self.engine, model, &data, &requests);
        let series = met(series, &mut self.diagnostics)?;
        let lists = report::lists(model).map(|list| steps::list(&self.engine, model, &data, list));
        let lists = met(lists.collect(), &mut self.diagnostics)?;
        let ids: Vec<MetricId> = report::lists(model).collect();
        let day_before = model.project.calendar.day_before(data.as_of());
        let (engine, remarked) = (&self.engine, &mut self.diagnostics);
        let before = steps::lists_at(engine, model, day_before, &ids, remarked);
        let lists_before = met(before, &mut self.diagnostics)?.flatten().unwrap_or_default();
        let segments = met(sizes.histories(&self.engine, &data), &mut self.diagnostics)?;
        let (Some(checks), Some(remarks), Some(series), Some(lists), Some(segments)) =
            (checks, remarks, series, lists, segments)
        else {
            return Ok(None);
        };
        Ok(Some(Computed { data, checks, remarks, series, lists, lists_before, segments })
            .filter(|_| !self.diagnostics.has_errors()))
    }

    /// Reports what was found, and how the command ends if nothing worse happens.
    pub(crate) fn tell(
        &self,
        format: Format,
        global: &Global,
        output: Output,
    ) -> Result<Exit, Stop> {
        // People read of what is unavailable and not denied in a line each.
        let list = self.list(global, format == Format::Json);
        let list: Vec<&Diagnostic> = list.iter().collect();
        match format {
            Format::Human => output.diagnostics(&list, &self.sources),
            Format::Json => output.machine_diagnostics(&list, &self.sources, &self.root)?,
        }
        Ok(self.exit(global))
    }

    /// What was found, and what is unavailable: always where that is denied, else if `lacking`.
    pub(crate) fn list(&self, global: &Global, lacking: bool) -> Vec<Diagnostic> {
        let denied = global.denies(Deny::Unavailable);
        let unavailable = self.lacking.iter().filter(|_| denied || lacking).map(|lacking| {
            let severity = if denied { Severity::Error } else { Severity::Note };
            Diagnostic { severity, ..lacking.told.clone() }
        });
        self.diagnostics.sorted().into_iter().cloned().chain(unavailable).collect()
    }

    /// A line for each metric that the project lacks something for, unless they are mistakes.
    pub(crate) fn note_lacking(&self, global: &Global, output: Output, only_kpis: bool) {
        if global.denies(Deny::Unavailable) {
            return;
        }
        let shown = self.lacking.iter().filter(|lacking| lacking.is_kpi || !only_kpis);
        let lines =
            shown.map(|lacking| format!("unavailable: {} {}", lacking.name, lacking.reason));
        output.notes(&lines.collect::<Vec<_>>());
    }

    /// Reports errors; warnings only where they are denied. For commands whose business is not checking. Mistakes in the
    /// question itself are mistakes of the command line.
    pub(crate) fn tell_errors(
        &self,
        asked: &Asked,
        global: &Global,
        output: Output,
    ) -> Result<(), Stop> {
        let list = self.told(global);
        if list.is_empty() {
            return Ok(());
        }
        output.diagnostics(&list, &self.sources);
        let is_usage = list.iter().all(|diagnostic| asked.is_about(diagnostic));
        Err(Stop::Told(if is_usage { Exit::Usage } else { Exit::Mistakes }))
    }

    /// The same where nothing but the name of something was asked.
    pub(crate) fn tell_found(&self, global: &Global, output: Output) -> Result<(), Stop> {
        let list = self.told(global);
        if list.is_empty() {
            return Ok(());
        }
        output.diagnostics(&list, &self.sources);
        Err(Stop::Told(Exit::Mistakes))
    }

    /// Errors, and warnings where they are denied.
    fn told(&self, global: &Global) -> Vec<&Diagnostic> {
        let mut list = self.diagnostics.sorted();
        if !global.denies(Deny::Warnings) {
            list.retain(|diagnostic| diagnostic.severity == Severity::Error);
        }
        list
    }

    /// `no mistakes`, `2 errors, 1 warning`.
    pub(crate) fn count(&self, global: &Global) -> String {
        // What is reported once may have been found several times.
        let list = self.diagnostics.sorted();
        let found = list.iter().filter(|d| d.severity == Severity::Error).count();
        let warnings = list.len() - found;
        let denied = if global.denies(Deny::Unavailable) { self.lacking.len() } else { 0 };
        let errors = found + denied;
        match (errors, warnings) {
            (0, 0) => "no mistakes".to_owned(),
            (0, n) => plural(n, "warning"),
            (n, 0) => plural(n, "error"),
            (n, m) => format!("{}, {}", plural(n, "error"), plural(m, "warning")),
        }
    }

    pub(crate) fn exit(&self, global: &Global) -> Exit {
        let (errors, warnings) = self.diagnostics.counts();
        let denied = (global.denies(Deny::Warnings) && warnings > 0)
            || (global.denies(Deny::Unavailable) && !self.lacking.is_empty());
        if errors > 0 || denied { Exit::Mistakes } else { Exit::Done }
    }
}

/// The as-of that was asked for.
pub(crate) fn as_of(model: &Model, text: Option<&str>) -> Result<Option<AsOf>, Stop> {
    let Some(text) = text else { return Ok(model.project.as_of()) };
    match model.project.calendar.parse_as_of(text) {
        Some(as_of) => Ok(Some(as_of)),
        None => Err(Diagnostic::error_nowhere(
            codes::AS_OF_INVALID,
            format!("`{text}` is not a date or time"),
        )
        .help("write a day as 2026-03-31, or a time as 2026-03-31T12:00:00")
        .into()),
    }
}

/// What a step gave; a mistake that it met joins the others, which are shown at their places.
pub(crate) fn met<T>(
    given: Result<T, Error>,
    diagnostics: &mut Diagnostics,
) -> Result<Option<T>, Stop> {
    match given {
        Ok(given) => Ok(Some(given)),
        Err(Error::Told(told)) => {
            diagnostics.push(*told);
            Ok(None)
        }
        Err(other) => Err(other.into()),
    }
}

/// Ends a command that asks for more than is computed, before the work begins.
pub(crate) fn refuse_too_much(
    model: &Model,
    sources: &SourceMap,
    as_of: AsOf,
    requests: &[Request],
    output: Output,
) -> Result<(), Stop> {
    let told = requests.iter().find_map(|request| too_much(model, as_of, request));
    let Some(told) = told else { return Ok(()) };
    output.diagnostics(&[&told], sources);
    Err(Stop::Told(Exit::Usage))
}

/// `1 warning`, `3 warnings`.
pub(crate) fn plural(n: usize, word: &str) -> String {
    let many = match word.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{word}s"),
    };
    if n == 1 { format!("1 {word}") } else { format!("{n} {many}") }
}

/// The path of something in a folder, as it is best typed from here.
pub(crate) fn shown(root: &Path, inside: &str) -> String {
    let path = root.join(inside);
    path.strip_prefix(".").unwrap_or(&path).display().to_string()
}
