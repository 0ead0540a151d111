//! The archive that a workbook is, and its parts.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::{Crc, bufread::DeflateDecoder};
use zip::{CompressionMethod, ZipArchive};

use super::xml::Xml;
use crate::source::fault::Unreadable;

/// What old workbooks, and those with a password, begin with.
const COMPOUND: [u8; 4] = [0xD0, 0xCF, 0x11, 0xE0];

const AGAIN: &str = "save the workbook again, as `.xlsx` and without a password";

/// An archive by the index of its parts, which is all that is in memory.
pub(super) struct Package {
    path: PathBuf,
    archive: ZipArchive<BufReader<File>>,
}

impl Package {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut first = Vec::new();
        file.by_ref().take(4).read_to_end(&mut first)?;
        if first == COMPOUND {
            let why = "it has a password, or is a workbook of before 2007 under a new name";
            return Err(Unreadable::fault(why.to_owned(), AGAIN.to_owned()));
        }
        if !first.starts_with(b"PK") {
            let help = "if its rows are lines of text, add `format: csv` to the dataset; else save it again as `.xlsx`";
            return Err(Unreadable::fault("it is no workbook".to_owned(), help.to_owned()));
        }
        file.rewind()?;
        let archive = ZipArchive::new(BufReader::new(file)).map_err(|_| damaged())?;
        Ok(Self { path: path.to_owned(), archive })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.archive.index_for_name(name).is_some()
    }

    /// A part of that name, as it is read.
    pub(super) fn part(&mut self, name: &str) -> io::Result<Xml> {
        let index = self.archive.index_for_name(name).ok_or_else(|| missing(name))?;
        let part = self.archive.by_index_raw(index).map_err(|_| damaged())?;
        if part.encrypted() {
            return Err(Unreadable::fault("it has a password".to_owned(), AGAIN.to_owned()));
        }
        let (size, method, crc) = (part.compressed_size(), part.compression(), part.crc32());
        let start = part.data_start().ok_or_else(damaged)?;
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(start))?;
        let raw = BufReader::new(file.take(size));
        let bytes: Box<dyn Read + Send> = match method {
            CompressionMethod::Stored => Box::new(raw),
            CompressionMethod::Deflated => Box::new(DeflateDecoder::new(raw)),
            _ => return Err(damaged()),
        };
        Ok(Xml::new(Box::new(Checked { bytes, seen: Crc::new(), crc })))
    }
}

/// The bytes of a part, which must be those that were written.
struct Checked {
    bytes: Box<dyn Read + Send>,
    seen: Crc,
    crc: u32,
}

impl Read for Checked {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.read(into).map_err(|_| damaged())?;
        self.seen.update(&into[..n]);
        if n == 0 && !into.is_empty() && self.seen.sum() != self.crc {
            return Err(damaged());
        }
        Ok(n)
    }
}

/// Of an archive that its program would not open either.
pub(super) fn damaged() -> io::Error {
    let help = "the file may be truncated or no workbook at all: copy it again, or save it again as `.xlsx`";
    Unreadable::fault("it is damaged".to_owned(), help.to_owned())
}

fn missing(name: &str) -> io::Error {
    let help = "save the workbook again as `.xlsx`; a file of another program keeps its own ending";
    Unreadable::fault(format!("it lacks the part `{}`", name.escape_debug()), help.to_owned())
}
