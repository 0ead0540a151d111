//! What the numbers of a metric do, in sentences.

use super::who::{Deciding, Member};
use super::{Figure, MetricFigures, Point, SegmentFigures, Who, Witness};
use std::fmt::Write as _;

/// How many members are named.
const MOST_NAMED: usize = 5;

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
        let mut line = format!("differs in {} of {}", figures.differing, figures.buckets);
        if let Some(first) = &figures.first {
            let _ = write!(line, "; first {}", point(first));
        }
        if let Some(largest) = figures.largest.as_ref().filter(|_| figures.largest != figures.first)
        {
            let _ = write!(line, "; most {}", point(largest));
        }
        if figures.hidden > 0 {
            let _ = write!(line, "; {} too small to show", figures.hidden);
        }
        lines.push(line);
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
    let moved = figures.moved.iter().take(MOST_NAMED).map(|moved| {
        let group =
            |group: &Option<String>| group.clone().unwrap_or_else(|| "no member".to_owned());
        format!("{} ({} → {})", moved.member.0, group(&moved.before), group(&moved.after))
    });
    let moved: Vec<String> = moved.collect();
    let more = match figures.moved.len() - moved.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    lines.push(format!("{} in another group: {}{more}", figures.moved.len(), moved.join(", ")));
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
    let (before, after) = apart(before, after);
    format!("{bucket}{slice} {before} → {after}{status}")
}

/// Two figures as text; in full where they would look the same.
fn apart(before: &Figure, after: &Figure) -> (String, String) {
    match (before.value, after.value) {
        (Some(was), Some(is)) if before.text == after.text => (was.to_string(), is.to_string()),
        _ => (before.text.clone(), after.text.clone()),
    }
}

fn who(who: &Who) -> Vec<String> {
    let mut lines = Vec::new();
    for (members, what) in
        [(&who.entered, "enter"), (&who.left, "leave"), (&who.changed, "count otherwise")]
    {
        if members.is_empty() {
            continue;
        }
        let shown: Vec<&str> =
            members.iter().take(MOST_NAMED).map(|Member(key)| key.as_str()).collect();
        let more = match members.len() - shown.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        lines.push(format!(
            "in {} {} {what}: {}{more}",
            who.bucket,
            members.len(),
            shown.join(", ")
        ));
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
