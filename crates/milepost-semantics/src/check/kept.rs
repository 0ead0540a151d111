//! What one check of a project leaves for the next: metrics that are taken as they are, because nothing that they depend
//! on has changed.
//!
//! What comes out is that of a check from scratch. A metric depends on its own text, on what the project says besides its
//! metrics (the [`Frame`]), on the definitions that it names, and on which names there are. One that had something told
//! about it is checked again, so only silent ones are kept.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::{Checker, Named};
use crate::model::{ColumnId, DatasetId, Metric, MetricId};
use crate::resolve::{Resolved, Unit};
use crate::schema::Schemas;
use milepost_syntax::ast::Package;
use milepost_syntax::source::{SourceFile, SourceMap};

/// With more names that come and go than this, everything is checked.
const MOST_CHANGED: usize = 4;

/// What a check leaves for the next one of the same project.
#[derive(Debug, Default)]
pub struct Memory {
    frame: Frame,
    texts: SourceMap,
    /// The names of the metrics, by position.
    names: Vec<String>,
    /// Names of definitions that could not be read.
    unread: BTreeSet<String>,
    /// By position of the metric; absent for one that was not silent.
    kept: Vec<Option<Kept>>,
    /// What the check that is going on may take.
    recall: Recall,
}

/// A project without its metrics, their tests, and what could not be read.
#[derive(Debug, Default, PartialEq)]
struct Frame {
    package: Package,
    schemas: Schemas,
}

/// A metric as it was checked, with what its check did besides.
#[derive(Debug)]
pub(super) struct Kept {
    metric: Arc<Metric>,
    named: Named,
    /// How many parts it has, written out.
    parts: usize,
}

/// What one check may take of the one before.
#[derive(Debug, Default)]
struct Recall {
    /// By position; those that may be taken if what they name is as it was.
    kept: Vec<Option<Kept>>,
    /// What is not as it was.
    fresh: BTreeSet<Unit>,
}

impl Frame {
    fn of(package: &Package, schemas: &Schemas) -> Self {
        let package = Package { broken: Vec::new(), ..package.without_metrics() };
        Self { package, schemas: schemas.clone() }
    }
}

impl Memory {
    /// Begins another check: keeps what still holds for the project as it is now, and forgets the rest.
    pub(crate) fn begin(
        &mut self,
        resolved: &Resolved<'_>,
        sources: &SourceMap,
        schemas: &Schemas,
    ) {
        let package = resolved.package;
        let now = Self {
            frame: Frame::of(package, schemas),
            texts: sources.clone(),
            names: package.metrics.iter().map(|metric| metric.name.node.clone()).collect(),
            unread: package.broken.iter().map(|name| name.node.clone()).collect(),
            kept: package.metrics.iter().map(|_| None).collect(),
            recall: Recall::default(),
        };
        let before = std::mem::replace(self, now);
        let files = before.texts.iter().map(|file| &file.path);
        if before.frame != self.frame || !files.eq(sources.iter().map(|file| &file.path)) {
            return;
        }
        let Some(changed) = before.changed_names(self) else { return };
        let texts = before.texts.iter().zip(sources.iter());
        let same = texts.map(|(old, new)| {
            (old.is(new) || old.text == new.text) && !changed.iter().any(|name| has(new, name))
        });
        let same: Vec<bool> = same.collect();
        self.recall.kept = before.renumbered(resolved, &same);
    }

    /// Takes what is known of a metric, unless something that it names is not as it was.
    fn take(&mut self, id: MetricId, fresh: bool) -> Option<Kept> {
        self.recall.kept.get_mut(id.0)?.take().filter(|_| !fresh)
    }

    /// The names that were there or are there, but not both; nothing when they are many.
    fn changed_names<'n>(&'n self, now: &'n Self) -> Option<BTreeSet<&'n str>> {
        let mut changed: BTreeSet<&str> =
            self.unread.symmetric_difference(&now.unread).map(String::as_str).collect();
        if self.names != now.names {
            let mut counts: HashMap<&str, isize> = HashMap::with_capacity(now.names.len());
            now.names.iter().for_each(|name| *counts.entry(name).or_default() += 1);
            self.names.iter().for_each(|name| *counts.entry(name).or_default() -= 1);
            changed.extend(counts.into_iter().filter(|(_, n)| *n != 0).map(|(name, _)| name));
        }
        (changed.len() <= MOST_CHANGED).then_some(changed)
    }

    /// The metrics of the files that are the same, at their positions of now and with the numbers of now inside.
    fn renumbered(mut self, resolved: &Resolved<'_>, same: &[bool]) -> Vec<Option<Kept>> {
        let metrics = &resolved.package.metrics;
        let now: Vec<Option<MetricId>> =
            self.names.iter().map(|name| resolved.names.metric(name)).collect();
        let moved = now.iter().enumerate().any(|(old, new)| *new != Some(MetricId(old)));
        let mut kept: Vec<Option<Kept>> = metrics.iter().map(|_| None).collect();
        for (old, id) in now.iter().enumerate() {
            let (Some(id), Some(mut found)) = (id, self.kept[old].take()) else { continue };
            let source = found.metric.span.source.0 as usize;
            // Of two metrics with one name the first has it, and what was told of the second is told again.
            let own = metrics[id.0].name.span == found.metric.span;
            if own && same.get(source) == Some(&true) && (!moved || found.renumber(&now)) {
                kept[id.0] = Some(found);
            }
        }
        kept
    }
}

impl Kept {
    /// Gives metrics their numbers of now; not if one of them is gone.
    fn renumber(&mut self, now: &[Option<MetricId>]) -> bool {
        let new = |id: &MetricId| now[id.0];
        let Metric { uses, leads_to, .. } = &*self.metric;
        let named = self.named.metrics.iter();
        let (Some(new_uses), Some(new_leads), Some(new_named)) = (
            uses.iter().map(new).collect::<Option<BTreeSet<_>>>(),
            leads_to.iter().map(new).collect::<Option<Vec<_>>>(),
            named.map(|(id, at)| Some((new(id)?, *at))).collect::<Option<BTreeMap<_, _>>>(),
        ) else {
            return false;
        };
        self.named.metrics = new_named;
        // What a metric holds written out is what it uses, and what those use.
        if !uses.is_empty() {
            return self.renumber_value(now, new_uses, new_leads);
        }
        if new_leads != *leads_to {
            Arc::make_mut(&mut self.metric).leads_to = new_leads;
        }
        true
    }

    fn renumber_value(
        &mut self,
        now: &[Option<MetricId>],
        uses: BTreeSet<MetricId>,
        leads_to: Vec<MetricId>,
    ) -> bool {
        let metric = Arc::make_mut(&mut self.metric);
        let mut whole = true;
        for part in &mut metric.parts {
            part.value.each_metric_mut(&mut |id| match now[id.0] {
                Some(new) => *id = new,
                None => whole = false,
            });
        }
        metric.uses = uses;
        metric.leads_to = leads_to;
        whole
    }
}

impl Checker<'_, '_> {
    /// Checks a definition, unless it is as it was.
    pub(super) fn unit(&mut self, unit: Unit) {
        self.named = Named::default();
        (self.copied, self.is_full) = (0, false);
        let Some(memory) = &mut self.memory else { return self.checked(unit) };
        let recall = &mut memory.recall;
        let fresh = self.resolved.order.named_by(unit).any(|other| recall.fresh.contains(&other));
        let Unit::Metric(id) = unit else {
            // There are few of them: they are checked each time, and are as they were when what they name is.
            if fresh {
                recall.fresh.insert(unit);
            }
            return self.checked(unit);
        };
        let kept = memory.take(id, fresh).filter(|kept| self.reuse(id, kept));
        let kept = kept.or_else(|| self.anew(id));
        if let Some(memory) = &mut self.memory {
            memory.kept[id.0] = kept;
        }
    }

    /// Checks a metric; what may be kept of it.
    fn anew(&mut self, id: MetricId) -> Option<Kept> {
        if let Some(memory) = &mut self.memory {
            memory.recall.fresh.insert(Unit::Metric(id));
        }
        let (told, parts) = (self.diagnostics.counts(), self.parts);
        self.metric(id);
        let metric = self.metrics[id.0].as_ref().filter(|_| told == self.diagnostics.counts())?;
        let metric = Arc::clone(metric);
        Some(Kept { metric, named: self.named.clone(), parts: self.parts - parts })
    }

    fn checked(&mut self, unit: Unit) {
        match unit {
            Unit::Behavior(id) => self.behavior(id),
            Unit::Segment(id) => self.segment(id),
            Unit::Metric(id) => self.metric(id),
        }
    }

    /// Takes a metric as it was, if the columns that only files have would have the same numbers, and the project stays
    /// as small as it may be.
    fn reuse(&mut self, id: MetricId, kept: &Kept) -> bool {
        let columns = &kept.named.columns;
        let same = columns.iter().all(|(dataset, name, column)| {
            let found = self.find_column(*dataset, name);
            found.or_else(|| self.assume_column(*dataset, name)) == Some(*column)
        });
        if !same || !self.has_room(kept.parts) {
            return false;
        }
        self.parts += kept.parts;
        self.named = kept.named.clone();
        self.metrics[id.0] = Some(Arc::clone(&kept.metric));
        true
    }

    /// The column of that name: declared, or found in the files, where it has a number from then on.
    pub(super) fn find_column(&mut self, dataset: DatasetId, name: &str) -> Option<ColumnId> {
        let found = self.resolved.tables[dataset.0].find(name);
        self.asked(dataset, name, found)
    }

    /// The column of that name where the files could not be read: it may exist.
    pub(super) fn assume_column(&mut self, dataset: DatasetId, name: &str) -> Option<ColumnId> {
        let found = self.resolved.tables[dataset.0].assume(name);
        self.asked(dataset, name, found)
    }

    fn asked(
        &mut self,
        dataset: DatasetId,
        name: &str,
        found: Option<ColumnId>,
    ) -> Option<ColumnId> {
        let column = found?;
        let columns = &mut self.named.columns;
        if column.0 >= self.resolved.table(dataset).spec.columns.len()
            && !columns.iter().any(|(d, _, c)| (*d, *c) == (dataset, column))
        {
            columns.push((dataset, name.to_owned(), column));
        }
        Some(column)
    }
}

/// Whether a name may stand in a file. An escape may spell any name.
fn has(file: &SourceFile, name: &str) -> bool {
    let text = &*file.text;
    let part = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    text.contains('\\')
        || text.match_indices(name).any(|(at, _)| {
            let bytes = text.as_bytes();
            !part(at.checked_sub(1).and_then(|i| bytes.get(i))) && !part(bytes.get(at + name.len()))
        })
}
