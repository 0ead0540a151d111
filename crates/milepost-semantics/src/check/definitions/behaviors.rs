//! Behaviors: rows with a name.

use crate::check::Checker;
use crate::check::aggregates::filter::and;
use crate::check::expressions::expr::Reported;
use crate::check::expressions::row::RowScope;
use crate::model::{
    Behavior, BehaviorId, DatasetKind, RowExpr, RowKind, SegmentAt, ValidAt, Within,
};
use crate::resolve::{Definition, Unit, meta};
use milepost_syntax::ast::BehaviorSpec;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::Span;
use milepost_syntax::{codes, print_expr};

impl Checker<'_, '_> {
    /// Checks a behavior and keeps it, if nothing is wrong with it.
    pub(crate) fn behavior(&mut self, id: BehaviorId) {
        let spec = &self.resolved.package.behaviors[id.0];
        if self.resolved.order.unusable.contains(&Unit::Behavior(id)) {
            return;
        }
        self.behaviors[id.0] = self.checked_behavior(spec);
    }

    /// The condition of a behavior, written out at the place that names it; absent: all rows. It is a mistake where there
    /// is no room for it.
    pub(crate) fn rows_of(
        &mut self,
        id: BehaviorId,
        at: Span,
    ) -> Result<Option<RowExpr>, Reported> {
        let behavior = self.behaviors[id.0].as_ref().ok_or(Reported)?;
        let Some(filter) = behavior.filter.clone() else { return Ok(None) };
        let (size, what) = (self.row_size(&filter), format!("`{}`", behavior.name));
        if self.has_room_for(size, &what, at) { Ok(Some(filter)) } else { Err(Reported) }
    }

    fn checked_behavior(&mut self, spec: &BehaviorSpec) -> Option<Behavior> {
        let named = spec.rows.as_ref()?;
        let text = &named.node;
        let (dataset, base) = match self.resolved.names.get(text) {
            Some(Definition::Dataset(id)) => (id, None),
            Some(Definition::Behavior(id)) => {
                self.named.behaviors.insert(id);
                let dataset = self.behaviors[id.0].as_ref()?.dataset;
                (dataset, self.rows_of(id, named.span).ok()?)
            }
            other => {
                if other.is_none() && self.resolved.names.is_unread(text) {
                    return None;
                }
                let told = Diagnostic::error(
                    codes::UNKNOWN_NAME,
                    named.span,
                    match other {
                        Some(other) => format!(
                            "a behavior names rows of a dataset, and `{text}` is {}",
                            other.what()
                        ),
                        None => format!("there is no dataset `{text}`"),
                    },
                );
                let rows = |d| matches!(d, Definition::Dataset(_) | Definition::Behavior(_));
                self.diagnostics.push(match self.resolved.names.meant(text, rows) {
                    Some(meant) => told.help(meant),
                    None => told.help("name a dataset, like `events where name = 'login'`"),
                });
                return None;
            }
        };
        let before = self.diagnostics.counts().0;
        let when = match self.dataset(dataset).kind {
            DatasetKind::History { .. } => ValidAt::End,
            _ => ValidAt::Row,
        };
        let mut scope = RowScope { when: Some(when), ..RowScope::within(dataset, spec.span) };
        let own = spec.filter.as_ref().map(|filter| self.condition(&mut scope, filter));
        if self.diagnostics.counts().0 > before {
            return None;
        }
        let filter = match (base, own) {
            (base, None) => base,
            (base, Some(own)) => Some(and(base, own)),
        };
        let size = filter.as_ref().map(|filter| self.row_size(filter)).unwrap_or_default();
        if !self.fits_whole(size, &spec.name.node, spec.name.span) {
            return None;
        }
        let text = match &spec.filter {
            Some(filter) => format!("{text} where {}", print_expr(filter)),
            None => text.clone(),
        };
        let (name, span) = (spec.name.node.clone(), spec.name.span);
        Some(Behavior { name, meta: meta(&spec.meta), span, dataset, filter, text })
    }
}

/// The condition where its rows are counted: a state asks histories and segments as of its instant, rows that are placed in
/// time ask them as of theirs.
pub(crate) fn asked_as_of(mut condition: RowExpr, when: Option<ValidAt>) -> RowExpr {
    if let Some(when) = when {
        ask_as_of(&mut condition, when);
    }
    condition
}

fn ask_as_of(expr: &mut RowExpr, when: ValidAt) {
    match &mut expr.kind {
        RowKind::Column(path) => {
            let into_histories = path.hops.iter_mut().filter(|hop| hop.valid.is_some());
            into_histories.for_each(|hop| hop.valid = Some(when));
        }
        RowKind::Segment(asked) => {
            asked.at = match when {
                ValidAt::End => SegmentAt::End,
                ValidAt::Row => SegmentAt::DayBefore,
            };
        }
        // Of the row that asks, not of the rows that it asks: those have times of their own.
        RowKind::Inner(inner) => {
            let outer = inner.links.iter_mut().map(|link| &mut link.outer);
            let times = inner.within.iter_mut().flat_map(Within::times_mut);
            outer.chain(times).for_each(|expr| ask_as_of(expr, when));
        }
        _ => {}
    }
    expr.each_child_mut(&mut |child| ask_as_of(child, when));
}
