//! Slices: every outermost aggregate must have one value of each.

use crate::check::Checker;
use crate::model::{DimensionId, ValueExpr};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::Spanned;

impl Checker<'_, '_> {
    /// The dimensions that a metric with these parts is sliced by; those that it can't be are told and left out.
    pub(crate) fn slices(
        &mut self,
        names: &[Spanned<String>],
        parts: &[&ValueExpr],
    ) -> Vec<DimensionId> {
        let mut list: Vec<(DimensionId, &Spanned<String>)> = Vec::new();
        for name in names {
            let Some(id) = self.slice(name) else { continue };
            if let Some((_, first)) = list.iter().find(|(other, _)| *other == id) {
                self.diagnostics.push(
                    Diagnostic::error(
                        codes::DUPLICATE_DEFINITION,
                        name.span,
                        format!("`{}` is in the list twice", name.node),
                    )
                    .also(first.span, "first here")
                    .help("remove one"),
                );
                continue;
            }
            if parts.iter().all(|value| self.can_slice(name, value)) {
                list.push((id, name));
            }
        }
        list.into_iter().map(|(id, _)| id).collect()
    }

    fn slice(&mut self, name: &Spanned<String>) -> Option<DimensionId> {
        self.offered(name, |checker| checker.expect_dimension(name, "`slices:`"))
    }

    fn can_slice(&mut self, name: &Spanned<String>, value: &ValueExpr) -> bool {
        self.offered(name, |checker| checker.reachable(name, value, "a slice"))
    }

    /// A package knows neither the dimensions of a project nor the links of its datasets, so its slices are an offer:
    /// those that can't be are left out in silence.
    fn offered<T>(&mut self, name: &Spanned<String>, look: impl FnOnce(&mut Self) -> T) -> T {
        if !self.resolved.package.is_imported(name.span) {
            return look(self);
        }
        let told = std::mem::take(self.diagnostics);
        let found = look(self);
        *self.diagnostics = told;
        found
    }
}
