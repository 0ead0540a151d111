//! Definitions that stand for several others: each is written out as named values of members (segments with a
//! [`DerivedSpec`](milepost_syntax::ast::DerivedSpec)), before names are resolved.

pub(crate) mod score;

use milepost_syntax::ast::Package;
use milepost_syntax::diagnostic::Diagnostics;

/// Adds what journeys and scores say of members. What is wrong with one is reported, and it adds nothing.
pub fn expand(package: &mut Package, diagnostics: &mut Diagnostics) {
    debug_assert!(package.segments.iter().all(|spec| spec.derived.is_none()));
    let (mut segments, mut metrics, mut broken) = (Vec::new(), Vec::new(), Vec::new());
    for spec in &package.scores {
        match score::expand(spec, package, diagnostics) {
            Some(found) => {
                segments.extend(found.segments);
                metrics.push(found.members);
            }
            None => broken.push(spec.name.clone()),
        }
    }
    package.segments.extend(segments);
    package.metrics.extend(metrics);
    package.broken.extend(broken);
}
