//! The override that is live: the latest row that has begun and has not ended.

use milepost_syntax::ast::{
    AggregateFunction, BinaryOp, DerivedRule, Expr, ExprKind, OverrideSpec, SegmentSpec, Window,
};
use milepost_syntax::span::{Span, Spanned};

use super::lines::{nothing, points};
use super::{OVERRIDE, Score};
use crate::expand::named::NEVER;
use crate::forms::build::Writer;
use crate::forms::term::Term;

impl Score<'_> {
    pub(super) fn overrides(&self) -> Vec<SegmentSpec> {
        let Some(spec) = &self.spec.overridden else { return Vec::new() };
        let live = Live { spec };
        let (Some(score), Some(until)) = (&spec.score, &spec.until) else { return Vec::new() };
        let span = score.span;
        let Some(given) = live.last(score, |column| column) else { return Vec::new() };
        let given = Term::call("number", vec![given], span);
        let clipped = Term::whole(100, span).least(Term::whole(0, span).greatest(given));
        let capped = Term::call("coalesce", vec![self.capped(span), Term::whole(0, span)], span);
        let mut all = vec![
            self.given(OVERRIDE, clipped, span),
            self.value(&points(OVERRIDE), self.of(OVERRIDE, span) - capped, span),
        ];
        let write = Writer { span: until.span };
        let never = || Term(Expr { kind: ExprKind::Date(NEVER), span: until.span });
        let ends = live.last(until, |column| {
            let day = write.call("day", vec![column]);
            write.call("coalesce", vec![day, never().0])
        });
        all.extend(ends.map(|ends| {
            let open = ends.clone().equals(never());
            let value = self.if_live(open.choose(Term(write.nothing()), ends), until.span);
            self.given(&format!("{OVERRIDE}.until"), value, until.span)
        }));
        for (name, column) in [("author", &spec.author), ("reason", &spec.reason)] {
            let Some(column) = column else { continue };
            let write = Writer { span: column.span };
            let empty = || Term(write.text(""));
            let text = live.last(column, |column| write.call("coalesce", vec![column, empty().0]));
            all.extend(text.map(|text| {
                let value = text.clone().equals(empty()).choose(Term(write.nothing()), text);
                let value = self.if_live(value, column.span);
                self.given(&format!("{OVERRIDE}.{name}"), value, column.span)
            }));
        }
        all
    }

    /// What rows say today. Before the first of them nobody is overridden, which is known: only a day in between keeps it from
    /// being unknown for all that name it.
    fn given(&self, name: &str, value: Term, span: Span) -> SegmentSpec {
        let write = Writer { span };
        let day = write.name(&write.at("today".to_owned()));
        self.segment(name, DerivedRule::OnDay { day, value: value.0 }, span)
    }

    /// Something of the override that is live.
    fn if_live(&self, value: Term, span: Span) -> Term {
        self.of(OVERRIDE, span).absent().choose(nothing(span), value)
    }
}

struct Live<'a> {
    spec: &'a OverrideSpec,
}

impl Live<'_> {
    /// `last(ROWS.COLUMN on FROM ever where …)`: of the latest live row with a score. `of`: what is taken of its column.
    fn last(&self, column: &Spanned<String>, of: impl Fn(Expr) -> Expr) -> Option<Term> {
        let rows = self.spec.rows.as_ref()?;
        let write = Writer { span: column.span };
        let path = ExprKind::Path(vec![rows.clone(), column.clone()]);
        let subject = of(Expr { kind: path, span: column.span });
        let last = write.aggregate(AggregateFunction::Last, subject);
        let from = self.spec.from.as_ref().map(|from| write.name(from));
        let window = write.at(Window::Ever { before: false });
        Some(Term(last.on(from).window(window).filter(self.holds()?).done()))
    }

    /// The condition on a row: it has a score, and its end is not there yet.
    fn holds(&self) -> Option<Expr> {
        let (score, until) = (self.spec.score.as_ref()?, self.spec.until.as_ref()?);
        let write = Writer { span: until.span };
        let today = write.name(&write.at("today".to_owned()));
        let later = write.binary(BinaryOp::Greater, write.name(until), today);
        let open = write.is_null(write.name(until));
        let live = write.binary(BinaryOp::Or, open, later);
        let write = Writer { span: score.span };
        let operand = Box::new(write.name(score));
        let kind = ExprKind::IsNull { operand, negated: true };
        let has_score = Expr { kind, span: score.span };
        write.all(self.spec.filter.iter().cloned().chain([has_score, live]))
    }
}
