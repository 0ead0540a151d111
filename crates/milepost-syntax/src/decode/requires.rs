//! `requires:` of a package of the catalog.

use super::Decoder;
use super::field::{Field, FieldType, Kind, Shape};
use super::fields::Fields;
use crate::ast::{RequiredDataset, RequiredEntity, RequiresSpec};
use crate::yaml::{Entry, Node};

const ENTITIES: &str = "a map from names of entities to what is needed of them";
const DATASETS: &str = "a map from names of datasets to what is needed of them";
const KINDS: &[&str] = &["attributes", "history", "snapshot", "events"];

pub(super) static REQUIRES: Kind = Kind {
    name: "`requires`",
    fields: &[&[
        Field::new(
            "entities",
            FieldType::Other(ENTITIES),
            "the entities that a project must define",
        )
        .shaped(Shape::Named(&Shape::Map(&REQUIRED_ENTITY))),
        Field::new("datasets", FieldType::Other(DATASETS), "the datasets that it must define")
            .shaped(Shape::Named(&Shape::Map(&REQUIRED_DATASET))),
    ]],
};

pub(super) static REQUIRED_ENTITY: Kind = Kind {
    name: "a required entity",
    fields: &[&[
        Field::new("belongs_to", FieldType::Names, "the entities that each member is part of"),
        Field::new("columns", FieldType::Names, "the columns that are named"),
    ]],
};

pub(super) static REQUIRED_DATASET: Kind = Kind {
    name: "a required dataset",
    fields: &[&[
        Field::new("kind", FieldType::Words(KINDS), "what its rows mean in time"),
        Field::new("links", FieldType::Names, "the entities that each row belongs to"),
        Field::new("columns", FieldType::Names, "the columns that are named"),
    ]],
};

/// Adds what the section says.
pub(super) fn requires(decoder: &mut Decoder<'_>, node: &Node, spec: &mut RequiresSpec) {
    let Some(fields) = Fields::open(decoder, "requires", node, &REQUIRES) else { return };
    if let Some(entities) = fields.get(decoder, "entities") {
        for entry in decoder.entries("entities", ENTITIES, entities) {
            spec.entities.extend(entity(decoder, entry));
        }
    }
    if let Some(datasets) = fields.get(decoder, "datasets") {
        for entry in decoder.entries("datasets", DATASETS, datasets) {
            spec.datasets.extend(dataset(decoder, entry));
        }
    }
}

fn entity(decoder: &mut Decoder<'_>, entry: &Entry) -> Option<RequiredEntity> {
    let fields = Fields::open(decoder, &entry.key.node, &entry.value, &REQUIRED_ENTITY)?;
    Some(RequiredEntity {
        name: entry.key.clone(),
        belongs_to: decoder.names(&fields, "belongs_to"),
        columns: decoder.names(&fields, "columns"),
    })
}

fn dataset(decoder: &mut Decoder<'_>, entry: &Entry) -> Option<RequiredDataset> {
    let fields = Fields::open(decoder, &entry.key.node, &entry.value, &REQUIRED_DATASET)?;
    Some(RequiredDataset {
        name: entry.key.clone(),
        kind: decoder.word(&fields, "kind"),
        links: decoder.names(&fields, "links"),
        columns: decoder.names(&fields, "columns"),
    })
}
