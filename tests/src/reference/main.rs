//! Numbers in which neither the checker nor the engine takes part: text is bound anew, and slow loops go over plain rows;
//! and generated projects, on which both lowerings must agree with them.
//!
//! What the reference shares with milepost:
//!
//! - the parser: YAML and expressions to trees (`milepost_syntax`), with the names of operators and aggregate functions, and
//!   dates, lengths of time and numbers as written;
//! - lists of names without meaning: grains, and the reasons why there is no number;
//! - the rules of time zones, which are a library's (`jiff`).
//!
//! What is asked (`compare.rs`) comes from the checked model: which metrics there are, at which other grains they may be asked,
//! and by which dimensions. `asked.rs` fails where the reference knows of other ones. A sentence of the language that both
//! read wrong is seen by neither: that is what pages worked out by hand are for.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic, as tests do")]

mod aggregate;
mod ahead;
mod alone;
mod answer;
mod asked;
mod bind;
mod calendar;
mod compare;
mod coverage;
mod ends;
mod evaluate;
mod frame;
mod generate;
mod kept;
mod laws;
mod members;
mod odd;
mod outside;
#[path = "../../../crates/milepost-semantics/tests/plan_words/mod.rs"]
mod plan_words;
mod pointed;
mod population;
#[path = "../python.rs"]
mod python;
mod rewritten;
mod score;
mod scored;
mod settled;
mod shapes;
mod shrink;
mod standing;
mod status;
mod streamed;
mod tree;
mod value;
mod ways;
mod worded;
mod world;

use std::fmt::Write as _;

use generate::Project;
use milepost::{semantics, syntax};

/// The projects that every run looks at.
const FIXED: u64 = 12;

/// The seeds: the fixed ones, or `MILEPOST_CASES=200` from `MILEPOST_SEED` on, to look further.
fn seeds() -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).ok().and_then(|n| n.parse().ok());
    let first = number("MILEPOST_SEED").unwrap_or(1);
    first..first + number("MILEPOST_CASES").unwrap_or(FIXED)
}

/// Whether more is looked at than every run can.
fn far() -> bool {
    std::env::var_os("MILEPOST_CASES").is_some()
}

#[test]
fn the_engine_agrees_with_the_reference() {
    // The longest of the tests: by two threads.
    let (even, odd) = std::thread::scope(|scope| {
        let even = scope.spawn(|| compared(seeds().step_by(2)));
        let odd = compared(seeds().skip(1).step_by(2));
        (even.join().unwrap(), odd)
    });
    let (mut wrong, told) = ([even.wrong, odd.wrong].concat(), even.told + &odd.told);
    // Small enough to be looked at; one for each metric.
    wrong.dedup_by(|a, b| a.0.seed == b.0.seed && a.1 == b.1);
    let small = |(project, metric): &(Project, String)| {
        let small = shrink::shrink(project, metric);
        let list = compare::differences(&small, 1, &mut coverage::Seen::new()).unwrap_or_default();
        format!("{}\n{list:#?}\n", small.show())
    };
    let shown: Vec<String> = wrong.iter().take(3).map(small).collect();
    assert!(wrong.is_empty(), "{} metrics differ\n{told}\n{}", wrong.len(), shown.join("\n"));
    let seen: coverage::Seen = even.seen.union(&odd.seen).cloned().collect();
    let missing = coverage::missing(&seen);
    assert!(missing.is_empty() || far(), "the fixed seeds never show: {}", missing.join(", "));
}

/// What the comparison of some projects found.
#[derive(Default)]
struct Compared {
    /// Projects with a metric that differs.
    wrong: Vec<(Project, String)>,
    told: String,
    seen: coverage::Seen,
}

fn compared(seeds: impl Iterator<Item = u64>) -> Compared {
    let Compared { mut wrong, mut told, mut seen } = Compared::default();
    let stride = if far() { 1 } else { 5 };
    for seed in seeds {
        let project = Project::new(seed);
        match compare::differences(&project, stride, &mut seen) {
            Ok(list) => {
                for difference in list {
                    let metric = project.metrics.iter().find(|m| m.name == difference.metric);
                    let lines = metric.map_or_else(String::new, |m| m.lines.join("\n"));
                    let _ = writeln!(
                        told,
                        "seed {seed}: {} {}\n{lines}\n{}\n",
                        difference.metric, difference.request, difference.told
                    );
                    wrong.push((project.clone(), difference.metric));
                }
            }
            Err(why) => panic!("{told}\nseed {seed} can't be run:\n{why}\n{}", project.show()),
        }
    }
    Compared { wrong, told, seen }
}

/// The grammar of the generators writes nothing that the checker refuses, and nothing that the words of a metric leave out.
#[test]
fn generated_projects_are_right() {
    let mut wrong = String::new();
    for seed in 1..=40 {
        let project = Project::new(seed);
        let folder = tempfile::tempdir().unwrap();
        project.write(folder.path());
        match compare::Opened::open(folder.path(), 1) {
            Ok(opened) => {
                for lacks in worded::lacking(&opened.model) {
                    let _ = writeln!(wrong, "seed {seed}: {lacks}");
                }
            }
            Err(told) => {
                let _ = writeln!(wrong, "seed {seed}:\n{told}");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
