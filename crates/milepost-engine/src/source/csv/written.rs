//! How a file is written, for those who read figures.

use super::Dialect;
use super::open::Opened;
use crate::source::DataFile;
use crate::source::fault::UTF_8;

/// How a file is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) dialect: Dialect,
    /// The first lines tell the separator, rather than the spec.
    pub(crate) is_found: bool,
    pub(crate) encoding: &'static str,
    /// A mark in front of the text tells the encoding.
    pub(crate) is_marked: bool,
    /// How many lines are before the names of the columns.
    pub(crate) lines: usize,
}

impl Default for Written {
    fn default() -> Self {
        let dialect = Dialect::default();
        Self { dialect, is_found: true, encoding: UTF_8, is_marked: false, lines: 0 }
    }
}

impl Written {
    pub(super) fn of(opened: &Opened, file: &DataFile) -> Self {
        let Opened { dialect, lines, encoding, is_marked, .. } = *opened;
        Self { dialect, is_found: file.csv.separator.is_none(), encoding, is_marked, lines }
    }

    /// What was found that the specs do not say, as a clause behind the name of a file; absent where it is as usual.
    pub(crate) fn found(&self) -> Option<String> {
        let mut parts = Vec::new();
        if self.is_found && self.dialect.separator != b',' {
            parts.push(format!("{} between values", self.dialect.between()));
        }
        if self.is_marked {
            parts.push(format!("a mark of {} in front of its text", self.encoding));
        }
        (!parts.is_empty()).then(|| parts.join(" and "))
    }
}
