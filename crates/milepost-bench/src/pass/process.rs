//! What a process of its own costs: time on the clock, processor time, memory.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::Failure;

/// The line with which a way says how much memory it has had.
const PEAK: &str = "peak_kb ";
/// How long nobody looks at a process that runs.
const LOOK: Duration = Duration::from_millis(1);

/// What one way cost.
#[derive(Clone, Debug)]
pub(crate) struct Cost {
    pub(crate) wall: f64,
    /// Seconds of processor time, where the system tells it.
    pub(crate) cpu: Option<f64>,
    /// The most memory at any time in MB, where the system tells it.
    pub(crate) peak: Option<f64>,
    /// What else it printed.
    pub(crate) printed: String,
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Result<Cost, Failure> {
    let before = of_children();
    let start = Instant::now();
    let output = command.stderr(Stdio::inherit()).output()?;
    let wall = start.elapsed().as_secs_f64();
    let cpu = of_children().zip(before).map(|(after, before)| after - before);
    if !output.status.success() {
        return Err(format!("{command:?}: {}", output.status).into());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let (peaks, printed): (Vec<&str>, Vec<&str>) =
        text.lines().partition(|line| line.starts_with(PEAK));
    let peak = peaks.first().and_then(|line| line.strip_prefix(PEAK)?.parse::<f64>().ok());
    Ok(Cost { wall, cpu, peak: peak.map(|kb| kb / 1_000.0), printed: printed.join("\n") })
}

/// Runs a command of another program to its end, and looks from outside how much memory it has.
pub(crate) fn watched(command: &mut Command) -> Result<Cost, Failure> {
    let before = of_children();
    let start = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    let ended = loop {
        // The system forgets it when the process ends; until then it only grows.
        peak = fs::read_to_string(&status).ok().and_then(|text| most_memory(&text)).or(peak);
        match child.try_wait()? {
            Some(ended) => break ended,
            None => thread::sleep(LOOK),
        }
    };
    let wall = start.elapsed().as_secs_f64();
    let cpu = of_children().zip(before).map(|(after, before)| after - before);
    if !ended.success() {
        return Err(format!("{command:?}: {ended}").into());
    }
    Ok(Cost { wall, cpu, peak, printed: String::new() })
}

/// The most memory that a process has had, in MB, from what the system tells of it.
fn most_memory(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok()? / 1_000.0)
}

/// Seconds of processor time of all processes that this one has started and that have ended, as Linux tells it.
fn of_children() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let hundredths = fields.get(13)?.parse::<f64>().ok()? + fields.get(14)?.parse::<f64>().ok()?;
    Some(hundredths / 100.0)
}

/// Says how much memory this process has had, to the one that started it.
pub(crate) fn tell_peak() {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    if let Some(peak) = line.and_then(|line| line.trim().strip_suffix(" kB")) {
        println!("{PEAK}{}", peak.trim());
    }
}
