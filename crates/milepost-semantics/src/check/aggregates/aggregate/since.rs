//! Events that count from a time of the member on: `any(login)` of a milestone counts since the journey's start.

use crate::check::Checker;
use crate::check::aggregates::subject::Rows;
use crate::model::{ColumnId, DatasetId, EntityId, Form, Path, RowExpr, RowKind, Type, Unit};
use milepost_syntax::ast::BinaryOp;
use milepost_syntax::span::Span;

impl Checker<'_, '_> {
    /// The condition that rows lie at or after that time of the member to whom they belong. Absent where they have no time or
    /// no way to the member, which is reported where these are needed first.
    pub(super) fn since_start(
        &mut self,
        rows: &Rows<'_>,
        on: Option<&RowExpr>,
        (entity, column): (EntityId, ColumnId),
        span: Span,
    ) -> Option<RowExpr> {
        let time = match on {
            Some(on) => on.clone(),
            None => {
                let own = self.dataset(rows.dataset).time()?;
                let path = Path { hops: Vec::new(), dataset: rows.dataset, column: own };
                self.column_node(path, span)
            }
        };
        let start = self.path_to_home(rows.dataset, entity, column)?;
        let start = self.column_node(start, span);
        let kind = RowKind::Form(Form::Binary {
            op: BinaryOp::GreaterOrEqual,
            left: Box::new(time),
            right: Box::new(start),
        });
        Some(RowExpr { kind, ty: Type::Boolean, unit: Unit::plain(), span })
    }

    /// The way from a row to a column of the home of an entity that it belongs to, if there is one way.
    fn path_to_home(&self, dataset: DatasetId, entity: EntityId, column: ColumnId) -> Option<Path> {
        let home = self.resolved.entity(entity).home?;
        let mut ways = self.key_ways(dataset, entity);
        let (at, mut hops) = ways.pop().filter(|_| ways.is_empty())?;
        if at != home {
            let columns = self.dataset(at).entity_key(entity)?.to_vec();
            hops.push(self.hop_to_home(at, entity, &columns)?);
        }
        Some(Path { hops, dataset: home, column })
    }
}
