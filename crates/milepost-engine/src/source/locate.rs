use std::path::{Component, Path, PathBuf};

use milepost_semantics::model::{Format, Location};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

use super::DataFile;
use super::kind::other_than_a_file;

/// The files that a location names, sorted by path. Empty: there are none.
///
/// # Errors
/// The location leaves the project's folder, is no local path, or can't be listed.
pub(crate) fn locate(root: &Path, location: &Location) -> Result<Vec<DataFile>, Box<Diagnostic>> {
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
    let mut paths = Vec::new();
    let full = root.join(relative);
    let base = if full.is_file() {
        paths.push(full.clone());
        full.parent().map_or_else(|| root.to_path_buf(), Path::to_path_buf)
    } else if full.is_dir() {
        walk(&full, &mut paths).map_err(|e| unlistable(location, pattern, &e.to_string()))?;
        paths.retain(|p| location.format.is_some() || format_of(p).is_some());
        full
    } else {
        paths = expand(root, pattern).map_err(|e| unlistable(location, pattern, &e))?;
        root.to_path_buf()
    };
    paths.sort();
    let real_root =
        root.canonicalize().map_err(|e| unlistable(location, pattern, &e.to_string()))?;
    paths.into_iter().map(|path| data_file(root, &real_root, &base, path, location)).collect()
}

fn data_file(
    root: &Path,
    real_root: &Path,
    base: &Path,
    path: PathBuf,
    location: &Location,
) -> Result<DataFile, Box<Diagnostic>> {
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
    let Some(format) = location.format.or_else(|| format_of(&path)) else {
        let message = format!("the ending of `{shown}` does not say which format the file has");
        return Err(Box::new(
            Diagnostic::error(codes::DATA_UNREADABLE, location.span, message)
                .help("add `format: parquet`, `csv`, `ndjson` or `arrow` to the dataset"),
        ));
    };
    let partitions = path
        .parent()
        .and_then(|folder| folder.strip_prefix(base).ok())
        .map(|folders| folders.components().filter_map(partition).collect())
        .unwrap_or_default();
    Ok(DataFile { path, shown, format, partitions })
}

/// `month=2026-01` as a column and its value.
fn partition(folder: Component<'_>) -> Option<(String, String)> {
    let (name, value) = folder.as_os_str().to_str()?.split_once('=')?;
    (!name.is_empty()).then(|| (name.to_owned(), value.to_owned()))
}

fn format_of(path: &Path) -> Option<Format> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "parquet" | "pq" => Some(Format::Parquet),
        "csv" => Some(Format::Csv),
        "ndjson" | "jsonl" | "json" => Some(Format::Ndjson),
        "arrow" | "ipc" | "feather" => Some(Format::Arrow),
        _ => None,
    }
}

/// All files below a folder, but for hidden ones and those that writers leave beside data (`_SUCCESS`).
fn walk(folder: &Path, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let hidden =
            path.file_name().and_then(|n| n.to_str()).is_none_or(|n| n.starts_with(['.', '_']));
        if hidden {
            continue;
        }
        if path.is_dir() {
            walk(&path, paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
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
        // What is neither is told by name.
        .filter(|p| p.as_ref().map_or(true, |p| !p.is_dir()))
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
