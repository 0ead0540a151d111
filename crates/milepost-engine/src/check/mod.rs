//! The promises that datasets make about their rows: `checks` and `freshness`.

mod statement;

use milepost_semantics::model::{
    CheckRule, ColumnId, Dataset, DatasetId, DatasetKind, Model, Type,
};
use milepost_semantics::time::{Instant, show_date};
use milepost_syntax::ast::Duration;
use milepost_syntax::span::Span;

use crate::data::{Data, DatasetStatus};
use crate::error::EngineError;

/// How one promise came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckOutcome {
    pub dataset: DatasetId,
    /// Where it is promised.
    pub span: Span,
    /// The promise in words, such as `event_id is never repeated`.
    pub text: String,
    pub passed: bool,
    /// How many rows break it; absent for freshness, which is not about single rows.
    pub failed_rows: Option<u64>,
    /// Whether breaking it stops a build.
    pub fatal: bool,
    /// What was found, in one sentence without a full stop; empty when it holds.
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
        let counts = broken_rows(model, data, status.dataset).await?;
        for (check, n) in dataset.checks.iter().zip(counts) {
            outcomes.push(CheckOutcome {
                dataset: status.dataset,
                span: check.span,
                text: promise(model, dataset, &check.rule),
                passed: n == 0,
                failed_rows: Some(n),
                fatal: check.fatal,
                detail: if n == 0 {
                    String::new()
                } else {
                    finding(model, dataset, &check.rule, n)
                },
            });
        }
        outcomes.extend(freshness(model, data, dataset, status));
    }
    Ok(outcomes)
}

/// How many rows break each check of a dataset, in the order of its checks.
async fn broken_rows(model: &Model, data: &Data, id: DatasetId) -> Result<Vec<u64>, EngineError> {
    let mut broken = vec![0; model[id].checks.len()];
    let what = format!("check of dataset `{}`", model[id].name);
    for statement in statement::of_checks(model, id) {
        let found = data.counts(&what, &statement.sql).await?;
        if found.len() != statement.checks.len() {
            return Err(EngineError::Internal(format!("{what}: other counts than were asked for")));
        }
        for (check, n) in statement.checks.into_iter().zip(found) {
            broken[check] = n;
        }
    }
    for (check, n) in data.empty.get(&id).into_iter().flatten() {
        broken[*check] = *n;
    }
    Ok(broken)
}

/// What a rule promises.
fn promise(model: &Model, dataset: &Dataset, rule: &CheckRule) -> String {
    let names = |columns: &[ColumnId]| {
        joined(columns.iter().map(|c| dataset[*c].name.clone()).collect(), "and")
    };
    match rule {
        CheckRule::NotNull(columns) => {
            let are = if columns.len() == 1 { "is" } else { "are" };
            format!("{} {are} never empty", names(columns))
        }
        CheckRule::Unique(columns) if columns.len() == 1 => {
            format!("{} is never repeated", names(columns))
        }
        CheckRule::Unique(columns) => format!("{} are never repeated together", names(columns)),
        CheckRule::Accepted { column, values } => {
            format!("{} is {}", dataset[*column].name, joined(values.clone(), "or"))
        }
        CheckRule::Relation { entity, home, .. } => {
            format!("every {} is in {}", model[*entity].name, model[*home].name)
        }
    }
}

/// That `n` rows break a rule.
fn finding(model: &Model, dataset: &Dataset, rule: &CheckRule, n: u64) -> String {
    /// More values than a sentence can hold are not listed.
    const LISTED: usize = 6;
    let quoted = |name: &String| format!("`{name}`");
    let names = |columns: &[ColumnId], word: &str| {
        joined(columns.iter().map(|c| quoted(&dataset[*c].name)).collect(), word)
    };
    let one = n == 1;
    let rows = format!("{n} {} of `{}`", if one { "row" } else { "rows" }, dataset.name);
    let has = if one { "has" } else { "have" };
    match rule {
        CheckRule::NotNull(columns) => format!("{rows} {has} no {}", names(columns, "or")),
        CheckRule::Unique(columns) => {
            let repeat = if one { "repeats" } else { "repeat" };
            format!("{rows} {repeat} the {} of another one", names(columns, "and"))
        }
        CheckRule::Accepted { column, values } => {
            let listed = if values.len() <= LISTED {
                joined(values.iter().map(quoted).collect(), "or")
            } else {
                format!("one of the {} that are accepted", values.len())
            };
            format!("{rows} {has} a `{}` that is not {listed}", dataset[*column].name)
        }
        CheckRule::Relation { entity, home, .. } => {
            let entity = &model[*entity].name;
            let name = if one { "names" } else { "name" };
            let a = if entity.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
            format!("{rows} {name} {a} `{entity}` that `{}` does not have", model[*home].name)
        }
    }
}

/// `a, b and c`.
pub(crate) fn joined(mut names: Vec<String>, word: &str) -> String {
    let Some(last) = names.pop() else { return String::new() };
    if names.is_empty() { last } else { format!("{} {word} {last}", names.join(", ")) }
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
    let name = &dataset.name;
    let detail = |length| match status.newest {
        Some(newest) => format!(
            "the newest row of `{name}` is from {}; its freshness requires one in the {}",
            when(model, dataset, newest),
            last_period(length)
        ),
        None => format!(
            "`{name}` has no rows; its freshness requires one in the {}",
            last_period(length)
        ),
    };
    [(promise.warn_after, false), (promise.error_after, true)]
        .into_iter()
        .filter_map(|(length, fatal)| {
            let length = length?;
            let passed = !too_old(due(length));
            Some(CheckOutcome {
                dataset: status.dataset,
                span: promise.span,
                text: format!("there is a row in the {}", last_period(length)),
                passed,
                failed_rows: None,
                fatal,
                detail: if passed { String::new() } else { detail(length) },
            })
        })
        .collect()
}

/// `last 7 days`, `last day`.
fn last_period(length: Duration) -> String {
    let unit = format!("{:?}", length.unit).to_lowercase();
    match length.count {
        1 => format!("last {unit}"),
        n => format!("last {n} {unit}s"),
    }
}

/// The time of a row as its column has it: a day, or a day and a time.
fn when(model: &Model, dataset: &Dataset, at: Instant) -> String {
    let calendar = &model.project.calendar;
    let column = match dataset.kind {
        DatasetKind::Events { time } | DatasetKind::Snapshot { time, .. } => Some(time),
        DatasetKind::History { from, .. } => Some(from),
        DatasetKind::Attributes => None,
    };
    if column.is_some_and(|column| dataset[column].ty == Type::Date) {
        show_date(calendar.date_of(at))
    } else {
        calendar.show_instant(at).replace('T', " ")
    }
}
