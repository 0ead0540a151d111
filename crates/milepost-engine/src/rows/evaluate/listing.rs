//! The rows that a number holds, with what is listed of each.

use std::collections::HashSet;

use crate::evaluate::Outcome;
use crate::results::SliceValue;
use crate::rows::evaluate::accumulator::{RowAccumulator, RowInput};
use crate::rows::evaluate::context::{Env, EvaluationContext, Row};
use crate::rows::evaluate::known::Setting;
use crate::rows::evaluate::points::{EvaluationPoint, Verdict};
use crate::rows::ids::RowId;
use crate::rows::key::KeyPart;
use crate::rows::plan::LeafPlan;
use crate::rows::plan::listing::{ListedProgram, Listing};
use crate::rows::plan::program::Program;
use crate::rows::store::timelines::Timelines;

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

/// A row that passes, and whether there is something of it to aggregate.
struct Passing {
    row: Row,
    env: Env,
    has_value: bool,
    is_known: bool,
}

impl EvaluationContext<'_> {
    /// The rows of one leaf at one point, among those listed. `numerator`: those of the leaf that tells which of them are
    /// counted, where they are not all that have a value.
    pub(in crate::rows) fn listed(
        &self,
        listing: &Listing,
        point: &EvaluationPoint,
        (leaf, lines): (&LeafPlan, &Timelines),
        numerator: Option<(&LeafPlan, &Timelines)>,
    ) -> Vec<ListedRow> {
        let counted: Option<HashSet<RowId>> = numerator.map(|(leaf, lines)| {
            let passing = self.passing(leaf, lines, point, false).into_iter();
            passing.filter(|passing| passing.has_value).map(|passing| passing.row.row).collect()
        });
        let passing = self.passing(leaf, lines, point, listing.unknown).into_iter();
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
        let value_of = |(listed, is_known): &(&ListedProgram, bool), row, env| {
            self.value_of(listed, row, env).filter(|_| *is_known)
        };
        let listed = passing.map(|Passing { row, env, has_value, is_known }| ListedRow {
            time: row.time,
            known: is_known,
            counted: counted.as_ref().map_or(has_value, |counted| counted.contains(&row.row)),
            values: known.iter().map(|of| value_of(of, row, env)).collect(),
        });
        listed.collect()
    }

    fn passing(
        &self,
        leaf: &LeafPlan,
        lines: &Timelines,
        point: &EvaluationPoint,
        unknown: bool,
    ) -> Vec<Passing> {
        let population = &leaf.population;
        let env = Env::of(self.frames.number(&point.frame));
        let seen = self.seen(population, lines, lines.all(), &point.bounds, env.frame);
        let nothing = RowAccumulator::new(self, population);
        let rows = self.rows(population, lines, &seen, &point.bounds, env);
        let passing = rows.filter_map(|(row, env)| {
            let standing = self.standing(population, row, env);
            let is_known = match self.verdict(leaf, &standing, row, env) {
                Verdict::Passes => true,
                Verdict::Absent if unknown => false,
                Verdict::Absent | Verdict::Fails => return None,
            };
            let input = nothing.input(self, population, row, env);
            let has_value = is_known && !matches!(input, RowInput::Absent);
            Some(Passing { row, env, has_value, is_known })
        });
        passing.collect()
    }

    fn value_of(&self, listed: &ListedProgram, row: Row, env: Env) -> Option<KeyPart> {
        match listed {
            ListedProgram::Key(Program::Column(column)) => {
                self.column(row.table, *column).part(row.row)
            }
            ListedProgram::Key(program) => {
                self.eval(program, row, env).ok().as_ref().map(KeyPart::of)
            }
            ListedProgram::Slice(slice) => {
                let value: Outcome = self.eval(&slice.0, row, env);
                let text = self.slice(std::slice::from_ref(slice), &[value]).pop()?;
                match text {
                    SliceValue::Known(text) | SliceValue::Member { name: text, .. } => {
                        Some(KeyPart::Text(text.into()))
                    }
                    SliceValue::Unknown => None,
                }
            }
        }
    }
}
