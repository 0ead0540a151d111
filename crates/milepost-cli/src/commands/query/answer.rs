//! The answer to a question: how many, or who.

use milepost::engine::{Data, Engine, ListMembers, Listing, Members, Moves, OrderBy};
use milepost::plan::request::Request;
use milepost::plan::results::Series;
use milepost::segments::Sizes;
use milepost::semantics::model::{MetricId, Model, SegmentId};
use milepost::semantics::time::{AsOf, Instant};
use milepost::syntax::diagnostic::Diagnostics;
use milepost::{Error, steps};

use crate::args::Query;

/// How many, or who.
pub(super) enum Answer {
    Figures(Vec<Series>),
    Members(Box<Members>),
    /// Of today, and of the day that it is compared with.
    List(Box<ListMembers>, Option<Box<ListMembers>>),
    /// Of a segment, between two instants.
    Moves(SegmentId, (Instant, Instant), Box<Moves>),
}

/// What a question is asked of.
pub(super) struct Asking<'a> {
    pub(super) args: &'a Query,
    pub(super) engine: &'a Engine,
    pub(super) model: &'a Model,
    pub(super) data: &'a Data,
    pub(super) requests: &'a [Request],
}

impl Asking<'_> {
    /// `since`: the end of the day that it is compared with.
    pub(super) fn on_a_list(
        &self,
        list: MetricId,
        since: Option<Instant>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Answer, Error> {
        let members = steps::list(self.engine, self.model, self.data, list)?;
        let before = match since {
            Some(end) => {
                let as_of = AsOf { end };
                steps::lists_at(self.engine, self.model, as_of, &[list], diagnostics)?
            }
            None => None,
        };
        let before = before.and_then(|mut before| before.pop()).map(Box::new);
        Ok(Answer::List(Box::new(members), before))
    }

    pub(super) fn moves(
        &self,
        sizes: &Sizes,
        segment: SegmentId,
        between: (Instant, Instant),
    ) -> Result<Answer, Error> {
        let most = if self.args.members { self.args.limit } else { Some(0) };
        let moves = sizes.moves(self.engine, self.data, &[segment], between, (&[], most))?;
        Ok(Answer::Moves(segment, between, Box::new(moves)))
    }

    pub(super) fn figures(&self) -> Result<Answer, Error> {
        let Self { args, engine, model, data, requests } = self;
        if args.members
            && let [request] = requests
        {
            let order_by = args.order_by.as_deref().map(order_by);
            let listing = Listing { order_by, limit: args.limit };
            let members = steps::members(engine, model, data, request, &listing)?;
            return Ok(Answer::Members(Box::new(members)));
        }
        steps::run(engine, model, data, requests).map(Answer::Figures)
    }
}

/// `COLUMN`, or `COLUMN desc`.
fn order_by(text: &str) -> OrderBy {
    let (column, descending) = match text.strip_suffix(" desc") {
        Some(column) => (column, true),
        None => (text, false),
    };
    OrderBy { column: column.to_owned(), descending }
}
