//! `avg(count(events) per day over 28 days)`: a number for each block of time, then summarized.

use super::window;
use crate::check::Checker;
use crate::check::expressions::expr::{Meaning, Node, Scope};
use crate::model::{BlockUnit, Blocks, RowExpr, RowKind, Type, ValueExpr, ValueKind, Window};
use milepost_syntax::ast::{
    self, AggregateFunction, Duration, DurationStyle, Expr, ExprKind, TimeUnit,
};
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::Span;
use milepost_syntax::{codes, print_expr};

/// Whether the function makes one number of several.
pub(crate) const fn summarizes(function: AggregateFunction) -> bool {
    matches!(
        function,
        AggregateFunction::Sum
            | AggregateFunction::Avg
            | AggregateFunction::Min
            | AggregateFunction::Max
            | AggregateFunction::Stddev
            | AggregateFunction::Median
            | AggregateFunction::Percentile
            | AggregateFunction::Curve(_)
    )
}

/// An expression that blocks can be made of.
pub(crate) trait OfBlocks: Node {
    fn of_blocks(blocks: Blocks<Self>, meaning: Meaning, span: Span) -> Self;
    /// Whether something in it reads an earlier bucket.
    fn looks_back(&self) -> bool;
    /// Whether something in it reads a later bucket.
    fn steps_ahead(&self) -> bool;
    /// Whether something in it is read as it is known at the end of the data.
    fn reads_latest(&self) -> bool;
}

impl OfBlocks for ValueExpr {
    fn of_blocks(blocks: Blocks<Self>, Meaning { ty, unit }: Meaning, span: Span) -> Self {
        Self { kind: ValueKind::Blocks(Box::new(blocks)), ty, unit, span }
    }

    fn looks_back(&self) -> bool {
        match &self.kind {
            ValueKind::Prior { .. } => true,
            ValueKind::Aggregate(aggregate) => aggregate.exprs().any(RowExpr::looks_back),
            _ => self.any_child(Self::looks_back),
        }
    }

    fn steps_ahead(&self) -> bool {
        let mut found = false;
        self.each_aggregate(&mut |aggregate| found |= aggregate.steps_ahead());
        found
    }

    fn reads_latest(&self) -> bool {
        let mut found = false;
        self.each_aggregate(&mut |aggregate| found |= aggregate.reads_latest());
        found
    }
}

impl OfBlocks for RowExpr {
    fn of_blocks(blocks: Blocks<Self>, Meaning { ty, unit }: Meaning, span: Span) -> Self {
        Self { kind: RowKind::Blocks(Box::new(blocks)), ty, unit, span }
    }

    fn looks_back(&self) -> bool {
        match &self.kind {
            RowKind::Prior { .. } => true,
            RowKind::Inner(inner) => inner.aggregate.exprs().any(Self::looks_back),
            _ => self.any_child(Self::looks_back),
        }
    }

    fn steps_ahead(&self) -> bool {
        let mut found = false;
        self.each_inner(&mut |inner| found |= inner.aggregate.steps_ahead());
        found
    }

    fn reads_latest(&self) -> bool {
        Self::reads_latest(self)
    }
}

impl Checker<'_, '_> {
    /// The block that `per` names, unless a definition has that name.
    pub(crate) fn block_unit(&self, spec: &ast::Aggregate) -> Option<BlockUnit> {
        let name = spec.per.as_ref()?;
        if self.resolved.names.get(&name.node).is_some() {
            return None;
        }
        match name.node.as_str() {
            "day" => Some(BlockUnit::Day),
            "week" => Some(BlockUnit::Week),
            "month" => Some(BlockUnit::Month),
            _ => None,
        }
    }

    /// Checks a summary over blocks of time; absent when something is wrong, which is told.
    pub(crate) fn blocks<S: Scope<Node: OfBlocks>>(
        &mut self,
        scope: &mut S,
        expr: &Expr,
        spec: &ast::Aggregate,
        unit: BlockUnit,
    ) -> Option<S::Node> {
        let before = self.diagnostics.counts().0;
        self.no_clauses(spec);
        let window = window::lower(self, spec.window.as_ref());
        let operand = self.expr(scope, &spec.subject);
        self.no_prior(&spec.subject);
        if operand.looks_back() && self.diagnostics.counts().0 == before {
            // By the name of a metric.
            self.tell_prior(spec.subject.span, "a metric in this moves a bucket back by `prior`");
        }
        if operand.steps_ahead() && self.diagnostics.counts().0 == before {
            let message = "a metric in this follows members from bucket to bucket, and a block of time is none";
            self.diagnostics.push(
                Diagnostic::error(codes::INVALID_VALUE, spec.subject.span, message)
                    .help("give the cohort `clock: elapsed`, which counts from each member's own time, or take the metric as it is"),
            );
        }
        if operand.reads_latest() && self.diagnostics.counts().0 == before {
            self.tell_latest(spec.subject.span, "a block of time");
        }
        let word = spec.function.node.name();
        self.wants_number(&operand, &format!("`{word} … per` takes a number for each block"));
        let percentile = self.arguments(spec);
        self.whole_blocks(spec, window?, unit);
        if self.diagnostics.counts().0 > before {
            return None;
        }
        let Meaning { ty, unit: counted } = operand.meaning();
        let keeps = matches!(
            spec.function.node,
            AggregateFunction::Sum | AggregateFunction::Min | AggregateFunction::Max
        );
        let ty = if keeps { ty } else { Type::Number };
        let blocks = Blocks {
            function: spec.function.node,
            percentile,
            operand,
            unit,
            window: window?,
            text: print_expr(expr),
        };
        Some(S::Node::of_blocks(blocks, Meaning { ty, unit: counted }, expr.span))
    }

    /// What belongs into the number that is taken of each block.
    fn no_clauses(&mut self, spec: &ast::Aggregate) {
        if !summarizes(spec.function.node) {
            let word = spec.function.node.name();
            let told = Diagnostic::error(
                codes::INVALID_VALUE,
                spec.function.span,
                format!(
                    "`per` gives one number for each block, and `{word}` does not summarize numbers"
                ),
            );
            self.diagnostics.push(told.help("write `avg`, `sum`, `median`, `percentile`, `min`, `max` or `stddev`, like `avg(count(events) per day over 28 days)`"));
        }
        let on = spec.on.as_ref().map(|on| on.span);
        let filter = spec.filter.as_ref().map(|filter| filter.span);
        let linked = spec.linked.as_ref().map(|linked| linked.span);
        let clauses =
            [("distinct", spec.distinct), ("on", on), ("where", filter), ("with same", linked)];
        for (word, span) in clauses {
            let Some(span) = span else { continue };
            let told = Diagnostic::error(
                codes::INVALID_VALUE,
                span,
                format!("blocks of time have no rows, so `{word}` can't follow them"),
            );
            self.diagnostics.push(
                told.help(format!("put `{word}` into the aggregate that is taken of each block")),
            );
        }
    }

    /// Blocks without a window are those of the bucket, and a segment has none.
    pub(crate) fn tell_blocks_of_a_day(&mut self, spec: &ast::Aggregate, span: Span) {
        let why =
            "members are evaluated at the end of each day here, so say how far back the blocks go";
        let block = spec.per.as_ref().map_or("day", |per| per.node.as_str());
        let told = Diagnostic::error(codes::NEEDS_WINDOW, span, why);
        self.diagnostics.push(told.help(match block {
            "month" => "write for example `per month over 12 months`",
            "week" => "write for example `per week over 8 weeks`",
            _ => "write for example `per day over 28 days`",
        }));
    }

    fn no_prior(&mut self, expr: &Expr) {
        if let ExprKind::Call { function, .. } = &expr.kind
            && function.node == "prior"
        {
            self.tell_prior(function.span, "`prior` moves a bucket back");
        }
        expr.each_child(&mut |child| self.no_prior(child));
    }

    fn tell_prior(&mut self, span: Span, what: &str) {
        let message = format!("{what}, and a block of time is none");
        let told = Diagnostic::error(codes::INVALID_VALUE, span, message);
        self.diagnostics.push(
            told.help(
                "put `prior` around the whole: `prior(avg(… per day over 28 days), 28 days)`",
            ),
        );
    }

    /// Whether the window holds whole blocks; told when not.
    fn whole_blocks(&mut self, spec: &ast::Aggregate, window: Window, unit: BlockUnit) {
        let at = spec.window.as_ref().map_or(spec.function.span, |w| w.span);
        let told = match window {
            Window::Bucket | Window::ToDate(_) | Window::Since(_) => return,
            Window::Over { length, .. } if fits(length, unit) => return,
            Window::Over { .. } => Diagnostic::error(
                codes::INVALID_VALUE,
                at,
                "this window is not a whole number of blocks",
            )
            .help("write for example `per day over 28 days`, `per week over 8 weeks`, `per month over 12 months`"),
            Window::Ever { .. }
            | Window::AtStart
            | Window::AtEnd
            | Window::Average
            | Window::Step(_) => Diagnostic::error(
                codes::INVALID_VALUE,
                at,
                "blocks of time are counted back from the end of a window with a start",
            )
            .help("write for example `over 28 days`"),
        };
        self.diagnostics.push(told);
    }
}

const fn fits(length: Duration, unit: BlockUnit) -> bool {
    if matches!(length.style, DurationStyle::Business) {
        return false;
    }
    match (unit, length.unit) {
        (BlockUnit::Day | BlockUnit::Week, TimeUnit::Week)
        | (BlockUnit::Day, TimeUnit::Day | TimeUnit::Month | TimeUnit::Quarter | TimeUnit::Year)
        | (BlockUnit::Month, TimeUnit::Month | TimeUnit::Quarter | TimeUnit::Year) => true,
        (BlockUnit::Week, TimeUnit::Day) => length.count.is_multiple_of(7),
        _ => false,
    }
}
