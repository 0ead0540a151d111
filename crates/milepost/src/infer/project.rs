//! The texts of a project, and what is said about them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use milepost_semantics::currency_of;
use milepost_semantics::time::{Calendar, Instant};
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::source::SourceMap;
use milepost_syntax::{FileKind, PROJECT_FILE};

use super::entities::{self, Entity};
use super::kpis::{self, Makings};
use super::names::Taken;
use super::table::{Kind, Table};
use super::yaml::Text;
use super::{DatasetFound, Inferred, LinkFound, Request, newest, specs, words};

/// The texts, and what is said about them.
pub(super) fn finished(
    request: &Request<'_>,
    tables: Vec<Table>,
    entities: Vec<Entity>,
    mut taken: Taken,
    mut notes: Vec<String>,
) -> Inferred {
    for table in &tables {
        for column in &table.columns {
            if !taken.has(&column.name) {
                taken.take(&column.name);
            }
        }
    }
    let all: Vec<(Entity, specs::Lives)> = entities
        .into_iter()
        .map(|entity| {
            let lives = entities::lives(&entity, &tables, &mut notes);
            (entity, lives)
        })
        .collect();
    let read: Vec<&Table> = tables.iter().filter(|table| table.kind != Kind::Nothing).collect();
    let entities_text = specs::entities(&all, &tables);
    let data = data_text(&entities_text, &tables, request.prefix, &BTreeMap::new());
    let (metrics, kpis) =
        kpis::metrics(Makings { tables: &tables, entities: &all, taken: &mut taken });
    let currency = currency(&tables, &mut notes);
    let main = project(request.name, currency.as_deref(), as_of(request.root, &tables));
    let texts = vec![
        formatted(PROJECT_FILE, FileKind::Project, main),
        formatted("specs/data.yaml", FileKind::Spec, data),
        formatted("specs/kpis.yaml", FileKind::Spec, format!("{KPIS_HEAD}\n{metrics}")),
    ];
    Inferred {
        texts,
        data: read.iter().flat_map(|table| table.profile.files.iter().cloned()).collect(),
        datasets: read.iter().map(|table| described(table, request.prefix)).collect(),
        links: read.iter().flat_map(|table| links_of(table)).collect(),
        entities: all.iter().map(|(entity, _)| entity.name.clone()).collect(),
        kpis,
        notes,
        homes: all
            .iter()
            .filter_map(|(entity, _)| Some((entity.name.clone(), entity.home?)))
            .collect(),
        tables,
        prefix: request.prefix.to_owned(),
        entities_text,
    }
}

/// `specs/data.yaml`, with more columns of some tables.
fn data_text(
    entities: &str,
    tables: &[Table],
    prefix: &str,
    more: &BTreeMap<usize, BTreeMap<String, String>>,
) -> String {
    let none = BTreeMap::new();
    let read = tables.iter().enumerate().filter(|(_, table)| table.kind != Kind::Nothing);
    let datasets = read.map(|(at, table)| {
        specs::dataset_as(table, &table.name, prefix, more.get(&at).unwrap_or(&none))
    });
    format!("{HEAD}\n{entities}\ndatasets:\n{}", datasets.collect::<Vec<_>>().join("\n"))
}

impl Inferred {
    /// `specs/data.yaml` with more columns, computed from others.
    pub(super) fn data_with(&self, more: &BTreeMap<usize, BTreeMap<String, String>>) -> String {
        data_text(&self.entities_text, &self.tables, &self.prefix, more)
    }
}

/// A text in the style of `milepost fmt`.
pub(super) fn formatted(path: &str, kind: FileKind, text: String) -> (String, String) {
    let mut sources = SourceMap::default();
    let id = sources.add(path, text.as_str());
    let styled = milepost_syntax::format(sources.get(id), kind, &mut Diagnostics::default());
    (path.to_owned(), styled.unwrap_or(text))
}

const HEAD: &str = "\
# What the files hold, as `milepost init --from` found it: read it once, and correct what it could not know.
# docs/language.md says what each field means.
";

const KPIS_HEAD: &str = "\
# First KPIs, to have something to look at. Change them, or take those of the catalog: `milepost catalog`.
";

fn project(name: &str, currency: Option<&str>, as_of: Option<(String, &str)>) -> String {
    let mut text = Text::default();
    text.line(0, &format!("project: {name}"));
    text.line(0, "edition: 2026");
    text.line(0, "calendar: { time_zone: UTC } # days begin and end here: write that of your company, such as Europe/Amsterdam");
    currency.iter().for_each(|currency| text.line(0, &format!("currency: {currency}")));
    text.line(0, "grain: month");
    if let Some((as_of, why)) = as_of {
        text.line(0, &format!("as_of: {as_of} # {why}"));
    }
    text.finish()
}

/// The day up to which data is used, and why it is that one, where no event or picture says it: the newest of the other times, or
/// the day on which the newest file was written, if nothing else is known or the times lie ahead of it, as those of plans do.
fn as_of(root: &Path, tables: &[Table]) -> Option<(String, &'static str)> {
    let read = || tables.iter().filter(|table| table.kind != Kind::Nothing);
    let times = read().flat_map(|table| &table.columns).filter(|c| c.is_time() && !c.planned);
    let others = times.filter_map(|column| column.range).map(|(_, high)| high).reduce(f64::max);
    let files = read().flat_map(|table| &table.profile.files);
    let changed = files.filter_map(|file| root.join(file).metadata().ok()?.modified().ok()).max();
    let since = changed.and_then(|changed| changed.duration_since(SystemTime::UNIX_EPOCH).ok());
    let written = since.map(|since| since.as_secs() as f64 / 86_400.0);
    // Where the files come from it may be tomorrow already.
    let is_ahead = |day: f64| written.is_some_and(|written| day > written + 1.0);
    let (day, why) = match (newest(tables), others) {
        (Some(newest), _) if !is_ahead(newest) => return None,
        (None, Some(other)) if !is_ahead(other) => {
            (other, "the newest day of the files: no event in them says it")
        }
        (Some(_), _) | (_, Some(_)) => {
            (written?, "the newest file was written then: what is later in it is a plan")
        }
        (None, None) => (written?, "the newest file was written then: no time in it says it"),
    };
    let micros = (day.floor() * 86_400e6) as i64;
    let day = Calendar::default().iso_instant(Instant(micros)).chars().take(10).collect();
    Some((day, why))
}

/// The currency that most amounts have.
fn currency(tables: &[Table], notes: &mut Vec<String>) -> Option<String> {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let mut without = Vec::new();
    for table in tables.iter().filter(|table| table.kind != Kind::Nothing) {
        for column in table.columns.iter().filter(|column| column.is_number()) {
            let by_column = |unit: &str| {
                let name = unit.strip_prefix("{ currency: ")?.strip_suffix(" }")?.to_owned();
                let at = table.column(&name)?;
                table.seen(at).common.as_ref()?.keys().find_map(|code| currency_of(code.trim()))
            };
            let code = column
                .unit
                .as_deref()
                .and_then(|unit| by_column(unit).or_else(|| currency_of(unit)));
            match code {
                Some(code) => *found.entry(code.to_owned()).or_insert(0) += 1,
                None if column.unit.is_none() && words::is_money(&column.name) => {
                    without.push(format!("`{}.{}`", table.name, column.name));
                }
                None => {}
            }
        }
    }
    if !without.is_empty() {
        notes.push(format!(
            "{} may be money, and nothing says in which currency: write `unit: EUR` (or another) where it is",
            without.join(", ")
        ));
    }
    found.into_iter().max_by_key(|(_, count)| *count).map(|(code, _)| code)
}

fn described(table: &Table, prefix: &str) -> DatasetFound {
    let name = |column: usize| &table.columns[column].name;
    let kind = match table.kind {
        Kind::Attributes | Kind::Nothing => {
            format!("attributes by {}", table.own_key.map_or("", |key| name(key)))
        }
        Kind::History { from, to } => format!("history from {} to {}", name(from), name(to)),
        Kind::Snapshot { time } => format!("snapshot by {}", name(time)),
        Kind::Events { time } => format!("events by {}", name(time)),
    };
    DatasetFound {
        name: table.name.clone(),
        from: format!("{prefix}{}", table.location.place()),
        rows: table.profile.rows,
        kind,
        personal: table.columns.iter().filter(|column| column.pii.is_some()).count(),
    }
}

fn links_of(table: &Table) -> Vec<LinkFound> {
    let links = table.links.iter().filter_map(|link| {
        let column = &table.columns[link.column?].name;
        Some(LinkFound {
            from: format!("{}.{column}", table.name),
            entity: link.entity.clone(),
            rate: link.rate,
        })
    });
    links.collect()
}
