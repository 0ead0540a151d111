//! How many keys of each link lead to a member.

use std::collections::BTreeMap;
use std::path::Path;

use milepost_engine::{Data, Engine, Sketch, sketch};
use milepost_semantics::model::{ColumnId, ColumnSource, Dataset, DatasetId, EntityId, Model};

use crate::error::Error;
use crate::steps;

/// How many keys of a link match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRate {
    /// `invoices.customer_no`
    pub from: String,
    pub entity: String,
    /// Keys of rows where a metric reads the link, else different keys of the files; of very many a sample.
    pub keys: u64,
    pub matched: u64,
    /// Whether a metric reads it.
    pub is_read: bool,
}

/// The rates of all links of a project that was opened: of those that metrics read by their rows, of the others by the different
/// keys in their files, those that match least first.
///
/// # Errors
/// When the engine fails. Files of links that nothing reads are left out where they can't be read.
pub fn rates(
    root: &Path,
    engine: &Engine,
    model: &Model,
    data: &Data,
) -> Result<Vec<LinkRate>, Error> {
    let read = steps::link_matches(engine, model, data)?;
    let mut rates: Vec<LinkRate> = read
        .iter()
        .map(|link| LinkRate {
            from: name(model, link.dataset, &link.columns),
            entity: model[link.entity].name.clone(),
            keys: link.keys,
            matched: link.matched,
            is_read: true,
        })
        .collect();
    let mut homes = BTreeMap::new();
    for (at, dataset) in model.datasets.iter().enumerate() {
        let id = DatasetId(at);
        for (entity, columns) in &dataset.entities {
            let is_known = read.iter().any(|link| link.dataset == id && link.entity == *entity);
            if !is_known {
                rates.extend(unread(root, model, (id, *entity, columns), &mut homes));
            }
        }
    }
    // By the share of keys that match, compared without rounding.
    rates.sort_by(|a, b| {
        let cross = |a: &LinkRate, b: &LinkRate| u128::from(a.matched) * u128::from(b.keys);
        cross(a, b).cmp(&cross(b, a)).then_with(|| a.from.cmp(&b.from))
    });
    Ok(rates)
}

fn name(model: &Model, dataset: DatasetId, columns: &[ColumnId]) -> String {
    let dataset = &model[dataset];
    let columns = columns.iter().map(|column| dataset[*column].name.as_str());
    format!("{}.{}", dataset.name, columns.collect::<Vec<_>>().join(", "))
}

/// A link that no metric reads, by the values in the files of both sides; `homes`: the keys of each entity, read once.
fn unread(
    root: &Path,
    model: &Model,
    (dataset, entity, columns): (DatasetId, EntityId, &[ColumnId]),
    homes: &mut BTreeMap<EntityId, Option<Sketch>>,
) -> Option<LinkRate> {
    let home = model[entity].home.filter(|home| *home != dataset)?;
    let there = model[home].entity_key(entity)?;
    let own = values(root, &model[dataset], columns)?;
    let other = homes.entry(entity).or_insert_with(|| values(root, &model[home], there));
    let (matched, keys) = own.within(other.as_ref()?);
    let from = name(model, dataset, columns);
    (keys > 0).then(|| LinkRate {
        from,
        entity: model[entity].name.clone(),
        keys,
        matched,
        is_read: false,
    })
}

/// The different values of columns in the files; nothing of computed ones, and of rows that are in no file.
fn values(root: &Path, dataset: &Dataset, columns: &[ColumnId]) -> Option<Sketch> {
    if dataset.missing || dataset.derived.is_some() {
        return None;
    }
    let names: Option<Vec<&str>> = columns
        .iter()
        .map(|column| match &dataset[*column].source {
            ColumnSource::File(name) => Some(name.as_str()),
            ColumnSource::Computed(_) | ColumnSource::MemberName(_) => None,
        })
        .collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    sketch(root, &dataset.from, &names?, threads).ok()
}
