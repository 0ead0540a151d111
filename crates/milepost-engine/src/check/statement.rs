//! Checks as SQL: statements that count the rows that break them.

use milepost_semantics::model::{CheckRule, ColumnId, DatasetId, EntityId, Model};

use crate::sql::{Scope, ident, string};

/// What counts the rows that break some of a dataset's checks.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    /// Positions among the checks; the statement gives one row with a column for each.
    pub(super) checks: Vec<usize>,
    pub(super) sql: String,
}

/// As few statements as there can be, because each reads the dataset: what can be told of a row alone, or of it and the
/// row that its key leads to, is asked at once; what is never repeated needs a grouping of its own.
pub(super) fn of_checks(model: &Model, id: DatasetId) -> Vec<Statement> {
    let mut rows = Rows { model, id, scope: Scope::new(model, id), homes: Vec::new() };
    let (mut together, mut broken, mut list) = (Vec::new(), Vec::new(), Vec::new());
    for (check, rule) in model[id].checks.iter().map(|check| &check.rule).enumerate() {
        let condition = match rule {
            CheckRule::Unique(columns) => {
                list.push(Statement { checks: vec![check], sql: repeats(model, id, columns) });
                continue;
            }
            CheckRule::NotNull(columns) => rows.empty(columns),
            CheckRule::Accepted { column, values } => rows.not_accepted(*column, values),
            CheckRule::Relation { entity, home, key } => rows.not_at_home(*entity, *home, key),
        };
        together.push(check);
        broken.push(condition);
    }
    if !together.is_empty() {
        list.push(Statement { checks: together, sql: rows.count(&broken) });
    }
    list
}

/// How many rows repeat another one.
fn repeats(model: &Model, id: DatasetId, columns: &[ColumnId]) -> String {
    let mut scope = Scope::new(model, id);
    let list: Vec<String> = columns.iter().map(|c| scope.column(&[], id, *c)).collect();
    let present: Vec<String> = list.iter().map(|c| format!("{c} IS NOT NULL")).collect();
    let (list, present) = (list.join(", "), present.join(" AND "));
    let from = scope.tables();
    format!(
        "SELECT CAST(coalesce(sum(n - 1), 0) AS BIGINT) AS n FROM (SELECT count(*) AS n FROM {from} WHERE {present} GROUP BY {list}) AS k"
    )
}

/// The rows of a dataset, each once, beside the rows of homes that their keys lead to.
struct Rows<'m> {
    model: &'m Model,
    id: DatasetId,
    scope: Scope<'m>,
    /// Each as it is joined: a table under a name of its own, and the condition.
    homes: Vec<(String, String)>,
}

impl Rows<'_> {
    fn column(&mut self, column: ColumnId) -> String {
        self.scope.column(&[], self.id, column)
    }

    fn empty(&mut self, columns: &[ColumnId]) -> String {
        let nulls: Vec<String> =
            columns.iter().map(|c| format!("{} IS NULL", self.column(*c))).collect();
        nulls.join(" OR ")
    }

    fn not_accepted(&mut self, column: ColumnId, values: &[String]) -> String {
        let value = self.column(column);
        let list: Vec<String> = values.iter().map(|v| string(v)).collect();
        format!("{value} IS NOT NULL AND CAST({value} AS VARCHAR) NOT IN ({})", list.join(", "))
    }

    /// That a key is there and leads to nothing.
    fn not_at_home(&mut self, entity: EntityId, home: DatasetId, key: &[ColumnId]) -> String {
        let model = self.model;
        let home = &model[home];
        let own = model[self.id].entity_key(entity).expect("rows that name members have their key");
        let keys: Vec<String> = own.iter().map(|c| self.column(*c)).collect();
        // No dataset has such a name.
        let alias = ident(&format!("home {}", self.homes.len()));
        let there = |c: &ColumnId| format!("{alias}.{}", ident(&home[*c].name));
        let on = keys.iter().zip(key).map(|(key, c)| format!("{key} = {}", there(c)));
        let on = on.collect::<Vec<_>>().join(" AND ");
        self.homes.push((format!("{} AS {alias}", ident(&home.name)), on));
        let present = keys.iter().map(|key| format!("{key} IS NOT NULL"));
        let missing = key.first().map(|c| format!("{} IS NULL", there(c)));
        present.chain(missing).collect::<Vec<_>>().join(" AND ")
    }

    /// How many rows each condition is true for.
    fn count(&self, conditions: &[String]) -> String {
        let counts = conditions.iter().enumerate();
        let counts =
            counts.map(|(i, condition)| format!("count(*) FILTER (WHERE {condition}) AS n{i}"));
        // The home comes first: an engine keeps the first side of a join in memory, and lets the other one pass by.
        let from = self.homes.iter().fold(self.scope.passing_by(), |rows, (home, on)| {
            format!("{home} RIGHT JOIN ({rows}) ON {on}")
        });
        format!("SELECT {} FROM {from}", counts.collect::<Vec<_>>().join(", "))
    }
}
