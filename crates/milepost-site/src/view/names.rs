use std::collections::BTreeMap;

use crate::page::Site;
use crate::slug::Slugs;

/// The file names of a KPI, relative to the site's folder.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    pub slug: String,
    pub page: String,
    pub csv: String,
    pub json: String,
    /// CSV of each slice.
    pub slices: Vec<String>,
}

/// The file names of a list, relative to the site's folder.
#[derive(Debug, Default)]
pub(crate) struct ListPaths {
    pub page: String,
    pub csv: String,
    pub json: String,
    /// Those who are not on the list.
    pub rest: String,
}

/// The file names of a segment, relative to the site's folder.
#[derive(Debug, Default)]
pub(crate) struct SegmentPaths {
    pub page: String,
    /// The sizes over time.
    pub csv: String,
    /// Who moved in the last period that is over.
    pub moves: String,
}

/// The file names of all KPIs, lists and segments, and the places of all datasets on their page.
#[derive(Debug)]
pub(crate) struct Names {
    kpis: BTreeMap<String, Paths>,
    datasets: BTreeMap<String, String>,
    none: Paths,
    lists: BTreeMap<String, ListPaths>,
    scores: BTreeMap<String, ListPaths>,
    no_list: ListPaths,
    segments: BTreeMap<String, SegmentPaths>,
    no_segment: SegmentPaths,
}

impl Names {
    pub(crate) fn new(site: &Site) -> Self {
        let mut slugs = Slugs::default();
        let mut kpis = BTreeMap::new();
        for kpi in &site.kpis {
            let slug = slugs.next(&kpi.name);
            let mut dimensions = Slugs::default();
            let slices = kpi
                .slices
                .iter()
                .map(|s| format!("kpi/{slug}.by.{}.csv", dimensions.next(&s.dimension)));
            let paths = Paths {
                page: format!("kpi/{slug}.html"),
                csv: format!("kpi/{slug}.csv"),
                json: format!("kpi/{slug}.json"),
                slices: slices.collect(),
                slug,
            };
            kpis.insert(kpi.name.clone(), paths);
        }
        let mut slugs = Slugs::default();
        let datasets =
            site.datasets.iter().map(|d| (d.name.clone(), slugs.next(&d.name))).collect();
        let mut slugs = Slugs::default();
        let lists = site.lists.iter().map(|list| {
            let slug = slugs.next(&list.name);
            let paths = ListPaths {
                page: format!("list/{slug}.html"),
                csv: format!("lists/{slug}.csv"),
                json: format!("lists/{slug}.jsonl"),
                rest: format!("lists/{slug}.rest.csv"),
            };
            (list.name.clone(), paths)
        });
        let lists = lists.collect();
        let mut slugs = Slugs::default();
        let segments = site.segments.iter().map(|segment| {
            let slug = slugs.next(&segment.name);
            let paths = SegmentPaths {
                page: format!("segment/{slug}.html"),
                csv: format!("segment/{slug}.csv"),
                moves: format!("segment/{slug}.moves.csv"),
            };
            (segment.name.clone(), paths)
        });
        let segments = segments.collect();
        let scores = site.scores.iter().map(|score| {
            let slug = slugs.next(&score.members.name);
            let paths = ListPaths {
                page: format!("score/{slug}.html"),
                csv: format!("scores/{slug}.csv"),
                json: format!("scores/{slug}.jsonl"),
                rest: String::new(),
            };
            (score.members.name.clone(), paths)
        });
        let scores = scores.collect();
        Self {
            kpis,
            datasets,
            none: Paths::default(),
            lists,
            scores,
            no_list: ListPaths::default(),
            segments,
            no_segment: SegmentPaths::default(),
        }
    }

    /// The files of a score.
    pub(crate) fn score(&self, name: &str) -> &ListPaths {
        self.scores.get(name).unwrap_or(&self.no_list)
    }

    /// The files of a list.
    pub(crate) fn list(&self, name: &str) -> &ListPaths {
        self.lists.get(name).unwrap_or(&self.no_list)
    }

    /// The files of a segment.
    pub(crate) fn segment(&self, name: &str) -> &SegmentPaths {
        self.segments.get(name).unwrap_or(&self.no_segment)
    }

    /// The files of a KPI that has a page.
    pub(crate) fn paths(&self, kpi: &str) -> &Paths {
        self.kpis.get(kpi).unwrap_or(&self.none)
    }

    /// The name of a KPI's page inside its folder, if it has one.
    pub(crate) fn page(&self, kpi: &str) -> Option<String> {
        self.kpis.get(kpi).map(|p| format!("{}.html", p.slug))
    }

    /// The id of a dataset on the data page, if it is there.
    pub(crate) fn dataset(&self, name: &str) -> Option<String> {
        self.datasets.get(name).map(|slug| format!("dataset-{slug}"))
    }
}
