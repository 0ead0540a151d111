//! Metrics of one member: the value of a metric, taken over the rows that belong to the member.

use super::blocks::OfBlocks;
use super::inner::of_inner;
use crate::check::Checker;
use crate::check::expressions::expr::{Meaning, Node};
use crate::check::expressions::row::RowScope;
use crate::check::expressions::value::ValueScope;
use crate::model::{
    Aggregate, Blocks, EntityId, Inner, MetricId, RowExpr, RowKind, ValueExpr, ValueKind, Window,
};
use milepost_syntax::ast::{self, Expr};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::{Span, Spanned};

impl Checker<'_, '_> {
    /// A metric named in a judgement.
    pub(crate) fn judged_metric(
        &mut self,
        scope: &RowScope<'_>,
        id: MetricId,
        part: Option<&Spanned<String>>,
        span: Span,
    ) -> Option<RowExpr> {
        self.named.metrics.entry(id).or_insert(span);
        let value = self.reference(id, part, span)?;
        self.judged(scope, scope.members?, &value, span)
    }

    /// `M over D` in a judgement.
    pub(crate) fn judged_over(
        &mut self,
        scope: &RowScope<'_>,
        operand: &Expr,
        window: &Spanned<ast::Window>,
        span: Span,
    ) -> Option<RowExpr> {
        let mut values = ValueScope::default();
        let value = self.expr(&mut values, operand);
        self.named.metrics.extend(values.uses);
        if values.broken {
            return None;
        }
        let value = self.over(value, window, span)?;
        self.judged(scope, scope.members?, &value, span)
    }

    /// The arguments of a call; nothing where one is wrong, which is told.
    pub(crate) fn row_arguments(
        &mut self,
        scope: &RowScope<'_>,
        args: &[Expr],
    ) -> Option<Vec<RowExpr>> {
        let before = self.diagnostics.counts().0;
        let nodes = args.iter().map(|arg| self.expr(&mut { *scope }, arg)).collect();
        if self.diagnostics.counts().0 > before {
            return None;
        }
        Some(nodes)
    }

    /// `prior(x)`, `prior(x, D)` in a judgement.
    pub(crate) fn judged_prior(
        &mut self,
        scope: &RowScope<'_>,
        function: &Spanned<String>,
        args: &[Expr],
        span: Span,
    ) -> Option<RowExpr> {
        let nodes = self.row_arguments(scope, args)?;
        let (operand, by) = self.prior_of(nodes, function)?;
        let Meaning { ty, unit } = operand.meaning();
        Some(RowExpr { kind: RowKind::Prior { operand: Box::new(operand), by }, ty, unit, span })
    }

    /// A value over aggregates as the value of one member.
    fn judged(
        &mut self,
        scope: &RowScope<'_>,
        entity: EntityId,
        value: &ValueExpr,
        span: Span,
    ) -> Option<RowExpr> {
        let mut part = |operand: &ValueExpr| self.judged(scope, entity, operand, span);
        match &value.kind {
            ValueKind::Metric { value, .. } => part(value),
            ValueKind::Aggregate(aggregate) => {
                self.judged_aggregate(scope, entity, aggregate, span)
            }
            ValueKind::Prior { operand, by } => {
                let kind = RowKind::Prior { operand: Box::new(part(operand)?), by: *by };
                Some(like(value, kind, span))
            }
            ValueKind::Blocks(blocks) => {
                if blocks.window == Window::Bucket {
                    self.judged_in_a_day(scope, value.span, span)?;
                }
                let scope = RowScope { in_block: true, ..*scope };
                let kind = RowKind::Blocks(Box::new(Blocks {
                    function: blocks.function,
                    percentile: blocks.percentile,
                    operand: self.judged(&scope, entity, &blocks.operand, span)?,
                    unit: blocks.unit,
                    window: blocks.window,
                    text: blocks.text.clone(),
                }));
                Some(like(value, kind, span))
            }
            ValueKind::BusinessDays => Some(like(value, RowKind::BusinessDays, span)),
            ValueKind::Form(form) => {
                let form = form.try_map(&mut |operand| part(operand).ok_or(())).ok()?;
                Some(like(value, RowKind::Form(form), span))
            }
        }
    }

    /// Tells a metric that counts in the bucket (at `counts`), where a day is judged and there is no bucket.
    fn judged_in_a_day(&mut self, scope: &RowScope<'_>, counts: Span, span: Span) -> Option<()> {
        if !scope.needs_window() {
            return Some(());
        }
        let told = Diagnostic::error(
            codes::NEEDS_WINDOW,
            span,
            "members are evaluated at the end of each day here, so say over which time to compute the metric",
        )
        .also(counts, "this counts the rows of a bucket")
        .help(self.window_for_a_day(span));
        self.diagnostics.push(told);
        None
    }

    /// How to compute the metric that stands at `span` over a time, for a segment.
    fn window_for_a_day(&self, span: Span) -> String {
        let Some((id, _)) = self.named.metrics.iter().find(|(_, place)| **place == span) else {
            return "put a window like `over 28 days` after the metric".to_owned();
        };
        let metric = self.metrics[id.0].as_ref();
        if metric.is_some_and(|metric| metric.parts.iter().any(|part| part.value.steps_ahead())) {
            return "it follows members from bucket to bucket, which a day has none of: write a condition on the rows of the member, like `any(events over 28 days)`".to_owned();
        }
        format!(
            "write for example `{} over 28 days`",
            self.resolved.package.metrics[id.0].name.node
        )
    }

    fn judged_aggregate(
        &mut self,
        scope: &RowScope<'_>,
        entity: EntityId,
        aggregate: &Aggregate,
        span: Span,
    ) -> Option<RowExpr> {
        if aggregate.reads_latest() {
            self.tell_latest(span, "a condition");
            return None;
        }
        let rows = aggregate.members.is_none() || aggregate.on.is_some();
        if rows && aggregate.window == Window::Bucket {
            self.judged_in_a_day(scope, aggregate.span, span)?;
        }
        let inner = (aggregate.dataset, aggregate.members);
        let links = self.links_to_member(scope, entity, inner, span)?;
        let mut node = of_inner(Inner {
            aggregate: aggregate.clone(),
            links,
            others_only: false,
            within: None,
        });
        node.span = span;
        Some(node)
    }
}

fn like(value: &ValueExpr, kind: RowKind, span: Span) -> RowExpr {
    RowExpr { kind, ty: value.ty, unit: value.unit.clone(), span }
}
