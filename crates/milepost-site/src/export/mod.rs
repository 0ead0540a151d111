//! Every figure as CSV and JSON.

mod csv;
mod json;

pub(crate) use csv::{kpi_csv, slice_csv};
pub(crate) use json::{index_json, kpi_json};

use crate::page::Bucket;

/// The state of a bucket in one word.
pub(crate) const fn status(bucket: &Bucket) -> &'static str {
    match (bucket.partial, bucket.immature) {
        _ if bucket.maturing => "maturing",
        (true, _) => "partial",
        (false, true) => "immature",
        (false, false) => "complete",
    }
}
