//! `review:` of milepost.yaml: which differences may be merged.

use std::collections::{BTreeMap, BTreeSet};

use milepost_semantics::diff::{Change, Changed, Changes, Level, SubjectKind, named};
use milepost_semantics::time::show_date;
use milepost_syntax::ast::{Date, Package, ProjectSpec};

/// What may be merged: what either side forbids. A change can't allow itself, except by a waiver, which says why.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    fail_on: BTreeSet<Level>,
    require_note: BTreeSet<Level>,
    /// By id: the reason, and the last day.
    waivers: BTreeMap<String, (String, Date)>,
}

/// A difference that is allowed by a waiver.
#[derive(Clone, Debug)]
pub struct Waived {
    pub id: String,
    pub reason: String,
}

/// What the policy says to the differences.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What is not allowed, a sentence each.
    pub failed: Vec<String>,
    pub waived: Vec<Waived>,
    /// Waivers that have ended, or are for nothing that is different, a sentence each.
    pub idle: Vec<String>,
}

impl Policy {
    #[must_use]
    pub fn of(base: &ProjectSpec, head: &ProjectSpec) -> Self {
        let levels = |pick: &dyn Fn(&ProjectSpec) -> BTreeSet<Level>| -> BTreeSet<Level> {
            pick(base).union(&pick(head)).copied().collect()
        };
        let read = |names: &[milepost_syntax::span::Spanned<String>]| {
            names.iter().filter_map(|name| Level::parse(&name.node)).collect()
        };
        let waivers = head.review.waivers.iter().map(|waiver| {
            (waiver.id.node.clone(), (waiver.reason.node.clone(), waiver.until.node))
        });
        Self {
            fail_on: levels(&|project| read(&project.review.fail_on)),
            require_note: levels(&|project| read(&project.review.require_note)),
            waivers: waivers.collect(),
        }
    }

    /// What the policy says to the differences between two packages on a day.
    #[must_use]
    pub fn outcome(
        &self,
        changes: &Changes,
        (base, head): (&Package, &Package),
        today: Date,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        let mut seen = BTreeSet::new();
        let notes = (notes(base), notes(head));
        for changed in &changes.changed {
            let mut lacks_note = false;
            for change in &changed.own {
                seen.insert(change.id.as_str());
                let is_noted = || has_new_note(&notes, changed);
                let fails = self.fail_on.contains(&change.level);
                let unnoted = self.require_note.contains(&change.level) && !is_noted();
                if !fails && !unnoted {
                    continue;
                }
                if let Some((reason, until)) = self.waivers.get(&change.id)
                    && *until >= today
                {
                    let (id, reason) = (change.id.clone(), reason.clone());
                    outcome.waived.push(Waived { id, reason });
                    continue;
                }
                if fails {
                    outcome.failed.push(failure(changed, change));
                } else {
                    lacks_note = true;
                }
            }
            if lacks_note {
                outcome.failed.push(format!(
                    "{} is {} and its `changelog` says nothing of it (`require_note`)",
                    changed.subject,
                    changed.own.first().map_or("different", |change| change.level.name()),
                ));
            }
        }
        for (id, (_, until)) in &self.waivers {
            if *until < today {
                outcome.idle.push(format!("the waiver of {id} ended on {}", show_date(*until)));
            } else if !seen.contains(id.as_str()) {
                outcome.idle.push(format!("the waiver of {id} is for nothing that is different"));
            }
        }
        outcome
    }
}

fn failure(changed: &Changed, change: &Change) -> String {
    format!(
        "{}: {} is {} (`fail_on`, {})",
        changed.subject,
        change.part,
        change.level.name(),
        change.id
    )
}

/// The entries of changelogs, by definition.
type Notes = BTreeMap<(SubjectKind, String), BTreeSet<(String, String)>>;

fn notes(package: &Package) -> Notes {
    let mut notes = Notes::new();
    // What is promised of the figures needs no note.
    for (kind, name, meta) in named(package).filter(|(kind, ..)| *kind != SubjectKind::Test) {
        let entries = meta.changelog.iter();
        let entries = entries.map(|(day, text)| (day.node.clone(), text.node.clone()));
        notes.entry((kind, name.node.clone())).or_default().extend(entries);
    }
    notes
}

/// Whether the head says something of a definition that the base does not. What has no changelog needs no note.
fn has_new_note((base, head): &(Notes, Notes), changed: &Changed) -> bool {
    let kind = changed.subject.kind;
    let key = |name: &str| (kind, name.to_owned());
    let Some(now) = head.get(&key(&changed.subject.name)) else { return true };
    let name = changed.renamed_from.as_ref().unwrap_or(&changed.subject.name);
    let before = base.get(&key(name));
    changed.imported || now.iter().any(|note| before.is_none_or(|before| !before.contains(note)))
}
