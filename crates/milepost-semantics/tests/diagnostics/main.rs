//! The pages of `tests/`, as far as specs alone decide what is told: a change of a message shows here in seconds, without
//! the engine. What needs a look into the data is left to the suite that has it.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "pages are files, and a failure has to name the one that it is about"
)]

mod drawn;
mod files;
mod project;

use std::fs;
use std::path::{Path, PathBuf};

use drawn::{Told, packed};
use milepost_syntax::codes::{self, Code};

/// What keeps specs or columns from being read. A page that tells one of these is not for here.
const UNREAD: &[Code] = &[
    codes::INVALID_UTF8,
    codes::SPEC_TOO_LARGE,
    codes::DATA_MISSING,
    codes::DATA_UNREADABLE,
    codes::SCHEMA_CONFLICT,
    codes::OUTSIDE_PROJECT,
    codes::UNKNOWN_PACKAGE,
    codes::SPEC_UNREADABLE,
];

/// What only rows can show.
const OF_ROWS: &[Code] = &[
    codes::DUPLICATE_KEY_ROWS,
    codes::OVERLAPPING_HISTORY,
    codes::COLUMN_TYPE,
    codes::MIXED_CURRENCY,
    codes::NOT_FINITE,
    codes::NUMBER_OVERFLOW,
    codes::DATE_OUT_OF_RANGE,
    codes::BAD_TEXT,
    codes::CHECK_FAILED,
    codes::STALE_DATA,
    codes::UNSEEN_TEXT,
    codes::UNMATCHED_KEYS,
    codes::DATA_ENDS_EARLY,
    codes::MISSING_PICTURE,
    codes::BACKWARD_ROWS,
    codes::DIFFERING_REPEATS,
    codes::FILE_NOT_READ,
];

/// Pages about what is found before specs are checked: a place on the network, the days in the file of holidays, names
/// that stand twice in a header.
const BEFORE: [&str; 3] = [
    "diagnostics/data/on-the-network.md",
    "diagnostics/project/holidays.md",
    "diagnostics/data/doubled-headers.md",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// All pages below a folder of `tests/`, by name.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(pages(&path));
        } else if path.extension().is_some_and(|e| e == "md") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Compares every page of a folder; gives how many were compared.
fn compare(folder: &str) -> usize {
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for path in pages(&root().join("tests").join(folder)) {
        let text = fs::read_to_string(&path).unwrap();
        let page = files::Page::parse(&text);
        let expected = drawn::expected(page.fence("diagnostics").unwrap_or_default());
        let tells = |told: &Told, codes: &[Code]| {
            codes.iter().any(|code| told.title.contains(&format!("[{code}]")))
        };
        let unread = expected.iter().any(|told| tells(told, UNREAD));
        if unread || !page.is_plain() || BEFORE.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        // Where no time is written down, the rows have the newest one, or none.
        let of_rows = |told: &Told| {
            tells(told, OF_ROWS) || packed(&told.message).contains(&packed("no newest time"))
        };
        let expected: Vec<Told> = expected.into_iter().filter(|told| !of_rows(told)).collect();
        compared += 1;
        let told = project::told(&root(), &page);
        if let Some(difference) = drawn::difference(&expected, &told) {
            wrong.push(format!("{}: {difference}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    compared
}

macro_rules! folders {
    ($($name:ident: $folder:literal, $least:literal;)*) => {
        $(#[test] fn $name() {
            let compared = compare($folder);
            assert!(compared >= $least, "only {compared} pages were compared");
        })*

        #[test]
        fn no_folder_is_forgotten() {
            let listed: &[&str] = &[$($folder),*];
            for kind in ["diagnostics", "results"] {
                for entry in fs::read_dir(root().join("tests").join(kind)).unwrap() {
                    let name = entry.unwrap().file_name().to_string_lossy().into_owned();
                    assert!(listed.contains(&format!("{kind}/{name}").as_str()), "{kind}/{name}");
                }
            }
        }
    };
}

folders! {
    data: "diagnostics/data", 1;
    datasets: "diagnostics/datasets", 5;
    expressions: "diagnostics/expressions", 7;
    fields: "diagnostics/fields", 7;
    forms: "diagnostics/forms", 2;
    first_mistakes: "diagnostics/first-mistakes", 73;
    journeys: "diagnostics/journeys", 4;
    judgements: "diagnostics/judgements", 12;
    kept: "diagnostics/kept", 2;
    limits: "diagnostics/limits", 6;
    lists: "diagnostics/lists", 5;
    metrics: "diagnostics/metrics", 4;
    names: "diagnostics/names", 15;
    peers: "diagnostics/peers", 3;
    project: "diagnostics/project", 10;
    scores: "diagnostics/scores", 4;
    slices: "diagnostics/slices", 7;
    tests: "diagnostics/tests", 1;
    texts: "diagnostics/texts", 1;
    time: "diagnostics/time", 11;
    types: "diagnostics/types", 10;
    versions: "diagnostics/versions", 3;
    written: "diagnostics/written", 1;
    yaml: "diagnostics/yaml", 25;
    results_aggregates: "results/aggregates", 17;
    results_arithmetic: "results/arithmetic", 20;
    results_behaviors: "results/behaviors", 2;
    results_business_days: "results/business-days", 3;
    results_data: "results/data", 8;
    results_forms: "results/forms", 1;
    results_histories: "results/histories", 3;
    results_journeys: "results/journeys", 1;
    results_kpis: "results/kpis", 5;
    results_judged: "results/judged", 4;
    results_judgements: "results/judgements", 8;
    results_kept: "results/kept", 3;
    results_lists: "results/lists", 1;
    results_linked: "results/linked", 16;
    results_members: "results/members", 11;
    results_packages: "results/packages", 2;
    results_peers: "results/peers", 13;
    results_per: "results/per", 10;
    results_prior: "results/prior", 11;
    results_scores: "results/scores", 1;
    results_segments: "results/segments", 11;
    results_slices: "results/slices", 21;
    results_states: "results/states", 18;
    results_tests: "results/tests", 2;
    results_texts: "results/texts", 3;
    results_time: "results/time", 32;
    results_windows: "results/windows", 19;
    results_written: "results/written", 5;
}
