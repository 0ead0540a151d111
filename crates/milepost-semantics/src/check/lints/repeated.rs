//! Sums and means of what linked rows say: each linked row is taken once for every row that leads to it.

use std::collections::BTreeSet;

use crate::check::Checker;
use crate::check::aggregates::subject::Rows;
use crate::check::definitions::personal::Place;
use crate::check::expressions::row::RowScope;
use crate::model::{CheckRule, ColumnSource, EntityId, Hop, RowExpr, Window};
use milepost_syntax::ast::{self, AggregateFunction, Expr, ExprKind};
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::{Span, Spanned};
use milepost_syntax::{codes, print_expr};

/// An aggregate that has been checked.
pub(crate) struct Taken<'a> {
    pub(crate) spec: &'a ast::Aggregate,
    pub(crate) rows: &'a Rows<'a>,
    pub(crate) arg: &'a RowExpr,
    pub(crate) window: Window,
    pub(crate) outer: Option<&'a RowScope<'a>>,
    pub(crate) span: Span,
}

impl Checker<'_, '_> {
    /// Warns where nothing that is added belongs to the row itself.
    pub(crate) fn repeated(&mut self, taken: &Taken<'_>) {
        let Taken { spec, rows, arg, window, .. } = taken;
        let function = spec.function.node;
        let grows = matches!(
            function,
            AggregateFunction::Sum
                | AggregateFunction::Avg
                | AggregateFunction::Stddev
                | AggregateFunction::Median
                | AggregateFunction::Percentile
        );
        // After `per` stands whose number it is, so it was chosen.
        if !grows || spec.per.is_some() {
            return;
        }
        let mut linked = Vec::new();
        if !self.all_behind_links(arg, window.is_state(), &mut BTreeSet::new(), &mut linked) {
            return;
        }
        let Some(entity) = linked.first().and_then(|hops| Some(hops.last()?.entity)) else {
            return;
        };
        let (word, name) = (function.name(), &self.resolved.entity(entity).name);
        let message = format!(
            "`{word}` takes this once for each row of `{}`, and several of them may lead to one `{name}`",
            rows.name
        );
        let mut told = Diagnostic::warning(codes::REPEATED_AMOUNT, arg.span, message);
        let same = linked.iter().all(|hops| *hops == linked[0]);
        if let Some(written) = self.each_once(taken, entity).filter(|_| same) {
            let lives = if self.resolved.entity(entity).lives.is_some() {
                String::new()
            } else {
                format!("; it needs `lives:` of the entity `{name}`, such as `lives: always`")
            };
            told = told.help(format!("to take each `{name}` once, write `{written}`{lives}"));
        }
        let written = for_each_row(taken);
        self.diagnostics.push(
            told.help(format!("if that is intended, say so: `{written}` takes it for each row")),
        );
    }

    /// Whether every column that the value is made of stands behind a link that several rows may share; `linked`: the
    /// links of each.
    fn all_behind_links(
        &self,
        value: &RowExpr,
        state: bool,
        seen: &mut BTreeSet<Place>,
        linked: &mut Vec<Vec<Hop>>,
    ) -> bool {
        let mut all = true;
        value.each_source(&mut |_, path| {
            if !path.hops.is_empty() {
                all &= path.hops.iter().any(|hop| !self.is_one_to_one(hop, state));
                linked.push(path.hops.clone());
            } else if let ColumnSource::Computed(own) =
                &self.dataset(path.dataset)[path.column].source
            {
                let fresh = seen.insert((path.dataset, path.column));
                all = all && (!fresh || self.all_behind_links(own, state, seen, linked));
            } else {
                all = false;
            }
        });
        all && !linked.is_empty()
    }

    /// Whether no two rows have one key: the dataset says that its columns are never repeated. Of a state there is one
    /// picture at a time.
    fn is_one_to_one(&self, hop: &Hop, state: bool) -> bool {
        let dataset = self.dataset(hop.from);
        let time = dataset.time().filter(|_| state);
        let named = |columns: &[_]| {
            let own = |c: &_| hop.from_columns.contains(c) || time == Some(*c);
            !columns.is_empty() && columns.iter().all(own)
        };
        let checked = dataset.checks.iter().any(|check| match &check.rule {
            CheckRule::Unique(columns) => check.fatal && named(columns),
            _ => false,
        });
        named(&dataset.key) || named(&dataset.unique) || checked
    }

    /// The same over the members that the rows lead to: `sum(amount per order where any(payments))`.
    fn each_once(&self, taken: &Taken<'_>, entity: EntityId) -> Option<String> {
        let Taken { spec, rows, window, outer, span, .. } = taken;
        if spec.linked.is_some() || *window == Window::Average {
            return None;
        }
        let members = self.resolved.entity(entity).members?;
        // Rows are found by the key of the member, and members by that of whoever is judged.
        if self.key_ways(rows.dataset, entity).len() != 1 {
            return None;
        }
        if let Some(outer) = outer
            && self.key_ways(members, outer.members?).len() != 1
        {
            return None;
        }
        let name = Spanned::new(self.resolved.entity(entity).name.clone(), *span);
        let mut subject = spec.subject.clone();
        if !each_path_mut(&mut subject, &mut |path| self.of_member(path, &name)) {
            return None;
        }
        let condition = ast::Aggregate {
            function: Spanned::new(AggregateFunction::Any, *span),
            subject: path(rows.name, *span),
            arguments: Vec::new(),
            ..(*spec).clone()
        };
        let whole = ast::Aggregate {
            subject,
            per: Some(name),
            on: None,
            window: None,
            filter: Some(aggregate(condition, *span)),
            ..(*spec).clone()
        };
        Some(print_expr(&aggregate(whole, *span)))
    }

    /// Names a column as the member does that the path leads to; false where it leads elsewhere.
    fn of_member(&self, path: &mut Expr, member: &Spanned<String>) -> bool {
        let ExprKind::Path(names) = &mut path.kind else { return false };
        let Some(last) = names.pop() else { return false };
        let leads = names.last().is_some_and(|link| link.node == member.node);
        let clear = self.resolved.names.get(&last.node).is_none();
        *names = if clear { vec![last] } else { vec![member.clone(), last] };
        leads
    }
}

/// The same with `per`: what is meant for each row.
fn for_each_row(taken: &Taken<'_>) -> String {
    let mut spec = taken.spec.clone();
    let leading = taken.rows.name;
    each_path_mut(&mut spec.subject, &mut |path| {
        if let ExprKind::Path(names) = &mut path.kind
            && names.len() > 2
            && names[0].node == leading
        {
            names.remove(0);
        }
        true
    });
    spec.per = Some(Spanned::new(leading.to_owned(), taken.span));
    print_expr(&aggregate(spec, taken.span))
}

fn path(name: &str, span: Span) -> Expr {
    Expr { kind: ExprKind::Path(vec![Spanned::new(name.to_owned(), span)]), span }
}

fn aggregate(spec: ast::Aggregate, span: Span) -> Expr {
    Expr { kind: ExprKind::Aggregate(Box::new(spec)), span }
}

/// Calls `f` for every path of an arithmetic expression; not if it is made of anything else.
fn each_path_mut(expr: &mut Expr, f: &mut dyn FnMut(&mut Expr) -> bool) -> bool {
    match &mut expr.kind {
        ExprKind::Path(_) => f(expr),
        ExprKind::Unary { operand, .. } => each_path_mut(operand, f),
        ExprKind::Binary { left, right, .. } => each_path_mut(left, f) && each_path_mut(right, f),
        ExprKind::Call { args, .. } => args.iter_mut().all(|arg| each_path_mut(arg, f)),
        ExprKind::Number(_)
        | ExprKind::Percent(_)
        | ExprKind::Duration(_)
        | ExprKind::Date(_)
        | ExprKind::Text(_)
        | ExprKind::Bool(_)
        | ExprKind::Null => true,
        _ => false,
    }
}
