//! Spec files to definitions, on as many threads as the machine has.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use milepost_syntax::ast::Package;
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::source::SourceMap;
use milepost_syntax::span::SourceId;

/// What one file gave, and what is wrong in it.
pub(crate) type Parsed = (SourceId, (Package, Diagnostics));

/// Fewer bytes than this are read sooner than a thread is started.
const WORTH_A_THREAD: usize = 100_000;

/// What the program itself has: nested text is read by nested calls.
const STACK: usize = 8 << 20;

/// Parses each file by itself; the results are in the order of `ids`, whichever thread came first.
pub(crate) fn all(sources: &SourceMap, ids: &[SourceId]) -> Vec<Parsed> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some(id) = ids.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (mut package, mut told) = (Package::default(), Diagnostics::default());
            milepost_syntax::parse_spec(sources.get(*id), &mut package, &mut told);
            done.push((*id, (package, told)));
        }
        done
    };
    let bytes: usize = ids.iter().map(|id| sources.get(*id).text.len()).sum();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let helpers = (bytes / WORTH_A_THREAD).min(cores - 1).min(ids.len().saturating_sub(1));
    let mut done = thread::scope(|scope| {
        // A thread that can't be had is one helper less.
        let start = |_| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).ok();
        let helpers: Vec<_> = (0..helpers).filter_map(start).collect();
        let mut done = work();
        for helper in helpers {
            match helper.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_by_key(|(id, _)| *id);
    done
}
