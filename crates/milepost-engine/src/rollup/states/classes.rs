//! Which predicates a row passes, and its slices: looked up where many rows share the answer.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type};
use datafusion::common::Result;

use super::chain::Chain;
use super::intern::{Interner, NONE, number_of};
use super::program::{DimSource, Facts, Placing, Profile, Program, Rules, Source};

/// A set of small numbers.
pub(super) type Bits = Vec<u64>;

pub(super) fn has(bits: &[u64], i: usize) -> bool {
    bits.get(i / 64).is_some_and(|word| word >> (i % 64) & 1 == 1)
}

pub(super) fn put(bits: &mut Bits, i: usize) {
    if bits.len() <= i / 64 {
        bits.resize(i / 64 + 1, 0);
    }
    bits[i / 64] |= 1 << (i % 64);
}

/// What one reader knows of a source.
#[derive(Debug, Default)]
struct Known {
    /// The profiles of the things; those of a link in the order of its facts.
    profiles: Interner<Profile>,
    /// Texts that were met.
    texts: Interner<String>,
    /// By text, the first of which is null: a number in `profiles`.
    of: Vec<u32>,
    /// The dictionary that was read last, and by code: a number in `profiles`.
    dictionary: Option<(ArrayRef, Vec<u32>)>,
}

/// Rows to classes, and classes to kinds: rows of one kind pass the same filters and have the same slices.
#[derive(Debug)]
pub(super) struct Classes {
    program: Arc<Program>,
    sources: Vec<Known>,
    /// Atoms of rows, up to 64 in each.
    words: Vec<Interner<u64>>,
    /// Profiles, words, and the slices that are evaluated row by row: a class is a combination of them.
    chain: Chain,
    /// By class: a number in `kinds`; [`NONE`] if nothing asks for its rows.
    pub(super) kind_of: Vec<u32>,
    /// A number in `masks`, then one in the names of each dimension.
    pub(super) kinds: Interner<Vec<u32>>,
    /// The filters that pass.
    pub(super) masks: Interner<Bits>,
    /// The values of each dimension.
    pub(super) names: Vec<Interner<String>>,
}

impl Classes {
    pub(super) fn new(program: &Arc<Program>) -> Result<Self> {
        Ok(Self {
            program: Arc::clone(program),
            sources: program.sources.iter().map(Known::new).collect::<Result<_>>()?,
            words: program.row_atoms.chunks(64).map(|_| Interner::default()).collect(),
            chain: Chain::default(),
            kind_of: Vec::new(),
            kinds: Interner::default(),
            masks: Interner::default(),
            names: program.dims.iter().map(|_| Interner::default()).collect(),
        })
    }

    /// The class of each row. `keys`: the numbers of the program's keys.
    pub(super) fn of(
        &mut self,
        rows: usize,
        inputs: &[ArrayRef],
        keys: &[Vec<u32>],
    ) -> Result<Vec<u32>> {
        let program = Arc::clone(&self.program);
        let mut parts = Vec::new();
        for (source, known) in program.sources.iter().zip(&mut self.sources) {
            parts.push(match source {
                Source::Value { input, rules } => known.of_texts(rules, &inputs[*input])?,
                Source::Link { key, facts } => facts.of_keys(&keys[*key]),
            });
        }
        for (word, atoms) in self.words.iter_mut().zip(program.row_atoms.chunks(64)) {
            parts.push(words(rows, atoms, inputs, word));
        }
        for (dim, names) in program.dims.iter().zip(&mut self.names) {
            if let DimSource::Row(input) = dim {
                parts.push(names.slices(&inputs[*input])?);
            }
        }
        let mut classes = Vec::new();
        self.chain.fold(rows, &parts, &mut classes);
        for class in self.kind_of.len()..self.chain.len() {
            let kind = self.kind(&self.chain.parts(number_of(class)));
            self.kind_of.push(kind);
        }
        Ok(classes)
    }

    /// The kind of rows with these parts.
    fn kind(&mut self, parts: &[u32]) -> u32 {
        let program = Arc::clone(&self.program);
        let mut mask = vec![0; program.filters.len().div_ceil(64)];
        for (filter, atoms) in program.filters.iter().enumerate() {
            if atoms.iter().all(|atom| self.holds(parts, *atom)) {
                put(&mut mask, filter);
            }
        }
        // The latest picture of all counts, whatever rows a leaf looks at; elsewhere a row that nothing asks for is no
        // row.
        if program.placing != Placing::Picture && mask.iter().all(|word| *word == 0) {
            return NONE;
        }
        let mut of_rows = parts[self.sources.len() + self.words.len()..].iter();
        let mut kind = vec![self.masks.number(&mask)];
        for (dim, names) in program.dims.iter().zip(&mut self.names) {
            kind.push(match dim {
                DimSource::Row(_) => of_rows.next().copied().unwrap_or(0),
                DimSource::Fact { source, dim } => {
                    let profiles = &self.sources[*source].profiles.values;
                    names.number(&profiles[parts[*source] as usize].slices[*dim])
                }
            });
        }
        self.kinds.number(&kind)
    }

    /// Whether an atom holds in rows with these parts.
    fn holds(&self, parts: &[u32], mut atom: usize) -> bool {
        for (source, (known, part)) in
            self.program.sources.iter().zip(self.sources.iter().zip(parts))
        {
            if atom < source.atoms() {
                return has(&known.profiles.values[*part as usize].truths, atom);
            }
            atom -= source.atoms();
        }
        let word = &self.words[atom / 64];
        word.values[parts[self.sources.len() + atom / 64] as usize] >> (atom % 64) & 1 == 1
    }
}

impl Known {
    fn new(source: &Source) -> Result<Self> {
        let mut known = Self::default();
        match source {
            Source::Value { rules, .. } => {
                let none = StringArray::from(vec![None::<&str>]);
                known.learn(&rules.facts(Arc::new(none))?);
            }
            Source::Link { facts, .. } => {
                for profile in &facts.profiles {
                    known.profiles.number(profile);
                }
            }
        }
        Ok(known)
    }

    /// Takes in the facts of new texts.
    fn learn(&mut self, facts: &Facts) {
        let numbers: Vec<u32> = facts.profiles.iter().map(|p| self.profiles.number(p)).collect();
        self.of.extend(facts.of.iter().map(|profile| numbers[profile as usize]));
    }

    /// The profile of each row's text.
    fn of_texts(&mut self, rules: &Rules, array: &ArrayRef) -> Result<Vec<u32>> {
        let DataType::Dictionary(..) = array.data_type() else {
            return self.of_plain_texts(rules, array);
        };
        let array = array.as_dictionary::<Int32Type>();
        let values = array.values();
        if !self.dictionary.as_ref().is_some_and(|(known, _)| Arc::ptr_eq(known, values)) {
            let profiles = self.of_plain_texts(rules, values)?;
            self.dictionary = Some((Arc::clone(values), profiles));
        }
        let by_code = self.dictionary.as_ref().map_or(&[][..], |(_, profiles)| profiles);
        let null = self.of[0];
        let profile = |code: i32| {
            usize::try_from(code).ok().and_then(|code| by_code.get(code)).map_or(null, |p| *p)
        };
        let codes = array.keys();
        if codes.null_count() == 0 {
            return Ok(codes.values().iter().map(|code| profile(*code)).collect());
        }
        Ok(codes.iter().map(|code| code.map_or(null, profile)).collect())
    }

    fn of_plain_texts(&mut self, rules: &Rules, array: &ArrayRef) -> Result<Vec<u32>> {
        let text = cast(array, &DataType::Utf8)?;
        let text = text.as_string::<i32>();
        let before = self.texts.values.len();
        // Null is the first thing.
        let texts: Vec<u32> =
            text.iter().map(|t| t.map_or(0, |t| self.texts.number(t) + 1)).collect();
        let new: StringArray = self.texts.values[before..].iter().map(Some).collect();
        if !new.is_empty() {
            self.learn(&rules.facts(Arc::new(new))?);
        }
        Ok(texts.into_iter().map(|text| self.of[text as usize]).collect())
    }
}

/// Where a condition is true.
pub(crate) fn truths(array: &BooleanArray) -> BooleanBuffer {
    match array.nulls() {
        Some(nulls) => array.values() & nulls.inner(),
        None => array.values().clone(),
    }
}

/// The atoms of rows as bits.
fn words(rows: usize, atoms: &[usize], inputs: &[ArrayRef], known: &mut Interner<u64>) -> Vec<u32> {
    let mut words = vec![0_u64; rows];
    for (bit, input) in atoms.iter().enumerate() {
        truths(inputs[*input].as_boolean()).set_indices().for_each(|row| words[row] |= 1 << bit);
    }
    let mut last = (0, NONE);
    let number = |word: u64| {
        if last.1 == NONE || last.0 != word {
            last = (word, known.number(&word));
        }
        last.1
    };
    words.into_iter().map(number).collect()
}
