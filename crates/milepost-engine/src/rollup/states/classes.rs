//! Which predicates a row passes, and its slices: looked up where many rows share the answer.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type};
use datafusion::common::Result;

use super::chain::Chain;
use super::intern::{Interner, NONE, number_of};
use super::keys::KeyReader;
use super::program::{DimSource, Facts, Program, Rules, Source};

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

/// What one reader knows of a source: the facts of each thing, by its number.
#[derive(Debug)]
struct Known {
    numbers: Numbers,
    /// By thing: a number in `truths`.
    class: Vec<u32>,
    /// By dimension, by thing: a number among the dimension's names.
    dims: Vec<Vec<u32>>,
    /// Which of the source's atoms hold.
    truths: Interner<Bits>,
}

#[derive(Debug)]
enum Numbers {
    /// Texts that were met, and the dictionary that was read last with the number of each of its values. The last thing of
    /// the list, made at the start, is null.
    Texts { known: Interner<String>, dictionary: Option<(ArrayRef, Vec<u32>)> },
    /// Keys that lead somewhere; all others are the last thing of the list.
    Keys(KeyReader),
}

/// Rows to classes and slices.
#[derive(Debug)]
pub(super) struct Classes {
    program: Arc<Program>,
    sources: Vec<Known>,
    /// Atoms of rows, up to 64 in each.
    words: Vec<Interner<u64>>,
    chain: Chain,
    /// By class as the chain numbers it: a number in `masks`.
    masks_of: Vec<u32>,
    /// The filters that pass: what rows are kept apart by.
    pub(super) masks: Interner<Bits>,
    /// The values of each dimension.
    pub(super) names: Vec<Interner<String>>,
}

/// The classes and slices of some rows.
pub(super) struct Classified {
    /// Numbers in [`Classes::masks`].
    pub(super) masks: Vec<u32>,
    /// By dimension: numbers in [`Classes::names`].
    pub(super) dims: Vec<Vec<u32>>,
}

impl Classes {
    pub(super) fn new(program: &Arc<Program>) -> Result<Self> {
        let mut names: Vec<Interner<String>> =
            program.dims.iter().map(|_| Interner::default()).collect();
        let sources = program
            .sources
            .iter()
            .enumerate()
            .map(|(number, source)| Known::new(source, &mut dims_of(program, number, &mut names)))
            .collect::<Result<_>>()?;
        let words = program.row_atoms.chunks(64).map(|_| Interner::default()).collect();
        Ok(Self {
            program: Arc::clone(program),
            sources,
            words,
            chain: Chain::default(),
            masks_of: Vec::new(),
            masks: Interner::default(),
            names,
        })
    }

    pub(super) fn of(&mut self, rows: usize, inputs: &[ArrayRef]) -> Result<Classified> {
        let program = Arc::clone(&self.program);
        let mut things = Vec::with_capacity(self.sources.len());
        for (number, source) in program.sources.iter().enumerate() {
            let mut names = dims_of(&program, number, &mut self.names);
            things.push(self.sources[number].things(source, inputs, &mut names)?);
        }
        let classes = things
            .iter()
            .zip(&self.sources)
            .map(|(things, known)| things.iter().map(|t| known.class[*t as usize]).collect());
        let mut all: Vec<Vec<u32>> = classes.collect();
        for (word, atoms) in self.words.iter_mut().zip(program.row_atoms.chunks(64)) {
            all.push(words(rows, atoms, inputs, word));
        }
        let mut masks = Vec::new();
        self.chain.fold(rows, &all, &mut masks);
        self.learn_masks();
        for mask in &mut masks {
            *mask = self.masks_of[*mask as usize];
        }
        let dims = program
            .dims
            .iter()
            .zip(&mut self.names)
            .map(|(dim, names)| match dim {
                DimSource::Row(input) => texts(&inputs[*input], names),
                DimSource::Fact { source, dim } => {
                    let known = &self.sources[*source].dims[*dim];
                    Ok(things[*source].iter().map(|t| known[*t as usize]).collect())
                }
            })
            .collect::<Result<_>>()?;
        Ok(Classified { masks, dims })
    }

    /// The filters that each new class passes.
    fn learn_masks(&mut self) {
        for class in self.masks_of.len()..self.chain.len() {
            let parts = self.chain.parts(number_of(class));
            let holds = |atom: usize| self.holds(&parts, atom);
            let mut mask = vec![0; self.program.filters.len().div_ceil(64)];
            for (filter, atoms) in self.program.filters.iter().enumerate() {
                if atoms.iter().all(|atom| holds(*atom)) {
                    put(&mut mask, filter);
                }
            }
            let mask = self.masks.number(&mask);
            self.masks_of.push(mask);
        }
    }

    /// Whether an atom holds in a class of these parts.
    fn holds(&self, parts: &[u32], mut atom: usize) -> bool {
        for (source, (known, part)) in
            self.program.sources.iter().zip(self.sources.iter().zip(parts))
        {
            if atom < source.atoms() {
                return has(&known.truths.values[*part as usize], atom);
            }
            atom -= source.atoms();
        }
        let word = &self.words[atom / 64];
        word.values[parts[self.sources.len() + atom / 64] as usize] >> (atom % 64) & 1 == 1
    }
}

/// The names of a source's dimensions, in its order.
fn dims_of<'a>(
    program: &Program,
    number: usize,
    names: &'a mut [Interner<String>],
) -> Vec<&'a mut Interner<String>> {
    let mut own: Vec<(usize, &'a mut Interner<String>)> = program
        .dims
        .iter()
        .zip(names)
        .filter_map(|(dim, names)| match dim {
            DimSource::Fact { source, dim } if *source == number => Some((*dim, names)),
            DimSource::Fact { .. } | DimSource::Row(_) => None,
        })
        .collect();
    own.sort_by_key(|(dim, _)| *dim);
    own.into_iter().map(|(_, names)| names).collect()
}

impl Known {
    fn new(source: &Source, names: &mut [&mut Interner<String>]) -> Result<Self> {
        let numbers = match source {
            Source::Value { .. } => Numbers::Texts { known: Interner::default(), dictionary: None },
            Source::Link { space, .. } => Numbers::Keys(KeyReader::new(space)),
        };
        let dims = names.iter().map(|_| Vec::new()).collect();
        let mut known = Self { numbers, class: Vec::new(), dims, truths: Interner::default() };
        match source {
            // The first thing is null.
            Source::Value { rules, .. } => {
                let none = StringArray::from(vec![None::<&str>]);
                known.learn(&rules.facts(Arc::new(none))?, names)?;
            }
            Source::Link { facts, .. } => known.learn(facts, names)?,
        }
        Ok(known)
    }

    fn learn(&mut self, facts: &Facts, names: &mut [&mut Interner<String>]) -> Result<()> {
        let (atoms, dims) = facts.arrays.split_at(facts.atoms);
        let atoms: Vec<&BooleanArray> = atoms.iter().map(|a| a.as_boolean()).collect();
        let n = facts.arrays.first().map_or(0, |a| a.len());
        for thing in 0..n {
            let mut truth = vec![0; atoms.len().div_ceil(64)];
            for (i, atom) in atoms.iter().enumerate() {
                if atom.is_valid(thing) && atom.value(thing) {
                    put(&mut truth, i);
                }
            }
            let class = self.truths.number(&truth);
            self.class.push(class);
        }
        for ((own, array), names) in self.dims.iter_mut().zip(dims).zip(names) {
            own.extend(texts(array, names)?);
        }
        Ok(())
    }

    /// The thing that each row is about.
    fn things(
        &mut self,
        source: &Source,
        inputs: &[ArrayRef],
        names: &mut [&mut Interner<String>],
    ) -> Result<Vec<u32>> {
        match source {
            Source::Link { input, .. } => {
                let none = number_of(self.class.len().saturating_sub(1));
                let Numbers::Keys(keys) = &mut self.numbers else { return Ok(Vec::new()) };
                let mut numbers = keys.numbers(std::slice::from_ref(&inputs[*input]))?;
                numbers.iter_mut().for_each(|n| *n = (*n).min(none));
                Ok(numbers)
            }
            Source::Value { input, rules } => self.of_texts(rules, &inputs[*input], names),
        }
    }

    fn of_texts(
        &mut self,
        rules: &Rules,
        array: &ArrayRef,
        names: &mut [&mut Interner<String>],
    ) -> Result<Vec<u32>> {
        let DataType::Dictionary(..) = array.data_type() else {
            return self.of_plain_texts(rules, array, names);
        };
        let array = array.as_dictionary::<Int32Type>();
        let values = array.values();
        let read = match &self.numbers {
            Numbers::Texts { dictionary: Some((known, _)), .. } => Arc::ptr_eq(known, values),
            _ => false,
        };
        if !read {
            let numbers = self.of_plain_texts(rules, values, names)?;
            if let Numbers::Texts { dictionary, .. } = &mut self.numbers {
                *dictionary = Some((Arc::clone(values), numbers));
            }
        }
        let Numbers::Texts { dictionary: Some((_, numbers)), .. } = &self.numbers else {
            return Ok(Vec::new());
        };
        let number = |code: Option<i32>| {
            code.and_then(|code| numbers.get(usize::try_from(code).ok()?)).copied().unwrap_or(0)
        };
        Ok(array.keys().iter().map(number).collect())
    }

    fn of_plain_texts(
        &mut self,
        rules: &Rules,
        array: &ArrayRef,
        names: &mut [&mut Interner<String>],
    ) -> Result<Vec<u32>> {
        let text = cast(array, &DataType::Utf8)?;
        let text = text.as_string::<i32>();
        let Numbers::Texts { known, .. } = &mut self.numbers else { return Ok(Vec::new()) };
        let before = known.values.len();
        // Null is the first thing.
        let numbers = text.iter().map(|t| t.map_or(0, |t| known.number(t) + 1)).collect();
        let new: StringArray = known.values[before..].iter().map(Some).collect();
        if !new.is_empty() {
            self.learn(&rules.facts(Arc::new(new))?, names)?;
        }
        Ok(numbers)
    }
}

/// The atoms of rows as bits.
fn words(rows: usize, atoms: &[usize], inputs: &[ArrayRef], known: &mut Interner<u64>) -> Vec<u32> {
    let mut words = vec![0_u64; rows];
    for (bit, input) in atoms.iter().enumerate() {
        let array = inputs[*input].as_boolean();
        for (row, word) in words.iter_mut().enumerate() {
            *word |= u64::from(array.value(row) && array.is_valid(row)) << bit;
        }
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

/// The numbers of texts that were evaluated row by row.
fn texts(array: &ArrayRef, names: &mut Interner<String>) -> Result<Vec<u32>> {
    let text = cast(array, &DataType::Utf8)?;
    Ok(text.as_string::<i32>().iter().map(|t| names.number(t.unwrap_or_default())).collect())
}
