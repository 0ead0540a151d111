//! What is being done, on a terminal, when it takes over a second.

use std::io::{self, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use milepost::escape::printable_line;

use crate::output::Output;

const PATIENCE: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(250);

/// A line on standard error that says what is going on. It is gone when this value is.
#[derive(Debug)]
pub(crate) struct Progress {
    running: Option<(Sender<String>, JoinHandle<()>)>,
}

impl Progress {
    /// Begins; nothing is shown in the first second, and nothing at all when it is not a person who watches.
    pub(crate) fn start(output: Output, step: &str) -> Self {
        if !output.shows_progress() {
            return Self { running: None };
        }
        let (sender, steps) = mpsc::channel::<String>();
        let mut step = step.to_owned();
        let began = Instant::now();
        let thread = std::thread::spawn(move || {
            let mut shown = false;
            loop {
                match steps.recv_timeout(if shown {
                    TICK
                } else {
                    PATIENCE.saturating_sub(began.elapsed())
                }) {
                    Ok(next) => step = next,
                    Err(RecvTimeoutError::Timeout) => {
                        shown = true;
                        let seconds = began.elapsed().as_secs();
                        let _ = write!(
                            io::stderr().lock(),
                            "\r\u{1b}[2K{} … {seconds} s",
                            printable_line(&step)
                        );
                        let _ = io::stderr().flush();
                    }
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            }
            if shown {
                let _ = write!(io::stderr().lock(), "\r\u{1b}[2K");
                let _ = io::stderr().flush();
            }
        });
        Self { running: Some((sender, thread)) }
    }

    /// What is done now.
    pub(crate) fn step(&self, step: &str) {
        if let Some((sender, _)) = &self.running {
            let _ = sender.send(step.to_owned());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.running.take() {
            drop(sender);
            let _ = thread.join();
        }
    }
}
