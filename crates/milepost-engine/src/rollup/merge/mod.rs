//! From groups to cells: every bucket and slice of a leaf is a merge of states.

mod best;
mod content;
mod members;
mod sweep;
#[cfg(test)]
mod tests;
mod values;
mod window;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use milepost_semantics::model::{Carry, DatasetKind};
use milepost_semantics::time::{Calendar, Instant, epoch_day};
use milepost_syntax::ast::AggregateFunction as F;
use milepost_syntax::limits::{CELLS, FIGURES};

use super::groups::{Groups, Places};
use super::pass::Rollup;
use super::plan::PlannedLeaf;
use crate::evaluate::{Column, LeafCell, LeafCells, Value};
use crate::functions::ExactPartials;
use crate::leaf::{Bounds, Leaf};
use crate::results::{Reason, SliceValue};
use crate::rollup::slice_value;
use sweep::Seen;
use window::{NumberedSlices, Window};

/// A leaf's cells by slice, and the cell of a slice in which the leaf has no row.
pub(crate) struct LeafTable {
    /// Slice values in the order of the request's dimensions; one cell per bucket.
    pub(crate) rows: BTreeMap<Vec<SliceValue>, LeafCells>,
    /// The same of slices in which no row counts, but some could not be judged: there is such a slice only if another
    /// leaf has it.
    pub(crate) unjudged: BTreeMap<Vec<SliceValue>, LeafCells>,
    pub(crate) empty: LeafCells,
    /// Why bounds are not known. Told for leaves in blocks of time only, which must be whole.
    pub(crate) short: Vec<Option<Reason>>,
    /// In which bounds some rows are too young to be judged.
    pub(crate) maturing: Vec<bool>,
    /// Whether rows of each bucket are left out because they look before the data.
    pub(crate) clipped: Vec<bool>,
    /// There are more cells than are computed, and the rest was left out.
    pub(crate) is_cut: bool,
}

/// Whether so many slices of a leaf have more cells than are computed.
pub(crate) fn are_too_many(slices: usize, leaf: &Leaf<'_>) -> bool {
    let most = if leaf.in_blocks { CELLS } else { FIGURES };
    slices.saturating_mul(leaf.bounds.len()) as u64 > most
}

impl LeafTable {
    /// What is too large.
    pub(crate) fn cut() -> Self {
        Self {
            rows: BTreeMap::new(),
            unjudged: BTreeMap::new(),
            empty: LeafCells::default(),
            short: Vec::new(),
            maturing: Vec::new(),
            clipped: Vec::new(),
            is_cut: true,
        }
    }

    /// The cells of a slice.
    pub(crate) fn column(&self, slice: &[SliceValue]) -> Column<'_> {
        let cells = self.rows.get(slice).or_else(|| self.unjudged.get(slice));
        Column { cells: cells.unwrap_or(&self.empty), short: &self.short }
    }
}

/// A state that can't be: a bug in milepost.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Impossible(&'static str);

/// Merges the states of one leaf.
///
/// # Errors
/// The rollup is not the one that the leaf was planned for.
pub(crate) fn merge(
    leaf: &Leaf<'_>,
    planned: &PlannedLeaf,
    rollup: &Rollup<'_>,
    groups: &Groups,
    calendar: &Calendar,
) -> Result<LeafTable, Impossible> {
    let spans = leaf.bounds.iter().map(|bounds| Span::new(bounds, &groups.cuts));
    let spans = spans.collect::<Result<Vec<_>, _>>()?;
    Merger { leaf, spans, planned, rollup, groups, calendar }.run()
}

/// A slice as numbers.
type Slice = Vec<u32>;

struct Merger<'a> {
    leaf: &'a Leaf<'a>,
    /// The leaf's bounds by the rollup's cuts.
    spans: Vec<Span>,
    planned: &'a PlannedLeaf,
    rollup: &'a Rollup<'a>,
    groups: &'a Groups,
    calendar: &'a Calendar,
}

/// One of a rollup's cuts.
#[derive(Clone, Copy, Debug)]
struct Cut {
    instant: Instant,
    /// How many cuts lie before it.
    number: i64,
}

impl Cut {
    fn of(instant: Instant, cuts: &[Instant]) -> Result<Self, Impossible> {
        let number = cuts.binary_search(&instant);
        let number = number.map_err(|_| Impossible("a leaf's bounds are no cuts of its rollup"))?;
        Ok(Self { instant, number: as_i64(number) })
    }
}

/// The bounds of a bucket by cuts.
enum Span {
    Range { lo: Cut, hi: Cut },
    At(Cut),
    MeanAt(Vec<Cut>),
}

/// What is looked at together.
#[derive(Clone, Copy, Debug)]
enum Seeing {
    Range { lo: Cut, hi: Cut },
    At(Cut),
}

impl Span {
    fn new(bounds: &Bounds, cuts: &[Instant]) -> Result<Self, Impossible> {
        let cut = |instant: &Instant| Cut::of(*instant, cuts);
        Ok(match bounds {
            Bounds::Range { lo, hi } => Self::Range { lo: cut(lo)?, hi: cut(hi)? },
            Bounds::At(instant) => Self::At(cut(instant)?),
            Bounds::MeanAt(instants) => {
                Self::MeanAt(instants.iter().map(cut).collect::<Result<_, _>>()?)
            }
        })
    }

    /// Everything that is looked at for the bucket.
    fn seeing(&self) -> Vec<Seeing> {
        match self {
            Self::Range { lo, hi } => vec![Seeing::Range { lo: *lo, hi: *hi }],
            Self::At(cut) => vec![Seeing::At(*cut)],
            Self::MeanAt(cuts) => cuts.iter().map(|cut| Seeing::At(*cut)).collect(),
        }
    }
}

impl Seeing {
    fn bounds(self) -> Bounds {
        match self {
            Self::Range { lo, hi } => Bounds::Range { lo: lo.instant, hi: hi.instant },
            Self::At(cut) => Bounds::At(cut.instant),
        }
    }
}

/// The finished value of one slice at one instant or window: absent for a summary of nothing.
struct Merged {
    value: Option<Value>,
    sample: u64,
}

impl Merger<'_> {
    fn run(&self) -> Result<LeafTable, Impossible> {
        let mut rows: BTreeMap<Slice, LeafCells> = BTreeMap::new();
        let n = self.leaf.bounds.len();
        let mut empty = LeafCells::with_capacity(n);
        let numbered = NumberedSlices::new(self)?;
        let mut window = Window::new(self, &numbered);
        for (bucket, span) in self.spans.iter().enumerate() {
            let (merged, nothing) = self.bucket(span, &mut window);
            if are_too_many(rows.len().max(merged.len()), self.leaf) {
                return Ok(LeafTable::cut());
            }
            for (slice, cell) in merged {
                let cells = rows.entry(slice).or_insert_with(|| LeafCells::with_capacity(n));
                // Slices that are met for the first time, or were not met in the bucket in between.
                cells.extend_until(&empty, bucket);
                cells.push(cell);
            }
            empty.push(nothing);
        }
        let values = |slice: Slice| {
            slice.into_iter().map(|n| slice_value(&self.groups.names.values[n as usize])).collect()
        };
        let rows = rows
            .into_iter()
            .map(|(slice, mut cells)| {
                cells.extend_until(&empty, n);
                (values(slice), cells)
            })
            .collect();
        let bounds = self.spans.iter().zip(&self.leaf.bounds);
        let short = bounds.map(|(span, bounds)| self.short(span, bounds)).collect();
        let (maturing, clipped) = (vec![false; n], vec![false; n]);
        let unjudged = BTreeMap::new();
        Ok(LeafTable { rows, unjudged, empty, short, maturing, clipped, is_cut: false })
    }

    /// The cells of one bucket, and what a slice without rows has there.
    fn bucket(
        &self,
        span: &Span,
        window: &mut Window<'_>,
    ) -> (BTreeMap<Slice, LeafCell>, LeafCell) {
        let seeing = match span {
            Span::MeanAt(cuts) => return self.mean(cuts, window),
            Span::Range { lo, hi } => Seeing::Range { lo: *lo, hi: *hi },
            Span::At(cut) => Seeing::At(*cut),
        };
        let known = self.known(seeing);
        let cell = |merged: Merged| LeafCell {
            value: known.clone().and_then(|()| merged.value.ok_or(Reason::NoData)),
            sample: merged.sample,
            absent: 0,
        };
        let merged = window.slices(seeing).into_iter().map(|(slice, m)| (slice, cell(m))).collect();
        (merged, cell(Merged { value: self.zero(), sample: 0 }))
    }

    /// What nothing is: 0, false, or absent.
    fn zero(&self) -> Option<Value> {
        match self.leaf.aggregate.function {
            F::Any => Some(Value::Boolean(false)),
            _ if self.leaf.empty_is_zero() => Some(Value::Number(0.0)),
            _ => None,
        }
    }

    /// The mean of the states at each instant inside the span of the data. Nothing counts as 0 where nothing is 0, and
    /// is left out elsewhere.
    #[expect(clippy::cast_precision_loss, reason = "a count of days or rows")]
    fn mean(&self, cuts: &[Cut], window: &mut Window<'_>) -> (BTreeMap<Slice, LeafCell>, LeafCell) {
        let mut sums: BTreeMap<Slice, (ExactPartials, u64, u64)> = BTreeMap::new();
        let mut days = 0_u64;
        for cut in cuts {
            let seeing = Seeing::At(*cut);
            if self.known(seeing).is_err() {
                continue;
            }
            days += 1;
            for (slice, merged) in window.slices(seeing) {
                let (sum, n, sample) = sums.entry(slice).or_default();
                if let Some(value) = merged.value.as_ref().and_then(Value::number) {
                    sum.add(value);
                    *n += 1;
                }
                *sample += merged.sample;
            }
        }
        let zero = self.leaf.empty_is_zero();
        let nothing = if days == 0 || !zero { Err(Reason::NoData) } else { Ok(Value::Number(0.0)) };
        let cells = sums
            .into_iter()
            .map(|(slice, (sum, n, sample))| {
                let over = if zero { days } else { n };
                let value = if over == 0 {
                    Err(Reason::NoData)
                } else {
                    Ok(Value::Number(sum.value() / over as f64))
                };
                // There is a slice only on a day.
                (slice, LeafCell { value, sample: sample / days, absent: 0 })
            })
            .collect();
        (cells, LeafCell { value: nothing, sample: 0, absent: 0 })
    }

    /// Why a block of time can't be looked at: it, or a window that is seen from it, starts before the data. A gap
    /// between carried pictures is inside the data.
    fn short(&self, span: &Span, bounds: &Bounds) -> Option<Reason> {
        if self.is_beyond(bounds) {
            return self.leaf.in_blocks.then_some(Reason::NoData);
        }
        let begun = |cut: &Cut| self.groups.first.is_some_and(|first| first < cut.instant);
        let inside = match span {
            Span::Range { lo, hi } => self.known(Seeing::Range { lo: *lo, hi: *hi }).is_ok(),
            Span::At(cut) => begun(cut),
            Span::MeanAt(cuts) => cuts.iter().any(begun),
        };
        (self.leaf.in_blocks && !inside).then_some(Reason::ShortHistory)
    }

    /// Whether the bounds lie after the time of which all rows are there.
    fn is_beyond(&self, bounds: &Bounds) -> bool {
        self.groups.until.is_some_and(|until| bounds.is_beyond(until, self.leaf.is_block()))
    }

    /// Whether what is looked at lies inside the span of the data.
    fn known(&self, seeing: Seeing) -> Result<(), Reason> {
        let first = self.groups.first.ok_or(Reason::NoData)?;
        let bounds = seeing.bounds();
        if self.is_beyond(&bounds) {
            return Err(Reason::NoData);
        }
        match seeing {
            Seeing::Range { lo, hi } => {
                if first >= hi.instant {
                    return Err(Reason::NoData);
                }
                let short = self.leaf.needs_full_window()
                    && bounds.lo().is_some()
                    && self.day(first) > self.day(lo.instant);
                if short { Err(Reason::ShortHistory) } else { Ok(()) }
            }
            Seeing::At(cut) => {
                let seen =
                    if let Some(DatasetKind::Snapshot { carry: Some(Carry::For(_)), .. }) =
                        self.rollup.place.kind
                    {
                        self.holds(cut)
                    } else {
                        first < cut.instant
                    };
                if seen { Ok(()) } else { Err(Reason::NoData) }
            }
        }
    }

    /// An instant as the placing column compares with it.
    fn edge(&self, instant: Instant) -> i64 {
        if self.rollup.place.is_date() {
            i64::from(epoch_day(self.calendar.first_day_from(instant)))
        } else {
            instant.0
        }
    }

    fn day(&self, instant: Instant) -> i64 {
        i64::from(epoch_day(self.calendar.date_of(instant)))
    }

    /// The groups that are looked at.
    fn seen(&self, places: &Places, seeing: Seeing) -> Seen {
        match seeing {
            Seeing::Range { lo, hi } => {
                let first = places.lo.partition_point(|x| *x <= lo.number);
                let end = places.lo.partition_point(|x| *x <= hi.number);
                Seen::Range(Range { start: first, end })
            }
            Seeing::At(cut) if self.rollup.has_until() => Seen::Holding(cut.number),
            Seeing::At(cut) => Seen::Range(self.picture(places, cut.instant)),
        }
    }

    /// The groups of the latest picture of all before the instant, whatever this leaf's own rows are.
    fn picture(&self, places: &Places, instant: Instant) -> Range<usize> {
        let edge = self.edge(instant);
        let all = &self.groups.places.lo;
        let Some(picture) = all.partition_point(|lo| *lo < edge).checked_sub(1).map(|i| all[i])
        else {
            return 0..0;
        };
        let start = places.lo.partition_point(|lo| *lo < picture);
        start..places.lo.partition_point(|lo| *lo <= picture)
    }

    /// Whether any row holds at a cut.
    fn holds(&self, cut: Cut) -> bool {
        let places = &self.groups.places;
        let begun = places.lo.partition_point(|lo| *lo <= cut.number);
        places.hi[..begun].iter().any(|hi| *hi > cut.number)
    }
}

const fn as_i64(n: usize) -> i64 {
    n.cast_signed() as i64
}

/// All slices that any of a request's leaves has, in the order in which people read them: what has no value last, numbers
/// by size, text by letters.
pub(crate) fn slice_order<'t>(tables: impl Iterator<Item = &'t LeafTable>) -> Vec<Vec<SliceValue>> {
    let all: BTreeSet<&Vec<SliceValue>> = tables.flat_map(|t| t.rows.keys()).collect();
    let mut list: Vec<Vec<SliceValue>> = all.into_iter().cloned().collect();
    list.sort_by_cached_key(|key| key.iter().map(sort_key).collect::<Vec<_>>());
    list
}

fn sort_key(value: &SliceValue) -> (bool, bool, u64, String) {
    let number = value.text().and_then(|text| text.parse::<i64>().ok());
    // Order-preserving map of signed to unsigned.
    let rank = number.map_or(0, |n| (n as u64) ^ (1 << 63));
    let text = value.text().unwrap_or_default().to_owned();
    (value.text().is_none(), number.is_none(), rank, text)
}
