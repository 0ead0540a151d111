//! Which columns hold keys of which entities: by their names, and by their values.

use std::collections::{BTreeMap, BTreeSet};

use milepost_semantics::model::{Format, Type};

use super::entities::{Entity, may_be_key};
use super::names::Taken;
use super::table::{Kind, Link, Table};
use super::words;

/// Of the different values of a column named like a link, so many in a hundred must be keys of the home for it to be one.
const BY_NAME: u64 = 50;
/// The same for a column whose name says nothing; and how many values must have been compared.
const BY_VALUE: (u64, u64) = (90, 5);

/// A column that is named like a link and is none, unless it leads elsewhere.
#[derive(Debug)]
pub(super) struct Doubt {
    pub(super) table: usize,
    pub(super) column: usize,
    pub(super) note: String,
}

/// Finds the columns of all tables that hold keys of the entities from position `new` on.
pub(super) fn link(tables: &mut [Table], entities: &[Entity], new: usize, doubts: &mut Vec<Doubt>) {
    for at in 0..tables.len() {
        let mut found: Vec<Link> = Vec::new();
        for entity in &entities[new..] {
            if entity.home == Some(at) || tables[at].link(&entity.name).is_some() {
                continue;
            }
            let taken: BTreeSet<usize> =
                tables[at].links.iter().chain(&found).filter_map(|link| link.column).collect();
            found.extend(best(tables, at, entity, &taken, doubts));
        }
        tables[at].links.extend(found);
    }
}

/// The column of a table that holds keys of an entity.
fn best(
    tables: &[Table],
    at: usize,
    entity: &Entity,
    taken: &BTreeSet<usize>,
    doubts: &mut Vec<Doubt>,
) -> Option<Link> {
    let table = &tables[at];
    let home = &tables[entity.home?];
    let key = home.own_key?;
    let mut candidates = Vec::new();
    for column in 0..table.columns.len() {
        let is_own = table.own_key == Some(column);
        if taken.contains(&column) || is_own || !may_be_key(table, column) {
            continue;
        }
        let named = entity.is_named_by(&table.columns[column].name, tables);
        let (found, all) = table.seen(column).distinct.within(&home.seen(key).distinct);
        let percent = (found * 100).checked_div(all).unwrap_or(0);
        let name = &table.columns[column].name;
        // Small whole numbers are among the keys of everything.
        let is_id = !table.columns[column].is_number()
            && (words::is_key_name(name) || !is_count(table, column));
        let by_value = is_id && percent >= BY_VALUE.0 && all >= BY_VALUE.1;
        match named {
            Some(rank) if percent >= BY_NAME => candidates.push((rank, column, (found, all))),
            Some(rank) if rank < 3 => {
                let note = unmatched(table, column, home, key, (found, all));
                doubts.push(Doubt { table: at, column, note });
            }
            None if by_value => candidates.push((4, column, (found, all))),
            _ => {}
        }
    }
    let (_, column, rate) = candidates.into_iter().min()?;
    Some(Link { entity: entity.name.clone(), column: Some(column), path: None, rate: Some(rate) })
}

/// Whether all values are short digits.
fn is_count(table: &Table, column: usize) -> bool {
    let seen = table.seen(column);
    let is_digits = seen.fits.iter().any(|fit| fit.reading.ty.is_numeric() && fit.bad == 0);
    is_digits && seen.texts.longest < 6
}

/// A column that is named like a link, and whose values are none of the keys.
fn unmatched(table: &Table, column: usize, home: &Table, key: usize, rate: (u64, u64)) -> String {
    let (name, (found, all)) = (&table.columns[column].name, rate);
    let (here, there) = (table.seen(column).texts, home.seen(key).texts);
    let advice = match (here.longest, there.longest) {
        (15, 18) => format!(
            "; the keys of `{}` have 18 characters and these 15: give both a column of 15, such as `key_15: {{ value: left({}, 15) }}`",
            home.name, home.columns[key].name
        ),
        (18, 15) => format!(
            "; these have 18 characters and the keys 15: link `{{ value: left({name}, 15) }}`"
        ),
        _ => "; if another system names them differently, a mapping table links them".to_owned(),
    };
    format!(
        "`{}.{name}` is named like a key of `{}`, and {found} of its {all} different values are one: no link{advice}",
        table.name, home.name
    )
}

/// Entities without a home: users, accounts and contacts that rows name, and whatever else several tables have a key of.
pub(super) fn homeless(tables: &mut [Table], entities: &mut Vec<Entity>, taken: &mut Taken) {
    let mut named: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    let read = tables.iter().enumerate().filter(|(_, table)| table.kind != Kind::Nothing);
    for (at, table) in read {
        for column in 0..table.columns.len() {
            let is_linked = table.links.iter().any(|link| link.column == Some(column));
            if is_linked || table.own_key == Some(column) || !may_be_key(table, column) {
                continue;
            }
            if let Some(entity) = entity_of(&table.columns[column].name) {
                let entity = words::canonical(&entity).to_owned();
                named.entry(entity).or_default().push((at, column));
            }
        }
    }
    for (name, places) in named {
        let is_usual = ["account", "contact", "user"].contains(&name.as_str());
        let in_tables: BTreeSet<usize> = places.iter().map(|(at, _)| *at).collect();
        let is_known = entities.iter().any(|entity| entity.name == name);
        // The rows of a table that is no home are no members.
        let is_rows = tables.iter().any(|table| table.one == name);
        if is_known || is_rows || (!is_usual && in_tables.len() < 2) || taken.has(&name) {
            continue;
        }
        let (at, column) = places[0];
        let key = tables[at].columns[column].name.clone();
        for (at, column) in places {
            if tables[at].link(&name).is_none() {
                let link =
                    Link { entity: name.clone(), column: Some(column), path: None, rate: None };
                tables[at].links.push(link);
            }
        }
        let comments = vec!["no file lists them: they are those that rows name".to_owned()];
        entities.push(Entity { name: taken.take(&name), key, home: None, comments });
    }
}

/// `user` of `user_id`; the name of a key that is not said to be one of something is none.
fn entity_of(column: &str) -> Option<String> {
    let (name, ending) = column.rsplit_once('_')?;
    let is_key = ["id", "uuid", "guid", "key"].contains(&ending);
    let is_technical = words::has_word(
        name,
        &["external", "request", "session", "anonymous", "trace", "row", "record", "parent"],
    );
    (is_key && !is_technical && !name.is_empty()).then(|| name.to_owned())
}

/// Keys of one entity have one type everywhere: text, unless typed files have whole numbers for them. Nothing is declared where
/// a file has numbers itself: as keys, those of JSON are text too. Links are named after what they lead to, where their name is
/// that of something else.
pub(super) fn keys(tables: &mut [Table], entities: &[Entity]) {
    for entity in entities {
        let linked = tables
            .iter()
            .enumerate()
            .filter_map(|(at, table)| Some((at, table.link(&entity.name)?.column?)));
        let own = entity.home.and_then(|home| Some((home, tables[home].own_key?)));
        let places: Vec<(usize, usize)> = linked.chain(own).collect();
        let is_typed = |(at, column): &(usize, usize)| {
            let format = tables[*at].profile.format;
            let ty = tables[*at].seen(*column).ty;
            ty == Some(Type::Integer) && matches!(format, Format::Parquet | Format::Arrow)
        };
        let is_whole = places.iter().any(is_typed);
        for (at, column) in places {
            let table = &mut tables[at];
            let better = format!("{}_id", entity.name);
            let is_free = table.column(&better).is_none();
            let is_number = table.seen(column).ty == Some(Type::Integer);
            let column = &mut table.columns[column];
            column.ty = (!is_whole && !is_number).then_some(Type::Text);
            if is_free && entities.iter().any(|other| other.name == column.name) {
                column.name = better;
            }
        }
    }
    for table in tables {
        for at in 0..table.columns.len() {
            let name = table.columns[at].name.clone();
            let better = format!("{name}_name");
            let is_taken = entities.iter().any(|entity| entity.name == name);
            if is_taken && table.column(&better).is_none() {
                table.columns[at].name = better;
            }
        }
        if let Some(key) = table.own_key.filter(|key| table.seen(*key).ty.is_some()) {
            let is_home = entities.iter().any(|entity| entity.key == table.columns[key].name);
            if !is_home {
                // What only identifies rows is read as it is.
                table.columns[key].ty = None;
            }
        }
    }
}

/// Rows that name someone whose home names the account are about that account too.
pub(super) fn through(tables: &mut [Table], entities: &[Entity]) {
    let Some(account) = entities.iter().find(|entity| entity.name == "account") else { return };
    let ways: Vec<(String, String)> = entities
        .iter()
        .filter_map(|entity| {
            let home = &tables[entity.home?];
            let column = home.link(&account.name)?.column?;
            Some((entity.name.clone(), home.columns[column].name.clone()))
        })
        .collect();
    for table in tables.iter_mut() {
        let is_rows = matches!(
            table.kind,
            Kind::Events { .. } | Kind::History { .. } | Kind::Snapshot { .. }
        );
        if !is_rows || table.link(&account.name).is_some() || table.column(&account.key).is_some() {
            continue;
        }
        let own: Vec<&(String, String)> =
            ways.iter().filter(|(entity, _)| table.link(entity).is_some()).collect();
        // Two ways to the account could disagree.
        if let [(entity, column)] = own[..] {
            let path = Some(format!("{entity}.{column}"));
            table.links.push(Link { entity: account.name.clone(), column: None, path, rate: None });
        }
    }
}
