//! Segments: members sorted by a rule that is judged at the end of each day.

use std::collections::BTreeMap;

use crate::check::Checker;
use crate::check::expressions::row::RowScope;
use crate::model::{Band, EntityId, RowExpr, Segment, SegmentId, SegmentRule, UNMATCHED, ValidAt};
use crate::resolve::{Unit, meta};
use milepost_syntax::ast::{BandSpec, Expr, SegmentSpec};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
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
        let scope = RowScope {
            members: Some(entity),
            alias: Some(&of.node),
            when: Some(ValidAt::End),
            daily: true,
            ..RowScope::within(members, spec.span)
        };
        let rule = match (&spec.filter, &spec.bands) {
            (Some(filter), None) => SegmentRule::Where(self.judged_condition(scope, filter)),
            (None, Some(bands)) => SegmentRule::Bands(self.bands(scope, &bands.node, bands.span)),
            _ => return None,
        };
        if self.diagnostics.counts().0 > before {
            return None;
        }
        let size = self.rows_size(rule.conditions());
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
            members,
            rule,
            ahead,
        })
    }

    fn judged_condition(&mut self, mut scope: RowScope<'_>, expr: &Expr) -> RowExpr {
        let mut condition = self.condition(&mut scope, expr);
        self.see_in(&mut condition, false);
        self.mature_condition(&mut condition);
        condition
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
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let mut rest: Option<&Spanned<String>> = None;
        let mut bands = Vec::with_capacity(specs.len());
        for band in specs {
            let name = &band.name;
            if let Some(first) = seen.insert(&name.node, name.span) {
                let told = Diagnostic::error(
                    codes::DUPLICATE_DEFINITION,
                    name.span,
                    format!("there are two bands `{}`", name.node),
                )
                .also(first, "the first");
                self.diagnostics
                    .push(told.help("join their conditions with `or`, or rename one of them"));
            }
            if let Some((taken, whom)) = TAKEN.iter().find(|(taken, _)| name.node == *taken) {
                let told = Diagnostic::error(
                    codes::INVALID_VALUE,
                    name.span,
                    format!("`{taken}` is the name for members {whom}, so no band can have it"),
                );
                self.diagnostics.push(told.help("choose another name for the band"));
            }
            if let Some(before) = rest {
                let told = Diagnostic::error(
                    codes::CONSTANT_CONDITION,
                    name.span,
                    format!("`{}` comes after `otherwise`, which takes all who are left, so it is always empty", name.node),
                )
                .also(before.span, "takes the rest");
                self.diagnostics.push(told.help("put the band with `otherwise` last"));
            }
            if band.condition.is_none() {
                rest = Some(name);
            }
            let condition = band.condition.as_ref().map(|c| self.judged_condition(scope, c));
            bands.push(Band { name: name.node.clone(), condition, span: name.span });
        }
        bands
    }

    /// The bands of a segment by name, for messages about values that it never has.
    pub(crate) fn band_names(&self, id: SegmentId) -> Option<Vec<&str>> {
        let bands = self.resolved.package.segments[id.0].bands.as_ref()?;
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
