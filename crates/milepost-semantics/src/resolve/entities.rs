//! Entities, their homes, and the links from datasets to them.

use super::datasets::Table;
use super::metadata::meta;
use super::names::Names;
use crate::model::{
    Check, CheckRule, Column, ColumnId, DatasetId, DatasetKind, Entity, EntityId, Lives, Type,
};
use milepost_syntax::ast::{CheckKind, CheckSpec, EntitySpec, LivesSpec, Package};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::Spanned;

use super::project::not_one_of;

/// All entities, with the columns of their homes.
pub(crate) fn entities(
    package: &Package,
    names: &Names,
    tables: &mut [Table<'_>],
    diagnostics: &mut Diagnostics,
) -> Vec<Entity> {
    package.entities.iter().map(|spec| entity(spec, names, tables, diagnostics)).collect()
}

fn entity(
    spec: &EntitySpec,
    names: &Names,
    tables: &mut [Table<'_>],
    diagnostics: &mut Diagnostics,
) -> Entity {
    if spec.key.is_empty() {
        let name = &spec.name.node;
        diagnostics.push(
            Diagnostic::error(
                codes::MISSING_FIELD,
                spec.name.span,
                format!("`{name}` does not say what identifies a member"),
            )
            .help(format!("add `key:`, for example `key: {name}_id`")),
        );
    }
    let home = spec.home.as_ref().and_then(|home| names.expect_dataset(home, diagnostics));
    let home = home.filter(|id| is_home(spec, &tables[id.0], diagnostics));
    let lives = spec.lives.as_ref().and_then(|lives| match &lives.node {
        LivesSpec::Always => Some(Lives::Always),
        LivesSpec::Between { from, to } => {
            let mut time = |name| {
                home_column(spec, home, name, tables, diagnostics)?;
                tables[home?.0].instant(name, diagnostics)
            };
            let from = time(from);
            let to = to.as_ref().map(time);
            match to {
                None => Some(Lives::Between { from: from?, to: None }),
                Some(to) => Some(Lives::Between { from: from?, to: Some(to?) }),
            }
        }
    });
    // Whether it may be shown is seen when computed columns are known.
    let label_column = spec
        .label_column
        .as_ref()
        .and_then(|name| home_column(spec, home, name, tables, diagnostics));
    Entity {
        name: spec.name.node.clone(),
        meta: meta(&spec.meta),
        span: spec.name.span,
        key: spec.key.iter().map(|k| k.node.clone()).collect(),
        home,
        members: home,
        belongs_to: spec
            .belongs_to
            .iter()
            .filter_map(|name| names.expect_entity(name, diagnostics))
            .collect(),
        lives,
        label_column,
    }
}

/// A column of the home.
fn home_column(
    spec: &EntitySpec,
    home: Option<DatasetId>,
    name: &Spanned<String>,
    tables: &mut [Table<'_>],
    diagnostics: &mut Diagnostics,
) -> Option<ColumnId> {
    if let Some(id) = home {
        return tables[id.0].expect(name, diagnostics);
    }
    // A home that is wrong was told already.
    if spec.home.is_none() {
        let message = format!(
            "`{}` names a column, and `{}` has no home to find it in",
            name.node, spec.name.node
        );
        diagnostics.push(
            Diagnostic::error(codes::MISSING_FIELD, name.span, message)
                .help("add `home:` with the dataset that has one row per member"),
        );
    }
    None
}

/// Whether the dataset has one row per member of the entity.
fn is_home(spec: &EntitySpec, table: &Table<'_>, diagnostics: &mut Diagnostics) -> bool {
    let Some(home) = &spec.home else { return false };
    if !table.kind_known {
        return false;
    }
    let (name, dataset) = (&spec.name.node, &table.dataset);
    if dataset.kind != DatasetKind::Attributes {
        diagnostics.push(
            Diagnostic::error(codes::FAN_OUT_PATH, home.span, format!("`{}` may have many rows of one {name}, so it can't be its home", dataset.name))
                .also(dataset.span, "defined here")
                .help(format!("a home has `key: {}` and one row per {name}; leave `home:` out if there is no such dataset", spec.key.first().map_or("…", |k| &k.node))),
        );
        return false;
    }
    if dataset.key.len() != spec.key.len() {
        // A key column that is missing was told where the dataset names it.
        if table.spec.key.len() == dataset.key.len() && !spec.key.is_empty() {
            diagnostics.push(key_mismatch(
                home,
                name,
                spec.key.len(),
                &dataset.name,
                dataset.key.len(),
            ));
        }
        return false;
    }
    true
}

fn key_mismatch(
    at: &Spanned<String>,
    entity: &str,
    wanted: usize,
    dataset: &str,
    found: usize,
) -> Diagnostic {
    let columns = |n: usize| if n == 1 { "1 column".to_owned() } else { format!("{n} columns") };
    Diagnostic::error(
        codes::KEY_MISMATCH,
        at.span,
        format!(
            "the key of `{entity}` is {}, and `{dataset}` gives {}",
            columns(wanted),
            columns(found)
        ),
    )
    .help("name as many columns, in the same order")
}

/// Fills in the links of every dataset: those declared, the entity whose home it is, and those that a home's entity
/// belongs to.
pub(crate) fn link(
    package: &Package,
    names: &Names,
    entities: &[Entity],
    tables: &mut [Table<'_>],
    diagnostics: &mut Diagnostics,
) {
    for (table, spec) in tables.iter_mut().zip(&package.datasets) {
        for key in &spec.entities {
            let Some(id) = names.expect_entity(&key.entity, diagnostics) else { continue };
            let columns = table.columns(&key.columns, diagnostics);
            let wanted = entities[id.0].key.len();
            if columns.len() != key.columns.len() {
                continue;
            }
            if wanted != 0 && columns.len() != wanted {
                diagnostics.push(key_mismatch(
                    &key.entity,
                    &key.entity.node,
                    wanted,
                    &spec.name.node,
                    columns.len(),
                ));
                continue;
            }
            table.dataset.entities.push((id, columns));
        }
    }
    for (i, entity) in entities.iter().enumerate() {
        let Some(home) = entity.home else { continue };
        let table = &mut tables[home.0];
        if table.dataset.entity_key(EntityId(i)).is_none() {
            let key = home_key(entity, table);
            table.dataset.entities.push((EntityId(i), key));
        }
        for parent in &entity.belongs_to {
            if table.dataset.entity_key(*parent).is_some() {
                continue;
            }
            let key = &entities[parent.0].key;
            let columns: Vec<_> = key.iter().filter_map(|name| table.find(name)).collect();
            if columns.len() == key.len() && !columns.is_empty() {
                table.dataset.entities.push((*parent, columns));
            }
        }
    }
    key_types(package, entities, tables, false, diagnostics);
    for i in 0..tables.len() {
        let checks = package.datasets[i].checks.iter();
        let checks =
            checks.filter_map(|c| check(c, i, names, entities, tables, diagnostics)).collect();
        tables[i].dataset.checks = checks;
    }
}

/// The key of a home in the entity's order.
pub(crate) fn home_key(entity: &Entity, table: &Table<'_>) -> Vec<ColumnId> {
    let by_name: Option<Vec<_>> =
        entity.key.iter().map(|name| table.dataset.column(name)).collect();
    match by_name {
        Some(list) if list.iter().all(|c| table.dataset.key.contains(c)) => list,
        _ => table.dataset.key.clone(),
    }
}

/// Keys are compared, so both sides are numbers or both are text; `computed`: of keys that are computed, once their types
/// are known.
pub(crate) fn key_types(
    package: &Package,
    entities: &[Entity],
    tables: &[Table<'_>],
    computed: bool,
    diagnostics: &mut Diagnostics,
) {
    for (i, spec) in package.datasets.iter().enumerate() {
        let links = tables[i].dataset.entities.clone();
        for (entity, columns) in links {
            let Some(home) = entities[entity.0].home.filter(|home| home.0 != i) else { continue };
            let there = home_key(&entities[entity.0], &tables[home.0]);
            for (here, there) in columns.iter().zip(there) {
                let (a, b) = (&tables[i].dataset[*here], &tables[home.0].dataset[there]);
                let late = waits(package, i, a) || waits(package, home.0, b);
                if can_join(a.ty, b.ty) || computed != late {
                    continue;
                }
                let home_name = &tables[home.0].dataset.name;
                let place = spec.entities.iter().find(|k| k.entity.node == entities[entity.0].name);
                let span = place.map_or(spec.name.span, |k| k.entity.span);
                diagnostics.push(
                    Diagnostic::error(
                        codes::TYPE_MISMATCH,
                        span,
                        format!("`{}.{}` holds {}, and the key `{home_name}.{}` holds {}", spec.name.node, a.name, a.ty.describe(), b.name, b.ty.describe()),
                    )
                    .help(format!("name the column of `{}` that holds the same keys as `{home_name}.{}`", spec.name.node, b.name))
                    .help(format!("if it is this one, declare {} as `text` under `columns:`, for any key can be read as text", as_text(a, &spec.name.node, b, home_name))),
                );
            }
        }
    }
}

/// Whether the type of a column is known only once it is computed.
fn waits(package: &Package, dataset: usize, column: &Column) -> bool {
    let columns = package.datasets.get(dataset).map_or(&[][..], |spec| &spec.columns);
    let spec = columns.iter().find(|spec| spec.name.node == column.name);
    spec.is_some_and(|spec| spec.value.is_some() && spec.ty.is_none())
}

/// Which of the two sides is to be declared.
fn as_text(here: &Column, dataset: &str, there: &Column, home: &str) -> String {
    match (here.ty, there.ty) {
        (Type::Text, _) => format!("`{}` of `{home}`", there.name),
        (_, Type::Text) => format!("`{}` of `{dataset}`", here.name),
        _ => format!("`{}` of `{dataset}` and `{}` of `{home}`", here.name, there.name),
    }
}

fn can_join(a: Type, b: Type) -> bool {
    a == b || a == Type::Unknown || b == Type::Unknown || (a.is_numeric() && b.is_numeric())
}

fn check(
    spec: &CheckSpec,
    table: usize,
    names: &Names,
    entities: &[Entity],
    tables: &mut [Table<'_>],
    diagnostics: &mut Diagnostics,
) -> Option<Check> {
    let fatal = spec.severity.as_ref().is_none_or(|severity| {
        if !matches!(severity.node.as_str(), "warn" | "error") {
            diagnostics.push(not_one_of("a severity", severity, &["warn", "error"]));
        }
        severity.node != "warn"
    });
    let rule = match &spec.kind {
        CheckKind::NotNull(columns) => {
            CheckRule::NotNull(tables[table].columns(columns, diagnostics))
        }
        CheckKind::Unique(columns) => {
            CheckRule::Unique(tables[table].columns(columns, diagnostics))
        }
        CheckKind::Accepted { column, values } => CheckRule::Accepted {
            column: tables[table].expect(column, diagnostics)?,
            values: values.iter().map(|v| v.node.clone()).collect(),
        },
        CheckKind::Relation(name) => {
            let entity = names.expect_entity(name, diagnostics)?;
            if tables[table].dataset.entity_key(entity).is_none() {
                diagnostics.push(
                    Diagnostic::error(
                        codes::UNKNOWN_NAME,
                        name.span,
                        format!(
                            "a row of `{}` belongs to no `{}`",
                            tables[table].dataset.name, name.node
                        ),
                    )
                    .help(format!(
                        "add it under `entities:`, like `{}: {}_id`",
                        name.node, name.node
                    )),
                );
                return None;
            }
            let Some(home) = entities[entity.0].home else {
                diagnostics.push(
                    Diagnostic::error(
                        codes::MISSING_FIELD,
                        name.span,
                        format!("`{}` has no home, so there is nothing to relate to", name.node),
                    )
                    .also(entities[entity.0].span, "defined here")
                    .help("add `home:` to the entity, or remove the check"),
                );
                return None;
            };
            let key = home_key(&entities[entity.0], &tables[home.0]);
            CheckRule::Relation { entity, home, key }
        }
    };
    Some(Check { span: spec.span, rule, fatal })
}
