//! How much a change matters.

use serde::Serialize;

/// How much a change matters, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// No figure and nothing that is said of one is different.
    Cosmetic,
    /// Something is there that was not; what was there before is as it was.
    Additive,
    /// The figures stay; what is said of them (met or missed, settled or not) can be different.
    VerdictChanging,
    /// Neither is proved: that the figures stay, nor what changes them.
    Undecided,
    /// The definition computes something else: other rows, another window, another formula.
    ValueChanging,
    /// What others rely on is gone or means something else: a name, a unit, a direction, a slice.
    ContractBreaking,
}

impl Level {
    /// All of them, from the most to the least.
    pub const ALL: [Self; 6] = [
        Self::ContractBreaking,
        Self::ValueChanging,
        Self::Undecided,
        Self::VerdictChanging,
        Self::Additive,
        Self::Cosmetic,
    ];

    /// `contract-breaking`
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cosmetic => "cosmetic",
            Self::Additive => "additive",
            Self::VerdictChanging => "verdict-changing",
            Self::Undecided => "undecided",
            Self::ValueChanging => "value-changing",
            Self::ContractBreaking => "contract-breaking",
        }
    }

    /// What it says, for a legend.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Cosmetic => "no figure changes, nor what is said of it",
            Self::Additive => "something new; what was there stays as it was",
            Self::VerdictChanging => "the figures stay; what is said of them can change",
            Self::Undecided => "not proved to be the same, nor what is different",
            Self::ValueChanging => {
                "other rows, another window or another formula: figures can change"
            }
            Self::ContractBreaking => "what others rely on is gone or means something else",
        }
    }

    /// The level of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}
