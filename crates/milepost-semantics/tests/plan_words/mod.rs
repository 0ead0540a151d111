//! The words of a metric against its plan: whatever decides its number stands in them.

use std::collections::BTreeSet;

use crate::semantics::explain::{describe, duration_words};
use crate::semantics::model::{
    Aggregate, Column, DatasetKind, Form, Inner, Literal, Lives, MetricId, Model, Path, RowExpr,
    RowKind, SegmentId, Window,
};
use crate::syntax::ast::Decimal;

/// What decides a metric's number and its words lack: columns and literals of conditions, arguments and times, lengths of
/// windows, what linked rows have in common; all of it also in the behaviors and segments that it names.
pub(crate) fn missing(model: &Model, metric: MetricId) -> Vec<String> {
    let text = describe(model, metric).join("\n");
    let mut plan =
        Plan { model, segments: BTreeSet::new(), is_arithmetic: false, parts: Vec::new() };
    model[metric].each_aggregate(&mut |found| plan.aggregate(found));
    plan.parts.retain(|part| !is_said(&text, part));
    plan.parts
}

/// Whether a text has some words; hours that are whole days are said as those.
fn is_said(text: &str, part: &str) -> bool {
    let hours = part.strip_suffix(" hours").and_then(|n| n.parse::<u32>().ok());
    let days = hours.filter(|hours| hours.is_multiple_of(24)).map(|hours| hours / 24);
    let of_days = |days: u32| {
        let weeks = format!("{} weeks", days / 7);
        text.contains(&format!("{days} days")) || (days.is_multiple_of(7) && text.contains(&weeks))
    };
    text.contains(part) || days.is_some_and(of_days)
}

/// What the plan of a metric is made of.
struct Plan<'m> {
    model: &'m Model,
    segments: BTreeSet<SegmentId>,
    /// In the arithmetic of a score, whose numbers no author has written.
    is_arithmetic: bool,
    parts: Vec<String>,
}

impl Plan<'_> {
    fn aggregate(&mut self, found: &Aggregate) {
        if let Window::Over { length, .. } = found.window
            && length.count > 1
        {
            self.parts.push(duration_words(length));
        }
        self.placed(found);
        // The members that are counted are named by their entity, not by its key.
        // What chooses among rows is made of what decides their number.
        let named = found.values();
        let args = found.args.iter().take(named).filter(|_| !found.distinct);
        args.chain(&found.on).chain(&found.filter).for_each(|expr| self.row(expr));
        found.matures.iter().filter_map(|m| m.after.as_ref()).for_each(|expr| self.row(expr));
    }

    /// What places the rows in time, and which of them count once.
    fn placed(&mut self, found: &Aggregate) {
        let dataset = &self.model[found.dataset];
        let mut columns = dataset.unique.clone();
        if found.on.is_none() {
            match dataset.kind {
                DatasetKind::Events { time } | DatasetKind::Snapshot { time, .. } => {
                    columns.push(time);
                }
                DatasetKind::History { from, to } => columns.extend([from, to]),
                DatasetKind::Attributes => {}
            }
            let entity = found.members.map(|id| &self.model[id]);
            if let Some(Lives::Between { from, to }) = entity.and_then(|entity| entity.lives) {
                columns.extend(std::iter::once(from).chain(to));
            }
        }
        let names = columns.iter().map(|id| column_name(&dataset[*id]));
        self.parts.extend(names);
    }

    fn row(&mut self, expr: &RowExpr) {
        match &expr.kind {
            RowKind::Column(path) => self.parts.push(column(self.model, path)),
            RowKind::Form(Form::Literal(value)) => self.literal(value),
            RowKind::Form(Form::In { list, .. }) => {
                list.iter().for_each(|value| self.literal(value));
            }
            RowKind::Inner(inner) => {
                self.aggregate(&inner.aggregate);
                self.link(inner);
            }
            RowKind::Segment(found) => {
                let segment = &self.model[found.segment];
                let journeys = &self.model.journeys;
                if journeys.iter().any(|journey| segment.owner.as_ref() == Some(&journey.name)) {
                    // What a journey says is in words where it is defined.
                    self.parts.push(segment.name.replace('_', " "));
                    return;
                }
                let scores = &self.model.scores;
                let score = scores.iter().find(|score| segment.owner.as_ref() == Some(&score.name));
                let (name, meta) = match score {
                    Some(score) => (&score.name, &score.meta),
                    None => (&segment.name, &segment.meta),
                };
                let label = meta.label.clone();
                self.parts.push(label.unwrap_or_else(|| name.replace('_', " ")));
                if self.segments.insert(found.segment) {
                    // How a score is computed of its components and caps is said once for all of them.
                    let is_own = [".value", ".cap"].iter().any(|end| segment.name.ends_with(end));
                    let before = self.is_arithmetic;
                    self.is_arithmetic = score.is_some() && !is_own;
                    segment.exprs().for_each(|condition| self.row(condition));
                    self.is_arithmetic = before;
                }
                // Its members are named by their entity, not by the columns of its key.
                return;
            }
            _ => {}
        }
        expr.each_child(&mut |child| self.row(child));
    }

    fn literal(&mut self, value: &Literal) {
        if self.is_arithmetic {
            return;
        }
        let whole = |n: &Decimal| (n.scale == 0).then(|| n.mantissa.to_string());
        match value {
            Literal::Text(text) => self.parts.push(format!("'{text}'")),
            Literal::Number(n) => self.parts.extend(whole(n)),
            Literal::Percent(n) => self.parts.extend(whole(n).map(|n| format!("{n}%"))),
            Literal::Duration(length) => self.parts.push(duration_words(*length)),
            Literal::Boolean(_) | Literal::Date(_) | Literal::Null => {}
        }
    }

    /// Of rows that are linked by `with same`: what is the same, and how long.
    fn link(&mut self, inner: &Inner) {
        if let Some(within) = &inner.within {
            // The steps of a cohort are described together, by the length of one.
            if within.step.is_some() {
                self.parts.push(duration_words(within.length));
            } else if within.length.count > 1 {
                self.parts.push(format!("within {}", duration_words(within.length)));
            }
            within.anchor.iter().for_each(|anchor| self.row(anchor));
        }
        if inner.others_only {
            let sides = inner.links.iter().flat_map(|link| [&link.inner, &link.outer]);
            for path in sides.filter_map(RowExpr::as_column) {
                let dataset = &self.model[path.dataset];
                let is_key = |columns: &[_]| columns.contains(&path.column);
                let of = dataset.entities.iter().find(|(_, columns)| is_key(columns));
                self.parts.push(match of {
                    Some((entity, _)) => self.model[*entity].name.replace('_', " "),
                    None => column(self.model, path),
                });
            }
        }
    }
}

fn column(model: &Model, path: &Path) -> String {
    column_name(&model[path.dataset][path.column])
}

fn column_name(found: &Column) -> String {
    found.label.clone().unwrap_or_else(|| found.name.replace('_', " "))
}
