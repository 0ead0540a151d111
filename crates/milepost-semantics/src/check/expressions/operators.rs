//! Arithmetic, comparison and logic: which types and units go together, and what comes out.

use std::cmp::Ordering;

use super::expr::{Meaning, Node};
use crate::check::Checker;
use crate::model::{Literal, Type, UNMATCHED, Unit};
use milepost_syntax::ast::{BinaryOp, Decimal, Duration, DurationStyle, TimeUnit};
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::Span;
use milepost_syntax::{codes, suggest};

/// The type and unit of `left op right`; what does not go together is told.
pub(crate) fn binary<N: Node>(
    checker: &mut Checker<'_, '_>,
    op: BinaryOp,
    op_span: Span,
    left: &N,
    right: &N,
) -> Meaning {
    match op {
        BinaryOp::And | BinaryOp::Or => {
            let why = if op == BinaryOp::And {
                "`and` joins conditions"
            } else {
                "`or` joins conditions"
            };
            checker.wants_boolean(left, why);
            checker.wants_boolean(right, why);
            Meaning::plain(Type::Boolean)
        }
        BinaryOp::StartsWith | BinaryOp::Contains => {
            let why = format!("`{}` works on text", op.symbol());
            checker.wants(left, &why, "text", |ty| ty == Type::Text);
            checker.wants(right, &why, "text", |ty| ty == Type::Text);
            Meaning::plain(Type::Boolean)
        }
        BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Less
        | BinaryOp::LessOrEqual
        | BinaryOp::Greater
        | BinaryOp::GreaterOrEqual => {
            comparison(checker, op, left, right);
            Meaning::plain(Type::Boolean)
        }
        BinaryOp::Add | BinaryOp::Subtract => sum(checker, op, op_span, left, right),
        BinaryOp::Multiply | BinaryOp::Divide => product(checker, op, left, right),
    }
}

fn comparison<N: Node>(checker: &mut Checker<'_, '_>, op: BinaryOp, left: &N, right: &N) {
    if !comparable(checker, &format!("`{}`", op.symbol()), left, right) {
        return;
    }
    if left.ty() == Type::Boolean && !matches!(op, BinaryOp::Equal | BinaryOp::NotEqual) {
        checker.diagnostics.push(
            Diagnostic::error(
                codes::TYPE_MISMATCH,
                left.span(),
                format!("true and false have no order, so `{}` can't compare them", op.symbol()),
            )
            .help("write the condition itself, or `not` and the condition"),
        );
    }
    if left.literal().is_some() && right.literal().is_some() {
        checker.diagnostics.push(
            Diagnostic::error(
                codes::CONSTANT_CONDITION,
                left.span().to(right.span()),
                "this compares two fixed values, so it is always the same",
            )
            .help("compare a column, an aggregate or a metric; a text in quotes is never a name"),
        );
    }
    for (count, number) in [(left, right), (right, left)] {
        checker.known_band(count, number);
        if count.is_bare_count()
            && number.literal().is_some_and(|n| matches!(n, Literal::Number(d) if d.to_f64() > 1.0))
        {
            checker.diagnostics.push(
                Diagnostic::error(codes::BARE_COUNT_COMPARISON, count.span(), "this count has no window of its own, so comparing it with a fixed number means something different for a week than for a month")
                    .also(number.span(), "compared with this number")
                    .help("name a window, like `over 28 days`, before the closing parenthesis"),
            );
        }
    }
}

/// Whether two values can be compared, by type and unit; told when not. Unknown types are silent.
pub(crate) fn comparable<N: Node>(
    checker: &mut Checker<'_, '_>,
    how: &str,
    left: &N,
    right: &N,
) -> bool {
    let (a, b) = (left.ty(), right.ty());
    if a == Type::Unknown || b == Type::Unknown {
        return false;
    }
    let instants = |ty| matches!(ty, Type::Date | Type::Timestamp);
    if !(a == b || (a.is_numeric() && b.is_numeric()) || (instants(a) && instants(b))) {
        let told = Diagnostic::error(
            codes::TYPE_MISMATCH,
            left.span(),
            format!("{how} can't compare {} with {}", a.describe(), b.describe()),
        )
        .label(a.describe())
        .also(right.span(), b.describe());
        checker.diagnostics.push(match (a, b) {
            (Type::Text, _) if instants(b) || b.is_numeric() => told.help("declare the column's type under the dataset's `columns:`, or compare with a text in quotes"),
            (_, Type::Text) if instants(a) => told.help("write a date without quotes, like `2026-01-31`"),
            (_, Type::Text) if a.is_numeric() => told.help("write a number without quotes"),
            (_, Type::Duration) if a.is_numeric() => told.help("days_between gives a number of days: write the number alone"),
            _ if a == Type::Boolean || b == Type::Boolean => told.help("a condition stands by itself: `where active`, `where not active`"),
            _ => told,
        });
        return false;
    }
    units_agree(checker, &format!("{how} can't compare"), left, right);
    true
}

fn units_agree<N: Node>(checker: &mut Checker<'_, '_>, what: &str, left: &N, right: &N) -> bool {
    let (a, b) = (left.unit(), right.unit());
    if a.goes_with(b) {
        return true;
    }
    let told = Diagnostic::error(
        codes::UNIT_MISMATCH,
        left.span(),
        format!("{what} {} and {}", a.name(), b.name()),
    )
    .label(a.name())
    .also(right.span(), b.name());
    checker.diagnostics.push(match (a.currency(), b.currency()) {
        (Some(a), Some(b)) if a != b => {
            told.help("milepost does not convert currencies: bring both into one in the data")
        }
        _ => told.help("divide one by the other, or use numbers of the same unit"),
    });
    false
}

/// The unit of two values that go together.
pub(crate) fn either_unit<N: Node>(left: &N, right: &N) -> Unit {
    if left.unit().is_plain() { right.unit().clone() } else { left.unit().clone() }
}

/// The numeric type that holds both.
pub(crate) const fn wider(a: Type, b: Type) -> Type {
    match (a, b) {
        (Type::Integer, Type::Integer) => Type::Integer,
        (Type::Decimal, Type::Decimal | Type::Integer) | (Type::Integer, Type::Decimal) => {
            Type::Decimal
        }
        _ => Type::Number,
    }
}

fn sum<N: Node>(
    checker: &mut Checker<'_, '_>,
    op: BinaryOp,
    op_span: Span,
    left: &N,
    right: &N,
) -> Meaning {
    let (a, b) = (left.ty(), right.ty());
    if a == Type::Unknown || b == Type::Unknown {
        return Meaning::unknown();
    }
    if a.is_numeric() && b.is_numeric() {
        let what = if op == BinaryOp::Add { "`+` can't add" } else { "`-` can't combine" };
        if !units_agree(checker, what, left, right) {
            return Meaning::unknown();
        }
        return Meaning { ty: wider(a, b), unit: either_unit(left, right) };
    }
    match (a, b) {
        (Type::Date | Type::Timestamp, Type::Duration) => shifted(checker, a, right),
        (Type::Duration, Type::Date | Type::Timestamp) if op == BinaryOp::Add => {
            mismatch(checker, op, op_span, left, right, "put the time first: `starts_at + 7 days`")
        }
        (Type::Date | Type::Timestamp, Type::Date | Type::Timestamp) => mismatch(
            checker,
            op,
            op_span,
            left,
            right,
            "for the days between two times write `days_between(from, to)`",
        ),
        (Type::Date | Type::Timestamp, _) if b.is_numeric() => {
            mismatch(checker, op, op_span, left, right, "say of what: `+ 7 days`, `+ 2 hours`")
        }
        _ => mismatch(
            checker,
            op,
            op_span,
            left,
            right,
            "`+` and `-` take numbers, or a time and a length of time",
        ),
    }
}

fn shifted<N: Node>(checker: &mut Checker<'_, '_>, ty: Type, length: &N) -> Meaning {
    let Some(Literal::Duration(duration)) = length.literal() else { return Meaning::unknown() };
    if !checker.plain_duration(*duration, length.span()) {
        return Meaning::unknown();
    }
    if ty == Type::Date
        && matches!(duration.unit, TimeUnit::Hour | TimeUnit::Minute | TimeUnit::Second)
    {
        checker.diagnostics.push(
            Diagnostic::error(
                codes::TYPE_MISMATCH,
                length.span(),
                "a date has no hours, so it moves by days or longer",
            )
            .help("write days, or use a timestamp"),
        );
        return Meaning::unknown();
    }
    Meaning::plain(ty)
}

impl Checker<'_, '_> {
    /// Whether the length can be counted; told when not.
    pub(crate) fn plain_duration(&mut self, length: Duration, span: Span) -> bool {
        if length.style != DurationStyle::Business || length.unit == TimeUnit::Day {
            return true;
        }
        self.diagnostics.push(
            Diagnostic::error(
                codes::INVALID_VALUE,
                span,
                "of business time, only days can be counted",
            )
            .help("write for example `5 business days`"),
        );
        false
    }

    /// Tells a text that a segment never has.
    pub(crate) fn known_band<N: Node>(&mut self, segment: &N, value: &N) {
        let (Some(id), Some(Literal::Text(text))) = (segment.segment(), value.literal()) else {
            return;
        };
        let Some(bands) = self.band_names(id) else { return };
        if bands.contains(&text.as_str()) || text == UNMATCHED {
            return;
        }
        let spec = &self.resolved.package.segments[id.0];
        let message = format!("`{}` has no band `{text}`, so this is never true", spec.name.node);
        let told = Diagnostic::error(codes::CONSTANT_CONDITION, value.span(), message)
            .also(spec.name.span, "the segment");
        let told = match suggest(text, bands.iter().copied()) {
            Some(near) => told.help(format!("did you mean '{near}'?")),
            None => told,
        };
        let list = bands.iter().map(|band| format!("'{band}'")).collect::<Vec<_>>().join(", ");
        self.diagnostics.push(told.help(format!("its bands are {list}")));
    }
}

fn product<N: Node>(checker: &mut Checker<'_, '_>, op: BinaryOp, left: &N, right: &N) -> Meaning {
    let why =
        if op == BinaryOp::Multiply { "`*` multiplies numbers" } else { "`/` divides numbers" };
    let good = checker.wants_number(left, why) & checker.wants_number(right, why);
    if !good {
        return Meaning::unknown();
    }
    if op == BinaryOp::Multiply {
        let unit =
            checker.small_unit(left.unit().times(right.unit()), left.span().to(right.span()));
        return unit.map_or_else(Meaning::unknown, |unit| Meaning {
            ty: wider(left.ty(), right.ty()),
            unit,
        });
    }
    if is_zero(right.literal()) {
        checker.diagnostics.push(
            Diagnostic::error(codes::INVALID_VALUE, right.span(), "nothing can be divided by 0")
                .help("divide by a number that is not 0"),
        );
    }
    let unit = checker.small_unit(left.unit().over(right.unit()), left.span().to(right.span()));
    unit.map_or_else(Meaning::unknown, |unit| Meaning { ty: Type::Number, unit })
}

fn is_zero(literal: Option<&Literal>) -> bool {
    matches!(
        literal,
        Some(
            Literal::Number(Decimal { mantissa: 0, .. })
                | Literal::Percent(Decimal { mantissa: 0, .. })
        )
    )
}

fn mismatch<N: Node>(
    checker: &mut Checker<'_, '_>,
    op: BinaryOp,
    op_span: Span,
    left: &N,
    right: &N,
    help: &str,
) -> Meaning {
    let (a, b) = (left.ty().describe(), right.ty().describe());
    checker.diagnostics.push(
        Diagnostic::error(
            codes::TYPE_MISMATCH,
            op_span,
            format!("`{}` does not go with {a} and {b}", op.symbol()),
        )
        .also(left.span(), a)
        .also(right.span(), b)
        .help(help),
    );
    Meaning::unknown()
}

/// Checks `operand between low and high`.
pub(crate) fn between<N: Node>(checker: &mut Checker<'_, '_>, operand: &N, low: &N, high: &N) {
    let good = comparable(checker, "`between`", operand, low)
        & comparable(checker, "`between`", operand, high);
    if !good {
        return;
    }
    if operand.ty() == Type::Boolean {
        checker.wants(operand, "`between` needs an order", "a number, a text or a time", |ty| {
            ty != Type::Boolean
        });
    }
    if let (Some(a), Some(b)) = (low.literal(), high.literal())
        && order(a, b) == Some(Ordering::Greater)
    {
        checker.diagnostics.push(
            Diagnostic::error(
                codes::CONSTANT_CONDITION,
                low.span().to(high.span()),
                "nothing is between these: the first is greater than the second",
            )
            .help("put the smaller one first"),
        );
    }
}

/// Which of two fixed values comes first; absent where they have no order.
pub(crate) fn order(a: &Literal, b: &Literal) -> Option<Ordering> {
    let value = |l: &Literal| match l {
        Literal::Number(n) => Some(n.to_f64()),
        Literal::Percent(n) => Some(n.to_f64() / 100.0),
        Literal::Text(_)
        | Literal::Boolean(_)
        | Literal::Date(_)
        | Literal::Duration(_)
        | Literal::Null => None,
    };
    match (a, b) {
        (Literal::Date(a), Literal::Date(b)) => Some(a.cmp(b)),
        (Literal::Text(a), Literal::Text(b)) => Some(a.cmp(b)),
        _ => value(a)?.partial_cmp(&value(b)?),
    }
}
