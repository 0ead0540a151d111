//! Cutting the rows of a leaf that is evaluated by row into parts that know nothing of each other, so that one is in memory at a time.
//!
//! Where an evaluation reaches the rows of a large dataset by one key alone (the events of the user whom it evaluates), the rows
//! of different keys never meet: what is true of a user is found from the events of that user. Such rows are partitioned by
//! their keys while they are read, and the parts are evaluated one after the other. What is read besides is in every part.

use std::collections::BTreeMap;

use crate::rows::ids::{TableColumnId, TableId, TimesId};
use crate::rows::plan::population::{IndexPlan, LookPlan, Population, Rows, Says, WithinPlan};
use crate::rows::plan::program::Program;
use crate::rows::plan::{LeafPlan, Plan};

/// By which columns rows are partitioned, by table of a large dataset; none: any row may be in any part.
pub(in crate::rows) type Cut = BTreeMap<TableId, Vec<TableColumnId>>;

/// A key: what a row of some table is partitioned by.
type By = Vec<Program>;

/// The way to cut a leaf, if there is one, with the key of the rows that are evaluated. `large`: whether a table is one of
/// those that are cut.
pub(in crate::rows) fn cut(
    plan: &Plan<'_>,
    leaf: &LeafPlan,
    large: &dyn Fn(TableId) -> bool,
) -> Option<(Cut, By)> {
    let population = &leaf.population;
    let mut keys: Vec<By> = vec![Vec::new()];
    let slices = leaf.slices.iter().map(|(slice, _)| slice);
    programs(population).chain(slices).for_each(|program| candidates(plan, program, &mut keys));
    keys.into_iter().find_map(|key| {
        let mut look = CutSearch { plan, large, cut: Cut::default(), fits: true };
        let by = (!key.is_empty()).then_some(&key);
        look.population(population, by);
        let slices = leaf.slices.iter().map(|(slice, _)| slice);
        slices.for_each(|slice| look.program(slice, by));
        let moves = key.iter().any(Program::moves);
        (look.fits && !moves && !look.cut.is_empty()).then_some((look.cut, key))
    })
}

/// The expressions that rows of a population are asked.
fn programs(population: &Population) -> impl Iterator<Item = &Program> {
    population.filter.iter().chain(&population.args).chain(population.left_out_by())
}

/// The keys by which a row of the population itself reaches others.
fn candidates(plan: &Plan<'_>, program: &Program, keys: &mut Vec<By>) {
    let key: By = match program {
        Program::Inner(inner) => {
            let parts = plan.inners[*inner].key.iter().filter(|(_, by_day)| !by_day);
            parts.map(|(part, _)| part.clone()).collect()
        }
        Program::Segment { asks, .. } => plan.asks[*asks].key.clone(),
        _ => Vec::new(),
    };
    // One part of a key may be what others are reached by.
    let single = key.iter().map(|part| vec![part.clone()]).filter(|_| key.len() > 1);
    for key in single.chain([key.clone()]) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    program.operands().into_iter().for_each(|operand| candidates(plan, operand, keys));
}

struct CutSearch<'p, 'm> {
    plan: &'p Plan<'m>,
    large: &'p dyn Fn(TableId) -> bool,
    cut: Cut,
    fits: bool,
}

impl CutSearch<'_, '_> {
    /// `by`: what of a row of this population is the same as the key of the row that is evaluated.
    fn population(&mut self, population: &Population, by: Option<&By>) {
        if (self.large)(population.table) {
            self.large(population, by);
        }
        // Where rows are placed by what is evaluated, when the first was is not known before all parts are.
        let index = &self.plan.indexes[population.index];
        self.fits &= index.at.is_none_or(|at| column(&self.plan.times[at].1).is_some());
        self.fits &= population.looks.iter().all(|look| self.is_placed_by_columns(look));
        programs(population).for_each(|program| self.program(program, by));
    }

    /// Whether the first rows that a look can see are known whichever part is read.
    fn is_placed_by_columns(&self, look: &LookPlan) -> bool {
        match look {
            LookPlan::Span { rows: Rows::PlacedMembers { at, .. }, .. } => {
                column(&self.plan.times[*at].1).is_some()
            }
            LookPlan::Span { .. } => true,
            LookPlan::Segment(segment) => {
                self.plan.segments[*segment].programs().all(|program| self.begins(program))
            }
        }
    }

    /// The same of what a program consults.
    fn begins(&self, program: &Program) -> bool {
        let own = match program {
            Program::Inner(number) => {
                let population = &self.plan.inners[*number].population;
                let index = &self.plan.indexes[population.index];
                index.at.is_none_or(|at| column(&self.plan.times[at].1).is_some())
                    && !(population.leaves_out() && (self.large)(population.table))
                    && programs(population).all(|program| self.begins(program))
            }
            Program::Segment { segment, .. } => {
                self.is_placed_by_columns(&LookPlan::Segment(*segment))
            }
            _ => true,
        };
        own && program.operands().into_iter().all(|operand| self.begins(operand))
    }

    fn large(&mut self, population: &Population, by: Option<&By>) {
        let columns: Option<Vec<TableColumnId>> =
            by.map_or(Some(Vec::new()), |by| by.iter().map(column).collect());
        let is_column = |times: TimesId| column(&self.plan.times[times].1).is_some();
        let placed = matches!(population.rows, Rows::Placed { first, .. } if is_column(first));
        let known = self.cut.get(&population.table);
        match columns.filter(|_| placed) {
            Some(columns) if known.is_none_or(|known| *known == columns) => {
                self.cut.insert(population.table, columns);
            }
            _ => self.fits = false,
        }
    }

    /// What a row reaches by a program. `by`: as above.
    fn program(&mut self, program: &Program, by: Option<&By>) {
        match program {
            Program::Inner(number) => {
                let inner = &self.plan.inners[*number];
                let IndexPlan { key: asked, .. } = &self.plan.indexes[inner.population.index];
                let times = inner.within.iter().flat_map(WithinPlan::times);
                let outer = inner.key.iter().map(|(part, _)| part).chain(times);
                outer.for_each(|program| self.program(program, by));
                let linked = by.and_then(|by| {
                    let same = |part: &Program| {
                        let mut pairs = inner.key.iter().zip(asked);
                        let pair = pairs.find(|((ask, _), _)| ask == part);
                        pair.filter(|((_, a), (_, b))| !a && !b).map(|(_, (part, _))| part.clone())
                    };
                    by.iter().map(same).collect::<Option<By>>()
                });
                // Whether rows are left for anybody is not known before all parts are.
                let waits = &inner.population.waits;
                let whole = match inner.within {
                    Some(_) => waits.iter().any(|wait| wait.after.is_some()),
                    None => inner.population.leaves_out(),
                };
                if (linked.is_none() || whole) && (self.large)(inner.population.table) {
                    self.fits = false;
                }
                asked.iter().for_each(|(part, _)| self.program(part, linked.as_ref()));
                self.population(&inner.population, linked.as_ref());
            }
            Program::Segment { segment, asks, .. } => {
                let key = &self.plan.asks[*asks].key;
                let segment = &self.plan.segments[*segment];
                let members = &self.plan.members[segment.members];
                key.iter().for_each(|part| self.program(part, by));
                let linked = by.and_then(|by| {
                    let same = |part: &Program| {
                        let at = key.iter().position(|ask| ask == part)?;
                        Some(Program::Column(members.key[at]))
                    };
                    by.iter().map(same).collect::<Option<By>>()
                });
                if (self.large)(segment.table) {
                    self.fits = false;
                }
                // A rank is found among the members of all parts.
                let linked = linked.filter(|_| !matches!(segment.says, Says::Rank));
                let programs = segment.programs();
                programs.for_each(|program| self.program(program, linked.as_ref()));
            }
            _ => program.operands().into_iter().for_each(|operand| self.program(operand, by)),
        }
    }
}

fn column(program: &Program) -> Option<TableColumnId> {
    match program {
        Program::Column(column) => Some(*column),
        _ => None,
    }
}
