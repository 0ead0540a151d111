use std::io::{self, Write};

use milepost::site::cohorts::average_json;
use serde_json::{Map, Value, json};

use super::{Figures, Line};

/// The name of the list of figures.
const FIGURES: &str = "figures";

impl Figures<'_> {
    /// Everything about the answer. A cell has a `value`, or `null` and a `reason`.
    pub(super) fn as_json(&self, to: &mut dyn Write) -> io::Result<()> {
        let metric = self.metric();
        let calendar = &self.model.project.calendar;
        let first = &self.first.series;
        let mut answer = json!({
            "metric": metric.name,
            "label": metric.meta.label,
            "shape": metric.shape,
            "unit": self.shower(first.part).unit(),
            "better": metric.better,
            "target": metric.target.as_ref().and_then(|target| target.bound),
            "grain": first.grain.name(),
            "by": self.dimensions(),
            "as_of": calendar.show_as_of(self.as_of),
            "time_zone": calendar.time_zone,
            FIGURES: [],
        });
        if self.has_parts() || first.part != metric.headline {
            answer["headline"] = json!(metric.headline().name);
            answer["parts"] = self.part_units();
        }
        let averages = self.averages();
        if self.has_parts() && !averages.is_empty() {
            let averages = averages.into_iter();
            let averages =
                averages.map(|(part, average)| average_json(&metric[part].name, average));
            answer["averages"] = Value::Array(averages.collect());
        }
        // As it would be printed at once: there may be millions of figures.
        let mut separator = "{";
        for (name, value) in answer.as_object().into_iter().flatten() {
            write!(to, "{separator}\n  {}: ", json!(name))?;
            if name == FIGURES {
                self.figures(to)?;
            } else {
                to.write_all(indented(value, "\n  ").as_bytes())?;
            }
            separator = ",";
        }
        to.write_all(b"\n}\n")
    }

    /// What is asked, with the unit of each.
    fn part_units(&self) -> Value {
        let ids = self.parts().map(|part| part.series.part);
        let units =
            ids.map(|id| json!({ "part": self.metric()[id].name, "unit": self.shower(id).unit() }));
        Value::Array(units.collect())
    }

    fn figures(&self, to: &mut dyn Write) -> io::Result<()> {
        let mut separator = "[";
        for line in self.lines() {
            let figure = indented(&self.figure(&line), "\n    ");
            write!(to, "{separator}\n    {figure}")?;
            separator = ",";
        }
        to.write_all(if separator == "[" { b"[]" } else { b"\n  ]" })
    }

    fn figure(&self, line: &Line<'_>) -> Value {
        let mut figure = Map::new();
        let dimensions = self.dimensions();
        if !dimensions.is_empty() {
            let slice = dimensions
                .iter()
                .zip(line.key)
                .map(|(name, value)| ((*name).to_owned(), json!(value.text())));
            figure.insert("slice".to_owned(), Value::Object(slice.collect()));
        }
        if self.has_parts() {
            figure.insert("part".to_owned(), json!(self.metric()[line.part].name));
        }
        let (start, end) = self.days(line.bucket);
        let value = line.cell.value.as_ref().ok().map(|value| self.shower(line.part).json(*value));
        figure.insert("bucket".to_owned(), json!(line.bucket.bucket.label));
        figure.insert("start".to_owned(), json!(start));
        figure.insert("end".to_owned(), json!(end));
        figure.insert("status".to_owned(), json!(line.bucket.status()));
        figure.insert("value".to_owned(), json!(value));
        figure.insert("reason".to_owned(), json!(line.reason()));
        figure.insert("n".to_owned(), json!(line.cell.sample));
        let [above, below] = line.absent();
        figure.insert("absent".to_owned(), json!(above));
        figure.insert("absent_denominator".to_owned(), json!(below));
        Value::Object(figure)
    }
}

/// A value on several lines, each of which begins as is said. No text in it has an end of a line.
fn indented(value: &Value, begin: &str) -> String {
    format!("{value:#}").replace('\n', begin)
}
