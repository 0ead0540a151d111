//! A project made small around a difference: fewer metrics, fewer rows, as long as the difference stays.

use crate::compare::differences;
use crate::coverage::Seen;
use crate::generate::Project;

/// How many smaller projects are tried.
const TRIALS: usize = 250;

pub(crate) fn shrink(project: &Project, metric: &str) -> Project {
    let mut left = TRIALS;
    let mut still = |project: &Project| {
        left = left.saturating_sub(1);
        let differs =
            |list: Vec<_>| list.iter().any(|d: &crate::compare::Difference| d.metric == metric);
        left > 0 && differences(project, 1, &mut Seen::new()).is_ok_and(differs)
    };
    let mut small = project.clone();
    let mut alone = small.clone();
    alone.metrics.retain(|m| m.name == metric);
    if still(&alone) {
        small = alone;
    } else {
        for i in (0..small.metrics.len()).rev() {
            let mut fewer = small.clone();
            if fewer.metrics[i].name != metric {
                fewer.metrics.remove(i);
                if still(&fewer) {
                    small = fewer;
                }
            }
        }
    }
    let names: Vec<String> = small.tables.keys().cloned().collect();
    for name in &names {
        let mut size = small.tables[name].len();
        while size > 0 {
            let mut at = 0;
            while at < small.tables[name].len() {
                let mut fewer = small.clone();
                let rows = fewer.tables.get_mut(name).unwrap();
                rows.drain(at..(at + size).min(rows.len()));
                if still(&fewer) {
                    small = fewer;
                } else {
                    at += size;
                }
            }
            size /= 2;
        }
    }
    small
}
