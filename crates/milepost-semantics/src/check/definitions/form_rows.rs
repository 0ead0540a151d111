//! Rows that forms name outside their expressions.

use crate::check::Checker;
use crate::model::{DatasetKind, Window};
use crate::resolve::Definition;
use milepost_syntax::ast::{FormSpec, MetricSpec};
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
            let message =
                format!("a form takes events here, and `{}` is no dataset of events", rows.node);
            let told = Diagnostic::error(codes::TYPE_MISMATCH, rows.span, message);
            let told = told.also(table.dataset.span, "the dataset");
            self.diagnostics.push(told.help("each row needs the time at which it happened: give the dataset `kind: events` and `time:`"));
            good = false;
        }
        good
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
