//! As a page: what the terminal says, with the figures of both versions drawn over each other.

use milepost_semantics::diff::{Changed, Level};
use milepost_site::page;

use super::{Review, changed_parts, published, sign};
use crate::error::Error;
use crate::report::GENERATOR;

/// The review as one HTML file that needs no other.
///
/// # Errors
/// Only by a mistake in milepost.
pub fn html(review: &Review) -> Result<String, Error> {
    let page = page::Review {
        project: review.head.model.as_ref().map(|model| model.project.name.clone()),
        sides: [&review.base, &review.head]
            .map(|side| page::ReviewSide { what: side.what.clone(), why: side.why.clone() })
            .into(),
        doubts: review.doubts(),
        policy: policy(review),
        levels: Level::ALL.into_iter().filter_map(|level| of_level(review, level)).collect(),
        remarks: remarks(review),
        sentence: review.sentence(),
        generator: GENERATOR.to_owned(),
    };
    milepost_site::render_review(&page).map_err(|error| Error::Internal(error.to_string()))
}

fn policy(review: &Review) -> Vec<page::ReviewRule> {
    let outcome = &review.outcome;
    let failed = outcome.failed.iter().map(|text| (true, text.clone()));
    let waived = outcome.waived.iter();
    let waived = waived.map(|waived| (false, format!("waived: {} ({})", waived.id, waived.reason)));
    let idle = outcome.idle.iter().map(|text| (false, text.clone()));
    let all = failed.chain(waived).chain(idle);
    all.map(|(failed, text)| page::ReviewRule { failed, text }).collect()
}

fn of_level(review: &Review, level: Level) -> Option<page::ReviewLevel> {
    let all = review.changes.changed.iter().filter(|changed| changed.level == level);
    let definitions: Vec<_> = all.map(|changed| definition(review, changed)).collect();
    (!definitions.is_empty()).then(|| page::ReviewLevel {
        sign: sign(level).to_owned(),
        name: level.name().to_owned(),
        meaning: level.meaning().to_owned(),
        is_folded: level <= Level::Additive,
        definitions,
    })
}

fn definition(review: &Review, changed: &Changed) -> page::ReviewDefinition {
    let own = changed.own.iter().map(|change| page::ReviewChange {
        sign: sign(change.level).to_owned(),
        text: changed_parts(change),
        why: (change.level > Level::Cosmetic).then(|| change.why.to_string()),
        id: Some(change.id.clone()),
    });
    let derived = changed.derived.iter().map(|derived| page::ReviewChange {
        sign: sign(derived.level).to_owned(),
        text: format!("by {}", derived.by.join(", ")),
        why: None,
        id: None,
    });
    let name = &changed.subject.name;
    let figures = review.figures.iter().flat_map(|figures| &figures.metrics);
    let mut figures = figures.filter(|figures| figures.name == *name && figures.differing > 0);
    page::ReviewDefinition {
        kind: changed.subject.kind.name().to_owned(),
        name: name.clone(),
        renamed_from: changed.renamed_from.clone(),
        changes: own.chain(derived).collect(),
        before: changed.no_longer.clone(),
        after: changed.now.clone(),
        figures: review.sentences(changed),
        series: figures
            .next()
            .filter(|_| changed.subject.kind.is_metric())
            .map(|f| f.drawn.clone()),
    }
}

fn remarks(review: &Review) -> Vec<String> {
    let not_compared =
        review.not_compared().into_iter().map(|line| format!("Not compared: {line}"));
    let mut remarks: Vec<String> = not_compared.collect();
    if let Some(found) = &review.published {
        remarks.push(published::head(found));
        for metric in &found.metrics {
            let lines = published::lines(metric).into_iter();
            remarks.extend(lines.map(|line| format!("{}: {line}", metric.name)));
        }
        remarks.extend(published::reasons(found));
        remarks.push(published::summary(found));
    }
    remarks
}
