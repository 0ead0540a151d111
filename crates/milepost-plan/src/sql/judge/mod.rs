//! Rows that are judged: aggregates whose filters and values look at other rows, at segments, at the frame.
//!
//! Every judged aggregate is a list of small tables. `NAME_at` holds which rows each frame sees: the frame's key
//! `bucket`, the row's number `_row`, the time `at` at which it is placed. An expression is evaluated over it and the
//! dataset's own table, joined by the row's number ([`super::Scope::over`]). An aggregate inside an expression becomes
//! tables of its own, the last of them with one value for each `bucket` and `_row`.

mod blocks;
mod frames;
mod inner;
mod leaf;
mod rows;
mod segment;
mod standing;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use milepost_semantics::model::{Model, SegmentId};
use milepost_semantics::time::AsOf;

use super::tables::Tables;
use segment::Printed;

pub(in crate::sql) use frames::{Frames, day_from, just_before};
pub(super) use leaf::judged_leaf;

/// The statement that is being printed.
#[derive(Debug)]
pub(super) struct Judge<'m> {
    pub(super) model: &'m Model,
    pub(super) as_of: AsOf,
    tables: Mutex<Tables>,
    /// The tables of segments, by the frames that they were asked for.
    segments: Mutex<BTreeMap<(SegmentId, String), Printed>>,
    /// The aggregates of rows: many stand in several places.
    inners: Mutex<BTreeMap<Asked, PrintedInner>>,
}

/// An aggregate that rows of a table ask in frames: both by name, and what it is, as text.
type Asked = (String, String, String);

/// The table with the values of an aggregate, and those of the frames in which it is known.
#[derive(Clone, Debug)]
struct PrintedInner {
    table: String,
    known: Vec<String>,
}

impl<'m> Judge<'m> {
    pub(super) fn new(model: &'m Model, as_of: AsOf) -> Arc<Self> {
        Arc::new(Self {
            model,
            as_of,
            tables: Mutex::default(),
            segments: Mutex::default(),
            inners: Mutex::default(),
        })
    }

    /// What was printed since the last time.
    pub(super) fn take(&self) -> Tables {
        std::mem::take(&mut *self.tables())
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tables of that segment at the ends of the days of that table, if they were printed.
    fn segment(&self, place: &(SegmentId, String)) -> Option<Printed> {
        self.segments.lock().unwrap_or_else(PoisonError::into_inner).get(place).cloned()
    }

    fn keep_segment(&self, place: (SegmentId, String), printed: Printed) {
        self.segments.lock().unwrap_or_else(PoisonError::into_inner).insert(place, printed);
    }

    /// That aggregate of these rows, if it was printed.
    fn printed(&self, asked: &Asked) -> Option<PrintedInner> {
        self.inners.lock().unwrap_or_else(PoisonError::into_inner).get(asked).cloned()
    }

    fn keep_printed(&self, asked: Asked, printed: PrintedInner) {
        self.inners.lock().unwrap_or_else(PoisonError::into_inner).insert(asked, printed);
    }

    /// A line that says what follows.
    fn comment(&self, text: &str) {
        self.tables().comment(text);
    }

    /// One more table.
    fn push(&self, name: &str, query: &str) {
        self.tables().push(name, query);
    }

    /// A table of values; the first column is the key of a frame.
    fn push_values(&self, name: &str, columns: &[&str], rows: &[String]) {
        if rows.is_empty() {
            // No frame at all: a table without rows needs types.
            let typed: Vec<String> = columns
                .iter()
                .map(|c| match *c {
                    "bucket" | "whole" => format!("0 AS {c}"),
                    other => format!("{} AS {other}", frames::EARLIEST),
                })
                .collect();
            self.push(name, &format!("SELECT {} WHERE FALSE", typed.join(", ")));
        } else {
            self.tables().push_values(name, &columns.join(", "), &rows.join(",\n    "));
        }
    }
}
