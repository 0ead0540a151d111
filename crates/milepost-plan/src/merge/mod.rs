//! From groups to cells: every bucket and slice of a leaf is a merge of states.
//!
//! A pass over the rows of a dataset groups them by elementary intervals of time, by the filters that they pass, and by
//! slices. What the rows of each group add up to is a state: how many there are, exact sums, extremes, sets of keys. Here
//! they are plain values; how they came about, and as what they are stored, is the engine's. A window moves from bucket to
//! bucket over the groups in the order of time: each enters it once and leaves it once.
//!
//! ```text
//! Groups + PlannedLeaf ── merge ──► LeafTable
//! ```

mod best;
mod content;
mod groups;
mod ids;
mod keyed;
mod members;
mod slices;
mod sweep;
#[cfg(test)]
mod tests;
mod values;
mod window;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use milepost_semantics::model::{Carry, DatasetKind};
use milepost_semantics::time::{Calendar, Instant, epoch_day};
use milepost_syntax::ast::AggregateFunction as F;

use crate::evaluate::{LeafCell, LeafCells, Value};
use crate::exact::ExactPartials;
use crate::leaf::{Bounds, Leaf, LeafTable, are_too_many};
use crate::placement::Placement;
use crate::results::Reason;
use sweep::Seen;
use window::{NumberedSlices, Window};

pub use groups::{Groups, Masks, Names, Places, PlannedLeaf, Read, StateColumn};
pub use ids::{CountId, DimId, FilterId, KeyedFilterId, KeyedId, RollupId, StateId};
pub use keyed::{Kept, KeyedGroups, Sets, Slices};
pub use slices::{slice_code, slice_value};

/// A state that can't be: a bug in milepost.
#[derive(Debug)]
pub struct Impossible(&'static str);

impl fmt::Display for Impossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Impossible {}

/// Merges the states of one leaf. `place`: how the rows of the groups stand in time.
///
/// # Errors
/// The groups are not those that the leaf was planned for.
pub fn merge(
    leaf: &Leaf<'_>,
    planned: &PlannedLeaf,
    place: &Placement<'_>,
    groups: &Groups,
    calendar: &Calendar,
) -> Result<LeafTable, Impossible> {
    let spans = leaf.bounds.iter().map(|bounds| Span::new(bounds, &groups.cuts));
    let spans = spans.collect::<Result<Vec<_>, _>>()?;
    Merger { leaf, spans, planned, place, groups, calendar }.run()
}

/// A slice as numbers.
type Slice = Vec<u32>;

struct Merger<'a> {
    leaf: &'a Leaf<'a>,
    /// The leaf's bounds by the rollup's cuts.
    spans: Vec<Span>,
    planned: &'a PlannedLeaf,
    place: &'a Placement<'a>,
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
        let n = self.leaf.bounds.len();
        let mut empty = LeafCells::with_capacity(n);
        let numbered = NumberedSlices::new(self)?;
        let slices = &numbered.rows.texts;
        let mut rows: Vec<Option<LeafCells>> = vec![None; slices.len()];
        let mut met = 0;
        let mut window = Window::new(self, &numbered);
        for (bucket, span) in self.spans.iter().enumerate() {
            let (merged, nothing) = self.bucket(span, &mut window);
            if are_too_many(met.max(merged.len()), self.leaf) {
                return Ok(LeafTable::cut());
            }
            for (slice, cell) in merged {
                met += usize::from(rows[slice].is_none());
                let cells = rows[slice].get_or_insert_with(|| LeafCells::with_capacity(n));
                // Slices that are met for the first time, or were not met in the bucket in between.
                cells.extend_until(&empty, bucket);
                cells.push(cell);
            }
            empty.push(nothing);
        }
        let values = |slice: &Slice| {
            slice.iter().map(|n| slice_value(&self.groups.names.values[*n as usize])).collect()
        };
        let rows = slices.iter().zip(rows).filter_map(|(slice, cells)| {
            let mut cells = cells?;
            cells.extend_until(&empty, n);
            Some((values(slice), cells))
        });
        let rows = rows.collect();
        let bounds = self.spans.iter().zip(&self.leaf.bounds);
        let short = bounds.map(|(span, bounds)| self.short(span, bounds)).collect();
        let (maturing, clipped) = (vec![false; n], vec![false; n]);
        let unjudged = BTreeMap::new();
        Ok(LeafTable { rows, unjudged, empty, short, maturing, clipped, is_cut: false })
    }

    /// The cells of one bucket by the numbers of their slices, and what a slice without rows has there.
    fn bucket(&self, span: &Span, window: &mut Window<'_>) -> (Vec<(usize, LeafCell)>, LeafCell) {
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
    fn mean(&self, cuts: &[Cut], window: &mut Window<'_>) -> (Vec<(usize, LeafCell)>, LeafCell) {
        let mut sums: BTreeMap<usize, (ExactPartials, u64, u64)> = BTreeMap::new();
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
                        self.place.kind
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
        if self.place.is_date() {
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
            Seeing::At(cut) if self.place.has_until() => Seen::Holding(cut.number),
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
