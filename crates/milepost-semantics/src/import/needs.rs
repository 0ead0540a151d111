//! What packages require and a project lacks.

use std::collections::BTreeSet;

use super::mentions::Mentions;
use crate::model::Need;
use crate::schema::Schemas;
use milepost_syntax::ast::{DatasetSpec, EntitySpec, Package, RequiredDataset, RequiredEntity};
use milepost_syntax::span::Spanned;

/// Everything that is required and not there, each once.
pub(super) fn missing(package: &Package, schemas: &Schemas) -> BTreeSet<Need> {
    let mut list = BTreeSet::new();
    let project = Project { package, schemas };
    let unread = |name: &str| package.broken.iter().any(|broken| broken.node == name);
    for required in &package.requires.entities {
        let name = &required.name.node;
        match package.entities.iter().find(|entity| entity.name.node == *name) {
            Some(found) => list.extend(project.entity_lacks(required, found)),
            None if unread(name) => {}
            None => {
                list.insert(Need::Entity(name.clone()));
            }
        }
    }
    for required in &package.requires.datasets {
        let name = &required.name.node;
        match package.datasets.iter().find(|dataset| dataset.name.node == *name) {
            Some(found) => list.extend(project.dataset_lacks(required, found)),
            None if unread(name) => {}
            None => {
                list.insert(Need::Dataset(name.clone()));
            }
        }
    }
    list
}

/// Everything that packages require, whether it is there or not.
pub(super) fn required(package: &Package) -> BTreeSet<Need> {
    let mut list = BTreeSet::new();
    for RequiredEntity { name, belongs_to, columns } in &package.requires.entities {
        let entity = || name.node.clone();
        list.insert(Need::Entity(entity()));
        list.insert(Need::Lives(entity()));
        let parents = belongs_to.iter().map(|parent| parent.node.clone());
        list.extend(parents.map(|parent| Need::Parent { entity: entity(), parent }));
        let columns = columns.iter().map(|column| column.node.clone());
        list.extend(columns.map(|column| Need::Attribute { entity: entity(), column }));
    }
    for RequiredDataset { name, kind, links, columns } in &package.requires.datasets {
        let dataset = || name.node.clone();
        list.insert(Need::Dataset(dataset()));
        let kind = kind.iter().map(|kind| kind.node.clone());
        list.extend(kind.map(|kind| Need::Kind { dataset: dataset(), kind }));
        let links = links.iter().map(|link| link.node.clone());
        list.extend(links.map(|entity| Need::Link { dataset: dataset(), entity }));
        let columns = columns.iter().map(|column| column.node.clone());
        list.extend(columns.map(|column| Need::Column { dataset: dataset(), column }));
    }
    list
}

/// What the project itself defines, with the columns of its files.
#[derive(Clone, Copy)]
struct Project<'a> {
    package: &'a Package,
    schemas: &'a Schemas,
}

impl Project<'_> {
    fn entity_lacks(self, required: &RequiredEntity, found: &EntitySpec) -> Vec<Need> {
        let name = || required.name.node.clone();
        let home = found.home.as_ref().map(|home| home.node.as_str());
        let datasets = &self.package.datasets;
        let home = datasets.iter().find(|dataset| Some(dataset.name.node.as_str()) == home);
        // What was true of members stands in their histories.
        let history = datasets.iter().filter(|dataset| {
            kind_of(dataset) == Some("history")
                && dataset.entities.iter().any(|key| key.entity.node == found.name.node)
        });
        let places: Vec<&DatasetSpec> = home.into_iter().chain(history).collect();
        let knows = |column: &str| places.iter().any(|place| self.has_column(place, column));
        let columns = required.columns.iter().filter(|column| !knows(&column.node));
        let columns =
            columns.map(|column| Need::Attribute { entity: name(), column: column.node.clone() });
        let part_of = |parent: &str| {
            found.belongs_to.iter().any(|own| own.node == parent)
                || home.is_some_and(|home| has_link(self.package, home, parent))
        };
        let parents = required.belongs_to.iter().filter(|parent| !part_of(&parent.node));
        let parents =
            parents.map(|parent| Need::Parent { entity: name(), parent: parent.node.clone() });
        let lives = found.lives.is_none().then(|| Need::Lives(name()));
        lives.into_iter().chain(parents).chain(columns).collect()
    }

    fn dataset_lacks(self, required: &RequiredDataset, found: &DatasetSpec) -> Vec<Need> {
        let name = || required.name.node.clone();
        if let Some(kind) = &required.kind
            && let Some(own) = kind_of(found)
            && own != kind.node
        {
            return vec![Need::Kind { dataset: name(), kind: kind.node.clone() }];
        }
        let lacks_link = |link: &&Spanned<String>| !has_link(self.package, found, &link.node);
        let links = required.links.iter().filter(lacks_link);
        let links = links.map(|link| Need::Link { dataset: name(), entity: link.node.clone() });
        let columns =
            required.columns.iter().filter(|column| !self.has_column(found, &column.node));
        let columns =
            columns.map(|column| Need::Column { dataset: name(), column: column.node.clone() });
        links.chain(columns).collect()
    }

    /// Whether the dataset has the column, as far as can be known: what could not be read may have it.
    fn has_column(self, dataset: &DatasetSpec, column: &str) -> bool {
        let file = self.schemas.datasets.get(&dataset.name.node).filter(|file| !file.missing);
        let is_renamed = || {
            let mut renamed = dataset.columns.iter().filter_map(|spec| spec.column.as_ref());
            renamed.any(|file_name| file_name.node == column)
        };
        dataset.columns.iter().any(|spec| spec.name.node == column)
            || (!is_renamed()
                && file.is_none_or(|file| file.columns.iter().any(|(name, _)| name == column)))
    }
}

fn kind_of(dataset: &DatasetSpec) -> Option<&str> {
    match &dataset.kind {
        Some(kind) => Some(&kind.node),
        None => (!dataset.key.is_empty()).then_some("attributes"),
    }
}

/// Whether a row belongs to the entity: by its own keys, or because it is the home of one that does.
fn has_link(package: &Package, dataset: &DatasetSpec, entity: &str) -> bool {
    let is_home =
        |e: &&EntitySpec| e.home.as_ref().is_some_and(|home| home.node == dataset.name.node);
    let mut homes = package.entities.iter().filter(is_home);
    dataset.entities.iter().any(|key| key.entity.node == entity)
        || homes.any(|e| {
            e.name.node == entity || e.belongs_to.iter().any(|parent| parent.node == entity)
        })
}

impl Need {
    /// Whether a definition that mentions these names, and reads these datasets, can't do without.
    pub(super) fn concerns(&self, mentions: &Mentions<'_>, reads: &BTreeSet<&str>) -> bool {
        match self {
            Self::Dataset(name) | Self::Entity(name) => mentions.has(name),
            Self::Lives(entity) => mentions.members.contains(entity.as_str()),
            Self::Attribute { entity, column: name } | Self::Parent { entity, parent: name } => {
                mentions.has(name) && reads.contains(entity.as_str())
            }
            Self::Kind { dataset, .. } => mentions.has(dataset),
            Self::Column { dataset, column: name } | Self::Link { dataset, entity: name } => {
                mentions.has(name) && reads.contains(dataset.as_str())
            }
        }
    }
}
