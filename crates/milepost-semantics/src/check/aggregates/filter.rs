//! Metric-level `where`.

use crate::check::Checker;
use crate::check::expressions::expr::{Node, Scope};
use crate::check::paths::moving::AT_EVENT;
use crate::check::size::Size;
use crate::model::{
    Aggregate, ColumnSource, DatasetId, DimensionId, Form, Path, RowExpr, RowKind, Type, Unit,
    ValueExpr, ValueKind,
};
use crate::resolve::{Definition, list_of};
use milepost_syntax::ast::{BinaryOp, Expr, ExprKind};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::{Span, Spanned};

/// Both conditions.
pub(crate) fn and(first: Option<RowExpr>, second: RowExpr) -> RowExpr {
    match first {
        None => second,
        Some(first) => {
            let span = first.span;
            RowExpr {
                kind: RowKind::Form(Form::Binary {
                    op: BinaryOp::And,
                    left: Box::new(first),
                    right: Box::new(second),
                }),
                ty: Type::Boolean,
                unit: Unit::plain(),
                span,
            }
        }
    }
}

/// Names are dimensions, read from a row of the aggregate.
struct DimensionScope<'a> {
    aggregate: &'a Aggregate,
}

impl Scope for DimensionScope<'_> {
    type Node = RowExpr;

    fn leaf(&mut self, checker: &mut Checker<'_, '_>, expr: &Expr) -> RowExpr {
        if let ExprKind::Path(path) = &expr.kind
            && let [name] = path.as_slice()
        {
            let dataset = checker.dataset(self.aggregate.dataset);
            let way = checker.dimensions.id(&name.node);
            let way = way.and_then(|id| self.aggregate.slice(dataset, id)).cloned();
            return match way {
                Some(value) => RowExpr { span: expr.span, ..value },
                None => RowExpr::unknown(expr.span),
            };
        }
        if let ExprKind::Call { function, .. } = &expr.kind {
            checker.tell_function(function, true);
        }
        RowExpr::unknown(expr.span)
    }
}

impl Checker<'_, '_> {
    /// Pushes a metric's `where` into every aggregate of its value.
    pub(crate) fn push_filter(&mut self, filter: &Expr, value: &mut ValueExpr) {
        let mut names = Vec::new();
        if !self.only_dimensions(filter, &mut names) {
            return;
        }
        let mut good = true;
        for name in &names {
            good &= self.reachable(name, value, "`where`");
        }
        if good && self.has_room_for_where(filter, value) {
            let mut filter = filter.clone();
            self.keys_as_texts(&mut filter);
            self.push_into(&filter, value);
        }
    }

    /// Whether the condition may stand in every aggregate; told when not.
    fn has_room_for_where(&mut self, filter: &Expr, value: &ValueExpr) -> bool {
        let mut aggregates = 0;
        value.each_aggregate(&mut |_| aggregates += 1);
        let size = Size::of_text(filter).times(aggregates);
        self.has_room_for(size, "`where` in every aggregate", filter.span)
    }

    fn push_into(&mut self, filter: &Expr, value: &mut ValueExpr) {
        if let ValueKind::Aggregate(aggregate) = &mut value.kind {
            self.push_aggregate(filter, aggregate);
        }
        value.each_child_mut(&mut |child| self.push_into(filter, child));
    }

    fn push_aggregate(&mut self, filter: &Expr, aggregate: &mut Aggregate) {
        let condition = self.condition(&mut DimensionScope { aggregate }, filter);
        let own = aggregate.filter.take();
        // The two may exclude each other, each being right by itself.
        own.iter().for_each(|own| self.constant_together(own, &condition));
        let mut whole = and(own, condition);
        self.name_members(&mut whole);
        aggregate.filter = Some(whole);
    }

    /// Whether every name of a metric-level `where` is a dimension; told when not.
    fn only_dimensions<'e>(
        &mut self,
        expr: &'e Expr,
        names: &mut Vec<&'e Spanned<String>>,
    ) -> bool {
        let mut all = |checker: &mut Self, exprs: &[&'e Expr]| {
            // Every part is looked at, for each may have its own mistake.
            let mut good = true;
            for e in exprs {
                good &= checker.only_dimensions(e, names);
            }
            good
        };
        match &expr.kind {
            ExprKind::Path(path) => match path.as_slice() {
                [name] => {
                    let known = self.expect_dimension(name, "`where` of a metric");
                    if known.is_some() && !names.iter().any(|n| n.node == name.node) {
                        names.push(name);
                    }
                    known.is_some()
                }
                _ => {
                    let text = path.iter().map(|p| p.node.as_str()).collect::<Vec<_>>().join(".");
                    let dimension =
                        path.last().and_then(|p| self.dimensions.id(&p.node).map(|_| &p.node));
                    let told = Diagnostic::error(
                        codes::UNKNOWN_NAME,
                        expr.span,
                        format!("`where` of a metric names dimensions, and `{text}` is a path"),
                    );
                    self.diagnostics.push(match dimension {
                        Some(name) => told.help(format!("write the dimension: `{name}`")),
                        None => told.help("put the condition into the aggregate, like `count(events where …)`, or give the column a `dimension:`"),
                    });
                    false
                }
            },
            ExprKind::Aggregate(_) | ExprKind::Over { .. } => {
                self.diagnostics.push(
                    Diagnostic::error(codes::AGGREGATE_INSIDE_AGGREGATE, expr.span, "`where` of a metric keeps rows by their dimensions, so it can't contain an aggregate")
                        .help("put aggregates into `value:`"),
                );
                false
            }
            ExprKind::Unary { operand, .. } | ExprKind::IsNull { operand, .. } => {
                all(self, &[operand])
            }
            ExprKind::In { operand, .. } => all(self, &[operand]),
            ExprKind::Binary { op, left, right, .. } => {
                let known = all(self, &[left, right]);
                if !known && op.is_comparison() {
                    self.unquoted_beside(left, right);
                    self.unquoted_beside(right, left);
                }
                known
            }
            ExprKind::Between { operand, low, high, .. } => all(self, &[operand, low, high]),
            ExprKind::Call { args, .. } => all(self, &args.iter().collect::<Vec<_>>()),
            ExprKind::Error => false,
            ExprKind::Number(_)
            | ExprKind::Percent(_)
            | ExprKind::Duration(_)
            | ExprKind::Date(_)
            | ExprKind::Text(_)
            | ExprKind::Bool(_)
            | ExprKind::Null => true,
        }
    }

    /// `plan = pro`: a name that is no dimension, beside one of texts.
    fn unquoted_beside(&mut self, known: &Expr, unknown: &Expr) {
        let ExprKind::Path(names) = &known.kind else { return };
        let id = names.last().and_then(|name| self.dimensions.id(&name.node));
        if id.is_some_and(|id| self.dimensions.list[id.0].ty == Type::Text) {
            self.may_be_text(unknown);
        }
    }

    /// Tells a column of an aggregate's own rows that has the name of another dataset's column, which would be taken.
    fn shadowed(&mut self, name: &Spanned<String>, id: DimensionId, value: &ValueExpr) -> bool {
        let declared = |path: &Path| {
            let column = match self.dataset(path.dataset)[path.column].source {
                ColumnSource::MemberName(name) => name.label,
                _ => path.column,
            };
            self.resolved.table(path.dataset).dimensions.contains_key(&column)
        };
        let mut found: Option<(DatasetId, Path, Span)> = None;
        value.each_aggregate(&mut |a| {
            let Some(path) = self.dataset(a.dataset).reach.get(&id).and_then(RowExpr::as_column)
            else {
                return;
            };
            let own = self.resolved.table(a.dataset).has_column(&name.node);
            if found.is_none() && own && path.dataset != a.dataset && !declared(path) {
                found = Some((a.dataset, path.clone(), a.span));
            }
        });
        let Some((dataset, path, aggregate)) = found else { return false };
        let rows = &self.dataset(dataset).name;
        let told = Diagnostic::error(
            codes::AMBIGUOUS_NAME,
            name.span,
            format!("`{0}` is a column of `{rows}`, and also {1} (`{2}.{0}`)", name.node, self.path_text(&path), self.dataset(path.dataset).name),
        )
        .also(aggregate, format!("rows of `{rows}`"))
        .help(format!("say which one is meant: add `dimension: {0}` to the column `{0}` of `{rows}`, or of `{1}`", name.node, self.dataset(path.dataset).name));
        self.diagnostics.push(told);
        true
    }

    /// Whether every aggregate of the value reaches the dimension; told, all aggregates at once, when not.
    pub(crate) fn reachable(
        &mut self,
        name: &Spanned<String>,
        value: &ValueExpr,
        what: &str,
    ) -> bool {
        let Some(id) = self.dimensions.id(&name.node) else { return false };
        let mut unreached: Vec<&Aggregate> = Vec::new();
        value.each_aggregate(&mut |aggregate| {
            let seen = unreached.iter().any(|u| u.span == aggregate.span);
            if !self.dataset(aggregate.dataset).reach.contains_key(&id) && !seen {
                unreached.push(aggregate);
            }
        });
        let Some(first) = unreached.first() else { return !self.shadowed(name, id, value) };
        if let Some(routes) = self.dimensions.ambiguous.get(&(first.dataset, id)) {
            let dataset = &self.dataset(first.dataset).name;
            let told = Diagnostic::error(codes::AMBIGUOUS_NAME, name.span, format!("a row of `{dataset}` has two values of `{}`: {}", name.node, routes.join(" and ")))
                .also(first.span, "this aggregate")
                .help(format!("declare the one that is meant on `{dataset}`: a column with `value: {}` and `dimension: {}`", routes[0].trim_matches('`'), name.node));
            self.diagnostics.push(told);
            return false;
        }
        let rows = &self.dataset(first.dataset).name;
        let mut told = Diagnostic::error(
            codes::SLICE_UNREACHABLE,
            name.span,
            format!(
                "{what} needs one `{}` for every row, and rows of `{rows}` have none",
                name.node
            ),
        );
        for aggregate in &unreached {
            let dataset = &self.dataset(aggregate.dataset).name;
            told = told.also(
                aggregate.span,
                format!("`{}` over rows of `{dataset}`", aggregate.function.name()),
            );
        }
        let mut common: Vec<&str> = Vec::new();
        for (i, dimension) in self.dimensions.list.iter().enumerate() {
            let mut everywhere = true;
            value.each_aggregate(&mut |a| {
                everywhere &= self.dataset(a.dataset).reach.contains_key(&DimensionId(i));
            });
            if everywhere {
                common.push(&dimension.name);
            }
        }
        let or = if common.is_empty() { "" } else { "or " };
        if !common.is_empty() {
            told = told.help(list_of("every part of this metric has", common.into_iter()));
        }
        told = told.help(format!("{or}give `{rows}` the entity that has `{}` under `entities:`, or a column with `dimension: {}`", name.node, name.node));
        self.diagnostics.push(told);
        false
    }

    /// The dimension of that name; told when there is none.
    pub(crate) fn expect_dimension(
        &mut self,
        name: &Spanned<String>,
        what: &str,
    ) -> Option<DimensionId> {
        let text = &name.node;
        if let Some(id) = self.dimensions.id(text) {
            return Some(id);
        }
        let told = if let Some(place) = self.dimensions.personal.get(text) {
            let (words, declared) = self.personal_data(*place);
            let message = format!("{words}, so it can't be used by {what}");
            Diagnostic::error(codes::PII_OUTPUT, name.span, message)
                .also(declared, "declared here")
                .help("take a dimension that names no person")
        } else if let Some(places) = self.dimensions.unclear.get(text) {
            let mut told = Diagnostic::error(
                codes::AMBIGUOUS_NAME,
                name.span,
                format!("`{text}` is a column of several entities' homes"),
            );
            for (place, span) in places {
                told = told.also(*span, place.clone());
            }
            told.help("give the one that is meant a name of its own: `dimension: …` under its dataset's `columns:`")
        } else if self.resolved.names.is_unread(text) {
            return None;
        } else {
            self.no_dimension(name, what)
        };
        self.diagnostics.push(told);
        None
    }

    fn no_dimension(&self, name: &Spanned<String>, what: &str) -> Diagnostic {
        let text = &name.node;
        let told = Diagnostic::error(
            codes::UNKNOWN_NAME,
            name.span,
            format!("there is no dimension `{text}`, and {what} names dimensions"),
        );
        if let Some(base) = text.strip_suffix(AT_EVENT)
            && self.dimensions.id(base).is_some()
        {
            return told.help(format!(
                "`{base}` does not change in time, so it is the same at the event: write `{base}`"
            ));
        }
        if let Some(definition @ (Definition::Metric(_) | Definition::Dataset(_))) =
            self.resolved.names.get(text)
        {
            return told.help(format!("`{text}` is {}", definition.what()));
        }
        if let Some(near) = self.dimensions.nearest(text) {
            return told.help(format!("did you mean `{near}`?"));
        }
        let holder = self.resolved.tables.iter().find(|t| t.has_column(text));
        match holder {
            Some(table) => told.help(format!(
                "`{text}` is a column of `{0}`: make it a dimension under `columns:` of `{0}` with `{text}: {{ dimension: {text} }}`",
                table.dataset.name
            ))
            .help(format!("or put the condition into the aggregate, as in `count({} where {text} = …)`", table.dataset.name)),
            None => told.help(list_of("the dimensions are", self.dimensions.list.iter().map(|d| d.name.as_str()))),
        }
    }
}
