//! Functions of one row's values, and of aggregated values.

use super::expr::{Meaning, Node, Scope};
use super::operators::{either_unit, wider};
use super::times;
use crate::check::Checker;
use crate::model::{Base, Form, Literal, ScalarFunction, Type, Unit};
use milepost_syntax::ast::{Expr, ExprKind};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::{Span, Spanned};

/// `if`, which is a form of its own, or a scalar function.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    If,
    Scalar(ScalarFunction),
}

const FUNCTIONS: [(&str, Function, &str); 25] = [
    ("if", Function::If, "if(condition, a, b)"),
    ("coalesce", Function::Scalar(ScalarFunction::Coalesce), "coalesce(a, b)"),
    ("abs", Function::Scalar(ScalarFunction::Abs), "abs(x)"),
    ("sqrt", Function::Scalar(ScalarFunction::Sqrt), "sqrt(x)"),
    ("round", Function::Scalar(ScalarFunction::Round), "round(x) or round(x, 2)"),
    ("least", Function::Scalar(ScalarFunction::Least), "least(a, b)"),
    ("greatest", Function::Scalar(ScalarFunction::Greatest), "greatest(a, b)"),
    ("days_between", Function::Scalar(ScalarFunction::DaysBetween), "days_between(from, to)"),
    (
        "business_days_between",
        Function::Scalar(ScalarFunction::BusinessDaysBetween),
        "business_days_between(from, to)",
    ),
    ("day", Function::Scalar(ScalarFunction::Day), "day(time)"),
    ("weekday", Function::Scalar(ScalarFunction::Weekday), "weekday(time)"),
    ("hour", Function::Scalar(ScalarFunction::Hour), "hour(time)"),
    ("month", Function::Scalar(ScalarFunction::Month), "month(time)"),
    ("quarter", Function::Scalar(ScalarFunction::Quarter), "quarter(time)"),
    ("year", Function::Scalar(ScalarFunction::Year), "year(time)"),
    ("lower", Function::Scalar(ScalarFunction::Lower), "lower(text)"),
    ("upper", Function::Scalar(ScalarFunction::Upper), "upper(text)"),
    ("trim", Function::Scalar(ScalarFunction::Trim), "trim(text)"),
    ("replace", Function::Scalar(ScalarFunction::Replace), "replace(text, 'old', 'new')"),
    ("split_part", Function::Scalar(ScalarFunction::SplitPart), "split_part(text, '@', 2)"),
    ("left", Function::Scalar(ScalarFunction::Left), "left(text, 15)"),
    ("length", Function::Scalar(ScalarFunction::Length), "length(text)"),
    ("number", Function::Scalar(ScalarFunction::Number), "number(x)"),
    ("date", Function::Scalar(ScalarFunction::Date), "date(text, '%m/%d/%Y')"),
    ("timestamp", Function::Scalar(ScalarFunction::Timestamp), "timestamp(text, '%m/%d/%Y %H:%M')"),
];

/// The function of that name.
pub(crate) fn parse(name: &str) -> Option<Function> {
    FUNCTIONS.iter().find(|(n, ..)| *n == name).map(|(_, f, _)| *f)
}

/// Names of all functions, for suggestions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|(name, ..)| *name)
}

/// Checks a call.
pub(crate) fn call<S: Scope>(
    checker: &mut Checker<'_, '_>,
    scope: &mut S,
    function: Function,
    name: &Spanned<String>,
    args: &[Expr],
    span: Span,
) -> S::Node {
    if let (Function::If, [condition, then, otherwise]) = (function, args) {
        // One that a form writes is at the place of its condition.
        let is_written = name.span != condition.span;
        return branch(checker, scope, (condition, is_written), [then, otherwise], span);
    }
    let nodes: Vec<S::Node> = args.iter().map(|arg| checker.expr(scope, arg)).collect();
    if !arity(function).contains(&nodes.len()) {
        let form = FUNCTIONS.iter().find(|(_, f, _)| *f == function).map_or("", |(.., form)| form);
        let given = match nodes.len() {
            0 => "no value".to_owned(),
            1 => "1 value".to_owned(),
            n => format!("{n} values"),
        };
        checker.diagnostics.push(
            Diagnostic::error(
                codes::INVALID_VALUE,
                name.span,
                format!("`{}` does not take {given}", name.node),
            )
            .help(format!("write {form}")),
        );
        return S::Node::unknown(span);
    }
    match function {
        // With as many arguments as it takes, it was met above.
        Function::If => S::Node::unknown(span),
        Function::Scalar(ScalarFunction::Number) if nodes[0].ty().is_numeric() => {
            // It is the number itself, without its unit.
            let meaning = Meaning::plain(nodes[0].ty());
            let function = ScalarFunction::Coalesce;
            S::Node::build(Form::Call { function, args: nodes }, meaning, span)
        }
        Function::Scalar(ScalarFunction::Date | ScalarFunction::Timestamp) => {
            times::written(checker, name, nodes, span)
        }
        Function::Scalar(function) => {
            let meaning = scalar(checker, function, &nodes);
            S::Node::build(Form::Call { function, args: nodes }, meaning, span)
        }
    }
}

/// `null` where it is no branch of `if`.
pub(crate) fn misplaced_null(span: Span) -> Diagnostic {
    Diagnostic::error(codes::INVALID_VALUE, span, "`null` is only the value of a branch of `if`")
        .help("leave it out; `if(x > 0, x, null)` has no value where the condition is not true")
}

fn arity(function: Function) -> std::ops::RangeInclusive<usize> {
    match function {
        Function::If => 3..=3,
        Function::Scalar(function) => match function {
            ScalarFunction::Coalesce | ScalarFunction::Least | ScalarFunction::Greatest => {
                2..=usize::MAX
            }
            ScalarFunction::Abs
            | ScalarFunction::Sqrt
            | ScalarFunction::Day
            | ScalarFunction::Weekday
            | ScalarFunction::Hour
            | ScalarFunction::Month
            | ScalarFunction::Quarter
            | ScalarFunction::Year
            | ScalarFunction::Lower
            | ScalarFunction::Upper
            | ScalarFunction::Trim
            | ScalarFunction::Length
            | ScalarFunction::Number => 1..=1,
            ScalarFunction::Left | ScalarFunction::Date => 2..=2,
            ScalarFunction::Timestamp => 2..=3,
            ScalarFunction::Replace | ScalarFunction::SplitPart => 3..=3,
            ScalarFunction::Round => 1..=2,
            ScalarFunction::DaysBetween | ScalarFunction::BusinessDaysBetween => 2..=2,
        },
    }
}

fn branch<S: Scope>(
    checker: &mut Checker<'_, '_>,
    scope: &mut S,
    (condition, is_written): (&Expr, bool),
    branches: [&Expr; 2],
    span: Span,
) -> S::Node {
    let condition = checker.expr(scope, condition);
    let why = if is_written { "`if` needs a condition" } else { "a condition is expected here" };
    checker.wants_boolean(&condition, why);
    if matches!(condition.literal(), Some(Literal::Boolean(_))) && condition.ty() == Type::Boolean {
        checker.diagnostics.push(
            Diagnostic::error(
                codes::CONSTANT_CONDITION,
                condition.span(),
                "this condition is always the same",
            )
            .help("write only the branch that is meant"),
        );
    }
    let is_null = branches.map(|branch| matches!(branch.kind, ExprKind::Null));
    let (then, otherwise, meaning) = match is_null {
        [false, false] => {
            let [then, otherwise] = branches.map(|branch| checker.expr(scope, branch));
            let meaning = unified(checker, "`if` gives", &[&then, &otherwise]);
            (then, otherwise, meaning)
        }
        [true, true] => {
            checker.diagnostics.push(
                Diagnostic::error(
                    codes::INVALID_VALUE,
                    branches[0].span.to(branches[1].span),
                    "both branches of `if` are `null`, so it never has a value",
                )
                .help("write a value in one of them, like `if(x > 0, x, null)`"),
            );
            return S::Node::unknown(span);
        }
        // What is not there is of the type and the unit of what is.
        [then_is_null, _] => {
            let (there, null) = if then_is_null { (1, 0) } else { (0, 1) };
            let there = checker.expr(scope, branches[there]);
            let meaning = there.meaning();
            let null =
                S::Node::build(Form::Literal(Literal::Null), meaning.clone(), branches[null].span);
            let (then, otherwise) = if then_is_null { (null, there) } else { (there, null) };
            (then, otherwise, meaning)
        }
    };
    let (condition, then, otherwise) = (Box::new(condition), Box::new(then), Box::new(otherwise));
    S::Node::build(Form::If { condition, then, otherwise }, meaning, span)
}

/// One type and unit for values of which one is taken.
fn unified<N: Node>(checker: &mut Checker<'_, '_>, what: &str, nodes: &[&N]) -> Meaning {
    let mut meaning = nodes[0].meaning();
    for node in &nodes[1..] {
        let (a, b) = (meaning.ty, node.ty());
        if a == Type::Unknown || b == Type::Unknown {
            return Meaning::unknown();
        }
        if a != b && !(a.is_numeric() && b.is_numeric()) {
            checker.diagnostics.push(
                Diagnostic::error(
                    codes::TYPE_MISMATCH,
                    node.span(),
                    format!("{what} either {} or {}", a.describe(), b.describe()),
                )
                .label(b.describe())
                .also(nodes[0].span(), a.describe())
                .help("both sides are of one type"),
            );
            return Meaning::unknown();
        }
        if a.is_numeric() {
            if !meaning.unit.goes_with(node.unit()) {
                let (a, b) = (meaning.unit.name(), node.unit().name());
                checker.diagnostics.push(
                    Diagnostic::error(
                        codes::UNIT_MISMATCH,
                        node.span(),
                        format!("{what} either {a} or {b}"),
                    )
                    .label(b)
                    .also(nodes[0].span(), a)
                    .help("use values of one unit"),
                );
                return Meaning::unknown();
            }
            meaning = Meaning {
                ty: wider(a, b),
                unit: if meaning.unit.is_plain() {
                    either_unit(nodes[0], *node)
                } else {
                    meaning.unit
                },
            };
        }
    }
    meaning
}

fn scalar<N: Node>(
    checker: &mut Checker<'_, '_>,
    function: ScalarFunction,
    nodes: &[N],
) -> Meaning {
    let all: Vec<&N> = nodes.iter().collect();
    let is_time = |ty| matches!(ty, Type::Date | Type::Timestamp);
    match function {
        ScalarFunction::Coalesce => unified(checker, "`coalesce` gives", &all),
        ScalarFunction::Least | ScalarFunction::Greatest => {
            let why = format!("`{}` takes numbers or times", function.name());
            let mut good = true;
            for node in nodes {
                good &= checker
                    .wants(node, &why, "a number or a time", |ty| ty.is_numeric() || is_time(ty));
            }
            if good {
                unified(checker, &format!("`{}` gives", function.name()), &all)
            } else {
                Meaning::unknown()
            }
        }
        ScalarFunction::Abs => {
            if checker.wants_number(&nodes[0], "`abs` takes a number") {
                nodes[0].meaning()
            } else {
                Meaning::unknown()
            }
        }
        ScalarFunction::Sqrt => root(checker, &nodes[0]),
        ScalarFunction::Round => round(checker, nodes),
        ScalarFunction::DaysBetween | ScalarFunction::BusinessDaysBetween => {
            let why = format!("`{}` takes two times", function.name());
            for node in nodes {
                checker.wants(node, &why, "a date or a timestamp", is_time);
            }
            let (ty, unit) = match function {
                ScalarFunction::DaysBetween => (Type::Number, "day"),
                _ => (Type::Integer, "business day"),
            };
            Meaning { ty, unit: Unit::of(Base::Time(unit.to_owned())) }
        }
        ScalarFunction::Day => {
            checker.wants(&nodes[0], "`day` takes a time", "a date or a timestamp", is_time);
            Meaning::plain(Type::Date)
        }
        ScalarFunction::Weekday
        | ScalarFunction::Month
        | ScalarFunction::Quarter
        | ScalarFunction::Year => {
            let why = format!("`{}` takes a time", function.name());
            checker.wants(&nodes[0], &why, "a date or a timestamp", is_time);
            Meaning::plain(Type::Integer)
        }
        ScalarFunction::Lower
        | ScalarFunction::Upper
        | ScalarFunction::Trim
        | ScalarFunction::Replace
        | ScalarFunction::SplitPart
        | ScalarFunction::Left
        | ScalarFunction::Length
        | ScalarFunction::Number => text(checker, function, nodes),
        ScalarFunction::Date => Meaning::plain(Type::Date),
        ScalarFunction::Timestamp => Meaning::plain(Type::Timestamp),
        ScalarFunction::Hour => {
            checker.wants(&nodes[0], "`hour` takes a timestamp", "a timestamp", |ty| {
                ty == Type::Timestamp
            });
            Meaning::plain(Type::Integer)
        }
    }
}

/// A function of a text, whose other arguments are texts but for a count at the end.
fn text<N: Node>(checker: &mut Checker<'_, '_>, function: ScalarFunction, nodes: &[N]) -> Meaning {
    let has_count = matches!(function, ScalarFunction::Left | ScalarFunction::SplitPart);
    let (texts, count) = nodes.split_at(nodes.len() - usize::from(has_count));
    let why = format!("`{}` takes text", function.name());
    for node in texts {
        checker.wants(node, &why, "text", |ty| ty == Type::Text);
    }
    for count in count {
        let counts = matches!(count.literal(), Some(Literal::Number(n)) if n.scale == 0 && (1..=10_000).contains(&n.mantissa));
        if !counts && count.ty() != Type::Unknown {
            let (what, form) = match function {
                ScalarFunction::Left => ("how many characters", "left(text, 15)"),
                _ => ("which part", "split_part(text, '@', 2), which counts from 1"),
            };
            let message = format!("{what} is a whole number from 1 to 10000");
            checker.diagnostics.push(
                Diagnostic::error(codes::INVALID_VALUE, count.span(), message)
                    .help(format!("write for example {form}")),
            );
        }
    }
    Meaning::plain(match function {
        ScalarFunction::Length => Type::Integer,
        ScalarFunction::Number => Type::Number,
        _ => Type::Text,
    })
}

/// The root of a number of things is a plain number; that of USD × USD is USD.
fn root<N: Node>(checker: &mut Checker<'_, '_>, node: &N) -> Meaning {
    if !checker.wants_number(node, "`sqrt` takes a number") {
        return Meaning::unknown();
    }
    if let Some(unit) = node.unit().root() {
        return Meaning { ty: Type::Number, unit };
    }
    let of = node.unit().name();
    checker.diagnostics.push(
        Diagnostic::error(
            codes::UNIT_MISMATCH,
            node.span(),
            format!("the square root of {of} has no unit"),
        )
        .label(of)
        .help("divide by a value of the same unit first, so that the root is of a plain number"),
    );
    Meaning::unknown()
}

fn round<N: Node>(checker: &mut Checker<'_, '_>, nodes: &[N]) -> Meaning {
    if let Some(digits) = nodes.get(1) {
        let whole = matches!(digits.literal(), Some(Literal::Number(n)) if n.scale == 0 && (-12..=12).contains(&n.mantissa));
        if !whole && digits.ty() != Type::Unknown {
            checker.diagnostics.push(
                Diagnostic::error(
                    codes::INVALID_VALUE,
                    digits.span(),
                    "how many digits to round to is a whole number from -12 to 12",
                )
                .help("write for example round(x, 2)"),
            );
        }
    }
    if checker.wants_number(&nodes[0], "`round` takes a number") {
        nodes[0].meaning()
    } else {
        Meaning::unknown()
    }
}
