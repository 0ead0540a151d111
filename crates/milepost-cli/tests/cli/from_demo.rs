//! `init --from` on the tables of the fictional company, of which nothing but their names is known: what the catalog says of them
//! is what was counted for `examples/acme` without milepost.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::from_files::{figures_by, paste, text};
use super::milepost;

/// KPIs of several packages: over events, histories, snapshots, members and links between them.
const KPIS: [&str; 8] = [
    "arpa",
    "email_delivery_rate",
    "contact_fatigue",
    "key_feature_adoption",
    "license_utilization_28d",
    "role_coverage",
    "seat_cap_proximity",
    "upsell_acceptance",
];

/// The figures of a KPI in all buckets that have one, as they were counted elsewhere, and the grain.
fn expected(kpi: &str) -> (String, BTreeMap<String, f64>) {
    let all = include_str!("../../../../examples/acme/expected.json");
    let all: serde_json::Value = serde_json::from_str(all).unwrap();
    let mut series = all["series"].as_array().unwrap().iter();
    let found = series.find(|found| found["metric"] == kpi && found["by"].is_null()).unwrap();
    let values = found["values"].as_object().unwrap().iter();
    let values = values.filter_map(|(bucket, value)| Some((bucket.clone(), value.as_f64()?)));
    (found["grain"].as_str().unwrap().to_owned(), values.collect())
}

fn append(folder: &Path, lines: &str) {
    let before = text(folder, "milepost.yaml");
    fs::write(folder.join("milepost.yaml"), before + lines).unwrap();
}

#[test]
fn the_catalog_fits_tables_that_nobody_described() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    milepost(folder, &["demo", "--out", "tables"]).ended(0);
    let init = milepost(folder, &["init", "--from", "tables"]).ended(0).says("no mistakes");
    milepost(folder, &["check", "--data", "--deny", "warnings"]).ended(0);
    paste(folder, &init.out);
    milepost(folder, &["fmt", "--check"]).ended(0);
    // What no file says: where days begin, and up to when the figures of the example are.
    let calendar = text(folder, "milepost.yaml")
        .replace("time_zone: UTC", "time_zone: Europe/Amsterdam, fiscal_year_starts: february");
    fs::write(folder.join("milepost.yaml"), calendar).unwrap();
    append(folder, "as_of: 2026-01-31\n");
    milepost(folder, &["check", "--deny", "warnings"]).ended(0);
    for kpi in KPIS {
        let (grain, expected) = expected(kpi);
        assert!(expected.len() > 5, "{kpi}");
        let found = figures_by(folder, &[kpi, "--grain", &grain]);
        for (bucket, value) in expected {
            let found = found.get(&bucket).unwrap_or_else(|| panic!("{kpi} has no {bucket}"));
            assert!((found - value).abs() < 1e-6 * value.abs().max(1.0), "{kpi} {bucket}: {found}");
        }
    }
}
