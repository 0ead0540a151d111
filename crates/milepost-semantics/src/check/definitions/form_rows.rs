//! Rows that forms name outside their expressions.

use crate::check::Checker;
use crate::model::{DatasetKind, Type, Window};
use crate::resolve::Definition;
use milepost_syntax::ast::{EndSpec, Expr, ExprKind, FormSpec, MetricSpec};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

impl Checker<'_, '_> {
    /// Whether what a form takes rows of has a time for each row; reported where not.
    pub(super) fn in_time(&mut self, spec: &MetricSpec) -> bool {
        let mut good = true;
        // The steps of a funnel may be placed by columns of any rows.
        let form = spec.form.iter().filter(|form| !matches!(form, FormSpec::Funnel(_)));
        for rows in form.flat_map(FormSpec::rows) {
            let dataset = match self.resolved.names.get(&rows.node) {
                Some(Definition::Dataset(id)) => Some(id),
                Some(Definition::Behavior(id)) => {
                    self.behaviors[id.0].as_ref().map(|found| found.dataset)
                }
                // Anything else is reported where its rows are taken.
                _ => None,
            };
            let Some(id) = dataset else { continue };
            let table = self.resolved.table(id);
            if matches!(table.dataset.kind, DatasetKind::Events { .. }) || !table.kind_known {
                continue;
            }
            let what = if spec.list().is_some() {
                "a snooze begins with an event"
            } else {
                "a form takes events here"
            };
            let message = format!("{what}, and `{}` is no dataset of events", rows.node);
            let told = Diagnostic::error(codes::TYPE_MISMATCH, rows.span, message);
            let told = told.also(table.dataset.span, "the dataset");
            self.diagnostics.push(told.help("each row needs the time at which it happened: give the dataset `kind: events` and `time:`"));
            good = false;
        }
        good
    }

    /// Whether a duration goes from a time to a time; reported where not, once for all parts.
    pub(super) fn is_between_times(&mut self, spec: &MetricSpec) -> bool {
        let Some(FormSpec::Duration(duration)) = &spec.form else { return true };
        let Some(of) = &duration.of else { return true };
        let before = self.diagnostics.counts().0;
        let Some(rows) = self.rows(of, of.span) else { return false };
        let mut scope = self.scope_of(&rows, of.span, Window::Bucket, None);
        let to = match &duration.to {
            Some(EndSpec::Time(time)) => Some(time),
            _ => None,
        };
        let times = [
            (duration.from.as_ref(), "a member begins at a time"),
            (to, "what is reached is a time"),
            (duration.lost.as_ref(), "a member is lost at a time"),
        ];
        for (time, why) in times {
            // Rows have a time of their own.
            let Some(time) = time.filter(|time| !self.names_rows(time)) else { continue };
            let node = self.expr(&mut scope, time);
            self.wants(&node, why, "a date or a timestamp", |ty| {
                matches!(ty, Type::Date | Type::Timestamp)
            });
        }
        self.diagnostics.counts().0 == before
    }

    fn names_rows(&self, expr: &Expr) -> bool {
        let ExprKind::Path(path) = &expr.kind else { return false };
        let [name] = path.as_slice() else { return false };
        let found = self.resolved.names.get(&name.node);
        matches!(found, Some(Definition::Dataset(_) | Definition::Behavior(_)))
    }

    /// Whether the score of a survey is a number of its answers; reported where not, once for all parts.
    pub(super) fn scored(&mut self, spec: &MetricSpec) -> bool {
        let Some(FormSpec::Survey(survey)) = &spec.form else { return true };
        let (Some(answers), Some(score)) = (&survey.answers, &survey.score) else { return true };
        let before = self.diagnostics.counts().0;
        let Some(rows) = self.rows(&answers.name, score.span) else { return false };
        let mut scope = self.scope_of(&rows, score.span, Window::Bucket, None);
        let node = self.expr(&mut scope, score);
        self.wants_number(&node, "the score of an answer is a number");
        self.diagnostics.counts().0 == before
    }
}
