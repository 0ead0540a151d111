//! From files that nobody has described to a project that checks: `milepost init --from`.
//!
//! ```text
//! folder ── files::find ──► groups of files ── engine::profile ──► what each column holds
//!    ── columns ──► types, formats, units, personal data     ── entities, links, kinds ──► what rows are about, and when
//!    ── specs, kpis ──► milepost.yaml, specs/data.yaml, specs/kpis.yaml, and what the author should look at
//! ```
//!
//! Nothing is asked and nothing is written here: whoever calls writes the texts. What is decided is decided by all rows,
//! and what is not sure is noted ([`Inferred::notes`]).
//!
//! | module | what is there |
//! |---|---|
//! | `files` | the data files of a folder, and which of them make one dataset |
//! | `names`, `words` | names of the language, and what names usually mean |
//! | `columns` | types, formats, units, personal data |
//! | `entities`, `links`, `kinds` | homes and keys; which columns hold keys of what; what a row means in time |
//! | `suspects` | rows that may be tests |
//! | `project`, `specs`, `kpis`, `yaml` | the texts |
//! | `packages` | which packages of the catalog fit, and what maps a project to them |

mod columns;
mod entities;
mod files;
mod kinds;
mod kpis;
mod links;
mod names;
pub mod packages;
mod project;
mod specs;
mod suspects;
mod table;
mod unpivot;
mod words;
mod yaml;

use std::path::Path;

use milepost_engine::{Profile, profile, sketch};
use milepost_semantics::model::Location;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

use self::entities::Entity;
use self::names::{Taken, singular};
use self::table::{Kind, Table};
use crate::error::Error;

/// The most tables of which a project is made at once.
const MOST_TABLES: usize = 400;

/// Columns that can't be read, of which each is noted.
const MOST_REFUSED: usize = 5;

/// Where files are, and what the project is to be.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The folder from which paths are written: the project's, or the one that is copied.
    pub root: &'a Path,
    /// The folder with the files, below the root; empty for the root itself.
    pub folder: &'a str,
    /// What stands in front of paths in the specs: where the files of the root will lie in the project.
    pub prefix: &'a str,
    /// The name of the project.
    pub name: &'a str,
    pub threads: usize,
}

/// A project that was made of files.
#[derive(Debug)]
pub struct Inferred {
    /// The texts of the project, by their paths.
    pub texts: Vec<(String, String)>,
    /// The data files that its datasets read, from the root.
    pub data: Vec<String>,
    pub datasets: Vec<DatasetFound>,
    pub links: Vec<LinkFound>,
    pub entities: Vec<String>,
    pub kpis: usize,
    /// What is not sure, or was left out: sentences without a full stop.
    pub notes: Vec<String>,
    tables: Vec<Table>,
    /// The entities that have a home, and which table that is.
    homes: Vec<(String, usize)>,
    prefix: String,
    /// The section of entities.
    entities_text: String,
}

/// A dataset, for those who read what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetFound {
    pub name: String,
    pub from: String,
    pub rows: u64,
    /// `events by sent_at`
    pub kind: String,
    /// How many of its columns are personal data.
    pub personal: usize,
}

/// A link, for those who read what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkFound {
    /// `invoices.customer_no`
    pub from: String,
    pub entity: String,
    /// How many of the different values are keys of the home, of how many; absent where there is no home.
    pub rate: Option<(u64, u64)>,
}

/// Makes a project of the data files in a folder.
///
/// ```
/// use milepost::infer::{Request, infer};
///
/// let folder = tempfile::tempdir()?;
/// let exports = folder.path().join("exports");
/// std::fs::create_dir(&exports)?;
/// std::fs::write(exports.join("customers.csv"), "id;name;since\n007;Northwind;31.01.2026\n")?;
///
/// let root = folder.path();
/// let request = Request { root, folder: "exports", prefix: "", name: "shop", threads: 1 };
/// let found = infer(&request)?;
/// assert_eq!(found.datasets[0].kind, "attributes by account_id");
/// assert!(found.texts[1].1.contains("since: { type: date, format: \"%d.%m.%Y\" }"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The folder can't be read, or holds no file that milepost reads as a dataset.
pub fn infer(request: &Request<'_>) -> Result<Inferred, Error> {
    let found = files::find(request.root, request.folder)?;
    let mut notes: Vec<String> = found
        .others
        .iter()
        .map(|(file, advice)| format!("`{file}` is not read: {advice}"))
        .collect();
    if found.groups.is_empty() {
        return Err(nothing(&notes, "the folder holds no data file"));
    }
    let mut taken = Taken::default();
    let mut tables = tables(request, &found.groups, &mut taken, &mut notes)?;
    let entities = understood(request, &mut tables, &mut taken, &mut notes);
    if tables.iter().all(|table| table.kind == Kind::Nothing) {
        return Err(nothing(&notes, "no file of the folder can be a dataset"));
    }
    Ok(project::finished(request, tables, entities, taken, notes))
}

/// Why there is no project.
fn nothing(notes: &[String], message: &str) -> Error {
    let told = Diagnostic::error_nowhere(codes::DATA_MISSING, message)
        .help("put exports there, of a CRM, of billing or of the product: CSV, JSON, Excel, Parquet or Arrow files whose rows have a key or a time");
    Error::Files(Box::new(notes.iter().fold(told, |told, note| told.help(note.clone()))))
}

/// A table for each group of files that can be read.
fn tables(
    request: &Request<'_>,
    groups: &[files::Group],
    taken: &mut Taken,
    notes: &mut Vec<String>,
) -> Result<Vec<Table>, Error> {
    let mut tables = Vec::new();
    for group in groups.iter().take(MOST_TABLES) {
        let profile = match profile(request.root, &group.location(), request.threads) {
            Ok(profile) if profile.rows > 0 && !profile.columns.is_empty() => profile,
            Ok(_) => {
                notes.push(format!(
                    "{} has no rows, and is left out",
                    files::shown(&group.location())
                ));
                continue;
            }
            Err(told) => {
                notes.push(format!("{} is left out: {}", group.pattern, said(&told)));
                continue;
            }
        };
        let (location, profile) = with_rows_of_columns(request, group, profile, notes);
        for (column, why) in profile.refused.iter().take(MOST_REFUSED) {
            notes.push(format!(
                "{}: the column `{column}` is not read: {why}",
                files::shown(&group.location())
            ));
        }
        let name = taken.take(&names::dataset(&group.stem));
        let one = singular(&name);
        let columns = columns::columns(&profile, &one, notes);
        tables.push(Table {
            name,
            one,
            location,
            profile,
            columns,
            kind: Kind::Nothing,
            own_key: None,
            links: Vec::new(),
            repeats: false,
            tests: None,
        });
    }
    if groups.len() > MOST_TABLES {
        notes.push(format!("of {} tables the first {MOST_TABLES} were looked at", groups.len()));
    }
    if tables.is_empty() {
        return Err(nothing(notes, "no file of the folder has rows that can be read"));
    }
    Ok(tables)
}

/// Where rows are and what they are, with columns that are named after months as rows.
fn with_rows_of_columns(
    request: &Request<'_>,
    group: &files::Group,
    found: Profile,
    notes: &mut Vec<String>,
) -> (Location, Profile) {
    let as_it_is = Location { csv: found.csv.clone(), ..group.location() };
    let Some(unpivot) = unpivot::unpivot(&found) else { return (as_it_is, found) };
    let note = format!(
        "{}: columns that are named after a {name} become rows of `{name}` and `{value}`: give `{value}` the name of what they hold",
        files::shown(&as_it_is),
        name = unpivot.name,
        value = unpivot.value,
    );
    let location = Location { unpivot: Some(unpivot), ..as_it_is.clone() };
    match profile(request.root, &location, request.threads) {
        Ok(found) => {
            notes.push(note);
            (location, found)
        }
        // Their values are of different types, so they are columns.
        Err(_) => (as_it_is, found),
    }
}

/// A message and what stands at its place.
fn said(told: &Diagnostic) -> String {
    let label = told.primary.as_ref().map(|label| label.message.as_str()).unwrap_or_default();
    let help = told.help.first().map_or("", String::as_str);
    let parts = [told.message.as_str(), label, help];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

/// Says of each table what its rows are about and when they are true. Tables of which nothing can be said are left out.
fn understood(
    request: &Request<'_>,
    tables: &mut [Table],
    taken: &mut Taken,
    notes: &mut Vec<String>,
) -> Vec<Entity> {
    let mut entities = entities::homes(tables, taken);
    let mut doubts = Vec::new();
    links::link(tables, &entities, 0, &mut doubts);
    let unique = |table: &Table, a: usize, b: usize| {
        let columns = [a, b].map(|column| table.columns[column].file.as_str());
        sketch(request.root, &table.location, &columns, request.threads)
            .is_ok_and(|sketch| sketch.is_unique())
    };
    let known = entities.len();
    for at in 0..tables.len() {
        if entities.iter().any(|entity| entity.home == Some(at)) {
            tables[at].kind = Kind::Attributes;
            continue;
        }
        let table = &tables[at];
        let is_link = |column| table.links.iter().any(|link| link.column == Some(column));
        let key =
            entities::own_key(table, is_link).filter(|(_, rank)| *rank <= 3).map(|(key, _)| key);
        tables[at].own_key = key;
        tables[at].repeats = key.is_some_and(|key| !tables[at].seen(key).distinct.is_unique());
        tables[at].kind = kinds::kind(&tables[at], &unique, notes);
        if let (Kind::Attributes, Some(key)) = (tables[at].kind, key) {
            entities.push(entities::home(tables, at, key, taken));
        }
    }
    links::link(tables, &entities, known, &mut doubts);
    links::homeless(tables, &mut entities, taken);
    let is_linked = |doubt: &links::Doubt| {
        tables[doubt.table].links.iter().any(|link| link.column == Some(doubt.column))
    };
    let open = doubts.into_iter().filter(|doubt| !is_linked(doubt));
    notes.extend(open.map(|doubt| doubt.note));
    for table in tables.iter().filter(|table| table.kind == Kind::Nothing) {
        notes.push(format!(
            "{} is left out: it has neither a time nor a column that identifies its rows",
            files::shown(&table.location)
        ));
    }
    for table in tables.iter_mut().filter(|table| table.kind == Kind::Nothing) {
        table.links.clear();
    }
    links::keys(tables, &entities);
    named_after_parents(tables, &entities);
    repeats(tables, &entities, notes);
    links::through(tables, &entities);
    suspects::suspect(tables, &entities, notes);
    ahead(tables, notes);
    entities
}

/// Reports tables with duplicates: rows that repeat a value of the column that should identify them.
fn repeats(tables: &[Table], entities: &[Entity], notes: &mut Vec<String>) {
    for (at, table) in tables.iter().enumerate().filter(|(_, table)| table.repeats) {
        let Some(key) = table.own_key else { continue };
        let name = &table.columns[key].name;
        let seen = table.seen(key);
        let count = match seen.distinct.is_exact() {
            true => format!(
                " ({} more rows than values)",
                seen.values.saturating_sub(seen.distinct.len())
            ),
            false => String::new(),
        };
        let is_home = entities.iter().any(|entity| entity.home == Some(at));
        let what = if is_home {
            "one of each stays (`unique`), and which may be chance"
        } else {
            "one of each stays (`unique`)"
        };
        notes.push(format!("`{}`: rows repeat `{name}`{count}: {what}", table.name));
    }
}

/// Links of a home have the names of the keys that they lead to, so that members belong to each other by them.
fn named_after_parents(tables: &mut [Table], entities: &[Entity]) {
    for entity in entities {
        let Some(home) = entity.home else { continue };
        for other in entities.iter().filter(|other| other.name != entity.name) {
            let table = &mut tables[home];
            let column = table.link(&other.name).and_then(|link| link.column);
            if let Some(column) = column.filter(|_| table.column(&other.key).is_none()) {
                table.columns[column].name.clone_from(&other.key);
            }
        }
    }
}

/// The newest day on which something happened.
fn newest(tables: &[Table]) -> Option<f64> {
    let times = tables.iter().filter_map(|table| match table.kind {
        Kind::Events { time } | Kind::Snapshot { time } => table.columns[time].range,
        Kind::Attributes | Kind::History { .. } | Kind::Nothing => None,
    });
    times.map(|(_, high)| high).reduce(f64::max)
}

/// Times after the newest row are not seen until then, unless they are plans: a churn that lies ahead is none yet.
fn ahead(tables: &[Table], notes: &mut Vec<String>) {
    let Some(newest) = newest(tables) else { return };
    for table in tables.iter().filter(|table| table.kind != Kind::Nothing) {
        for (at, column) in table.columns.iter().enumerate() {
            let is_end = matches!(table.kind, Kind::History { to, .. } if to == at);
            let lies_ahead = column.range.is_some_and(|(_, high)| high >= newest + 1.0);
            if column.is_time() && lies_ahead && !column.planned && !is_end {
                notes.push(format!(
                    "`{}.{}` has times after the newest event of all files: they read as null until then; write `planned: true` if they are plans",
                    table.name, column.name
                ));
            }
        }
    }
}
