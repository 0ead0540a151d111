use serde::Serialize;

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
