//! From a folder that may hold anything to what a site shows.

use std::collections::BTreeMap;
use std::path::Path;

use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::record::{Record, Recorded};
use super::{FORMAT, RECORD};
use crate::escape::printable_line;
use crate::publish::MARKER;
use crate::sources::{Disk, SourceError};

/// A file of a site over this many bytes is not read.
const LARGEST: u64 = 64 << 20;

/// A text of a site is cut to so many characters: labels of periods and reasons are shorter.
const LONGEST_TEXT: usize = 80;

/// What lists the KPIs of a site with their files.
const INDEX: &str = "data/index.json";

/// A site that was built before.
#[derive(Clone, Debug)]
pub struct Published {
    /// As it was named.
    pub site: String,
    /// The version of milepost that wrote it.
    pub milepost: String,
    /// Up to when the data was used.
    pub as_of: String,
    /// The KPIs with figures, by name.
    pub metrics: BTreeMap<String, PublishedMetric>,
}

/// A KPI as a site shows it.
#[derive(Clone, Debug)]
pub struct PublishedMetric {
    pub fingerprint: String,
    /// Its canonical text.
    pub text: String,
    /// The canonical texts of what it reads, by kind and name.
    pub reads: BTreeMap<String, String>,
    /// The headline, period by period.
    pub figures: Vec<PublishedFigure>,
}

/// The figure of one period.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedFigure {
    pub bucket: String,
    /// Its first day, and the day after its last one; of a period that was not over, the day after the as-of.
    pub start: String,
    pub end: String,
    /// `complete`, `partial`, …
    pub status: String,
    /// A number, or why there is none.
    pub value: Result<f64, String>,
}

#[derive(Deserialize)]
struct Head {
    format: Option<u64>,
}

#[derive(Deserialize)]
struct Index {
    kpis: Vec<IndexEntry>,
}

#[derive(Deserialize)]
struct IndexEntry {
    name: String,
    json: String,
}

/// The file of a KPI: its slices and all else are left alone.
#[derive(Deserialize)]
struct KpiFile {
    figures: Vec<FigureEntry>,
}

#[derive(Deserialize)]
struct FigureEntry {
    bucket: String,
    start: String,
    end: String,
    status: String,
    value: Value,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Number(f64),
    Reason { reason: String },
}

impl Published {
    /// Reads the site in a folder. Nothing outside of the folder is read, not even through links.
    ///
    /// # Errors
    /// A usage error that says what to do: it is no site, not whole, or does not say what it was built from.
    pub fn open(folder: &Path) -> Result<Self, Box<Diagnostic>> {
        let site = Site { name: folder.display().to_string(), disk: Disk::new(folder) };
        site.is_one(folder)?;
        let record = site.record()?;
        let index: Index = site.json(INDEX)?;
        let files: BTreeMap<String, String> =
            index.kpis.into_iter().map(|kpi| (kpi.name, kpi.json)).collect();
        let mut metrics = BTreeMap::new();
        for recorded in record.metrics {
            let Some(file) = files.get(&recorded.name) else {
                let name = cut(&recorded.name);
                return Err(site.wrong(&format!("`{INDEX}` does not name the KPI `{name}`")));
            };
            let figures = site.figures(file)?;
            let metric = metric(&recorded, &record.reads, figures);
            metrics.insert(recorded.name, metric);
        }
        let Record { milepost, as_of, .. } = record;
        Ok(Self { site: site.name, milepost: cut(&milepost), as_of: cut(&as_of), metrics })
    }
}

fn metric(
    recorded: &Recorded,
    texts: &BTreeMap<String, String>,
    figures: Vec<PublishedFigure>,
) -> PublishedMetric {
    let read = |name: &String| Some((name.clone(), texts.get(name)?.clone()));
    let reads = recorded.reads.iter().filter_map(read).collect();
    let (fingerprint, text) = (recorded.fingerprint.clone(), recorded.text.clone());
    PublishedMetric { fingerprint, text, reads, figures }
}

struct Site {
    name: String,
    disk: Disk,
}

impl Site {
    /// # Errors
    /// There is no such folder, or nothing says that milepost wrote it.
    fn is_one(&self, folder: &Path) -> Result<(), Box<Diagnostic>> {
        if !folder.is_dir() {
            let message = format!("there is no folder `{}` with a site", self.name);
            return Err(Box::new(
                told(message).help("name the folder of a site: `--published DIR`").help(BUILD),
            ));
        }
        match self.disk.read_up_to(MARKER, LARGEST) {
            Ok(_) => Ok(()),
            Err(_) => {
                let message = format!("`{}` is no site of milepost: it has no {MARKER}", self.name);
                Err(Box::new(
                    told(message).help("copy the whole folder, hidden files included").help(BUILD),
                ))
            }
        }
    }

    fn record(&self) -> Result<Record, Box<Diagnostic>> {
        let bytes = match self.disk.read_up_to(RECORD, LARGEST) {
            Err(SourceError::NotFound) => {
                let message = format!(
                    "the site `{}` does not say what its figures were computed from: it has no {RECORD}",
                    self.name
                );
                let help = "an older milepost wrote it, or a part of it was copied";
                return Err(Box::new(told(message).help(help).help(BUILD)));
            }
            read => read.map_err(|error| self.unreadable(RECORD, &error))?,
        };
        let head: Head = self.parsed(RECORD, &bytes)?;
        if head.format != Some(FORMAT) {
            let format = head.format.map_or_else(|| "none".to_owned(), |format| format.to_string());
            let message = format!(
                "{RECORD} of the site `{}` is of format {format}, and this version reads {FORMAT}",
                self.name
            );
            return Err(Box::new(told(message).help(BUILD)));
        }
        self.parsed(RECORD, &bytes)
    }

    fn figures(&self, path: &str) -> Result<Vec<PublishedFigure>, Box<Diagnostic>> {
        let file: KpiFile = self.json(path)?;
        let mut figures: Vec<PublishedFigure> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for entry in file.figures {
            if !seen.insert(entry.bucket.clone()) {
                let twice =
                    format!("the period `{}` is twice in `{}`", cut(&entry.bucket), cut(path));
                return Err(self.wrong(&twice));
            }
            figures.push(PublishedFigure {
                bucket: cut(&entry.bucket),
                start: cut(&entry.start),
                end: cut(&entry.end),
                status: cut(&entry.status),
                value: match entry.value {
                    Value::Number(value) => Ok(value),
                    Value::Reason { reason } => Err(cut(&reason)),
                },
            });
        }
        Ok(figures)
    }

    fn json<T: DeserializeOwned>(&self, path: &str) -> Result<T, Box<Diagnostic>> {
        let bytes = self.disk.read_up_to(path, LARGEST);
        self.parsed(path, &bytes.map_err(|error| self.unreadable(path, &error))?)
    }

    /// The words of the reader of JSON are left out: they may be of any length.
    fn parsed<T: DeserializeOwned>(&self, path: &str, bytes: &[u8]) -> Result<T, Box<Diagnostic>> {
        serde_json::from_slice(bytes).map_err(|error| {
            let what = match error.classify() {
                Category::Eof => "ends in the middle",
                Category::Data => "has a field that is not as milepost writes it",
                Category::Syntax | Category::Io => "is not JSON",
            };
            let (path, line) = (cut(path), error.line());
            self.wrong(&format!("`{path}` {what}, in line {line}"))
        })
    }

    fn unreadable(&self, path: &str, error: &SourceError) -> Box<Diagnostic> {
        let why = match error {
            SourceError::Outside => "it leads out of the site's folder".to_owned(),
            SourceError::TooLarge => format!("it is over {} MB", LARGEST >> 20),
            error => error.to_string(),
        };
        self.wrong(&format!("`{}` can't be read: {why}", cut(path)))
    }

    fn wrong(&self, what: &str) -> Box<Diagnostic> {
        let message = format!("the site `{}` can't be compared with: {what}", self.name);
        Box::new(told(message).help("copy the whole folder again").help(BUILD))
    }
}

/// The next step that always works.
const BUILD: &str =
    "a site of the base is written by `milepost build --out DIR`, with the base's specs";

/// Text of a site on its way to a reader.
pub(crate) fn cut(text: &str) -> String {
    printable_line(&text.chars().take(LONGEST_TEXT).collect::<String>())
}

fn told(message: String) -> Diagnostic {
    Diagnostic::error_nowhere(codes::SITE_UNREADABLE, message)
}
