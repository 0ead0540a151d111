//! Aggregates: function, subject, window and filter together.

mod late_window;
mod listed;
mod result;
mod since;

use super::filter::and;
use super::subject::{Rows, Subject};
use super::{blocks, window};
use crate::check::Checker;
use crate::check::definitions::behaviors::asked_as_of;
use crate::check::expressions::expr::{Meaning, Node};
use crate::check::expressions::row::RowScope;
use crate::check::expressions::value::ValueScope;
use crate::check::lints::repeated::Taken;
use crate::model::{
    Aggregate, DatasetKind, EntityId, Link, RowExpr, Type, ValidAt, ValueExpr, ValueKind, Window,
    Within,
};
use milepost_syntax::ast::{self, AggregateFunction, Expr, ExprKind};
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::Span;
use milepost_syntax::{codes, print_expr};

/// An aggregate, and how it hangs on the row that consults it, if one does.
pub(crate) struct Built {
    pub(crate) aggregate: Aggregate,
    pub(crate) links: Vec<Link>,
    pub(crate) others_only: bool,
    pub(crate) within: Option<Within>,
}

impl Checker<'_, '_> {
    /// An aggregate where the value of a metric stands.
    pub(crate) fn value_aggregate(
        &mut self,
        scope: &mut ValueScope,
        expr: &Expr,
        spec: &ast::Aggregate,
    ) -> Option<ValueExpr> {
        if let Some(unit) = self.block_unit(spec) {
            return self.blocks(scope, expr, spec, unit);
        }
        if let Some(linked) = &spec.linked {
            let told = Diagnostic::error(
                codes::UNLINKED_ROWS,
                linked.span,
                "`with same` links rows to an outer row, and there is no outer row here",
            );
            self.diagnostics.push(told.help("put the aggregate into the condition of another: `count(touches where any(login with same contact within 7 days))`"));
            return None;
        }
        let aggregate = self.aggregate(expr, spec, None)?.aggregate;
        Some(ValueExpr {
            ty: aggregate.ty,
            unit: aggregate.unit.clone(),
            span: aggregate.span,
            kind: ValueKind::Aggregate(Box::new(aggregate)),
        })
    }

    /// Checks an aggregate; absent when something is wrong, which is told. `outer`: the row that consults it.
    pub(crate) fn aggregate(
        &mut self,
        expr: &Expr,
        spec: &ast::Aggregate,
        outer: Option<&RowScope<'_>>,
    ) -> Option<Built> {
        let span = expr.span;
        if let Some((window, right)) = self.window_first(spec, span) {
            self.tell_late_window(window, &right, outer);
            return None;
        }
        let told_before = self.diagnostics.counts().0;
        let subject = match &spec.per {
            Some(name) => self.rows(name, span).map(|rows| Subject {
                rows,
                args: Vec::new(),
                meaning: Meaning::unknown(),
            }),
            None => self.subject(spec, span, outer),
        };
        let length = window::lower(self, spec.window.as_ref());
        let mut subject = subject?;
        let window = self.window_of(spec, &subject.rows, length?, outer, span)?;
        let mut scope = self.scope_of(&subject.rows, span, window, outer);
        let always = self.place_listed(spec, &subject.rows, &mut scope);
        let is_timeless = always.is_some();
        if spec.per.is_some() {
            self.per_argument(spec, &mut scope, &mut subject);
        }
        let on = match &spec.on {
            Some(on) => Some(self.placing(&mut scope, on)),
            None => always,
        };
        let (links, filter) = self.linked_filter(&mut scope, spec, span);
        let listed = self.listed(&scope, spec);
        if is_timeless {
            self.without_own_time(filter.iter().chain(&listed), subject.rows.name);
        }
        let within = self.within(spec, outer);
        let percentile = self.arguments(spec);
        let meaning = self.result(spec, &subject);
        self.fits(spec, &subject.rows, (window, on.is_some()), span);
        self.averages(spec, window, &meaning);
        if self.diagnostics.counts().0 > told_before {
            return None;
        }
        if let [arg] = subject.args.as_slice() {
            self.repeated(&Taken { spec, rows: &subject.rows, arg, window, outer, span });
        }
        let Subject { rows, args, .. } = subject;
        let own = match rows.behavior {
            Some(id) => {
                self.rows_of(id, spec.subject.span).ok()?.map(|own| asked_as_of(own, scope.when))
            }
            None => None,
        };
        let bare = rows.members.is_none() && !window.is_state() && within.is_none();
        let since = outer.filter(|_| bare).and_then(|outer| outer.counts_since(spec));
        let since = since.and_then(|since| self.since_start(&rows, on.as_ref(), since, span));
        let filter = [own, filter, since].into_iter().flatten();
        let filter = filter.reduce(|before, next| and(Some(before), next));
        let mut aggregate = Aggregate {
            function: spec.function.node,
            distinct: spec.distinct.is_some(),
            one_each: spec.best.is_some(),
            dataset: rows.dataset,
            behavior: rows.behavior,
            members: rows.members,
            args,
            percentile,
            approximate: self.approximates(spec),
            on,
            window,
            filter,
            matures: Vec::new(),
            looks: Vec::new(),
            earlier: None,
            listed,
            text: print_expr(expr),
            ty: meaning.ty,
            unit: meaning.unit,
            span,
        };
        // Rows that are listed are as they are known on that day, like members.
        if rows.members.is_some() || !spec.listed.is_empty() {
            self.see(&mut aggregate);
        }
        self.look_by_day(&mut aggregate);
        Some(Built { aggregate, links, others_only: spec.linked.is_some(), within })
    }

    /// The value that is taken of each row: `avg(A / B per account)`.
    fn per_argument(
        &mut self,
        spec: &ast::Aggregate,
        scope: &mut RowScope<'_>,
        subject: &mut Subject<'_>,
    ) {
        let word = spec.function.node.name();
        if !blocks::summarizes(spec.function.node) {
            let told = Diagnostic::error(
                codes::INVALID_VALUE,
                spec.function.span,
                format!("`per` gives one number for each, and `{word}` does not summarize numbers"),
            );
            self.diagnostics.push(
                told.help("write `avg`, `sum`, `median`, `percentile`, `min`, `max` or `stddev`"),
            );
        }
        let arg = self.expr(scope, &spec.subject);
        subject.meaning = arg.meaning();
        subject.args = vec![arg];
        if let Some(best) = &spec.best {
            let rank = self.expr(scope, &best.rank);
            subject.args.push(rank);
            subject.args.extend(self.key_of_row(scope, &best.of));
        }
        if let (AggregateFunction::Curve(_), Some(state)) =
            (spec.function.node, spec.arguments.first())
        {
            subject.args.push(self.expr(scope, state));
        }
    }

    /// Whether a mean of the days can be taken.
    fn averages(&mut self, spec: &ast::Aggregate, window: Window, meaning: &Meaning) {
        let number = meaning.ty.is_numeric() || meaning.ty == Type::Unknown;
        if window != Window::Average || number {
            return;
        }
        let at = spec.window.as_ref().map_or(spec.function.span, |w| w.span);
        let told = Diagnostic::error(
            codes::TYPE_MISMATCH,
            at,
            format!(
                "`average` is the mean of the days, and this is {} on each day",
                meaning.ty.describe()
            ),
        );
        self.diagnostics
            .push(told.help("write `at end` or `at start` for the state at one instant"));
    }

    /// Whether members and rows fit the window, and members can be counted at all.
    fn fits(
        &mut self,
        spec: &ast::Aggregate,
        rows: &Rows<'_>,
        (window, placed): (Window, bool),
        span: Span,
    ) {
        let Some(entity) = rows.members else {
            if self.resolved.table(rows.dataset).kind_known {
                window::check_kind(self, spec, rows, window, placed, span);
            }
            return;
        };
        if window == Window::Average {
            let at = spec.window.as_ref().map_or(span, |w| w.span);
            let told = Diagnostic::error(
                codes::NOT_A_STATE,
                at,
                "members are evaluated at an instant, so there is no average of the days",
            );
            self.diagnostics.push(told.help(format!(
                "write `avg(count({}) per day)` for the mean of the days",
                rows.name
            )));
        }
        let word = spec.function.node.name();
        if matches!(spec.function.node, AggregateFunction::First | AggregateFunction::Last)
            && spec.on.is_none()
        {
            let told = Diagnostic::error(
                codes::NEEDS_TIME,
                spec.function.span,
                format!("`{word}` needs a time, and members have none of their own"),
            );
            self.diagnostics.push(
                told.help(format!(
                    "name the time: `{word}({}.plan on created_at ever)`",
                    rows.name
                )),
            );
        }
        let found = self.resolved.entity(entity);
        // A `lives:` that is wrong was told.
        let written = self.resolved.package.entities[entity.0].lives.is_some();
        if found.lives.is_none() && !written && spec.on.is_none() {
            // Told of the entity, where it is mended, so that it is told once however often members are counted.
            let told = Diagnostic::error(
                codes::NEEDS_LIVES,
                found.span,
                format!(
                    "members of `{}` are counted, and nothing says from when to when one counts",
                    found.name
                ),
            )
            .help(self.lives_to_write(entity));
            self.diagnostics.push(told);
        }
    }

    /// What `lives:` may be of an entity, with the columns that its home has.
    fn lives_to_write(&self, entity: EntityId) -> String {
        let Some(home) = self.resolved.entity(entity).home else {
            return "add `lives: always` to the entity: it has no home, so a member is there from the first row that names it".to_owned();
        };
        match self.resolved.table(home).times().as_slice() {
            [] => format!(
                "add `lives: always` to the entity: `{}` has no column with a day or a time",
                self.dataset(home).name
            ),
            [from] => format!(
                "add `lives: [{from}, none]` to the entity if members begin then and never end, or `lives: always`"
            ),
            [from, to, ..] => format!(
                "add for example `lives: [{from}, {to}]` to the entity, `lives: [{from}, none]` if members never end, or `lives: always`"
            ),
        }
    }

    /// The window with what a judgement by the day adds: states are at its end, events need a window.
    fn window_of(
        &mut self,
        spec: &ast::Aggregate,
        rows: &Rows<'_>,
        window: Window,
        outer: Option<&RowScope<'_>>,
        span: Span,
    ) -> Option<Window> {
        let within = spec.linked.as_ref().and_then(|linked| linked.node.within.as_ref());
        if let (Some(within), Some(window)) = (within, &spec.window) {
            let told = Diagnostic::error(
                codes::INVALID_VALUE,
                window.span,
                "`within` is a window already, so there can't be another one",
            );
            self.diagnostics.push(told.also(within.span, "`within`").help("keep one of the two"));
            return None;
        }
        let within = within.is_some() || spec.elapsed_step().is_some();
        let bare = window == Window::Bucket && !within && rows.members.is_none();
        if !bare {
            return Some(window);
        }
        let dataset = self.dataset(rows.dataset);
        let state =
            matches!(dataset.kind, DatasetKind::History { .. } | DatasetKind::Snapshot { .. });
        if state && spec.on.is_none() && outer.is_some_and(|outer| outer.daily) {
            return Some(Window::AtEnd);
        }
        if outer.is_some_and(|outer| outer.counts_since(spec).is_some()) {
            return Some(Window::Ever { before: false });
        }
        let daily = outer.is_some_and(RowScope::needs_window);
        let linked = spec.linked.is_some()
            && outer.is_some_and(|outer| outer.when == Some(ValidAt::Row) && !daily);
        if daily || (linked && !state) {
            let why = if daily {
                "members are evaluated at the end of each day here, so say how far back it looks"
            } else {
                "say when the rows lie that each row looks at"
            };
            let word = spec.function.node.name();
            let told = Diagnostic::error(codes::NEEDS_WINDOW, span, why);
            self.diagnostics.push(if daily {
                told.help(format!(
                    "write for example `{word}({} over 28 days …)`, or `ever`",
                    rows.name
                ))
            } else {
                told.help("add `within 7 days`, `over 28 days` or `ever`")
            });
            return None;
        }
        Some(Window::Bucket)
    }

    /// `on`: a column or path that says when; of members also an aggregate over all their history.
    fn placing(&mut self, scope: &mut RowScope<'_>, on: &Expr) -> RowExpr {
        let before = self.diagnostics.counts().0;
        let mut node = self.expr(scope, on);
        if self.diagnostics.counts().0 > before {
            return node;
        }
        if scope.members.is_some() {
            self.over_all_history(&mut node);
        }
        let good = self.wants(&node, "`on` places rows in time", "a date or a timestamp", |ty| {
            matches!(ty, Type::Date | Type::Timestamp)
        });
        if good && scope.members.is_none() && !matches!(on.kind, ExprKind::Path(_)) {
            self.diagnostics.push(
                Diagnostic::error(codes::INVALID_VALUE, on.span, "`on` names a column or a path")
                    .help("give the expression a name under the dataset's `columns:` with `value:`, and name that"),
            );
        }
        node
    }

    /// The p of a percentile; other arguments are told.
    pub(crate) fn arguments(&mut self, spec: &ast::Aggregate) -> Option<f64> {
        let function = spec.function.node;
        let word = function.name();
        if matches!(function, AggregateFunction::Nth | AggregateFunction::Curve(_)) {
            // Written by a form.
            return match &spec.arguments.last()?.kind {
                ExprKind::Number(n) => Some(n.to_f64()),
                _ => None,
            };
        }
        if function == AggregateFunction::Percentile {
            let [p] = spec.arguments.as_slice() else {
                let span = spec.arguments.get(1).map_or(spec.function.span, |a| a.span);
                self.diagnostics.push(
                    Diagnostic::error(
                        codes::INVALID_VALUE,
                        span,
                        "`percentile` takes a value and a number from 0 to 100",
                    )
                    .help("write for example `percentile(events.duration, 90)`"),
                );
                return None;
            };
            let value = match &p.kind {
                ExprKind::Number(n) | ExprKind::Percent(n) => Some(n.to_f64()),
                _ => None,
            };
            if let Some(value) = value.filter(|v| (0.0..=100.0).contains(v)) {
                return Some(value);
            }
            if !matches!(p.kind, ExprKind::Error) {
                self.diagnostics.push(
                    Diagnostic::error(
                        codes::INVALID_VALUE,
                        p.span,
                        "a percentile is a number from 0 to 100",
                    )
                    .help("write for example 90"),
                );
            }
            return None;
        }
        if let Some(extra) = spec.arguments.first() {
            self.diagnostics.push(
                Diagnostic::error(
                    codes::INVALID_VALUE,
                    extra.span,
                    format!("`{word}` takes one value"),
                )
                .help(match to_date(extra) {
                    Some(unit) => {
                        format!("for a window, write `to date in {unit}` without a comma")
                    }
                    None => "remove everything after the comma".to_owned(),
                }),
            );
        }
        (function == AggregateFunction::Median).then_some(50.0)
    }
}

/// The unit of `MTD` and the like.
fn to_date(expr: &Expr) -> Option<&'static str> {
    let ExprKind::Path(names) = &expr.kind else { return None };
    let [name] = names.as_slice() else { return None };
    match name.node.to_ascii_lowercase().as_str() {
        "wtd" => Some("week"),
        "mtd" => Some("month"),
        "qtd" => Some("quarter"),
        "ytd" => Some("year"),
        _ => None,
    }
}
