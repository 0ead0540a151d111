//! Draws a site that is hard to draw: `cargo run -p milepost-site --example hard_site -- FOLDER`.
//!
//! Nasty names, words without an end, 400 days, 60 weeks below zero, a single bucket: for the browser suite.

#![expect(clippy::disallowed_methods, reason = "an example stands outside of the library")]

use std::path::PathBuf;

use milepost_site::page::*;

#[path = "../tests/sample/mod.rs"]
mod sample;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: hard_site FOLDER")?);
    let mut site = sample::site(sample::NASTY);
    let nasty = site.kpis[0].clone();
    site.kpis.extend([days(&nasty), weeks(&nasty), single(&nasty)]);
    for file in milepost_site::render(&site)? {
        let path = folder.join(&file.path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, file.bytes)?;
    }
    Ok(())
}

fn bucket(label: String) -> Bucket {
    Bucket {
        start: label.clone(),
        end: label.clone(),
        label,
        partial: false,
        maturing: false,
        immature: false,
    }
}

fn value(value: f64) -> Cell {
    Cell::Value { value, n: None, absent: Absent::default() }
}

/// Many buckets, many gaps, many slices, long words, wide numbers.
fn days(like: &Kpi) -> Kpi {
    let mut buckets: Vec<Bucket> = (0..400)
        .map(|i| bucket(format!("{}-{:02}-{:02}", 2025 + i / 336, (i / 28) % 12 + 1, i % 28 + 1)))
        .collect();
    for (i, bucket) in buckets.iter_mut().enumerate() {
        bucket.immature = i > 390;
        bucket.partial = i == 399;
    }
    let cells: Vec<Cell> = (0..400_u32)
        .map(|i| match i % 50 {
            7 => Cell::Reason("zero denominator".to_owned()),
            _ => value(1e7 * f64::from(i % 37)),
        })
        .collect();
    let row = |i: u32| SliceRow {
        value: Some(format!("{i}{}", "averylongvaluewithoutspaces".repeat(3))),
        cells: cells.clone(),
        parts: Vec::new(),
        target: None,
    };
    let rows = (0..30).map(row).collect();
    Kpi {
        name: "days".to_owned(),
        label: Some("Supercalifragilisticexpialidocious".repeat(4)),
        display: Display::Currency("CHF".to_owned()),
        target: Some(Bound::Inside(12_000_000.0, 13_000_000.0)),
        slices: vec![Slice { dimension: "region".to_owned(), label: None, rows }],
        series: Series { grain: Grain::Day, buckets, cells },
        ..like.clone()
    }
}

/// Below and above zero, with a long unit.
fn weeks(like: &Kpi) -> Kpi {
    let buckets =
        (0..60).map(|i| bucket(format!("{}-W{:02}", 2025 + i / 52, i % 52 + 1))).collect();
    let cells = (0..60_u32).map(|i| value(-1.0e9 + 1e8 * f64::from(i))).collect();
    Kpi {
        name: "weeks".to_owned(),
        display: Display::Number(Some(Words::same("accounts per business day and region"))),
        target: Some(Bound::AtMost(-5.0)),
        slices: Vec::new(),
        series: Series { grain: Grain::Week, buckets, cells },
        ..like.clone()
    }
}

/// One figure, nothing to compare it with.
fn single(like: &Kpi) -> Kpi {
    Kpi {
        name: "single".to_owned(),
        target: Some(Bound::AtLeast(0.9)),
        slices: Vec::new(),
        series: Series {
            grain: Grain::FiscalQuarter,
            buckets: vec![bucket("FY2027-Q1".to_owned())],
            cells: vec![value(0.75)],
        },
        ..like.clone()
    }
}
