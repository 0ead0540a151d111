//! Members of entities without a home: their keys, as other datasets hold them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::datasets::Table;
use crate::model::*;
use milepost_syntax::ast::{DatasetSpec, Meta as MetaSpec};
use milepost_syntax::span::SourceId;
use milepost_syntax::span::{Span, Spanned};

/// What stands for the definition of a dataset that nobody wrote.
static UNWRITTEN: LazyLock<DatasetSpec> = LazyLock::new(|| {
    let span = Span::new(SourceId::default(), 0, 0);
    DatasetSpec {
        name: Spanned::new(String::new(), span),
        span,
        meta: MetaSpec::default(),
        from: None,
        format: None,
        csv: None,
        xlsx: None,
        unpivot: None,
        kind: None,
        key: Vec::new(),
        condition: None,
        time: None,
        time_zone: None,
        valid: None,
        entities: Vec::new(),
        columns: Vec::new(),
        unique: Vec::new(),
        carry: None,
        optional: None,
        checks: Vec::new(),
        freshness: None,
        complete_from: None,
        complete_until: None,
        unmatched_keys: None,
    }
});

/// Gives every entity without a home the dataset of its members, if any dataset names one.
pub(crate) fn derive(entities: &mut [Entity], tables: &mut Vec<Table<'_>>) {
    for i in 0..entities.len() {
        if entities[i].home.is_some() || entities[i].key.is_empty() {
            continue;
        }
        if let Some(dataset) = members(EntityId(i), entities, tables) {
            entities[i].members = Some(DatasetId(tables.len()));
            tables.push(Table::unwritten(dataset, &UNWRITTEN));
        }
    }
}

fn members(id: EntityId, entities: &[Entity], tables: &[Table<'_>]) -> Option<Dataset> {
    let entity = &entities[id.0];
    let named = |table: &&Table<'_>| table.dataset.entity_key(id).is_some() && table.kind_known;
    let holders: Vec<(usize, &Dataset)> =
        tables.iter().enumerate().filter(|(_, t)| named(t)).map(|(i, t)| (i, &t.dataset)).collect();
    let first = holders.first()?.1;
    let mut columns: Vec<Column> = Vec::new();
    let mut add = |name: &str, like: &Column| {
        columns.push(column(name, like.ty, entity.span, like.pii));
        ColumnId(columns.len() - 1)
    };
    let key: Vec<ColumnId> = entity
        .key
        .iter()
        .zip(first.entity_key(id)?)
        .map(|(name, there)| add(name, &first[*there]))
        .collect();
    let mut own = vec![(id, key.clone())];
    let mut parents: BTreeMap<EntityId, Vec<ColumnId>> = BTreeMap::new();
    for parent in &entity.belongs_to {
        let Some((there, keys)) =
            holders.iter().find_map(|(_, d)| d.entity_key(*parent).map(|keys| (d, keys)))
        else {
            continue;
        };
        let names = entities[parent.0].key.iter().zip(keys);
        let list: Vec<ColumnId> = names
            .map(|(name, c)| add(&format!("{name} of {}", entities[parent.0].name), &there[*c]))
            .collect();
        own.push((*parent, list.clone()));
        parents.insert(*parent, list);
    }
    columns.push(column("since", Type::Timestamp, entity.span, false));
    let since = ColumnId(columns.len() - 1);
    let sources = holders
        .iter()
        .filter_map(|(i, d)| {
            let told = parents.iter().filter_map(|(parent, list)| {
                Some(list.iter().copied().zip(d.entity_key(*parent)?.iter().copied()))
            });
            Some(DerivedSource {
                dataset: DatasetId(*i),
                key: d.entity_key(id)?.to_vec(),
                parents: told.flatten().collect(),
            })
        })
        .collect();
    Some(Dataset {
        name: format!("members of {}", entity.name),
        meta: Meta::default(),
        span: entity.span,
        from: Location::nowhere(entity.span),
        kind: DatasetKind::Attributes,
        key,
        entities: own,
        columns,
        keeps: None,
        unique: Vec::new(),
        time_zone: None,
        optional: false,
        missing: holders.iter().all(|(_, d)| d.missing),
        checks: Vec::new(),
        freshness: None,
        complete: Complete::default(),
        unmatched_keys: 0.0,
        reach: BTreeMap::new(),
        derived: Some(Derived { entity: id, sources, since }),
    })
}

fn column(name: &str, ty: Type, span: Span, pii: bool) -> Column {
    // Time is told by `since` alone, and that by the rows that the as-of lets be seen.
    Column { pii, planned: true, declared: true, ..Column::of_file(name, ty, span) }
}
