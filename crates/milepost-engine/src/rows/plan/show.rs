//! The leaves of a run that are evaluated by row, in words.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use milepost_semantics::model::{
    Aggregate, DimensionId, Inner, Model, RowExpr, RowKind, SegmentId, Window, Within,
};
use milepost_semantics::time::AsOf;
use milepost_syntax::ast::{Duration, DurationStyle, StepClock};
use milepost_syntax::print_step;

use crate::leaf::Leaf;
use crate::rows::plan::Plan;

/// Which rows are read into memory, and for each of these leaves whose rows are evaluated, what they look up, and for whom.
pub(crate) fn evaluation_text(
    model: &Model,
    as_of: AsOf,
    leaves: &[(&str, &Leaf<'_>, &[DimensionId])],
) -> String {
    let plain: Vec<(&Leaf<'_>, &[DimensionId])> =
        leaves.iter().map(|(_, leaf, by)| (*leaf, *by)).collect();
    let plan = Plan::new(model, as_of, &plain, BTreeSet::new());
    let mut text = String::new();
    for table in plan.tables.values() {
        let name = &model[table.dataset].name;
        let _ = writeln!(text, "rows of {name}, each with");
        for column in table.columns.values() {
            let _ = writeln!(text, "  {column}");
        }
    }
    let mut told: Vec<(String, Vec<&str>)> = Vec::new();
    for (metric, leaf, by) in leaves {
        let words = leaf_words(model, leaf, by);
        match told.iter_mut().find(|(known, _)| *known == words) {
            Some((_, metrics)) if metrics.contains(metric) => {}
            Some((_, metrics)) => metrics.push(metric),
            None => told.push((words, vec![metric])),
        }
    }
    for (i, (words, metrics)) in told.iter().enumerate() {
        let _ = write!(text, "evaluated row by row, {}: {words}", i + 1);
        let _ = writeln!(text, "  feeds {}", metrics.join(", "));
    }
    text
}

fn leaf_words(model: &Model, leaf: &Leaf<'_>, by: &[DimensionId]) -> String {
    let aggregate = leaf.aggregate;
    let mut words = Words { model, text: String::new(), segments: Vec::new() };
    let whose = words.population(aggregate);
    let times =
        if leaf.bounds.len() == 1 { "once" } else { &format!("{} times", leaf.bounds.len()) };
    let _ = writeln!(words.text, "{whose}, {times}");
    let _ = writeln!(words.text, "  {}", aggregate.text.replace('\n', " "));
    for m in &aggregate.matures {
        let lengths: Vec<String> = m.lengths().into_iter().map(length).collect();
        if !lengths.is_empty() {
            let _ = writeln!(words.text, "  counts rows after {}", lengths.join(" and "));
        }
    }
    if !aggregate.looks.is_empty() {
        let _ = writeln!(words.text, "  leaves out rows that look before the data");
    }
    aggregate.exprs().for_each(|expr| words.expr(expr, 1));
    for dimension in by {
        let _ = writeln!(words.text, "  kept apart by {}", model[*dimension].name);
        if let Some(value) = aggregate.slice(&model[aggregate.dataset], *dimension) {
            words.expr(value, 2);
        }
    }
    words.text
}

struct Words<'m> {
    model: &'m Model,
    text: String,
    /// Told already.
    segments: Vec<SegmentId>,
}

impl Words<'_> {
    fn population(&self, aggregate: &Aggregate) -> String {
        let dataset = &self.model[aggregate.dataset].name;
        match aggregate.members {
            Some(entity) => {
                let name = &self.model[entity].name;
                if *dataset == format!("members of {name}") {
                    dataset.clone()
                } else {
                    format!("members of {name} (rows of {dataset})")
                }
            }
            None => format!("rows of {dataset}"),
        }
    }

    fn expr(&mut self, expr: &RowExpr, depth: usize) {
        let indent = "  ".repeat(depth);
        match &expr.kind {
            RowKind::Inner(inner) => self.inner(inner, depth),
            RowKind::Segment(asked) if !self.segments.contains(&asked.segment) => {
                self.segments.push(asked.segment);
                let segment = &self.model[asked.segment];
                let _ = writeln!(self.text, "{indent}asks segment {}", segment.name);
                segment.exprs().for_each(|expr| self.expr(expr, depth + 1));
            }
            RowKind::Column(path) if path.hops.iter().any(|hop| hop.valid.is_some()) => {
                let name = &self.model[path.dataset].name;
                let _ = writeln!(self.text, "{indent}looks up the valid row of {name}");
            }
            _ => {}
        }
        expr.each_child(&mut |child| self.expr(child, depth));
    }

    fn inner(&mut self, inner: &Inner, depth: usize) {
        let indent = "  ".repeat(depth);
        let whose = self.population(&inner.aggregate);
        let keys: Vec<String> = inner.links.iter().map(|link| self.name(&link.inner)).collect();
        let window = match &inner.within {
            Some(Within { step: Some(step), length, .. }) => {
                print_step(*step, StepClock::Elapsed(*length))
            }
            Some(within) => format!(
                "within {} {}",
                length(within.length),
                if within.before { "before" } else { "after" }
            ),
            None => window_words(inner.aggregate.window),
        };
        let _ = writeln!(self.text, "{indent}looks up {whose} by {}, {window}", keys.join(", "));
        let _ = writeln!(self.text, "{indent}  {}", inner.aggregate.text.replace('\n', " "));
        inner.aggregate.exprs().for_each(|expr| self.expr(expr, depth + 1));
    }

    fn name(&self, expr: &RowExpr) -> String {
        match expr.as_column() {
            Some(path) => {
                let mut names: Vec<&str> =
                    path.hops.iter().map(|hop| self.model[hop.entity].name.as_str()).collect();
                names.push(&self.model[path.dataset][path.column].name);
                names.join(".")
            }
            None => "an expression".to_owned(),
        }
    }
}

fn window_words(window: Window) -> String {
    match window {
        Window::Bucket => "in the bucket".to_owned(),
        Window::Over { length: over, before } => {
            format!("over {}{}", length(over), if before { " before" } else { "" })
        }
        Window::Ever { before } => format!("ever{}", if before { " before" } else { "" }),
        Window::Since(date) => format!("since {}", milepost_semantics::time::show_date(date)),
        Window::ToDate(grain) => format!("to date in {}", grain.name()),
        Window::AtStart => "at start".to_owned(),
        Window::AtEnd => "at end".to_owned(),
        Window::Average => "average".to_owned(),
        Window::Step(step) => print_step(step, StepClock::Calendar),
    }
}

fn length(length: Duration) -> String {
    let style = match length.style {
        DurationStyle::Plain => "",
        DurationStyle::Calendar => "calendar ",
        DurationStyle::Business => "business ",
    };
    let unit = format!("{:?}", length.unit).to_lowercase();
    let plural = if length.count == 1 { "" } else { "s" };
    format!("{} {style}{unit}{plural}", length.count)
}
