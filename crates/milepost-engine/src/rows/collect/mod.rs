//! Rows on their way into memory: partition by partition, as the scan of their dataset hands them over.

mod keys;
pub(in crate::rows) mod partition;
pub(in crate::rows) mod reader;
