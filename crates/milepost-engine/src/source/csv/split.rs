//! Bytes to whole records, wherever their line breaks and quotes stand.

use std::io::Read;

use memchr::{memchr, memchr3};

use super::Dialect;
use crate::source::fault::{Fault, UTF_8};
use crate::source::input::{LONGEST, too_long};

/// What is read at once: large enough to be worth a thread's while, small enough for its cache.
const BLOCK: usize = 1 << 20;

/// Set in the end of a value whose quotes must be resolved.
const QUOTES: u32 = 1 << 31;

/// Where a value stands in its block: without its quotes, or with them where some stand inside.
#[derive(Clone, Copy, Debug)]
struct Value {
    start: u32,
    end: u32,
}

/// Whole records, all of as many values.
#[derive(Debug, Default)]
pub(super) struct Block {
    bytes: Vec<u8>,
    /// Record by record.
    values: Vec<Value>,
    columns: usize,
    /// Records of the file before these, without the header.
    pub(super) before: usize,
    dialect: Dialect,
}

impl Block {
    pub(super) fn rows(&self) -> usize {
        self.values.len().checked_div(self.columns).unwrap_or(0)
    }

    /// The values of a column as they are meant; `owned` is where one is put that differs from how it is written.
    pub(super) fn each(&self, column: usize, mut see: impl FnMut(&[u8])) {
        let mut owned = Vec::new();
        for value in self.values.iter().skip(column).step_by(self.columns.max(1)) {
            let (start, end) = (value.start as usize, (value.end & !QUOTES) as usize);
            let written = &self.bytes[start..end];
            if value.end & QUOTES == 0 {
                see(written);
            } else {
                resolved(written, self.dialect.quote, &mut owned);
                see(&owned);
            }
        }
    }

    /// Whether all of it is text. Values end at single bytes, so each of them is text then.
    pub(super) fn is_text(&self) -> bool {
        std::str::from_utf8(&self.bytes).is_ok()
    }
}

/// A value from its opening quote on: a doubled quote is one, and what follows the closing one belongs to it.
fn resolved(written: &[u8], quote: u8, into: &mut Vec<u8>) {
    into.clear();
    let mut rest = &written[1..];
    while let Some(at) = memchr(quote, rest) {
        into.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        if rest.first() != Some(&quote) {
            break;
        }
        into.push(quote);
        rest = &rest[1..];
    }
    into.extend_from_slice(rest);
}

/// The records of a file, block by block.
pub(super) struct Splitter<R> {
    input: R,
    dialect: Dialect,
    block: usize,
    /// Read and not yet given.
    rest: Vec<u8>,
    ended: bool,
    columns: Option<usize>,
    rows: usize,
}

impl<R: Read> Splitter<R> {
    pub(super) fn new(input: R, dialect: Dialect) -> Self {
        Self::by(input, dialect, BLOCK)
    }

    fn by(input: R, dialect: Dialect, block: usize) -> Self {
        let (rest, columns) = (Vec::new(), None);
        Self { input, dialect, block, rest, ended: false, columns, rows: 0 }
    }

    /// The names of the columns: the first record. None: there is nothing at all.
    pub(super) fn header(&mut self) -> Result<Option<Vec<String>>, Fault> {
        let Some(block) = self.take(1)? else { return Ok(None) };
        if !block.is_text() {
            return Err(Fault::NotText(UTF_8));
        }
        self.rows = 0;
        let mut names = Vec::with_capacity(block.columns);
        for column in 0..block.columns {
            block.each(column, |name| names.push(String::from_utf8_lossy(name).into_owned()));
        }
        Ok(Some(names))
    }

    /// The next records.
    pub(super) fn next(&mut self) -> Option<Result<Block, Fault>> {
        self.take(usize::MAX).transpose()
    }

    fn take(&mut self, most: usize) -> Result<Option<Block>, Fault> {
        let mut size = self.block;
        loop {
            self.fill(size)?;
            let mut scan = Scan {
                bytes: &self.rest,
                dialect: self.dialect,
                ended: self.ended,
                columns: self.columns,
                values: Vec::new(),
            };
            let (end, rows) = scan.records(most)?;
            let Scan { values, columns, .. } = scan;
            self.columns = columns;
            if rows > 0 {
                let rest = self.rest.split_off(end);
                let bytes = std::mem::replace(&mut self.rest, rest);
                let before = self.rows;
                self.rows += rows;
                let columns = columns.unwrap_or(0);
                return Ok(Some(Block { bytes, values, columns, before, dialect: self.dialect }));
            }
            if self.ended {
                return Ok(None);
            }
            if self.rest.len() > LONGEST {
                return Err(Fault::Lines(Some(too_long())));
            }
            size = self.rest.len() * 2;
        }
    }

    /// Reads on until so many bytes are there.
    fn fill(&mut self, size: usize) -> Result<(), Fault> {
        let wanted = size.saturating_sub(self.rest.len());
        if !self.ended && wanted > 0 {
            self.rest.reserve(wanted);
            let most = u64::try_from(wanted).unwrap_or(u64::MAX);
            let read = self.input.by_ref().take(most).read_to_end(&mut self.rest)?;
            self.ended = read < wanted;
        }
        Ok(())
    }
}

/// How many values the first records have, each of those that are whole.
pub(super) fn widths(bytes: &[u8], dialect: Dialect, ended: bool, records: usize) -> Vec<usize> {
    let mut scan = Scan { bytes, dialect, ended, columns: None, values: Vec::new() };
    let (mut at, mut widths) = (0, Vec::new());
    while widths.len() < records {
        match bytes.get(at) {
            None => break,
            Some(b'\n' | b'\r') => at += 1,
            Some(_) => {
                scan.values.clear();
                let Ok(Some(next)) = scan.record(at) else { break };
                widths.push(scan.values.len());
                at = next;
            }
        }
    }
    widths
}

/// A look at some bytes, of which the last record may not be whole.
struct Scan<'b> {
    bytes: &'b [u8],
    dialect: Dialect,
    /// Nothing follows.
    ended: bool,
    columns: Option<usize>,
    values: Vec<Value>,
}

/// How a value ends: the place of what follows, and whether that is another value of the record.
struct End {
    value: Value,
    next: usize,
    more: bool,
}

impl Scan<'_> {
    /// Where the last whole record ends, and how many there are; empty lines are none.
    fn records(&mut self, most: usize) -> Result<(usize, usize), Fault> {
        let (mut at, mut rows) = (0, 0);
        while rows < most {
            match self.bytes.get(at) {
                None => break,
                Some(b'\n' | b'\r') => at += 1,
                Some(_) => {
                    let first = self.values.len();
                    let Some(next) = self.record(at)? else {
                        self.values.truncate(first);
                        break;
                    };
                    let found = self.values.len() - first;
                    if *self.columns.get_or_insert(found) != found {
                        return Err(Fault::Lines(None));
                    }
                    (at, rows) = (next, rows + 1);
                }
            }
        }
        Ok((at, rows))
    }

    /// The end of the record that begins there, if it is there.
    fn record(&mut self, mut at: usize) -> Result<Option<usize>, Fault> {
        loop {
            let Some(end) = self.value(at)? else { return Ok(None) };
            self.values.push(end.value);
            at = end.next;
            if !end.more {
                return Ok(Some(at));
            }
        }
    }

    fn value(&self, start: usize) -> Result<Option<End>, Fault> {
        let quote = self.dialect.quote;
        if self.bytes.get(start) != Some(&quote) {
            return Ok(self.plain(start, start, 0));
        }
        let (mut at, mut flag) = (start + 1, 0);
        loop {
            let Some(found) = memchr(quote, &self.bytes[at..]) else {
                // A quote that never closes takes the rest of the file for one value.
                return if self.ended { Err(Fault::Lines(None)) } else { Ok(None) };
            };
            at += found + 1;
            match self.bytes.get(at) {
                None if !self.ended => return Ok(None),
                Some(byte) if *byte == quote => (at, flag) = (at + 1, QUOTES),
                Some(byte) if !self.ends(*byte) => return Ok(self.plain(start, at, QUOTES)),
                found => {
                    let from = if flag == 0 { start + 1 } else { start };
                    let to = if flag == 0 { at - 1 } else { at };
                    let more = found == Some(&self.dialect.separator);
                    let next = (at + 1).min(self.bytes.len());
                    return Ok(Some(End { value: value(from, to, flag), next, more }));
                }
            }
        }
    }

    fn ends(&self, byte: u8) -> bool {
        byte == self.dialect.separator || matches!(byte, b'\n' | b'\r')
    }

    /// A value that ends with the next separator or line break from a place on, whatever it holds.
    fn plain(&self, start: usize, from: usize, flag: u32) -> Option<End> {
        let separator = self.dialect.separator;
        match memchr3(separator, b'\n', b'\r', &self.bytes[from..]) {
            Some(found) => {
                let end = from + found;
                let more = self.bytes[end] == separator;
                Some(End { value: value(start, end, flag), next: end + 1, more })
            }
            None if self.ended => {
                let end = self.bytes.len();
                Some(End { value: value(start, end, flag), next: end, more: false })
            }
            None => None,
        }
    }
}

/// Blocks are far smaller than 2 GB.
fn value(start: usize, end: usize, flag: u32) -> Value {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX >> 1);
    Value { start: place(start), end: place(end) | flag }
}

#[cfg(test)]
mod tests;
