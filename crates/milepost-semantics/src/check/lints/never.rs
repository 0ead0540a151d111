//! Conditions that no row can meet, and conditions that every row meets.
//!
//! What is told is certain: two parts of one `and` (or `or`) that ask the same column for what excludes each other
//! (or leaves nothing out), a value that the dataset's own checks exclude, an hour or a weekday that no day has.

use std::cmp::Ordering;

use crate::check::Checker;
use crate::check::expressions::operators::order;
use crate::model::{CheckRule, Form, Literal, Path, RowExpr, RowKind, ScalarFunction};
use crate::resolve::list_of;
use milepost_syntax::ast::{BinaryOp, UnaryOp};
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::Span;
use milepost_syntax::{codes, suggest};

/// Lists after `in` that are longer are not compared with one another: the work would grow with their product.
const LONGEST_LIST: usize = 200;

static TRUE: Literal = Literal::Boolean(true);
static FALSE: Literal = Literal::Boolean(false);

/// What a condition looks at: a column, or the hour or weekday of one.
type Subject<'e> = (Option<ScalarFunction>, &'e Path);

/// What one part of a condition asks of its subject.
enum Limit<'e> {
    OneOf(Vec<&'e Literal>),
    NoneOf(Vec<&'e Literal>),
    Between(Option<End<'e>>, Option<End<'e>>),
    Null,
    NotNull,
}

/// An end of a range, and whether it is part of it.
type End<'e> = (&'e Literal, bool);

/// A part of a condition that asks one thing of one subject.
struct Part<'e> {
    subject: Subject<'e>,
    limit: Limit<'e>,
    span: Span,
}

impl Checker<'_, '_> {
    /// Tells what in a condition over rows is the same for every row.
    pub(crate) fn constant_parts(&mut self, condition: &RowExpr) {
        match &condition.kind {
            RowKind::Form(Form::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), .. }) => {
                let operands = condition.chain(*op);
                let parts: Vec<Part<'_>> = operands.iter().filter_map(|o| part(o)).collect();
                if *op == BinaryOp::And {
                    self.tell_never(&[], &parts, condition.span);
                } else {
                    self.tell_always(&parts);
                }
                operands.into_iter().for_each(|operand| self.constant_parts(operand));
            }
            RowKind::Form(Form::Unary { op: UnaryOp::Not, operand })
                if part(condition).is_none() =>
            {
                self.constant_parts(operand);
            }
            _ => {
                if let Some(part) = part(condition) {
                    self.tell_outside(&part);
                }
            }
        }
    }

    /// Tells what no row can meet because two conditions must hold that were looked at alone before.
    pub(crate) fn constant_together(&mut self, first: &RowExpr, second: &RowExpr) {
        fn parts(condition: &RowExpr) -> Vec<Part<'_>> {
            condition.conjuncts().into_iter().filter_map(part).collect()
        }
        let first_parts = parts(first);
        if !first_parts.is_empty() {
            self.tell_never(&first_parts, &parts(second), first.span);
        }
    }

    /// Two parts of an `and` that exclude each other: the first such pair of each subject. Of `known` no two do, or were told.
    fn tell_never(&mut self, known: &[Part<'_>], parts: &[Part<'_>], whole: Span) {
        let mut told: Vec<Subject<'_>> = Vec::new();
        for (i, part) in parts.iter().enumerate() {
            let others = if known.is_empty() { &parts[..i] } else { known };
            // A question may ask for what the metric leaves out: the answer is that there is none of it.
            let is_asked = |part: &Part<'_>| Some(part.span.source) == self.resolved.package.asked;
            let conflict = |p: &&Part<'_>| {
                p.subject == part.subject
                    && is_asked(p) == is_asked(part)
                    && exclude(&p.limit, &part.limit)
            };
            let Some(first) = others.iter().find(conflict) else { continue };
            if told.contains(&part.subject) {
                continue;
            }
            told.push(part.subject);
            let help = match (&first.limit, &part.limit) {
                // One stands in the `where` of a metric, the other in one of its aggregates.
                _ if part.span.source != whole.source || part.span.end > whole.end => {
                    "`where` of a metric holds for every aggregate in it, also of metrics that it names: remove one of the two".to_owned()
                }
                (Limit::OneOf(a), Limit::OneOf(b)) => {
                    let all: Vec<String> = a.iter().chain(b).filter_map(|l| written(l)).collect();
                    if all.len() == a.len() + b.len() {
                        format!("write `or`, or `in [{}]`", all.join(", "))
                    } else {
                        "write `or` if one of the two is enough".to_owned()
                    }
                }
                (Limit::Null, _) | (_, Limit::Null) => {
                    "null is never equal to, above or below anything: write `or` if one of the two is enough".to_owned()
                }
                (Limit::Between(..), Limit::Between(..)) => {
                    "swap the signs for what lies between, or write `or` for what lies outside".to_owned()
                }
                _ => "remove one of the two, or write `or` if one is enough".to_owned(),
            };
            self.diagnostics.push(
                Diagnostic::error(
                    codes::CONSTANT_CONDITION,
                    part.span,
                    "no row can meet both conditions, so nothing would be counted",
                )
                .also(first.span, "the other one")
                .help(help),
            );
        }
    }

    /// Two parts of an `or` of which every value meets one: the first such pair of each subject.
    fn tell_always(&mut self, parts: &[Part<'_>]) {
        let mut told: Vec<Subject<'_>> = Vec::new();
        for (i, part) in parts.iter().enumerate() {
            let Some(rest) = opposite(&part.limit) else { continue };
            let conflict = |p: &&Part<'_>| {
                p.subject == part.subject
                    && matches!(p.limit, Limit::Null | Limit::NotNull)
                        == matches!(part.limit, Limit::Null | Limit::NotNull)
                    && opposite(&p.limit).is_some_and(|other| exclude(&other, &rest))
            };
            let Some(first) = parts[..i].iter().find(conflict) else { continue };
            if told.contains(&part.subject) {
                continue;
            }
            told.push(part.subject);
            let name = self.subject_name(part.subject);
            let diagnostic = Diagnostic::warning(
                codes::ALWAYS_TRUE,
                part.span,
                match part.limit {
                    Limit::Null | Limit::NotNull => {
                        "every row meets one of these conditions, so they keep every row".to_owned()
                    }
                    _ => format!("whatever `{name}` is, it meets one of these conditions"),
                },
            )
            .also(first.span, "the other one");
            let diagnostic = match (&first.limit, &part.limit) {
                (Limit::NoneOf(a), Limit::NoneOf(b)) => {
                    let all: Vec<String> = a.iter().chain(b).filter_map(|l| written(l)).collect();
                    diagnostic.help(format!(
                        "to leave all of them out write `and`, or `{name} not in [{}]`",
                        all.join(", ")
                    ))
                }
                _ => diagnostic.help("write `and` if both must be true, or remove the conditions"),
            };
            self.diagnostics.push(match part.limit {
                Limit::Null | Limit::NotNull => diagnostic,
                _ => diagnostic
                    .help(format!("for every row that has a value write `{name} is not null`")),
            });
        }
    }

    /// A value that its subject never has.
    fn tell_outside(&mut self, part: &Part<'_>) {
        let (function, path) = part.subject;
        let Some(function) = function else { return self.tell_not_accepted(part, path) };
        if let Some(case) = case_of(function) {
            return self.tell_other_case(part, case);
        }
        let (name, low, high, words) = match function {
            ScalarFunction::Weekday => ("weekday", 1, 7, "1 (Monday) to 7 (Sunday)"),
            ScalarFunction::Hour => ("hour", 0, 23, "0 to 23"),
            ScalarFunction::Month => ("month", 1, 12, "1 (January) to 12 (December)"),
            ScalarFunction::Quarter => ("quarter", 1, 4, "1 to 4"),
            _ => return,
        };
        let (low, high) = (number(low), number(high));
        let whole = Limit::Between(Some((&low, true)), Some((&high, true)));
        if exclude(&whole, &part.limit) {
            self.diagnostics.push(
                Diagnostic::error(
                    codes::CONSTANT_CONDITION,
                    part.span,
                    format!("`{name}` is a number from {words}, so no row can meet this"),
                )
                .help(format!("write a number from {words}")),
            );
        }
    }

    /// A text with capitals beside one in small letters, or the other way around.
    fn tell_other_case(&mut self, part: &Part<'_>, (change, what): Case) {
        let Limit::OneOf(asked) = &part.limit else { return };
        let others = asked.iter().map(|literal| match literal {
            Literal::Text(text) if change(text) != *text => Some(text),
            _ => None,
        });
        let Some(others) = others.collect::<Option<Vec<&String>>>() else { return };
        let Some(first) = others.first() else { return };
        let name = self.subject_name(part.subject);
        let message = format!("`{name}` has {what}, so it is never '{first}'");
        self.diagnostics.push(
            Diagnostic::error(codes::CONSTANT_CONDITION, part.span, message)
                .help(format!("write '{}'", change(first))),
        );
    }

    /// A text that the `accepted` check of its column does not list: then either a row is against the check or the
    /// condition finds nothing.
    fn tell_not_accepted(&mut self, part: &Part<'_>, path: &Path) {
        let Limit::OneOf(asked) = &part.limit else { return };
        let dataset = self.dataset(path.dataset);
        let mut accepted = None;
        for check in dataset.checks.iter().filter(|check| check.fatal) {
            if let CheckRule::Accepted { column, values } = &check.rule
                && *column == path.column
            {
                accepted = Some((values, check.span));
            }
        }
        let Some((values, declared)) = accepted else { return };
        let strange: Vec<&str> = asked
            .iter()
            .filter_map(|literal| match literal {
                Literal::Text(text) if !values.contains(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        let name = &dataset[path.column].name;
        let Some(first) = strange.first().filter(|_| strange.len() == asked.len()) else { return };
        let mut told = Diagnostic::error(
            codes::CONSTANT_CONDITION,
            part.span,
            format!(
                "`{name}` is never '{first}', says a check of `{}`, so no row can meet this",
                dataset.name
            ),
        )
        .also(declared, "the values that the check accepts");
        if let Some(near) = suggest(first, values.iter().map(String::as_str)) {
            told = told.help(format!("did you mean '{near}'?"));
        }
        let list = list_of("the values are", values.iter().map(String::as_str));
        self.diagnostics
            .push(told.help(format!("{list}; add '{first}' to the check if the data may hold it")));
    }

    fn subject_name(&self, (function, path): Subject<'_>) -> String {
        let column = &self.dataset(path.dataset)[path.column].name;
        function.map_or_else(|| column.clone(), |f| format!("{}({column})", f.name()))
    }
}

/// What is done to all letters of a text, and what it has afterwards.
type Case = (fn(&str) -> String, &'static str);

/// What a function does to the letters of a text, if it changes them.
fn case_of(function: ScalarFunction) -> Option<Case> {
    match function {
        ScalarFunction::Lower => Some((|text| text.to_lowercase(), "small letters only")),
        ScalarFunction::Upper => Some((|text| text.to_uppercase(), "capitals only")),
        _ => None,
    }
}

fn number(n: i64) -> Literal {
    Literal::Number(milepost_syntax::ast::Decimal { mantissa: n.into(), scale: 0 })
}

/// What a condition asks of one subject, if it is of that simple kind.
fn part(expr: &RowExpr) -> Option<Part<'_>> {
    let made = |subject, limit| Some(Part { subject, limit, span: expr.span });
    match &expr.kind {
        RowKind::Column(path) => made((None, path), Limit::OneOf(vec![&TRUE])),
        RowKind::Form(Form::Unary { op: UnaryOp::Not, operand }) => match &operand.kind {
            RowKind::Column(path) => made((None, path), Limit::OneOf(vec![&FALSE])),
            _ => None,
        },
        RowKind::Form(Form::IsNull { operand, negated }) => {
            made(subject(operand)?, if *negated { Limit::NotNull } else { Limit::Null })
        }
        RowKind::Form(Form::In { operand, list, negated }) if list.len() <= LONGEST_LIST => {
            let list = list.iter().collect();
            made(subject(operand)?, if *negated { Limit::NoneOf(list) } else { Limit::OneOf(list) })
        }
        RowKind::Form(Form::Between { operand, low, high, negated: false }) => {
            let (low, high) = (literal(low)?, literal(high)?);
            made(subject(operand)?, Limit::Between(Some((low, true)), Some((high, true))))
        }
        RowKind::Form(Form::Binary { op, left, right }) => {
            let (subject, value, op) = match (literal(left), literal(right)) {
                (None, Some(value)) => (subject(left)?, value, *op),
                (Some(value), None) => (subject(right)?, value, turned(*op)),
                _ => return None,
            };
            made(subject, compared(op, value)?)
        }
        _ => None,
    }
}

fn subject(expr: &RowExpr) -> Option<Subject<'_>> {
    match &expr.kind {
        RowKind::Column(path) => Some((None, path)),
        RowKind::Form(Form::Call { function, args }) => match args.as_slice() {
            [RowExpr { kind: RowKind::Column(path), .. }] => Some((Some(*function), path)),
            _ => None,
        },
        _ => None,
    }
}

const fn literal(expr: &RowExpr) -> Option<&Literal> {
    match &expr.kind {
        RowKind::Form(Form::Literal(Literal::Null)) => None,
        RowKind::Form(Form::Literal(literal)) => Some(literal),
        _ => None,
    }
}

/// `5 < x` is `x > 5`.
const fn turned(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Less => BinaryOp::Greater,
        BinaryOp::LessOrEqual => BinaryOp::GreaterOrEqual,
        BinaryOp::Greater => BinaryOp::Less,
        BinaryOp::GreaterOrEqual => BinaryOp::LessOrEqual,
        other => other,
    }
}

fn compared(op: BinaryOp, value: &Literal) -> Option<Limit<'_>> {
    match op {
        BinaryOp::Equal => Some(Limit::OneOf(vec![value])),
        BinaryOp::NotEqual => Some(Limit::NoneOf(vec![value])),
        BinaryOp::Less => Some(Limit::Between(None, Some((value, false)))),
        BinaryOp::LessOrEqual => Some(Limit::Between(None, Some((value, true)))),
        BinaryOp::Greater => Some(Limit::Between(Some((value, false)), None)),
        BinaryOp::GreaterOrEqual => Some(Limit::Between(Some((value, true)), None)),
        _ => None,
    }
}

/// What a value that is not null meets exactly when it does not meet `limit`; absent where that is no single limit.
fn opposite<'e>(limit: &Limit<'e>) -> Option<Limit<'e>> {
    match limit {
        Limit::OneOf(list) => Some(Limit::NoneOf(list.clone())),
        Limit::NoneOf(list) => Some(Limit::OneOf(list.clone())),
        Limit::Between(None, Some((end, closed))) => {
            Some(Limit::Between(Some((*end, !closed)), None))
        }
        Limit::Between(Some((end, closed)), None) => {
            Some(Limit::Between(None, Some((*end, !closed))))
        }
        Limit::Between(..) => None,
        Limit::Null => Some(Limit::NotNull),
        Limit::NotNull => Some(Limit::Null),
    }
}

/// Whether nothing meets both, for certain.
fn exclude(a: &Limit<'_>, b: &Limit<'_>) -> bool {
    match (a, b) {
        (Limit::Null, Limit::Null) => false,
        (Limit::Null, _) | (_, Limit::Null) => true,
        (Limit::NotNull, _) | (_, Limit::NotNull) | (Limit::NoneOf(_), Limit::NoneOf(_)) => false,
        (Limit::OneOf(list), other) | (other, Limit::OneOf(list)) => {
            !list.is_empty() && list.iter().all(|value| outside(value, other))
        }
        (Limit::Between(low_a, high_a), Limit::Between(low_b, high_b)) => {
            before(*high_a, *low_b) || before(*high_b, *low_a)
        }
        (Limit::Between(..), Limit::NoneOf(_)) | (Limit::NoneOf(_), Limit::Between(..)) => false,
    }
}

/// Whether a value does not meet a limit, for certain.
fn outside(value: &Literal, limit: &Limit<'_>) -> bool {
    match limit {
        Limit::OneOf(list) => list.iter().all(|other| different(value, other)),
        Limit::NoneOf(list) => list.iter().any(|other| same(value, other)),
        Limit::Between(low, high) => {
            before(Some((value, true)), *low) || before(*high, Some((value, true)))
        }
        Limit::Null => true,
        Limit::NotNull => false,
    }
}

/// Whether everything up to `high` lies before everything from `low` on.
fn before(high: Option<End<'_>>, low: Option<End<'_>>) -> bool {
    let (Some((high, high_closed)), Some((low, low_closed))) = (high, low) else { return false };
    match order(high, low) {
        Some(Ordering::Less) => true,
        Some(Ordering::Equal) => !(high_closed && low_closed),
        Some(Ordering::Greater) | None => false,
    }
}

fn same(a: &Literal, b: &Literal) -> bool {
    a == b || order(a, b) == Some(Ordering::Equal)
}

fn different(a: &Literal, b: &Literal) -> bool {
    match (a, b) {
        (Literal::Boolean(a), Literal::Boolean(b)) => a != b,
        _ => order(a, b).is_some_and(|order| order != Ordering::Equal),
    }
}

/// A text or a whole number, as the author writes it.
fn written(literal: &Literal) -> Option<String> {
    match literal {
        Literal::Text(text) => Some(format!("'{}'", text.replace('\'', "''"))),
        Literal::Number(n) if n.scale == 0 => Some(n.mantissa.to_string()),
        _ => None,
    }
}
