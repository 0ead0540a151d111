//! Text in other encodings than UTF-8, as it is read.

use std::fmt;
use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// What is inflated or read at once.
const CHUNK: usize = 64 << 10;

/// The encoding of that name. The names are those of the standard that browsers follow.
pub(super) fn named(name: &str) -> &'static Encoding {
    Encoding::for_label(name.as_bytes()).unwrap_or(UTF_8)
}

/// The encoding that the mark in front of a text tells, and how long the mark is.
pub(super) fn marked(first: &[u8]) -> Option<(&'static Encoding, usize)> {
    match first {
        [0xEF, 0xBB, 0xBF, ..] => Some((UTF_8, 3)),
        [0xFF, 0xFE, ..] => Some((UTF_16LE, 2)),
        [0xFE, 0xFF, ..] => Some((UTF_16BE, 2)),
        _ => None,
    }
}

/// Bytes that are no text in the encoding of their file.
#[derive(Debug)]
pub(in crate::source) struct NotText(pub(in crate::source) &'static str);

impl fmt::Display for NotText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bytes that are not {}", self.0)
    }
}

impl std::error::Error for NotText {}

/// A text as UTF-8, whatever it is stored as.
pub(super) struct Decoded<R> {
    input: R,
    decoder: Decoder,
    /// Read and not yet decoded.
    raw: Vec<u8>,
    /// Decoded and not yet given, from a place on.
    text: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read> Decoded<R> {
    pub(super) fn new(input: R, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_without_bom_handling();
        Self { input, decoder, raw: Vec::new(), text: Vec::new(), given: 0, ended: false }
    }

    /// Decodes the next bytes; nothing at the end.
    fn more(&mut self) -> io::Result<()> {
        self.raw.clear();
        let read = self.input.by_ref().take(CHUNK as u64).read_to_end(&mut self.raw)?;
        self.ended = read < CHUNK;
        // Room for the longest text that so many bytes can stand for.
        let room =
            self.decoder.max_utf8_buffer_length_without_replacement(read).unwrap_or(4 * CHUNK);
        self.text.clear();
        self.text.resize(room, 0);
        let (result, _, written) =
            self.decoder.decode_to_utf8_without_replacement(&self.raw, &mut self.text, self.ended);
        self.text.truncate(written);
        self.given = 0;
        match result {
            DecoderResult::InputEmpty => Ok(()),
            DecoderResult::Malformed(..) | DecoderResult::OutputFull => {
                let name = self.decoder.encoding().name();
                Err(io::Error::new(io::ErrorKind::InvalidData, NotText(name)))
            }
        }
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() && !self.ended {
            self.more()?;
        }
        let mut left = &self.text[self.given..];
        let n = left.read(into)?;
        self.given += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8], name: &str) -> io::Result<String> {
        let mut text = String::new();
        Decoded::new(bytes, named(name)).read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn texts_are_the_same_in_every_encoding() {
        assert_eq!(decoded(b"Z\xFCrich, 5 \x80", "windows-1252").unwrap(), "Zürich, 5 €");
        assert_eq!(decoded(b"\xA4", "iso-8859-15").unwrap(), "€");
        let long = "Zürich 🙂 €\n".repeat(20_000);
        let wide: Vec<u8> = long.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decoded(&wide, "utf-16").unwrap(), long);
        let wide: Vec<u8> = long.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decoded(&wide, "utf-16be").unwrap(), long);
        // Half of a pair is no text, nor is half of a unit.
        assert!(decoded(&[0x3D, 0xD8, 0x41, 0x00], "utf-16").is_err());
        assert!(decoded(&[0x41, 0x00, 0x42], "utf-16").is_err());
        assert_eq!(decoded(b"", "utf-16").unwrap(), "");
    }

    #[test]
    fn every_name_that_specs_may_give_is_one() {
        for name in milepost_syntax::ENCODINGS {
            assert!(Encoding::for_label(name.as_bytes()).is_some(), "{name}");
        }
    }
}
