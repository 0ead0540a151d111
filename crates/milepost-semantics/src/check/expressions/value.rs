//! Expressions over aggregates: metric references, `over`, `prior`.

use std::sync::Arc;

use super::expr::{Meaning, Node, Scope};
use super::row::RowScope;
use crate::check::Checker;
use crate::check::aggregates::blocks::OfBlocks;
use crate::check::aggregates::window;
use crate::forms;
use crate::model::{
    Aggregate, Base, Literal, Metric, MetricId, Type, Unit, ValueExpr, ValueKind, Window,
};
use crate::resolve::Definition;
use crate::time::Grain;
use milepost_syntax::ast::{Duration, Expr, ExprKind};
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::{Span, Spanned};
use milepost_syntax::{codes, print_window};

/// Metrics, aggregates and literals.
#[derive(Default)]
pub(crate) struct ValueScope {
    /// The metrics named so far, each with the first place that names it.
    pub(crate) uses: std::collections::BTreeMap<MetricId, Span>,
    /// Whether a part was wrong, so that what depends on all parts stays silent.
    pub(crate) broken: bool,
}

impl Scope for ValueScope {
    type Node = ValueExpr;

    fn leaf(&mut self, checker: &mut Checker<'_, '_>, expr: &Expr) -> ValueExpr {
        let node = match &expr.kind {
            ExprKind::Path(path) => checker.value_path(self, path, expr.span),
            ExprKind::Aggregate(spec) => checker.value_aggregate(self, expr, spec),
            ExprKind::Over { operand, window } => {
                let operand = checker.expr(self, operand);
                checker.over(operand, window, expr.span)
            }
            ExprKind::Call { function, args } if function.node == "prior" => {
                let nodes: Vec<ValueExpr> =
                    args.iter().map(|arg| checker.expr(self, arg)).collect();
                checker.prior(nodes, function, expr.span)
            }
            ExprKind::Call { function, .. } => {
                checker.tell_function(function, false);
                None
            }
            _ => None,
        };
        node.unwrap_or_else(|| {
            self.broken = true;
            ValueExpr::unknown(expr.span)
        })
    }
}

impl Checker<'_, '_> {
    fn value_path(
        &mut self,
        scope: &mut ValueScope,
        path: &[Spanned<String>],
        span: Span,
    ) -> Option<ValueExpr> {
        let head = &path[0];
        if let [name] = path {
            if let Some(id) = self.resolved.names.metric(&name.node) {
                scope.uses.entry(id).or_insert(span);
                return self.reference(id, None, span);
            }
            if name.node == "business_days" {
                let unit = Unit::of(Base::Time("business day".to_owned()));
                return Some(ValueExpr {
                    kind: ValueKind::BusinessDays,
                    ty: Type::Integer,
                    unit,
                    span,
                });
            }
        }
        // What a journey or a score says is named as a whole; a part of a metric may be called like a segment.
        let segment = self.resolved.names.segment_of(path).filter(|(_, links)| links.is_empty());
        if let Some((id, part)) = self.resolved.names.metric_of(path) {
            scope.uses.entry(id).or_insert(span);
            if segment.is_none() {
                return self.reference(id, part, span);
            }
        }
        let text = path.iter().map(|p| p.node.as_str()).collect::<Vec<_>>().join(".");
        let said = segment.map(|(id, _)| Definition::Segment(id));
        let told = match said.or_else(|| self.resolved.names.get(&head.node)) {
            Some(Definition::Metric(_)) => Diagnostic::error(
                codes::UNKNOWN_NAME,
                span,
                format!("`{text}` names nothing: a part of a metric has no parts of its own"),
            )
            .help(format!("write `{}` for its value", head.node)),
            Some(Definition::Dataset(id)) if path.len() == 1 => Diagnostic::error(
                codes::ROW_OUTSIDE_AGGREGATE,
                span,
                format!("`{text}` is a dataset: many rows, and no single number"),
            )
            .also(self.dataset(id).span, "defined here")
            .help(format!("write `count({text})` for how many rows there are")),
            Some(Definition::Dataset(id)) => {
                // A path that leads nowhere has its own message.
                self.row_path(&RowScope::within(id, span), path, span)?;
                Diagnostic::error(
                    codes::ROW_OUTSIDE_AGGREGATE,
                    span,
                    format!("`{text}` is a value of each row, and a metric is one number"),
                )
                .also(self.dataset(id).span, "its rows are defined here")
                .help(format!(
                    "put it into an aggregate, like `sum({text})` or `count(distinct {text})`"
                ))
            }
            Some(Definition::Entity(id)) => Diagnostic::error(
                codes::ROW_OUTSIDE_AGGREGATE,
                span,
                format!(
                    "`{text}` is a value of each member of `{}`, and a metric is one number",
                    head.node
                ),
            )
            .also(self.resolved.entity(id).span, "defined here")
            .help(format!(
                "count members with `count({} where …)`, or aggregate a column",
                head.node
            )),
            Some(Definition::Behavior(id)) => Diagnostic::error(
                codes::ROW_OUTSIDE_AGGREGATE,
                span,
                format!("`{}` names rows, and a metric is one number", head.node),
            )
            .also(self.resolved.package.behaviors[id.0].name.span, "defined here")
            .help(format!("write `count({})` for how many there are", head.node)),
            Some(Definition::Segment(id)) => {
                let spec = &self.resolved.package.segments[id.0];
                let of = spec.of.as_ref().map_or("account", |of| of.node.as_str());
                if spec.derived.is_some() {
                    let message =
                        format!("`{text}` is a value of each {of}, and a metric is one number");
                    let told = Diagnostic::error(codes::ROW_OUTSIDE_AGGREGATE, span, message);
                    let help = format!(
                        "take the mean of all if it is a number, `avg({text} per {of})`; else count those with one value, `count({of} where {text} = …)`"
                    );
                    self.diagnostics.push(told.also(spec.name.span, "defined here").help(help));
                    return None;
                }
                Diagnostic::error(
                    codes::ROW_OUTSIDE_AGGREGATE,
                    span,
                    format!("`{text}` is of one member, and a metric is one number"),
                )
                .also(spec.name.span, "defined here")
                .help(format!("count the members in it: `count({of} where {text})`"))
            }
            None if self.resolved.names.is_unread(&head.node) => return None,
            None => self.no_value(head, &text, span),
        };
        self.diagnostics.push(told);
        None
    }

    fn no_value(&self, head: &Spanned<String>, text: &str, span: Span) -> Diagnostic {
        let name = &head.node;
        let holder = self.resolved.tables.iter().find(|t| t.has_column(name));
        if let Some(table) = holder.filter(|_| text == name) {
            let dataset = &table.dataset.name;
            return Diagnostic::error(codes::ROW_OUTSIDE_AGGREGATE, span, format!("`{name}` is a column of `{dataset}`: a value of each row, and a metric is one number"))
                .also(table.dataset.span, "its rows are defined here")
                .help(format!("put it into an aggregate, like `sum({dataset}.{name})` or `count(distinct {dataset}.{name})`"));
        }
        let told = Diagnostic::error(
            codes::UNKNOWN_NAME,
            head.span,
            format!("there is no metric `{name}`"),
        );
        let meant = self.resolved.names.meant(name, |d| {
            if text == name {
                matches!(d, Definition::Metric(_))
            } else {
                matches!(d, Definition::Dataset(_))
            }
        });
        match meant {
            Some(meant) => told.help(meant),
            None => told.help(
                "define it under `metrics:`, or aggregate rows of a dataset, like `count(events)`",
            ),
        }
    }

    /// The part of a metric that is named, or its headline, written out at that place. A metric that is wrong is silent: its
    /// mistake is reported where it is defined.
    pub(crate) fn reference(
        &mut self,
        id: MetricId,
        part: Option<&Spanned<String>>,
        span: Span,
    ) -> Option<ValueExpr> {
        if let Some(name) = part {
            // Also of a metric that is wrong, or that is checked later because nothing is named that it has.
            forms::expect_part(&self.resolved.package.metrics[id.0], name, self.diagnostics);
        }
        let metric = Arc::clone(self.metrics[id.0].as_ref()?);
        let part = part.map_or(Some(metric.headline), |name| metric.part(&name.node))?;
        let size = self.value_size(&metric[part].value);
        if !self.has_room_for(size, &format!("`{}`", metric.name), span) {
            return None;
        }
        let value = Box::new(metric[part].value.clone());
        Some(ValueExpr {
            ty: value.ty,
            unit: value.unit.clone(),
            span,
            kind: ValueKind::Metric { metric: id, part, value },
        })
    }

    /// `M over D`: the window of every aggregate that has none of its own.
    pub(crate) fn over(
        &mut self,
        mut operand: ValueExpr,
        spec: &Spanned<milepost_syntax::ast::Window>,
        span: Span,
    ) -> Option<ValueExpr> {
        let window = window::lower(self, Some(spec))?;
        if operand.ty == Type::Unknown {
            return None;
        }
        if window.is_state() {
            self.diagnostics.push(
                Diagnostic::error(
                    codes::NOT_A_STATE,
                    spec.span,
                    "a state at an instant is written inside an aggregate, not after a metric",
                )
                .help("write for example `sum(subscriptions.mrr at end)`, or `over 28 days` here"),
            );
            return None;
        }
        if operand.steps_ahead() {
            let message = "this follows members from bucket to bucket, so it can't be taken over another window";
            self.diagnostics.push(
                Diagnostic::error(codes::TYPE_MISMATCH, spec.span, message)
                    .help("remove the window, or give the cohort `clock: elapsed`, which counts from each member's own time"),
            );
            return None;
        }
        if replace_bare(&mut operand, window, &print_window(&spec.node)) == 0 {
            let mut told = Diagnostic::error(
                codes::TYPE_MISMATCH,
                spec.span,
                "this window changes nothing: every aggregate here has a window of its own",
            );
            let mut places = Vec::new();
            operand.each_aggregate(&mut |a| places.push((a.span, a.text.clone())));
            for (place, text) in places.into_iter().take(3) {
                told = told.also(place, format!("`{text}`"));
            }
            self.diagnostics.push(
                told.help("remove it, or write the aggregate itself with the window that you want"),
            );
            return None;
        }
        operand.span = span;
        Some(operand)
    }

    /// `prior(x)`, `prior(x, D)`.
    fn prior(
        &mut self,
        nodes: Vec<ValueExpr>,
        function: &Spanned<String>,
        span: Span,
    ) -> Option<ValueExpr> {
        let (operand, by) = self.prior_of(nodes, function)?;
        let Meaning { ty, unit } = operand.meaning();
        Some(ValueExpr {
            kind: ValueKind::Prior { operand: Box::new(operand), by },
            ty,
            unit,
            span,
        })
    }

    /// What `prior` moves, and how far if not one bucket.
    pub(crate) fn prior_of<N: Node>(
        &mut self,
        nodes: Vec<N>,
        function: &Spanned<String>,
    ) -> Option<(N, Option<Duration>)> {
        if !(1..=2).contains(&nodes.len()) {
            self.diagnostics.push(
                Diagnostic::error(
                    codes::INVALID_VALUE,
                    function.span,
                    "`prior` takes a value, and how far to go back if not one bucket",
                )
                .help("write `prior(x)` or `prior(x, 12 months)`"),
            );
            return None;
        }
        let mut nodes = nodes.into_iter();
        let operand = nodes.next()?;
        let by = match nodes.next() {
            None => None,
            Some(node) => {
                match node.literal() {
                    Some(Literal::Duration(length)) => {
                        if !self.plain_duration(*length, node.span()) {
                            return None;
                        }
                        if length.count == 0 {
                            self.diagnostics.push(
                                Diagnostic::error(
                                    codes::INVALID_VALUE,
                                    node.span(),
                                    "`prior` by length 0 is the value itself",
                                )
                                .help("write for example `prior(x, 1 month)`"),
                            );
                            return None;
                        }
                        Some(*length)
                    }
                    _ => {
                        if node.ty() != Type::Unknown {
                            self.diagnostics.push(
                            Diagnostic::error(codes::TYPE_MISMATCH, node.span(), format!("how far `prior` goes back is a length of time, and this is {}", node.ty().describe()))
                                .help("write for example `1 month`, `12 months` or `7 days`"),
                        );
                        }
                        return None;
                    }
                }
            }
        };
        Some((operand, by))
    }
}

/// Gives every bare aggregate the window, which its text then shows; how many there were.
fn replace_bare(value: &mut ValueExpr, window: Window, words: &str) -> usize {
    let mut count = 0;
    if let ValueKind::Blocks(blocks) = &mut value.kind {
        // What is bare inside is about each block.
        if blocks.window.is_bare() {
            blocks.window = window;
            blocks.text = with_window(&blocks.text, words);
            return 1;
        }
        return 0;
    }
    if let ValueKind::Aggregate(aggregate) = &mut value.kind
        && aggregate.window.is_bare()
        && (aggregate.members.is_none() || aggregate.on.is_some())
    {
        aggregate.window = window;
        aggregate.text = with_window(&aggregate.text, words);
        count += 1;
    }
    value.each_child_mut(&mut |child| count += replace_bare(child, window, words));
    count
}

/// The canonical text of an aggregate with a window in its place: before `where`, else at the end.
fn with_window(text: &str, window: &str) -> String {
    let (mut depth, mut quoted) = (0_usize, false);
    let mut place = text.len().saturating_sub(1);
    for (i, letter) in text.char_indices() {
        match letter {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            ' ' if !quoted && depth == 1 && text[i..].starts_with(" where ") => {
                place = i;
                break;
            }
            _ => {}
        }
    }
    let (before, after) = text.split_at(place);
    format!("{before} {window}{after}")
}

/// Calls `f` for every aggregate that depends on where its bucket starts.
fn each_bare<'v>(value: &'v ValueExpr, f: &mut dyn FnMut(&'v Aggregate)) {
    match &value.kind {
        ValueKind::Blocks(blocks) if !blocks.window.is_bare() => {}
        ValueKind::Aggregate(aggregate) => {
            if aggregate.starts_with_bucket() {
                f(aggregate);
            }
        }
        _ => value.each_child(&mut |child| each_bare(child, f)),
    }
}

/// A prior that goes back less than a bucket, with an aggregate in it that has no window of its own.
#[derive(Debug)]
pub(crate) struct ShortPrior {
    pub(crate) prior: Span,
    pub(crate) by: Duration,
    pub(crate) aggregate: Span,
    pub(crate) text: String,
}

/// The first of them at that grain.
pub(crate) fn short_prior(value: &ValueExpr, grain: Grain) -> Option<ShortPrior> {
    let mut found = None;
    if let ValueKind::Prior { operand, by: Some(by) } = &value.kind
        && grain.is_longer_than(*by)
    {
        each_bare(operand, &mut |aggregate| {
            if found.is_none() {
                found = Some(ShortPrior {
                    prior: value.span,
                    by: *by,
                    aggregate: aggregate.span,
                    text: aggregate.text.clone(),
                });
            }
        });
    }
    if found.is_none() {
        value.each_child(&mut |child| {
            if found.is_none() {
                found = short_prior(child, grain);
            }
        });
    }
    found
}

/// Whether the metric means something at that grain: a `prior` that goes back less than one bucket needs a window in
/// every aggregate inside it.
///
/// # Errors
///
/// What is wrong, in one sentence.
pub fn check_grain(metric: &Metric, grain: Grain) -> Result<(), String> {
    let short = metric.parts.iter().find_map(|part| short_prior(&part.value, grain));
    match short {
        None => Ok(()),
        Some(short) => Err(format!(
            "`{}` can't be computed by {}: its `prior` goes back {}, less than one bucket, and `{}` has no window of its own",
            metric.name,
            grain.name(),
            crate::explain::duration_words(short.by),
            short.text
        )),
    }
}
