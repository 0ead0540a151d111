//! Conditions and values of a row in words.

use super::values;
use super::words::{duration_words, literal, operands, operator, or_list, time_operator};
use crate::model::{
    InSegment, Literal, Model, Path, RowExpr, RowKind, ScalarFunction, SegmentAt, Type,
};
use milepost_syntax::ast::{BinaryOp, UnaryOp};

/// A column: `name`, or `plan of the account` over links.
pub(super) fn path(model: &Model, path: &Path) -> String {
    let end = model[path.dataset][path.column].name.clone();
    let links = path
        .hops
        .iter()
        .rev()
        .map(|hop| format!(" of the {}", model[hop.entity].name.replace('_', " ")));
    std::iter::once(end).chain(links).collect()
}

/// A row expression in words.
pub(super) fn row(model: &Model, expr: &RowExpr) -> String {
    inside(model, expr, 0)
}

fn inside(model: &Model, expr: &RowExpr, around: u8) -> String {
    let part = |e: &RowExpr| inside(model, e, 4);
    match &expr.kind {
        RowKind::Literal(value) => literal(value),
        RowKind::Column(column) if expr.ty == Type::Boolean && around < 4 => {
            format!("{} is true", path(model, column))
        }
        RowKind::Column(column) => path(model, column),
        RowKind::Unary { op: UnaryOp::Negate, operand } => format!("minus {}", part(operand)),
        RowKind::Unary { op: UnaryOp::Not, operand } => match &operand.kind {
            RowKind::Column(column) => format!("{} is false", path(model, column)),
            _ => format!("not ({})", row(model, operand)),
        },
        RowKind::Binary { op, left, right } => binary(model, *op, left, right, around),
        RowKind::In { operand, list, negated } => {
            let items: Vec<String> = list.iter().map(literal).collect();
            format!(
                "{} is {} {}",
                part(operand),
                if *negated { "not one of" } else { "one of" },
                or_list(&items)
            )
        }
        RowKind::Between { operand, low, high, negated } => {
            let not = if *negated { "not " } else { "" };
            format!("{} is {not}from {} to {}", part(operand), part(low), part(high))
        }
        RowKind::IsNull { operand, negated } => {
            format!("{} is {}", part(operand), if *negated { "known" } else { "not known" })
        }
        RowKind::If { condition, then, otherwise } => {
            format!("({} if {}, else {})", part(then), row(model, condition), part(otherwise))
        }
        RowKind::Call { function, args } => {
            call(*function, &args.iter().map(part).collect::<Vec<_>>())
        }
        RowKind::Inner(inner) => values::inner(model, inner),
        RowKind::Prior { operand, by } => {
            let when = by.map_or_else(
                || "in the previous bucket".to_owned(),
                |length| format!("{} earlier", duration_words(length)),
            );
            format!("({}, {when})", inside(model, operand, 0))
        }
        RowKind::Blocks(blocks) => {
            values::blocks(model, blocks, &part(&blocks.operand), "the bucket")
        }
        RowKind::Segment(found) => segment(model, found, expr.ty == Type::Boolean),
        RowKind::Seen(operand) => inside(model, operand, around),
        RowKind::BusinessDays => "the business days of the bucket".to_owned(),
        RowKind::Today => "that day".to_owned(),
    }
}

/// `is in `power``, `the segment `size``; as of when, where it is not the end of the bucket.
fn segment(model: &Model, found: &InSegment, boolean: bool) -> String {
    let name = &model[found.segment].name;
    let of = model[model[found.segment].of].name.replace('_', " ");
    let when = match found.at {
        SegmentAt::End => "",
        SegmentAt::DayBefore => " the day before",
    };
    if boolean {
        format!("the {of} is in `{name}`{when}")
    } else {
        format!("the `{name}` of the {of}{when}")
    }
}

fn binary(model: &Model, op: BinaryOp, left: &RowExpr, right: &RowExpr, around: u8) -> String {
    if let (BinaryOp::Add | BinaryOp::Subtract, RowKind::Literal(Literal::Duration(length))) =
        (op, &right.kind)
    {
        let way = if op == BinaryOp::Add { "after" } else { "before" };
        return format!("{} {way} {}", duration_words(*length), inside(model, left, 4));
    }
    let own = op.strength();
    let (at_left, at_right) = operands(op, sum(left));
    let times = matches!(left.ty, Type::Date | Type::Timestamp);
    let between = if times { time_operator(op) } else { operator(op) };
    let words =
        format!("{} {between} {}", inside(model, left, at_left), inside(model, right, at_right));
    if own < around { format!("({words})") } else { words }
}

fn sum(expr: &RowExpr) -> bool {
    matches!(expr.kind, RowKind::Binary { op: BinaryOp::Add | BinaryOp::Subtract, .. })
}

/// A function with its arguments in words.
pub(super) fn call(function: ScalarFunction, args: &[String]) -> String {
    let first = args.first().map_or("", String::as_str);
    match function {
        ScalarFunction::Coalesce => format!("{} (the first that is known)", args.join(", else ")),
        ScalarFunction::Abs => format!("{first} without its sign"),
        ScalarFunction::Round => match args.get(1) {
            Some(digits) => format!("{first} rounded to {digits} digits"),
            None => format!("{first} rounded"),
        },
        ScalarFunction::Least => format!("the smallest of {}", args.join(", ")),
        ScalarFunction::Greatest => format!("the largest of {}", args.join(", ")),
        ScalarFunction::DaysBetween => {
            format!("the days from {first} to {}", args.get(1).map_or("", String::as_str))
        }
        ScalarFunction::BusinessDaysBetween => {
            format!("the business days from {first} to {}", args.get(1).map_or("", String::as_str))
        }
        ScalarFunction::Day => format!("day of {first}"),
        ScalarFunction::Weekday => format!("weekday of {first}"),
        ScalarFunction::Hour => format!("hour of {first}"),
    }
}
