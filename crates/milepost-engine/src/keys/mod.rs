//! Keys as dense numbers: members and whatever else is counted, linked or listed by key.
//!
//! Numbers are given as keys are met, so nothing that leaves a process depends on them: what leaves it carries the keys.
//!
//! - `integers`, `texts`: keys of one value, looked up row by row;
//! - `space`: the numbers of one key, shared by all who read it in a process;
//! - `intern`, `pairs`: the same for values of any type, and for pairs of numbers.

mod integers;
mod intern;
mod pairs;
mod space;
mod texts;

pub(crate) use integers::IntegerNumbers;
pub(crate) use intern::{Interner, LastDictionary, NONE, number_of};
pub(crate) use pairs::Pairs;
pub(crate) use space::{KeyReader, KeySpace};
pub(crate) use texts::TextNumbers;
