//! Keys as dense numbers: members and whatever else is counted, linked or listed by key.
//!
//! Numbers are given as keys are met, so nothing that leaves a process depends on them: what leaves it carries the keys.
//!
//! - `integers`, `texts`: keys of one value, looked up row by row;
//! - `space`: the numbers of one key, shared by all who read it in a process;
//! - `dictionary`: numbers for the values of a dictionary that batch after batch has.

mod dictionary;
mod integers;
mod space;
mod texts;

pub(crate) use dictionary::LastDictionary;
pub(crate) use integers::IntegerNumbers;
pub(crate) use space::{KeyReader, KeySpace};
pub(crate) use texts::TextNumbers;
