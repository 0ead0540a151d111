//! Changes that may be none: those whose interval holds 0.

use crate::page::{Cell, Kpi, Shape, SliceRow};

/// The ends of the interval of a change, by bucket.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unsure<'a>(pub(crate) Option<[&'a [Cell]; 2]>);

impl Unsure<'_> {
    /// Whether there may be no change at all from the bucket before.
    #[must_use]
    pub fn may_be_none(self, at: usize) -> bool {
        let Some(ends) = self.0 else { return false };
        let [low, high] = ends.map(|cells| cells.get(at).and_then(|cell| cell.number().ok()));
        low.zip(high).is_some_and(|(low, high)| low <= 0.0 && 0.0 <= high)
    }
}

/// How sure the changes of a KPI or of one of its slices are, where that is known.
#[must_use]
pub fn unsure<'k>(kpi: &'k Kpi, row: Option<&'k SliceRow>) -> Unsure<'k> {
    let is_score = kpi.parts.iter().any(|part| part.is_headline && part.name == "score");
    let series = |name: &str| {
        let at = kpi.parts.iter().position(|part| part.name == name)?;
        Some(match row {
            Some(row) => row.parts.get(at)?.as_slice(),
            None => kpi.parts[at].cells.as_slice(),
        })
    };
    let ends = || Some([series("change_low")?, series("change_high")?]);
    Unsure(if kpi.shape == Shape::Survey && is_score { ends() } else { None })
}
