//! What row expressions and value expressions share: forms, types, units.

use std::collections::BTreeSet;

use super::{functions, operators};
use crate::check::Checker;
use crate::model::{
    DatasetId, Form, Kind, Literal, RowKind, SegmentId, Type, Typed, Unit, ValueKind,
};
use crate::time::is_real_date;
use milepost_syntax::ast::{AggregateFunction, Decimal, Expr, ExprKind, UnaryOp};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::Span;

/// A mistake was reported: what depends on it stays silent.
pub(crate) struct Reported;

/// The type and the unit of an expression.
#[derive(Clone, Debug)]
pub(crate) struct Meaning {
    pub(crate) ty: Type,
    pub(crate) unit: Unit,
}

impl Meaning {
    pub(crate) fn plain(ty: Type) -> Self {
        Self { ty, unit: Unit::plain() }
    }

    pub(crate) fn unknown() -> Self {
        Self::plain(Type::Unknown)
    }
}

/// A checked expression of either level.
pub(crate) trait Node: Sized {
    fn build(form: Form<Self>, meaning: Meaning, span: Span) -> Self;
    fn ty(&self) -> Type;
    fn unit(&self) -> &Unit;
    fn span(&self) -> Span;
    fn literal(&self) -> Option<&Literal>;
    /// Whether it is a count of rows in the bucket, with no window of its own.
    fn is_bare_count(&self) -> bool;
    /// The segment whose bands it may have, if it is one.
    fn segment(&self) -> Option<SegmentId>;
    /// Adds the datasets whose columns it is made of.
    fn datasets(&self, found: &mut BTreeSet<DatasetId>);

    /// What stands for a part that is wrong; the mistake has been told.
    fn unknown(span: Span) -> Self {
        Self::build(Form::Literal(Literal::Boolean(false)), Meaning::unknown(), span)
    }

    fn meaning(&self) -> Meaning {
        Meaning { ty: self.ty(), unit: self.unit().clone() }
    }
}

/// Where names mean something: the rows of a dataset, dimensions, or metrics.
pub(crate) trait Scope {
    type Node: Node;
    /// Paths, aggregates, `over`, and calls that only this level has (`prior`).
    fn leaf(&mut self, checker: &mut Checker<'_, '_>, expr: &Expr) -> Self::Node;
}

impl Checker<'_, '_> {
    /// Checks an expression in a scope. What is wrong becomes an unknown part, told once.
    pub(crate) fn expr<S: Scope>(&mut self, scope: &mut S, expr: &Expr) -> S::Node {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Error => S::Node::unknown(span),
            ExprKind::Number(number) => {
                literal(Literal::Number(*number), number_type(*number), span)
            }
            ExprKind::Percent(number) => literal(Literal::Percent(*number), Type::Number, span),
            ExprKind::Duration(length) => literal(Literal::Duration(*length), Type::Duration, span),
            ExprKind::Text(text) => literal(Literal::Text(text.clone()), Type::Text, span),
            ExprKind::Bool(value) => literal(Literal::Boolean(*value), Type::Boolean, span),
            ExprKind::Null => {
                self.diagnostics.push(functions::misplaced_null(span));
                S::Node::unknown(span)
            }
            ExprKind::Date(date) => {
                if !is_real_date(*date) {
                    self.diagnostics.push(
                        Diagnostic::error(codes::INVALID_DATE, span, "there is no such day")
                            .help("write a day that exists, like `2026-01-31`"),
                    );
                    return S::Node::unknown(span);
                }
                literal(Literal::Date(*date), Type::Date, span)
            }
            ExprKind::Path(_) | ExprKind::Aggregate(_) | ExprKind::Over { .. } => {
                scope.leaf(self, expr)
            }
            ExprKind::Unary { op, operand } => {
                let operand = self.expr(scope, operand);
                self.unary(*op, operand, span)
            }
            ExprKind::Binary { op, op_span, left, right } => {
                let (written_left, written_right) = (left, right);
                let left = self.expr(scope, left);
                let right = self.expr(scope, right);
                if op.is_comparison() {
                    self.unquoted(&left, &right, written_right);
                    self.unquoted(&right, &left, written_left);
                }
                let meaning = operators::binary(self, *op, *op_span, &left, &right);
                let (left, right) = (Box::new(left), Box::new(right));
                S::Node::build(Form::Binary { op: *op, left, right }, meaning, span)
            }
            ExprKind::In { operand, list, negated } => {
                self.membership(scope, operand, list, *negated, span)
            }
            ExprKind::Between { operand, low, high, negated } => {
                let operand = self.expr(scope, operand);
                let low = self.expr(scope, low);
                let high = self.expr(scope, high);
                operators::between(self, &operand, &low, &high);
                let (operand, low, high) = (Box::new(operand), Box::new(low), Box::new(high));
                S::Node::build(
                    Form::Between { operand, low, high, negated: *negated },
                    Meaning::plain(Type::Boolean),
                    span,
                )
            }
            ExprKind::IsNull { operand, negated } => {
                let operand = Box::new(self.expr(scope, operand));
                S::Node::build(
                    Form::IsNull { operand, negated: *negated },
                    Meaning::plain(Type::Boolean),
                    span,
                )
            }
            ExprKind::Call { function, args } => match functions::parse(&function.node) {
                Some(found) => functions::call(self, scope, found, function, args, span),
                None => scope.leaf(self, expr),
            },
        }
    }

    fn unary<N: Node>(&mut self, op: UnaryOp, operand: N, span: Span) -> N {
        if let (UnaryOp::Negate, Some(Literal::Number(number))) = (op, operand.literal()) {
            let number = Decimal { mantissa: -number.mantissa, scale: number.scale };
            return literal(Literal::Number(number), number_type(number), span);
        }
        if let (UnaryOp::Negate, Some(Literal::Percent(number))) = (op, operand.literal()) {
            let number = Decimal { mantissa: -number.mantissa, scale: number.scale };
            return literal(Literal::Percent(number), Type::Number, span);
        }
        let meaning = match op {
            UnaryOp::Negate if self.wants_number(&operand, "`-` negates a number") => {
                operand.meaning()
            }
            UnaryOp::Not => {
                self.wants_boolean(&operand, "`not` turns true into false");
                Meaning::plain(Type::Boolean)
            }
            UnaryOp::Negate => Meaning::unknown(),
        };
        N::build(Form::Unary { op, operand: Box::new(operand) }, meaning, span)
    }

    fn membership<S: Scope>(
        &mut self,
        scope: &mut S,
        operand: &Expr,
        list: &[Expr],
        negated: bool,
        span: Span,
    ) -> S::Node {
        let operand = self.expr(scope, operand);
        let mut literals = Vec::with_capacity(list.len());
        for written in list {
            let item = self.expr(scope, written);
            self.unquoted(&operand, &item, written);
            if item.ty() == Type::Unknown {
                continue;
            }
            let Some(value) = item.literal() else {
                self.diagnostics.push(
                    Diagnostic::error(codes::INVALID_VALUE, item.span(), "the list after `in` holds values, not names or expressions")
                        .help("put texts in quotes, like `in ['a', 'b']`; compare with anything else by `=` and `or`"),
                );
                continue;
            };
            literals.push(value.clone());
            operators::comparable(self, "`in`", &operand, &item);
            self.known_band(&operand, &item);
        }
        S::Node::build(
            Form::In { operand: Box::new(operand), list: literals, negated },
            Meaning::plain(Type::Boolean),
            span,
        )
    }

    /// `name = login`: a name that is none, beside a text, may be a text without its quotes.
    fn unquoted<N: Node>(&mut self, beside: &N, unknown: &N, written: &Expr) {
        // Beside a text in quotes, what is not known is the column.
        let is_column = beside.literal().is_none();
        if is_column && (beside.ty(), unknown.ty()) == (Type::Text, Type::Unknown) {
            self.may_be_text(written);
        }
    }

    /// Offers quotes for a name that was just told to be none.
    pub(crate) fn may_be_text(&mut self, written: &Expr) {
        let ExprKind::Path(names) = &written.kind else { return };
        let [name] = names.as_slice() else { return };
        let help = format!("if it is a text, put it in quotes: `'{}'`", name.node);
        self.diagnostics.say_more(written.span, |told| {
            if !matches!(told.code, codes::UNKNOWN_COLUMN | codes::UNKNOWN_NAME) {
                return;
            }
            let is_list = |help: &String| help.contains(" are `");
            let at = usize::from(!told.help.first().is_none_or(is_list));
            told.help.insert(at, help);
        });
    }

    /// Whether it is a number; told when it is not.
    pub(crate) fn wants_number<N: Node>(&mut self, node: &N, why: &str) -> bool {
        self.wants(node, why, "a number", Type::is_numeric)
    }

    /// Whether it is true or false; told when it is not.
    pub(crate) fn wants_boolean<N: Node>(&mut self, node: &N, why: &str) -> bool {
        self.wants(node, why, "true or false", |ty| ty == Type::Boolean)
    }

    /// Whether the type is right. An unknown type is silent, and not right.
    pub(crate) fn wants<N: Node>(
        &mut self,
        node: &N,
        why: &str,
        what: &str,
        good: impl Fn(Type) -> bool,
    ) -> bool {
        let ty = node.ty();
        if ty != Type::Unknown && !good(ty) {
            self.diagnostics.push(
                Diagnostic::error(
                    codes::TYPE_MISMATCH,
                    node.span(),
                    format!("{why}, and this is {}", ty.describe()),
                )
                .label(format!("{}; {what} is expected", ty.describe()))
                .help(next_step(ty, what)),
            );
        }
        ty != Type::Unknown && good(ty)
    }
}

/// What to write where a value of another type is wanted.
fn next_step(found: Type, wanted: &str) -> &'static str {
    match (found, wanted) {
        (_, "true or false") => "write a condition, like `plan = 'pro'` or `seats > 0`",
        (Type::Text, _) => {
            "if it is a column that holds such values, declare its type under the dataset's `columns:`"
        }
        (Type::Boolean, "a number, a text or a time") => {
            "a condition stands by itself: `where active`, `where not active`"
        }
        (_, "a number") => "write a number, a column of numbers, an aggregate or a metric",
        (_, "text") => "write a text in quotes, or a column of text",
        _ => "write a column that holds a date or a timestamp",
    }
}

fn literal<N: Node>(value: Literal, ty: Type, span: Span) -> N {
    N::build(Form::Literal(value), Meaning::plain(ty), span)
}

const fn number_type(number: Decimal) -> Type {
    let fits = number.mantissa >= i64::MIN as i128 && number.mantissa <= i64::MAX as i128;
    if number.scale == 0 && fits { Type::Integer } else { Type::Number }
}

/// A level of checked expressions.
pub(crate) trait Level: Kind {
    fn is_bare_count(&self) -> bool;
    fn segment(&self) -> Option<SegmentId>;
    /// Adds the datasets whose columns it reads itself, apart from its operands.
    fn datasets(&self, found: &mut BTreeSet<DatasetId>);
}

impl<K: Level> Node for Typed<K> {
    fn build(form: Form<Self>, meaning: Meaning, span: Span) -> Self {
        Self { kind: form.into(), ty: meaning.ty, unit: meaning.unit, span }
    }

    fn ty(&self) -> Type {
        self.ty
    }

    fn unit(&self) -> &Unit {
        &self.unit
    }

    fn span(&self) -> Span {
        self.span
    }

    fn literal(&self) -> Option<&Literal> {
        self.as_literal()
    }

    fn is_bare_count(&self) -> bool {
        self.kind.is_bare_count()
    }

    fn segment(&self) -> Option<SegmentId> {
        self.kind.segment()
    }

    fn datasets(&self, found: &mut BTreeSet<DatasetId>) {
        self.kind.datasets(found);
        self.each_child(&mut |child| Node::datasets(child, found));
    }
}

impl Level for RowKind {
    fn is_bare_count(&self) -> bool {
        let Self::Inner(inner) = self else { return false };
        let found = &inner.aggregate;
        let rows = found.members.is_none() || found.on.is_some();
        let count = found.function == AggregateFunction::Count;
        count && rows && found.window.is_bare() && inner.within.is_none()
    }

    fn segment(&self) -> Option<SegmentId> {
        match self {
            Self::Segment(found) => Some(found.segment),
            _ => None,
        }
    }

    fn datasets(&self, found: &mut BTreeSet<DatasetId>) {
        match self {
            Self::Column(path) => _ = found.insert(path.dataset),
            Self::Inner(inner) => {
                inner.aggregate.args.iter().for_each(|arg| Node::datasets(arg, found));
            }
            _ => {}
        }
    }
}

impl Level for ValueKind {
    fn is_bare_count(&self) -> bool {
        matches!(self, Self::Aggregate(found) if found.function == AggregateFunction::Count && found.window.is_bare())
    }

    fn segment(&self) -> Option<SegmentId> {
        None
    }

    fn datasets(&self, found: &mut BTreeSet<DatasetId>) {
        if let Self::Aggregate(aggregate) = self {
            aggregate.args.iter().for_each(|arg| Node::datasets(arg, found));
        }
    }
}
