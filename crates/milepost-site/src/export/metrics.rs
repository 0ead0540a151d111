//! The headlines as text that monitoring systems read (the text format of Prometheus), and that GitLab compares between the
//! branches of a merge request.

use std::fmt::Write as _;

use crate::page::{Kpi, Site};
use crate::reading::latest_complete;

/// One line for each KPI that has a number: the newest complete one. The names stay the same from one bucket to the next.
pub(crate) fn metrics_txt(site: &Site) -> String {
    let mut text =
        "# HELP milepost_kpi The newest complete figure of a KPI.\n# TYPE milepost_kpi gauge\n"
            .to_owned();
    for (kpi, value) in site.kpis.iter().filter_map(|kpi| Some((kpi, headline(kpi)?))) {
        // Writing to a text never fails.
        let _ = writeln!(text, "milepost_kpi{{kpi=\"{}\"}} {value}", escaped(&kpi.name));
    }
    text
}

fn headline(kpi: &Kpi) -> Option<f64> {
    let at = latest_complete(&kpi.series.buckets)?;
    kpi.series.cells.get(at)?.number().ok()
}

/// A value of a label.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_labels_end_where_they_should() {
        assert_eq!(escaped("a\"} 1\nb\\"), r#"a\"} 1\nb\\"#);
    }
}
