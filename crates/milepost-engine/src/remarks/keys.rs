//! Keys that lead to no member, and rows that name none.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;

use milepost_semantics::model::{CheckRule, ColumnId, DatasetId, EntityId, Hop, Model};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

use super::Remark;
use crate::data::Data;
use crate::error::EngineError;
use crate::sql::{Scope, ident};

/// So many keys without a match are shown.
const EXAMPLES: usize = 3;

/// How many of the keys of a link lead to a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkMatch {
    pub dataset: DatasetId,
    /// The columns that hold the key.
    pub columns: Vec<ColumnId>,
    pub entity: EntityId,
    /// Rows that have the key, and those of them that it leads to a row of the home.
    pub keys: u64,
    pub matched: u64,
}

/// How many keys of each link that is read lead to a member, by dataset.
pub(crate) async fn matches(model: &Model, data: &Data) -> Result<Vec<LinkMatch>, EngineError> {
    let mut matches = Vec::new();
    for (link, Found { rows, empty, unmatched }) in all(model, data, |_| true).await? {
        let Hop { from, from_columns, entity, .. } = link.hop;
        let keys = rows - empty;
        let columns = from_columns.clone();
        let (dataset, entity, matched) = (*from, *entity, keys - unmatched);
        matches.push(LinkMatch { dataset, columns, entity, keys, matched });
    }
    Ok(matches)
}

/// What is to be said of every link that is read, but for those that a check promises something of.
pub(super) async fn remarks(model: &Model, data: &Data) -> Result<Vec<Remark>, EngineError> {
    let mut remarks = Vec::new();
    for (link, found) in all(model, data, |hop| !is_promised(model, hop)).await? {
        remarks.extend(of(model, data, &link, found).await?);
    }
    Ok(remarks)
}

/// The links that are read and that `asked` accepts, with what was counted of each.
async fn all<'m>(
    model: &'m Model,
    data: &'m Data,
    asked: impl Fn(&Hop) -> bool,
) -> Result<Vec<(Link<'m>, Found)>, EngineError> {
    let mut by_dataset: BTreeMap<DatasetId, Vec<&Hop>> = BTreeMap::new();
    let is_open = |id: DatasetId| data.status(id).is_some();
    let asked = |hop: &&Hop| is_open(hop.from) && is_open(hop.to) && asked(hop);
    for hop in data.links.iter().filter(asked) {
        by_dataset.entry(hop.from).or_default().push(hop);
    }
    let mut links = Vec::new();
    for (dataset, hops) in by_dataset {
        let own: Vec<Link<'_>> =
            hops.into_iter().enumerate().map(|(at, hop)| Link::new(model, hop, at)).collect();
        let what = format!("keys of dataset `{}`", model[dataset].name);
        let found = counts(data, &what, &own).await?;
        links.extend(own.into_iter().zip(found));
    }
    Ok(links)
}

/// Whether a `relation` check of the dataset looks at the key.
fn is_promised(model: &Model, hop: &Hop) -> bool {
    model[hop.from].checks.iter().any(
        |check| matches!(&check.rule, CheckRule::Relation { entity, .. } if *entity == hop.entity),
    )
}

/// Rows of a dataset: all, those without the key, those whose key leads nowhere.
#[derive(Clone, Copy)]
struct Found {
    rows: u64,
    empty: u64,
    unmatched: u64,
}

/// A link as SQL.
struct Link<'m> {
    hop: &'m Hop,
    /// The parts of the key in the rows.
    keys: Vec<String>,
    /// That the key is there.
    present: String,
    /// That the key is there, and no member of its home.
    unmatched: String,
    /// The home under a name of its own, and when a row of it is meant.
    home: (String, String),
    scope: Scope<'m>,
}

impl<'m> Link<'m> {
    fn new(model: &'m Model, hop: &'m Hop, at: usize) -> Self {
        let mut scope = Scope::new(model, hop.from);
        let keys: Vec<String> =
            hop.from_columns.iter().map(|c| scope.column(&[], hop.from, *c)).collect();
        let mut there = Scope::new(model, hop.to);
        let columns = hop.to_columns.iter().map(|c| there.column(&[], hop.to, *c)).enumerate();
        let columns: Vec<String> = columns.map(|(n, sql)| format!("{sql} AS k{n}")).collect();
        // No dataset has such a name.
        let alias = ident(&format!("home {at}"));
        let home = format!("(SELECT {} FROM {}) AS {alias}", columns.join(", "), there.tables());
        let on = keys.iter().enumerate().map(|(n, key)| format!("{key} = {alias}.k{n}"));
        let on = on.collect::<Vec<_>>().join(" AND ");
        let present: Vec<String> = keys.iter().map(|key| format!("{key} IS NOT NULL")).collect();
        let present = present.join(" AND ");
        let unmatched = format!("{present} AND {alias}.k0 IS NULL");
        Self { hop, keys, present, unmatched, home: (home, on), scope }
    }

    /// The rows of the dataset beside those of its homes.
    fn tables(what: &str, links: &[Self]) -> Result<String, EngineError> {
        let scopes: Vec<&Scope<'_>> = links.iter().map(|link| &link.scope).collect();
        let apart = || EngineError::Internal(format!("{what}: joins that can't be one"));
        let rows = Scope::united(&scopes).ok_or_else(apart)?;
        // The home comes first: an engine keeps the first side of a join in memory, and lets the other one pass by.
        Ok(links.iter().fold(rows, |rows, link| {
            let (home, on) = &link.home;
            format!("{home} RIGHT JOIN ({rows}) ON {on}")
        }))
    }
}

/// How many rows there are, and of each link those without a key and those whose key leads nowhere: in one pass.
async fn counts(data: &Data, what: &str, links: &[Link<'_>]) -> Result<Vec<Found>, EngineError> {
    let counts =
        links.iter().flat_map(|link| [format!("NOT ({})", link.present), link.unmatched.clone()]);
    let counts = counts.map(|condition| format!("count(*) FILTER (WHERE {condition})"));
    let list: Vec<String> = std::iter::once("count(*)".to_owned()).chain(counts).collect();
    let named = list.iter().enumerate().map(|(n, count)| format!("{count} AS n{n}"));
    let named = named.collect::<Vec<_>>().join(", ");
    let impossible = || EngineError::Internal(format!("{what}: other counts than were asked for"));
    let tables = Link::tables(what, links)?;
    let counts = data.counts(what, &format!("SELECT {named} FROM {tables}")).await?;
    let (rows, counts) = counts.split_first().ok_or_else(impossible)?;
    let (counts, rest) = counts.as_chunks::<2>();
    if counts.len() != links.len() || !rest.is_empty() {
        return Err(impossible());
    }
    let found =
        |[empty, unmatched]: &[u64; 2]| Found { rows: *rows, empty: *empty, unmatched: *unmatched };
    Ok(counts.iter().map(found).collect())
}

async fn of(
    model: &Model,
    data: &Data,
    link: &Link<'_>,
    found: Found,
) -> Result<Vec<Remark>, EngineError> {
    let Hop { entity, from, to, .. } = link.hop;
    let (dataset, entity, home) = (&model[*from], &model[*entity].name, &model[*to].name);
    let names = link.hop.from_columns.iter().map(|c| format!("`{}`", dataset[*c].name));
    let names = names.collect::<Vec<_>>().join(", ");
    let Found { rows, empty, unmatched } = found;
    let mut remarks = Vec::new();
    if rows > 0 && empty == rows {
        let message = format!(
            "no row of `{}` has {names}, so none belongs to a row of `{home}`",
            dataset.name
        );
        let told = Diagnostic::warning(codes::UNMATCHED_KEYS, dataset.span, message)
            .help(format!("check the files: the key may be in another column (`entities: {{ {entity}: … }}`), or have been left out"));
        return Ok(vec![Remark::warned(*from, told)]);
    }
    if empty > 0 {
        let text =
            format!("{} of the rows ({empty} of {rows}) have no {names}", percent(empty, rows));
        remarks.push(Remark::noted(*from, text));
    }
    let keys = rows - empty;
    if unmatched == 0 {
        return Ok(remarks);
    }
    let examples = examples(model, data, link).await?;
    let message = format!(
        "{} of the keys {names} of `{}` ({unmatched} of {keys}) lead to no row of `{home}`{examples}",
        percent(unmatched, keys),
        dataset.name
    );
    if is_above(unmatched, keys, dataset.unmatched_keys) {
        let told = Diagnostic::warning(codes::UNMATCHED_KEYS, dataset.span, message)
            .help("compare how both files write the key: leading zeros, prefixes, spaces, the key of another system; behind a key that leads nowhere every column is empty")
            .help(format!("if that is right, allow more in `{}`: `unmatched_keys: {}%`", dataset.name, allowed(unmatched, keys)));
        remarks.push(Remark::warned(*from, told));
    } else {
        remarks.push(Remark::noted(*from, message));
    }
    Ok(remarks)
}

/// The most frequent keys without a match, where nobody is named by them.
async fn examples(model: &Model, data: &Data, link: &Link<'_>) -> Result<String, EngineError> {
    let Hop { from, from_columns, to, to_columns, .. } = link.hop;
    let personal = from_columns.iter().any(|c| model[*from][*c].pii)
        || to_columns.iter().any(|c| model[*to][*c].pii);
    if personal {
        return Ok(String::new());
    }
    let parts = link.keys.iter().enumerate();
    let parts: Vec<String> =
        parts.map(|(n, key)| format!("CAST({key} AS VARCHAR) AS k{n}")).collect();
    let names: Vec<String> = (0..parts.len()).map(|n| format!("k{n}")).collect();
    let names = names.join(", ");
    let what = format!("keys of dataset `{}`", model[*from].name);
    let tables = Link::tables(&what, std::slice::from_ref(link))?;
    let sql = format!(
        "SELECT {names} FROM (SELECT {} FROM {tables} WHERE {}) AS u GROUP BY {names} ORDER BY count(*) DESC, {names} LIMIT {EXAMPLES}",
        parts.join(", "),
        link.unmatched
    );
    let mut shown = Vec::new();
    for batch in data.answer(&what, &sql).await? {
        let texts = batch.columns().iter().map(|column| cast(column, &DataType::Utf8));
        let texts = texts
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| EngineError::Internal(e.to_string()))?;
        for row in 0..batch.num_rows() {
            let parts = texts.iter().map(|t| t.as_string::<i32>());
            let parts = parts.map(|t| if t.is_valid(row) { t.value(row) } else { "" });
            shown.push(format!("`{}`", parts.collect::<Vec<_>>().join(", ")));
        }
    }
    Ok(format!(" (for example {})", shown.join(", ")))
}

#[expect(clippy::cast_precision_loss, reason = "shares of rows: nothing hangs on the last digit")]
fn is_above(part: u64, whole: u64, share: f64) -> bool {
    part as f64 > share * whole as f64
}

/// `12.5 %`, cut and not rounded: only all are 100 %, and some are never 0 %.
fn percent(part: u64, whole: u64) -> String {
    let tenths = u128::from(part) * 1_000 / u128::from(whole.max(1));
    match (tenths / 10, tenths % 10) {
        (0, 0) => "less than 0.1 %".to_owned(),
        (n, 0) => format!("{n} %"),
        (n, tenth) => format!("{n}.{tenth} %"),
    }
}

/// Whole percent that allow as much.
fn allowed(part: u64, whole: u64) -> u128 {
    (u128::from(part) * 100).div_ceil(u128::from(whole.max(1)))
}
