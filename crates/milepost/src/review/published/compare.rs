//! Three figures a period: the published one, and those of both versions on the data of today.

use std::collections::BTreeMap;

use milepost_plan::results::{Cell, Series, SeriesBucket};
use milepost_semantics::model::Model;
use milepost_semantics::time::show_date;

use super::{Attributed, Attribution, Cause, Period, Step};
use crate::published::PublishedFigure;
use crate::review::Figure;
use crate::review::figures::apart;

/// The figure of a period as it is today.
#[derive(Clone, Debug)]
pub(super) struct Today {
    bucket: String,
    start: String,
    end: String,
    status: &'static str,
    figure: Figure,
}

/// Up to when data was used, then and today.
pub(super) struct Times {
    then: String,
    now: String,
}

impl Times {
    pub(super) fn of(found: &Attribution) -> Self {
        Self { then: found.published_as_of.clone(), now: found.as_of.clone() }
    }

    /// Whether a period that ends before that day was over both times. That of the as-of itself is over with its last day, and
    /// not at an instant of it.
    fn is_over(&self, end: &str) -> bool {
        let by = |as_of: &String| as_of.split_once('T').is_none_or(|(day, _)| end <= day);
        by(&self.then) && by(&self.now)
    }
}

/// The figures of the whole of a metric, in the order of time; `text`: how its numbers are shown.
pub(super) fn figures(
    model: &Model,
    series: Option<&Series>,
    text: &impl Fn(f64) -> String,
) -> Vec<Today> {
    let Some((series, row)) = series.and_then(|series| Some((series, series.rows.first()?))) else {
        return Vec::new();
    };
    let one = |(bucket, cell): (&SeriesBucket, Cell)| {
        let (start, end) = bucket.days(&model.project.calendar);
        Today {
            bucket: bucket.bucket.label.clone(),
            start: show_date(start),
            end: show_date(end),
            status: bucket.status(),
            figure: match cell.value {
                Ok(value) => Figure { value: Some(as_written(value)), text: text(value) },
                Err(reason) => Figure { value: None, text: reason.to_string() },
            },
        }
    };
    series.buckets.iter().zip(row.cells.iter()).map(one).collect()
}

/// A number as it comes back from the JSON of a site: then what is the same was written alike.
fn as_written(value: f64) -> f64 {
    let text = serde_json::to_string(&value).ok();
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(value)
}

/// The periods that a site shows and that are there today.
pub(super) struct Three {
    periods: Vec<Period>,
    /// For each: whether the figures of then and of today are of the same time.
    comparable: Vec<bool>,
    new: usize,
    gone: usize,
}

impl Three {
    pub(super) fn of(
        published: &[PublishedFigure],
        base: Vec<Today>,
        head: Option<Vec<Today>>,
        times: &Times,
        text: &impl Fn(f64) -> String,
    ) -> Self {
        let shown: BTreeMap<&str, &PublishedFigure> =
            published.iter().map(|figure| (figure.bucket.as_str(), figure)).collect();
        let heads = head.into_iter().flatten().map(|today| (today.bucket, today.figure));
        let mut heads: BTreeMap<String, Figure> = heads.collect();
        let first = published.first().map(|figure| figure.bucket.as_str());
        let begins = base.iter().position(|today| Some(today.bucket.as_str()) == first);
        let mut found = Self { periods: Vec::new(), comparable: Vec::new(), new: 0, gone: 0 };
        for (at, today) in base.into_iter().enumerate() {
            let Some(then) = shown.get(today.bucket.as_str()) else {
                // A site leaves out what was before the first data.
                let is_before = begins.is_some_and(|begins| at < begins);
                found.new += usize::from(!is_before || today.figure.value.is_some());
                continue;
            };
            let head = heads.remove(&today.bucket);
            found.add(then, today, head, times, text);
        }
        found.gone = published.len() - found.periods.len();
        found
    }

    fn add(
        &mut self,
        then: &PublishedFigure,
        today: Today,
        head: Option<Figure>,
        times: &Times,
        text: &impl Fn(f64) -> String,
    ) {
        let Today { bucket, start, end, status, figure: base } = today;
        let is_same = (&*start, &*end, status) == (&*then.start, &*then.end, &*then.status);
        let is_over = status == "complete" && times.is_over(&end);
        self.comparable.push(is_same && (is_over || times.then == times.now));
        let published = match &then.value {
            Ok(value) => Figure { value: Some(*value), text: text(*value) },
            Err(reason) => Figure { value: None, text: reason.clone() },
        };
        self.periods.push(Period {
            bucket,
            published_status: then.status.clone(),
            status,
            published_end: then.end.clone(),
            end,
            published,
            base,
            head,
        });
    }

    /// What both steps do; whether the first one may be attributed is for others to say.
    pub(super) fn attributed(&self, ignore_below: Option<f64>) -> Attributed {
        let of = |comparable: bool| {
            let all = self.periods.iter().zip(&self.comparable);
            all.filter(move |(_, is)| **is == comparable).map(|(period, _)| period)
        };
        let (closed, open): (Vec<&Period>, Vec<&Period>) =
            (of(true).collect(), of(false).collect());
        let data = step(&closed, ignore_below, |p| (&p.published, Some(&p.base)));
        let all: Vec<&Period> =
            self.periods.iter().filter(|period| period.head.is_some()).collect();
        let definition = step(&all, ignore_below, |p| (&p.base, p.head.as_ref()));
        let differs = |period: &&&Period| differs(&period.published, &period.base);
        let last_open = open.iter().rev().find(differs).map(|period| (*period).clone());
        let cause = match (data.is_shown(), definition.is_shown()) {
            (true, true) => Cause::DataAndDefinition,
            (false, true) => Cause::Definition,
            (true, false) => Cause::Data,
            (false, false) if last_open.is_some() => Cause::Time,
            (false, false) => Cause::None,
        };
        let is_complete = |period: &&&Period| {
            period.status == "complete" && period.published_status == "complete"
        };
        Attributed {
            name: String::new(),
            published_as: None,
            cause,
            other_texts: Vec::new(),
            is_of_head: false,
            no_head: None,
            periods: self.periods.len(),
            headline: closed.iter().rev().find(is_complete).map(|period| (*period).clone()),
            data,
            definition,
            open: open.len(),
            last_open,
            new: self.new,
            gone: self.gone,
        }
    }
}

impl Attributed {
    /// Whether there are differences, all of which are too small to show.
    pub(super) const fn is_hidden(&self) -> bool {
        self.data.hidden + self.definition.hidden > 0
    }
}

impl Step {
    const fn is_shown(&self) -> bool {
        self.differing > self.hidden
    }
}

fn step<'p>(
    periods: &[&'p Period],
    ignore_below: Option<f64>,
    sides: impl Fn(&'p Period) -> (&'p Figure, Option<&'p Figure>),
) -> Step {
    let both = |period: &&'p Period| {
        let (before, after) = sides(period);
        Some((*period, before, after?))
    };
    let all: Vec<_> = periods.iter().filter_map(both).collect();
    let differing: Vec<_> =
        all.iter().filter(|(_, before, after)| differs(before, after)).collect();
    let is_small =
        |before: &Figure, after: &Figure| apart::is_below(ignore_below, before.value, after.value);
    let shown: Vec<_> =
        differing.iter().filter(|(_, before, after)| !is_small(before, after)).collect();
    let largest = apart::farthest(shown.iter(), |(_, before, after)| {
        apart::distance(before.value, after.value)
    });
    Step {
        differing: differing.len(),
        compared: all.len(),
        hidden: differing.len() - shown.len(),
        first: shown.first().map(|(period, ..)| (*period).clone()),
        largest: largest.map(|(period, ..)| (*period).clone()),
    }
}

fn differs(before: &Figure, after: &Figure) -> bool {
    match (before.value, after.value) {
        #[expect(clippy::float_cmp, reason = "any difference is one")]
        (Some(before), Some(after)) => before != after,
        // Of figures that there are not, the text is the reason.
        (None, None) => before.text != after.text,
        _ => true,
    }
}
