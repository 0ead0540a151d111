//! Sums of what does not add up.

use crate::check::Checker;
use crate::model::{RowExpr, RowKind};
use milepost_syntax::ast::UnitSpec;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

impl Checker<'_, '_> {
    /// Warns of a sum over a column of percentages or ratios: two halves are no whole.
    pub(crate) fn summed_ratio(&mut self, arg: &RowExpr) {
        let RowKind::Column(path) = &arg.kind else { return };
        let column = &self.dataset(path.dataset)[path.column];
        let declared = self.resolved.table(path.dataset).spec.columns.iter();
        let unit = declared.filter(|c| c.name.node == column.name).find_map(|c| c.unit.as_ref());
        let Some(unit) = unit else { return };
        let UnitSpec::Name(word) = &unit.node else { return };
        if !matches!(word.trim(), "percent" | "ratio") {
            return;
        }
        let name = &column.name;
        let told = Diagnostic::warning(
            codes::SUMMED_RATIO,
            arg.span,
            format!("`{name}` holds shares of a whole, and their sum grows with the number of rows"),
        )
        .also(unit.span, "its unit")
        .help("take the average (`avg`) or the median; where rows differ in size, divide two sums: `sum(part) / sum(whole)`");
        self.diagnostics.push(told);
    }
}
