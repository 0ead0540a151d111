//! Figures of milestones and stages: the share that reaches each in time, how long it takes, and where members are lost.

use super::Journey;
use crate::expand::label;
use crate::forms::build::{Reduce, plain};
use crate::forms::term::Term;
use milepost_syntax::ast::{
    AggregateFunction, Duration, DurationSpec, DurationStyle, EndSpec, Expr, FormSpec, LengthSpec,
    Meta, MetricSpec, MilestoneSpec, StageSpec, TargetSpec, TimeUnit, UnitSpec, Window,
};
use milepost_syntax::span::Spanned;

/// Whom the curve of a milestone follows: those who began in the year before.
const YEAR: Duration = Duration { count: 12, unit: TimeUnit::Month, style: DurationStyle::Plain };

impl Journey<'_> {
    /// What is said of each milestone and each stage in all.
    pub(super) fn figures(&self) -> Vec<MetricSpec> {
        let milestones = self.spec.milestones();
        let figures = milestones.flat_map(|(_, own)| {
            let in_time = (own.within.is_some() || own.due.is_some()).then(|| self.in_time(own));
            in_time.into_iter().chain([self.time(own)])
        });
        // Whoever leaves the last stage is lost.
        let stages = self.spec.stages_before_others().iter();
        let lost = stages.filter(|_| self.spec.ends.is_some());
        figures.chain(lost.map(|stage| self.lost(stage))).chain(self.by_stage()).collect()
    }

    /// `STAGE.lost`: of those who left the stage in a year, the share that was lost instead of moving on. Who is still in it has not
    /// decided yet, and is in neither number.
    fn lost(&self, stage: &StageSpec) -> MetricSpec {
        let count = |what| {
            let length = self.named.write().at(YEAR);
            let year = self.named.write().at(Window::Over { length, before: false });
            let count = self.members_counted();
            Term(count.on(self.named.read(&[&stage.name.node, what]).0).window(Some(year)).done())
        };
        let share = count("lost_at") / count("left_at");
        let named = (&stage.name, stage.label.as_ref());
        let metric = self.figure(named, "lost", FormSpec::Value(share.0));
        MetricSpec { unit: Some(self.percent()), ..metric }
    }

    /// `count(account …)`
    fn members_counted(&self) -> Reduce {
        let write = self.named.write();
        write.aggregate(AggregateFunction::Count, write.name(self.named.of))
    }

    fn percent(&self) -> Spanned<UnitSpec> {
        self.named.write().at(UnitSpec::Name("percent".to_owned()))
    }

    /// `typical_days` in the present stage, and `total`, what those on the way are worth, both to be sliced by stage.
    fn by_stage(&self) -> Vec<MetricSpec> {
        let write = self.named.write();
        let days = write.aggregate(AggregateFunction::Median, self.named.read(&["days"]).0);
        let days = days.per(self.named.of.clone()).filter(self.on_the_way().0).done();
        let mut all = vec![self.sliced("typical_days", days)];
        all.extend(self.misdated());
        if self.spec.amount.is_some() {
            let total = write.aggregate(AggregateFunction::Sum, self.named.read(&["amount"]).0);
            let total = total.per(self.named.of.clone()).filter(self.on_the_way().0).done();
            all.push(self.sliced("total", total));
        }
        all
    }

    /// `misdated`: how many are on the way of whom the data says that a milestone was due before they began.
    fn misdated(&self) -> Option<MetricSpec> {
        let dated = self.spec.milestones().filter(|(_, own)| own.due.is_some());
        let before = dated.map(|(_, own)| {
            let due = || self.named.read(&[&own.name.node, "due_by_data"]);
            due().present().and(due().below(self.named.read(&["started_at"])))
        });
        let before = before.reduce(Term::or)?;
        let count = self.members_counted();
        let count = count.filter(Some(before.and(self.on_the_way()).0)).done();
        Some(self.sliced("misdated", count))
    }

    fn sliced(&self, what: &str, value: Expr) -> MetricSpec {
        let journey = &self.spec.name;
        let name = self.named.write().at(format!("{}.{what}", journey.node));
        let label = format!("{}: {}", label(journey, self.spec.meta.label.as_ref()), plain(what));
        let meta = Meta { label: Some(self.named.write().at(label)), ..Meta::default() };
        let metric = MetricSpec::of(name, self.spec.span, meta, FormSpec::Value(value));
        let stage = self.named.write().at(format!("{}.stage", journey.node));
        MetricSpec { owner: Some(journey.clone()), slices: vec![stage], ..metric }
    }

    /// `MILESTONE.in_time`: of those for whom it was due in the bucket, the share that had reached it by then.
    fn in_time(&self, milestone: &MilestoneSpec) -> MetricSpec {
        let name = milestone.name.node.as_str();
        let due = || self.named.read(&[name, "due_at"]);
        let reached = self.named.read(&[name, "reached_at"]).at_most(due());
        let no = Term(self.named.write().literal(false));
        let in_time = self.named.call("coalesce", vec![reached, no]);
        let count = |condition: Option<Term>| {
            let count = self.members_counted();
            Term(count.on(due().0).filter(condition.map(|condition| condition.0)).done())
        };
        let share = count(Some(in_time)) / count(None);
        let metric = self.figure(called(milestone), "in_time", FormSpec::Value(share.0));
        let write = self.named.write();
        let target = milestone.target.as_ref().map(|target| {
            write.at(TargetSpec { at_least: Some(target.clone()), ..TargetSpec::default() })
        });
        MetricSpec { unit: Some(self.percent()), target, ..metric }
    }

    /// `MILESTONE.time`: how long it takes from the beginning of the journey.
    fn time(&self, milestone: &MilestoneSpec) -> MetricSpec {
        let write = self.named.write();
        let name = milestone.name.node.as_str();
        let form = DurationSpec {
            key: write.at("duration".to_owned()),
            span: milestone.span,
            of: Some(self.named.of.clone()),
            from: Some(self.named.read(&["started_at"]).0),
            to: Some(EndSpec::Time(self.named.read(&[name, "reached_at"]).0)),
            lost: self.ended().map(|ended| ended.0),
            lost_as: None,
            over: Some(write.at(YEAR)),
            within: milestone.within.as_ref().and_then(days),
            step: None,
            clock: None,
        };
        self.figure(called(milestone), "time", FormSpec::Duration(Box::new(form)))
    }

    /// A metric of a stage or milestone, which has a name and a label.
    fn figure(&self, (name, called): Called<'_>, what: &str, form: FormSpec) -> MetricSpec {
        let journey = &self.spec.name;
        let label = format!("{}: {}", label(name, called), plain(what));
        let name = self.named.write().at(format!("{}.{}.{what}", journey.node, name.node));
        let meta = Meta { label: Some(self.named.write().at(label)), ..Meta::default() };
        let metric = MetricSpec::of(name, self.spec.span, meta, form);
        MetricSpec { owner: Some(journey.clone()), ..metric }
    }
}

/// A name, and the label of what has it.
type Called<'s> = (&'s Spanned<String>, Option<&'s Spanned<String>>);

const fn called(milestone: &MilestoneSpec) -> Called<'_> {
    (&milestone.name, milestone.label.as_ref())
}

/// The length for all, where it is one of days.
fn days(length: &LengthSpec) -> Option<Spanned<Duration>> {
    let default = length.default.as_ref()?;
    let is_days = matches!(default.node.unit, TimeUnit::Day | TimeUnit::Week)
        && default.node.style == DurationStyle::Plain;
    is_days.then(|| default.clone())
}
