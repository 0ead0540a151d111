//! Computed columns by which rows are linked, told apart or placed in time: tables have them, as they have those of files.

use milepost_semantics::model::{Model, Place, Type};

use super::derived::sql_type;
use super::row::Scope;
use super::text::ident;

/// The rows of a dataset with one column more, from the table that has its name. Other datasets that it looks at are there;
/// `tables` says in which order they are joined.
pub fn structure_sql(
    model: &Model,
    (id, column): Place,
    tables: impl Fn(&Scope<'_>) -> String,
) -> Option<String> {
    let dataset = &model[id];
    let value = dataset.computed_structure(column)?;
    let mut scope = Scope::new(model, id);
    let sql = scope.base_expr(value);
    let column = &dataset[column];
    // Sums of integers are decimals, and a key has the type that it is declared with.
    let sql = match column.ty {
        Type::Decimal => sql,
        ty => format!("CAST({sql} AS {})", sql_type(ty)),
    };
    let (name, own) = (ident(&dataset.name), ident(&column.name));
    Some(format!("SELECT {name}.*, {sql} AS {own}\n  FROM {}", tables(&scope)))
}
