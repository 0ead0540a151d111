//! Definitions that stand for several others: each is written out as named values of members (segments with a
//! [`DerivedSpec`](milepost_syntax::ast::DerivedSpec)) and metrics, before names are resolved.
//!
//! | file | definition |
//! |---|---|
//! | `journey/` | `journeys:` |
//! | `score/` | `scores:` |
//! | `named.rs` | values with names, and how expressions read them |

mod journey;
mod named;

pub(crate) use journey::STORY;
pub(crate) use named::label;

pub(crate) mod score;

use milepost_syntax::ast::Package;
use milepost_syntax::diagnostic::Diagnostics;

/// Adds what journeys and scores say of members. What is wrong with one is reported, and it adds nothing.
pub fn expand(package: &mut Package, diagnostics: &mut Diagnostics) {
    let (mut segments, mut metrics) = (Vec::new(), Vec::new());
    for spec in &package.scores {
        if let Some(found) = score::expand(spec, package, diagnostics) {
            segments.extend(found.segments);
            metrics.push(found.members);
        }
    }
    journey::shared_names(&package.journeys, diagnostics);
    for spec in &package.journeys {
        if let Some(found) = journey::expand(spec, diagnostics) {
            segments.extend(found.segments);
            metrics.extend(found.metrics);
        }
    }
    package.segments.extend(segments);
    package.metrics.extend(metrics);
}
