//! Geometry of charts: where things are, as text with one decimal. Templates draw them.

pub mod bar;
pub mod bullet;
pub mod line;
pub mod marks;
pub mod mini;
pub mod range;
pub mod scale;
pub mod sparkline;
pub mod spread;
pub mod stack;
pub mod steps;
pub mod text;
pub mod ticks;
pub mod time;
pub mod trace;
pub mod waterfall;

/// A coordinate as it is in the SVG: one decimal, no negative zero.
#[must_use]
pub fn coordinate(value: f64) -> String {
    let text = format!("{value:.1}");
    if text == "-0.0" { "0.0".to_owned() } else { text }
}
