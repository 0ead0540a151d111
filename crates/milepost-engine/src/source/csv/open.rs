//! The text of a file from the names of its columns to its last row.

use std::io::{self, Cursor, Read};

use milepost_semantics::model::Format;

use super::dialect::Dialect;
use super::encoding::{Decoded, marked, named};
use super::lines::{WithoutLast, line_end};
use crate::source::DataFile;
use crate::source::input::{self, LONGEST};

/// What is looked at before the first record is read.
const FIRST: usize = 64 << 10;

/// The longest mark in front of a text.
const MARK: usize = 3;

/// A file that is about to be read.
pub(in crate::source) struct Opened {
    /// In UTF-8, from the names of the columns on.
    pub(in crate::source) text: Box<dyn Read + Send>,
    pub(in crate::source) dialect: Dialect,
    /// How many lines are before.
    pub(in crate::source) lines: usize,
    pub(super) encoding: &'static str,
    /// A mark in front of the text tells the encoding.
    pub(super) is_marked: bool,
}

pub(in crate::source) fn open(file: &DataFile) -> io::Result<Opened> {
    if file.format == Format::Xlsx {
        let (text, dialect) = (input::open(file)?, Dialect::default());
        let encoding = encoding_rs::UTF_8.name();
        return Ok(Opened { text, dialect, lines: 0, encoding, is_marked: false });
    }
    let csv = &file.csv;
    let mut raw = Ahead::new(input::open(file)?);
    raw.read_to(MARK)?;
    let mark = marked(&raw.bytes);
    let (encoding, length) = match (mark, &csv.encoding) {
        (Some(mark), _) => mark,
        (None, Some(name)) => (named(name), 0),
        (None, None) => (encoding_rs::UTF_8, 0),
    };
    raw.bytes.drain(..length);
    let mut text = if encoding == encoding_rs::UTF_8 {
        raw
    } else {
        Ahead::new(Box::new(Decoded::new(raw.joined(), encoding)))
    };
    let mut lines = 0;
    // It is the first line of all, which may be one of those that are left out, or right above the names.
    let mut said = text.separator_line()?;
    for _ in 0..csv.skip_first {
        lines += usize::from(text.skip_line()?);
    }
    if let Some(separator) = text.separator_line()? {
        said = Some(separator);
        lines += usize::from(text.skip_line()?);
    }
    text.read_to(FIRST)?;
    let dialect = Dialect::of(csv, said, &text.bytes, text.ended);
    let text = text.joined();
    let text: Box<dyn Read + Send> = match csv.skip_last {
        0 => text,
        last => Box::new(WithoutLast::new(text, last as usize)),
    };
    let is_marked = mark.is_some() && encoding != encoding_rs::UTF_8;
    Ok(Opened { text, dialect, lines, encoding: encoding.name(), is_marked })
}

/// Bytes that were read ahead of those who want them.
struct Ahead {
    bytes: Vec<u8>,
    rest: Box<dyn Read + Send>,
    ended: bool,
}

impl Ahead {
    fn new(rest: Box<dyn Read + Send>) -> Self {
        Self { bytes: Vec::new(), rest, ended: false }
    }

    /// Reads on until so many bytes are there.
    fn read_to(&mut self, size: usize) -> io::Result<()> {
        let wanted = size.saturating_sub(self.bytes.len());
        if !self.ended && wanted > 0 {
            let most = u64::try_from(wanted).unwrap_or(u64::MAX);
            let read = self.rest.by_ref().take(most).read_to_end(&mut self.bytes)?;
            self.ended = read < wanted;
        }
        Ok(())
    }

    /// Where the first line ends; absent where nothing is left, and where it is longer than any record may be, which who
    /// reads the records tells.
    fn first_line(&mut self) -> io::Result<Option<usize>> {
        let mut size = FIRST;
        loop {
            self.read_to(size)?;
            let end = line_end(&self.bytes, 0, self.ended);
            if end.is_some() || self.ended || self.bytes.len() > LONGEST {
                return Ok(end);
            }
            size *= 2;
        }
    }

    /// Whether there was one.
    fn skip_line(&mut self) -> io::Result<bool> {
        let end = self.first_line()?;
        self.bytes.drain(..end.unwrap_or(0));
        Ok(end.is_some())
    }

    /// What the first line says of the separator, as programs of spreadsheets read and write it: `sep=;`.
    fn separator_line(&mut self) -> io::Result<Option<u8>> {
        let Some(end) = self.first_line()? else { return Ok(None) };
        let line = self.bytes[..end].strip_suffix(b"\n").unwrap_or(&self.bytes[..end]);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = line.strip_prefix(b"\"").and_then(|l| l.strip_suffix(b"\"")).unwrap_or(line);
        Ok(match line {
            [s, e, p, b'=', separator] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") => {
                Some(*separator).filter(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric())
            }
            _ => None,
        })
    }

    fn joined(self) -> Box<dyn Read + Send> {
        Box::new(Cursor::new(self.bytes).chain(self.rest))
    }
}
