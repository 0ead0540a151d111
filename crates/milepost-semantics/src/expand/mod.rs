//! Definitions that stand for several others: each is written out as named values of members (segments with a
//! [`DerivedSpec`](milepost_syntax::ast::DerivedSpec)) and metrics, before names are resolved.
//!
//! | file | definition |
//! |---|---|
//! | `journey/` | `journeys:` |
//! | `named.rs` | values with names, and how expressions read them |

mod journey;
mod named;

pub(crate) use journey::label;

use milepost_syntax::ast::Package;
use milepost_syntax::diagnostic::Diagnostics;

/// Adds what journeys say of members. What is wrong with one is reported, and it adds nothing.
pub fn expand(package: &mut Package, diagnostics: &mut Diagnostics) {
    for spec in std::mem::take(&mut package.journeys) {
        journey::expand(&spec, package, diagnostics);
        package.journeys.push(spec);
    }
}
