//! Laws that every number obeys, on generated projects.

use std::path::Path;

use milepost::Error;
use milepost::engine::write::Values;
use milepost::engine::{Listing, Members};
use milepost::plan::request::Request;
use milepost::plan::results::{Reason, Series};
use milepost::semantics::model::{Aggregate, Form, MetricId, Model, ValueExpr, ValueKind, Window};
use milepost::sources::Disk;
use milepost::steps;
use milepost::syntax::ast::AggregateFunction;
use milepost::syntax::diagnostic::Diagnostics;
use milepost::syntax::source::SourceMap;

use crate::compare::{Opened, reached, requests};
use crate::generate::Project;

/// Other projects than those that are held against the reference.
const SEEDS: std::ops::Range<u64> = 21..24;

/// A project in a folder, as a build opens it.
struct Built {
    _folder: tempfile::TempDir,
    opened: Opened,
}

impl Built {
    fn of(project: &Project, partitions: usize, change: impl Fn(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        project.write(folder.path());
        change(folder.path());
        let opened = Opened::open(folder.path(), partitions);
        Self { opened: opened.unwrap_or_else(|why| panic!("{why}")), _folder: folder }
    }

    fn model(&self) -> &Model {
        &self.opened.model
    }

    fn run(&self, requests: &[Request], as_of: Option<&str>) -> Vec<Series> {
        let Opened { engine, model } = &self.opened;
        let mut diagnostics = Diagnostics::default();
        let as_of = match as_of {
            Some(text) => model.project.calendar.parse_as_of(text),
            None => model.project.as_of(),
        };
        let data = steps::open(engine, model, as_of, requests, false, &mut diagnostics);
        let data = data.unwrap_or_else(|| panic!("{:#?}", diagnostics.sorted()));
        steps::run(engine, model, &data, requests).unwrap()
    }
}

/// Splits every data file in two, in a folder of its own, with its rows in another order; and the spec file too.
fn scatter(folder: &Path) {
    let spec = std::fs::read_to_string(folder.join("specs/all.yaml")).unwrap();
    let spec = spec.replace(".csv\n", "/\n");
    let (first, metrics) = spec.split_once("\nmetrics:\n").unwrap();
    std::fs::write(folder.join("specs/all.yaml"), first.to_owned() + "\n").unwrap();
    std::fs::write(folder.join("specs/a.yml"), format!("metrics:\n{metrics}")).unwrap();
    for entry in std::fs::read_dir(folder.join("data")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let (head, rows) = text.split_once('\n').unwrap();
        let rows: Vec<&str> = rows.lines().rev().collect();
        let into = path.with_extension("");
        std::fs::create_dir(&into).unwrap();
        let (left, right) = rows.split_at(rows.len() / 3);
        for (name, rows) in [("z", left), ("b", right)] {
            let text = format!("{head}\n{}\n", rows.join("\n"));
            std::fs::write(into.join(format!("{name}.csv")), text).unwrap();
        }
        std::fs::remove_file(path).unwrap();
    }
}

/// Writes milepost's own style over every spec file.
fn format(folder: &Path) {
    let (mut sources, mut diagnostics) = (SourceMap::default(), Diagnostics::default());
    let files = milepost::format::project(&Disk::new(folder), &mut sources, &mut diagnostics);
    let mut changed = 0;
    for file in files {
        let text = file.after.unwrap();
        changed += usize::from(text != file.before);
        std::fs::write(folder.join(&file.path), text).unwrap();
    }
    assert!(changed > 0, "the generated specs are in milepost's style already");
}

/// By the names of metrics and dimensions: ids differ from project to project.
fn named(model: &Model, series: &Series) -> (String, Vec<String>, Series) {
    let by = series.by.iter().map(|d| model[*d].name.clone()).collect();
    let plain = Series { metric: MetricId(0), by: Vec::new(), ..series.clone() };
    (model[series.metric].name.clone(), by, plain)
}

#[test]
fn numbers_depend_on_nothing_else() {
    for seed in SEEDS {
        let project = Project::new(seed);
        let whole = Built::of(&project, 2, |_| {});
        let asked = requests(whole.model(), seed);
        let expected = whole.run(&asked, None);
        for (what, other) in [
            ("files, rows and threads", Built::of(&project, 3, scatter)),
            ("the style of the specs", Built::of(&project, 1, format)),
        ] {
            let found = other.run(&requests(other.model(), seed), None);
            for (a, b) in expected.iter().zip(&found) {
                let (a, b) = (named(whole.model(), a), named(other.model(), b));
                assert_eq!(a, b, "seed {seed}: {} depends on {what}", a.0);
            }
            assert_eq!(expected.len(), found.len());
        }
        for (i, request) in asked.iter().enumerate().step_by(9) {
            let alone = whole.run(std::slice::from_ref(request), None);
            assert_eq!(alone[0], expected[i], "seed {seed}: asked with others");
        }
    }
}

#[test]
fn a_metric_more_changes_no_other() {
    for seed in SEEDS {
        let project = Project::new(seed);
        let whole = Built::of(&project, 2, |_| {});
        let expected = whole.run(&requests(whole.model(), seed), None);
        // Whatever names another metric needs it, so only the last ones go.
        let mut fewer = project.clone();
        fewer.metrics.truncate(project.metrics.len() / 2);
        let fewer = Built::of(&fewer, 2, |_| {});
        let found = fewer.run(&requests(fewer.model(), seed), None);
        assert!(found.len() > 5 && found.len() < expected.len());
        for (a, b) in expected.iter().zip(&found) {
            assert_eq!(named(whole.model(), a), named(fewer.model(), b), "seed {seed}");
        }
    }
}

/// Whether the slices of an aggregate sum to its total: it counts or sums rows, each of which is in one slice.
fn is_additive(aggregate: &Aggregate) -> bool {
    let adds = matches!(aggregate.function, AggregateFunction::Count | AggregateFunction::Sum);
    adds && !aggregate.distinct && aggregate.window != Window::Average
}

#[test]
fn slices_of_an_additive_metric_sum_to_its_total() {
    let mut compared = 0;
    for seed in SEEDS {
        let project = Project::new(seed);
        let built = Built::of(&project, 2, |_| {});
        let model = built.model();
        for i in 0..model.metrics.len() {
            let metric = MetricId(i);
            let ValueKind::Aggregate(aggregate) = &model[metric].value().kind else { continue };
            if !is_additive(aggregate) || model[metric].min_sample.is_some() {
                continue;
            }
            let total = Request::total(model, metric);
            let slices = reached(model, metric).into_iter();
            let mut asked: Vec<Request> =
                slices.map(|by| Request { by: vec![by], ..total.clone() }).collect();
            asked.push(total);
            let mut answers = built.run(&asked, None);
            let total = answers.pop().unwrap();
            for sliced in &answers {
                for (i, cell) in total.rows[0].cells.iter().enumerate() {
                    let Ok(total) = cell.value else { continue };
                    let parts = sliced.rows.iter().filter_map(|r| r.cells.value(i).ok());
                    let sum: f64 = parts.sum();
                    let by = &model[sliced.by[0]].name;
                    let name = &model[metric].headline().text;
                    assert!(
                        (sum - total).abs() < 1e-6,
                        "seed {seed}: {name} by {by}: {sum} of {total}"
                    );
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 200, "only {compared} sums");
}

/// How many members are listed as counted.
fn listed_as_counted(members: &Members) -> usize {
    let column = members.columns.iter().find(|(name, _)| name == "counted");
    let Some((_, Values::Boolean(counted))) = column else { panic!("{:?}", members.columns) };
    assert_eq!(counted.len(), members.total);
    counted.iter().filter(|counted| **counted == Some(true)).count()
}

/// What stands behind the names of metrics.
fn meant(mut value: &ValueExpr) -> &ValueExpr {
    while let ValueKind::Metric { value: inside, .. } = &value.kind {
        value = inside;
    }
    value
}

fn is_count(value: &ValueExpr) -> bool {
    matches!(&meant(value).kind, ValueKind::Aggregate(a) if a.function == AggregateFunction::Count)
}

fn real(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap())
}

#[test]
fn the_members_that_are_counted_make_the_number() {
    let (mut counts, mut samples, mut refused) = (0, 0, 0);
    for seed in SEEDS {
        let project = Project::new(seed);
        let built = Built::of(&project, 2, |_| {});
        let Opened { engine, model } = &built.opened;
        let mut asked = requests(model, seed);
        asked.retain(|request| request.by.is_empty());
        let series = built.run(&asked, None);
        let mut diagnostics = Diagnostics::default();
        let as_of = model.project.as_of();
        let data = steps::open(engine, model, as_of, &asked, false, &mut diagnostics).unwrap();
        for (request, series) in asked.iter().zip(&series) {
            let part = &model[request.metric][request.part];
            let name = &part.text;
            let Some(cell) = series.rows[0].cells.last() else { continue };
            let members = match steps::members(engine, model, &data, request, &Listing::default()) {
                Ok(members) => members,
                Err(Error::Told(_)) => {
                    refused += 1;
                    continue;
                }
                Err(other) => panic!("seed {seed}: {name}: {other}"),
            };
            assert_eq!(members.cell, cell, "seed {seed}: {name}");
            assert_eq!(Some(&members.bucket), series.buckets.last(), "seed {seed}: {name}");
            let Ok(value) = cell.value else { continue };
            let counted = listed_as_counted(&members);
            assert_eq!(counted, members.counted, "seed {seed}: {name}");
            let root = meant(&part.value);
            match &root.kind {
                // Of any aggregate those are counted that it rests on.
                ValueKind::Aggregate(_) => {
                    assert_eq!(Some(counted as u64), cell.sample, "seed {seed}: {name}");
                    samples += 1;
                }
                ValueKind::Form(Form::Binary { left, right, .. })
                    if is_count(left) && is_count(right) =>
                {
                    assert_eq!(Some(members.total as u64), cell.sample, "seed {seed}: {name}");
                    let ratio = real(counted) / real(members.total);
                    assert!((ratio - value).abs() < 1e-9, "seed {seed}: {name}: {ratio}, {value}");
                    samples += 1;
                }
                _ => {}
            }
            if is_count(root) {
                assert!((real(counted) - value).abs() < 1e-9, "seed {seed}: {name}: {counted}");
                counts += 1;
            }
        }
    }
    assert!(
        counts > 10 && samples > 15 && refused > 5,
        "{counts} counts, {samples} samples, {refused} refused"
    );
}

/// What reads facts that a later as-of may know more of, so that its past may change: columns with times beside the
/// dataset's own, and the latest of a member's times.
const LATER: [&str; 14] = [
    "seen", "closed", "stops", "died", "signed", "due", "renews", "ends", "began", "late",
    "joined", "born", "on max(", "on last(",
];

#[test]
fn an_earlier_as_of_changes_no_past_bucket() {
    use jiff::ToSpan;
    let mut compared = 0;
    for seed in SEEDS {
        let mut project = Project::new(seed);
        // Which of two repeats at the same time stays may depend on later facts.
        project.specs = project
            .specs
            .lines()
            .filter(|l| !l.contains("unique:"))
            .fold(String::new(), |text, line| text + line + "\n");
        let built = Built::of(&project, 2, |_| {});
        let model = built.model();
        let mut asked = requests(model, seed);
        asked.retain(|request| {
            let text = format!("{:?}", model[request.metric].value());
            let column = |name: &str| model[request.metric].headline().text.contains(name);
            // Rows tell which account a session is of, and may tell another one later.
            let moves = !request.by.is_empty() && column("session");
            // On or after, a return may always be still to come.
            let onward = column("or after that") || column("later on");
            let later = LATER.into_iter().any(column) || moves || onward;
            request.from.is_none() && !later && !text.contains("Metric {")
        });
        let day: jiff::civil::Date = project.as_of[..10].parse().unwrap();
        let earlier = day.checked_sub(40.days()).unwrap().to_string();
        let (now, then) = (built.run(&asked, None), built.run(&asked, Some(&earlier)));
        let end = model.project.calendar.parse_as_of(&earlier).unwrap();
        for (now, then) in now.iter().zip(&then) {
            let metric = then.metric;
            for (i, head) in then.buckets.iter().enumerate() {
                let same = now.buckets.iter().position(|b| b.bucket == head.bucket);
                let Some(j) = same.filter(|_| head.bucket.is_complete(end) && !head.partial) else {
                    continue;
                };
                for row in &then.rows {
                    let then = &row.cells.value(i);
                    // The history moves with the as-of: a slice whose rows all left it is gone.
                    let Some(now) = now.rows.iter().find(|r| r.key == row.key) else { continue };
                    let now = &now.cells.value(j);
                    let text = &model[metric].headline().text;
                    assert_eq!(
                        then, now,
                        "seed {seed}: {text} {} {:?}",
                        head.bucket.label, row.key
                    );
                    compared += usize::from(!matches!(then, Err(Reason::NoData)));
                }
            }
        }
    }
    assert!(compared > 200, "only {compared} figures");
}

/// Nothing that was found out before is between the check and the files.
#[test]
fn the_check_reads_the_files_in_front_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let project = Project::new(SEEDS.start);
    project.write(folder.path());
    let columns = |folder: &Path| Opened::open(folder, 1).map(|opened| opened.model.metrics.len());
    assert_eq!(columns(folder.path()), Ok(project.metrics.len()));
    // A column that is read disappears from the data.
    let file = folder.path().join("data/events.csv");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("event_id,ts,", "event_id,when,", 1)).unwrap();
    let told = columns(folder.path()).unwrap_err();
    assert!(told.contains("`ts`"), "{told}");
    std::fs::write(&file, text).unwrap();
    assert_eq!(columns(folder.path()), Ok(project.metrics.len()));
    // And a metric from the specs.
    let spec = folder.path().join("specs/all.yaml");
    let text = std::fs::read_to_string(&spec).unwrap();
    std::fs::write(&spec, text.replacen("business_days", "business_dys", 1)).unwrap();
    assert!(columns(folder.path()).unwrap_err().contains("business_dys"));
}
