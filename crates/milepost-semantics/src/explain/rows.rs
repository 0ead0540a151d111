//! Conditions and values of a row in words.

use super::context::Words;
use super::form::Said;
use super::words::{duration_words, operands, operator, time_operator};
use crate::model::{
    ColumnId, DatasetId, Form, InSegment, Literal, Model, Path, RowExpr, RowKind, ScalarFunction,
    SegmentAt, SegmentId, SegmentRule, Type, ValidAt,
};
use milepost_syntax::ast::{AggregateFunction, BinaryOp, Duration};

/// What readers call a column: its label, or its name; in quotes, unless it is a word like any other (`at` is none).
pub(super) fn column(model: &Model, dataset: DatasetId, id: ColumnId) -> String {
    let found = &model[dataset][id];
    let is_word = !is_time(found.ty) && found.name.bytes().all(|byte| byte.is_ascii_lowercase());
    match &found.label {
        Some(label) => format!("“{label}”"),
        None if is_word => found.name.clone(),
        None => format!("“{}”", found.name.replace('_', " ")),
    }
}

/// What readers call a segment: `in onboarding`, `“Power users”`.
pub(super) fn segment_name(model: &Model, id: SegmentId) -> String {
    let found = &model[id];
    match &found.meta.label {
        Some(label) => format!("“{label}”"),
        None => format!("“{}”", found.name.replace('_', " ")),
    }
}

impl<'m> Words<'m> {
    /// A column: `name`, or `plan of the account` over links.
    pub(super) fn path(&self, path: &Path) -> String {
        let end = column(self.model, path.dataset, path.column);
        let links = path.hops.iter().rev().map(|hop| {
            let of = format!(" of the {}", self.model[hop.entity].name.replace('_', " "));
            match hop.valid {
                None => of,
                Some(ValidAt::Row) => format!("{of} at that time"),
                Some(ValidAt::End) => format!("{of} at the end of {}", self.bucket.name),
            }
        });
        std::iter::once(end).chain(links).collect()
    }

    /// A row expression in words.
    pub(super) fn row(&self, expr: &'m RowExpr) -> String {
        self.row_inside(expr, 0)
    }

    /// Conditions that all must hold.
    pub(super) fn all_of(&self, conditions: &[&'m RowExpr]) -> String {
        let words = conditions.iter().map(|part| {
            let text = self.row(part);
            let either = matches!(part.kind, RowKind::Form(Form::Binary { op: BinaryOp::Or, .. }));
            if conditions.len() > 1 && either { format!("({text})") } else { text }
        });
        words.collect::<Vec<_>>().join(" and ")
    }

    fn row_inside(&self, expr: &'m RowExpr, around: u8) -> String {
        match &expr.kind {
            RowKind::Column(path) if expr.ty == Type::Boolean && around < 4 => {
                format!("{} is true", self.path(path))
            }
            RowKind::Column(path) => self.path(path),
            RowKind::Form(form) => self.form(form, around),
            RowKind::Inner(inner) => self.inner(inner, around < 4),
            RowKind::Prior { operand, by } => {
                self.prior(*by, |earlier| earlier.row_inside(operand, around))
            }
            RowKind::Blocks(blocks) => {
                self.blocks(blocks, |day| day.row_inside(&blocks.operand, 4))
            }
            RowKind::Segment(found) => self.segment(found, expr.ty == Type::Boolean, false),
            RowKind::Seen(operand) | RowKind::Latest(operand) => self.row_inside(operand, around),
            RowKind::Now(_) => "the end of the data".to_owned(),
            RowKind::BusinessDays => format!("the number of business days in {}", self.bucket.name),
            RowKind::Today if self.bucket.grain == "day" => self.bucket.name.clone(),
            RowKind::Today => format!("the last day of {}", self.bucket.name),
        }
    }

    /// What held in an earlier bucket, which is named.
    fn prior(&self, by: Option<Duration>, words: impl FnOnce(&Self) -> String) -> String {
        let earlier = self.at(self.bucket.earlier(by));
        let words = words(&earlier);
        if words.contains(&earlier.bucket.name) {
            words
        } else {
            format!("({words},{})", earlier.bucket.after_metric)
        }
    }

    /// `the account is in onboarding`, `the “size” of the account`; as of when, where it is not the end of the bucket.
    fn segment(&self, found: &InSegment, boolean: bool, negated: bool) -> String {
        let of = self.model[self.model[found.segment].of].name.replace('_', " ");
        let when = match found.at {
            SegmentAt::End => "",
            SegmentAt::DayBefore => " at the end of the day before",
        };
        let name = segment_name(self.model, found.segment);
        let not = if negated { "not " } else { "" };
        if boolean || matches!(self.model[found.segment].rule, SegmentRule::Where(_)) {
            format!("the {of} is {not}in the segment {name}{when}")
        } else {
            format!("{name} of the {of}{when}")
        }
    }
}

impl<'m> Said<'m, RowExpr> for Words<'m> {
    fn inside(&self, expr: &'m RowExpr, around: u8) -> String {
        self.row_inside(expr, around)
    }

    fn is_null(&self, part: &str, negated: bool) -> String {
        format!("{part} is {}", if negated { "known" } else { "not known" })
    }

    fn not(&self, operand: &'m RowExpr) -> String {
        match &operand.kind {
            RowKind::Column(path) => format!("{} is false", self.path(path)),
            RowKind::Inner(inner) if inner.aggregate.function == AggregateFunction::Any => {
                self.there_is(inner, false)
            }
            RowKind::Segment(found) => self.segment(found, true, true),
            RowKind::Prior { operand, by } => self.prior(*by, |earlier| earlier.not(&**operand)),
            _ => format!("not ({})", self.row(operand)),
        }
    }

    fn binary(&self, op: BinaryOp, left: &'m RowExpr, right: &'m RowExpr, around: u8) -> String {
        if let Some(length) = shift(op, right) {
            let way = if op == BinaryOp::Add { "after" } else { "before" };
            return format!("{} {way} {}", duration_words(length), self.row_inside(left, 4));
        }
        let own = op.strength();
        let (at_left, at_right) = operands(op, sum(left));
        let between = if is_time(left.ty) {
            // `before 7 days after` would be read twice.
            let shifted = matches!(&right.kind, RowKind::Form(Form::Binary { op, right, .. }) if shift(*op, right).is_some());
            time_operator(op, shifted)
        } else {
            operator(op)
        };
        let left = self.row_inside(left, at_left);
        let words = format!("{left} {between} {}", self.row_inside(right, at_right));
        if own < around { format!("({words})") } else { words }
    }
}

/// Whether it is a day or an instant.
pub(super) const fn is_time(ty: Type) -> bool {
    matches!(ty, Type::Date | Type::Timestamp)
}

/// The length of time that is added to a time or taken from it.
const fn shift(op: BinaryOp, right: &RowExpr) -> Option<Duration> {
    match (op, &right.kind) {
        (
            BinaryOp::Add | BinaryOp::Subtract,
            RowKind::Form(Form::Literal(Literal::Duration(length))),
        ) => Some(*length),
        _ => None,
    }
}

fn sum(expr: &RowExpr) -> bool {
    matches!(expr.kind, RowKind::Form(Form::Binary { op: BinaryOp::Add | BinaryOp::Subtract, .. }))
}

/// A function with its arguments in words.
pub(super) fn call(function: ScalarFunction, args: &[String]) -> String {
    let arg = |at: usize| args.get(at).map_or("", String::as_str);
    let first = arg(0);
    match function {
        ScalarFunction::Coalesce if args.len() == 1 => first.to_owned(),
        ScalarFunction::Coalesce => format!("{} (the first that is known)", args.join(", else ")),
        ScalarFunction::Abs => format!("{first} without its sign"),
        ScalarFunction::Sqrt => format!("the square root of {first}"),
        ScalarFunction::Round => match args.get(1) {
            Some(digits) => format!("{first} rounded to {digits} digits"),
            None => format!("{first} rounded"),
        },
        ScalarFunction::Least => format!("the smallest of {}", args.join(", ")),
        ScalarFunction::Greatest => format!("the largest of {}", args.join(", ")),
        ScalarFunction::DaysBetween => {
            format!("the number of days from {first} to {}", args.get(1).map_or("", String::as_str))
        }
        ScalarFunction::BusinessDaysBetween => {
            format!(
                "the number of business days from {first} to {}",
                args.get(1).map_or("", String::as_str)
            )
        }
        ScalarFunction::Day => format!("day of {first}"),
        ScalarFunction::Weekday => format!("weekday of {first}"),
        ScalarFunction::Hour => format!("hour of {first}"),
        ScalarFunction::Month => format!("month of {first}"),
        ScalarFunction::Quarter => format!("quarter of {first}"),
        ScalarFunction::Year => format!("year of {first}"),
        ScalarFunction::Lower => format!("{first} in small letters"),
        ScalarFunction::Upper => format!("{first} in capitals"),
        ScalarFunction::Trim => format!("{first} without blanks around it"),
        ScalarFunction::Replace => format!("{first} with {} in place of {}", arg(2), arg(1)),
        ScalarFunction::SplitPart => format!("part {} of {first} between {}", arg(2), arg(1)),
        ScalarFunction::Left => format!("the first {} characters of {first}", arg(1)),
        ScalarFunction::Length => format!("the number of characters of {first}"),
        ScalarFunction::Number => format!("{first} as a number"),
        ScalarFunction::Date => format!("{first} as a day by {}", arg(1)),
        ScalarFunction::Timestamp => match args.get(2) {
            Some(zone) => format!("{first} as a time by {} in the zone {zone}", arg(1)),
            None => format!("{first} as a time by {}", arg(1)),
        },
    }
}
