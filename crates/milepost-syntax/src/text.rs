//! The decoded text of a scalar, and the way back from each of its bytes to the author's file.

use crate::source::SourceFile;
use crate::span::{SourceId, Span};

/// Text as a pass reads it, with the place of every byte in the file. The two differ where YAML folds
/// lines, doubles quotes or has escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedText {
    /// The text.
    pub text: String,
    /// The whole scalar, quotes included.
    pub span: Span,
    /// Pieces of the text in order, without gaps.
    pieces: Vec<Piece>,
}

/// A run of text that is in the file as it is, or one that was written otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    /// First byte in the text.
    start: u32,
    /// Where it is in the file.
    file_start: u32,
    file_end: u32,
    /// Whether text and file are the same bytes here.
    verbatim: bool,
}

impl MappedText {
    /// The text of `span`, as it is in the file.
    #[must_use]
    pub fn raw(source: &SourceFile, span: Span) -> Self {
        let text = source.slice(span).to_owned();
        let piece = Piece { start: 0, file_start: span.start, file_end: span.end, verbatim: true };
        Self { text, span, pieces: vec![piece] }
    }

    /// A text whose parts have no places of their own: all of it is at `span`.
    #[must_use]
    pub fn opaque(text: String, span: Span) -> Self {
        let piece = Piece { start: 0, file_start: span.start, file_end: span.end, verbatim: false };
        Self { text, span, pieces: vec![piece] }
    }

    /// The place in the file of the bytes `start..end` of the text.
    #[must_use]
    pub fn locate(&self, start: usize, end: usize) -> Span {
        let (start, end) = (to_u32(start), to_u32(end.max(start)));
        let first = self.piece(start);
        let from = if first.verbatim {
            first.file_start + (start - first.start)
        } else {
            first.file_start
        };
        let to = if end == start {
            from
        } else {
            let last = self.piece(end - 1);
            if last.verbatim { last.file_start + (end - last.start) } else { last.file_end }
        };
        let from = from.clamp(self.span.start, self.span.end);
        Span::new(self.span.source, from, to.clamp(from, self.span.end))
    }

    /// The bytes `start..end` as a text of its own.
    #[must_use]
    pub fn part(&self, start: usize, end: usize) -> Self {
        let mut pieces: Vec<Piece> = Vec::new();
        for (index, piece) in self.pieces.iter().enumerate() {
            let next =
                self.pieces.get(index + 1).map_or(to_u32(self.text.len()), |next| next.start);
            if next <= to_u32(start) && index + 1 < self.pieces.len() || piece.start >= to_u32(end)
            {
                continue;
            }
            let skipped = to_u32(start).saturating_sub(piece.start);
            let file_start =
                if piece.verbatim { piece.file_start + skipped } else { piece.file_start };
            pieces.push(Piece {
                start: piece.start.saturating_sub(to_u32(start)),
                file_start,
                ..*piece
            });
        }
        let text = self.text[start..end].to_owned();
        let span = self.locate(start, end);
        if pieces.is_empty() {
            return Self::opaque(text, span);
        }
        Self { text, span, pieces }
    }

    /// The file.
    #[must_use]
    pub fn source(&self) -> SourceId {
        self.span.source
    }

    fn piece(&self, offset: u32) -> Piece {
        let next = self.pieces.partition_point(|piece| piece.start <= offset);
        self.pieces[next.saturating_sub(1)]
    }
}

/// Builds a [`MappedText`] from left to right.
#[derive(Debug)]
pub(crate) struct MapBuilder {
    text: String,
    span: Span,
    pieces: Vec<Piece>,
}

impl MapBuilder {
    pub(crate) fn new(span: Span) -> Self {
        Self { text: String::new(), span, pieces: Vec::new() }
    }

    /// Adds text that is at `file_start` as it is.
    pub(crate) fn verbatim(&mut self, text: &str, file_start: usize) {
        let file_start = to_u32(file_start);
        let file_end = file_start + to_u32(text.len());
        match self.pieces.last_mut() {
            Some(last) if last.verbatim && last.file_end == file_start => last.file_end = file_end,
            _ => self.push(file_start, file_end, true),
        }
        self.text.push_str(text);
    }

    /// Adds text that was written otherwise at `file_start..file_end`.
    pub(crate) fn written_otherwise(&mut self, text: &str, file_start: usize, file_end: usize) {
        if text.is_empty() {
            return;
        }
        self.push(to_u32(file_start), to_u32(file_end), false);
        self.text.push_str(text);
    }

    pub(crate) fn finish(mut self) -> MappedText {
        if self.pieces.first().is_none_or(|piece| piece.start != 0) {
            let piece = Piece {
                start: 0,
                file_start: self.span.start,
                file_end: self.span.end,
                verbatim: false,
            };
            self.pieces.insert(0, piece);
        }
        MappedText { text: self.text, span: self.span, pieces: self.pieces }
    }

    fn push(&mut self, file_start: u32, file_end: u32, verbatim: bool) {
        self.pieces.push(Piece { start: to_u32(self.text.len()), file_start, file_end, verbatim });
    }
}

/// Offsets fit: files over 8 MB are refused before anything is read.
fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
