//! Which fields of a definition differ, and how.

use std::collections::BTreeMap;

use milepost_syntax::outline::{Written, WrittenValue};

use super::rules::{Event, by_id};

/// A field that differs.
#[derive(Clone, Debug)]
pub(super) struct FieldChange<'a> {
    /// `target.at_least`, `columns.plan`
    pub(super) path: Vec<&'a str>,
    /// The paths of all that came or went with it.
    pub(super) covered: Vec<Vec<&'a str>>,
    /// The fields of tables on the way, as `metric.target`, from the outermost inward.
    pub(super) keys: Vec<String>,
    pub(super) event: Event,
    /// Absent: it was not there.
    pub(super) before: Option<Text<'a>>,
    /// Absent: it is gone.
    pub(super) after: Option<Text<'a>>,
}

/// What is or was written there.
#[derive(Clone, Debug)]
pub(super) struct Text<'a> {
    pub(super) text: String,
    /// The value, where it is a single one.
    pub(super) value: Option<&'a WrittenValue>,
}

/// The differences between the fields of two versions of a definition, in the order in which they are written: first those
/// of the new one.
pub(super) fn changes<'a>(before: &'a [Written], after: &'a [Written]) -> Vec<FieldChange<'a>> {
    let (old, new) = (by_path(before), by_path(after));
    let mut found: Vec<FieldChange<'a>> = Vec::new();
    let sides = [(after, &new, &old, Event::Added), (before, &old, &new, Event::Removed)];
    for (written, own, other, event) in sides {
        for field in written {
            let path = path(field);
            if let Some(same) = other.get(&path) {
                if event == Event::Added {
                    found.extend(changed(same, field, &new));
                }
                continue;
            }
            // A name without anything behind it, which the other side says more of.
            if other.keys().any(|known| known.starts_with(&path)) {
                continue;
            }
            let depth = depth_of_absence(&path, other);
            let whole = &path[..depth];
            if found.iter().any(|known| known.path == whole && known.event == event) {
                continue;
            }
            found.push(came_or_went(whole, field, own, event));
        }
    }
    found
}

fn path(field: &Written) -> Vec<&str> {
    field.path.iter().map(String::as_str).collect()
}

fn by_path(fields: &[Written]) -> BTreeMap<Vec<&str>, &Written> {
    fields.iter().map(|field| (path(field), field)).collect()
}

/// How much of a path the other side lacks first: `columns.plan` where no field of that column is there.
fn depth_of_absence(path: &[&str], other: &BTreeMap<Vec<&str>, &Written>) -> usize {
    let is_there = |depth: usize| other.keys().any(|known| known.starts_with(&path[..depth]));
    (1..path.len()).find(|depth| !is_there(*depth)).unwrap_or(path.len())
}

fn keys(field: &Written, depth: usize) -> Vec<String> {
    field.fields[..depth].iter().flatten().map(|field| field.key()).collect()
}

fn came_or_went<'a>(
    path: &[&'a str],
    field: &Written,
    own: &BTreeMap<Vec<&'a str>, &'a Written>,
    event: Event,
) -> FieldChange<'a> {
    let parts: Vec<(&Vec<&str>, &&Written)> =
        own.iter().filter(|(known, _)| known.starts_with(path)).collect();
    let text = match parts.as_slice() {
        [(only, single)] if only.len() == path.len() => {
            Text { text: single.value.text(), value: Some(&single.value) }
        }
        _ => {
            let named = parts.iter().map(|(known, part)| {
                let rest = known[path.len()..].join(".");
                if rest.is_empty() {
                    part.value.text()
                } else {
                    format!("{rest}: {}", part.value.text())
                }
            });
            Text { text: named.collect::<Vec<_>>().join("; "), value: None }
        }
    };
    let (before, after) =
        if event == Event::Added { (None, Some(text)) } else { (Some(text), None) };
    let covered = parts.iter().map(|(known, _)| (*known).clone()).collect();
    FieldChange {
        path: path.to_vec(),
        covered,
        keys: keys(field, path.len()),
        event,
        before,
        after,
    }
}

/// What is different in a value that both sides have. Of names whose order says nothing each that came or went is a change
/// of its own.
fn changed<'a>(
    before: &'a Written,
    after: &'a Written,
    new: &BTreeMap<Vec<&'a str>, &'a Written>,
) -> Vec<FieldChange<'a>> {
    let keys = keys(after, after.path.len());
    let is_set = keys.last().is_some_and(|key| by_id("order").fields.contains(&key.as_str()));
    let change = |event, before: Option<Text<'a>>, after_it: Option<Text<'a>>| FieldChange {
        path: path(after),
        covered: vec![path(after)],
        keys: keys.clone(),
        event,
        before,
        after: after_it,
    };
    let whole = |written: &'a Written| {
        Some(Text { text: written.value.text(), value: Some(&written.value) })
    };
    let (WrittenValue::Names(old), WrittenValue::Names(names)) = (&before.value, &after.value)
    else {
        let same = before.value.text() == after.value.text();
        return if same {
            Vec::new()
        } else {
            vec![change(Event::Changed, whole(before), whole(after))]
        };
    };
    let only = |list: &[String], other: &[String], stay: bool| -> Vec<String> {
        list.iter().filter(|name| other.contains(name) == stay).cloned().collect()
    };
    let moved = only(old, names, true) != only(names, old, true);
    if is_set {
        let text = |name: String| Some(Text { text: name, value: None });
        let gone = only(old, names, false).into_iter().map(text);
        let came = only(names, old, false).into_iter().map(text);
        return gone
            .map(|text| change(Event::Removed, text, None))
            .chain(came.map(|text| change(Event::Added, None, text)))
            .chain(moved.then(|| change(Event::Reordered, whole(before), whole(after))))
            .collect();
    }
    // Names with definitions of their own: those that came and went are told with theirs.
    let depth = after.path.len();
    let are_defined = new.keys().any(|known| known.len() > depth && known[..depth] == *path(after));
    let differs = moved || (!are_defined && old != names);
    differs.then(|| change(Event::Changed, whole(before), whole(after))).into_iter().collect()
}
