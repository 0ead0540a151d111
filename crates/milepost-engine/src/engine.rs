use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::prelude::SessionContext;
use tokio::runtime::Runtime;

use milepost_semantics::DataNeed;
use milepost_semantics::model::{DimensionId, MetricId, Model};
use milepost_semantics::schema::{FileSchema, Schemas};
use milepost_semantics::time::{AsOf, Instant};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};

use crate::check::{CheckOutcome, check_data};
use crate::data::{self, Data, Opening};
use crate::duckdb::prelude;
use crate::error::EngineError;
use crate::machine;
use crate::members::{ListMembers, Listing, Members, Moves};
use crate::remarks::{LinkMatch, Remark, matches, remarks};
use crate::request::Request;
use crate::results::Series;
use crate::rows::Limits;
use crate::run;
use crate::session::{resources, session};
use crate::source::{Located, Source, Stamp, given, locate, settle, stamp, unite};
use crate::spill::Spill;
use crate::write::GivenRows;

/// Smaller datasets are quicker to have in memory, where every question finds them.
const STREAM_FROM: u64 = 2_000_000;

/// Debug builds of the planner use deep stacks.
const THREAD_STACK: usize = 16 << 20;

/// Reads a project's data and runs its metrics.
pub struct Engine {
    root: PathBuf,
    runtime: Runtime,
    partitions: usize,
    stream_from: u64,
    limits: Limits,
    resources: Arc<RuntimeEnv>,
    sources: Mutex<BTreeMap<String, (DataNeed, Source)>>,
    /// Comes last, and so goes after what writes there.
    spill: Option<Spill>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("root", &self.root).finish_non_exhaustive()
    }
}

fn file_schema(source: &Source) -> FileSchema {
    let columns = source.columns.iter().map(|c| (c.name.clone(), c.ty)).collect();
    FileSchema { columns, refused: source.refused.clone(), missing: false }
}

impl Engine {
    /// An engine for the project in that folder, on as many threads as the machine has.
    ///
    /// # Errors
    /// The machine gives no threads.
    pub fn new(root: &Path) -> Result<Self, EngineError> {
        Self::with_partitions(root, std::thread::available_parallelism().map_or(1, usize::from))
    }

    /// The same, with that many threads and partitions. No number depends on it.
    ///
    /// # Errors
    /// The machine gives no threads.
    pub fn with_partitions(root: &Path, partitions: usize) -> Result<Self, EngineError> {
        machine::has_threads(partitions.max(1), THREAD_STACK)
            .map_err(|e| EngineError::Resource(format!("no threads to run on: {e}")))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(partitions.max(1))
            .thread_stack_size(THREAD_STACK)
            .enable_all()
            .build()
            .map_err(|e| EngineError::Resource(format!("no threads to run on: {e}")))?;
        let spill = Spill::new();
        let resources = resources(machine::memory(), spill.as_ref());
        // Whether a file lies inside is told by absolute paths.
        let root = std::path::absolute(root)
            .map_err(|e| EngineError::Resource(format!("{}: {e}", root.display())))?;
        Ok(Self {
            root,
            runtime,
            partitions,
            stream_from: STREAM_FROM,
            limits: Limits::new(),
            resources,
            sources: Mutex::default(),
            spill,
        })
    }

    /// Event datasets of at least so many rows are read while they are computed with, rather than into memory. No number
    /// depends on it.
    #[must_use]
    pub const fn streaming_from(mut self, rows: u64) -> Self {
        self.stream_from = rows;
        self
    }

    /// Judgements look at so many rows in all buckets before they look at the next ones, and hold about so many bytes of
    /// the rows of large datasets; what is more waits on disk. No number depends on it.
    #[must_use]
    pub const fn judging(mut self, at_once: u32, bytes: usize) -> Self {
        self.limits = Limits { at_once, bytes };
        self
    }

    /// Queries hold about so many bytes at most; what needs more is a failure that says so. No number depends on it.
    #[must_use]
    pub fn holding(mut self, bytes: usize) -> Self {
        self.resources = resources(bytes, self.spill.as_ref());
        self
    }

    /// Looks for the files of every dataset and reads what columns they have. A dataset whose files can't be read is
    /// told and left out; an optional one without files is marked missing.
    pub fn schemas(&self, needs: &[DataNeed], diagnostics: &mut Diagnostics) -> Schemas {
        let mut schemas = Schemas::default();
        let mut told = BTreeSet::new();
        for need in needs {
            let Located { files, left_out } = match locate(&self.root, &need.from) {
                Ok(located) => located,
                Err(error) => {
                    self.forget(need);
                    diagnostics.push(*error);
                    continue;
                }
            };
            // Several datasets may name one folder.
            if !left_out.is_empty() && told.insert(left_out.clone()) {
                diagnostics.push(not_read(need, &left_out));
            }
            if files.is_empty() {
                self.forget(need);
                if need.optional {
                    schemas.datasets.insert(
                        need.name.clone(),
                        FileSchema { missing: true, ..FileSchema::default() },
                    );
                } else {
                    diagnostics.push(missing(&self.root, need));
                }
                continue;
            }
            let stamp = stamp(&files);
            if self.is_known(need, &stamp) {
                continue;
            }
            self.forget(need);
            let source = unite(need, files, stamp, self.partitions, diagnostics);
            if let Some(source) = source {
                let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
                sources.insert(need.name.clone(), (need.clone(), source));
            }
        }
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        // What is a number in one dataset decides what its keys are in others.
        let asked: BTreeSet<&str> = needs.iter().map(|need| need.name.as_str()).collect();
        sources.retain(|name, _| asked.contains(name.as_str()));
        settle(&mut sources);
        for (name, (_, source)) in sources.iter() {
            schemas.datasets.insert(name.clone(), file_schema(source));
        }
        schemas
    }

    /// Whether what is known of the files from before still holds: they and what is asked of them are as they were.
    fn is_known(&self, need: &DataNeed, stamp: &Stamp) -> bool {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((before, source)) = sources.get_mut(&need.name) else { return false };
        let same = source.settled && source.stamp == *stamp;
        if !same || !before.asks_the_same(need) {
            return false;
        }
        *before = need.clone();
        source.reads = Arc::default();
        true
    }

    fn forget(&self, need: &DataNeed) {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        sources.remove(&need.name);
    }

    /// Reads, once, the datasets that the requests need (all of them with `all`), as they are seen from the as-of
    /// (absent: from the newest `time` of the event and snapshot datasets). None if the data has errors, all told.
    pub fn open(
        &self,
        model: &Model,
        as_of: Option<AsOf>,
        requests: &[Request],
        all: bool,
        diagnostics: &mut Diagnostics,
    ) -> Option<Data> {
        let sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let opening = Opening {
            model,
            root: &self.root,
            sources: &sources,
            as_of,
            requests,
            all,
            tables: self.tables(model),
            partitions: self.partitions,
            stream_from: self.stream_from,
        };
        self.block_on(data::open(opening, diagnostics))
    }

    /// The same over rows in memory, by dataset and column of its files, instead of files. Every dataset that the requests
    /// need is there with every column.
    pub fn open_given(
        &self,
        model: &Model,
        tables: Vec<GivenRows>,
        as_of: Option<AsOf>,
        requests: &[Request],
        diagnostics: &mut Diagnostics,
    ) -> Option<Data> {
        let sources = given(model, tables, diagnostics)?;
        let opening = Opening {
            model,
            root: &self.root,
            sources: &sources,
            as_of,
            requests,
            all: false,
            tables: self.tables(model),
            partitions: self.partitions,
            stream_from: self.stream_from,
        };
        self.block_on(data::open(opening, diagnostics))
    }

    /// Answers the requests, in their order, by one pass over each opened dataset.
    ///
    /// # Errors
    /// Memory or disk; numbers out of range; or a plan that the engine refused, which is a bug in milepost.
    pub fn run(
        &self,
        model: &Model,
        data: &Data,
        requests: &[Request],
    ) -> Result<Vec<Series>, EngineError> {
        self.block_on(run::run(model, data, requests, self.limits))
    }

    /// Which members or rows the number of a request's last bucket holds: of a ratio those of the denominator. The data was
    /// opened for the request.
    ///
    /// # Errors
    /// As [`Engine::run`]; or no rows hold such a number, which says what to ask instead.
    pub fn members(
        &self,
        model: &Model,
        data: &Data,
        request: &Request,
        listing: &Listing,
    ) -> Result<Members, EngineError> {
        self.block_on(crate::members::members(model, data, request, listing, self.limits))
    }

    /// Where the members that a request counts move between two instants, each the end of a day: by each of its dimensions,
    /// with what they are called by other dimensions (`named`, and at most so many of those who moved). The data was opened
    /// for all of them.
    ///
    /// # Errors
    /// As [`Engine::members`].
    pub fn moves(
        &self,
        model: &Model,
        data: &Data,
        request: &Request,
        between: (Instant, Instant),
        named: (&[DimensionId], Option<usize>),
    ) -> Result<Moves, EngineError> {
        self.block_on(crate::members::moves(model, data, request, between, named, self.limits))
    }

    /// Who stands on the list of a metric on the day of the as-of. The data was opened for the metric.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub fn list(
        &self,
        model: &Model,
        data: &Data,
        metric: MetricId,
    ) -> Result<ListMembers, EngineError> {
        self.block_on(crate::members::list(model, data, metric, self.limits))
    }

    /// Which rollups serve the requests and what each reads; with `run` also what each took.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub fn explain_plan(
        &self,
        model: &Model,
        data: &Data,
        requests: &[Request],
        run: bool,
    ) -> Result<String, EngineError> {
        self.block_on(crate::scan::explained(model, data, requests, self.limits, run))
    }

    /// Answers one request by its plain lowering: slow, and the definition.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub fn run_plain(
        &self,
        model: &Model,
        data: &Data,
        request: &Request,
    ) -> Result<Series, EngineError> {
        self.block_on(run::run_plain(model, data, request))
    }

    /// Statements to run in DuckDB, from the project's folder, before any text of [`sql`](milepost_plan::sql::sql()): the views show
    /// what the as-of lets be seen, without repeats, of the files whose columns were read.
    pub fn prelude(&self, model: &Model, as_of: AsOf) -> String {
        let sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        prelude(model, as_of, &sources)
    }

    /// Looks at the `checks` and `freshness` of every opened dataset.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub fn check_data(&self, model: &Model, data: &Data) -> Result<Vec<CheckOutcome>, EngineError> {
        self.block_on(check_data(model, data))
    }

    /// What the rows say that readers of the figures should know: of all that the data was opened for.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub fn remarks(&self, model: &Model, data: &Data) -> Result<Vec<Remark>, EngineError> {
        self.block_on(remarks(model, data))
    }

    /// How many keys of each link lead to a member: of all links that the requests that the data was opened for read.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub fn link_matches(&self, model: &Model, data: &Data) -> Result<Vec<LinkMatch>, EngineError> {
        self.block_on(matches(model, data))
    }

    /// The session of a project's tables.
    fn tables(&self, model: &Model) -> SessionContext {
        session(&model.project.calendar, self.partitions, Arc::clone(&self.resources))
    }

    /// What waits for a future plans too, which needs a deep stack.
    fn block_on<T: Send>(&self, future: impl Future<Output = T> + Send) -> T {
        machine::deep(|| self.runtime.block_on(future))
    }
}

/// Files that lie where data is read, and are not read.
fn not_read(need: &DataNeed, left_out: &[String]) -> Diagnostic {
    const SHOWN: usize = 3;
    let mut names: Vec<String> =
        left_out.iter().take(SHOWN).map(|path| format!("`{path}`")).collect();
    if left_out.len() > SHOWN {
        names.push(format!("{} more", left_out.len() - SHOWN));
    }
    let (last, first) = names.split_last().map_or(("", &[][..]), |(last, rest)| (last, rest));
    let list =
        if first.is_empty() { last.to_owned() } else { format!("{} and {last}", first.join(", ")) };
    let (count, verb) = match left_out.len() {
        1 => ("a file".to_owned(), "is"),
        n => (format!("{n} files"), "are"),
    };
    let message = format!(
        "the folder `{}` holds {count} that {verb} not read: {list} (dataset `{}`)",
        need.from.pattern, need.name
    );
    Diagnostic::warning(codes::FILE_NOT_READ, need.from.span, message).help(
        "move files that are not data out of the folder; the names of data files must end in `.parquet`, `.csv`, `.json`, `.ndjson` or `.arrow` (of CSV and JSON also `.csv.gz`, `.ndjson.zst`) and begin with neither `.` nor `_`",
    )
}

fn missing(root: &Path, need: &DataNeed) -> Diagnostic {
    let pattern = &need.from.pattern;
    if root.join(pattern).is_dir() {
        let message =
            format!("the folder `{pattern}` holds no data file (dataset `{}`)", need.name);
        return optional(need, Diagnostic::error(codes::DATA_MISSING, need.from.span, message)
            .help("the names of data files end in `.parquet`, `.csv`, `.json`, `.ndjson` or `.arrow`; for other extensions, name the format with `format:`"));
    }
    let message = if pattern.contains(['*', '?', '[']) {
        format!("no file matches `{pattern}` (dataset `{}`)", need.name)
    } else {
        format!("there is no file or folder with data at `{pattern}` (dataset `{}`)", need.name)
    };
    let told = Diagnostic::error(codes::DATA_MISSING, need.from.span, message);
    optional(need, told.help("paths start at the folder of `milepost.yaml`"))
}

/// With the way to let a project build without these files.
fn optional(need: &DataNeed, told: Diagnostic) -> Diagnostic {
    told.help(format!("if the data may be absent, add `optional: true` to `{}`: its metrics are then shown as unavailable", need.name))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests write the files that are read")]
mod tests {
    use std::fs::File;
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, DictionaryArray, Int32Array, RecordBatch, TimestampNanosecondArray,
    };
    use arrow::datatypes::Int8Type;
    use arrow::ipc::writer::FileWriter;

    use milepost_semantics::model::MetricId;
    use milepost_syntax::ast::Package;
    use milepost_syntax::source::SourceMap;

    use super::*;

    const SPEC: &str = "
datasets:
  logins: { from: logins.arrow, kind: events, time: at }
metrics:
  by_ann: { value: count(distinct logins.id where name = 'Ann') }
";

    /// Arrow IPC has types that other formats lack: dictionaries, zones, nanoseconds, narrow integers.
    #[test]
    fn arrow_files_are_read_as_the_language_has_types() {
        let folder = tempfile::tempdir().unwrap();
        let second = 1_000_000_000;
        let at = [Some(1_767_225_600 * second), Some(1_767_225_601 * second), None];
        let at = TimestampNanosecondArray::from(at.to_vec()).with_timezone("Europe/Amsterdam");
        let names: DictionaryArray<Int8Type> = vec!["Ann", "Bob", "Ann"].into_iter().collect();
        let batch = RecordBatch::try_from_iter_with_nullable([
            ("id", Arc::new(Int32Array::from(vec![7, 8, 9])) as ArrayRef, true),
            ("at", Arc::new(at) as ArrayRef, true),
            ("name", Arc::new(names) as ArrayRef, true),
        ])
        .unwrap();
        let file = File::create(folder.path().join("logins.arrow")).unwrap();
        let mut writer = FileWriter::try_new(file, &batch.schema()).unwrap();
        writer.write(&batch).unwrap();
        writer.finish().unwrap();

        let mut sources = SourceMap::default();
        let main = sources.add("milepost.yaml", "project: arrow\nedition: 2026\n");
        let spec = sources.add("specs/a.yaml", SPEC);
        let mut diagnostics = Diagnostics::default();
        let mut package = Package {
            project: milepost_syntax::parse_project(sources.get(main), &mut diagnostics),
            ..Package::default()
        };
        milepost_syntax::parse_spec(sources.get(spec), &mut package, &mut diagnostics);
        let engine = Engine::with_partitions(folder.path(), 1).unwrap();
        let schemas = engine.schemas(&milepost_semantics::data_needs(&package), &mut diagnostics);
        let model = milepost_semantics::analyze(&package, &sources, &schemas, &mut diagnostics);
        let model = model.unwrap_or_else(|| panic!("{:?}", diagnostics.sorted()));
        let requests = [Request::total(&model, MetricId(0))];
        let small = Engine::with_partitions(folder.path(), 1).unwrap().holding(64);
        small.schemas(&milepost_semantics::data_needs(&package), &mut diagnostics);
        let data = small.open(&model, None, &requests, false, &mut diagnostics).unwrap();
        let failed = small.run(&model, &data, &requests).unwrap_err();
        assert!(matches!(&failed, EngineError::Resource(_)), "memory is bounded: {failed:?}");
        let data = engine.open(&model, None, &requests, false, &mut diagnostics).unwrap();
        let series = engine.run(&model, &data, &requests).unwrap();
        assert_eq!(series[0].rows[0].cells.last().map(|c| c.value), Some(Ok(1.0)));
        assert_eq!(model.project.calendar.show_as_of(data.as_of()), "2026-01-01T00:00:01+00:00");
    }
}
