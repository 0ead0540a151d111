//! How long a check takes, and a check after a keystroke.

use std::path::Path;
use std::time::{Duration, Instant};

use milepost::sources::{Disk, Sources};
use milepost::syntax::diagnostic::Diagnostics;
use milepost::{Session, steps};

use crate::Failure;

/// What is measured of one piece of work, in its order.
const STEPS: [&str; 4] = ["load", "schemas", "check", "all"];

/// Checks a project that often from scratch, then that often after one of its files has changed.
pub(crate) fn often(root: &Path, runs: usize) -> Result<(), Failure> {
    println!("{}, {runs} runs, milliseconds (smallest and median)", root.display());
    let mut times = [const { Vec::new() }; STEPS.len()];
    let before = processor();
    for _ in 0..runs.max(1) {
        for (list, time) in times.iter_mut().zip(once(root)?) {
            list.push(time);
        }
    }
    let used = processor().zip(before).map(|(after, before)| after - before);
    println!("a check");
    for (step, times) in STEPS.iter().zip(times) {
        crate::print(step, times);
    }
    if let Some(used) = used {
        println!("  processor time of each {:.0}", used * 1_000.0 / runs.max(1) as f64);
    }
    again(root, runs)?;
    match memory() {
        Some(peak) => println!("most memory at any time: {peak} MB"),
        None => println!("most memory at any time: not told by this system"),
    }
    Ok(())
}

fn once(root: &Path) -> Result<[Duration; STEPS.len()], Failure> {
    let start = Instant::now();
    let mut diagnostics = Diagnostics::default();
    let loaded = steps::load(&Disk::new(root), &mut diagnostics);
    let load = start.elapsed();
    let engine = steps::engine(root)?;
    let schemas = steps::schemas(&engine, &loaded.package, &mut diagnostics);
    let read = start.elapsed();
    let model = steps::check(&loaded, &schemas, &mut diagnostics);
    let checked = start.elapsed();
    drop(model);
    Ok([load, read - load, checked - read, checked])
}

/// Types into the file in the middle.
fn again(root: &Path, runs: usize) -> Result<(), Failure> {
    let mut session = Session::new(root)?;
    session.check();
    let specs = session.loaded().sources.iter().filter(|file| file.path.ends_with(".yaml"));
    let paths: Vec<String> = specs.map(|file| file.path.clone()).collect();
    let path = paths.get(paths.len() / 2).ok_or("the project has no specs")?;
    let text = String::from_utf8(Disk::new(root).read(path)?)?;
    let mut times = Vec::new();
    let mut drops = Vec::new();
    let before = processor();
    for i in 0..runs.max(1) {
        // A letter more each time, in the first sentence for people.
        session.set_text(path, text.replacen(": How", &format!(": How{}", "x".repeat(i + 1)), 1));
        let start = Instant::now();
        let outcome = session.check();
        times.push(start.elapsed());
        let start = Instant::now();
        if let Some(model) = outcome.model {
            model.discard();
        }
        drops.push(start.elapsed());
    }
    let used = processor().zip(before).map(|(after, before)| after - before);
    println!("a check after a keystroke in {path}");
    crate::print("check", times);
    crate::print("forget", drops);
    if let Some(used) = used {
        println!("  processor time of each {:.0}", used * 1_000.0 / runs.max(1) as f64);
    }
    Ok(())
}

/// Seconds of processor time that this process has used, where the system tells it as Linux does.
fn processor() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let hundredths = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some(hundredths / 100.0)
}

/// The most memory that this process has had at any time, in MB, where the system tells it as Linux does.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? / 1_000)
}
