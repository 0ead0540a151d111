//! How much each kind of warning matters to a project.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::codes::Code;

/// What is done about a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It is not reported.
    Allow,
    /// It is reported, and the project is built.
    Warn,
    /// It is an error.
    Deny,
}

/// The levels that a project sets; every other warning is reported as a warning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lints {
    levels: BTreeMap<Code, Level>,
}

impl Level {
    /// The words of `milepost.yaml`, from the mildest on.
    pub const WORDS: &[&str] = &["allow", "warn", "deny"];

    /// The level of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "allow" => Some(Self::Allow),
            "warn" => Some(Self::Warn),
            "deny" => Some(Self::Deny),
            _ => None,
        }
    }
}

impl Lints {
    /// Sets the level of a code.
    pub fn set(&mut self, code: Code, level: Level) {
        self.levels.insert(code, level);
    }

    /// The level of a code that is a warning by itself.
    #[must_use]
    pub fn level(&self, code: Code) -> Level {
        self.levels.get(&code).copied().unwrap_or(Level::Warn)
    }
}

impl Serialize for Lints {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.levels.iter().map(|(code, level)| (code.name(), level)))
    }
}
