//! Who is in another group at a later day: the members of an entity at two instants, by the segments that divide them.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use milepost_semantics::model::{DimensionId, Model, Type};
use milepost_semantics::time::{Grain, Instant};

use super::answer::{in_order, values};
use super::question::{ListedColumn, Part, ROW, Sides, columns, without_a_bucket};
use super::{Held, held};
use crate::data::Data;
use crate::error::EngineError;
use crate::job::Job;
use crate::request::Request;
use crate::results::{Cell, SeriesBucket};
use crate::rows::{KeyPart, Limits, ListedRow};
use crate::write::Values;

/// The members of an entity at two instants.
#[derive(Clone, Debug, PartialEq)]
pub struct Moves {
    /// The days at whose ends they are counted, and how many there are.
    pub before: (SeriesBucket, Cell),
    pub after: (SeriesBucket, Cell),
    /// One for each dimension that was asked, in their order. None where nothing is known at one of the two.
    pub dimensions: Vec<DimensionMoves>,
}

/// The members by one dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct DimensionMoves {
    pub dimension: DimensionId,
    /// How many are here at the first instant and there at the second.
    pub counts: BTreeMap<(Standing, Standing), u64>,
    /// The key of those that moved (or `row`, a number, where it is personal data), in its order, and what else names them.
    pub moved: Vec<(String, Values)>,
    /// From where to where they moved.
    pub steps: Vec<(Standing, Standing)>,
}

/// Where a member is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    Group(String),
    /// It can't be told.
    Unknown,
    /// It has not begun, or has ended.
    Outside,
}

/// Where each moves between the ends of two days, by the dimensions of a request; at most so many of those who moved.
pub(crate) async fn moves(
    model: &Model,
    data: &Data,
    request: &Request,
    (before, after): (Instant, Instant),
    (names, most): (&[DimensionId], Option<usize>),
    limits: Limits,
) -> Result<Moves, EngineError> {
    let at = |to: Instant| Request {
        grain: Grain::Day,
        by: request.by.iter().chain(names).copied().collect(),
        from: None,
        to: Some(to),
        ..request.clone()
    };
    let (first, second) = (at(before), at(after));
    let (listed, before) = members_at(model, data, &first, limits).await?;
    let (_, after) = members_at(model, data, &second, limits).await?;
    let known = before.cell.value.is_ok() && after.cell.value.is_ok();
    let sorted = |held: Held| (held.rows, (held.bucket, held.cell));
    let ((mut old, before), (mut new, after)) = (sorted(before), sorted(after));
    let keys = listed.iter().take_while(|c| matches!(c.part, Part::Key | Part::Hidden)).count();
    let by_key = |a: &ListedRow, b: &ListedRow| in_order(&a.values[..keys], &b.values[..keys]);
    old.sort_by(by_key);
    new.sort_by(by_key);
    let pairs = paired(&old, &new, &by_key);
    let dimension = |(at, dimension): (usize, &DimensionId)| {
        let counted =
            Counted { listed: &listed, keys, of: keys + at, names: keys + request.by.len(), most };
        counted.moves(*dimension, &pairs)
    };
    let dimensions = request.by.iter().enumerate().filter(|_| known).map(dimension);
    Ok(Moves { before, after, dimensions: dimensions.collect::<Result<_, EngineError>>()? })
}

async fn members_at<'m>(
    model: &'m Model,
    data: &Data,
    request: &'m Request,
    limits: Limits,
) -> Result<(Vec<ListedColumn<'m>>, Held), EngineError> {
    let Some(job) = Job::of_last_bucket(model, data.as_of, request)? else {
        return Err(without_a_bucket(model, request));
    };
    let sides = Sides::of(model, request, &job.compiled)?;
    let listed = columns(model, &sides, &request.by);
    let held = held(model, data, &job, &sides, &listed, false, limits).await?;
    Ok((listed, held))
}

type Pair<'r> = (Option<&'r ListedRow>, Option<&'r ListedRow>);

/// The rows of both by their keys, each of which is in the order of these. Rows of one key follow each other, one by one.
fn paired<'r>(
    old: &'r [ListedRow],
    new: &'r [ListedRow],
    by_key: &impl Fn(&ListedRow, &ListedRow) -> Ordering,
) -> Vec<Pair<'r>> {
    let mut pairs = Vec::with_capacity(old.len().max(new.len()));
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return pairs,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => by_key(a, b),
        };
        pairs.push(match order {
            Ordering::Less => (old.next(), None),
            Ordering::Equal => (old.next(), new.next()),
            Ordering::Greater => (None, new.next()),
        });
    }
}

/// How the members are counted by one dimension.
struct Counted<'c, 'm> {
    listed: &'c [ListedColumn<'m>],
    /// How many of the values are those of the key.
    keys: usize,
    /// Which of the values is that of the dimension.
    of: usize,
    /// From which on they are names.
    names: usize,
    most: Option<usize>,
}

impl Counted<'_, '_> {
    fn moves(
        &self,
        dimension: DimensionId,
        pairs: &[Pair<'_>],
    ) -> Result<DimensionMoves, EngineError> {
        let mut counts: BTreeMap<(Standing, Standing), u64> = BTreeMap::new();
        let mut moved: Vec<(usize, &ListedRow)> = Vec::new();
        let mut steps = Vec::new();
        for (number, (old, new)) in pairs.iter().enumerate() {
            let step = (self.standing(*old), self.standing(*new));
            let has_room = self.most.is_none_or(|most| steps.len() < most);
            if step.0 != step.1 && has_room {
                moved.extend(new.or(*old).map(|row| (number, row)));
                steps.push(step.clone());
            }
            *counts.entry(step).or_default() += 1;
        }
        Ok(DimensionMoves { dimension, counts, moved: self.named(&moved)?, steps })
    }

    fn standing(&self, row: Option<&ListedRow>) -> Standing {
        match row.map(|row| &row.values[self.of]) {
            Some(Some(KeyPart::Text(group))) => Standing::Group(group.to_string()),
            Some(_) => Standing::Unknown,
            None => Standing::Outside,
        }
    }

    /// The key of each row, and the names that were asked for.
    fn named(&self, rows: &[(usize, &ListedRow)]) -> Result<Vec<(String, Values)>, EngineError> {
        let is_hidden = self.listed[..self.keys].iter().any(|c| c.part == Part::Hidden);
        let mut all: Vec<(String, Values)> = Vec::new();
        if is_hidden || self.keys == 0 {
            let numbers = rows.iter().map(|(number, _)| i64::try_from(number + 1).ok());
            all.push((ROW.to_owned(), Values::Integer(numbers.collect())));
        }
        let column = |at: usize, ty: Type| {
            values(ty, rows.iter().map(move |(_, row)| row.values[at].as_ref()))
        };
        for (at, listed) in self.listed.iter().enumerate() {
            if listed.part == Part::Key || (at >= self.names && listed.part == Part::Slice) {
                all.push((listed.name.clone(), column(at, listed.ty)?));
            }
        }
        Ok(all)
    }
}
