//! Expressions as programs: what the row alone determines is a column, the rest is a tree.

use milepost_semantics::model::{
    Blocks, DatasetKind, Form, Inner, Literal, Path, RowExpr, RowKind, ScalarFunction, SegmentId,
    SegmentRule, Type, UNMATCHED,
};
use milepost_syntax::ast::{BinaryOp, UnaryOp};

use super::{Plan, all_of};
use crate::evaluate::Value;
use crate::rows::ids::{ById, InnerId, SegmentPlanId, TableId};
use crate::rows::plan::population::{
    HistoryPlan, InnerPlan, MemberKeyPlan, MembersPlan, Says, SegmentPlan,
};
use crate::rows::plan::program::Program;

impl<'m> Plan<'m> {
    /// An expression over the rows of a table.
    pub(in crate::rows) fn program(&mut self, table: TableId, expr: &'m RowExpr) -> Program {
        if let RowKind::Form(Form::Literal(literal)) = &expr.kind
            && let Some(value) = Value::literal(literal)
        {
            return Program::Literal(value);
        }
        if matches!(expr.kind, RowKind::Form(Form::Literal(Literal::Null))) {
            // The first of no values.
            return Program::Call { function: ScalarFunction::Coalesce, args: Vec::new() };
        }
        if !expr.is_judged() {
            return Program::Column(self.static_column(table, expr));
        }
        match &expr.kind {
            RowKind::Form(Form::Literal(_)) => Program::Column(self.static_column(table, expr)),
            RowKind::Column(path) => self.path(table, path, false),
            RowKind::Form(Form::Unary { op: UnaryOp::Negate, operand }) => {
                Program::Negate(self.boxed(table, operand))
            }
            RowKind::Form(Form::Unary { op: UnaryOp::Not, operand }) => {
                Program::Not(self.boxed(table, operand))
            }
            RowKind::Form(Form::Binary { op, left, right }) => self.binary(table, *op, left, right),
            RowKind::Form(Form::In { operand, list, negated }) => Program::In {
                operand: self.boxed(table, operand),
                list: list.iter().filter_map(Value::literal).collect(),
                negated: *negated,
            },
            RowKind::Form(Form::Between { operand, low, high, negated }) => {
                let by_day = [operand, low, high].iter().any(|e| e.ty == Type::Date);
                let mut side = |expr: &'m RowExpr| {
                    let program = self.program(table, expr);
                    Box::new(if by_day && expr.ty == Type::Timestamp {
                        Program::Call { function: ScalarFunction::Day, args: vec![program] }
                    } else {
                        program
                    })
                };
                let (operand, low, high) = (side(operand), side(low), side(high));
                Program::Between { operand, low, high, negated: *negated }
            }
            RowKind::Form(Form::IsNull { operand, negated }) => {
                Program::IsNull { operand: self.boxed(table, operand), negated: *negated }
            }
            RowKind::Form(Form::If { condition, then, otherwise }) => Program::If {
                condition: self.boxed(table, condition),
                then: self.boxed(table, then),
                otherwise: self.boxed(table, otherwise),
            },
            RowKind::Form(Form::Call { function, args }) => Program::Call {
                function: *function,
                args: args.iter().map(|a| self.program(table, a)).collect(),
            },
            RowKind::Inner(inner) => Program::Inner(self.inner(table, inner)),
            RowKind::Prior { operand, by } => {
                Program::Prior { operand: self.boxed(table, operand), by: *by }
            }
            RowKind::Blocks(blocks) => self.blocks(table, blocks),
            RowKind::Segment(asked) => {
                let key: Vec<Program> = asked.key.iter().map(|k| self.program(table, k)).collect();
                let moves = key.iter().any(Program::moves);
                let asks = MemberKeyPlan { table, key, moves };
                let asks = self.once("asks", asks, |plan| &mut plan.asks);
                Program::Segment { segment: self.segment(asked.segment), asks, at: asked.at }
            }
            RowKind::Seen(time) => Program::Seen(self.boxed(table, time)),
            RowKind::BusinessDays => Program::BusinessDays,
            RowKind::Latest(operand) => Program::Latest(self.boxed(table, operand)),
            RowKind::Today => Program::Today,
            RowKind::Now(rows) => Program::Now { rows: *rows, by_day: expr.ty == Type::Date },
        }
    }

    fn boxed(&mut self, table: TableId, expr: &'m RowExpr) -> Box<Program> {
        Box::new(self.program(table, expr))
    }

    fn binary(
        &mut self,
        table: TableId,
        op: BinaryOp,
        left: &'m RowExpr,
        right: &'m RowExpr,
    ) -> Program {
        let length = |expr: &RowExpr| match &expr.kind {
            RowKind::Form(Form::Literal(Literal::Duration(length))) => Some(*length),
            _ => None,
        };
        if let Some(length) = length(right) {
            let back = op == BinaryOp::Subtract;
            return Program::Shift { time: self.boxed(table, left), length, back };
        }
        if let Some(length) = length(left) {
            return Program::Shift { time: self.boxed(table, right), length, back: false };
        }
        Program::Binary { op, left: self.boxed(table, left), right: self.boxed(table, right) }
    }

    fn blocks(&mut self, table: TableId, blocks: &'m Blocks<RowExpr>) -> Program {
        Program::Blocks {
            function: blocks.function,
            percentile: blocks.percentile,
            operand: self.boxed(table, &blocks.operand),
            unit: blocks.unit,
            window: blocks.window,
        }
    }

    /// A column that a path leads to, the last link of which may lead into a history. `text`: as a slice has it.
    pub(in crate::rows) fn path(&mut self, table: TableId, path: &'m Path, text: bool) -> Program {
        let (Some((last, before)), model) = (path.hops.split_last(), self.model) else {
            return Program::Column(self.own_column(table, path.column));
        };
        let (DatasetKind::History { from, to }, Some(at)) = (model[last.to].kind, last.valid)
        else {
            let sql = self.tables[table].scope.column(&path.hops, path.dataset, path.column);
            return Program::Column(self.column(table, sql));
        };
        let key = last
            .from_columns
            .iter()
            .map(|column| {
                let sql = self.tables[table].scope.column(before, last.from, *column);
                Program::Column(self.column(table, sql))
            })
            .collect();
        let home = self.table(last.to);
        let value = self.tables[home].scope.column(&[], last.to, path.column);
        let value = if text { format!("CAST({value} AS VARCHAR)") } else { value };
        let value = self.column(home, value);
        let plan = HistoryPlan {
            table: home,
            key: last.to_columns.iter().map(|column| self.own_column(home, *column)).collect(),
            from: self.times_of(home, from),
            until: self.times_of(home, to),
        };
        let history = self.once("history", plan, |plan| &mut plan.histories);
        Program::History { history, key, value, at }
    }

    fn inner(&mut self, outer: TableId, inner: &'m Inner) -> InnerId {
        let aggregate = &inner.aggregate;
        let table = self.table(aggregate.dataset);
        let (listed, filter) = match &aggregate.filter {
            // Whether none is left is asked of all rows, whether they pass or not.
            Some(filter) if aggregate.leaves_out() => (None, Some(self.conjunction(table, filter))),
            Some(filter) => {
                let (listed, judged) = self.split(table, filter);
                (listed, all_of(None, judged))
            }
            None => (None, None),
        };
        let (mut asks, mut asked) = (Vec::new(), Vec::new());
        for link in &inner.links {
            let by_day = link.outer.ty != link.inner.ty
                && [link.outer.ty, link.inner.ty].contains(&Type::Date);
            asks.push((self.program(outer, &link.outer), by_day));
            asked.push((self.program(table, &link.inner), by_day));
        }
        let population = self.population(aggregate, asked, listed, filter);
        let within = inner.within.as_ref().map(|within| self.within(outer, within));
        let moves =
            self.indexes[population.index].moves || asks.iter().any(|(program, _)| program.moves());
        let others_only = inner.others_only;
        let plan = InnerPlan { outer, key: asks, moves, population, within, others_only };
        self.once("inner", plan, |plan| &mut plan.inners)
    }

    pub(in crate::rows) fn segment(&mut self, id: SegmentId) -> SegmentPlanId {
        if let Some(found) = self.segment_of.get(&id) {
            return *found;
        }
        let model = self.model;
        let segment = &model[id];
        let table = self.table(segment.members);
        let members = &model[segment.members];
        let columns = members.entity_key(segment.of).unwrap_or(&members.key);
        let key = columns.iter().map(|column| self.own_column(table, *column)).collect();
        let one = |program| [(Some(program), Value::Boolean(true))].into_iter().collect();
        let no = Value::Boolean(false);
        let (bands, otherwise, says) = match &segment.rule {
            SegmentRule::Where(condition) => (one(self.program(table, condition)), no, Says::Band),
            SegmentRule::Bands(bands) => {
                let bands = bands.iter().map(|band| {
                    let condition = band.condition.as_ref().map(|c| self.program(table, c));
                    (condition, Value::Text(band.name.as_str().into()))
                });
                (bands.collect(), Value::Text(UNMATCHED.into()), Says::Band)
            }
            SegmentRule::Value(value) => (one(self.program(table, value)), no, Says::Value),
            SegmentRule::FirstDay { since, condition } => {
                let since = self.program(table, since);
                let condition = self.program(table, condition);
                (ById::default(), no, Says::FirstDay { since, condition })
            }
            SegmentRule::OnDay { day, value } => {
                let value = self.program(table, value);
                (one(self.program(table, day)), no, Says::OnDay { value })
            }
            SegmentRule::Rank { value, among } => {
                let both = [value, among].map(|expr| self.program(table, expr));
                let both = both.map(|program| (Some(program), Value::Boolean(true)));
                (both.into_iter().collect(), no, Says::Rank)
            }
        };
        let members = MembersPlan { table, key };
        let members = self.once("members", members, |plan| &mut plan.members);
        let planned =
            self.segments.push(SegmentPlan { id, table, members, bands, otherwise, says });
        self.segment_of.insert(id, planned);
        planned
    }
}
