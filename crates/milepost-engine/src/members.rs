//! Which members or rows a number holds, rather than how many.
//!
//! ```text
//! Request ── compile ──► one leaf, or two over one population ── rows ──► ListedRow ── Members
//! ```

mod answer;
mod list;
mod moves;
mod question;

use std::sync::Arc;

use milepost_semantics::model::{MetricId, Model};

use crate::data::Data;
use crate::error::EngineError;
use crate::evaluate::LeafCell;
use crate::ids::ById;
use crate::job::{Job, without};
use crate::leaf::{LeafId, LeafTable};
use crate::request::Request;
use crate::results::{Cell, SeriesBucket};
use crate::rows::{Limits, ListedRow, RowEvaluation};
use crate::scan::scan_all;

pub use answer::Members;
pub use list::{ListChanges, ListEntry, ListMembers};
pub(crate) use moves::moves;
pub use moves::{DimensionMoves, Moves, Standing};
use question::{ListedColumn, Sides};
pub use question::{Listing, OrderBy};

/// The members of the last bucket of a request.
pub(crate) async fn members(
    model: &Model,
    data: &Data,
    request: &Request,
    listing: &Listing,
    limits: Limits,
) -> Result<Members, EngineError> {
    let Some(job) = Job::of_last_bucket(model, data.as_of, request)? else {
        return Err(question::without_a_bucket(model, request));
    };
    let sides = Sides::of(model, request, &job.compiled)?;
    let columns = question::columns(model, &sides, &request.by);
    listing.check(&columns)?;
    let Held { bucket, cell, rows } =
        held(model, data, &job, &sides, &columns, false, limits).await?;
    Members::new(request, bucket, cell, columns, rows, listing)
}

/// Who stands on a list on the day of the as-of.
pub(crate) async fn list(
    model: &Model,
    data: &Data,
    metric: MetricId,
    limits: Limits,
) -> Result<ListMembers, EngineError> {
    let found = list::list_of(model, metric)?;
    let unknown = !found.hides_unknown;
    let request = Request::total(model, metric);
    let Some(job) = Job::of_last_bucket(model, data.as_of, &request)? else {
        return Err(question::without_a_bucket(model, &request));
    };
    let sides = Sides::of(model, &request, &job.compiled)?;
    let columns = list::columns(model, found, sides.rows());
    let Held { bucket, cell, rows } =
        held(model, data, &job, &sides, &columns, unknown, limits).await?;
    ListMembers::new(model, metric, bucket, cell, &columns, rows)
}

/// A number, and the rows that it holds.
struct Held {
    bucket: SeriesBucket,
    cell: Cell,
    rows: Vec<ListedRow>,
}

/// `unknown`: with the rows of which it can't be told.
async fn held<'m>(
    model: &'m Model,
    data: &Data,
    job: &Job<'m>,
    sides: &Sides<'_, 'm>,
    columns: &[ListedColumn<'m>],
    unknown: bool,
    limits: Limits,
) -> Result<Held, EngineError> {
    let last = |mut buckets: Vec<SeriesBucket>| {
        buckets.pop().ok_or_else(|| EngineError::Internal("a frame without a bucket".to_owned()))
    };
    if let Some(dataset) = &job.unavailable {
        return Ok(Held { bucket: last(job.buckets())?, cell: without(dataset), rows: Vec::new() });
    }
    let leaves = sides.leaves();
    let listed: Vec<_> = columns.iter().map(|column| column.listed).collect();
    let evaluation = RowEvaluation::listing(model, data, &leaves, &listed, unknown, limits)?;
    scan_all(model, data, &ById::default(), &evaluation).await?;
    let (tables, rows) = evaluation.members()?;
    // The sides are all leaves, in their order.
    let tables: ById<LeafId, Arc<LeafTable>> = tables.into_iter().map(Arc::new).collect();
    let bucket = last(job.marked_buckets(data, &tables))?;
    let whole = tables.map(|_, table| table.column(&[]));
    let cell = job.cell(&whole, 0)?;
    // Of what is not known nobody is a member.
    let is_known = leaves.iter().zip(whole.values()).all(|(leaf, column)| {
        let unknown =
            |cell: LeafCell| cell.value.is_err() && (leaf.empty_is_zero() || cell.sample > 0);
        !(0..column.cells.len()).filter_map(|at| column.cells.get(at)).any(unknown)
    });
    let rows = if is_known { rows } else { Vec::new() };
    Ok(Held { bucket, cell, rows })
}
