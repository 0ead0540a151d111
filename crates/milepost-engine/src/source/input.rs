//! The bytes of a file of text, as they are once inflated.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use milepost_semantics::model::Format;

use super::{DataFile, workbook};

/// What one value, line or record may take: more is no row, but a mistake or a trap.
pub(super) const LONGEST: usize = 64 << 20;

/// A whole file that is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Gzip,
    Zstd,
}

impl Packing {
    /// By the ending of a name.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "gz" => Some(Self::Gzip),
            "zst" => Some(Self::Zstd),
            _ => None,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// The text of a file, from its start; of a workbook its rows as CSV, from the names of the columns on.
pub(super) fn open(file: &DataFile) -> io::Result<Box<dyn Read + Send>> {
    if file.format == Format::Xlsx {
        return workbook::open(file);
    }
    let opened = File::open(&file.path)?;
    Ok(match file.packing {
        None => Box::new(opened),
        Some(Packing::Gzip) => {
            Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::new(opened)))
        }
        Some(Packing::Zstd) => Box::new(zstd::Decoder::new(opened)?),
    })
}

/// A text for who reads it line by line: a line that never ends is an error before it fills the memory.
pub(super) struct Lines<R> {
    pub(super) input: R,
    /// Of the line so far.
    length: usize,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(input: R) -> BufReader<Self> {
        BufReader::new(Self { input, length: 0 })
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.input.read(into)?;
        self.length = match memchr::memrchr(b'\n', &into[..n]) {
            Some(last) => n - last - 1,
            None => self.length + n,
        };
        if self.length > LONGEST {
            return Err(io::Error::new(io::ErrorKind::InvalidData, too_long()));
        }
        Ok(n)
    }
}

/// What is wrong with a row that does not end.
pub(super) fn too_long() -> String {
    format!("a row takes more than {} MB", LONGEST >> 20)
}

#[cfg(test)]
mod tests {
    use std::io::BufRead;

    use super::*;

    #[test]
    fn a_line_that_never_ends_is_an_error() {
        let mut long = Lines::new(io::repeat(b'x'));
        assert!(long.read_line(&mut String::new()).is_err());
        let mut short = BufReader::new(Lines { input: &b"a\nb"[..], length: LONGEST - 1 });
        let mut text = String::new();
        short.read_to_string(&mut text).unwrap();
        assert_eq!(text, "a\nb");
    }
}
