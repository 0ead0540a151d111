//! Journeys: where each member is, since when, what it has reached, and what state that is.
//!
//! | file | what it says of a member |
//! |---|---|
//! | `check.rs` | what must be right with a journey before anything is said |
//! | `stages.rs` | when stages are entered and left, when milestones are reached and due |
//! | `state.rs` | the stage, the next milestone, and how things stand |
//! | `story.rs` | everything that is known of each member |
//! | `members.rs` | who is on the way, as a list |
//! | `metrics.rs` | the share that reaches a milestone in time, and how long it takes |
//!
//! A stage is entered and a milestone is reached on the first day at whose end its condition holds, and stays so. So the
//! days do not depend on when they are asked, and all that is said on top of them can be asked as of any day.

mod check;
mod members;
mod metrics;
mod stages;
mod state;
mod story;

use super::named::Named;
use milepost_syntax::ast::{JourneySpec, MetricSpec, SegmentSpec};
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::span::Spanned;

pub(super) use check::shared_names;
/// What a journey says of everybody, besides its stages.
pub(crate) use story::STORY;

pub(super) const NOT_STARTED: &str = "not started";
pub(super) const ENDED: &str = "ended";

/// What a journey is written out as.
pub(super) struct Written {
    pub(super) segments: Vec<SegmentSpec>,
    pub(super) metrics: Vec<MetricSpec>,
}

/// Nothing where something is wrong with the journey, which is reported.
pub(super) fn expand(spec: &JourneySpec, diagnostics: &mut Diagnostics) -> Option<Written> {
    let (of, starts) = (spec.of.as_ref()?, spec.starts.as_ref()?);
    if !check::is_right(spec, diagnostics) {
        return None;
    }
    let named =
        Named { owner: &spec.name, span: spec.span, of, since: Some(starts), made: Vec::new() };
    let mut journey = Journey { spec, starts, named };
    journey.times();
    journey.stands();
    let figures = journey.figures();
    let metrics = [journey.members(), journey.story()].into_iter().chain(figures).collect();
    Some(Written { segments: journey.named.made, metrics })
}

/// A journey that is being written out.
struct Journey<'s> {
    spec: &'s JourneySpec,
    starts: &'s Spanned<String>,
    named: Named<'s>,
}
