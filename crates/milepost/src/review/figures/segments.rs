//! Which members a segment has by both versions, at the as-of.

use std::collections::{BTreeMap, BTreeSet};

use milepost_engine::{Listing, Members};
use milepost_semantics::diff::{Changed, Changes, Level, SubjectKind};
use milepost_semantics::model::{Model, SegmentId};
use milepost_semantics::time::AsOf;
use milepost_syntax::diagnostic::Diagnostics;
use serde::Serialize;

use super::Member;
use super::who::named_by;
use crate::error::Error;
use crate::report::cell_text;
use crate::review::Version;
use crate::segments::Sizes;
use crate::steps;

/// The members of a segment by both versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SegmentFigures {
    pub name: String,
    /// How many members each group of it has.
    pub sizes: Vec<GroupSize>,
    /// The members that are in another group.
    pub moved: Vec<Moved>,
}

/// One group of a segment: a band, or `true` and `false`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupSize {
    pub group: String,
    pub before: usize,
    pub after: usize,
}

/// A member that is in another group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moved {
    pub member: Member,
    /// Absent: it is no member there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// The segments that are different and that both versions have, of the same entity.
fn asked<'c>(
    changes: &'c Changes,
    old: &Model,
    new: &Model,
) -> Vec<(&'c Changed, SegmentId, SegmentId)> {
    let both = |changed: &'c Changed| {
        let name = &changed.subject.name;
        let before = changed.renamed_from.as_ref().unwrap_or(name);
        let (before, after) = (old.segment(before)?, new.segment(name)?);
        let of = |model: &Model, id: SegmentId| model[model[id].of].name.clone();
        (of(old, before) == of(new, after)).then_some((changed, before, after))
    };
    let different = changes.changed.iter().filter(|changed| {
        changed.subject.kind == SubjectKind::Segment && changed.level >= Level::Undecided
    });
    different.filter_map(both).collect()
}

/// The members of all segments that are different, at the as-of.
pub(super) fn segments(
    (base, head): (&Version, &Version),
    (old, new): (&Model, &Model),
    changes: &Changes,
    as_of: AsOf,
) -> Result<Vec<SegmentFigures>, Error> {
    let (old_sizes, new_sizes) = (Sizes::new(old), Sizes::new(new));
    let mut found = Vec::new();
    for (changed, before, after) in asked(changes, old, new) {
        let before = groups(base, &old_sizes, before, as_of)?;
        let after = groups(head, &new_sizes, after, as_of)?;
        if let (Some(before), Some(after)) = (before, after) {
            found.push(compared(&changed.subject.name, &before, &after));
        }
    }
    Ok(found)
}

type Groups = BTreeMap<Member, String>;

fn compared(name: &str, before: &Groups, after: &Groups) -> SegmentFigures {
    let names: BTreeSet<&String> = before.values().chain(after.values()).collect();
    let size = |groups: &Groups, name: &String| groups.values().filter(|g| *g == name).count();
    let sizes = names.into_iter().map(|group| GroupSize {
        group: group.clone(),
        before: size(before, group),
        after: size(after, group),
    });
    let keys: BTreeSet<&Member> = before.keys().chain(after.keys()).collect();
    let moved = keys.into_iter().filter(|key| before.get(*key) != after.get(*key));
    let moved = moved.map(|key| Moved {
        member: key.clone(),
        before: before.get(key).cloned(),
        after: after.get(key).cloned(),
    });
    SegmentFigures { name: name.to_owned(), sizes: sizes.collect(), moved: moved.collect() }
}

/// Each living member with its group; nothing where members can't be counted, or have no key that may be shown.
fn groups(
    version: &Version,
    sizes: &Sizes,
    segment: SegmentId,
    as_of: AsOf,
) -> Result<Option<Groups>, Error> {
    let model = sizes.model();
    let Some(request) = sizes.by_group(segment) else { return Ok(None) };
    let requests = [request];
    let mut diagnostics = Diagnostics::default();
    let engine = &version.engine;
    let data = steps::open(engine, model, Some(as_of), &requests, false, &mut diagnostics);
    let Some(data) = data.filter(|_| !diagnostics.has_errors()) else { return Ok(None) };
    match steps::members(engine, model, &data, &requests[0], &Listing::default()) {
        Ok(members) => Ok(by_key(model, &members)),
        Err(Error::Told(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn by_key(model: &Model, members: &Members) -> Option<Groups> {
    let calendar = &model.project.calendar;
    let ((_, group), key) = named_by(members)?.split_last()?;
    let all = (0..members.listed()).map(|at| {
        let key = key.iter().map(|(name, values)| (name.as_str(), cell_text(values, at, calendar)));
        let group = cell_text(group, at, calendar).unwrap_or_else(|| "(unknown)".to_owned());
        (Member::of(key), group)
    });
    Some(all.collect())
}
