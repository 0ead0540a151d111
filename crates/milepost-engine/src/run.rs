//! Requests in, series out: by the shared scan, or by the plain lowering.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Float64Type;
use datafusion::catalog::TableProvider;
use datafusion::common::TableReference;
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;

use milepost_semantics::model::{DatasetId, Model};
use milepost_syntax::limits::FIGURES;

use crate::data::Data;
use crate::error::EngineError;
use crate::ids::ById;
use crate::job::Job;
use crate::leaf::{LeafId, LeafTable, slice_order};
use crate::machine::share;
use crate::merge::{PlannedLeaf, merge};
use crate::placement::ROW_NUMBER;
use crate::request::{Frame, Request, too_sliced};
use crate::results::{Cell, Cells, Series, SliceRow, SliceValue};
use crate::rollup::plan;
use crate::rows::{Limits, RowEvaluation};
use crate::scan::scan_all;
use crate::session::session;
use crate::shared::{LeafSource, MergedId, SharedId, SharedLeaf, SharedLeaves};
use crate::sql::{Tables, ident, plain};

/// Runs all requests over one pass of each dataset.
pub(crate) async fn run(
    model: &Model,
    data: &Data,
    requests: &[Request],
    limits: Limits,
) -> Result<Vec<Series>, EngineError> {
    let jobs = requests.iter().map(|request| Job::new(model, data.as_of, request));
    let jobs = jobs.collect::<Result<Vec<Job<'_>>, EngineError>>()?;
    let mut shared = SharedLeaves::default();
    // Of a job that lacks a dataset nothing is computed.
    let leaves = jobs.iter().map(|job| match job.unavailable {
        Some(_) => ById::default(),
        None => shared.of(model, job),
    });
    let leaves: Vec<ById<LeafId, SharedId>> = leaves.collect();
    let evaluation = RowEvaluation::new(model, data, &shared.judged, limits)?;
    let is_streamed = |dataset: DatasetId| data.streamed.contains_key(&dataset);
    let (rollups, planned) = plan(model, &is_streamed, &shared.merged);
    let groups = scan_all(model, data, &rollups, &evaluation).await?;
    let planned: ById<MergedId, PlannedLeaf> = planned.into_iter().collect();
    let tables = shared.tables(evaluation.cells()?);
    let compute = |leaf: &SharedLeaf<'_>| match leaf.source {
        LeafSource::Judged => Err(impossible("a judged aggregate has no cells")),
        LeafSource::Merged(id) => {
            let planned = &planned[id];
            let groups = groups.get(&planned.rollup);
            let groups = groups.ok_or_else(|| impossible("no scan fed a rollup"))?;
            let rollup = &rollups[planned.rollup];
            let calendar = &model.project.calendar;
            Ok(merge(leaf.leaf, planned, &rollup.place, &groups.groups, calendar)?)
        }
    };
    let series = |job: usize| {
        let (job, leaves) = (&jobs[job], &leaves[job]);
        if let Some(dataset) = &job.unavailable {
            return Ok(job.series_without(data, dataset));
        }
        let table = |_, id: &SharedId| tables.table(*id, || compute(&shared.leaves[*id]));
        derive(model, data, job, &leaves.try_map(table)?)
    };
    let threads = data.context.copied_config().target_partitions();
    share(threads, jobs.len(), series).into_iter().collect()
}

fn impossible(what: &str) -> EngineError {
    EngineError::Internal(what.to_owned())
}

/// The arithmetic on top of the leaves, slice by slice and bucket by bucket.
///
/// # Errors
/// A number left the range of doubles or of exact decimals, or there are more figures than are computed.
fn derive(
    model: &Model,
    data: &Data,
    job: &Job<'_>,
    tables: &ById<LeafId, Arc<LeafTable>>,
) -> Result<Series, EngineError> {
    let keys = match job.request.by.as_slice() {
        [] => vec![Vec::new()],
        _ => slice_order(tables.values().map(Arc::as_ref)),
    };
    let buckets = job.frames.len();
    let figures = keys.len().saturating_mul(buckets) as u64;
    if figures > FIGURES || tables.values().any(|table| table.is_cut) {
        let told = too_sliced(model, job.request, buckets);
        return Err(EngineError::Told(Box::new(told)));
    }
    let row = |key: Vec<SliceValue>| {
        let leaves = tables.map(|_, table| table.column(&key));
        let mut cells = Cells::with_capacity(buckets);
        for bucket in 0..buckets {
            cells.push(&job.cell(&leaves, bucket)?);
        }
        Ok(SliceRow { key, cells })
    };
    let rows = keys.into_iter().map(row).collect::<Result<Vec<SliceRow>, EngineError>>()?;
    Ok(job.series(data, job.marked_buckets(data, tables), rows))
}

/// Runs one request by its plain lowering. Reasons are not told apart there: every null is `no data`.
pub(crate) async fn run_plain(
    model: &Model,
    data: &Data,
    request: &Request,
) -> Result<Series, EngineError> {
    let job = Job::new(model, data.as_of, request)?;
    if let Some(dataset) = &job.unavailable {
        return Ok(job.series_without(data, dataset));
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
    Ok(job.series(data, job.buckets(), rows))
}

/// A session in which the tables of a statement are computed, each once: what is written with `WITH` would be computed
/// as often as it is read.
async fn table_by_table(
    model: &Model,
    data: &Data,
    tables: &Tables,
) -> Result<SessionContext, DataFusionError> {
    // In one part: nobody waits for a plain lowering but its comparison with the other, and most of its work is planning.
    let context = session(&model.project.calendar, 1, data.context.runtime_env());
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
            rows.push(SliceRow { key, cells: Cells::repeat(&Cell::nothing(), frames.len()) });
            rows.len() - 1
        });
        if values.is_valid(row) && values.value(row).is_finite() {
            rows[at].cells.set(bucket, values.value(row));
        }
    }
    Some(())
}

fn text_column(batch: &RecordBatch, i: usize) -> Option<Vec<Option<String>>> {
    let text = arrow::compute::cast(batch.column(i), &arrow::datatypes::DataType::Utf8).ok()?;
    Some(text.as_string::<i32>().iter().map(|t| t.map(str::to_owned)).collect())
}
