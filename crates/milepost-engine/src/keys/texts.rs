//! Numbers of texts that are looked up row by row.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use arrow::array::{Array, StringArray};
use foldhash::fast::FixedState;

use crate::intern::NONE;

/// What each text is numbered, by its bytes in the table itself where they fit: of keys that name members most do, and to
/// follow each to where its bytes are costs more than all else.
#[derive(Debug, Default)]
pub(crate) struct TextNumbers {
    /// Texts of up to fifteen bytes, with their length.
    short: HashMap<u128, u32, FixedState>,
    /// UUIDs as they are written most often, by their value.
    uuids: HashMap<u128, u32, FixedState>,
    long: HashMap<Box<str>, u32, FixedState>,
}

/// A text as a number that no other text of its kind has.
enum Packed {
    Short(u128),
    Uuid(u128),
    Not,
}

impl TextNumbers {
    pub(crate) fn get(&self, text: &str) -> Option<u32> {
        self.known(pack(text), text)
    }

    #[inline]
    fn known(&self, packed: Packed, text: &str) -> Option<u32> {
        match packed {
            Packed::Short(key) => self.short.get(&key).copied(),
            Packed::Uuid(key) => self.uuids.get(&key).copied(),
            Packed::Not => self.long.get(text).copied(),
        }
    }

    /// The number of each row's text, [`NONE`] where there is none; what is given for texts that are new.
    pub(crate) fn numbers(
        &mut self,
        texts: &StringArray,
        mut new: impl FnMut(&str) -> u32,
    ) -> Vec<u32> {
        let packed: Vec<Packed> = texts.iter().map(|text| text.map_or(Packed::Not, pack)).collect();
        // Nothing but looking up, so that the processor waits for the tables once for several rows.
        let known = |(row, packed): (usize, Packed)| match packed {
            Packed::Not if texts.is_null(row) => NONE,
            packed => self.known(packed, texts.value(row)).unwrap_or(NONE),
        };
        let mut numbers: Vec<u32> = packed.into_iter().enumerate().map(known).collect();
        if numbers.contains(&NONE) {
            for (row, number) in numbers.iter_mut().enumerate() {
                if *number == NONE && texts.is_valid(row) {
                    let text = texts.value(row);
                    *number = self.number(text, || new(text));
                }
            }
        }
        numbers
    }

    /// The number of a text; what is given for a text that is new.
    pub(crate) fn number(&mut self, text: &str, new: impl FnOnce() -> u32) -> u32 {
        match pack(text) {
            Packed::Short(key) => *self.short.entry(key).or_insert_with(new),
            Packed::Uuid(key) => *self.uuids.entry(key).or_insert_with(new),
            Packed::Not => match self.long.get(text) {
                Some(number) => *number,
                None => *self.long.entry(text.into()).or_insert(new()),
            },
        }
    }

    /// Every text with its number, in no order.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Cow<'_, str>, u32)> {
        let short = self.short.iter().map(|(key, number)| (short_text(*key).into(), *number));
        let uuids = self.uuids.iter().map(|(key, number)| (uuid_text(*key).into(), *number));
        let long = self.long.iter().map(|(text, number)| ((&**text).into(), *number));
        short.chain(uuids).chain(long)
    }

    /// About how many bytes this holds.
    pub(crate) fn bytes(&self) -> usize {
        (self.short.capacity() + self.uuids.capacity()) * 32 + self.long.capacity() * 64
    }
}

fn pack(text: &str) -> Packed {
    let bytes = text.as_bytes();
    if bytes.len() < 16 {
        let mut packed = [0; 16];
        packed[..bytes.len()].copy_from_slice(bytes);
        // No text of another length has these bytes.
        packed[15] = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
        return Packed::Short(u128::from_le_bytes(packed));
    }
    uuid(bytes).map_or(Packed::Not, Packed::Uuid)
}

/// The value of `01234567-89ab-cdef-0123-456789abcdef`. Capitals are another text.
fn uuid(bytes: &[u8]) -> Option<u128> {
    let bytes: &[u8; 36] = bytes.try_into().ok()?;
    let mut wrong = [8, 13, 18, 23].iter().fold(0, |wrong, place| wrong | (bytes[*place] ^ b'-'));
    let mut half = |stretches: &[Range<usize>]| {
        let places = stretches.iter().cloned().flatten();
        places.fold(0_u64, |value, place| {
            let digit = DIGITS[usize::from(bytes[place])];
            wrong |= digit & 0xF0;
            (value << 4) | u64::from(digit & 0x0F)
        })
    };
    let (high, low) = (half(&[0..8, 9..13, 14..18]), half(&[19..23, 24..36]));
    (wrong == 0).then_some((u128::from(high) << 64) | u128::from(low))
}

/// The text that was packed as a short one.
fn short_text(packed: u128) -> String {
    let bytes = packed.to_le_bytes();
    let text = &bytes[..usize::from(bytes[15])];
    String::from_utf8_lossy(text).into_owned()
}

/// The text that was packed as a UUID.
fn uuid_text(value: u128) -> String {
    let mut text = format!("{value:032x}");
    [20, 16, 12, 8].into_iter().for_each(|place| text.insert(place, '-'));
    text
}

/// The value of each hexadecimal digit; 255 for bytes that are none.
const DIGITS: [u8; 256] = {
    let mut digits = [u8::MAX; 256];
    let mut value = 0;
    while value < 16 {
        digits[b"0123456789abcdef"[value as usize] as usize] = value;
        value += 1;
    }
    digits
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-c\\x00é]{0,17}",
            "[0-2a-cA-]{36}",
            "[0-1]{8}-[0-1f]{4}-[0-1]{4}-[0-1]{4}-[0-1]{11}[0-9a-fA-G]",
        ]
    }

    proptest! {
        #[test]
        fn a_text_has_one_number_and_no_other_text_has_it(texts in prop::collection::vec(texts(), 0..60)) {
            let mut numbers = TextNumbers::default();
            let mut known: BTreeMap<String, u32> = BTreeMap::new();
            for text in texts {
                let next = u32::try_from(known.len()).unwrap();
                prop_assert_eq!(numbers.get(&text), known.get(&text).copied());
                let expected = *known.entry(text.clone()).or_insert(next);
                prop_assert_eq!(numbers.number(&text, || next), expected);
            }
            for (text, number) in &known {
                prop_assert_eq!(numbers.get(text), Some(*number));
            }
            let all: BTreeMap<String, u32> = numbers.all().map(|(text, n)| (text.into_owned(), n)).collect();
            prop_assert_eq!(&all, &known);
            prop_assert_eq!(numbers.all().count(), known.len());
            let some = known.keys().enumerate().map(|(i, text)| (i % 3 > 0).then_some(text.as_str()));
            let some: Vec<Option<&str>> = some.chain([Some("not met"), None, Some("not met")]).collect();
            let expected = some.iter().map(|text| text.map_or(NONE, |text| known.get(text).copied().unwrap_or(7_000)));
            let expected: Vec<u32> = expected.collect();
            prop_assert_eq!(numbers.numbers(&StringArray::from(some), |_| 7_000), expected);
        }
    }

    #[test]
    fn only_what_is_written_as_a_uuid_is_one() {
        assert_eq!(uuid(b"00000000-0000-0000-0000-0000000000ff"), Some(255));
        assert_eq!(uuid(b"00000000-0000-0000-0000-0000000000FF"), None);
        assert_eq!(uuid(b"00000000-0000-0000-0000_0000000000ff"), None);
        assert_eq!(uuid(b"00000000-0000-0000-0000-0000000000f"), None);
    }
}
