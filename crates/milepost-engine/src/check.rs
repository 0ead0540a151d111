//! The promises that datasets make about their rows: `checks` and `freshness`.

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;

use milepost_semantics::model::{CheckRule, ColumnId, Dataset, DatasetId, Model};
use milepost_semantics::time::Instant;
use milepost_syntax::span::Span;

use crate::data::{Data, DatasetStatus};
use crate::error::EngineError;
use crate::sql::{Scope, ident, string};

/// How one promise came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckOutcome {
    pub dataset: DatasetId,
    /// Where it is promised.
    pub span: Span,
    /// The promise in words.
    pub text: String,
    pub passed: bool,
    /// How many rows break it; absent for freshness, which is not about single rows.
    pub failed_rows: Option<u64>,
    /// Whether breaking it stops a build.
    pub fatal: bool,
    /// What was found; empty when it holds.
    pub detail: String,
}

/// Looks at every promise of every opened dataset, in the model's order.
pub(crate) async fn check_data(
    model: &Model,
    data: &Data,
) -> Result<Vec<CheckOutcome>, EngineError> {
    let mut outcomes = Vec::new();
    for status in data.datasets() {
        let dataset = &model[status.dataset];
        for check in &dataset.checks {
            let (text, broken) = statement(model, status.dataset, &check.rule);
            let n = count(data, dataset, &broken).await?;
            outcomes.push(CheckOutcome {
                dataset: status.dataset,
                span: check.span,
                text,
                passed: n == 0,
                failed_rows: Some(u64::try_from(n).unwrap_or(0)),
                fatal: check.fatal,
                detail: if n == 0 {
                    String::new()
                } else {
                    format!("{n} {}", if n == 1 { "row" } else { "rows" })
                },
            });
        }
        outcomes.extend(freshness(model, data, dataset, status));
    }
    Ok(outcomes)
}

/// The promise in words, and a statement that counts the rows that break it.
fn statement(model: &Model, id: DatasetId, rule: &CheckRule) -> (String, String) {
    let dataset = &model[id];
    let mut scope = Scope::new(model, id);
    let names = |columns: &[ColumnId]| {
        columns.iter().map(|c| dataset[*c].name.clone()).collect::<Vec<_>>().join(", ")
    };
    let mut sql = |column: ColumnId| scope.column(&[], id, column);
    match rule {
        CheckRule::NotNull(columns) => {
            let nulls: Vec<String> =
                columns.iter().map(|c| format!("{} IS NULL", sql(*c))).collect();
            let from = scope.tables();
            (
                format!("not_null: {}", names(columns)),
                format!("SELECT count(*) AS n FROM {from} WHERE {}", nulls.join(" OR ")),
            )
        }
        CheckRule::Unique(columns) => {
            let list: Vec<String> = columns.iter().map(|c| sql(*c)).collect();
            let present: Vec<String> = list.iter().map(|c| format!("{c} IS NOT NULL")).collect();
            let (list, present) = (list.join(", "), present.join(" AND "));
            let from = scope.tables();
            (
                format!("unique: {}", names(columns)),
                format!(
                    "SELECT CAST(coalesce(sum(n - 1), 0) AS BIGINT) AS n FROM (SELECT count(*) AS n FROM {from} WHERE {present} GROUP BY {list}) AS k"
                ),
            )
        }
        CheckRule::Accepted { column, values } => {
            let value = sql(*column);
            let list: Vec<String> = values.iter().map(|v| string(v)).collect();
            let from = scope.tables();
            (
                format!("accepted: {} is {}", names(&[*column]), values.join(", ")),
                format!(
                    "SELECT count(*) AS n FROM {from} WHERE {value} IS NOT NULL AND CAST({value} AS VARCHAR) NOT IN ({})",
                    list.join(", ")
                ),
            )
        }
        CheckRule::Relation { entity, home } => {
            let own = dataset.entity_key(*entity).unwrap_or_default();
            let home = &model[*home];
            let keys: Vec<String> = own.iter().map(|c| sql(*c)).collect();
            let present: Vec<String> = keys.iter().map(|k| format!("{k} IS NOT NULL")).collect();
            let on: Vec<String> = keys
                .iter()
                .zip(&home.key)
                .map(|(k, c)| format!("{k} = h.{}", ident(&home[*c].name)))
                .collect();
            let first = home.key.first().map_or_else(String::new, |c| ident(&home[*c].name));
            let from = scope.tables();
            (
                format!("relation: every {} is in {}", model[*entity].name, home.name),
                format!(
                    "SELECT count(*) AS n FROM {from} LEFT JOIN {} AS h ON {} WHERE {} AND h.{first} IS NULL",
                    ident(&home.name),
                    on.join(" AND "),
                    present.join(" AND ")
                ),
            )
        }
    }
}

async fn count(data: &Data, dataset: &Dataset, sql: &str) -> Result<i64, EngineError> {
    let what = format!("check of dataset `{}`", dataset.name);
    let failed = |e: &datafusion::error::DataFusionError| EngineError::from_engine(&what, e);
    let batches = data
        .context
        .sql(sql)
        .await
        .map_err(|e| failed(&e))?
        .collect()
        .await
        .map_err(|e| failed(&e))?;
    let first =
        batches.first().and_then(|b| b.column(0).as_primitive_opt::<Int64Type>()?.iter().next()?);
    Ok(first.unwrap_or(0))
}

/// How old the newest row is at the as-of, against what was promised.
fn freshness(
    model: &Model,
    data: &Data,
    dataset: &Dataset,
    status: &DatasetStatus,
) -> Vec<CheckOutcome> {
    let Some(promise) = dataset.freshness else { return Vec::new() };
    let calendar = &model.project.calendar;
    let last = Instant(data.as_of().end.0 - 1);
    let due = |length| calendar.shift(last, length, true);
    let too_old = |oldest: Instant| status.newest.is_none_or(|newest| newest < oldest);
    let detail = || match status.newest {
        Some(newest) => {
            format!("the newest row is of {}", calendar.show_instant(newest).replace('T', " "))
        }
        None => "there is no row".to_owned(),
    };
    [(promise.warn_after, false), (promise.error_after, true)]
        .into_iter()
        .filter_map(|(length, fatal)| {
            let length = length?;
            let passed = !too_old(due(length));
            Some(CheckOutcome {
                dataset: status.dataset,
                span: dataset.span,
                text: format!(
                    "freshness: a row in the last {} {}{}",
                    length.count,
                    format!("{:?}", length.unit).to_lowercase(),
                    if length.count == 1 { "" } else { "s" }
                ),
                passed,
                failed_rows: None,
                fatal,
                detail: if passed { String::new() } else { detail() },
            })
        })
        .collect()
}
