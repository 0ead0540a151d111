//! Memory that the system refuses is no bug of the program.

/// From now on the end that comes with it has the exit code of a lack of memory. What was refused is printed before, by the
/// allocator: `memory allocation of … bytes failed`.
#[cfg(unix)]
pub(crate) fn install() {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use signal_hook::consts::SIGABRT;
    use signal_hook::flag::register_conditional_shutdown;

    use crate::exit::Exit;

    let always = Arc::new(AtomicBool::new(true));
    // A system that refuses this ends the program in its own way.
    let _ = register_conditional_shutdown(SIGABRT, Exit::Files as i32, always);
}

#[cfg(not(unix))]
pub(crate) const fn install() {}
