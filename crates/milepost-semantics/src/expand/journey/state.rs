//! Where each member stands: its stage, the next milestone, and one state with its reason.

use super::stages::{needed, needed_rows};
use super::{ENDED, Journey, NOT_STARTED};
use crate::expand::label;
use crate::forms::build::Writer;
use crate::forms::term::Term;
use milepost_syntax::ast::{Decimal, Expr, ExprKind, MilestoneSpec, StageSpec};

/// How much of the time may have passed before a member is at risk, in percent.
const AT_RISK: i128 = 75;

/// How many rows a milestone may need, for each number of them to have its words.
const MOST_COUNTED: i128 = 12;

/// States, the first of which holds.
const STATES: [&str; 5] = ["unknown", "late", "stuck", "at_risk", "ready"];
const ON_TRACK: &str = "on_track";

/// A reason for a state: the condition, and what it is called.
struct Reason {
    state: &'static str,
    words: String,
    when: Term,
}

impl<'s> Journey<'s> {
    /// What is asked as of any day.
    pub(super) fn stands(&mut self) {
        self.stage();
        self.in_stage();
        self.next();
        self.skips();
        self.regressions();
        self.state();
        if let Some(amount) = &self.spec.amount {
            self.named.value(&["amount"], Term(amount.clone()));
        }
    }

    /// The furthest stage that was entered.
    fn stage(&mut self) {
        let stages = &self.spec.stages;
        let opened = |stage: &StageSpec| self.named.read(&[&stage.name.node, "opened_at"]);
        let none_of = |stages: &[StageSpec]| {
            self.named.all(stages.iter().map(|stage| opened(stage).absent()))
        };
        let mut bands = vec![(NOT_STARTED.to_owned(), none_of(stages))];
        for (i, stage) in stages.iter().enumerate() {
            let later = none_of(&stages[i + 1..]);
            let alive = self.ended().map(Term::absent);
            bands.push((stage.name.node.clone(), self.named.all(alive.into_iter().chain([later]))));
        }
        self.named.bands(&["stage"], bands, ENDED);
    }

    /// Whether the member is in a stage.
    fn is_in(&self, stage: &StageSpec) -> Term {
        self.named.read(&["stage"]).equals(self.named.text(&stage.name.node))
    }

    /// Since when it is in its stage, and for how many days.
    fn in_stage(&mut self) {
        for what in ["entered_at", "days"] {
            let stages = self.spec.stages.iter();
            let choices = stages
                .map(|stage| (self.is_in(stage), Some(self.named.read(&[&stage.name.node, what]))));
            if let Some(value) = self.named.first_of(choices.collect()) {
                self.named.value(&[what], value);
            }
        }
    }

    /// The milestones that are ahead in a stage.
    fn ahead(&self) -> Vec<(&'s StageSpec, &'s MilestoneSpec, Term)> {
        let ahead = self.spec.milestones().map(|(stage, milestone)| {
            let reached = self.named.read(&[&milestone.name.node, "reached_at"]);
            (stage, milestone, self.is_in(stage).and(reached.absent()))
        });
        ahead.collect()
    }

    /// The next milestone, and the day on which it is due.
    fn next(&mut self) {
        let ahead = self.ahead();
        let names = ahead.iter().map(|(_, milestone, when)| {
            (when.clone(), Some(self.named.text(&milestone.name.node)))
        });
        if let Some(next) = self.named.first_of(names.collect()) {
            self.named.dimension(&["next"], next);
        }
        let has_due =
            |milestone: &MilestoneSpec| milestone.within.is_some() || milestone.due.is_some();
        let due = ahead.iter().map(|(_, milestone, when)| {
            let due = || self.named.read(&[&milestone.name.node, "due_at"]);
            (when.clone(), has_due(milestone).then(due))
        });
        if let Some(due) = self.named.first_of(due.collect()) {
            self.named.value(&["next_due"], due);
            let (today, due) = (self.named.today(), self.named.read(&["next_due"]));
            let left = self.named.call("days_between", vec![today, due]);
            self.named.value(&["days_left"], left);
        }
        self.progress(&ahead);
        self.missing(&ahead);
    }

    /// How much of what the next milestone needs is there, where it needs a number.
    fn progress(&mut self, ahead: &[(&'s StageSpec, &'s MilestoneSpec, Term)]) {
        let shares = ahead.iter().map(|(_, milestone, when)| {
            let needed = milestone.reached.as_ref().and_then(needed);
            // Divided by itself where it is more, so that a share is at most the whole, and has no unit.
            let share = needed.map(|needed| {
                let value = || self.named.read(&[&milestone.name.node, "value"]);
                value() / value().greatest(Term(needed.clone()))
            });
            (when.clone(), share)
        });
        if let Some(progress) = self.named.first_of(shares.collect()) {
            self.named.value(&["progress"], progress);
        }
    }

    /// The next milestone in words, with how much of a number of rows is there: `first value: 2 of 3`.
    fn missing(&mut self, ahead: &[(&'s StageSpec, &'s MilestoneSpec, Term)]) {
        let words = ahead.iter().map(|(_, milestone, when)| {
            let label = label(&milestone.name, milestone.label.as_ref());
            let rows = milestone.reached.as_ref().and_then(needed_rows);
            let words = match rows.filter(|rows| *rows <= MOST_COUNTED) {
                Some(rows) => self.counted(&milestone.name.node, &label, rows),
                None => self.named.text(&label),
            };
            (when.clone(), Some(words))
        });
        if let Some(words) = self.named.first_of(words.collect()) {
            self.named.value(&["missing"], words);
        }
    }

    fn counted(&self, milestone: &str, label: &str, rows: i128) -> Term {
        let value = || self.named.read(&[milestone, "value"]);
        let unknown = (value().absent(), self.named.text(&format!("{label} is not known")));
        let there = |count: i128| {
            let words = self.named.text(&format!("{label}: {count} of {rows}"));
            (value().at_most(self.named.whole(count)), words)
        };
        let cases = std::iter::once(unknown).chain((0..rows).map(there));
        Term::cases(cases.collect::<Vec<_>>(), self.named.text(label))
    }

    /// How many stages were skipped: a later one was entered by its own condition before they were exited.
    fn skips(&mut self) {
        let stages = &self.spec.stages;
        let mut skips = Vec::new();
        for (i, stage) in stages.iter().enumerate() {
            if stages[i + 1..].iter().all(|later| later.enter.is_none()) {
                continue;
            }
            let opened = |stage: &StageSpec| self.named.read(&[&stage.name.node, "opened_at"]);
            let past = self.named.any(stages[i + 1..].iter().map(|later| opened(later).present()));
            let exited = match &stage.exit {
                Some(_) => self.named.read(&[&stage.name.node, "exited_at"]),
                None => opened(&stages[i + 1]),
            };
            skips.push(self.one_if(past.and(exited.absent())));
        }
        if let Some(skips) = skips.into_iter().reduce(|a, b| a + b) {
            self.named.value(&["skips"], skips);
        }
    }

    /// How many milestones were reached and no longer hold.
    fn regressions(&mut self) {
        let regressed = self.spec.milestones().map(|(_, milestone)| {
            let reached = self.named.read(&[&milestone.name.node, "reached_at"]).present();
            self.one_if(reached.and(self.named.read(&[&milestone.name.node, "holds"]).not()))
        });
        if let Some(regressed) = regressed.reduce(|a, b| a + b) {
            self.named.value(&["regressions"], regressed);
        }
    }

    fn one_if(&self, when: Term) -> Term {
        when.choose(self.named.whole(1), self.named.whole(0))
    }

    /// The state, and its reason.
    fn state(&mut self) {
        let reasons = self.reasons();
        let outside = |name: &str| {
            (name.to_owned(), self.named.read(&["stage"]).equals(self.named.text(name)))
        };
        let outside = || [outside(NOT_STARTED), outside(ENDED)];
        let states = STATES.iter().filter_map(|state| {
            let mut own = reasons.iter().filter(|reason| reason.state == *state).peekable();
            own.peek()?;
            Some(((*state).to_owned(), self.named.any(own.map(|reason| reason.when.clone()))))
        });
        let states = outside().into_iter().chain(states).collect();
        let mut ordered: Vec<&Reason> = Vec::new();
        for state in STATES {
            ordered.extend(reasons.iter().filter(|reason| reason.state == state));
        }
        let words = ordered.into_iter().map(|reason| (reason.words.clone(), reason.when.clone()));
        let words = outside().into_iter().chain(words);
        let words: Vec<(Term, Term)> =
            words.map(|(words, when)| (when, self.named.text(&words))).collect();
        let reason = Term::cases(words, self.named.text("on track"));
        self.named.bands(&["state"], states, ON_TRACK);
        self.named.dimension(&["reason"], reason);
    }

    fn reasons(&self) -> Vec<Reason> {
        let mut all = Vec::new();
        for (stage, milestone, ahead) in self.ahead() {
            let words = label(&milestone.name, milestone.label.as_ref());
            let name = milestone.name.node.as_str();
            let mut add = |state, words, when| all.push(Reason { state, words, when });
            let holds = self.named.read(&[name, "holds"]);
            add("unknown", format!("{words} is not known"), ahead.clone().and(holds.absent()));
            if milestone.within.is_none() && milestone.due.is_none() {
                continue;
            }
            let (today, due) = (self.named.today(), self.named.read(&[name, "due_at"]));
            let overdue = today.clone().above(due.clone());
            add("late", format!("{words} is overdue"), ahead.clone().and(overdue));
            let entered = self.named.read(&[&stage.name.node, "entered_at"]);
            let used = self.named.call("days_between", vec![entered.clone(), today]);
            let given = self.named.call("days_between", vec![entered, due]);
            let risk = used.at_least(given * self.at_risk());
            add("at_risk", format!("{words} is due soon"), ahead.and(risk));
        }
        for (i, stage) in self.spec.stages.iter().enumerate() {
            all.extend(self.stuck(stage));
            all.extend(self.ready(i, stage));
        }
        all
    }

    /// The share of the time, as a number.
    fn at_risk(&self) -> Term {
        match &self.spec.at_risk {
            Some(Expr { kind: ExprKind::Percent(Decimal { mantissa, scale }), span }) => {
                Term::decimal(*mantissa, scale + 2, *span)
            }
            _ => Term::decimal(AT_RISK, 2, self.spec.name.span),
        }
    }

    /// Too long in a stage, and nothing reached lately.
    fn stuck(&self, stage: &'s StageSpec) -> Option<Reason> {
        let spec = stage.stuck.as_ref()?;
        spec.after.as_ref()?;
        let name = stage.name.node.as_str();
        let late = self.named.today().above(self.named.read(&[name, "stuck_at"]));
        let idle = spec.without_progress.as_ref().map(|length| {
            let entered = self.named.read(&[name, "entered_at"]);
            let reached = self.spec.milestones().map(|(_, milestone)| {
                let reached = self.named.read(&[&milestone.name.node, "reached_at"]);
                self.named.call("coalesce", vec![reached, entered.clone()])
            });
            let last = reached.fold(entered.clone(), Term::greatest);
            let write = Writer { span: length.span };
            self.named.today().at_least(last + Term(write.length(length.node)))
        });
        let when = self.named.all([self.is_in(stage), late].into_iter().chain(idle));
        let words = format!("stuck in {}", label(&stage.name, stage.label.as_ref()));
        Some(Reason { state: "stuck", words, when })
    }

    /// Ready for the next stage: by its condition, or because all milestones are reached.
    fn ready(&self, at: usize, stage: &'s StageSpec) -> Option<Reason> {
        let next = self.spec.stages.get(at + 1);
        let when = match (&stage.ready, next) {
            (Some(ready), _) => Term(ready.clone()),
            (None, Some(_)) if !stage.milestones.is_empty() => {
                let reached = stage.milestones.iter().map(|milestone| {
                    let reached = self.named.read(&[&milestone.name.node, "reached_at"]);
                    reached.present()
                });
                self.named.all(reached)
            }
            (None, _) => return None,
        };
        let words = match next {
            Some(next) => format!("ready for {}", label(&next.name, next.label.as_ref())),
            None => format!("ready to leave {}", label(&stage.name, stage.label.as_ref())),
        };
        Some(Reason { state: "ready", words, when: self.is_in(stage).and(when) })
    }
}
