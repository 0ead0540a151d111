//! What a question is about, and which options mean nothing there.

use milepost::question::Asked;
use milepost::report;
use milepost::semantics::model::{MetricId, Model, SegmentId};
use milepost::syntax::codes;
use milepost::syntax::diagnostic::Diagnostic;

use crate::args::Query;
use crate::exit::Stop;

/// What is asked.
pub(super) enum Subject {
    Metric,
    List(MetricId),
    /// The members of a score.
    Score(MetricId),
    Segment(SegmentId),
}

impl Subject {
    pub(super) fn of(asked: &Asked, model: &Model, args: &Query) -> Self {
        // Of a journey the figures are asked first, and its members by name.
        let is_journey = |id: MetricId| model[id].list.as_ref().is_some_and(|list| list.is_journey);
        let list = asked.list(model);
        if let Some(score) = list.filter(|id| report::score_of(model, *id).is_some()) {
            return Self::Score(score);
        }
        let list = list.filter(|id| args.since.is_some() || is_journey(*id) == args.members);
        match (list, asked.segment(model)) {
            (Some(list), _) => Self::List(list),
            (None, Some(segment)) => Self::Segment(segment),
            (None, None) => Self::Metric,
        }
    }

    /// Ends a command with options that mean nothing here.
    pub(super) fn refuse(&self, args: &Query) -> Result<(), Stop> {
        let name = &args.metric;
        let given = |options: &[(&'static str, bool)]| {
            options.iter().find(|(_, given)| *given).map(|(option, _)| *option)
        };
        let (by, grain, from, to) = (
            ("--by", !args.by.is_empty()),
            ("--grain", args.grain.is_some()),
            ("--from", args.from.is_some()),
            ("--to", args.to.is_some()),
        );
        let (message, help) = match self {
            Self::Metric => {
                let Some(option) = given(&[("--since", args.since.is_some())]) else {
                    return Ok(());
                };
                (
                    format!("`{name}` is a metric, and `{option}` compares lists and segments"),
                    "for the days from one on use `--from`; for the change of a figure compare two buckets".to_owned(),
                )
            }
            Self::List(_) => {
                let members = ("--members", args.members && args.since.is_some());
                let Some(option) = given(&[by, grain, from, to, members]) else { return Ok(()) };
                (
                    format!(
                        "`{name}` is a list: who is on it on the day of the as-of, so `{option}` has no meaning"
                    ),
                    format!(
                        "for another day use `--as-of`; for how many were on it over time, ask for `{name}.count`"
                    ),
                )
            }
            Self::Score(_) => {
                let since = ("--since", args.since.is_some());
                let Some(option) = given(&[by, grain, from, to, since]) else { return Ok(()) };
                (
                    format!(
                        "`{name}` is a score: how members stand on the day of the as-of, so `{option}` has no meaning"
                    ),
                    format!(
                        "for another day use `--as-of`; for how many were in each band over time, ask for `{name}.count --by {name}.band`"
                    ),
                )
            }
            Self::Segment(_) => {
                if args.since.is_none() {
                    return Ok(());
                }
                let order = ("--order-by", args.order_by.is_some());
                let Some(option) = given(&[by, grain, from, order]) else { return Ok(()) };
                (
                    format!(
                        "`--since` compares the ends of two days, so `{option}` has no meaning with it"
                    ),
                    "leave it out; `--to` or `--as-of` names the second of the two days".to_owned(),
                )
            }
        };
        Err(Diagnostic::error_nowhere(codes::INVALID_VALUE, message).help(help).into())
    }
}
