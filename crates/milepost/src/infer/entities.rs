//! Which tables say what is known about each of something, and by which key.

use milepost_semantics::model::Type;

use super::names::{Taken, label, plural, snake};
use super::table::Table;
use super::words;

/// An entity as it will be written.
#[derive(Clone, Debug)]
pub(super) struct Entity {
    pub(super) name: String,
    /// The name of its key in the specs.
    pub(super) key: String,
    /// The table with a row for each member.
    pub(super) home: Option<usize>,
    pub(super) comments: Vec<String>,
}

impl Entity {
    /// The names under which columns may mean it: the home's own, and those of other programs.
    pub(super) fn names<'a>(&'a self, tables: &'a [Table]) -> Vec<&'a str> {
        let own = self.home.map(|home| tables[home].one.as_str());
        let is_other =
            own.is_some_and(|own| words::canonical(own) != self.name && own != self.name);
        let mut names = if is_other { Vec::new() } else { words::names_of(&self.name) };
        names.extend(own);
        names.push(&self.name);
        names
    }

    /// Whether a column of that name holds keys of it: how sure that is, the smaller the surer.
    pub(super) fn is_named_by(&self, column: &str, tables: &[Table]) -> Option<usize> {
        if column == self.key && !words::is_own_key(column) {
            return Some(0);
        }
        for name in self.names(tables) {
            if column == name {
                return Some(2);
            }
            if words::is_key_of(column, name) {
                return Some(1);
            }
        }
        // `billing_customer_id`
        let qualified = |name: &&str| {
            let endings = words::KEY_ENDINGS.iter();
            endings.clone().any(|ending| column.ends_with(&format!("_{name}_{ending}")))
        };
        self.names(tables).iter().any(qualified).then_some(3)
    }
}

/// Whether a column may hold keys, by its type.
pub(super) fn may_be_key(table: &Table, column: usize) -> bool {
    let found = &table.columns[column];
    let is_text = matches!(found.ty, None | Some(Type::Text | Type::Integer));
    is_text
        && found.format.is_none()
        && table.seen(column).values > 0
        && table.seen(column).texts.long == 0
}

/// The column that identifies the rows of a table, and how well its name says so; `is_link`: what leads elsewhere is none.
pub(super) fn own_key(table: &Table, is_link: impl Fn(usize) -> bool) -> Option<(usize, usize)> {
    let candidates = (0..table.columns.len())
        .filter(|column| may_be_key(table, *column) && table.is_nearly_unique(*column));
    let ranked = candidates.filter_map(|column| {
        let rank = key_rank(table, column)?;
        (!is_link(column)).then_some((rank, usize::from(!table.is_unique(column)), column))
    });
    ranked.min().map(|(rank, _, column)| (column, rank))
}

fn key_rank(table: &Table, column: usize) -> Option<usize> {
    let name = table.columns[column].name.as_str();
    let own = words::names_of(words::canonical(&table.one));
    let last = table.one.rsplit('_').next().unwrap_or_default();
    let is_own = |one: &str| words::is_key_of(name, one);
    let people = words::are_people(words::canonical(&table.one));
    Some(match name {
        _ if is_own(&table.one) || is_own(last) || own.into_iter().any(is_own) => 0,
        _ if words::is_own_key(name) => 1,
        _ if name == table.one => 2,
        _ if words::is_key_name(name) => 3,
        "email" if people => 4,
        "name" | "code" | "slug" if !people => 5,
        _ => return None,
    })
}

/// The tables that are homes by their name, or because columns of other tables name them; the entities that they are the homes
/// of. Where two tables could be the home of one, the one that others name more often is.
pub(super) fn homes(tables: &mut [Table], taken: &mut Taken) -> Vec<Entity> {
    let mut found: Vec<(usize, usize, usize)> = Vec::new();
    for (at, table) in tables.iter().enumerate() {
        let Some((key, rank)) = own_key(table, |_| false) else { continue };
        let named = tables.iter().enumerate().filter(|(other, _)| *other != at);
        let named = named.filter(|(_, other)| names_it(other, table, key)).count();
        let by_name = words::is_home(&table.one)
            || words::is_home(table.one.rsplit('_').next().unwrap_or_default());
        if rank <= 5 && (by_name || (rank <= 2 && named > 0)) {
            found.push((named, at, key));
        }
    }
    // The most named first; then in the order of the tables.
    found.sort_by_key(|(named, at, _)| (usize::MAX - named, *at));
    let mut entities = Vec::new();
    for (_, at, key) in found {
        entities.push(home(tables, at, key, taken));
    }
    entities
}

/// Whether a table has a column that is named after the key of another, or after its rows.
fn names_it(other: &Table, table: &Table, key: usize) -> bool {
    let own = table.columns[key].name.as_str();
    let names = words::names_of(words::canonical(&table.one));
    other.columns.iter().enumerate().any(|(at, column)| {
        // What identifies the rows of the other is no link to this one.
        let is_same = column.name == own && !words::is_own_key(own) && !other.is_unique(at);
        let one = [table.one.as_str()];
        let by_name = names.iter().chain(&one).any(|name| words::is_key_of(&column.name, name));
        is_same || by_name
    })
}

/// Makes a table the home of an entity.
pub(super) fn home(tables: &mut [Table], at: usize, key: usize, taken: &mut Taken) -> Entity {
    let one = tables[at].one.clone();
    let canonical = words::canonical(&one).to_owned();
    let mut comments = Vec::new();
    let wanted = if taken.has(&canonical) { &one } else { &canonical };
    let name = taken.take(&snake(wanted));
    if name != one && name == canonical {
        comments.push(format!("`{one}` in the files; the packages of the catalog say {name}"));
    }
    let table = &mut tables[at];
    table.own_key = Some(key);
    table.repeats = !table.seen(key).distinct.is_unique();
    let written = table.columns[key].name.clone();
    let better = format!("{name}_id");
    if words::is_own_key(&written) && table.column(&better).is_none() {
        table.columns[key].name = better;
    }
    Entity { name, key: table.columns[key].name.clone(), home: Some(at), comments }
}

/// The column with what members are called.
pub(super) fn label_column(entity: &Entity, tables: &[Table]) -> Option<String> {
    let table = &tables[entity.home?];
    let one = &table.one;
    let names = ["name".to_owned(), format!("{one}_name"), format!("{}_name", entity.name)];
    let others = ["title", "label", "company", "company_name", "display_name"].map(str::to_owned);
    let fits = |name: &String| {
        let column = &table.columns[table.column(name)?];
        (column.ty == Some(Type::Text) && column.pii.is_none() && *name != entity.key)
            .then(|| name.clone())
    };
    names.iter().chain(&others).find_map(fits)
}

/// From when to when members count: a beginning, and an end if there is one; with what is not sure of them.
pub(super) fn lives(
    entity: &Entity,
    tables: &[Table],
    notes: &mut Vec<String>,
) -> Option<(String, Option<String>)> {
    let table = &tables[entity.home?];
    let time = |words: &[&str]| {
        let mut names = words.iter();
        names.find_map(|word| {
            table.columns.iter().position(|column| {
                let bare = words::bare_time(&column.name);
                let is_named = bare == *word
                    || bare.strip_suffix(&format!("_{word}")).is_some_and(|stem| stem == table.one);
                column.is_time() && !column.planned && is_named
            })
        })
    };
    let begins = time(&words::BEGINS)?;
    let ends = time(&words::ENDS).filter(|end| *end != begins);
    let missing = table.profile.rows - table.seen(begins).values;
    let name = &table.columns[begins].name;
    if missing > 0 {
        notes.push(format!(
            "`{}`: {missing} of {} rows have no `{name}`: such a {} is counted at no time (`lives`)",
            table.name, table.profile.rows, table.one
        ));
    }
    Some((name.clone(), ends.map(|end| table.columns[end].name.clone())))
}

/// The label of an entity in the plural.
pub(super) fn many(entity: &str) -> String {
    label(&plural(entity))
}
