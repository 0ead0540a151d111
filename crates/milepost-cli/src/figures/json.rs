use milepost::report::{better_page, bound_page};
use serde_json::{Map, Value, json};

use super::Figures;

impl Figures<'_> {
    /// Everything about the answer. A cell has a `value`, or `null` and a `reason`.
    pub(super) fn as_json(&self) -> String {
        let dimensions = self.dimensions();
        let shower = self.shower();
        let figures: Vec<Value> = self
            .lines()
            .map(|line| {
                let mut figure = Map::new();
                if !dimensions.is_empty() {
                    let slice = dimensions
                        .iter()
                        .zip(line.key)
                        .map(|(name, value)| ((*name).to_owned(), json!(value.text())));
                    figure.insert("slice".to_owned(), Value::Object(slice.collect()));
                }
                let (start, end) = self.days(line.bucket);
                let value = line.cell.value.as_ref().ok().map(|value| shower.json(*value));
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
            })
            .collect();
        let metric = self.metric();
        let calendar = &self.model.project.calendar;
        let answer = json!({
            "metric": metric.name,
            "label": metric.meta.label,
            "unit": shower.unit(),
            "better": metric.better.map(better_page),
            "target": metric.target.as_ref().and_then(|target| target.bound).map(bound_page),
            "grain": self.series.grain.name(),
            "by": dimensions,
            "as_of": calendar.show_as_of(self.as_of),
            "time_zone": calendar.time_zone,
            "figures": figures,
        });
        format!("{answer:#}\n")
    }
}
