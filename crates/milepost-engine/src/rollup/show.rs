//! The rollups of a run in words.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use milepost_semantics::model::{DatasetKind, DimensionId, Model};
use milepost_semantics::time::AsOf;

use super::plan;
use crate::judge;
use crate::leaf::{Leaf, compile};
use crate::request::{Request, frames};

/// Which rollups serve these requests: the dataset each scans, what it keeps apart, what it counts, who reads it.
#[must_use]
pub fn plan_text(model: &Model, as_of: AsOf, requests: &[Request]) -> String {
    let compiled: Vec<_> = requests
        .iter()
        .map(|request| {
            let frames = frames(model, as_of, request);
            (request, compile(model, as_of, request.grain, &model[request.metric].value, &frames))
        })
        .collect();
    let leaves: Vec<(&str, &Leaf<'_>, &[DimensionId])> = compiled
        .iter()
        .flat_map(|(r, c)| {
            let name = model[r.metric].name.as_str();
            c.leaves.iter().map(move |leaf| (name, leaf, r.by.as_slice()))
        })
        .collect();
    let (judged, merged): (Vec<_>, Vec<_>) =
        leaves.into_iter().partition(|(_, leaf, by)| judge::is_judged(model, leaf, by));
    let plain: Vec<(&Leaf<'_>, &[DimensionId])> =
        merged.iter().map(|(_, leaf, by)| (*leaf, *by)).collect();
    let (rollups, planned) = plan(model, &BTreeSet::new(), &plain);
    let mut text = String::new();
    for (i, rollup) in rollups.iter().enumerate() {
        let how = match rollup.place.kind {
            None => "rows by time",
            Some(DatasetKind::Snapshot { carry: None, .. }) => "pictures of a state",
            Some(_) => "states while they hold",
        };
        let _ = writeln!(
            text,
            "rollup {}: dataset {} ({how}), {} cuts in time",
            i + 1,
            rollup.place.dataset_name,
            rollup.cuts.len()
        );
        let dims: Vec<&str> =
            rollup.dims.iter().map(|d| model[d.dimension].name.as_str()).collect();
        if !dims.is_empty() {
            let _ = writeln!(text, "  kept apart by {}", dims.join(", "));
        }
        for filter in rollup.filters.iter().filter(|f| !f.is_empty()) {
            let atoms: Vec<&str> = filter.iter().map(|a| rollup.atoms[*a].sql.as_str()).collect();
            let _ = writeln!(text, "  predicate {}", atoms.join(" AND "));
        }
        for keyed in &rollup.keyed {
            let keys: Vec<&str> = keyed.inputs.iter().map(|i| rollup.inputs[*i].as_str()).collect();
            let _ = writeln!(
                text,
                "  {} {}",
                if keyed.numeric { "values of" } else { "distinct" },
                keys.join(", ")
            );
        }
        let mut readers: Vec<&str> = Vec::new();
        for ((name, ..), planned) in merged.iter().zip(&planned) {
            if planned.rollup == i && !readers.contains(name) {
                readers.push(name);
            }
        }
        let _ = writeln!(text, "  feeds {}", readers.join(", "));
    }
    text.push_str(&judge::judged_text(model, as_of, &judged));
    text
}
