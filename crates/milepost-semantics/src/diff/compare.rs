//! Two sides, definition by definition.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use milepost_syntax::outline::WrittenValue;

use super::definitions::{Definitions, Subject, SubjectKind};
use super::fields::{FieldChange, Text, changes};
use super::located::{Located, Way, located, located_rows};
use super::meaning::Meanings;
use super::readers::Readers;
use super::rules::{Event, Rule, by_id, of_field};
use super::{Change, Changed, Changes, Level, Side};
use crate::explain::describe;
use crate::model::Model;
use crate::model::canonical::Fingerprint;

/// Everything that is different between two versions of a project.
#[must_use]
pub fn compare(base: Side<'_>, head: Side<'_>) -> Changes {
    let old = Definitions::of(base.package, base.sources);
    let new = Definitions::of(head.package, head.sources);
    let renamed = renamed(&old, &new);
    let base_model = base.model.map(|model| with_new_names(model, &renamed));
    let comparison = Comparison {
        old: &old,
        new: &new,
        renamed: &renamed,
        before: base_model.as_ref().map(Meanings::of),
        after: head.model.map(Meanings::of),
    };
    let mut changed = comparison.all();
    changed.sort_by(|a, b| {
        let place = |c: &Changed| (std::cmp::Reverse(c.level), std::cmp::Reverse(c.subject.kind));
        place(a).cmp(&place(b)).then_with(|| a.subject.name.cmp(&b.subject.name))
    });
    Changes { changed }
}

/// The definitions of a side.
#[must_use]
pub fn subjects(side: Side<'_>) -> Vec<Subject> {
    Definitions::of(side.package, side.sources).all.into_keys().collect()
}

/// New definitions that say what they were called before, where nothing is called so any more.
fn renamed(old: &Definitions<'_>, new: &Definitions<'_>) -> BTreeMap<Subject, Subject> {
    let mut found = BTreeMap::new();
    for (subject, definition) in &new.all {
        let Some(name) = &definition.renamed_from else { continue };
        let before = Subject { kind: subject.kind, name: name.clone() };
        if !old.all.contains_key(subject)
            && old.all.contains_key(&before)
            && !new.all.contains_key(&before)
        {
            found.insert(subject.clone(), before);
        }
    }
    found
}

/// The model with the names that its definitions have on the other side: then its texts can be compared.
fn with_new_names(model: &Model, renamed: &BTreeMap<Subject, Subject>) -> Model {
    let mut model = model.clone();
    for (now, before) in renamed {
        let rename = |name: &mut String| {
            if *name == before.name {
                name.clone_from(&now.name);
            }
        };
        match now.kind {
            SubjectKind::Entity => model.entities.iter_mut().for_each(|d| rename(&mut d.name)),
            SubjectKind::Dataset => model.datasets.iter_mut().for_each(|d| rename(&mut d.name)),
            SubjectKind::Behavior => model.behaviors.iter_mut().for_each(|d| rename(&mut d.name)),
            SubjectKind::Segment => {
                model.segments.iter_mut().for_each(|d| rename(&mut d.name));
                let of_segments = model.dimensions.iter_mut().filter(|d| d.segment.is_some());
                of_segments.for_each(|d| rename(&mut d.name));
            }
            SubjectKind::Score => owner_with_new_name(&mut model, now, before),
            SubjectKind::Journey => {
                owner_with_new_name(&mut model, now, before);
                journey_with_new_name(&mut model, now, before);
            }
            SubjectKind::Metric | SubjectKind::List => {
                model.metrics.iter_mut().for_each(|metric| {
                    if metric.name == before.name {
                        Arc::make_mut(metric).name.clone_from(&now.name);
                    }
                });
            }
            SubjectKind::Project | SubjectKind::Test => {}
        }
    }
    model
}

/// All that it says of a member is named after it.
fn owner_with_new_name(model: &mut Model, now: &Subject, before: &Subject) {
    let rename = |name: &mut String| renamed_after(name, now, before);
    for segment in &mut model.segments {
        if segment.owner.as_ref() == Some(&before.name) {
            rename(&mut segment.name);
            segment.owner = Some(now.name.clone());
        }
    }
    let of_segments = model.dimensions.iter_mut().filter(|d| d.segment.is_some());
    of_segments.for_each(|d| rename(&mut d.name));
}

/// The journey itself, and its figures.
fn journey_with_new_name(model: &mut Model, now: &Subject, before: &Subject) {
    for journey in model.journeys.iter_mut().filter(|journey| journey.name == before.name) {
        journey.name.clone_from(&now.name);
    }
    for metric in &mut model.metrics {
        let mut name = metric.name.clone();
        renamed_after(&mut name, now, before);
        if name != metric.name {
            Arc::make_mut(metric).name = name;
        }
    }
}

/// A name that begins with that of a definition.
fn renamed_after(name: &mut String, now: &Subject, before: &Subject) {
    let rest = name.strip_prefix(&before.name).map(str::to_owned);
    if let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.starts_with('.')) {
        *name = format!("{}{rest}", now.name);
    }
}

pub(super) struct Comparison<'a> {
    old: &'a Definitions<'a>,
    new: &'a Definitions<'a>,
    /// From the new name to the old one.
    renamed: &'a BTreeMap<Subject, Subject>,
    /// Of the old side, with new names.
    pub(super) before: Option<Meanings<'a>>,
    pub(super) after: Option<Meanings<'a>>,
}

impl Comparison<'_> {
    fn all(&self) -> Vec<Changed> {
        let mut own: BTreeMap<Subject, Vec<Change>> = BTreeMap::new();
        let mut readers = Readers::default();
        let old_names: BTreeSet<&Subject> = self.renamed.values().collect();
        let subjects: BTreeSet<&Subject> = self
            .new
            .all
            .keys()
            .chain(self.old.all.keys().filter(|subject| !old_names.contains(subject)))
            .collect();
        for subject in &subjects {
            let found = self.own(subject, &mut readers);
            if !found.is_empty() {
                own.insert((*subject).clone(), found);
            }
        }
        let mut all = Vec::new();
        for subject in subjects {
            let derived = readers.derived(self, subject, own.get(subject).map_or(&[], |o| o));
            let mut own = own.remove(subject).unwrap_or_default();
            own.sort_by_key(|change| std::cmp::Reverse(change.level));
            let levels = own.iter().map(|c| c.level).chain(derived.iter().map(|d| d.level));
            let Some(level) = levels.max() else { continue };
            let (no_longer, now) = self.words(subject);
            let definition = self.new.all.get(subject).or_else(|| self.old.all.get(subject));
            all.push(Changed {
                renamed_from: self.renamed.get(subject).map(|before| before.name.clone()),
                place: self.new.all.get(subject).map(|definition| definition.name),
                imported: definition.is_some_and(|definition| definition.imported),
                subject: subject.clone(),
                level,
                own,
                derived,
                no_longer,
                now,
            });
        }
        all
    }

    /// What is different in a definition itself.
    fn own(&self, subject: &Subject, readers: &mut Readers) -> Vec<Change> {
        let before = self.renamed.get(subject).unwrap_or(subject);
        let (was, is) = (self.old.all.contains_key(before), self.new.all.contains_key(subject));
        match (was, is) {
            (false, false) => Vec::new(),
            (false, true) => vec![self.whole(subject, Event::Added, self.old)],
            (true, false) => vec![self.whole(subject, Event::Removed, self.new)],
            (true, true) => {
                let mut found = Vec::new();
                if before != subject {
                    let (old, new) = (Some(before.name.clone()), Some(subject.name.clone()));
                    found.push(change(subject, by_id("definition-renamed"), "name", old, new));
                }
                let meaning = Meaning::of(self, subject);
                if !(before == subject && self.new.is_as_in(subject, self.old)) {
                    let fields = changes(self.old.fields(before), self.new.fields(subject));
                    // What it was called is told with its name.
                    let told = |field: &FieldChange<'_>| field.path == ["renamed_from"];
                    for field in fields.iter().filter(|field| before == subject || !told(field)) {
                        self.field(subject, field, &meaning, readers, &mut found);
                    }
                }
                self.unwritten(subject, &meaning, readers, &mut found);
                found
            }
        }
    }

    /// A definition that came or went, or can't be read on the side that lacks it.
    fn whole(&self, subject: &Subject, event: Event, lacking: &Definitions<'_>) -> Change {
        let rule = match (subject.kind, event) {
            _ if lacking.broken.contains(subject.name.as_str()) => "definition-unreadable",
            (SubjectKind::Test, Event::Added) => "test-added",
            (SubjectKind::Test, _) => "test-removed",
            (_, Event::Added) => "definition-added",
            (_, _) => "definition-removed",
        };
        let name = Some(subject.name.clone());
        let (before, after) = if event == Event::Added { (None, name) } else { (name, None) };
        change(subject, by_id(rule), "definition", before, after)
    }

    /// What is not written in the definition and is different: days of a file, what the project lacks.
    fn unwritten(
        &self,
        subject: &Subject,
        meaning: &Meaning,
        readers: &mut Readers,
        found: &mut Vec<Change>,
    ) {
        if subject.kind.is_metric()
            && let (Some(before), Some(after)) = (&self.before, &self.after)
        {
            let (was, is) = (before.id(&subject.name), after.id(&subject.name));
            let rule = match (was, is) {
                (Some(_), None) => "availability-lost",
                (None, Some(_)) => "availability-gained",
                _ => return,
            };
            found.push(change(subject, by_id(rule), "definition", None, None));
        }
        let is_told = found.iter().any(|change| change.part.starts_with("calendar"));
        if subject.kind == SubjectKind::Project
            && !meaning.same
            && !is_told
            && let (Some(before), Some(after)) = (&meaning.before, &meaning.after)
        {
            let rule = by_id("calendar");
            let [before, after] = [before, after].map(|text| Some(text.clone()));
            found.push(change(subject, rule, "calendar › holidays", before, after));
            readers.note(subject, &[vec!["calendar", "holidays"]], rule, rule.level);
        }
    }

    fn field(
        &self,
        subject: &Subject,
        field: &FieldChange<'_>,
        meaning: &Meaning,
        readers: &mut Readers,
        found: &mut Vec<Change>,
    ) {
        let rule = rule(field);
        let part = field.path.join(" › ");
        let told = |text: &Option<Text<'_>>| text.as_ref().map(|text| text.text.clone());
        let single = change(subject, rule, &part, told(&field.before), told(&field.after));
        if !rule.proved {
            readers.note(subject, &field.covered, rule, rule.level);
            found.push(single);
            return;
        }
        if meaning.decides(self, subject, &field.path) {
            found.push(Change { level: Level::Cosmetic, why: PROVED.to_owned(), ..single });
            return;
        }
        let places = places(field);
        let whole = places.is_empty().then_some((single, None));
        let parts = places.into_iter().map(|place| {
            let parts: Vec<&str> = std::iter::once(part.as_str()).chain(place.part).collect();
            let part = change(subject, rule, &parts.join(" › "), place.before, place.after);
            (part, undecided(place.way))
        });
        for (one, doubt) in whole.into_iter().chain(parts) {
            let one = match meaning.unknown.as_deref().or(doubt) {
                Some(why) => Change { level: Level::Undecided, why: why.to_owned(), ..one },
                None => one,
            };
            readers.note(subject, &field.covered, rule, one.level);
            found.push(one);
        }
    }

    /// The sentences of a metric's plain words that went and came.
    fn words(&self, subject: &Subject) -> (Vec<String>, Vec<String>) {
        let described = |meanings: &Option<Meanings<'_>>| -> Option<Vec<String>> {
            let meanings = meanings.as_ref().filter(|_| subject.kind.is_metric())?;
            Some(describe(meanings.model, meanings.id(&subject.name)?))
        };
        let (Some(before), Some(after)) = (described(&self.before), described(&self.after)) else {
            return (Vec::new(), Vec::new());
        };
        let only = |list: &[String], other: &[String]| -> Vec<String> {
            list.iter().filter(|line| !other.contains(line)).cloned().collect()
        };
        (only(&before, &after), only(&after, &before))
    }
}

const PROVED: &str = "the canonical text is the same";

/// Why nobody knows what such a difference does.
const fn undecided(way: Way) -> Option<&'static str> {
    match way {
        Way::Replaced => None,
        Way::Rearranged => Some(
            "the same pieces in another arrangement, which is not proved to mean the same: of two reasons the left one counts",
        ),
        Way::Rewritten => {
            Some("it is written in another way, which is not proved to mean the same")
        }
    }
}

/// What a definition means on both sides.
struct Meaning {
    before: Option<String>,
    after: Option<String>,
    same: bool,
    /// Why it can't be compared.
    unknown: Option<String>,
}

impl Meaning {
    fn of(comparison: &Comparison<'_>, subject: &Subject) -> Self {
        let nothing =
            |unknown: Option<String>| Self { before: None, after: None, same: false, unknown };
        let (before, after) = match (&comparison.before, &comparison.after) {
            (Some(before), Some(after)) => (before, after),
            (None, Some(_)) => return nothing(Some("the base has mistakes".to_owned())),
            (Some(_), None) => return nothing(Some("the head has mistakes".to_owned())),
            (None, None) => return nothing(Some("both sides have mistakes".to_owned())),
        };
        if subject.kind.is_metric() {
            let (was, is) = (before.metric(&subject.name), after.metric(&subject.name));
            return match (was, is) {
                (Some(was), Some(is)) => Self { same: was.values == is.values, ..nothing(None) },
                _ => nothing(Some("the project lacks something that it needs".to_owned())),
            };
        }
        let (before, after) = (before.text(subject), after.text(subject));
        Self { same: before.is_some() && before == after, before, after, ..nothing(None) }
    }

    /// Whether the canonical text of what holds that field is the same.
    fn decides(&self, comparison: &Comparison<'_>, subject: &Subject, path: &[&str]) -> bool {
        if let ["columns", column, ..] = path
            && let (Some(before), Some(after)) = (&comparison.before, &comparison.after)
        {
            let text = |side: &Meanings<'_>| side.column(&subject.name, column);
            let (before, after) = (text(before), text(after));
            return before.is_some() && before == after;
        }
        self.same
    }
}

/// The rule of a field that differs. Which range is good is another question than which direction.
fn rule(field: &FieldChange<'_>) -> &'static Rule {
    let is_range =
        |text: &Option<Text<'_>>| text.as_ref().is_some_and(|text| text.text.starts_with("inside"));
    if field.keys.iter().any(|key| key == "metric.better") {
        let same =
            field.path.contains(&"inside") || is_range(&field.before) && is_range(&field.after);
        return by_id(if same { "good-range" } else { "direction" });
    }
    of_field(&field.keys, field.event)
}

/// Where the values of a field differ, if they are expressions or rows.
fn places(field: &FieldChange<'_>) -> Vec<Located> {
    let value = |text: &Option<Text<'_>>| -> Option<WrittenValue> {
        text.as_ref().and_then(|text| text.value.cloned())
    };
    match (value(&field.before), value(&field.after)) {
        (Some(WrittenValue::Expression(before)), Some(WrittenValue::Expression(after))) => {
            located(&before, &after)
        }
        (Some(WrittenValue::Rows(before)), Some(WrittenValue::Rows(after))) => {
            located_rows(&before, &after)
        }
        _ => Vec::new(),
    }
}

/// One thing that is different.
fn change(
    subject: &Subject,
    rule: &'static Rule,
    part: &str,
    before: Option<String>,
    after: Option<String>,
) -> Change {
    let written = |text: &Option<String>| text.as_ref().map(|text| format!("={text}"));
    let fields = [
        Some(subject.to_string()),
        Some(rule.id.to_owned()),
        Some(part.to_owned()),
        written(&before),
        written(&after),
    ];
    let text: Vec<String> = fields.into_iter().map(Option::unwrap_or_default).collect();
    let id = Fingerprint::of(&text.join("\u{0}")).to_string()[..16].to_owned();
    Change {
        id,
        rule: rule.id,
        level: rule.level,
        part: part.to_owned(),
        before,
        after,
        why: rule.why.to_owned(),
    }
}
