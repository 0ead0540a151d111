//! What the machine has: memory, and stacks that are deep enough.

use std::fs;
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// How much memory queries may take where the machine does not say how much it has.
const USUAL_MEMORY: usize = 8 << 30;

/// The planner goes as deep as expressions do, several frames for each operator. Only what is used of a stack takes memory.
const STACK: usize = 256 << 20;

/// About how many bytes queries may hold: three quarters of what the machine, or the container, has. Beyond, a run ends
/// with a message instead of being killed. No number depends on it.
pub(crate) fn memory() -> usize {
    let total = total_memory().unwrap_or(usize::MAX).min(container_memory().unwrap_or(usize::MAX));
    if total == usize::MAX { USUAL_MEMORY } else { total / 4 * 3 }
}

fn total_memory() -> Option<usize> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok()?.checked_mul(1_024)
}

fn container_memory() -> Option<usize> {
    fs::read_to_string("/sys/fs/cgroup/memory.max").ok()?.trim().parse().ok()
}

/// Does something on a deep stack.
pub(crate) fn deep<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let work = Mutex::new(Some(work));
    let take = || work.lock().unwrap_or_else(PoisonError::into_inner).take();
    let done = thread::scope(|scope| {
        let run = || take().map(|work| work());
        let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run).ok()?;
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    });
    match done {
        Some(done) => done,
        // A machine that gives no such thread has this one.
        None => match take() {
            Some(work) => work(),
            None => resume_unwind(Box::new("work that was taken and not done")),
        },
    }
}
