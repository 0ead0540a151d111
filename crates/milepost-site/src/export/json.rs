use serde_json::{Value, json};

use super::status;
use crate::cohorts::{Cohorts, average_json};
use crate::page::{Better, Bound, Bucket, Category, Cell, Display, Kpi, Site};
use crate::reading::{
    Verdict, change, direction, judgement, latest_complete, slice_direction, verdict,
};
use crate::unsure::{Unsure, unsure};
use crate::view::Names;

/// Everything about one KPI. A figure is a number or `{"reason": "…"}`.
pub(crate) fn kpi_json(site: &Site, kpi: &Kpi) -> Result<String, serde_json::Error> {
    let slices: Vec<Value> = kpi
        .slices
        .iter()
        .map(|slice| {
            let rows: Vec<Value> = slice
                .rows
                .iter()
                .map(|row| {
                    let better = slice_direction(kpi, row);
                    let mut out = json!({
                        "value": row.value,
                        "target": row.target.map(bound),
                        "verdict": latest_complete(&kpi.series.buckets).map(|at| {
                            verdict_word(row.cells.get(at).and_then(|cell| cell.number().ok()), row.target)
                        }),
                        "figures": figures(&kpi.series.buckets, &row.cells, better, unsure(kpi, Some(row))),
                    });
                    add_parts(&mut out, kpi, row.parts.iter());
                    out
                })
                .collect();
            json!({ "dimension": slice.dimension, "label": slice.label, "values": rows })
        })
        .collect();
    let mut out = summary(kpi);
    add_parts(&mut out, kpi, kpi.parts.iter().map(|part| &part.cells));
    if let Some(cohorts) = Cohorts::of(kpi) {
        let shares = cohorts.shares.iter();
        let averages = shares.map(|share| average_json(&share.part.name, share.average()));
        out["averages"] = Value::Array(averages.collect());
    }
    if let Value::Object(map) = &mut out {
        map.insert("as_of".to_owned(), json!(site.as_of));
        map.insert("time_zone".to_owned(), json!(site.project.time_zone));
        map.insert("description".to_owned(), json!(kpi.description));
        map.insert("definition".to_owned(), json!(kpi.definition));
        if let Some(history) = &kpi.history {
            map.insert("history".to_owned(), json!(history));
        }
        map.insert(
            "figures".to_owned(),
            Value::Array(figures(
                &kpi.series.buckets,
                &kpi.series.cells,
                direction(kpi.better, kpi.target),
                unsure(kpi, None),
            )),
        );
        map.insert("slices".to_owned(), Value::Array(slices));
    }
    pretty(&out)
}

/// The figures of each part under its name, where there are several. `figures` has those of the headline.
fn add_parts<'a>(out: &mut Value, kpi: &Kpi, parts: impl Iterator<Item = &'a Vec<Cell>>) {
    if kpi.parts.is_empty() {
        return;
    }
    let named = kpi.parts.iter().zip(parts);
    let named = named.map(|(part, cells)| {
        let figures = figures(&part.buckets, cells, None, Unsure::default());
        json!({ "part": part.name, "unit": unit(&part.display), "figures": figures })
    });
    out["parts"] = Value::Array(named.collect());
}

/// What the site holds, for programs.
pub(crate) fn index_json(site: &Site, names: &Names) -> Result<String, serde_json::Error> {
    let kpis: Vec<Value> = site
        .kpis
        .iter()
        .map(|kpi| {
            let paths = names.paths(&kpi.name);
            let mut out = summary(kpi);
            if let Value::Object(map) = &mut out {
                // Relative to the site's folder.
                map.insert("page".to_owned(), json!(paths.page));
                map.insert("csv".to_owned(), json!(paths.csv));
                map.insert("json".to_owned(), json!(paths.json));
                let slices = kpi.slices.iter().zip(&paths.slices);
                let slices: Vec<Value> = slices
                    .map(|(slice, csv)| json!({ "dimension": slice.dimension, "csv": csv }))
                    .collect();
                map.insert("slices".to_owned(), Value::Array(slices));
            }
            out
        })
        .collect();
    let mut out = json!({
        "generator": site.generator,
        "project": site.project,
        "as_of": site.as_of,
        "stages": site.stages,
        "kpis": kpis,
        "datasets": site.datasets,
        "notices": site.notices,
    });
    if let Some(made_from) = &site.made_from {
        out["made_from"] = json!(made_from);
    }
    pretty(&out)
}

fn summary(kpi: &Kpi) -> Value {
    let (buckets, cells) = (&kpi.series.buckets, &kpi.series.cells);
    let headline = latest_complete(buckets).and_then(|at| {
        let better = direction(kpi.better, kpi.target);
        let number = cells.get(at)?.number().ok();
        let moved = change(buckets, cells, at, better, kpi.scale, unsure(kpi, None)).ok();
        Some(json!({
            "bucket": buckets.get(at)?.label,
            "value": figure(cells.get(at)?),
            "change": moved.map(|c| json!({
                "against": buckets.get(c.against).map(|b| &b.label),
                "absolute": c.absolute,
                "relative": c.relative,
                "judgement": better.map(|_| c.judgement.word()),
            })),
            "target": verdict_word(number, kpi.target),
        }))
    });
    json!({
        "name": kpi.name,
        "label": kpi.label,
        "question": kpi.question,
        "category": match kpi.category {
            Category::Reach => "reach",
            Category::Effect => "effect",
            Category::Roi => "roi",
        },
        "stage": kpi.stage,
        "milestone": kpi.milestone,
        "indicator": kpi.indicator,
        "owner": kpi.owner,
        "tags": kpi.tags,
        "leads_to": kpi.leads_to,
        "deprecated": kpi.deprecated,
        "unit": unit(&kpi.display),
        "better": kpi.better,
        "target": kpi.target.map(bound),
        "grain": kpi.series.grain.name(),
        "shape": kpi.shape,
        "unavailable": kpi.unavailable,
        "headline": headline,
    })
}

/// `percent`, `USD`, `days`; nothing of a plain number.
fn unit(display: &Display) -> Value {
    match display {
        Display::Percent => json!("percent"),
        Display::Currency(code) => json!(code),
        Display::Number(unit) => json!(unit.as_ref().map(|unit| &unit.many)),
    }
}

fn verdict_word(value: Option<f64>, target: Option<Bound>) -> &'static str {
    match verdict(value, target) {
        Verdict::Met => "met",
        Verdict::Missed => "missed",
        Verdict::NotJudged => "not judged",
        Verdict::NoTarget => "no target",
    }
}

fn figures(
    buckets: &[Bucket],
    cells: &[Cell],
    better: Option<Better>,
    unsure: Unsure<'_>,
) -> Vec<Value> {
    let one = |(at, (bucket, cell)): (usize, (&Bucket, &Cell))| {
        json!({
            "bucket": bucket.label,
            "start": bucket.start,
            "end": bucket.end,
            "status": status(bucket),
            "value": figure(cell),
            "n": cell.sample(),
            "absent": cell.absent().map(|absent| absent.numerator).filter(|n| *n > 0),
            "absent_denominator": cell.absent().map(|absent| absent.denominator).filter(|n| *n > 0),
            "judgement": judgement(buckets, cells, at, better, unsure),
        })
    };
    buckets.iter().zip(cells).enumerate().map(one).collect()
}

fn figure(cell: &Cell) -> Value {
    match cell.number() {
        Ok(value) => json!(value),
        Err(reason) => json!({ "reason": reason }),
    }
}

fn bound(bound: Bound) -> Value {
    match bound {
        Bound::AtLeast(value) => json!({ "at_least": value }),
        Bound::AtMost(value) => json!({ "at_most": value }),
        Bound::Inside(low, high) => json!({ "inside": [low, high] }),
    }
}

fn pretty(value: &Value) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    Ok(text)
}
