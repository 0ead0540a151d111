//! Large event datasets, which are read while they are computed with.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::common::TableReference;
use datafusion::error::DataFusionError;

use milepost_semantics::model::{
    ColumnId, ColumnSource, Dataset, DatasetId, DatasetKind, Model, Type,
};
use milepost_semantics::time::AsOf;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

use super::compared::{Asked, Seen, Texts};
use super::needs::Needs;
use super::open::{Opening, file_columns, internal, zone_of};
use super::rhythm::{Ended, may_have_ended};
use super::{DatasetStatus, structure};
use crate::error::EngineError;
use crate::placement::stored_text;
use crate::source::{self, DataFault, Source, SourceColumn, Streamed, StreamedTable, View};
use crate::sql::ident;

/// The dataset as a stream, if it is large and nothing must be known of all of its rows before they are used.
pub(super) fn look(
    opening: &Opening<'_>,
    id: DatasetId,
    columns: &BTreeSet<ColumnId>,
    wanted: &Needs,
) -> Result<Option<Streamed>, Box<Diagnostic>> {
    let dataset = &opening.model[id];
    let Some((need, source)) = opening.sources.get(&dataset.name) else { return Ok(None) };
    // Amounts that are computed are looked at before anything is.
    let has_amounts = wanted.amounts.iter().any(|(of, _)| *of == id);
    match streamable(dataset, source, columns).filter(|_| !has_amounts) {
        Some((columns, time)) => {
            source::look(need, source, columns, time, &zone_of(dataset), opening.stream_from)
        }
        None => Ok(None),
    }
}

/// What is read of a dataset that may be streamed, and which of it is its time.
fn streamable(
    dataset: &Dataset,
    source: &Source,
    columns: &BTreeSet<ColumnId>,
) -> Option<(Vec<(String, SourceColumn)>, usize)> {
    let DatasetKind::Events { time } = dataset.kind else { return None };
    let ColumnSource::File(time) = &dataset[time].source else { return None };
    let whole = !dataset.unique.is_empty()
        || !dataset.key.is_empty()
        || columns.iter().any(|c| dataset[*c].currency_column.is_some());
    if whole {
        return None;
    }
    let columns = file_columns(dataset, source, columns.iter().copied()).ok()?;
    if columns.iter().any(|(_, column)| source.is_nested(&column.name)) {
        return None;
    }
    let taken = |name: &String| dataset.column(&stored_text(name)).is_some();
    let time = columns.iter().position(|(_, c)| c.name == *time && c.ty == Type::Timestamp)?;
    (!columns.iter().any(|(name, _)| taken(name))).then_some((columns, time))
}

/// Looks at the columns that conditions compare with texts, up to the rows that have them all: of most columns a few rows.
pub(super) fn texts(
    model: &Model,
    asked: &Asked,
    id: DatasetId,
    stream: &Streamed,
    texts: &mut Texts,
) -> Result<(), Box<Diagnostic>> {
    for (place, wanted) in asked.range((id, ColumnId(0))..=(id, ColumnId(usize::MAX))) {
        let name = &model[id][place.1].name;
        let Some(column) = stream.columns.iter().position(|(own, _)| own == name) else { continue };
        let mut seen = Seen::new(wanted);
        stream.look_at(column, &mut seen).map_err(|fault| fault.0)?;
        texts.keep(*place, seen);
    }
    Ok(())
}

/// Registers the stream as a table: under the dataset's name with texts as they are everywhere, beside them as they are
/// stored.
pub(super) async fn finish(
    opening: &Opening<'_>,
    id: DatasetId,
    stream: Arc<Streamed>,
    structure: &[ColumnId],
    as_of: AsOf,
) -> Result<(DatasetStatus, Option<Ended>), DataFusionError> {
    let dataset = &opening.model[id];
    let columns: Vec<String> = stream
        .columns
        .iter()
        .map(|(name, column)| {
            let own = ident(name);
            if column.ty == Type::Text {
                format!("CAST({own} AS VARCHAR) AS {own}, {own} AS {}", ident(&stored_text(name)))
            } else {
                own
            }
        })
        .collect();
    let files = stream.source.files.len();
    let view = Arc::new(View {
        streamed: stream,
        dataset: dataset.clone(),
        calendar: opening.model.project.calendar.clone(),
        as_of,
        partitions: opening.partitions,
    });
    let (rows, span) = view.span()?;
    let calendar = &opening.model.project.calendar;
    let ended = if may_have_ended(dataset, calendar, as_of, span.map(|span| span.1)) {
        view.days()?.ended(calendar, as_of)
    } else {
        None
    };
    let raw = format!("{} as stored", dataset.name);
    opening
        .tables
        .register_table(TableReference::bare(raw.clone()), Arc::new(StreamedTable::new(view)))?;
    let select = format!("SELECT {} FROM {}", columns.join(", "), ident(&raw));
    let table = opening.tables.sql(&select).await?.into_view();
    opening.tables.register_table(TableReference::bare(dataset.name.clone()), table)?;
    structure::add_to_view(opening, id, structure).await?;
    let status = DatasetStatus {
        dataset: id,
        files,
        rows,
        dropped: 0,
        differing: 0,
        first: span.map(|s| s.0),
        newest: span.map(|s| s.1),
        opened: 1,
        notes: Vec::new(),
    };
    Ok((status, ended))
}

/// What went wrong, in the data or with us.
pub(super) fn told(dataset: &Dataset, error: &DataFusionError) -> Diagnostic {
    if let DataFusionError::External(fault) = error.find_root()
        && let Some(fault) = fault.downcast_ref::<DataFault>()
    {
        return (*fault.0).clone();
    }
    match EngineError::from_engine(&format!("dataset `{}`", dataset.name), error) {
        EngineError::Data(message) => {
            Diagnostic::error(codes::NUMBER_OVERFLOW, dataset.span, message)
                .help("a column that is computed has a value that is too large: look for wrong values in the data")
        }
        _ => internal(dataset, &error.to_string()),
    }
}
