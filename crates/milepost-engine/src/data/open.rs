use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::{Int64Array, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use datafusion::common::TableReference;
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;

use milepost_semantics::DataNeed;
use milepost_semantics::model::{ColumnId, ColumnSource, Dataset, DatasetId, DatasetKind, Model};
use milepost_semantics::time::{AsOf, Calendar, Instant};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};

use super::compared::{self, Compared, Texts};
use super::kept::{Kept, kept};
use super::needs::{Needs, needs};
use super::place::Broken;
use super::rhythm::{self, Days, Ended, Pictures};
use super::visible::{as_of_after, span_of, visible};
use super::{
    Data, DatasetStatus, carry, currencies, derive, members, promised, repeats, stream, structure,
    verify,
};
use crate::placement::ROW_NUMBER;
use crate::request::Request;
use crate::source::{Source, SourceColumn, Streamed, arrow_type, read_columns};

/// Rows of one chunk in memory: small enough that both cores share any dataset worth sharing.
const CHUNK: usize = 8_192;

/// Everything that opening asks for.
pub(crate) struct Opening<'a> {
    pub(crate) model: &'a Model,
    /// The project's folder.
    pub(crate) root: &'a Path,
    /// By dataset name: where its files are and what they hold.
    pub(crate) sources: &'a BTreeMap<String, (DataNeed, Source)>,
    /// Absent: the newest `time` of the event and snapshot datasets.
    pub(crate) as_of: Option<AsOf>,
    pub(crate) requests: &'a [Request],
    /// Open every dataset, not only those that the requests read.
    pub(crate) all: bool,
    /// The session that the tables go to.
    pub(crate) tables: SessionContext,
    pub(crate) partitions: usize,
    /// Event datasets of at least so many rows are read while they are computed with.
    pub(crate) stream_from: u64,
}

/// Reads the needed columns of each needed dataset, once. None if the data has errors (all of them told).
pub(crate) async fn open(opening: Opening<'_>, diagnostics: &mut Diagnostics) -> Option<Data> {
    let Opening { model, .. } = opening;
    let wanted = needs(model, opening.requests, opening.as_of.is_none(), opening.all);
    let mut read = BTreeMap::new();
    let mut sound = true;
    let mut streams = BTreeMap::new();
    let compared: Vec<Compared> = wanted.compared.values().cloned().collect();
    let (asked, mut texts) = (compared::asked(&compared), Texts::default());
    for (id, columns) in &wanted.columns {
        match opened(&opening, *id, columns, &wanted) {
            Ok(Some(stream)) => {
                if let Err(error) = stream::texts(model, &asked, *id, &stream, &mut texts) {
                    diagnostics.push(*error);
                    sound = false;
                }
                streams.insert(*id, Arc::new(stream));
                continue;
            }
            Ok(None) => {}
            Err(error) => {
                diagnostics.push(*error);
                sound = false;
                continue;
            }
        }
        match read_dataset(&opening, *id, columns.iter().copied()) {
            Ok(batch) => {
                texts.look(model, &asked, *id, &batch);
                read.insert(*id, batch);
            }
            Err(error) => {
                diagnostics.push(*error);
                sound = false;
            }
        }
    }
    if !sound {
        return None;
    }
    let streamed = streams.values().filter_map(|stream| stream.newest());
    let streamed = streamed.map(|newest| AsOf { end: Instant(newest.0 + 1) });
    let mut structure = structure::wanted(&opening, &wanted);
    let as_of = match opening.as_of {
        Some(as_of) => Some(as_of),
        None => {
            let computed = match structure::newest(&opening, &structure, &read).await {
                Ok(computed) => computed,
                Err(error) => {
                    if let Some((id, _)) = structure.first() {
                        diagnostics.push(stream::told(&model[*id], &error));
                    }
                    return None;
                }
            };
            let found = newest(model, &read).into_iter().chain(streamed).chain(computed);
            found.max_by_key(|as_of| as_of.end)
        }
    };
    let Some(as_of) = as_of else {
        let timed = |dataset: &Dataset| dataset.time().is_some_and(|c| !dataset[c].planned);
        let message = if model.datasets.iter().any(timed) {
            "no event or snapshot dataset has a row, so there is no newest time to look from"
        } else {
            "no dataset has a time, so there is no newest time to look from"
        };
        diagnostics.push(
            Diagnostic::error_nowhere(codes::AS_OF_INVALID, message)
                .help("write `as_of: 2026-03-31` in milepost.yaml, or give --as-of"),
        );
        return None;
    };
    let mut data = Data {
        as_of,
        context: opening.tables.clone(),
        datasets: Vec::new(),
        empty: BTreeMap::new(),
        opened: BTreeMap::new(),
        streamed: streams.iter().map(|(id, stream)| (*id, Arc::clone(stream))).collect(),
        members: BTreeMap::new(),
        asked: wanted.asked.clone(),
        ended: BTreeMap::new(),
        pictures: BTreeMap::new(),
        links: wanted.links.iter().cloned().collect(),
        compared,
        texts,
        first_days: Arc::default(),
    };
    let before = diagnostics.counts().0;
    let mut broken: Vec<Broken> = Vec::new();
    // Those first whose rows are complete as they were read: keys of the others may be computed over them.
    let plain = |id: &DatasetId| !structure.iter().any(|(other, _)| other == id);
    let first: Vec<_> = read.keys().copied().filter(plain).map(|id| (id, Vec::new())).collect();
    structure.splice(0..0, first);
    for (id, columns) in &structure {
        let Some(batch) = read.remove(id) else { continue };
        let rows = complete(&opening, *id, columns, &batch, as_of).await;
        let finished = rows.and_then(|rows| {
            let Kept { rows, mask, left_out } = kept(&model[*id], rows)?;
            let empty = promised::empty(&model[*id], &batch, &mask, &model.project.calendar, as_of);
            data.empty.insert(*id, empty);
            let finished =
                finish_dataset(&opening, *id, rows, as_of, &wanted, &mut broken, diagnostics)?;
            Ok((finished, left_out))
        });
        match finished {
            Ok((Finished { mut status, ended, pictures }, left_out)) => {
                status.notes.extend(left_out);
                data.opened.insert(*id, data.datasets.len());
                data.datasets.push(status);
                data.ended.extend(ended.map(|ended| (*id, ended)));
                data.pictures.extend(pictures.map(|pictures| (*id, pictures)));
            }
            Err(error) => diagnostics.push(stream::told(&model[*id], &error)),
        }
    }
    for (id, stream) in streams {
        let columns = structure.iter().find(|(of, _)| *of == id).map(|(_, columns)| &columns[..]);
        let columns = columns.unwrap_or_default();
        match stream::finish(&opening, id, stream, columns, as_of).await {
            Ok((status, ended)) => {
                data.opened.insert(id, data.datasets.len());
                data.datasets.push(status);
                data.ended.extend(ended.map(|ended| (id, ended)));
            }
            Err(error) => diagnostics.push(stream::told(&model[id], &error)),
        }
    }
    data.datasets.sort_by_key(|status| status.dataset);
    data.opened = data.datasets.iter().enumerate().map(|(i, s)| (s.dataset, i)).collect();
    for broken in broken {
        diagnostics.push(broken.finish(&opening));
    }
    if diagnostics.counts().0 > before {
        return None;
    }
    for id in &wanted.derived {
        if let Err(error) = derive::make(&opening, *id, &wanted).await {
            diagnostics.push(stream::told(&model[*id], &error));
        }
    }
    for amount in &wanted.amounts {
        if let Err(error) = currencies::of_computed(&opening, *amount, diagnostics).await {
            diagnostics.push(stream::told(&model[amount.0], &error));
        }
    }
    for (home, column) in &wanted.names {
        match members::name(&opening, *home, *column).await {
            Ok(keys) => {
                data.members.insert((*home, *column), keys);
            }
            Err(error) => diagnostics.push(stream::told(&model[*home], &error)),
        }
    }
    (diagnostics.counts().0 == before).then_some(data)
}

/// The dataset as a stream, if it is to be one; its files are those whose columns are known.
fn opened(
    opening: &Opening<'_>,
    id: DatasetId,
    columns: &BTreeSet<ColumnId>,
    wanted: &Needs,
) -> Result<Option<Streamed>, Box<Diagnostic>> {
    if let Some((need, source)) = opening.sources.get(&opening.model[id].name) {
        source.as_found(opening.root, need)?;
    }
    // Which of its rows there are must be known first.
    if opening.model[id].keeps.is_some() {
        return Ok(None);
    }
    stream::look(opening, id, columns, wanted)
}

/// The newest fact of any dataset that has a time; a plan may lie in the future and tells nothing.
fn newest(model: &Model, read: &BTreeMap<DatasetId, RecordBatch>) -> Option<AsOf> {
    let times = read.iter().filter_map(|(id, batch)| {
        let dataset = &model[*id];
        // `where` of the dataset is evaluated with its computed columns.
        if dataset.keeps.is_some() {
            return None;
        }
        let time = dataset.time().map(|c| &dataset[c]).filter(|column| !column.planned)?;
        as_of_after(batch.column_by_name(&time.name)?, &model.project.calendar)
    });
    times.max_by_key(|as_of| as_of.end)
}

/// The wanted columns under the names of the model. A dataset with `unique` is read whole: which of two repeats stays
/// must not depend on what is asked.
fn read_dataset(
    opening: &Opening<'_>,
    id: DatasetId,
    wanted: impl Iterator<Item = ColumnId>,
) -> Result<RecordBatch, Box<Diagnostic>> {
    let dataset = &opening.model[id];
    let Some((need, source)) = opening.sources.get(&dataset.name) else {
        return Err(Box::new(internal(dataset, "its files were never looked for")));
    };
    let mut columns = file_columns(dataset, source, wanted).map_err(|name| {
        Box::new(internal(dataset, &format!("its files have no column `{name}`")))
    })?;
    if !dataset.unique.is_empty() {
        for other in &source.columns {
            if !columns.iter().any(|(_, c)| c.name == other.name) {
                columns.push((format!("{}\u{0}", other.name), other.clone()));
            }
        }
    }
    let zone = zone_of(dataset);
    let list: Vec<SourceColumn> = columns.iter().map(|(_, c)| c.clone()).collect();
    let batch = read_columns(need, source, &list, &zone, opening.partitions)?;
    named(&batch, &columns).map_err(|e| Box::new(internal(dataset, &e.to_string())))
}

/// The columns under their names in the model.
pub(super) fn named(
    batch: &RecordBatch,
    columns: &[(String, SourceColumn)],
) -> Result<RecordBatch, ArrowError> {
    let fields: Vec<Field> = columns
        .iter()
        .zip(batch.schema().fields())
        .map(|((name, _), f)| Field::new(name, f.data_type().clone(), true))
        .collect();
    with_fields(batch, fields)
}

/// The wanted columns: their names in the model, and what is read from the files; or the name of one that is not there.
pub(super) fn file_columns(
    dataset: &Dataset,
    source: &Source,
    wanted: impl Iterator<Item = ColumnId>,
) -> Result<Vec<(String, SourceColumn)>, String> {
    let mut columns = Vec::new();
    for column in wanted {
        let column = &dataset[column];
        let ColumnSource::File(name) = &column.source else { continue };
        let Some(found) = source.columns.iter().find(|c| c.name == *name) else {
            return Err(name.clone());
        };
        let stored = arrow_type(column.ty, Some(&found.stored));
        columns.push((
            column.name.clone(),
            SourceColumn {
                name: name.clone(),
                ty: column.ty,
                stored,
                personal: column.pii,
                format: column.format.clone(),
                bad_values: column.bad_values,
                whole_by: found.whole_by.clone(),
            },
        ));
    }
    Ok(columns)
}

/// The zone of the dataset's timestamps without one.
pub(super) fn zone_of(dataset: &Dataset) -> Calendar {
    dataset.time_zone.as_deref().and_then(Calendar::in_zone).unwrap_or_default()
}

fn with_fields(batch: &RecordBatch, fields: Vec<Field>) -> Result<RecordBatch, ArrowError> {
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(
        Arc::new(Schema::new(fields)),
        batch.columns().to_vec(),
        &options,
    )
}

/// A dataset in the session, and what was found in it.
struct Finished {
    status: DatasetStatus,
    ended: Option<Ended>,
    pictures: Option<Pictures>,
}

/// The rows as the as-of lets them be seen, with the computed columns that they are linked, told apart or placed by.
async fn complete(
    opening: &Opening<'_>,
    id: DatasetId,
    columns: &[ColumnId],
    batch: &RecordBatch,
    as_of: AsOf,
) -> Result<RecordBatch, DataFusionError> {
    let (dataset, calendar) = (&opening.model[id], &opening.model.project.calendar);
    let rows = visible(dataset, batch, calendar, as_of)?;
    if columns.is_empty() {
        return Ok(rows);
    }
    let rows = structure::add(opening, id, columns, &rows).await?;
    Ok(visible(dataset, &rows, calendar, as_of)?)
}

fn finish_dataset(
    opening: &Opening<'_>,
    id: DatasetId,
    mut batch: RecordBatch,
    as_of: AsOf,
    wanted: &Needs,
    broken: &mut Vec<Broken>,
    diagnostics: &mut Diagnostics,
) -> Result<Finished, ArrowError> {
    let model = opening.model;
    let dataset = &model[id];
    let calendar = &model.project.calendar;
    let mut dropped = repeats::Dropped::default();
    if !dataset.unique.is_empty() {
        let position = |c: ColumnId| batch.schema_ref().index_of(&dataset[c].name);
        let key = dataset.unique.iter().map(|c| position(*c)).collect::<Result<Vec<_>, _>>()?;
        let time = dataset.time().map(position).transpose()?;
        (batch, dropped) = repeats::drop_repeats(&batch, &key, time)?;
        repeats::told(dataset, &dropped).into_iter().for_each(|told| diagnostics.push(told));
        // The columns that were read only to tell repeats apart have served.
        let kept: Vec<usize> = (0..batch.num_columns())
            .filter(|i| !batch.schema_ref().field(*i).name().ends_with('\u{0}'))
            .collect();
        batch = batch.project(&kept)?;
    }
    broken.extend(verify::keys_are_unique(model, id, &batch)?);
    currencies::of_files(model, dataset, &batch, diagnostics);
    for (_, key) in wanted.histories.iter().filter(|(history, _)| *history == id) {
        broken.extend(verify::spans_are_apart(model, id, key, &batch, calendar)?);
    }
    let own_time = dataset.begins();
    let times = own_time.and_then(|c| batch.column_by_name(&dataset[c].name)).cloned();
    let span = times.as_ref().and_then(|array| span_of(array, calendar));
    let pictures = times.as_ref().and_then(|times| Pictures::of(dataset, times, calendar));
    let newest = span.map(|span| span.1);
    let ended = times.filter(|_| rhythm::may_have_ended(dataset, calendar, as_of, newest));
    let ended = ended.and_then(|times| {
        let mut days = Days::default();
        days.add(&times, calendar);
        days.ended(calendar, as_of)
    });
    if let DatasetKind::Snapshot { time, carry: Some(carry) } = dataset.kind {
        let position = |c: ColumnId| batch.schema_ref().index_of(&dataset[c].name);
        let members = dataset.entities.iter().flat_map(|(_, columns)| columns);
        let members = members.map(|c| position(*c)).collect::<Result<Vec<_>, _>>()?;
        batch = carry::add_carried_until(&batch, &members, position(time)?, carry, calendar)?;
    }
    let status = DatasetStatus {
        dataset: id,
        files: opening.sources.get(&dataset.name).map_or(0, |(_, source)| source.files.len()),
        rows: batch.num_rows() as u64,
        dropped: dropped.rows,
        differing: dropped.differing,
        first: span.map(|s| s.0),
        newest: span.map(|s| s.1),
        opened: opening
            .sources
            .get(&dataset.name)
            .map_or(0, |(_, source)| source.reads.load(Ordering::Relaxed)),
        notes: opening.sources.get(&dataset.name).map_or_else(Vec::new, |(_, s)| s.notes(dataset)),
    };
    if wanted.numbered.contains(&id) {
        batch = numbered(&batch)?;
    }
    register(opening, dataset, &batch)?;
    Ok(Finished { status, ended, pictures })
}

/// What a statement over the tables gives, in one piece.
pub(super) async fn collected(
    opening: &Opening<'_>,
    sql: &str,
) -> Result<RecordBatch, DataFusionError> {
    let frame = opening.tables.sql(sql).await?;
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let batches: Vec<RecordBatch> = frame.collect().await?;
    let schema = batches.first().map_or(schema, RecordBatch::schema);
    Ok(concat_batches(&schema, &batches)?)
}

/// The rows with their numbers.
pub(super) fn numbered(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let numbers: Int64Array = (0..).take(batch.num_rows()).map(Some).collect();
    let mut fields = batch.schema().fields().to_vec();
    fields.push(Arc::new(Field::new(ROW_NUMBER, DataType::Int64, false)));
    let mut columns = batch.columns().to_vec();
    columns.push(Arc::new(numbers));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

pub(super) fn register(
    opening: &Opening<'_>,
    dataset: &Dataset,
    batch: &RecordBatch,
) -> Result<(), ArrowError> {
    let chunks = (0..batch.num_rows())
        .step_by(CHUNK)
        .map(|at| batch.slice(at, CHUNK.min(batch.num_rows() - at)));
    let mut partitions: Vec<Vec<RecordBatch>> = vec![Vec::new(); opening.partitions.max(1)];
    for (i, chunk) in chunks.enumerate() {
        let n = i % partitions.len();
        partitions[n].push(chunk);
    }
    let failed = |e: DataFusionError| ArrowError::ExternalError(Box::new(e));
    let table = MemTable::try_new(batch.schema(), partitions).map_err(failed)?;
    let name = TableReference::bare(dataset.name.clone());
    opening.tables.deregister_table(name.clone()).map_err(failed)?;
    opening.tables.register_table(name, Arc::new(table)).map_err(failed)?;
    Ok(())
}

pub(super) fn internal(dataset: &Dataset, why: &str) -> Diagnostic {
    Diagnostic::error(
        codes::INTERNAL,
        dataset.span,
        format!("dataset `{}` could not be opened: {why}", dataset.name),
    )
    .help("this is a bug in milepost: please report it with the spec and, if you can, the file")
}
