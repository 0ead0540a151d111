//! Scores, read once more from docs/language.md: what each name says is computed in `score.rs`, from the values of the
//! components, and from no other name. Overrides and what a score was before are left to the pages.

use std::rc::Rc;

use milepost::syntax::ast::{
    BinaryOp, BoundSpec, ComponentSpec, Decimal, Expr, ExprKind, ScoreSpec, UnaryOp,
};

use super::Binder;
use super::row::Scope;
use crate::tree::{
    EntityId, RowExpr, Says, Scale, Score, ScorePart, Segment, SegmentId, SegmentRule,
};

/// What a score says under a name.
pub(super) struct Name<'p> {
    pub(super) name: String,
    pub(super) of: EntityId,
    pub(super) id: SegmentId,
    spec: &'p ScoreSpec,
    says: Says,
}

impl<'p> Binder<'p> {
    /// All names of scores; their ids follow those of the segments.
    pub(super) fn score_names(&self) -> Vec<Name<'p>> {
        let mut all = Vec::new();
        for spec in &self.package.scores {
            let of = self.entity(&spec.of.as_ref().unwrap().node).unwrap();
            let mut add = |end: &str, says: Says| {
                let id = SegmentId(self.package.segments.len() + all.len());
                all.push(Name { name: format!("{}{end}", spec.name.node), of, id, spec, says });
            };
            add("", Says::Number);
            add(".sum", Says::Sum);
            add(".cap.points", Says::CapPoints);
            add(".drag", Says::Drag);
            add(".band", Says::Band);
            for (i, part) in spec.components.iter().enumerate() {
                add(&format!(".{}", part.name.node), Says::Part(i));
                add(&format!(".{}.points", part.name.node), Says::Points(i));
            }
        }
        all
    }

    /// The name of a score that a path ends with, and how many names stand before it.
    pub(super) fn score_at_the_end(&self, path: &[&str]) -> Option<(usize, SegmentId, EntityId)> {
        let names = self.score_names();
        (0..path.len()).find_map(|start| {
            let wanted = path[start..].join(".");
            let found = names.iter().find(|known| known.name == wanted)?;
            Some((start, found.id, found.of))
        })
    }

    pub(super) fn scores(&mut self) {
        for Name { of, id, spec, says, .. } in self.score_names() {
            let members = self.model[of].members.unwrap();
            let scope = Scope { daily: true, ..Scope::member(members, of) };
            let rule = SegmentRule::Score(Rc::new(self.score(spec, &scope)), says);
            assert_eq!(self.model.segments.len(), id.0);
            self.model.segments.push(Segment { members, rule });
        }
    }

    fn score(&self, spec: &ScoreSpec, scope: &Scope<'_>) -> Score {
        assert!(spec.overridden.is_none(), "overrides are left to the pages");
        let of = self.entity(&spec.of.as_ref().unwrap().node).unwrap();
        let scale = |part: &ComponentSpec| {
            if let Some(among) = &part.ranked {
                let path = ExprKind::Path(vec![among.clone()]);
                let path = Expr { kind: path, span: among.span };
                let is_all = Some(&among.node) == spec.of.as_ref().map(|of| &of.node);
                return Scale::Rank {
                    among: (!is_all).then(|| self.judged(&path, scope)),
                    is_lower_better: part.better.as_ref().is_some_and(|way| way.node == "lower"),
                };
            }
            let (worst, best) = (part.worst.as_ref().unwrap(), part.best.as_ref().unwrap());
            let ends = |pick: &dyn Fn(&BoundSpec) -> f64| (pick(worst), pick(best));
            let default = |bound: &BoundSpec| number(bound.default.as_ref().unwrap());
            let keys = worst
                .by
                .iter()
                .chain(&best.by)
                .flat_map(|by| by.values.iter().map(|(value, _)| (&by.dimension, &value.node)));
            let by = keys.map(|(dimension, text)| {
                let own = |bound: &BoundSpec| {
                    let values = bound.by.iter().flat_map(|by| &by.values);
                    let found = values.filter(|(value, _)| value.node == *text).map(|(_, e)| e);
                    found.map(number).next().unwrap_or_else(|| default(bound))
                };
                let (span, op_span) = (dimension.span, dimension.span);
                let path = ExprKind::Path(vec![dimension.clone()]);
                let left = Box::new(Expr { kind: path, span });
                let right = Box::new(Expr { kind: ExprKind::Text(text.clone()), span });
                let kind = ExprKind::Binary { op: BinaryOp::Equal, op_span, left, right };
                let condition = Expr { kind, span };
                (self.judged(&condition, scope), ends(&own))
            });
            Scale::Between { ends: ends(&default), by: by.collect() }
        };
        let parts = spec.components.iter().map(|part| ScorePart {
            name: part.name.node.clone(),
            value: self.judged(part.value.as_ref().unwrap(), scope),
            weight: part.weight.as_ref().map_or(1.0, number),
            scale: scale(part),
        });
        let caps = spec.caps.iter().map(|cap| {
            let when = self.judged(cap.when.as_ref().unwrap(), scope);
            (when, number(cap.at_most.as_ref().unwrap()))
        });
        let bands = spec.bands.iter().flat_map(|bands| &bands.node);
        Score {
            of,
            parts: parts.collect(),
            missing: spec.missing.as_ref().map_or_else(String::new, |word| word.node.clone()),
            least: spec.min_weight.as_ref().map_or(0.0, number),
            caps: caps.collect(),
            bands: bands.map(|band| (band.name.node.clone(), band.condition.clone())).collect(),
        }
    }
}

/// A number as it is written.
pub(crate) fn number(expr: &Expr) -> f64 {
    match &expr.kind {
        ExprKind::Number(number) => number.to_f64(),
        ExprKind::Percent(Decimal { mantissa, scale }) => {
            Decimal { mantissa: *mantissa, scale: scale + 2 }.to_f64()
        }
        ExprKind::Unary { op: UnaryOp::Negate, operand } => -number(operand),
        other => panic!("{other:?} is no number"),
    }
}

impl Score {
    /// What must be known for anybody, for that to be said.
    pub(crate) fn needs<'s>(&'s self, says: &Says) -> Vec<&'s RowExpr> {
        let part = |part: &'s ScorePart| {
            // Which bounds there are is asked before what lies between them.
            let (by, among) = match &part.scale {
                Scale::Between { by, .. } => (by.as_slice(), None),
                Scale::Rank { among, .. } => (&[][..], among.as_ref()),
            };
            by.iter().map(|(condition, _)| condition).chain(among).chain([&part.value])
        };
        let mut all: Vec<&RowExpr> = match says {
            Says::Part(i) => part(&self.parts[*i]).collect(),
            _ => self.parts.iter().flat_map(part).collect(),
        };
        if matches!(says, Says::Number | Says::Band | Says::CapPoints) {
            all.extend(self.caps.iter().map(|(when, _)| when));
        }
        all
    }
}
