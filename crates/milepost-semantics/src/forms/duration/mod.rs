//! Time from one event to another: how long members take, where some have not got there yet.
//!
//! | file | what |
//! |---|---|
//! | `read.rs` | the fields, and what is wrong with them |
//! | `spell.rs` | of one member: how many days, and whether it has reached it, is lost, or waits |
//! | `words.rs` | what it means, in words |
//!
//! `duration: { of: account, from: F, to: T, lost: L, over: D }` takes the members whose F lies in the bucket (or in D),
//! whether they still live or not, and of each one what is known at the end of the data: the days until it reached T, until
//! it was lost, or for which it has waited so far. Those who wait are censored there, on the right. What is asked of these
//! days is a curve of those who have reached it after so many: [`Curve`] has no spelling in the language.

mod read;
mod spell;
mod words;

use std::borrow::Cow;

use super::build::{Reduce, Writer};
use super::{Desugared, FormPart};
use crate::model::{Better, Display, Shape};
use crate::resolve::Resolved;
use milepost_syntax::ast::{
    AggregateFunction, BinaryOp, Curve, CurveScale, CurveValue, Decimal, DurationSpec, Expr,
    ExprKind, Window,
};
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::span::Spanned;
use read::{Followed, read, step_of};
use spell::{LOST, REACHED, WAITING};

/// How many steps the curve has after its beginning.
pub(super) const STEPS: u32 = 12;

/// The quantiles, with their level in hundredths.
const QUANTILES: [(&str, i128); 3] = [("median", 50), ("p25", 25), ("p75", 75)];

pub(super) fn desugar<'a>(
    spec: &'a DurationSpec,
    resolved: &Resolved<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Desugared<'a>> {
    let followed = read(spec, resolved, diagnostics)?;
    let parts = followed.parts();
    let words = words::words(&followed);
    Some(Desugared {
        shape: Shape::Duration,
        parts,
        headline: 0,
        checks: Vec::new(),
        words: Box::new(move |_| words.clone()),
    })
}

/// The names of the parts.
pub(super) fn names(spec: &DurationSpec) -> Vec<String> {
    if spec.of.is_none() || spec.from.is_none() || spec.to.is_none() {
        return Vec::new();
    }
    let share = ["share", "share_low", "share_high"].into_iter();
    let share = share.filter(|_| spec.within.is_some());
    let lost = ["lost"].into_iter().filter(|_| spec.lost.is_some());
    let fixed = QUANTILES.into_iter().map(|(name, _)| name).chain(share);
    let fixed = fixed.chain(["started", "reached"]).chain(lost).chain(["waiting"]);
    // What is wrong with it is reported when it is checked.
    let step = step_of(spec, &mut Diagnostics::default());
    let curve = ["at", "low", "high", "risk"].into_iter();
    let curve = curve.flat_map(|kind| (0..=STEPS).map(move |at| format!("{kind}_{}", at * step)));
    fixed.map(str::to_owned).chain(curve).collect()
}

impl<'a> Followed<'a> {
    /// All of them, in the order of their names.
    fn parts(&self) -> Vec<FormPart<'a>> {
        let mut parts: Vec<FormPart<'a>> =
            QUANTILES.into_iter().map(|(name, level)| self.quantile(name, level)).collect();
        if let Some(days) = self.within {
            parts.extend([
                self.share("share".to_owned(), CurveValue::Share, days),
                self.share("share_low".to_owned(), CurveValue::Low(self.scale()), days),
                self.share("share_high".to_owned(), CurveValue::High(self.scale()), days),
            ]);
        }
        parts.extend([
            part("started".to_owned(), self.started()),
            part("reached".to_owned(), self.number(REACHED)),
        ]);
        if self.lost.is_some() {
            parts.push(part("lost".to_owned(), self.number(LOST)));
        }
        parts.push(part("waiting".to_owned(), self.number(WAITING)));
        parts.extend(self.curve());
        parts
    }

    /// The curve at each step, its interval, and how many are at risk there, by the number of days.
    fn curve(&self) -> Vec<FormPart<'a>> {
        let values = [
            ("at", CurveValue::Share),
            ("low", CurveValue::Low(self.scale())),
            ("high", CurveValue::High(self.scale())),
        ];
        let steps = || (0..=STEPS).map(|at| at * self.step);
        let shares = values.into_iter().flat_map(|(name, asks)| {
            steps().map(move |days| self.share(format!("{name}_{days}"), asks, days))
        });
        let risk = steps().map(|days| part(format!("risk_{days}"), self.at_risk(days)));
        shares.chain(risk).collect()
    }

    fn quantile(&self, name: &'static str, level: i128) -> FormPart<'a> {
        let level = self.decimal(level, 2);
        FormPart {
            better: Some(Better::Lower),
            ..part(name.to_owned(), self.asked(CurveValue::Quantile, level))
        }
    }

    fn share(&self, name: String, asks: CurveValue, days: u32) -> FormPart<'a> {
        let days = self.write().number(days.into());
        FormPart {
            display: Some(Display::Percent),
            better: Some(Better::Higher),
            ..part(name, self.asked(asks, days))
        }
    }

    /// What is asked of the curve; `at`: the level, or the days.
    fn asked(&self, asks: CurveValue, at: Expr) -> Expr {
        let spell = self.spell();
        let function = AggregateFunction::Curve(Curve { asks, business: self.business });
        let curve = self.write().aggregate(function, self.known(spell.days));
        let curve = curve.per(self.of.clone()).arguments([self.known(spell.state_of_curve), at]);
        self.begun(curve).over(self.span)
    }

    /// How many members there are: in any state, so that those are left out of whom it can't be told.
    fn started(&self) -> Expr {
        let write = self.write();
        self.members(write.not(write.is_null(self.known(self.spell().state))))
    }

    /// How many members are in a state.
    fn number(&self, state: &str) -> Expr {
        let write = self.write();
        let own = self.known(self.spell().state);
        self.members(write.binary(BinaryOp::Equal, own, write.text(state)))
    }

    /// How many members have neither reached it, nor been lost, nor stopped to be followed before that day.
    fn at_risk(&self, days: u32) -> Expr {
        let write = self.write();
        let own = self.known(self.spell().days);
        self.members(write.binary(BinaryOp::GreaterOrEqual, own, write.number(days.into())))
    }

    fn members(&self, condition: Expr) -> Expr {
        let write = self.write();
        let all = write.aggregate(AggregateFunction::Count, write.name(self.of));
        self.begun(all).filter(condition).over(self.span)
    }

    /// Those who begin in the bucket, or in the window.
    fn begun(&self, reduce: Reduce) -> Reduce {
        let window = self.over.map(|length| {
            let window = Window::Over { length: length.clone(), before: false };
            Spanned::new(window, length.span)
        });
        reduce.on(self.from.clone()).window(window)
    }

    /// Of what the interval is computed.
    const fn scale(&self) -> CurveScale {
        if self.competing { CurveScale::Incidence } else { CurveScale::Survival }
    }

    fn decimal(&self, mantissa: i128, scale: u8) -> Expr {
        Expr { kind: ExprKind::Number(Decimal { mantissa, scale }), span: self.key }
    }

    const fn write(&self) -> Writer {
        Writer { span: self.key }
    }
}

fn part<'a>(name: String, value: Expr) -> FormPart<'a> {
    FormPart::new(name, Cow::Owned(value))
}
