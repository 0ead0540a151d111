//! The author's files in memory, and the way from a byte to line and column.

use std::sync::Arc;

use crate::span::{SourceId, Span};

/// One text file of the project.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Its number.
    pub id: SourceId,
    /// Its path from the project's folder, with forward slashes; a name for what is [no file](Self::on_disk).
    pub path: String,
    /// Whether it is a file of the project: packages of the catalog and words of the command line are none.
    pub on_disk: bool,
    /// Its whole text.
    pub text: Arc<str>,
    /// Byte offset of the start of every line.
    line_starts: Arc<[u32]>,
}

/// A place for people: both count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineColumn {
    pub line: u32,
    pub column: u32,
}

impl SourceFile {
    fn new(id: SourceId, path: String, text: Arc<str>) -> Self {
        let line_starts = std::iter::once(0)
            .chain(
                text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| to_u32(i + 1)),
            )
            .collect();
        Self { id, path, on_disk: true, text, line_starts }
    }

    /// Whether both are one file under one number, of which one was [adopted](SourceMap::adopt).
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.id == other.id && Arc::ptr_eq(&self.text, &other.text)
    }

    /// Line and column of a byte offset; an offset past the end is the end.
    #[must_use]
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let offset = offset.min(to_u32(self.text.len()));
        let line = self.line_starts.partition_point(|start| *start <= offset) - 1;
        let start = self.line_starts[line] as usize;
        let column = self.text.get(start..offset as usize).map_or(0, |s| s.chars().count());
        LineColumn { line: to_u32(line + 1), column: to_u32(column + 1) }
    }

    /// The text of a span; empty if the span is not of this text.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }
}

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// All files of a project, in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// Adds a file and gives its number.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        let id = SourceId(to_u32(self.files.len()));
        self.files.push(SourceFile::new(id, path.into(), text.into()));
        id
    }

    /// The same for text that is in no file of the project.
    pub fn add_text(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        let id = self.add(name, text);
        self.files[id.0 as usize].on_disk = false;
        id
    }

    /// Adds a file of another map, which is not read anew, and gives its number here.
    pub fn adopt(&mut self, file: &SourceFile) -> SourceId {
        let id = SourceId(to_u32(self.files.len()));
        self.files.push(SourceFile { id, ..file.clone() });
        id
    }

    /// The file of that number. Numbers come only from [`SourceMap::add`] of the same map.
    #[must_use]
    pub fn get(&self, id: SourceId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// All files.
    pub fn iter(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter()
    }
}
