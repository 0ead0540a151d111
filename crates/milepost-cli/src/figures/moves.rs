//! Who moved between the groups of a segment: from where to where, how many, and who.

use std::io::{self, Write};

use milepost::engine::write::Values;
use milepost::engine::{DimensionMoves, Moves};
use milepost::escape::printable_line;
use milepost::report::{as_of_words, standings, transition};
use milepost::semantics::model::{Model, SegmentId, plural};
use milepost::semantics::time::{AsOf, Instant, show_date};
use milepost::site::format::{count, counted};
use milepost::site::page::{GONE, NEW, Transition};
use milepost::site::segments;
use serde_json::{Map, Value, json};

use super::Printed;
use super::members::{csv_line, csv_names, field};
use super::parquet::Columns;
use crate::output::Output;
use crate::table::Table;

/// The answer to `query SEGMENT --since DATE`.
#[derive(Clone, Debug)]
pub(crate) struct MovesTable<'a> {
    model: &'a Model,
    as_of: AsOf,
    segment: SegmentId,
    moves: Moves,
    /// Absent where at one of the two days nothing is known.
    found: Option<(Transition, DimensionMoves)>,
    between: (Instant, Instant),
}

/// The same, one member that moved a line.
pub(crate) struct Moved<'a>(pub(crate) MovesTable<'a>);

impl<'a> MovesTable<'a> {
    pub(crate) fn new(
        model: &'a Model,
        as_of: AsOf,
        segment: SegmentId,
        between: (Instant, Instant),
        mut moves: Moves,
    ) -> Self {
        let own = moves.dimensions.pop();
        let found = own.map(|own| (transition(model, segment, between, &own), own));
        Self { model, as_of, segment, moves, found, between }
    }

    fn name(&self) -> &str {
        &self.model[self.segment].name
    }

    fn title(&self) -> String {
        let segment = &self.model[self.segment];
        let label = printable_line(segment.meta.label.as_deref().unwrap_or(&segment.name));
        let as_of = as_of_words(self.model, self.as_of);
        let days = self.found.as_ref().map(|(moves, _)| {
            format!(", from the end of {} to the end of {}", moves.since, moves.until)
        });
        let zone = &self.model.project.calendar.time_zone;
        format!("{label}{}, as of {as_of}, {zone}", days.unwrap_or_default())
    }

    /// Why nothing is known.
    fn reason(&self) -> Option<String> {
        let mut ends = [&self.moves.before, &self.moves.after].into_iter();
        ends.find_map(|(_, cell)| cell.value.as_ref().err().map(ToString::to_string))
    }

    /// How many there were and are, and how many moved.
    fn summary(&self, moves: &Transition) -> String {
        let entity = self.model[self.model[self.segment].of].name.replace('_', " ");
        let many = plural(&entity);
        let (before, after) = moves.members();
        let (new, gone, moved) = (count(moves.begun()), count(moves.ended()), count(moves.moved()));
        let (before, after) = (counted(before, &entity, &many), count(after));
        format!("{before}, now {after}: {new} new, {gone} gone, {moved} moved between groups\n")
    }

    /// What came into each group and what left it.
    fn groups(moves: &Transition) -> Vec<(&str, [u64; 4])> {
        let numbers = |at| [moves.before(at), moves.entered(at), moves.left(at), moves.after(at)];
        moves.groups.iter().enumerate().map(|(at, name)| (name.as_str(), numbers(at))).collect()
    }
}

impl Printed for MovesTable<'_> {
    fn table(&self, output: Output, to: &mut dyn Write) -> io::Result<()> {
        to.write_all(output.heading(&self.title()).as_bytes())?;
        let Some((moves, _)) = &self.found else {
            return writeln!(to, "{}", printable_line(&self.reason().unwrap_or_default()));
        };
        writeln!(to, "{}", self.summary(moves))?;
        let head = ["group", "before", "entered", "left", "after"].map(str::to_owned);
        let groups = Self::groups(moves).into_iter().map(|(name, numbers)| {
            let numbers = numbers.iter().map(u64::to_string);
            std::iter::once(printable_line(name)).chain(numbers).collect()
        });
        draw(head.to_vec(), groups.collect(), to)?;
        writeln!(to)?;
        let name = |at: usize, outside: &str| {
            moves.groups.get(at).map_or_else(|| outside.to_owned(), |name| printable_line(name))
        };
        let all = 0..=moves.groups.len();
        let to_names = all.clone().map(|at| name(at, GONE));
        let rows = all.map(|from| {
            let numbers = moves.counts[from].iter().map(u64::to_string);
            std::iter::once(name(from, NEW)).chain(numbers).collect()
        });
        draw(std::iter::once("from \\ to".to_owned()).chain(to_names).collect(), rows.collect(), to)
    }

    fn csv(&self, to: &mut dyn Write) -> io::Result<()> {
        let Some((moves, _)) = &self.found else {
            return to.write_all(b"segment,since,until,from,to,members\n");
        };
        to.write_all(segments::moves(self.name(), moves).as_bytes())
    }

    fn json(&self, to: &mut dyn Write) -> io::Result<()> {
        let mut answer = self.answer();
        if let Some((moves, _)) = &self.found {
            let groups = Self::groups(moves).into_iter().map(|(name, [before, entered, left, after])| {
                json!({ "group": name, "before": before, "entered": entered, "left": left, "after": after })
            });
            let steps = moves
                .steps()
                .map(|(from, to, members)| json!({ "from": from, "to": to, "members": members }));
            answer.insert("groups".to_owned(), groups.collect());
            answer.insert("moves".to_owned(), steps.collect());
        }
        writeln!(to, "{:#}", Value::Object(answer))
    }

    fn columns(&self) -> (Columns, Box<dyn Iterator<Item = Columns> + '_>) {
        let steps: Vec<_> = self.found.iter().flat_map(|(moves, _)| moves.steps()).collect();
        let text = |of: fn(&(&str, &str, u64)) -> String| {
            Values::Text(steps.iter().map(|step| Some(of(step))).collect())
        };
        let members = steps.iter().map(|(.., n)| i64::try_from(*n).ok()).collect();
        let columns = vec![
            ("from".to_owned(), text(|step| step.0.to_owned())),
            ("to".to_owned(), text(|step| step.1.to_owned())),
            ("members".to_owned(), Values::Integer(members)),
        ];
        (columns, Box::new(std::iter::empty()))
    }
}

impl MovesTable<'_> {
    /// What both answers say first.
    fn answer(&self) -> Map<String, Value> {
        let segment = &self.model[self.segment];
        let calendar = &self.model.project.calendar;
        let day = |end: Instant| show_date(calendar.date_of(Instant(end.0 - 1)));
        let answer = json!({
            "segment": segment.name,
            "label": segment.meta.label,
            "of": self.model[segment.of].name,
            "since": day(self.between.0),
            "until": day(self.between.1),
            "as_of": calendar.show_as_of(self.as_of),
            "time_zone": calendar.time_zone,
            "reason": self.reason(),
        });
        match answer {
            Value::Object(answer) => answer,
            _ => Map::new(),
        }
    }
}

impl Moved<'_> {
    /// The key of each that moved, from where, and to where.
    fn lines(&self) -> Columns {
        let Self(table) = self;
        let Some((_, own)) = &table.found else { return Vec::new() };
        let (from, to): (Vec<_>, Vec<_>) =
            standings(table.model, table.segment, own).into_iter().unzip();
        let text = |all: Vec<String>| Values::Text(all.into_iter().map(Some).collect());
        let steps = [("from".to_owned(), text(from)), ("to".to_owned(), text(to))];
        own.moved.iter().cloned().chain(steps).collect()
    }
}

impl Printed for Moved<'_> {
    fn table(&self, output: Output, to: &mut dyn Write) -> io::Result<()> {
        let Self(table) = self;
        to.write_all(output.heading(&table.title()).as_bytes())?;
        let Some((moves, own)) = &table.found else {
            return writeln!(to, "{}", printable_line(&table.reason().unwrap_or_default()));
        };
        to.write_all(table.summary(moves).as_bytes())?;
        let columns = self.lines();
        super::members::draw(&columns, own.steps.len(), &table.model.project.calendar, to)?;
        let moved = moves.begun() + moves.ended() + moves.moved();
        if moved > own.steps.len() as u64 {
            writeln!(to, "the first {} of {moved} are listed", own.steps.len())?;
        }
        Ok(())
    }

    fn csv(&self, to: &mut dyn Write) -> io::Result<()> {
        let columns = self.lines();
        let mut all = csv_names(&columns);
        let lines = columns.first().map_or(0, |(_, values)| values.len());
        (0..lines).for_each(|at| csv_line(&mut all, &columns, at, &self.0.model.project.calendar));
        to.write_all(all.as_bytes())
    }

    fn json(&self, to: &mut dyn Write) -> io::Result<()> {
        let mut answer = self.0.answer();
        let columns = self.lines();
        let lines = columns.first().map_or(0, |(_, values)| values.len());
        let calendar = &self.0.model.project.calendar;
        let member = |at: usize| {
            let fields =
                columns.iter().map(|(name, values)| (name.clone(), field(values, at, calendar)));
            Value::Object(fields.collect())
        };
        answer.insert("members".to_owned(), (0..lines).map(member).collect());
        writeln!(to, "{:#}", Value::Object(answer))
    }

    fn columns(&self) -> (Columns, Box<dyn Iterator<Item = Columns> + '_>) {
        (self.lines(), Box::new(std::iter::empty()))
    }
}

/// A table whose first column is text and whose others are numbers.
fn draw(head: Vec<String>, rows: Vec<Vec<String>>, to: &mut dyn Write) -> io::Result<()> {
    let right = (0..head.len()).map(|at| at > 0).collect();
    Table { head, right, rows: Box::new(move || Box::new(rows.clone().into_iter())) }.draw(to)
}
