//! Columns that identify members and rows. Where nobody says what they are, files without types don't either: `007` is not 7.

use std::collections::BTreeMap;

use super::datasets::parse_type;
use super::needs::DataNeed;
use crate::model::Type;
use milepost_syntax::ast::{DatasetSpec, Package};

/// A part of an entity's key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyPart {
    pub entity: String,
    /// Its place in the key.
    pub part: usize,
}

/// A column of files by which members or rows are told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// Its name in the files.
    pub column: String,
    /// As declared.
    pub ty: Option<Type>,
    /// The keys that it holds.
    pub keys: Vec<KeyPart>,
}

/// The columns of a dataset's files that its key, its links or `unique` name. What places rows in time is none.
pub(super) fn identifiers(spec: &DatasetSpec, package: &Package) -> Vec<Identifier> {
    let mut found = Identifiers { spec, list: Vec::new() };
    for name in spec.unique.iter().chain(&spec.key) {
        found.add(&name.node, None);
    }
    for link in &spec.entities {
        for (part, name) in link.columns.iter().enumerate() {
            found.add(&name.node, Some(KeyPart { entity: link.entity.node.clone(), part }));
        }
    }
    let is_home = |home: &str| home == spec.name.node;
    let homes = package.entities.iter();
    for entity in homes.filter(|entity| entity.home.as_ref().is_some_and(|home| is_home(&home.node))) {
        for (part, name) in spec.key.iter().enumerate() {
            found.add(&name.node, Some(KeyPart { entity: entity.name.node.clone(), part }));
        }
        for parent in &entity.belongs_to {
            let parent = package.entities.iter().find(|other| other.name.node == parent.node);
            let key = parent.map_or(&[][..], |parent| &parent.key);
            for (part, name) in key.iter().enumerate() {
                let entity = parent.map_or_else(String::new, |parent| parent.name.node.clone());
                found.add(&name.node, Some(KeyPart { entity, part }));
            }
        }
    }
    found.list
}

struct Identifiers<'a> {
    spec: &'a DatasetSpec,
    list: Vec<Identifier>,
}

impl Identifiers<'_> {
    /// Adds a column by the name that the specs know it by.
    fn add(&mut self, name: &str, key: Option<KeyPart>) {
        let spec = self.spec;
        let valid = spec.valid.iter().flat_map(|valid| [&valid.node.0, &valid.node.1]);
        if spec.time.iter().chain(valid).any(|time| time.node == name) {
            return;
        }
        let declared = spec.columns.iter().find(|column| column.name.node == name);
        if declared.is_some_and(|column| column.value.is_some()) {
            return;
        }
        let column = declared.and_then(|column| column.column.as_ref());
        let column = column.map_or(name, |column| &column.node);
        let ty = declared.and_then(|column| column.ty.as_ref());
        let ty = ty.map(|ty| parse_type(&ty.node).unwrap_or(Type::Unknown));
        match self.list.iter_mut().find(|known| known.column == column) {
            Some(known) => known.keys.extend(key),
            None => self.list.push(Identifier {
                column: column.to_owned(),
                ty,
                keys: key.into_iter().collect(),
            }),
        }
    }
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
                Some(ty) => ty.is_numeric().then(|| "is declared as a number"),
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
