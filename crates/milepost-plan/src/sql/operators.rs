//! Operators and functions over printed operands.

use milepost_semantics::model::{Form, ScalarFunction};
use milepost_syntax::ast::BinaryOp;

/// A scalar function over printed arguments; `date`: the first argument is a calendar day.
pub(super) fn scalar_call(function: ScalarFunction, date: bool, args: &[String]) -> String {
    let first = args.first().map_or("NULL", String::as_str);
    let list = args.join(", ");
    let day = if date { first.to_owned() } else { format!("local_date({first})") };
    let null_if_any = |name: &str| {
        let any: Vec<String> = args.iter().map(|a| format!("{a} IS NULL")).collect();
        format!("CASE WHEN {} THEN NULL ELSE {name}({list}) END", any.join(" OR "))
    };
    match function {
        ScalarFunction::Coalesce => format!("coalesce({list})"),
        ScalarFunction::Abs => format!("abs({first})"),
        ScalarFunction::Sqrt => format!("square_root({first})"),
        ScalarFunction::Round => match args {
            [x] => format!("round({x})"),
            [x, digits, ..] => format!("round(CAST({x} AS DOUBLE), {digits})"),
            [] => "NULL".to_owned(),
        },
        ScalarFunction::Least => null_if_any("least"),
        ScalarFunction::Greatest => null_if_any("greatest"),
        ScalarFunction::DaysBetween => format!("elapsed_days({list})"),
        ScalarFunction::BusinessDaysBetween => format!("business_days_between({list})"),
        ScalarFunction::Day if date => first.to_owned(),
        ScalarFunction::Day => format!("local_date({first})"),
        ScalarFunction::Weekday if date => format!("date_weekday({first})"),
        ScalarFunction::Weekday => format!("local_weekday({first})"),
        ScalarFunction::Hour if date => "0".to_owned(),
        ScalarFunction::Hour => format!("local_hour({first})"),
        ScalarFunction::Month => format!("date_month({day})"),
        ScalarFunction::Quarter => format!("date_quarter({day})"),
        ScalarFunction::Year => format!("date_year({day})"),
        ScalarFunction::Lower => format!("text_lower({first})"),
        ScalarFunction::Upper => format!("text_upper({first})"),
        ScalarFunction::Trim => format!("text_trim({first})"),
        ScalarFunction::Replace => format!("text_replace({list})"),
        ScalarFunction::SplitPart => format!("text_part({list})"),
        ScalarFunction::Left => format!("text_left({list})"),
        ScalarFunction::Length => format!("text_length({first})"),
        ScalarFunction::Number => format!("text_number({first})"),
        ScalarFunction::Date => format!("text_date({list})"),
        ScalarFunction::Timestamp if args.len() == 2 => format!("text_instant({list})"),
        ScalarFunction::Timestamp => format!("text_timestamp({list})"),
    }
}

/// What a sum is made of, from left to right, each term with the sign before it. `form`: of an expression, if it is one.
pub(super) fn sum_terms<'e, E>(
    expr: &'e E,
    form: &dyn Fn(&'e E) -> Option<&'e Form<E>>,
) -> Vec<(BinaryOp, &'e E)> {
    match form(expr) {
        Some(Form::Binary { op: op @ (BinaryOp::Add | BinaryOp::Subtract), left, right }) => {
            let mut terms = sum_terms(&**left, form);
            terms.push((*op, &**right));
            terms
        }
        _ => vec![(BinaryOp::Add, expr)],
    }
}

/// Longer sums are added in halves: engines go as deep as sums are long, and take ever longer for it.
const LONG: usize = 32;

/// A sum of printed terms, each with the sign before it.
pub(super) fn sum_of(terms: Vec<(BinaryOp, String)>) -> String {
    if terms.len() > LONG {
        let terms = terms.into_iter().map(|(sign, term)| match sign {
            BinaryOp::Subtract => format!("(-{term})"),
            _ => term,
        });
        return halves(&terms.collect::<Vec<_>>());
    }
    let sum = terms
        .into_iter()
        .reduce(|(sign, sum), (op, term)| (sign, format!("({sum} {} {term})", operator(op))));
    sum.map_or_else(|| "0".to_owned(), |(_, sum)| sum)
}

fn halves(terms: &[String]) -> String {
    match terms {
        [one] => one.clone(),
        _ => {
            let (left, right) = terms.split_at(terms.len().div_ceil(2));
            format!("({} + {})", halves(left), halves(right))
        }
    }
}

/// The SQL of an operator that both languages write between its operands.
pub(super) const fn operator(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => "OR",
        BinaryOp::And => "AND",
        BinaryOp::Equal => "=",
        BinaryOp::NotEqual => "<>",
        BinaryOp::Less => "<",
        BinaryOp::LessOrEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterOrEqual => ">=",
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::StartsWith | BinaryOp::Contains => ",",
    }
}

pub(super) const fn not(negated: bool) -> &'static str {
    if negated { "NOT " } else { "" }
}
