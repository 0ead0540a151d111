//! Segments as the site and the command line show them.

use std::collections::BTreeSet;

use milepost_engine::{DimensionMoves, Standing};
use milepost_plan::results::{Cells, Reason, Series, SliceValue};
use milepost_semantics::explain::describe_segment;
use milepost_semantics::model::{Model, SegmentId};
use milepost_semantics::time::{Calendar, Instant, show_date};
use milepost_site::page::{self, Group, Transition};
use milepost_site::value::shown;
use milepost_syntax::source::SourceMap;

use super::kpi::{buckets, cells, first_shown};
use super::{cell_text, definition, noun};
use crate::segments::History;

/// A segment with its history.
#[must_use]
pub(super) fn segment_page(model: &Model, sources: &SourceMap, history: &History) -> page::Segment {
    let segment = &model[history.segment];
    let calendar = &model.project.calendar;
    let mut page = page::Segment {
        name: segment.name.clone(),
        label: segment.meta.label.clone(),
        description: segment.meta.description.clone(),
        owner: segment.meta.owner.clone(),
        words: describe_segment(model, history.segment),
        yaml: definition::yaml(sources, segment.definition),
        of: noun::of_one(&model[segment.of].name),
        unavailable: None,
        grain: model.project.grain,
        buckets: Vec::new(),
        total: Vec::new(),
        groups: Vec::new(),
        inside: None,
        period: None,
        moved: Vec::new(),
    };
    let Some((total, sizes)) = &history.sizes else {
        let of = &model[segment.of].name;
        page.unavailable =
            Some(format!("nothing says when {of} members live: `lives:` is not set"));
        return page;
    };
    let moves = history.period.as_ref().and_then(|period| period.moves.as_ref().ok());
    let groups = Groups::new(model, history.segment, sizes, moves);
    let first = first_shown(total);
    page.buckets = buckets(calendar, total.buckets.get(first..).unwrap_or_default());
    let whole = total.rows.first().map(|row| &row.cells);
    page.total = whole.map_or_else(Vec::new, |whole| cells(whole, first));
    page.groups = groups.over_time(sizes, whole, first);
    page.inside = segment.inside().and_then(|inside| groups.position(Some(inside)));
    page.period = history.period.as_ref().map(|period| {
        let between = (period.bucket.start, period.bucket.end);
        let moves = period.moves.as_ref().map(|moves| groups.transition(calendar, between, moves));
        (period.bucket.label.clone(), moves.map_err(ToString::to_string))
    });
    page.moved = moves.map_or_else(Vec::new, |moves| moved(model, history.segment, moves));
    page.unavailable = unavailable(whole);
    page
}

/// Who moved between two instants.
#[must_use]
pub fn transition(
    model: &Model,
    segment: SegmentId,
    between: (Instant, Instant),
    moves: &DimensionMoves,
) -> Transition {
    let groups = Groups::of(model, segment, std::iter::empty(), Some(moves));
    groups.transition(&model.project.calendar, between, moves)
}

/// Those who moved, by their names: the column after those of the key.
fn moved(model: &Model, segment: SegmentId, moves: &DimensionMoves) -> Vec<page::Moved> {
    let name = |at: usize| {
        let (_, names) = moves.moved.last()?;
        cell_text(names, at, &model.project.calendar)
    };
    let steps = standings(model, segment, moves).into_iter().enumerate();
    let one = |(at, (from, to))| page::Moved { name: name(at).unwrap_or_default(), from, to };
    steps.map(one).collect()
}

/// Which dataset is missing, if one is.
fn unavailable(whole: Option<&Cells>) -> Option<String> {
    match whole?.iter().next()?.value {
        Err(reason @ Reason::Unavailable { .. }) => Some(reason.to_string()),
        _ => None,
    }
}

/// The groups of a segment in the order in which they are shown: those of its rule, who fits none, and who can't be told.
struct Groups {
    /// Absent: it can't be told.
    values: Vec<Option<String>>,
    names: Vec<String>,
}

impl Groups {
    fn new(
        model: &Model,
        segment: SegmentId,
        sizes: &Series,
        moves: Option<&DimensionMoves>,
    ) -> Self {
        let keys = sizes.rows.iter().map(|row| row.key.first().and_then(SliceValue::text));
        Self::of(model, segment, keys, moves)
    }

    fn of<'v>(
        model: &'v Model,
        segment: SegmentId,
        sizes: impl Iterator<Item = Option<&'v str>>,
        moves: Option<&'v DimensionMoves>,
    ) -> Self {
        let standing = |standing: &'v Standing| match standing {
            Standing::Group(name) => Some(Some(name.as_str())),
            Standing::Unknown => Some(None),
            Standing::Outside => None,
        };
        let steps = moves.iter().flat_map(|moves| moves.counts.keys());
        let found = steps.flat_map(|(from, to)| [from, to]).filter_map(standing);
        let segment = &model[segment];
        let rule = segment.groups().into_iter().map(Some);
        let place = |value: Option<&str>| value.map_or(usize::MAX, |group| segment.place(group));
        let all: BTreeSet<(usize, Option<&str>)> =
            rule.chain(sizes).chain(found).map(|value| (place(value), value)).collect();
        let values: Vec<Option<String>> =
            all.into_iter().map(|(_, value)| value.map(str::to_owned)).collect();
        let names = shown(values.iter().map(Option::as_deref));
        Self { values, names }
    }

    fn position(&self, value: Option<&str>) -> Option<usize> {
        self.values.iter().position(|other| other.as_deref() == value)
    }

    fn standing(&self, standing: &Standing) -> Option<usize> {
        match standing {
            Standing::Group(name) => self.position(Some(name)),
            Standing::Unknown => self.position(None),
            Standing::Outside => None,
        }
    }

    /// The members of each group. A group that nobody ever was in has none wherever members are known.
    fn over_time(&self, sizes: &Series, whole: Option<&Cells>, first: usize) -> Vec<Group> {
        let row = |value: Option<&str>| {
            sizes.rows.iter().find(|row| row.key.first().and_then(SliceValue::text) == value)
        };
        let nobody = || {
            let all = whole.map_or_else(Vec::new, |whole| cells(whole, first));
            let none = |cell| match cell {
                page::Cell::Value { absent, .. } => {
                    page::Cell::Value { value: 0.0, n: Some(0), absent }
                }
                reason @ page::Cell::Reason(_) => reason,
            };
            all.into_iter().map(none).collect()
        };
        let group = |(value, name): (&Option<String>, &String)| Group {
            name: name.clone(),
            is_unknown: value.is_none(),
            cells: row(value.as_deref()).map_or_else(nobody, |row| cells(&row.cells, first)),
        };
        self.values.iter().zip(&self.names).map(group).collect()
    }

    fn transition(
        &self,
        calendar: &Calendar,
        (before, after): (Instant, Instant),
        moves: &DimensionMoves,
    ) -> Transition {
        let outside = self.values.len();
        let mut counts = vec![vec![0; outside + 1]; outside + 1];
        let at = |standing: &Standing| self.standing(standing).unwrap_or(outside);
        for ((from, to), number) in &moves.counts {
            counts[at(from)][at(to)] += number;
        }
        // The last instant of a day belongs to it.
        let day = |end: Instant| show_date(calendar.date_of(Instant(end.0 - 1)));
        Transition { since: day(before), until: day(after), groups: self.names.clone(), counts }
    }
}

/// What a member is called where it stands.
#[must_use]
pub fn standings(
    model: &Model,
    segment: SegmentId,
    moves: &DimensionMoves,
) -> Vec<(String, String)> {
    let groups = Groups::of(model, segment, std::iter::empty(), Some(moves));
    let name = |standing: &Standing, outside: &str| {
        let at = groups.standing(standing);
        at.map_or_else(|| outside.to_owned(), |at| groups.names[at].clone())
    };
    let steps = moves.steps.iter();
    steps.map(|(from, to)| (name(from, page::NEW), name(to, page::GONE))).collect()
}
