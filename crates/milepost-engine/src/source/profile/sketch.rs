//! Which different values a column has, as far as memory allows.

use std::collections::HashSet;
use std::hash::BuildHasher;

use foldhash::fast::FixedState;

/// So many values are held; of more, every second, every fourth and so on, by their hash.
const MOST: usize = 1 << 16;

/// The different values of a column, as hashes that are the same for the same text in every file. Of very many it is a sample:
/// all whose hash ends in so many zero bits, so samples of two columns can be compared.
#[derive(Clone, Debug, Default)]
pub struct Sketch {
    /// How many low bits of every hash that is held are 0.
    level: u32,
    seen: HashSet<u64, FixedState>,
    /// A value that is held came twice.
    repeated: bool,
}

/// The hash of a value.
pub(super) fn hash(value: &str) -> u64 {
    FixedState::with_seed(0).hash_one(value)
}

const fn is_held(hash: u64, level: u32) -> bool {
    hash.trailing_zeros() >= level
}

impl Sketch {
    pub(super) fn add(&mut self, hash: u64) {
        if !is_held(hash, self.level) {
            return;
        }
        if !self.seen.insert(hash) {
            self.repeated = true;
        } else if self.seen.len() > MOST {
            self.raise(self.level + 1);
        }
    }

    fn raise(&mut self, level: u32) {
        if level > self.level {
            self.level = level;
            self.seen.retain(|hash| is_held(*hash, level));
        }
    }

    /// Takes in the values of another part of the column.
    pub(super) fn with(&mut self, other: &Self) {
        self.repeated |= other.repeated;
        self.raise(other.level);
        other.seen.iter().for_each(|hash| self.add(*hash));
    }

    /// About how many different values there are; exactly, where they are few.
    #[must_use]
    pub fn len(&self) -> u64 {
        (self.seen.len() as u64) << self.level
    }

    /// Whether every value is held.
    #[must_use]
    pub const fn is_exact(&self) -> bool {
        self.level == 0
    }

    /// Whether there was no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// Whether no value came twice, as far as values are held.
    #[must_use]
    pub const fn is_unique(&self) -> bool {
        !self.repeated
    }

    /// How many of the different values are among those of the other, and how many were compared.
    #[must_use]
    pub fn within(&self, other: &Self) -> (u64, u64) {
        let level = self.level.max(other.level);
        let compared = self.seen.iter().filter(|hash| is_held(**hash, level));
        let (mut found, mut all) = (0, 0);
        compared.for_each(|hash| {
            all += 1;
            found += u64::from(other.seen.contains(hash));
        });
        (found, all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl Iterator<Item = u32>) -> Sketch {
        let mut sketch = Sketch::default();
        values.for_each(|value| sketch.add(hash(&value.to_string())));
        sketch
    }

    #[test]
    fn few_values_are_counted_exactly() {
        let sketch = of([1, 2, 3, 2].into_iter());
        assert_eq!((sketch.len(), sketch.is_unique()), (3, false));
        assert!(of(0..1_000).is_unique());
        assert_eq!(of(0..1_000).within(&of(500..2_000)), (500, 1_000));
        assert!(of(0..0).is_empty());
    }

    #[test]
    fn of_many_values_a_sample_is_compared() {
        let (many, half) = (of(0..200_000), of(0..100_000));
        assert!((150_000..250_000).contains(&many.len()), "{}", many.len());
        let (found, all) = many.within(&half);
        assert!(all > 10_000 && (0.48..0.52).contains(&(found as f64 / all as f64)));
        let (found, all) = half.within(&many);
        assert_eq!(found, all);
        assert!(many.is_unique() && !of((0..200_000).chain(0..200_000)).is_unique());
    }
}
