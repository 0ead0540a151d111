//! The tables of a scope, in the order in which they must be joined.

use milepost_semantics::model::{ColumnId, DatasetKind, Hop, Type, ValidAt};

use super::super::text::ident;
use super::{Join, Scope};
use crate::placement::ROW_NUMBER;

impl Scope<'_> {
    /// `events LEFT JOIN accounts AS account ON …`, after all expressions were printed.
    pub fn tables(&self) -> String {
        self.tables_over(None)
    }

    /// The same with another table in place of the base's rows, under the base's name.
    pub fn tables_over(&self, rows: Option<&str>) -> String {
        let mut base = ident(&self.model[self.base].name);
        if let Some(rows) = rows {
            base = format!("({rows}) AS {base}");
        }
        let mut sql = match &self.judged {
            Some(judged) => format!(
                "{} AS _o\n    JOIN {base} ON {base}.{} = _o._row",
                judged.rows,
                ident(ROW_NUMBER)
            ),
            None => base,
        };
        self.joins.iter().for_each(|join| sql.push_str(&self.printed(join)));
        sql
    }

    fn printed(&self, join: &Join) -> String {
        match join {
            Join::Text(text) => format!("\n    {text}"),
            Join::Hops { .. } => self
                .led_to(join)
                .map_or_else(String::new, |(table, on)| format!("\n    LEFT JOIN {table} ON {on}")),
        }
    }

    /// What hops lead to under its alias, and when a row of it is joined.
    fn led_to(&self, join: &Join) -> Option<(String, String)> {
        let Join::Hops { hops, left, alias, valid, .. } = join else { return None };
        let last = hops.last()?;
        let pairs = last.from_columns.iter().zip(&last.to_columns);
        let mut on: Vec<String> = pairs
            .map(|(from, to)| {
                let from = ident(&self.model[last.from][*from].name);
                let to = ident(&self.model[last.to][*to].name);
                format!("{left}.{from} = {alias}.{to}")
            })
            .collect();
        if !valid.is_empty() {
            on.push(valid.clone());
        }
        Some((format!("{} AS {alias}", ident(&self.model[last.to].name)), on.join(" AND ")))
    }

    /// The tables of a scope whose base is large: see [`united`](Self::united).
    pub fn passing_by(&self) -> String {
        // Joins of one scope have names of their own.
        Self::united(&[self]).unwrap_or_else(|| self.tables())
    }

    /// The tables of scopes over one dataset together, each join once; absent where one name stands for two joins.
    ///
    /// The base comes last: an engine keeps the first side of a join in memory and lets the other one pass by, and the base
    /// is what is large.
    pub fn united(scopes: &[&Self]) -> Option<String> {
        let mut sql = ident(&scopes.first()?.model[scopes.first()?.base].name);
        let mut known: Vec<(&str, (String, String))> = Vec::new();
        for scope in scopes {
            for join in &scope.joins {
                let Join::Hops { alias, .. } = join else { return None };
                let joined = scope.led_to(join)?;
                match known.iter().find(|(name, _)| name == alias) {
                    Some((_, other)) if *other != joined => return None,
                    Some(_) => {}
                    None => {
                        let (table, on) = &joined;
                        sql = format!("{table} RIGHT JOIN ({sql}) ON {on}");
                        known.push((alias, joined));
                    }
                }
            }
        }
        Some(sql)
    }

    /// The alias of the table at the end of the hops, if it is joined.
    fn joined(&self, hops: &[Hop], frame: &str) -> Option<String> {
        self.joins.iter().find_map(|join| match join {
            Join::Hops { hops: h, frame: f, alias, .. } if h == hops && f == frame => {
                Some(alias.clone())
            }
            Join::Hops { .. } | Join::Text(_) => None,
        })
    }

    /// Makes sure that the tables along the hops are joined, and gives the alias of the last.
    pub(super) fn join(&mut self, hops: &[Hop]) -> String {
        let mut frame = String::new();
        let mut left = ident(&self.model[self.base].name);
        for n in 1..=hops.len() {
            let part = &hops[..n];
            let valid = part.last().and_then(|hop| hop.valid);
            let asked = self.asked_at(valid);
            if valid == Some(ValidAt::End) {
                frame.clone_from(&asked);
            }
            if let Some(known) = self.joined(part, &frame) {
                left = known;
                continue;
            }
            let names: Vec<&str> =
                part.iter().map(|h| self.model[h.entity].name.as_str()).collect();
            let mut alias = names.join("_");
            let taken = |alias: &str| {
                alias == self.model[self.base].name
                    || self.joins.iter().any(
                        |join| matches!(join, Join::Hops { alias: a, .. } if *a == ident(alias)),
                    )
            };
            if alias.starts_with('_') {
                alias.insert(0, 'e');
            }
            while taken(&alias) {
                alias.push('_');
            }
            let alias = ident(&alias);
            let valid = self.holds(part, &alias, valid, &asked);
            let (hops, frame) = (part.to_vec(), frame.clone());
            let before = std::mem::replace(&mut left, alias.clone());
            self.joins.push(Join::Hops { hops, frame, left: before, alias, valid });
        }
        left
    }

    /// The instant as of which a history is asked.
    fn asked_at(&mut self, valid: Option<ValidAt>) -> String {
        match valid {
            None => String::new(),
            Some(ValidAt::Row) => "_o.at".to_owned(),
            Some(ValidAt::End) => match &self.judged {
                Some(judged) if judged.instant && judged.frames.len() == 1 => {
                    "_o.instant".to_owned()
                }
                Some(_) => format!("{}.ends", self.frame()),
                None => "NULL".to_owned(),
            },
        }
    }

    /// The condition under which a row of the history at the end of the hops holds at an instant.
    fn holds(&self, hops: &[Hop], alias: &str, valid: Option<ValidAt>, instant: &str) -> String {
        let (Some(valid), Some(last)) = (valid, hops.last()) else { return String::new() };
        let history = &self.model[last.to];
        let DatasetKind::History { from, to } = history.kind else { return String::new() };
        let edge = |column: ColumnId| {
            let name = format!("{alias}.{}", ident(&history[column].name));
            if history[column].ty == Type::Date { format!("local_midnight({name})") } else { name }
        };
        let (from, to) = (edge(from), edge(to));
        match valid {
            ValidAt::Row => format!("{from} <= {instant} AND ({instant} < {to} OR {to} IS NULL)"),
            ValidAt::End => format!("{from} < {instant} AND ({to} >= {instant} OR {to} IS NULL)"),
        }
    }
}
