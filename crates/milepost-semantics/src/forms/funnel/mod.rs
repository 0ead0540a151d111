//! Funnels: how many members take steps in order, within a time from the first one.
//!
//! | file | what |
//! |---|---|
//! | `read.rs` | the fields, and what is wrong with them |
//! | `exclusive.rs` | whether one row can be two steps |
//! | `attempts.rs` | when an attempt reaches a step, and what is counted of attempts |
//! | `words.rs` | what it means, in words |
//!
//! Every row of the first step in the bucket is an *attempt*. It reaches a step at the earliest row of that step from the time on
//! at which it reached the step before, within the window of its first step. To take the earliest row each time is to go as far
//! as can be: whatever could follow a later row could follow the earliest one, too. So a member's attempt that goes furthest
//! reaches a step exactly where any of its attempts does.

mod attempts;
mod exclusive;
mod read;
mod words;

use std::borrow::Cow;

use attempts::Attempts;

use super::{Desugared, FormPart, Waits};
use crate::model::{Better, Display, Shape};
use crate::resolve::Resolved;
use milepost_syntax::ast::{Expr, FunnelSpec};
use milepost_syntax::diagnostic::Diagnostics;

/// The names of parts that no step has.
const SHARE: &str = "share";
const DAYS: &str = "days";
const STARTED: &str = "started";

pub(super) fn desugar<'a>(
    spec: &'a FunnelSpec,
    resolved: &Resolved<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Desugared<'a>> {
    let funnel = read::read(spec, resolved, diagnostics)?;
    let attempts = Attempts { funnel: &funnel };
    Some(Desugared {
        shape: Shape::Funnel,
        parts: parts(&attempts)?,
        headline: 0,
        checks: attempts.checks(),
        words: Box::new(move |_| words::words(&funnel)),
    })
}

/// The names of the parts, in their order.
pub(super) fn names(spec: &FunnelSpec) -> Vec<String> {
    let steps = spec.steps.iter().enumerate();
    let of_steps = steps.flat_map(|(at, step)| of_step(&step.name.node, at));
    let all = std::iter::once(SHARE.to_owned()).chain(of_steps);
    all.chain([DAYS, STARTED].map(str::to_owned)).collect()
}

/// The names of the parts of a step.
fn of_step(name: &str, at: usize) -> Vec<String> {
    let more: &[&str] = if at == 0 { &[] } else { &["share", "of_previous", "days"] };
    let more = more.iter().map(|part| format!("{name}_{part}"));
    std::iter::once(name.to_owned()).chain(more).collect()
}

/// The share of the last step first, for it is the headline.
fn parts<'a>(attempts: &Attempts<'_, '_>) -> Option<Vec<FormPart<'a>>> {
    let last = attempts.last();
    let waits = Waits { rows: attempts.count(last), length: attempts.funnel.within };
    let part = |name: String, value: Expr, display: Option<Display>| FormPart {
        display,
        waits: Some(waits.clone()),
        ..FormPart::new(name, Cow::Owned(value))
    };
    let rate = |name: String, of: usize, from: usize| FormPart {
        better: Some(Better::Higher),
        ..part(name, attempts.share(of, from), Some(Display::Percent))
    };
    let days = |name: String, value: Expr| FormPart {
        better: Some(Better::Lower),
        ..part(name, value, None)
    };
    let mut list = vec![rate(SHARE.to_owned(), last, 0)];
    for (at, step) in attempts.funnel.steps.iter().enumerate() {
        let mut names = of_step(&step.name.node, at).into_iter();
        list.extend(names.next().map(|name| part(name, attempts.count(at), None)));
        list.extend(names.next().map(|name| rate(name, at, 0)));
        list.extend(names.next().map(|name| rate(name, at, at - 1)));
        if let Some(name) = names.next() {
            list.push(days(name, attempts.days(at)?));
        }
    }
    list.push(days(DAYS.to_owned(), attempts.days_in_all()?));
    list.push(FormPart::new(STARTED, Cow::Owned(attempts.started())));
    Some(list)
}
