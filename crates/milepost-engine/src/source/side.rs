//! Work on the parts of a file, by several threads side by side.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// What came of the parts so far, and where they come from.
struct State<N, T, E> {
    next: N,
    taken: usize,
    done: Vec<(usize, T)>,
    /// The first, in the order of the parts.
    failed: Option<(usize, E)>,
}

/// Works on all parts that there are, and gives what comes of each in their order; or the first error in that order, however
/// many threads there are. `next` is asked by one thread at a time. What panics is an error: libraries do so over damaged files.
pub(super) fn side_by_side<U, T: Send, E: Send>(
    threads: usize,
    next: impl FnMut() -> Option<Result<U, E>> + Send,
    work: impl Fn(U) -> Result<T, E> + Sync,
    panicked: impl Fn() -> E + Sync,
) -> Result<Vec<T>, E> {
    let state = Mutex::new(State { next, taken: 0, done: Vec::new(), failed: None });
    let lock = || state.lock().unwrap_or_else(PoisonError::into_inner);
    let take = || {
        let mut state = lock();
        if state.failed.is_some() {
            return None;
        }
        let part = catch_unwind(AssertUnwindSafe(|| (state.next)()));
        let part = part.unwrap_or_else(|_| Some(Err(panicked())))?;
        state.taken += 1;
        Some((state.taken, part))
    };
    let one_after_another = || {
        while let Some((number, part)) = take() {
            let done = part.and_then(|part| {
                catch_unwind(AssertUnwindSafe(|| work(part))).unwrap_or_else(|_| Err(panicked()))
            });
            let mut state = lock();
            match done {
                Ok(done) => state.done.push((number, done)),
                Err(error) if state.failed.as_ref().is_none_or(|(at, _)| number < *at) => {
                    state.failed = Some((number, error));
                }
                Err(_) => {}
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // A machine that gives no more threads has this one.
            if thread::Builder::new().spawn_scoped(scope, one_after_another).is_err() {
                break;
            }
        }
        one_after_another();
    });
    let State { mut done, failed, .. } = state.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, error)) = failed {
        return Err(error);
    }
    done.sort_unstable_by_key(|(number, _)| *number);
    Ok(done.into_iter().map(|(_, done)| done).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(threads: usize, bad: &[usize]) -> Result<Vec<usize>, usize> {
        let mut parts = 0..100;
        let work = |n| match bad.iter().position(|b| *b == n) {
            Some(0) => panic!("as libraries do"),
            Some(_) => Err(n),
            None => Ok(n * 2),
        };
        side_by_side(threads, || parts.next().map(Ok), work, || 1_000)
    }

    #[test]
    fn what_comes_out_does_not_depend_on_threads() {
        for threads in [1, 2, 7] {
            assert_eq!(run(threads, &[]).unwrap(), (0..200).step_by(2).collect::<Vec<_>>());
            assert_eq!(run(threads, &[100, 60, 41, 77]), Err(41));
            assert_eq!(run(threads, &[30, 60]), Err(1_000));
        }
    }
}
