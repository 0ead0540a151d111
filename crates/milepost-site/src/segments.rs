//! The sizes of segments and their moves, as programs read them.

use crate::csv::{line, text};
use crate::export::status;
use crate::page::{Segment, Transition};

/// The sizes over time, a line for each group of each bucket. Of whom it can't be told where they are, the last column says so.
#[must_use]
pub(crate) fn sizes(segment: &Segment) -> String {
    let mut out = String::new();
    let head =
        ["segment", "bucket", "start", "end", "status", "group", "members", "reason", "unknown"];
    line(&mut out, &head);
    for (at, bucket) in segment.buckets.iter().enumerate() {
        for group in &segment.groups {
            let (members, reason) = match group.cells[at].number() {
                Ok(number) => (number.to_string(), String::new()),
                Err(reason) => (String::new(), text(reason)),
            };
            let (name, group_name) = (text(&segment.name), text(&group.name));
            let unknown = if group.is_unknown { "true" } else { "" };
            let fields = [
                &name,
                &bucket.label,
                &bucket.start,
                &bucket.end,
                status(bucket),
                &group_name,
                &members,
                &reason,
                unknown,
            ];
            line(&mut out, &fields);
        }
    }
    out
}

/// From where to where members moved, a line for each way that any took.
#[must_use]
pub fn moves(name: &str, moves: &Transition) -> String {
    let mut out = String::new();
    line(&mut out, &["segment", "since", "until", "from", "to", "members"]);
    for (from, to, members) in moves.steps() {
        let (name, from, to) = (text(name), text(from), text(to));
        let members = members.to_string();
        line(&mut out, &[&name, &moves.since, &moves.until, &from, &to, &members]);
    }
    out
}
