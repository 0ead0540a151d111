//! The figures of the shape `funnel`: a line for each step with its share and its days, and the buckets below each other.

use serde::Serialize;

use super::figures::{TableCell, state};
use super::parts::{Written, part_label};
use crate::chart::stack::{Segment, segments};
use crate::format::whole;
use crate::page::{Kpi, Part, Shape, part_of};
use crate::reading::latest_complete;

/// Of that many buckets, the newest, the steps are shown.
const MOST_ROWS: usize = 12;

/// What the page of a KPI shows of its steps.
#[derive(Debug, Serialize)]
pub(crate) struct FunnelView {
    /// The latest complete bucket, whose steps are drawn; absent where there is none.
    pub bucket: Option<String>,
    pub steps: Vec<FunnelStep>,
    /// `4.2 days`, from the first step to the last.
    pub days: Option<String>,
    /// `12`, of the latest bucket that holds attempts whose time is not up.
    pub waiting: Option<Waiting>,
    /// The names of the steps, for the head of the table of buckets.
    pub names: Vec<String>,
    /// Newest first.
    pub rows: Vec<FunnelRow>,
}

/// One step of the latest complete bucket.
#[derive(Debug, Serialize)]
pub(crate) struct FunnelStep {
    pub name: String,
    /// Who takes it, and who of the first step does not.
    pub bar: Vec<Segment>,
    pub count: String,
    pub share: Option<TableCell>,
    pub of_previous: Option<TableCell>,
    pub days: Option<TableCell>,
    /// `−12`: who takes the step before and not this one.
    pub lost: Option<String>,
    /// No other step loses more.
    pub loses_most: bool,
}

/// Attempts whose time is not up.
#[derive(Debug, Serialize)]
pub(crate) struct Waiting {
    pub number: String,
    pub bucket: String,
}

/// The steps of one bucket.
#[derive(Debug, Serialize)]
pub(crate) struct FunnelRow {
    pub bucket: String,
    pub state: Option<&'static str>,
    /// All that began, whether their time is up or not.
    pub started: TableCell,
    pub counts: Vec<TableCell>,
    pub share: TableCell,
}

pub(crate) fn funnel(kpi: &Kpi) -> Option<FunnelView> {
    if kpi.shape != Shape::Funnel {
        return None;
    }
    let steps = Steps::of(kpi)?;
    let buckets = &kpi.series.buckets;
    let at = latest_complete(buckets);
    let drawn = at.map_or_else(Vec::new, |at| steps.at(at));
    let days = at.and_then(|at| {
        let days = Written::new(part_of(&kpi.parts, "days")?);
        Some(days.format.sentence(days.part.cells.get(at)?.number().ok()?))
    });
    let mut newest = (0..buckets.len()).rev();
    let rows = newest.clone().take(MOST_ROWS).filter_map(|at| steps.row(kpi, at)).collect();
    Some(FunnelView {
        bucket: at.map(|at| buckets[at].label.clone()),
        steps: drawn,
        days,
        waiting: newest.find_map(|at| steps.waiting(kpi, at)),
        names: steps.list.iter().map(|step| part_label(&step.count.part.name)).collect(),
        rows,
    })
}

/// The parts of a step; of the first one there are no others.
struct Step<'k> {
    count: Written<'k>,
    share: Option<Written<'k>>,
    of_previous: Option<Written<'k>>,
    days: Option<Written<'k>>,
}

struct Steps<'k> {
    /// At least one.
    list: Vec<Step<'k>>,
    started: Written<'k>,
    share: Written<'k>,
}

impl<'k> Steps<'k> {
    /// After the headline every part is a step that has a share of its own, but for the first one.
    fn of(kpi: &'k Kpi) -> Option<Self> {
        let part = |name: &str| part_of(&kpi.parts, name).map(Written::new);
        let (started, share) = (part("started")?, part("share")?);
        let later = |name: &str| part_of(&kpi.parts, &format!("{name}_of_previous")).is_some();
        let named = kpi.parts.iter().enumerate().filter(|(at, p)| *at == 1 || later(&p.name));
        let step = |(_, found): (usize, &'k Part)| Step {
            count: Written::new(found),
            share: part(&format!("{}_share", found.name)),
            of_previous: part(&format!("{}_of_previous", found.name)),
            days: part(&format!("{}_days", found.name)),
        };
        let list: Vec<Step<'k>> = named.map(step).collect();
        (!list.is_empty()).then_some(Self { list, started, share })
    }

    /// The steps of a bucket; none where they are not known.
    fn at(&self, at: usize) -> Vec<FunnelStep> {
        let numbers: Option<Vec<f64>> =
            self.list.iter().map(|step| step.count.number(at)).collect();
        let Some(numbers) = numbers else { return Vec::new() };
        let lost = |i: usize| if i == 0 { 0.0 } else { numbers[i - 1] - numbers[i] };
        let most = (0..numbers.len()).map(lost).fold(0.0, f64::max);
        let cell = |part: &Option<Written<'_>>| part.as_ref()?.cell(at);
        let line = |(i, step): (usize, &Step<'_>)| FunnelStep {
            name: part_label(&step.count.part.name),
            bar: segments(&[numbers[i], numbers[0] - numbers[i]]),
            count: whole(numbers[i]),
            share: cell(&step.share),
            of_previous: cell(&step.of_previous),
            days: cell(&step.days),
            lost: (lost(i) > 0.0).then(|| format!("−{}", whole(lost(i)))),
            loses_most: most > 0.0 && lost(i) == most,
        };
        self.list.iter().enumerate().map(line).collect()
    }

    fn row(&self, kpi: &Kpi, at: usize) -> Option<FunnelRow> {
        let bucket = kpi.series.buckets.get(at)?;
        let counts: Option<Vec<TableCell>> =
            self.list.iter().map(|step| step.count.cell(at)).collect();
        Some(FunnelRow {
            bucket: bucket.label.clone(),
            state: state(bucket),
            started: self.started.cell(at)?,
            counts: counts?,
            share: self.share.cell(at)?,
        })
    }

    /// How many of a bucket began, and are in no step yet; nothing where it is nobody.
    fn waiting(&self, kpi: &Kpi, at: usize) -> Option<Waiting> {
        let bucket = kpi.series.buckets.get(at).filter(|bucket| bucket.maturing)?;
        let number = self.started.number(at)? - self.list[0].count.number(at).unwrap_or(0.0);
        let waiting = Waiting { number: whole(number), bucket: bucket.label.clone() };
        (number > 0.0).then_some(waiting)
    }
}
