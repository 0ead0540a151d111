//! How large definitions are once everything that they name is written out, and the limits of that.
//!
//! A column that is computed from itself twice over, or a metric that names another one twice, doubles with every step: a few
//! lines would stand for more text than any machine has. So each step is measured before the next is built on it.

use super::Checker;
use crate::model::{
    Aggregate, ColumnId, DatasetId, Form, Hop, Inner, Kind, Path, RowExpr, RowKind, ScalarFunction,
    Type, Typed, Unit, ValueExpr, ValueKind, Within,
};
use milepost_syntax::ast::{BinaryOp, Expr};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::limits::{LAYERS, LEVELS, PARTS, PROJECT_PARTS, UNIT_FACTORS, counted};
use milepost_syntax::span::Span;

/// How large an expression is with computed columns, behaviors and metrics written out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    /// Names, values, operators, functions and aggregates.
    pub(crate) parts: usize,
    /// Operators and functions inside each other.
    pub(crate) levels: usize,
    /// Metrics inside each other.
    pub(crate) layers: usize,
    /// Something in it is wrong, which was told.
    is_broken: bool,
}

impl Size {
    const ONE: Self = Self { parts: 1, levels: 1, layers: 0, is_broken: false };

    /// Of what an author wrote, with nothing written out.
    pub(crate) fn of_text(expr: &Expr) -> Self {
        let mut all = Self::default();
        expr.each_child(&mut |child| all = all.and(Self::of_text(child)));
        all.inside()
    }

    /// Beside something else.
    fn and(self, other: Self) -> Self {
        Self {
            parts: self.parts.saturating_add(other.parts),
            levels: self.levels.max(other.levels),
            layers: self.layers.max(other.layers),
            is_broken: self.is_broken || other.is_broken,
        }
    }

    /// Inside an operator or a function.
    fn inside(self) -> Self {
        Self { parts: self.parts.saturating_add(1), levels: self.levels + 1, ..self }
    }

    /// Written as often as that.
    pub(crate) fn times(self, n: usize) -> Self {
        Self { parts: self.parts.saturating_mul(n), ..self }
    }

    pub(crate) const fn is_too_large(self) -> bool {
        self.parts > PARTS || self.levels > LEVELS || self.layers > LAYERS
    }

    /// Which limit is passed, for messages.
    fn limit(self) -> String {
        if self.parts > PARTS {
            format!("it has more than {} parts", counted(PARTS as u64))
        } else if self.levels > LEVELS {
            format!("more than {LEVELS} operators and functions are nested")
        } else {
            format!("more than {LAYERS} metrics are nested")
        }
    }
}

impl Checker<'_, '_> {
    /// The size of a row's value.
    pub(crate) fn row_size(&self, expr: &RowExpr) -> Size {
        match &expr.kind {
            RowKind::Column(path) => self.path_size(path),
            RowKind::Inner(inner) => self.inner_size(inner).inside(),
            RowKind::Seen(time) => self.row_size(time).times(2).inside(),
            _ => form_size(expr, &|part| self.row_size(part)),
        }
    }

    /// The size of several values of a row.
    pub(crate) fn rows_size<'e>(&self, exprs: impl IntoIterator<Item = &'e RowExpr>) -> Size {
        exprs.into_iter().fold(Size::default(), |all, expr| all.and(self.row_size(expr)))
    }

    /// The size of a metric's value.
    pub(crate) fn value_size(&self, value: &ValueExpr) -> Size {
        let size = |part: &ValueExpr| self.value_size(part);
        match &value.kind {
            ValueKind::Aggregate(aggregate) => self.aggregate_size(aggregate),
            ValueKind::Metric { value, .. } => {
                let written = size(value);
                Size { layers: written.layers + 1, ..written }
            }
            // Where it is not known, neither branch is taken, and SQL asks it twice.
            ValueKind::Form(Form::If { condition, then, otherwise }) => {
                size(condition).times(2).and(size(then)).and(size(otherwise)).inside()
            }
            _ => form_size(value, &size),
        }
    }

    fn aggregate_size(&self, aggregate: &Aggregate) -> Size {
        self.rows_size(aggregate.exprs().chain(aggregate.waits()).chain(&aggregate.listed)).inside()
    }

    fn inner_size(&self, inner: &Inner) -> Size {
        let links = inner.links.iter().flat_map(|link| [&link.outer, &link.inner]);
        let times = inner.within.iter().flat_map(Within::times);
        self.aggregate_size(&inner.aggregate).and(self.rows_size(links.chain(times)))
    }

    fn path_size(&self, path: &Path) -> Size {
        let keys = path.hops.iter().flat_map(|hop: &Hop| {
            hop.from_columns.iter().filter_map(|column| self.column_size(hop.from, *column))
        });
        let keys = keys.fold(Size::default(), Size::and);
        let own = self.column_size(path.dataset, path.column);
        own.map_or(Size::ONE, Size::inside).and(keys)
    }

    /// The size of a computed column.
    fn column_size(&self, dataset: DatasetId, column: ColumnId) -> Option<Size> {
        self.column_sizes.get(&(dataset, column)).copied()
    }

    /// Measures a computed column. One that is too large is told, and has no type from then on.
    pub(super) fn measured_column(
        &mut self,
        dataset: DatasetId,
        column: ColumnId,
        row: RowExpr,
    ) -> RowExpr {
        let size = self.row_size(&row);
        if row.ty == Type::Unknown || size.is_broken {
            return row;
        }
        if !size.is_too_large() {
            self.column_sizes.insert((dataset, column), size);
            return row;
        }
        let table = self.dataset(dataset);
        let message = format!(
            "`{}.{}` is too large: with the columns that it is computed from inlined, {}",
            table.name,
            table[column].name,
            size.limit()
        );
        let told = Diagnostic::error(codes::LIMIT_EXCEEDED, row.span, message);
        self.diagnostics.push(told.help("name each column fewer times, or compute it in the data"));
        <RowExpr as super::expressions::expr::Node>::unknown(row.span)
    }

    /// Whether there is room to write out something of that size at `span` in the definition that is being checked; told
    /// once for each definition when not. `what`: the thing that is named.
    pub(crate) fn has_room_for(&mut self, size: Size, what: &str, span: Span) -> bool {
        self.copied = self.copied.saturating_add(size.parts);
        let whole = Size { parts: self.copied, ..size };
        if !whole.is_too_large() {
            return true;
        }
        if !std::mem::replace(&mut self.is_full, true) {
            let message = format!("with {what} inlined this is too large: {}", whole.limit());
            self.tell_too_large(span, message);
        }
        false
    }

    /// Whether a whole definition, and the project with it, is as small as it has to be; told when not. One in which
    /// something is wrong is not, in silence.
    pub(crate) fn fits_whole(&mut self, size: Size, name: &str, span: Span) -> bool {
        if size.is_broken {
            return false;
        }
        if size.is_too_large() {
            let message = format!(
                "`{name}` is too large: with everything that it references inlined, {}",
                size.limit()
            );
            self.tell_too_large(span, message);
            return false;
        }
        let before = self.parts;
        self.parts += size.parts;
        if before <= PROJECT_PARTS && self.parts > PROJECT_PARTS {
            let message = format!(
                "the definitions of this project, inlined, have more than {} parts",
                counted(PROJECT_PARTS as u64)
            );
            self.tell_too_large(span, message);
        }
        self.parts <= PROJECT_PARTS
    }

    /// Whether so many parts more may be written out in this project.
    pub(crate) const fn has_room(&self, parts: usize) -> bool {
        self.parts + parts <= PROJECT_PARTS
    }

    fn tell_too_large(&mut self, span: Span, message: String) {
        let told = Diagnostic::error(codes::LIMIT_EXCEEDED, span, message);
        self.diagnostics.push(
            told.help("build it from datasets directly, or name other definitions fewer times"),
        );
    }

    /// The unit of a product or a quotient, unless it is made of too many.
    pub(crate) fn small_unit(&mut self, unit: Unit, span: Span) -> Option<Unit> {
        if unit.of.len() + unit.per.len() <= UNIT_FACTORS {
            return Some(unit);
        }
        let message = format!("the unit of this is made of more than {UNIT_FACTORS} others");
        let told = Diagnostic::error(codes::LIMIT_EXCEEDED, span, message);
        self.diagnostics.push(told.help("leave out the units of columns that are only factors"));
        None
    }
}

/// Whether SQL names the arguments twice: there `least` and `greatest` pass over what is absent, and what `coalesce` gives is
/// looked at before it is taken.
const fn is_doubled(function: ScalarFunction) -> bool {
    matches!(function, ScalarFunction::Least | ScalarFunction::Greatest | ScalarFunction::Coalesce)
}

/// The size of a form; of anything else, that of its operands.
fn form_size<K: Kind>(expr: &Typed<K>, size: &dyn Fn(&Typed<K>) -> Size) -> Size {
    match expr.kind.form() {
        Some(Form::Literal(_)) => Size { is_broken: expr.ty == Type::Unknown, ..Size::ONE },
        Some(Form::Call { function, .. }) if is_doubled(*function) => {
            let args = expr.arguments().into_iter().map(size);
            args.fold(Size::default(), Size::and).times(2).inside()
        }
        // Engines write it as two comparisons.
        Some(Form::Between { operand, low, high, .. }) => {
            size(operand).times(2).and(size(low)).and(size(high)).inside()
        }
        Some(Form::Binary { op, left, right }) => {
            let both = size(left).and(size(right)).inside();
            // Conditions in a row with one word between them stand beside each other, not inside.
            let is_chain = |side: &Typed<K>| matches!(side.kind.form(), Some(Form::Binary { op: other, .. }) if other == op);
            let same =
                matches!(op, BinaryOp::And | BinaryOp::Or) && (is_chain(left) || is_chain(right));
            if same { Size { levels: both.levels.saturating_sub(1), ..both } } else { both }
        }
        _ => {
            let mut all = Size::default();
            expr.each_child(&mut |child| all = all.and(size(child)));
            all.inside()
        }
    }
}
