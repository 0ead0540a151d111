//! What one pass added up to, in the order of time.

use std::collections::BTreeMap;

use datafusion::common::Result;
use datafusion::error::DataFusionError;

use super::cells::Cells;
use super::classes::Kinds;
use super::column::ordered;
use super::places::Places;
use crate::ids::ById;
use crate::intern::{Bits, Interner, Pairs};
use crate::merge::{Kept, Masks, Names, StateColumn};
use crate::rollup::ids::{CountId, DimId, KeyedId, StateId};

/// Everything that one pass added up to.
pub(crate) struct Finished {
    pub(crate) heads: Heads,
    pub(crate) rows: Vec<u64>,
    pub(crate) counts: ById<CountId, Vec<u64>>,
    pub(crate) states: ById<StateId, StateColumn>,
    pub(crate) keyed: ById<KeyedId, (Heads, Kept)>,
    /// What the numbers of slices stand for.
    pub(crate) names: Names,
}

/// What tells cells apart, sorted by the first edge.
pub(crate) struct Heads {
    pub(crate) lo: Vec<i64>,
    pub(crate) hi: Vec<i64>,
    pub(crate) masks: Masks,
    /// The slices of the dimensions that the cells are kept apart by.
    pub(crate) dims: BTreeMap<DimId, Vec<u32>>,
}

impl Cells {
    /// Ends the pass.
    ///
    /// # Errors
    /// Keys are out of order, which is a bug in milepost.
    pub(crate) fn finish(self) -> Result<Finished> {
        let Self { program, places, classes, cells, rows, counts, states, keyed, .. } = self;
        let Kinds { kinds, masks, names: own } = classes.kinds;
        let mut names = Names::default();
        let of = own.map(|_, own| -> Vec<u32> {
            own.values.iter().map(|name| names.number(name.as_str())).collect()
        });
        let dims: Vec<DimId> = of.ids().collect();
        let order = order_of(&cells, &places);
        let keyed = program.keyed.values().zip(keyed.into_values()).map(|(input, mut keyed)| {
            let own = order_of(&keyed.cells, &places);
            let kept = keyed.finish(&own)?;
            let masks = std::mem::take(&mut keyed.masks);
            Ok::<_, DataFusionError>((
                heads(&own, &keyed.cells, &keyed.kinds, masks, &places, &input.dims, &of),
                kept,
            ))
        });
        let keyed = keyed.collect::<Result<_>>()?;
        Ok(Finished {
            heads: heads(&order, &cells, &kinds, masks, &places, &dims, &of),
            rows: ordered(&rows, &order),
            counts: counts.map(|_, counts| ordered(counts.all(), &order)),
            states: states.into_values().map(|states| states.finish(&order)).collect(),
            keyed,
            names,
        })
    }
}

/// The cells by their first edge.
fn order_of(cells: &Pairs, places: &Places) -> Vec<u32> {
    let mut order: Vec<u32> = (0..).take(cells.values.len()).collect();
    order.sort_by_key(|cell| places.edges(cells.values[*cell as usize].0).0);
    order
}

/// The heads of these cells. `names`: of slices.
fn heads(
    order: &[u32],
    cells: &Pairs,
    kinds: &Interner<Vec<u32>>,
    masks: Interner<Bits>,
    places: &Places,
    dims: &[DimId],
    names: &ById<DimId, Vec<u32>>,
) -> Heads {
    let pairs = || order.iter().map(|cell| cells.values[*cell as usize]);
    let edges = || pairs().map(|(place, _)| places.edges(place));
    let kinds = || pairs().map(|(_, kind)| &kinds.values[kind as usize]);
    let slices = dims.iter().enumerate().map(|(at, dim)| {
        let names = &names[*dim];
        (*dim, kinds().map(|kind| names[kind[1 + at] as usize]).collect())
    });
    Heads {
        lo: edges().map(|edges| edges.0).collect(),
        hi: edges().map(|edges| edges.1).collect(),
        dims: slices.collect(),
        masks: Masks::new(kinds().map(|kind| kind[0]).collect(), masks),
    }
}
