//! Which members or rows a number holds, rather than how many.
//!
//! ```text
//! Request ── compile ──► one leaf, or two over one population ── rows ──► ListedRow ── Members
//! ```

mod answer;
mod question;

use std::sync::Arc;

use milepost_semantics::model::Model;

use crate::data::Data;
use crate::error::EngineError;
use crate::evaluate::LeafCell;
use crate::ids::ById;
use crate::job::{Job, without};
use crate::leaf::{LeafId, LeafTable};
use crate::request::Request;
use crate::results::SeriesBucket;
use crate::rows::{Limits, RowEvaluation};
use crate::scan::scan_all;

pub use answer::Members;
use question::Sides;
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
    let bucket = |mut buckets: Vec<SeriesBucket>| {
        buckets.pop().ok_or_else(|| EngineError::Internal("a frame without a bucket".to_owned()))
    };
    if let Some(dataset) = &job.unavailable {
        let (bucket, cell) = (bucket(job.buckets())?, without(dataset));
        return Members::new(request, bucket, cell, columns, Vec::new(), listing);
    }
    let leaves = sides.leaves();
    let listed: Vec<_> = columns.iter().map(|column| column.listed).collect();
    let evaluation = RowEvaluation::listing(model, data, &leaves, &listed, limits)?;
    scan_all(model, data, &ById::default(), &evaluation).await?;
    let (tables, rows) = evaluation.members()?;
    // The sides are all leaves, in their order.
    let tables: ById<LeafId, Arc<LeafTable>> = tables.into_iter().map(Arc::new).collect();
    let bucket = bucket(job.marked_buckets(data, &tables))?;
    let whole = tables.map(|_, table| table.column(&[]));
    let cell = job.cell(&whole, 0)?;
    // Of what is not known nobody is a member.
    let is_known = leaves.iter().zip(whole.values()).all(|(leaf, column)| {
        let unknown =
            |cell: LeafCell| cell.value.is_err() && (leaf.empty_is_zero() || cell.sample > 0);
        !(0..column.cells.len()).filter_map(|at| column.cells.get(at)).any(unknown)
    });
    let rows = if is_known { rows } else { Vec::new() };
    Members::new(request, bucket, cell, columns, rows, listing)
}
