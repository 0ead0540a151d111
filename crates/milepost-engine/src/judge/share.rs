//! Leaves that are judged over the same rows: all of them at once, or in parts where the rows are too many.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::Result;

use milepost_semantics::model::{DatasetId, DimensionId, Model};

use super::Limits;
use super::cut::{Cut, cut, part_of};
use super::look::{Found, Look, Task, look, merge};
use super::needs::{LineNeeds, TableNeeds, needs};
use super::plan::{LeafPlan, Plan};
use super::program::Program;
use super::read::Read;
use super::reader::Reader;
use super::scatter::Apart;
use super::store::Store;
use super::table::Key;
use super::timelines::{Entries, Timelines};
use super::world::{Env, Row, World};
use crate::data::Data;
use crate::leaf::Leaf;
use crate::rollup::LeafTable;

/// A leaf and what it is sliced by.
type Asked<'m> = (&'m Leaf<'m>, &'m [DimensionId]);

/// Some leaves, and what is read for them.
pub(super) struct Share<'m> {
    pub(super) plan: Plan<'m>,
    /// By table of the plan.
    pub(super) readers: Vec<Arc<Reader>>,
    /// With their positions in the run.
    leaves: Vec<(usize, Asked<'m>)>,
    /// By leaf, if the rows are cut: what of a row that is judged tells its part.
    keys: Vec<Vec<Program>>,
    parts: usize,
    threads: usize,
    limits: Limits,
}

/// Leaves by what their large datasets are put apart by, as it is printed.
type Signature = BTreeMap<DatasetId, Vec<String>>;

/// The leaves of a run, in as many shares as it takes to have room.
pub(super) fn shares<'m>(
    model: &'m Model,
    data: &Data,
    leaves: &[Asked<'m>],
    limits: Limits,
) -> Vec<Share<'m>> {
    let all: Vec<(usize, Asked<'m>)> = leaves.iter().copied().enumerate().collect();
    let plan_of = |leaves: &[(usize, Asked<'m>)]| {
        let asked: Vec<Asked<'m>> = leaves.iter().map(|(_, asked)| *asked).collect();
        Plan::new(model, data.as_of, &asked, data.streamed.keys().copied().collect())
    };
    let whole = plan_of(&all);
    let asked = needs(&whole);
    if weight(&whole, &asked, data) <= limits.bytes {
        return vec![Share::new(whole, asked, data, all, 1, limits)];
    }
    let mut cuts: Vec<(Signature, Vec<(usize, Asked<'m>)>)> = Vec::new();
    let mut others = Vec::new();
    for leaf in all {
        let plan = plan_of(&[leaf]);
        let large = |table: usize| data.is_streamed(plan.tables[table].dataset);
        let Some((cut, _)) = cut(&plan, &plan.leaves[0], &large) else {
            others.push(leaf);
            continue;
        };
        let own = signature(&plan, &cut);
        let fits = |(known, _): &&mut (Signature, _)| {
            own.iter().all(|(id, by)| known.get(id).is_none_or(|other| other == by))
        };
        match cuts.iter_mut().find(fits) {
            Some((known, leaves)) => {
                known.extend(own);
                leaves.push(leaf);
            }
            None => cuts.push((own, vec![leaf])),
        }
    }
    let cut = cuts.into_iter().map(|(_, leaves)| {
        let plan = plan_of(&leaves);
        let asked = needs(&plan);
        // Half of the room: what is put apart is held as well, and a part may be larger than others.
        let room = (limits.bytes / 2).max(1);
        let parts = weight(&plan, &asked, data).div_ceil(room).clamp(1, MOST);
        Share::new(plan, asked, data, leaves, parts, limits)
    });
    let rest = (!others.is_empty()).then(|| {
        let plan = plan_of(&others);
        let asked = needs(&plan);
        Share::new(plan, asked, data, others, 1, limits)
    });
    rest.into_iter().chain(cut).collect()
}

/// More parts than this are too small to be worth their files.
const MOST: usize = 256;

fn signature(plan: &Plan<'_>, cut: &Cut) -> Signature {
    let printed = |(table, columns): (&usize, &Vec<usize>)| {
        let table = &plan.tables[*table];
        (table.dataset, columns.iter().map(|column| table.columns[*column].clone()).collect())
    };
    cut.iter().map(printed).collect()
}

/// About how many bytes the rows of large datasets take while they become timelines, if all of them are asked for.
fn weight(plan: &Plan<'_>, needs: &[TableNeeds], data: &Data) -> usize {
    let tables = plan.tables.iter().zip(needs);
    let weights = tables.map(|(table, needs)| {
        if !data.is_streamed(table.dataset) {
            return 0;
        }
        let rows = data.status(table.dataset).map_or(0, |status| status.rows);
        usize::try_from(rows).unwrap_or(usize::MAX).saturating_mul(needs.weight())
    });
    weights.fold(0, usize::saturating_add)
}

impl TableNeeds {
    /// About how many bytes a row takes. Of conditions it is not known how many rows pass: a third, as is usual.
    fn weight(&self) -> usize {
        let share = |line: &LineNeeds| if line.filter.is_some() { 1 } else { 3 };
        let listed: usize = self.lines.iter().map(|line| share(line) * 20).sum();
        let placed = self.lines.iter().filter(|line| line.placed).map(share).sum::<usize>().min(3);
        let kept = if self.every_row { 3 } else { placed };
        (listed + kept * self.columns.len() * 9) / 3
    }

    /// Columns that are looked at while rows are taken in.
    fn kept(&self, by: &[usize]) -> Vec<usize> {
        let lines = self.lines.iter();
        let lines = lines.flat_map(|line| line.key.iter().chain(&line.at).chain(&line.filter));
        let times = self.first.iter().map(|(_, column)| column);
        let times = times.chain(self.ages.iter().map(|(_, column, _)| column));
        let mut all: Vec<usize> =
            lines.chain(&self.columns).chain(times).chain(by).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl<'m> Share<'m> {
    fn new(
        plan: Plan<'m>,
        needs: Vec<TableNeeds>,
        data: &Data,
        leaves: Vec<(usize, Asked<'m>)>,
        parts: usize,
        limits: Limits,
    ) -> Self {
        let large = |table: usize| data.is_streamed(plan.tables[table].dataset);
        let (mut tables, mut keys) = (Cut::new(), Vec::new());
        if parts > 1 {
            for leaf in &plan.leaves {
                let (cut, key) = cut(&plan, leaf, &large).unwrap_or_default();
                tables.extend(cut);
                keys.push(key);
            }
        }
        let threads = data.context.copied_config().target_partitions();
        let apart = |table: usize, needs: &TableNeeds| {
            let by: &Vec<usize> = tables.get(&table)?;
            Some(Apart {
                parts,
                by: by.clone(),
                kept: needs.kept(by),
                room: limits.bytes / 4 / threads.max(1),
                disk: Arc::clone(&data.context.runtime_env().disk_manager),
            })
        };
        let calendar = &plan.model.project.calendar;
        let readers = plan.tables.iter().zip(needs).enumerate();
        let readers = readers.map(|(number, (table, needs))| {
            let apart = apart(number, &needs);
            Arc::new(Reader::new(needs, calendar, table.columns.len(), apart))
        });
        let readers = readers.collect();
        Self { plan, readers, leaves, keys, parts, threads, limits }
    }

    /// The cells of each leaf, with its position in the run.
    pub(super) fn cells(&self) -> Result<Vec<(usize, LeafTable)>> {
        let mut read: Vec<Option<Arc<Read>>> = vec![None; self.readers.len()];
        let mut store = self.store(&mut read, 0)?;
        let looks = self.looks(&store);
        let mut found = self.found(&store, &looks, 0);
        for part in 1..self.parts {
            // Before the next part comes, the last one goes.
            drop(store);
            store = self.store(&mut read, part)?;
            merge(&mut found, self.found(&store, &looks, part));
        }
        let world = World::new(&self.plan, &store);
        let leaves = self.leaves.iter().zip(&self.plan.leaves).zip(&looks).zip(found);
        let cells = leaves.map(|((((position, (leaf, _)), plan), looks), found)| {
            (*position, world.leaf(leaf, plan, looks, found))
        });
        Ok(cells.collect())
    }

    /// The looks of each leaf.
    fn looks(&self, store: &Store) -> Vec<Vec<Look>> {
        let world = World::new(&self.plan, store);
        let leaves = self.leaves.iter().zip(&self.plan.leaves);
        leaves.map(|((_, (leaf, _)), plan)| world.looks(leaf, plan)).collect()
    }

    /// What is found in the rows of one part, by leaf and look.
    fn found(&self, store: &Store, looks: &[Vec<Look>], part: usize) -> Vec<Vec<Found>> {
        let world = World::new(&self.plan, store);
        let tasks = self.plan.leaves.iter().zip(looks).enumerate();
        let tasks: Vec<Task<'_>> = tasks
            .map(|(number, (leaf, looks))| {
                Task::new(leaf, looks, self.own(&world, number, leaf, part))
            })
            .collect();
        let rows: usize = store.tables.iter().map(|table| table.rows).sum();
        let threads = self.threads.min(1 + rows / (4 * self.limits.at_once as usize));
        look(&self.plan, store, &tasks, threads, self.limits, self.parts == 1)
    }

    /// What was read, with the rows of one part. What is in every part is read once.
    fn store(&self, read: &mut [Option<Arc<Read>>], part: usize) -> Result<Store> {
        for (read, reader) in read.iter_mut().zip(&self.readers) {
            if reader.is_apart() {
                *read = None;
            }
        }
        for (read, reader) in read.iter_mut().zip(&self.readers) {
            if read.is_none() {
                *read = Some(Arc::new(reader.finish(part)?));
            }
        }
        Ok(Store::new(&self.plan, read.iter().flatten().map(Arc::clone).collect()))
    }

    /// The rows of a leaf that are in a part, unless all rows that were read are.
    fn own(
        &self,
        world: &World<'_>,
        number: usize,
        leaf: &LeafPlan,
        part: usize,
    ) -> Option<Timelines> {
        let key = self.keys.get(number)?;
        let population = &leaf.population;
        if self.readers[population.table].is_apart() {
            return None;
        }
        let env = Env::of(world.frames.ever());
        let all = world.index(population.index, env);
        let mut entries = Entries::default();
        let list = entries.names.number(Key::new());
        let (start, end) = all.all();
        for position in start as usize..end as usize {
            let (row, time) = (all.row(position), all.time(position));
            let of = Row { table: population.table, row, time };
            let parts = key.iter().map(|part| (part, false));
            let home = world.by_key(parts, of, env, |key| part_of(key, self.parts)).unwrap_or(0);
            if home == part {
                entries.add(list, time, Some(row));
            }
        }
        Some(Timelines::new(vec![entries], all.is_timed(), true))
    }
}
