//! Whether one row can be two steps, as far as their conditions say.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::BehaviorId;
use crate::resolve::{Definition, Resolved};
use milepost_syntax::ast::{BinaryOp, Expr, ExprKind, PlacedRowsSpec};
use milepost_syntax::limits::LAYERS;
use milepost_syntax::print_expr;

/// Of columns, the values that a row must have one of.
type Values = BTreeMap<String, BTreeSet<String>>;

/// Whether some column has to have one value for the ones and another for the others.
pub(super) fn exclude_each_other(
    one: &PlacedRowsSpec,
    other: &PlacedRowsSpec,
    resolved: &Resolved<'_>,
) -> bool {
    let [one, other] = [one, other].map(|rows| values(rows, resolved));
    one.iter()
        .any(|(column, some)| other.get(column).is_some_and(|values| some.is_disjoint(values)))
}

/// What the condition of a step says, and those of the behaviors that it is made of.
fn values(rows: &PlacedRowsSpec, resolved: &Resolved<'_>) -> Values {
    let mut found = Values::new();
    let mut name = &rows.name.node;
    rows.filter.iter().for_each(|filter| collect(filter, name, &mut found));
    for _ in 0..=LAYERS {
        let Some(Definition::Behavior(BehaviorId(at))) = resolved.names.get(name) else { break };
        let behavior = &resolved.package.behaviors[at];
        let Some(rows) = &behavior.rows else { break };
        name = &rows.node;
        behavior.filter.iter().for_each(|filter| collect(filter, name, &mut found));
    }
    found
}

/// What a condition on rows of that name says.
fn collect(condition: &Expr, rows: &str, found: &mut Values) {
    let (column, values) = match &condition.kind {
        ExprKind::Binary { op: BinaryOp::And, left, right, .. } => {
            collect(left, rows, found);
            collect(right, rows, found);
            return;
        }
        ExprKind::Binary { op: BinaryOp::Equal, left, right, .. } => (&**left, vec![&**right]),
        ExprKind::In { operand, list, negated: false } => (&**operand, list.iter().collect()),
        _ => return,
    };
    let ExprKind::Path(path) = &column.kind else { return };
    // `name` and `events.name` are one column of the row itself; what is reached over a link is another one.
    let own = match path.as_slice() {
        [column] => column,
        [head, column] if head.node == rows => column,
        _ => return,
    };
    if !values.iter().all(|value| is_literal(value)) {
        return;
    }
    let values: BTreeSet<String> = values.into_iter().map(print_expr).collect();
    found
        .entry(own.node.clone())
        .and_modify(|before| before.retain(|value| values.contains(value)))
        .or_insert(values);
}

/// Texts and truth: numbers can be written in two ways.
const fn is_literal(value: &Expr) -> bool {
    matches!(value.kind, ExprKind::Text(_) | ExprKind::Bool(_))
}
