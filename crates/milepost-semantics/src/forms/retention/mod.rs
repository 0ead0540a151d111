//! Retention: how much of a recurring amount stays, and what it gained and lost.
//!
//! Each member of the entity has an amount at the end of a bucket, `c`, and one at an earlier instant, `o`: at the end of
//! the bucket before for the movements, `over` earlier for the rates. All parts are sums over members, so they are
//! expressions of the language:
//!
//! | part | over the members where | is |
//! |---|---|---|
//! | `net` | `o > 0` | Σ c ÷ Σ o |
//! | `gross` | `o > 0` | Σ least(o, c) ÷ Σ o |
//! | `logo` | `o > 0` | those with `c > 0` ÷ all |
//! | `opening`, `closing` | all who pay | Σ o; Σ c |
//! | `new`, `reactivation` | `o = 0`, `c > 0`, not paid before; paid before | Σ c |
//! | `expansion` | `c > o > 0` | Σ c − o |
//! | `contraction`, `churned` | `o > c > 0`; `o > 0`, `c = 0` | Σ o − c; Σ o |
//! | `quick_ratio` | all who pay | Σ gains ÷ Σ losses |
//! | `renewed` | with an amount due in the bucket, d | Σ what is not lost of d ÷ Σ d |
//!
//! A member with a negative amount has no value in any part: it is left out, and counted as absent.
//!
//! So opening + new + expansion + reactivation − contraction − churned = closing, and 0 ≤ gross ≤ net: point-to-point
//! retention as issuers state it (KeyBanc's survey lists 110 variants; the fields of the form name those that differ).

mod check;
mod words;

use std::borrow::Cow;

use super::build::{Reduce, Writer};
use super::rows::AmountRows;
use super::{Desugared, FormPart, Sliced};
use crate::model::{Display, Shape};
use crate::resolve::Resolved;
use milepost_syntax::ast::{
    AggregateFunction, BinaryOp, Expr, Free, Reactivation, RetentionSpec, Window,
};
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::span::Spanned;

use check::check;
use words::words;

/// The names of the parts, in their order; the first is the headline.
const PARTS: [&str; 12] = [
    "net",
    "gross",
    "logo",
    "opening",
    "new",
    "expansion",
    "reactivation",
    "contraction",
    "churned",
    "closing",
    "quick_ratio",
    "renewed",
];

/// Those that are always there, and `renewed` where `due:` is.
pub(super) fn names(spec: &RetentionSpec) -> Vec<String> {
    if spec.of.is_none() || spec.amount.is_none() {
        return Vec::new();
    }
    known(spec).map(str::to_owned).collect()
}

fn known(spec: &RetentionSpec) -> impl Iterator<Item = &'static str> {
    let has_due = spec.due.is_some();
    PARTS.into_iter().filter(move |name| *name != "renewed" || has_due)
}

pub(super) fn desugar<'a>(
    spec: &'a RetentionSpec,
    resolved: &Resolved<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Desugared<'a>> {
    let rows = spec.amount.as_ref().and_then(|amount| AmountRows::of(amount, resolved));
    check(spec, rows.as_ref(), diagnostics);
    let (of, amount) = (spec.of.as_ref()?, spec.amount.as_ref()?);
    let write = Writer { span: amount.span };
    let form = Form { spec, of, amount, rows, write };
    let parts = known(spec).filter_map(|name| form.part(name));
    let parts = parts.collect();
    let checks = form.times().collect();
    let words = Box::new(move |shown: &str| words(spec, shown));
    Some(Desugared { shape: Shape::Movements, parts, headline: 0, checks, words })
}

struct Form<'a> {
    spec: &'a RetentionSpec,
    of: &'a Spanned<String>,
    amount: &'a Expr,
    rows: Option<AmountRows<'a>>,
    write: Writer,
}

/// Which earlier instant an amount is compared with.
#[derive(Clone, Copy)]
enum Since {
    /// The end of the bucket before.
    Bucket,
    /// `over` before the end.
    Over,
}

impl Form<'_> {
    fn part(&self, name: &'static str) -> Option<FormPart<'static>> {
        let write = self.write;
        let since =
            if matches!(name, "net" | "gross" | "logo") { Since::Over } else { Since::Bucket };
        let (open, close) = (self.opening(since), self.closing());
        let value = match name {
            "net" => self.rate(close),
            "gross" => self.rate(write.call("least", vec![open, close])),
            "logo" => self.logo()?,
            "opening" => self.sum(open),
            "closing" => self.sum(close),
            "new" => self.moved(self.arrived(false), close),
            "reactivation" => self.moved(self.arrived(true), close),
            "expansion" => self.moved(self.grown(), self.minus(close, open)),
            "contraction" => self.moved(self.shrunk(), self.minus(open, close)),
            "churned" => self.moved(self.lost(), open),
            "quick_ratio" => self.quick_ratio(),
            "renewed" => self.renewed()?,
            _ => return None,
        };
        let display = match name {
            "net" | "gross" | "logo" | "renewed" => Some(Display::Percent),
            "quick_ratio" => Some(Display::Number(None)),
            _ => None,
        };
        let sliced = (name != "renewed").then(|| self.sliced(since));
        Some(FormPart { display, sliced, ..FormPart::new(name, Cow::Owned(value)) })
    }

    /// Counts of rows by the times that are named: they are times.
    fn times(&self) -> impl Iterator<Item = Expr> {
        let times = self.spec.churn_at.iter().chain(&self.spec.due);
        times.filter_map(|time| {
            let rows = self.rows.as_ref()?;
            let write = Writer { span: time.span };
            let any = write.aggregate(AggregateFunction::Any, write.name(rows.name));
            Some(any.on(time.clone()).done())
        })
    }

    /// What a member pays when the bucket ends.
    fn closing(&self) -> Expr {
        let write = self.write;
        let sum = write.aggregate(AggregateFunction::Sum, self.amount.clone());
        self.in_force(sum).done()
    }

    /// The rows that count when the bucket ends.
    fn in_force(&self, rows: Reduce) -> Reduce {
        let write = self.write;
        let window = if self.spec.changes { Window::Ever { before: false } } else { Window::AtEnd };
        let stays = self.spec.churn_at.as_ref().map(|at| write.is_null(at.clone()));
        rows.window(write.at(window))
            .filter(write.all(self.spec.filter.iter().cloned().chain(stays)))
    }

    /// What a member paid at the earlier instant.
    fn opening(&self, since: Since) -> Expr {
        self.prior(self.closing(), since)
    }

    fn prior(&self, value: Expr, since: Since) -> Expr {
        let over = self.spec.over.as_ref().filter(|_| matches!(since, Since::Over));
        let by = over.map(|over| Writer { span: over.span }.length(over.node));
        self.write.call("prior", std::iter::once(value).chain(by).collect())
    }

    fn positive(&self, amount: Expr) -> Expr {
        self.write.binary(BinaryOp::Greater, amount, self.write.number(0))
    }

    fn not_negative(&self, amount: Expr) -> Expr {
        self.write.binary(BinaryOp::GreaterOrEqual, amount, self.write.number(0))
    }

    fn is_zero(&self, amount: Expr) -> Expr {
        self.write.binary(BinaryOp::Equal, amount, self.write.number(0))
    }

    fn minus(&self, left: Expr, right: Expr) -> Expr {
        self.write.binary(BinaryOp::Subtract, left, right)
    }

    /// `sum(VALUE per OF ever where …)`: over all members, also those that have left.
    fn sum_where(&self, value: Expr, conditions: impl IntoIterator<Item = Expr>) -> Expr {
        let sum = self.write.aggregate(AggregateFunction::Sum, value).per(self.of.clone());
        sum.window(self.write.at(EVER)).filter(self.write.all(conditions)).done()
    }

    /// A sum over those who pay when the bucket begins or ends: all movements are over the same members, so that they have
    /// the same slices and the same reasons.
    fn sum(&self, value: Expr) -> Expr {
        let not_zero = |amount| self.write.binary(BinaryOp::NotEqual, amount, self.write.number(0));
        let (open, close) = (self.opening(Since::Bucket), self.closing());
        let pays = self.write.binary(BinaryOp::Or, not_zero(open), not_zero(close));
        self.sum_where(self.known(Since::Bucket, value), [pays])
    }

    /// Nothing of members with a negative amount: they are left out, and counted.
    fn known(&self, since: Since, value: Expr) -> Expr {
        let write = self.write;
        let (open, close) = (self.opening(since), self.closing());
        let valid = write.binary(BinaryOp::And, self.not_negative(open), self.not_negative(close));
        write.call("if", vec![valid, value, write.nothing()])
    }

    /// The same of those for whom all of that holds.
    fn moved(&self, conditions: Vec<Expr>, amount: Expr) -> Expr {
        let nothing = self.write.number(0);
        let Some(holds) = self.write.all(conditions) else { return self.sum(nothing) };
        self.sum(self.write.call("if", vec![holds, amount, nothing]))
    }

    /// `count(OF ever where …)`
    fn count(&self, conditions: impl IntoIterator<Item = Expr>) -> Expr {
        let write = self.write;
        let count = write.aggregate(AggregateFunction::Count, write.name(self.of));
        count.window(write.at(EVER)).filter(write.all(conditions)).done()
    }

    /// Those whose rates it is: they paid at the earlier instant.
    fn base(&self) -> Expr {
        self.write.binary(BinaryOp::NotEqual, self.opening(Since::Over), self.write.number(0))
    }

    /// A sum over those who paid then, of what they paid then.
    fn rate(&self, value: Expr) -> Expr {
        let sum = |value| self.sum_where(self.known(Since::Over, value), [self.base()]);
        self.write.binary(BinaryOp::Divide, sum(value), sum(self.opening(Since::Over)))
    }

    fn logo(&self) -> Option<Expr> {
        let write = self.write;
        let mut stays = self.positive(self.closing());
        if self.spec.free == Free::Expansion {
            stays = write.binary(BinaryOp::Or, stays, self.has_rows()?);
        }
        let count = |holds| self.count([self.base(), self.known(Since::Over, holds)]);
        Some(write.binary(BinaryOp::Divide, count(stays), count(write.literal(true))))
    }

    /// Whether a member has rows in force when the bucket ends, whatever they pay; nothing where rows are changes.
    fn has_rows(&self) -> Option<Expr> {
        let rows = self.rows.as_ref()?;
        let write = self.write;
        Some(self.in_force(write.aggregate(AggregateFunction::Any, write.name(rows.name))).done())
    }

    /// Whether a member with an amount of zero is a customer when the bucket ends.
    fn is_free(&self) -> Option<Expr> {
        self.has_rows().filter(|_| self.spec.free == Free::Expansion)
    }

    /// The same when the bucket began.
    fn was_free(&self) -> Option<Expr> {
        self.is_free().map(|free| self.prior(free, Since::Bucket))
    }

    /// Those who did not pay when the bucket began and pay when it ends: reactivated, or new.
    fn arrived(&self, again: bool) -> Vec<Expr> {
        let write = self.write;
        let mut all =
            vec![self.is_zero(self.opening(Since::Bucket)), self.positive(self.closing())];
        all.extend(self.was_free().map(|free| write.not(free)));
        match self.paid_before() {
            Some(before) if again => all.push(before),
            Some(before) => {
                // Of one that never paid before, no last time is known.
                let again = write.call("coalesce", vec![before, write.literal(false)]);
                all.push(write.not(again));
            }
            None if again => return Vec::new(),
            None => {}
        }
        all
    }

    fn grown(&self) -> Vec<Expr> {
        self.differs(self.opening(Since::Bucket), self.was_free(), self.closing())
    }

    fn shrunk(&self) -> Vec<Expr> {
        self.differs(self.closing(), self.is_free(), self.opening(Since::Bucket))
    }

    /// Customers at both ends, with less at one of them. `free`: whether those who pay nothing there are customers.
    fn differs(&self, less: Expr, free: Option<Expr>, more: Expr) -> Vec<Expr> {
        let write = self.write;
        let mut customer = self.positive(less.clone());
        if let Some(free) = free {
            let free = write.binary(BinaryOp::And, self.is_zero(less.clone()), free);
            customer = write.binary(BinaryOp::Or, customer, free);
        }
        vec![customer, write.binary(BinaryOp::Greater, more, less)]
    }

    fn lost(&self) -> Vec<Expr> {
        let mut all =
            vec![self.positive(self.opening(Since::Bucket)), self.is_zero(self.closing())];
        all.extend(self.is_free().map(|free| self.write.not(free)));
        all
    }

    /// Whether a member paid before the bucket, as far as that makes it a reactivation; nothing if nothing does.
    fn paid_before(&self) -> Option<Expr> {
        let write = self.write;
        let rows = self.rows.as_ref()?;
        let before = Window::Ever { before: true };
        let paying = || {
            let paid = self.positive(self.amount.clone());
            write.all(self.spec.filter.iter().cloned().chain([paid]))
        };
        let placed = |rows_of: Reduce, time: Option<&str>| match time {
            Some(time) => rows_of.on(write.name(&Spanned::new(time.to_owned(), write.span))),
            None => rows_of,
        };
        let begins = rows.begins.filter(|_| rows.is_history);
        match self.spec.reactivation {
            Reactivation::None => None,
            Reactivation::Any => {
                let any = write.aggregate(AggregateFunction::Any, write.name(rows.name));
                Some(placed(any, begins).window(write.at(before)).filter(paying()).done())
            }
            Reactivation::Within(length) => {
                let (begin, end) = (rows.begins?, rows.ends?);
                let last = write.aggregate(AggregateFunction::Max, write.column(rows.name, end));
                let last = placed(last, rows.is_history.then_some(end));
                let last = last.window(write.at(before)).filter(paying()).done();
                let first = write.aggregate(AggregateFunction::Min, write.column(rows.name, begin));
                let first = placed(first, begins).filter(paying()).done();
                let until = write.binary(BinaryOp::Add, last, write.length(length));
                Some(write.binary(BinaryOp::GreaterOrEqual, until, first))
            }
        }
    }

    /// What was gained in the bucket for what was lost.
    fn quick_ratio(&self) -> Expr {
        let write = self.write;
        let (open, close) = (self.opening(Since::Bucket), self.closing());
        let up = |from: Expr, to: Expr| {
            let grown = self.minus(to, from);
            self.sum(write.call("greatest", vec![grown, write.number(0)]))
        };
        let gained = up(open.clone(), close.clone());
        write.binary(BinaryOp::Divide, gained, up(close, open))
    }

    /// What stays of the amounts that were to be renewed in the bucket.
    fn renewed(&self) -> Option<Expr> {
        let write = self.write;
        let due_on = self.spec.due.as_ref()?;
        let rows = self.rows.as_ref()?;
        let (begins, ends) = (rows.begins?, rows.ends?);
        // Of a row that was replaced before it was due, the one that replaced it is due.
        let held = [
            write.binary(BinaryOp::LessOrEqual, write.column(rows.name, begins), due_on.clone()),
            write.binary(
                BinaryOp::Or,
                write.is_null(write.column(rows.name, ends)),
                write.binary(
                    BinaryOp::GreaterOrEqual,
                    write.column(rows.name, ends),
                    due_on.clone(),
                ),
            ),
        ];
        let due = || {
            let sum = write.aggregate(AggregateFunction::Sum, self.amount.clone());
            let held = self.spec.filter.iter().chain(held.iter()).cloned();
            sum.on(due_on.clone()).filter(write.all(held)).done()
        };
        // What a member lost while it was to be renewed is lost of what was due.
        let zero = || write.number(0);
        let before = write.call("greatest", vec![self.opening(Since::Bucket), due()]);
        let lost = write.call("greatest", vec![self.minus(before, self.closing()), zero()]);
        let kept = write.call("greatest", vec![self.minus(due(), lost), zero()]);
        let is_due = || write.binary(BinaryOp::NotEqual, due(), zero());
        let sum = |value| self.sum_where(self.known(Since::Bucket, value), [is_due()]);
        Some(write.binary(BinaryOp::Divide, sum(kept), sum(due())))
    }

    /// A member stays in the slice that it was in at the earlier instant, if it paid then.
    fn sliced(&self, since: Since) -> Sliced {
        let by = self.spec.over.as_ref().filter(|_| matches!(since, Since::Over));
        Sliced {
            members: self.count([self.positive(self.opening(since))]),
            by: by.map(|over| over.node),
        }
    }
}

const EVER: Window = Window::Ever { before: false };
