//! What happened on a day, marked on a time axis.

use serde::Serialize;

use super::coordinate;
use crate::page::Bucket;

/// Something that happened on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark<'a> {
    /// ISO.
    pub day: &'a str,
    /// `2026-01-14: value-changing`
    pub text: String,
}

/// The marks of a bucket: what is under one point of the axis is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Marked {
    pub x: String,
    pub title: String,
}

/// The buckets in which something happened. What happened before the first one or after the last one is not on the axis.
#[must_use]
pub fn marks(marks: &[Mark<'_>], buckets: &[Bucket], xs: &[f64]) -> Vec<Marked> {
    let one = |(bucket, x): (&Bucket, &f64)| {
        let inside = |mark: &&Mark<'_>| *mark.day >= *bucket.start && *mark.day < *bucket.end;
        let texts: Vec<&str> = marks.iter().filter(inside).map(|mark| mark.text.as_str()).collect();
        let title = format!("Definition changed on {}", texts.join("; "));
        (!texts.is_empty()).then(|| Marked { x: coordinate(*x), title })
    };
    buckets.iter().zip(xs).filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(label: &str, start: &str, end: &str) -> Bucket {
        Bucket {
            label: label.to_owned(),
            start: start.to_owned(),
            end: end.to_owned(),
            partial: false,
            maturing: false,
            immature: false,
        }
    }

    #[test]
    fn a_mark_stands_at_the_bucket_that_holds_its_day() {
        let buckets = [
            month("2026-01", "2026-01-01", "2026-02-01"),
            month("2026-02", "2026-02-01", "2026-03-01"),
        ];
        let on = |day: &'static str| Mark { day, text: format!("{day}: value-changing") };
        let all = [
            on("2025-12-31"),
            on("2026-01-31"),
            on("2026-02-01"),
            on("2026-02-28"),
            on("2026-03-01"),
        ];
        let found = marks(&all, &buckets, &[10.0, 20.0]);
        let found: Vec<(&str, &str)> =
            found.iter().map(|mark| (mark.x.as_str(), mark.title.as_str())).collect();
        assert_eq!(
            found,
            [
                ("10.0", "Definition changed on 2026-01-31: value-changing"),
                (
                    "20.0",
                    "Definition changed on 2026-02-01: value-changing; 2026-02-28: value-changing"
                ),
            ]
        );
    }
}
