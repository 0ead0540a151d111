//! The rows that a number holds, with what is listed of each.

use std::collections::HashSet;

use crate::results::SliceValue;
use crate::rows::evaluate::accumulator::{RowAccumulator, RowInput};
use crate::rows::evaluate::block::{Block, Place};
use crate::rows::evaluate::context::{Env, EvaluationContext};
use crate::rows::evaluate::known::Setting;
use crate::rows::evaluate::points::{EvaluationPoint, Judged};
use crate::rows::ids::RowId;
use crate::rows::key::KeyPart;
use crate::rows::plan::LeafPlan;
use crate::rows::plan::listing::{ListedProgram, Listing};
use crate::rows::plan::program::Program;
use crate::rows::store::timelines::{Positions, Timelines};

/// A row that a number holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ListedRow {
    /// When it is placed, if it is.
    pub(crate) time: Option<i64>,
    /// Whether its number takes it: of a ratio, whether the numerator takes it.
    pub(crate) counted: bool,
    /// Whether it can be told that the number holds it.
    pub(crate) known: bool,
    /// What is listed of it, in that order; absent for null.
    pub(crate) values: Vec<Option<KeyPart>>,
}

/// Rows that pass, in their order: some of a block.
struct Passing {
    block: Block,
    at: Vec<Place>,
    env: Env,
    /// Of each whether it is known that it passes, and whether there is something of it to aggregate.
    told: Vec<(bool, bool)>,
}

impl EvaluationContext<'_> {
    /// Some rows of one leaf at one point, among those listed. `numerator`: those of the leaf that tells which of them are
    /// counted, where they are not all that have a value.
    pub(in crate::rows) fn listed(
        &self,
        listing: &Listing,
        point: &EvaluationPoint,
        (leaf, lines, rows): (&LeafPlan, &Timelines, Positions),
        numerator: Option<(&LeafPlan, &Timelines)>,
        at_once: u32,
    ) -> Vec<ListedRow> {
        let counted: Option<HashSet<RowId>> = numerator.map(|(leaf, lines)| {
            let mut counted = HashSet::new();
            self.passing((leaf, lines, lines.all()), point, (false, at_once), |passing| {
                let rows = passing.at.iter().zip(&passing.told);
                let with_value = rows.filter(|(_, (_, has_value))| *has_value);
                counted.extend(with_value.map(|(place, _)| passing.block.row(*place).row));
            });
            counted
        });
        // What looks before the data has no value for anybody.
        let frame = self.frames.number(&point.frame);
        let is_known = |listed: &ListedProgram| match listed {
            ListedProgram::Key(program) => {
                self.unknown(program, frame, Setting::InBucket).is_none()
            }
            ListedProgram::Slice(_) => true,
        };
        let known: Vec<(&ListedProgram, bool)> =
            listing.programs.iter().map(|listed| (listed, is_known(listed))).collect();
        let mut all = Vec::new();
        self.passing((leaf, lines, rows), point, (listing.unknown, at_once), |passing| {
            let Passing { block, at, told, .. } = &passing;
            let columns = known.iter().map(|(listed, is_known)| match is_known {
                true => self.listed_values(listed, &passing),
                false => vec![None; at.len()],
            });
            let mut columns: Vec<_> = columns.map(Vec::into_iter).collect();
            for (place, (is_known, has_value)) in at.iter().zip(told) {
                let row = block.row(*place);
                let is_counted = |counted: &HashSet<RowId>| counted.contains(&row.row);
                all.push(ListedRow {
                    time: row.time,
                    known: *is_known,
                    counted: counted.as_ref().map_or(*has_value, is_counted),
                    values: columns.iter_mut().map(|column| column.next().flatten()).collect(),
                });
            }
        });
        all
    }

    /// The rows of a leaf at one point that pass, block by block. `unknown`: with those of which it is not known.
    fn passing(
        &self,
        (leaf, lines, all): (&LeafPlan, &Timelines, Positions),
        point: &EvaluationPoint,
        (unknown, at_once): (bool, u32),
        mut each: impl FnMut(Passing),
    ) {
        let population = &leaf.population;
        let env = Env::of(self.frames.number(&point.frame));
        let nothing = RowAccumulator::new(self, population);
        let mut done = 0;
        while let Some(rows) = all.from(done, at_once) {
            done += rows.count();
            let seen = self.seen(population, lines, rows, &point.bounds, env.frame);
            let env = self.env_in(population, &point.bounds, env);
            let at: Vec<Place> = seen.positions().map(|position| rows.place(position)).collect();
            let block = self.block(population.table, lines, rows);
            let Judged { passing, absent, .. } = self.judged(leaf, &block, &at, env);
            let inputs = nothing.inputs(self, population, (&block, &passing), env);
            let told = inputs.iter().map(|input| (true, !matches!(input, RowInput::Absent)));
            let mut rows: Vec<(Place, (bool, bool))> = passing.into_iter().zip(told).collect();
            if unknown {
                rows.extend(absent.into_iter().map(|place| (place, (false, false))));
                rows.sort_unstable();
            }
            let (at, told) = rows.into_iter().unzip();
            each(Passing { block, at, env, told });
        }
    }

    fn listed_values(&self, listed: &ListedProgram, passing: &Passing) -> Vec<Option<KeyPart>> {
        let Passing { block, at, env, .. } = passing;
        match listed {
            ListedProgram::Key(Program::Column(column)) => {
                let column = self.column(block.table, *column);
                at.iter().map(|place| column.part(block.row(*place).row)).collect()
            }
            ListedProgram::Key(program) => {
                let values = self.values(program, block, at, *env);
                (0..at.len()).map(|row| values.get(row).map(KeyPart::of)).collect()
            }
            ListedProgram::Slice(slice) => {
                let values = self.values(&slice.0, block, at, *env).into_values(at.len());
                let text = |value| {
                    let text = self.slice(std::slice::from_ref(slice), &[value]).pop()?;
                    match text {
                        SliceValue::Known(text) | SliceValue::Member { name: text, .. } => {
                            Some(KeyPart::Text(text.into()))
                        }
                        SliceValue::Unknown => None,
                    }
                };
                values.into_iter().map(text).collect()
            }
        }
    }
}
