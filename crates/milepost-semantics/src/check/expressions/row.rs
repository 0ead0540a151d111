//! Expressions over one row: of a dataset, or of a member that is judged.

use super::expr::{Meaning, Reported, Scope};
use super::now::is_of_now;
use super::{functions, habits};
use crate::check::Checker;
use crate::check::paths::path::Target;
use crate::model::{
    Base, ColumnId, DatasetId, EntityId, InSegment, Path, RowExpr, RowKind, SegmentAt, SegmentId,
    Type, Unit, ValidAt,
};
use milepost_syntax::ast::{Aggregate, Expr, ExprKind};
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::{Span, Spanned};
use milepost_syntax::{codes, suggest};

/// The rows of one population: names are columns of its dataset, paths follow its links.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowScope<'s> {
    pub(crate) dataset: DatasetId,
    /// The aggregate around, if there is one.
    pub(crate) aggregate: Option<Span>,
    /// What the author calls the rows, where that is not the dataset's name: a behavior or an entity.
    pub(crate) alias: Option<&'s str>,
    /// The rows are members of this entity, judged one by one.
    pub(crate) members: Option<EntityId>,
    /// As of when histories and segments are asked; absent where there is no time at all.
    pub(crate) when: Option<ValidAt>,
    /// Judged at the end of each day: states need no instant, events need a window.
    pub(crate) daily: bool,
    /// Inside the number that is taken of each block of time: the block is the window.
    pub(crate) in_block: bool,
    /// The row that consults these rows.
    pub(crate) outer: Option<&'s RowScope<'s>>,
    /// The column of a member's home from which on events count that have no window of their own, where it says so.
    pub(crate) since: Option<(EntityId, ColumnId)>,
}

impl RowScope<'_> {
    /// Inside a computed column.
    pub(crate) const fn computed(dataset: DatasetId) -> Self {
        Self {
            dataset,
            aggregate: None,
            alias: None,
            members: None,
            when: None,
            daily: false,
            in_block: false,
            outer: None,
            since: None,
        }
    }

    /// Inside an aggregate over rows that are placed in time.
    pub(crate) const fn within(dataset: DatasetId, aggregate: Span) -> Self {
        Self { aggregate: Some(aggregate), when: Some(ValidAt::Row), ..Self::computed(dataset) }
    }

    /// Whether what happened has to be asked over a window, for there is no bucket but a single day.
    pub(crate) const fn needs_window(&self) -> bool {
        self.daily && !self.in_block
    }

    /// Whether it is a member, or a row of one, that is evaluated at an instant.
    fn is_judged(&self) -> bool {
        self.members.is_some() || self.outer.is_some_and(Self::is_judged)
    }

    /// From when on those of its events count that are asked without a window.
    pub(crate) fn counts_since(&self, spec: &Aggregate) -> Option<(EntityId, ColumnId)> {
        self.since.filter(|_| self.needs_window() && spec.window.is_none())
    }
}

impl Scope for RowScope<'_> {
    type Node = RowExpr;

    fn leaf(&mut self, checker: &mut Checker<'_, '_>, expr: &Expr) -> RowExpr {
        let span = expr.span;
        let node = match &expr.kind {
            ExprKind::Path(path) => checker.row_value(self, path, span),
            ExprKind::Aggregate(spec) => checker.row_aggregate(self, expr, spec),
            ExprKind::Over { operand, window } if self.members.is_some() => {
                checker.judged_over(self, operand, window, span)
            }
            ExprKind::Over { window, .. } => {
                checker.diagnostics.push(
                    Diagnostic::error(
                        codes::AGGREGATE_INSIDE_AGGREGATE,
                        window.span,
                        "a window belongs to an aggregate or a metric, not to the value of a row",
                    )
                    .help("put the window before `where`: `count(events over 28 days where …)`"),
                );
                None
            }
            ExprKind::Call { function, args }
                if function.node == "prior" && self.members.is_some() =>
            {
                checker.judged_prior(self, function, args, span)
            }
            ExprKind::Call { function, args } if self.members.is_some() && is_of_now(function) => {
                checker.of_now(self, function, args, span)
            }
            ExprKind::Call { function, .. } => {
                checker.tell_function(function, true);
                None
            }
            _ => None,
        };
        node.unwrap_or_else(|| <RowExpr as super::expr::Node>::unknown(span))
    }
}

impl Checker<'_, '_> {
    /// A path as a value of a row; absent when something is wrong with it, which is told.
    fn row_value(
        &mut self,
        scope: &RowScope<'_>,
        path: &[Spanned<String>],
        span: Span,
    ) -> Option<RowExpr> {
        let path = match path {
            [alias, rest @ ..] if !rest.is_empty() && scope.alias == Some(&alias.node) => rest,
            path => path,
        };
        if path[0].node == "this" && self.resolved.names.get("this").is_none() {
            self.tell_this(scope, span);
            return None;
        }
        if let Some(found) = self.segment_value(scope, path, span).ok()? {
            return Some(found);
        }
        if let [name, rest @ ..] = path
            && rest.len() <= 1
            && let Some(found) = self.judged_name(scope, name, rest.first(), span).ok()?
        {
            return Some(found);
        }
        match self.row_path(scope, path, span)? {
            Target::Column(path) => Some(self.column_node(path, span)),
            Target::Key(entity, mut paths) => {
                let name = &self.resolved.entity(entity).name;
                if paths.len() > 1 {
                    self.diagnostics.push(
                        Diagnostic::error(
                            codes::TYPE_MISMATCH,
                            span,
                            format!(
                                "the key of `{name}` has several columns, so it is no single value"
                            ),
                        )
                        .help("name one of the key's columns"),
                    );
                    return None;
                }
                paths.pop().map(|path| self.column_node(path, span))
            }
        }
    }

    /// What a judgement has besides columns: metrics of the member and their parts, the day, business days.
    fn judged_name(
        &mut self,
        scope: &RowScope<'_>,
        name: &Spanned<String>,
        part: Option<&Spanned<String>>,
        span: Span,
    ) -> Result<Option<RowExpr>, Reported> {
        // Rows are listed on a day.
        let is_listed = scope.daily && scope.outer.is_none();
        let is_judged = scope.is_judged() || (is_listed && name.node == "today");
        if !is_judged || self.find_column(scope.dataset, &name.node).is_some() {
            return Ok(None);
        }
        if part.is_none() && name.node == "today" {
            return Ok(Some(RowExpr {
                kind: RowKind::Today,
                ty: Type::Date,
                unit: Unit::plain(),
                span,
            }));
        }
        if scope.members.is_none() {
            return Ok(None);
        }
        if let Some(id) = self.resolved.names.metric(&name.node) {
            return self.judged_metric(scope, id, part, span).map(Some).ok_or(Reported);
        }
        if part.is_some() || name.node != "business_days" {
            return Ok(None);
        }
        let unit = Unit::of(Base::Time("business day".to_owned()));
        Ok(Some(RowExpr { kind: RowKind::BusinessDays, ty: Type::Integer, unit, span }))
    }

    /// A segment of the member, or of one that the row belongs to; absent if the path names no segment.
    fn segment_value(
        &mut self,
        scope: &RowScope<'_>,
        path: &[Spanned<String>],
        span: Span,
    ) -> Result<Option<RowExpr>, Reported> {
        let Some((id, links)) = self.resolved.names.segment_of(path) else {
            return if self.tell_no_part(path) { Err(Reported) } else { Ok(None) };
        };
        let last = &path[links.len()];
        if links.is_empty() && self.find_column(scope.dataset, &last.node).is_some() {
            // A column of the row has that name too: that is told where columns are looked up.
            return Ok(None);
        }
        let spec = &self.resolved.package.segments[id.0];
        let of = spec.of.as_ref().and_then(|of| self.resolved.names.entity(&of.node));
        let Some(of) = of else { return Err(Reported) };
        let key = match links {
            [] => self.keys_of(scope.dataset, of, last.span),
            _ => match self.row_path(scope, links, span) {
                Some(Target::Key(entity, paths)) if entity == of => Some(paths),
                Some(Target::Column(path)) if self.is_key_of(&path, of) => Some(vec![path]),
                None => return Err(Reported),
                Some(_) => None,
            },
        };
        let name = &self.resolved.entity(of).name;
        let Some(key) = key else {
            let rows = &self.dataset(scope.dataset).name;
            let told = Diagnostic::error(
                codes::UNLINKED_ROWS,
                span,
                format!(
                    "`{}` is a segment of `{name}`, and a row of `{rows}` has no single `{name}`",
                    spec.name.node
                ),
            )
            .also(spec.name.span, "the segment")
            .help(format!("if a column holds its key, add it under `entities:` of `{rows}`"));
            self.diagnostics.push(told);
            return Err(Reported);
        };
        let at = match scope.when {
            Some(ValidAt::End) => SegmentAt::End,
            Some(ValidAt::Row) => SegmentAt::DayBefore,
            None => {
                self.diagnostics.push(
                    Diagnostic::error(codes::NEEDS_TIME, span, format!("`{}` is a segment, which members enter and leave, and a computed column has no time", spec.name.node))
                        .help("name the segment in the condition of an aggregate instead"),
                );
                return Err(Reported);
            }
        };
        self.named.segments.insert(id);
        Ok(Some(self.in_segment(id, key, at, span)))
    }

    /// The segment of the member with that key.
    pub(crate) fn in_segment(
        &mut self,
        id: SegmentId,
        key: Vec<Path>,
        at: SegmentAt,
        span: Span,
    ) -> RowExpr {
        let key = key.into_iter().map(|path| self.column_node(path, span)).collect();
        let Meaning { ty, unit } = self.meaning_of_segment(id);
        let kind = RowKind::Segment(Box::new(InSegment { segment: id, key, at }));
        RowExpr { kind, ty, unit, span }
    }

    /// What a segment says of a member: whether it belongs, the name of its band, or a value.
    pub(crate) fn meaning_of_segment(&self, id: SegmentId) -> Meaning {
        let spec = &self.resolved.package.segments[id.0];
        let plain = |ty| Meaning { ty, unit: Unit::plain() };
        match spec.derived.as_ref().and_then(|derived| derived.rule.as_ref()) {
            None if spec.bands.is_some() => plain(Type::Text),
            None => plain(Type::Boolean),
            // It is checked before whatever names it; a dimension is a text.
            Some(_) => match &self.segments[id.0] {
                Some(segment) => {
                    let (ty, unit) = segment.rule.meaning();
                    Meaning { ty, unit }
                }
                None if spec.derived.as_ref().is_some_and(|derived| derived.is_dimension) => {
                    plain(Type::Text)
                }
                None => Meaning::unknown(),
            },
        }
    }

    /// The value of a column at the end of a path.
    pub(crate) fn column_node(&mut self, path: Path, span: Span) -> RowExpr {
        let Meaning { ty, unit } = self.column(path.dataset, path.column);
        RowExpr { kind: RowKind::Column(path), ty, unit, span }
    }

    /// `this` where there is no row outside, or in any place but a comparison by `=`.
    pub(crate) fn tell_this(&mut self, scope: &RowScope<'_>, span: Span) {
        let told = if scope.outer.is_some() {
            Diagnostic::error(
                codes::MISPLACED_THIS,
                span,
                "`this`, the outer row, is compared with `=` only, in a condition of its own",
            )
            .help("write for example `where name = this.feature_name and …`")
        } else {
            Diagnostic::error(
                codes::MISPLACED_THIS,
                span,
                "`this` is the outer row, and there is no outer row here",
            )
            .help("name columns of the row itself; `this` belongs in an aggregate inside the condition of another")
        };
        self.diagnostics.push(told);
    }

    /// An aggregate where the value of a row stands.
    pub(crate) fn tell_inner(&mut self, inner: Span, outer: Option<Span>) {
        let told = Diagnostic::error(
            codes::AGGREGATE_INSIDE_AGGREGATE,
            inner,
            if outer.is_some() {
                "an aggregate can't be inside another"
            } else {
                "a computed column and the `where` of a dataset are computed from one row, so they can't contain an aggregate"
            },
        );
        let told = match outer {
            Some(outer) => told.label("the inner one").also(outer, "the outer one"),
            None => told,
        };
        self.diagnostics.push(told.help("divide or compare two aggregates side by side, or give the inner one a name of its own as a metric")
            .help("to count members by a condition, aggregate an entity: `count(account where count(events over 28 days) >= 3)`; for rows that belong to the row, say by what: `any(events with same account within 7 days)`"));
    }

    /// A function that is none of a row's values.
    pub(crate) fn tell_function(&mut self, function: &Spanned<String>, row: bool) {
        let name = function.node.as_str();
        let told = match name {
            "prior" if row => Diagnostic::error(
                codes::AGGREGATE_INSIDE_AGGREGATE,
                function.span,
                "`prior` moves a whole metric back in time, so it can't be inside an aggregate",
            )
            .help("put it around the aggregate: `prior(count(events))`"),
            "percentile_rank" => Diagnostic::error(
                codes::NOT_IN_THIS_VERSION,
                function.span,
                format!("`{name}` is not in this version"),
            )
            .help("leave it out, or compute it in the data"),
            _ => {
                let told = Diagnostic::error(
                    codes::UNKNOWN_NAME,
                    function.span,
                    format!("there is no function `{name}`"),
                );
                let others = [
                    "prior",
                    "count",
                    "sum",
                    "avg",
                    "min",
                    "max",
                    "stddev",
                    "median",
                    "percentile",
                    "first",
                    "last",
                    "any",
                ];
                if let Some(instead) = habits::function(name) {
                    self.diagnostics.push(told.help(instead));
                    return;
                }
                match suggest(name, functions::names().chain(others)) {
                    Some(near) => told.help(format!("did you mean `{near}`?")),
                    None => told.help(format!(
                        "the functions are: {}",
                        functions::names().collect::<Vec<_>>().join(", ")
                    )),
                }
            }
        };
        self.diagnostics.push(told);
    }

    /// A condition over rows; what is no condition is told.
    pub(crate) fn condition<S: Scope<Node = RowExpr>>(
        &mut self,
        scope: &mut S,
        expr: &Expr,
    ) -> RowExpr {
        let node = self.expr(scope, expr);
        if node.ty != Type::Unknown {
            self.wants_boolean(&node, "`where` keeps the rows for which a condition is true");
        }
        self.constant_parts(&node);
        node
    }
}
