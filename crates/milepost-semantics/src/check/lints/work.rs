//! Whether what every metric looks at, in the history that the site shows, is as little as it has to be.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::check::Checker;
use crate::time::Grain;
use crate::work::{Work, buckets_in, too_long};

impl Checker<'_, '_> {
    /// Tells metrics that would be computed for too many buckets, or look at too many windows in them. The buckets of a
    /// question that says from when on are known when it is run.
    pub(crate) fn bounded(&mut self) {
        let (project, package) = (&self.resolved.project, self.resolved.package);
        let written = package.project.history.as_ref().map(|history| history.span);
        let segment = |id: crate::model::SegmentId| self.segments[id.0].as_ref();
        let work = Work { calendar: &project.calendar, as_of: project.as_of(), segment: &segment };
        let (mut told, mut list) = (BTreeSet::<Grain>::new(), Vec::new());
        for (metric, spec) in self.metrics.iter().zip(&package.metrics) {
            let Some(metric) = metric.as_ref().map(Arc::as_ref) else { continue };
            if spec.from_a_day {
                continue;
            }
            let at = spec.grain.as_ref().map(|grain| grain.span);
            let span = written.unwrap_or(metric.span);
            if let Some(long) = too_long(project.history, span, metric.grain, at) {
                if told.insert(metric.grain) {
                    list.push(long);
                }
                continue;
            }
            let buckets = buckets_in(project.history, metric.grain);
            list.extend(work.too_many_windows(metric, metric.grain, buckets));
        }
        list.into_iter().for_each(|diagnostic| self.diagnostics.push(diagnostic));
    }
}
