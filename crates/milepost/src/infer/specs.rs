//! Entities and datasets as text.

use std::collections::BTreeMap;

use milepost_semantics::model::{Csv, Format, Type, Unpivot, UnpivotColumns};

use super::entities::{Entity, label_column};
use super::table::{Column, Kind, Link, Table};
use super::yaml::{Text, comment, list, map, value};

/// From when to when members of each entity count.
pub(super) type Lives = Option<(String, Option<String>)>;

/// The section of entities; one that has no beginning lives always.
pub(super) fn entities(all: &[(Entity, Lives)], tables: &[Table]) -> String {
    let mut text = Text::default();
    text.line(0, "entities:");
    for (entity, lives) in all {
        entity.comments.iter().for_each(|line| text.line(1, &comment(line)));
        let mut fields = vec![("key", value(&entity.key))];
        if let Some(home) = entity.home {
            fields.push(("home", tables[home].name.clone()));
        }
        let parents = parents(entity, all, tables);
        if !parents.is_empty() {
            fields.push(("belongs_to", list(&parents)));
        }
        match (entity.home, lives) {
            (Some(_), Some((from, to))) => {
                let to = to.as_deref().unwrap_or("none");
                fields.push(("lives", format!("[{from}, {to}]")));
            }
            (Some(_), None) => {
                text.line(1, "# no column says when one began: all of them always count");
                fields.push(("lives", "always".to_owned()));
            }
            (None, _) => {}
        }
        if let Some(name) = label_column(entity, tables) {
            fields.push(("label_column", name));
        }
        text.line(1, &format!("{}: {}", entity.name, map(&fields)));
    }
    text.finish()
}

/// The entities that each member is part of: whose keys stand in its home under their own names; of one without a home those
/// that rows name beside it.
fn parents(entity: &Entity, all: &[(Entity, Lives)], tables: &[Table]) -> Vec<String> {
    let others = all.iter().map(|(other, _)| other).filter(|other| other.name != entity.name);
    let is_parent = |other: &&Entity| match entity.home {
        Some(home) => tables[home]
            .link(&other.name)
            .and_then(|link| link.column)
            .is_some_and(|column| tables[home].columns[column].name == other.key),
        None => {
            let both = |table: &Table| {
                let has = |name: &str| table.link(name).is_some_and(|link| link.column.is_some());
                has(&entity.name) && has(&other.name)
            };
            // Users and contacts are people of accounts; of anything else nobody knows.
            other.name == "account"
                && ["user", "contact"].contains(&entity.name.as_str())
                && tables.iter().any(both)
        }
    };
    others.filter(is_parent).map(|other| other.name.clone()).collect()
}

/// One dataset with everything that is known of it, under a name, with more columns: their names, and those that they are
/// computed from.
pub(super) fn dataset_as(
    table: &Table,
    name: &str,
    prefix: &str,
    more: &BTreeMap<String, String>,
) -> String {
    let mut text = Text::default();
    about(table).iter().for_each(|line| text.line(1, &comment(line)));
    text.line(1, &format!("{name}:"));
    for (field, value) in fields(table, prefix) {
        text.line(2, &format!("{field}: {value}"));
    }
    if let Some((condition, why)) = &table.tests {
        text.line(2, &comment(&format!("{why}; to leave them out:")));
        text.line(2, &comment(&format!("where: {condition}")));
    }
    text.add(&columns(table, more));
    text.finish()
}

/// What is said of a dataset but for its columns.
fn fields(table: &Table, prefix: &str) -> Vec<(&'static str, String)> {
    let name = |column: usize| table.columns[column].name.as_str();
    let mut fields = vec![("from", value(&format!("{prefix}{}", table.location.pattern)))];
    fields.extend(written(table));
    fields.extend(table.location.unpivot.as_ref().map(|spec| ("unpivot", unpivot(spec))));
    match table.kind {
        Kind::Attributes | Kind::Nothing => {
            fields.extend(table.own_key.map(|key| ("key", value(name(key)))));
        }
        Kind::History { from, to } => {
            fields.push(("kind", "history".to_owned()));
            fields.push(("valid", list(&[name(from), name(to)])));
        }
        Kind::Snapshot { time } => {
            fields.extend([("kind", "snapshot".to_owned()), ("time", value(name(time)))]);
        }
        Kind::Events { time } => {
            fields.extend([("kind", "events".to_owned()), ("time", value(name(time)))]);
        }
    }
    if !table.links.is_empty() {
        let links = table.links.iter().map(|link| (link.entity.as_str(), key_of(link, table)));
        fields.push(("entities", map(&links.collect::<Vec<_>>())));
    }
    let is_deduplicated = matches!(table.kind, Kind::Events { .. }) || table.repeats;
    if let Some(key) = table.own_key.filter(|_| is_deduplicated) {
        let why = match table.repeats {
            true => "rows repeat it: one of each stays",
            false => "repeated rows are dropped and counted",
        };
        fields.push(("unique", format!("{} {}", value(name(key)), comment(why))));
    }
    fields
}

/// The name of the column that holds the keys of a link.
fn key_of(link: &Link, table: &Table) -> String {
    match link.column {
        Some(column) => value(&table.columns[column].name),
        None => format!("{}_id", link.entity),
    }
}

/// What is said of the files above a dataset.
fn about(table: &Table) -> Vec<String> {
    let profile = &table.profile;
    let files = match &profile.files[..] {
        [one] => one.clone(),
        many => format!("{} files", many.len()),
    };
    let written =
        profile.written.as_ref().map_or_else(String::new, |written| format!("; {written}"));
    let mut lines = vec![format!("{} rows of {files}{written}", profile.rows)];
    for link in &table.links {
        if let (Some(column), Some((found, all))) = (link.column, link.rate)
            && found < all
        {
            let name = &table.columns[column].name;
            lines.push(format!(
                "{found} of {all} different values of `{name}` are keys of the entity {}",
                link.entity
            ));
        }
    }
    let refused = profile.refused.iter().take(10);
    lines.extend(refused.map(|(name, why)| format!("not read: `{name}`, {why}")));
    lines
}

/// How the files are written, where they don't tell.
fn written(table: &Table) -> Option<(&'static str, String)> {
    let Csv { encoding, skip_first, skip_last, .. } = &table.location.csv;
    let mut fields = Vec::new();
    if let Some(sheet) = &table.location.sheet {
        fields.push(("sheet", value(sheet)));
    }
    if let Some(encoding) = encoding {
        fields.push(("encoding", value(encoding)));
    }
    for (name, lines) in [("skip_first", *skip_first), ("skip_last", *skip_last)] {
        if lines > 0 {
            fields.push((name, lines.to_string()));
        }
    }
    let words = null_words(table);
    if !words.is_empty() && has_null_values(table) {
        fields.push(("null_values", list(&words)));
    }
    let field = if table.profile.format == Format::Xlsx { "xlsx" } else { "csv" };
    (!fields.is_empty()).then(|| (field, map(&fields)))
}

/// Which columns become rows.
fn unpivot(spec: &Unpivot) -> String {
    let columns = match &spec.columns {
        UnpivotColumns::Named(names) => list(names),
        UnpivotColumns::Days(names) => value(&names.text),
    };
    map(&[("columns", columns), ("name", value(&spec.name)), ("value", value(&spec.value))])
}

/// Whether values that stand for null are said of the files, not of each column.
const fn has_null_values(table: &Table) -> bool {
    matches!(table.profile.format, Format::Csv | Format::Xlsx)
}

/// Words for null in columns that hold something else than text, and in keys.
fn null_words(table: &Table) -> Vec<String> {
    let is_other = |at: &usize| {
        let is_text = matches!(table.columns[*at].ty, None | Some(Type::Text));
        !is_text || is_key(table, *at)
    };
    let columns = (0..table.columns.len()).filter(is_other);
    let mut words: Vec<String> =
        columns.flat_map(|at| table.seen(at).null_words.keys().cloned()).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Whether a column is a key, whose type is that of the keys that it links to.
fn is_key(table: &Table, column: usize) -> bool {
    table.own_key == Some(column) || table.links.iter().any(|link| link.column == Some(column))
}

fn columns(table: &Table, more: &BTreeMap<String, String>) -> String {
    let own = table.columns.iter().enumerate();
    let own = own.filter_map(|(at, column)| Some((column, declared(table, at)?)));
    let mut lines: Vec<String> = own
        .map(|(column, declared)| {
            let why = column.pii.map(|why| format!("{why}: shown nowhere"));
            let comments: Vec<String> = column.comments.iter().cloned().chain(why).collect();
            let behind = if comments.is_empty() {
                String::new()
            } else {
                format!(" {}", comment(&comments.join("; ")))
            };
            format!("      {}: {declared}{behind}\n", column.name)
        })
        .collect();
    for link in table.links.iter().filter(|link| link.column.is_none()) {
        if let Some(path) = &link.path {
            lines.push(format!(
                "      {}_id: {{ value: {path} }} # through another table\n",
                link.entity
            ));
        }
    }
    let more = more.iter().map(|(name, from)| format!("      {name}: {{ value: {from} }}\n"));
    lines.extend(more);
    if lines.is_empty() { String::new() } else { format!("    columns:\n{}", lines.concat()) }
}

/// What is declared of a column; nothing where nothing has to be.
fn declared(table: &Table, at: usize) -> Option<String> {
    let column: &Column = &table.columns[at];
    let mut fields = Vec::new();
    if column.name != column.file {
        fields.push(("column", value(&column.file)));
    }
    if let Some(ty) = column.ty {
        fields.push(("type", ty.name().to_owned()));
        if let Some(format) = &column.format {
            fields.push(("format", value(format)));
        }
        let has_null_words = !table.seen(at).null_words.is_empty() && ty != Type::Text;
        if column.nulls_bad || (has_null_words && !has_null_values(table)) {
            fields.push(("bad_values", "null".to_owned()));
        }
        if let Some(unit) = &column.unit {
            fields.push(("unit", unit.clone()));
        }
    }
    if column.pii.is_some() {
        fields.push(("pii", "true".to_owned()));
    }
    if column.planned {
        fields.push(("planned", "true".to_owned()));
    }
    match &fields[..] {
        [] => None,
        [("type", ty)] => Some(ty.clone()),
        fields => Some(map(fields)),
    }
}
