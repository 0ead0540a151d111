//! Positions in a plan and in what is read for it. Each has a type of its own, so that one is never taken for another, and
//! a list by such a position is made from the list that it belongs to: it is as long.

use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// A position in a list of its own kind.
pub(in crate::rows) trait Id: Copy {
    fn new(position: usize) -> Self;

    fn position(self) -> usize;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(in crate::rows) struct $name(usize);

        impl Id for $name {
            fn new(position: usize) -> Self {
                Self(position)
            }

            fn position(self) -> usize {
                self.0
            }
        }
    )*};
}

ids! {
    /// A dataset's table.
    TableId
    /// A column of a table: an expression that a row alone determines.
    TableColumnId
    /// A list of the instants of a table's rows.
    TimesId
    /// The timelines of a table's rows by a key.
    IndexId
    /// An aggregate inside an evaluation.
    InnerId
    /// A history that is looked up.
    HistoryId
    /// A segment of the plan.
    SegmentPlanId
    /// A condition of a segment with its value.
    BandId
    /// A key by which rows ask for members.
    MemberKeyId
    /// Stretches of time in which rows may be too young, or look before the data.
    AgeId
    /// Timelines that are made while a table is read.
    LineId
    /// A leaf of the plan.
    LeafId
    /// One span or instant at which the rows of a leaf are evaluated.
    PointId
    /// A slice of one leaf in one bucket.
    SliceId
}

/// Things by their positions.
#[derive(Clone, Debug)]
pub(in crate::rows) struct ById<I, T> {
    list: Vec<T>,
    id: PhantomData<fn(I) -> I>,
}

impl<I, T> Default for ById<I, T> {
    fn default() -> Self {
        Self { list: Vec::new(), id: PhantomData }
    }
}

impl<I: Id, T> ById<I, T> {
    /// Adds a thing, which has the position that is returned.
    pub(in crate::rows) fn push(&mut self, thing: T) -> I {
        self.list.push(thing);
        I::new(self.list.len() - 1)
    }

    pub(in crate::rows) const fn len(&self) -> usize {
        self.list.len()
    }

    pub(in crate::rows) fn iter(&self) -> impl ExactSizeIterator<Item = (I, &T)> {
        self.list.iter().enumerate().map(|(position, thing)| (I::new(position), thing))
    }

    pub(in crate::rows) fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (I, &mut T)> {
        self.list.iter_mut().enumerate().map(|(position, thing)| (I::new(position), thing))
    }

    pub(in crate::rows) fn into_iter(self) -> impl ExactSizeIterator<Item = (I, T)> {
        self.list.into_iter().enumerate().map(|(position, thing)| (I::new(position), thing))
    }

    pub(in crate::rows) fn values(&self) -> impl ExactSizeIterator<Item = &T> {
        self.list.iter()
    }

    /// The first thing of which that is true.
    pub(in crate::rows) fn find(&self, is_it: impl FnMut(&T) -> bool) -> Option<I> {
        self.list.iter().position(is_it).map(I::new)
    }

    /// Takes another list of the same things.
    pub(in crate::rows) fn merge<U>(&mut self, other: ById<I, U>, mut one: impl FnMut(&mut T, U)) {
        assert_eq!(self.len(), other.len(), "both lists are of the same things");
        for (own, more) in self.list.iter_mut().zip(other.list) {
            one(own, more);
        }
    }

    /// Something for each thing.
    pub(in crate::rows) fn map<'s, U>(&'s self, mut of: impl FnMut(I, &'s T) -> U) -> ById<I, U> {
        ById { list: self.iter().map(|(id, thing)| of(id, thing)).collect(), id: PhantomData }
    }

    /// The same, if it can be made for each.
    pub(in crate::rows) fn try_map<'s, U, E>(
        &'s self,
        mut of: impl FnMut(I, &'s T) -> Result<U, E>,
    ) -> Result<ById<I, U>, E> {
        let list = self.iter().map(|(id, thing)| of(id, thing)).collect::<Result<Vec<U>, E>>()?;
        Ok(ById { list, id: PhantomData })
    }
}

impl<I: Id, T> FromIterator<T> for ById<I, T> {
    fn from_iter<L: IntoIterator<Item = T>>(list: L) -> Self {
        Self { list: list.into_iter().collect(), id: PhantomData }
    }
}

impl<I: Id, T> Index<I> for ById<I, T> {
    type Output = T;

    fn index(&self, id: I) -> &T {
        &self.list[id.position()]
    }
}

impl<I: Id, T> IndexMut<I> for ById<I, T> {
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.list[id.position()]
    }
}

/// A row of a table: its position there is its identity. A table has fewer rows than four bytes can count, which is seen to
/// when they are taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::rows) struct RowId(u32);

/// The most rows that a table can have.
pub(in crate::rows) const MOST_ROWS: usize = u32::MAX as usize - 1;

impl RowId {
    #[expect(clippy::cast_possible_truncation, reason = "no table has more rows than `MOST_ROWS`")]
    pub(in crate::rows) const fn new(position: usize) -> Self {
        debug_assert!(position <= MOST_ROWS);
        Self(position as u32)
    }

    pub(in crate::rows) const fn position(self) -> usize {
        self.0 as usize
    }

    /// The row so many rows further on.
    pub(in crate::rows) const fn behind(self, rows: usize) -> Self {
        Self::new(self.position() + rows)
    }
}
