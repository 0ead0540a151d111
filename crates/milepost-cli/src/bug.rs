//! A panic is a bug in milepost: it is reported as one, without a wall of text.

use std::panic::{self, PanicHookInfo};
use std::sync::Mutex;

use milepost::syntax::codes;
use milepost::syntax::diagnostic::Diagnostic;

use crate::exit::Exit;
use crate::output::Output;

/// What the last panic said. The engine turns panics of its own threads into errors; then this says where.
static LAST: Mutex<Option<String>> = Mutex::new(None);

/// From now on a panic is remembered instead of printed.
pub(crate) fn install() {
    panic::set_hook(Box::new(|info| {
        if let Ok(mut last) = LAST.lock() {
            *last = Some(describe(info));
        }
    }));
}

/// Runs, and ends a panic with exit code 4.
pub(crate) fn guard(run: fn() -> Exit) -> Exit {
    panic::catch_unwind(run).unwrap_or_else(|_| {
        Output::plain().diagnostic(&diagnostic("milepost stopped because of an internal error"));
        Exit::Bug
    })
}

/// The diagnostic of a bug, with what the last panic said if there was one.
pub(crate) fn diagnostic(message: &str) -> Diagnostic {
    let told = LAST.lock().ok().and_then(|last| last.clone());
    let message = match told {
        Some(panic) => format!("{message}: {panic}"),
        None => message.to_owned(),
    };
    Diagnostic::error_nowhere(codes::INTERNAL, message).help(format!(
        "please report this message with the version, milepost {}, and the specs",
        env!("CARGO_PKG_VERSION")
    ))
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let what = info.payload_as_str().unwrap_or("no message");
    match info.location() {
        Some(place) => format!("{what} ({}:{})", place.file(), place.line()),
        None => what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{diagnostic, guard, install};
    use crate::exit::Exit;

    #[test]
    fn a_panic_is_told_as_a_bug() {
        install();
        assert_eq!(guard(|| panic!("the number 7 is missing")), Exit::Bug);
        let told = diagnostic("it stopped");
        assert!(
            told.message.contains("the number 7 is missing (") && told.message.contains("bug.rs:"),
            "{}",
            told.message
        );
        assert_eq!(told.code.name(), "internal");
        let _ = std::panic::take_hook();
    }
}
