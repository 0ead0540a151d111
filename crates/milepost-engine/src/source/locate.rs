//! The files that `from:` names.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use milepost_semantics::model::{Csv, Format, Location};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

use super::kind::other_than_a_file;
use super::tables::{advice_on_table, kept_by};
use super::walk::{Found, is_lock, walk};
use super::{DataFile, Packing, Partition};

/// The files that a location names.
#[derive(Debug)]
pub(crate) struct Located {
    /// Sorted by path. Empty: there are none.
    pub(crate) files: Vec<DataFile>,
    /// What lies in the folder and is not read, by the path from the project's folder.
    pub(crate) left_out: Vec<String>,
}

/// The files that a location names.
///
/// # Errors
/// The location leaves the project's folder, is no local path, or can't be listed.
pub(crate) fn locate(root: &Path, location: &Location) -> Result<Located, Box<Diagnostic>> {
    let pattern = location.pattern.as_str();
    if pattern.contains("://") {
        let message =
            format!("`{pattern}` is on the network, and this version reads local files only");
        return Err(Box::new(
            Diagnostic::error(codes::NOT_IN_THIS_VERSION, location.span, message)
                .help("copy the files into the project's folder and name them there"),
        ));
    }
    let relative = Path::new(pattern);
    let inside =
        relative.components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    if !inside {
        return Err(outside(location, pattern));
    }
    let real_root =
        root.canonicalize().map_err(|e| unlistable(location, pattern, &e.to_string()))?;
    let full = root.join(relative);
    let mut left_out = Vec::new();
    let (base, paths) = if full.is_file() {
        let folder = full.parent().map_or_else(|| root.to_path_buf(), Path::to_path_buf);
        (folder, vec![full])
    } else if full.is_dir() {
        let found =
            walk(&full, &real_root).map_err(|e| unlistable(location, pattern, &e.to_string()));
        let (mut paths, hidden) = match found? {
            Found::Files { files, hidden } => (files, hidden),
            Found::Outside(link) => return Err(outside(location, &shown(root, &link))),
        };
        // Beside data, writers leave marks and checksums of their own; hidden data is another matter.
        left_out = hidden.into_iter().filter(|path| format_of(path).is_some()).collect();
        let is_read = |path: &PathBuf| location.format.is_some() || format_of(path).is_some();
        left_out.extend(paths.extract_if(.., |path| !is_read(path)));
        (full, paths)
    } else {
        let paths = expand(root, pattern).map_err(|e| unlistable(location, pattern, &e))?;
        (root.to_path_buf(), paths)
    };
    let files = paths.into_iter().map(|path| data_file(root, &real_root, &base, path, location));
    let files = each_once(files.collect::<Result<Vec<_>, _>>()?, root, &real_root);
    if let Some(table) = kept_table(&files, root, location) {
        return Err(table);
    }
    if let Some((one, other)) = copies(&files) {
        let message = format!(
            "`{}` and `{}` are next to each other, and their rows would count twice",
            one.shown, other.shown
        );
        return Err(Box::new(
            Diagnostic::error(codes::DATA_UNREADABLE, location.span, message)
                .help("remove one of them; if they hold different rows, give one another name"),
        ));
    }
    left_out.sort_unstable();
    Ok(Located { files, left_out: left_out.iter().map(|path| shown(root, path)).collect() })
}

/// The files of a dataset of the project in that folder. None where they can't be found: that is told where they are read.
#[must_use]
pub fn files_of(root: &Path, location: &Location) -> Vec<PathBuf> {
    let files = locate(root, location).map_or_else(|_| Vec::new(), |located| located.files);
    files.into_iter().map(|file| file.path).collect()
}

/// The files sorted by path, each once, however many links lead to it: under its own name if that is among them.
fn each_once(mut files: Vec<(PathBuf, DataFile)>, root: &Path, real_root: &Path) -> Vec<DataFile> {
    let is_linked = |real: &Path, file: &DataFile| {
        file.path.strip_prefix(root).is_ok_and(|path| real_root.join(path) != real)
    };
    files.sort_by_cached_key(|(real, file)| {
        (real.clone(), is_linked(real, file), file.path.clone())
    });
    files.dedup_by(|a, b| a.0 == b.0);
    let mut files: Vec<DataFile> = files.into_iter().map(|(_, file)| file).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// A folder of some of the files in which not all files are rows of the table: it keeps those that were replaced, too.
fn kept_table(files: &[DataFile], root: &Path, location: &Location) -> Option<Box<Diagnostic>> {
    let mut seen = BTreeSet::new();
    let above = files.iter().flat_map(|file| file.path.ancestors().skip(1));
    let mut folders = above.filter(|folder| folder.starts_with(root) && seen.insert(*folder));
    folders.find_map(|folder| {
        let kept_by = kept_by(folder)?;
        let folder = shown(root, folder);
        let message = format!(
            "`{folder}` is the folder of a table of {kept_by}, where files stay whose rows are gone"
        );
        let told = Diagnostic::error(codes::DATA_UNREADABLE, location.span, message);
        Some(Box::new(told.help(advice_on_table(kept_by, &folder))))
    })
}

/// Two files that differ only in how they are compressed: a copy is left beside a file by programs that compress it.
fn copies(files: &[DataFile]) -> Option<(&DataFile, &DataFile)> {
    let mut known: BTreeMap<PathBuf, &DataFile> = BTreeMap::new();
    files.iter().find_map(|file| {
        let inside = match file.packing {
            Some(_) => file.path.with_extension(""),
            None => file.path.clone(),
        };
        known.insert(inside, file).map(|before| (before, file))
    })
}

/// A file, and where it really is.
fn data_file(
    root: &Path,
    real_root: &Path,
    base: &Path,
    path: PathBuf,
    location: &Location,
) -> Result<(PathBuf, DataFile), Box<Diagnostic>> {
    let shown = shown(root, &path);
    // A link may lead out of the project even where the text does not.
    let real = path.canonicalize().map_err(|e| unlistable(location, &shown, &e.to_string()))?;
    if !real.starts_with(real_root) {
        return Err(outside(location, &shown));
    }
    let found = real.metadata().map_err(|e| unlistable(location, &shown, &e.to_string()))?;
    if let Some(kind) = other_than_a_file(&found) {
        let told = *unlistable(location, &shown, &format!("it is {kind}, not a file"));
        return Err(Box::new(told.help("put a file of data there")));
    }
    let packing = Packing::of(&path);
    let Some(format) = location.format.or_else(|| format_of(&path)) else {
        return Err(unclear(location, &shown, packing));
    };
    if packing.is_some() && !is_packable(format) {
        return Err(unclear(location, &shown, packing));
    }
    let partitions = path
        .parent()
        .and_then(|folder| folder.strip_prefix(base).ok())
        .map(|folders| folders.components().filter_map(partition).collect())
        .unwrap_or_default();
    let csv = Arc::new(written(&path, location));
    let (sheet, unpivot) = (location.sheet.clone(), location.unpivot.clone().map(Arc::new));
    Ok((real, DataFile { path, shown, format, packing, csv, sheet, unpivot, partitions }))
}

/// What is said of how a file is written, by its ending too.
fn written(path: &Path, location: &Location) -> Csv {
    let mut csv = location.csv.clone();
    if csv.separator.is_none() && ending(path).is_some_and(|ending| ending == "tsv") {
        csv.separator = Some(b'\t');
    }
    csv
}

/// The ending that says the format, in small letters, also of a compressed file.
fn ending(path: &Path) -> Option<String> {
    if Packing::of(path).is_some() {
        return ending(Path::new(path.file_stem()?));
    }
    Some(path.extension()?.to_str()?.to_ascii_lowercase())
}

/// What to do about a file whose ending names none of the formats.
fn other_format(shown: &str) -> &'static str {
    advice(Path::new(shown)).unwrap_or(
        "if it holds rows, say in which format: add `format: parquet`, `csv`, `json`, `xlsx` or `arrow` to the dataset",
    )
}

/// What to do about a file that holds data in a way that is not read; nothing where its ending says no such thing.
#[must_use]
pub fn advice(path: &Path) -> Option<&'static str> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    Some(match ending.to_ascii_lowercase().as_str() {
        "xls" | "xlsb" | "ods" | "numbers" => {
            "such a workbook can't be read: save it as `.xlsx` or its sheet as CSV, and name that file"
        }
        "tab" | "txt" | "dat" => {
            "if it holds rows with values between commas, semicolons, tabs or `|`, add `format: csv` to the dataset"
        }
        "sqlite" | "sqlite3" | "db" | "duckdb" | "sql" => {
            "a database can't be read: write its table to a Parquet or CSV file, and name that file"
        }
        _ => return None,
    })
}

/// Whether the ending of a file says that it is read as data.
#[must_use]
pub fn is_data_file(path: &Path) -> bool {
    format_of(path).is_some()
}

/// What writers of such folders put in place of null.
const NULL_FOLDER: &str = "__HIVE_DEFAULT_PARTITION__";

/// `month=2026-01` as a column and its value. What a folder can't be named after is written as `%2F`.
fn partition(folder: Component<'_>) -> Option<Partition> {
    let (name, value) = folder.as_os_str().to_str()?.split_once('=')?;
    let value = (value != NULL_FOLDER).then(|| decoded(value));
    let partition = Partition { name: decoded(name), written: name.to_owned(), value };
    (!name.is_empty()).then_some(partition)
}

/// The text with `%2F` as the byte that it stands for; as it is where that gives no text.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|n| u8::try_from(n).ok());
    while let [byte, after @ ..] = rest {
        let escaped = match (byte, after) {
            (b'%', [high, low, ..]) => digit(*high).zip(digit(*low)),
            _ => None,
        };
        bytes.push(escaped.map_or(*byte, |(high, low)| 16 * high + low));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// A file of which nobody says how to read it.
fn unclear(location: &Location, shown: &str, packing: Option<Packing>) -> Box<Diagnostic> {
    let error = |message| Diagnostic::error(codes::DATA_UNREADABLE, location.span, message);
    Box::new(match packing {
        Some(packing) => error(format!(
            "`{shown}` is compressed with {}, and only CSV and JSON files are read so",
            packing.name()
        ))
        .help("decompress it; Parquet and Arrow files are compressed inside. If it is CSV or JSON, say so in its name (`.csv.gz`) or by `format:`"),
        None => error(format!("the extension of `{shown}` does not say which format the file has"))
            .help(other_format(shown)),
    })
}

/// The format that the ending says, also of a compressed file.
fn format_of(path: &Path) -> Option<Format> {
    let format = match ending(path)?.as_str() {
        "parquet" | "pq" => Format::Parquet,
        "csv" | "tsv" => Format::Csv,
        "ndjson" | "jsonl" | "json" => Format::Json,
        "arrow" | "ipc" | "feather" => Format::Arrow,
        "xlsx" | "xlsm" => Format::Xlsx,
        _ => return None,
    };
    (Packing::of(path).is_none() || is_packable(format)).then_some(format)
}

/// Whether whole files of the format are read compressed.
const fn is_packable(format: Format) -> bool {
    matches!(format, Format::Csv | Format::Json)
}

fn expand(root: &Path, pattern: &str) -> Result<Vec<PathBuf>, String> {
    let options = glob::MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: true,
    };
    let full = format!("{}/{pattern}", glob::Pattern::escape(&root.to_string_lossy()));
    let found = glob::glob_with(&full, options).map_err(|e| e.msg.to_owned())?;
    found
        // What is neither file nor folder is reported by name; a path through links that lead in a circle is none.
        .filter(|p| {
            p.as_ref().map_or(true, |p| match p.metadata() {
                Ok(found) => !found.is_dir(),
                Err(error) => error.kind() == ErrorKind::NotFound,
            })
        })
        .filter(|p| !p.as_ref().is_ok_and(|path| is_lock(path)))
        .map(|p| p.map_err(|e| e.to_string()))
        .collect()
}

/// The path from the project's folder, with forward slashes.
fn shown(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = relative.components().map(|c| c.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

fn outside(location: &Location, shown: &str) -> Box<Diagnostic> {
    let message = format!("`{shown}` is outside the project's folder");
    Box::new(
        Diagnostic::error(codes::OUTSIDE_PROJECT, location.span, message)
            .help("a project reads only files below its own folder: move or copy the data there, and write the path from `milepost.yaml`"),
    )
}

fn unlistable(location: &Location, shown: &str, why: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(
        codes::DATA_UNREADABLE,
        location.span,
        format!("`{shown}` can't be read: {why}"),
    ))
}
