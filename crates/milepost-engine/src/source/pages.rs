//! The pages of Parquet files, before they are decompressed: a few bytes may stand for gigabytes.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaDataReader, RowGroupMetaData};

use milepost_semantics::model::Format;

use super::DataFile;

/// No writer makes pages of so many bytes; ordinary ones have a megabyte.
const LARGEST: u64 = 256 << 20;
/// A header with its statistics.
const HEADER: u64 = 1 << 16;
/// Headers with longer statistics.
const LONG_HEADER: u64 = 64 << 20;

/// What to do about it.
pub(super) const HELP: &str =
    "write the file again with smaller pages, as Parquet writers do by default";

/// What is wrong with a page of the named columns of a file, if something is.
pub(super) fn fault_of_file(file: &DataFile, columns: &[&str]) -> Option<String> {
    if file.format != Format::Parquet {
        return None;
    }
    // What can't be opened is told by the reader.
    let opened = File::open(&file.path).ok()?;
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&opened).ok()?;
    let chunks = metadata.row_groups().iter().flat_map(RowGroupMetaData::columns);
    let named = |chunk: &&ColumnChunkMetaData| {
        chunk.column_path().parts().first().is_some_and(|root| columns.contains(&root.as_str()))
    };
    chunks.filter(named).find_map(|chunk| fault(&opened, chunk))
}

/// What is wrong with a page of the chunk, if something is.
pub(super) fn fault(file: &File, chunk: &ColumnChunkMetaData) -> Option<String> {
    let (start, length) = chunk.byte_range();
    let end = start.checked_add(length)?;
    let mut at = start;
    while at < end {
        let header = match header(file, at, HEADER.min(end - at)) {
            Some(header) => Some(header),
            None if end - at > HEADER => header_of_any_length(file, at, end),
            None => None,
        };
        // What can't be read is told by the reader.
        let header = header?;
        if header.inflated > LARGEST {
            return Some(format!(
                "a page of `{}` inflates to {} MB, and the limit is {} MB",
                chunk.column_path().string(),
                header.inflated >> 20,
                LARGEST >> 20
            ));
        }
        at = at.checked_add(header.length)?.checked_add(header.compressed)?;
    }
    None
}

/// What a page's header says.
#[derive(Debug, PartialEq, Eq)]
struct Header {
    /// Of itself.
    length: u64,
    compressed: u64,
    inflated: u64,
}

fn header_of_any_length(file: &File, at: u64, end: u64) -> Option<Header> {
    header(file, at, LONG_HEADER.min(end - at))
}

fn header(mut file: &File, at: u64, most: u64) -> Option<Header> {
    file.seek(SeekFrom::Start(at)).ok()?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes).ok()?;
    Compact { bytes: &bytes, at: 0 }.page()
}

/// Thrift's compact protocol, as far as a page's header needs it.
struct Compact<'b> {
    bytes: &'b [u8],
    at: usize,
}

/// How deep the structs of a header are nested at most.
const DEPTH: usize = 16;

impl Compact<'_> {
    /// The second field is the size once inflated, the third that in the file.
    fn page(&mut self) -> Option<Header> {
        let (mut id, mut inflated, mut compressed) = (0, None, None);
        while let Some((next, kind)) = self.field(id)? {
            id = next;
            match (id, kind) {
                (2, 5) => inflated = Some(self.size()?),
                (3, 5) => compressed = Some(self.size()?),
                _ => self.skip(kind, DEPTH)?,
            }
        }
        let length = u64::try_from(self.at).ok()?;
        Some(Header { length, compressed: compressed?, inflated: inflated? })
    }

    /// The next field of a struct and its type; inside, nothing at its end.
    fn field(&mut self, before: i64) -> Option<Option<(i64, u8)>> {
        let byte = self.byte()?;
        if byte == 0 {
            return Some(None);
        }
        let (step, kind) = (i64::from(byte >> 4), byte & 0x0F);
        let id = if step == 0 { zigzag(self.varint()?) } else { before.checked_add(step)? };
        Some(Some((id, kind)))
    }

    fn size(&mut self) -> Option<u64> {
        u64::try_from(zigzag(self.varint()?)).ok()
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            1 | 2 => {}
            3 => self.pass(1)?,
            4..=6 => _ = self.varint()?,
            7 => self.pass(8)?,
            8 => {
                let length = usize::try_from(self.varint()?).ok()?;
                self.pass(length)?;
            }
            9 | 10 => {
                let head = self.byte()?;
                let long = head >> 4 == 15;
                let n = if long { self.varint()? } else { u64::from(head >> 4) };
                for _ in 0..n {
                    // Elements that are true or false take a byte.
                    if matches!(head & 0x0F, 1 | 2) {
                        self.pass(1)?;
                    } else {
                        self.skip(head & 0x0F, depth)?;
                    }
                }
            }
            12 => {
                let mut id = 0;
                while let Some((next, kind)) = self.field(id)? {
                    id = next;
                    self.skip(kind, depth)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn pass(&mut self, bytes: usize) -> Option<()> {
        self.at = self.at.checked_add(bytes).filter(|at| *at <= self.bytes.len())?;
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

const fn zigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_header() {
        // type: 0; inflated: 300; compressed: 7; a data page's header with a text inside; the end.
        let bytes = [0x15, 0, 0x15, 0xD8, 0x04, 0x15, 0x0E, 0x2C, 0x15, 2, 0x18, 2, 9, 9, 0, 0, 77];
        let mut compact = Compact { bytes: &bytes, at: 0 };
        let expected = Header { length: 16, compressed: 7, inflated: 300 };
        assert_eq!(compact.page(), Some(expected));
        for cut in 0..16 {
            assert_eq!(Compact { bytes: &bytes[..cut], at: 0 }.page(), None, "{cut}");
        }
    }

    #[test]
    fn garbage_is_no_header() {
        for byte in [0xFF, 0xAA, 0x80, 0x1C, 0x19, 0x01] {
            assert_eq!(Compact { bytes: &[byte; 400], at: 0 }.page(), None, "{byte:x}");
        }
        assert_eq!(zigzag(u64::MAX), i64::MIN);
    }
}
