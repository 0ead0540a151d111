//! The types of columns without a value, in the rows of a test or in files: any that lets what is asked be computed, as all
//! values are null.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Aggregate, Column, ColumnId, ColumnSource, DatasetId, DatasetKind, Form, Inner, Literal, Lives,
    Model, Path, RowExpr, RowKind, ScalarFunction, SegmentRule, Type, Unit, Within,
};
use milepost_syntax::ast::{AggregateFunction, BinaryOp, UnaryOp};

/// By dataset and column of the files.
pub(crate) type Guessed = BTreeMap<(String, String), Type>;

/// The types that the use of columns of unknown type asks for, where they are not in `found`, which they become part of: each
/// round may let others be guessed, and finds some that no round found before, or is the last.
pub(crate) fn fresh(model: &Model, found: &mut BTreeSet<(String, String)>) -> Guessed {
    for otherwise in [Type::Unknown, Type::Text] {
        let mut guessed = types(model, otherwise);
        guessed.retain(|place, _| found.insert(place.clone()));
        if !guessed.is_empty() {
            return guessed;
        }
    }
    Guessed::new()
}

/// What stands beside something of unknown type itself has the type `otherwise`: nothing is guessed as long as that is unknown,
/// for it may be known in the next round.
fn types(model: &Model, otherwise: Type) -> Guessed {
    let mut guess = Guess { model, otherwise, found: Guessed::new() };
    guess.roles();
    for metric in &model.metrics {
        let plain = if metric.category.is_some() { Type::Number } else { Type::Unknown };
        metric.each_aggregate(&mut |aggregate| guess.aggregate(aggregate, plain));
    }
    for behavior in &model.behaviors {
        behavior.filter.iter().for_each(|filter| guess.expr(filter, Type::Boolean));
    }
    for segment in &model.segments {
        guess.segment(&segment.rule);
    }
    for column in model.datasets.iter().flat_map(|dataset| &dataset.columns) {
        if let ColumnSource::Computed(value) = &column.source {
            guess.expr(value, known(column.ty, otherwise));
        }
    }
    if guess.found.is_empty() && otherwise == Type::Text {
        guess.rest();
    }
    guess.found
}

struct Guess<'m> {
    model: &'m Model,
    otherwise: Type,
    found: Guessed,
}

impl Guess<'_> {
    fn segment(&mut self, rule: &SegmentRule) {
        let (values, conditions, times): (_, Vec<&RowExpr>, _) = match rule {
            SegmentRule::Where(condition) => (None, vec![condition], None),
            SegmentRule::Bands(_) => (None, rule.exprs().collect(), None),
            SegmentRule::Value(value) => (Some(value), Vec::new(), None),
            SegmentRule::FirstDay { since, condition } => (None, vec![condition], Some(since)),
            SegmentRule::OnDay { day, value } => (Some(value), Vec::new(), Some(day)),
            SegmentRule::Rank { value, among } => {
                self.expr(among, Type::Unknown);
                (Some(value), Vec::new(), None)
            }
        };
        conditions.into_iter().for_each(|condition| self.expr(condition, Type::Boolean));
        values.into_iter().for_each(|value| self.expr(value, Type::Unknown));
        times.into_iter().for_each(|time| self.expr(time, Type::Timestamp));
    }

    /// `plain`: what one of its rows is, where that is what it gives.
    fn aggregate(&mut self, aggregate: &Aggregate, plain: Type) {
        let wanted = match aggregate.function {
            AggregateFunction::Sum
            | AggregateFunction::Avg
            | AggregateFunction::Stddev
            | AggregateFunction::Median
            | AggregateFunction::Percentile
            | AggregateFunction::Curve(_)
            | AggregateFunction::Min
            | AggregateFunction::Max => Type::Number,
            AggregateFunction::First | AggregateFunction::Last => plain,
            AggregateFunction::Nth => Type::Timestamp,
            // Whatever is counted may have any type.
            _ => Type::Unknown,
        };
        let (values, choice) = aggregate.args.split_at(aggregate.values());
        values.iter().for_each(|arg| self.expr(arg, wanted));
        choice.iter().for_each(|arg| self.expr(arg, Type::Unknown));
        aggregate.on.iter().for_each(|on| self.expr(on, Type::Timestamp));
        aggregate.filter.iter().for_each(|filter| self.expr(filter, Type::Boolean));
        aggregate.waits().for_each(|time| self.expr(time, Type::Timestamp));
    }

    fn inner(&mut self, inner: &Inner) {
        self.aggregate(&inner.aggregate, Type::Unknown);
        for link in &inner.links {
            self.expr(&link.outer, known(link.inner.ty, self.otherwise));
            self.expr(&link.inner, known(link.outer.ty, self.otherwise));
        }
        let times = inner.within.iter().flat_map(Within::times);
        times.for_each(|time| self.expr(time, Type::Timestamp));
    }

    /// What a column is to its dataset: times are instants, and the keys of one entity have one type.
    fn roles(&mut self) {
        let model = self.model;
        for entity in &model.entities {
            if let (Some(home), Some(Lives::Between { from, to })) = (entity.home, entity.lives) {
                let times = [from].into_iter().chain(to);
                times.for_each(|column| self.column(home, column, Type::Timestamp));
            }
        }
        for (i, dataset) in model.datasets.iter().enumerate() {
            let id = DatasetId(i);
            if let DatasetKind::History { from, to } = dataset.kind {
                self.column(id, from, known(dataset[to].ty, Type::Timestamp));
                self.column(id, to, known(dataset[from].ty, Type::Timestamp));
            }
            if let Some(begins) = dataset.begins() {
                self.column(id, begins, Type::Timestamp);
            }
            for (entity, columns) in &dataset.entities {
                for (part, column) in columns.iter().enumerate() {
                    let others = model.datasets.iter().filter_map(|other| {
                        let own = other.entity_key(*entity)?.get(part)?;
                        Some(other[*own].ty).filter(|ty| *ty != Type::Unknown)
                    });
                    self.column(id, *column, { others }.next().unwrap_or(self.otherwise));
                }
            }
            for (at, column) in dataset.columns.iter().enumerate() {
                self.said(id, ColumnId(at), column);
            }
        }
    }

    /// Columns that nothing asks a type of are text.
    fn rest(&mut self) {
        let model = self.model;
        for (i, dataset) in model.datasets.iter().enumerate() {
            (0..dataset.columns.len())
                .for_each(|c| self.column(DatasetId(i), ColumnId(c), Type::Text));
        }
    }

    /// What is said of a column tells its type too.
    fn said(&mut self, dataset: DatasetId, id: ColumnId, column: &Column) {
        if column.unit != Unit::plain() || column.currency_column.is_some() {
            self.column(dataset, id, Type::Number);
        }
        if column.planned {
            self.column(dataset, id, Type::Timestamp);
        }
        if let Some(dimension) = column.dimension {
            self.column(dataset, id, self.model.dimensions[dimension.0].ty);
        }
    }

    fn column(&mut self, dataset: DatasetId, column: ColumnId, ty: Type) {
        let dataset = &self.model[dataset];
        let column = &dataset[column];
        if column.ty != Type::Unknown || ty == Type::Unknown {
            return;
        }
        if let ColumnSource::File(name) = &column.source {
            self.found.entry((dataset.name.clone(), name.clone())).or_insert(ty);
        }
    }

    fn path(&mut self, path: &Path, wanted: Type) {
        self.column(path.dataset, path.column, wanted);
    }

    /// Goes down to the columns with what their place asks for.
    fn expr(&mut self, expr: &RowExpr, wanted: Type) {
        match &expr.kind {
            RowKind::Column(path) => self.path(path, wanted),
            RowKind::Form(Form::Unary { op: UnaryOp::Not, operand }) => {
                self.expr(operand, Type::Boolean);
            }
            RowKind::Form(Form::Unary { operand, .. }) => self.expr(operand, Type::Number),
            RowKind::Form(Form::Binary { op, left, right }) => {
                let (a, b) = match op {
                    BinaryOp::And | BinaryOp::Or => (Type::Boolean, Type::Boolean),
                    BinaryOp::Contains | BinaryOp::StartsWith => (Type::Text, Type::Text),
                    BinaryOp::Add | BinaryOp::Subtract if right.ty == Type::Duration => {
                        (Type::Timestamp, Type::Duration)
                    }
                    BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide => {
                        (Type::Number, Type::Number)
                    }
                    _ => (known(right.ty, self.otherwise), known(left.ty, self.otherwise)),
                };
                self.expr(left, a);
                self.expr(right, b);
            }
            RowKind::Form(Form::In { operand, list, .. }) => {
                self.expr(operand, list.first().map_or(Type::Text, literal));
            }
            RowKind::Form(Form::Between { operand, low, high, .. }) => {
                let number =
                    if self.otherwise == Type::Unknown { Type::Unknown } else { Type::Number };
                self.expr(operand, known(low.ty, known(high.ty, number)));
                self.expr(low, known(operand.ty, known(high.ty, number)));
                self.expr(high, known(operand.ty, known(low.ty, number)));
            }
            RowKind::Form(Form::IsNull { operand, .. }) => self.expr(operand, Type::Unknown),
            RowKind::Form(Form::If { condition, then, otherwise }) => {
                self.expr(condition, Type::Boolean);
                self.expr(then, known(otherwise.ty, wanted));
                self.expr(otherwise, known(then.ty, wanted));
            }
            RowKind::Form(Form::Call { function, args }) => {
                let other = args.iter().map(|arg| arg.ty).find(|ty| *ty != Type::Unknown);
                let wanted = match function {
                    ScalarFunction::Coalesce | ScalarFunction::Least | ScalarFunction::Greatest => {
                        other.unwrap_or(wanted)
                    }
                    ScalarFunction::Abs | ScalarFunction::Sqrt | ScalarFunction::Round => {
                        Type::Number
                    }
                    ScalarFunction::Lower
                    | ScalarFunction::Upper
                    | ScalarFunction::Trim
                    | ScalarFunction::Replace
                    | ScalarFunction::SplitPart
                    | ScalarFunction::Left
                    | ScalarFunction::Length
                    | ScalarFunction::Number
                    | ScalarFunction::Date
                    | ScalarFunction::Timestamp => Type::Text,
                    _ => Type::Timestamp,
                };
                args.iter().for_each(|arg| self.expr(arg, wanted));
            }
            RowKind::Inner(inner) => self.inner(inner),
            RowKind::Seen(operand) => self.expr(operand, Type::Timestamp),
            RowKind::Prior { operand, .. } | RowKind::Latest(operand) => self.expr(operand, wanted),
            RowKind::Blocks(blocks) => self.expr(&blocks.operand, Type::Number),
            RowKind::Segment(segment) => {
                segment.key.iter().for_each(|key| self.expr(key, self.otherwise));
            }
            RowKind::Form(Form::Literal(_))
            | RowKind::BusinessDays
            | RowKind::Today
            | RowKind::Now(_) => {}
        }
    }
}

/// A type, or another one where it is not known.
fn known(ty: Type, otherwise: Type) -> Type {
    if ty == Type::Unknown { otherwise } else { ty }
}

const fn literal(literal: &Literal) -> Type {
    match literal {
        Literal::Number(_) | Literal::Percent(_) => Type::Number,
        Literal::Text(_) => Type::Text,
        Literal::Boolean(_) => Type::Boolean,
        Literal::Date(_) => Type::Date,
        Literal::Duration(_) => Type::Duration,
        Literal::Null => Type::Unknown,
    }
}
