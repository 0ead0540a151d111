//! Which rows of a population each frame sees, and whether they are known there at all.

use std::fmt::Write as _;
use std::sync::Arc;

use milepost_semantics::model::{
    Aggregate, Carry, ColumnId, DatasetKind, Lives, Model, RowExpr, Window,
};

use super::Judge;
use super::frames::{EARLIEST, Frames, Shape};
use crate::placement::{Placement, ROW_NUMBER, placement};
use crate::sql::Scope;
use crate::sql::text::{ident, timestamp};

/// The rows of an aggregate, under the name that its tables begin with.
pub(super) struct Rows<'a, 'm> {
    judge: &'a Arc<Judge<'m>>,
    name: &'a str,
    aggregate: &'a Aggregate,
    frames: &'a Arc<Frames>,
    place: Placement<'a>,
    life: Option<Life>,
}

/// When members live, if they are chosen by that.
#[derive(Clone, Copy, Debug)]
enum Life {
    Always,
    Between {
        from: ColumnId,
        to: Option<ColumnId>,
    },
    /// From then on; null: always.
    Since(ColumnId),
}

impl<'a, 'm> Rows<'a, 'm> {
    /// Prepares the rows; a time that must be judged itself is printed as `NAME_on`.
    pub(super) fn new(
        judge: &'a Arc<Judge<'m>>,
        name: &'a str,
        aggregate: &'a Aggregate,
        frames: &'a Arc<Frames>,
    ) -> Self {
        let model: &Model = judge.model;
        let life = aggregate.members.map(|entity| {
            let derived = model[aggregate.dataset].derived.as_ref();
            match (derived, model[entity].lives) {
                (Some(derived), _) => Life::Since(derived.since),
                (None, Some(Lives::Between { from, to })) => Life::Between { from, to },
                (None, Some(Lives::Always) | None) => Life::Always,
            }
        });
        let rows =
            Self { judge, name, aggregate, frames, place: placement(model, aggregate), life };
        if let Some(on) = rows.judged_time() {
            rows.print_time(on);
        }
        rows
    }

    /// The time that places rows, if it must be judged.
    fn judged_time(&self) -> Option<&'a RowExpr> {
        self.place.on.filter(|on| on.is_judged())
    }

    /// The judged time of every row, seen from the as-of: over all of its history.
    fn print_time(&self, on: &RowExpr) {
        let name = self.name;
        let frames = Arc::new(Frames::all_of_time(format!("{name}_always"), self.judge));
        let dataset = ident(self.place.dataset_name);
        self.judge.push(
            &format!("{name}_all"),
            &format!(
                "SELECT 0 AS bucket, {dataset}.{} AS _row, CAST(NULL AS TIMESTAMP(6)) AS at FROM {dataset}",
                ident(ROW_NUMBER)
            ),
        );
        let mut scope = Scope::over(
            self.judge,
            self.aggregate.dataset,
            &format!("{name}_on"),
            &format!("{name}_all"),
            false,
            &frames,
        );
        let at = scope.base_instant(on);
        self.judge.push(
            &format!("{name}_on"),
            &format!("SELECT _o._row, {at} AS at\n    FROM {}", scope.tables()),
        );
    }

    /// All rows with their times as instants: columns `_row`, `at`, and `until` where they end.
    fn timed(&self) -> String {
        if self.judged_time().is_some() {
            return format!("SELECT t._row, t.at FROM {}_on AS t", self.name);
        }
        let dataset = self.aggregate.dataset;
        let mut scope = Scope::new(self.judge.model, dataset);
        let row = format!("{}.{}", ident(self.place.dataset_name), ident(ROW_NUMBER));
        let (at, until) = match self.life.filter(|_| self.place.on.is_none()) {
            Some(Life::Always) => ("CAST(NULL AS TIMESTAMP(6))".to_owned(), None),
            Some(Life::Since(since)) => (scope.instant_of(dataset, since), None),
            Some(Life::Between { from, to }) => {
                let from = scope.instant_of(dataset, from);
                (from, to.map(|to| scope.instant_of(dataset, to)))
            }
            None => {
                let instant = |sql: String| {
                    if self.place.is_date() { format!("local_midnight({sql})") } else { sql }
                };
                let at = self.at_instant(&mut scope);
                (at, self.place.until_sql(&mut scope).map(instant))
            }
        };
        let until = until.map_or_else(String::new, |until| format!(", {until} AS until"));
        format!("SELECT {row} AS _row, {at} AS at{until} FROM {}", scope.tables())
    }

    /// The time of a row that needs no judgement, as an instant.
    pub(super) fn at_instant(&self, scope: &mut Scope<'_>) -> String {
        let at = self.place.at_sql(scope);
        if self.place.is_date() { format!("local_midnight({at})") } else { at }
    }

    /// Whether rows are members that are chosen by their lives.
    fn chosen_by_life(&self) -> Option<Life> {
        self.life.filter(|_| self.aggregate.on.is_none())
    }

    fn window(&self) -> Window {
        match self.aggregate.window {
            // Members that live at the bucket's end.
            Window::Bucket if self.chosen_by_life().is_some() => Window::AtEnd,
            other => other,
        }
    }

    pub(super) fn shape(&self) -> Shape {
        Shape::of(self.window())
    }

    /// Until when all rows are there, as SQL, if the dataset says so.
    fn until(&self) -> Option<String> {
        let until = self.place.complete_until(self.judge.model);
        until.filter(|_| self.life.is_none()).map(timestamp)
    }

    /// Prints the window of each frame, without those that lie after the time of which all rows are there.
    fn print_windows(&self, windows: &str) -> Shape {
        let judge = self.judge;
        let dataset = &judge.model[self.aggregate.dataset];
        let seen = dataset.seen_until(&judge.model.project.calendar, judge.as_of);
        let Some(until) = self.until() else {
            return self.frames.windows(judge, windows, self.window(), seen);
        };
        let all = format!("{}_spans", self.name);
        let shape = self.frames.windows(judge, &all, self.window(), seen);
        let kept = if shape == Shape::Range {
            format!("w.lo < {until}")
        } else {
            format!("w.instant <= {until}")
        };
        self.judge.push(windows, &format!("SELECT w.* FROM {all} AS w WHERE {kept}"));
        shape
    }

    /// Prints `NAME_windows` and, as `table`, which rows each frame sees: `bucket`, `_row`, `at`, and the `instant` at
    /// which a state is read.
    pub(super) fn print(&self, table: &str) -> Shape {
        let windows = format!("{}_windows", self.name);
        let shape = self.print_windows(&windows);
        let rows = self.timed();
        let query = match (self.chosen_by_life(), shape) {
            (Some(life), _) => {
                let on = match (life, shape) {
                    (Life::Always, _) => "TRUE".to_owned(),
                    (Life::Since(_), Shape::Range) => "(r.at IS NULL OR r.at < w.hi)".to_owned(),
                    (Life::Since(_), _) => "(r.at IS NULL OR r.at < w.instant)".to_owned(),
                    (Life::Between { to, .. }, Shape::Range) => {
                        let ends = to.map_or("", |_| " AND (r.until IS NULL OR r.until > w.lo)");
                        format!("r.at < w.hi{ends}")
                    }
                    (Life::Between { to, .. }, _) => {
                        let ends =
                            to.map_or("", |_| " AND (r.until IS NULL OR r.until >= w.instant)");
                        format!("r.at < w.instant{ends}")
                    }
                };
                let none = "CAST(NULL AS TIMESTAMP(6)) AS at";
                if matches!(life, Life::Always) {
                    format!(
                        "SELECT w.bucket, r._row, {none}\n    FROM {windows} AS w CROSS JOIN ({rows}) AS r"
                    )
                } else {
                    format!(
                        "SELECT w.bucket, r._row, {none}\n    FROM {windows} AS w\n    JOIN ({rows}) AS r ON {on}"
                    )
                }
            }
            (None, Shape::Range) => format!(
                "SELECT w.bucket, r._row, r.at\n    FROM {windows} AS w\n    JOIN ({rows}) AS r ON r.at >= w.lo AND r.at < w.hi"
            ),
            (None, Shape::At | Shape::Mean) if self.place.is_picture() => format!(
                "SELECT w.bucket, r._row, r.at, w.instant\n    FROM (SELECT w.bucket, w.instant, max(p.at) AS picture FROM {windows} AS w\n      JOIN (SELECT DISTINCT r.at FROM ({rows}) AS r) AS p ON p.at < w.instant GROUP BY w.bucket, w.instant) AS w\n    JOIN ({rows}) AS r ON r.at = w.picture"
            ),
            (None, Shape::At | Shape::Mean) => format!(
                "SELECT w.bucket, r._row, r.at, w.instant\n    FROM {windows} AS w\n    JOIN ({rows}) AS r ON {}",
                self.place.holds_at("r", "w.instant")
            ),
        };
        self.judge.push(table, &query);
        shape
    }

    /// Whether the table of rows has the instant at which a state is read.
    pub(super) fn has_instant(&self) -> bool {
        self.shape() != Shape::Range && self.chosen_by_life().is_none()
    }

    /// Prints, as `table`, all rows that have a time, in every frame.
    pub(super) fn print_all(&self, table: &str) {
        let frames = self.frames.table(self.judge);
        let rows = self.timed();
        self.judge.push(
            table,
            &format!("SELECT f.bucket, r._row, r.at\n    FROM {frames} AS f CROSS JOIN ({rows}) AS r\n    WHERE r.at IS NOT NULL"),
        );
    }

    /// A query for the first instant of which anything is known: column `at`, null if there is none.
    pub(super) fn first(&self) -> String {
        let on = format!("{}_on", self.name);
        let Some(life) = self.life else {
            let model = self.judge.model;
            return match self.judged_time() {
                Some(_) if model[self.aggregate.dataset].begins().is_none() => {
                    format!("SELECT min(t.at) AS at FROM {on} AS t")
                }
                _ => self.place.first_sql(model),
            };
        };
        let dataset = self.aggregate.dataset;
        let mut scope = Scope::new(self.judge.model, dataset);
        let born = match life {
            Life::Always => EARLIEST.to_owned(),
            Life::Between { from, .. } => scope.instant_of(dataset, from),
            Life::Since(since) => {
                format!("coalesce({}, {EARLIEST})", scope.instant_of(dataset, since))
            }
        };
        let born = format!("SELECT {born} AS at FROM {}", scope.tables());
        match (self.aggregate.on.is_some(), life) {
            (false, _) => format!("SELECT min(b.at) AS at FROM ({born}) AS b"),
            (true, Life::Always) => format!("SELECT min(r.at) AS at FROM ({}) AS r", self.timed()),
            (true, _) => format!(
                "SELECT min(b.at) AS at FROM ({born} UNION ALL SELECT r.at FROM ({}) AS r) AS b",
                self.timed()
            ),
        }
    }

    /// Prints, as `table`, the keys of the frames in which the population is known; elsewhere nothing is 0. `block`: it
    /// must be known over the whole of the frame.
    pub(super) fn print_known(&self, table: &str, block: bool) {
        let windows = format!("{}_windows", self.name);
        // With `carry: D` a picture is in reach for that long only.
        if let Some(DatasetKind::Snapshot { carry: Some(Carry::For(_)), .. }) = self.place.kind {
            let rows = self.timed();
            self.judge.push(
                table,
                &format!(
                    "SELECT DISTINCT w.bucket FROM {windows} AS w JOIN ({rows}) AS r\n    ON {}",
                    self.place.holds_at("r", "w.instant")
                ),
            );
            return;
        }
        self.print_covered(table, block);
    }

    /// The same, where a gap between carried pictures counts as known.
    pub(super) fn print_covered(&self, table: &str, block: bool) {
        let windows = format!("{}_windows", self.name);
        let end = if self.shape() == Shape::Range { "w.hi" } else { "w.instant" };
        let window = self.aggregate.window;
        let chosen = self.chosen_by_life().is_some();
        let long = matches!(window, Window::Over { .. } | Window::ToDate(_));
        let (from, whole) = if block && chosen {
            let frames = self.frames.table(self.judge);
            (format!(" JOIN {frames} AS b ON b.bucket = w.bucket"), Some("b.start"))
        } else {
            let whole = block || (long && self.life.is_none());
            (String::new(), whole.then_some("w.lo").filter(|_| self.shape() == Shape::Range))
        };
        let mut short = whole.map_or_else(String::new, |start| {
            format!(" AND local_date(f.at) <= local_date({start})")
        });
        if let Some(until) = self.until().filter(|_| block) {
            let _ = write!(short, " AND {end} <= {until}");
        }
        self.judge.push(
            table,
            &format!(
                "SELECT DISTINCT w.bucket FROM {windows} AS w{from} CROSS JOIN ({}) AS f\n    WHERE f.at < {end}{short}",
                self.first()
            ),
        );
    }

    /// How many instants of each bucket are inside the data: columns `bucket`, `n`.
    pub(super) fn days_known(&self) -> String {
        // With `carry: D` a picture is in reach for that long only.
        if let Some(DatasetKind::Snapshot { carry: Some(Carry::For(_)), .. }) = self.place.kind {
            return format!(
                "SELECT d.bucket, count(*) AS n\n      FROM (SELECT DISTINCT w.bucket, w.instant FROM {}_windows AS w JOIN ({}) AS r ON {}) AS d\n      GROUP BY d.bucket",
                self.name,
                self.timed(),
                self.place.holds_at("r", "w.instant")
            );
        }
        format!(
            "SELECT w.bucket, count(*) AS n FROM {}_windows AS w CROSS JOIN ({}) AS f\n      WHERE f.at < w.instant GROUP BY w.bucket",
            self.name,
            self.first()
        )
    }
}
