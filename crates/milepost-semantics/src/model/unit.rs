use serde::Serialize;

use super::plural;

/// What a number counts: a product of bases over a product of bases (`USD` per `account`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Unit {
    /// Sorted; empty with an empty `per`: a plain number.
    pub of: Vec<Base>,
    /// Sorted.
    pub per: Vec<Base>,
}

/// One factor of a unit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Base {
    /// Things counted: the singular name of an entity or dataset (`account`, `event`, `seat`).
    Count(String),
    /// ISO code.
    Currency(String),
    /// Days, hours: a length of time, in the unit named.
    Time(String),
    /// Survey points.
    Points,
}

impl Unit {
    /// A number without unit.
    #[must_use]
    pub fn plain() -> Self {
        Self::default()
    }

    /// A unit of one base.
    #[must_use]
    pub fn of(base: Base) -> Self {
        Self { of: vec![base], per: Vec::new() }
    }

    /// A count of things, by their singular name.
    #[must_use]
    pub fn count(singular: impl Into<String>) -> Self {
        Self::of(Base::Count(singular.into()))
    }

    /// Whether it is a number without unit.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.of.is_empty() && self.per.is_empty()
    }

    /// The unit of a product.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        Self::reduced(
            self.of.iter().chain(&other.of).cloned().collect(),
            self.per.iter().chain(&other.per).cloned().collect(),
        )
    }

    /// The unit of a quotient.
    #[must_use]
    pub fn over(&self, other: &Self) -> Self {
        Self::reduced(
            self.of.iter().chain(&other.per).cloned().collect(),
            self.per.iter().chain(&other.of).cloned().collect(),
        )
    }

    /// The unit of a square root: of two equal factors one is left, and counted things are a plain number. Absent where a
    /// currency or a length of time is left over.
    #[must_use]
    pub fn root(&self) -> Option<Self> {
        let half = |bases: &[Base]| {
            let measured: Vec<&Base> =
                bases.iter().filter(|base| !matches!(base, Base::Count(_))).collect();
            let pairs = measured.chunks(2).map(|pair| match pair {
                [one, other] if one == other => Some((*one).clone()),
                _ => None,
            });
            pairs.collect::<Option<Vec<Base>>>()
        };
        Some(Self { of: half(&self.of)?, per: half(&self.per)? })
    }

    /// Whether values of both may be added, subtracted and compared: a plain number goes with everything, counts of
    /// different things go together, and nothing else differs.
    #[must_use]
    pub fn goes_with(&self, other: &Self) -> bool {
        self.is_plain() || other.is_plain() || self.shape() == other.shape()
    }

    /// The code of the currency that the number is an amount of; absent when there is none, or more than one.
    #[must_use]
    pub fn currency(&self) -> Option<&str> {
        let mut codes = self.of.iter().filter_map(Base::currency);
        let first = codes.next()?;
        (codes.next().is_none() && self.per.iter().all(|b| b.currency().is_none())).then_some(first)
    }

    /// Whether a currency is left anywhere in it.
    #[must_use]
    pub fn has_currency(&self) -> bool {
        self.of.iter().chain(&self.per).any(|b| b.currency().is_some())
    }

    /// In words, for messages: `USD`, `events per user`, `a plain number`.
    #[must_use]
    pub fn name(&self) -> String {
        let of = self.of.iter().map(Base::plural).collect::<Vec<_>>().join(" × ");
        let per = self.per.iter().map(Base::singular).collect::<Vec<_>>().join(" and ");
        match (of.is_empty(), per.is_empty()) {
            (true, true) => "a plain number".to_owned(),
            (false, true) => of,
            (true, false) => format!("1 per {per}"),
            (false, false) => format!("{of} per {per}"),
        }
    }

    fn reduced(mut of: Vec<Base>, per: Vec<Base>) -> Self {
        let mut left = Vec::new();
        for base in per {
            if let Some(i) = of.iter().position(|b| *b == base) {
                of.remove(i);
            } else {
                left.push(base);
            }
        }
        of.sort();
        left.sort();
        Self { of, per: left }
    }

    /// Bases with all counts made alike.
    fn shape(&self) -> (Vec<Option<&Base>>, Vec<Option<&Base>>) {
        (
            self.of.iter().map(|b| (!matches!(b, Base::Count(_))).then_some(b)).collect(),
            self.per.iter().map(|b| (!matches!(b, Base::Count(_))).then_some(b)).collect(),
        )
    }
}

impl Base {
    fn currency(&self) -> Option<&str> {
        match self {
            Self::Currency(code) => Some(code),
            Self::Count(_) | Self::Time(_) | Self::Points => None,
        }
    }

    /// `user`, `day`, `USD`.
    #[must_use]
    pub fn singular(&self) -> String {
        match self {
            Self::Count(name) | Self::Time(name) | Self::Currency(name) => name.clone(),
            Self::Points => "point".to_owned(),
        }
    }

    /// `users`, `days`, `USD`.
    #[must_use]
    pub fn plural(&self) -> String {
        match self {
            Self::Count(name) | Self::Time(name) => plural(name),
            Self::Currency(code) => code.clone(),
            Self::Points => "points".to_owned(),
        }
    }
}
