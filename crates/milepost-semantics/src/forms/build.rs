//! Expressions that forms write, all at the place of what the author wrote; and what forms say and read alike.

use milepost_syntax::ast::{
    Aggregate, AggregateFunction, BestRow, BinaryOp, Decimal, Duration, Expr, ExprKind, Linked,
    UnaryOp, Window,
};
use milepost_syntax::span::{Span, Spanned};

/// A name as people read it.
pub(crate) fn plain(name: &str) -> String {
    name.replace('_', " ")
}

/// Whether a field says that word.
pub(crate) fn says(field: Option<&Spanned<String>>, word: &str) -> bool {
    field.is_some_and(|written| written.node == word)
}

/// Writes expressions at a place.
#[derive(Clone, Copy)]
pub(crate) struct Writer {
    pub(crate) span: Span,
}

impl Writer {
    fn of(self, kind: ExprKind) -> Expr {
        Expr { kind, span: self.span }
    }

    fn named(self, name: &str) -> Spanned<String> {
        self.at(name.to_owned())
    }

    pub(crate) const fn at<T>(self, node: T) -> Spanned<T> {
        Spanned::new(node, self.span)
    }

    pub(crate) fn number(self, number: i64) -> Expr {
        self.of(ExprKind::Number(Decimal { mantissa: number.into(), scale: 0 }))
    }

    pub(crate) fn text(self, text: &str) -> Expr {
        self.of(ExprKind::Text(text.to_owned()))
    }

    /// `null`
    pub(crate) fn nothing(self) -> Expr {
        self.of(ExprKind::Null)
    }

    pub(crate) fn literal(self, value: bool) -> Expr {
        self.of(ExprKind::Bool(value))
    }

    /// A name.
    pub(crate) fn name(self, name: &Spanned<String>) -> Expr {
        Expr { kind: ExprKind::Path(vec![name.clone()]), span: name.span }
    }

    /// A column of the rows of a dataset or a behavior.
    pub(crate) fn column(self, rows: &Spanned<String>, column: &str) -> Expr {
        self.of(ExprKind::Path(vec![rows.clone(), self.named(column)]))
    }

    pub(crate) fn binary(self, op: BinaryOp, left: Expr, right: Expr) -> Expr {
        let (left, right) = (Box::new(left), Box::new(right));
        self.of(ExprKind::Binary { op, op_span: self.span, left, right })
    }

    /// What must all hold; at least one.
    pub(crate) fn all(self, conditions: impl IntoIterator<Item = Expr>) -> Option<Expr> {
        conditions.into_iter().reduce(|left, right| self.binary(BinaryOp::And, left, right))
    }

    pub(crate) fn not(self, operand: Expr) -> Expr {
        self.of(ExprKind::Unary { op: UnaryOp::Not, operand: Box::new(operand) })
    }

    pub(crate) fn is_null(self, operand: Expr) -> Expr {
        self.of(ExprKind::IsNull { operand: Box::new(operand), negated: false })
    }

    pub(crate) fn call(self, function: &str, args: Vec<Expr>) -> Expr {
        self.of(ExprKind::Call { function: self.named(function), args })
    }

    pub(crate) fn length(self, length: Duration) -> Expr {
        self.of(ExprKind::Duration(length))
    }

    pub(crate) fn aggregate(self, function: AggregateFunction, subject: Expr) -> Reduce {
        Reduce(Aggregate::of(self.at(function), subject))
    }
}

/// An aggregate that is being written.
pub(crate) struct Reduce(Aggregate);

impl Reduce {
    /// `per account`
    pub(crate) fn per(mut self, of: impl Into<Option<Spanned<String>>>) -> Self {
        self.0.per = of.into();
        self
    }

    /// `count(distinct …)`
    pub(crate) const fn distinct(mut self) -> Self {
        self.0.distinct = Some(self.0.function.span);
        self
    }

    /// Of the rows of each member only that of the highest rank counts, of several the earliest.
    pub(crate) fn best(mut self, of: Spanned<String>, rank: Expr) -> Self {
        self.0.best = Some(Box::new(BestRow { of, rank }));
        self
    }

    /// What is listed of each row.
    pub(crate) fn listed(mut self, listed: Vec<Expr>) -> Self {
        self.0.listed = listed;
        self
    }

    /// What stands after the subject.
    pub(crate) fn arguments(mut self, arguments: impl IntoIterator<Item = Expr>) -> Self {
        self.0.arguments = arguments.into_iter().collect();
        self
    }

    /// `on ended_at`
    pub(crate) fn on(mut self, time: impl Into<Option<Expr>>) -> Self {
        self.0.on = time.into();
        self
    }

    /// `over 90 days`, if there is a window.
    pub(crate) fn window(mut self, window: impl Into<Option<Spanned<Window>>>) -> Self {
        self.0.window = window.into();
        self
    }

    /// `with same contact`, if rows are linked.
    pub(crate) fn linked(mut self, linked: Option<Spanned<Linked>>) -> Self {
        self.0.linked = linked;
        self
    }

    /// `where`, if there is a condition.
    pub(crate) fn filter(mut self, condition: impl Into<Option<Expr>>) -> Self {
        self.0.filter = condition.into();
        self
    }

    pub(crate) fn done(self) -> Expr {
        let span = self.0.function.span;
        self.over(span)
    }

    /// Of a place with all that its author wrote for it.
    pub(crate) fn over(self, span: Span) -> Expr {
        Expr { kind: ExprKind::Aggregate(Box::new(self.0)), span }
    }
}
