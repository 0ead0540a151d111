//! Journeys as the site shows them.

use milepost_plan::request::Request;
use milepost_plan::results::{Cell, Series, SliceRow, SliceValue};
use milepost_semantics::explain::describe;
use milepost_semantics::model::{
    Bound, DimensionId, Journey, JourneyStage, MetricId, Milestone, Model, PartId,
};
use milepost_site::page;

use super::kpi::cell;
use super::{Findings, definition, display_page, noun};

/// What the page of each journey needs.
pub(super) fn requests(model: &Model) -> impl Iterator<Item = Request> {
    model.journeys.iter().flat_map(|journey| {
        let by = [dimension(model, journey, "stage"), dimension(model, journey, "state")];
        let [stage, state] = by.map(|by| by.into_iter().collect::<Vec<_>>());
        let both: Vec<DimensionId> = stage.iter().chain(&state).copied().collect();
        let count = Request::total(model, journey.metric);
        let mut all =
            vec![Request { by: both, ..count.clone() }, Request { by: stage.clone(), ..count }];
        let by_stage = ["typical_days", "total"].map(|name| metric(model, journey, name));
        all.extend(
            by_stage
                .into_iter()
                .flatten()
                .map(|id| Request { by: stage.clone(), ..Request::total(model, id) }),
        );
        all.extend(metric(model, journey, MISDATED).map(|id| Request::total(model, id)));
        let lost = journey.stages.iter().filter_map(|stage| stage.lost);
        all.extend(lost.map(|id| Request::total(model, id)));
        for (_, milestone) in journey.milestones() {
            all.extend(milestone.in_time.map(|id| Request::total(model, id)));
            let time = Request::total(model, milestone.time);
            if is_focus(journey, milestone) {
                all.extend(time.parts(model));
            } else {
                let median = model[milestone.time].part(MEDIAN);
                let part = median.unwrap_or(model[milestone.time].headline);
                all.push(Request { part, ..time });
            }
        }
        all
    })
}

/// How many have a milestone that was due before they began.
const MISDATED: &str = "misdated";

/// Whether the journey leads with a milestone.
fn is_focus(journey: &Journey, milestone: &Milestone) -> bool {
    journey.focus.as_ref() == Some(&milestone.name)
}

/// The part of a duration that says how long it takes.
const MEDIAN: &str = "median";

fn dimension(model: &Model, journey: &Journey, name: &str) -> Option<DimensionId> {
    model.dimension(&journey.says(name))
}

fn metric(model: &Model, journey: &Journey, name: &str) -> Option<MetricId> {
    model.metric(&journey.says(name))
}

/// The page of a journey. `time`: how long it takes to the milestone that leads, as the page of a metric.
pub(super) fn journey_page(
    findings: &Findings<'_>,
    journey: &Journey,
    time: impl FnOnce(MetricId) -> page::Kpi,
) -> page::Journey {
    let model = findings.model;
    let mut focus = journey.milestones().filter(|(_, own)| is_focus(journey, own));
    let focus = focus.next().map(|(_, own)| (own.label.clone(), Box::new(time(own.time))));
    let found = Found { findings, journey };
    let stage_of = |stage: &JourneyStage| found.stage(stage);
    let total = metric(model, journey, "total");
    page::Journey {
        name: journey.name.clone(),
        label: journey.meta.label.clone(),
        question: journey.question.clone(),
        description: journey.meta.description.clone(),
        owner: journey.meta.owner.clone(),
        of: noun::of_one(&model[journey.of].name),
        amount: total.map(|id| display_page(&model[id].headline().display)),
        before: found.before(),
        stages: journey.stages.iter().map(stage_of).collect(),
        focus,
        misdated: metric(model, journey, MISDATED)
            .and_then(|id| last(found.series(id, None, 0))?.value.ok()),
        definition: describe(model, journey.metric),
        yaml: definition::yaml(findings.sources, journey.definition),
        list: journey.name.clone(),
        by_stage: journey.says("stage"),
        by_state: journey.says("state"),
    }
}

struct Found<'f> {
    findings: &'f Findings<'f>,
    journey: &'f Journey,
}

impl Found<'_> {
    fn series(&self, metric: MetricId, part: Option<PartId>, by: usize) -> Option<&Series> {
        self.findings.series.iter().find(|series| {
            let is_part = part.is_none_or(|part| part == series.part);
            series.metric == metric && is_part && series.by.len() == by
        })
    }

    /// The label of the last bucket that is over before that of the as-of.
    fn before(&self) -> Option<String> {
        let counts = self.series(self.journey.metric, None, 1)?;
        let at = counts.buckets.len().checked_sub(2)?;
        Some(counts.buckets[at].bucket.label.clone())
    }

    fn stage(&self, stage: &JourneyStage) -> page::JourneyStage {
        let model = self.findings.model;
        let by_stage =
            |id: MetricId, back: usize| self.of_stage(self.series(id, None, 1), stage, back);
        let number = |name: &str| metric(model, self.journey, name);
        let count = |back| self.count(self.series(self.journey.metric, None, 1), stage, back);
        page::JourneyStage {
            name: stage.name.clone(),
            label: stage.label.clone(),
            question: stage.question.clone(),
            now: cell(&count(0).unwrap_or_else(Cell::nothing)),
            before: count(1).map(|found| cell(&found)),
            amount: number("total").and_then(|id| by_stage(id, 0)).map(|found| cell(&found)),
            days: cell(
                &number("typical_days")
                    .and_then(|id| by_stage(id, 0))
                    .unwrap_or_else(Cell::nothing),
            ),
            states: self.states(stage),
            milestones: stage.milestones.iter().map(|own| self.milestone(own)).collect(),
            lost: stage
                .lost
                .and_then(|id| last(self.series(id, None, 0)))
                .map(|found| cell(&found)),
        }
    }

    /// The cell of a stage, so many buckets before the last; nothing where nobody was in it.
    fn of_stage(&self, series: Option<&Series>, stage: &JourneyStage, back: usize) -> Option<Cell> {
        let series = series?;
        let at = series.buckets.len().checked_sub(1 + back)?;
        let row = series.rows.iter().find(|row| is_slice(row.key.first(), &stage.name));
        Some(row.and_then(|row| row.cells.iter().nth(at)).unwrap_or_else(Cell::nothing))
    }

    /// How many are in a stage: none where others are somewhere and nobody is here.
    fn count(&self, series: Option<&Series>, stage: &JourneyStage, back: usize) -> Option<Cell> {
        let found = self.of_stage(series, stage, back)?;
        let at = series?.buckets.len().checked_sub(1 + back)?;
        let is_known = |row: &SliceRow| row.cells.iter().nth(at).is_some_and(|c| c.value.is_ok());
        let is_nobody = found.value.is_err() && series?.rows.iter().any(is_known);
        Some(if is_nobody { Cell { value: Ok(0.0), ..found } } else { found })
    }

    fn states(&self, stage: &JourneyStage) -> Vec<(String, f64)> {
        let Some(series) = self.series(self.journey.metric, None, 2) else { return Vec::new() };
        let own = series.rows.iter().filter(|row| is_slice(row.key.first(), &stage.name));
        let counted = own.filter_map(|row| {
            let state = row.key.get(1)?.text()?.replace('_', " ");
            let number = row.cells.iter().next_back()?.value.ok()?;
            (number > 0.0).then_some((state, number))
        });
        counted.collect()
    }

    fn milestone(&self, milestone: &Milestone) -> page::Milestone {
        let model = self.findings.model;
        let in_time = milestone.in_time.and_then(|id| self.series(id, None, 0));
        let median = model[milestone.time].part(MEDIAN);
        let median = last(self.series(milestone.time, median, 0)).unwrap_or_else(Cell::nothing);
        let target = milestone.in_time.and_then(|id| match model[id].target.as_ref()?.bound {
            Some(Bound::AtLeast(share)) => Some(share),
            _ => None,
        });
        page::Milestone {
            label: milestone.label.clone(),
            is_focus: is_focus(self.journey, milestone),
            reached: milestone.reached.clone(),
            due: milestone.due.clone(),
            in_time: in_time.and_then(latest_known),
            target,
            median: cell(&median),
        }
    }
}

/// The cell of the last bucket.
fn last(series: Option<&Series>) -> Option<Cell> {
    series?.rows.first()?.cells.iter().next_back()
}

/// The last bucket with a number, by its label.
fn latest_known(series: &Series) -> Option<(String, page::Cell)> {
    let cells = &series.rows.first()?.cells;
    let mut places = (0..series.buckets.len()).rev();
    let at = places.find(|at| cells.iter().nth(*at).is_some_and(|found| found.value.is_ok()))?;
    Some((series.buckets[at].bucket.label.clone(), cell(&cells.iter().nth(at)?)))
}

fn is_slice(value: Option<&SliceValue>, name: &str) -> bool {
    value.and_then(SliceValue::text) == Some(name)
}
