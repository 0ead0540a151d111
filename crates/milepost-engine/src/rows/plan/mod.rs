//! Aggregates as programs over tables: what is to be read, listed and looked up, each thing once.

pub(in crate::rows) mod cut;
mod expr;
pub(in crate::rows) mod listing;
pub(in crate::rows) mod needs;
pub(in crate::rows) mod population;
pub(in crate::rows) mod program;
pub(in crate::rows) mod show;
pub(in crate::rows) mod wait;

use std::collections::{BTreeMap, BTreeSet};

use milepost_semantics::model::{
    Aggregate, Carry, ColumnId, DatasetId, DatasetKind, DimensionId, Form, Lives, Look, Model,
    RowExpr, RowKind, SegmentId, Type, Within,
};
use milepost_semantics::time::AsOf;
use milepost_syntax::ast::{BinaryOp, Duration, DurationStyle, TimeUnit};

use crate::evaluate::Value;
use crate::leaf::{Bounds, Leaf};
use crate::placement::placement;
use crate::rows::ids::{
    AgeId, ById, HistoryId, Id, IndexId, InnerId, LeafId, MemberKeyId, MembersId, SegmentPlanId,
    TableColumnId, TableId, TimesId,
};
use crate::rows::plan::population::{
    AgePlan, HistoryPlan, IndexPlan, InnerPlan, Life, LookPlan, MemberKeyPlan, MembersPlan,
    Population, Rows, SegmentPlan, SincePlan, WithinPlan,
};
use crate::rows::plan::program::Program;
use crate::rows::plan::wait::Wait;
use crate::sql::{Scope, dimension_sql};

/// Everything that the leaves that are evaluated by row of a run need.
pub(in crate::rows) struct Plan<'m> {
    pub(in crate::rows) model: &'m Model,
    pub(in crate::rows) as_of: AsOf,
    /// Datasets that are read while they are computed with.
    streamed: BTreeSet<DatasetId>,
    pub(in crate::rows) tables: ById<TableId, TablePlan<'m>>,
    /// Instants of rows: a table, and a program whose value is a time.
    pub(in crate::rows) times: ById<TimesId, (TableId, Program)>,
    pub(in crate::rows) indexes: ById<IndexId, IndexPlan>,
    pub(in crate::rows) inners: ById<InnerId, InnerPlan>,
    pub(in crate::rows) histories: ById<HistoryId, HistoryPlan>,
    pub(in crate::rows) members: ById<MembersId, MembersPlan>,
    pub(in crate::rows) segments: ById<SegmentPlanId, SegmentPlan>,
    /// Keys by which rows of a table ask for members.
    pub(in crate::rows) asks: ById<MemberKeyId, MemberKeyPlan>,
    pub(in crate::rows) ages: ById<AgeId, AgePlan>,
    pub(in crate::rows) leaves: ById<LeafId, LeafPlan>,
    /// What is listed of the rows of a leaf, if that is asked.
    pub(in crate::rows) listing: Option<listing::Listing>,
    segment_of: BTreeMap<SegmentId, SegmentPlanId>,
    /// The position of what is planned already, by its kind and how it prints.
    known: BTreeMap<String, usize>,
}

/// The rows of a dataset with everything that is computed of a row alone.
pub(crate) struct TablePlan<'m> {
    pub(crate) dataset: DatasetId,
    pub(crate) scope: Scope<'m>,
    pub(in crate::rows) columns: ById<TableColumnId, String>,
}

/// An outermost aggregate, sliced.
#[derive(Clone, Debug)]
pub(in crate::rows) struct LeafPlan {
    pub(in crate::rows) population: Population,
    /// The value of each dimension, and whether it says yes or no.
    pub(in crate::rows) slices: Vec<(Program, bool)>,
    /// Whether the aggregate itself is evaluated by row, so that absent evaluations are counted.
    pub(in crate::rows) judged: bool,
    /// What tells whether rows are too young or look before the data, if the rows that are listed don't.
    pub(in crate::rows) ages: Option<AgeId>,
}

impl LeafPlan {
    /// Whether rows may have other values in another frame.
    pub(in crate::rows) fn moves(&self) -> bool {
        let Population { filter, args, .. } = &self.population;
        let slices = self.slices.iter().map(|(slice, _)| slice);
        filter.iter().chain(args).chain(slices).any(Program::moves)
    }
}

impl TablePlan<'_> {
    /// The expressions that are evaluated in each row. Paths lead to one row at most, so they are the dataset's rows, each
    /// once.
    pub(crate) fn columns(&self) -> Vec<String> {
        // Rows are counted by a column.
        if self.columns.is_empty() {
            vec!["1".to_owned()]
        } else {
            self.columns.values().cloned().collect()
        }
    }
}

impl<'m> Plan<'m> {
    pub(in crate::rows) fn new(
        model: &'m Model,
        as_of: AsOf,
        leaves: &[(&Leaf<'m>, &[DimensionId])],
        streamed: BTreeSet<DatasetId>,
    ) -> Self {
        let mut plan = Self {
            model,
            as_of,
            streamed,
            tables: ById::default(),
            times: ById::default(),
            indexes: ById::default(),
            inners: ById::default(),
            histories: ById::default(),
            members: ById::default(),
            segments: ById::default(),
            asks: ById::default(),
            ages: ById::default(),
            leaves: ById::default(),
            listing: None,
            segment_of: BTreeMap::new(),
            known: BTreeMap::new(),
        };
        for (leaf, by) in leaves {
            let planned = plan.leaf(leaf, by);
            plan.leaves.push(planned);
        }
        plan
    }

    fn leaf(&mut self, leaf: &Leaf<'m>, by: &[DimensionId]) -> LeafPlan {
        let aggregate = leaf.aggregate;
        let table = self.table(aggregate.dataset);
        let ages = self.ages(table, leaf);
        let (listed, filter) = self.leaf_filter(table, aggregate, ages.is_some());
        let population = self.population(aggregate, Vec::new(), listed, filter);
        let dataset = &self.model[aggregate.dataset];
        let values = by.iter().map(|dimension| {
            aggregate
                .slice(dataset, *dimension)
                .expect("metrics are asked by dimensions that they reach")
        });
        let slices = values.map(|value| self.slice(table, value)).collect();
        LeafPlan { population, slices, judged: aggregate.is_judged(), ages }
    }

    /// A column that is true of the rows that are evaluated, and the filter that they are asked.
    fn leaf_filter(
        &mut self,
        table: TableId,
        aggregate: &'m Aggregate,
        aged: bool,
    ) -> (Option<TableColumnId>, Option<Program>) {
        let Some(filter) = &aggregate.filter else { return (None, None) };
        // Whether rows are too young, or look before the data, is asked whether they pass or not.
        if aggregate.leaves_out() && !aged {
            return (None, Some(self.conjunction(table, filter)));
        }
        let (alone, judged) = self.split(table, filter);
        if !aggregate.is_judged() {
            return (alone, None);
        }
        // What is false of a row alone is false; what is null may be absent, which is counted.
        let listed = alone.map(|alone| {
            let sql = format!("({}) IS NOT FALSE", self.tables[table].columns[alone]);
            self.column(table, sql)
        });
        (listed, all_of(alone.map(Program::Column), judged))
    }

    /// What tells whether there are rows that are too young, or that look before the data, where their own time alone does:
    /// what is young when a row is must be young when a later one is, which calendar days that clocks repeat are not; and
    /// what looks before the data must when an earlier one does.
    fn ages(&mut self, table: TableId, leaf: &Leaf<'m>) -> Option<AgeId> {
        let aggregate = leaf.aggregate;
        let Rows::Placed { at, .. } = self.rows(table, aggregate) else { return None };
        let (_, Program::Column(column)) = self.times[at] else { return None };
        let plain = |look: &Look| match look {
            Look::Span { within, .. } => within.times().next().is_none(),
            Look::Segment(_) => false,
        };
        if !aggregate.leaves_out() || !aggregate.looks.iter().all(plain) {
            return None;
        }
        let calendar = &self.model.project.calendar;
        let waits = self.waits(table, aggregate);
        let young = waits.iter().map(|wait| wait.young_from(calendar));
        let young_from = young.collect::<Option<Vec<i64>>>()?.into_iter().min();
        let mut cuts: Vec<i64> = young_from.into_iter().collect();
        for bounds in &leaf.bounds {
            let Bounds::Range { lo, hi } = bounds else { return None };
            if !aggregate.looks.is_empty() || young_from.is_some_and(|from| hi.0 > from) {
                cuts.extend([lo.0, hi.0]);
            }
        }
        cuts.sort_unstable();
        cuts.dedup();
        Some(self.once("ages", AgePlan { table, column, cuts, young_from }, |plan| &mut plan.ages))
    }

    /// The position of a dataset's table.
    fn table(&mut self, dataset: DatasetId) -> TableId {
        if let Some(found) = self.tables.find(|table| table.dataset == dataset) {
            return found;
        }
        let scope = Scope::of_stream(self.model, dataset, self.streamed.contains(&dataset));
        self.tables.push(TablePlan { dataset, scope, columns: ById::default() })
    }

    /// The position of a printed expression among a table's columns.
    fn column(&mut self, table: TableId, sql: String) -> TableColumnId {
        let columns = &mut self.tables[table].columns;
        columns.find(|known| *known == sql).unwrap_or_else(|| columns.push(sql))
    }

    /// A column of the dataset itself.
    fn own_column(&mut self, table: TableId, column: ColumnId) -> TableColumnId {
        let dataset = self.tables[table].dataset;
        let sql = self.tables[table].scope.column(&[], dataset, column);
        self.column(table, sql)
    }

    fn static_column(&mut self, table: TableId, expr: &RowExpr) -> TableColumnId {
        let sql = self.tables[table].scope.base_expr(expr);
        self.column(table, sql)
    }

    /// What is planned once: the lists and what is in them differ only by what they hold.
    fn once<I: Id, T: std::fmt::Debug>(
        &mut self,
        kind: &str,
        item: T,
        list: impl FnOnce(&mut Self) -> &mut ById<I, T>,
    ) -> I {
        let name = format!("{kind} {item:?}");
        if let Some(found) = self.known.get(&name) {
            return I::new(*found);
        }
        let id = list(self).push(item);
        self.known.insert(name, id.position());
        id
    }

    fn times(&mut self, table: TableId, program: Program) -> TimesId {
        self.once("times", (table, program), |plan| &mut plan.times)
    }

    fn times_of(&mut self, table: TableId, column: ColumnId) -> TimesId {
        let column = self.own_column(table, column);
        self.times(table, Program::Column(column))
    }

    /// `key`: what the rows are linked by. `listed`: a column that rows must pass to be listed. `filter`: the rest.
    fn population(
        &mut self,
        aggregate: &'m Aggregate,
        key: Vec<(Program, bool)>,
        listed: Option<TableColumnId>,
        filter: Option<Program>,
    ) -> Population {
        let table = self.table(aggregate.dataset);
        let rows = self.rows(table, aggregate);
        let at = match rows {
            Rows::Placed { at, .. } | Rows::State { at, .. } | Rows::PlacedMembers { at, .. } => {
                Some(at)
            }
            Rows::Members(_) => None,
        };
        let moves = key.iter().any(|(program, _)| program.moves());
        let index = IndexPlan { table, at, key, filter: listed, moves };
        let index = self.once("index", index, |plan| &mut plan.indexes);
        let args = aggregate.args.iter().map(|arg| self.program(table, arg)).collect();
        let waits = self.waits(table, aggregate);
        let mut looks: Vec<LookPlan> = Vec::new();
        for look in &aggregate.looks {
            let look = self.look(table, look);
            if !looks.contains(&look) {
                looks.push(look);
            }
        }
        Population {
            table,
            rows,
            index,
            filter,
            args,
            function: aggregate.function,
            distinct: aggregate.distinct,
            one_each: aggregate.one_each,
            percentile: aggregate.percentile,
            approximate: aggregate.approximate,
            window: aggregate.window,
            waits,
            looks,
            own_looks: aggregate.exprs().any(RowExpr::looks_from_the_row),
        }
    }

    /// Where a row of a table looks.
    fn look(&mut self, table: TableId, look: &'m Look) -> LookPlan {
        match look {
            Look::Span { within, rows } => {
                let within = self.within(table, within);
                let consulted = self.table(rows.dataset);
                let rows = self.rows(consulted, rows);
                LookPlan::Span { within, table: consulted, rows }
            }
            Look::Segment(segment) => LookPlan::Segment(self.segment(*segment)),
        }
    }

    /// A window that is seen from a row of a table.
    fn within(&mut self, table: TableId, within: &'m Within) -> WithinPlan {
        WithinPlan {
            length: within.length,
            before: within.before,
            anchor: within.anchor.as_ref().map(|anchor| self.program(table, anchor)),
            by_day: within.by_day,
            step: within.step,
            since: within.since.as_ref().map(|since| SincePlan {
                time: self.program(table, &since.time),
                apart: since.apart,
                by_day: since.by_day,
            }),
        }
    }

    /// What must have passed until a row of an aggregate counts.
    fn waits(&mut self, table: TableId, aggregate: &'m Aggregate) -> Vec<Wait> {
        let by_day = placement(self.model, aggregate).is_date();
        let waits = aggregate.matures.iter().map(|m| {
            let after = m.after.as_ref();
            let after = after.map(|after| (self.program(table, after), after.ty == Type::Date));
            let seen = self.model[m.rows].seen_until(&self.model.project.calendar, self.as_of);
            Wait { after, by_day, reach: m.reach, then: m.then.clone(), seen }
        });
        waits.collect()
    }

    fn rows(&mut self, table: TableId, aggregate: &'m Aggregate) -> Rows {
        let model = self.model;
        let dataset = &model[aggregate.dataset];
        if let Some(entity) = aggregate.members {
            let life = match (&dataset.derived, model[entity].lives) {
                (Some(derived), _) => Life::Since(self.times_of(table, derived.since)),
                (None, Some(Lives::Between { from, to })) => Life::Between {
                    from: self.times_of(table, from),
                    until: to.map(|to| self.times_of(table, to)),
                },
                (None, Some(Lives::Always) | None) => Life::Always,
            };
            return match &aggregate.on {
                Some(on) => {
                    let on = self.program(table, on);
                    Rows::PlacedMembers { life, at: self.times(table, on) }
                }
                None => Rows::Members(life),
            };
        }
        if aggregate.window.is_state() {
            let until = placement(model, aggregate).until_sql(&mut self.tables[table].scope);
            let until = until.map(|sql| {
                let column = self.column(table, sql);
                self.times(table, Program::Column(column))
            });
            let fades =
                matches!(dataset.kind, DatasetKind::Snapshot { carry: Some(Carry::For(_)), .. });
            let picture = matches!(dataset.kind, DatasetKind::Snapshot { carry: None, .. });
            let at = self.begins(table, dataset.begins());
            return Rows::State { at, until, picture, fades };
        }
        let at = match &aggregate.on {
            Some(on) => {
                let on = self.program(table, on);
                self.times(table, on)
            }
            None => self.begins(table, dataset.begins()),
        };
        let first = dataset.begins().map_or(at, |column| self.times_of(table, column));
        Rows::Placed { at, first }
    }

    /// The dataset's own time; one without has none.
    fn begins(&mut self, table: TableId, column: Option<ColumnId>) -> TimesId {
        match column {
            Some(column) => self.times_of(table, column),
            None => {
                let column = self.column(table, "NULL".to_owned());
                self.times(table, Program::Column(column))
            }
        }
    }

    /// A filter, what the row alone determines first: where that is false nothing else is asked.
    fn conjunction(&mut self, table: TableId, filter: &'m RowExpr) -> Program {
        let (alone, judged) = self.split(table, filter);
        // An empty conjunction is true; a filter is never empty.
        all_of(alone.map(Program::Column), judged).unwrap_or(Program::Literal(Value::Boolean(true)))
    }

    /// The part of a filter that the row alone determines, as one column, and the other parts.
    fn split(
        &mut self,
        table: TableId,
        filter: &'m RowExpr,
    ) -> (Option<TableColumnId>, Vec<Program>) {
        let (judged, alone): (Vec<&RowExpr>, Vec<&RowExpr>) =
            filter.conjuncts().into_iter().partition(|part| part.is_judged());
        let scope = &mut self.tables[table].scope;
        let alone: Vec<String> = alone.into_iter().map(|part| scope.base_expr(part)).collect();
        let column =
            (!alone.is_empty()).then(|| self.column(table, format!("({})", alone.join(" AND "))));
        (column, judged.into_iter().map(|part| self.program(table, part)).collect())
    }

    /// The text of a slice.
    fn slice(&mut self, table: TableId, value: &'m RowExpr) -> (Program, bool) {
        if !value.is_judged() {
            let sql = dimension_sql(&mut self.tables[table].scope, value);
            return (Program::Column(self.column(table, sql)), false);
        }
        (self.moving_slice(table, value), value.is_belonging())
    }

    /// The same of a value that is another one in another frame.
    fn moving_slice(&mut self, table: TableId, value: &'m RowExpr) -> Program {
        match &value.kind {
            RowKind::Column(path) => self.path(table, path, true),
            RowKind::Prior { operand, by } => {
                Program::Prior { operand: Box::new(self.moving_slice(table, operand)), by: *by }
            }
            RowKind::Form(Form::If { condition, then, otherwise }) => Program::If {
                condition: Box::new(self.program(table, condition)),
                then: Box::new(self.moving_slice(table, then)),
                otherwise: Box::new(self.moving_slice(table, otherwise)),
            },
            _ => self.program(table, value),
        }
    }
}

/// Microseconds, of lengths that are elapsed time.
pub(in crate::rows) fn elapsed(length: Duration) -> Option<i64> {
    let seconds = match (length.style, length.unit) {
        (DurationStyle::Plain, TimeUnit::Second) => 1,
        (DurationStyle::Plain, TimeUnit::Minute) => 60,
        (DurationStyle::Plain, TimeUnit::Hour) => 3_600,
        (DurationStyle::Plain, TimeUnit::Day) => 86_400,
        (DurationStyle::Plain, TimeUnit::Week) => 604_800,
        _ => return None,
    };
    Some(i64::from(length.count) * seconds * 1_000_000)
}

/// What holds when all hold, from left to right; nothing for none.
fn all_of(first: Option<Program>, others: Vec<Program>) -> Option<Program> {
    others.into_iter().fold(first, |all, one| {
        Some(match all {
            Some(all) => {
                Program::Binary { op: BinaryOp::And, left: Box::new(all), right: Box::new(one) }
            }
            None => one,
        })
    })
}
