//! What the fields of a funnel say, and what is wrong with them.

use std::collections::BTreeMap;

use super::exclusive::exclude_each_other;
use super::{names, of_step};
use crate::forms::build::{Writer, says};
use crate::forms::rows::{dataset_of, one_name, with_dataset};
use crate::model::{DatasetId, DatasetKind, Type};
use crate::resolve::{Definition, Resolved, Table};
use milepost_syntax::ast::{
    Duration, DurationStyle, Expr, ExprKind, FunnelSpec, FunnelStepSpec, PlacedRowsSpec,
};
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::limits::STEPS;
use milepost_syntax::span::{Span, Spanned};
use milepost_syntax::{codes, print_expr};

/// The fields, with their defaults.
#[derive(Debug)]
pub(super) struct Funnel<'a> {
    pub(super) spec: &'a FunnelSpec,
    pub(super) of: &'a Spanned<String>,
    /// At least two.
    pub(super) steps: Vec<Step<'a>>,
    pub(super) within: Duration,
    /// Rows that end an attempt.
    pub(super) without: Option<Placed<'a>>,
    /// Two things at one time are in no order.
    pub(super) apart: bool,
    /// Each first step counts, rather than each member.
    pub(super) counts_attempts: bool,
    /// Some times are days and others instants, or it is not known.
    pub(super) is_mixed: bool,
}

/// A step.
#[derive(Debug)]
pub(super) struct Step<'a> {
    pub(super) name: &'a Spanned<String>,
    pub(super) placed: Placed<'a>,
    /// Whose rows count.
    pub(super) of: &'a Spanned<String>,
    /// The row of the first step, at another time.
    pub(super) is_first_row: bool,
    /// It is later than the step before, not at the same time.
    pub(super) is_later: bool,
}

/// Rows that happen at a time.
#[derive(Debug)]
pub(super) struct Placed<'a> {
    pub(super) rows: &'a PlacedRowsSpec,
    dataset: DatasetId,
    /// The time at which a row happens, with the name of the rows before it.
    pub(super) time: Expr,
    /// Its type, where that is known before it is checked.
    pub(super) ty: Option<Type>,
}

/// Reads the fields; nothing where they mean nothing, which is reported.
pub(super) fn read<'a>(
    spec: &'a FunnelSpec,
    resolved: &Resolved<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Funnel<'a>> {
    let before = diagnostics.counts().0;
    let mut reader = Reader { spec, resolved, diagnostics };
    reader.lengths();
    reader.names();
    let placed: Vec<_> = spec.steps.iter().map(|step| reader.placed(&step.rows)).collect();
    let without = spec.without.as_ref().map(|rows| reader.placed(rows));
    // Without steps it was reported where they are read.
    if reader.diagnostics.counts().0 > before || spec.steps.is_empty() {
        return None;
    }
    let (of, within) = (spec.of.as_ref()?, spec.within.as_ref()?.node);
    let apart = says(spec.ties.as_ref(), "apart");
    let placed: Vec<Placed<'_>> = placed.into_iter().collect::<Option<_>>()?;
    let without = match without {
        Some(found) => Some(found?),
        None => None,
    };
    let types = placed.iter().chain(&without).map(|placed| placed.ty);
    let types: Vec<_> = types.collect();
    let steps = reader.steps(of, placed, apart)?;
    Some(Funnel {
        spec,
        of,
        steps,
        within,
        without,
        apart,
        counts_attempts: says(spec.count.as_ref(), "attempts"),
        is_mixed: types.iter().any(|ty| ty.is_none() || *ty != types[0]),
    })
}

struct Reader<'a, 'r, 'd> {
    spec: &'a FunnelSpec,
    resolved: &'r Resolved<'r>,
    diagnostics: &'d mut Diagnostics,
}

impl<'a> Reader<'a, '_, '_> {
    fn wrong(&mut self, at: Span, message: String, help: impl Into<String>) {
        let told = Diagnostic::error(codes::INVALID_VALUE, at, message);
        self.diagnostics.push(told.help(help.into()));
    }

    /// Whether there is something to follow, for a while.
    fn lengths(&mut self) {
        let FunnelSpec { key, steps, within, .. } = self.spec;
        if let Some(within) = within.as_ref().filter(|within| within.node.count == 0) {
            let message = "a window of length 0 holds the first step alone".to_owned();
            self.wrong(within.span, message, "write for example `within: 14 days`");
        }
        if steps.len() < 2 && !steps.is_empty() {
            let message = "a funnel leads from one step to another, and this has one".to_owned();
            self.wrong(
                steps[0].name.span,
                message,
                "add the steps that follow it; to count rows of one kind write `value: count(…)`",
            );
        }
        if steps.len() > STEPS {
            let message =
                format!("a funnel has at most {STEPS} steps, and this has {}", steps.len());
            let told = Diagnostic::error(codes::LIMIT_EXCEEDED, key.span, message);
            self.diagnostics
                .push(told.help("leave out steps that say little, or make two funnels"));
        }
    }

    /// Whether every part has a name of its own.
    fn names(&mut self) {
        let mut counts = BTreeMap::<String, usize>::new();
        names(self.spec).into_iter().for_each(|name| *counts.entry(name).or_default() += 1);
        let spec = self.spec;
        for (at, step) in spec.steps.iter().enumerate() {
            let earlier = spec.steps[..at].iter().find(|other| other.name.node == step.name.node);
            if let Some(earlier) = earlier {
                let message = format!("there are two steps `{}`", step.name.node);
                let told = Diagnostic::error(codes::INVALID_VALUE, step.name.span, message);
                let told = told.also(earlier.name.span, "the other one");
                self.diagnostics.push(told.help("give each a name of its own"));
            } else if spec.steps.iter().filter(|other| other.name.node == step.name.node).count()
                == 1
                && of_step(&step.name.node, at).iter().any(|name| counts[name] > 1)
            {
                let name = &step.name.node;
                let message = format!(
                    "a part of the funnel would have the name of another, as a step is called `{name}`"
                );
                self.wrong(
                    step.name.span,
                    message,
                    "give the step another name, such as that of what is done",
                );
            }
        }
    }

    /// The rows, and when they happen; nothing where that is not known, which is reported.
    fn placed(&mut self, rows: &'a PlacedRowsSpec) -> Option<Placed<'a>> {
        let Some(dataset) = dataset_of(&rows.name.node, self.resolved) else {
            self.no_rows(&rows.name);
            return None;
        };
        let table = self.resolved.table(dataset);
        if let Some(on) = &rows.on {
            let column = one_name(on).and_then(|column| table.dataset.column(&column.node));
            let ty = column.map(|column| table.dataset[column].ty);
            let time = with_dataset(on, &rows.name);
            return Some(Placed { rows, dataset, time, ty: ty.filter(is_time) });
        }
        if !self.happens(rows, table) {
            return None;
        }
        let own = &table.dataset[table.dataset.begins()?];
        let time = Writer { span: rows.name.span }.column(&rows.name, &own.name);
        Some(Placed { rows, dataset, time, ty: Some(own.ty).filter(is_time) })
    }

    /// Reports a name that stands for no rows.
    fn no_rows(&mut self, name: &Spanned<String>) {
        match self.resolved.names.get(&name.node) {
            None => {
                self.resolved.names.expect_dataset(name, self.diagnostics);
            }
            // One that is wrong was reported itself.
            Some(Definition::Behavior(_)) => {}
            Some(_) => {
                let message = format!("a step is taken by rows, and `{}` names none", name.node);
                self.wrong(name.span, message, "write the name of a dataset or of a behavior");
            }
        }
    }

    /// Whether rows happen at a time of their own; reported where not.
    fn happens(&mut self, rows: &PlacedRowsSpec, table: &Table<'_>) -> bool {
        let (dataset, name) = (&table.dataset, &rows.name.node);
        let message = match dataset.kind {
            _ if !table.kind_known => return true,
            DatasetKind::Events { .. } => return true,
            DatasetKind::History { .. } | DatasetKind::Snapshot { .. } => {
                format!("a row of `{name}` is true for a while, and a step is taken at a time")
            }
            DatasetKind::Attributes => {
                format!(
                    "the rows of `{name}` have no time of their own, and a step is taken at a time"
                )
            }
        };
        let told = Diagnostic::error(codes::NEEDS_TIME, rows.name.span, message);
        let told = told.also(dataset.span, format!("`{}` is defined here", dataset.name));
        self.diagnostics.push(
            told.help(format!("say by which column it is taken, such as `{name} on created_at`")),
        );
        false
    }

    /// The steps, each with what it is in relation to those before.
    fn steps(
        &mut self,
        of: &'a Spanned<String>,
        placed: Vec<Placed<'a>>,
        apart: bool,
    ) -> Option<Vec<Step<'a>>> {
        let before = self.diagnostics.counts().0;
        let mut steps: Vec<Step<'a>> = Vec::new();
        for (spec, placed) in self.spec.steps.iter().zip(placed) {
            let is_first_row = steps.first().is_some_and(|first| {
                first.placed.dataset == placed.dataset && !first.placed.is_at_the_time_of(&placed)
            });
            let whose = spec.of.as_ref().unwrap_or(of);
            let step = Step { name: &spec.name, placed, of: whose, is_first_row, is_later: apart };
            self.fits(&step, spec, &steps);
            let may_be_one = |other: &Step<'_>| {
                other.placed.dataset == step.placed.dataset
                    && !other.is_first_row
                    && !exclude_each_other(other.placed.rows, step.placed.rows, self.resolved)
            };
            // The row of the first step is known, and never taken again; which row a later step took is not.
            let is_later = apart || (!is_first_row && steps.iter().skip(1).any(may_be_one));
            steps.push(Step { is_later, ..step });
        }
        (self.diagnostics.counts().0 == before).then_some(steps)
    }

    /// Whether a step can follow those before it; reported where not.
    fn fits(&mut self, step: &Step<'a>, spec: &FunnelStepSpec, before: &[Step<'a>]) {
        let Some(first) = before.first() else {
            let own = self.spec.of.as_ref().map(|own| &own.node);
            if let Some(of) = spec.of.as_ref().filter(|of| Some(&of.node) != own) {
                let message = format!(
                    "the first step is the member’s own, and `{}` is of another entity",
                    step.name.node
                );
                self.wrong(
                    of.span,
                    message,
                    "remove `of:` here, or name that entity in `of:` of the funnel",
                );
            }
            return;
        };
        if step.is_first_row {
            self.fits_the_first_row(step, first, before);
            return;
        }
        let two_times = |other: &&Step<'_>| {
            other.placed.dataset == step.placed.dataset
                && !other.is_first_row
                && !other.placed.is_at_the_time_of(&step.placed)
        };
        if let Some(other) = before.iter().skip(1).find(two_times) {
            let message = format!(
                "`{}` and `{}` are two times of one row, which only the row of the first step can have",
                step.name.node, other.name.node
            );
            let help = "begin the funnel with these rows, or place both by one column";
            self.wrong(step.placed.rows.span, message, help);
        }
    }

    /// The same of another time of the row of the first step.
    fn fits_the_first_row(&mut self, step: &Step<'a>, first: &Step<'a>, before: &[Step<'a>]) {
        let (name, at) = (&step.name.node, step.placed.rows.span);
        let is_same =
            |other: &&Step<'_>| other.is_first_row && other.placed.is_at_the_time_of(&step.placed);
        if let Some(other) = before.iter().find(is_same) {
            let message = format!(
                "`{name}` is the row of the first step at the same time as `{}`",
                other.name.node
            );
            self.wrong(at, message, "place it by another column, or remove one of the two");
        }
        let dataset = &self.resolved.table(step.placed.dataset).dataset.name;
        if ![&first.placed.rows.name.node, dataset].contains(&&step.placed.rows.name.node) {
            let message = format!("`{name}` is the row of the first step, under another name");
            let help =
                format!("write `{dataset}` and a condition, for they are rows of that dataset");
            self.wrong(at, message, help);
        }
        if step.of.node != first.of.node {
            let message = format!("`{name}` is the row of the first step, so it is nobody else’s");
            self.wrong(at, message, "remove `of:` of this step");
        }
        let Some(within) = self.spec.within.as_ref() else { return };
        let is_day = first.placed.ty == Some(Type::Date);
        if within.node.style == DurationStyle::Business || is_day && !within.node.is_of_days() {
            let message = match is_day {
                true => format!(
                    "the row of the first step has a day and no hour, and so `{name}` can’t be counted in hours or business days from it"
                ),
                false => format!(
                    "business days are not counted from one time of a row to another, as `{name}` needs it"
                ),
            };
            self.wrong(within.span, message, "write `within:` in days, such as `14 days`");
        }
    }
}

impl Placed<'_> {
    /// The time, where the rows have another name.
    pub(super) fn time_of(&self, rows: &Spanned<String>) -> Expr {
        let mut time = self.time.clone();
        rename(&mut time, &self.rows.name.node, rows);
        time
    }

    /// Whether rows of one dataset are placed by the same column.
    fn is_at_the_time_of(&self, other: &Self) -> bool {
        let column = |placed: &Self| {
            let text = print_expr(&placed.time);
            let own = format!("{}.", placed.rows.name.node);
            text.strip_prefix(&own).unwrap_or(&text).to_owned()
        };
        column(self) == column(other)
    }
}

const fn is_time(ty: &Type) -> bool {
    matches!(ty, Type::Date | Type::Timestamp)
}

/// Puts one name of rows before the columns in place of another.
fn rename(expr: &mut Expr, from: &str, to: &Spanned<String>) {
    if let ExprKind::Path(path) = &mut expr.kind
        && path.first().is_some_and(|head| head.node == from)
    {
        path[0] = to.clone();
    }
}
