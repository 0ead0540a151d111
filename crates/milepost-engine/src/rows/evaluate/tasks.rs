//! Evaluating the rows of leaves at all their points in time, by several threads. Leaves that differ by what they are sliced
//! by, or by the level of a percentile, alone are evaluated once, and accumulated for each of them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use datafusion::common::Result;
use milepost_syntax::limits::CELLS;

use crate::rows::Limits;
use crate::rows::evaluate::context::{Env, EvaluationContext};
use crate::rows::evaluate::points::{
    EvaluationPoint, PointState, SliceAccumulators, Slicing, StatesByPoint, cut_off, merge,
};
use crate::rows::evaluate::slices::SliceNumbers;
use crate::rows::ids::{ById, IndexId, LeafId, PointId, TableId};
use crate::rows::plan::{LeafPlan, Plan};
use crate::rows::store::Store;
use crate::rows::store::timelines::Timelines;

/// Judgements may stand deep inside each other.
const STACK: usize = 16 << 20;

/// How many values are held at a time, about, where all rows of a point are evaluated at once.
const VALUES: usize = 1 << 21;

/// Leaves that differ by what they are sliced by, or by the level of a percentile, alone: their rows are evaluated once for
/// all of them.
pub(in crate::rows) struct Task<'a> {
    leaves: &'a [LeafId],
    /// The first of the leaves.
    leaf: &'a LeafPlan,
    points: &'a ById<PointId, EvaluationPoint>,
}

impl<'a> Task<'a> {
    pub(in crate::rows) const fn new(
        leaves: &'a [LeafId],
        leaf: &'a LeafPlan,
        points: &'a ById<PointId, EvaluationPoint>,
    ) -> Self {
        Self { leaves, leaf, points }
    }
}

/// Tasks over the same rows.
pub(in crate::rows) struct TaskGroup<'a> {
    tasks: Vec<Task<'a>>,
    index: IndexId,
    /// The rows, where they are not all that the plan lists.
    rows: Option<Timelines>,
    /// What is evaluated next, by whoever comes: points with all their rows, and rows at all points.
    next_point: AtomicU32,
    next_row: AtomicU32,
}

impl<'a> TaskGroup<'a> {
    /// `index`: what lists the rows, of which `rows` may be a part.
    pub(in crate::rows) const fn new(
        tasks: Vec<Task<'a>>,
        index: IndexId,
        rows: Option<Timelines>,
    ) -> Self {
        Self { tasks, index, rows, next_point: AtomicU32::new(0), next_row: AtomicU32::new(0) }
    }
}

/// The rows of a group.
struct GroupRows<'l> {
    table: TableId,
    lines: &'l Timelines,
}

/// A task, and what one who evaluates rows has found for it.
struct OpenTask<'t, 'a> {
    task: &'t Task<'a>,
    leaves: Vec<OpenLeaf<'a>>,
}

/// A leaf, and what was found for it.
struct OpenLeaf<'a> {
    id: LeafId,
    slices: SliceNumbers<'a>,
    states: ById<PointId, PointState>,
    is_cut: bool,
}

impl<'t, 'a> OpenTask<'t, 'a> {
    fn new(plan: &'a Plan<'_>, task: &'t Task<'a>) -> Self {
        let nothing = || task.points.map(|_, _| PointState::Some(SliceAccumulators::default()));
        let open = |id: &LeafId| OpenLeaf {
            id: *id,
            slices: SliceNumbers::new(&plan.leaves[*id].slices),
            states: nothing(),
            is_cut: false,
        };
        Self { task, leaves: task.leaves.iter().map(open).collect() }
    }

    fn is_cut(&self) -> bool {
        self.leaves.iter().all(|leaf| leaf.is_cut)
    }

    fn found(self) -> impl Iterator<Item = (LeafId, ById<PointId, PointState>)> {
        self.leaves.into_iter().map(|leaf| (leaf.id, leaf.states))
    }
}

/// Evaluates the rows of leaves: for each, what was found at each of its points. `all`: the store has all rows there are.
pub(in crate::rows) fn evaluate(
    plan: &Plan<'_>,
    store: &Store,
    groups: &[TaskGroup<'_>],
    threads: usize,
    limits: Limits,
    all: bool,
) -> Result<StatesByPoint> {
    let work = || {
        let context = EvaluationContext::new(plan, store);
        let mut found: StatesByPoint = plan.leaves.map(|_, _| ById::default());
        for group in groups {
            for (leaf, states) in context.group(group, limits, all) {
                found[leaf] = states;
            }
        }
        context.sound().map(|()| found)
    };
    if threads < 2 {
        return work();
    }
    thread::scope(|scope| {
        let worker = || thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        // A machine that gives no more threads has this one.
        let workers: Vec<_> = (1..threads).map_while(|_| worker().ok()).collect();
        let mut found = work()?;
        for worker in workers {
            let more = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            merge(&mut found, more?)?;
        }
        Ok(found)
    })
}

impl EvaluationContext<'_> {
    /// Evaluates rows of a group, until there are no more: what was found for each leaf.
    fn group(
        &self,
        group: &TaskGroup<'_>,
        limits: Limits,
        all: bool,
    ) -> Vec<(LeafId, ById<PointId, PointState>)> {
        // Nothing is looked up by, so the rows are the same in all frames.
        let listed = self.index(group.index, Env::of(self.frames.ever()));
        let lines = group.rows.as_ref().unwrap_or(&*listed);
        let open = group.tasks.iter().map(|task| OpenTask::new(self.plan, task));
        let (mut by_point, mut by_rows): (Vec<_>, Vec<_>) =
            open.partition(|open| all && open.task.leaf.population.holds_values());
        let rows = GroupRows { table: self.plan.indexes[group.index].table, lines };
        self.by_point(&mut by_point, &rows, &group.next_point, limits);
        self.by_rows(&mut by_rows, &rows, &group.next_row, limits);
        by_point.into_iter().chain(by_rows).flat_map(OpenTask::found).collect()
    }

    /// Some points after the others, all rows of each, so that the values of few points are held: those at the end of one day,
    /// so that what is asked of the rows there is found once.
    fn by_point(
        &self,
        open: &mut [OpenTask<'_, '_>],
        GroupRows { table, lines }: &GroupRows<'_>,
        at: &AtomicU32,
        limits: Limits,
    ) {
        let most = (VALUES / lines.all().len().max(1)).max(1);
        let points = schedule(open);
        let same_end = points.chunk_by(|one, other| one.0 == other.0);
        let units: Vec<&[(Option<i64>, usize, PointId)]> =
            same_end.flat_map(|points| points.chunks(most)).collect();
        while let Some(unit) = next(at, 1).and_then(|n| units.get(n as usize)) {
            let of =
                |number: usize| open[number].leaves.iter().map(|_| SliceAccumulators::default());
            let mut found: Vec<Vec<SliceAccumulators>> =
                unit.iter().map(|(_, number, _)| of(*number).collect()).collect();
            let mut done = 0;
            while let Some(rows) = lines.all().from(done, limits.at_once) {
                done += rows.count();
                let block = self.block(*table, lines, rows);
                for ((_, number, id), found) in unit.iter().zip(&mut found) {
                    let OpenTask { task, leaves } = &mut open[*number];
                    let slices = leaves.iter_mut().map(|leaf| &mut leaf.slices);
                    let mut slicings: Vec<Slicing<'_, '_>> = slices.zip(found).collect();
                    let point = &task.points[*id];
                    self.evaluate_rows(task.leaf, (lines, rows, &block), point, &mut slicings);
                }
            }
            for ((_, number, id), found) in unit.iter().zip(found) {
                for (leaf, found) in open[*number].leaves.iter_mut().zip(found) {
                    let population = &self.plan.leaves[leaf.id].population;
                    leaf.states[*id] = PointState::All(found.finish(population));
                }
            }
        }
    }

    /// Some rows after the others at all points: in the order of time, so that what is asked of the rows at the end of a day
    /// is found once for all tasks.
    fn by_rows(
        &self,
        open: &mut [OpenTask<'_, '_>],
        GroupRows { table, lines }: &GroupRows<'_>,
        at: &AtomicU32,
        limits: Limits,
    ) {
        let points = schedule(open);
        if points.is_empty() {
            return;
        }
        while let Some(rows) =
            next(at, limits.at_once).and_then(|at| lines.all().from(at, limits.at_once))
        {
            let block = self.block(*table, lines, rows);
            for (_, number, id) in &points {
                let OpenTask { task, leaves } = &mut open[*number];
                let slicings = leaves.iter_mut().filter_map(|leaf| match &mut leaf.states[*id] {
                    PointState::Some(found) if !leaf.is_cut => Some((&mut leaf.slices, found)),
                    PointState::Some(_) | PointState::All(_) => None,
                });
                let mut slicings: Vec<Slicing<'_, '_>> = slicings.collect();
                if !slicings.is_empty() {
                    let point = &task.points[*id];
                    self.evaluate_rows(task.leaf, (lines, rows, &block), point, &mut slicings);
                }
            }
            for leaf in open.iter_mut().flat_map(|open| &mut open.leaves) {
                leaf.is_cut = leaf.is_cut || cut_off(&mut leaf.states, CELLS);
            }
            if open.iter().all(OpenTask::is_cut) {
                break;
            }
        }
    }
}

/// The points of tasks in the order of time: when each ends, the number of its task, and which it is there. Where a row has
/// the same values in all frames, the points of a task follow each other, whenever they end.
fn schedule(open: &[OpenTask<'_, '_>]) -> Vec<(Option<i64>, usize, PointId)> {
    let points = open.iter().enumerate().flat_map(|(number, open)| {
        let moves = open.task.leaf.moves();
        let points = open.task.points.iter();
        points.map(move |(id, point)| (moves.then_some(point.frame.end.0), number, id))
    });
    let mut points: Vec<_> = points.collect();
    points.sort_unstable();
    points
}

/// Takes so many of what is left; absent once the numbers end.
fn next(at: &AtomicU32, n: u32) -> Option<u32> {
    at.try_update(Ordering::Relaxed, Ordering::Relaxed, |at| at.checked_add(n)).ok()
}
