//! Definitions that stand for several others: each is written out as named values of members (segments with a
//! [`DerivedSpec`](milepost_syntax::ast::DerivedSpec)), before names are resolved.

use milepost_syntax::ast::Package;
use milepost_syntax::diagnostic::Diagnostics;

/// Adds what journeys and scores say of members. What is wrong with one is reported, and it adds nothing.
pub fn expand(package: &mut Package, _: &mut Diagnostics) {
    debug_assert!(package.segments.iter().all(|spec| spec.derived.is_none()));
}
