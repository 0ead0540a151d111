//! Metrics of forms with several parts, each with another metric that names its parts.

use super::judged::Judged;
use super::metrics::{GRAINS, Metric};
use super::random::Random;
use super::schema::Schema;

/// Two metrics, by the number of the first and their lines.
pub(super) fn pair(n: usize, first: Vec<String>, second: Vec<String>) -> [Metric; 2] {
    let metric = |n: usize, lines| Metric { name: format!("m{n}"), lines };
    [metric(n, first), metric(n + 1, second)]
}

/// A survey, and a metric that names its parts.
pub(super) fn surveys(random: &mut Random, schema: &Schema, day: &str, n: usize) -> Vec<Metric> {
    let name = format!("m{n}");
    let mut judged = Judged { random, sets: &schema.sets, day, known: &[] };
    let form = judged.survey();
    let mut asked = vec![format!("grain: {}", random.pick(&GRAINS))];
    match random.below(4) {
        0 => asked.push("show: responses".to_owned()),
        1 => asked.push("min_sample: 2".to_owned()),
        _ => {}
    }
    asked.push(form);
    let value = random.word(&[
        // Both ends together may be more than a definition may hold.
        "NAME.high",
        "count(account where NAME.score > 1)",
        "coalesce(NAME.change, 0) + NAME.empty",
        "NAME.responses / (NAME.responses + NAME.out_of_scale)",
    ]);
    let value = value.replace("NAME", &name);
    let again =
        vec![format!("grain: {}", random.pick(&GRAINS)), format!("value: >\n      {value}")];
    pair(n, asked, again).into()
}

/// Metrics of forms with several parts, and others that name their parts.
pub(super) fn forms(random: &mut Random, schema: &Schema, day: &str, n: usize) -> Vec<Metric> {
    let (mut spread, mut again) = (Vec::new(), Vec::new());
    let name = format!("m{n}");
    let mut judged = Judged { random, sets: &schema.sets, day, known: &[] };
    let (entity, form) = judged.quartiles();
    spread.push(format!("grain: {}", random.pick(&GRAINS)));
    match random.below(4) {
        0 => spread.push("show: p25".to_owned()),
        1 => spread.push("min_sample: 2".to_owned()),
        _ => {}
    }
    spread.push(form);
    again.push(format!("grain: {}", random.pick(&GRAINS)));
    let value = match random.below(3) {
        0 if entity == "account" => format!("count(account where {name}.p75 > 1)"),
        1 => format!("{name}.p75 / {name}"),
        _ => format!("{name}.p75 - {name}.p25"),
    };
    again.push(format!("value: >\n      {value}"));
    let mut all: Vec<Metric> = pair(n, spread, again).into();
    all.extend(cohorts(random, schema, day, n + 2));
    all
}

/// Cohorts, and a metric that names their parts.
fn cohorts(random: &mut Random, schema: &Schema, day: &str, n: usize) -> Vec<Metric> {
    let name = format!("m{n}");
    let mut judged = Judged { random, sets: &schema.sets, day, known: &[] };
    let (entity, form) = judged.cohort();
    let mut lines = vec![format!("grain: {}", random.pick(&GRAINS)), form.clone()];
    match random.below(4) {
        0 => lines.push("show: count_1".to_owned()),
        1 => lines.push("min_sample: 2".to_owned()),
        _ => {}
    }
    let value = match random.below(4) {
        0 if entity != "session" => format!("count(account where {name}.count_1 >= 1)"),
        1 => format!("{name}.at_0 - {name}.at_1"),
        2 if form.contains("elapsed") => format!("{name}.count_1 over 28 days"),
        _ => format!("{name}.count_1 / prior({name}.size)"),
    };
    let again = vec![format!("grain: {}", random.pick(&GRAINS)), format!("value: {value}")];
    pair(n, lines, again).into()
}
