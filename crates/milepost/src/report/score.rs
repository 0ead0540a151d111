//! Scores as the site shows them.

use milepost_engine::ListMembers;
use milepost_plan::request::Request;
use milepost_plan::results::{Answer, Cells, SliceValue};
use milepost_semantics::explain::duration_words;
use milepost_semantics::model::{
    Component, ComponentBound, ComponentScale, DimensionId, MetricId, Model, Score, rank_ends,
};
use milepost_site::page;

use super::{Findings, list_page};

/// The score whose members a metric lists.
#[must_use]
pub fn score_of(model: &Model, metric: MetricId) -> Option<&Score> {
    model.scores.iter().find(|score| score.members == metric)
}

/// The sizes of its bands over time, by the project's grain.
pub(super) fn requests(model: &Model) -> impl Iterator<Item = Request> {
    model.scores.iter().filter_map(|score| {
        let by = bands(model, score)?;
        Some(Request { grain: model.project.grain, ..Request::sliced(model, score.members, by) })
    })
}

/// The dimension of its bands.
fn bands(model: &Model, score: &Score) -> Option<DimensionId> {
    model.dimension(&format!("{}.band", score.name))
}

pub(super) fn page(
    findings: &Findings<'_>,
    score: &Score,
    found: &ListMembers,
    answers: &[Answer<'_>],
) -> Option<page::Score> {
    let model = findings.model;
    let combinations = score.combinations.iter().map(|found| page::ScoreCombination {
        is_best: found.is_best.clone(),
        score: found.score,
        band: found.band.clone(),
    });
    Some(page::Score {
        members: list_page(model, findings.sources, found, None)?,
        components: score.components.iter().map(component).collect(),
        has_caps: !score.caps.is_empty(),
        has_overrides: score.is_overridden,
        bands: score.bands.clone(),
        sizes: sizes(findings, score, answers),
        period: duration_words(score.period),
        combinations: combinations.collect(),
    })
}

fn component(found: &Component) -> page::ScoreComponent {
    let (worst, best) = match &found.scale {
        ComponentScale::Between { worst, best } => (bound(worst), bound(best)),
        ComponentScale::Rank { among, is_lower_better } => {
            let (worst, best) = rank_ends(*is_lower_better);
            let of = among.as_ref().map_or_else(
                || "of all".to_owned(),
                |among| format!("of the same {}", among.replace(['_', '.'], " ")),
            );
            (format!("the {worst} {of}"), format!("the {best} {of}"))
        }
    };
    page::ScoreComponent {
        name: found.name.clone(),
        label: found.called(),
        share: found.share,
        worst,
        best,
    }
}

/// `20%; 10% for large`
fn bound(found: &ComponentBound) -> String {
    let by = found.by.iter().map(|(_, value, number)| format!("; {number} for {value}"));
    std::iter::once(found.default.clone()).chain(by).collect()
}

fn sizes(findings: &Findings<'_>, score: &Score, answers: &[Answer<'_>]) -> Vec<page::BandSizes> {
    let Some(by) = bands(findings.model, score) else { return Vec::new() };
    let mut series = answers.iter().flat_map(|answer| answer.parts);
    let Some(series) = series.find(|series| series.by == [by]) else { return Vec::new() };
    let count = |cells: &Cells, at: usize| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it counts members"
        )]
        let known = |count: &f64| *count as u64;
        cells.from(at).next().and_then(|cell| cell.value.as_ref().map(known).ok())
    };
    let row = |wanted: Option<&str>| {
        series.rows.iter().find(|row| match (row.key.first(), wanted) {
            (Some(SliceValue::Unknown), None) => true,
            (Some(SliceValue::Known(text)), Some(band)) => text == band,
            _ => false,
        })
    };
    let size = |wanted: Option<&str>, at: usize| match row(wanted) {
        Some(row) => count(&row.cells, at),
        // Nobody was in it at any time.
        None => Some(0),
    };
    let buckets = series.buckets.iter().enumerate().map(|(at, bucket)| page::BandSizes {
        bucket: bucket.bucket.label.clone(),
        counts: score.bands.iter().map(|band| size(Some(band), at)).collect(),
        without: size(None, at),
    });
    buckets.collect()
}
