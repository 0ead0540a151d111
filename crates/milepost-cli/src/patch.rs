//! Differences of texts.

use similar::TextDiff;

/// How a text becomes another, as `patch -p0` reads it; `names`: of the file before and after.
pub(crate) fn patch(names: (&str, &str), before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff().context_radius(3).header(names.0, names.1).to_string()
}
