//! Names become ids: one namespace, datasets with the columns of their files, entities with their homes, and the
//! order in which metrics can be checked.

mod csv;
mod cycles;
mod datasets;
mod derived;
mod entities;
mod format;
mod identifiers;
mod kinds;
mod metadata;
mod names;
mod needs;
mod project;
mod unpivot;

pub(crate) use cycles::{Order, Unit};
pub(crate) use datasets::{Table, list_of, no_unit, parse_type, read_unit};
pub(crate) use entities::{home_key, key_types};
pub(crate) use format::epoch;
pub use identifiers::{Identifier, KeyPart, whole_keys};
pub(crate) use metadata::{meta, text};
pub(crate) use names::{Definition, Names};
pub use needs::{DataNeed, data_needs};
pub use project::EDITION;
pub(crate) use project::{calendar, grain, not_one_of, unknown_zone};

use crate::model::{DatasetId, Entity, EntityId, Project};
use crate::schema::Schemas;
use milepost_syntax::ast;
use milepost_syntax::diagnostic::Diagnostics;

/// Every name bound to one definition; expressions are still trees of names.
pub(crate) struct Resolved<'a> {
    pub(crate) package: &'a ast::Package,
    pub(crate) project: Project,
    pub(crate) names: Names,
    pub(crate) entities: Vec<Entity>,
    pub(crate) tables: Vec<Table<'a>>,
    pub(crate) order: Order,
}

impl<'a> Resolved<'a> {
    pub(crate) fn table(&self, id: DatasetId) -> &Table<'a> {
        &self.tables[id.0]
    }

    pub(crate) fn entity(&self, id: EntityId) -> &Entity {
        &self.entities[id.0]
    }
}

/// Binds every name of the package.
pub(crate) fn resolve<'a>(
    package: &'a ast::Package,
    schemas: &'a Schemas,
    diagnostics: &mut Diagnostics,
) -> Resolved<'a> {
    let project = project::project(&package.project, diagnostics);
    let names = names::collect(package, diagnostics);
    let mut tables = datasets::tables(package, schemas, &project, diagnostics);
    let mut entities = entities::entities(package, &names, &mut tables, diagnostics);
    entities::link(package, &names, &entities, &mut tables, diagnostics);
    derived::derive(&mut entities, &mut tables);
    let order = cycles::order(package, &names, diagnostics);
    Resolved { package, project, names, entities, tables, order }
}
