//! Typed positions: each kind of list has ids of its own, so that no position of one is looked up in another.

use std::iter::{Enumerate, Map};
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};
use std::vec;

/// A position in lists of one kind.
pub trait Id: Copy {
    /// The id of a position.
    fn new(position: usize) -> Self;

    /// Its position.
    fn position(self) -> usize;
}

/// Declares a type of ids for each name: what stands before it is its documentation and who sees it.
#[macro_export]
macro_rules! typed_ids {
    ($($(#[$doc:meta])* $visible:vis $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visible struct $name(usize);

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

/// Things by their ids.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ById<I, T> {
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
    pub fn push(&mut self, thing: T) -> I {
        self.list.push(thing);
        I::new(self.list.len() - 1)
    }

    /// The id of an equal thing, which is added if there is none.
    pub fn intern(&mut self, thing: T) -> I
    where
        T: PartialEq,
    {
        self.find(|known| *known == thing).unwrap_or_else(|| self.push(thing))
    }

    /// The first thing for which that holds.
    pub fn find(&self, is_it: impl FnMut(&T) -> bool) -> Option<I> {
        self.list.iter().position(is_it).map(I::new)
    }

    /// How many things there are.
    pub const fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The things with their ids.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (I, &T)> {
        self.list.iter().enumerate().map(|(position, thing)| (I::new(position), thing))
    }

    /// The ids, in their order.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = I> + use<I, T> {
        (0..self.list.len()).map(I::new)
    }

    /// The things, in their order.
    pub fn values(&self) -> std::slice::Iter<'_, T> {
        self.list.iter()
    }

    /// The same, to be changed.
    pub fn values_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.list.iter_mut()
    }

    /// The things themselves.
    pub fn into_values(self) -> vec::IntoIter<T> {
        self.list.into_iter()
    }

    /// The things with their ids, to be changed.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (I, &mut T)> {
        self.list.iter_mut().enumerate().map(|(position, thing)| (I::new(position), thing))
    }

    /// Takes another list of the same things.
    ///
    /// # Panics
    /// The other list is longer or shorter.
    pub fn merge<U>(&mut self, other: ById<I, U>, mut one: impl FnMut(&mut T, U)) {
        assert_eq!(self.len(), other.len(), "both lists are of the same things");
        for (own, more) in self.list.iter_mut().zip(other.list) {
            one(own, more);
        }
    }

    /// Something for each thing.
    pub fn map<'s, U>(&'s self, mut of: impl FnMut(I, &'s T) -> U) -> ById<I, U> {
        self.iter().map(|(id, thing)| of(id, thing)).collect()
    }

    /// The same, if it can be made for each.
    pub fn try_map<'s, U, E>(
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

/// A thing with its id.
type Entry<I, T> = (I, T);

impl<I: Id, T> IntoIterator for ById<I, T> {
    type Item = Entry<I, T>;
    type IntoIter = Map<Enumerate<vec::IntoIter<T>>, fn((usize, T)) -> Entry<I, T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter().enumerate().map(|(position, thing)| (I::new(position), thing))
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
