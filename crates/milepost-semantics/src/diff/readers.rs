//! Who reads what is different.

use std::collections::BTreeMap;

use super::compare::Comparison;
use super::definitions::{Subject, SubjectKind};
use super::meaning::{MetricMeaning, Ways};
use super::rules::Rule;
use super::{Change, Derived, Level};
use milepost_syntax::PROJECT_FILE;

/// What is different in definitions and reaches those who read them.
#[derive(Debug, Default)]
pub(super) struct Readers {
    causes: BTreeMap<Subject, Vec<Cause>>,
}

#[derive(Debug)]
struct Cause {
    path: Vec<String>,
    rule: &'static str,
    level: Level,
}

impl Readers {
    /// Remembers a change: what it is to readers is no worse than what it is itself, where that is undecided.
    pub(super) fn note(
        &mut self,
        subject: &Subject,
        paths: &[Vec<&str>],
        rule: &Rule,
        level: Level,
    ) {
        let Some(reach) = rule.readers else { return };
        let level = if level == Level::Undecided { level } else { reach };
        let causes = self.causes.entry(subject.clone()).or_default();
        causes.extend(paths.iter().map(|path| {
            let path = path.iter().map(|step| (*step).to_owned()).collect();
            Cause { path, rule: rule.id, level }
        }));
    }

    /// What reaches a definition from others.
    pub(super) fn derived(
        &self,
        comparison: &Comparison<'_>,
        subject: &Subject,
        own: &[Change],
    ) -> Vec<Derived> {
        let (Some(before), Some(after)) = (&comparison.before, &comparison.after) else {
            return Vec::new();
        };
        let mut found = match subject.kind {
            SubjectKind::Metric | SubjectKind::List => {
                match before.metric(&subject.name).zip(after.metric(&subject.name)) {
                    Some((was, is)) if was != is => {
                        self.of_metric(was, is, &after.ways(subject), own)
                    }
                    _ => Vec::new(),
                }
            }
            SubjectKind::Segment
            | SubjectKind::Journey
            | SubjectKind::Score
            | SubjectKind::Behavior => self.of_group(&after.ways(subject)),
            SubjectKind::Project
            | SubjectKind::Entity
            | SubjectKind::Dataset
            | SubjectKind::Test => Vec::new(),
        };
        found.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| a.from.cmp(&b.from)));
        found.dedup_by(|a, b| a.from == b.from);
        found
    }

    /// A metric: by the text of what it reads, which says whether it makes a difference to it.
    fn of_metric(
        &self,
        before: &MetricMeaning,
        after: &MetricMeaning,
        ways: &Ways,
        own: &[Change],
    ) -> Vec<Derived> {
        let mut found = Vec::new();
        let differs =
            |key: &&String| before.reads.get(*key).is_some_and(|text| *text != after.reads[*key]);
        for key in after.reads.keys().filter(differs) {
            found.extend(self.by_read(key, after, ways));
        }
        if before.values != after.values {
            // What is named is written out in the text.
            let named = ways
                .ends()
                .filter(|end| end.starts_with("metric ") || end.starts_with("behavior "));
            for end in named {
                let level = subject_of(end).and_then(|subject| self.worst(&subject, |_| true));
                found.extend(level.map(|level| derived(level, end, ways)));
            }
            let is_explained = !found.is_empty() || own.iter().any(|c| c.level > Level::Cosmetic);
            if !is_explained {
                found.push(derived(Level::Undecided, "something that it reads", ways));
            }
        }
        if before.grain != after.grain && !own.iter().any(|change| change.rule == "grain") {
            found.push(derived(Level::ContractBreaking, "project grain", ways));
        }
        let own_unit = own.iter().any(|change| change.rule == "unit");
        if before.displays != after.displays
            && before.values.len() == after.values.len()
            && !own_unit
        {
            found.extend(self.units(ways));
        }
        found
    }

    /// A text that is different, by its name in what a metric reads.
    fn by_read(&self, key: &str, reader: &MetricMeaning, ways: &Ways) -> Option<Derived> {
        let project = Subject { kind: SubjectKind::Project, name: PROJECT_FILE.to_owned() };
        match key {
            "calendar" => {
                let reaches = |cause: &Cause| calendar_reaches(&cause.path, reader);
                let level = self.worst(&project, reaches)?;
                Some(derived(level, "project calendar", ways))
            }
            "currency" => {
                let level = self.worst(&project, |cause| cause.path == ["currency"])?;
                reader.is_of_money().then(|| derived(level, "project currency", ways))
            }
            "edition" => Some(derived(Level::ValueChanging, "project edition", ways)),
            _ => {
                let level = self.worst_at(key);
                // Whatever made the text another one: it is another one.
                Some(derived(level.unwrap_or(Level::ValueChanging), key, ways))
            }
        }
    }

    /// A segment or a behavior: by what stands in its condition.
    fn of_group(&self, ways: &Ways) -> Vec<Derived> {
        let reached = |end: &str| Some(derived(self.worst_at(end)?, end, ways));
        ways.ends().filter_map(reached).collect()
    }

    /// Which changes of units reach a metric whose unit is another one.
    fn units(&self, ways: &Ways) -> Vec<Derived> {
        let ends: Vec<&str> = ways.ends().collect();
        let mut found = Vec::new();
        for (subject, causes) in &self.causes {
            for cause in causes.iter().filter(|cause| cause.rule == "unit") {
                let end = match cause.path.as_slice() {
                    [first, column, ..] if first == "columns" => {
                        format!("column {}.{column}", subject.name)
                    }
                    _ => subject.to_string(),
                };
                if ends.contains(&end.as_str()) {
                    found.push(derived(Level::ContractBreaking, &end, ways));
                }
            }
        }
        found
    }

    /// The worst change of what goes by that name: `column accounts.plan`, `dataset accounts`, `slice plan of accounts`,
    /// `segment big`.
    fn worst_at(&self, name: &str) -> Option<Level> {
        let (kind, rest) = name.split_once(' ')?;
        match (kind, rest.split_once('.'), rest.split_once(" of ")) {
            ("column", Some((dataset, column)), _) => {
                self.worst(&subject(SubjectKind::Dataset, dataset), |cause| {
                    matches!(cause.path.as_slice(), [first, second, ..] if first == "columns" && second == column)
                })
            }
            ("slice", _, Some((_, dataset))) => {
                self.worst(&subject(SubjectKind::Dataset, dataset), |_| true)
            }
            ("dataset", ..) => self.worst(&subject(SubjectKind::Dataset, rest), |cause| {
                cause.path.first().is_none_or(|first| first != "columns")
            }),
            _ => self.worst(&subject_of(name)?, |_| true),
        }
    }

    fn worst(&self, subject: &Subject, reaches: impl Fn(&Cause) -> bool) -> Option<Level> {
        let causes = self.causes.get(subject)?;
        causes.iter().filter(|cause| reaches(cause)).map(|cause| cause.level).max()
    }
}

fn derived(level: Level, from: &str, ways: &Ways) -> Derived {
    Derived { level, from: from.to_owned(), by: ways.to(from) }
}

fn subject(kind: SubjectKind, name: &str) -> Subject {
    Subject { kind, name: name.to_owned() }
}

/// `segment big`
fn subject_of(text: &str) -> Option<Subject> {
    let (kind, name) = text.split_once(' ')?;
    let kinds = [
        SubjectKind::Entity,
        SubjectKind::Dataset,
        SubjectKind::Behavior,
        SubjectKind::Segment,
        SubjectKind::Journey,
        SubjectKind::Score,
        SubjectKind::Metric,
    ];
    let kind = kinds.into_iter().find(|known| known.name() == kind)?;
    Some(subject(kind, name))
}

/// Whether a part of the calendar makes a difference to a metric.
fn calendar_reaches(path: &[String], reader: &MetricMeaning) -> bool {
    match path.get(1).map(String::as_str) {
        Some("holidays" | "business_days") => reader.mentions("business"),
        Some("week_starts") => reader.grain == "week" || reader.mentions("week"),
        Some("fiscal_year_starts") => {
            reader.grain.starts_with("fiscal") || reader.mentions("fiscal")
        }
        _ => true,
    }
}
