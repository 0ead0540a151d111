//! Rows that may be tests and not customers.

use milepost_semantics::model::Type;

use super::entities::Entity;
use super::table::{Kind, Table};
use super::words;

/// Of a hundred values no more may hold a word for tests: where most do, it is another word.
const MOST: u64 = 30;

/// Suggests a condition for each table that may hold such rows.
pub(super) fn suspect(tables: &mut [Table], entities: &[Entity], notes: &mut Vec<String>) {
    for (at, table) in tables.iter_mut().enumerate() {
        if table.kind == Kind::Nothing {
            continue;
        }
        let Some((condition, why)) = flagged(table).or_else(|| named(table)) else { continue };
        let entity = entities.iter().find(|entity| entity.home == Some(at));
        let also = entity.map_or_else(String::new, |Entity { name, .. }| {
            format!(
                "; what belongs to them stays, unless its dataset has a condition over `{name}` too"
            )
        });
        notes.push(format!(
            "`{}` may hold tests: {why}. They count until you take the `where:` in specs/data.yaml{also}",
            table.name
        ));
        table.tests = Some((condition, why));
    }
}

/// A column of true and false that says so.
fn flagged(table: &Table) -> Option<(String, String)> {
    let at = table
        .columns
        .iter()
        .position(|column| column.ty == Some(Type::Boolean) && words::says_test(&column.name))?;
    let name = &table.columns[at].name;
    let common = table.seen(at).common.as_ref()?;
    let is_yes = |value: &str| {
        let value = value.trim().to_lowercase();
        value == "1" || words::BOOLEANS.iter().any(|(yes, _)| *yes == value)
    };
    let rows: u64 = common.iter().filter(|(value, _)| is_yes(value)).map(|(_, count)| count).sum();
    let rows_say = if rows == 1 { "row says" } else { "rows say" };
    (rows > 0)
        .then(|| (format!("not coalesce({name}, false)"), format!("{rows} {rows_say} `{name}`")))
}

/// Names and addresses with a word for tests.
fn named(table: &Table) -> Option<(String, String)> {
    // What events are called says nothing of who they are about.
    let is_about_someone = table.kind == Kind::Attributes;
    let at = (0..table.columns.len()).find(|at| {
        let column = &table.columns[*at];
        let seen = table.seen(*at);
        let is_name = is_about_someone
            && words::has_word(
                &column.name,
                &["name", "email", "company", "domain", "account", "customer"],
            );
        let is_few = seen.texts.tests > 0 && seen.texts.tests * 100 <= seen.values * MOST;
        column.ty == Some(Type::Text)
            && is_name
            && is_few
            && (table.own_key != Some(*at) || seen.texts.emails > 0)
    })?;
    let (name, tests) = (&table.columns[at].name, table.seen(at).texts.tests);
    let values = if tests == 1 { "value" } else { "values" };
    Some((
        format!("not lower({name}) contains 'test'"),
        format!("{tests} {values} of `{name}` hold a word such as test or demo"),
    ))
}
