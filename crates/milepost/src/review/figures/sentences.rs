//! What the numbers of a metric do, in sentences.

use super::who::{Deciding, Member};
use super::{MetricFigures, Point, SegmentFigures, Who, Witness, apart};
use crate::review::words::{Differing, named};

/// The sentences, from what matters most.
#[must_use]
pub(in crate::review) fn of_metric(figures: &MetricFigures) -> Vec<String> {
    let mut lines = Vec::new();
    if figures.is_same() {
        let what = if figures.buckets == 1 { "bucket" } else { "buckets" };
        return vec![format!("no figure differs on this data ({} {what})", figures.buckets)];
    }
    if let Some(point) = &figures.headline {
        lines.push(format!("last complete: {}", self::point(point)));
    }
    if figures.differing > 0 {
        let differing = Differing {
            differing: figures.differing,
            compared: figures.buckets,
            hidden: figures.hidden,
            first: figures.first.as_ref(),
            largest: figures.largest.as_ref(),
        };
        lines.push(differing.sentence(point));
    }
    for flip in &figures.verdicts {
        lines.push(format!("goal in {}: {} → {}", flip.bucket, flip.before, flip.after));
    }
    for slice in figures.slices.iter().filter(|slice| slice.differing > 0) {
        let most = slice.largest.as_ref().map(|largest| format!("; most {}", point(largest)));
        let most = most.unwrap_or_default();
        lines.push(format!(
            "by {}: differs in {} of {}{most}",
            slice.by, slice.differing, slice.compared
        ));
    }
    lines.extend(figures.who.iter().flat_map(who));
    lines
}

/// Who is in another group of a segment, from the largest group on.
#[must_use]
pub(in crate::review) fn of_segment(figures: &SegmentFigures) -> Vec<String> {
    if figures.moved.is_empty() {
        return vec!["no member is in another group on this data".to_owned()];
    }
    let mut lines = Vec::new();
    let differs = figures.sizes.iter().filter(|size| size.before != size.after);
    let sizes: Vec<String> =
        differs.map(|size| format!("{} {} → {}", size.group, size.before, size.after)).collect();
    if !sizes.is_empty() {
        lines.push(format!("members: {}", sizes.join(", ")));
    }
    let group = |group: &Option<String>| group.clone().unwrap_or_else(|| "no member".to_owned());
    let moved = figures.moved.iter().map(|moved| {
        format!("{} ({} → {})", moved.member.0, group(&moved.before), group(&moved.after))
    });
    lines.push(format!("{} in another group: {}", figures.moved.len(), named(moved)));
    lines
}

/// `2026-03 97.4% → 98.1%`
fn point(point: &Point) -> String {
    let Point { bucket, slice, status, before, after } = point;
    let slice = slice.as_ref().map(|slice| format!(" {slice}")).unwrap_or_default();
    let status = if *status == "complete" { String::new() } else { format!(" ({status})") };
    if before == after {
        return format!("{bucket}{slice} {} as before{status}", after.text);
    }
    let (before, after) = apart::texts(before, after);
    format!("{bucket}{slice} {before} → {after}{status}")
}

fn who(who: &Who) -> Vec<String> {
    let mut lines = Vec::new();
    for (members, what) in
        [(&who.entered, "enter"), (&who.left, "leave"), (&who.changed, "count otherwise")]
    {
        if members.is_empty() {
            continue;
        }
        let names = named(members.iter().map(|Member(key)| key));
        lines.push(format!("in {} {} {what}: {names}", who.bucket, members.len()));
    }
    lines.extend(who.witness.as_ref().map(witness));
    lines
}

/// One member, worked out both ways.
fn witness(witness: &Witness) -> String {
    let deciding = |deciding: &Option<Deciding>| match deciding {
        None => "not among them".to_owned(),
        Some(Deciding { counted, values }) => {
            let counted = if *counted { "counted" } else { "not counted" };
            let values: Vec<String> =
                values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            if values.is_empty() {
                counted.to_owned()
            } else {
                format!("{counted} ({})", values.join(", "))
            }
        }
    };
    let (before, after) = (deciding(&witness.before), deciding(&witness.after));
    format!("for instance {}: {before} → {after}", witness.member.0)
}
