//! Operators and functions over printed operands.

use milepost_semantics::model::ScalarFunction;
use milepost_syntax::ast::BinaryOp;

/// A scalar function over printed arguments; `date`: the first argument is a calendar day.
pub(super) fn scalar_call(function: ScalarFunction, date: bool, args: &[String]) -> String {
    let first = args.first().map_or("NULL", String::as_str);
    let list = args.join(", ");
    let null_if_any = |name: &str| {
        let any: Vec<String> = args.iter().map(|a| format!("{a} IS NULL")).collect();
        format!("CASE WHEN {} THEN NULL ELSE {name}({list}) END", any.join(" OR "))
    };
    match function {
        ScalarFunction::Coalesce => format!("coalesce({list})"),
        ScalarFunction::Abs => format!("abs({first})"),
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
