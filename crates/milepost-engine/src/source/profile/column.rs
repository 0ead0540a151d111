//! What is seen of the values of one column.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::compute::{cast, nullif};
use arrow::datatypes::DataType;

use milepost_semantics::model::Type;
use milepost_semantics::time::Calendar;

use super::readings::{Fit, Reading, range, united};
use super::sketch::{Sketch, hash};

/// Different values that are listed; of a column with more, none are.
const MOST_LISTED: usize = 64;
/// The longest value that is listed.
const LONGEST_LISTED: usize = 80;

/// What programs write where there is no value.
const NULL_WORDS: [&str; 16] = [
    "NULL", "null", "(null)", "\\N", "N/A", "n/a", "#N/A", "NA", "-", "--", "—", "None", "none",
    "NaN", "nan", "(blank)",
];

/// Words in names and addresses of accounts that are no customers.
const TEST_WORDS: [&str; 9] =
    ["test", "tests", "testing", "demo", "dummy", "sandbox", "qa", "example", "fake"];

/// What a column of some files holds.
#[derive(Clone, Debug, Default)]
pub struct ColumnProfile {
    pub name: String,
    /// The type that the files say; absent where values are texts that may be read in other ways.
    pub ty: Option<Type>,
    /// How many values there are, words for null left out.
    pub values: u64,
    /// Words for null in place of a value, and how often.
    pub null_words: BTreeMap<String, u64>,
    /// The ways in which texts may be read, the plainest first.
    pub fits: Vec<Fit>,
    /// Of numbers and times that have their type in the files: the smallest and the largest.
    pub range: Option<(f64, f64)>,
    /// Which different values there are.
    pub distinct: Sketch,
    /// Every value and how often it occurs; absent where there are many.
    pub common: Option<BTreeMap<String, u64>>,
    pub texts: TextFacts,
}

/// How many of the texts of a column look like something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextFacts {
    /// Digits with a zero in front.
    pub leading_zeros: u64,
    /// Blanks around them.
    pub padded: u64,
    pub emails: u64,
    pub phones: u64,
    /// A word such as `test` or `demo`.
    pub tests: u64,
    /// Longer than any name.
    pub long: u64,
    /// The length of the longest and of the shortest, in characters.
    pub longest: usize,
    pub shortest: usize,
}

impl TextFacts {
    fn see(&mut self, value: &str) {
        let trimmed = value.trim();
        let length = trimmed.chars().count();
        self.shortest = if self.longest == 0 { length } else { self.shortest.min(length) };
        self.longest = self.longest.max(length);
        self.padded += u64::from(trimmed.len() != value.len());
        self.leading_zeros += u64::from(has_leading_zero(trimmed));
        let is_email = is_email(trimmed);
        self.emails += u64::from(is_email);
        self.phones += u64::from(is_phone(trimmed));
        self.tests += u64::from(has_test_word(trimmed));
        self.long += u64::from(length > LONGEST_LISTED);
    }

    fn with(&mut self, other: Self) {
        if self.longest == 0 || (other.longest > 0 && other.shortest < self.shortest) {
            self.shortest = other.shortest;
        }
        self.longest = self.longest.max(other.longest);
        self.padded += other.padded;
        self.leading_zeros += other.leading_zeros;
        self.emails += other.emails;
        self.phones += other.phones;
        self.tests += other.tests;
        self.long += other.long;
    }
}

fn has_leading_zero(value: &str) -> bool {
    value.len() > 1 && value.starts_with('0') && value.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_email(value: &str) -> bool {
    let Some((name, host)) = value.split_once('@') else { return false };
    !name.is_empty() && host.contains('.') && !host.contains('@') && !value.contains(' ')
}

/// `+1 (555) 010-9999`: a plus sign, or several groups with something of a phone number between them.
fn is_phone(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let others = value.bytes().filter(|byte| !byte.is_ascii_digit());
    (7..=15).contains(&digits)
        && others.clone().all(|byte| b"+()-./ ".contains(&byte))
        && (value.starts_with('+') || value.starts_with('('))
}

/// Whether one of the words of a value is one for tests.
fn has_test_word(value: &str) -> bool {
    let mut words = value.as_bytes().split(|byte| !byte.is_ascii_alphanumeric());
    // The shortest has two letters, the longest seven: most words are neither.
    let is_one = |word: &[u8]| {
        (2..=7).contains(&word.len())
            && TEST_WORDS.iter().any(|test| word.eq_ignore_ascii_case(test.as_bytes()))
    };
    words.any(is_one)
}

/// Values that are words for null, by their rows.
fn null_words(texts: &ArrayRef) -> BTreeMap<String, u64> {
    let mut words = BTreeMap::new();
    for value in texts.as_string::<i32>().iter().flatten() {
        if value.len() <= 7 && NULL_WORDS.contains(&value) {
            *words.entry(value.to_owned()).or_insert(0) += 1;
        }
    }
    words
}

fn without(texts: &ArrayRef, words: &BTreeMap<String, u64>) -> ArrayRef {
    if words.is_empty() {
        return texts.clone();
    }
    let is_word = |value: Option<&str>| Some(value.is_some_and(|value| words.contains_key(value)));
    let mask: BooleanArray = texts.as_string::<i32>().iter().map(is_word).collect();
    nullif(texts, &mask).unwrap_or_else(|_| texts.clone())
}

/// The values of a column as texts without words for null: what its readings are tried on.
pub(super) fn texts(array: &ArrayRef) -> Option<ArrayRef> {
    let texts = cast(array, &DataType::Utf8).ok()?;
    let words = null_words(&texts);
    Some(without(&texts, &words))
}

impl ColumnProfile {
    pub(super) fn new(name: &str, ty: Option<Type>) -> Self {
        let common = Some(BTreeMap::new());
        Self { name: name.to_owned(), ty, common, ..Self::default() }
    }

    /// What some of its values hold; `readings`: those that are tried on texts.
    pub(super) fn see(&mut self, array: &ArrayRef, readings: &[Reading], zone: &Calendar) {
        let is_text = self.ty.is_none_or(|ty| ty == Type::Text);
        let has_keys =
            is_text || matches!(self.ty, Some(Type::Integer | Type::Boolean | Type::Date));
        if !is_text {
            self.range = united(self.range, range(array));
        }
        self.values += (array.len() - array.logical_null_count()) as u64;
        let texts = has_keys.then(|| cast(array, &DataType::Utf8).ok()).flatten();
        let Some(mut texts) = texts else {
            self.common = None;
            return;
        };
        if is_text {
            self.null_words = null_words(&texts);
            texts = without(&texts, &self.null_words);
            self.values -= self.null_words.values().sum::<u64>();
            self.fits = readings.iter().map(|reading| reading.fit(&texts, zone)).collect();
        }
        for value in texts.as_string::<i32>().iter().flatten() {
            self.distinct.add(hash(value));
            if is_text {
                self.texts.see(value);
            }
            self.list(value, 1);
        }
    }

    fn list(&mut self, value: &str, count: u64) {
        let Some(common) = &mut self.common else { return };
        if let Some(known) = common.get_mut(value) {
            *known += count;
        } else if common.len() == MOST_LISTED || value.len() > LONGEST_LISTED {
            self.common = None;
        } else {
            common.insert(value.to_owned(), count);
        }
    }

    /// Takes in what other values of the column hold.
    pub(super) fn with(&mut self, other: Self) {
        self.values += other.values;
        self.range = united(self.range, other.range);
        for (word, count) in other.null_words {
            *self.null_words.entry(word).or_insert(0) += count;
        }
        if self.fits.is_empty() {
            self.fits = other.fits;
        } else {
            self.fits.iter_mut().zip(&other.fits).for_each(|(fit, other)| fit.with(other));
        }
        self.distinct.with(&other.distinct);
        self.texts.with(other.texts);
        match other.common {
            Some(common) => common.iter().for_each(|(value, count)| self.list(value, *count)),
            None => self.common = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, StringArray};

    use super::*;

    fn of(values: &[&str]) -> ColumnProfile {
        let texts: ArrayRef = Arc::new(StringArray::from(values.to_vec()));
        let mut column = ColumnProfile::new("x", None);
        column.see(&texts, &[Reading::plain(Type::Integer)], &Calendar::default());
        column
    }

    #[test]
    fn texts_are_looked_at() {
        let column = of(&["007", "N/A", " a@b.co", "Test GmbH", "+49 30 123456", "latest"]);
        let TextFacts { leading_zeros, padded, emails, phones, tests, .. } = column.texts;
        assert_eq!((leading_zeros, padded, emails, phones, tests), (1, 1, 1, 1, 1));
        assert_eq!((column.values, column.null_words["N/A"]), (5, 1));
        // `007` is no whole number as one is written.
        assert_eq!(column.fits[0].bad, 5);
        assert_eq!(column.common.map(|common| common.len()), Some(5));
    }

    #[test]
    fn parts_make_a_whole() {
        let mut both = of(&["a", "b"]);
        both.with(of(&["b", "cc"]));
        assert_eq!((both.values, both.distinct.len(), both.distinct.is_unique()), (4, 3, false));
        assert_eq!((both.texts.shortest, both.texts.longest), (1, 2));
        assert_eq!(both.common.map(|common| common["b"]), Some(2));
        let many: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let mut column = of(&many.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(column.common, None);
        column.with(of(&["1"]));
        assert_eq!(column.common, None);
    }

    #[test]
    fn numbers_have_a_range_and_the_hash_of_their_text() {
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(7), None, Some(-1)]));
        let mut column = ColumnProfile::new("x", Some(Type::Integer));
        column.see(&numbers, &[], &Calendar::default());
        assert_eq!((column.values, column.range), (2, Some((-1.0, 7.0))));
        assert_eq!(column.distinct.within(&of(&["7", "8"]).distinct), (1, 2));
    }
}
