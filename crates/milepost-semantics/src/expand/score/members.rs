//! The list of all members with their score: its band, its lines, what drags it and what moved it.

use milepost_syntax::ast::{FormSpec, ListColumnSpec, ListSpec, Meta, MetricSpec, OrderSpec};
use milepost_syntax::span::Spanned;

use super::lines::{CHANGE, points};
use super::{OVERRIDE, Score};

impl Score<'_> {
    /// `of`, the lowest first.
    pub(super) fn members(&self) -> MetricSpec {
        let (name, span) = (&self.spec.name, self.spec.name.span);
        let order = ListColumnSpec {
            name: Spanned::new("score".to_owned(), span),
            named: true,
            value: self.itself(span).0,
        };
        let spec = ListSpec {
            score: Some(name.clone()),
            ..ListSpec::of_everybody(
                (name.clone(), self.spec.span),
                self.of.clone(),
                OrderSpec { descending: false, column: order },
                self.shown().iter().map(|shown| self.column(shown)).collect(),
            )
        };
        let meta = Meta { renamed_from: None, ..self.spec.meta.clone() };
        let form = FormSpec::List(Box::new(spec));
        let metric = MetricSpec::of(name.clone(), self.spec.span, meta, form);
        MetricSpec { question: self.spec.question.clone(), owner: Some(name.clone()), ..metric }
    }

    /// What is shown besides the score, by its name in it.
    fn shown(&self) -> Vec<String> {
        let own = ["change", "moved_by", "drag"].into_iter();
        let bands = ["band", "band.before"].into_iter().filter(|_| self.spec.bands.is_some());
        let mut all: Vec<String> = bands.chain(own).map(str::to_owned).collect();
        let of = |name: &str, what: &str| format!("{name}.{what}");
        for part in &self.spec.components {
            let name = &part.name.node;
            all.extend([of(name, "value"), name.clone(), points(name), of(name, "lost")]);
            all.push(of(name, CHANGE));
        }
        for name in self.lines().into_iter().skip(self.spec.components.len()) {
            all.extend([points(name), of(name, CHANGE)]);
        }
        if let Some(spec) = &self.spec.overridden {
            let said = [("author", &spec.author), ("reason", &spec.reason)].into_iter();
            let said = said.filter(|(_, column)| column.is_some()).map(|(name, _)| name);
            all.extend(std::iter::once("until").chain(said).map(|name| of(OVERRIDE, name)));
        }
        all
    }

    fn column(&self, name: &str) -> ListColumnSpec {
        let span = self.spec.name.span;
        let value = self.of(name, span).0;
        ListColumnSpec { name: Spanned::new(name.to_owned(), span), named: true, value }
    }
}
