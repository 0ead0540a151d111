//! Lines that are no records: titles above the names of the columns, totals below the rows.

use std::io::{self, Read};

use memchr::memchr2;

use crate::source::input::{LONGEST, too_long};

/// What is read at once.
const CHUNK: usize = 64 << 10;

/// Where the line ends that begins at a place, its break included; absent where that is not seen yet.
pub(super) fn line_end(bytes: &[u8], from: usize, ended: bool) -> Option<usize> {
    let at = match memchr2(b'\n', b'\r', &bytes[from..]) {
        Some(at) => from + at,
        None => return (ended && from < bytes.len()).then_some(bytes.len()),
    };
    match (bytes[at], bytes.get(at + 1)) {
        (b'\r', Some(b'\n')) => Some(at + 2),
        // The other half of the break may follow.
        (b'\r', None) if !ended => None,
        _ => Some(at + 1),
    }
}

/// A text without its last lines that have something on them, and whatever is between and behind these.
pub(super) struct WithoutLast<R> {
    input: R,
    lines: usize,
    /// Read and not given: from the first of the last lines on, behind what can be given.
    held: Vec<u8>,
    /// So much of it is before these.
    ready: usize,
    given: usize,
    ended: bool,
}

impl<R: Read> WithoutLast<R> {
    pub(super) const fn new(input: R, lines: usize) -> Self {
        Self { input, lines, held: Vec::new(), ready: 0, given: 0, ended: false }
    }

    fn more(&mut self) -> io::Result<()> {
        self.held.drain(..self.given);
        self.given = 0;
        let before = self.held.len();
        self.input.by_ref().take(CHUNK as u64).read_to_end(&mut self.held)?;
        self.ended = self.held.len() - before < CHUNK;
        self.ready = start_of_last(&self.held, self.lines);
        if self.ready == 0 && self.held.len() > LONGEST {
            return Err(io::Error::new(io::ErrorKind::InvalidData, too_long()));
        }
        Ok(())
    }
}

/// Where so many lines from the end begin, empty ones not counted.
fn start_of_last(bytes: &[u8], lines: usize) -> usize {
    let (mut end, mut left) = (bytes.len(), lines);
    while left > 0 && end > 0 {
        // The line's own break is no start of it.
        let inner = bytes[..end].trim_ascii_end().len();
        if inner == 0 {
            return 0;
        }
        end = memchr::memrchr2(b'\n', b'\r', &bytes[..inner]).map_or(0, |at| at + 1);
        left -= 1;
    }
    end
}

impl<R: Read> Read for WithoutLast<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready && !self.ended {
            self.more()?;
        }
        let mut left = &self.held[self.given..self.ready];
        let n = left.read(into)?;
        self.given += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(text: &str, lines: usize) -> String {
        let mut rest = String::new();
        WithoutLast::new(text.as_bytes(), lines).read_to_string(&mut rest).unwrap();
        rest
    }

    #[test]
    fn the_last_lines_are_left_out_and_nothing_else() {
        assert_eq!(without("a\n1\n2\ntotal\n", 1), "a\n1\n2\n");
        assert_eq!(without("a\n1\n2\ntotal", 1), "a\n1\n2\n");
        assert_eq!(without("a\r\n1\r\n\r\ntotal\r\n\r\n", 1), "a\r\n1\r\n\r\n");
        assert_eq!(without("a\n1\ntotal\n\nby me\n", 2), "a\n1\n");
        assert_eq!(without("a\n1\n", 2), "");
        assert_eq!(without("a\n1\n", 5), "");
        assert_eq!(without("", 1), "");
        let long = "1234567\n".repeat(50_000);
        assert_eq!(without(&(long.clone() + "total,,\n,end"), 2), long);
    }

    #[test]
    fn a_line_ends_with_its_break() {
        assert_eq!(line_end(b"ab\ncd", 0, false), Some(3));
        assert_eq!(line_end(b"ab\r\ncd", 0, false), Some(4));
        assert_eq!(line_end(b"ab\rcd", 0, false), Some(3));
        assert_eq!(line_end(b"ab\r", 0, false), None);
        assert_eq!(line_end(b"ab\r", 0, true), Some(3));
        assert_eq!(line_end(b"ab", 0, true), Some(2));
        assert_eq!(line_end(b"ab", 0, false), None);
        assert_eq!(line_end(b"ab", 2, true), None);
    }
}
