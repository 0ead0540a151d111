//! The files of a page's project.

use std::path::Path;

use crate::workbook;
use milepost::engine::write::{self, Values};

type Failure = Box<dyn std::error::Error>;

/// Writes the file of a fence below `folder`, if the fence is one; gives its path.
///
/// - ```` ```yaml ```` (to `specs/page.yaml`) or ```` ```yaml PATH ````, `csv PATH`, `json PATH`, `ndjson PATH`,
///   `text PATH`
/// - `xlsx PATH`: a workbook, by lines of comma-separated cells (see [`workbook`])
/// - `parquet PATH`: lines of comma-separated values under a header of `name:type`
/// - `bytes PATH`: text in which `\xNN` is a byte
/// - `link PATH`: a symbolic link to what the text names
///
/// After the path: `cut=N` keeps only the first N bytes, `repeat=N` writes the body N times.
pub(crate) fn write(folder: &Path, info: &str, body: &str) -> Result<Option<String>, Failure> {
    let mut words = info.split_whitespace();
    let kind = words.next().unwrap_or_default();
    let path = match (kind, words.next()) {
        ("yaml", None) => "specs/page.yaml",
        (
            "yaml" | "csv" | "json" | "ndjson" | "text" | "parquet" | "xlsx" | "bytes" | "link",
            Some(path),
        ) => path,
        _ => return Ok(None),
    };
    let full = folder.join(path);
    if let Some(parent) = full.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut cut = None;
    let mut repeat = 1;
    for option in words {
        match option.split_once('=') {
            Some(("cut", n)) => cut = Some(n.parse::<usize>()?),
            Some(("repeat", n)) => repeat = n.parse()?,
            _ => return Err(format!("`{option}` is no option of a file").into()),
        }
    }
    match kind {
        "parquet" => write::parquet(std::fs::File::create(&full)?, columns(body)?)?,
        "xlsx" => workbook::write(std::fs::File::create(&full)?, body)?,
        "bytes" => std::fs::write(&full, bytes(body)?)?,
        "link" => link(body.trim_end(), &full)?,
        _ => std::fs::write(&full, body.repeat(repeat))?,
    }
    if let Some(n) = cut {
        let content = std::fs::read(&full)?;
        std::fs::write(&full, &content[..n.min(content.len())])?;
    }
    Ok(Some(path.to_owned()))
}

#[cfg(unix)]
fn link(to: &str, path: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(to, path)
}

#[cfg(not(unix))]
fn link(_: &str, path: &Path) -> std::io::Result<()> {
    Err(std::io::Error::other(format!("{}: no links here", path.display())))
}

fn bytes(body: &str) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::new();
    let mut rest = body;
    while let Some((before, after)) = rest.split_once("\\x") {
        out.extend_from_slice(before.as_bytes());
        out.push(u8::from_str_radix(after.get(..2).unwrap_or_default(), 16)?);
        rest = &after[2..];
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(out)
}

fn columns(body: &str) -> Result<Vec<(String, Values)>, Failure> {
    let mut lines = body.lines();
    let header: Vec<(String, String)> = lines
        .next()
        .unwrap_or_default()
        .split(',')
        .map(|c| {
            c.split_once(':').map(|(n, t)| (n.trim().to_owned(), t.trim().to_owned())).ok_or(c)
        })
        .collect::<Result<_, _>>()
        .map_err(|c| format!("the header `{c}` has no type"))?;
    let rows: Vec<Vec<&str>> = lines.map(|l| l.split(',').map(str::trim).collect()).collect();
    header
        .into_iter()
        .enumerate()
        .map(|(i, (name, ty))| {
            let cells: Vec<Option<&str>> =
                rows.iter().map(|r| r.get(i).copied().filter(|c| !c.is_empty())).collect();
            Ok((name, values(&ty, &cells)?))
        })
        .collect()
}

fn values(ty: &str, cells: &[Option<&str>]) -> Result<Values, Failure> {
    fn each<T>(
        cells: &[Option<&str>],
        read: impl Fn(&str) -> Result<T, Failure>,
    ) -> Result<Vec<Option<T>>, Failure> {
        cells.iter().map(|c| c.map(&read).transpose()).collect()
    }
    Ok(match ty {
        "integer" => Values::Integer(each(cells, |c| Ok(c.parse()?))?),
        "number" => Values::Number(each(cells, |c| Ok(c.parse()?))?),
        "boolean" => Values::Boolean(each(cells, |c| Ok(c.parse()?))?),
        "text" => Values::Text(each(cells, |c| Ok(c.to_owned()))?),
        // Two digits after the point.
        "decimal" => Values::Decimal {
            scale: 2,
            values: each(cells, |c| Ok((c.parse::<f64>()? * 100.0).round() as i128))?,
        },
        "date" => Values::Date(each(cells, |c| Ok(instant(c)?.div_euclid(86_400_000_000) as i32))?),
        "timestamp" => Values::Timestamp(each(cells, instant)?),
        other => return Err(format!("`{other}` is no type of a column").into()),
    })
}

/// Microseconds since 1970 of a UTC time, or the bare number where it is one.
fn instant(text: &str) -> Result<i64, Failure> {
    if let Ok(micros) = text.parse() {
        return Ok(micros);
    }
    let utc = milepost::semantics::time::Calendar::default();
    Ok(utc.parse_instant(text).ok_or_else(|| format!("`{text}` is no time"))?.0)
}
