//! What makes the plain lowering run outside milepost: macros for local time, and a view per dataset, for DuckDB.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use milepost_semantics::DataNeed;
use milepost_semantics::model::{
    Carry, Column, ColumnId, ColumnSource, Dataset, DatasetId, DatasetKind, Model, Type,
};
use milepost_semantics::time::{AsOf, Calendar, show_date};

use super::derived::derived_sql;
use super::files::rows;
use super::length::{Days, moved, moved_date};
use super::members::{named_rows_sql, names_sql};
use super::text::{ident, string, timestamp};
use crate::data::{Needs, needs_of_all};
use crate::placement::{CARRIED_UNTIL, ROW_NUMBER};
use crate::source::Source;

/// Statements to run in DuckDB, from the project's folder, before any text of [`sql`](super::sql()): the views show what
/// the as-of lets be seen, without repeats, of the files that were found.
pub(crate) fn prelude(
    model: &Model,
    as_of: AsOf,
    sources: &BTreeMap<String, (DataNeed, Source)>,
) -> String {
    let zone = string(&model.project.calendar.time_zone);
    let mut sql = format!(
        "-- for DuckDB, from the project's folder\nSET TimeZone = 'UTC';\n{}",
        macros(&zone) + &business_days(&model.project.calendar, &zone)
    );
    let needs = &needs_of_all(model);
    let datasets = || model.datasets.iter().enumerate().filter(|(_, d)| !d.missing);
    for (i, dataset) in datasets().filter(|(_, d)| d.derived.is_none()) {
        let Some((_, source)) = sources.get(&dataset.name) else { continue };
        let query = view(model, dataset, source, as_of);
        sql.push_str(&create(dataset, &query, needs.numbered.contains(&DatasetId(i))));
    }
    for (i, dataset) in datasets() {
        if let Some(derived) = &dataset.derived {
            let query = derived_sql(model, dataset, derived);
            sql.push_str(&create(dataset, &query, needs.numbered.contains(&DatasetId(i))));
        }
    }
    for home in (0..model.datasets.len()).map(DatasetId).filter(|id| !model[*id].missing) {
        // The view of members that no file lists is made of other views already.
        let source = sources.get(&model[home].name).map(|(_, source)| source);
        sql.push_str(&with_names(model, home, as_of, needs, source));
    }
    sql
}

/// The view of a home anew, with what its members are called. The names are a table: they are computed from the view.
fn with_names(
    model: &Model,
    home: DatasetId,
    as_of: AsOf,
    needs: &Needs,
    source: Option<&Source>,
) -> String {
    let dataset = &model[home];
    let mut rows = match source {
        _ if needs.numbered.contains(&home) => {
            format!("SELECT * FROM {}", numbered_rows(dataset))
        }
        Some(source) => view(model, dataset, source, as_of),
        None => return String::new(),
    };
    let mut sql = String::new();
    for (_, column) in needs.names.iter().filter(|(of, _)| *of == home) {
        let ColumnSource::MemberName(name) = dataset[*column].source else { continue };
        let names = ident(&format!("{} ({})", dataset[*column].name, dataset.name));
        let query = names_sql(model, home, *column, name);
        let _ = write!(sql, "\nCREATE OR REPLACE TABLE {names} AS\n  {query};\n");
        rows = named_rows_sql(model, home, *column, (&rows, &names), false);
    }
    if !sql.is_empty() {
        let name = ident(&dataset.name);
        let _ = write!(sql, "\nCREATE OR REPLACE VIEW {name} AS\n  {rows};\n");
    }
    sql
}

/// A text as an instant: in the zone that it carries behind its time of day, or else in the given one.
const INSTANT: &str = r"CASE WHEN regexp_matches(t, '\d:\d\d.*(Z|[+-]\d\d(:?\d\d)*)(\[.*\])?$') THEN timezone('UTC', CAST(regexp_replace(t, '\[.*\]$', '') AS TIMESTAMPTZ)) ELSE timezone('UTC', timezone(zone, CAST(t AS TIMESTAMP))) END";

fn macros(zone: &str) -> String {
    let local = format!("timezone({zone}, timezone('UTC', t))");
    let utc = |local: &str| format!("timezone('UTC', timezone({zone}, {local}))");
    let list = [
        ("local_date(t)", format!("CAST({local} AS DATE)")),
        ("local_weekday(t)", format!("isodow({local})")),
        ("local_hour(t)", format!("hour({local})")),
        ("local_midnight(d)", utc("CAST(d AS TIMESTAMP)")),
        ("local_plus_days(t, n)", utc(&format!("{local} + to_days(CAST(n AS INTEGER))"))),
        ("local_plus_months(t, n)", utc(&format!("{local} + to_months(CAST(n AS INTEGER))"))),
        ("date_plus_days(d, n)", "CAST(d + to_days(CAST(n AS INTEGER)) AS DATE)".to_owned()),
        ("date_plus_months(d, n)", "CAST(d + to_months(CAST(n AS INTEGER)) AS DATE)".to_owned()),
        ("plus_seconds(t, n)", "t + to_seconds(n)".to_owned()),
        ("elapsed_days(a, b)", "(epoch_us(b) - epoch_us(a)) / 86400000000.0".to_owned()),
        ("date_weekday(d)", "isodow(d)".to_owned()),
        ("product(a, b)", "a * b".to_owned()),
        ("instant_of(t, zone)", INSTANT.to_owned()),
    ];
    list.iter().fold(String::new(), |mut sql, (head, body)| {
        let _ = writeln!(sql, "CREATE OR REPLACE MACRO {head} AS {body};");
        sql
    })
}

/// Macros for the days on which people work.
fn business_days(calendar: &Calendar, zone: &str) -> String {
    let weekdays: Vec<String> =
        (1..=7).filter(|day| calendar.business_days[day - 1]).map(|day| day.to_string()).collect();
    let works = if weekdays.is_empty() {
        "FALSE".to_owned()
    } else {
        format!("isodow(d) IN ({})", weekdays.join(", "))
    };
    let holidays: Vec<String> =
        calendar.holidays.iter().map(|day| format!("DATE '{}'", show_date(*day))).collect();
    let holidays = if holidays.is_empty() {
        String::new()
    } else {
        format!(" AND d NOT IN ({})", holidays.join(", "))
    };
    let local = format!("timezone({zone}, timezone('UTC', t))");
    let days = |from: &str, to: &str| {
        format!(
            "list_filter(range(CAST({from} AS TIMESTAMP), CAST({to} AS TIMESTAMP), INTERVAL 1 DAY), lambda x: is_business_day(CAST(x AS DATE)))"
        )
    };
    let forward = days("d + 1", "d + CAST(10 * n + 3660 AS INTEGER)");
    let back = days("d - CAST(3660 - 10 * n AS INTEGER)", "d");
    let list = [
        ("is_business_day(d)", format!("{works}{holidays}")),
        (
            "business_days_between(a, b)",
            format!(
                "CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN a <= b THEN len({}) ELSE -len({}) END",
                days("a", "b"),
                days("b", "a")
            ),
        ),
        (
            "date_plus_business_days(d, n)",
            format!(
                "CASE WHEN n = 0 THEN d WHEN n > 0 THEN CAST({forward}[n] AS DATE) ELSE CAST({back}[n] AS DATE) END"
            ),
        ),
        (
            "plus_business_days(t, n)",
            format!(
                "timezone('UTC', timezone({zone}, date_plus_business_days(CAST({local} AS DATE), n) + CAST({local} AS TIME)))"
            ),
        ),
    ];
    list.iter().fold(String::new(), |mut sql, (head, body)| {
        let _ = writeln!(sql, "CREATE OR REPLACE MACRO {head} AS {body};");
        sql
    })
}

/// A view; where rows must be told apart it reads a table, for their numbers must be the same each time.
fn create(dataset: &Dataset, query: &str, numbered: bool) -> String {
    let name = ident(&dataset.name);
    if numbered {
        let (rows, number) = (numbered_rows(dataset), ident(ROW_NUMBER));
        format!(
            "\nCREATE OR REPLACE TABLE {rows} AS\n  SELECT n.*, row_number() OVER () AS {number} FROM ({query}) AS n;\nCREATE OR REPLACE VIEW {name} AS SELECT * FROM {rows};\n"
        )
    } else {
        format!("\nCREATE OR REPLACE VIEW {name} AS\n  {query};\n")
    }
}

/// The table with the rows of a dataset and their numbers.
fn numbered_rows(dataset: &Dataset) -> String {
    ident(&format!("rows of {}", dataset.name))
}

fn view(model: &Model, dataset: &Dataset, source: &Source, as_of: AsOf) -> String {
    let own = dataset.begins();
    let mut sql = rows(dataset, source);
    let columns = dataset.columns.iter().enumerate();
    let columns = columns.filter(|(_, column)| matches!(column.source, ColumnSource::File(_)));
    let columns: Vec<String> =
        columns.map(|(i, column)| seen(model, dataset, ColumnId(i), column, as_of)).collect();
    sql = format!("SELECT {}\n  FROM ({sql}) AS f", columns.join(", "));
    if let Some(time) = own {
        let name = ident(&dataset[time].name);
        let edge = edge(model, dataset[time].ty, as_of);
        let _ = write!(sql, "\n  WHERE f.{name} IS NULL OR f.{name} < {edge}");
    }
    if !dataset.unique.is_empty() {
        sql = without_repeats(dataset, &sql);
    }
    if let DatasetKind::Snapshot { time, carry: Some(carry) } = dataset.kind {
        sql = carried(dataset, time, carry, &sql);
    }
    sql
}

/// A column as the as-of lets it be seen.
fn seen(model: &Model, dataset: &Dataset, id: ColumnId, column: &Column, as_of: AsOf) -> String {
    let name = ident(&column.name);
    let end = matches!(dataset.kind, DatasetKind::History { to, .. } if to == id);
    let time = matches!(column.ty, Type::Date | Type::Timestamp);
    if time && dataset.begins() != Some(id) && (end || !column.planned) {
        let edge = edge(model, column.ty, as_of);
        return format!("CASE WHEN f.{name} < {edge} THEN f.{name} END AS {name}");
    }
    format!("f.{name}")
}

fn edge(model: &Model, ty: Type, as_of: AsOf) -> String {
    if ty == Type::Date {
        format!("DATE '{}'", show_date(model.project.calendar.first_day_from(as_of.end)))
    } else {
        timestamp(as_of.end)
    }
}

fn without_repeats(dataset: &Dataset, sql: &str) -> String {
    let names =
        |columns: &[ColumnId]| columns.iter().map(|c| ident(&dataset[*c].name)).collect::<Vec<_>>();
    let key = names(&dataset.unique);
    let null: Vec<String> = key.iter().map(|k| format!("{k} IS NULL")).collect();
    // As the engine chooses: by time, then by all columns in the order of their names.
    let from_files = dataset.columns.iter().filter(|c| matches!(c.source, ColumnSource::File(_)));
    let mut rest: Vec<String> = from_files.map(|c| ident(&c.name)).collect();
    rest.sort_unstable();
    let order: Vec<String> =
        dataset.time().map(|t| ident(&dataset[t].name)).into_iter().chain(rest).collect();
    format!(
        "SELECT * FROM ({sql}) AS u\n  QUALIFY {} OR row_number() OVER (PARTITION BY {} ORDER BY {}) = 1",
        null.join(" OR "),
        key.join(", "),
        order.join(", ")
    )
}

fn carried(dataset: &Dataset, time: ColumnId, carry: Carry, sql: &str) -> String {
    let time_name = ident(&dataset[time].name);
    let members: Vec<String> = dataset
        .entities
        .iter()
        .flat_map(|(_, columns)| columns)
        .map(|c| ident(&dataset[*c].name))
        .collect();
    let same: Vec<String> =
        members.iter().map(|m| format!("n.{m} IS NOT DISTINCT FROM c.{m} AND ")).collect();
    let next = format!(
        "(SELECT min(n.{time_name}) FROM base AS n WHERE {}n.{time_name} > c.{time_name})",
        same.concat()
    );
    let until = match carry {
        Carry::Forever => next,
        Carry::For(length) => format!(
            "least({next}, {})",
            if dataset[time].ty == Type::Date {
                moved_date(&format!("c.{time_name}"), length, false)
            } else {
                moved(&format!("c.{time_name}"), length, false, Days::Local)
            }
        ),
    };
    format!(
        "WITH base AS ({sql})\n  SELECT c.*, {until} AS {} FROM base AS c",
        ident(CARRIED_UNTIL)
    )
}
