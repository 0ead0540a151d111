//! Leaves that are evaluated over the same rows: all of them at once, or in partitions where the rows are too many.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::{DataFusionError, Result, internal_err};

use milepost_semantics::model::{DatasetId, DimensionId, Model};

use crate::data::Data;
use crate::intern::number_of;
use crate::leaf::Leaf;
use crate::leaf::LeafTable;
use crate::machine::share;
use crate::rows::Limits;
use crate::rows::collect::reader::Reader;
use crate::rows::evaluate::context::{Env, EvaluationContext, Row};
use crate::rows::evaluate::listing::ListedRow;
use crate::rows::evaluate::points::{EvaluationPoint, StatesByPoint, merge};
use crate::rows::evaluate::tasks::{Task, TaskGroup, evaluate};
use crate::rows::ids::{ById, LeafId, PointId, TableColumnId, TableId};
use crate::rows::key::Key;
use crate::rows::plan::cut::{Cut, cut};
use crate::rows::plan::listing::{Listed, Listing};
use crate::rows::plan::needs::{LineNeeds, TableNeeds, needs};
use crate::rows::plan::program::Program;
use crate::rows::plan::{LeafPlan, Plan};
use crate::rows::spill::{PartitionCount, PartitionId, Partitioning};
use crate::rows::store::first_days::KnownFirstDays;
use crate::rows::store::timelines::{Entries, Names, Timelines};
use crate::rows::store::{CollectedTable, KeySpaces, Store};

/// A leaf and what it is sliced by.
type SlicedLeaf<'m> = (&'m Leaf<'m>, &'m [DimensionId]);

/// The cells of a leaf, with its position in the run.
type PlacedTable = (usize, LeafTable);

/// Some leaves, and what is read for them.
pub(in crate::rows) struct LeafBatch<'m> {
    pub(in crate::rows) plan: Plan<'m>,
    pub(in crate::rows) readers: ById<TableId, Arc<Reader>>,
    /// With their positions in the run.
    leaves: ById<LeafId, (usize, SlicedLeaf<'m>)>,
    /// Over the same rows: leaves that differ by what they are sliced by, or by the level of a percentile, alone.
    groups: Vec<Vec<Vec<LeafId>>>,
    cutting: Cutting,
    spaces: Arc<KeySpaces>,
    first_days: Arc<KnownFirstDays>,
    threads: usize,
    limits: Limits,
}

/// Whether rows are evaluated in parts.
enum Cutting {
    Whole,
    Partitioned {
        parts: PartitionCount,
        /// What of a row that is evaluated tells its part.
        keys: ById<LeafId, Vec<Program>>,
    },
}

/// What the large datasets of leaves are partitioned by, as it is printed.
type Signature = BTreeMap<DatasetId, Vec<String>>;

/// The leaves of a run, in as many batches as it takes to have room.
pub(in crate::rows) fn batches<'m>(
    model: &'m Model,
    data: &Data,
    leaves: &[SlicedLeaf<'m>],
    limits: Limits,
) -> Result<Vec<LeafBatch<'m>>> {
    let all: Vec<(usize, SlicedLeaf<'m>)> = leaves.iter().copied().enumerate().collect();
    let plan_of = |leaves: &[(usize, SlicedLeaf<'m>)]| {
        let asked: Vec<SlicedLeaf<'m>> = leaves.iter().map(|(_, asked)| *asked).collect();
        Plan::new(model, data.as_of, &asked, data.streamed.keys().copied().collect())
    };
    let whole = plan_of(&all);
    let asked = needs(&whole);
    if weight(&whole, &asked, data) <= limits.bytes {
        return Ok(vec![LeafBatch::new(whole, asked, data, all, PartitionCount::new(1), limits)?]);
    }
    let mut cuts: Vec<(Signature, Vec<(usize, SlicedLeaf<'m>)>)> = Vec::new();
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
        let parts = parts(weight(&plan, &asked, data), limits);
        LeafBatch::new(plan, asked, data, leaves, parts, limits)
    });
    let rest = (!others.is_empty()).then(|| {
        let plan = plan_of(&others);
        let asked = needs(&plan);
        LeafBatch::new(plan, asked, data, others, PartitionCount::new(1), limits)
    });
    rest.into_iter().chain(cut).collect()
}

/// The leaves of one number, with what is listed of the rows that the last of them holds. They are evaluated in parts only if
/// one key parts the rows of both.
pub(in crate::rows) fn listing<'m>(
    model: &'m Model,
    data: &Data,
    leaves: &[&'m Leaf<'m>],
    (listed, unknown): (&[Listed<'m>], bool),
    limits: Limits,
) -> Result<LeafBatch<'m>> {
    let leaves: Vec<(usize, SlicedLeaf<'m>)> =
        leaves.iter().map(|leaf| (*leaf, [].as_slice())).enumerate().collect();
    let asked: Vec<SlicedLeaf<'m>> = leaves.iter().map(|(_, asked)| *asked).collect();
    let streamed = data.streamed.keys().copied().collect();
    let mut plan = Plan::new(model, data.as_of, &asked, streamed);
    let last = plan.leaves.iter().last().map(|(id, _)| id);
    if let Some(last) = last {
        plan.list(last, listed, unknown);
    }
    let needs = needs(&plan);
    let large = |table: TableId| data.is_streamed(plan.tables[table].dataset);
    let cuts: Option<Vec<_>> = plan.leaves.values().map(|leaf| cut(&plan, leaf, &large)).collect();
    let is_one_key = cuts.is_some_and(|cuts| cuts.windows(2).all(|two| two[0] == two[1]));
    let weight = weight(&plan, &needs, data);
    let parts = if is_one_key && weight > limits.bytes {
        parts(weight, limits)
    } else {
        PartitionCount::new(1)
    };
    LeafBatch::new(plan, needs, data, leaves, parts, limits)
}

/// How many parts rows of that weight are evaluated in.
fn parts(weight: usize, limits: Limits) -> PartitionCount {
    // Half of the room: what is partitioned is held as well, and a part may be larger than others.
    let room = (limits.bytes / 2).max(1);
    PartitionCount::new(weight.div_ceil(room).min(MOST))
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

    /// Columns that are evaluated while rows are taken in.
    fn kept(&self, by: &[TableColumnId]) -> Vec<TableColumnId> {
        let lines = self.lines.values();
        let lines = lines.flat_map(|line| line.at.iter().chain(&line.filter));
        let lines = lines.chain(self.keys.values().flatten());
        let times = self.first.iter().map(|(_, column)| column);
        let times = times.chain(self.ages.iter().map(|(_, column, _)| column));
        let mut all: Vec<TableColumnId> =
            lines.chain(&self.columns).chain(times).chain(by).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl<'m> LeafBatch<'m> {
    fn new(
        plan: Plan<'m>,
        needs: ById<TableId, TableNeeds>,
        data: &Data,
        leaves: Vec<(usize, SlicedLeaf<'m>)>,
        parts: PartitionCount,
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
            Cutting::Partitioned { parts, keys }
        } else {
            Cutting::Whole
        };
        let threads = data.context.copied_config().target_partitions();
        let partitioning = |table: TableId, needs: &TableNeeds| {
            let by: &Vec<TableColumnId> = tables.get(&table)?;
            Some(Partitioning {
                parts,
                by: by.clone(),
                kept: needs.kept(by),
                room: limits.bytes / 4 / threads.max(1),
                disk: Arc::clone(&data.context.runtime_env().disk_manager),
            })
        };
        let calendar = &plan.model.project.calendar;
        let readers = needs.into_iter().map(|(table, needs)| {
            let partitioning = partitioning(table, &needs);
            Arc::new(Reader::new(needs, calendar, plan.tables[table].columns.len(), partitioning))
        });
        let readers = readers.collect();
        let leaves = leaves.into_iter().collect();
        let groups = groups(&plan, &leaves, &cutting);
        let spaces = plan.tables.map(|_, table| table.columns.map(|_, _| Arc::default()));
        let spaces = Arc::new(spaces);
        let first_days = Arc::clone(&data.first_days);
        Ok(Self { plan, readers, leaves, groups, cutting, spaces, first_days, threads, limits })
    }

    /// The cells of each leaf, with its position in the run.
    pub(in crate::rows) fn cells(&self) -> Result<Vec<PlacedTable>> {
        self.run(|_, _, _| Ok(()))
    }

    /// The same with the rows that the last leaf holds; where there are two, the first tells which of them are counted.
    pub(in crate::rows) fn members(&self) -> Result<(Vec<PlacedTable>, Vec<ListedRow>)> {
        let mut rows = Vec::new();
        let leaves: Vec<LeafId> = self.plan.leaves.iter().map(|(id, _)| id).collect();
        let (Some(listing), Some(last)) = (&self.plan.listing, leaves.last()) else {
            return internal_err!("rows are asked for of which nothing is listed");
        };
        let numerator = leaves.first().filter(|first| *first != last);
        let cells = self.run(|context, points, part| {
            let own = |id: LeafId| {
                let leaf = &self.plan.leaves[id];
                let env = Env::of(context.frames.ever());
                let all = context.index(leaf.population.index, env);
                (leaf, self.own(context, *last, leaf, part), all)
            };
            let (leaf, part_rows, all) = own(*last);
            let numerator = numerator.map(|numerator| own(*numerator));
            let numerator = numerator
                .as_ref()
                .map(|(leaf, part_rows, all)| (*leaf, part_rows.as_ref().unwrap_or(all)));
            for point in points[*last].values() {
                let lines = part_rows.as_ref().unwrap_or(&all);
                rows.extend(self.listed(
                    context.store,
                    (listing, point),
                    (leaf, lines),
                    numerator,
                )?);
            }
            Ok(())
        })?;
        Ok((cells, rows))
    }

    /// What is listed of the rows of a leaf at one point, each thread some of them.
    fn listed(
        &self,
        store: &Store,
        (listing, point): (&Listing, &EvaluationPoint),
        (leaf, lines): (&LeafPlan, &Timelines),
        numerator: Option<(&LeafPlan, &Timelines)>,
    ) -> Result<Vec<ListedRow>> {
        let (plan, all, at_once) = (&self.plan, lines.all(), self.limits.at_once);
        let threads = self.threads.clamp(1, 1 + all.len() / (4 * at_once as usize));
        let each = number_of(all.len().div_ceil(threads));
        let some = |piece: usize| {
            let context = EvaluationContext::new(plan, store);
            let rows = all.from(each * number_of(piece), each);
            let listed = rows.map(|rows| {
                context.listed(listing, point, (leaf, lines, rows), numerator, at_once)
            });
            context.sound().map(|()| listed.unwrap_or_default())
        };
        let listed: Result<Vec<Vec<ListedRow>>> =
            share(threads, threads, some).into_iter().collect();
        Ok(listed?.into_iter().flatten().collect())
    }

    /// `each`: what else is done with the rows of each part.
    fn run(
        &self,
        mut each: impl FnMut(
            &EvaluationContext<'_>,
            &ById<LeafId, ById<PointId, EvaluationPoint>>,
            PartitionId,
        ) -> Result<()>,
    ) -> Result<Vec<PlacedTable>> {
        let mut kept: ById<TableId, Option<Arc<CollectedTable>>> = self.readers.map(|_, _| None);
        let mut parts = self.cutting.parts();
        let first = parts.next().unwrap_or(PartitionId::KEYLESS);
        let mut store = self.store(&mut kept, first)?;
        let points = self.points(&store)?;
        let mut also = |store: &Store, part: PartitionId| {
            let context = EvaluationContext::new(&self.plan, store);
            each(&context, &points, part)?;
            context.sound()
        };
        let mut found = self.found(&store, &points, first)?;
        also(&store, first)?;
        for part in parts {
            // Before the next part comes, the last one goes.
            drop(store);
            store = self.store(&mut kept, part)?;
            merge(&mut found, self.found(&store, &points, part)?)?;
            also(&store, part)?;
        }
        let context = EvaluationContext::new(&self.plan, &store);
        let cells = found.into_iter().map(|(id, found)| {
            let (position, (leaf, _)) = self.leaves[id];
            (position, context.leaf(leaf, &self.plan.leaves[id], &points[id], found))
        });
        let cells = cells.collect();
        context.sound().map(|()| cells)
    }

    /// The points at which each leaf is evaluated.
    fn points(&self, store: &Store) -> Result<ById<LeafId, ById<PointId, EvaluationPoint>>> {
        let context = EvaluationContext::new(&self.plan, store);
        let points = self.plan.leaves.map(|id, plan| context.points(self.leaves[id].1.0, plan));
        context.sound().map(|()| points)
    }

    /// What is found in the rows of one part, by leaf and point.
    fn found(
        &self,
        store: &Store,
        points: &ById<LeafId, ById<PointId, EvaluationPoint>>,
        part: PartitionId,
    ) -> Result<StatesByPoint> {
        let context = EvaluationContext::new(&self.plan, store);
        let groups = self.groups.iter().filter_map(|group| {
            let first = *group.first()?.first()?;
            let rows = self.own(&context, first, &self.plan.leaves[first], part);
            let tasks = group.iter().filter_map(|leaves| {
                let first = *leaves.first()?;
                Some(Task::new(leaves, &self.plan.leaves[first], &points[first]))
            });
            let index = self.plan.leaves[first].population.index;
            Some(TaskGroup::new(tasks.collect(), index, rows))
        });
        let groups: Vec<TaskGroup<'_>> = groups.collect();
        context.sound()?;
        let rows: usize = store.tables.values().map(|table| table.rows).sum();
        let threads = self.threads.min(1 + rows / (4 * self.limits.at_once as usize));
        let all = matches!(self.cutting, Cutting::Whole);
        evaluate(&self.plan, store, &groups, threads, self.limits, all)
    }

    /// What was read, with the rows of one part. What is in every part is read once, and kept.
    fn store(
        &self,
        kept: &mut ById<TableId, Option<Arc<CollectedTable>>>,
        part: PartitionId,
    ) -> Result<Store> {
        let read = self.readers.try_map(|table, reader| {
            if let Some(read) = &kept[table] {
                return Ok(Arc::clone(read));
            }
            let read = Arc::new(reader.finish(part)?);
            if !reader.is_partitioned() {
                kept[table] = Some(Arc::clone(&read));
            }
            Ok::<_, DataFusionError>(read)
        })?;
        Ok(Store::new(&self.plan, &read, &self.spaces, &self.first_days))
    }

    /// The rows of a leaf that are in a part, unless all rows that were read are.
    fn own(
        &self,
        context: &EvaluationContext<'_>,
        id: LeafId,
        leaf: &LeafPlan,
        part: PartitionId,
    ) -> Option<Timelines> {
        let Cutting::Partitioned { parts, keys } = &self.cutting else { return None };
        let population = &leaf.population;
        if self.readers[population.table].is_partitioned() {
            return None;
        }
        let env = Env::of(context.frames.ever());
        let all = context.index(population.index, env);
        let (mut names, mut entries) = (Names::default(), Entries::default());
        let list = names.number(Key::new());
        for position in all.all().iter() {
            let (row, time) = (context.row_at(&all, position)?, all.time(position));
            let of = Row { table: population.table, row, time };
            let key = keys[id].iter().map(|part| (part, false));
            let home = context.by_key(key, of, env, |key| parts.of(key));
            if home.unwrap_or(PartitionId::KEYLESS) == part {
                entries.add(list, time, Some(row));
            }
        }
        Some(Timelines::new(Arc::new(names), vec![entries], all.is_timed(), true))
    }
}

/// The leaves whose rows are the same, and among these those that are asked the same and are evaluated at the same points: what
/// differs is what they are sliced by, and the level of a percentile.
fn groups(
    plan: &Plan<'_>,
    leaves: &ById<LeafId, (usize, SlicedLeaf<'_>)>,
    cutting: &Cutting,
) -> Vec<Vec<Vec<LeafId>>> {
    let mut groups: BTreeMap<_, BTreeMap<String, Vec<Vec<LeafId>>>> = BTreeMap::new();
    for (id, leaf) in plan.leaves.iter() {
        let key = match cutting {
            Cutting::Whole => None,
            Cutting::Partitioned { keys, .. } => Some(format!("{:?}", keys[id])),
        };
        let same = |group: &&mut Vec<LeafId>| {
            group.first().is_some_and(|first| {
                let (_, (first, _)) = leaves[*first];
                let (_, (own, _)) = leaves[id];
                first.bounds == own.bounds && first.frames == own.frames
            })
        };
        let asked = (leaf.population.until_finished(), leaf.judged);
        let rows = groups.entry((leaf.population.index, key)).or_default();
        let groups = rows.entry(format!("{asked:?}")).or_default();
        match groups.iter_mut().find(same) {
            Some(group) => group.push(id),
            None => groups.push(vec![id]),
        }
    }
    groups.into_values().map(|rows| rows.into_values().flatten().collect()).collect()
}

impl Cutting {
    fn parts(&self) -> impl Iterator<Item = PartitionId> + use<> {
        match self {
            Self::Whole => PartitionCount::new(1),
            Self::Partitioned { parts, .. } => *parts,
        }
        .iter()
    }
}
