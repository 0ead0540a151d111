//! Arrow files, also those that are written as streams.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::reader::{FileDecoder, StreamDecoder, read_footer_length};
use arrow::ipc::{Block, root_as_footer, root_as_message};

use super::fault::Fault;
use super::side::side_by_side;
use super::{Contents, DataFile};

/// How a file that is no stream begins, and ends after the length of its footer.
const MAGIC: &[u8] = b"ARROW1";
const TRAILER: u64 = 10;

/// What a column of one batch may inflate to.
const LARGEST: i64 = 2 << 30;

/// The columns of a file.
pub(super) fn contents(file: &DataFile) -> Result<Contents, Fault> {
    // Damaged files make the library panic.
    let schema = catch_unwind(AssertUnwindSafe(|| -> Result<SchemaRef, Fault> {
        let mut opened = File::open(&file.path)?;
        if is_stream(&mut opened)? {
            return Ok(stream(&mut opened)?.0);
        }
        Ok(Footer::read(&mut opened)?.schema)
    }));
    let schema = schema.map_err(|_| Fault::Damaged)??;
    let fields = schema.fields().iter().map(|f| f.as_ref().clone().with_nullable(true));
    let schema = Schema::new(fields.collect::<Vec<_>>());
    Ok(Contents::new(schema.clone(), schema))
}

/// Works on the rows of some columns (positions), part by part and by several threads: on the number of rows before a part,
/// and its rows.
pub(super) fn rows<T: Send, E: Send + From<Fault>>(
    file: &DataFile,
    columns: &[usize],
    threads: usize,
    work: impl Fn(usize, RecordBatch) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let batches = catch_unwind(AssertUnwindSafe(|| batches(file, columns, threads)));
    let batches = batches.unwrap_or(Err(Fault::Damaged))?;
    let mut before = 0;
    let mut parts = batches.into_iter().map(|batch| {
        let own = before;
        before += batch.num_rows();
        (own, batch)
    });
    let next = || parts.next().map(Ok);
    side_by_side(threads, next, |(before, batch)| work(before, batch), || Fault::Damaged.into())
}

fn batches(file: &DataFile, columns: &[usize], threads: usize) -> Result<Vec<RecordBatch>, Fault> {
    let mut opened = File::open(&file.path)?;
    if is_stream(&mut opened)? {
        let (_, batches) = stream(&mut opened)?;
        return Ok(batches.iter().map(|b| b.project(columns)).collect::<Result<_, _>>()?);
    }
    let footer = Footer::read(&mut opened)?;
    let mut decoder = FileDecoder::new(Arc::clone(&footer.schema), footer.version)
        .with_projection(columns.to_vec());
    for at in &footer.dictionaries {
        let bytes = block(&mut opened, at)?;
        decoder.read_dictionary(at, &bytes)?;
    }
    let mut blocks = footer.batches.iter();
    let next = || Some(block(&mut opened, blocks.next()?).map(|bytes| (blocks.as_slice(), bytes)));
    let decode = |(after, bytes): (&[Block], Buffer)| {
        let at = &footer.batches[footer.batches.len() - after.len() - 1];
        Ok(decoder.read_record_batch(at, &bytes)?)
    };
    let batches = side_by_side(threads, next, decode, || Fault::Damaged)?;
    Ok(batches.into_iter().flatten().collect())
}

fn is_stream(file: &mut File) -> Result<bool, Fault> {
    let mut begins = Vec::new();
    file.by_ref().take(MAGIC.len() as u64).read_to_end(&mut begins)?;
    file.rewind()?;
    Ok(begins != MAGIC)
}

/// All batches of a file that is written as a stream.
fn stream(file: &mut File) -> Result<(SchemaRef, Vec<RecordBatch>), Fault> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let (mut bytes, mut decoder) = (Buffer::from_vec(bytes), StreamDecoder::new());
    let mut batches = Vec::new();
    while !bytes.is_empty() {
        batches.extend(decoder.decode(&mut bytes)?);
    }
    decoder.finish()?;
    let schema = decoder.schema().ok_or(Fault::Empty)?;
    Ok((schema, batches))
}

/// Where everything in a file is.
struct Footer {
    schema: SchemaRef,
    version: arrow::ipc::MetadataVersion,
    dictionaries: Vec<Block>,
    batches: Vec<Block>,
}

impl Footer {
    fn read(file: &mut File) -> Result<Self, Fault> {
        let cut = || Fault::Said("its end is missing".to_owned());
        let length = file.metadata()?.len();
        let mut trailer = [0; TRAILER as usize];
        let end = length.checked_sub(TRAILER).ok_or_else(cut)?;
        file.seek(SeekFrom::Start(end))?;
        file.read_exact(&mut trailer)?;
        let own = read_footer_length(trailer).map_err(|_| cut())?;
        let start = end.checked_sub(own as u64).ok_or_else(cut)?;
        let bytes = exactly(file, start, own)?;
        let footer = root_as_footer(&bytes).map_err(|e| Fault::said(&e.to_string()))?;
        let schema = footer.schema().ok_or(Fault::Damaged)?;
        if !schema.endianness().equals_to_target_endianness() {
            return Err(Fault::Said("its numbers have another order of bytes".to_owned()));
        }
        Ok(Self {
            schema: Arc::new(fb_to_schema(schema)),
            version: footer.version(),
            dictionaries: footer.dictionaries().iter().flatten().copied().collect(),
            batches: footer.recordBatches().iter().flatten().copied().collect(),
        })
    }
}

/// The bytes of a block, if the file has that many: what is damaged claims anything.
fn block(file: &mut File, at: &Block) -> Result<Buffer, Fault> {
    let place = u64::try_from(at.offset()).ok();
    let head = usize::try_from(at.metaDataLength()).ok();
    let body = usize::try_from(at.bodyLength()).ok();
    let length = head.zip(body).and_then(|(head, body)| head.checked_add(body));
    let (Some(place), Some(length), Some(head)) = (place, length, head) else {
        return Err(Fault::Damaged);
    };
    let bytes = exactly(file, place, length)?;
    inflates_to_little(&bytes, head)?;
    Ok(Buffer::from_vec(bytes))
}

fn exactly(file: &mut File, place: u64, length: usize) -> Result<Vec<u8>, Fault> {
    let end = place.checked_add(length as u64);
    if end.is_none_or(|end| file.metadata().is_ok_and(|found| end > found.len())) {
        return Err(Fault::Damaged);
    }
    let mut bytes = vec![0; length];
    file.seek(SeekFrom::Start(place))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A compressed buffer begins with the length that it inflates to, for which room is made before.
fn inflates_to_little(bytes: &[u8], head: usize) -> Result<(), Fault> {
    let (message, body) = bytes.split_at_checked(head).ok_or(Fault::Damaged)?;
    let message = match message {
        [0xFF, 0xFF, 0xFF, 0xFF, _, _, _, _, message @ ..] | [_, _, _, _, message @ ..] => message,
        _ => return Err(Fault::Damaged),
    };
    let message = root_as_message(message).map_err(|_| Fault::Damaged)?;
    let batch = message
        .header_as_record_batch()
        .or_else(|| message.header_as_dictionary_batch().and_then(|batch| batch.data()));
    let Some(batch) = batch.filter(|batch| batch.compression().is_some()) else { return Ok(()) };
    for buffer in batch.buffers().iter().flatten().filter(|buffer| buffer.length() > 0) {
        let start = usize::try_from(buffer.offset()).map_err(|_| Fault::Damaged)?;
        let length = body.get(start..).and_then(|rest| rest.first_chunk::<8>());
        let length = i64::from_le_bytes(*length.ok_or(Fault::Damaged)?);
        if length > LARGEST {
            let why = format!(
                "a column of one batch inflates to {} MB, and the limit is {} MB",
                length >> 20,
                LARGEST >> 20
            );
            return Err(Fault::Said(why));
        }
    }
    Ok(())
}
