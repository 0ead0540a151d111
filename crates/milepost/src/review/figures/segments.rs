//! Which members a segment has by both versions, at the as-of.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use milepost_engine::{Listing, Members};
use milepost_plan::request::Request;
use milepost_semantics::diff::{Changed, Changes, Level, SubjectKind};
use milepost_semantics::model::Model;
use milepost_semantics::time::AsOf;
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::parse_spec;
use serde::Serialize;

use super::Member;
use super::who::named_by;
use crate::error::Error;
use crate::project::Loaded;
use crate::report::cell_text;
use crate::review::Version;
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
fn asked<'c>(changes: &'c Changes, old: &Model, new: &Model) -> Vec<(&'c Changed, String)> {
    let entity = |model: &Model, name: &str| {
        let segment = model.segments.iter().find(|segment| segment.name == name)?;
        Some(model[segment.of].name.clone())
    };
    let both = |changed: &'c Changed| {
        let name = &changed.subject.name;
        let of = entity(new, name)?;
        let before = changed.renamed_from.as_ref().unwrap_or(name);
        (entity(old, before)? == of).then_some((changed, of))
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
    let mut found = Vec::new();
    for (changed, of) in asked(changes, old, new) {
        let name = &changed.subject.name;
        let before_name = changed.renamed_from.as_ref().unwrap_or(name);
        let before = groups(base, &of, before_name, as_of)?;
        let after = groups(head, &of, name, as_of)?;
        if let (Some(before), Some(after)) = (before, after) {
            found.push(compared(name, &before, &after));
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

/// Each living member with its group; nothing where members have no key that may be shown.
fn groups(
    version: &Version,
    entity: &str,
    segment: &str,
    as_of: AsOf,
) -> Result<Option<Groups>, Error> {
    let Some((model, metric)) = with_count(&version.loaded, version, entity, segment) else {
        return Ok(None);
    };
    let (Some(metric), Some(by)) = (model.metric(&metric), model.dimension(segment)) else {
        return Ok(None);
    };
    let request = Request::sliced(&model, metric, by);
    let requests = [request];
    let mut diagnostics = Diagnostics::default();
    let engine = &version.engine;
    let data = steps::open(engine, &model, Some(as_of), &requests, false, &mut diagnostics);
    let Some(data) = data.filter(|_| !diagnostics.has_errors()) else { return Ok(None) };
    match steps::members(engine, &model, &data, &requests[0], &Listing::default()) {
        Ok(members) => Ok(by_key(&model, &members)),
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

/// The model with a metric that counts the members of an entity by a segment, and its name.
fn with_count(
    loaded: &Loaded,
    version: &Version,
    entity: &str,
    segment: &str,
) -> Option<(Model, String)> {
    let mut loaded = loaded.clone();
    let mut name = format!("members_by_{segment}");
    while loaded.package.metrics.iter().any(|metric| metric.name.node == name) {
        name.push('_');
    }
    let mut text = String::new();
    let _ = writeln!(
        text,
        "metrics:\n  {name}: {{ value: count({entity} at end), slices: [{segment}] }}"
    );
    let source = loaded.sources.add_text("the members of a segment".to_owned(), text);
    let mut diagnostics = Diagnostics::default();
    parse_spec(loaded.sources.get(source), &mut loaded.package, &mut diagnostics);
    let mut nobody = Diagnostics::default();
    let schemas = steps::schemas(&version.engine, &loaded.package, &mut nobody);
    Some((steps::check(&loaded, &schemas, &mut diagnostics)?, name))
}
