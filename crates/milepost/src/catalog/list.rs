//! What the catalog ships, what each of it needs, and what a project has of that.

use std::collections::{BTreeMap, BTreeSet};

use milepost_semantics::model::Need;
use milepost_semantics::schema::Schemas;
use milepost_semantics::{expand, lacking, requirements};
use milepost_syntax::ast::{FormSpec, Meta, Package};
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::source::SourceMap;
use milepost_syntax::span::{SourceId, Span, Spanned};

use super::{PACKAGES, import_all};
use crate::Loaded;

/// What a definition of the catalog is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    Kpi,
    Journey,
    Score,
    List,
}

impl EntryKind {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Kpi => "KPI",
            Self::Journey => "journey",
            Self::Score => "score",
            Self::List => "list",
        }
    }
}

/// How a project stands to a definition of the catalog; the order is that of what is nearest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It has everything, and does not use the package.
    Ready,
    /// It lacks these; never empty.
    Lacks(Vec<Need>),
    /// It has it.
    InUse,
}

/// A KPI, a list, a score or a journey of the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub kind: EntryKind,
    /// `std/onboarding`
    pub package: &'static str,
    pub label: Option<String>,
    pub question: Option<String>,
    pub description: Option<String>,
    pub category: Option<String>,
    pub stage: Option<String>,
    /// Everything that it needs of a project.
    pub needs: Vec<Need>,
    /// How the project that was asked stands to it; absent where none was.
    pub state: Option<State>,
}

/// Everything that the catalog ships, package by package.
///
/// ```
/// let entries = milepost::catalog::entries();
/// let nrr = entries.iter().find(|entry| entry.name == "nrr").expect("the catalog has it");
/// assert_eq!(nrr.package, "std/revenue");
/// assert!(nrr.needs.iter().any(|need| need.to_string() == "column subscriptions.mrr"));
/// ```
#[must_use]
pub fn entries() -> Vec<Entry> {
    let (mut sources, mut package) = (SourceMap::default(), Package::default());
    import_all(&all(), &mut package, &mut sources, &mut Diagnostics::default());
    let needs = requirements(&package);
    let places: BTreeMap<SourceId, &'static str> = sources
        .iter()
        .filter_map(|source| {
            let name = source.path.strip_suffix(".yaml")?;
            let package = PACKAGES.iter().map(|(package, _)| *package).find(|own| *own == name)?;
            Some((source.id, package))
        })
        .collect();
    let mut entries = defined(&package, &places);
    for entry in &mut entries {
        entry.needs = needs.get(&entry.name).cloned().unwrap_or_default();
    }
    entries.sort_by(|a, b| (a.package, a.kind).cmp(&(b.package, b.kind)));
    entries
}

/// The same, with how a project stands to each: what is nearest comes first.
#[must_use]
pub fn entries_of(loaded: &Loaded, schemas: &Schemas) -> Vec<Entry> {
    let own = lacking(&loaded.package, schemas);
    let has = names(&loaded.package);
    let mut package = loaded.package.clone();
    package.forget_imports();
    let mut sources = loaded.sources.clone();
    let mut diagnostics = Diagnostics::default();
    import_all(&all(), &mut package, &mut sources, &mut diagnostics);
    expand(&mut package, &mut diagnostics);
    let missing = lacking(&package, schemas);
    let mut entries = entries();
    for entry in &mut entries {
        let name = &entry.name;
        entry.state = Some(match missing.get(name) {
            Some(needs) => State::Lacks(needs.clone()),
            None if has.contains(name.as_str()) && !own.contains_key(name) => State::InUse,
            None => State::Ready,
        });
    }
    entries.sort_by_cached_key(|entry| {
        let count = match &entry.state {
            None | Some(State::Ready) => 0,
            Some(State::Lacks(needs)) => needs.len(),
            Some(State::InUse) => usize::MAX,
        };
        (count, entry.package, entry.kind)
    });
    entries
}

/// The names that a project defines, its packages included.
fn names(package: &Package) -> BTreeSet<&str> {
    let metrics = package.metrics.iter().map(|spec| &spec.name);
    let journeys = package.journeys.iter().map(|spec| &spec.name);
    let scores = package.scores.iter().map(|spec| &spec.name);
    metrics.chain(journeys).chain(scores).map(|name| name.node.as_str()).collect()
}

/// All packages, as if `use:` named them.
fn all() -> Vec<Spanned<String>> {
    let span = Span::new(SourceId(0), 0, 0);
    PACKAGES.iter().map(|(name, _)| Spanned { node: (*name).to_owned(), span }).collect()
}

/// What a package defines for readers.
fn defined(package: &Package, places: &BTreeMap<SourceId, &'static str>) -> Vec<Entry> {
    let entry = |name: &Spanned<String>, kind, meta: &Meta, question: &Option<Spanned<String>>| {
        let text =
            |text: &Option<Spanned<String>>| text.as_ref().map(|text| text.node.trim().to_owned());
        Some(Entry {
            name: name.node.clone(),
            kind,
            package: places.get(&name.span.source)?,
            label: text(&meta.label),
            question: text(question),
            description: text(&meta.description),
            category: None,
            stage: None,
            needs: Vec::new(),
            state: None,
        })
    };
    let metrics = package.metrics.iter().filter(|spec| !spec.is_derived()).filter_map(|spec| {
        let kind = match &spec.form {
            Some(FormSpec::List(_)) => EntryKind::List,
            _ if spec.category.is_some() => EntryKind::Kpi,
            _ => return None,
        };
        let node = |text: &Option<Spanned<String>>| text.as_ref().map(|text| text.node.clone());
        let (category, stage) = (node(&spec.category), node(&spec.stage));
        Some(Entry { category, stage, ..entry(&spec.name, kind, &spec.meta, &spec.question)? })
    });
    let journeys = package.journeys.iter();
    let journeys = journeys
        .filter_map(|spec| entry(&spec.name, EntryKind::Journey, &spec.meta, &spec.question));
    let scores = package.scores.iter();
    let scores =
        scores.filter_map(|spec| entry(&spec.name, EntryKind::Score, &spec.meta, &spec.question));
    metrics.chain(journeys).chain(scores).collect()
}

/// What is needed in few words: a dataset with its kind, links and columns, an entity with what must be known of it.
///
/// ```
/// use milepost::catalog::describe;
/// use milepost::semantics::model::Need;
///
/// let needs = [
///     Need::Dataset("orders".into()),
///     Need::Kind { dataset: "orders".into(), kind: "events".into() },
///     Need::Column { dataset: "orders".into(), column: "amount".into() },
///     Need::Entity("account".into()),
/// ];
/// assert_eq!(describe(&needs), ["entity account", "dataset orders (events; column amount)"]);
/// ```
#[must_use]
pub fn describe(needs: &[Need]) -> Vec<String> {
    #[derive(Default)]
    struct Parts {
        kind: Option<String>,
        links: Vec<String>,
        columns: Vec<String>,
        lives: bool,
    }
    let mut found: BTreeMap<(bool, &str), Parts> = BTreeMap::new();
    for need in needs {
        match need {
            Need::Entity(entity) => _ = found.entry((false, entity)).or_default(),
            Need::Lives(entity) => found.entry((false, entity)).or_default().lives = true,
            Need::Parent { entity, parent } => {
                found.entry((false, entity)).or_default().links.push(parent.clone());
            }
            Need::Attribute { entity, column } => {
                found.entry((false, entity)).or_default().columns.push(column.clone());
            }
            Need::Dataset(dataset) => _ = found.entry((true, dataset)).or_default(),
            Need::Kind { dataset, kind } => {
                found.entry((true, dataset)).or_default().kind = Some(kind.clone());
            }
            Need::Link { dataset, entity } => {
                found.entry((true, dataset)).or_default().links.push(entity.clone());
            }
            Need::Column { dataset, column } => {
                found.entry((true, dataset)).or_default().columns.push(column.clone());
            }
        }
    }
    let several = |one: &str, names: &[String]| {
        let word = if names.len() == 1 { one.to_owned() } else { format!("{one}s") };
        (!names.is_empty()).then(|| format!("{word} {}", names.join(", ")))
    };
    let line = |((is_dataset, name), parts): ((bool, &str), Parts)| {
        let what = if is_dataset { "dataset" } else { "entity" };
        let links = if is_dataset { "link to" } else { "belongs to" };
        let links =
            (!parts.links.is_empty()).then(|| format!("{links} {}", parts.links.join(", ")));
        let lives = parts.lives.then(|| "lives".to_owned());
        let all = [parts.kind, links, several("column", &parts.columns), lives];
        let all: Vec<String> = all.into_iter().flatten().collect();
        if all.is_empty() {
            format!("{what} {name}")
        } else {
            format!("{what} {name} ({})", all.join("; "))
        }
    };
    found.into_iter().map(line).collect()
}
