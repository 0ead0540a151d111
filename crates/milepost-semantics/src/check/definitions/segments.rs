//! Segments: members sorted by a rule that is judged at the end of each day.

use std::collections::BTreeMap;

use crate::check::Checker;
use crate::check::expressions::row::RowScope;
use crate::model::{
    Band, ColumnId, DatasetId, EntityId, RowExpr, Segment, SegmentId, SegmentRule, UNMATCHED,
    ValidAt,
};
use crate::resolve::{Unit, meta};
use milepost_syntax::ast::{BandSpec, DerivedRule, Expr, SegmentSpec};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::{Span, Spanned};

/// What members are called who are in no band.
const TAKEN: [(&str, &str); 3] = [
    (UNMATCHED, "that fit no band"),
    ("(new)", "that have not begun"),
    ("(gone)", "that have ended"),
];

impl Checker<'_, '_> {
    /// Checks a segment and keeps it, if nothing is wrong with it.
    pub(crate) fn segment(&mut self, id: SegmentId) {
        let spec = &self.resolved.package.segments[id.0];
        if self.resolved.order.unusable.contains(&Unit::Segment(id)) {
            return;
        }
        let checked = self.checked_segment(spec);
        if let Some(segment) = &checked {
            self.personal_segment(segment);
        }
        self.segments[id.0] = checked;
    }

    fn checked_segment(&mut self, spec: &SegmentSpec) -> Option<Segment> {
        let before = self.diagnostics.counts().0;
        let of = spec.of.as_ref()?;
        let entity = self.resolved.names.expect_entity(of, self.diagnostics)?;
        let Some(members) = self.resolved.entity(entity).members else {
            let told = Diagnostic::error(
                codes::NEEDS_LIVES,
                of.span,
                format!("nothing says who the members of `{}` are: it has no home, and no dataset holds its key", of.node),
            )
            .also(self.resolved.entity(entity).span, "the entity")
            .help("add `home:` to the entity: the dataset that has one row per member");
            self.diagnostics.push(told);
            return None;
        };
        if !self.can_be_said(spec) {
            return None;
        }
        let scope = RowScope {
            members: Some(entity),
            alias: Some(&of.node),
            when: Some(ValidAt::End),
            daily: true,
            since: self.since_column(members, spec).map(|column| (entity, column)),
            ..RowScope::within(members, spec.span)
        };
        let derived = spec.derived.as_ref().and_then(|derived| derived.rule.as_ref());
        // That there is no such column is reported where it is read.
        let asks_since = spec.derived.as_ref().is_some_and(|derived| derived.since.is_some());
        if asks_since && scope.since.is_none() && !spec.name.node.ends_with(".started_at") {
            return None;
        }
        let rule = match (&spec.filter, &spec.bands, derived) {
            (Some(filter), None, None) => SegmentRule::Where(self.judged_condition(scope, filter)),
            (None, Some(bands), None) => {
                SegmentRule::Bands(self.bands(scope, &bands.node, bands.span))
            }
            (None, None, Some(derived)) => {
                let rule = self.derived_rule(scope, derived);
                self.deadline(spec, &rule);
                rule
            }
            _ => return None,
        };
        self.is_component(spec, &rule);
        if self.diagnostics.counts().0 > before {
            return None;
        }
        let size = self.rows_size(rule.exprs());
        if !self.fits_whole(size, &spec.name.node, spec.name.span) {
            return None;
        }
        let ahead = self.ways_of_conditions(&rule);
        Some(Segment {
            name: spec.name.node.clone(),
            meta: meta(&spec.meta),
            span: spec.name.span,
            definition: spec.span,
            of: entity,
            owner: spec.derived.as_ref().map(|derived| derived.owner.node.clone()),
            members,
            rule,
            ahead,
        })
    }

    fn judged_condition(&mut self, mut scope: RowScope<'_>, expr: &Expr) -> RowExpr {
        let condition = self.condition(&mut scope, expr);
        self.as_known(condition)
    }

    fn judged_value(&mut self, mut scope: RowScope<'_>, expr: &Expr) -> RowExpr {
        let value = self.expr(&mut scope, expr);
        self.as_known(value)
    }

    /// As it is known when it is evaluated.
    fn as_known(&mut self, mut expr: RowExpr) -> RowExpr {
        self.see_in(&mut expr, false);
        self.mature_condition(&mut expr);
        expr
    }

    fn derived_rule(&mut self, scope: RowScope<'_>, rule: &DerivedRule) -> SegmentRule {
        match rule {
            DerivedRule::Value(value) => SegmentRule::Value(self.judged_value(scope, value)),
            DerivedRule::Holds(condition) => {
                let condition = self.judged_condition(scope, condition);
                SegmentRule::Value(self.while_complete(condition))
            }
            DerivedRule::FirstDay { since, condition } => SegmentRule::FirstDay {
                since: self.judged_value(scope, since),
                condition: self.judged_condition(scope, condition),
            },
            DerivedRule::OnDay { day, value } => SegmentRule::OnDay {
                day: self.judged_value(scope, day),
                value: self.judged_value(scope, value),
            },
            DerivedRule::Rank { value, among } => SegmentRule::Rank {
                value: self.judged_value(scope, value),
                among: self.judged_value(scope, among),
            },
        }
    }

    /// The column from which on events count that have no window.
    fn since_column(&mut self, members: DatasetId, spec: &SegmentSpec) -> Option<ColumnId> {
        let since = spec.derived.as_ref()?.since.as_ref()?;
        self.find_column(members, &since.node)
    }

    fn bands(&mut self, scope: RowScope<'_>, specs: &[BandSpec], span: Span) -> Vec<Band> {
        if specs.is_empty() {
            let told = Diagnostic::error(
                codes::WRONG_TYPE,
                span,
                "a segment without bands divides nobody",
            );
            self.diagnostics.push(told.help(
                "write for example `[ large: sum(subscriptions.seats) >= 500, small: otherwise ]`",
            ));
        }
        tell_bands(specs, self.diagnostics);
        let band = |band: &BandSpec| {
            let condition = band.condition.as_ref().map(|c| self.judged_condition(scope, c));
            Band { name: band.name.node.clone(), condition, span: band.name.span }
        };
        specs.iter().map(band).collect()
    }

    /// The bands of a segment by name, for messages about values that it never has.
    pub(crate) fn band_names(&self, id: SegmentId) -> Option<Vec<&str>> {
        let spec = &self.resolved.package.segments[id.0];
        let Some(bands) = &spec.bands else { return self.bands_of_score(spec) };
        Some(bands.node.iter().map(|band| band.name.node.as_str()).collect())
    }

    /// The segments of an entity, with their names.
    pub(crate) fn segments_of(&self, entity: EntityId) -> Vec<(SegmentId, &Spanned<String>)> {
        let specs = self.resolved.package.segments.iter().enumerate();
        let own = specs.filter(|(i, spec)| {
            // Of two with one name, the first is it.
            self.resolved.names.segment(&spec.name.node) == Some(SegmentId(*i))
                && spec.of.as_ref().and_then(|of| self.resolved.names.entity(&of.node))
                    == Some(entity)
        });
        own.map(|(i, spec)| (SegmentId(i), &spec.name)).collect()
    }
}

/// Reports bands that can't be: two of one name, one that has the name of those that fit none, one after `otherwise`.
pub(crate) fn tell_bands(specs: &[BandSpec], diagnostics: &mut Diagnostics) {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    let mut rest: Option<&Spanned<String>> = None;
    for band in specs {
        let name = &band.name;
        if let Some(first) = seen.insert(&name.node, name.span) {
            let told = Diagnostic::error(
                codes::DUPLICATE_DEFINITION,
                name.span,
                format!("there are two bands `{}`", name.node),
            )
            .also(first, "the first");
            diagnostics.push(told.help("join their conditions with `or`, or rename one of them"));
        }
        if let Some((taken, whom)) = TAKEN.iter().find(|(taken, _)| name.node == *taken) {
            let told = Diagnostic::error(
                codes::INVALID_VALUE,
                name.span,
                format!("`{taken}` is the name for members {whom}, so no band can have it"),
            );
            diagnostics.push(told.help("choose another name for the band"));
        }
        if let Some(before) = rest {
            let told = Diagnostic::error(
                codes::CONSTANT_CONDITION,
                name.span,
                format!("`{}` comes after `otherwise`, which takes all who are left, so it is always empty", name.node),
            )
            .also(before.span, "takes the rest");
            diagnostics.push(told.help("put the band with `otherwise` last"));
        }
        if band.condition.is_none() {
            rest = Some(name);
        }
    }
}
