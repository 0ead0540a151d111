//! What is listed of the rows of a leaf: expressions that are evaluated for each row that its number holds.

use milepost_semantics::model::{ColumnId, RowExpr};

use super::Plan;
use crate::rows::ids::{LeafId, TableId};
use crate::rows::plan::program::Program;

/// One thing that is listed of each row.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Listed<'m> {
    Column(ColumnId),
    Slice(&'m RowExpr),
    Value(&'m RowExpr),
}

/// The rows that are listed, and what of each.
#[derive(Clone, Debug)]
pub(in crate::rows) struct Listing {
    pub(in crate::rows) table: TableId,
    pub(in crate::rows) programs: Vec<ListedProgram>,
    /// Rows of which it can't be told whether the number holds them are listed, too.
    pub(in crate::rows) unknown: bool,
}

#[derive(Clone, Debug)]
pub(in crate::rows) enum ListedProgram {
    /// As it is looked up.
    Key(Program),
    /// By its text, and whether it says yes or no.
    Slice((Program, bool)),
}

impl Listing {
    /// What is computed of a row.
    pub(in crate::rows) fn programs(&self) -> impl Iterator<Item = &Program> {
        self.programs.iter().map(|listed| match listed {
            ListedProgram::Key(program) | ListedProgram::Slice((program, _)) => program,
        })
    }
}

impl<'m> Plan<'m> {
    /// Plans what is listed of the rows of a leaf.
    pub(in crate::rows) fn list(&mut self, leaf: LeafId, listed: &[Listed<'m>], unknown: bool) {
        let table = self.leaves[leaf].population.table;
        let program = |listed: &Listed<'m>| match listed {
            Listed::Column(column) => {
                ListedProgram::Key(Program::Column(self.own_column(table, *column)))
            }
            Listed::Slice(value) => ListedProgram::Slice(self.slice(table, value)),
            Listed::Value(expr) => ListedProgram::Key(self.program(table, expr)),
        };
        let programs = listed.iter().map(program).collect();
        self.listing = Some(Listing { table, programs, unknown });
    }
}
