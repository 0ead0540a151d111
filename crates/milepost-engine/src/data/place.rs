//! Where a row stands in its file, for messages about rows whose values must not be shown. Only messages ask: each answer
//! reads files again.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;

use milepost_semantics::model::{ColumnId, DatasetId};
use milepost_syntax::diagnostic::Diagnostic;

use super::open::{Opening, file_columns, named, zone_of};
use super::repeats::rows;
use crate::source::{Source, SourceColumn, place_in, read_columns};

/// Rows that break a promise, with one of them as an example.
pub(super) struct Broken {
    pub(super) dataset: DatasetId,
    /// Its sentence lacks the example.
    pub(super) told: Diagnostic,
    pub(super) example: Example,
}

/// What to say of the example.
pub(super) enum Example {
    Shown(String),
    /// Personal data: its place. The row has these columns alone; of several that are like it, so many are passed over.
    Hidden {
        columns: Vec<ColumnId>,
        row: RecordBatch,
        after: usize,
    },
}

impl Broken {
    /// The message with its example.
    pub(super) fn finish(self, opening: &Opening<'_>) -> Diagnostic {
        let Self { dataset, mut told, example } = self;
        let example = match example {
            Example::Shown(text) => Some(text),
            Example::Hidden { columns, row, after } => {
                find(opening, dataset, &columns, &row, after)
            }
        };
        if let Some(example) = example {
            told.message = format!("{} (for example {example})", told.message);
        }
        told
    }
}

/// The place of the row in words, if its files can still be read.
fn find(
    opening: &Opening<'_>,
    id: DatasetId,
    columns: &[ColumnId],
    row: &RecordBatch,
    mut after: usize,
) -> Option<String> {
    let dataset = &opening.model[id];
    let (need, source) = opening.sources.get(&dataset.name)?;
    let list = file_columns(dataset, source, columns.iter().copied()).ok()?;
    let wanted: Vec<SourceColumn> = list.iter().map(|(_, column)| column.clone()).collect();
    let parts = source.parts();
    for part in &parts {
        let batch = read_columns(need, part, &wanted, &zone_of(dataset), opening.partitions);
        let batch = named(&batch.ok()?, &list).ok()?;
        let all = concat_batches(&row.schema(), [row, &batch]).ok()?;
        let keys = rows(&all, &(0..all.num_columns()).collect::<Vec<_>>()).ok()?;
        for at in (1..all.num_rows()).filter(|at| keys.row(*at) == keys.row(0)) {
            if after == 0 {
                return Some(place_in(part, &dataset.name, at - 1));
            }
            after -= 1;
        }
    }
    None
}

impl Source {
    /// Its files, each by itself; or the rows that stand for them.
    fn parts(&self) -> Vec<Self> {
        if self.rows.is_some() {
            return vec![self.clone()];
        }
        let each = self.files.iter().zip(&self.contents).zip(&self.stamp);
        let one = each.map(|((file, contents), identity)| Self {
            files: vec![file.clone()],
            contents: vec![contents.clone()],
            stamp: vec![identity.clone()],
            columns: self.columns.clone(),
            ..Self::default()
        });
        one.collect()
    }
}
