//! Components that are where a member stands among others.

use milepost_syntax::ast::{
    ComponentSpec, DerivedRule, EntitySpec, Expr, ExprKind, LivesSpec, SegmentSpec,
};
use milepost_syntax::span::{Span, Spanned};

use super::Score;
use crate::forms::build::Writer;
use crate::forms::term::Term;

impl Score<'_> {
    /// The number that members are ranked by (`PART.ranked`: of those who live, the larger the better) and the rank.
    pub(super) fn ranked(&self, spec: &ComponentSpec, at: Span) -> [SegmentSpec; 2] {
        let name = &spec.name.node;
        let value = Term::call("number", vec![self.of(&format!("{name}.value"), at)], at);
        let value = if spec.is_lower_better() { value.negated() } else { value };
        let write = Writer { span: at };
        let value = match self.lives(at) {
            Some(lives) => lives.choose(value, Term(write.nothing())),
            None => value,
        };
        let own = format!("{name}.ranked");
        let among = match self.spec.ranked_within(spec) {
            None => write.text(""),
            Some(among) => {
                let write = Writer { span: among.span };
                let names = among.node.split('.').map(|name| write.at(name.to_owned()));
                Expr { kind: ExprKind::Path(names.collect()), span: among.span }
            }
        };
        let rank = DerivedRule::Rank { value: self.of(&own, at).0, among };
        [self.value(&own, value, at), self.segment(name, rank, at)]
    }

    /// Whether a member lives at the end of the day; nothing where nothing says so.
    fn lives(&self, at: Span) -> Option<Term> {
        let is_own = |entity: &&EntitySpec| entity.name.node == self.of.node;
        let entity = self.package.entities.iter().find(is_own)?;
        let LivesSpec::Between { from, to } = &entity.lives.as_ref()?.node else { return None };
        let write = Writer { span: at };
        let today = || Term(write.name(&write.at("today".to_owned())));
        let column = |name: &Spanned<String>| Term(write.name(&write.at(name.node.clone())));
        let day = |name: &Spanned<String>| Term::call("day", vec![column(name)], at);
        let begun = day(from).at_most(today());
        Some(match to {
            Some(to) => begun.and(column(to).absent().or(day(to).above(today()))),
            None => begun,
        })
    }
}
