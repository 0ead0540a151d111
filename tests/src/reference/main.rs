//! Numbers that nothing of the engine takes part in: a slow evaluator over plain rows, and generated projects on which
//! both lowerings must agree with it.

mod aggregate;
mod answer;
mod calendar;
mod compare;
mod evaluate;
mod frame;
mod generate;
mod population;
mod shrink;
mod value;
mod world;

use generate::Project;

/// How many projects: `MILEPOST_CASES=200` looks further than every run can.
fn cases() -> u64 {
    std::env::var("MILEPOST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(6)
}

/// The seeds: from 1, or from `MILEPOST_SEED` on.
fn seeds() -> std::ops::Range<u64> {
    let first = std::env::var("MILEPOST_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    first..first + cases()
}

#[test]
fn the_engine_agrees_with_the_reference() {
    let mut wrong = Vec::new();
    for seed in seeds() {
        let project = Project::new(seed);
        match compare::differences(&project) {
            Ok(list) => {
                for difference in list {
                    let metric = project.metrics.iter().find(|m| m.name == difference.metric);
                    let lines = metric.map_or_else(String::new, |m| m.lines.join("\n"));
                    wrong.push((project.clone(), difference.metric.clone()));
                    eprintln!(
                        "seed {seed}: {} {}\n{lines}\n{}\n",
                        difference.metric, difference.request, difference.told
                    );
                }
            }
            Err(told) => panic!("seed {seed} can't be run:\n{told}\n{}", project.show()),
        }
    }
    // Small enough to be looked at.
    if let Some((project, metric)) = wrong.first() {
        let small = shrink::shrink(project, metric);
        let told = compare::differences(&small).map(|list| format!("{list:#?}"));
        panic!(
            "{} differences, the first one:\n{}\n{}",
            wrong.len(),
            small.show(),
            told.unwrap_or_default()
        );
    }
}
