//! Scores with their 95 % intervals, and the change from the bucket before with its own.
//!
//! | score | interval | of the change |
//! |---|---|---|
//! | NPS | adjusted Wald with three more answers, ¾ of them promoters and ¾ detractors (Rocks 2016) | the variances of both are added |
//! | CSAT | Wilson (1927) | from both intervals (Newcombe 1998, method 10) |
//! | CES, and every mean of entities | mean ± z · s / √n | the variances of both are added |
//!
//! The two buckets of a change are taken to be independent. Where they share answers or respondents, the interval is
//! wider than it has to be.

use milepost_syntax::ast::{AggregateFunction, Expr};
use milepost_syntax::span::Spanned;

use super::answers::Answers;
use crate::forms::term::Term;

/// The quantile of the normal distribution at 97.5 %, in 10⁻¹⁵; its square by 2 and by 4, and the square itself.
const Z: i128 = 1_959_963_984_540_054;
const HALF_Z_SQUARE: i128 = 1_920_729_410_347_063;
const QUARTER_Z_SQUARE: i128 = 960_364_705_173_531;
const Z_SQUARE: i128 = 3_841_458_820_694_126;
const DIGITS: u8 = 15;

/// A promoter gives 9 or more, a detractor 6 or less.
const PROMOTER: i128 = 9;
const DETRACTOR: i128 = 6;

/// A score, and how sure it is.
pub(super) struct Estimate {
    pub(super) score: Term,
    pub(super) low: Term,
    pub(super) high: Term,
    pub(super) change_low: Term,
    pub(super) change_high: Term,
}

/// A value of one answer, made of its score.
pub(super) type Value<'v> = &'v dyn Fn(Term) -> Term;

impl Answers<'_> {
    pub(super) fn promotes(&self, score: Term) -> Term {
        score.at_least(self.whole(PROMOTER))
    }

    pub(super) fn detracts(&self, score: Term) -> Term {
        score.at_most(self.whole(DETRACTOR))
    }

    pub(super) fn is_passive(&self, score: Term) -> Term {
        let (low, high) = (self.whole(DETRACTOR), self.whole(PROMOTER));
        score.clone().above(low).and(score.below(high))
    }

    /// How many of the answers that count something is true of.
    pub(super) fn number_for(&self, condition: Value<'_>) -> Term {
        let one = |score| condition(score).choose(self.whole(1), self.whole(0));
        self.summary(AggregateFunction::Sum, one)
    }

    /// A number with fifteen digits after the point.
    fn fine(&self, mantissa: i128) -> Term {
        Term::decimal(mantissa, DIGITS, self.whole(0).0.span)
    }

    /// 100 for a promoter, −100 for a detractor, 0 for who is between.
    pub(super) fn points(&self, score: Term) -> Term {
        let below = self.detracts(score.clone()).choose(self.whole(-100), self.whole(0));
        self.promotes(score).choose(self.whole(100), below)
    }

    /// 1 for a satisfied answer, else 0.
    pub(super) fn satisfied(&self, score: Term, top: &Expr) -> Term {
        score.at_least(Term(top.clone())).choose(self.whole(1), self.whole(0))
    }

    /// NPS in points.
    pub(super) fn nps(&self) -> Estimate {
        let score = self.summary(AggregateFunction::Avg, |score| self.points(score));
        let (n, more) = (self.number(), self.number() + self.whole(3));
        let extremes =
            self.number_for(&|score: Term| self.promotes(score.clone()).or(self.detracts(score)));
        let sum = n * score.clone();
        // The variance of the n + 3 answers, times n + 3.
        let spread = extremes + Term::decimal(15, 1, more.0.span)
            - (sum.clone() / self.whole(100)).squared() / more.clone();
        let margin = || self.whole(100) * self.fine(Z) * spread.clone().root();
        let variance = spread.clone() / more.clone().squared();
        let change = self.whole(100) * self.fine(Z) * (variance.clone() + variance.before()).root();
        let moved = score.clone() - score.clone().before();
        let low = self.whole(-100).greatest((sum.clone() - margin()) / more.clone());
        let high = self.whole(100).least((sum + margin()) / more);
        Estimate {
            // Of a single answer the interval would end short of it.
            low: score.clone().equals(self.whole(-100)).choose(self.whole(-100), low),
            high: score.clone().equals(self.whole(100)).choose(self.whole(100), high),
            change_low: self.whole(-200).greatest(moved.clone() - change.clone()),
            change_high: self.whole(200).least(moved + change),
            score,
        }
    }

    /// The share of satisfied answers.
    pub(super) fn csat(&self, top: &Expr) -> Estimate {
        let share = self.summary(AggregateFunction::Avg, |score| self.satisfied(score, top));
        let n = self.number();
        let not = self.whole(1) - share.clone();
        let root = (n.clone() * share.clone() * not + self.fine(QUARTER_Z_SQUARE)).root();
        let margin = self.fine(Z) * root;
        let center = n.clone() * share.clone() + self.fine(HALF_Z_SQUARE);
        let more = n + self.fine(Z_SQUARE);
        let low = (center.clone() - margin.clone()) / more.clone();
        let high = (center + margin) / more;
        let below = (share.clone() - low.clone()).squared();
        let above = (high.clone() - share.clone()).squared();
        let moved = share.clone() - share.clone().before();
        Estimate {
            change_low: moved.clone() - (below.clone() + above.clone().before()).root(),
            change_high: moved + (above + below.before()).root(),
            // Else they would miss the ends of the scale by the last digit.
            low: share.clone().equals(self.whole(0)).choose(self.whole(0), low),
            high: share.clone().equals(self.whole(1)).choose(self.whole(1), high),
            score: share,
        }
    }

    /// A mean of the answers on that scale.
    pub(super) fn mean(&self, value: Value<'_>, scale: (Term, Term)) -> Estimate {
        let summary = |function| self.summary(function, value);
        let (mean, deviation) =
            (summary(AggregateFunction::Avg), summary(AggregateFunction::Stddev));
        self.around(mean, deviation, self.number(), scale)
    }

    /// The mean of the means of the entities that `weigh:` names.
    pub(super) fn mean_of(
        &self,
        weigh: &Spanned<String>,
        value: Value<'_>,
        scale: (Term, Term),
    ) -> Estimate {
        let own = self.summary(AggregateFunction::Avg, value);
        let summary = |function| self.by_weight(weigh, function, own.clone());
        let (mean, deviation) =
            (summary(AggregateFunction::Avg), summary(AggregateFunction::Stddev));
        self.around(mean, deviation, self.number_of(weigh), scale)
    }

    fn around(
        &self,
        mean: Term,
        deviation: Term,
        n: Term,
        (lowest, highest): (Term, Term),
    ) -> Estimate {
        let margin = self.fine(Z) * deviation.clone() / n.clone().root();
        let variance = deviation.squared() / n;
        let change = self.fine(Z) * (variance.clone() + variance.before()).root();
        let moved = mean.clone() - mean.clone().before();
        let widest = || (lowest.clone() - highest.clone(), highest.clone() - lowest.clone());
        Estimate {
            low: lowest.clone().greatest(mean.clone() - margin.clone()),
            high: highest.clone().least(mean.clone() + margin),
            change_low: widest().0.greatest(moved.clone() - change.clone()),
            change_high: widest().1.least(moved + change),
            score: mean,
        }
    }
}
