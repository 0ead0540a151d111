//! The members of an entity without a home, as the datasets that name them tell.

use milepost_semantics::model::{
    ColumnId, Dataset, DatasetId, Derived, DerivedSource, Model, Type,
};

use super::row::Scope;
use super::text::ident;

/// One row per key: its columns, the smallest parents that any row tells, and the time of the first row that names it
/// (null: some dataset without a time does). Rows without a time, where there should be one, name nobody.
pub fn derived_sql(model: &Model, dataset: &Dataset, derived: &Derived) -> String {
    let key =
        dataset.entity_key(derived.entity).expect("members stand in rows that have their key");
    let parents: Vec<ColumnId> = (0..dataset.columns.len())
        .map(ColumnId)
        .filter(|c| *c != derived.since && !key.contains(c))
        .collect();
    let sources: Vec<String> = derived
        .sources
        .iter()
        .filter(|source| !model[source.dataset].missing)
        .map(|source| source_sql(model, source, dataset, derived, &parents))
        .collect();
    let name = |column: &ColumnId| ident(&dataset[*column].name);
    let keys: Vec<String> = key.iter().map(name).collect();
    let since = name(&derived.since);
    let mut columns = keys.clone();
    columns.extend(parents.iter().map(|c| format!("min({0}) AS {0}", name(c))));
    columns.push(format!("CASE WHEN count({since}) = count(*) THEN min({since}) END AS {since}"));
    let named = if sources.is_empty() {
        nobody(dataset, key, &parents, &since)
    } else {
        sources.join("\n  UNION ALL ")
    };
    format!(
        "SELECT {}\n  FROM ({named}) AS named\n  GROUP BY {}",
        columns.join(", "),
        keys.join(", ")
    )
}

fn source_sql(
    model: &Model,
    source: &DerivedSource,
    dataset: &Dataset,
    derived: &Derived,
    parents: &[ColumnId],
) -> String {
    let there: DatasetId = source.dataset;
    let mut scope = Scope::new(model, there);
    let target = |c: &ColumnId| ident(&dataset[*c].name);
    let key =
        dataset.entity_key(derived.entity).expect("members stand in rows that have their key");
    let mut columns = Vec::new();
    let mut present = Vec::new();
    for (own, column) in key.iter().zip(&source.key) {
        let value = scope.column(&[], there, *column);
        present.push(format!("{value} IS NOT NULL"));
        columns.push(format!("{value} AS {}", target(own)));
    }
    for parent in parents {
        let told = source.parents.iter().find(|(own, _)| own == parent);
        let value = told.map_or_else(
            || format!("CAST(NULL AS {})", sql_type(dataset[*parent].ty)),
            |(_, column)| scope.column(&[], there, *column),
        );
        columns.push(format!("{value} AS {}", target(parent)));
    }
    let since = target(&derived.since);
    match model[there].begins() {
        Some(time) => {
            let value = scope.column(&[], there, time);
            present.push(format!("{value} IS NOT NULL"));
            let date = model[there][time].ty == Type::Date;
            let value = if date { format!("local_midnight({value})") } else { value };
            columns.push(format!("{value} AS {since}"));
        }
        None => columns.push(format!("CAST(NULL AS TIMESTAMP(6)) AS {since}")),
    }
    format!("SELECT {} FROM {} WHERE {}", columns.join(", "), scope.tables(), present.join(" AND "))
}

fn nobody(dataset: &Dataset, key: &[ColumnId], parents: &[ColumnId], since: &str) -> String {
    let mut columns: Vec<String> = key
        .iter()
        .chain(parents)
        .map(|c| {
            format!("CAST(NULL AS {}) AS {}", sql_type(dataset[*c].ty), ident(&dataset[*c].name))
        })
        .collect();
    columns.push(format!("CAST(NULL AS TIMESTAMP(6)) AS {since}"));
    format!("SELECT {} WHERE FALSE", columns.join(", "))
}

/// A column type's name in SQL.
pub const fn sql_type(ty: Type) -> &'static str {
    match ty {
        Type::Integer => "BIGINT",
        Type::Number | Type::Duration => "DOUBLE",
        // As few digits as there are: what it is united with has its own.
        Type::Decimal => "DECIMAL(1, 0)",
        Type::Boolean => "BOOLEAN",
        Type::Date => "DATE",
        Type::Timestamp => "TIMESTAMP(6)",
        Type::Text | Type::Unknown => "VARCHAR",
    }
}
