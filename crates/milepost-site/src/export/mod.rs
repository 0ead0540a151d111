//! Every figure as CSV and JSON, and the headlines as metrics.

mod csv;
mod json;
mod metrics;

pub(crate) use csv::{kpi_csv, slice_csv};
pub(crate) use json::{index_json, kpi_json};
pub(crate) use metrics::metrics_txt;

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
