//! The forms that rows and values share, and what may be brought into another order in them.

use super::{date, duration};
use crate::model::{ColumnSource, Form, Kind, Literal, Model, RowExpr, RowKind, Type, Typed};
use milepost_syntax::ast::{BinaryOp, Decimal, UnaryOp};

/// The text of a form. `sorts`: whether these operands may be brought into another order; whether anything may, if they
/// are none.
pub(super) fn form<K: Kind>(
    form: &Form<Typed<K>>,
    part: &dyn Fn(&Typed<K>) -> String,
    sorts: &dyn Fn(&[&Typed<K>]) -> bool,
) -> String {
    let not = |negated: bool| if negated { "not " } else { "" };
    let exact = !sorts(&[]);
    match form {
        Form::Literal(value) => literal(value, exact),
        Form::Unary { op: UnaryOp::Negate, operand } => format!("(-{})", part(operand)),
        Form::Unary { op: UnaryOp::Not, operand } => format!("(not {})", part(operand)),
        Form::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), left, right } => {
            let mut all = left.chain(*op);
            all.extend(right.chain(*op));
            if !sorts(&all) {
                return format!("({} {} {})", part(left), op.symbol(), part(right));
            }
            let mut all: Vec<String> = all.into_iter().map(part).collect();
            all.sort();
            all.dedup();
            match all.as_slice() {
                [one] => one.clone(),
                _ => format!("({})", all.join(&format!(" {} ", op.symbol()))),
            }
        }
        Form::Binary { op, left, right } => {
            let (a, b) = (part(left), part(right));
            match turned(*op, left, right) {
                Some(turned) if b < a && sorts(&[left, right]) => {
                    format!("({b} {} {a})", turned.symbol())
                }
                _ => format!("({a} {} {b})", op.symbol()),
            }
        }
        Form::In { operand, list, negated } => {
            let mut list: Vec<String> = list.iter().map(|item| literal(item, exact)).collect();
            if !exact {
                list.sort();
                list.dedup();
            }
            format!("({} {}in [{}])", part(operand), not(*negated), list.join(", "))
        }
        Form::Between { operand, low, high, negated } => {
            let (operand, low, high) = (part(operand), part(low), part(high));
            format!("({operand} {}between {low} and {high})", not(*negated))
        }
        Form::IsNull { operand, negated } => {
            format!("({} is {}null)", part(operand), not(*negated))
        }
        Form::If { condition, then, otherwise } => {
            format!("if({}, {}, {})", part(condition), part(then), part(otherwise))
        }
        Form::Call { function, args } => {
            let args: Vec<String> = args.iter().map(part).collect();
            format!("{}({})", function.name(), args.join(", "))
        }
    }
}

/// The operator that says the same with its sides exchanged. What is a sum itself stays where it is: long sums are added in
/// halves, from left to right.
fn turned<K: Kind>(op: BinaryOp, left: &Typed<K>, right: &Typed<K>) -> Option<BinaryOp> {
    let numbers = left.ty.is_numeric() && right.ty.is_numeric();
    let is_sum = |side: &Typed<K>| {
        matches!(
            side.kind.form(),
            Some(Form::Binary { op: BinaryOp::Add | BinaryOp::Subtract, .. })
        )
    };
    match op {
        BinaryOp::Equal | BinaryOp::NotEqual => Some(op),
        BinaryOp::Less => Some(BinaryOp::Greater),
        BinaryOp::LessOrEqual => Some(BinaryOp::GreaterOrEqual),
        BinaryOp::Greater => Some(BinaryOp::Less),
        BinaryOp::GreaterOrEqual => Some(BinaryOp::LessOrEqual),
        BinaryOp::Add if numbers && !is_sum(left) && !is_sum(right) => Some(op),
        BinaryOp::Multiply if numbers => Some(op),
        _ => None,
    }
}

fn literal(value: &Literal, exact: bool) -> String {
    match value {
        Literal::Number(number) => decimal(*number),
        Literal::Percent(number) => format!("{}%", decimal(*number)),
        Literal::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Literal::Boolean(value) => value.to_string(),
        Literal::Date(day) => date(*day),
        Literal::Duration(length) => duration(*length, exact),
        Literal::Null => "null".to_owned(),
    }
}

/// With all digits as written: `1.0` is no whole number.
fn decimal(number: Decimal) -> String {
    match number.scale {
        0 => number.mantissa.to_string(),
        scale => format!("{}e-{scale}", number.mantissa),
    }
}

/// Whether the value of a row may be too large to be computed, which ends a run.
pub(super) fn can_fail(model: &Model, expr: &RowExpr) -> bool {
    let own = match &expr.kind {
        RowKind::Column(path) => match &model[path.dataset][path.column].source {
            ColumnSource::Computed(value) => can_fail(model, value),
            ColumnSource::File(_) | ColumnSource::MemberName(_) => false,
        },
        RowKind::Form(form) => match form {
            Form::Unary { op: UnaryOp::Negate, .. } => true,
            // Whole numbers and decimals have a range; doubles don't end a run.
            Form::Binary {
                op: BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply,
                left,
                right,
            } => expr.ty != Type::Number || [left.ty, right.ty].contains(&Type::Decimal),
            Form::Call { function, .. } => function.can_fail(),
            _ => false,
        },
        // Judged: what it consults is computed by itself.
        _ => true,
    };
    own || expr.any_child(|child| can_fail(model, child))
}

/// The reasons that values may have instead of a number.
pub(super) mod reasons {
    use super::{BinaryOp, Form, Literal};
    use crate::model::{ScalarFunction, ValueExpr, ValueKind};

    /// Why a value may be no number.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Reasons {
        None,
        /// A division by zero alone.
        ZeroDenominator,
        /// There is no data alone.
        NoData,
        /// One of several.
        Several,
    }

    impl Reasons {
        const fn and(self, other: Self) -> Self {
            match (self, other) {
                (Self::None, one) | (one, Self::None) => one,
                (Self::ZeroDenominator, Self::ZeroDenominator) => Self::ZeroDenominator,
                (Self::NoData, Self::NoData) => Self::NoData,
                _ => Self::Several,
            }
        }
    }

    /// Whether no two of these values can have different reasons.
    pub(in crate::model::canonical) fn are_one(values: &[&ValueExpr]) -> bool {
        let found = values.iter().map(|value| of(value)).filter(|one| *one != Reasons::None);
        let all: Vec<Reasons> = found.collect();
        let [first, rest @ ..] = all.as_slice() else { return true };
        rest.is_empty() || (*first != Reasons::Several && rest.iter().all(|one| one == first))
    }

    fn of(value: &ValueExpr) -> Reasons {
        match &value.kind {
            ValueKind::Aggregate(_) | ValueKind::Prior { .. } | ValueKind::Blocks(_) => {
                Reasons::Several
            }
            ValueKind::BusinessDays => Reasons::None,
            ValueKind::Metric { value, .. } => of(value),
            ValueKind::Form(form) => own(form).and(operands(value, form)),
        }
    }

    /// What a form adds to the reasons of its operands.
    fn own(form: &Form<ValueExpr>) -> Reasons {
        match form {
            Form::Literal(Literal::Null) => Reasons::NoData,
            Form::Binary { op: BinaryOp::Divide, .. } => Reasons::ZeroDenominator,
            // What is no number, from an overflow, is above nothing and below nothing.
            Form::Binary { op, .. } if op.is_comparison() => Reasons::NoData,
            Form::Between { .. } => Reasons::NoData,
            Form::Call { function: ScalarFunction::Abs | ScalarFunction::Round, .. } => {
                Reasons::None
            }
            Form::Call { .. } => Reasons::NoData,
            _ => Reasons::None,
        }
    }

    fn operands(value: &ValueExpr, form: &Form<ValueExpr>) -> Reasons {
        if matches!(form, Form::IsNull { .. }) {
            return Reasons::None;
        }
        let mut all = Reasons::None;
        value.each_child(&mut |child| all = all.and(of(child)));
        all
    }
}
