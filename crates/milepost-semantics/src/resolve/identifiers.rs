//! Columns that identify members and rows. Where nobody says what they are, files without types don't either: `007` is not 7.

use std::collections::{BTreeMap, BTreeSet};

use super::datasets::parse_type;
use super::needs::DataNeed;
use crate::model::Type;
use milepost_syntax::ast::{DatasetSpec, EntitySpec, Package};

/// A part of an entity's key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyPart {
    pub entity: String,
    /// Its place in the key.
    pub part: usize,
}

/// A column that identifies members or rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// Its name in the files.
    pub column: String,
    /// As declared.
    pub ty: Option<Type>,
    /// Nobody says what it is: it is not declared, and no key that it is compared with is computed.
    pub is_open: bool,
    /// The keys that it holds.
    pub keys: Vec<KeyPart>,
}

/// The columns of a dataset that its key, its links or `unique` name. What places rows in time is none.
pub(super) fn identifiers(spec: &DatasetSpec, package: &Package) -> Vec<Identifier> {
    let valid = spec.valid.iter().flat_map(|valid| [&valid.node.0, &valid.node.1]);
    let times: Vec<&str> = spec.time.iter().chain(valid).map(|time| time.node.as_str()).collect();
    let unknown: BTreeSet<KeyPart> = package
        .datasets
        .iter()
        .flat_map(|other| named(other, package).map(move |named| (other, named)))
        .filter(|(other, (name, _))| computed_type(other, name) == Some(None))
        .filter_map(|(_, (_, key))| key)
        .collect();
    let mut list: Vec<Identifier> = Vec::new();
    for (name, key) in named(spec, package).filter(|(name, _)| !times.contains(name)) {
        let declared = spec.columns.iter().find(|column| column.name.node == name);
        if computed_type(spec, name) == Some(None) {
            continue;
        }
        let column = declared.and_then(|column| column.column.as_ref());
        let column = column.map_or(name, |column| &column.node);
        let at = list.iter().position(|known| known.column == column).unwrap_or_else(|| {
            let ty = declared.and_then(|column| column.ty.as_ref());
            let ty = ty.map(|ty| parse_type(&ty.node).unwrap_or(Type::Unknown));
            let is_open = ty.is_none();
            list.push(Identifier { column: column.to_owned(), ty, is_open, keys: Vec::new() });
            list.len() - 1
        });
        list[at].is_open &= key.as_ref().is_none_or(|key| !unknown.contains(key));
        list[at].keys.extend(key);
    }
    list
}

/// The declared type of a computed column, if it is one.
fn computed_type(spec: &DatasetSpec, name: &str) -> Option<Option<Type>> {
    let column = spec.columns.iter().find(|column| column.name.node == name)?;
    column.value.as_ref()?;
    Some(column.ty.as_ref().and_then(|ty| parse_type(&ty.node)))
}

/// The columns by their names in specs, each with a key that it holds.
fn named<'a>(
    spec: &'a DatasetSpec,
    package: &'a Package,
) -> impl Iterator<Item = (&'a str, Option<KeyPart>)> {
    let part =
        |entity: &EntitySpec, part: usize| Some(KeyPart { entity: entity.name.node.clone(), part });
    let own = spec.unique.iter().chain(&spec.key).map(|name| (name.node.as_str(), None));
    let links = spec.entities.iter().flat_map(|link| {
        let entity = &link.entity.node;
        link.columns.iter().enumerate().map(move |(part, name)| {
            (name.node.as_str(), Some(KeyPart { entity: entity.clone(), part }))
        })
    });
    let is_home =
        |entity: &&EntitySpec| entity.home.as_ref().is_some_and(|home| home.node == spec.name.node);
    let homes = package.entities.iter().filter(is_home);
    let keys = homes.clone().flat_map(move |entity| {
        // In the entity's order, if the home has its names.
        let of_home = |name: &str| spec.key.iter().any(|own| own.node == name);
        let by_name = entity.key.iter().all(|name| of_home(&name.node));
        let key = if by_name { &entity.key } else { &spec.key };
        key.iter().enumerate().map(move |(at, name)| (name.node.as_str(), part(entity, at)))
    });
    let parents = homes.flat_map(|entity| &entity.belongs_to).flat_map(move |parent| {
        let parents = package.entities.iter().filter(|other| other.name.node == parent.node);
        parents.flat_map(move |parent| {
            let key = parent.key.iter().enumerate();
            key.map(move |(at, name)| (name.node.as_str(), part(parent, at)))
        })
    });
    own.chain(links).chain(keys).chain(parents)
}

/// Who says that a key is a whole number, by the key's part: a declared type, or files that have types; `typed` tells
/// what these have.
#[must_use]
pub fn whole_keys(
    needs: &[DataNeed],
    typed: impl Fn(&DataNeed, &str) -> Option<Type>,
) -> BTreeMap<KeyPart, String> {
    let mut whole = BTreeMap::new();
    for need in needs {
        for identifier in &need.identifiers {
            let column = &identifier.column;
            let by = match identifier.ty {
                Some(ty) => ty.is_numeric().then_some("is declared as a number"),
                None => typed(need, column)
                    .filter(|ty| ty.is_numeric())
                    .map(|_| "holds numbers in its files"),
            };
            let Some(by) = by else { continue };
            for key in &identifier.keys {
                let by = || format!("`{column}` of `{}` {by}", need.name);
                whole.entry(key.clone()).or_insert_with(by);
            }
        }
    }
    whole
}
