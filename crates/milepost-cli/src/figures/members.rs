//! The members that a number holds, one a line.

use std::io::{self, Write};

use milepost::engine::Members;
use milepost::engine::write::Values;
use milepost::escape::printable_line;
use milepost::report::{as_of_words, cell_text};
use milepost::semantics::model::Model;
use milepost::semantics::time::{AsOf, Calendar, show_date};
use milepost::site::csv::{line, text as safe};
use serde_json::{Map, Value, json};

use super::Printed;
use super::parquet::Columns;
use super::value::Shower;
use crate::output::Output;
use crate::table::Table;

/// The answer to `query --members`.
#[derive(Clone, Debug)]
pub(crate) struct MemberList<'a> {
    model: &'a Model,
    as_of: AsOf,
    members: Members,
}

impl<'a> MemberList<'a> {
    pub(crate) const fn new(model: &'a Model, as_of: AsOf, members: Members) -> Self {
        Self { model, as_of, members }
    }

    const fn calendar(&self) -> &'a Calendar {
        &self.model.project.calendar
    }

    fn shower(&self) -> Shower<'a> {
        let Members { metric, part, .. } = self.members;
        Shower::new(&self.model[metric][part], self.calendar())
    }

    fn title(&self) -> String {
        let metric = &self.model[self.members.metric];
        let label = printable_line(metric.meta.label.as_deref().unwrap_or(&metric.name));
        let as_of = as_of_words(self.model, self.as_of);
        let bucket = &self.members.bucket.bucket.label;
        format!("{label} in {bucket}, as of {as_of}, {}", self.calendar().time_zone)
    }

    /// The number, and how many members it has.
    fn summary(&self) -> String {
        let Members { cell, total, counted, .. } = &self.members;
        let value = match &cell.value {
            Ok(value) => {
                self.shower().drawn(*value, &self.shower().formatter([*value].into_iter()))
            }
            Err(reason) => printable_line(&reason.to_string()),
        };
        format!("{value}: {counted} of {total} counted\n")
    }

    /// Which members are not listed.
    fn rest(&self) -> String {
        let (listed, total) = (self.members.listed(), self.members.total);
        if listed == total {
            String::new()
        } else {
            format!("the first {listed} of {total} are listed\n")
        }
    }
}

impl Printed for MemberList<'_> {
    fn table(&self, output: Output, to: &mut dyn Write) -> io::Result<()> {
        to.write_all(output.heading(&self.title()).as_bytes())?;
        to.write_all(self.summary().as_bytes())?;
        draw(&self.members.columns, self.members.listed(), self.calendar(), to)?;
        to.write_all(self.rest().as_bytes())
    }

    /// One line a member. A field without a value is empty.
    fn csv(&self, to: &mut dyn Write) -> io::Result<()> {
        let columns = &self.members.columns;
        let mut all = csv_names(columns);
        for at in 0..self.members.listed() {
            csv_line(&mut all, columns, at, self.calendar());
        }
        to.write_all(all.as_bytes())
    }

    fn json(&self, to: &mut dyn Write) -> io::Result<()> {
        let Members { metric, part: _, grain, bucket, cell, total, counted, columns } =
            &self.members;
        let metric = &self.model[*metric];
        let (start, end) = bucket.days(self.calendar());
        let member = |at: usize| {
            let fields = columns
                .iter()
                .map(|(name, values)| (name.clone(), field(values, at, self.calendar())));
            Value::Object(fields.collect::<Map<String, Value>>())
        };
        let answer = json!({
            "metric": metric.name,
            "label": metric.meta.label,
            "unit": self.shower().unit(),
            "grain": grain.name(),
            "bucket": bucket.bucket.label,
            "start": show_date(start),
            "end": show_date(end),
            "status": bucket.status(),
            "as_of": self.calendar().show_as_of(self.as_of),
            "time_zone": self.calendar().time_zone,
            "value": cell.value.as_ref().ok().map(|value| self.shower().json(*value)),
            "reason": cell.value.as_ref().err().map(ToString::to_string),
            "total": total,
            "counted": counted,
            "members": (0..self.members.listed()).map(member).collect::<Vec<_>>(),
        });
        writeln!(to, "{answer:#}")
    }

    fn columns(&self) -> (Columns, Box<dyn Iterator<Item = Columns> + '_>) {
        (self.members.columns.clone(), Box::new(std::iter::empty()))
    }
}

/// So many lines of columns for people.
pub(super) fn draw(
    columns: &Columns,
    lines: usize,
    calendar: &Calendar,
    to: &mut dyn Write,
) -> io::Result<()> {
    let text = |at: usize| {
        let texts = columns.iter().map(|(_, values)| cell_text(values, at, calendar));
        texts.map(|text| printable_line(&text.unwrap_or_default())).collect()
    };
    let is_number = |values: &Values| {
        matches!(values, Values::Integer(_) | Values::Number(_) | Values::Decimal { .. })
    };
    let table = Table {
        head: columns.iter().map(|(name, _)| printable_line(name)).collect(),
        right: columns.iter().map(|(_, values)| is_number(values)).collect(),
        rows: Box::new(|| Box::new((0..lines).map(&text))),
    };
    table.draw(to)
}

/// The first line of a CSV file with these columns.
pub(crate) fn csv_names(columns: &Columns) -> String {
    let mut all = String::new();
    let names: Vec<String> = columns.iter().map(|(name, _)| safe(name)).collect();
    line(&mut all, &names.iter().map(String::as_str).collect::<Vec<_>>());
    all
}

/// Adds all of its lines.
pub(crate) fn csv_lines(all: &mut String, columns: &Columns, calendar: &Calendar) {
    let rows = columns.first().map_or(0, |(_, values)| values.len());
    (0..rows).for_each(|at| csv_line(all, columns, at, calendar));
}

/// Adds a line of it. A field without a value is empty.
pub(super) fn csv_line(all: &mut String, columns: &Columns, at: usize, calendar: &Calendar) {
    let field = |(_, values): &(String, Values)| match values {
        Values::Text(_) => safe(&cell_text(values, at, calendar).unwrap_or_default()),
        _ => cell_text(values, at, calendar).unwrap_or_default(),
    };
    let fields: Vec<String> = columns.iter().map(field).collect();
    line(all, &fields.iter().map(String::as_str).collect::<Vec<_>>());
}

pub(super) fn field(values: &Values, at: usize, calendar: &Calendar) -> Value {
    match values {
        Values::Integer(all) => json!(all[at]),
        Values::Number(all) => json!(all[at]),
        Values::Boolean(all) => json!(all[at]),
        _ => json!(cell_text(values, at, calendar)),
    }
}
