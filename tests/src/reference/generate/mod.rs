//! Projects that look random and are always the same: specs, and rows for them.

pub(crate) mod files;
mod forms;
mod funnels;
mod judged;
mod metrics;
mod random;
mod retention;
mod rows;
mod schema;
mod tables;

use std::fmt::Write as _;
use std::path::Path;

pub(crate) use metrics::Metric;
pub(crate) use random::Random;

use crate::world::{RawRow, RawTables};

/// A project as text and rows.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub(crate) seed: u64,
    pub(crate) main: String,
    /// Entities and datasets.
    pub(crate) specs: String,
    pub(crate) holidays: Option<String>,
    pub(crate) metrics: Vec<Metric>,
    /// The rows of each dataset, in the file `data/NAME.csv`.
    pub(crate) tables: RawTables,
    pub(crate) as_of: String,
}

impl Project {
    pub(crate) fn new(seed: u64) -> Self {
        Self::with_metrics(seed, 18)
    }

    /// The same rows with so many metrics.
    pub(crate) fn with_metrics(seed: u64, count: usize) -> Self {
        let mut random = Random::new(seed);
        let schema = schema::schema(&mut random);
        let metrics = metrics::metrics(&mut random, &schema, seed, count);
        Self {
            seed,
            main: schema.main,
            specs: schema.specs,
            holidays: schema.holidays,
            metrics,
            tables: schema.tables,
            as_of: schema.as_of,
        }
    }

    /// The text of the spec file.
    pub(crate) fn spec(&self) -> String {
        let mut text = format!("{}metrics:\n", self.specs);
        for metric in &self.metrics {
            let _ = writeln!(text, "  {}:\n    {}", metric.name, metric.lines.join("\n    "));
        }
        text
    }

    pub(crate) fn write(&self, folder: &Path) {
        std::fs::create_dir_all(folder.join("specs")).unwrap();
        std::fs::create_dir_all(folder.join("data")).unwrap();
        std::fs::write(folder.join("milepost.yaml"), &self.main).unwrap();
        std::fs::write(folder.join("specs/all.yaml"), self.spec()).unwrap();
        if let Some(text) = &self.holidays {
            std::fs::write(folder.join("holidays.csv"), text).unwrap();
        }
        for (name, rows) in &self.tables {
            let columns = self.columns(name);
            std::fs::write(folder.join(format!("data/{name}.csv")), csv(&columns, rows)).unwrap();
        }
    }

    /// The columns of a dataset's file: those that its spec declares with a type.
    fn columns(&self, dataset: &str) -> Vec<String> {
        let mut lines =
            self.specs.lines().skip_while(|line| line.trim_end() != format!("  {dataset}:"));
        lines.next();
        let own = lines.take_while(|line| line.starts_with("    "));
        let types = own.filter(|line| line.starts_with("      ") && line.contains("{ type:"));
        types.map(|line| line.trim().split(':').next().unwrap().to_owned()).collect()
    }

    /// Everything that a reader needs to see the project before them.
    pub(crate) fn show(&self) -> String {
        let mut text = format!(
            "# seed {}\n\n## milepost.yaml\n{}\n## specs\n{}",
            self.seed,
            self.main,
            self.spec()
        );
        if let Some(holidays) = &self.holidays {
            let _ = write!(text, "\n## holidays.csv\n{holidays}");
        }
        for (name, rows) in &self.tables {
            if !rows.is_empty() {
                let _ = write!(text, "\n## data/{name}.csv\n{}", csv(&self.columns(name), rows));
            }
        }
        text
    }
}

fn csv(columns: &[String], rows: &[RawRow]) -> String {
    let mut text = columns.join(",") + "\n";
    for row in rows {
        let cells: Vec<&str> =
            columns.iter().map(|c| row.get(c).map_or("", String::as_str)).collect();
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}
