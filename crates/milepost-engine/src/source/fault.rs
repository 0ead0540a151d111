//! What is told of files that can't be read.

use arrow::error::ArrowError;
use parquet::errors::ParquetError;

use milepost_semantics::DataNeed;
use milepost_semantics::model::Format;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::Span;

use super::csv::NotText;
use super::{DataFile, lines, pages};

/// Why a file can't be read.
#[derive(Debug)]
pub(super) enum Fault {
    /// There is nothing in it.
    Empty,
    /// Its text is not in that encoding.
    NotText(&'static str),
    /// Lines that no reader could take, and what is wrong with them where that is known.
    Lines(Option<String>),
    /// It is no workbook whose rows can be read.
    Sheet(Unreadable),
    /// Its columns can't become rows as the dataset says.
    Unpivot(Unreadable),
    /// A library stopped in the middle of it.
    Damaged,
    /// Its rows take more memory than there is for them: how much that is, in words.
    TooLarge(String),
    /// A page that inflates to more than any writer makes.
    Page(String),
    /// The bytes that it consists of can't be had: what the system says, or who inflates them.
    Input(String),
    /// What a library says.
    Said(String),
}

/// Why a text is no JSON.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct NotJson(pub(super) String);

/// Why a file gives no rows, as a clause, and what to do about it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{why}")]
pub(super) struct Unreadable {
    pub(super) why: String,
    pub(super) help: String,
}

impl Unreadable {
    /// As the error of who reads its text.
    pub(super) fn fault(why: String, help: String) -> std::io::Error {
        std::io::Error::new(std::io::ErrorKind::InvalidData, Self { why, help })
    }
}

/// What texts are encoded in where nothing else is said.
pub(super) const UTF_8: &str = "UTF-8";

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::OutOfMemory {
            // Memory that is refused says nothing about the file: it ends the program here as everywhere else.
            std::alloc::handle_alloc_error(std::alloc::Layout::new::<u8>());
        }
        let inner = error.get_ref();
        if let Some(NotText(encoding)) = inner.and_then(|inner| inner.downcast_ref()) {
            return Self::NotText(encoding);
        }
        if let Some(fault) = inner.and_then(|inner| inner.downcast_ref::<Unreadable>()) {
            return Self::Sheet(fault.clone());
        }
        match inner.and_then(|inner| inner.downcast_ref::<NotJson>()) {
            Some(fault) => Self::Lines(Some(fault.to_string())),
            None => Self::Input(error.to_string()),
        }
    }
}

impl From<ArrowError> for Fault {
    fn from(error: ArrowError) -> Self {
        match error {
            ArrowError::IoError(_, error) => error.into(),
            error => Self::said(&error.to_string()),
        }
    }
}

impl From<ParquetError> for Fault {
    fn from(error: ParquetError) -> Self {
        Self::said(&error.to_string())
    }
}

impl Fault {
    /// What a library says. None of them has a type for bytes that are no text: the readers of CSV, JSON and Parquet put
    /// Rust's own error into a sentence, each another one. So the sentence is searched; what is taken for another
    /// mistake by that is reported in the library's words.
    pub(super) fn said(text: &str) -> Self {
        let lower = text.to_lowercase();
        if lower.contains("utf-8") || lower.contains("utf8") {
            return Self::NotText(UTF_8);
        }
        Self::Said(plain_words(text.lines().next().unwrap_or_default()).to_owned())
    }

    /// The message for the author.
    pub(super) fn told(self, need: &DataNeed, file: &DataFile) -> Box<Diagnostic> {
        let (span, dataset) = (need.from.span, need.name.as_str());
        let told = cant_read(span, dataset, file);
        let next = next_step(file);
        Box::new(match self {
            Self::Empty => empty(span, dataset, file),
            Self::NotText(encoding) => not_text(span, dataset, file, encoding),
            Self::TooLarge(limit) => too_large(span, dataset, &limit),
            Self::Page(why) => told.label(why).help(pages::HELP),
            Self::Sheet(Unreadable { why, help }) => told.label(why).help(help),
            Self::Unpivot(Unreadable { why, help }) => {
                let span = file.unpivot.as_ref().map_or(span, |unpivot| unpivot.span);
                let message = format!(
                    "the columns of `{}` can't become rows (dataset `{dataset}`)",
                    file.shown
                );
                Diagnostic::error(codes::DATA_UNREADABLE, span, message).label(why).help(help)
            }
            Self::Damaged => told.label("it is damaged").help(next),
            Self::Input(why) => match file.packing {
                Some(packing) => {
                    told.label(format!("it is no whole file of {}", packing.name())).help(next)
                }
                None => told.label(plain_words(&why).to_owned()).help(next),
            },
            Self::Lines(Some(why)) => told.label(why).help(next),
            Self::Lines(None) => of_lines(told, file, |told| told.help(next)),
            // Libraries count lines in their own way, where they do. What one says of text may hold the value that it met.
            Self::Said(why) => of_lines(told, file, |told| match file.format {
                Format::Csv | Format::Xlsx | Format::Json => told.help(next),
                Format::Parquet | Format::Arrow => told.label(why).help(next),
            }),
        })
    }
}

/// With the first line that no reader could take; if there is none, as `otherwise` says.
fn of_lines(
    told: Diagnostic,
    file: &DataFile,
    otherwise: impl FnOnce(Diagnostic) -> Diagnostic,
) -> Diagnostic {
    match lines::fault(file) {
        Some(fault) => fault.help.into_iter().fold(told.label(fault.why), Diagnostic::help),
        None => otherwise(told),
    }
}

const fn next_step(file: &DataFile) -> &'static str {
    match (file.packing, file.format) {
        (Some(_), _) => {
            "the file may be truncated or not compressed at all: write or copy it again"
        }
        (_, Format::Parquet) => {
            "the file may be truncated or not Parquet at all: write or copy it again"
        }
        (_, Format::Xlsx) => "every row has its values in columns that have names",
        (_, Format::Csv) => "every line needs as many values as the header has names",
        (_, Format::Json) => {
            "every row must be one JSON object: one per line, or all in one list `[{…}, {…}]`"
        }
        (_, Format::Arrow) => {
            "the file may be truncated or of another format: write or copy it again"
        }
    }
}

/// The message without the names of the libraries that passed it on.
fn plain_words(mut text: &str) -> &str {
    const PASSED_ON: [&str; 11] = [
        "Arrow error: ",
        "Arrow: ",
        "Parquet argument error: ",
        "Parquet error: ",
        "Csv error: ",
        "Json error: ",
        "Ipc error: ",
        "Io error: ",
        "Parser error: ",
        "External: ",
        "EOF: ",
    ];
    while let Some(rest) = PASSED_ON.iter().find_map(|prefix| text.strip_prefix(prefix)) {
        text = rest;
    }
    text
}

fn not_text(span: Span, dataset: &str, file: &DataFile, encoding: &str) -> Diagnostic {
    let message =
        format!("`{}` (dataset `{dataset}`) holds text that is not valid {encoding}", file.shown);
    let told = Diagnostic::error(codes::BAD_TEXT, span, message);
    match file.format {
        Format::Csv if encoding == UTF_8 => told.help(format!(
            "say how it is encoded: spreadsheets often write `csv: {{ encoding: windows-1252 }}`, which goes under `{dataset}`; or save the file as UTF-8"
        )),
        Format::Csv => told.help(format!(
            "write another `encoding` under `csv` of `{dataset}`, or save the file as UTF-8"
        )),
        _ => told.help("save the file as UTF-8"),
    }
}

fn too_large(span: Span, dataset: &str, limit: &str) -> Diagnostic {
    let message = format!(
        "the rows of dataset `{dataset}` need more than the {limit} of memory available for them"
    );
    Diagnostic::error(codes::DATA_UNREADABLE, span, message).help(
        "use a machine with more memory, or leave rows and columns out; large event datasets are streamed if they are Parquet files with a `time` in UTC, without `unique`",
    )
}

fn cant_read(span: Span, dataset: &str, file: &DataFile) -> Diagnostic {
    let what = match file.format {
        Format::Parquet => "a Parquet file",
        Format::Csv => "a CSV file",
        Format::Xlsx => "a workbook",
        Format::Json => "a JSON file",
        Format::Arrow => "an Arrow IPC file",
    };
    let packed =
        file.packing.map_or_else(String::new, |p| format!(" compressed with {}", p.name()));
    let shown = &file.shown;
    Diagnostic::error(
        codes::DATA_UNREADABLE,
        span,
        format!("`{shown}` can't be read as {what}{packed} (dataset `{dataset}`)"),
    )
}

/// Nothing at all is not a file without rows: that has a header or a schema.
fn empty(span: Span, dataset: &str, file: &DataFile) -> Diagnostic {
    let message = format!("the file `{}` is empty (dataset `{dataset}`)", file.shown);
    let next = match file.format {
        Format::Csv => "write it again: without rows, it still has its header line",
        Format::Xlsx => {
            "write it again: without rows, the sheet still has the names of its columns"
        }
        Format::Parquet | Format::Arrow => {
            "write it again: without rows, it still says which columns it has"
        }
        Format::Json => "write it again, or remove it if it has no rows",
    };
    Diagnostic::error(codes::DATA_UNREADABLE, span, message).help(next)
}
