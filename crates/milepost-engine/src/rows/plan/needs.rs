//! What evaluations ask of each table: the columns that they look at row by row, and the timelines that can be made while
//! the table is read.

use std::collections::BTreeSet;

use crate::rows::ids::{AgeId, ById, IndexId, LineId, LineKeyId, TableColumnId, TableId, TimesId};
use crate::rows::plan::Plan;
use crate::rows::plan::population::{
    AgePlan, IndexPlan, Life, LookPlan, MemberKeyPlan, Population, Rows, WithinPlan,
};
use crate::rows::plan::program::Program;

/// What is asked of one table.
#[derive(Debug, Default)]
pub(in crate::rows) struct TableNeeds {
    /// Columns whose values are asked for, row by row.
    pub(in crate::rows) columns: BTreeSet<TableColumnId>,
    /// Whether rows are asked for that may be in no timeline: who the members are, what held for whom, and from when on
    /// there is data. All others are evaluated because a timeline has them.
    pub(in crate::rows) every_row: bool,
    /// Timelines that are made while the rows are read.
    pub(in crate::rows) lines: ById<LineId, LineNeeds>,
    /// What they are keyed by: rows are numbered once for all timelines of one key.
    pub(in crate::rows) keys: ById<LineKeyId, Vec<TableColumnId>>,
    /// Columns of times whose first must be known.
    pub(in crate::rows) first: Vec<(TimesId, TableColumnId)>,
    /// Columns of times of which the first and the last between cuts must be known.
    pub(in crate::rows) ages: Vec<(AgeId, TableColumnId, Vec<i64>)>,
}

/// Timelines whose keys, times and filter are columns.
#[derive(Clone, Debug)]
pub(in crate::rows) struct LineNeeds {
    pub(in crate::rows) index: IndexId,
    pub(in crate::rows) key: LineKeyId,
    pub(in crate::rows) at: Option<TableColumnId>,
    pub(in crate::rows) filter: Option<TableColumnId>,
    /// Whether something is asked of the rows but their times: they are in the table.
    pub(in crate::rows) placed: bool,
}

/// What the leaves that are evaluated by row of a run ask of each table.
pub(in crate::rows) fn needs(plan: &Plan<'_>) -> ById<TableId, TableNeeds> {
    let mut tables = plan.tables.map(|_, _| TableNeeds::default());
    let mut collector = Collector {
        plan,
        lines: plan.indexes.map(|id, index| line(plan, id, index, &mut tables[index.table].keys)),
        tables,
        times: BTreeSet::new(),
    };
    collector.all();
    collector.finish()
}

/// The columns of an index, if it needs nothing else. `keys`: of its table.
fn line(
    plan: &Plan<'_>,
    id: IndexId,
    index: &IndexPlan,
    keys: &mut ById<LineKeyId, Vec<TableColumnId>>,
) -> Option<LineNeeds> {
    let column = |program: &Program| match program {
        Program::Column(column) => Some(*column),
        _ => None,
    };
    let key = index.key.iter().map(|(program, by_day)| column(program).filter(|_| !by_day));
    let at = match index.at {
        Some(at) => Some(column(&plan.times[at].1)?),
        None => None,
    };
    Some(LineNeeds {
        index: id,
        key: keys.intern(key.collect::<Option<_>>()?),
        at,
        filter: index.filter,
        placed: false,
    })
}

struct Collector<'p, 'm> {
    plan: &'p Plan<'m>,
    tables: ById<TableId, TableNeeds>,
    /// Absent where an index needs more than columns.
    lines: ById<IndexId, Option<LineNeeds>>,
    /// Lists of instants that are asked by row.
    times: BTreeSet<TimesId>,
}

impl Collector<'_, '_> {
    fn all(&mut self) {
        let plan = self.plan;
        for leaf in plan.leaves.values() {
            let asked = !leaf.slices.is_empty() || plan.listing.is_some();
            self.population(&leaf.population, asked);
            leaf.slices.iter().for_each(|(slice, _)| self.program(leaf.population.table, slice));
        }
        if let Some(listing) = &plan.listing {
            listing.programs().for_each(|program| self.program(listing.table, program));
        }
        for inner in plan.inners.values() {
            // A row that never matches itself must be found.
            let itself = inner.others_only && inner.outer == inner.population.table;
            self.population(&inner.population, itself);
            inner.key.iter().for_each(|(key, _)| self.program(inner.outer, key));
            let times = inner.within.iter().flat_map(WithinPlan::times);
            times.for_each(|time| self.program(inner.outer, time));
            // A row is found among those of its own time.
            if let (true, Rows::Placed { at, .. } | Rows::PlacedMembers { at, .. }) =
                (itself, &inner.population.rows)
            {
                self.times.insert(*at);
            }
        }
        for MemberKeyPlan { table, key, .. } in plan.asks.values() {
            key.iter().for_each(|key| self.program(*table, key));
        }
        for segment in plan.segments.values() {
            self.tables[segment.table].every_row = true;
            self.tables[segment.table].columns.extend(&plan.members[segment.members].key);
            segment.programs().for_each(|program| self.program(segment.table, program));
        }
        for history in plan.histories.values() {
            self.tables[history.table].every_row = true;
            self.tables[history.table].columns.extend(&history.key);
            self.times.extend([history.from, history.until]);
        }
    }

    /// `asked`: something is asked of the rows whatever the aggregate is.
    fn population(&mut self, population: &Population, asked: bool) {
        let Population { table, rows, index, filter, args, .. } = population;
        if let Some(line) = &mut self.lines[*index] {
            let counted = filter.is_none() && args.is_empty() && !population.leaves_out();
            line.placed |= asked || !counted || !matches!(rows, Rows::Placed { .. });
        }
        let programs = filter.iter().chain(args).chain(population.left_out_by());
        programs.for_each(|program| self.program(*table, program));
        self.begins(*table, rows);
        for look in &population.looks {
            if let LookPlan::Span { table, rows, .. } = look {
                self.begins(*table, rows);
            }
        }
        if let Rows::State { at, until, picture, fades } = rows {
            self.times.extend(until);
            // Which pictures there are does not depend on who is in them.
            if *picture || *fades {
                self.times.insert(*at);
                self.tables[*table].every_row = true;
            }
        }
        if self.lines[*index].is_none() {
            let plan = &self.plan.indexes[*index];
            self.tables[*table].every_row = true;
            self.tables[*table].columns.extend(plan.filter);
            self.times.extend(plan.at);
            plan.key.iter().for_each(|(key, _)| self.program(*table, key));
        }
    }

    /// From when on there are rows must be known.
    fn begins(&mut self, table: TableId, rows: &Rows) {
        match rows {
            Rows::Placed { first: at, .. } | Rows::State { at, .. } => self.first(*at),
            Rows::Members(life) => self.life(table, life),
            Rows::PlacedMembers { life, at } => {
                self.first(*at);
                self.life(table, life);
            }
        }
    }

    fn life(&mut self, table: TableId, life: &Life) {
        self.tables[table].every_row = true;
        match life {
            Life::Always => {}
            Life::Since(since) => {
                self.times.insert(*since);
            }
            Life::Between { from, until } => {
                self.times.insert(*from);
                self.times.extend(until);
            }
        }
    }

    /// The first of a list of instants must be known.
    fn first(&mut self, times: TimesId) {
        match &self.plan.times[times] {
            (table, Program::Column(column)) => self.tables[*table].first.push((times, *column)),
            (table, _) => {
                self.times.insert(times);
                self.tables[*table].every_row = true;
            }
        }
    }

    /// What a program asks of the rows of a table, and of those of histories.
    fn program(&mut self, table: TableId, program: &Program) {
        match program {
            Program::Column(column) => {
                self.tables[table].columns.insert(*column);
            }
            Program::History { history, value, .. } => {
                let home = self.plan.histories[*history].table;
                self.tables[home].columns.insert(*value);
            }
            _ => {}
        }
        program.operands().into_iter().for_each(|operand| self.program(table, operand));
    }

    fn finish(mut self) -> ById<TableId, TableNeeds> {
        let plan = self.plan;
        for times in std::mem::take(&mut self.times) {
            let (table, program) = &plan.times[times];
            self.program(*table, program);
        }
        for line in self.lines.into_iter().filter_map(|(_, line)| line) {
            self.tables[plan.indexes[line.index].table].lines.push(line);
        }
        for (id, AgePlan { table, column, cuts, .. }) in plan.ages.iter() {
            self.tables[*table].ages.push((id, *column, cuts.clone()));
        }
        for (_, table) in self.tables.iter_mut() {
            table.first.sort_unstable();
            table.first.dedup();
        }
        self.tables
    }
}
