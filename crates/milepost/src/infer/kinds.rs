//! What a row means in time.

use milepost_semantics::model::Type;

use super::table::{Kind, Table};
use super::words;

/// Of a hundred rows so many must have a time for it to place them.
const MOST: u64 = 98;

/// Whether rows have one row for each of two columns; asked only where much else says so.
pub(super) type IsUnique<'a> = &'a dyn Fn(&Table, usize, usize) -> bool;

/// What the rows of a table that is no home mean.
pub(super) fn kind(table: &Table, is_unique: IsUnique<'_>, notes: &mut Vec<String>) -> Kind {
    let event = event_time(table);
    let is_surely_event =
        event.is_some_and(|time| words::is_surely_event(&table.columns[time].name));
    if let Some((from, to)) = span(table)
        && !is_surely_event
    {
        return Kind::History { from, to };
    }
    if let Some(time) = picture(table, is_unique) {
        return Kind::Snapshot { time };
    }
    match event {
        Some(time) => {
            let missing = table.profile.rows - table.seen(time).values;
            if missing > 0 {
                notes.push(format!(
                    "`{}`: {missing} of {} rows have no `{}`, and count at no time",
                    table.name, table.profile.rows, table.columns[time].name
                ));
            }
            Kind::Events { time }
        }
        None if table.own_key.is_some() => Kind::Attributes,
        None => Kind::Nothing,
    }
}

/// Whether nearly every row has a value.
fn is_there(table: &Table, column: usize) -> bool {
    table.seen(column).values * 100 >= table.profile.rows * MOST && table.profile.rows > 0
}

/// Two times between which something is true.
fn span(table: &Table) -> Option<(usize, usize)> {
    let named = |words: &[&str]| {
        (0..table.columns.len()).find(|column| {
            let found = &table.columns[*column];
            found.is_time() && words.contains(&words::bare_time(&found.name))
        })
    };
    let prefixed = |words: &[&str]| {
        (0..table.columns.len()).find(|column| {
            let found = &table.columns[*column];
            let bare = words::bare_time(&found.name);
            found.is_time() && bare.rsplit('_').next().is_some_and(|last| words.contains(&last))
        })
    };
    let pairs = words::SPANS.iter();
    let found = pairs.clone().find_map(|(from, to)| Some((named(from)?, named(to)?)));
    let found = found
        .or_else(|| pairs.clone().find_map(|(from, to)| Some((prefixed(from)?, prefixed(to)?))));
    let created = (0..table.columns.len()).find(|c| {
        table.columns[*c].is_time() && words::bare_time(&table.columns[*c].name) == "created"
    });
    let closed = || named(&["closed", "resolved", "solved"]);
    found
        .or_else(|| Some((created?, closed()?)))
        .filter(|(from, to)| from != to && is_there(table, *from))
}

/// The time that places rows of events: the one whose name says so best, then the first.
fn event_time(table: &Table) -> Option<usize> {
    let times = (0..table.columns.len()).filter(|column| {
        let found = &table.columns[*column];
        found.is_time() && !found.planned && found.pii.is_none() && is_there(table, *column)
    });
    times.min_by_key(|column| {
        let rank = words::event_rank(&table.columns[*column].name);
        (rank.unwrap_or(usize::MAX), *column)
    })
}

/// The day of dated pictures of a state: each member has one row a day, and there are many of them.
fn picture(table: &Table, is_unique: IsUnique<'_>) -> Option<usize> {
    let days: Vec<usize> = (0..table.columns.len())
        .filter(|c| table.columns[*c].ty == Some(Type::Date) && is_there(table, *c))
        .collect();
    let of_folder = |column: &usize| {
        table
            .profile
            .files
            .iter()
            .all(|file| file.contains(&format!("{}=", table.columns[*column].file)))
    };
    let time = days.iter().copied().find(of_folder).or_else(|| match days[..] {
        [one] => Some(one),
        _ => days.iter().copied().find(|c| words::is_picture(&table.columns[*c].name)),
    })?;
    let rows = table.profile.rows;
    let different = table.seen(time).distinct.len().max(1);
    let member = table.links.iter().filter_map(|link| link.column).find(|column| {
        let members = table.seen(*column).distinct.len();
        members > 0 && rows > members && rows * 10 >= different * members * 3
    })?;
    let measures = || {
        table.columns.iter().filter(|column| column.is_number() || column.ty == Some(Type::Text))
    };
    let is_flow = measures().any(|column| words::is_flow(&column.name));
    let is_state = measures().any(|column| words::is_state(&column.name));
    let is_named = words::is_picture(&table.name)
        || words::is_picture(&table.columns[time].name)
        || of_folder(&time);
    let says_so = (!is_flow && (is_named || is_state)) || of_folder(&time);
    (different > 1 && says_so && is_unique(table, time, member)).then_some(time)
}
