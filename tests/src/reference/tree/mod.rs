//! What a project means, as the reference understands it: small trees of its own, made by [`crate::bind`] from the parsed
//! text. Their names are those of the language; nothing here is of the checked model.

mod aggregate;
mod expr;
mod schema;

pub(crate) use aggregate::{
    Aggregate, BlockUnit, Blocks, InSegment, Inner, Link, Look, SegmentAt, Since, Window, Within,
};
pub(crate) use expr::{
    Hop, Literal, Node, Path, RowExpr, RowKind, ScalarFunction, Type, ValidAt, ValueExpr, ValueKind,
};
pub(crate) use schema::{
    Band, Carry, Column, ColumnId, ColumnSource, Dataset, DatasetId, DatasetKind, Days, Derived,
    DerivedSource, Dimension, DimensionId, Entity, EntityId, Lives, MemberName, Metric, MetricId,
    Model, Part, Project, Request, Says, Scale, Score, ScorePart, Segment, SegmentId, SegmentRule,
    UNMATCHED,
};
