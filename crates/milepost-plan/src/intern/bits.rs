//! Sets of small numbers.

/// A set of small numbers, a bit each.
pub type Bits = Vec<u64>;

/// Whether a set has a number.
#[inline]
pub fn has(bits: &[u64], i: usize) -> bool {
    bits.get(i / 64).is_some_and(|word| word >> (i % 64) & 1 == 1)
}

/// Adds a number to a set.
#[inline]
pub fn put(bits: &mut Bits, i: usize) {
    if bits.len() <= i / 64 {
        bits.resize(i / 64 + 1, 0);
    }
    bits[i / 64] |= 1 << (i % 64);
}
