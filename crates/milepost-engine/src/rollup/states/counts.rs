//! How often each rounded value occurs: what approximate percentiles are computed from.
//!
//! A double has 512 rounded values between one power of two and the next, so there are few of them however many rows
//! there are. Counts add up, so neither the order of rows nor that of merges makes a difference.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, ListArray, StructArray, UInt64Array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Float64Type, UInt64Type};
use datafusion::common::Result;

use crate::evaluate::rounded;

/// Values that wait to be counted together.
const PENDING: usize = 1 << 10;

/// The values of one cell.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// In no order.
    pending: Vec<(f64, u64)>,
    /// In order, each value once.
    counted: Vec<(f64, u64)>,
}

impl Counts {
    /// Takes in a value, in as many rows; how many pairs are held by that more, or fewer.
    pub(super) fn add(&mut self, value: f64, n: u64) -> isize {
        self.pending.push((rounded(value), n));
        if self.pending.len() < PENDING.max(self.counted.len()) {
            return 1;
        }
        let before = self.pending.len() + self.counted.len();
        self.settle();
        1 + self.counted.len().cast_signed() - before.cast_signed()
    }

    /// Counts what waits.
    fn settle(&mut self) {
        self.counted.append(&mut self.pending);
        self.counted.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.counted.dedup_by(|next, kept| {
            let same = next.0.to_bits() == kept.0.to_bits();
            if same {
                kept.1 += next.1;
            }
            same
        });
    }

    /// All values in order, each with the number of its rows.
    pub(super) fn pairs(&mut self) -> &[(f64, u64)] {
        self.settle();
        &self.counted
    }
}

fn item() -> FieldRef {
    Arc::new(Field::new("item", DataType::Struct(fields()), true))
}

fn fields() -> Fields {
    let field = |name: &str, ty| Field::new(name, ty, false);
    vec![field("value", DataType::Float64), field("n", DataType::UInt64)].into()
}

/// The lists of some cells as a column.
pub(super) fn write(lists: &[&[(f64, u64)]]) -> Result<ArrayRef> {
    let all = || lists.iter().copied().flatten();
    let values: Float64Array = all().map(|pair| pair.0).collect::<Vec<f64>>().into();
    let counts: UInt64Array = all().map(|pair| pair.1).collect::<Vec<u64>>().into();
    let pairs = StructArray::try_new(fields(), vec![Arc::new(values), Arc::new(counts)], None)?;
    let offsets = OffsetBuffer::from_lengths(lists.iter().map(|list| list.len()));
    Ok(Arc::new(ListArray::try_new(item(), offsets, Arc::new(pairs), None)?))
}

/// The list of each cell of such a column.
pub(super) fn read(column: &ArrayRef) -> Vec<Vec<(f64, u64)>> {
    let pairs = |list: Option<ArrayRef>| {
        let Some(list) = list else { return Vec::new() };
        let list = list.as_struct();
        let values = list.column(0).as_primitive::<Float64Type>().values();
        let counts = list.column(1).as_primitive::<UInt64Type>().values();
        values.iter().copied().zip(counts.iter().copied()).collect()
    };
    column.as_list::<i32>().iter().map(pairs).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counted(values: &[f64]) -> Counts {
        let mut counts = Counts::default();
        values.iter().for_each(|x| {
            counts.add(*x, 1);
        });
        counts
    }

    /// As bits, so that every one of them is compared.
    fn bits(pairs: &[(f64, u64)]) -> Vec<(u64, u64)> {
        pairs.iter().map(|(x, n)| (x.to_bits(), *n)).collect()
    }

    #[test]
    fn what_is_held_does_not_grow_with_the_rows() {
        let (mut counts, mut held) = (Counts::default(), 0_isize);
        for i in 0..200_000 {
            held += counts.add(f64::from(i % 1000) + 0.25, 1);
            assert!(held.unsigned_abs() == counts.pending.len() + counts.counted.len());
            assert!(held < 2 * PENDING.cast_signed() + 1);
        }
        let pairs = counts.pairs();
        assert!(pairs.len() < 1000, "{}", pairs.len());
        assert_eq!(pairs.iter().map(|(_, n)| n).sum::<u64>(), 200_000);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn order_and_parts_do_not_matter(
            values in proptest::collection::vec(prop_oneof![-1e5..1e5_f64, Just(0.0), Just(-0.0)], 0..3000),
            cuts in proptest::collection::vec(0..3000_usize, 0..5),
        ) {
            let mut whole = counted(&values);
            let whole = bits(whole.pairs());

            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            prop_assert_eq!(&bits(counted(&sorted).pairs()), &whole);
            sorted.reverse();
            prop_assert_eq!(&bits(counted(&sorted).pairs()), &whole);

            let mut ends: Vec<usize> = cuts.iter().map(|cut| *cut.min(&values.len())).collect();
            ends.push(values.len());
            ends.sort_unstable();
            let mut start = 0;
            let mut parts: Vec<Counts> = ends
                .iter()
                .map(|end| counted(&values[std::mem::replace(&mut start, *end)..*end]))
                .collect();
            // The last parts come first, as columns that are written and read.
            let lists: Vec<&[(f64, u64)]> = parts.iter_mut().rev().map(Counts::pairs).collect();
            let mut merged = Counts::default();
            for (value, n) in read(&write(&lists).unwrap()).into_iter().flatten() {
                merged.add(value, n);
            }
            prop_assert_eq!(&bits(merged.pairs()), &whole);
        }
    }
}
