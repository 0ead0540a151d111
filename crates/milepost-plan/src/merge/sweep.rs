//! Moving from one window to the next: each group enters it once and leaves it once.

use std::ops::Range;

use super::Places;

/// What a window holds.
pub(super) trait Content {
    fn enter(&mut self, group: usize);
    fn leave(&mut self, group: usize);
}

/// The groups that a window sees.
pub(super) enum Seen {
    /// A range of the groups in the order of time.
    Range(Range<usize>),
    /// The groups that hold over this cut.
    Holding(i64),
}

/// Where a content stands.
#[derive(Debug)]
pub(super) struct Sweep {
    /// What was entered; of [`Seen::Holding`], what began at or before the cut.
    range: Range<usize>,
    /// How many of `by_end` have left.
    ended: usize,
    /// The groups that end, sorted by their ends.
    by_end: Vec<usize>,
}

impl Sweep {
    pub(super) fn new(places: &Places) -> Self {
        let mut by_end: Vec<usize> = (0..places.hi.len()).collect();
        by_end.sort_by_key(|group| places.hi[*group]);
        Self { range: 0..0, ended: 0, by_end }
    }

    /// Moves the content on; windows that go back are filled anew.
    pub(super) fn to<C: Content + ?Sized>(
        &mut self,
        seen: &Seen,
        places: &Places,
        passing: &[bool],
        content: &mut C,
    ) {
        let enter = |range: Range<usize>, content: &mut C| {
            range.filter(|g| passing[*g]).for_each(|g| content.enter(g));
        };
        let leave = |range: Range<usize>, content: &mut C| {
            range.filter(|g| passing[*g]).for_each(|g| content.leave(g));
        };
        match seen {
            Seen::Range(next) => {
                let now = self.range.clone();
                if next.start >= now.end || next.start < now.start || next.end < now.end {
                    leave(now, content);
                    enter(next.clone(), content);
                } else {
                    leave(now.start..next.start, content);
                    enter(now.end..next.end, content);
                }
                self.range = next.clone();
            }
            Seen::Holding(cut) => {
                let begun = places.lo.partition_point(|lo| lo <= cut);
                let ended = self.by_end.partition_point(|group| places.hi[*group] <= *cut);
                if begun < self.range.end || ended < self.ended {
                    let held = self.by_end[self.ended..].iter();
                    held.filter(|g| self.range.contains(g) && passing[**g])
                        .for_each(|g| content.leave(*g));
                    self.range = 0..0;
                    self.ended = 0;
                }
                enter(self.range.end..begun, content);
                self.by_end[self.ended..ended]
                    .iter()
                    .filter(|g| passing[**g])
                    .for_each(|g| content.leave(*g));
                self.range = 0..begun;
                self.ended = ended;
            }
        }
    }
}
