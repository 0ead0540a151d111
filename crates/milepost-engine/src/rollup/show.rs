//! The rollups of a run in words.

use std::fmt::Write as _;

use milepost_semantics::model::{DatasetKind, DimensionId, Model};
use milepost_semantics::time::AsOf;

use super::plan;
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
    let leaves: Vec<(&Leaf<'_>, &[DimensionId])> = compiled
        .iter()
        .flat_map(|(r, c)| c.leaves.iter().map(|leaf| (leaf, r.by.as_slice())))
        .collect();
    let (rollups, planned) = plan(model, &leaves);
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
        let dims: Vec<&str> = rollup.dims.iter().map(|(d, _)| model[*d].name.as_str()).collect();
        if !dims.is_empty() {
            let _ = writeln!(text, "  kept apart by {}", dims.join(", "));
        }
        for filter in rollup.filters.iter().filter(|f| *f != "TRUE") {
            let _ = writeln!(text, "  predicate {filter}");
        }
        for keyed in &rollup.keyed {
            let keys: Vec<&str> = keyed.args.iter().map(|a| rollup.args[*a].as_str()).collect();
            let _ = writeln!(
                text,
                "  {} {}",
                if keyed.numeric { "values of" } else { "distinct" },
                keys.join(", ")
            );
        }
        let mut readers: Vec<&str> = Vec::new();
        let mut n = 0;
        for (request, c) in &compiled {
            for _ in &c.leaves {
                let name = model[request.metric].name.as_str();
                if planned[n].rollup == i && !readers.contains(&name) {
                    readers.push(name);
                }
                n += 1;
            }
        }
        let _ = writeln!(text, "  feeds {}", readers.join(", "));
    }
    text
}
