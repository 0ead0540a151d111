//! `unpivot:` of a dataset: columns that become rows.

use super::Decoder;
use super::field::{Field, FieldType, Kind, Shape};
use super::fields::Fields;
use crate::ast::{BinaryOp, ColumnSpec, Expr, ExprKind, UnpivotColumnsSpec, UnpivotSpec};
use crate::span::Spanned;
use crate::yaml::NodeKind;

const COLUMNS: &str = "a list of columns, or how days are written in their names, such as `%b %Y`";

pub(super) static UNPIVOT: Kind = Kind {
    name: "`unpivot`",
    fields: &[&[
        Field::new("columns", FieldType::Other(COLUMNS), "the columns that become rows")
            .shaped(Shape::Either(&[
                Shape::Of(FieldType::Text),
                Shape::List(&Shape::Of(FieldType::Text)),
            ]))
            .needed(),
        Field::new("name", FieldType::Name, "the column that has the names of these columns")
            .needed(),
        Field::new("value", FieldType::Name, "the column that has their values").needed(),
    ]],
};

pub(super) fn unpivot(
    decoder: &mut Decoder<'_>,
    fields: &Fields<'_>,
) -> Option<Spanned<UnpivotSpec>> {
    let node = fields.get(decoder, "unpivot")?;
    let inner = Fields::open(decoder, "unpivot", node, &UNPIVOT)?;
    let columns = columns(decoder, &inner);
    let name = decoder.text(&inner, "name");
    let value = decoder.text(&inner, "value");
    let spec = UnpivotSpec { columns: columns?, name: name?, value: value? };
    Some(Spanned::new(spec, node.span))
}

fn columns(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<UnpivotColumnsSpec> {
    let node = fields.get(decoder, "columns")?;
    if let NodeKind::List(items) = &node.kind {
        let names = items.iter().filter_map(|item| decoder.scalar("columns", COLUMNS, item));
        return Some(UnpivotColumnsSpec::Named(Spanned::new(names.collect(), node.span)));
    }
    let text = decoder.scalar("columns", COLUMNS, node)?;
    Some(match text.node.contains('%') {
        true => UnpivotColumnsSpec::Days(text),
        false => UnpivotColumnsSpec::Named(Spanned::new(vec![text], node.span)),
    })
}

/// What the rows that columns become say besides: a cell that is empty is no row, and the column of days is one of days.
pub(super) fn add_to(
    spec: &UnpivotSpec,
    columns: &mut Vec<ColumnSpec>,
    condition: Option<Expr>,
) -> Expr {
    if let UnpivotColumnsSpec::Days(pattern) = &spec.columns {
        let ty = || Some(Spanned::new("date".to_owned(), pattern.span));
        match columns.iter_mut().find(|column| column.name.node == spec.name.node) {
            Some(column) if column.ty.is_none() => column.ty = ty(),
            Some(_) => {}
            None => columns.push(ColumnSpec { ty: ty(), ..ColumnSpec::named(spec.name.clone()) }),
        }
    }
    let span = spec.value.span;
    let operand = Expr { kind: ExprKind::Path(vec![spec.value.clone()]), span };
    let kind = ExprKind::IsNull { operand: Box::new(operand), negated: true };
    let filled = Expr { kind, span };
    match condition {
        None => filled,
        Some(condition) => Expr {
            span: condition.span,
            kind: ExprKind::Binary {
                op: BinaryOp::And,
                op_span: condition.span,
                left: Box::new(filled),
                right: Box::new(condition),
            },
        },
    }
}
