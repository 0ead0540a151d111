//! Values that the author wrote under each other stay so.

use std::collections::BTreeMap;

use super::comments::column;
use super::line::{Place, width};
use super::printer::Printer;
use super::scalar::Around;
use crate::yaml::Entry;

/// What is known of an entry that is on one line.
struct Member {
    /// Characters of its key in the new text, with the colon.
    key: usize,
    /// The column of its value in the old text, and how many spaces are before it; nothing if it is
    /// not on the line of its key.
    value: Option<(usize, usize)>,
}

impl Printer<'_> {
    /// How many spaces are before each value, beside the usual one. In a row of entries of one line each,
    /// without blank lines and comments between, most of whose values are in one column, all do.
    pub(super) fn alignment(&self, entries: &[Entry], indent: usize) -> Vec<usize> {
        let mut spaces = vec![0; entries.len()];
        let mut start = 0;
        while start < entries.len() {
            let Some(first) = self.member(&entries[start], indent) else {
                start += 1;
                continue;
            };
            let mut row = vec![first];
            while let Some(entry) = entries.get(start + row.len())
                && self.follows(&entries[start + row.len() - 1], entry)
                && let Some(member) = self.member(entry, indent)
            {
                row.push(member);
            }
            let end = start + row.len();
            if is_aligned(&row) {
                let widest = row.iter().map(|member| member.key).max().unwrap_or(0);
                let column = indent + widest + 1;
                if entries[start..end].iter().all(|entry| self.fits(entry, indent, column)) {
                    for (at, member) in row.iter().enumerate() {
                        spaces[start + at] = widest - member.key;
                    }
                }
            }
            start = end;
        }
        spaces
    }

    fn member(&self, entry: &Entry, indent: usize) -> Option<Member> {
        let key = width(&self.key(&entry.key, Around::Block)?) + 1;
        if !self.fits(entry, indent, indent + key + 1) {
            return None;
        }
        let colon = self.colon(&entry.key)?;
        let start = entry.value.span.start as usize;
        let between = self.text.get(colon..start)?;
        let value = (!between.contains('\n')).then(|| (column(self.text, start), between.len()));
        Some(Member { key, value })
    }

    fn fits(&self, entry: &Entry, indent: usize, column: usize) -> bool {
        let Some(after) = self.colon(&entry.key) else { return false };
        self.inline(&entry.value, Place { after, indent, column }).is_some()
    }

    /// Whether an entry is on the line after another one.
    fn follows(&self, before: &Entry, entry: &Entry) -> bool {
        let (from, to) = (before.span().end as usize, entry.key.span.start as usize);
        let between = self.text.get(from..to).unwrap_or("");
        between.bytes().filter(|byte| *byte == b'\n').count() == 1
    }
}

fn is_aligned(row: &[Member]) -> bool {
    // For each column: how many values are in it, and the most spaces before one of them.
    let mut columns: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for (column, spaces) in row.iter().filter_map(|member| member.value) {
        let found = columns.entry(column).or_default();
        *found = (found.0 + 1, found.1.max(spaces));
    }
    columns.values().any(|(count, spaces)| *count > 1 && count * 2 > row.len() && *spaces > 1)
}
