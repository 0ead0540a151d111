//! How far two figures are apart.

use super::Figure;

/// The distance of two numbers; a number and none are farther apart than any two numbers.
pub(in crate::review) fn distance(before: Option<f64>, after: Option<f64>) -> f64 {
    match (before, after) {
        (Some(before), Some(after)) => (after - before).abs(),
        (None, None) => 0.0,
        _ => f64::INFINITY,
    }
}

/// Whether they differ by less than a share of the old one.
pub(in crate::review) fn is_below(
    share: Option<f64>,
    before: Option<f64>,
    after: Option<f64>,
) -> bool {
    match (share, before, after) {
        (Some(share), Some(before), Some(after)) => (after - before).abs() < share * before.abs(),
        _ => false,
    }
}

/// The one with the largest distance; of several the earliest.
pub(in crate::review) fn farthest<T>(
    all: impl Iterator<Item = T>,
    distance: impl Fn(&T) -> f64,
) -> Option<T> {
    let mut found: Option<(f64, T)> = None;
    for one in all {
        let distance = distance(&one);
        if found.as_ref().is_none_or(|(most, _)| distance > *most) {
            found = Some((distance, one));
        }
    }
    found.map(|(_, one)| one)
}

/// Two figures as text; in full where they would look the same.
pub(in crate::review) fn texts(before: &Figure, after: &Figure) -> (String, String) {
    match (before.value, after.value) {
        #[expect(clippy::float_cmp, reason = "any difference is one")]
        (Some(was), Some(is)) if before.text == after.text && was != is => {
            (was.to_string(), is.to_string())
        }
        _ => (before.text.clone(), after.text.clone()),
    }
}
