//! Definitions of the shipped catalog become part of a project, as far as the project has what they need.
//!
//! ```text
//! project's Package, packages ── merge ──► Package ── prune (with the columns of the files) ──► Package, Unavailable
//! ```
//!
//! A definition of the project replaces the package's of the same name. What a package's definition needs is said by the
//! package's `requires:`; where the project lacks it, the definition is left out before anything is resolved, and so is
//! everything that names it. So an import adds figures and never mistakes.

mod help;
mod mentions;
mod merge;
mod needs;
mod prune;

pub(crate) use help::tell_origin;
pub use mentions::mentions;
pub(crate) use mentions::{Unit, units};
pub use merge::{Import, merge};
pub(crate) use prune::prune;
pub use prune::{lacking, requirements};
