//! Which predicates a row passes, and its slices: looked up where many rows share the answer.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type};
use datafusion::common::Result;

use super::chain::Chain;
use super::program::{
    AtomSource, DimSource, Facts, Inputs, Placing, Profile, Program, Rules, Source,
};
use super::slices;
use crate::ids::{ById, Id};
use crate::intern::{Bits, Interner, NONE, number_of, put};
use crate::keys::LastDictionary;
use crate::rollup::ids::{DimId, InputId, KeyId, SourceId};

/// What one reader knows of a source.
#[derive(Debug, Default)]
struct Known {
    /// The profiles of the things; those of a link in the order of its facts.
    profiles: Interner<Profile>,
    /// Texts that were met.
    texts: Interner<String>,
    /// By text, the first of which is null: a number in `profiles`.
    of: Vec<u32>,
    /// Numbers in `profiles`.
    dictionary: LastDictionary,
}

/// Rows to classes, and classes to kinds: rows of one kind pass the same filters and have the same slices.
#[derive(Debug)]
pub(super) struct Classes {
    program: Arc<Program>,
    sources: ById<SourceId, Known>,
    /// Atoms of rows, up to 64 in each.
    words: Vec<Interner<u64>>,
    /// A class is a combination of parts: a profile for each source, a word for each 64 atoms of rows, and each slice that is
    /// evaluated row by row.
    chain: Chain,
    /// By class: a number in `kinds`; [`NONE`] if nothing asks for its rows.
    pub(super) kind_of: Vec<u32>,
    pub(super) kinds: Kinds,
}

/// What tells rows apart, for those who ask.
#[derive(Debug)]
pub(super) struct Kinds {
    /// A number in `masks`, then one in the names of each dimension.
    pub(super) kinds: Interner<Vec<u32>>,
    /// The filters that pass.
    pub(super) masks: Interner<Bits>,
    /// The values of each dimension.
    pub(super) names: ById<DimId, Interner<String>>,
}

/// The atoms of rows in one word.
const WORD: usize = 64;

impl Classes {
    pub(super) fn new(program: &Arc<Program>) -> Result<Self> {
        let words = program.row_atoms.len().div_ceil(WORD);
        Ok(Self {
            program: Arc::clone(program),
            sources: program.sources.try_map(|_, source| Known::new(source))?,
            words: (0..words).map(|_| Interner::default()).collect(),
            chain: Chain::default(),
            kind_of: Vec::new(),
            kinds: Kinds {
                kinds: Interner::default(),
                masks: Interner::default(),
                names: program.dims.map(|_, _| Interner::default()),
            },
        })
    }

    /// The class of each row. `keys`: the numbers of the program's keys.
    pub(super) fn of(
        &mut self,
        rows: usize,
        inputs: &Inputs,
        keys: &ById<KeyId, Vec<u32>>,
    ) -> Result<Vec<u32>> {
        let program = Arc::clone(&self.program);
        let mut parts = Vec::new();
        for (id, source) in program.sources.iter() {
            parts.push(match source {
                Source::Value { input, rules } => {
                    self.sources[id].of_texts(rules, &inputs[*input])?
                }
                Source::Link { key, facts } => facts.of_keys(&keys[*key]),
            });
        }
        let atoms: Vec<InputId> = program.row_atoms.values().copied().collect();
        for (word, atoms) in self.words.iter_mut().zip(atoms.chunks(WORD)) {
            parts.push(words(rows, atoms, inputs, word));
        }
        for (dim, source) in program.dims.iter() {
            if let DimSource::Row(input) = source {
                parts.push(slices::numbers(&mut self.kinds.names[dim], &inputs[*input])?);
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
        for (filter, atoms) in program.filters.iter() {
            if atoms.iter().all(|atom| self.holds(parts, *atom)) {
                put(&mut mask, filter.position());
            }
        }
        // The latest picture of all counts, whatever rows a leaf looks at; elsewhere a row that nothing asks for is no
        // row.
        if program.placing != Placing::Picture && mask.iter().all(|word| *word == 0) {
            return NONE;
        }
        let mut part = self.sources.len() + self.words.len();
        let mut kind = vec![self.kinds.masks.number(&mask)];
        for (dim, source) in program.dims.iter() {
            kind.push(match source {
                DimSource::Row(_) => {
                    part += 1;
                    parts[part - 1]
                }
                DimSource::Fact { source, dim: fact } => {
                    let slice = profile(&self.sources, parts, *source).slices[*fact].as_str();
                    self.kinds.names[dim].number(slice)
                }
            });
        }
        self.kinds.kinds.number(&kind)
    }

    /// Whether an atom holds in rows with these parts.
    fn holds(&self, parts: &[u32], atom: AtomSource) -> bool {
        match atom {
            AtomSource::Fact { source, atom } => profile(&self.sources, parts, source).holds(atom),
            AtomSource::Row(atom) => {
                let (word, bit) = (atom.position() / WORD, atom.position() % WORD);
                let part = parts[self.sources.len() + word];
                self.words[word].values[part as usize] >> bit & 1 == 1
            }
        }
    }
}

/// What is true of a source's thing in rows with these parts.
fn profile<'k>(sources: &'k ById<SourceId, Known>, parts: &[u32], source: SourceId) -> &'k Profile {
    &sources[source].profiles.values[parts[source.position()] as usize]
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
        if !self.dictionary.is(values) {
            let profiles = self.of_plain_texts(rules, values)?;
            self.dictionary.set(values, profiles);
        }
        let null = self.of[0];
        Ok(self.dictionary.by_code(array.keys(), null))
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
fn words(rows: usize, atoms: &[InputId], inputs: &Inputs, known: &mut Interner<u64>) -> Vec<u32> {
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
