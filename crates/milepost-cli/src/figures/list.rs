//! Who stands on a list, one a line.

use std::io::{self, Write};

use milepost::engine::write::Values;
use milepost::escape::printable_line;
use milepost::report::{self, as_of_words};
use milepost::semantics::model::{MetricId, Model, Score};
use milepost::semantics::time::AsOf;
use milepost::site::format::counted;
use milepost::site::lists;
use milepost::site::page::{
    List, ListCell, ListChange, ListField, ListKind, ListRole, ListRow, ListStatus,
};
use serde_json::json;

use super::Printed;
use super::parquet::Columns;
use crate::output::Output;
use crate::table::Table;

/// The answer to `query LIST`.
#[derive(Clone, Debug)]
pub(crate) struct CallList<'a> {
    model: &'a Model,
    as_of: AsOf,
    list: List,
    /// The score whose members it lists, if it does.
    score: Option<&'a Score>,
}

impl<'a> CallList<'a> {
    pub(crate) fn new(model: &'a Model, as_of: AsOf, list: List, metric: MetricId) -> Self {
        Self { model, as_of, list, score: report::score_of(model, metric) }
    }

    fn title(&self) -> String {
        let label = self.list.label.as_deref().unwrap_or(&self.list.name);
        let as_of = as_of_words(self.model, self.as_of);
        let zone = &self.model.project.calendar.time_zone;
        format!("{}, as of {as_of}, {zone}", printable_line(label))
    }

    /// How many there are of each status.
    fn summary(&self) -> String {
        let List { of, total, .. } = &self.list;
        if let Some(score) = self.score {
            return self.score_summary(score);
        }
        let total = match total {
            Ok(total) => of.counted(*total),
            Err(reason) => return format!("{}\n{}", printable_line(reason), self.since()),
        };
        let others = [
            (ListStatus::Listed, "listed"),
            (ListStatus::BeyondLimit, "beyond the limit"),
            (ListStatus::Snoozed, "snoozed"),
        ];
        let counts = others.iter().map(|(status, words)| (self.list.count(*status), words));
        let counts: Vec<String> =
            counts.filter(|(n, _)| *n > 0).map(|(n, words)| format!("{n} {words}")).collect();
        let unknown = match self.list.count(ListStatus::Unknown) {
            0 => String::new(),
            n => format!("; {} more can't be evaluated", counted(n, &of.one, &of.many)),
        };
        let counts =
            if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) };
        format!("{total}{counts}{unknown}\n{}", self.since())
    }

    /// `since 2026-01-30: 3 new, 20 stayed, 2 gone`
    fn since(&self) -> String {
        let Some((day, reason)) = &self.list.since else { return String::new() };
        let all = [ListChange::New, ListChange::Stayed, ListChange::Gone];
        let all = all.map(|change| format!("{} {}", self.list.changed(change), change.name()));
        let words = reason.as_ref().map_or_else(|| all.join(", "), |reason| printable_line(reason));
        format!("since {day}: {words}\n")
    }

    /// `98 accounts, 3 of them without a score: 40 green, 38 yellow, 17 red`
    fn score_summary(&self, score: &Score) -> String {
        let List { of, fields, rows, .. } = &self.list;
        let at = |name: &str| fields.iter().position(|field| field.name == name);
        let count = |name: &str, holds: &dyn Fn(&ListCell) -> bool| {
            at(name).map_or(0, |at| rows.iter().filter(|row| holds(&row.cells[at])).count())
        };
        let without = match count("score", &|cell| *cell == ListCell::Nothing) {
            0 => String::new(),
            n => format!(", {n} of them without a score"),
        };
        let bands = score.bands.iter().map(|band| {
            let number = count("band", &|cell| *cell == ListCell::Text(band.clone()));
            format!("{number} {}", printable_line(band))
        });
        let bands: Vec<String> = bands.collect();
        let bands =
            if bands.is_empty() { String::new() } else { format!(": {}", bands.join(", ")) };
        format!("{}{without}{bands}\n", of.counted(rows.len() as u64))
    }

    /// Of a score its lines, and what they make: the files have the values behind them.
    fn is_drawn(&self, field: &ListField) -> bool {
        let Some(score) = self.score else { return true };
        let is_own = ["score", "band", "change", "moved_by", "drag"].contains(&field.name.as_str());
        let is_points = field.name.ends_with(".points");
        let is_part = score.components.iter().any(|part| part.name == field.name);
        is_own || is_points || (field.role != ListRole::Fact && !is_part)
    }

    /// The lines with one status, by assignee.
    fn draw(&self, status: ListStatus, to: &mut dyn Write) -> io::Result<()> {
        let groups = self.list.groups(status);
        if status == ListStatus::Unknown && !groups.is_empty() {
            writeln!(to, "\nCan't be evaluated")?;
        }
        if status == ListStatus::Gone && !groups.is_empty() {
            writeln!(to, "\nGone")?;
        }
        for (assignee, rows) in groups {
            if self.list.assigned_by.is_some() {
                let name = assignee.map_or_else(|| "nobody".to_owned(), printable_line);
                writeln!(to, "\n{name}")?;
            }
            self.table(&rows).draw(to)?;
        }
        Ok(())
    }

    fn table<'t>(&'t self, rows: &'t [&'t ListRow]) -> Table<'t> {
        let drawn: Vec<usize> = (0..self.list.fields.len())
            .filter(|at| self.is_drawn(&self.list.fields[*at]))
            .collect();
        let fields: Vec<&ListField> = drawn.iter().map(|at| &self.list.fields[*at]).collect();
        let formatters: Vec<_> = drawn.iter().map(|at| lists::formatter(&self.list, *at)).collect();
        let has_reasons = self.list.has_reasons();
        let is_compared = self.list.since.is_some();
        let is_number =
            |field: &ListField| matches!(field.kind, ListKind::Whole | ListKind::Number(_));
        let head = fields.iter().map(|field| printable_line(&field.name));
        let head = std::iter::once("#".to_owned()).chain(head);
        let line = |row: &ListRow| {
            let rank = row.rank.map(|rank| rank.to_string()).unwrap_or_default();
            let cells = drawn.iter().map(|at| &row.cells[*at]);
            let cells = fields.iter().zip(cells).zip(&formatters);
            let cells = cells.map(|((field, cell), formatter)| {
                printable_line(&lists::shown(field, cell, formatter))
            });
            let reason = row.reason.iter().map(|reason| printable_line(reason));
            let mut line: Vec<String> = std::iter::once(rank).chain(cells).collect();
            if has_reasons {
                line.push(reason.collect());
            }
            if is_compared {
                line.push(row.change.map_or("", ListChange::name).to_owned());
            }
            line
        };
        let lines: Vec<Vec<String>> = rows.iter().map(|row| line(row)).collect();
        Table {
            head: head
                .chain(has_reasons.then(|| "reason".to_owned()))
                .chain(is_compared.then(|| "change".to_owned()))
                .collect(),
            right: std::iter::once(true)
                .chain(fields.iter().map(|field| is_number(field)))
                .chain(has_reasons.then_some(false))
                .chain(is_compared.then_some(false))
                .collect(),
            rows: Box::new(move || Box::new(lines.clone().into_iter())),
        }
    }
}

impl Printed for CallList<'_> {
    fn table(&self, output: Output, to: &mut dyn Write) -> io::Result<()> {
        to.write_all(output.heading(&self.title()).as_bytes())?;
        to.write_all(self.summary().as_bytes())?;
        self.draw(ListStatus::Listed, to)?;
        self.draw(ListStatus::Unknown, to)?;
        self.draw(ListStatus::Gone, to)?;
        match &self.list.next_step {
            Some(next) => writeln!(to, "\nNext step: {}", printable_line(next)),
            None => Ok(()),
        }
    }

    /// One line a member, whatever its status.
    fn csv(&self, to: &mut dyn Write) -> io::Result<()> {
        to.write_all(lists::csv(&self.list, self.list.rows.iter()).as_bytes())
    }

    fn json(&self, to: &mut dyn Write) -> io::Result<()> {
        let list = &self.list;
        let counts =
            ListStatus::ALL.map(|status| (status.name().to_owned(), json!(list.count(status))));
        let answer = json!({
            "list": list.name,
            "label": list.label,
            "question": list.question,
            "owner": list.owner,
            "day": list.day,
            "as_of": self.model.project.calendar.show_as_of(self.as_of),
            "time_zone": self.model.project.calendar.time_zone,
            "total": list.total.as_ref().ok(),
            "reason": list.total.as_ref().err(),
            "counts": serde_json::Map::from_iter(counts),
            "limit": (!list.is_derived).then_some(list.limit),
            "since": list.since.as_ref().map(|(day, _)| day),
            "since_reason": list.since.as_ref().and_then(|(_, reason)| reason.as_ref()),
            "next_step": list.next_step,
            "members": list.rows.iter().map(|row| lists::json_of(list, row)).collect::<Vec<_>>(),
        });
        writeln!(to, "{answer:#}")
    }

    fn columns(&self) -> (Columns, Box<dyn Iterator<Item = Columns> + '_>) {
        let lines: Vec<Vec<(&str, ListCell)>> =
            self.list.rows.iter().map(|row| lists::record(&self.list, row)).collect();
        let names = lists::head(&self.list).into_iter().enumerate();
        let columns = names.map(|(at, name)| {
            let cells = lines.iter().map(|line| &line[at].1);
            (name.to_owned(), values(cells))
        });
        (columns.collect(), Box::new(std::iter::empty()))
    }
}

/// The cells of one field, which are of one type or absent. Days and instants are text here, as in the other files.
fn values<'c>(cells: impl Iterator<Item = &'c ListCell> + Clone) -> Values {
    #[expect(clippy::cast_precision_loss, reason = "numbers of a column that has fractions")]
    let number = |cell: &ListCell| match cell {
        ListCell::Whole(n) => Some(*n as f64),
        ListCell::Number(x) => Some(*x),
        _ => None,
    };
    let has = |of: fn(&ListCell) -> bool| cells.clone().any(of);
    if has(|cell| matches!(cell, ListCell::Number(_))) {
        Values::Number(cells.map(number).collect())
    } else if has(|cell| matches!(cell, ListCell::Whole(_))) {
        let whole = |cell: &ListCell| match cell {
            ListCell::Whole(n) => Some(*n),
            _ => None,
        };
        Values::Integer(cells.map(whole).collect())
    } else if has(|cell| matches!(cell, ListCell::Truth(_))) {
        let truth = |cell: &ListCell| match cell {
            ListCell::Truth(truth) => Some(*truth),
            _ => None,
        };
        Values::Boolean(cells.map(truth).collect())
    } else {
        Values::Text(cells.map(lists::text).collect())
    }
}
