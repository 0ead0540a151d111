//! Parts of sentences that several reports have.

use std::fmt::Write as _;

/// How many names are listed in a sentence.
const MOST_NAMED: usize = 5;

/// The first names, and how many more there are: `145, 32 and 4 more`.
pub(super) fn named<S: AsRef<str>>(all: impl ExactSizeIterator<Item = S>) -> String {
    let count = all.len();
    let mut text = String::new();
    for (at, name) in all.take(MOST_NAMED).enumerate() {
        let comma = if at > 0 { ", " } else { "" };
        let _ = write!(text, "{comma}{}", name.as_ref());
    }
    if count > MOST_NAMED {
        let _ = write!(text, " and {} more", count - MOST_NAMED);
    }
    text
}

/// Where figures differ.
pub(super) struct Differing<'a, P> {
    /// In how many, of how many, and how many of those by too little to show.
    pub(super) differing: usize,
    pub(super) compared: usize,
    pub(super) hidden: usize,
    pub(super) first: Option<&'a P>,
    pub(super) largest: Option<&'a P>,
}

impl<'a, P: PartialEq> Differing<'a, P> {
    /// `differs in 3 of 24; first 2025-11 …; most 2026-01 …; 1 too small to show`
    pub(super) fn sentence(&self, shown: impl Fn(&'a P) -> String) -> String {
        let mut text = format!("differs in {} of {}", self.differing, self.compared);
        if let Some(first) = self.first {
            let _ = write!(text, "; first {}", shown(first));
        }
        if let Some(largest) = self.largest.filter(|_| self.largest != self.first) {
            let _ = write!(text, "; most {}", shown(largest));
        }
        if self.hidden > 0 {
            let _ = write!(text, "; {} too small to show", self.hidden);
        }
        text
    }
}
