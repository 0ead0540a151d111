//! Rows as the text of a CSV file.

use std::io::{self, Read};

use super::rows::Rows;
use crate::source::fault::Unreadable;

/// What a sheet may hold, in bytes. A small file can name one long text in each of a million rows, which would take hours.
pub(super) const LARGEST: u64 = 2 << 30;

/// The text, as far as it is made.
pub(super) struct Text {
    rows: Rows,
    made: Vec<u8>,
    read: usize,
    /// How many bytes more it may have.
    left: u64,
}

impl Text {
    pub(super) const fn new(rows: Rows, largest: u64) -> Self {
        Self { rows, made: Vec::new(), read: 0, left: largest }
    }

    /// Makes more of it. Whether there is more.
    fn make(&mut self) -> io::Result<bool> {
        const AT_ONCE: usize = 64 << 10;
        self.made.clear();
        self.read = 0;
        while self.made.len() < AT_ONCE {
            let Some(row) = self.rows.next_row()? else { break };
            for (i, value) in row.values.iter().enumerate() {
                if i > 0 {
                    self.made.push(b',');
                }
                add(&mut self.made, value);
            }
            self.made.push(b'\n');
        }
        let Some(left) = self.left.checked_sub(self.made.len() as u64) else {
            let why = format!("the sheet holds more than {} GB of text", LARGEST >> 30);
            let help = "write the rows out as CSV or Parquet, in several files".to_owned();
            return Err(Unreadable::fault(why, help));
        };
        self.left = left;
        Ok(!self.made.is_empty())
    }
}

/// A value in quotes where it must be.
fn add(text: &mut Vec<u8>, value: &str) {
    if !value.contains(['"', ',', '\n', '\r']) {
        return text.extend(value.bytes());
    }
    text.push(b'"');
    text.extend(value.replace('"', "\"\"").bytes());
    text.push(b'"');
}

impl Read for Text {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.read == self.made.len() && !self.make()? {
            return Ok(0);
        }
        let n = into.len().min(self.made.len() - self.read);
        into[..n].copy_from_slice(&self.made[self.read..self.read + n]);
        self.read += n;
        Ok(n)
    }
}
