//! What the machine has: memory, and stacks that are deep enough.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::{fs, io, thread};

/// How much memory queries may take where the machine does not say how much it has.
const USUAL_MEMORY: usize = 8 << 30;

/// The planner goes as deep as expressions do, several frames for each operator. Only what is used of a stack takes memory.
const STACK: usize = 256 << 20;

/// What is computed of a model may stand deep inside itself.
const WORKER: usize = 16 << 20;

/// About how many bytes queries may hold: three quarters of what the machine, the container, or the limit of the process
/// has. Beyond, a run ends with a message instead of being killed. No number depends on it.
pub(crate) fn memory() -> usize {
    let all = [total_memory(), container_memory(), left_of_the_limit()];
    all.into_iter().flatten().min().map_or(USUAL_MEMORY, |bytes| bytes / 4 * 3)
}

/// Bytes that the machine, the container and the limit of the process can still give.
pub(crate) fn free() -> Option<usize> {
    let taken = number("/sys/fs/cgroup/memory.current").unwrap_or(0);
    let container = container_memory().map(|most| most.saturating_sub(taken));
    let machine = kilobytes("/proc/meminfo", "MemAvailable:");
    [machine, container, left_of_the_limit()].into_iter().flatten().min()
}

/// The most bytes that the process has held at a time, where the system tells that.
pub(crate) fn peak() -> Option<usize> {
    kilobytes("/proc/self/status", "VmHWM:")
}

fn total_memory() -> Option<usize> {
    kilobytes("/proc/meminfo", "MemTotal:")
}

fn container_memory() -> Option<usize> {
    number("/sys/fs/cgroup/memory.max")
}

/// What is left of the addresses that the process may use (`ulimit -v`), if it is limited.
fn left_of_the_limit() -> Option<usize> {
    let text = fs::read_to_string("/proc/self/limits").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    let most = line.split_whitespace().next()?.parse::<usize>().ok()?;
    Some(most.saturating_sub(kilobytes("/proc/self/status", "VmSize:")?))
}

fn number(path: &str) -> Option<usize> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// The bytes of a line that says kilobytes.
fn kilobytes(path: &str, name: &str) -> Option<usize> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok()?.checked_mul(1_024)
}

/// Whether the machine gives so many threads at once, and a deep one: a runtime that gets fewer panics or waits forever.
pub(crate) fn has_threads(count: usize, stack: usize) -> io::Result<()> {
    let (end, wait) = (Mutex::new(false), &Condvar::new());
    let ended = &end;
    let parked = move || {
        let guard = ended.lock().unwrap_or_else(PoisonError::into_inner);
        drop(wait.wait_while(guard, |ended| !*ended));
    };
    thread::scope(|scope| {
        let stacks = std::iter::repeat_n(stack, count).chain([STACK]);
        let spawn = |size| thread::Builder::new().stack_size(size).spawn_scoped(scope, parked);
        let mut threads = Vec::new();
        let all = stacks.map(spawn).try_for_each(|thread| thread.map(|new| threads.push(new)));
        *end.lock().unwrap_or_else(PoisonError::into_inner) = true;
        wait.notify_all();
        // The scope waits for what threads do. Their stacks are free again when they are joined.
        threads.into_iter().for_each(|thread| drop(thread.join()));
        all
    })
}

/// Does so many pieces of work on several threads, whoever is free the next one: what each gives, in their order.
pub(crate) fn share<T: Send>(
    threads: usize,
    pieces: usize,
    work: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let some = || {
        let pieces = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed))
            .take_while(|piece| *piece < pieces);
        pieces.map(|piece| (piece, work(piece))).collect::<Vec<(usize, T)>>()
    };
    let mut done = thread::scope(|scope| {
        let worker = || thread::Builder::new().stack_size(WORKER).spawn_scoped(scope, some);
        // A machine that gives no more threads has this one.
        let workers: Vec<_> = (1..threads.min(pieces)).map_while(|_| worker().ok()).collect();
        let mut done = some();
        for worker in workers {
            done.extend(worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(piece, _)| *piece);
    done.into_iter().map(|(_, given)| given).collect()
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
