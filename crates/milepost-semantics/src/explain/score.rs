//! A score in words: what it is made of, what caps and overrides it, its bands.

use super::context::Words;
use super::duration_words;
use super::list::with_article;
use crate::model::{
    Component, ComponentBound, ComponentScale, Form, Literal, MissingComponent, RowExpr, RowKind,
    Score, Segment, SegmentRule, plural, rank_ends,
};

/// A line for each of its rules.
pub(super) fn score(words: &Words<'_>, score: &Score) -> Vec<String> {
    let said = Said { words, score };
    let mut lines = vec![said.whole()];
    lines.extend(score.components.iter().map(|part| said.component(part)));
    lines.push(said.missing());
    lines.extend(said.caps());
    lines.extend(said.overridden());
    lines.extend(said.bands());
    lines.push(format!(
        "It is compared with itself {} before.",
        duration_words(score.period).replace("1 ", "one ")
    ));
    lines.extend(said.combinations());
    lines
}

struct Said<'a, 'm> {
    words: &'a Words<'m>,
    score: &'a Score,
}

impl<'m> Said<'_, 'm> {
    fn whole(&self) -> String {
        let (name, one) = (called(self.score), with_article(&self.one()));
        let parts = match self.score.components.len() {
            1 => "one component".to_owned(),
            n => format!("the weighted mean of {n} components"),
        };
        format!(
            "{name} of {one} is a number from 0 to 100, {parts}; it is evaluated at the end of each day."
        )
    }

    fn component(&self, part: &Component) -> String {
        let value = self.rule(&format!("{}.value", part.name)).map_or_else(String::new, |rule| {
            let SegmentRule::Value(value) = &rule.rule else { return String::new() };
            self.of_each_day(rule).row(value)
        });
        let weight = plain_number(part.weight);
        format!(
            "{} (weight {weight}, {:.0}% of all): {value}; {}.",
            part.called(),
            part.share * 100.0,
            self.scale(&part.scale),
        )
    }

    fn scale(&self, scale: &ComponentScale) -> String {
        match scale {
            ComponentScale::Between { worst, best } => format!(
                "{} is 0 and {} is 100, linear in between and never beyond",
                bound(worst),
                bound(best)
            ),
            ComponentScale::Rank { among, is_lower_better } => {
                let several = plural(&self.one());
                let whom = among.as_ref().map_or_else(
                    || format!("all {several}"),
                    |among| {
                        format!("the {several} with the same {}", among.replace(['_', '.'], " "))
                    },
                );
                let (worst, best) = rank_ends(*is_lower_better);
                format!(
                    "it is where that stands among {whom} that live: the {worst} is 0 and the {best} 100, and equal ones have the mean of their places"
                )
            }
        }
    }

    fn missing(&self) -> String {
        let least = self.score.min_weight.filter(|share| *share > 0.0).map_or_else(
            String::new,
            |share| {
                let share = plain_number(share * 100.0);
                format!("; where the components with a value have less than {share}% of the weights, there is no score")
            },
        );
        let worth = match self.score.missing {
            MissingComponent::Renormalize => "leaves its weight to the others",
            MissingComponent::Zero => "counts as 0",
            MissingComponent::Neutral => "counts as 50",
            MissingComponent::Fail => "makes that there is no score",
        };
        format!("A component without a value {worth}{least}.")
    }

    /// The conditions stand in what says the cap of a member, the lowest one first.
    fn caps(&self) -> Vec<String> {
        let Some(found) = self.rule("cap") else { return Vec::new() };
        let SegmentRule::Value(value) = &found.rule else { return Vec::new() };
        let day = self.of_each_day(found);
        let mut lines = Vec::new();
        let mut rest = value;
        while let RowKind::Form(Form::If { condition, then, otherwise }) = &rest.kind {
            if let RowKind::Form(Form::Literal(Literal::Number(at_most))) = &then.kind {
                let at_most = plain_number(at_most.to_f64());
                let condition = day.all_of(&condition.conjuncts());
                lines.push(format!("It is at most {at_most} where {condition}."));
            }
            rest = otherwise;
        }
        lines
    }

    fn overridden(&self) -> Option<String> {
        let found = self.rule("override")?;
        let SegmentRule::OnDay { value, .. } = &found.rule else { return None };
        let day = self.of_each_day(found);
        let mut given: Option<&RowExpr> = None;
        let mut open = vec![value];
        while let Some(expr) = open.pop() {
            match &expr.kind {
                RowKind::Inner(_) => given = given.or(Some(expr)),
                _ => expr.each_child(&mut |child| open.push(child)),
            }
        }
        Some(format!("Instead of all that counts {}, if there is one.", day.row(given?)))
    }

    fn bands(&self) -> Option<String> {
        let found = self.rule("band")?;
        let SegmentRule::Value(value) = &found.rule else { return None };
        let day = self.of_each_day(found);
        let mut bands = Vec::new();
        // The first question is whether there is a score.
        let RowKind::Form(Form::If { otherwise, .. }) = &value.kind else { return None };
        let mut rest: &RowExpr = otherwise;
        while let RowKind::Form(Form::If { condition, then, otherwise }) = &rest.kind {
            bands.push(format!("{} if {}", band(then)?, day.row(condition)));
            rest = otherwise;
        }
        bands.push(format!("{} otherwise", band(rest)?));
        Some(format!(
            "The bands are {}; without a score {} are in none.",
            bands.join(", "),
            plural(&self.one())
        ))
    }

    /// `All at their best are 100 (green); use alone is 60.`
    fn combinations(&self) -> Option<String> {
        let all = self.score.combinations.iter().map(|found| {
            let parts = self.score.components.iter().zip(&found.is_best);
            let best: Vec<String> =
                parts.filter(|(_, best)| **best).map(|(part, _)| part.called()).collect();
            let best = if best.is_empty() { "none".to_owned() } else { best.join(" and ") };
            let band = found.band.as_ref().map_or_else(String::new, |band| format!(" (“{band}”)"));
            format!("{best}: {:.1}{band}", found.score)
        });
        let all: Vec<String> = all.collect();
        (!all.is_empty()).then(|| {
            format!(
                "With these components at their best and the others at their worst it is, before caps and overrides: {}.",
                all.join("; ")
            )
        })
    }

    fn one(&self) -> String {
        self.words.model[self.score.of].name.replace('_', " ")
    }

    /// What says that of a member.
    fn rule(&self, name: &str) -> Option<&'m Segment> {
        let name = format!("{}.{name}", self.score.name);
        let model = self.words.model;
        model.segment(&name).map(|id| &model[id])
    }

    fn of_each_day(&self, segment: &Segment) -> Words<'m> {
        self.words.of_each_day().about(segment.members, self.one())
    }
}

/// What readers call a score, at the beginning of a sentence.
fn called(score: &Score) -> String {
    let name = score.meta.label.clone().unwrap_or_else(|| score.name.replace('_', " "));
    let mut letters = name.chars();
    let first = letters.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

/// Up to six digits after the point, as few as it needs.
fn plain_number(number: f64) -> String {
    ((number * 1e6).round() / 1e6).to_string()
}

fn band(name: &RowExpr) -> Option<String> {
    match &name.kind {
        RowKind::Form(Form::Literal(Literal::Text(text))) => Some(format!("“{text}”")),
        _ => None,
    }
}

/// `20% (10% where size is enterprise)`
fn bound(bound: &ComponentBound) -> String {
    if bound.by.is_empty() {
        return bound.default.clone();
    }
    let by = bound.by.iter().map(|(dimension, value, number)| {
        format!("{number} where {} is {value}", dimension.replace(['_', '.'], " "))
    });
    format!("{} ({})", bound.default, by.collect::<Vec<_>>().join(", "))
}
