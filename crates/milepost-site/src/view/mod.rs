//! What the templates need: all text, all numbers formatted, all links relative.

mod card;
mod cohorts;
mod datasets;
mod duration;
mod figures;
mod funnel;
mod history;
mod index;
mod journey;
mod kpi;
mod list;
mod movements;
mod names;
mod notices;
mod parts;
mod quantiles;
mod review;
mod score;
mod segment;
mod survey;
mod trust;

pub(crate) use datasets::datasets;
pub(crate) use index::index;
pub(crate) use journey::journey;
pub(crate) use kpi::kpi;
pub(crate) use list::{list, lists};
pub(crate) use names::Names;
pub(crate) use review::review;
pub(crate) use score::score;
pub(crate) use segment::{segment, segments};

use serde::Serialize;

use crate::page::{Category, Grain, Indicator, Journey, MadeFrom, Site};
use crate::slug::Slugs;

/// What every page shows around its content.
#[derive(Debug, Serialize)]
pub(crate) struct Shell {
    /// From the page to the site's folder: `` or `../`.
    pub root: &'static str,
    pub project: String,
    pub as_of: String,
    pub time_zone: String,
    pub generator: String,
    /// `abc1234`; nothing where nobody asked for the history.
    pub made_from: Option<String>,
    /// `index`, `kpi`, `lists`, `segments` or `datasets`.
    pub active: &'static str,
    pub has_lists: bool,
    pub has_segments: bool,
    pub journeys: Vec<JourneyLink>,
}

/// The page of a journey.
#[derive(Debug, Serialize)]
pub(crate) struct JourneyLink {
    /// `Journey`, where there is one.
    pub label: String,
    pub href: String,
}

impl Shell {
    fn new(site: &Site, root: &'static str, active: &'static str) -> Self {
        Self {
            root,
            project: site.project.label.clone().unwrap_or_else(|| site.project.name.clone()),
            as_of: site.as_of.clone(),
            time_zone: site.project.time_zone.clone(),
            generator: site.generator.clone(),
            made_from: site.made_from.as_ref().map(made_from),
            active,
            has_lists: site.lists.iter().any(|list| !list.is_derived),
            has_segments: !site.segments.is_empty(),
            journeys: journey_links(site, root),
        }
    }
}

fn made_from(commit: &MadeFrom) -> String {
    let more = if commit.is_changed { ", with changes that are not committed" } else { "" };
    format!("{}{more}", commit.short)
}

fn journey_links(site: &Site, root: &str) -> Vec<JourneyLink> {
    let is_one = site.journeys.len() == 1;
    let link = |(journey, path): (&Journey, String)| JourneyLink {
        label: match is_one {
            true => "Journey".to_owned(),
            false => label_of(&journey.name, journey.label.as_deref()),
        },
        href: format!("{root}{path}"),
    };
    with_paths(site).map(link).collect()
}

/// The journeys with their files.
pub(crate) fn with_paths(site: &Site) -> impl Iterator<Item = (&Journey, String)> {
    let mut slugs = Slugs::default();
    site.journeys
        .iter()
        .map(move |journey| (journey, format!("journey/{}.html", slugs.next(&journey.name))))
}

const CATEGORIES: [Category; 3] = [Category::Reach, Category::Effect, Category::Roi];

const fn category_label(category: Category) -> &'static str {
    match category {
        Category::Reach => "Reach",
        Category::Effect => "Effect",
        Category::Roi => "ROI",
    }
}

const fn category_question(category: Category) -> &'static str {
    match category {
        Category::Reach => "Did we reach the right contacts?",
        Category::Effect => "Did they do what we wanted?",
        Category::Roi => "Was the outcome what we wanted?",
    }
}

const fn indicator_label(indicator: Indicator) -> &'static str {
    match indicator {
        Indicator::Leading => "leading indicator",
        Indicator::Lagging => "lagging indicator",
    }
}

/// `License activation` from `license_activation`, where no label is given.
fn label_of(name: &str, label: Option<&str>) -> String {
    if let Some(label) = label {
        return label.to_owned();
    }
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The plural of a grain's name.
fn grain_plural(grain: Grain) -> String {
    format!("{}s", grain.name())
}
