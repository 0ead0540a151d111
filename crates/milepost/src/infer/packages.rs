//! Which packages of the catalog fit a project that was just made, and what maps its names to theirs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use milepost_engine::Engine;
use milepost_semantics::model::Need;
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::{FileKind, PROJECT_FILE};

use super::project::formatted;
use super::table::{Kind, Table};
use super::{Inferred, specs, words};
use crate::catalog::{Entry, State, describe, entries_of};
use crate::error::Error;
use crate::sources::Memory;
use crate::steps;

/// Where datasets under the names of the catalog go.
const CATALOG_SPECS: &str = "specs/catalog.yaml";

/// A package that has something for a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageFit {
    pub package: &'static str,
    /// The KPIs, lists, scores and journeys that the project has all data for, by their names.
    pub ready: Vec<String>,
    /// How many the package has.
    pub all: usize,
    /// What the others lack, in words.
    pub lacks: Vec<String>,
}

/// A text to paste.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paste {
    /// Where it goes, in words: `milepost.yaml`.
    pub place: String,
    pub text: String,
}

/// The packages of which a project can show something, those with the most first.
#[must_use]
pub fn fits(entries: &[Entry]) -> Vec<PackageFit> {
    let mut found: BTreeMap<&'static str, (PackageFit, BTreeSet<Need>)> = BTreeMap::new();
    for entry in entries {
        let empty = || {
            let fit =
                PackageFit { package: entry.package, ready: Vec::new(), all: 0, lacks: Vec::new() };
            (fit, BTreeSet::new())
        };
        let (fit, needs) = found.entry(entry.package).or_insert_with(empty);
        fit.all += 1;
        match &entry.state {
            Some(State::Lacks(lacks)) => needs.extend(lacks.iter().cloned()),
            Some(State::Ready | State::InUse) | None => fit.ready.push(entry.name.clone()),
        }
    }
    let mut fits: Vec<PackageFit> = found
        .into_values()
        .filter(|(fit, _)| !fit.ready.is_empty())
        .map(|(fit, needs)| {
            let needs: Vec<Need> = needs.into_iter().collect();
            PackageFit { lacks: describe(&needs), ..fit }
        })
        .collect();
    fits.sort_by_key(|fit| (usize::MAX - fit.ready.len(), fit.package));
    fits
}

/// Other names of the datasets of the catalog.
const DATASETS: [(&str, &[&str]); 12] = [
    ("events", &["usage", "activity", "activities", "tracks", "logins", "sessions", "actions"]),
    ("subscriptions", &["contracts", "agreements", "licenses", "subscription"]),
    ("invoices", &["charges", "bills", "payments", "invoice"]),
    ("tickets", &["cases", "issues", "conversations", "requests"]),
    ("answers", &["responses", "surveys", "nps", "feedback", "ratings"]),
    ("touches", &["messages", "emails", "sends", "deliveries", "mails"]),
    ("invites", &["invitations", "surveys_sent"]),
    ("kb_views", &["articles", "article_views", "help_views"]),
    ("goals", &["outcomes", "objectives", "success_plans"]),
    ("outreach", &["calls", "meetings", "interactions"]),
    ("posts", &["community", "threads"]),
    ("costs", &["expenses", "spend"]),
];

/// Other names of the columns of the catalog.
const COLUMNS: [(&str, &[&str]); 16] = [
    (
        "mrr",
        &[
            "monthly_recurring_revenue",
            "monthly_amount",
            "monthly_value",
            "monthly_fee",
            "monthly_price",
        ],
    ),
    ("seats", &["licenses", "licences", "quantity", "seat_count", "paid_seats", "number_of_seats"]),
    (
        "amount",
        &["total", "amount_due", "amount_paid", "total_amount", "gross_amount", "net_amount"],
    ),
    ("name", &["event", "event_name", "event_type", "action"]),
    ("score", &["rating", "nps_score", "nps", "answer"]),
    ("channel", &["medium", "message_type", "channel_type"]),
    ("delivered_at", &["delivered", "delivery_time"]),
    ("opened_at", &["opened", "open_time", "first_opened_at"]),
    ("clicked_at", &["clicked", "click_time", "first_clicked_at"]),
    (
        "created_at",
        &["created", "customer_since", "signup_date", "created_date", "start_date", "created_on"],
    ),
    ("churned_at", &["churned", "churn_date", "cancelled_at", "canceled_at", "churned_on"]),
    ("renewal_at", &["renewal_date", "next_renewal", "renews_at", "contract_end", "renewal"]),
    ("plan", &["tier", "package", "edition", "plan_name", "product"]),
    ("role", &["job_title", "title", "position", "persona"]),
    ("activated_at", &["first_login", "first_login_at", "activated", "first_seen"]),
    ("csm_id", &["csm", "owner_id", "account_owner_id", "csm_owner_id"]),
];

/// What the catalog has for a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// The packages that fit, once everything is pasted.
    pub fits: Vec<PackageFit>,
    pub pastes: Vec<Paste>,
}

/// What is added to a project so that packages find what they name.
#[derive(Debug, Default)]
struct Mapping {
    /// Datasets of the catalog, each with the table that it is made of, and the columns that are computed from others.
    datasets: BTreeMap<String, (usize, Added)>,
    /// The same columns of tables that have the right name.
    columns: BTreeMap<usize, Added>,
}

/// Columns by their names, and those that they are computed from.
type Added = BTreeMap<String, String>;

impl Inferred {
    /// What packages of the catalog would show of the project in `root`, and what to paste for that. Everything that is offered
    /// was checked with the project.
    ///
    /// # Errors
    /// The machine gives no threads.
    pub fn offer(&self, root: &Path) -> Result<Offer, Error> {
        // One engine: it knows the columns of files that it has read.
        let engine = steps::engine(root)?;
        let plain = self.entries(&engine, &Mapping::default(), &[]).unwrap_or_default();
        let mut mapping = self.mapping(&plain);
        let entries = self.entries(&engine, &mapping, &[]).unwrap_or_default();
        let mut uses: Vec<&str> = Vec::new();
        for fit in fits(&entries) {
            let with: Vec<&str> = uses.iter().copied().chain([fit.package]).collect();
            if self.entries(&engine, &mapping, &with).is_some() {
                uses = with;
            }
        }
        let is_shown =
            |entry: &&Entry| entry.state == Some(State::Ready) && uses.contains(&entry.package);
        let needed = entries.iter().filter(is_shown).flat_map(|entry| &entry.needs).collect();
        self.keep(&mut mapping, &needed);
        let fits = fits(&entries).into_iter().filter(|fit| uses.contains(&fit.package)).collect();
        Ok(Offer {
            fits,
            pastes: if uses.is_empty() { Vec::new() } else { self.pastes(&uses, &mapping) },
        })
    }

    /// Leaves what something is shown by.
    fn keep(&self, mapping: &mut Mapping, needed: &BTreeSet<&Need>) {
        mapping.datasets.retain(|name, _| needed.contains(&Need::Dataset(name.clone())));
        for (at, columns) in &mut mapping.columns {
            let dataset = &self.tables[*at].name;
            let is_needed = |column: &str| {
                needed.iter().any(|need| match need {
                    Need::Column { dataset: of, column: name } => of == dataset && name == column,
                    Need::Attribute { column: name, .. } => name == column,
                    _ => false,
                })
            };
            columns.retain(|name, _| is_needed(name));
        }
        mapping.columns.retain(|_, columns| !columns.is_empty());
    }

    /// How the project with a mapping stands to the catalog; nothing where it has mistakes with these packages.
    fn entries(&self, engine: &Engine, mapping: &Mapping, uses: &[&str]) -> Option<Vec<Entry>> {
        let mut files = Memory::new();
        for (path, text) in &self.texts {
            let text = match path.as_str() {
                PROJECT_FILE if !uses.is_empty() => format!("{text}{}", use_line(uses)),
                "specs/data.yaml" => self.data_with(&mapping.columns),
                _ => text.clone(),
            };
            files = files.with(path.clone(), text);
        }
        if !mapping.datasets.is_empty() {
            files = files.with(CATALOG_SPECS, self.catalog_specs(mapping));
        }
        let mut diagnostics = Diagnostics::default();
        let loaded = steps::load(&files, &mut diagnostics);
        let schemas = steps::schemas(engine, &loaded.package, &mut diagnostics);
        let model = steps::check(&loaded, &schemas, &mut diagnostics);
        model.map(|_| entries_of(&loaded, &schemas))
    }

    /// What of the catalog could be mapped, whatever comes of it.
    fn mapping(&self, entries: &[Entry]) -> Mapping {
        let needs: BTreeSet<&Need> = entries.iter().flat_map(|entry| &entry.needs).collect();
        let lacks = entries.iter().filter_map(|entry| match &entry.state {
            Some(State::Lacks(needs)) => Some(needs),
            Some(State::Ready | State::InUse) | None => None,
        });
        let mut mapping = Mapping::default();
        for need in lacks.flatten().collect::<BTreeSet<_>>() {
            match need {
                Need::Dataset(wanted) => {
                    if let Some((at, columns)) = self.under_its_name(wanted, &needs) {
                        mapping.datasets.insert(wanted.clone(), (at, columns));
                    }
                }
                Need::Column { dataset, column } => {
                    let at = self.tables.iter().position(|table| table.name == *dataset);
                    self.add(&mut mapping, at, column);
                }
                Need::Attribute { entity, column } => {
                    let home = self.homes.iter().find(|(name, _)| name == entity);
                    self.add(&mut mapping, home.map(|(_, at)| *at), column);
                }
                _ => {}
            }
        }
        mapping
    }

    fn add(&self, mapping: &mut Mapping, at: Option<usize>, wanted: &str) {
        let table = at.map(|at| (at, &self.tables[at]));
        let Some((at, table)) = table.filter(|(_, table)| table.kind != Kind::Nothing) else {
            return;
        };
        if let Some((name, from)) = added(table, wanted) {
            mapping.columns.entry(at).or_default().insert(name, from);
        }
    }

    /// A dataset that the project lacks, made of a table that is named otherwise.
    fn under_its_name(&self, wanted: &str, needs: &BTreeSet<&Need>) -> Option<(usize, Added)> {
        let kinds = needs.iter().filter_map(|need| match need {
            Need::Kind { dataset, kind } if dataset == wanted => Some(kind.as_str()),
            _ => None,
        });
        let kinds: Vec<&str> = kinds.collect();
        let others =
            DATASETS.iter().find(|(name, _)| *name == wanted).map_or(&[][..], |(_, others)| others);
        let fits = |table: &Table| {
            let is_named =
                words::has_word(&table.name, others) || words::has_word(&table.name, &[wanted]);
            is_named && kinds.contains(&kind_word(table.kind))
        };
        let at = self.tables.iter().position(fits)?;
        let columns = needs.iter().filter_map(|need| match need {
            Need::Column { dataset, column } if dataset == wanted => {
                added(&self.tables[at], column)
            }
            _ => None,
        });
        Some((at, columns.collect()))
    }

    /// The datasets under the names of the catalog.
    fn catalog_specs(&self, mapping: &Mapping) -> String {
        let datasets = mapping.datasets.iter().map(|(name, (at, columns))| {
            specs::dataset_as(&self.tables[*at], name, &self.prefix, columns)
        });
        let text = format!("datasets:\n{}", datasets.collect::<Vec<_>>().join("\n"));
        let (_, text) = formatted(CATALOG_SPECS, FileKind::Spec, text);
        text
    }

    fn pastes(&self, uses: &[&str], mapping: &Mapping) -> Vec<Paste> {
        let mut pastes = vec![Paste { place: PROJECT_FILE.to_owned(), text: use_line(uses) }];
        if !mapping.datasets.is_empty() {
            let place = format!("a new file {CATALOG_SPECS}");
            pastes.push(Paste { place, text: self.catalog_specs(mapping) });
        }
        for (at, columns) in &mapping.columns {
            let lines =
                columns.iter().map(|(name, from)| format!("      {name}: {{ value: {from} }}\n"));
            let place = format!("specs/data.yaml, under `columns:` of `{}`", self.tables[*at].name);
            pastes.push(Paste { place, text: lines.collect() });
        }
        pastes
    }
}

/// The line that uses packages, in the style of `milepost fmt`: several lines, if they are many.
fn use_line(uses: &[&str]) -> String {
    const BEFORE: &str = "project: x\n";
    let text = format!("{BEFORE}use: [{}]\n", uses.join(", "));
    let (_, text) = formatted(PROJECT_FILE, FileKind::Project, text);
    text.strip_prefix(BEFORE).unwrap_or(&text).trim_start_matches('\n').to_owned()
}

const fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Attributes => "attributes",
        Kind::History { .. } => "history",
        Kind::Snapshot { .. } => "snapshot",
        Kind::Events { .. } => "events",
        Kind::Nothing => "",
    }
}

/// A column of the catalog, computed from the one that a table has instead; nothing where it has the column or none like it.
fn added(table: &Table, wanted: &str) -> Option<(String, String)> {
    if table.column(wanted).is_some() {
        return None;
    }
    let others =
        COLUMNS.iter().find(|(name, _)| *name == wanted).map_or(&[][..], |(_, others)| others);
    let by_name = others.iter().find_map(|other| table.column(other));
    let is_time = wanted == "ts" || wanted == "at" || wanted == "start" || wanted == "opened";
    let by_time = || table.time().filter(|_| is_time);
    let stem = |name: &str| name.rsplit_once('_').map(|(stem, _)| stem.to_owned());
    // `mrr_usd`
    let with_unit = || {
        table
            .columns
            .iter()
            .position(|c| c.unit.is_some() && stem(&c.name).as_deref() == Some(wanted))
    };
    let at = by_name.or_else(with_unit).or_else(by_time)?;
    let column = &table.columns[at];
    // What is personal stays so, under any name; a text is no time.
    let is_fit = column.is_time() || !wanted.ends_with("_at");
    is_fit.then(|| (wanted.to_owned(), column.name.clone()))
}
