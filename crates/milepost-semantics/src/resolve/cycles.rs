//! The order in which metrics can be checked: each after those that it names.

use std::collections::BTreeSet;

use super::names::Names;
use milepost_syntax::ast::{Expr, ExprKind, Package};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::Span;

/// A metric that another names, and where.
type Reference = (usize, Span);

/// An order in which every metric stands after those that it names, and those that can't have one because they name
/// themselves, directly or through others.
pub(crate) fn order(
    package: &Package,
    names: &Names,
    diagnostics: &mut Diagnostics,
) -> (Vec<usize>, BTreeSet<usize>) {
    let references: Vec<Vec<Reference>> = package
        .metrics
        .iter()
        .map(|metric| {
            let mut list = Vec::new();
            if let Some(value) = &metric.value {
                collect(value, names, &mut list);
            }
            list
        })
        .collect();
    let mut walk = Walk {
        references: &references,
        state: vec![State::New; references.len()],
        stack: Vec::new(),
        order: Vec::new(),
        cycles: Vec::new(),
    };
    for i in 0..references.len() {
        walk.visit(i);
    }
    let mut cyclic = BTreeSet::new();
    for cycle in &walk.cycles {
        if cycle.iter().all(|i| cyclic.contains(i)) {
            continue;
        }
        cyclic.extend(cycle.iter().copied());
        diagnostics.push(tell(package, cycle, &references));
    }
    (walk.order, cyclic)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

struct Walk<'r> {
    references: &'r [Vec<Reference>],
    state: Vec<State>,
    stack: Vec<usize>,
    order: Vec<usize>,
    cycles: Vec<Vec<usize>>,
}

impl Walk<'_> {
    /// Depth first with its own stack of (metric, next reference): a chain of ten thousand helpers is no deep call.
    fn visit(&mut self, start: usize) {
        if self.state[start] != State::New {
            return;
        }
        self.state[start] = State::Open;
        self.stack.push(start);
        let mut next = vec![0];
        while let (Some(&metric), Some(position)) = (self.stack.last(), next.last_mut()) {
            let Some((to, _)) = self.references[metric].get(*position).copied() else {
                self.state[metric] = State::Done;
                self.order.push(metric);
                self.stack.pop();
                next.pop();
                continue;
            };
            *position += 1;
            match self.state[to] {
                State::Done => {}
                State::Open => {
                    let from = self.stack.iter().position(|m| *m == to).unwrap_or(0);
                    self.cycles.push(self.stack[from..].to_vec());
                }
                State::New => {
                    self.state[to] = State::Open;
                    self.stack.push(to);
                    next.push(0);
                }
            }
        }
    }
}

fn tell(package: &Package, cycle: &[usize], references: &[Vec<Reference>]) -> Diagnostic {
    let name = |i: &usize| package.metrics[*i].name.node.as_str();
    let first = &cycle[0];
    let chain = cycle
        .iter()
        .chain([first])
        .map(name)
        .map(|n| format!("`{n}`"))
        .collect::<Vec<_>>()
        .join(" → ");
    let message = if cycle.len() == 1 {
        format!("the metric `{}` is defined by itself", name(first))
    } else {
        format!("these metrics are defined by each other: {chain}")
    };
    let mut told = Diagnostic::error(codes::CYCLE, package.metrics[*first].name.span, message);
    for (i, from) in cycle.iter().enumerate() {
        let to = cycle[(i + 1) % cycle.len()];
        if let Some((_, span)) = references[*from].iter().find(|(m, _)| *m == to) {
            told = told.also(*span, format!("`{}` names `{}`", name(from), name(&to)));
        }
    }
    told.help("write one of them out of datasets; for the value of an earlier bucket of another metric, name that metric in `prior(…)`")
}

/// The metrics that an expression names outside aggregates.
fn collect(expr: &Expr, names: &Names, list: &mut Vec<Reference>) {
    if let ExprKind::Path(path) = &expr.kind
        && path.len() == 1
        && let Some(id) = names.metric(&path[0].node)
    {
        list.push((id.0, expr.span));
    }
    expr.each_child(&mut |child| collect(child, names, list));
}
