//! What makes the plain lowering run outside milepost: macros for local time, and a view per dataset, for DuckDB.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use milepost_semantics::DataNeed;
use milepost_semantics::model::{
    Carry, Column, ColumnId, ColumnSource, Dataset, DatasetId, DatasetKind, Model, Place, Type,
};
use milepost_semantics::time::{AsOf, Calendar, show_date};

use super::files::rows;
use crate::data::{Needs, needs_of_all};
use crate::placement::{CARRIED_UNTIL, ROW_NUMBER};
use crate::source::Source;
use crate::sql::derived::derived_sql;
use crate::sql::length::{Days, moved, moved_date};
use crate::sql::members::{named_rows_sql, names_sql};
use crate::sql::structure::structure_sql;
use crate::sql::text::{ident, string, timestamp};

/// Statements to run in DuckDB, from the project's folder, before any text of [`sql`](crate::sql::sql()): the views show what
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
    let views = Views { model, as_of, sources, structure: model.computed_structure() };
    for id in views.order() {
        let Some((before, query)) = views.of(id) else { continue };
        sql.push_str(&before);
        sql.push_str(&create(&model[id], &query, needs.numbered.contains(&id)));
    }
    for (i, dataset) in model.datasets.iter().enumerate().filter(|(_, d)| !d.missing) {
        if let Some(derived) = &dataset.derived {
            let query = derived_sql(model, dataset, derived);
            sql.push_str(&create(dataset, &query, needs.numbered.contains(&DatasetId(i))));
        }
    }
    for home in (0..model.datasets.len()).map(DatasetId).filter(|id| !model[*id].missing) {
        // The view of members that no file lists is made of other views already.
        let query = views.of(home).map(|(_, query)| query);
        sql.push_str(&with_names(model, home, needs, query));
    }
    sql
}

/// The view of a home anew, with what its members are called. The names are a table: they are computed from the view.
fn with_names(model: &Model, home: DatasetId, needs: &Needs, query: Option<String>) -> String {
    let dataset = &model[home];
    let mut rows = match query {
        _ if needs.numbered.contains(&home) => {
            format!("SELECT * FROM {}", numbered_rows(dataset))
        }
        Some(query) => query,
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
const INSTANT: &str = r"CASE WHEN regexp_matches(t, '\d:\d\d.*(Z| UTC|[+-]\d\d(:?\d\d)*)(\[.*\])?$') THEN timezone('UTC', CAST(regexp_replace(t, '\[.*\]$', '') AS TIMESTAMPTZ)) ELSE timezone('UTC', timezone(zone, CAST(t AS TIMESTAMP))) END";

/// What is trimmed from texts: blanks, tabs, line breaks and no-break spaces.
const BLANKS: &str = "concat(' ', chr(9), chr(10), chr(13), chr(160))";

fn macros(zone: &str) -> String {
    let local = format!("timezone({zone}, timezone('UTC', t))");
    let utc = |local: &str| format!("timezone('UTC', timezone({zone}, {local}))");
    let time = format!("try_strptime(trim(t, {BLANKS}), pattern)");
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
        ("square_root(x)", "CASE WHEN x >= 0 THEN sqrt(CAST(x AS DOUBLE)) END".to_owned()),
        ("instant_of(t, zone)", INSTANT.to_owned()),
        ("date_month(d)", "month(d)".to_owned()),
        ("date_quarter(d)", "quarter(d)".to_owned()),
        ("date_year(d)", "year(d)".to_owned()),
        ("text_lower(t)", "lower(t)".to_owned()),
        ("text_upper(t)", "upper(t)".to_owned()),
        ("text_trim(t)", format!("trim(t, {BLANKS})")),
        ("text_replace(t, part, other)", "replace(t, part, other)".to_owned()),
        ("text_part(t, sep, n)", "nullif(CASE WHEN sep = '' THEN CASE WHEN n = 1 THEN t END ELSE split_part(t, sep, CAST(n AS INTEGER)) END, '')".to_owned()),
        ("text_left(t, n)", "left(t, CAST(n AS INTEGER))".to_owned()),
        ("text_length(t)", "length(t)".to_owned()),
        ("text_date(t, pattern)", format!("CASE WHEN {time} = date_trunc('day', {time}) THEN CAST({time} AS DATE) END")),
        ("text_timestamp(t, pattern, zone)", format!("timezone('UTC', timezone(zone, {time}))")),
        ("text_instant(t, pattern)", format!("timezone('UTC', {time})")),
        ("text_number(t)", format!(r"CASE WHEN regexp_full_match(trim(t, {BLANKS}), '[0-9.eE+-]+') AND isfinite(TRY_CAST(trim(t, {BLANKS}) AS DOUBLE)) THEN TRY_CAST(trim(t, {BLANKS}) AS DOUBLE) END")),
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

/// The views of datasets that have files.
struct Views<'a> {
    model: &'a Model,
    as_of: AsOf,
    sources: &'a BTreeMap<String, (DataNeed, Source)>,
    /// The computed columns that tables have.
    structure: Vec<Place>,
}

impl Views<'_> {
    /// The datasets, each after those that its keys are computed over.
    fn order(&self) -> Vec<DatasetId> {
        let last = |id: DatasetId| self.structure.iter().rposition(|(of, _)| *of == id);
        let mut all: Vec<DatasetId> = (0..self.model.datasets.len()).map(DatasetId).collect();
        all.sort_by_key(|id| last(*id));
        all
    }

    /// What stands before the view, and its query; absent where there are no files.
    fn of(&self, id: DatasetId) -> Option<(String, String)> {
        let dataset = &self.model[id];
        let (_, source) = self.sources.get(&dataset.name)?;
        let is_file = |c: &Column| matches!(c.source, ColumnSource::File(_));
        let mut query = self.seen_of(dataset, &rows(dataset, source), &|_, c| is_file(c));
        let mut before = String::new();
        let name = ident(&dataset.name);
        let mut tables = Vec::new();
        for (_, column) in self.structure.iter().filter(|(of, _)| *of == id) {
            // The rows so far, under the name that the column's expression knows them by; then a table, so that the name
            // can be given away again.
            let _ = write!(before, "\nCREATE OR REPLACE VIEW {name} AS\n  {query};\n");
            let sql = structure_sql(self.model, (id, *column), |scope| scope.tables())?;
            let table = ident(&format!("{} with {}", dataset.name, dataset[*column].name));
            let _ = write!(before, "\nCREATE OR REPLACE TABLE {table} AS\n  {sql};\n");
            query = format!("SELECT * FROM {table}");
            tables.push(*column);
        }
        if !tables.is_empty() {
            let keeps = dataset.keeps.filter(|keeps| tables.contains(keeps));
            if let Some(keeps) = keeps {
                query = format!("{query} AS k WHERE k.{}", ident(&dataset[keeps].name));
            }
            let has = |id, c: &Column| (is_file(c) || tables.contains(&id)) && keeps != Some(id);
            query = self.seen_of(dataset, &query, &has);
        }
        // What `where` looks at is missing: nobody knows which rows there are.
        if dataset.keeps.is_some_and(|keeps| !tables.contains(&keeps)) {
            let why = format!("`where` of {} looks at a dataset that is missing", dataset.name);
            query = format!("SELECT * FROM ({query}) AS k WHERE error({}) IS NULL", string(&why));
        }
        if !dataset.unique.is_empty() {
            query = without_repeats(dataset, &query);
        }
        if let DatasetKind::Snapshot { time, carry: Some(carry) } = dataset.kind {
            query = carried(dataset, time, carry, &query);
        }
        Some((before, query))
    }

    /// Rows as the as-of lets them be seen, with these columns.
    fn seen_of(
        &self,
        dataset: &Dataset,
        rows: &str,
        has: &dyn Fn(ColumnId, &Column) -> bool,
    ) -> String {
        let (model, as_of) = (self.model, self.as_of);
        let columns = dataset.columns.iter().enumerate().map(|(i, c)| (ColumnId(i), c));
        let columns = columns.filter(|(id, column)| has(*id, column));
        let columns: Vec<String> =
            columns.map(|(id, column)| seen(model, dataset, id, column, as_of)).collect();
        let mut sql = format!("SELECT {}\n  FROM ({rows}) AS f", columns.join(", "));
        if let Some(time) = dataset.begins().filter(|time| has(*time, &dataset[*time])) {
            let name = ident(&dataset[time].name);
            let edge = edge(model, dataset[time].ty, as_of);
            let _ = write!(sql, "\n  WHERE f.{name} IS NULL OR f.{name} < {edge}");
        }
        sql
    }
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
