//! Leaves that are judged over the same rows: all of them at once, or in parts where the rows are too many.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::{DataFusionError, Result, internal_err};

use milepost_semantics::model::{DatasetId, DimensionId, Model};

use crate::data::Data;
use crate::leaf::Leaf;
use crate::rollup::LeafTable;
use crate::rows::Limits;
use crate::rows::collect::reader::Reader;
use crate::rows::evaluate::context::{Env, Row, World};
use crate::rows::evaluate::points::{FoundByLook, Look, Task, look, merge};
use crate::rows::ids::{ById, LeafId, LookId, TableColumnId, TableId};
use crate::rows::key::Key;
use crate::rows::plan::cut::{Cut, cut};
use crate::rows::plan::needs::{LineNeeds, TableNeeds, needs};
use crate::rows::plan::program::Program;
use crate::rows::plan::{LeafPlan, Plan};
use crate::rows::spill::Apart;
use crate::rows::spill::{PartId, Parts};
use crate::rows::store::Read;
use crate::rows::store::Store;
use crate::rows::store::timelines::{Entries, Timelines};

/// A leaf and what it is sliced by.
type Asked<'m> = (&'m Leaf<'m>, &'m [DimensionId]);

/// Some leaves, and what is read for them.
pub(in crate::rows) struct Share<'m> {
    pub(in crate::rows) plan: Plan<'m>,
    pub(in crate::rows) readers: ById<TableId, Arc<Reader>>,
    /// With their positions in the run.
    leaves: ById<LeafId, (usize, Asked<'m>)>,
    cutting: Cutting,
    threads: usize,
    limits: Limits,
}

/// Whether rows are judged in parts.
enum Cutting {
    Whole,
    Parts {
        parts: Parts,
        /// What of a row that is judged tells its part.
        keys: ById<LeafId, Vec<Program>>,
    },
}

/// Leaves by what their large datasets are put apart by, as it is printed.
type Signature = BTreeMap<DatasetId, Vec<String>>;

/// The leaves of a run, in as many shares as it takes to have room.
pub(in crate::rows) fn shares<'m>(
    model: &'m Model,
    data: &Data,
    leaves: &[Asked<'m>],
    limits: Limits,
) -> Result<Vec<Share<'m>>> {
    let all: Vec<(usize, Asked<'m>)> = leaves.iter().copied().enumerate().collect();
    let plan_of = |leaves: &[(usize, Asked<'m>)]| {
        let asked: Vec<Asked<'m>> = leaves.iter().map(|(_, asked)| *asked).collect();
        Plan::new(model, data.as_of, &asked, data.streamed.keys().copied().collect())
    };
    let whole = plan_of(&all);
    let asked = needs(&whole);
    if weight(&whole, &asked, data) <= limits.bytes {
        return Ok(vec![Share::new(whole, asked, data, all, Parts::new(1), limits)?]);
    }
    let mut cuts: Vec<(Signature, Vec<(usize, Asked<'m>)>)> = Vec::new();
    let mut others = Vec::new();
    for leaf in all {
        let plan = plan_of(&[leaf]);
        let large = |table: TableId| data.is_streamed(plan.tables[table].dataset);
        let found = plan.leaves.values().next().and_then(|leaf| cut(&plan, leaf, &large));
        let Some((cut, _)) = found else {
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
        let parts = Parts::new(weight(&plan, &asked, data).div_ceil(room).min(MOST));
        Share::new(plan, asked, data, leaves, parts, limits)
    });
    let rest = (!others.is_empty()).then(|| {
        let plan = plan_of(&others);
        let asked = needs(&plan);
        Share::new(plan, asked, data, others, Parts::new(1), limits)
    });
    rest.into_iter().chain(cut).collect()
}

/// More parts than this are too small to be worth their files.
const MOST: usize = 256;

fn signature(plan: &Plan<'_>, cut: &Cut) -> Signature {
    let printed = |(table, columns): (&TableId, &Vec<TableColumnId>)| {
        let table = &plan.tables[*table];
        (table.dataset, columns.iter().map(|column| table.columns[*column].clone()).collect())
    };
    cut.iter().map(printed).collect()
}

/// About how many bytes the rows of large datasets take while they become timelines, if all of them are asked for.
fn weight(plan: &Plan<'_>, needs: &ById<TableId, TableNeeds>, data: &Data) -> usize {
    let weights = plan.tables.iter().map(|(id, table)| {
        if !data.is_streamed(table.dataset) {
            return 0;
        }
        // Rows that nobody counted may be any number.
        let rows = data.status(table.dataset).map_or(u64::MAX, |status| status.rows);
        usize::try_from(rows).unwrap_or(usize::MAX).saturating_mul(needs[id].weight())
    });
    weights.fold(0, usize::saturating_add)
}

impl TableNeeds {
    /// About how many bytes a row takes. Of conditions it is not known how many rows pass: a third, as is usual.
    fn weight(&self) -> usize {
        let share = |line: &LineNeeds| if line.filter.is_some() { 1 } else { 3 };
        let listed: usize = self.lines.values().map(|line| share(line) * 20).sum();
        let placed =
            self.lines.values().filter(|line| line.placed).map(share).sum::<usize>().min(3);
        let kept = if self.every_row { 3 } else { placed };
        (listed + kept * self.columns.len() * 9) / 3
    }

    /// Columns that are looked at while rows are taken in.
    fn kept(&self, by: &[TableColumnId]) -> Vec<TableColumnId> {
        let lines = self.lines.values();
        let lines = lines.flat_map(|line| line.key.iter().chain(&line.at).chain(&line.filter));
        let times = self.first.iter().map(|(_, column)| column);
        let times = times.chain(self.ages.iter().map(|(_, column, _)| column));
        let mut all: Vec<TableColumnId> =
            lines.chain(&self.columns).chain(times).chain(by).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl<'m> Share<'m> {
    fn new(
        plan: Plan<'m>,
        needs: ById<TableId, TableNeeds>,
        data: &Data,
        leaves: Vec<(usize, Asked<'m>)>,
        parts: Parts,
        limits: Limits,
    ) -> Result<Self> {
        let large = |table: TableId| data.is_streamed(plan.tables[table].dataset);
        let mut tables = Cut::new();
        let cutting = if parts.len() > 1 {
            let keys = plan.leaves.try_map(|_, leaf| {
                let Some((cut, key)) = cut(&plan, leaf, &large) else {
                    return internal_err!("rows are judged in parts that can't be cut");
                };
                tables.extend(cut);
                Ok(key)
            })?;
            Cutting::Parts { parts, keys }
        } else {
            Cutting::Whole
        };
        let threads = data.context.copied_config().target_partitions();
        let apart = |table: TableId, needs: &TableNeeds| {
            let by: &Vec<TableColumnId> = tables.get(&table)?;
            Some(Apart {
                parts,
                by: by.clone(),
                kept: needs.kept(by),
                room: limits.bytes / 4 / threads.max(1),
                disk: Arc::clone(&data.context.runtime_env().disk_manager),
            })
        };
        let calendar = &plan.model.project.calendar;
        let readers = needs.into_iter().map(|(table, needs)| {
            let apart = apart(table, &needs);
            Arc::new(Reader::new(needs, calendar, plan.tables[table].columns.len(), apart))
        });
        let readers = readers.collect();
        let leaves = leaves.into_iter().collect();
        Ok(Self { plan, readers, leaves, cutting, threads, limits })
    }

    /// The cells of each leaf, with its position in the run.
    pub(in crate::rows) fn cells(&self) -> Result<Vec<(usize, LeafTable)>> {
        let mut kept: ById<TableId, Option<Arc<Read>>> = self.readers.map(|_, _| None);
        let mut parts = self.cutting.parts();
        let first = parts.next().unwrap_or(PartId::KEYLESS);
        let mut store = self.store(&mut kept, first)?;
        let looks = self.looks(&store)?;
        let mut found = self.found(&store, &looks, first)?;
        for part in parts {
            // Before the next part comes, the last one goes.
            drop(store);
            store = self.store(&mut kept, part)?;
            merge(&mut found, self.found(&store, &looks, part)?)?;
        }
        let world = World::new(&self.plan, &store);
        let cells = found.into_iter().map(|(id, found)| {
            let (position, (leaf, _)) = self.leaves[id];
            (position, world.leaf(leaf, &self.plan.leaves[id], &looks[id], found))
        });
        let cells = cells.collect();
        world.sound().map(|()| cells)
    }

    /// The looks of each leaf.
    fn looks(&self, store: &Store) -> Result<ById<LeafId, ById<LookId, Look>>> {
        let world = World::new(&self.plan, store);
        let looks = self.plan.leaves.map(|id, plan| world.looks(self.leaves[id].1.0, plan));
        world.sound().map(|()| looks)
    }

    /// What is found in the rows of one part, by leaf and look.
    fn found(
        &self,
        store: &Store,
        looks: &ById<LeafId, ById<LookId, Look>>,
        part: PartId,
    ) -> Result<FoundByLook> {
        let world = World::new(&self.plan, store);
        let tasks = self
            .plan
            .leaves
            .map(|id, leaf| Task::new(leaf, &looks[id], self.own(&world, id, leaf, part)));
        world.sound()?;
        let rows: usize = store.tables.values().map(|table| table.rows).sum();
        let threads = self.threads.min(1 + rows / (4 * self.limits.at_once as usize));
        let all = matches!(self.cutting, Cutting::Whole);
        look(&self.plan, store, &tasks, threads, self.limits, all)
    }

    /// What was read, with the rows of one part. What is in every part is read once, and kept.
    fn store(&self, kept: &mut ById<TableId, Option<Arc<Read>>>, part: PartId) -> Result<Store> {
        let read = self.readers.try_map(|table, reader| {
            if let Some(read) = &kept[table] {
                return Ok(Arc::clone(read));
            }
            let read = Arc::new(reader.finish(part)?);
            if !reader.is_apart() {
                kept[table] = Some(Arc::clone(&read));
            }
            Ok::<_, DataFusionError>(read)
        })?;
        Ok(Store::new(&self.plan, &read))
    }

    /// The rows of a leaf that are in a part, unless all rows that were read are.
    fn own(
        &self,
        world: &World<'_>,
        id: LeafId,
        leaf: &LeafPlan,
        part: PartId,
    ) -> Option<Timelines> {
        let Cutting::Parts { parts, keys } = &self.cutting else { return None };
        let population = &leaf.population;
        if self.readers[population.table].is_apart() {
            return None;
        }
        let env = Env::of(world.frames.ever());
        let all = world.index(population.index, env);
        let mut entries = Entries::default();
        let list = entries.names.number(Key::new());
        for position in all.all().iter() {
            let (row, time) = (world.row_at(&all, position)?, all.time(position));
            let of = Row { table: population.table, row, time };
            let key = keys[id].iter().map(|part| (part, false));
            let home = world.by_key(key, of, env, |key| parts.of(key));
            if home.unwrap_or(PartId::KEYLESS) == part {
                entries.add(list, time, Some(row));
            }
        }
        Some(Timelines::new(vec![entries], all.is_timed(), true))
    }
}

impl Cutting {
    fn parts(&self) -> impl Iterator<Item = PartId> + use<> {
        match self {
            Self::Whole => Parts::new(1),
            Self::Parts { parts, .. } => *parts,
        }
        .iter()
    }
}
