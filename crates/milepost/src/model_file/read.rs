//! From a file that anybody may have written to texts that can be loaded.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _};
use std::path::Path;

use milepost_semantics::schema::Schemas;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use serde_json::error::Category;

use super::form::{DatasetColumns, FORMAT, File, Head, KIND, PackageText, Read};
use super::{LARGEST, ModelFile, shown};
use crate::PROJECT_FILE;
use crate::escape::{printable, printable_line};
use crate::sources::{LARGEST_SPEC, Memory, is_inside, open_file, words};

/// A path over this many bytes is that of no file.
const LONGEST_PATH: usize = 1_024;

/// The next step where there is no better one.
const AGAIN: &str =
    "write it again with `milepost check --emit-model FILE`, in the project's folder";

impl ModelFile {
    /// Reads the model file of that name. A link is followed, if it does not lead out of a project.
    ///
    /// # Errors
    /// It can't be read, or is no model file that this version understands.
    pub fn open(path: &Path) -> Result<Self, Box<Diagnostic>> {
        let name = shown(path);
        let bytes = bytes(path).map_err(|error| {
            told(format!("the model file `{name}` can't be read: {}", words(&error)))
                .help("check that it exists and is readable")
        })?;
        if bytes.len() as u64 > LARGEST {
            let most = LARGEST >> 20;
            return Err(told(format!("`{name}` is over {most} MB, and no model file is"))
                .help(AGAIN)
                .into());
        }
        Self::parse(&name, &bytes)
    }

    /// Checks what a file holds. `name`: what messages call it.
    ///
    /// # Errors
    /// It is no model file that this version understands, or holds what no project can.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, Box<Diagnostic>> {
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let head: Head = serde_json::from_slice(bytes).map_err(|e| no_json(name, &e))?;
        known(name, &head)?;
        let read: Read = serde_json::from_slice(bytes).map_err(|e| no_json(name, &e))?;
        let files = files(name, read.files)?;
        let packages = read.packages.map(|all| packages(name, all)).transpose()?;
        let columns = columns(name, read.columns)?;
        Ok(Self { milepost: cut(&read.milepost), files, packages, columns })
    }
}

/// Whether a file says of itself that it is one, of whatever format.
pub(crate) fn looks_like_one(path: &Path) -> bool {
    let read = bytes(path).ok().filter(|bytes| bytes.len() as u64 <= LARGEST);
    let head = read.and_then(|bytes| serde_json::from_slice::<Head>(&bytes).ok());
    head.is_some_and(|head| head.kind.as_deref() == Some(KIND))
}

/// The bytes of a file, and one more than is allowed where there are more.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    if crate::write::leads_out(path)?.is_some() {
        return Err(io::Error::other("a link leads out of the project's folder"));
    }
    let file = open_file(&path.canonicalize()?)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What is wrong with a file that can't be read as JSON. Its own words are left out: they may be of any length.
fn no_json(name: &str, error: &serde_json::Error) -> Box<Diagnostic> {
    let place = format!("line {}, column {}", error.line(), error.column());
    let message = match error.classify() {
        Category::Eof => format!("the model file `{name}` ends in the middle, in {place}"),
        Category::Data => {
            format!("`{name}` is no model file: a field is not as it has to be, in {place}")
        }
        Category::Syntax | Category::Io => {
            format!("`{name}` is no model file: it is not JSON, in {place}")
        }
    };
    let help = match error.classify() {
        Category::Eof => {
            "copy the whole file, or write it again with `milepost check --emit-model FILE`"
        }
        _ => AGAIN,
    };
    Box::new(told(message).help(help))
}

/// # Errors
/// The file is of another kind, or of a format that this version does not know.
fn known(name: &str, head: &Head) -> Result<(), Box<Diagnostic>> {
    if head.kind.as_deref() != Some(KIND) {
        let message = format!("`{name}` is no model file: its `kind` is not `{KIND}`");
        return Err(Box::new(told(message).help(AGAIN)));
    }
    if head.format == Some(FORMAT) {
        return Ok(());
    }
    let format = head.format.map_or_else(|| "none".to_owned(), |format| format.to_string());
    let writer = head.milepost.as_deref().map(cut).unwrap_or_default();
    let by = if writer.is_empty() { String::new() } else { format!(", by milepost {writer}") };
    let message = format!(
        "the model file `{name}` is of format {format}{by}, and this version reads {FORMAT}"
    );
    let newer = head.format.is_some_and(|format| format > FORMAT);
    let told = told(message);
    Err(Box::new(if newer { told.help("install a newer milepost") } else { told }.help(AGAIN)))
}

fn files(name: &str, all: Vec<File>) -> Result<Memory, Box<Diagnostic>> {
    let mut seen = BTreeSet::new();
    let mut files = Memory::new();
    for File { path, text } in all {
        if let Some(trouble) = path_trouble(&path) {
            return Err(wrong(name, &format!("the path `{}` {trouble}", cut(&path))));
        }
        if !seen.insert(path.clone()) {
            return Err(wrong(name, &format!("`{path}` is in it twice")));
        }
        files = files.with(path, text);
    }
    if !seen.contains(PROJECT_FILE) {
        return Err(wrong(name, &format!("it has no {PROJECT_FILE}")));
    }
    Ok(files)
}

fn packages(name: &str, all: Vec<PackageText>) -> Result<Vec<(String, String)>, Box<Diagnostic>> {
    let mut found = BTreeMap::new();
    for PackageText { name: package, text } in all {
        if let Some(trouble) = path_trouble(&package) {
            let package = cut(&package);
            return Err(wrong(name, &format!("the name of the package `{package}` {trouble}")));
        }
        if text.len() as u64 > LARGEST_SPEC {
            return Err(wrong(name, &format!("the package `{package}` is over 8 MB")));
        }
        if found.insert(package.clone(), text).is_some() {
            return Err(wrong(name, &format!("the package `{package}` is in it twice")));
        }
    }
    Ok(found.into_iter().collect())
}

fn columns(name: &str, all: Vec<DatasetColumns>) -> Result<Schemas, Box<Diagnostic>> {
    let mut schemas = Schemas::default();
    for columns in all {
        let dataset = cut(&columns.dataset);
        let Some((own, schema)) = columns.schema() else {
            let what = format!("a column of the dataset `{dataset}` has a type that is none");
            return Err(wrong(name, &what));
        };
        if schemas.datasets.insert(own, schema).is_some() {
            return Err(wrong(name, &format!("the columns of `{dataset}` are in it twice")));
        }
    }
    Ok(schemas)
}

/// What keeps a path from being that of a file in a project, as what it does.
pub(super) fn path_trouble(path: &str) -> Option<&'static str> {
    let is_plain = |part: &str| !part.is_empty() && part != ".";
    if path.is_empty() {
        Some("is empty")
    } else if path.len() > LONGEST_PATH {
        Some("is too long")
    } else if !is_inside(path) {
        Some("leads out of the project's folder")
    } else if printable(path) != path || path.contains(['\n', '\r', '\t']) {
        Some("holds characters that control a terminal")
    } else if path.contains('\\') || !path.split('/').all(is_plain) {
        Some("is not written from the project's folder on, with forward slashes")
    } else {
        None
    }
}

fn cut(text: &str) -> String {
    printable_line(&text.chars().take(80).collect::<String>())
}

fn wrong(name: &str, what: &str) -> Box<Diagnostic> {
    Box::new(told(format!("the model file `{name}` can't be used: {what}")).help(AGAIN))
}

fn told(message: String) -> Diagnostic {
    Diagnostic::error_nowhere(codes::MODEL_UNREADABLE, message)
}
