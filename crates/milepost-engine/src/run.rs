//! Requests in, series out: by the shared scan, or by the plain lowering.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Float64Type;
use datafusion::catalog::TableProvider;
use datafusion::common::TableReference;
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;

use milepost_syntax::limits::FIGURES;

use milepost_plan::typed_ids;
use milepost_semantics::model::{Aggregate, DatasetId, DimensionId, Model};

use crate::coverage::Coverage;
use crate::data::Data;
use crate::error::EngineError;
use crate::evaluate::{Column, Context, cell};
use crate::ids::{ById, Id};
use crate::leaf::{Compiled, Leaf, Node, compile};
use crate::placement::ROW_NUMBER;
use crate::reads::Reads;
use crate::request::{Frame, Request, frames, series_buckets, too_much, too_sliced};
use crate::results::{Cell, Cells, Reason, Series, SliceRow, SliceValue};
use crate::rollup::{Groups, LeafTable, PlannedLeaf, RollupId, merge, plan, slice_order};
use crate::rows::{self, Limits, RowEvaluation};
use crate::scan::{Statement, scans};
use crate::session::session;
use crate::sql::{Tables, ident, plain};

/// A request taken apart.
struct Job<'m> {
    request: &'m Request,
    frames: Vec<Frame>,
    compiled: Compiled<'m>,
    /// The dataset that is missing, if one is.
    unavailable: Option<String>,
}

impl<'m> Job<'m> {
    /// # Errors
    /// It asks for more than is computed.
    fn new(model: &'m Model, data: &Data, request: &'m Request) -> Result<Self, EngineError> {
        if let Some(told) = too_much(model, data.as_of, request) {
            return Err(EngineError::Told(Box::new(told)));
        }
        reachable(model, request)?;
        let frames = frames(model, data.as_of, request);
        let value = request.value(model);
        let compiled = compile(model, data.as_of, request.grain, value, &frames);
        let unavailable = missing(model, request);
        Ok(Self { request, frames, compiled, unavailable })
    }

    /// Its leaves, in their order, with what they are sliced by.
    fn leaves(&self) -> impl Iterator<Item = (&Leaf<'m>, &[DimensionId])> {
        self.compiled.leaves.iter().map(|leaf| (leaf, self.request.by.as_slice()))
    }

    fn series(&self, model: &Model, data: &Data, mut rows: Vec<SliceRow>) -> Series {
        for (at, dimension) in self.request.by.iter().enumerate() {
            let Some(keys) = data.members(model, *dimension) else { continue };
            for value in rows.iter_mut().filter_map(|row| row.key.get_mut(at)) {
                let key = value.text().and_then(|name| keys.get(name)).cloned();
                if let (SliceValue::Known(name), Some(key)) = (&mut *value, key) {
                    *value = SliceValue::Member { name: std::mem::take(name), key };
                }
            }
        }
        Series {
            metric: self.request.metric,
            part: self.request.part,
            grain: self.request.grain,
            by: self.request.by.clone(),
            buckets: series_buckets(model, data.as_of, self.request, &self.frames),
            rows,
        }
    }

    fn unavailable(&self, model: &Model, data: &Data, dataset: &str) -> Series {
        let reason = Reason::Unavailable { dataset: dataset.to_owned() };
        let cells = same(&Cell { value: Err(reason), ..Cell::nothing() }, self.frames.len());
        let rows = if self.request.by.is_empty() {
            vec![SliceRow { key: Vec::new(), cells }]
        } else {
            Vec::new()
        };
        self.series(model, data, rows)
    }
}

/// # Errors
/// Some aggregate of the metric has no way to a dimension: `check` and questions refuse that, so it is a bug in milepost.
fn reachable(model: &Model, request: &Request) -> Result<(), EngineError> {
    let metric = &model[request.metric];
    let mut lost = None;
    metric.each_aggregate(&mut |aggregate| {
        let reach = &model[aggregate.dataset].reach;
        lost = lost.or_else(|| request.by.iter().find(|dimension| !reach.contains_key(dimension)));
    });
    lost.map_or(Ok(()), |dimension| {
        let (metric, by) = (&metric.name, &model[*dimension].name);
        Err(EngineError::Internal(format!("`{metric}` can't be sliced by `{by}`")))
    })
}

/// The dataset that a request needs and that is missing, if one is.
#[must_use]
pub fn missing(model: &Model, request: &Request) -> Option<String> {
    let mut first: Option<DatasetId> = None;
    let mut found = |dataset: DatasetId| {
        if model[dataset].missing {
            first.get_or_insert(dataset);
        }
    };
    let mut reads = Reads::new(model, &mut found);
    let mut outer: Vec<&Aggregate> = Vec::new();
    request.value(model).each_aggregate(&mut |a| outer.push(a));
    // Links first.
    outer.iter().for_each(|aggregate| reads.inside(aggregate, &request.by));
    outer.iter().for_each(|aggregate| reads.dataset(aggregate.dataset));
    first.map(|dataset| model[dataset].name.clone())
}

/// Runs all requests over one pass of each dataset.
pub(crate) async fn run(
    model: &Model,
    data: &Data,
    requests: &[Request],
    limits: Limits,
) -> Result<Vec<Series>, EngineError> {
    let jobs = requests.iter().map(|request| Job::new(model, data, request));
    let jobs = jobs.collect::<Result<Vec<Job<'_>>, EngineError>>()?;
    let mut split = Split::default();
    let sources: Vec<Sources<'_>> = jobs.iter().map(|job| split.sources(model, job)).collect();
    let evaluation = RowEvaluation::new(model, data, &split.judged, limits)?;
    let is_streamed = |dataset: DatasetId| data.streamed.contains_key(&dataset);
    let (mut rollups, planned) = plan(model, &is_streamed, &split.merged);
    let mut groups: BTreeMap<RollupId, Groups> = BTreeMap::new();
    for scan in scans(&rollups, &evaluation) {
        let statement = Statement::of(model, data, &scan, &mut rollups, &evaluation).await?;
        groups.extend(statement.run(data, &rollups, &evaluation).await?);
    }
    let planned: ById<MergedId, PlannedLeaf> = planned.into_iter().collect();
    let judged = evaluation.cells()?.into_iter().map(Some);
    let mut judged: ById<JudgedId, Option<LeafTable>> = judged.collect();
    let mut table = |leaf: &Leaf<'_>, source: LeafSource| match source {
        LeafSource::Judged(id) => {
            judged[id].take().ok_or_else(|| impossible("a judged aggregate has no cells"))
        }
        LeafSource::Merged(id) => {
            let planned = &planned[id];
            let groups = groups.get(&planned.rollup);
            let groups = groups.ok_or_else(|| impossible("no scan fed a rollup"))?;
            let rollup = &rollups[planned.rollup];
            Ok(merge(leaf, planned, rollup, groups, &model.project.calendar)?)
        }
    };
    let mut series = Vec::with_capacity(jobs.len());
    for (job, sources) in jobs.iter().zip(sources) {
        series.push(match sources {
            Sources::Unavailable { dataset } => job.unavailable(model, data, dataset),
            Sources::Leaves(sources) => {
                let leaves = job.compiled.leaves.iter().zip(sources);
                let tables = leaves.map(|(leaf, source)| table(leaf, source));
                derive(model, data, job, &tables.collect::<Result<Vec<LeafTable>, _>>()?)?
            }
        });
    }
    Ok(series)
}

fn impossible(what: &str) -> EngineError {
    EngineError::Internal(what.to_owned())
}

typed_ids! {
    /// A leaf that is a merge of states.
    pub(crate) MergedId
    /// A leaf that is judged row by row.
    pub(crate) JudgedId
}

/// What computes a leaf.
#[derive(Clone, Copy, Debug)]
enum LeafSource {
    Merged(MergedId),
    Judged(JudgedId),
}

/// What computes the leaves of a job, in their order.
enum Sources<'a> {
    /// Nothing, because that is missing.
    Unavailable {
        dataset: &'a str,
    },
    Leaves(Vec<LeafSource>),
}

/// A leaf with what its request slices by.
type SlicedLeaf<'a> = (&'a Leaf<'a>, &'a [DimensionId]);

/// The leaves of all jobs: what depends on the bucket or on other rows is looked at row by row; the rest is a merge of
/// states.
#[derive(Default)]
struct Split<'a> {
    merged: Vec<SlicedLeaf<'a>>,
    judged: Vec<SlicedLeaf<'a>>,
}

impl<'a> Split<'a> {
    fn sources(&mut self, model: &Model, job: &'a Job<'a>) -> Sources<'a> {
        if let Some(dataset) = &job.unavailable {
            return Sources::Unavailable { dataset };
        }
        let source = |(leaf, by): SlicedLeaf<'a>| {
            if rows::is_evaluated_by_row(model, leaf, by) {
                self.judged.push((leaf, by));
                LeafSource::Judged(JudgedId::new(self.judged.len() - 1))
            } else {
                self.merged.push((leaf, by));
                LeafSource::Merged(MergedId::new(self.merged.len() - 1))
            }
        };
        Sources::Leaves(job.leaves().map(source).collect())
    }
}

/// The arithmetic on top of the leaves, slice by slice and bucket by bucket.
///
/// # Errors
/// A number left the range of doubles or of exact decimals, or there are more figures than are computed.
fn derive(
    model: &Model,
    data: &Data,
    job: &Job<'_>,
    tables: &[LeafTable],
) -> Result<Series, EngineError> {
    let metric = &model[job.request.metric];
    let overflow = |bucket: usize| {
        let label = &job.frames[bucket].bucket.label;
        EngineError::Data(format!(
            "a number of `{}` in {label} is too large to be exact",
            metric.name
        ))
    };
    let keys = if job.request.by.is_empty() { vec![Vec::new()] } else { slice_order(tables) };
    let figures = keys.len().saturating_mul(job.frames.len()) as u64;
    if figures > FIGURES || tables.iter().any(|table| table.is_cut) {
        let told = too_sliced(model, job.request, job.frames.len());
        return Err(EngineError::Told(Box::new(told)));
    }
    let rows = keys
        .into_iter()
        .map(|key| {
            let columns: Vec<Column<'_>> =
                tables.iter().map(|t| Column { cells: t.cells(&key), short: &t.short }).collect();
            let mut cells = Cells::with_capacity(job.frames.len());
            for bucket in 0..job.frames.len() {
                let context = Context {
                    calendar: &model.project.calendar,
                    at: bucket,
                    leaves: &columns,
                    populations: &job.compiled.populations,
                };
                if !context.is_finite(&job.compiled.root) {
                    return Err(overflow(bucket));
                }
                let cell = cell(&job.compiled.root, &context, metric.min_sample);
                cells.push(&cell.ok_or_else(|| overflow(bucket))?);
            }
            Ok(SliceRow { key, cells })
        })
        .collect::<Result<Vec<SliceRow>, EngineError>>()?;
    let mut series = job.series(model, data, rows);
    let coverage = Coverage::new(model, data);
    let marks: Vec<Vec<bool>> = job.leaves().map(|(leaf, by)| coverage.marks(leaf, by)).collect();
    for (at, bucket) in series.buckets.iter_mut().enumerate() {
        let root = &job.compiled.root;
        bucket.partial |= is_marked(root, at, &|leaf, at| marks[leaf][at]);
        bucket.maturing = is_marked(root, at, &|leaf, at| tables[leaf].maturing[at]);
        bucket.partial |= bucket.maturing;
        bucket.partial |= is_marked(root, at, &|leaf, at| tables[leaf].clipped[at]);
    }
    Ok(series)
}

/// Whether something is marked of a bucket, or of one of its blocks, in some leaf of the value.
fn is_marked(node: &Node, at: usize, marked: &dyn Fn(usize, usize) -> bool) -> bool {
    match node {
        Node::Leaf(leaf) => marked(*leaf, at),
        Node::Blocks { operand, ranges, .. } => {
            ranges[at].clone().any(|block| is_marked(operand, block, marked))
        }
        _ => node.operands().into_iter().any(|operand| is_marked(operand, at, marked)),
    }
}

/// Runs one request by its plain lowering. Reasons are not told apart there: every null is `no data`.
pub(crate) async fn run_plain(
    model: &Model,
    data: &Data,
    request: &Request,
) -> Result<Series, EngineError> {
    let job = Job::new(model, data, request)?;
    if let Some(dataset) = &job.unavailable {
        return Ok(job.unavailable(model, data, dataset));
    }
    let (tables, select) = plain(model, data.as_of, request);
    let what = format!("plain lowering of `{}`", model[request.metric].name);
    let failed = |e: &DataFusionError| EngineError::from_engine(&what, e);
    let context = table_by_table(model, data, &tables).await.map_err(|e| failed(&e))?;
    let frame = context.sql(&select).await.map_err(|e| failed(&e))?;
    let batches = frame.collect().await.map_err(|e| failed(&e))?;
    let mut rows: Vec<SliceRow> = Vec::new();
    for batch in &batches {
        read_rows(batch, request.by.len(), &job.frames, &mut rows)
            .ok_or_else(|| EngineError::Internal(format!("{what}: unexpected columns")))?;
    }
    // Without any bucket the total is still one row.
    if rows.is_empty() && request.by.is_empty() {
        rows.push(SliceRow { key: Vec::new(), cells: Cells::default() });
    }
    Ok(job.series(model, data, rows))
}

/// A session in which the tables of a statement are computed, each once: what is written with `WITH` would be computed
/// as often as it is read.
async fn table_by_table(
    model: &Model,
    data: &Data,
    tables: &Tables,
) -> Result<SessionContext, DataFusionError> {
    let partitions = data.context.copied_config().target_partitions();
    let context = session(&model.project.calendar, partitions, data.context.runtime_env());
    for (id, dataset) in model.datasets.iter().enumerate() {
        let name = TableReference::bare(dataset.name.clone());
        if data.streamed.contains_key(&DatasetId(id)) {
            context.register_table(name, numbered(data, &dataset.name).await?)?;
        } else if data.context.table_exist(name.clone())? {
            context.register_table(name.clone(), data.context.table_provider(name).await?)?;
        }
    }
    for table in tables.list() {
        let frame = context.sql(&table.statement()).await?.cache().await?;
        let name = TableReference::bare(table.name.clone());
        context.deregister_table(name.clone())?;
        context.register_table(name, frame.into_view())?;
    }
    Ok(context)
}

/// The rows of a stream in memory, each with a number, as those of other datasets have one.
async fn numbered(data: &Data, dataset: &str) -> Result<Arc<dyn TableProvider>, DataFusionError> {
    let number = ident(ROW_NUMBER);
    let sql = format!(
        "SELECT *, CAST(row_number() OVER () AS BIGINT) AS {number} FROM {}",
        ident(dataset)
    );
    Ok(data.context.sql(&sql).await?.cache().await?.into_view())
}

fn read_rows(
    batch: &RecordBatch,
    dims: usize,
    frames: &[Frame],
    rows: &mut Vec<SliceRow>,
) -> Option<()> {
    let labels = text_column(batch, 0)?;
    let keys = (1..=dims).map(|i| text_column(batch, i)).collect::<Option<Vec<_>>>()?;
    let values =
        arrow::compute::cast(batch.column(dims + 1), &arrow::datatypes::DataType::Float64).ok()?;
    let values = values.as_primitive::<Float64Type>();
    for row in 0..batch.num_rows() {
        let value =
            |k: &Vec<Option<String>>| k[row].clone().map_or(SliceValue::Unknown, SliceValue::Known);
        let key: Vec<SliceValue> = keys.iter().map(value).collect();
        let bucket = frames.iter().position(|f| Some(&f.bucket.label) == labels[row].as_ref())?;
        let at = rows.iter().position(|r| r.key == key).unwrap_or_else(|| {
            rows.push(SliceRow { key, cells: same(&Cell::nothing(), frames.len()) });
            rows.len() - 1
        });
        if values.is_valid(row) && values.value(row).is_finite() {
            rows[at].cells.set(bucket, values.value(row));
        }
    }
    Some(())
}

/// The same cell for every bucket.
fn same(cell: &Cell, buckets: usize) -> Cells {
    let mut cells = Cells::with_capacity(buckets);
    (0..buckets).for_each(|_| cells.push(cell));
    cells
}

fn text_column(batch: &RecordBatch, i: usize) -> Option<Vec<Option<String>>> {
    let text = arrow::compute::cast(batch.column(i), &arrow::datatypes::DataType::Utf8).ok()?;
    Some(text.as_string::<i32>().iter().map(|t| t.map(str::to_owned)).collect())
}
