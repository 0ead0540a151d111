//! How many members a segment has: a metric that no author writes, and that no model has unless it is asked for.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{
    Aggregate, DimensionId, Display, Entity, Metric, MetricId, Model, Part, PartId, Segment,
    SegmentId, SegmentRule, Shape, Type, UNMATCHED, Unit, ValueExpr, ValueKind, Window, plural,
};
use milepost_syntax::ast::AggregateFunction;

impl Segment {
    /// The groups that its rule names, as slices show them and in its own order.
    #[must_use]
    pub fn groups(&self) -> Vec<&str> {
        match &self.rule {
            SegmentRule::Where(_) => vec![BELONGS, LEFT_OUT],
            SegmentRule::Bands(bands) => bands.iter().map(|band| band.name.as_str()).collect(),
            // Nothing says which values there are.
            SegmentRule::Value(_)
            | SegmentRule::FirstDay { .. }
            | SegmentRule::OnDay { .. }
            | SegmentRule::Rank { .. } => Vec::new(),
        }
    }

    /// The group of those who belong to it; nothing where it has bands.
    #[must_use]
    pub const fn inside(&self) -> Option<&'static str> {
        match &self.rule {
            SegmentRule::Where(_) => Some(BELONGS),
            SegmentRule::Bands(_)
            | SegmentRule::Value(_)
            | SegmentRule::FirstDay { .. }
            | SegmentRule::OnDay { .. }
            | SegmentRule::Rank { .. } => None,
        }
    }

    /// Where a group stands among all: those of the rule in its order, and then [`UNMATCHED`].
    #[must_use]
    pub fn place(&self, group: &str) -> usize {
        let groups = self.groups();
        let named = groups.iter().position(|other| *other == group);
        named.unwrap_or(groups.len() + usize::from(group != UNMATCHED))
    }
}

/// The slices of a segment with `where`.
const BELONGS: &str = "yes";
const LEFT_OUT: &str = "no";

impl Model {
    /// The segment of that name.
    #[must_use]
    pub fn segment(&self, name: &str) -> Option<SegmentId> {
        self.segments.iter().position(|segment| segment.name == name).map(SegmentId)
    }

    /// The dimension that a segment is.
    #[must_use]
    pub fn dimension_of(&self, segment: SegmentId) -> Option<DimensionId> {
        let id = self.dimension(&self[segment].name)?;
        (self[id].segment == Some(segment)).then_some(id)
    }

    /// The same with a metric for each segment that counts the living members of its entity, to be sliced by the segment;
    /// nothing for a segment of an entity of which nothing says who lives. They come last, so every other id stays.
    #[must_use]
    pub fn with_sizes(&self) -> (Self, Vec<Option<MetricId>>) {
        let mut model = self.clone();
        let mut ids = Vec::with_capacity(self.segments.len());
        for id in (0..self.segments.len()).map(SegmentId) {
            let size = size(self, id);
            ids.push(size.as_ref().map(|_| MetricId(model.metrics.len())));
            model.metrics.extend(size.map(Arc::new));
        }
        (model, ids)
    }
}

/// `count(account at end)`
fn size(model: &Model, id: SegmentId) -> Option<Metric> {
    let segment = &model[id];
    let entity = &model[segment.of];
    entity.lives?;
    let value = ValueExpr {
        kind: ValueKind::Aggregate(Box::new(living(entity, segment))),
        ty: Type::Integer,
        unit: Unit::count(entity.name.as_str()),
        span: segment.span,
    };
    let part = Part {
        name: "value".to_owned(),
        text: format!("count({} at end)", entity.name),
        value,
        display: Display::Number(Some(plural(&entity.name).replace('_', " "))),
    };
    Some(Metric {
        name: segment.name.clone(),
        meta: segment.meta.clone(),
        span: segment.span,
        definition: segment.definition,
        question: None,
        stage: None,
        milestone: None,
        leads_to: Vec::new(),
        category: None,
        indicator: None,
        better: None,
        target: None,
        maturity: None,
        slices: vec![model.dimension_of(id)?],
        grain: model.project.grain,
        min_sample: None,
        filter_text: None,
        shape: Shape::Number,
        parts: vec![part],
        words: Vec::new(),
        headline: PartId(0),
        list: None,
        uses: BTreeSet::new(),
    })
}

fn living(entity: &Entity, segment: &Segment) -> Aggregate {
    Aggregate {
        function: AggregateFunction::Count,
        distinct: false,
        one_each: false,
        dataset: segment.members,
        behavior: None,
        members: Some(segment.of),
        args: Vec::new(),
        percentile: None,
        approximate: false,
        on: None,
        window: Window::AtEnd,
        filter: None,
        matures: Vec::new(),
        looks: Vec::new(),
        earlier: None,
        listed: Vec::new(),
        text: format!("count({} at end)", entity.name),
        ty: Type::Integer,
        unit: Unit::count(entity.name.as_str()),
        span: segment.span,
    }
}
