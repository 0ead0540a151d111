//! Rows of one table that are evaluated together, and what was found for them: whatever else is asked of the same rows finds
//! it there.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use crate::evaluate::Value;
use crate::rows::evaluate::context::{EvaluationContext, Row};
use crate::rows::evaluate::frames::Known;
use crate::rows::ids::{ById, MemberKeyId, MembersId, RowId, SegmentPlanId, TableId};
use crate::rows::plan::Plan;
use crate::rows::plan::program::Program;
use crate::rows::store::timelines::{Positions, Timelines};

/// A row of a block, by its place there.
pub(in crate::rows) type Place = u32;

/// One value for each row of a block, absent for null, as far as it was asked for.
pub(in crate::rows) type KeptValues = Rc<[OnceCell<Option<Value>>]>;

/// For so many instants it is kept what a segment says of the rows. They are evaluated at one after the other, and seldom at
/// an earlier one in between.
const INSTANTS: usize = 3;

pub(in crate::rows) struct Block {
    pub(in crate::rows) table: TableId,
    rows: Vec<RowId>,
    /// When each is placed, if they are.
    times: Option<Vec<i64>>,
    /// What segments say of the rows, which are their members.
    said: ById<SegmentPlanId, RefCell<Vec<(i64, KeptValues)>>>,
    /// What is the same in all frames, by the program.
    latest: RefCell<Known<usize, KeptValues>>,
    members: RefCell<Known<(MemberKeyId, MembersId), MembersOfBlock>>,
}

/// The members that the rows of a block name.
#[derive(Clone)]
pub(in crate::rows) enum MembersOfBlock {
    /// Each row is the member that it names.
    Itself,
    /// The same, but the rows are placed in time, and members are not.
    Unplaced(Rc<Block>),
    /// Others, and the place of each row's member among them.
    Others(Rc<(Block, Vec<Option<Place>>)>),
}

impl Block {
    pub(in crate::rows) fn new(
        plan: &Plan<'_>,
        table: TableId,
        rows: Vec<RowId>,
        times: Option<Vec<i64>>,
    ) -> Self {
        Self {
            table,
            rows,
            times,
            said: plan.segments.map(|_, _| RefCell::default()),
            latest: RefCell::default(),
            members: RefCell::default(),
        }
    }

    pub(in crate::rows) fn row(&self, place: Place) -> Row {
        let at = place as usize;
        let time = self.times.as_ref().map(|times| times[at]);
        Row { table: self.table, row: self.rows[at], time }
    }

    pub(in crate::rows) fn places(&self) -> impl Iterator<Item = Place> {
        (0_u32..).take(self.rows.len())
    }

    fn nothing(&self) -> KeptValues {
        self.rows.iter().map(|_| OnceCell::new()).collect()
    }

    /// What is kept of a segment at an instant.
    pub(in crate::rows) fn said(&self, segment: SegmentPlanId, end: i64) -> KeptValues {
        let mut kept = self.said[segment].borrow_mut();
        if let Some((_, found)) = kept.iter().rev().find(|(known, _)| *known == end) {
            return Rc::clone(found);
        }
        if kept.len() == INSTANTS {
            kept.remove(0);
        }
        let new = self.nothing();
        kept.push((end, Rc::clone(&new)));
        new
    }

    /// What is kept of a program that has one value in all frames. Programs stay where they are as long as their plan does.
    pub(in crate::rows) fn latest(&self, program: &Program) -> KeptValues {
        let mut kept = self.latest.borrow_mut();
        let name = std::ptr::from_ref(program).addr();
        Rc::clone(kept.entry(name).or_insert_with(|| self.nothing()))
    }
}

/// Those of some places that are not kept yet are found, and kept.
pub(in crate::rows) fn fill(
    kept: &KeptValues,
    at: &[Place],
    find: impl FnOnce(&[Place]) -> Vec<Option<Value>>,
) {
    let missing = at.iter().copied().filter(|place| kept[*place as usize].get().is_none());
    let missing: Vec<Place> = missing.collect();
    if missing.is_empty() {
        return;
    }
    for (place, value) in missing.iter().zip(find(&missing)) {
        // Nobody else has found it meanwhile: what is said of members is never made of itself.
        let _ = kept[*place as usize].set(value);
    }
}

impl EvaluationContext<'_> {
    /// Some rows of timelines.
    pub(in crate::rows) fn block(
        &self,
        table: TableId,
        lines: &Timelines,
        rows: Positions,
    ) -> Block {
        let ids = rows.iter().map_while(|position| self.row_at(lines, position)).collect();
        let times = lines.is_timed().then(|| rows.iter().filter_map(|at| lines.time(at)).collect());
        Block::new(self.plan, table, ids, times)
    }

    /// The members that the rows of a block name, which are the same in all frames.
    pub(in crate::rows) fn members_of(
        &self,
        block: &Block,
        asks: MemberKeyId,
        find: impl Fn(Row) -> Option<RowId>,
        (members, table): (MembersId, TableId),
    ) -> MembersOfBlock {
        let name = (asks, members);
        if let Some(found) = block.members.borrow().get(&name) {
            return found.clone();
        }
        let named: Vec<Option<RowId>> =
            block.places().map(|place| find(block.row(place))).collect();
        let own = block.rows.iter().map(|row| Some(*row));
        let found = if block.table == table && own.eq(named.iter().copied()) {
            match block.times {
                None => MembersOfBlock::Itself,
                Some(_) => {
                    let rows = block.rows.clone();
                    MembersOfBlock::Unplaced(Rc::new(Block::new(self.plan, table, rows, None)))
                }
            }
        } else {
            let mut rows: Vec<RowId> = named.iter().flatten().copied().collect();
            rows.sort_unstable();
            rows.dedup();
            let place = |row: &Option<RowId>| {
                let found = rows.binary_search(row.as_ref()?).ok()?;
                Place::try_from(found).ok()
            };
            let places = named.iter().map(place).collect();
            MembersOfBlock::Others(Rc::new((Block::new(self.plan, table, rows, None), places)))
        };
        block.members.borrow_mut().insert(name, found.clone());
        found
    }
}
