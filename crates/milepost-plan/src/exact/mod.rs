//! Exact arithmetic over doubles: no result depends on the order of rows, nor on how they are grouped.

mod int256;
mod partials;
mod power_sums;
mod wide;

pub use int256::{Int256, decimal};
pub use partials::ExactPartials;
pub use power_sums::PowerSums;
