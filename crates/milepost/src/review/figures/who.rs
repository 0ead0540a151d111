//! Who makes the difference: members that enter or leave a number, and one of them worked out both ways.

use std::collections::BTreeMap;

use milepost_engine::write::Values;
use milepost_engine::{Listing, Members};
use milepost_plan::request::Request;
use milepost_plan::results::SeriesBucket;
use milepost_semantics::model::MetricId;
use serde::Serialize;

use super::{Computed, Pair};
use crate::error::Error;
use crate::report::cell_text;
use crate::steps;

/// Members that one version alone counts, in one bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Who {
    pub bucket: String,
    /// Those that the new version counts and the old one does not.
    pub entered: Vec<Member>,
    /// The other way round.
    pub left: Vec<Member>,
    /// Those whose values differ though both count them.
    pub changed: Vec<Member>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<Witness>,
}

/// A member, by its key: `account_id 17`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Member(pub String);

impl Member {
    /// By the columns of its key.
    pub(super) fn of<'k>(key: impl Iterator<Item = (&'k str, Option<String>)>) -> Self {
        let parts =
            key.map(|(name, value)| format!("{name} {}", value.as_deref().unwrap_or("null")));
        Self(parts.collect::<Vec<_>>().join(", "))
    }
}

/// One member by both versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Witness {
    pub member: Member,
    /// What decides, as `name value`, and whether it is counted; absent: it is not among those who could be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Deciding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Deciding>,
}

/// Whether a member is counted, and by which values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deciding {
    pub counted: bool,
    pub values: Vec<(String, String)>,
}

/// Who differs in a bucket; nothing where the rows of the number can't be listed by a key.
pub(super) fn who(
    old: &Computed<'_>,
    new: &Computed<'_>,
    pair: &Pair,
    bucket: &SeriesBucket,
) -> Result<Option<Who>, Error> {
    let (before, after) = (listed(old, pair.old, bucket)?, listed(new, pair.new, bucket)?);
    let (Some(before), Some(after)) = (before, after) else { return Ok(None) };
    let mut found = Who {
        bucket: bucket.bucket.label.clone(),
        entered: Vec::new(),
        left: Vec::new(),
        changed: Vec::new(),
        witness: None,
    };
    let mut keys: Vec<&Member> = before.keys().chain(after.keys()).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        let (was, is) = (before.get(key), after.get(key));
        let counted = |deciding: Option<&Deciding>| deciding.is_some_and(|d| d.counted);
        match (counted(was), counted(is)) {
            (false, true) => found.entered.push(key.clone()),
            (true, false) => found.left.push(key.clone()),
            _ if was.is_some() != is.is_some() => found.changed.push(key.clone()),
            (true, true) if was != is => found.changed.push(key.clone()),
            _ => {}
        }
    }
    let first = found.entered.first().or(found.left.first()).or(found.changed.first());
    found.witness = first.map(|member| Witness {
        member: member.clone(),
        before: before.get(member).cloned(),
        after: after.get(member).cloned(),
    });
    Ok(found.witness.is_some().then_some(found))
}

type ByKey = BTreeMap<Member, Deciding>;

/// The members of the bucket, by key.
fn listed(
    side: &Computed<'_>,
    metric: MetricId,
    bucket: &SeriesBucket,
) -> Result<Option<ByKey>, Error> {
    let total = Request::total(side.model, metric);
    let request = Request { to: Some(bucket.bucket.end), ..total };
    match steps::members(side.engine, side.model, &side.data, &request, &Listing::default()) {
        Ok(members) => Ok(by_key(side, &members)),
        // No rows hold such a number.
        Err(Error::Told(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The columns before that which says who is counted: the key, and the slices that were asked. Nothing where a number stands
/// for the key, which is none.
pub(super) fn named_by(members: &Members) -> Option<&[(String, Values)]> {
    let counted = members.columns.iter().position(|(name, _)| name == "counted")?;
    let columns = &members.columns[..counted];
    columns.first().filter(|(name, _)| name != "row")?;
    Some(columns)
}

fn by_key(side: &Computed<'_>, members: &Members) -> Option<ByKey> {
    let calendar = &side.model.project.calendar;
    let keys = named_by(members)?;
    let counted = keys.len();
    let text = |column: usize, at: usize| {
        cell_text(&members.columns[column].1, at, calendar).unwrap_or_else(|| "null".to_owned())
    };
    let mut found = ByKey::new();
    for at in 0..members.listed() {
        let key =
            keys.iter().map(|(name, values)| (name.as_str(), cell_text(values, at, calendar)));
        let values = (counted + 1..members.columns.len())
            .map(|column| (members.columns[column].0.clone(), text(column, at)));
        let deciding = Deciding { counted: text(counted, at) == "true", values: values.collect() };
        // Rows of one key are told apart by nothing: such numbers have no members.
        if found.insert(Member::of(key), deciding).is_some() {
            return None;
        }
    }
    Some(found)
}
