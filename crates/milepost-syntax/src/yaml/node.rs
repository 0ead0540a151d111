//! The tree.

use granit_parser::ScalarStyle;

use crate::source::SourceFile;
use crate::span::{Span, Spanned};
use crate::text::{MapBuilder, MappedText};

/// White space within a line, as YAML has it. Other blanks of Unicode, such as a no-break space, are text like any letter.
pub(crate) const BLANK: [char; 2] = [' ', '\t'];

/// That, and what ends a line.
pub(crate) const BLANK_OR_BREAK: [char; 4] = [' ', '\t', '\n', '\r'];

/// A value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    /// From its first to its last byte; quotes and brackets included, blank space at the end not.
    pub(crate) span: Span,
    /// Whether it is a list in `[ ]` or a map in `{ }`.
    pub(crate) flow: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum NodeKind {
    /// Nothing, `~` or `null`.
    Null,
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Entry>),
    /// A part that could not be read; a diagnostic has been reported already.
    Error,
}

/// A scalar as YAML decodes it.
#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    pub(crate) style: ScalarStyle,
}

/// One `key: value`.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: Spanned<String>,
    pub(crate) value: Node,
}

impl Entry {
    /// From the key to the end of the value.
    pub(crate) fn span(&self) -> Span {
        self.key.span.to(self.value.span)
    }
}

impl Node {
    /// What it is, for messages.
    pub(crate) fn words(&self) -> &'static str {
        match &self.kind {
            NodeKind::Null => "nothing",
            NodeKind::Scalar(_) => "a single value",
            NodeKind::List(_) => "a list",
            NodeKind::Map(_) => "a map",
            NodeKind::Error => "something unreadable",
        }
    }

    /// The decoded text of a scalar with the way back to the file.
    pub(crate) fn mapped(&self, source: &SourceFile) -> Option<MappedText> {
        let NodeKind::Scalar(scalar) = &self.kind else { return None };
        Some(map_text(scalar, self.span, source))
    }
}

/// Walks the decoded text and the file side by side. Where they differ for a reason not known here, the
/// rest is placed at the scalar as a whole.
fn map_text(scalar: &Scalar, span: Span, source: &SourceFile) -> MappedText {
    let raw = source.slice(span);
    let quotes =
        usize::from(matches!(scalar.style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted));
    let end = raw.len().saturating_sub(quotes);
    let mut walk =
        Walk { raw: &raw[..end.max(quotes.min(raw.len()))], at: quotes, base: span.start as usize };
    let mut builder = MapBuilder::new(span);
    let mut text = scalar.text.as_str();
    while let Some(first) = text.chars().next() {
        let taken = if first.is_ascii_whitespace() && !walk.at_escape(scalar.style) {
            walk.space(text, &mut builder)
        } else {
            walk.character(first, scalar.style, &mut builder)
        };
        match taken {
            Some(length) => text = &text[length..],
            None => {
                builder.written_otherwise(text, span.start as usize, span.end as usize);
                break;
            }
        }
    }
    builder.finish()
}

struct Walk<'a> {
    raw: &'a str,
    at: usize,
    base: usize,
}

impl Walk<'_> {
    fn at_escape(&self, style: ScalarStyle) -> bool {
        style == ScalarStyle::DoubleQuoted && self.raw[self.at..].starts_with('\\')
    }

    /// A run of blank space: the same in the file, or a folded line break.
    fn space(&mut self, text: &str, builder: &mut MapBuilder) -> Option<usize> {
        let decoded = blank_length(text);
        let raw = blank_length(&self.raw[self.at..]);
        if raw == 0 {
            // The break that a block scalar ends with, cut from its place.
            return (decoded == text.len()).then(|| {
                builder.written_otherwise(text, self.base + self.at, self.base + self.raw.len());
                decoded
            });
        }
        let written = &self.raw[self.at..self.at + raw];
        if written == &text[..decoded] {
            builder.verbatim(written, self.base + self.at);
        } else {
            builder.written_otherwise(
                &text[..decoded],
                self.base + self.at,
                self.base + self.at + raw,
            );
        }
        self.at += raw;
        Some(decoded)
    }

    fn character(
        &mut self,
        wanted: char,
        style: ScalarStyle,
        builder: &mut MapBuilder,
    ) -> Option<usize> {
        let mut buffer = [0; 4];
        let text: &str = wanted.encode_utf8(&mut buffer);
        if self.at_escape(style) {
            return self.escape(text, builder);
        }
        let rest = self.raw.get(self.at..)?;
        let written = if style == ScalarStyle::SingleQuoted && rest.starts_with("''") {
            2
        } else {
            text.len()
        };
        if !rest.starts_with(wanted) {
            return None;
        }
        if written == text.len() {
            builder.verbatim(text, self.base + self.at);
        } else {
            builder.written_otherwise(text, self.base + self.at, self.base + self.at + written);
        }
        self.at += written;
        Some(text.len())
    }

    /// `\n`, `\u0041`, and a backslash that joins two lines.
    fn escape(&mut self, text: &str, builder: &mut MapBuilder) -> Option<usize> {
        let rest = &self.raw[self.at..];
        let kind = rest[1..].chars().next()?;
        if matches!(kind, '\n' | '\r') {
            self.at += 1 + blank_length(&rest[1..]);
            // Nothing of the text is consumed: the next round goes on after the joined lines.
            return self.raw.get(self.at..).map(|_| 0);
        }
        let length = match kind {
            'x' => 4,
            'u' if text.len() == 4 => 12,
            'u' => 6,
            'U' => 10,
            other => 1 + other.len_utf8(),
        };
        let end = (self.at + length).min(self.raw.len());
        builder.written_otherwise(text, self.base + self.at, self.base + end);
        self.at = end;
        Some(text.len())
    }
}

fn blank_length(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_whitespace()).unwrap_or(text.len())
}
