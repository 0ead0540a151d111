//! Amounts of several currencies can't be added up: each row's must be in the project's.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use datafusion::error::DataFusionError;

use milepost_semantics::model::{Column, ColumnId, Dataset, DatasetId, Model};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};

use super::open::Opening;
use crate::sql::Scope;

/// How many amounts there are of each currency that is not the project's; those without a currency come last.
#[derive(Default)]
struct Others<'a> {
    counts: BTreeMap<(bool, String), u64>,
    project: &'a str,
}

impl<'a> Others<'a> {
    fn of(model: &'a Model) -> Self {
        Self { counts: BTreeMap::new(), project: &model.project.currency }
    }

    /// Codes are the same in capital and in small letters, with blanks around them or without.
    fn add(&mut self, code: Option<&str>, rows: u64) {
        let code = code.unwrap_or_default().trim().to_ascii_uppercase();
        if code != self.project {
            *self.counts.entry((code.is_empty(), code)).or_default() += rows;
        }
    }

    fn tell(self, dataset: &Dataset, column: &Column, diagnostics: &mut Diagnostics) {
        let Some(currency) = column.currency_column.filter(|_| !self.counts.is_empty()) else {
            return;
        };
        let message = format!(
            "`{}.{}` holds amounts that are not in the project's currency {}: {}",
            dataset.name,
            column.name,
            self.project,
            list(&self.counts, dataset[currency].pii)
        );
        diagnostics.push(
            Diagnostic::error(codes::MIXED_CURRENCY, column.span, message)
                .help("amounts of several currencies have no sum: convert them to one currency in the data, and name that column here"),
        );
    }
}

/// `2 rows in EUR, 1 row without a currency`. What is no code is not shown: it may be anything.
fn list(counts: &BTreeMap<(bool, String), u64>, personal: bool) -> String {
    let is_code = |code: &str| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase());
    let mut list: Vec<(String, u64)> = Vec::new();
    for ((none, code), n) in counts {
        let what = if *none {
            "without a currency".to_owned()
        } else if is_code(code) && !personal {
            format!("in {code}")
        } else {
            "with a text that is not a currency code".to_owned()
        };
        match list.iter_mut().find(|(other, _)| *other == what) {
            Some((_, rows)) => *rows += n,
            None => list.push((what, *n)),
        }
    }
    let rows = |n: &u64| if *n == 1 { "row" } else { "rows" };
    let list: Vec<String> =
        list.iter().map(|(what, n)| format!("{n} {} {what}", rows(n))).collect();
    list.join(", ")
}

/// Looks at the amounts of the files' columns.
pub(super) fn of_files(
    model: &Model,
    dataset: &Dataset,
    batch: &RecordBatch,
    diagnostics: &mut Diagnostics,
) {
    for column in &dataset.columns {
        let Some(currency) = column.currency_column else { continue };
        let (Some(amounts), Some(codes)) =
            (batch.column_by_name(&column.name), batch.column_by_name(&dataset[currency].name))
        else {
            continue;
        };
        let Some(codes) = codes.as_string_opt::<i32>() else { continue };
        let mut counts: BTreeMap<Option<&str>, u64> = BTreeMap::new();
        for row in (0..batch.num_rows()).filter(|row| amounts.is_valid(*row)) {
            let code = codes.is_valid(row).then(|| codes.value(row));
            *counts.entry(code).or_default() += 1;
        }
        let mut others = Others::of(model);
        counts.into_iter().for_each(|(code, n)| others.add(code, n));
        others.tell(dataset, column, diagnostics);
    }
}

/// Looks at amounts that are computed, or whose currency is. Every table must be there.
pub(super) async fn of_computed(
    opening: &Opening<'_>,
    (id, column): (DatasetId, ColumnId),
    diagnostics: &mut Diagnostics,
) -> Result<(), DataFusionError> {
    let model = opening.model;
    let dataset = &model[id];
    let Some(currency) = dataset[column].currency_column else { return Ok(()) };
    let mut scope = Scope::new(model, id);
    let (amount, code) = (scope.column(&[], id, column), scope.column(&[], id, currency));
    let sql = format!(
        "SELECT CAST({code} AS VARCHAR) AS code, count(*) AS n FROM {} WHERE {amount} IS NOT NULL GROUP BY {code}",
        scope.tables()
    );
    let mut others = Others::of(model);
    for batch in opening.tables.sql(&sql).await?.collect().await? {
        let codes = arrow::compute::cast(batch.column(0), &arrow::datatypes::DataType::Utf8)?;
        let codes = codes.as_string::<i32>();
        let counts = batch.column(1).as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            let code = codes.is_valid(row).then(|| codes.value(row));
            others.add(code, counts.value(row).unsigned_abs());
        }
    }
    others.tell(dataset, &dataset[column], diagnostics);
    Ok(())
}
