//! What can be listed of a metric, and in which order.

use milepost_semantics::model::{
    Aggregate, ColumnId, Dataset, DimensionId, Form, Inner, MetricId, Model, RowExpr, RowKind,
    Type, ValueExpr, ValueKind, canonical,
};
use milepost_syntax::ast::{AggregateFunction, BinaryOp};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::suggest;

use crate::error::EngineError;
use crate::leaf::{Bounds, Compiled, Leaf, Node};
use crate::request::Request;
use crate::rows::Listed;

/// How members are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Absent: by key.
    pub order_by: Option<OrderBy>,
    /// Absent: all.
    pub limit: Option<usize>,
}

/// A column to order by; what has no value comes last, and what is equal by key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderBy {
    pub column: String,
    /// The largest first.
    pub descending: bool,
}

/// The aggregates of a number: of a ratio both, over one population.
pub(super) struct Sides<'c, 'm> {
    /// Those of the numerator, if it is a ratio of two.
    numerator: Option<&'c Leaf<'m>>,
    /// Whose rows are listed.
    rows: &'c Leaf<'m>,
}

/// What is listed of each row, besides whether it is counted.
#[derive(Clone, Debug)]
pub(super) struct ListedColumn<'m> {
    pub(super) name: String,
    pub(super) ty: Type,
    pub(super) listed: Listed<'m>,
    pub(super) part: Part,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Of the key.
    Key,
    /// Of a key that is personal data: it orders the rows, and a number stands for it.
    Hidden,
    Slice,
    Value,
}

/// The column that says whether a row is counted.
pub(super) const COUNTED: &str = "counted";

/// The column of a number that stands for a key.
pub(super) const ROW: &str = "row";

impl<'c, 'm> Sides<'c, 'm> {
    /// # Errors
    /// No rows hold the number: a diagnostic says why, and what to ask instead.
    pub(super) fn of(
        model: &'m Model,
        request: &Request,
        compiled: &'c Compiled<'m>,
    ) -> Result<Self, EngineError> {
        let metric = request.metric;
        let name = &model[metric].name;
        let side = |node: &Node| match node {
            Node::Leaf(leaf) => Some(&compiled.leaves[*leaf]),
            _ => None,
        };
        let sides = match &compiled.root {
            Node::Form(Form::Binary { op: BinaryOp::Divide, left, right }) => side(left)
                .zip(side(right))
                .map(|(numerator, rows)| Self { numerator: Some(numerator), rows }),
            node => side(node).map(|rows| Self { numerator: None, rows }),
        };
        let Some(sides) = sides else {
            let message = format!(
                "`{name}` is more than an aggregate or a ratio of two, so it has no members of its own"
            );
            return Err(refused(model, metric, message, parts_of(model, request)));
        };
        for leaf in sides.numerator.into_iter().chain([sides.rows]) {
            if leaf.aggregate.distinct {
                let message = format!(
                    "`{}` counts each value once, and no row holds it alone",
                    one_line(&leaf.aggregate.text)
                );
                let help = "ask a metric that counts members of an entity, like `count(user where any(events))`";
                return Err(refused(model, metric, message, help.to_owned()));
            }
            if leaf.bounds.iter().any(|bounds| matches!(bounds, Bounds::MeanAt(_))) {
                let message = format!(
                    "`{}` is a mean of days, each of which holds other rows",
                    one_line(&leaf.aggregate.text)
                );
                let help = "ask a metric with `at end` instead of `average`";
                return Err(refused(model, metric, message, help.to_owned()));
            }
        }
        if sides.numerator.is_some_and(|numerator| !is_among(model, numerator, sides.rows)) {
            let message =
                format!("the two sides of `{name}` take other rows, so neither holds the other");
            return Err(refused(model, metric, message, parts_of(model, request)));
        }
        Ok(sides)
    }

    /// The aggregate whose rows are listed.
    pub(super) const fn rows(&self) -> &'m Aggregate {
        self.rows.aggregate
    }

    /// What is evaluated; the last has the rows that are listed.
    pub(super) fn leaves(&self) -> Vec<&'c Leaf<'m>> {
        let same = |numerator: &&Leaf<'m>| std::ptr::eq(*numerator, self.rows);
        self.numerator.filter(|numerator| !same(numerator)).into_iter().chain([self.rows]).collect()
    }
}

/// Whether all rows of the numerator are rows of the denominator too: they are placed alike, and pass what those pass.
fn is_among(model: &Model, numerator: &Leaf<'_>, denominator: &Leaf<'_>) -> bool {
    let of = |aggregate: &Aggregate| {
        let plain = Aggregate { filter: None, args: Vec::new(), ..aggregate.clone() };
        let conjuncts: Vec<&RowExpr> =
            aggregate.filter.iter().flat_map(RowExpr::conjuncts).collect();
        let meant = |expr: &RowExpr| {
            canonical::population(model, &Aggregate { filter: Some(expr.clone()), ..plain.clone() })
        };
        let passes: Vec<String> = conjuncts.into_iter().map(meant).collect();
        (canonical::population(model, &plain), passes)
    };
    let ((rows, own), (others, all)) = (of(numerator.aggregate), of(denominator.aggregate));
    rows == others
        && numerator.bounds == denominator.bounds
        && all.iter().all(|part| own.contains(part))
}

/// What is listed: the key, the dimensions that are asked, and the values that decide.
pub(super) fn columns<'m>(
    model: &'m Model,
    sides: &Sides<'_, 'm>,
    by: &[DimensionId],
) -> Vec<ListedColumn<'m>> {
    let rows = sides.rows.aggregate;
    let dataset = &model[rows.dataset];
    let (key, part) = key_of(dataset, rows);
    let mut columns: Vec<ListedColumn<'m>> = Vec::new();
    let mut add = |name: String, ty: Type, listed: Listed<'m>, part: Part| {
        let name = unique(name, &columns);
        columns.push(ListedColumn { name, ty, listed, part });
    };
    for column in key {
        let (name, ty) = (dataset[*column].name.clone(), dataset[*column].ty);
        add(name, ty, Listed::Column(*column), part);
    }
    for dimension in by {
        let name = model[*dimension].name.clone();
        let value = rows
            .slice(dataset, *dimension)
            .expect("metrics are asked by dimensions that they reach");
        add(name, Type::Text, Listed::Slice(value), Part::Slice);
    }
    let mut values = Vec::new();
    let aggregates = sides.numerator.into_iter().chain([sides.rows]).map(|leaf| leaf.aggregate);
    for aggregate in aggregates {
        aggregate.filter.iter().chain(&aggregate.args).for_each(|expr| deciding(expr, &mut values));
    }
    // What both sides ask is listed once, and a column of the key is there already.
    let mut known: Vec<String> = key.iter().map(|column| dataset[*column].name.clone()).collect();
    for expr in values {
        let meaning = meaning_of(model, expr);
        if !known.contains(&meaning) && !is_personal(model, expr) {
            add(name_of(model, expr), expr.ty, Listed::Value(expr), Part::Value);
            known.push(meaning);
        }
    }
    columns
}

/// What identifies a row of an aggregate, and whether that may be shown.
pub(super) fn key_of<'m>(dataset: &'m Dataset, rows: &Aggregate) -> (&'m [ColumnId], Part) {
    let entity = rows.members.and_then(|entity| dataset.entity_key(entity));
    let key = entity.unwrap_or(&dataset.key);
    (key, key_part(dataset, key))
}

/// Whether the columns of a key may be shown.
pub(super) fn key_part(dataset: &Dataset, key: &[ColumnId]) -> Part {
    let is_personal = key.iter().any(|column| dataset[*column].pii);
    if is_personal { Part::Hidden } else { Part::Key }
}

/// A name that no other column has.
fn unique(name: String, columns: &[ListedColumn<'_>]) -> String {
    let is_taken = |name: &str| {
        [COUNTED, ROW].contains(&name) || columns.iter().any(|column| column.name == name)
    };
    let numbered = (2..).map(|n| format!("{name} ({n})"));
    let mut names = std::iter::once(name.clone()).chain(numbered);
    names.find(|name| !is_taken(name)).unwrap_or(name)
}

/// The same for two that are the same of a row.
fn meaning_of(model: &Model, expr: &RowExpr) -> String {
    match &expr.kind {
        RowKind::Inner(inner) => {
            let within =
                inner.within.as_ref().map(|within| (within.length, within.before, within.step));
            format!("{} {within:?}", canonical::aggregate(model, &inner.aggregate))
        }
        _ => name_of(model, expr),
    }
}

/// What an expression is computed from: columns, aggregates and segments of the row.
fn deciding<'m>(expr: &'m RowExpr, found: &mut Vec<&'m RowExpr>) {
    match &expr.kind {
        RowKind::Column(_)
        | RowKind::Inner(_)
        | RowKind::Segment(_)
        | RowKind::Blocks(_)
        | RowKind::Prior { .. } => found.push(expr),
        RowKind::Latest(operand) => {
            found.push(expr);
            let mut inside = Vec::new();
            deciding(operand, &mut inside);
            // What is seen from the frame would be another one than at the end of the data.
            let is_of_frame = |expr: &RowExpr| match &expr.kind {
                RowKind::Inner(inner) => inner.within.is_none(),
                RowKind::Column(_) => false,
                _ => true,
            };
            found.extend(inside.into_iter().filter(|expr| !is_of_frame(expr)));
        }
        _ => expr.each_child(&mut |child| deciding(child, found)),
    }
}

fn name_of(model: &Model, expr: &RowExpr) -> String {
    match &expr.kind {
        RowKind::Column(path) => {
            let hops = path.hops.iter().map(|hop| model[hop.entity].name.as_str());
            let column = model[path.dataset][path.column].name.as_str();
            hops.chain([column]).collect::<Vec<_>>().join(".")
        }
        RowKind::Inner(inner) if is_reached_at(inner) => "reached_at".to_owned(),
        RowKind::Inner(inner) => one_line(&inner.aggregate.text),
        RowKind::Segment(asked) => model[asked.segment].name.clone(),
        RowKind::Blocks(blocks) => one_line(&blocks.text),
        RowKind::Prior { operand, .. } => {
            let mut inside = Vec::new();
            deciding(operand, &mut inside);
            let names: Vec<String> = inside.into_iter().map(|expr| name_of(model, expr)).collect();
            format!("prior({})", names.join(", "))
        }
        RowKind::Latest(_) => if expr.ty == Type::Text { "state" } else { "days" }.to_owned(),
        _ => String::new(),
    }
}

/// Whether it is what a duration is on the way to: a time from the member's own on, which no other form reads.
fn is_reached_at(inner: &Inner) -> bool {
    let step = inner.within.as_ref().filter(|within| within.step.is_some());
    step.is_some_and(|within| within.length.count == 0)
}

/// Whether a value is personal data itself. What is only counted, or looked up by, is not shown.
fn is_personal(model: &Model, expr: &RowExpr) -> bool {
    match &expr.kind {
        RowKind::Column(path) => model[path.dataset][path.column].pii,
        RowKind::Inner(inner) => {
            let counts = matches!(
                inner.aggregate.function,
                AggregateFunction::Count | AggregateFunction::Any
            );
            !counts && inner.aggregate.args.iter().any(|arg| is_personal(model, arg))
        }
        RowKind::Segment(_) => false,
        _ => {
            let mut personal = false;
            expr.each_child(&mut |child| personal |= is_personal(model, child));
            personal
        }
    }
}

impl Listing {
    /// Whether there is the column to order by.
    pub(super) fn check(&self, columns: &[ListedColumn<'_>]) -> Result<(), EngineError> {
        let Some(OrderBy { column, .. }) = &self.order_by else { return Ok(()) };
        let shown = columns.iter().filter(|column| column.part != Part::Hidden);
        let names: Vec<&str> = shown.map(|column| column.name.as_str()).chain([COUNTED]).collect();
        if names.contains(&column.as_str()) {
            return Ok(());
        }
        let help = match suggest(column, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("columns: {}", names.join(", ")),
        };
        let message = format!("there is no column `{}` to order by", one_line(column));
        let told = Diagnostic::error_nowhere(codes::UNKNOWN_NAME, message).help(help);
        Err(EngineError::Told(Box::new(told)))
    }
}

/// No bucket lies in the days that are asked.
pub(super) fn without_a_bucket(model: &Model, request: &Request) -> EngineError {
    let message = format!("no bucket of `{}` lies in these days", model[request.metric].name);
    refused(model, request.metric, message, "ask for later days, or for a shorter grain".to_owned())
}

fn refused(model: &Model, metric: MetricId, message: String, help: String) -> EngineError {
    let told = Diagnostic::error(codes::INVALID_VALUE, model[metric].span, message).help(help);
    EngineError::Told(Box::new(told))
}

/// Where to ask instead: the metrics that it is made of.
fn parts_of(model: &Model, request: &Request) -> String {
    fn named(model: &Model, value: &ValueExpr, names: &mut Vec<String>) {
        if let ValueKind::Metric { metric, .. } = &value.kind {
            let name = format!("`{}`", model[*metric].name);
            if !names.contains(&name) {
                names.push(name);
            }
            return;
        }
        value.each_child(&mut |child| named(model, child, names));
    }
    let mut names = Vec::new();
    named(model, request.value(model), &mut names);
    if names.is_empty() {
        return "make its parts metrics of their own, and ask for the members of those".to_owned();
    }
    format!("ask for the members of what it is made of: {}", names.join(", "))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
