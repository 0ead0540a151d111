//! The members of a number in order, as columns.

use std::cmp::Ordering;

use milepost_semantics::model::{MetricId, PartId, Type};
use milepost_semantics::time::Grain;

use super::question::{COUNTED, ListedColumn, Listing, OrderBy, Part, ROW};
use crate::error::EngineError;
use crate::request::Request;
use crate::results::{Cell, SeriesBucket};
use crate::rows::{KeyPart, ListedRow};
use crate::write::Values;

/// The members or rows that a number holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Members {
    pub metric: MetricId,
    pub part: PartId,
    pub grain: Grain,
    pub bucket: SeriesBucket,
    /// The number.
    pub cell: Cell,
    /// How many members it has, and how many of them are counted, whether they are listed or not.
    pub total: usize,
    pub counted: usize,
    /// The key (or `row`, a number, where it is personal data or there is none), the dimensions that were asked, `counted`,
    /// and the values that decide. All have one value for each member that is listed.
    pub columns: Vec<(String, Values)>,
}

impl Members {
    pub(super) fn new(
        request: &Request,
        bucket: SeriesBucket,
        cell: Cell,
        columns: Vec<ListedColumn<'_>>,
        mut rows: Vec<ListedRow>,
        listing: &Listing,
    ) -> Result<Self, EngineError> {
        let keys =
            columns.iter().take_while(|c| matches!(c.part, Part::Key | Part::Hidden)).count();
        let by_key = |a: &ListedRow, b: &ListedRow| {
            // Rows without a key are ordered by when they are, and then by everything that is listed of them.
            let key = in_order(&a.values[..keys], &b.values[..keys]);
            key.then_with(|| a.time.cmp(&b.time))
                .then_with(|| in_order(&a.values, &b.values))
                .then_with(|| a.counted.cmp(&b.counted))
        };
        rows.sort_by(by_key);
        let (total, counted) = (rows.len(), rows.iter().filter(|row| row.counted).count());
        let mut numbered: Vec<(usize, ListedRow)> = rows.into_iter().enumerate().collect();
        if let Some(order) = &listing.order_by {
            order.sort(&columns, &mut numbered);
        }
        if let Some(limit) = listing.limit {
            numbered.truncate(limit);
        }
        let columns = shown(&columns, &numbered)?;
        let Request { metric, part, grain, .. } = *request;
        Ok(Self { metric, part, grain, bucket, cell, total, counted, columns })
    }

    /// How many members are listed.
    #[must_use]
    pub fn listed(&self) -> usize {
        self.columns.iter().map(|(_, values)| values.len()).max().unwrap_or(0)
    }
}

fn shown(
    columns: &[ListedColumn<'_>],
    rows: &[(usize, ListedRow)],
) -> Result<Vec<(String, Values)>, EngineError> {
    let mut all: Vec<(String, Values)> = Vec::new();
    let column = |at: usize| {
        values(columns[at].ty, rows.iter().map(move |(_, row)| row.values[at].as_ref()))
    };
    let of = |part: Part| (0..columns.len()).filter(move |at| columns[*at].part == part);
    if of(Part::Key).next().is_none() {
        // As people count.
        let numbers = rows.iter().map(|(number, _)| i64::try_from(number + 1).ok());
        all.push((ROW.to_owned(), Values::Integer(numbers.collect())));
    }
    for at in of(Part::Key).chain(of(Part::Slice)) {
        all.push((columns[at].name.clone(), column(at)?));
    }
    all.push((
        COUNTED.to_owned(),
        Values::Boolean(rows.iter().map(|(_, row)| Some(row.counted)).collect()),
    ));
    for at in of(Part::Value) {
        all.push((columns[at].name.clone(), column(at)?));
    }
    Ok(all)
}

/// Values as a column of their type.
pub(super) fn values<'r>(
    ty: Type,
    parts: impl Iterator<Item = Option<&'r KeyPart>> + Clone,
) -> Result<Values, EngineError> {
    fn all<'r, T>(
        parts: impl Iterator<Item = Option<&'r KeyPart>>,
        of: impl Fn(&KeyPart) -> Option<T>,
    ) -> Result<Vec<Option<T>>, EngineError> {
        let one = |part: Option<&KeyPart>| match part {
            None => Ok(None),
            Some(part) => of(part).map(Some).ok_or_else(|| {
                EngineError::Internal(format!("a value of another type is listed: {part:?}"))
            }),
        };
        parts.map(one).collect()
    }
    let is_whole = |part: &KeyPart| matches!(part, KeyPart::Integer(_));
    Ok(match ty {
        // What has too many digits for an integer is a double.
        Type::Integer if !parts.clone().flatten().all(is_whole) => {
            return values(Type::Number, parts);
        }
        Type::Text => Values::Text(all(parts, |part| match part {
            KeyPart::Text(text) => Some(text.to_string()),
            _ => None,
        })?),
        Type::Integer => Values::Integer(all(parts, |part| match part {
            KeyPart::Integer(n) => Some(*n),
            _ => None,
        })?),
        Type::Boolean => Values::Boolean(all(parts, |part| match part {
            KeyPart::Boolean(b) => Some(*b),
            _ => None,
        })?),
        Type::Date => Values::Date(all(parts, |part| match part {
            KeyPart::Date(day) => Some(*day),
            _ => None,
        })?),
        Type::Timestamp => Values::Instant(all(parts, |part| match part {
            KeyPart::Timestamp(t) => Some(*t),
            _ => None,
        })?),
        Type::Number | Type::Decimal | Type::Duration | Type::Unknown => {
            Values::Number(all(parts, |part| match part {
                KeyPart::Integer(_) | KeyPart::Number(_) => Some(part.number()),
                _ => None,
            })?)
        }
    })
}

/// The order of values, one after the other; what is absent comes last.
pub(super) fn in_order(a: &[Option<KeyPart>], b: &[Option<KeyPart>]) -> Ordering {
    let pairs = a.iter().zip(b);
    pairs.fold(Ordering::Equal, |known, (a, b)| {
        known.then_with(|| one_in_order(a.as_ref(), b.as_ref(), false))
    })
}

pub(super) fn one_in_order(a: Option<&KeyPart>, b: Option<&KeyPart>, descending: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if descending => b.order(a),
        (Some(a), Some(b)) => a.order(b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

impl OrderBy {
    /// Rows that are equal stay in the order of their keys.
    fn sort(&self, columns: &[ListedColumn<'_>], rows: &mut [(usize, ListedRow)]) {
        let Self { column, descending } = self;
        let at = columns.iter().position(|c| c.part != Part::Hidden && c.name == *column);
        rows.sort_by(|(_, a), (_, b)| match at {
            Some(at) => one_in_order(a.values[at].as_ref(), b.values[at].as_ref(), *descending),
            None if *descending => b.counted.cmp(&a.counted),
            None => a.counted.cmp(&b.counted),
        });
    }
}
