//! The tables that a statement is made of, in the order in which they read each other.

use std::fmt::Write as _;

/// A query under a name.
#[derive(Clone, Debug)]
pub struct Table {
    /// What is said before it; may be empty.
    comment: String,
    pub name: String,
    /// The names of its columns, for values that have none; may be empty.
    columns: String,
    query: String,
}

impl Table {
    /// The query as a statement of its own.
    pub fn statement(&self) -> String {
        if self.columns.is_empty() {
            self.query.clone()
        } else {
            format!("SELECT * FROM ({}) AS v ({})", self.query, self.columns)
        }
    }
}

/// A list of tables.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    list: Vec<Table>,
    comment: String,
}

impl Tables {
    /// A line that says what follows.
    pub(super) fn comment(&mut self, text: &str) {
        let _ = writeln!(self.comment, "  -- {}", text.replace('\n', " "));
    }

    /// One more table.
    pub(super) fn push(&mut self, name: impl Into<String>, query: impl Into<String>) {
        self.push_columns(name, "", query);
    }

    /// One more table, of values.
    pub(super) fn push_values(&mut self, name: impl Into<String>, columns: &str, rows: &str) {
        self.push_columns(name, columns, format!("VALUES\n    {rows}"));
    }

    fn push_columns(&mut self, name: impl Into<String>, columns: &str, query: impl Into<String>) {
        self.list.push(Table {
            comment: std::mem::take(&mut self.comment),
            name: name.into(),
            columns: columns.to_owned(),
            query: query.into(),
        });
    }

    pub(super) fn append(&mut self, other: Self) {
        self.list.extend(other.list);
    }

    pub fn list(&self) -> &[Table] {
        &self.list
    }

    /// `WITH …`, without the statement that reads the tables. Each table is computed once and by itself: an engine that plans
    /// all of them as one joins rows that only a later table tells apart.
    pub(super) fn with(&self) -> String {
        if self.list.is_empty() {
            return String::new();
        }
        let tables: Vec<String> = self
            .list
            .iter()
            .map(|t| {
                let head = if t.columns.is_empty() {
                    format!("{} AS MATERIALIZED", t.name)
                } else {
                    format!("{} ({}) AS", t.name, t.columns)
                };
                format!("{}  {head} ({})", t.comment, t.query)
            })
            .collect();
        format!("WITH\n{}", tables.join(",\n"))
    }
}
