//! Metrics: the value with its metadata.

use std::sync::Arc;

use super::parts::Parts;
use super::target::Scale;
use crate::check::Checker;
use crate::check::expressions::value::{ShortPrior, short_prior};
use crate::explain::duration_words;
use crate::model::*;
use crate::resolve::{Unit as Defined, grain, meta, not_one_of, read_unit};
use crate::time::Grain;
use milepost_syntax::ast::{BetterSpec, BinaryOp, Duration, MetricSpec, UnitSpec};
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::{Span, Spanned};
use milepost_syntax::{codes, print_expr};

impl Checker<'_, '_> {
    /// Checks a metric and keeps it, if nothing is wrong with its value.
    pub(crate) fn metric(&mut self, id: MetricId) {
        let spec = &self.resolved.package.metrics[id.0];
        let of_score = spec.list().is_some_and(|list| list.score.is_some());
        if of_score && !self.has_score(&spec.name) {
            return;
        }
        let unusable = self.resolved.order.unusable.contains(&Defined::Metric(id));
        let parts = if unusable { None } else { self.parts(spec) };
        let values = parts.iter().flat_map(|parts| &parts.list).map(|part| &part.value);
        let slices = self.slices(&spec.slices, &values.collect::<Vec<_>>());
        let leads_to = self.leads_to(spec);
        let category = self.category(spec);
        let indicator = self.indicator(spec, category);
        let own_grain = spec.grain.as_ref().and_then(|g| grain(g, self.diagnostics));
        let min_sample = self.min_sample(spec);
        let maturity = spec.maturity.as_ref().and_then(|m| self.maturity(m));
        if category.is_some() && spec.question.is_none() {
            self.diagnostics.push(
                Diagnostic::warning(
                    codes::MISSING_QUESTION,
                    spec.name.span,
                    format!(
                        "`{}` has no question, so readers can't see what it answers",
                        spec.name.node
                    ),
                )
                .help("add `question:` with the question that someone would ask"),
            );
        }
        let Some(Parts { shape, mut list, headline, uses, words: form_words, better: natural }) =
            parts
        else {
            return;
        };
        let listed = self.list(spec, &mut list[headline.0].value);
        if spec.list().is_some() && listed.is_none() {
            return;
        }
        let Part { value, display, .. } = &list[headline.0];
        let by_day = listed.as_ref().is_some_and(|list| !list.is_journey);
        let usual = if by_day { Grain::Day } else { self.resolved.project.grain };
        let scale = Scale { display, unit: &value.unit, slices: &spec.slices };
        let better_spec = self.direction_of(spec, natural);
        let better = better_spec.as_ref().and_then(|better| self.better(better, &scale));
        let target = spec
            .target
            .as_ref()
            .and_then(|t| self.target(&t.node, t.span, better_spec.as_ref(), &scale));
        let metric = Metric {
            name: spec.name.node.clone(),
            meta: meta(&spec.meta),
            span: spec.name.span,
            definition: spec.span,
            question: words(&spec.question),
            stage: words(&spec.stage),
            milestone: words(&spec.milestone),
            leads_to,
            category,
            indicator,
            better,
            target,
            maturity,
            slices,
            grain: own_grain.unwrap_or(usual),
            min_sample,
            filter_text: spec.filter.as_ref().map(print_expr),
            shape,
            parts: list,
            words: form_words,
            headline,
            list: listed.map(Box::new),
            uses,
        };
        self.number(spec, &metric);
        self.period(spec, &metric);
        self.priors(spec, &metric);
        self.metrics[id.0] = Some(Arc::new(metric));
    }

    /// Which way is good: as written, else by the nature of its form, which nothing may contradict.
    fn direction_of(&mut self, spec: &MetricSpec, natural: Option<Better>) -> Option<BetterSpec> {
        let natural = match natural {
            Some(Better::Higher) => Some(BetterSpec::Higher),
            Some(Better::Lower) => Some(BetterSpec::Lower),
            Some(Better::Inside(..)) | None => None,
        };
        let Some(written) = &spec.better else { return natural };
        let (word, other) = match (&natural, &written.node) {
            (Some(BetterSpec::Higher), BetterSpec::Lower) => ("higher", "lower"),
            (Some(BetterSpec::Lower), BetterSpec::Higher) => ("lower", "higher"),
            _ => return Some(written.node.clone()),
        };
        let message =
            format!("by what its form says, {word} is better here, and this says {other}");
        let told = Diagnostic::error(codes::INVALID_VALUE, written.span, message);
        let told = match &spec.form {
            Some(form) => told.also(form.span(), "the form"),
            None => told,
        };
        self.diagnostics.push(told.help("remove `better:`: the form implies it"));
        natural
    }

    fn leads_to(&mut self, spec: &MetricSpec) -> Vec<MetricId> {
        let names = spec.leads_to.iter();
        names.filter_map(|name| self.resolved.names.expect_metric(name, self.diagnostics)).collect()
    }

    fn category(&mut self, spec: &MetricSpec) -> Option<Category> {
        let name = spec.category.as_ref()?;
        let category = Category::parse(&name.node);
        if category.is_none() {
            self.diagnostics.push(not_one_of("a category", name, &["reach", "effect", "roi"]));
        }
        category
    }

    /// Leading or lagging: as written, else as the category implies.
    fn indicator(&mut self, spec: &MetricSpec, category: Option<Category>) -> Option<Indicator> {
        let implied = category.map(|c| match c {
            Category::Reach | Category::Effect => Indicator::Leading,
            Category::Roi => Indicator::Lagging,
        });
        let Some(name) = &spec.indicator else { return implied };
        let written = match name.node.as_str() {
            "leading" => Indicator::Leading,
            "lagging" => Indicator::Lagging,
            _ => {
                self.diagnostics.push(not_one_of("an indicator", name, &["leading", "lagging"]));
                return implied;
            }
        };
        if let Some(category) =
            spec.category.as_ref().filter(|_| implied.is_some_and(|i| i != written))
        {
            let other = if written == Indicator::Leading { "lagging" } else { "leading" };
            self.diagnostics.push(
                Diagnostic::warning(codes::CATEGORY_INDICATOR, name.span, format!("metrics of category `{}` are {other}, and this one says `{}`", category.node, name.node))
                    .also(category.span, "the category")
                    .help("reach and effect are leading, roi is lagging; change one of the two if it is a mistake"),
            );
        }
        Some(written)
    }

    fn min_sample(&mut self, spec: &MetricSpec) -> Option<u64> {
        let n = spec.min_sample.as_ref()?;
        let good = u64::try_from(n.node).ok().filter(|n| *n >= 1);
        if good.is_none() {
            self.diagnostics.push(
                Diagnostic::error(
                    codes::INVALID_VALUE,
                    n.span,
                    "the smallest sample is a whole number from 1 on",
                )
                .help("write for example `min_sample: 10`"),
            );
        }
        good
    }

    fn maturity(&mut self, length: &Spanned<Duration>) -> Option<Duration> {
        self.plain_duration(length.node, length.span).then_some(length.node)
    }

    /// How the number is shown: as declared, else by its unit.
    pub(super) fn display(&mut self, spec: &MetricSpec, value: &ValueExpr) -> Display {
        match value.ty {
            Type::Date => return Display::Date,
            Type::Timestamp => return Display::Timestamp,
            _ => {}
        }
        let Some(unit) = &spec.unit else { return inferred(&value.unit) };
        let name = match &unit.node {
            UnitSpec::Name(name) => name.trim(),
            UnitSpec::CurrencyColumn(_) => {
                self.diagnostics.push(
                    Diagnostic::error(codes::INVALID_VALUE, unit.span, "the unit of a metric is fixed; a column of currencies belongs to a dataset's column")
                        .help(format!("write `unit: {}`", self.resolved.project.currency)),
                );
                return inferred(&value.unit);
            }
        };
        let found = &value.unit;
        let wrong = |message: String| {
            Diagnostic::error(codes::UNIT_MISMATCH, unit.span, message)
                .also(value.span, format!("this is {}", found.name()))
        };
        if name == "percent" {
            let ratio = found.is_plain() || !found.per.is_empty();
            if found.has_currency() || !ratio {
                let told = wrong(format!(
                    "percent needs a ratio of two numbers of one kind, and this is {}",
                    found.name()
                ));
                self.diagnostics.push(told.help("divide by the whole, or name another unit"));
            }
            self.percent_twice(value);
            return Display::Percent;
        }
        if let Some(right) = crate::currency::unit_slip(name)
            && !crate::currency::looks_like_code(name)
        {
            self.diagnostics.push(
                Diagnostic::error(
                    codes::INVALID_VALUE,
                    unit.span,
                    format!("`{name}` is not the name of a unit"),
                )
                .help(format!("write `unit: {right}`")),
            );
            return inferred(&value.unit);
        }
        if crate::currency::looks_like_code(name) {
            let before = self.diagnostics.counts().0;
            crate::currency::check(name, unit.span, self.diagnostics);
            if self.diagnostics.counts().0 == before && found.currency() != Some(name) {
                let told = wrong(format!("the unit is {name}, and the value is {}", found.name()));
                self.diagnostics.push(match found.currency() {
                    Some(other) => told.help(format!("write `unit: {other}`: milepost does not convert currencies")),
                    None => told.help(format!("give the money column its unit in its dataset: `unit: {name}` or `unit: {{ currency: column }}`")),
                });
            }
            return Display::Currency(name.to_owned());
        }
        if let ([Base::Time(counted)], []) = (found.of.as_slice(), found.per.as_slice())
            && let [Base::Time(written)] =
                read_unit(name, unit.span, self.diagnostics).of.as_slice()
            && counted != written
            && !is_scaled(value)
        {
            let told =
                wrong(format!("the unit is {name}, and the value is counted in {}", found.name()));
            self.diagnostics.push(told.help(format!(
                "write `unit: {}`, or convert the value, like `24 * …`",
                found.name()
            )));
        }
        match name {
            "ratio" | "number" | "none" => Display::Number(None),
            word => Display::Number(Some(word.to_owned())),
        }
    }

    /// A KPI is a number.
    fn number(&mut self, spec: &MetricSpec, metric: &Metric) {
        let (Some(category), false) =
            (&spec.category, metric.value().ty.is_numeric() || metric.value().ty == Type::Unknown)
        else {
            return;
        };
        self.diagnostics.push(
            Diagnostic::error(codes::KPI_NOT_NUMBER, metric.value().span, format!("`{}` is a KPI, and its value is {}", metric.name, metric.value().ty.describe()))
                .label(metric.value().ty.describe())
                .also(category.span, "a category makes it a KPI")
                .help("make the value a number, or remove `category:` to keep it as a helper of other metrics"),
        );
    }

    /// An roi metric says over which time it is counted.
    fn period(&mut self, spec: &MetricSpec, metric: &Metric) {
        let Some(category) =
            spec.category.as_ref().filter(|_| metric.category == Some(Category::Roi))
        else {
            return;
        };
        if spec.grain.is_some() || metric.parts.iter().any(|part| names_period(&part.value)) {
            return;
        }
        self.diagnostics.push(
            Diagnostic::error(codes::ROI_WITHOUT_PERIOD, spec.name.span, format!("`{}` is a return on investment, and does not say over which time", metric.name))
                .also(category.span, "the category")
                .help("add `grain: month`, or a window in the expression, like `over 12 months` or `to date in year`"),
        );
    }

    /// A prior shorter than the bucket needs windows.
    fn priors(&mut self, spec: &MetricSpec, metric: &Metric) {
        let Some((part, short)) = short_part(metric) else { return };
        let own = spec.form.as_ref().is_some_and(|form| holds(form.span(), short.prior));
        if !own {
            // A metric that is wrong at its own grain has told it.
            let told = metric
                .uses
                .iter()
                .filter_map(|id| self.metrics[id.0].as_ref())
                .any(|used| short_part(used).is_some());
            if told {
                return;
            }
        }
        let at = if own { short.prior } else { part.value.span };
        let message = format!(
            "`prior` goes back {}, less than one {}, so `{}` would count a part of the same bucket again",
            duration_words(short.by),
            metric.grain.name(),
            short.text
        );
        let told = Diagnostic::error(codes::PRIOR_NEEDS_WINDOW, at, message);
        let told = if own { told } else { told.also(short.prior, "the `prior`") };
        self.diagnostics.push(told.also(short.aggregate, "has no window of its own").help(
            format!(
                "give it a window, like `over {}`, or go back by {} or more",
                duration_words(short.by),
                one(metric.grain.name())
            ),
        ));
    }
}

/// The first part with a `prior` that is shorter than the bucket.
fn short_part(metric: &Metric) -> Option<(&Part, ShortPrior)> {
    metric.parts.iter().find_map(|part| Some((part, short_prior(&part.value, metric.grain)?)))
}

fn one(grain: &str) -> String {
    format!("1 {}", grain.rsplit(' ').next().unwrap_or(grain))
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.source == inner.source && outer.start <= inner.start && inner.end <= outer.end
}

pub(super) fn words(text: &Option<Spanned<String>>) -> Option<String> {
    text.as_ref().map(|t| t.node.trim().to_owned())
}

/// Whether it is multiplied or divided by a fixed number, as when hours are made of days.
fn is_scaled(value: &ValueExpr) -> bool {
    let fixed = |e: &ValueExpr| matches!(e.kind, ValueKind::Form(Form::Literal(_)));
    match &value.kind {
        ValueKind::Form(Form::Binary {
            op: BinaryOp::Multiply | BinaryOp::Divide,
            left,
            right,
        }) => fixed(left) || fixed(right) || is_scaled(left),
        ValueKind::Form(Form::Call { args, .. }) => args.first().is_some_and(is_scaled),
        ValueKind::Metric { value, .. } => is_scaled(value),
        _ => false,
    }
}

/// Whether a window or a prior says over which time.
fn names_period(value: &ValueExpr) -> bool {
    let mut found = match &value.kind {
        ValueKind::Prior { by, .. } => by.is_some(),
        ValueKind::Aggregate(a) => {
            let mut timed = false;
            a.each_aggregate(&mut |a| {
                timed |=
                    matches!(a.window, Window::Over { .. } | Window::ToDate(_) | Window::Since(_));
                timed |= a.exprs().any(looks_back);
            });
            timed
        }
        ValueKind::Blocks(blocks) => !blocks.window.is_bare(),
        _ => false,
    };
    value.each_child(&mut |child| found = found || names_period(child));
    found
}

/// Whether it compares a member with itself a length of time earlier.
fn looks_back(expr: &RowExpr) -> bool {
    matches!(&expr.kind, RowKind::Prior { by: Some(_), .. }) || expr.any_child(looks_back)
}

/// How a number of that unit is shown when nothing is declared.
pub(super) fn inferred(unit: &Unit) -> Display {
    if let Some(code) = unit.currency() {
        return Display::Currency(code.to_owned());
    }
    let spaced = |word: String| word.replace('_', " ");
    match (unit.of.as_slice(), unit.per.as_slice()) {
        ([base], []) => Display::Number(Some(spaced(base.plural()))),
        ([of], [per]) => {
            Display::Number(Some(spaced(format!("{} per {}", of.plural(), per.singular()))))
        }
        _ => Display::Number(None),
    }
}
