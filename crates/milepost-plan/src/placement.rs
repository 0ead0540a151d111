//! Where an aggregate's rows stand in time.

use milepost_semantics::model::{
    Aggregate, ColumnId, DatasetId, DatasetKind, Model, RowExpr, Type, Window,
};

use milepost_semantics::time::Instant;

use crate::sql::{Scope, ident, timestamp};

/// The column that the engine adds to a snapshot with `carry`: until when a row counts (null: for ever). No column of a
/// spec can have this name.
pub const CARRIED_UNTIL: &str = "carried until";

/// The column that the engine adds where rows must be told apart, whatever they hold. No column of a spec can have this
/// name.
pub const ROW_NUMBER: &str = "row number";

/// How the rows of an aggregate are placed in time.
#[derive(Clone, Copy, Debug)]
pub struct Placement<'m> {
    pub dataset: DatasetId,
    pub dataset_name: &'m str,
    /// The name of the dataset's own time column (or `valid` start); empty if it has none.
    pub time_name: &'m str,
    /// `on`: an expression instead of the dataset's own time.
    pub on: Option<&'m RowExpr>,
    /// The state's kind, if a state at an instant is read; absent for rows placed by one time.
    pub kind: Option<DatasetKind>,
    own_time: Option<ColumnId>,
    ty: Type,
    /// Whether the rows of a history end on days.
    ends_by_day: bool,
}

/// The column of a streamed dataset that holds a text column's values as they are stored, in a dictionary. No spec can name
/// it.
pub fn stored_text(name: &str) -> String {
    format!("{name} as stored")
}

/// The placement of an aggregate.
pub fn placement<'m>(model: &'m Model, aggregate: &'m Aggregate) -> Placement<'m> {
    let dataset = &model[aggregate.dataset];
    let state = matches!(aggregate.window, Window::AtStart | Window::AtEnd | Window::Average);
    let own_time = dataset.begins();
    let own_type = own_time.map_or(Type::Timestamp, |c| dataset[c].ty);
    Placement {
        dataset: aggregate.dataset,
        dataset_name: &dataset.name,
        time_name: own_time.map_or("", |c| dataset[c].name.as_str()),
        on: aggregate.on.as_ref().filter(|_| !state),
        kind: state.then_some(dataset.kind),
        own_time,
        ty: aggregate.on.as_ref().filter(|_| !state).map_or(own_type, |on| on.ty),
        ends_by_day: dataset.until().is_some_and(|to| dataset[to].ty == Type::Date),
    }
}

impl Placement<'_> {
    /// Whether the time is a calendar day rather than an instant.
    pub fn is_date(&self) -> bool {
        self.ty == Type::Date
    }

    /// Whether a state is the rows of the latest picture.
    pub const fn is_picture(&self) -> bool {
        matches!(self.kind, Some(DatasetKind::Snapshot { carry: None, .. }))
    }

    /// The time of a row.
    pub fn at_sql(&self, scope: &mut Scope<'_>) -> String {
        match (self.on, self.own_time) {
            (Some(on), _) => scope.base_expr(on),
            (None, Some(time)) => scope.column(&[], self.dataset, time),
            (None, None) => "NULL".to_owned(),
        }
    }

    /// From when on all rows are there, and from when on some may be missing, as the dataset says itself.
    pub fn complete_from(&self, model: &Model) -> Option<Instant> {
        model[self.dataset].complete_from(&model.project.calendar)
    }

    pub fn complete_until(&self, model: &Model) -> Option<Instant> {
        model[self.dataset].complete_until(&model.project.calendar)
    }

    /// When the first row of the dataset was, whatever an aggregate filters, as an instant: what lies before is no data.
    /// A dataset without a time of its own starts with its first row in the placing column.
    pub fn first_sql(&self, model: &Model) -> String {
        if let Some(from) = self.complete_from(model) {
            return format!("SELECT {} AS at", timestamp(from));
        }
        let mut scope = Scope::new(model, self.dataset);
        let first = self.first_value(&mut scope, model);
        format!("SELECT {first} AS at FROM {}", scope.tables())
    }

    /// The same as an aggregate over rows of the dataset.
    fn first_value(&self, scope: &mut Scope<'_>, model: &Model) -> String {
        let at = self.first_column(scope);
        if self.first_type(model) == Type::Date {
            format!("local_midnight(min({at}))")
        } else {
            format!("min({at})")
        }
    }

    /// The column whose first value tells when the first row was.
    pub fn first_column(&self, scope: &mut Scope<'_>) -> String {
        match self.own_time {
            Some(time) => scope.column(&[], self.dataset, time),
            None => self.at_sql(scope),
        }
    }

    /// What type that column has.
    pub fn first_type(&self, model: &Model) -> Type {
        self.own_time.map_or(self.ty, |time| model[self.dataset][time].ty)
    }

    /// The dataset's own time, if it places the rows.
    pub fn own_time(&self) -> Option<ColumnId> {
        self.own_time.filter(|_| self.on.is_none())
    }

    /// Whether rows of a state say until when they count.
    pub const fn has_until(&self) -> bool {
        matches!(
            self.kind,
            Some(DatasetKind::History { .. } | DatasetKind::Snapshot { carry: Some(_), .. })
        )
    }

    /// Until when a row of a state counts: a day where rows begin on days, else an instant.
    pub fn until_sql(&self, scope: &mut Scope<'_>) -> Option<String> {
        match self.kind? {
            DatasetKind::History { to, .. } => {
                let until = scope.column(&[], self.dataset, to);
                Some(match (self.is_date(), self.ends_by_day) {
                    // A day begins with its first instant, and a row that begins on a day is asked for at midnights.
                    (true, false) => format!("local_date({until})"),
                    (false, true) => format!("local_midnight({until})"),
                    _ => until,
                })
            }
            DatasetKind::Snapshot { carry: Some(_), .. } => {
                Some(format!("{}.{}", ident(self.dataset_name), ident(CARRIED_UNTIL)))
            }
            DatasetKind::Snapshot { carry: None, .. }
            | DatasetKind::Attributes
            | DatasetKind::Events { .. } => None,
        }
    }

    /// The condition under which row `row` (columns `at`, `until`) is part of the state just before `instant`.
    pub fn holds_at(&self, row: &str, instant: &str) -> String {
        format!("{row}.at < {instant} AND ({row}.until >= {instant} OR {row}.until IS NULL)")
    }
}
