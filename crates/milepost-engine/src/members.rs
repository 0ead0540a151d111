//! Which members or rows a number holds, rather than how many.
//!
//! ```text
//! Request ── compile ──► one leaf, or two over one population ── rows ──► ListedRow ── Members
//! ```

mod answer;
mod question;

use milepost_semantics::model::Model;

use crate::coverage::Coverage;
use crate::data::Data;
use crate::error::EngineError;
use crate::evaluate::{Column, Context, LeafCell, cell};
use crate::ids::ById;
use crate::leaf::{Leaf, compile};
use crate::request::{Request, frames, series_buckets, too_much};
use crate::results::{Absent, Cell, Reason};
use crate::rows::{Limits, RowEvaluation};
use crate::run::missing;
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
    if let Some(told) = too_much(model, data.as_of, request) {
        return Err(EngineError::Told(Box::new(told)));
    }
    let Some(frame) = frames(model, data.as_of, request).pop() else {
        return Err(question::without_a_bucket(model, request));
    };
    let metric = &model[request.metric];
    let frames = [frame];
    let compiled = compile(model, data.as_of, request.grain, request.value(model), &frames);
    let sides = Sides::of(model, request.metric, &compiled)?;
    let columns = question::columns(model, &sides, &request.by);
    listing.check(&columns)?;
    let mut buckets = series_buckets(model, data.as_of, request, &frames);
    let Some(mut bucket) = buckets.pop() else {
        return Err(EngineError::Internal("a frame without a bucket".to_owned()));
    };
    if let Some(dataset) = missing(model, request) {
        let reason = Err(Reason::Unavailable { dataset });
        let cell = Cell { value: reason, sample: None, absent: Absent::default() };
        return Members::new(request, bucket, cell, columns, Vec::new(), listing);
    }
    let leaves = sides.leaves();
    let listed: Vec<_> = columns.iter().map(|column| column.listed).collect();
    let evaluation = RowEvaluation::listing(model, data, &leaves, &listed, limits)?;
    scan_all(model, data, &ById::default(), &evaluation).await?;
    let (tables, rows) = evaluation.members()?;
    let coverage = Coverage::new(model, data);
    let marked = |leaf: &&Leaf<'_>| coverage.marks(leaf, &request.by).first() == Some(&true);
    bucket.maturing = tables.iter().any(|table| table.maturing.first() == Some(&true));
    bucket.partial |= bucket.maturing
        || leaves.iter().any(marked)
        || tables.iter().any(|table| table.clipped.first() == Some(&true));
    let whole: Vec<Column<'_>> =
        tables.iter().map(|t| Column { cells: t.cells(&[]), short: &t.short }).collect();
    let context = Context {
        calendar: &model.project.calendar,
        at: 0,
        leaves: &whole,
        populations: &compiled.populations,
    };
    let too_large =
        || EngineError::Data(format!("a number of `{}` is too large to be exact", metric.name));
    let is_finite = context.is_finite(&compiled.root);
    let cell = cell(&compiled.root, &context, metric.min_sample);
    let cell = cell.filter(|_| is_finite).ok_or_else(too_large)?;
    // Of what is not known nobody is a member.
    let is_known = leaves.iter().zip(&whole).all(|(leaf, column)| {
        let unknown =
            |cell: LeafCell| cell.value.is_err() && (leaf.empty_is_zero() || cell.sample > 0);
        !(0..column.cells.len()).filter_map(|at| column.cells.get(at)).any(unknown)
    });
    let rows = if is_known { rows } else { Vec::new() };
    Members::new(request, bucket, cell, columns, rows, listing)
}
