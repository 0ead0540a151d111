//! The pages of journeys: who is in which stage, and how milestones are reached.

use serde::Serialize;

use super::duration::{DurationView, duration};
use super::{Names, Shell, label_of};
use crate::format::{Formatter, as_count, difference, whole};
use crate::page::{Cell, Display, Journey, JourneyStage, Milestone, Site};

#[derive(Debug, Serialize)]
pub(crate) struct JourneyView {
    shell: Shell,
    name: String,
    label: String,
    question: Option<String>,
    description: Option<String>,
    owner: Option<String>,
    /// `98 accounts are on their way`
    headline: String,
    /// `2025-12`
    before: Option<String>,
    stages: Vec<StageView>,
    moves: Option<MovesView>,
    /// The milestone that leads, and how long it takes to it.
    focus: Option<(String, DurationView)>,
    milestones: Vec<MilestoneView>,
    /// `2 accounts`, if any has a milestone that was due before it began.
    misdated: Option<String>,
    members: String,
    by_stage: String,
    by_state: String,
    definition: Vec<String>,
    yaml: String,
}

#[derive(Debug, Serialize)]
struct StageView {
    label: String,
    question: Option<String>,
    /// `50 accounts`, or why that can't be told.
    number: String,
    is_known: bool,
    /// The share of the fullest stage, in percent.
    share: f64,
    /// `+1 since 2025-12`
    change: Option<String>,
    amount: Option<String>,
    /// `48 days in it at the median`
    days: Option<String>,
    /// `12.0% of those who left it in twelve months were lost`
    lost: Option<String>,
    /// Whether no stage loses more members.
    loses_most: bool,
    states: Vec<StateView>,
}

/// Who moved on in the last period that is over.
#[derive(Debug, Serialize)]
struct MovesView {
    /// `2025-12`
    period: String,
    steps: Vec<StepView>,
    /// Why it can't be told.
    reason: Option<String>,
}

#[derive(Debug, Serialize)]
struct StepView {
    from: String,
    to: String,
    /// `3 accounts`
    number: String,
}

#[derive(Debug, Serialize)]
struct StateView {
    name: String,
    number: String,
}

#[derive(Debug, Serialize)]
struct MilestoneView {
    label: String,
    stage: String,
    is_focus: bool,
    reached: String,
    due: Option<String>,
    /// `50.0%`
    in_time: Option<String>,
    /// `in 2025-12, of 4 accounts; goal at least 70%`
    basis: Option<String>,
    /// Whether the goal was met.
    verdict: Option<&'static str>,
    median: String,
}

pub(crate) fn journey(site: &Site, journey: &Journey, names: &Names) -> JourneyView {
    let inside = |path: &str| format!("../{path}");
    let label = label_of(&journey.name, journey.label.as_deref());
    let all: f64 = journey.stages.iter().filter_map(|stage| value(&stage.now)).sum();
    let most = journey.stages.iter().filter_map(|stage| value(&stage.now)).fold(0.0, f64::max);
    let stage = |stage: &JourneyStage| stage_view(journey, stage, most);
    let focus = journey.focus.as_ref();
    let focus = focus.and_then(|(label, kpi)| Some((label.clone(), duration(kpi, label)?)));
    let milestones = journey
        .stages
        .iter()
        .flat_map(|stage| stage.milestones.iter().map(|own| milestone_view(journey, stage, own)));
    let verb = if (all - 1.0).abs() < 0.5 { "is on its way" } else { "are on their way" };
    JourneyView {
        shell: Shell::new(site, "../", "journeys"),
        name: journey.name.clone(),
        label,
        question: journey.question.clone(),
        description: journey.description.clone(),
        owner: journey.owner.clone(),
        headline: format!("{} {verb}", journey.of.counted(as_count(all))),
        before: journey.before.clone(),
        stages: journey.stages.iter().map(stage).collect(),
        moves: moves(site, journey),
        focus,
        milestones: milestones.collect(),
        misdated: journey
            .misdated
            .filter(|number| *number > 0.0)
            .map(|number| journey.of.counted(as_count(number))),
        members: inside(&names.list(&journey.list).page),
        by_stage: inside(&names.segment(&journey.by_stage).page),
        by_state: inside(&names.segment(&journey.by_state).page),
        definition: journey.definition.clone(),
        yaml: journey.yaml.clone(),
    }
}

/// Who came to another stage, as the segment of stages has it.
fn moves(site: &Site, journey: &Journey) -> Option<MovesView> {
    let segment = site.segments.iter().find(|segment| segment.name == journey.by_stage)?;
    let (period, moves) = segment.period.as_ref()?;
    let period = period.clone();
    let moves = match moves {
        Ok(moves) => moves,
        Err(reason) => {
            return Some(MovesView { period, steps: Vec::new(), reason: Some(reason.clone()) });
        }
    };
    let label = |name: &str| {
        let stage = journey.stages.iter().find(|stage| stage.name == name);
        stage.map_or_else(|| name.to_owned(), |stage| stage.label.clone())
    };
    let moved = moves.steps().filter(|(from, to, _)| from != to);
    let step = |(from, to, number): (&str, &str, u64)| StepView {
        from: label(from),
        to: label(to),
        number: journey.of.counted(number),
    };
    Some(MovesView { period, steps: moved.map(step).collect(), reason: None })
}

/// How many were lost in a stage, of those who left it.
#[expect(clippy::cast_precision_loss, reason = "members are fewer than doubles count exactly")]
fn lost_members(stage: &JourneyStage) -> Option<f64> {
    let lost = stage.lost.as_ref()?;
    Some((value(lost)? * lost.sample()? as f64).round())
}

/// Whether no stage loses more members than this one, which loses some.
fn loses_most(journey: &Journey, stage: &JourneyStage) -> bool {
    let most = journey.stages.iter().filter_map(lost_members).fold(1.0, f64::max);
    lost_members(stage).is_some_and(|lost| lost >= most)
}

fn value(cell: &Cell) -> Option<f64> {
    cell.number().ok()
}

/// A number as text, or why there is none.
fn shown(cell: &Cell, display: &Display) -> String {
    match cell.number() {
        Ok(number) => Formatter::new(display, std::iter::once(number)).sentence(number),
        Err(reason) => reason.to_owned(),
    }
}

fn stage_view(journey: &Journey, stage: &JourneyStage, most: f64) -> StageView {
    let now = value(&stage.now);
    let before = stage.before.as_ref().and_then(value);
    let change = now.zip(before).zip(journey.before.as_ref());
    let change = change.map(|((now, before), period)| match (as_count(now), as_count(before)) {
        (now, before) if now == before => format!("as many as in {period}"),
        (now, before) => format!("{} since {period}", difference(now, before)),
    });
    let amount = stage.amount.as_ref().zip(journey.amount.as_ref());
    let amount = amount.filter(|(cell, _)| value(cell).is_some());
    let days = value(&stage.days).map(|days| format!("{} days in it at the median", whole(days)));
    let state =
        |(name, number): &(String, f64)| StateView { name: name.clone(), number: whole(*number) };
    let lost = stage.lost.as_ref().filter(|cell| value(cell).is_some());
    StageView {
        label: stage.label.clone(),
        question: stage.question.clone(),
        number: now.map_or_else(
            || shown(&stage.now, &Display::Number(None)),
            |now| journey.of.counted(as_count(now)),
        ),
        is_known: now.is_some(),
        share: now.filter(|_| most > 0.0).map_or(0.0, |now| (now / most * 1_000.0).round() / 10.0),
        change,
        amount: amount.map(|(cell, display)| shown(cell, display)),
        days,
        lost: lost.map(|cell| {
            let share = shown(cell, &Display::Percent);
            let of = cell.sample().map_or_else(String::new, |n| journey.of.counted(n));
            format!("{share} of {of} that left it in twelve months were lost")
        }),
        loses_most: loses_most(journey, stage),
        states: stage.states.iter().map(state).collect(),
    }
}

fn milestone_view(journey: &Journey, stage: &JourneyStage, milestone: &Milestone) -> MilestoneView {
    let share = |share: f64| Formatter::new(&Display::Percent, std::iter::once(share)).full(share);
    let in_time = milestone.in_time.as_ref();
    let goal = milestone.target.map(|target| format!("goal at least {}", share(target)));
    let basis = in_time.map(|(period, cell)| {
        let sample =
            cell.sample().map_or_else(String::new, |n| format!(", of {}", journey.of.counted(n)));
        let goal = goal.map_or_else(String::new, |goal| format!("; {goal}"));
        format!("in {period}{sample}{goal}")
    });
    let met = in_time.and_then(|(_, cell)| Some((value(cell)?, milestone.target?)));
    let median = match value(&milestone.median) {
        Some(days) => format!("{} days", whole(days)),
        None => shown(&milestone.median, &Display::Number(None)),
    };
    MilestoneView {
        label: milestone.label.clone(),
        stage: stage.label.clone(),
        is_focus: milestone.is_focus,
        reached: milestone.reached.clone(),
        due: milestone.due.clone(),
        in_time: in_time.map(|(_, cell)| shown(cell, &Display::Percent)),
        basis,
        verdict: met.map(|(share, goal)| if share >= goal { "met" } else { "missed" }),
        median,
    }
}
