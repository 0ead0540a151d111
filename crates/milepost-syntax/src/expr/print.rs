//! Trees to canonical text: single spaces, and only the parentheses that are needed.
//!
//! The text reads back as an equal tree, places aside.

use super::fold::{Breakable, Hang, Output};
use crate::ast::{
    Aggregate, BinaryOp, Date, Decimal, Duration, DurationStyle, Expr, ExprKind, Linked, Step,
    StepClock, TimeUnit, UnaryOp, Window,
};
use crate::source::SourceFile;

/// The canonical text of an expression. A part that could not be read prints as `<error>`.
#[must_use]
pub fn print_expr(expr: &Expr) -> String {
    let mut printer = Printer { out: String::new(), source: None };
    printer.expr(expr, Level::Or, Place::Open);
    printer.out
}

/// The canonical text of a window: `over 28 days`, `ever before`.
#[must_use]
pub fn print_window(window: &Window) -> String {
    let mut printer = Printer { out: String::new(), source: None };
    printer.window(window);
    printer.out
}

/// The canonical text with the places at which it may be broken. With the file that the expression
/// is in, numbers stay as the author wrote them (`165_000`).
pub(crate) fn lay_out(expr: &Expr, source: Option<&SourceFile>) -> Breakable {
    let mut printer = Printer { out: Breakable::default(), source };
    printer.expr(expr, Level::Or, Place::Open);
    printer.out
}

/// The canonical text of a duration: `28 days`, `1 month`, `5 business days`.
#[must_use]
pub fn print_duration(duration: &Duration) -> String {
    let style = match duration.style {
        DurationStyle::Plain => "",
        DurationStyle::Calendar => "calendar ",
        DurationStyle::Business => "business ",
    };
    let unit = match duration.unit {
        TimeUnit::Second => "second",
        TimeUnit::Minute => "minute",
        TimeUnit::Hour => "hour",
        TimeUnit::Day => "day",
        TimeUnit::Week => "week",
        TimeUnit::Month => "month",
        TimeUnit::Quarter => "quarter",
        TimeUnit::Year => "year",
    };
    let plural = if duration.count == 1 { "" } else { "s" };
    format!("{} {style}{unit}{plural}", duration.count)
}

/// How strongly an expression holds together, weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Comparison,
    Sum,
    Product,
    Negation,
    Primary,
}

/// Whether `over` may be bare, or would be taken for the window of the aggregate around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Open,
    Bare,
}

struct Printer<'a, O> {
    out: O,
    source: Option<&'a SourceFile>,
}

impl<O: Output> Printer<'_, O> {
    fn expr(&mut self, expr: &Expr, at_least: Level, place: Place) {
        let needs_parentheses = level(expr) < at_least
            || (place == Place::Bare && matches!(expr.kind, ExprKind::Over { .. }));
        if needs_parentheses {
            self.push("(");
            self.out.open(Hang::Here);
            self.kind(expr, Place::Open);
            self.out.close();
            self.push(")");
        } else {
            self.kind(expr, place);
        }
    }

    fn kind(&mut self, expr: &Expr, place: Place) {
        let kind = &expr.kind;
        match kind {
            ExprKind::Error => self.push("<error>"),
            ExprKind::Number(_) | ExprKind::Percent(_) if self.number_as_written(expr) => {}
            ExprKind::Number(number) => self.decimal(*number),
            ExprKind::Percent(number) => {
                self.decimal(*number);
                self.push("%");
            }
            ExprKind::Duration(duration) => self.push(&print_duration(duration)),
            ExprKind::Date(Date { year, month, day }) => {
                self.push(&format!("{year:04}-{month:02}-{day:02}"));
            }
            ExprKind::Text(text) => self.push(&format!("'{}'", text.replace('\'', "''"))),
            ExprKind::Bool(value) => self.push(if *value { "true" } else { "false" }),
            ExprKind::Null => self.push("null"),
            ExprKind::Path(path) => {
                self.join(path.iter().map(|segment| segment.node.as_str()), ".");
            }
            ExprKind::Unary { op: UnaryOp::Negate, operand } => {
                self.push("-");
                self.expr(operand, Level::Negation, place);
            }
            ExprKind::Unary { op: UnaryOp::Not, operand } => {
                self.push("not ");
                self.expr(operand, Level::Not, place);
            }
            ExprKind::Binary { op, left, right, .. } => self.binary(*op, left, right, place),
            ExprKind::In { .. } | ExprKind::Between { .. } | ExprKind::IsNull { .. } => {
                self.test(kind, place);
            }
            ExprKind::Call { function, args } => {
                self.push(&function.node);
                self.push("(");
                self.list(args, Hang::Here);
                self.push(")");
            }
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate),
            ExprKind::Over { operand, window } => {
                self.expr(operand, Level::Primary, Place::Bare);
                self.push(" ");
                self.window(&window.node);
            }
        }
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr, place: Place) {
        let (own, right_level) = match binary_level(op) {
            Level::Or => (Level::Or, Level::And),
            Level::And => (Level::And, Level::Not),
            Level::Sum => (Level::Sum, Level::Product),
            Level::Product => (Level::Product, Level::Negation),
            // Comparisons do not chain: both sides must be stronger.
            Level::Not | Level::Comparison | Level::Negation | Level::Primary => {
                self.out.open(Hang::Two);
                self.expr(left, Level::Sum, place);
                self.operator(op, is_short(left) || is_short(right));
                self.expr(right, Level::Sum, place);
                self.out.close();
                return;
            }
        };
        // A row of operators of one level breaks before each of them, or before none.
        let mut rest = vec![(op, right)];
        let mut first = left;
        while let ExprKind::Binary { op, left, right, .. } = &first.kind
            && binary_level(*op) == own
        {
            rest.push((*op, right));
            first = left;
        }
        self.out.open(Hang::Same);
        self.expr(first, own, place);
        for (at, (op, operand)) in rest.into_iter().rev().enumerate() {
            let glued = matches!(own, Level::Sum | Level::Product)
                && (is_short(operand) || (at == 0 && is_short(first)));
            self.operator(op, glued);
            self.expr(operand, right_level, place);
        }
        self.out.close();
    }

    /// An operator between its operands; one that is glued never begins a line.
    fn operator(&mut self, op: BinaryOp, glued: bool) {
        if glued {
            self.push(" ");
        } else {
            self.out.line();
        }
        self.push(op.symbol());
        self.push(" ");
    }

    fn test(&mut self, kind: &ExprKind, place: Place) {
        match kind {
            ExprKind::In { operand, list, negated } => {
                self.expr(operand, Level::Sum, place);
                self.push(if *negated { " not in [" } else { " in [" });
                self.list(list, Hang::Fill);
                self.push("]");
            }
            ExprKind::Between { operand, low, high, negated } => {
                self.expr(operand, Level::Sum, place);
                self.push(if *negated { " not between " } else { " between " });
                self.expr(low, Level::Sum, place);
                self.push(" and ");
                self.expr(high, Level::Sum, place);
            }
            ExprKind::IsNull { operand, negated } => {
                self.expr(operand, Level::Sum, place);
                self.push(if *negated { " is not null" } else { " is null" });
            }
            _ => {}
        }
    }

    fn aggregate(&mut self, aggregate: &Aggregate) {
        self.push(aggregate.function.node.name());
        self.push("(");
        self.out.open(Hang::Here);
        if aggregate.distinct.is_some() {
            self.push("distinct ");
        }
        self.expr(&aggregate.subject, Level::Or, Place::Bare);
        for argument in &aggregate.arguments {
            self.push(", ");
            self.expr(argument, Level::Or, Place::Bare);
        }
        if let Some(per) = &aggregate.per {
            self.push(" per ");
            self.push(&per.node);
        }
        if let Some(best) = &aggregate.best {
            self.push(&format!(", one of each {}, that of the highest ", best.of.node));
            self.expr(&best.rank, Level::Or, Place::Bare);
        }
        if let Some(on) = &aggregate.on {
            self.push(" on ");
            self.expr(on, Level::Or, Place::Bare);
        }
        if let Some(window) = &aggregate.window {
            self.push(" ");
            self.window(&window.node);
        }
        if let Some(linked) = &aggregate.linked {
            self.linked(&linked.node);
        }
        if let Some(filter) = &aggregate.filter {
            self.out.line();
            self.push("where ");
            self.out.open(Hang::Two);
            self.expr(filter, Level::Or, Place::Open);
            self.out.close();
        }
        self.out.close();
        self.push(")");
    }

    fn window(&mut self, window: &Window) {
        match window {
            Window::Over { length, before } => {
                self.push("over ");
                self.push(&print_duration(&length.node));
                self.push(if *before { " before" } else { "" });
            }
            Window::Ever { before } => self.push(if *before { "ever before" } else { "ever" }),
            Window::Since(since) => {
                self.push("since ");
                self.expr(since, Level::Or, Place::Bare);
            }
            Window::ToDate(period) => {
                self.push("to date in ");
                self.push(&period.node.replace('_', " "));
            }
            Window::AtStart => self.push("at start"),
            Window::AtEnd => self.push("at end"),
            Window::Average => self.push("average"),
            Window::Step { step, clock } => self.push(&print_step(*step, *clock)),
        }
    }

    fn linked(&mut self, linked: &Linked) {
        self.out.line();
        self.push("with same ");
        self.join(linked.same.iter().map(|name| name.node.as_str()), ", ");
        if let Some(within) = &linked.within {
            self.push(" within ");
            self.push(&print_duration(&within.node));
        }
        if linked.before {
            self.push(" before");
        } else if linked.anchor.is_some() {
            self.push(" after");
        }
        if let Some(anchor) = &linked.anchor {
            self.push(" ");
            self.expr(anchor, Level::Or, Place::Bare);
        }
        if let Some(since) = &linked.since {
            self.push(if since.apart { ", later than " } else { ", from " });
            self.expr(&since.time, Level::Or, Place::Bare);
        }
    }

    fn list(&mut self, list: &[Expr], hang: Hang) {
        self.out.open(hang);
        for (index, expr) in list.iter().enumerate() {
            if index > 0 {
                self.push(",");
                self.out.line();
            }
            self.expr(expr, Level::Or, Place::Open);
        }
        self.out.close();
    }

    fn join<'a>(&mut self, words: impl Iterator<Item = &'a str>, separator: &str) {
        for (index, word) in words.enumerate() {
            if index > 0 {
                self.push(separator);
            }
            self.push(word);
        }
    }

    fn decimal(&mut self, number: Decimal) {
        let scale = usize::from(number.scale);
        let digits = format!("{:0>width$}", number.mantissa, width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        self.push(whole);
        if scale > 0 {
            self.push(".");
            self.push(fraction);
        }
    }

    /// Takes a number over from the author's file, with the `_` in it. Says whether it did.
    fn number_as_written(&mut self, expr: &Expr) -> bool {
        let written = self.source.map_or("", |source| source.slice(expr.span));
        let is_number = written.starts_with(|c: char| c.is_ascii_digit())
            && written.chars().all(|c| c.is_ascii_digit() || matches!(c, '_' | '.' | '%'));
        if is_number {
            self.push(written);
        }
        is_number
    }

    fn push(&mut self, text: &str) {
        self.out.text(text);
    }
}

/// Words for a step of time, which has no spelling: `3 buckets later`, `from 21 days later to 28 days later`.
#[must_use]
pub fn print_step(Step { number, onward }: Step, clock: StepClock) -> String {
    match (clock, onward) {
        (StepClock::Calendar, _) => {
            let s = if number == 1 { "" } else { "s" };
            format!("{number} bucket{s} later{}", if onward { " or after that" } else { "" })
        }
        (StepClock::Elapsed(length), true) => {
            format!("from {} later on", print_duration(&length.times(number)))
        }
        (StepClock::Elapsed(length), false) => format!(
            "from {} later to {} later",
            print_duration(&length.times(number)),
            print_duration(&length.times(number + 1))
        ),
    }
}

/// Whether an operand is too little to be on a line of its own.
fn is_short(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Number(_)
            | ExprKind::Percent(_)
            | ExprKind::Duration(_)
            | ExprKind::Date(_)
            | ExprKind::Bool(_)
            | ExprKind::Null
    )
}

fn level(expr: &Expr) -> Level {
    match &expr.kind {
        ExprKind::Binary { op, .. } => binary_level(*op),
        ExprKind::Unary { op: UnaryOp::Not, .. } => Level::Not,
        ExprKind::Unary { op: UnaryOp::Negate, .. } => Level::Negation,
        ExprKind::In { .. } | ExprKind::Between { .. } | ExprKind::IsNull { .. } => {
            Level::Comparison
        }
        // `M over D` takes no second `over`, and a sign goes before it.
        ExprKind::Over { .. } => Level::Negation,
        _ => Level::Primary,
    }
}

fn binary_level(op: BinaryOp) -> Level {
    match op {
        BinaryOp::Or => Level::Or,
        BinaryOp::And => Level::And,
        BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Less
        | BinaryOp::LessOrEqual
        | BinaryOp::Greater
        | BinaryOp::GreaterOrEqual
        | BinaryOp::StartsWith
        | BinaryOp::Contains => Level::Comparison,
        BinaryOp::Add | BinaryOp::Subtract => Level::Sum,
        BinaryOp::Multiply | BinaryOp::Divide => Level::Product,
    }
}
