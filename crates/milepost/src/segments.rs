//! Segments with a history: how many members each of their groups has over time, and who moved between two days.
//!
//! ```text
//! Model ── Sizes ──► a model with a metric for each segment ── run ────► sizes over time
//!                                                           └─ moves ──► from which group to which, and who
//! ```
//!
//! Who stands where at an instant is what the data says now of that instant, as in every figure of the past.

use milepost_engine::{Data, DimensionMoves, Engine, Moves, missing};
use milepost_plan::request::Request;
use milepost_plan::results::{Reason, Series};
use milepost_semantics::model::{DimensionId, EntityId, MetricId, Model, SegmentId, SegmentRule};
use milepost_semantics::time::{Bucket, Grain, Instant};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::suggest;

use crate::error::Error;
use crate::steps;

/// A model in which the members of segments are counted. Its other ids are those of the model that it was made from.
#[derive(Debug)]
pub struct Sizes {
    model: Model,
    metrics: Vec<Option<MetricId>>,
}

/// So many of those who moved are on the page of a segment.
const MOST_NAMED: usize = 50;

/// A segment over time.
#[derive(Debug)]
pub struct History {
    pub segment: SegmentId,
    /// How many living members there are, and how many of them are in each group. Absent where nothing says who lives.
    pub sizes: Option<(Series, Series)>,
    /// Of the last bucket that is over.
    pub period: Option<Period>,
}

/// From where to where the members moved in a bucket.
#[derive(Debug)]
pub struct Period {
    pub bucket: Bucket,
    /// Absent where at one of its ends nothing is known.
    pub moves: Result<DimensionMoves, Reason>,
}

impl Sizes {
    #[must_use]
    pub fn new(model: &Model) -> Self {
        let (model, metrics) = model.with_sizes();
        Self { model, metrics }
    }

    #[must_use]
    pub const fn model(&self) -> &Model {
        &self.model
    }

    /// What counts the members of a segment's entity; nothing where nothing says who lives.
    #[must_use]
    pub fn metric(&self, segment: SegmentId) -> Option<MetricId> {
        *self.metrics.get(segment.0)?
    }

    /// The members by the segment, over the project's history; nothing where they can't be counted.
    #[must_use]
    pub fn by_group(&self, segment: SegmentId) -> Option<Request> {
        let by = self.model.dimension_of(segment)?;
        Some(Request::sliced(&self.model, self.metric(segment)?, by))
    }

    /// The members by the segment and by other dimensions, at a grain.
    ///
    /// # Errors
    /// They can't be counted, or there is no such grain or dimension of theirs; the next step is named.
    pub fn asked(
        &self,
        segment: SegmentId,
        grain: Option<&str>,
        by: &[String],
    ) -> Result<Request, Box<Diagnostic>> {
        let model = &self.model;
        let Some(mut request) = self.by_group(segment) else {
            return Err(Box::new(uncounted(model, segment)));
        };
        if let Some(name) = grain {
            request.grain = Grain::parse(name).ok_or_else(|| Box::new(unknown_grain(name)))?;
        }
        for name in by {
            let dimension = self.dimension(segment, name)?;
            if !request.by.contains(&dimension) {
                request.by.push(dimension);
            }
        }
        Ok(request)
    }

    /// A dimension of the members of a segment.
    fn dimension(&self, segment: SegmentId, name: &str) -> Result<DimensionId, Box<Diagnostic>> {
        let model = &self.model;
        let reach = &model[model[segment].members].reach;
        let found = model.dimension(name).filter(|id| reach.contains_key(id));
        found.ok_or_else(|| {
            let names = reach.keys().map(|id| model[*id].name.as_str());
            let of = &model[model[segment].of].name;
            let message = format!("members of `{of}` have no dimension `{name}`");
            let told = Diagnostic::error_nowhere(codes::UNKNOWN_NAME, message);
            Box::new(match suggest(name, names.clone()) {
                Some(near) => told.help(format!("did you mean `{near}`?")),
                None => told.help(format!("dimensions: {}", names.collect::<Vec<_>>().join(", "))),
            })
        })
    }

    /// The segments that have a history of their own: of what journeys and scores say, what divides all members.
    pub fn segments(&self) -> impl Iterator<Item = SegmentId> {
        let segments = self.model.segments.iter().enumerate().filter(|(_, segment)| {
            segment.owner.is_none() || matches!(segment.rule, SegmentRule::Bands(_))
        });
        segments.map(|(at, _)| SegmentId(at))
    }

    /// Everything that the histories of all segments need.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        let named = |segment: SegmentId| {
            let by = self.names(self.model[segment].of);
            Some(Request { by, ..self.by_group(segment)? }).filter(|request| !request.by.is_empty())
        };
        let counted = self.segments().filter_map(|segment| self.both(segment)).flatten();
        counted.chain(self.segments().filter_map(named)).collect()
    }

    /// All members, and the members by group.
    fn both(&self, segment: SegmentId) -> Option<[Request; 2]> {
        let sliced = self.by_group(segment)?;
        Some([Request { by: Vec::new(), ..sliced.clone() }, sliced])
    }

    /// The history of all segments, in the order of the specs. The data was opened for [`Self::requests`].
    ///
    /// # Errors
    /// When the engine fails.
    pub fn histories(&self, engine: &Engine, data: &Data) -> Result<Vec<History>, Error> {
        let counted = self.segments().filter_map(|id| Some((id, self.both(id)?)));
        let (ids, requests): (Vec<_>, Vec<_>) = counted.unzip();
        let requests: Vec<Request> = requests.into_iter().flatten().collect();
        let mut series = steps::run(engine, &self.model, data, &requests)?.into_iter();
        let pairs = ids.into_iter().filter_map(|id| Some((id, (series.next()?, series.next()?))));
        let mut pairs = pairs.peekable();
        let all = self.segments().map(|segment| History { segment, sizes: None, period: None });
        let mut all: Vec<History> = all.collect();
        for history in &mut all {
            let own = pairs.next_if(|(id, _)| *id == history.segment);
            history.sizes = own.map(|(_, both)| both);
        }
        self.add_periods(engine, data, &mut all)?;
        Ok(all)
    }

    /// Says who moved in the last bucket that is over: of all segments of an entity at once.
    fn add_periods(
        &self,
        engine: &Engine,
        data: &Data,
        histories: &mut [History],
    ) -> Result<(), Error> {
        for entity in (0..self.model.entities.len()).map(EntityId) {
            let own: Vec<SegmentId> = self
                .segments()
                .filter(|id| self.model[*id].of == entity && self.is_there(*id))
                .collect();
            let of = |id: SegmentId| histories.iter().find(|history| history.segment == id);
            let first = own.first().and_then(|id| of(*id));
            let Some(bucket) = first.and_then(last_whole) else { continue };
            let between = (bucket.start, bucket.end);
            let names = self.names(entity);
            let most = if names.is_empty() { 0 } else { MOST_NAMED };
            let found = self.moves(engine, data, &own, between, (&names, Some(most)))?;
            let reason = [&found.before, &found.after]
                .into_iter()
                .find_map(|(_, cell)| cell.value.clone().err());
            let mut moves = found.dimensions.into_iter();
            for id in own {
                let moves = match (&reason, moves.next()) {
                    (None, Some(moves)) => Ok(moves),
                    (reason, _) => Err(reason.clone().unwrap_or(Reason::NoData)),
                };
                if let Some(own) = histories.iter_mut().find(|own| own.segment == id) {
                    own.period = Some(Period { bucket: bucket.clone(), moves });
                }
            }
        }
        Ok(())
    }

    /// What members of an entity are called by, where the project allows that on the pages of segments.
    fn names(&self, entity: EntityId) -> Vec<DimensionId> {
        let model = &self.model;
        let entity = &model[entity];
        let is_allowed = model.project.names_in_segments && entity.label_column.is_some();
        model.dimension(&entity.name).filter(|_| is_allowed).into_iter().collect()
    }

    /// Whether its members can be counted, and everything that it reads is there.
    fn is_there(&self, segment: SegmentId) -> bool {
        self.by_group(segment).is_some_and(|request| missing(&self.model, &request).is_none())
    }

    /// Where the members of an entity move between two instants by some of its segments; see [`Engine::moves`].
    ///
    /// # Errors
    /// When the engine fails.
    pub fn moves(
        &self,
        engine: &Engine,
        data: &Data,
        segments: &[SegmentId],
        between: (Instant, Instant),
        named: (&[DimensionId], Option<usize>),
    ) -> Result<Moves, Error> {
        let by = segments.iter().filter_map(|id| self.model.dimension_of(*id)).collect();
        let request = segments.first().and_then(|id| self.by_group(*id));
        let request = request.ok_or_else(|| Error::Internal("nobody is counted".to_owned()))?;
        Ok(engine.moves(&self.model, data, &Request { by, ..request }, between, named)?)
    }
}

fn uncounted(model: &Model, segment: SegmentId) -> Diagnostic {
    let segment = &model[segment];
    let entity = &model[segment.of];
    let message = format!(
        "members of `{}` can't be counted by `{}`: nothing says from when to when one lives",
        entity.name, segment.name
    );
    Diagnostic::error(codes::NEEDS_LIVES, entity.span, message)
        .help("add `lives: always`, or the two columns between which a member lives, to the entity")
}

fn unknown_grain(name: &str) -> Diagnostic {
    let names = Grain::ALL.map(Grain::name);
    let told = Diagnostic::error_nowhere(codes::INVALID_VALUE, format!("`{name}` is not a grain"));
    match suggest(name, names) {
        Some(near) => told.help(format!("did you mean `{near}`?")),
        None => told.help(format!("write one of: {}", names.join(", "))),
    }
}

/// The last bucket that is over.
fn last_whole(history: &History) -> Option<Bucket> {
    let (total, _) = history.sizes.as_ref()?;
    let mut whole = total.buckets.iter().filter(|bucket| bucket.end == bucket.bucket.end);
    whole.next_back().map(|bucket| bucket.bucket.clone())
}
