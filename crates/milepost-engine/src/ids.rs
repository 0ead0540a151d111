//! Typed positions: each kind of list has ids of its own, so that no position of one is looked up in another.

use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// A position in lists of one kind.
pub(crate) trait Id: Copy {
    fn new(position: usize) -> Self;

    fn position(self) -> usize;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(usize);

        impl $crate::ids::Id for $name {
            fn new(position: usize) -> Self {
                Self(position)
            }

            fn position(self) -> usize {
                self.0
            }
        }
    )*};
}

pub(crate) use ids;

/// Things by their ids.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ById<I, T> {
    list: Vec<T>,
    id: PhantomData<fn(I) -> I>,
}

impl<I, T> Default for ById<I, T> {
    fn default() -> Self {
        Self { list: Vec::new(), id: PhantomData }
    }
}

impl<I: Id, T> ById<I, T> {
    /// Adds a thing: its id.
    pub(crate) fn push(&mut self, thing: T) -> I {
        self.list.push(thing);
        I::new(self.list.len() - 1)
    }

    /// The id of an equal thing, which is added if there is none.
    pub(crate) fn intern(&mut self, thing: T) -> I
    where
        T: PartialEq,
    {
        self.find(|known| *known == thing).unwrap_or_else(|| self.push(thing))
    }

    /// The first thing for which that holds.
    pub(crate) fn find(&self, is_it: impl FnMut(&T) -> bool) -> Option<I> {
        self.list.iter().position(is_it).map(I::new)
    }

    pub(crate) const fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (I, &T)> {
        self.list.iter().enumerate().map(|(position, thing)| (I::new(position), thing))
    }

    pub(crate) fn ids(&self) -> impl ExactSizeIterator<Item = I> + use<I, T> {
        (0..self.list.len()).map(I::new)
    }

    pub(crate) fn values(&self) -> std::slice::Iter<'_, T> {
        self.list.iter()
    }

    pub(crate) fn values_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.list.iter_mut()
    }

    pub(crate) fn into_values(self) -> std::vec::IntoIter<T> {
        self.list.into_iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (I, &mut T)> {
        self.list.iter_mut().enumerate().map(|(position, thing)| (I::new(position), thing))
    }

    pub(crate) fn into_iter(self) -> impl ExactSizeIterator<Item = (I, T)> {
        self.list.into_iter().enumerate().map(|(position, thing)| (I::new(position), thing))
    }

    /// Takes another list of the same things.
    pub(crate) fn merge<U>(&mut self, other: ById<I, U>, mut one: impl FnMut(&mut T, U)) {
        assert_eq!(self.len(), other.len(), "both lists are of the same things");
        for (own, more) in self.list.iter_mut().zip(other.list) {
            one(own, more);
        }
    }

    /// Something for each thing.
    pub(crate) fn map<'s, U>(&'s self, mut of: impl FnMut(I, &'s T) -> U) -> ById<I, U> {
        self.iter().map(|(id, thing)| of(id, thing)).collect()
    }

    /// The same, if it can be made for each.
    pub(crate) fn try_map<'s, U, E>(
        &'s self,
        mut of: impl FnMut(I, &'s T) -> Result<U, E>,
    ) -> Result<ById<I, U>, E> {
        self.iter().map(|(id, thing)| of(id, thing)).collect()
    }
}

impl<I: Id, T> FromIterator<T> for ById<I, T> {
    fn from_iter<L: IntoIterator<Item = T>>(list: L) -> Self {
        Self { list: list.into_iter().collect(), id: PhantomData }
    }
}

impl<I: Id, T> Index<I> for ById<I, T> {
    type Output = T;

    #[inline]
    fn index(&self, id: I) -> &T {
        &self.list[id.position()]
    }
}

impl<I: Id, T> IndexMut<I> for ById<I, T> {
    #[inline]
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.list[id.position()]
    }
}
